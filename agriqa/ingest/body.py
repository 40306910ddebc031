"""Telling the data rows of a table from titles, totals, notes and blank lines."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from agriqa.areas import AmbiguousAreaError, Register
from agriqa.errors import AgriqaError
from agriqa.ingest.cells import written
from agriqa.ingest.header import Table, plain
from agriqa.ingest.readers import Cell, Grid
from agriqa.ingest.reading import Skip

_TOTALS = frozenset(
    {"合计", "总计", "小计", "共计", "累计", "全市", "全州", "全省", "全市合计", "全州合计",
     "全省合计", "total", "subtotal", "sum"}
)  # fmt: skip
_REMARKS = (
    "注|附注|说明|备注|填表人|填报人|制表人?|审核人|负责人|单位负责人|联系人|联系电话|填报日期|"
    "资料来源|数据来源|来源|note|source"
)
_NOTE = re.compile(rf"^(?:{_REMARKS})s?\s*\d*\s*[:：、.]?", re.IGNORECASE)
_CONTINUED = re.compile(r"^\(?续(?:表|上表)?\s*\d*\)?$")
_SIGNED = re.compile(
    rf"^(?:{_REMARKS}|复核人|统计负责人|电话|日期|填表日期|报出日期)s?\s*\d*\s*:", re.IGNORECASE
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
    lines = [_texts(row) for row in grid.rows]
    header = [lines[row] for row in table.header_rows]
    counties, keys = _naming(table)
    wholes = _whole_areas(register)
    last = max((at for at, texts in enumerate(lines) if len(texts) > 1), default=-1)
    for at, (row, texts) in enumerate(zip(grid.rows, lines, strict=True)):
        shown = " ".join(texts)
        if not texts:
            skipped[at] = (Skip.BLANK, "")
        elif at in table.header_rows:
            skipped[at] = (Skip.HEADER, shown)
        elif at < table.first:
            skipped[at] = (Skip.UNIT if _UNIT.match(texts[0]) else Skip.TITLE, shown)
        elif texts in header or (len(texts) == 1 and _CONTINUED.match(texts[0])):
            skipped[at] = (Skip.HEADER, shown)
        elif _is_total(row, texts[0], counties, keys, wholes):
            skipped[at] = (Skip.TOTAL, shown)
        elif _is_note(texts, at > last) and not _is_county(row, counties, register):
            skipped[at] = (Skip.NOTE, shown)
        else:
            body.append(at)
    return skipped, body


def line_words(grid: Grid, table: Table, register: Register) -> Callable[[str], bool]:
    """Return whether a cell may make its row a total, a remark or a repeated header.

    A row without such a cell, and with more than one cell, is data.
    """
    header = {text for row in table.header_rows for text in _texts(grid.rows[row])}
    known = _TOTALS | _whole_areas(register) | {plain(text) for text in header}

    def may_be(text: str) -> bool:
        if text.isascii() and text[:1].isdigit():
            return False
        squeezed = plain(text)
        return (
            squeezed.removesuffix("合计") in known or squeezed in known or bool(_SIGNED.match(text))
        )

    return may_be


def _texts(row: list[Cell]) -> list[str]:
    texts = (unicodedata.normalize("NFKC", written(cell)).strip() for cell in row)
    return [text for text in texts if text]


def _whole_areas(register: Register) -> set[str]:
    """Return the names of the prefectures and of their province."""
    prefectures = register.prefectures
    provinces = {f"{code[:2]}0000" for code in prefectures["code"]}
    return {plain(name) for name in (*prefectures["name"], *map(register.name, provinces))}


def _naming(table: Table) -> tuple[list[int], list[int]]:
    """Return the positions of the county cells, and of those and the codes of the key."""
    counties, keys = [], []
    for heading in table.headings:
        column = heading.column
        if column is None or column.name not in table.dataset.key:
            continue
        if column.type == "county":
            counties.append(heading.position)
        elif column.type == "code":
            keys.append(heading.position)
    return counties, counties + keys


def _is_total(
    row: list[Cell], first: str, counties: list[int], keys: list[int], wholes: set[str]
) -> bool:
    """Whether a cell that names the row names a sum instead."""
    if plain(first) in _TOTALS or any(plain(written(row[key])) in _TOTALS for key in keys):
        return True
    return any(plain(written(row[at])).removesuffix("合计") in wholes for at in counties)


def _is_note(texts: list[str], below: bool) -> bool:
    """Whether a line is a remark or says who filled in the form."""
    if len(texts) == 1:
        return below or bool(_NOTE.match(texts[0]))
    return all(_SIGNED.match(text) for text in texts)


def _is_county(row: list[Cell], counties: list[int], register: Register) -> bool:
    """Whether a line of one cell names a county: a row whose values are all missing."""
    for at in counties:
        if row[at] is not None:
            try:
                register.resolve(written(row[at]))
            except AmbiguousAreaError:
                return True
            except AgriqaError:
                continue
            return True
    return False
