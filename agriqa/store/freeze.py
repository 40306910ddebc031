"""Freezing the store into a snapshot named by its content."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import sqlalchemy as sa

from agriqa._version import __version__
from agriqa.datasets import Dataset, datasets
from agriqa.errors import AgriqaError
from agriqa.project import Project
from agriqa.store.engine import reading
from agriqa.store.snapshot import LATEST, MANIFEST, Snapshot
from agriqa.store.tables import in_force, tables


class EmptyStoreError(AgriqaError):
    """There is nothing in the store to freeze."""


def freeze(engine: sa.Engine, project: Project) -> Snapshot:
    """Write the store's datasets as Parquet with a manifest.

    The snapshot's id is a hash of its content: freezing an unchanged store
    gives the snapshot that is there already. It appears whole or not at all.

    Raises
    ------
    EmptyStoreError
        If no file has been loaded yet.
    """
    with reading(engine).connect() as connection:
        contents = {d.name: _dataset_table(connection, d) for d in datasets().values()}
        ledger = _ledger(connection)
    if not ledger["load"].num_rows:
        raise EmptyStoreError(
            "数据库还没有数据：请先运行 agriqa load。 / The store is empty: run agriqa load first."
        )
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
            "tables": summary,
        }
        _publish(folder, {**contents, **ledger}, manifest)
    _point_latest(project.snapshots, snapshot_id)
    return Snapshot.open(project, snapshot_id)


def _dataset_table(connection: sa.Connection, declared: Dataset) -> pa.Table:
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
        .where(in_force(table))
        .order_by(*[table.c[name] for name in declared.key])
    )
    fields = [pa.field(c.name, _arrow_type(c.type)) for c in declared]
    fields += [
        pa.field("source_file", pa.string()),
        pa.field("sheet", pa.string()),
        pa.field("row", pa.int32()),
        pa.field("col", pa.int32()),
    ]
    return _arrow(connection, query, pa.schema(fields))


def _arrow_type(kind: str) -> pa.DataType:
    return {
        "integer": pa.int64(),
        "year": pa.int32(),
        "number": pa.float64(),
        "measurement": pa.float64(),
        "date": pa.date32(),
        "boolean": pa.bool_(),
    }.get(kind, pa.string())


def _ledger(connection: sa.Connection) -> dict[str, pa.Table]:
    """Read the ledger and the quarantine, without what differs between equal stores."""
    meta = tables().tables
    load, quarantine = meta["load"], meta["quarantine"]
    loads = sa.select(
        *[load.c[c] for c in ("file", "sha256")],
        *[load.c[f"rows_{c}"] for c in ("read", "kept", "quarantined", "skipped")],
    ).order_by(load.c.file, load.c.sha256)
    held = (
        sa.select(
            load.c.file.label("source_file"),
            *[c for c in quarantine.c if c.name not in ("problem_id", "load_id", "resolved_by")],
        )
        .join(load, quarantine.c.load_id == load.c.load_id)
        .where(quarantine.c.resolved_by.is_(None))
        .order_by(load.c.file, *[quarantine.c[c] for c in ("sheet", "row", "column", "reason")])
    )
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
    connection: sa.Connection, query: sa.Select[tuple[object, ...]], schema: pa.Schema
) -> pa.Table:
    rows = connection.execute(query).fetchall()
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    arrays = [pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


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
