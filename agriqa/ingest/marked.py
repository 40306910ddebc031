"""The sender's workbook given back: a copy with the bad cells coloured and explained."""

from __future__ import annotations

import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import pandas as pd

from agriqa.ingest.errors import IngestError
from agriqa.ingest.findings import Finding, Place, as_findings, locate
from agriqa.ingest.large import is_large
from agriqa.ingest.markedcopy import copy_marked
from agriqa.ingest.markednew import write_marked
from agriqa.ingest.markpage import Counts, Mark, Page
from agriqa.ingest.readers import Grid, content_hash, open_file, read_grids
from agriqa.ingest.readers.find import WORKBOOK_ENDINGS
from agriqa.ingest.stamp import FeedbackStamp, feedback_stamp, fingerprint, is_feedback

# Of so many cells on openpyxl needs more memory than a clerk's computer has: values only then.
MOST_CELLS = 1_000_000
# So many cells carry a comment; all are coloured and listed. Excel opens more only slowly.
MOST_COMMENTS = 2_000
_COMMENT = 1_000
_ANEW = (
    "原文件的格式不能照搬，本副本只有其内容，行列与原文件一致。"
    " / The original's formats could not be kept: this copy has its content only, in the same "
    "rows and columns."
)


def mark(
    source: Path,
    findings: pd.DataFrame,
    out: Path,
    *,
    counts: Counts | None = None,
    name: str | None = None,
    encoding: str | None = None,
) -> Path:
    """Write a copy of the sender's file with the bad cells marked, and a sheet that lists them.

    An .xlsx is copied with its formats, formulas and protection (without
    macros and links to other files); of any other file the copy is a new
    workbook with the same rows and columns. The original is not touched.

    Parameters
    ----------
    source : Path
        The file as it was sent.
    findings : DataFrame
        See `agriqa.ingest.findings.FINDING_COLUMNS`; ``dataset`` and
        ``position`` may be missing.
    out : Path
        Where to write, ending in .xlsx; a file there is replaced whole.
    counts : Counts, optional
        Rows read, kept, quarantined and skipped, for the summary line.
    name : str, optional
        The file's name in the ledger; its own name by default.
    encoding : str, optional
        Forces the encoding of a CSV file.

    Returns
    -------
    Path
        `out`.

    Raises
    ------
    IngestError
        If the source cannot be read, or `out` is the source or no .xlsx.
    """
    _check(source, out)
    large = is_large(source)
    sha256, grids = (content_hash(source), []) if large else read_grids(source, encoding=encoding)
    earlier = feedback_stamp(source)
    grids = [grid for grid in grids if not is_feedback(grid)]
    lines = as_findings(findings)
    places = _places(grids, lines)
    page = Page(source.name, lines, places, counts)
    if large:
        page.remarks.append(
            "文件太大，本表只列出问题，不含数据。请改正原文件后重新报送。"
            " / The file is too large: its problems are listed here, without its data. Correct "
            "the original and send it again."
        )
    marks = _marks(lines, places)
    stamp = FeedbackStamp(
        name or source.name,
        (sha256, *(earlier.sha256s if earlier else ())),
        fingerprint(grids),
    )
    handle, temporary = tempfile.mkstemp(suffix=".xlsx", dir=out.parent)
    os.close(handle)
    try:
        if not (
            _is_workbook(source)
            and sum(len(grid.rows) * grid.width for grid in grids) <= MOST_CELLS
            and copy_marked(source, grids, marks, page, stamp, Path(temporary))
        ):
            if grids:
                page.remarks.append(_ANEW)
            write_marked(grids, marks, page, stamp, Path(temporary))
        # mkstemp makes it private; the copy is for others to read.
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, out)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return out


def _check(source: Path, out: Path) -> None:
    if out.resolve() == source.resolve():
        raise IngestError(
            source,
            "反馈不能写在原文件上，请用 --out 另指一个文件。",
            "the feedback may not replace the original; name another file with --out.",
        )
    if out.suffix.lower() != ".xlsx":
        raise IngestError(
            out,
            "反馈是 Excel 工作簿，文件名须以 .xlsx 结尾。",
            "the feedback is an Excel workbook; its name must end in .xlsx.",
        )


def _is_workbook(source: Path) -> bool:
    if source.suffix.lower() not in WORKBOOK_ENDINGS:
        return False
    with open_file(source) as stream:
        return stream.read(4) == b"PK\x03\x04"


def _places(grids: Sequence[Grid], findings: list[Finding]) -> list[Place]:
    """Return the cell of every finding, in the order of the findings."""
    places: dict[int, Place] = {at: (one.row, one.col) for at, one in enumerate(findings)}
    by_sheet: dict[str, list[int]] = defaultdict(list)
    for at, one in enumerate(findings):
        by_sheet[one.sheet].append(at)
    for grid in grids:
        own = by_sheet.get(grid.name, [])
        places |= dict(zip(own, locate(grid, [findings[at] for at in own]), strict=True))
    return [places[at] for at in range(len(findings))]


def _marks(findings: list[Finding], places: list[Place]) -> dict[str, dict[Place, Mark]]:
    """Return the marked cells of every sheet; errors are the first to get a comment."""
    cells: dict[tuple[str, Place], list[Finding]] = defaultdict(list)
    for finding, place in zip(findings, places, strict=True):
        cells[finding.sheet, place].append(finding)
    order = sorted(cells, key=lambda cell: not any(f.is_error for f in cells[cell]))
    commented = set(islice(order, MOST_COMMENTS))
    marks: dict[str, dict[Place, Mark]] = defaultdict(dict)
    for (sheet, place), found in cells.items():
        comment = _comment(found) if (sheet, place) in commented else None
        marks[sheet][place] = Mark(any(f.is_error for f in found), comment)
    return marks


def _comment(findings: list[Finding]) -> str:
    """Say what is wrong with a cell, what is allowed and what to do, Chinese first."""
    zh, en = list(_told(findings, zh=True)), list(_told(findings, zh=False))
    half = _COMMENT // 2
    return f"{_cut(chr(10).join(zh), half)}\n——\n{_cut(chr(10).join(en), half)}"


def _told(findings: list[Finding], *, zh: bool) -> Iterator[str]:
    for one in dict.fromkeys(findings):
        message = one.message_zh if zh else one.message_en
        if zh:
            yield f"{'错误' if one.is_error else '请核对'}：{message}"
            yield from [f"允许：{one.allowed}"] if one.allowed else []
        else:
            yield f"{'Error' if one.is_error else 'Please check'}: {message}"
            yield from [f"Allowed: {one.allowed}"] if one.allowed else []
    errors = any(one.is_error for one in findings)
    if zh:
        yield "请改正本行后交回。" if errors else "无误则不必改。"
    else:
        yield "Correct the row and send it back." if errors else "Leave it if it is right."


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
