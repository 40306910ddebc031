"""Where the rows of a load wait until they go into the store, whole or not at all.

Rows are staged part by part, so that a file may be larger than memory, and
outside the store's own tables, so that nobody waits while a file is read.
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import sqlalchemy as sa

from agriqa.ingest import Note, SheetReading
from agriqa.store.tables import tables

# Ledger tables that a reading fills, and the frame of the reading for each.
FINDINGS = {"quarantine": "problems", "warning": "warnings", "skipped": "skipped"}
# Schema under which the side file is attached to the store.
_SIDE = "staging"

Write = Callable[[sa.Table, pd.DataFrame], None]


class Staged:
    """The rows and findings of one reading, in tables beside the store's.

    Attributes
    ----------
    rows : dict of str to Table
        Staged rows by dataset.
    counts : dict of str to int
        Number of staged rows by dataset.
    rows_read, quarantined, skipped : int
        Records of the reading.
    notes : list of (sheet, Note)
        What a person should know.
    """

    def __init__(
        self, create: Callable[[sa.Table], None], write: Write, schema: str | None
    ) -> None:
        self._create, self._write, self._schema = create, write, schema
        self.rows: dict[str, sa.Table] = {}
        self.counts: dict[str, int] = {}
        self.findings: dict[str, sa.Table] = {}
        self.rows_read = self.quarantined = self.skipped = 0
        self.notes: list[tuple[str, Note]] = []

    def add(self, part: SheetReading) -> None:
        """Stage one part of a reading."""
        self.rows_read += part.rows_read
        self.quarantined += part.quarantined
        self.skipped += len(part.skipped)
        self.notes += [(part.sheet, note) for note in part.notes]
        if part.dataset is not None:
            table = self._table(self.rows, part.dataset)
            self.counts[part.dataset] = self.counts.get(part.dataset, 0) + len(part.kept)
            if len(part.kept):
                self._write(table, part.kept)
        for name, attribute in FINDINGS.items():
            frame: pd.DataFrame = getattr(part, attribute)
            if len(frame):
                placed = frame.assign(sheet=part.sheet)
                if name != "skipped":
                    placed = placed.assign(dataset=part.dataset)
                self._write(self._table(self.findings, name), placed)

    def _table(self, held: dict[str, sa.Table], name: str) -> sa.Table:
        if name not in held:
            held[name] = _staged_table(name, self._schema)
            self._create(held[name])
        return held[name]

    def drop(self, connection: sa.Connection) -> None:
        """Remove the tables, where they would outlive the transaction."""
        for table in (*self.rows.values(), *self.findings.values()):
            table.drop(connection)


def _staged_table(name: str, schema: str | None) -> sa.Table:
    """Return the staging twin of a table: the same columns, without keys and ledger ids."""
    left_out = {"row_id", "load_id", "superseded_by", "resolved_by", "problem_id", "warning_id",
                "skip_id"}  # fmt: skip
    columns = [
        sa.Column(column.name, column.type)
        for column in tables().tables[name].columns
        if column.name not in left_out
    ]
    if schema is not None:
        return sa.Table(f"staged_{name}", sa.MetaData(), *columns, schema=schema)
    return sa.Table(
        f"staged_{name}",
        sa.MetaData(),
        *columns,
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DROP",
    )


@contextmanager
def staged(
    engine: sa.Engine, parts: Iterable[SheetReading], *, large: bool = False
) -> Iterator[tuple[sa.Connection, Staged]]:
    """Stage a reading and open the transaction that takes it in.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        The store.
    parts : iterable of SheetReading
        The reading, taken one part at a time.
    large : bool
        Whether staging is worth a file of its own where the store is SQLite.

    Yields
    ------
    tuple
        The connection, inside a transaction that is committed when the block
        ends and rolled back when it fails, and the staged rows.
    """
    if engine.dialect.name == "sqlite" and large and _adbc() is not None:
        with _beside(engine, parts) as found:
            yield found
        return
    with engine.begin() as connection:
        copy = engine.dialect.name == "postgresql"
        write = partial(_copy if copy else _insert, connection)
        held = Staged(lambda table: table.create(connection), write, None)
        for part in parts:
            held.add(part)
        yield connection, held
        if not copy:
            held.drop(connection)


def _insert(connection: sa.Connection, table: sa.Table, frame: pd.DataFrame) -> None:
    connection.execute(table.insert(), records(frame))


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Turn a frame into rows of plain Python values, with None for missing."""
    plain: dict[str, list[Any]] = {}
    for name, series in frame.items():
        if series.dtype.kind == "M":
            values = series.dt.date.astype(object)
        else:
            values = series.astype(object)
        plain[str(name)] = values.where(series.notna(), None).tolist()
    return [dict(zip(plain, row, strict=True)) for row in zip(*plain.values(), strict=True)]


