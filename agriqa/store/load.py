"""Loading files: one transaction and one ledger entry per file."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import sqlalchemy as sa

from agriqa._version import __version__
from agriqa.areas import Register
from agriqa.datasets import dataset, datasets
from agriqa.errors import AgriqaError
from agriqa.ingest import FileReading, Mappings, SheetReading, read_file
from agriqa.project import Project
from agriqa.store.admit import admit
from agriqa.store.engine import StoreError
from agriqa.store.tables import tables

# How often a reading process looks whether its parent is still there [s].
WATCH = 1.0

State = Literal["loaded", "unchanged", "unrecognised", "refused"]


@dataclass(frozen=True)
class LoadOutcome:
    """What became of one file; read = kept + quarantined + skipped.

    ``unrecognised`` is a file none of whose sheets is a dataset: all its rows
    are skipped. ``warnings`` are the notes a person should read.
    """

    file: str
    state: State
    read: int = 0
    kept: int = 0
    quarantined: int = 0
    skipped: int = 0
    datasets: tuple[str, ...] = ()
    message: str = ""
    warnings: tuple[str, ...] = ()


def load_files(
    engine: sa.Engine,
    project: Project,
    files: Iterable[Path],
    *,
    encoding: str | None = None,
    workers: int = 1,
    on_done: Callable[[LoadOutcome], None] | None = None,
) -> list[LoadOutcome]:
    """Load files into the store, each in one transaction.

    A file whose content is in the ledger already changes nothing. Files whose
    rows refer to another dataset (residues to their samples) come last.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        The open store.
    project : Project
        Gives the county register; file names in the ledger are relative to it.
    files : iterable of Path
        Files to load, see :func:`agriqa.ingest.find_files`.
    encoding : str, optional
        Forces the encoding of CSV files.
    workers : int
        Processes that read files; writing is always one at a time.
    on_done : callable, optional
        Called with each outcome as it comes.

    Returns
    -------
    list of LoadOutcome
        One per file, in the order they were finished.
    """
    outcomes: list[LoadOutcome] = []
    for outcome in _outcomes(engine, project, files, encoding, workers):
        outcomes.append(outcome)
        if on_done is not None:
            on_done(outcome)
    return outcomes


def _outcomes(
    engine: sa.Engine,
    project: Project,
    files: Iterable[Path],
    encoding: str | None,
    workers: int,
) -> Iterator[LoadOutcome]:
    """Yield what became of each file as it comes."""
    fresh: list[Path] = []
    known = _known_hashes(engine)
    for path in files:
        if known and _content(path) in known:
            yield _unchanged(_name(path, project))
        else:
            fresh.append(path)

    waiting: list[FileReading] = []
    mappings = Mappings.load(project.config, project.register)
    read = partial(_read, register=project.register, encoding=encoding, mappings=mappings)
    for path, result in _readings(fresh, read, workers):
        if isinstance(result, str):
            yield LoadOutcome(_name(path, project), "refused", message=result)
        elif any(_refers(sheet.dataset) for sheet in result.sheets):
            waiting.append(result)
        else:
            yield _store(engine, project, result)
    for reading in waiting:
        yield _store(engine, project, reading)


def _refers(name: str | None) -> bool:
    """Whether rows of the dataset refer to rows of another one."""
    return name is not None and any(column.references for column in dataset(name))


def _readings(
    files: list[Path], read: Callable[[Path], FileReading | str], workers: int
) -> Iterator[tuple[Path, FileReading | str]]:
    if workers <= 1 or len(files) < 4:
        yield from zip(files, map(read, files), strict=True)
        return
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_serve)
    try:
        yield from zip(files, pool.map(read, files), strict=True)
    finally:
        # After an interrupt the files not begun yet must not be waited for.
        pool.shutdown(cancel_futures=True)


def _serve() -> None:
    """Make a reading process leave Ctrl-C to its parent and end when the parent has gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCH)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _read(
    path: Path, register: Register, encoding: str | None, mappings: Mappings
) -> FileReading | str:
    """Read one file; what goes wrong with it must not stop the others."""
    try:
        return read_file(path, register, encoding=encoding, mappings=mappings)
    except AgriqaError as error:
        return str(error)
    except Exception as error:
        return (
            f"{path.name}：读取失败（{type(error).__name__}：{error}），请检查文件。"
            f" / {path.name}: cannot be read ({type(error).__name__}: {error}); check the file."
        )


