"""Loading files: one transaction and one ledger entry per file."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import sqlalchemy as sa

from agriqa._version import __version__
from agriqa.areas import Register
from agriqa.datasets import dataset
from agriqa.errors import AgriqaError
from agriqa.ingest import FileReading, read_file
from agriqa.project import Project
from agriqa.store.admit import admit
from agriqa.store.tables import tables

State = Literal["loaded", "unchanged", "refused"]


@dataclass(frozen=True)
class LoadOutcome:
    """What became of one file; read = kept + quarantined + skipped."""

    file: str
    state: State
    read: int = 0
    kept: int = 0
    quarantined: int = 0
    skipped: int = 0
    datasets: tuple[str, ...] = ()
    message: str = ""


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
    report = on_done or (lambda _outcome: None)
    outcomes: list[LoadOutcome] = []
    fresh: list[Path] = []
    known = _known_hashes(engine)
    for path in files:
        file = _name(path, project)
        if path.is_file() and _sha256(path) in known:
            outcome = LoadOutcome(file, "unchanged", message="内容已入库 / already loaded")
            outcomes.append(outcome)
            report(outcome)
        else:
            fresh.append(path)

    waiting: list[FileReading] = []
    for path, result in _readings(fresh, project.register, encoding, workers):
        if isinstance(result, AgriqaError):
            outcome = LoadOutcome(_name(path, project), "refused", message=str(result))
        elif any(_refers(sheet.dataset) for sheet in result.sheets):
            waiting.append(result)
            continue
        else:
            outcome = _store(engine, project, result)
        outcomes.append(outcome)
        report(outcome)
    for reading in waiting:
        outcome = _store(engine, project, reading)
        outcomes.append(outcome)
        report(outcome)
    return outcomes


def _refers(name: str | None) -> bool:
    """Whether rows of the dataset refer to rows of another one."""
    return name is not None and any(column.references for column in dataset(name))


def _readings(
    files: list[Path], register: Register, encoding: str | None, workers: int
) -> Iterator[tuple[Path, FileReading | AgriqaError]]:
    read = partial(_read, register=register, encoding=encoding)
    if workers <= 1 or len(files) < 4:
        yield from zip(files, map(read, files), strict=True)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from zip(files, pool.map(read, files), strict=True)


def _read(path: Path, register: Register, encoding: str | None) -> FileReading | AgriqaError:
    try:
        return read_file(path, register, encoding=encoding)
    except AgriqaError as error:
        return error


def _store(engine: sa.Engine, project: Project, reading: FileReading) -> LoadOutcome:
    """Write one reading: rows, quarantine, skipped rows and ledger, or nothing."""
    meta = tables()
    file = _name(reading.path, project)
    with engine.begin() as connection:
        load = meta.tables["load"]
        if connection.scalar(sa.select(load.c.load_id).where(load.c.sha256 == reading.sha256)):
            return LoadOutcome(file, "unchanged", message="内容已入库 / already loaded")
        admitted = [admit(connection, sheet) for sheet in reading.sheets]
        counts = {
            "rows_read": sum(sheet.rows_read for sheet in admitted),
            "rows_kept": sum(len(sheet.kept) for sheet in admitted),
            "rows_quarantined": sum(sheet.problems["row"].nunique() for sheet in admitted),
            "rows_skipped": sum(len(sheet.skipped) for sheet in admitted),
        }
        entry = load.insert().values(
            file=file,
            sha256=reading.sha256,
            loaded_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            agriqa_version=__version__,
            **counts,
        )
        load_id = connection.scalars(entry.returning(load.c.load_id)).one()
        for sheet in admitted:
            place = {"load_id": load_id, "sheet": sheet.sheet}
            if sheet.dataset is not None:
                _insert(connection, meta.tables[sheet.dataset], sheet.kept, place)
            about = {**place, "dataset": sheet.dataset}
            _insert(connection, meta.tables["quarantine"], sheet.problems, about)
            _insert(connection, meta.tables["skipped"], sheet.skipped, place)
            notes = pd.DataFrame(
                [(note.message_zh, note.message_en) for note in sheet.notes],
                columns=["message_zh", "message_en"],
            )
            _insert(connection, meta.tables["load_note"], notes, place)
    return LoadOutcome(
        file,
        "loaded",
        read=counts["rows_read"],
        kept=counts["rows_kept"],
        quarantined=counts["rows_quarantined"],
        skipped=counts["rows_skipped"],
        datasets=tuple(dict.fromkeys(s.dataset for s in reading.sheets if s.dataset)),
    )


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
    resolved = path.resolve()
    if resolved.is_relative_to(project.root):
        return resolved.relative_to(project.root).as_posix()
    return resolved.as_posix()


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
