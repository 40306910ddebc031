"""Telling the data rows of a table from titles, totals, notes and blank lines."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from agriqa.areas import AmbiguousAreaError, Register
from agriqa.errors import AgriqaError
from agriqa.ingest.cells import written
from agriqa.ingest.header import Table, plain
from agriqa.ingest.readers import Cell, Grid
from agriqa.ingest.reading import Skip

TOTALS = frozenset(
    {"合计", "总计", "小计", "共计", "累计", "全市", "全州", "全省", "全市合计", "全州合计",
     "全省合计", "total", "subtotal", "sum"}
)  # fmt: skip
_REMARKS = (
    "注|附注|说明|备注|填表人|填报人|制表人?|审核人|负责人|单位负责人|联系人|联系电话|填报日期|"
    "资料来源|数据来源|来源|note|source"
)
_NOTE = re.compile(rf"^(?:{_REMARKS})s?\s*\d*\s*[:：、.]?", re.IGNORECASE)
_CONTINUED = re.compile(
    r"续\s*上?\s*表|\(\s*续\s*\d*\s*\)|\(continued\)|^continued$", re.IGNORECASE
)
_SIGNED = re.compile(
    rf"^(?:{_REMARKS}|复核人|统计负责人|电话|日期|填表日期|报出日期)s?\s*\d*\s*:", re.IGNORECASE
)
_UNIT = re.compile(r"^(?:计量)?单位\s*[:：]")
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_NUMBERED = re.compile(r"\(?(\d{1,2})\)?")

Skipped = dict[int, tuple[Skip, str]]


def classify(grid: Grid, table: Table, register: Register) -> tuple[Skipped, list[int]]:
    """Return the rows to skip, each with its reason and text, and the data rows.

    Rows are counted from 0. Most rows of a long table are data; what can tell
    that from their first and key cells alone is remembered for each cell.
    """
    skipped: Skipped = {}
    body: list[int] = []
    header = [texts_in(grid.rows[row]) for row in table.header_rows]
    # A printed page repeats its title as it repeats its header.
    titles = [texts for row in grid.rows[: table.header_rows[0]] if (texts := texts_in(row))]
    firsts = {texts[0] for texts in header if texts}
    counties, keys = _naming(table)
    sums = _Remembered(_is_sum)
    wholes = _whole_areas(register)
    whole = _Remembered(lambda cell: isinstance(cell, str) and _names_whole(cell, wholes))
    lines = _Remembered(lambda cell: _may_be_a_line(cell, firsts))
    filled = [len(row) - row.count(None) for row in grid.rows]
    last = max((at for at, row in enumerate(grid.rows) if filled[at] > 1), default=-1)

    def is_total(row: Sequence[Cell], first: Cell) -> bool:
        return sums[first] or any(
            [sums[row[key]] for key in keys] + [whole[row[at]] for at in counties]
        )

    for at, row in enumerate(grid.rows):
        if filled[at] > 1 and at >= table.first:
            first = row[0] if row[0] is not None else next(c for c in row if c is not None)
            if not lines[first] and not is_total(row, first):
                body.append(at)
                continue
        texts = texts_in(row)
        shown = " ".join(texts)
        if not texts:
            skipped[at] = (Skip.BLANK, "")
        elif at in table.header_rows:
            skipped[at] = (Skip.HEADER, shown)
        elif at < table.first:
            skipped[at] = (Skip.UNIT if _UNIT.match(texts[0]) else Skip.TITLE, shown)
        elif texts in header or is_continued(texts) or is_numbering(texts):
            skipped[at] = (Skip.HEADER, shown)
        elif len(texts) == 1 and texts in titles:
            skipped[at] = (Skip.TITLE, shown)
        elif is_total(row, texts[0]):
            skipped[at] = (Skip.TOTAL, shown)
        elif is_note(texts, at > last) and not _is_county(row, counties, register):
            skipped[at] = (Skip.NOTE, shown)
        else:
            body.append(at)
    return skipped, body


def line_words(grid: Grid, table: Table, register: Register) -> Callable[[str], bool]:
    """Return whether a cell may make its row a total, a remark or a repeated header.

    A row without such a cell, and with more than one cell, is data.
    """
    header = {text for row in table.header_rows for text in texts_in(grid.rows[row])}
    known = TOTALS | _whole_areas(register) | {plain(text) for text in header} | set(_STEMS)

    def may_be(text: str) -> bool:
        if text.isascii() and text[:1].isdigit():
            return False
        squeezed = plain(text)
        return (
            squeezed.removesuffix("合计") in known or squeezed in known or bool(_SIGNED.match(text))
        )

    return may_be


def texts_in(row: Sequence[Cell]) -> list[str]:
    """Return the texts of the filled cells of a row, in one width."""
    texts = (unicodedata.normalize("NFKC", written(c)).strip() for c in row if c is not None)
    return [text for text in texts if text]


def is_continued(texts: Sequence[str]) -> bool:
    """Whether a line says that the table above goes on (续表)."""
    return len(texts) == 1 and bool(_CONTINUED.search(texts[0]))


def is_note(texts: Sequence[str], below: bool = False) -> bool:
    """Whether a line is a remark or says who filled in the form.

    `below` says that no row of the table comes after it.
    """
    if len(texts) == 1:
        return below or bool(_NOTE.match(texts[0]))
    return all(_SIGNED.match(text) for text in texts)


def is_numbering(texts: Sequence[str]) -> bool:
    """Whether a row numbers the columns, as official forms do: 甲 乙 1 2 3."""
    stems = [text for text in texts if text in _STEMS]
    numbers = [found[1] for text in texts[len(stems) :] if (found := _NUMBERED.fullmatch(text))]
    if len(stems) + len(numbers) != len(texts) or len(texts) < (2 if stems else 3):
        return False
    return "".join(stems) == _STEMS[: len(stems)] and numbers == [
        str(at + 1) for at in range(len(numbers))
    ]


class _Remembered(dict[Cell, bool]):
    """The answers of a test, by cell: most columns of a long table hold few cells."""

    def __init__(self, test: Callable[[Cell], bool]) -> None:
        self.test = test

    def __missing__(self, cell: Cell) -> bool:
        self[cell] = answer = self.test(cell)
        return answer


def _may_be_a_line(first: Cell, firsts: set[str]) -> bool:
    """Whether the first filled cell could be that of a header, a note or a numbering."""
    if not isinstance(first, str):
        return isinstance(first, float | int) and first == 1
    text = unicodedata.normalize("NFKC", first).strip()
    numbered = text in _STEMS or _NUMBERED.fullmatch(text)
    return not text or text in firsts or bool(numbered or _SIGNED.match(text))


def _is_sum(cell: Cell) -> bool:
    return isinstance(cell, str) and plain(cell) in TOTALS


def _names_whole(text: str, wholes: set[str]) -> bool:
    return plain(text).removesuffix("合计") in wholes


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
        if column is None or column.name not in table.dataset.key or heading.position < 0:
            continue
        if column.type == "county":
            counties.append(heading.position)
        elif column.type == "code":
            keys.append(heading.position)
    return counties, counties + keys


def _is_county(row: Sequence[Cell], counties: list[int], register: Register) -> bool:
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
