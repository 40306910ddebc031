"""Snapshots: frozen states of the data that everything analytical reads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agriqa.datasets import datasets
from agriqa.errors import AgriqaError, UnknownNameError
from agriqa.project import Project

if TYPE_CHECKING:
    import pandas as pd

    from agriqa.areas import Register

MANIFEST = "manifest.json"
LATEST = "LATEST"
LEDGER_TABLES = ("load", "quarantine")


class SnapshotError(AgriqaError):
    """The snapshot asked for does not exist or is not whole."""


@dataclass(frozen=True)
class Snapshot:
    """One frozen state of the data.

    Attributes
    ----------
    project : Project
        The project it belongs to.
    id : str
        Hash of its content.
    manifest : dict
        Tables with their number of rows and hash, time of making and version.
    """

    project: Project
    id: str
    manifest: dict[str, Any]

    @classmethod
    def open(cls, project: Project, snapshot_id: str | None = None) -> Snapshot:
        """Open a snapshot by its id, or the latest one.

        Raises
        ------
        SnapshotError
            If there is none yet, or none with this id.
        """
        folder = project.snapshots
        if snapshot_id in (None, "latest"):
            pointer = folder / LATEST
            if not pointer.is_file():
                raise SnapshotError(
                    "还没有数据快照：请先运行 agriqa freeze。"
                    " / There is no snapshot yet: run agriqa freeze first."
                )
            snapshot_id = pointer.read_text("utf-8").strip()
        manifest = folder / str(snapshot_id) / MANIFEST
        if not manifest.is_file():
            known = sorted(p.parent.name for p in folder.glob(f"*/{MANIFEST}"))
            raise SnapshotError(
                f"没有快照 {snapshot_id}，已有：{'、'.join(known) or '无'}。"
                f" / No snapshot {snapshot_id}; there are: {', '.join(known) or 'none'}."
            )
        return cls(project, str(snapshot_id), json.loads(manifest.read_text("utf-8")))

    @property
    def folder(self) -> Path:
        """Where its files are."""
        return self.project.snapshots / self.id

    @property
    def register(self) -> Register:
        """The county register of its project."""
        return self.project.register

    def table(self, name: str, *, columns: list[str] | None = None) -> pd.DataFrame:
        """Read one dataset (or ``load``, ``quarantine``) as a frame.

        Dataset rows carry ``source_file``, ``sheet`` and ``row``: the cell
        block they came from.

        Raises
        ------
        UnknownNameError
            If there is no such table; the message has the nearest names.
        """
        import pandas as pd

        known = [*datasets(), *LEDGER_TABLES]
        if name not in known:
            raise UnknownNameError("数据集", "dataset", name, known)
        return pd.read_parquet(self.folder / f"{name}.parquet", columns=columns)
