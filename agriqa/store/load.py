"""Loading files: one transaction and one ledger entry per file."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import sqlalchemy as sa

from agriqa.areas import Register
from agriqa.datasets import dataset
from agriqa.errors import AgriqaError
from agriqa.ingest import Guide, IngestError, is_large, read_file, read_large
from agriqa.ingest.readers import content_hash
from agriqa.ingest.stamp import is_uncorrected
from agriqa.project import Project
from agriqa.store.intake import Intake, datasets_of, ledger_name
from agriqa.store.outcome import LoadOptions, LoadOutcome, Reading, Trial, unchanged
from agriqa.store.tables import tables

__all__ = ["LoadOptions", "LoadOutcome", "Trial", "load_files", "try_file"]

# How often a reading process looks whether its parent is still there [s].
WATCH = 1.0


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
    reading = _reader(project, options)(path)
    if isinstance(reading, str):
        return Trial(LoadOutcome(ledger_name(path, project.root), "refused", message=reading))
    return Intake(engine, project, reading, options).trial()


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
            yield unchanged(ledger_name(path, project.root))
        else:
            (large if is_large(path) else fresh).append(path)

    waiting: list[Reading] = []
    read = _reader(project, options)
    for path, result in _readings(fresh, large, read, workers):
        if isinstance(result, str):
            yield LoadOutcome(ledger_name(path, project.root), "refused", message=result)
        elif any(map(_refers, datasets_of(result))):
            waiting.append(result)
        else:
            yield Intake(engine, project, result, options).run()
    for reading in waiting:
        yield Intake(engine, project, reading, options).run()


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


def _reader(project: Project, options: LoadOptions) -> Callable[[Path], Reading | str]:
    """Return the function that reads one file, by what the project declares now."""
    guide = Guide.load(
        project.config, project.register, source=options.source, sender=options.sender
    )
    return partial(
        _read,
        register=project.register,
        guide=guide,
        encoding=options.encoding,
        root=project.root,
    )


def _read(
    path: Path, register: Register, guide: Guide, encoding: str | None, root: Path
) -> Reading | str:
    """Read one file; what goes wrong with it must not stop the others."""
    read = read_large if is_large(path) else read_file
    try:
        if is_uncorrected(path):
            raise IngestError(
                path,
                "这是退回的反馈文件，标出的单元格还没有改。请改正后再载入。",
                "this is a file given back and none of its marked cells was changed. "
                "Correct them and load it again.",
            )
        return read(path, register, guide, encoding=encoding, name=ledger_name(path, root))
    except AgriqaError as error:
        return str(error)
    except Exception as error:
        return (
            f"{path.name}：读取失败（{type(error).__name__}：{error}），请检查文件。"
            f" / {path.name}: cannot be read ({type(error).__name__}: {error}); check the file."
        )


def _known_hashes(engine: sa.Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.scalars(sa.select(tables().tables["load"].c.sha256)))


def _content(path: Path) -> str | None:
    """Hash a file; one that cannot be read is for the reader to refuse."""
    try:
        return content_hash(path)
    except (IngestError, OSError):
        return None
