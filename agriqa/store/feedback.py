"""What the sender of a file is told: its open findings, and the marked copy that goes back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd
import sqlalchemy as sa

from agriqa.errors import AgriqaError
from agriqa.ingest import FileReading, read_file
from agriqa.ingest.findings import joined, placed
from agriqa.ingest.large import is_large
from agriqa.ingest.mappings import Mappings
from agriqa.ingest.marked import mark
from agriqa.ingest.markpage import Counts
from agriqa.ingest.readers import content_hash
from agriqa.ingest.readers.archive import in_archive
from agriqa.ingest.stamp import feedback_stamp, is_uncorrected
from agriqa.project import Project
from agriqa.store.load import LoadOptions, try_file
from agriqa.store.tables import tables

SUFFIX = "-反馈"
_AGAIN = re.compile(rf"{SUFFIX}(\d*)$")


class FeedbackError(AgriqaError):
    """The marked copy may not be written where it was asked for."""


@dataclass(frozen=True)
class Feedback:
    """What there is to say of one file.

    Attributes
    ----------
    file : str
        Its name in the ledger.
    findings : DataFrame
        See `agriqa.ingest.findings.FINDING_COLUMNS`.
    counts : Counts or None
        What became of its rows; None when it was refused.
    message : str
        Why it was refused, or what else a person should know.
    """

    file: str
    findings: pd.DataFrame
    counts: Counts | None
    message: str = ""

    @property
    def errors(self) -> int:
        """Records set aside."""
        wrong = self.findings[self.findings["severity"] == "error"]
        return len(wrong[["sheet", "row", "col"]].drop_duplicates())

    @property
    def warnings(self) -> int:
        """Doubts about records that are kept."""
        return int((self.findings["severity"] == "warning").sum())


@dataclass(frozen=True)
class Given:
    """What became of one file: ``given`` back, ``clean`` or ``refused``."""

    source: Path
    state: Literal["given", "clean", "refused"]
    out: Path | None = None
    errors: int = 0
    warnings: int = 0
    message: str = ""


def feedback(
    engine: sa.Engine, project: Project, path: Path, options: LoadOptions | None = None
) -> Feedback:
    """Find out what there is to say of a file.

    Of a file in the ledger that is what still waits in quarantine, and its
    warnings; any other file is loaded for trial and taken back.

    Parameters
    ----------
    engine, project
        The store and its project.
    path : Path
        The file; the ledger knows it by its content.
    options : LoadOptions, optional
        How the file is read.

    Returns
    -------
    Feedback
        What was found.
    """
    held = _from_ledger(engine, path)
    if held is not None:
        # Read again for the columns' places alone, which the ledger does not keep.
        found = held.findings
        if len(found) and not is_large(path):
            encoding = options.encoding if options else None
            mappings = Mappings.load(project.config, project.register)
            reading = read_file(path, project.register, encoding=encoding, mappings=mappings)
            found = placed(found, reading.sheets)
        return Feedback(held.file, found, held.counts, held.message)
    trial = try_file(engine, project, path, options)
    outcome = trial.outcome
    if trial.reading is None:
        return Feedback(outcome.file, joined([], []), None, outcome.message)
    counts = Counts(outcome.read, outcome.kept, outcome.quarantined, outcome.skipped)
    found = joined([trial.quarantine], [trial.warning])
    if isinstance(trial.reading, FileReading):
        found = placed(found, trial.reading.sheets)
    return Feedback(outcome.file, found, counts, " ".join(outcome.warnings))


def _from_ledger(engine: sa.Engine, path: Path) -> Feedback | None:
    """Return what the ledger says of a file with this content; None when it has none."""
    meta = tables().tables
    load, quarantine, warning = meta["load"], meta["quarantine"], meta["warning"]
    with engine.connect() as connection:
        entry = connection.execute(
            sa.select(load)
            .where(load.c.sha256 == content_hash(path))
            .order_by(load.c.attempt.desc())
            .limit(1)
        ).one_or_none()
        if entry is None:
            return None
        waiting = (quarantine.c.load_id == entry.load_id, quarantine.c.resolved_by.is_(None))
        problems = _frame(connection, sa.select(quarantine).where(*waiting))
        doubts = _frame(connection, sa.select(warning).where(warning.c.load_id == entry.load_id))
        by = connection.scalars(
            sa.select(load.c.file).where(load.c.replaces == entry.load_id)
        ).all()
    message = ""
    if by:
        message = f"本文件已由 {'、'.join(by)} 更正。 / Corrected by {', '.join(by)}."
        doubts = doubts[:0]
    counts = Counts(entry.rows_read, entry.rows_kept, entry.rows_quarantined, entry.rows_skipped)
    return Feedback(entry.file, joined([problems], [doubts]), counts, message)


def _frame(connection: sa.Connection, query: sa.Select[tuple[object, ...]]) -> pd.DataFrame:
    result = connection.execute(query)
    return pd.DataFrame(result.fetchall(), columns=list(result.keys()))


def give_back(
    engine: sa.Engine,
    project: Project,
    path: Path,
    out: Path | None = None,
    *,
    options: LoadOptions | None = None,
    force: bool = False,
) -> Given:
    """Write the marked copy of a file; nothing is written when nothing is wrong.

    Parameters
    ----------
    engine, project, options
        As for :func:`feedback`.
    path : Path
        The file as it was sent.
    out : Path, optional
        Where to write; see :func:`copy_name` for where by default.
    force : bool
        Replace another file that is there.

    Raises
    ------
    FeedbackError
        If another file is there already.
    """
    found = feedback(engine, project, path, options)
    if found.counts is None:
        return Given(path, "refused", message=found.message)
    if found.findings.empty:
        return Given(path, "clean", message=found.message)
    out = out or copy_name(path)
    if out.exists() and not force and not _same_copy(path, out):
        raise FeedbackError(
            f"{out} 已存在，且不是本文件未改动的反馈；请换一个文件名（--out），或用 --force 覆盖。"
            f" / {out} exists and is not this file's feedback as it was written; name another "
            "file with --out, or replace it with --force."
        )
    encoding = options.encoding if options else None
    mark(path, found.findings, out, counts=found.counts, name=found.file, encoding=encoding)
    return Given(path, "given", out, found.errors, found.warnings, found.message)


def _same_copy(path: Path, out: Path) -> bool:
    stamp = feedback_stamp(out)
    return stamp is not None and stamp.sha256s[0] == content_hash(path) and is_uncorrected(out)


def copy_name(path: Path, folder: Path | None = None) -> Path:
    """Return where the copy of a file goes: beside it, or in a folder.

    The copy of a file in an archive goes beside the archive; a copy that came
    back gets a number.

    Examples
    --------
    >>> copy_name(Path("in/用量.xls")).as_posix(), copy_name(Path("用量-反馈.xlsx")).as_posix()
    ('in/用量-反馈.xlsx', '用量-反馈2.xlsx')
    """
    inside = in_archive(path)
    folder = folder or (inside[0].parent if inside else path.parent)
    again = _AGAIN.search(path.stem)
    stem = path.stem[: again.start()] if again else path.stem
    number = str(int(again[1] or 1) + 1) if again else ""
    return folder / f"{stem}{SUFFIX}{number}.xlsx"


def copies_in(paths: Iterable[Path], folder: Path) -> dict[Path, Path]:
    """Return the name of each file's copy in one folder, no two alike."""
    names: dict[Path, Path] = {}
    taken: set[Path] = set()
    for path in paths:
        wanted = copy_name(path, folder)
        name, number = wanted, 1
        while name in taken:
            number += 1
            name = wanted.with_name(f"{path.name} ({number}){SUFFIX}.xlsx")
        taken.add(name)
        names[path] = name
    return names
