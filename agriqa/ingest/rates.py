"""Percentages: whether the plain numbers of a column are percent or fractions."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Literal, NamedTuple

from agriqa.datasets.units import canonical
from agriqa.ingest.readers import Cell

Rule = Literal[
    "fraction_as_percent", "percent_looks_like_fraction", "mixed_percent", "ambiguous_percent"
]


class PercentRule(NamedTuple):
    """How the plain numbers of a percentage column are read.

    Attributes
    ----------
    unit : str
        The unit to convert from: ``%``, or ``share`` for fractions of 1. A cell
        with a sign of its own is what it says, whatever the column's unit.
    factor : float
        What a plain number is multiplied by.
    rule : str or None
        Name of the doubt, for `SheetReading.warnings`; None when there is none.
    cells : tuple of int
        Indices of the cells in doubt.
    zh, en : str
        The doubt in words.
    """

    unit: str
    factor: float
    rule: Rule | None = None
    cells: tuple[int, ...] = ()
    zh: str = ""
    en: str = ""


def percent_rule(cells: Iterable[Cell], header_unit: str | None) -> PercentRule:
    """Decide for a column as a whole whether its numbers are percent or fractions.

    1. A cell with % or ‰ is what it says and takes no part in the decision.
    2. A header, group header or line above that states a unit decides: the
       numbers are read as written. If all of them lie between 0 and 1, that
       is doubted (a spreadsheet shows the number 0.985 as 98.5%).
    3. Without a stated unit the numbers are fractions, and are multiplied by
       100 with a warning, when all lie in [0, 1] and one lies strictly between.
    4. When some are at most 1 and others above, or all are 0 or 1, they are
       read as written and the small ones doubted.

    Parameters
    ----------
    cells : iterable of cells
        The column as written; distinct cells will do.
    header_unit : str or None
        The unit stated for the column, None if none is.

    Examples
    --------
    >>> percent_rule([0.985, 0.9, None], None).factor
    100.0
    >>> percent_rule([98.5, 90.0], None)[:3]
    ('%', 1.0, None)
    >>> percent_rule([0.5, 90.0], None).rule, percent_rule(["50%", 90.0], None).rule
    ('mixed_percent', None)
    """
    unit = canonical(header_unit) if header_unit else None
    numbers = [(at, value) for at, cell in enumerate(cells) if (value := _plain(cell)) is not None]
    small = tuple(at for at, value in numbers if 0 < value <= 1)
    if unit not in (None, "%"):
        return PercentRule(str(unit), {"‰": 0.1, "share": 100.0}.get(str(unit), 1.0))
    if not small:
        return PercentRule("%", 1.0)
    if not all(0 <= value <= 1 for _, value in numbers):
        return PercentRule(
            "%", 1.0, "mixed_percent", small,
            "同一列的数有的大于 1，有的不大于 1，都按百分数读取；"
            "不大于 1 的请核对（0.985 还是 98.5）",
            "the column has numbers above 1 and others up to 1; all are read as percent; "
            "check the small ones (0.985 or 98.5?)",
        )  # fmt: skip
    if not any(0 < value < 1 for _, value in numbers):
        return PercentRule(
            "%", 1.0, "ambiguous_percent", small,
            "整列只有 0 和 1，按 1% 读取；若是 100%，请写 100",
            "the column holds only 0 and 1, read as 1%; write 100 if it is 100%",
        )  # fmt: skip
    if unit == "%":
        return PercentRule(
            "%", 1.0, "percent_looks_like_fraction", small,
            "写明了 %，按所写的百分数读取，但整列都在 0 和 1 之间；"
            "若单元格设为百分比格式，请改写为 98.5",
            "% is stated, so the numbers are read as percent, but all lie between 0 and 1; "
            "if the cells are formatted as percentages, write 98.5",
        )  # fmt: skip
    return PercentRule(
        "share", 100.0, "fraction_as_percent", small,
        "没有写明 %，整列都在 0 和 1 之间，按小数乘以 100 读取；若本来就是百分数，请在表头写明 %",
        "no % is stated and all numbers lie between 0 and 1: read as fractions and multiplied by "
        "100; state % in the header if they are percent already",
    )  # fmt: skip


def _plain(cell: Cell) -> float | None:
    """Return the number of a cell that is nothing but a number."""
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        return float(cell)
    if not isinstance(cell, str):
        return None
    text = unicodedata.normalize("NFKC", cell).strip()
    if not text or not set(text) <= set("0123456789.+-"):
        return None
    try:
        return float(text)
    except ValueError:
        return None
