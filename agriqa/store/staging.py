"""How a part of a reading gets into a table beside the store's own.

From there one statement takes the rows in, however many they are. A part is
prepared in a thread of its own, so that the next one is read while this one is
stored; the database decides how.
"""

from __future__ import annotations

import io
import os
import queue
import shutil
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import sqlalchemy as sa

from agriqa.ingest import Note, SheetReading
from agriqa.store.tables import tables

# Ledger tables that a reading fills, and the frame of the reading for each.
FINDINGS = {"quarantine": "problems", "warning": "warnings", "skipped": "skipped"}
# Columns that the store adds itself.
_OWN = {"row_id", "load_id", "superseded_by"}
# SQLite attaches ten databases at most, and keeps each until the transaction ends.
MOST_FILES = 8
# Pages of a large load that wait in memory [KiB]; with few, SQLite writes them many times.
_CACHE_KIB = 128_000


class Stage(Protocol):
    """Brings the kept rows of a part into a staging table."""

    def prepare(self, parts: list[SheetReading]) -> Any:
        """Make ready what needs no connection; runs in a thread of its own."""

    @contextmanager
    def table(self, connection: sa.Connection, name: str, prepared: Any) -> Iterator[sa.Table]:
        """Give the staging table of one dataset, filled."""


@contextmanager
def stage_for(engine: sa.Engine, *, large: bool) -> Iterator[Stage]:
    """Choose the way that suits the database and the size of the file."""
    if engine.dialect.name == "postgresql":
        yield _CopyStage()
    elif large and _adbc() is not None and engine.url.database:
        with _side_folder(Path(engine.url.database).parent) as folder:
            yield _FileStage(folder)
    else:
        yield _RowStage()


@dataclass(frozen=True)
class Group:
    """Parts of one dataset made ready: their rows, and what else was found, without the frames.

    Attributes
    ----------
    dataset : str or None
        The dataset; None for lines without a table.
    rows : int
        Kept rows.
    ready : object
        The rows as the stage wants them.
    read, quarantined, skipped : int
        Records.
    notes : tuple of (sheet, Note)
        What a person should know.
    findings : tuple of (sheet, name, frame)
        For each sheet the frames of problems, warnings and skipped lines.
    """

    dataset: str | None
    rows: int
    ready: Any
    read: int
    quarantined: int
    skipped: int
    notes: tuple[tuple[str, Note], ...]
    findings: tuple[tuple[str, str, pd.DataFrame], ...]

    @classmethod
    def of(cls, stage: Stage, parts: list[SheetReading]) -> Group:
        """Make parts ready."""
        return cls(
            parts[0].dataset,
            sum(len(part.kept) for part in parts),
            stage.prepare(parts),
            sum(part.rows_read for part in parts),
            sum(part.quarantined for part in parts),
            sum(len(part.skipped) for part in parts),
            tuple((part.sheet, note) for part in parts for note in part.notes),
            tuple(
                (part.sheet, name, getattr(part, attribute))
                for part in parts
                for name, attribute in FINDINGS.items()
            ),
        )


