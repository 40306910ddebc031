"""Freezing the store into a snapshot named by its content."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet
import sqlalchemy as sa

from agriqa._version import __version__
from agriqa.datasets import Dataset, datasets
from agriqa.errors import AgriqaError
from agriqa.project import Project
from agriqa.store.asof import in_force_at, made_by
from agriqa.store.engine import reading
from agriqa.store.snapshot import LATEST, MANIFEST, Snapshot
from agriqa.store.tables import in_force, tables

# How many rows are turned from Python's values into columns at a time.
ROWS_AT_A_TIME = 50_000


class EmptyStoreError(AgriqaError):
    """There is nothing in the store to freeze."""


def freeze(engine: sa.Engine, project: Project, *, as_of: dt.datetime | None = None) -> Snapshot:
    """Write the store's datasets as Parquet with a manifest.

    The snapshot's id is a hash of its content: freezing an unchanged store
    gives the snapshot that is there already. It appears whole or not at all.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        The open store.
    project : Project
        Where the snapshot goes.
    as_of : datetime, optional
        Freezes what was known then: loads made later, and what they replaced
        or resolved, are left out. Such a snapshot does not become the latest.

    Raises
    ------
    EmptyStoreError
        If no file has been loaded yet, or none had been by `as_of`.
    """
    with reading(engine).connect() as connection:
        contents = {d.name: _dataset_table(connection, d, as_of) for d in datasets().values()}
        ledger = _ledger(connection, as_of)
    if not ledger["load"].num_rows:
        raise _empty(as_of)
    summary = {
        name: {"rows": table.num_rows, "sha256": _content_hash(table)}
        for name, table in {**contents, **ledger}.items()
    }
    snapshot_id = hashlib.sha256(json.dumps(summary, sort_keys=True).encode()).hexdigest()[:12]
    folder = project.snapshots / snapshot_id
    if not folder.is_dir():
        manifest = {
            "id": snapshot_id,
            "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "agriqa_version": __version__,
            "as_of": as_of and as_of.isoformat(),
            "tables": summary,
        }
        _publish(folder, {**contents, **ledger}, manifest)
    if as_of is None:
        _point_latest(project.snapshots, snapshot_id)
    return Snapshot.open(project, snapshot_id)


def _empty(as_of: dt.datetime | None) -> EmptyStoreError:
    if as_of is None:
        return EmptyStoreError(
            "数据库还没有数据：请先运行 agriqa load。 / The store is empty: run agriqa load first."
        )
    return EmptyStoreError(
        f"到 {as_of.isoformat()} 为止没有载入过文件；agriqa status --loads 列出各次载入的时间。"
        f" / No file had been loaded by {as_of.isoformat()}; agriqa status --loads lists when"
        " files were."
    )


def _dataset_table(
    connection: sa.Connection, declared: Dataset, as_of: dt.datetime | None
) -> pa.Table:
    """Read one dataset with the file, sheet and row of each of its rows, by key."""
    table = tables().tables[declared.name]
    load = tables().tables["load"]
    query = (
        sa.select(
            *[table.c[name] for name in declared.columns],
            load.c.file.label("source_file"),
            table.c.sheet,
            table.c.row,
            table.c.col,
        )
        .join(load, table.c.load_id == load.c.load_id)
        .where(
            in_force(table) if as_of is None else in_force_at(table, as_of, until="superseded_by")
        )
    )
    fields = [pa.field(c.name, _arrow_type(c.type)) for c in declared]
    fields += [
        pa.field("source_file", pa.string()),
        pa.field("sheet", pa.string()),
        pa.field("row", pa.int32()),
        pa.field("col", pa.int32()),
    ]
    return _arrow(connection, query, pa.schema(fields), order=declared.key)


def _arrow_type(kind: str) -> pa.DataType:
    return {
        "integer": pa.int64(),
        "year": pa.int32(),
        "number": pa.float64(),
        "measurement": pa.float64(),
        "date": pa.date32(),
        "boolean": pa.bool_(),
    }.get(kind, pa.string())


def _ledger(connection: sa.Connection, as_of: dt.datetime | None) -> dict[str, pa.Table]:
    """Read the ledger and the quarantine, without what differs between equal stores."""
    meta = tables().tables
    load, quarantine = meta["load"], meta["quarantine"]
    loads = sa.select(
        *[load.c[c] for c in ("file", "sha256")],
        *[load.c[f"rows_{c}"] for c in ("read", "kept", "quarantined", "skipped")],
    )
    held = sa.select(
        load.c.file.label("source_file"),
        *[c for c in quarantine.c if c.name not in ("problem_id", "load_id", "resolved_by")],
    ).join(load, quarantine.c.load_id == load.c.load_id)
    if as_of is None:
        held = held.where(quarantine.c.resolved_by.is_(None))
    else:
        loads = loads.where(made_by(as_of))
        held = held.where(in_force_at(quarantine, as_of, until="resolved_by"))
    return {
        "load": _arrow(connection, loads, _schema_of(loads)),
        "quarantine": _arrow(connection, held, _schema_of(held)),
    }


def _schema_of(query: sa.Select[tuple[object, ...]]) -> pa.Schema:
    integer = sa.types.Integer
    return pa.schema(
        [
            pa.field(c.name, pa.int64() if isinstance(c.type, integer) else pa.string())
            for c in query.selected_columns
        ]
    )


def _arrow(
    connection: sa.Connection,
    query: sa.Select[tuple[object, ...]],
    schema: pa.Schema,
    *,
    order: Sequence[str] | None = None,
) -> pa.Table:
    """Read a query's rows in the order of some columns, or of all."""
    streaming = connection.execution_options(stream_results=True)
    batches = [
        pa.record_batch(
            [pa.array(c, f.type) for c, f in zip(zip(*rows, strict=True), schema, strict=True)],
            schema=schema,
        )
        for rows in streaming.execute(query).partitions(ROWS_AT_A_TIME)
    ]
    table = pa.Table.from_batches(batches, schema=schema)
    for position, field in enumerate(schema):
        if pa.types.is_floating(field.type):
            # PostgreSQL keeps -0, SQLite makes it 0.
            plain = pc.add(table.column(position), 0.0)
            table = table.set_column(position, field, plain)
    # Sorted here, since each database puts texts in an order of its own.
    names = order or schema.names
    return table.sort_by([(name, "ascending") for name in names])


def _content_hash(table: pa.Table) -> str:
    """Hash the values, not the file format: the same rows give the same id."""
    sink = pa.BufferOutputStream()
    pa.csv.write_csv(table, sink)
    return hashlib.sha256(sink.getvalue()).hexdigest()


def _publish(folder: Path, contents: dict[str, pa.Table], manifest: Mapping[str, object]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=".building-", dir=folder.parent))
    building.chmod(0o755)
    try:
        for name, table in contents.items():
            pa.parquet.write_table(table, building / f"{name}.parquet", compression="zstd")
        text = json.dumps(manifest, ensure_ascii=False, indent=1)
        (building / MANIFEST).write_text(text, "utf-8")
        building.rename(folder)
    except OSError:
        # Another freeze of the same content was quicker; its folder is equal to ours.
        if not (folder / MANIFEST).is_file():
            raise
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _point_latest(snapshots: Path, snapshot_id: str) -> None:
    handle, name = tempfile.mkstemp(prefix=".latest-", dir=snapshots)
    with os.fdopen(handle, "w") as stream:
        stream.write(snapshot_id)
    Path(name).chmod(0o644)
    Path(name).replace(snapshots / LATEST)
