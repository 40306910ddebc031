"""Grids of cells: what every reader makes."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from agriqa.ingest.errors import IngestError
from agriqa.ingest.readers.limits import MAX_CELL_TEXT, MAX_CELLS, MAX_COLUMNS
from agriqa.ingest.reading import Note

Cell = str | float | dt.date | dt.datetime | dt.time | None
Merge = tuple[tuple[int, int], tuple[int, int]]

_KEPT = "\t\n\r"
# What copying from web pages and documents leaves behind, or what hides or turns
# round the text beside it: control characters, zero-width ones, bidi marks.
INVISIBLE = frozenset(
    {
        *(chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in _KEPT),
        *"\u00ad\u034f\u061c\u180e\ufeff\ufff9\ufffa\ufffb",
        *(chr(code) for code in range(0x200B, 0x2010)),
        *(chr(code) for code in range(0x202A, 0x202F)),
        *(chr(code) for code in range(0x2060, 0x2070)),
    }
)
_STRIP = dict.fromkeys(map(ord, INVISIBLE))
# Too common to be worth a word.
_UNREMARKABLE = frozenset("\ufeff\u200b\u200c\u200d\u2060\u00ad")


@dataclass(frozen=True)
class Grid:
    """The used range of one sheet, from its first row and column on.

    Attributes
    ----------
    name : str
        The sheet.
    rows : list of list
        Cells, all rows equally long; an empty cell is None.
    merges : tuple
        Merged ranges, ((first row, first column), (last row, last column)), from 0.
    notes : tuple of Note
        About the reading itself.
    """

    name: str
    rows: list[list[Cell]]
    merges: tuple[Merge, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.rows[0]) if self.rows else 0


def clean(cell: object) -> Cell:
    r"""Return a cell as a plain value: text without invisible characters and outer spaces.

    Examples
    --------
    >>> clean("\u202e 郫县\x00 "), clean(""), clean(True), clean(1.5)
    ('郫县', None, 'TRUE', 1.5)
    """
    if isinstance(cell, str):
        # isprintable is many times faster than translate
        return (cell if cell.isprintable() else cell.translate(_STRIP)).strip() or None
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if cell is None or isinstance(cell, (float, int, dt.date, dt.time)):
        return cell
    return str(cell)


def make_grid(
    path: Path,
    name: str,
    rows: Iterable[Iterable[object]],
    *,
    merges: Iterable[Merge] = (),
    notes: Iterable[Note] = (),
) -> Grid:
    """Clean and pad rows, fit the merged ranges to them and note what was odd.

    Raises
    ------
    IngestError
        If the sheet is larger than allowed or merged ranges overlap.
    """
    odd: Counter[str] = Counter()
    longest = (0, 0)
    filled: list[list[Cell]] = []
    for number, row in enumerate(rows, start=1):
        cells: list[Cell] = []
        for cell in row:
            if type(cell) is float:
                cells.append(cell)
                continue
            if type(cell) is str:
                if cell.isprintable() and len(cell) <= MAX_CELL_TEXT:
                    cells.append(cell.strip() or None)
                    continue
                odd.update(set(cell) & INVISIBLE)
                longest = max(longest, (len(cell), number))
            cells.append(clean(cell))
        filled.append(cells)
    name = "".join(c for c in name if c not in INVISIBLE)
    width = max(map(len, filled), default=0)
    check_size(path, name, len(filled), width)
    for row in filled:
        row += [None] * (width - len(row))
    found = (*notes, *_oddities(name, odd, longest))
    return Grid(name, filled, fitted(path, name, merges, len(filled), width), found)


def check_size(path: Path, name: str, rows: int, columns: int) -> None:
    """Refuse a sheet with too many columns or cells; `rows` and `columns` are its used range."""
    if columns > MAX_COLUMNS:
        raise IngestError(
            path,
            f"“{name}”有 {columns:,} 列，最多 {MAX_COLUMNS:,} 列。请检查分隔符，"
            "或删去多余的列后再载入。",
            f"{name!r} has {columns:,} columns, {MAX_COLUMNS:,} at most. Check the separator, "
            "or delete the columns that are too many.",
        )
    if rows * columns > MAX_CELLS:
        raise IngestError(
            path,
            f"“{name}”的使用区域有 {rows:,} 行 × {columns:,} 列，超过 {MAX_CELLS:,} 格。"
            "请删去数据以外的孤立单元格；数据确实这么多时，请拆成几个文件，或另存为 CSV 再载入。",
            f"the used range of {name!r} is {rows:,} rows × {columns:,} columns, more than "
            f"{MAX_CELLS:,} cells. Delete stray cells far from the data; if there are so many "
            "data, split the file or save it as CSV.",
        )


def fitted(
    path: Path, name: str, merges: Iterable[Merge], rows: int, columns: int
) -> tuple[Merge, ...]:
    """Cut merged ranges to the used range; refuse ranges that overlap."""
    kept, area = [], 0
    for (top, left), (bottom, right) in merges:
        bottom, right = min(bottom, rows - 1), min(right, columns - 1)
        if top <= bottom and left <= right and (top, left) != (bottom, right):
            kept.append(((top, left), (bottom, right)))
            area += (bottom - top + 1) * (right - left + 1)
    if area > rows * columns:
        raise IngestError(
            path,
            f"“{name}”的合并单元格互相重叠，文件已损坏。请用 Excel 或 WPS 打开修复后另存再载入。",
            f"merged ranges of {name!r} overlap: the file is damaged. Open it in Excel or WPS, "
            "let it be repaired, save it and load that.",
        )
    return tuple(kept)


def _oddities(name: str, odd: Counter[str], longest: tuple[int, int]) -> list[Note]:
    notes = []
    strange = sorted(set(odd) - _UNREMARKABLE)
    if strange:
        codes = "、".join(f"U+{ord(c):04X}" for c in strange)
        cells = max(odd[c] for c in strange)
        notes.append(
            Note(
                "invisible",
                f"“{name}”至少 {cells} 个单元格里有看不见的控制字符（{codes}），已去掉。",
                f"at least {cells} cells of {name!r} hold invisible control characters "
                f"({codes.replace('、', ', ')}); they were taken out.",
            )
        )
    if longest[0] > MAX_CELL_TEXT:
        notes.append(
            Note(
                "long_cell",
                f"“{name}”第 {longest[1]} 行有一个单元格长 {longest[0]:,} 字，"
                f"超过 Excel 的上限 {MAX_CELL_TEXT:,}，已照读，请检查。",
                f"a cell in row {longest[1]} of {name!r} has {longest[0]:,} characters, more than "
                f"the {MAX_CELL_TEXT:,} Excel allows; it was read as it is, please check.",
                "warning",
            )
        )
    return notes