def _store(engine: sa.Engine, project: Project, reading: FileReading) -> LoadOutcome:
    """Write one reading whole, or nothing of it."""
    try:
        return _transact(engine, project, reading)
    except sa.exc.DBAPIError as error:
        raise StoreError(
            f"{reading.path.name} 没有载入，数据库保持原状：{error.orig}。先前的文件已入库，"
            "排除故障后重新运行即可。"
            f" / {reading.path.name} was not loaded and the store is as before: {error.orig}."
            " The files before it are in; run the command again when this is mended."
        ) from error


def _transact(engine: sa.Engine, project: Project, reading: FileReading) -> LoadOutcome:
    """Write rows, quarantine, skipped rows and the ledger entry in one transaction."""
    meta = tables().tables
    load = meta["load"]
    file = _name(reading.path, project)
    order = list(datasets())
    # Samples before the residues that refer to them, in one workbook too.
    sheets = sorted(reading.sheets, key=lambda s: order.index(s.dataset) if s.dataset else -1)
    known = tuple(dict.fromkeys(sheet.dataset for sheet in sheets if sheet.dataset))
    outcome = LoadOutcome(
        file,
        "loaded" if known else "unrecognised",
        read=reading.read,
        skipped=reading.skipped,
        datasets=known,
        warnings=_warnings(reading),
    )
    if not known:
        # Not in the ledger: it may be read once its headers are known.
        return outcome
    with engine.begin() as connection:
        if connection.scalar(sa.select(load.c.load_id).where(load.c.sha256 == reading.sha256)):
            return _unchanged(file)
        counts = dict.fromkeys(("rows_read", "rows_kept", "rows_quarantined", "rows_skipped"), 0)
        entry = load.insert().values(
            file=file,
            sha256=reading.sha256,
            loaded_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            agriqa_version=__version__,
            **counts,
        )
        load_id = connection.scalars(entry.returning(load.c.load_id)).one()
        for sheet in sheets:
            # Each sheet is held against the ones before it as well.
            admitted = admit(connection, sheet)
            _write(connection, admitted, load_id)
            counts["rows_read"] += admitted.rows_read
            counts["rows_kept"] += len(admitted.kept)
            counts["rows_quarantined"] += admitted.quarantined
            counts["rows_skipped"] += len(admitted.skipped)
        connection.execute(load.update().where(load.c.load_id == load_id).values(**counts))
    return replace(
        outcome,
        kept=counts["rows_kept"],
        quarantined=counts["rows_quarantined"],
        skipped=counts["rows_skipped"],
    )


def _warnings(reading: FileReading) -> tuple[str, ...]:
    return tuple(
        f"{sheet.sheet}：{note.message_zh} / {note.message_en}"
        for sheet in reading.sheets
        for note in sheet.notes
        if note.level == "warning"
    )


def _unchanged(file: str) -> LoadOutcome:
    return LoadOutcome(file, "unchanged", message="内容已入库 / already loaded")


def _write(connection: sa.Connection, sheet: SheetReading, load_id: int) -> None:
    meta = tables().tables
    place = {"load_id": load_id, "sheet": sheet.sheet}
    if sheet.dataset is not None:
        _insert(connection, meta[sheet.dataset], sheet.kept, place)
    _insert(connection, meta["quarantine"], sheet.problems, {**place, "dataset": sheet.dataset})
    _insert(connection, meta["skipped"], sheet.skipped, place)
    notes = pd.DataFrame(
        [(note.message_zh, note.message_en) for note in sheet.notes],
        columns=["message_zh", "message_en"],
    )
    _insert(connection, meta["load_note"], notes, place)


def _insert(
    connection: sa.Connection, table: sa.Table, frame: pd.DataFrame, constants: dict[str, Any]
) -> None:
    if frame.empty:
        return
    connection.execute(table.insert(), records(frame.assign(**constants)))


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Turn a frame into rows of plain Python values, with None for missing."""
    plain: dict[str, list[Any]] = {}
    for name, series in frame.items():
        if isinstance(series.dtype, pd.DatetimeTZDtype) or series.dtype.kind == "M":
            values = series.dt.date.astype(object)
        else:
            values = series.astype(object)
        plain[str(name)] = values.where(series.notna(), None).tolist()
    return [dict(zip(plain, row, strict=True)) for row in zip(*plain.values(), strict=True)]


def _known_hashes(engine: sa.Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.scalars(sa.select(tables().tables["load"].c.sha256)))


def _name(path: Path, project: Project) -> str:
    """Return the name the ledger keeps: inside the project its path, else the bare name."""
    resolved = path.resolve()
    if resolved.is_relative_to(project.root):
        return resolved.relative_to(project.root).as_posix()
    return resolved.name


def _content(path: Path) -> str | None:
    """Hash a file; one that cannot be read is for the reader to refuse."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return None