def prepared(stage: Stage, parts: Iterable[SheetReading], *, expected: int = 1) -> Iterator[Group]:
    """Yield groups of parts made ready, the next group being read meanwhile.

    Parameters
    ----------
    stage : Stage
        Makes them ready.
    parts : iterable of SheetReading
        Parts of one dataset.
    expected : int
        About how many parts there are; they are put into `MOST_FILES` groups.
    """
    size = -(-expected // MOST_FILES)
    if expected <= 1:
        for part in parts:
            yield Group.of(stage, [part])
        return
    waiting: queue.Queue[Any] = queue.Queue(maxsize=1)
    stopped = threading.Event()

    def put(item: Any) -> None:
        while not stopped.is_set():
            with suppress(queue.Full):
                waiting.put(item, timeout=0.1)
                return

    def work() -> None:
        try:
            for group in _groups(parts, size):
                put(Group.of(stage, group))
                if stopped.is_set():
                    return
            put(None)
        except BaseException as error:
            put(error)

    reader = threading.Thread(target=work, daemon=True)
    reader.start()
    try:
        while (item := waiting.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stopped.set()
        reader.join()


def _groups(parts: Iterable[SheetReading], size: int) -> Iterator[list[SheetReading]]:
    """Yield groups of `size` parts; beyond the last group but one, all that is left."""
    group: list[SheetReading] = []
    made = 0
    for part in parts:
        group.append(part)
        if len(group) >= size and made < MOST_FILES - 1:
            yield group
            group, made = [], made + 1
    if group:
        yield group


def staged_table(name: str, schema: str | None = None) -> sa.Table:
    """Return the staging twin of a dataset's table: its columns without the store's own."""
    columns = [
        sa.Column(column.name, column.type)
        for column in tables().tables[name].columns
        if column.name not in _OWN
    ]
    if schema is not None:
        return sa.Table(f"staged_{name}", sa.MetaData(), *columns, schema=schema)
    return sa.Table(f"staged_{name}", sa.MetaData(), *columns, prefixes=["TEMPORARY"])


class _RowStage:
    """Rows one by one, into a temporary table: good for small files in any database."""

    def prepare(self, parts: list[SheetReading]) -> list[dict[str, Any]]:
        return [row for part in parts for row in records(part.kept)]

    @contextmanager
    def table(
        self, connection: sa.Connection, name: str, prepared: list[dict[str, Any]]
    ) -> Iterator[sa.Table]:
        table = staged_table(name)
        table.create(connection)
        if prepared:
            connection.execute(table.insert(), prepared)
        yield table
        table.drop(connection)


class _CopyStage:
    """PostgreSQL's COPY into a temporary table."""

    def prepare(self, parts: list[SheetReading]) -> list[memoryview]:
        return [_as_csv(part.kept) for part in parts]

    @contextmanager
    def table(
        self, connection: sa.Connection, name: str, prepared: list[memoryview]
    ) -> Iterator[sa.Table]:
        table = staged_table(name)
        table.create(connection)
        columns = ", ".join(f'"{column.name}"' for column in table.columns)
        statement = f'COPY "{table.name}" ({columns}) FROM STDIN (FORMAT csv)'
        raw: Any = connection.connection.driver_connection
        with raw.cursor() as cursor, cursor.copy(statement) as copy:
            for lines in prepared:
                copy.write(lines)
        yield table
        table.drop(connection)


def _as_csv(frame: pd.DataFrame) -> memoryview:
    """Write a frame as CSV in which an empty text is quoted and a missing one is not."""
    held = _with_days(pa.Table.from_pandas(frame, preserve_index=False))
    sink = io.BytesIO()
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="all_valid")
    pyarrow.csv.write_csv(held, sink, options)
    return sink.getbuffer()


class _FileStage:
    """SQLite files of their own, written by columns and attached to the store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers = count()

    def prepare(self, parts: list[SheetReading]) -> Path:
        number = next(self.numbers)
        path = self.folder / f"part{number}.db"
        with _adbc().connect(str(path), autocommit=True) as side, side.cursor() as cursor:
            # A file that is thrown away needs no journal.
            cursor.execute("PRAGMA journal_mode = OFF")
            cursor.fetchall()
            cursor.execute("PRAGMA synchronous = OFF")
            for part in parts:
                name = f"staged_{part.dataset}"
                cursor.adbc_ingest(name, _as_columns(part.kept), mode="create_append")
        return path

    @contextmanager
    def table(self, connection: sa.Connection, name: str, prepared: Path) -> Iterator[sa.Table]:
        raw: Any = connection.connection.driver_connection
        raw.execute(f"PRAGMA main.cache_size = -{_CACHE_KIB}")
        schema = prepared.stem
        raw.execute(f"ATTACH DATABASE ? AS {schema}", (str(prepared),))
        yield staged_table(name, schema)
        # Detached with the connection: SQLite holds it until the transaction has ended.


def _as_columns(frame: pd.DataFrame) -> pa.Table:
    """Return a frame as Arrow columns, dates and booleans as SQLAlchemy writes them."""
    held = pa.Table.from_pandas(frame, preserve_index=False)
    columns = []
    for name, kind in zip(held.column_names, held.schema.types, strict=True):
        column = held.column(name)
        if pa.types.is_timestamp(kind):
            column = pc.strftime(column, "%Y-%m-%d")
        elif pa.types.is_boolean(kind):
            column = column.cast(pa.int8())
        columns.append(column)
    return pa.table(dict(zip(held.column_names, columns, strict=True)))


def _adbc() -> Any:
    """Return the SQLite driver that takes whole columns, or None where there is none."""
    try:
        import adbc_driver_sqlite.dbapi as adbc
    except ImportError:
        return None
    return adbc


@contextmanager
def _side_folder(store: Path) -> Iterator[Path]:
    """Make a folder beside the store, and remove those whose process has gone."""
    for left in store.glob(".staging-*"):
        owner = left.name.split("-")[1]
        with suppress(ProcessLookupError):
            os.kill(int(owner), 0)
            continue
        shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f".staging-{os.getpid()}-", dir=store))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def records(frame: pd.DataFrame, **constants: object) -> list[dict[str, Any]]:
    """Turn a frame into rows of plain Python values, None for missing, with constants added."""
    table = _with_days(pa.Table.from_pandas(frame, preserve_index=False))
    names = [*table.column_names, *constants]
    rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
    added = tuple(constants.values())
    return [dict(zip(names, row + added, strict=True)) for row in rows]


def _with_days(table: pa.Table) -> pa.Table:
    """Return a table whose times at midnight are days."""
    for at, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(at, field.name, table.column(at).cast(pa.date32()))
    return table
