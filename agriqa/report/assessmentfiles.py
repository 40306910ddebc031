"""The folder of an assessment: its tables, and a manifest of what they rest on."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from agriqa import __version__
from agriqa.errors import AgriqaError, UnknownNameError
from agriqa.report.publication import sha256
from agriqa.report.tablefiles import FILE_KINDS, FileKind, write_tables

if TYPE_CHECKING:
    from agriqa.project import Language
    from agriqa.report.assessment import Assessment
    from agriqa.store import Snapshot

MANIFEST = "manifest.json"
_PATIENCE = 60  # seconds


def check_output(folder: Path, kinds: Sequence[str] | None) -> list[FileKind]:
    """Check where and what is to be written, before anything is computed.

    Raises
    ------
    UnknownNameError
        If a kind is unknown.
    AgriqaError
        If something else stands at `folder`, or no folder can be made there.
    """
    for kind in kinds or ():
        if kind not in FILE_KINDS:
            raise UnknownNameError("文件格式", "file format", kind, FILE_KINDS)
    if folder.exists() and not (folder / MANIFEST).is_file():
        raise AgriqaError(
            f"{folder} 已存在且不是评价结果，未写入。 / {folder} is there and holds no"
            " assessment: nothing was written."
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder.parent, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        raise AgriqaError(
            f"不能在 {folder.parent} 里建文件夹。 / No folder can be made in {folder.parent}."
        )
    return [kind for kind in FILE_KINDS if kinds is None or kind in kinds]


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one process write a folder at a time; the others wait a minute."""
    try:
        with FileLock(folder.parent / f".{folder.name}.lock", timeout=_PATIENCE):
            yield
    except Timeout as error:
        raise AgriqaError(
            f"另一个进程正在写 {folder}。 / Another process is writing {folder}."
        ) from error


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
    chosen = check_output(folder, kinds)
    with _locked(folder):
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
        (
            "名次区间" if zh else "Rank bands",
            "换归一化、合成、权重（±25%）、去掉一项指标、加测量误差，反复重算后九成落入的名次。误差大的"
            "极端县多半回到中间，名次可以在自己的区间之外。"
            if zh
            else "Where nine ranks of ten fall with other scales, means and weights (25 % either"
            " way), an indicator left out, and sampling errors added. Extremes with large errors"
            " mostly fall back, so that a rank can lie outside its own band.",
        ),
        ("", ""),
        *(("结论" if zh else "Finding", text) for text in assessment.findings),
        ("", ""),
        *((table.label[language], table.name) for table in assessment.tables),
    ]
