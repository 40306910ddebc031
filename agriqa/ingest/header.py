"""Recognising a table on a sheet: its header rows, columns, units and dataset."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from agriqa.datasets import Column, Dataset, datasets
from agriqa.datasets.units import split_unit
from agriqa.ingest.readers import Cell, Grid

Part = Literal["value", "code", "prefecture", "ignored"]

# How many rows from the top a header may start.
DEPTH = 15
_CODE_HEADERS = ("county_code", "行政区划代码", "区划代码", "县代码", "县级代码")
_NAME_HEADERS = ("county", "县名称")
_PREFECTURE_HEADERS = ("市州", "市(州)", "所属市州", "地市", "prefecture", "prefecture_code")
_IGNORED = ("序号", "编号顺序", "填报单位", "联系电话", "填报日期", "no.")


@dataclass(frozen=True)
class Heading:
    """What one column of the sheet holds."""

    position: int
    text: str
    column: Column | None
    part: Part = "value"
    unit: str | None = None


@dataclass(frozen=True)
class Table:
    """A recognised table: rows `first`… up to the end of the grid are its body."""

    dataset: Dataset
    header_rows: tuple[int, ...]
    headings: tuple[Heading, ...]
    unknown: tuple[tuple[int, str], ...] = ()
    from_context: tuple[str, ...] = ()

    @property
    def first(self) -> int:
        """Index of the first row below the header."""
        return max(self.header_rows) + 1


@lru_cache(maxsize=65536)
def plain(text: object) -> str:
    """Return a header without spaces, in one width and case."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", str(text))).casefold()


@cache
def _spellings(name: str) -> dict[str, tuple[Column | None, Part]]:
    """Every header the dataset understands."""
    declared = datasets()[name]
    known: dict[str, tuple[Column | None, Part]] = {}
    county = next((c for c in declared if c.type == "county"), None)
    for column in declared:
        leaves = (column.name, column.label.zh, column.label.en, *column.synonyms)
        for leaf in leaves:
            known.setdefault(plain(leaf), (column, "value"))
            for group in column.groups:
                known.setdefault(plain(group + leaf), (column, "value"))
    if county is not None:
        for text in _CODE_HEADERS:
            # A code alone is as good as a name; `value` cells may hold either.
            known[plain(text)] = (county, "code")
        for text in _NAME_HEADERS:
            known.setdefault(plain(text), (county, "value"))
        for text in _PREFECTURE_HEADERS:
            known.setdefault(plain(text), (None, "prefecture"))
    for text in _IGNORED:
        known.setdefault(plain(text), (None, "ignored"))
    return known


def recognise(grid: Grid, title: str) -> Table | None:
    """Find the table of a sheet, or None when no dataset fits.

    `title` is the text that may break a tie: sheet name, file name.
    """
    best: tuple[tuple[float, int, int, bool], Table] | None = None
    for start in range(min(DEPTH, len(grid.rows))):
        for span in (2, 1):
            if start + span > len(grid.rows):
                continue
            headers = _compose(grid.rows[start : start + span])
            if sum(bool(texts) for texts in headers) < 2:
                continue
            above = title + "".join(_joined(row) for row in grid.rows[:start])
            for declared in datasets().values():
                found = _match(declared, headers, start, span)
                if found is None:
                    continue
                known = sum(h.column is not None for h in found.headings)
                fit = known - len(found.unknown) - 0.1 * len(found.from_context)
                # Of equal places the smallest, then the first; of equal datasets the titled.
                titled = any(word in above for word in declared.title_words)
                score = (fit, -span, -start, titled)
                if best is None or score > best[0]:
                    best = (score, found)
    return best[1] if best else None


def _joined(row: Sequence[Cell]) -> str:
    return "".join(str(cell) for cell in row if cell is not None)


def _compose(rows: Sequence[Sequence[Cell]]) -> list[list[str]]:
    """Return the texts to try for each column, most specific first."""
    if len(rows) == 1:
        return [[str(cell)] if isinstance(cell, str) and cell.strip() else [] for cell in rows[0]]
    headers: list[list[str]] = []
    group = ""
    for top, leaf in zip(*rows, strict=True):
        if isinstance(top, str) and top.strip():
            group = top
        if isinstance(leaf, str) and leaf.strip():
            headers.append([group + leaf, leaf] if group else [leaf])
        elif leaf is None and isinstance(top, str) and top.strip():
            headers.append([top])
        else:
            headers.append([])
    return headers


def _match(declared: Dataset, headers: list[list[str]], start: int, span: int) -> Table | None:
    headings: list[Heading] = []
    unknown: list[tuple[int, str]] = []
    for position, texts in enumerate(headers):
        if not texts:
            continue
        heading = next(filter(None, (_heading(declared, position, t) for t in texts)), None)
        if heading is not None:
            headings.append(heading)
        else:
            unknown.append((position, texts[-1]))
    present = {h.column.name for h in headings if h.column is not None}
    needed = {c.name for c in declared if c.required and c.default is None}
    lacking = needed - present
    # A place and a time alone make no table: some value must be known too.
    if lacking - {"year"} or not present - {"origin", "withheld", *declared.key}:
        return None
    return Table(
        dataset=declared,
        header_rows=tuple(range(start, start + span)),
        headings=tuple(headings),
        unknown=tuple(unknown),
        from_context=tuple(sorted(lacking)),
    )


def _heading(declared: Dataset, position: int, text: str) -> Heading | None:
    known = _spellings(declared.name)
    if plain(text) in known:
        column, part = known[plain(text)]
        return Heading(position, text, column, part)
    for name, unit in split_unit(text):
        if plain(name) in known:
            column, part = known[plain(name)]
            if column is None or column.unit is None or unit:
                return Heading(position, text, column, part, unit or None)
    return None


@cache
def known_headers() -> tuple[str, ...]:
    """Return the Chinese headers of all datasets."""
    return tuple(dict.fromkeys(column.label.zh for d in datasets().values() for column in d))
