"""Telling the data rows of a table from titles, totals, notes and blank lines."""

from __future__ import annotations

import re
import unicodedata

from agriqa.areas import Register
from agriqa.ingest.cells import written
from agriqa.ingest.header import Table, plain
from agriqa.ingest.readers import Cell, Grid
from agriqa.ingest.reading import Skip

_TOTALS = frozenset(
    {"合计", "总计", "小计", "共计", "累计", "全市", "全州", "全省", "全市合计", "全州合计",
     "全省合计", "total", "subtotal", "sum"}
)  # fmt: skip
_NOTE = re.compile(
    r"^(?:注|附注|说明|备注|填表人|填报人|制表人?|审核人|负责人|单位负责人|联系人|联系电话|填报日期|"
    r"资料来源|数据来源|来源|note|source)s?\s*\d*\s*[:：、.]?",
    re.IGNORECASE,
)
_UNIT = re.compile(r"^(?:计量)?单位\s*[:：]")


def classify(
    grid: Grid, table: Table, register: Register
) -> tuple[dict[int, tuple[Skip, str]], list[int]]:
    """Return the rows to skip, each with its reason and text, and the data rows.

    Rows are counted from 0.
    """
    skipped: dict[int, tuple[Skip, str]] = {}
    body: list[int] = []
    header = [_texts(grid.rows[row]) for row in table.header_rows]
    areas = {plain(name) for name in register.prefectures["name"]}
    for at, row in enumerate(grid.rows):
        texts = _texts(row)
        shown = " ".join(texts)
        if not texts:
            skipped[at] = (Skip.BLANK, "")
        elif at in table.header_rows:
            skipped[at] = (Skip.HEADER, shown)
        elif at < table.first:
            skipped[at] = (Skip.UNIT if _UNIT.match(texts[0]) else Skip.TITLE, shown)
        elif texts in header:
            skipped[at] = (Skip.HEADER, shown)
        elif _is_total(table, row, areas):
            skipped[at] = (Skip.TOTAL, shown)
        elif len(texts) == 1 and (_NOTE.match(texts[0]) or _is_last_words(grid, at)):
            skipped[at] = (Skip.NOTE, shown)
        else:
            body.append(at)
    return skipped, body


def _texts(row: list[Cell]) -> list[str]:
    texts = (unicodedata.normalize("NFKC", written(cell)).strip() for cell in row)
    return [text for text in texts if text]


def _is_total(table: Table, row: list[Cell], areas: set[str]) -> bool:
    """Whether the cell that names the row names a sum instead."""
    names = [h for h in table.headings if h.column is not None and h.column.type == "county"]
    position = min((h.position for h in names), default=0)
    first = next((cell for cell in row if cell is not None), None)
    named = {plain(row[position] or ""), plain(first or "")}
    return bool(named & _TOTALS) or (bool(names) and plain(row[position] or "") in areas)


def _is_last_words(grid: Grid, at: int) -> bool:
    """Whether a line of one cell stands below the last full row."""
    return all(len(_texts(row)) <= 1 for row in grid.rows[at:])
