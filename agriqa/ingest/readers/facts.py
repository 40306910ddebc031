"""What a workbook says of its cells beyond their values."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from agriqa.ingest.readers.grid import Cell, check_size
from agriqa.ingest.readers.limits import MAX_COLUMNS
from agriqa.ingest.reading import Note

_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.')
_SCALED = re.compile(r"[0#?](,+)(?![0#?])")
# Formats that Excel does not write out.
BUILT_IN = {9: "0%", 10: "0.00%"}
_MOST_NAMED = 8


def percent_factor(form: str) -> int:
    """Return by what a number is multiplied where it is shown with a percent sign; 0 where not.

    Examples
    --------
    >>> percent_factor("0.0%"), percent_factor('0.0"%"'), percent_factor("0.00")
    (100, 1, 0)
    """
    first = form.split(";")[0]
    bare = _QUOTED.sub("", first)
    if "%" in bare:
        return 100
    return 1 if "%" in first.replace('"', "").replace("\\", "") else 0


def scaled(form: str) -> bool:
    """Whether a number is shown divided by thousands or ten thousands.

    Examples
    --------
    >>> scaled('0!.0,"万"'), scaled("#,##0.00")
    (True, False)
    """
    return _SCALED.search(_QUOTED.sub("", form.split(";")[0])) is not None


@dataclass
class SheetFacts:
    """One sheet: its used range, and the cells that must not be read as they are stored.

    Attributes
    ----------
    name : str
        The sheet.
    last_row, last_column : int
        The used range, from 0; -1 where nothing is filled.
    texts : dict
        Text for cells whose value is not to be had: errors, formulas without a value.
    percents : dict
        Factor to places of numbers shown as percentages.
    """

    name: str
    last_row: int = -1
    last_column: int = -1
    texts: dict[int, str] = field(default_factory=dict)
    percents: dict[int, array[int]] = field(default_factory=dict)
    scaled: int = 0
    uncalculated: int = 0
    hidden_rows: int = 0
    hidden_columns: list[str] = field(default_factory=list)
    filtered: bool = False
    hidden: bool = False

    def fill(self, row: int, column: int) -> None:
        """Take note of a filled cell."""
        self.last_row = max(self.last_row, row)
        self.last_column = max(self.last_column, column)

    def percent(self, row: int, column: int, factor: int) -> None:
        """Take note of a number that is shown as a percentage."""
        self.percents.setdefault(factor, array("q")).append(place(row, column))

    def check(self, path: Path) -> None:
        """Refuse a used range that is too large, before anything fills it with cells."""
        check_size(path, self.name, self.last_row + 1, self.last_column + 1)

    def apply(self, rows: list[list[Cell]]) -> None:
        """Put the texts and the percentages where they belong."""
        for at, text in self.texts.items():
            row, column = divmod(at, MAX_COLUMNS)
            rows += [[] for _ in range(row + 1 - len(rows))]
            rows[row] += [None] * (column + 1 - len(rows[row]))
            rows[row][column] = text
        for factor, places in self.percents.items():
            for at in places:
                row, column = divmod(at, MAX_COLUMNS)
                if row < len(rows) and column < len(rows[row]):
                    value = rows[row][column]
                    if isinstance(value, float | int):
                        rows[row][column] = f"{value * factor:.12g}%"

    def notes(self) -> list[Note]:
        """Say what is hidden, scaled or without a value."""
        said: list[Note] = []
        add = _adder(said, self.name)
        if self.hidden:
            add("hidden", "是隐藏的工作表，也已读取", "is a hidden sheet; it was read as well")
        if self.hidden_rows:
            why = ("被筛选隐藏", "hidden by a filter") if self.filtered else ("隐藏", "hidden")
            add(
                "hidden",
                f"有 {self.hidden_rows:,} 行{why[0]}，也已读取",
                f"has {self.hidden_rows:,} rows that are {why[1]}; they were read as well",
            )
        if self.hidden_columns:
            named = self.hidden_columns[:_MOST_NAMED]
            add(
                "hidden",
                f"有隐藏的列（{'、'.join(named)}），也已读取",
                f"has hidden columns ({', '.join(named)}); they were read as well",
            )
        if self.scaled:
            add(
                "scaled",
                f"有 {self.scaled:,} 个数按千或万缩小显示，读取的是存储的原值，请核对单位",
                f"shows {self.scaled:,} numbers divided by thousands; the stored values were "
                "read, check the unit",
                "warning",
            )
        if self.uncalculated:
            add(
                "formula",
                f"有 {self.uncalculated:,} 个公式没有计算结果，按公式原文读取。"
                "请用 Excel 或 WPS 打开并保存一次再报",
                f"has {self.uncalculated:,} formulas without a result, read as they are written. "
                "Open the file in Excel or WPS, save it and send that",
                "warning",
            )
        return said


def _adder(said: list[Note], name: str) -> Callable[..., None]:
    def add(kind: str, zh: str, en: str, level: str = "info") -> None:
        said.append(Note(kind, f"“{name}”{zh}。", f"{name!r} {en}.", level))  # type: ignore[arg-type]

    return add


def place(row: int, column: int) -> int:
    """Return a cell's place as one number."""
    return row * MAX_COLUMNS + column


def letters(column: int) -> str:
    """Return the letters of a column, from 0.

    Examples
    --------
    >>> letters(0), letters(27), letters(16383)
    ('A', 'AB', 'XFD')
    """
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text
