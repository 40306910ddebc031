"""Files whose quarantined rows still wait, and where they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from agriqa.errors import AgriqaError
from agriqa.ingest.readers import content_hash
from agriqa.project import Project
from agriqa.store.tables import tables


@dataclass(frozen=True)
class Waiting:
    """A load with rows in quarantine that nothing has resolved.

    Attributes
    ----------
    load_id : int
        The load.
    file : str
        Its file's name in the ledger.
    sender : str or None
        Who sent it.
    rows : int
        Records that wait.
    path : Path or None
        The file itself; None when it is not where it was, or was changed since.
    corrected_by : str or None
        The file that took its place since: loading this one again would bring
        the old values back.
    """

    load_id: int
    file: str
    sender: str | None
    rows: int
    path: Path | None
    corrected_by: str | None

    def hindrance(self, project: Project) -> str:
        """Say why the file is not loaded again."""
        rows = f"{self.file}：等待 waiting {self.rows}；"
        if self.corrected_by is not None:
            return (
                f"{rows}已由 {self.corrected_by} 更正，不再载入；仍缺的行请报送单位再报。"
                f" / Corrected by {self.corrected_by} and not loaded again; ask the sender for the "
                "rows that still wait."
            )
        where = project.root / self.file
        return (
            f"{rows}找过 {where}，没有或已改动，请给出路径：agriqa retry 文件。"
            f" / Looked at {where}: not there or changed since; name the file: agriqa retry FILE."
        )


def waiting(engine: sa.Engine, project: Project, files: Iterable[Path] = ()) -> list[Waiting]:
    """Return the loads with open quarantine rows, in the order they were loaded.

    Parameters
    ----------
    engine, project
        The store and its project.
    files : iterable of Path
        Where files may be that are not in the project; the ledger knows them
        by their content. When given, only their loads are returned.

    Returns
    -------
    list of Waiting
        One per load.
    """
    meta = tables().tables
    load, quarantine = meta["load"], meta["quarantine"]
    given = {content_hash(path): path for path in files}
    records = (
        sa.select(quarantine.c.load_id, quarantine.c.sheet, quarantine.c.row, quarantine.c.col)
        .where(quarantine.c.resolved_by.is_(None))
        .distinct()
        .subquery()
    )
    query = (
        sa.select(load.c.load_id, load.c.file, load.c.sha256, load.c.sender, sa.func.count())
        .join(records, records.c.load_id == load.c.load_id)
        .group_by(load.c.load_id, load.c.file, load.c.sha256, load.c.sender)
        .order_by(load.c.load_id)
    )
    with engine.connect() as connection:
        entries = connection.execute(query).all()
        taken = sa.select(load.c.replaces, load.c.file).where(load.c.replaces.is_not(None))
        replaced = {entry.replaces: entry.file for entry in connection.execute(taken)}
    return [
        Waiting(
            load_id,
            file,
            sender,
            rows,
            given.get(sha256) or _in_project(project, file, sha256),
            replaced.get(load_id),
        )
        for load_id, file, sha256, sender, rows in entries
        if not given or sha256 in given
    ]


def _in_project(project: Project, file: str, sha256: str) -> Path | None:
    """Return the file of the ledger's name if it is as it was loaded."""
    path = project.root / file
    try:
        return path if content_hash(path) == sha256 else None
    except (AgriqaError, OSError):
        return None