def _copy(connection: sa.Connection, table: sa.Table, frame: pd.DataFrame) -> None:
    """Write a frame by PostgreSQL's COPY; an empty text is quoted, a missing one is not."""
    held = pa.Table.from_pandas(_with_dates(frame), preserve_index=False)
    sink = io.BytesIO()
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="all_valid")
    pyarrow.csv.write_csv(held, sink, options)
    preparer = connection.dialect.identifier_preparer
    columns = ", ".join(preparer.quote(str(name)) for name in frame.columns)
    statement = f"COPY {preparer.format_table(table)} ({columns}) FROM STDIN (FORMAT csv)"
    raw: Any = connection.connection.driver_connection
    with raw.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(sink.getbuffer())


def _with_dates(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn times at midnight into plain dates."""
    days = {
        name: pd.arrays.ArrowExtensionArray(pa.array(series).cast(pa.date32()))
        for name, series in frame.items()
        if series.dtype.kind == "M"
    }
    return frame.assign(**{str(name): values for name, values in days.items()})


def _adbc() -> Any:
    """Return the SQLite driver that takes whole columns, or None where there is none."""
    try:
        import adbc_driver_sqlite.dbapi as adbc
    except ImportError:
        return None
    return adbc


@contextmanager
def _beside(
    engine: sa.Engine, parts: Iterable[SheetReading]
) -> Iterator[tuple[sa.Connection, Staged]]:
    """Stage into an SQLite file of its own, written by columns, and attach it to the store."""
    folder = _side_folder(Path(str(engine.url.database)).parent)
    try:
        path = folder / "staged.db"
        with _adbc().connect(str(path), autocommit=True) as side, side.cursor() as cursor:
            # A file that is thrown away needs no journal.
            cursor.execute("PRAGMA journal_mode = OFF")
            cursor.fetchall()
            cursor.execute("PRAGMA synchronous = OFF")
            write = partial(_ingest, cursor)
            held = Staged(lambda _table: None, write, _SIDE)
            for part in parts:
                held.add(part)
        with engine.connect() as connection:
            raw: Any = connection.connection.driver_connection
            raw.execute(f"ATTACH DATABASE ? AS {_SIDE}", (str(path),))
            try:
                with connection.begin():
                    yield connection, held
            finally:
                raw.execute(f"DETACH DATABASE {_SIDE}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _ingest(cursor: Any, table: sa.Table, frame: pd.DataFrame) -> None:
    held = pa.Table.from_pandas(frame, preserve_index=False)
    columns = []
    for name, kind in zip(held.column_names, held.schema.types, strict=True):
        column = held.column(name)
        if pa.types.is_timestamp(kind):
            # As SQLAlchemy writes a date.
            column = pc.strftime(column, "%Y-%m-%d")
        elif pa.types.is_boolean(kind):
            column = column.cast(pa.int8())
        elif pa.types.is_null(kind):
            column = column.cast(pa.string())
        columns.append(column)
    named = pa.table(dict(zip(held.column_names, columns, strict=True)))
    cursor.adbc_ingest(table.name, named, mode="create_append")


def _side_folder(store: Path) -> Path:
    """Make a folder beside the store, and remove those whose process has gone."""
    for left in store.glob(".staging-*"):
        owner = left.name.split("-")[1]
        with suppress(ProcessLookupError, PermissionError, ValueError):
            os.kill(int(owner), 0)
            continue
        shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f".staging-{os.getpid()}-", dir=store))
