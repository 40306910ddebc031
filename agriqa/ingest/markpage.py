"""What a marked copy says: the sheet that lists the findings, and how cells are marked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from agriqa.ingest.findings import Finding, Place
from agriqa.ingest.stamp import TITLE

# Not the reds and yellows of Excel's own palettes, so that our marks are known again.
ERROR_FILL, WARNING_FILL = "FFB9AE", "FFF0A3"
HEADER_FILL = "DDE7EE"
AUTHOR = "agriqa"
# A comment of ours begins with it; what stands before is the sender's own.
COMMENT_START = "【agriqa 反馈】"
HEADERS = (
    "级别 severity", "工作表 sheet", "行 row", "列 col.", "单元格 cell", "表头 header",
    "填写的值 value", "问题 problem", "允许 allowed", "English",
)  # fmt: skip
WIDTHS = (14, 18, 8, 8, 12, 20, 20, 60, 28, 60)
WRAPPED = tuple(range(5, len(HEADERS)))
LINK = HEADERS.index("单元格 cell")
# Excel allows 65,530 links on a sheet.
MOST_LINKS = 60_000
_LONGEST = 500
# What a workbook cannot hold; a lone surrogate cannot even be encoded.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


class Mark(NamedTuple):
    """How one cell is marked: its colour, and its comment unless there are too many."""

    error: bool
    comment: str | None


class Counts(NamedTuple):
    """What became of the rows of a file; read = kept + quarantined + skipped."""

    read: int
    kept: int
    quarantined: int
    skipped: int


class Line(NamedTuple):
    """One line of the list: its cells, and the sheet and cell that it points to."""

    cells: tuple[str | int, ...]
    error: bool
    sheet: str
    cell: str

    @property
    def height(self) -> float:
        """Height of the line that shows its wrapped texts whole [points]."""
        texts = [(str(self.cells[at]), WIDTHS[at]) for at in WRAPPED]
        # A Chinese character is as wide as two others.
        return 15.0 * max(-(-len(text.encode("gb18030")) // width) or 1 for text, width in texts)


@dataclass(frozen=True)
class Page:
    """The added sheet, apart from how it is written.

    Attributes
    ----------
    file : str
        Name of the file given back.
    findings, places : list
        What was found and the cell of each.
    counts : Counts or None
        For the summary line; without it the findings alone are counted.
    remarks : list of str
        What the copy could not keep.
    """

    file: str
    findings: list[Finding]
    places: list[Place]
    counts: Counts | None
    remarks: list[str] = field(default_factory=list)

    @property
    def top(self) -> list[str]:
        """The lines above the list: what this is, the sums and what to do."""
        return [
            f"{TITLE}：{clean(self.file)}",
            self._summary(),
            "红色的单元格有错，其所在记录暂未入库；黄色的已入库，请核对，无误不必改。"
            "请在本工作簿的原表中改正，保存后按原途径交回；本表和批注不必删除，请不要移动行列。",
            "Records with a red cell are not stored yet; yellow ones are: check them and leave "
            "what is right. Correct the sheets of this workbook, save it and send it back the way "
            "it came. This sheet and the comments may stay; please move no rows or columns.",
            *self.remarks,
        ]

    def _summary(self) -> str:
        errors = len({(f.sheet, f.row, f.col) for f in self.findings if f.is_error})
        doubts = sum(not f.is_error for f in self.findings)
        if self.counts is None:
            return (
                f"有错 {errors} 条记录，请核对 {doubts} 处"
                f" / {errors} records with errors, {doubts} to check"
            )
        read, kept, quarantined, skipped = self.counts
        return (
            f"读入 {read} = 入库 {kept} + 隔离 {quarantined} + 跳过 {skipped}；请核对 {doubts} 处"
            f" / read {read} = kept {kept} + quarantined {quarantined} + skipped {skipped};"
            f" {doubts} to check"
        )

    def lines(self) -> Iterator[Line]:
        """Yield the list, in the order of the findings."""
        for one, (row, position) in zip(self.findings, self.places, strict=True):
            letter = column_letter(position)
            cell = f"{letter}{row}"
            texts = (one.header or one.column, one.value, one.message_zh, one.allowed,
                     one.message_en)  # fmt: skip
            severity = "错误 error" if one.is_error else "核对 check"
            yield Line(
                (severity, clean(one.sheet), row, letter, cell, *map(clean, texts)),
                one.is_error,
                one.sheet,
                cell,
            )


def clean(text: str) -> str:
    """Return a text that a cell can hold, without control characters and not too long."""
    text = _ILLEGAL.sub("", text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def harmless(text: str) -> str:
    """Return a text of any length without the characters that a workbook cannot hold."""
    return _ILLEGAL.sub("", text)[:32_767]


def like_formula(text: str) -> bool:
    """Whether typing the text again would make a formula of it."""
    return text.startswith(_FORMULA_STARTS)


def quoted(sheet: str, cell: str) -> str:
    """Return the address of a cell on another sheet."""
    return f"'{sheet.replace(chr(39), chr(39) * 2)}'!{cell}"


def column_letter(position: int) -> str:
    """Return the letters of a column, counted from 1.

    Examples
    --------
    >>> column_letter(1), column_letter(27), column_letter(703)
    ('A', 'AA', 'AAA')
    """
    letters = ""
    while position > 0:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
