"""How the store stands: what is in it, since when, and what waits for a person."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa

from agriqa.datasets import Dataset, datasets
from agriqa.project import Project
from agriqa.store.engine import (
    check_revision,
    known_revisions,
    make_engine,
    reading,
    schema_revision,
    store_url,
    telling,
)
from agriqa.store.snapshot import Snapshot, SnapshotError
from agriqa.store.tables import in_force, tables

# A store without a ledger yet, one of an older agriqa, and one that can be read.
State = Literal["missing", "older", "ready"]


@dataclass(frozen=True)
class LoadEntry:
    """One line of the ledger; `replaced` is how many rows of it each later load replaced."""

    load_id: int
    loaded_at: str
    file: str
    sender: str | None
    source: str | None
    attempt: int
    replaces: int | None
    read: int
    kept: int
    quarantined: int
    skipped: int
    replaced: dict[int, int]


@dataclass(frozen=True)
class DatasetStatus:
    """One dataset: rows in force, rows replaced, rows that wait, doubts, years, newest load."""

    name: str
    label: str
    rows: int
    replaced: int
    quarantined: int
    warnings: int
    first_year: int | None
    last_year: int | None
    newest_load: str | None


@dataclass(frozen=True)
class SnapshotStatus:
    """The latest snapshot, and the tables in which the store has moved on since."""

    id: str
    created: str
    changed: tuple[str, ...]

    @property
    def behind(self) -> bool:
        """Whether the store holds something else than the snapshot."""
        return bool(self.changed)


@dataclass(frozen=True)
class StoreStatus:
    """How the store stands.

    Attributes
    ----------
    url : str
        Without password.
    kind : str
        ``sqlite`` or ``postgresql``.
    state : str
        ``missing`` (nothing loaded yet), ``older`` (the next command that
        opens the store migrates it) or ``ready``. Only of a store that is
        ready there is more to say.
    replaced_files : int
        Loads whose file was corrected or loaded again since.
    senders : dict
        Number of loads by sender; an unnamed one is the empty text.
    unassigned : int
        Rows that wait in quarantine and belong to no dataset.
    """

    url: str
    kind: str
    state: State
    bytes: int | None = None
    revision: str | None = None
    newest_revision: str | None = None
    loads: int = 0
    newest_load: str | None = None
    replaced_files: int = 0
    senders: dict[str, int] | None = None
    unassigned: int = 0
    datasets: tuple[DatasetStatus, ...] = ()
    snapshot: SnapshotStatus | None = None


def is_there(project: Project) -> bool:
    """Whether there is a database; one on a server is taken to be."""
    url = store_url(project)
    return url.get_backend_name() != "sqlite" or Path(str(url.database)).is_file()


@contextmanager
def open_as_it_is(project: Project) -> Iterator[sa.Connection | None]:
    """Connect to the store for reading; nothing is made or migrated.

    Yields None where there is no database yet.

    Raises
    ------
    StoreError
        If it cannot be reached, or a newer agriqa made it.
    """
    url = store_url(project)
    if not is_there(project):
        yield None
        return
    engine = make_engine(project)
    try:
        with telling(url), reading(engine).connect() as connection:
            check_revision(schema_revision(connection))
            yield connection
    finally:
        engine.dispose()


def store_status(project: Project) -> StoreStatus:
    """Return how the project's store stands, without changing it."""
    url = store_url(project)
    shown, kind = url.render_as_string(hide_password=True), url.get_backend_name()
    with open_as_it_is(project) as connection:
        revision = schema_revision(connection) if connection is not None else None
        if connection is None or revision is None:
            return StoreStatus(shown, kind, "missing")
        size, newest = _size(connection), known_revisions()[0]
        if revision != newest:
            return StoreStatus(shown, kind, "older", size, revision, newest)
        entries = ledger(connection)
        waiting, problems = _waiting(connection)
        warnings = _warnings(connection)
        times = {entry.load_id: entry.loaded_at for entry in entries}
        standing = tuple(
            _dataset(connection, declared, times, waiting, warnings)
            for declared in datasets().values()
        )
    last = max(times.values(), default=None)
    counts = {d.name: d.rows for d in standing} | {"load": len(entries), "quarantine": problems}
    return StoreStatus(
        shown,
        kind,
        "ready",
        size,
        revision,
        newest,
        loads=len(entries),
        newest_load=last,
        replaced_files=len({entry.replaces for entry in entries} - {None}),
        senders=dict(Counter(entry.sender or "" for entry in entries).most_common()),
        unassigned=sum(rows for name, rows in waiting.items() if name not in datasets()),
        datasets=standing,
        snapshot=_snapshot(project, counts, last),
    )


