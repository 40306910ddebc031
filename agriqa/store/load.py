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
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

import pandas as pd
import sqlalchemy as sa

from agriqa._version import __version__
from agriqa.areas import Register
from agriqa.datasets import dataset, datasets
from agriqa.errors import AgriqaError, UnknownNameError
from agriqa.ingest import (
    FileReading,
    LargeReading,
    Mappings,
    Note,
    SheetReading,
    is_large,
    read_file,
    read_large,
)
from agriqa.project import Project
from agriqa.store.admit import Admission
from agriqa.store.engine import StoreError
from agriqa.store.plausible import against_store
from agriqa.store.staging import Stage, prepared, records, stage_for
from agriqa.store.tables import tables

# How often a reading process looks whether its parent is still there [s].
WATCH = 1.0

# Ledger tables that a reading fills, and the frame of the reading for each.
FINDINGS = {"quarantine": "problems", "warning": "warnings", "skipped": "skipped"}

Reading = FileReading | LargeReading
State = Literal["loaded", "unchanged", "unrecognised", "refused"]


@dataclass(frozen=True)
class LoadOptions:
    """How files are loaded.

    Attributes
    ----------
    encoding : str or None
        Forces the encoding of CSV files.
    sender : str or None
        Who sent the files; decides which reviewed names and headers apply.
    replaces : str or None
        Ledger name or load id of the file that these correct. A file with the
        ledger name of an earlier one corrects that one anyway.
    again : bool
        Load files that are in the ledger once more, because names, headers or
        corrections were decided on since.
    """

    encoding: str | None = None
    sender: str | None = None
    replaces: str | None = None
    again: bool = False


@dataclass(frozen=True)
class LoadOutcome:
    """What became of one file; read = kept + quarantined + skipped.

    ``unrecognised`` is a file none of whose sheets is a dataset: all its rows
    are skipped. ``replaced`` counts the rows of earlier loads that this one
    took the place of, ``warned`` the doubts about kept rows, and ``warnings``
    are the notes a person should read.
    """

    file: str
    state: State
    read: int = 0
    kept: int = 0
    quarantined: int = 0
    skipped: int = 0
    replaced: int = 0
    warned: int = 0
    datasets: tuple[str, ...] = ()
    message: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trial:
    """What loading a file would do, found out without doing it.

    Attributes
    ----------
    outcome : LoadOutcome
        As loading would report it.
    reading : FileReading, LargeReading or None
        What was understood; None when the file is refused.
    quarantine, warning, skipped : DataFrame
        What the ledger would hold.
    """

    outcome: LoadOutcome
    reading: Reading | None = None
    quarantine: pd.DataFrame = field(default_factory=pd.DataFrame)
    warning: pd.DataFrame = field(default_factory=pd.DataFrame)
    skipped: pd.DataFrame = field(default_factory=pd.DataFrame)


