"""The folder of an assessment: its tables, and a manifest of what they rest on."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from agriqa import __version__
from agriqa.errors import AgriqaError, UnknownNameError
from agriqa.report.publication import sha256
from agriqa.report.tablefiles import FILE_KINDS, write_tables

if TYPE_CHECKING:
    from agriqa.project import Language
    from agriqa.report.assessment import Assessment
    from agriqa.store import Snapshot

MANIFEST = "manifest.json"


def write_assessment(
    assessment: Assessment,
    snapshot: Snapshot,
    folder: Path,
    *,
    kinds: Sequence[str] | None = None,
    language: Language = "zh",
    draws: int,
    seed: int,
) -> list[Path]:
    """Write an assessment into a folder, which appears whole or not at all.

    Parameters
    ----------
    assessment : Assessment
    snapshot : Snapshot
        What it was computed from.
    folder : path
        One that an assessment wrote before is replaced; any other must not be there.
    kinds : sequence of {"csv", "xlsx", "parquet"}, optional
        All by default.
    language : {"zh", "en"}
        Of sheets and headers.
    draws, seed : int
        For the manifest.

    Returns
    -------
    list of path
        The files in the folder.

    Raises
    ------
    UnknownNameError
        If a kind is unknown.
    AgriqaError
        If something else stands at `folder`.
    """
    for kind in kinds or ():
        if kind not in FILE_KINDS:
            raise UnknownNameError("文件格式", "file format", kind, FILE_KINDS)
    chosen = [kind for kind in FILE_KINDS if kinds is None or kind in kinds]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.parent / f".{folder.name}.lock"):
        if folder.exists() and not (folder / MANIFEST).is_file():
            raise AgriqaError(
                f"{folder} 已存在且不是评价结果，未写入。 / {folder} is there and holds no"
                " assessment: nothing was written."
            )
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            files = write_tables(
                assessment.tables,
                draft,
                kinds=chosen,
                notes=_notes(assessment, snapshot, language, draws, seed),
                warning=assessment.warning(language),
                title="assessment",
                language=language,
            )
            manifest = {
                "version": __version__,
                "snapshot": snapshot.id,
                "period": assessment.period,
                "draws": draws,
                "seed": seed,
                "simulated": assessment.simulated,
                "example": assessment.example,
                "findings": list(assessment.findings),
                "files": {path.name: sha256(path) for path in files},
            }
            text = json.dumps(manifest, ensure_ascii=False, indent=1)
            (draft / MANIFEST).write_text(text, "utf-8")
            draft.chmod(0o755)
            _replace(draft, folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return sorted(folder.iterdir())


def _replace(draft: Path, folder: Path) -> None:
    """Put a finished folder in its place; the one before goes only then."""
    if not folder.exists():
        os.replace(draft, folder)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        os.replace(folder, aside / "before")
        try:
            os.replace(draft, folder)
        except OSError:
            os.replace(aside / "before", folder)
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _notes(
    assessment: Assessment, snapshot: Snapshot, language: Language, draws: int, seed: int
) -> list[tuple[str, str]]:
    zh = language == "zh"
    return [
        ("年份" if zh else "Year", str(assessment.period)),
        ("数据快照" if zh else "Snapshot", snapshot.id),
        ("重算次数与种子" if zh else "Rebuilds and seed", f"{draws}, {seed}"),
        ("agriqa", __version__),
        ("", ""),
        *(("结论" if zh else "Finding", text) for text in assessment.findings),
        ("", ""),
        *((table.label[language], table.name) for table in assessment.tables),
    ]