def ledger(connection: sa.Connection, *, newest: int | None = None) -> list[LoadEntry]:
    """Return the ledger's entries, the newest first; at most `newest` of them."""
    load = tables().tables["load"]
    names = ("read", "kept", "quarantined", "skipped")
    query = sa.select(
        *[load.c[c] for c in ("load_id", "loaded_at", "file", "sender", "source", "attempt")],
        load.c.replaces,
        *[load.c[f"rows_{name}"].label(name) for name in names],
    ).order_by(load.c.load_id.desc())
    if newest is not None:
        query = query.limit(newest)
    replaced = _replaced(connection)
    return [
        LoadEntry(**row, replaced=replaced.get(row["load_id"], {}))
        for row in connection.execute(query).mappings()
    ]


def _replaced(connection: sa.Connection) -> dict[int, dict[int, int]]:
    """Count the replaced rows of each load, by the load that replaced them."""
    found: dict[int, dict[int, int]] = {}
    for name in datasets():
        table = tables().tables[name]
        pair = (table.c.load_id, table.c.superseded_by)
        query = sa.select(*pair, sa.func.count()).where(~in_force(table)).group_by(*pair)
        for load_id, by, rows in connection.execute(query):
            counts = found.setdefault(load_id, {})
            counts[by] = counts.get(by, 0) + rows
    return found


def _size(connection: sa.Connection) -> int:
    if connection.dialect.name != "sqlite":
        size = sa.func.pg_database_size(sa.func.current_database())
        return int(connection.scalar(sa.select(size)) or 0)
    file = Path(str(connection.engine.url.database))
    parts = (file, file.with_name(f"{file.name}-wal"))
    return sum(part.stat().st_size for part in parts if part.is_file())


def _waiting(connection: sa.Connection) -> tuple[dict[str, int], int]:
    """Count the rows that wait in quarantine by dataset, and all their problems."""
    quarantine = tables().tables["quarantine"]
    waits = quarantine.c.resolved_by.is_(None)
    place = [quarantine.c[c] for c in ("dataset", "load_id", "sheet", "row", "col")]
    rows = sa.select(*place).where(waits).distinct().subquery()
    query = sa.select(rows.c.dataset, sa.func.count()).group_by(rows.c.dataset)
    by_dataset = {name or "": count for name, count in connection.execute(query)}
    problems = connection.scalar(sa.select(sa.func.count()).select_from(quarantine).where(waits))
    return by_dataset, int(problems or 0)


def _warnings(connection: sa.Connection) -> dict[str, int]:
    """Count the doubts by dataset; those of a file that came again are settled."""
    warning, load = tables().tables["warning"], tables().tables["load"]
    again = sa.select(load.c.replaces).where(load.c.replaces.is_not(None))
    query = (
        sa.select(warning.c.dataset, sa.func.count())
        .where(warning.c.load_id.not_in(again))
        .group_by(warning.c.dataset)
    )
    return {name or "": count for name, count in connection.execute(query)}


def _dataset(
    connection: sa.Connection,
    declared: Dataset,
    times: dict[int, str],
    waiting: dict[str, int],
    warnings: dict[str, int],
) -> DatasetStatus:
    table = tables().tables[declared.name]
    count = sa.func.count()
    year = _year(declared, table)
    held = sa.select(count, sa.func.min(year), sa.func.max(year), sa.func.max(table.c.load_id))
    rows, first, last, newest = connection.execute(held.where(in_force(table))).one()
    replaced = sa.select(count).select_from(table).where(~in_force(table))
    return DatasetStatus(
        declared.name,
        declared.label.zh,
        rows,
        int(connection.scalar(replaced) or 0),
        waiting.get(declared.name, 0),
        warnings.get(declared.name, 0),
        first,
        last,
        times.get(newest),
    )


def _year(declared: Dataset, table: sa.Table) -> sa.ColumnElement[Any]:
    """Return the year that a row is about; null where its dataset tells none."""
    columns = {column.type: table.c[column.name] for column in reversed(declared.column)}
    if "year" in declared.columns:
        return table.c.year
    if "date" in columns:
        return sa.extract("year", columns["date"]).cast(sa.Integer)
    return sa.null()


def _snapshot(
    project: Project, counts: dict[str, int], newest: str | None
) -> SnapshotStatus | None:
    """Compare the latest snapshot with the store by what is cheap: row counts and times."""
    try:
        latest = Snapshot.open(project)
    except SnapshotError:
        return None
    frozen = {name: table["rows"] for name, table in latest.manifest["tables"].items()}
    names = dict.fromkeys([*counts, *frozen])
    changed = [name for name in names if counts.get(name) != frozen.get(name)]
    created = str(latest.manifest["created"])
    # A manifest's time has no part of a second.
    if newest and dt.datetime.fromisoformat(newest).replace(
        microsecond=0
    ) > dt.datetime.fromisoformat(created):
        changed = changed or ["load"]
    return SnapshotStatus(latest.id, created, tuple(changed))