def load_files(
    engine: sa.Engine,
    project: Project,
    files: Iterable[Path],
    options: LoadOptions | None = None,
    *,
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
    options : LoadOptions, optional
        How they are loaded.
    workers : int
        Processes that read files; writing is always one at a time.
    on_done : callable, optional
        Called with each outcome as it comes.

    Returns
    -------
    list of LoadOutcome
        One per file, in the order they were finished.

    Raises
    ------
    StoreError
        If the store cannot be written; the file is as if it had not been loaded.
    """
    outcomes: list[LoadOutcome] = []
    for outcome in _outcomes(engine, project, files, options or LoadOptions(), workers):
        outcomes.append(outcome)
        if on_done is not None:
            on_done(outcome)
    return outcomes


def try_file(
    engine: sa.Engine, project: Project, path: Path, options: LoadOptions | None = None
) -> Trial:
    """Find out what loading a file would do: it is loaded and taken back.

    Parameters
    ----------
    engine, project, options
        As for :func:`load_files`.
    path : Path
        The file.
    """
    options = replace(options or LoadOptions(), again=True)
    mappings = Mappings.load(project.config, project.register)
    reading = _read(path, project.register, options, mappings)
    if isinstance(reading, str):
        return Trial(LoadOutcome(_name(path, project), "refused", message=reading))
    return _Load(engine, project, reading, options).trial()


def _outcomes(
    engine: sa.Engine,
    project: Project,
    files: Iterable[Path],
    options: LoadOptions,
    workers: int,
) -> Iterator[LoadOutcome]:
    """Yield what became of each file as it comes."""
    fresh: list[Path] = []
    large: list[Path] = []
    known = set() if options.again else _known_hashes(engine)
    for path in files:
        if known and _content(path) in known:
            yield _unchanged(_name(path, project))
        else:
            (large if is_large(path) else fresh).append(path)

    waiting: list[Reading] = []
    mappings = Mappings.load(project.config, project.register)
    read = partial(_read, register=project.register, options=options, mappings=mappings)
    for path, result in _readings(fresh, large, read, workers):
        if isinstance(result, str):
            yield LoadOutcome(_name(path, project), "refused", message=result)
        elif any(map(_refers, _datasets(result))):
            waiting.append(result)
        else:
            yield _Load(engine, project, result, options).run()
    for reading in waiting:
        yield _Load(engine, project, reading, options).run()


def _datasets(reading: Reading) -> set[str]:
    if isinstance(reading, LargeReading):
        return {reading.dataset.name}
    return {sheet.dataset for sheet in reading.sheets if sheet.dataset is not None}


def _refers(name: str) -> bool:
    """Whether rows of the dataset refer to rows of another one."""
    return any(column.references for column in dataset(name))


def _readings(
    files: list[Path], large: list[Path], read: Callable[[Path], Reading | str], workers: int
) -> Iterator[tuple[Path, Reading | str]]:
    if workers <= 1 or len(files) < 4:
        yield from zip(files, map(read, files), strict=True)
    else:
        yield from _in_processes(files, read, workers)
    # A large file is read while it is stored.
    yield from zip(large, map(read, large), strict=True)


def _in_processes(
    files: list[Path], read: Callable[[Path], Reading | str], workers: int
) -> Iterator[tuple[Path, Reading | str]]:
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
    path: Path, register: Register, options: LoadOptions, mappings: Mappings
) -> Reading | str:
    """Read one file; what goes wrong with it must not stop the others."""
    try:
        if is_large(path):
            return read_large(path, register, encoding=options.encoding, mappings=mappings)
        return read_file(path, register, encoding=options.encoding, mappings=mappings)
    except AgriqaError as error:
        return str(error)
    except Exception as error:
        return (
            f"{path.name}：读取失败（{type(error).__name__}：{error}），请检查文件。"
            f" / {path.name}: cannot be read ({type(error).__name__}: {error}); check the file."
        )


class _UndoneError(Exception):
    """Takes a transaction back and carries what it would have given."""

    def __init__(self, outcome: LoadOutcome, trial: Trial | None = None) -> None:
        self.outcome, self.trial = outcome, trial


class _Load:
    """One file on its way into the store: whole, or nothing of it."""

    def __init__(
        self, engine: sa.Engine, project: Project, reading: Reading, options: LoadOptions
    ) -> None:
        self.engine, self.project, self.reading, self.options = engine, project, reading, options
        self.file = _name(reading.path, project)
        self.large = isinstance(reading, LargeReading)

    def run(self) -> LoadOutcome:
        """Load the file."""
        try:
            return self._transact(trial=False)
        except _UndoneError as undone:
            return undone.outcome

    def trial(self) -> Trial:
        """Load the file and take it back."""
        try:
            return Trial(self._transact(trial=True), self.reading)
        except _UndoneError as undone:
            return undone.trial or Trial(undone.outcome, self.reading)

    def _transact(self, *, trial: bool) -> LoadOutcome:
        if isinstance(self.reading, FileReading) and not _datasets(self.reading):
            raise _UndoneError(_unrecognised(self.file, self.reading))
        try:
            with stage_for(self.engine, large=self.large) as stage, self._connect() as connection:
                with connection.begin():
                    outcome = self._take_in(connection, stage)
                    if trial:
                        found = self._findings(connection)
                        raise _UndoneError(outcome, Trial(outcome, self.reading, **found))
                return outcome
        except sa.exc.DBAPIError as error:
            raise StoreError(
                f"{self.reading.path.name} 没有载入，数据库保持原状：{error.orig}。"
                "先前的文件已入库，排除故障后重新运行即可。"
                f" / {self.reading.path.name} was not loaded and the store is as before: "
                f"{error.orig}. The files before it are in; run the command again when this is "
                "mended."
            ) from error

    def _take_in(self, connection: sa.Connection, stage: Stage) -> LoadOutcome:
        """Write rows, findings and the ledger entry."""
        load = tables().tables["load"]
        if connection.dialect.name == "postgresql":
            # One load at a time, as in SQLite; readers do not wait.
            connection.execute(sa.text("LOCK TABLE load IN SHARE ROW EXCLUSIVE MODE"))
        same = sa.select(sa.func.max(load.c.attempt)).where(load.c.sha256 == self.reading.sha256)
        attempts = connection.scalar(same) or 0
        if attempts and not self.options.again:
            raise _UndoneError(_unchanged(self.file))
        chain = self._chain(connection)
        self.load_id = connection.scalars(
            load.insert()
            .values(
                file=self.file,
                sha256=self.reading.sha256,
                attempt=attempts + 1,
                sender=self.options.sender,
                replaces=chain[-1] if chain else None,
                loaded_at=dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
                agriqa_version=__version__,
                rows_read=0,
                rows_kept=0,
                rows_quarantined=0,
                rows_skipped=0,
            )
            .returning(load.c.load_id)
        ).one()
        outcome = self._parts(connection, stage, chain)
        notes = [*outcome.warnings, *self._resolve(connection, outcome, chain)]
        outcome = replace(outcome, warnings=tuple(notes))
        counts = {
            f"rows_{name}": getattr(outcome, name)
            for name in ("read", "kept", "quarantined", "skipped")
        }
        connection.execute(load.update().where(load.c.load_id == self.load_id).values(**counts))
        return outcome

    def _parts(self, connection: sa.Connection, stage: Stage, chain: list[int]) -> LoadOutcome:
        """Take the parts of the reading in, one after the other."""
        admissions: dict[str, Admission] = {}
        notes: dict[tuple[str, Note], None] = {}
        read = quarantined = skipped = warned = 0
        for parts, ready in prepared(stage, self._ordered(), expected=self._expected):
            name = parts[0].dataset
            if name is not None:
                admission = admissions.setdefault(
                    name, Admission(connection, name, self.load_id, chain)
                )
                rows = sum(len(part.kept) for part in parts)
                if rows:
                    with stage.table(connection, name, ready) as table:
                        admission.take(table, rows)
            for part in parts:
                self._file(connection, part)
                notes |= dict.fromkeys((part.sheet, note) for note in part.notes)
                read += part.rows_read
                quarantined += part.quarantined
                skipped += len(part.skipped)
                warned += len(part.warnings)
        done = [admission.settle() for admission in admissions.values()]
        # Last of all: a rate needs the other datasets of the same file.
        for name in admissions:
            doubts = against_store(connection, dataset(name), self.load_id, self.project)
            self._insert(connection, "warning", doubts.assign(dataset=name))
            warned += len(doubts)
        self._note(connection, notes)
        return LoadOutcome(
            self.file,
            "loaded",
            read=read,
            kept=sum(one.kept for one in done),
            quarantined=quarantined + sum(one.quarantined for one in done),
            skipped=skipped + sum(one.skipped for one in done),
            replaced=sum(one.replaced for one in done),
            warned=warned,
            datasets=tuple(admissions),
            warnings=_warnings(notes),
        )

    def _ordered(self) -> Iterable[SheetReading]:
        """Return the parts, samples before the residues that refer to them."""
        if isinstance(self.reading, LargeReading):
            return self.reading.sheets
        order = list(datasets())
        return sorted(
            self.reading.sheets, key=lambda s: order.index(s.dataset) if s.dataset else -1
        )

    @property
    def _expected(self) -> int:
        return self.reading.expected if isinstance(self.reading, LargeReading) else 1

    @contextmanager
    def _connect(self) -> Iterator[sa.Connection]:
        with self.engine.connect() as connection:
            yield connection
            if self.large:
                # What was attached and set for this load goes with its connection.
                connection.invalidate()

    def _chain(self, connection: sa.Connection) -> list[int]:
        """Return the loads of the file that this one corrects, oldest first; none if it is new."""
        load = tables().tables["load"]
        wanted = self.options.replaces
        ledger = connection.execute(
            sa.select(load.c.load_id, load.c.replaces, load.c.file, load.c.sha256).order_by(
                load.c.load_id
            )
        ).all()
        if wanted is not None:
            found = [e.load_id for e in ledger if wanted in (e.file, str(e.load_id))]
            if not found:
                names = [e.file for e in ledger]
                raise UnknownNameError("已载入的文件", "loaded file", wanted, names)
        else:
            # Inside the project a name is a place; a bare name may be anybody's.
            found = [
                e.load_id
                for e in ledger
                if e.sha256 == self.reading.sha256 or (e.file == self.file and "/" in self.file)
            ]
        line = set(found)
        for entry in ledger:
            if entry.replaces in line:
                line.add(entry.load_id)
        for entry in reversed(ledger):
            if entry.load_id in line and entry.replaces is not None:
                line.add(entry.replaces)
        return sorted(line)

    def _file(self, connection: sa.Connection, part: SheetReading) -> None:
        """Write what reading a part found into the ledger."""
        for name, attribute in FINDINGS.items():
            frame: pd.DataFrame = getattr(part, attribute)
            placed = frame.assign(sheet=part.sheet)
            if name != "skipped":
                placed = placed.assign(dataset=part.dataset)
            self._insert(connection, name, placed)

    def _insert(self, connection: sa.Connection, name: str, found: pd.DataFrame) -> None:
        if len(found):
            rows = records(found.assign(load_id=self.load_id))
            connection.execute(tables().tables[name].insert(), rows)

    def _note(self, connection: sa.Connection, notes: Iterable[tuple[str, Note]]) -> None:
        lines = [
            {
                "load_id": self.load_id,
                "sheet": sheet,
                "message_zh": note.message_zh,
                "message_en": note.message_en,
            }
            for sheet, note in notes
        ]
        if lines:
            connection.execute(tables().tables["load_note"].insert(), lines)

    def _resolve(
        self, connection: sa.Connection, outcome: LoadOutcome, chain: list[int]
    ) -> list[str]:
        """Close what waited in the file's earlier loads; say what the new one lacks."""
        if not chain:
            return []
        meta = tables().tables
        load, quarantine = meta["load"], meta["quarantine"]
        before = connection.execute(
            sa.select(load.c.rows_kept + load.c.rows_quarantined).where(load.c.load_id == chain[-1])
        ).scalar_one()
        repeated = connection.execute(
            sa.select(sa.func.count()).where(
                meta["skipped"].c.load_id == self.load_id,
                meta["skipped"].c.reason == "already_loaded",
            )
        ).scalar_one()
        waiting = [quarantine.c.load_id.in_(chain), quarantine.c.resolved_by.is_(None)]
        now = outcome.kept + outcome.quarantined + repeated
        if now < before:
            return [
                f"更正文件只有 {now} 行数据，原文件有 {before} 行：文件里没有的行仍按原样保留，"
                "原来隔离的行也仍在等待。"
                f" / the corrected file has {now} rows of data, the earlier one {before}: rows it "
                "lacks stay as they were, and the quarantined ones go on waiting."
            ]
        connection.execute(quarantine.update().where(*waiting).values(resolved_by=self.load_id))
        return []

    def _findings(self, connection: sa.Connection) -> dict[str, pd.DataFrame]:
        found = {}
        for name in FINDINGS:
            table = tables().tables[name]
            result = connection.execute(sa.select(table).where(table.c.load_id == self.load_id))
            found[name] = pd.DataFrame(result.fetchall(), columns=list(result.keys()))
        return found


def _warnings(notes: Iterable[tuple[str, Note]]) -> tuple[str, ...]:
    return tuple(
        f"{sheet}：{note.message_zh} / {note.message_en}"
        for sheet, note in notes
        if note.level == "warning"
    )


def _unrecognised(file: str, reading: FileReading) -> LoadOutcome:
    """Return the outcome of a file without a known table; it is not in the ledger.

    It may be read once its headers are known.
    """
    notes = [(sheet.sheet, note) for sheet in reading.sheets for note in sheet.notes]
    return LoadOutcome(
        file, "unrecognised", reading.read, skipped=reading.skipped, warnings=_warnings(notes)
    )


def _unchanged(file: str) -> LoadOutcome:
    return LoadOutcome(file, "unchanged", message="内容已入库 / already loaded")


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
