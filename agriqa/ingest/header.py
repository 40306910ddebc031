"""Recognising a table on a sheet: its header rows, columns, units and dataset."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from agriqa.datasets import Column, Dataset, datasets
from agriqa.datasets.units import canonical, compatible, split_unit
from agriqa.ingest.readers import Cell, Grid

# "单位：公斤" states a unit; "填报单位：…" names who reports. The text is in NFKC.
UNIT_LINE = re.compile(r"(?:计量|(?<![\u4e00-\u9fff]))单\s*位\s*:\s*([^\s;)\]】]+)")

Part = Literal["value", "code", "prefecture", "ignored"]

# How many rows from the top a header may start, and how many rows it may take.
DEPTH = 15
SPANS = (3, 2, 1)
_CODE_HEADERS = ("county_code", "行政区划代码", "区划代码", "县代码", "县级代码")
_NAME_HEADERS = ("county", "县名称")
_PREFECTURE_HEADERS = ("市州", "市(州)", "所属市州", "地市", "prefecture", "prefecture_code")
# Headers that carry nothing to be stored; any other unknown one sets the table aside.
_IGNORED = (
    "序号", "编号顺序", "填报单位", "报送单位", "填报人", "填表人", "审核人", "单位负责人",
    "负责人", "联系人", "联系电话", "填报日期", "填表日期", "备注", "no.", "remark", "remarks",
)  # fmt: skip


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
    """A recognised table: rows `first`… up to the end of the grid are its body.

    `lacking` names the required columns that neither a header nor the context gives.
    """

    dataset: Dataset
    header_rows: tuple[int, ...]
    headings: tuple[Heading, ...]
    unknown: tuple[tuple[int, str], ...] = ()
    from_context: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()

    @property
    def known(self) -> int:
        """Number of headings that fill a column."""
        return sum(heading.column is not None for heading in self.headings)

    @property
    def first(self) -> int:
        """Index of the first row below the header."""
        return max(self.header_rows) + 1


@lru_cache(maxsize=65536)
def plain(text: object) -> str:
    """Return a header without spaces and asterisks, in one width and case."""
    return re.sub(r"[\s*]+", "", unicodedata.normalize("NFKC", str(text))).casefold()


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
    for found in _candidates(grid):
        # A place and a time alone make no table: some value must be known too.
        present = {h.column.name for h in found.headings if h.column is not None}
        if found.lacking or not present - {"origin", "withheld", *found.dataset.key}:
            continue
        start, span = found.header_rows[0], len(found.header_rows)
        above = title + "".join(_joined(row) for row in grid.rows[:start])
        fit = found.known - len(found.unknown) - 0.1 * len(found.from_context)
        # Of equal places the one that says more of units, then the smallest, then the first;
        # of equal datasets the titled.
        fit += 0.01 * sum(heading.unit is not None for heading in found.headings)
        titled = any(word in above for word in found.dataset.title_words)
        score = (fit, -span, -start, titled)
        if best is None or score > best[0]:
            best = (score, found)
    return best[1] if best else None


def nearest_table(grid: Grid) -> Table | None:
    """Return the table a sheet comes closest to, for saying what it lacks; None if to none."""
    close = [found for found in _candidates(grid) if found.known >= 2]
    fit = {id(t): t.known - len(t.unknown) - len(t.lacking) for t in close}
    return max(close, key=lambda t: fit[id(t)], default=None)


def _candidates(grid: Grid) -> Iterator[Table]:
    """Yield every way to read the top of the sheet as a header of some dataset."""
    for start in range(min(DEPTH, len(grid.rows))):
        for span in SPANS:
            if start + span > len(grid.rows) or (span > 1 and _is_title(grid.rows[start])):
                continue
            headers = _compose(grid, start, span)
            # Most rows hold no header at all, and asking every dataset of them is slow.
            if sum(any(map(_is_header, texts)) for texts, _ in headers) < 2:
                continue
            for declared in datasets().values():
                found = _match(declared, headers, start, span)
                if found.headings:
                    yield found


def _joined(row: Sequence[Cell]) -> str:
    return "".join(str(cell) for cell in row if cell is not None)


@lru_cache(maxsize=65536)
def _is_header(text: str) -> bool:
    """Whether some dataset knows the text as a header."""
    names = {plain(text), *(plain(name) for name, _ in _named_units(text))}
    return any(not names.isdisjoint(_spellings(name)) for name in datasets())


@lru_cache(maxsize=65536)
def _named_units(text: str) -> tuple[tuple[str, str], ...]:
    return tuple(split_unit(text))


def _is_title(row: Sequence[Cell]) -> bool:
    """Whether a row is a title or a line that states a unit, and no group header."""
    texts = [str(cell) for cell in row if cell is not None and str(cell).strip()]
    return len(texts) < 2 or any(
        UNIT_LINE.search(unicodedata.normalize("NFKC", text)) for text in texts
    )


Texts = tuple[tuple[str, ...], tuple[str, ...]]


def _compose(grid: Grid, start: int, span: int) -> list[Texts]:
    """Return for each column the texts to try, most specific first, and its group headers."""
    rows = [
        [None if cell is None or not str(cell).strip() else _text(cell) for cell in row]
        for row in grid.rows[start : start + span]
    ]
    ends = {first: last[1] for first, last in grid.merges}
    for level, row in enumerate(rows[:-1]):
        group, end = None, -1
        for position, text in enumerate(row):
            if text is not None:
                group, end = text, ends.get((start + level, position), len(row))
            elif position <= end and any(below[position] for below in rows[level + 1 :]):
                row[position] = group
    return [_texts([text for text in column if text]) for column in zip(*rows, strict=True)]


def _text(cell: Cell) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def _texts(parts: list[str]) -> Texts:
    """Join what stands above a column; a last line that is a unit belongs to the one above."""
    if not parts:
        return (), ()
    if len(parts) > 1 and (unit := bare_unit(parts[-1])) is not None:
        parts = [*parts[:-2], f"{parts[-2]}({unit})"]
    groups, leaf = parts[:-1], parts[-1]
    joined = ["".join(groups[at:]) + leaf for at in range(len(groups))]
    named = "".join(next((name for name, _ in _named_units(g)), g) for g in groups)
    return tuple(dict.fromkeys([*joined, named + leaf, leaf])), tuple(groups)


def bare_unit(text: str) -> str | None:
    """Return the unit when `text` is nothing but a unit, in brackets or not.

    Examples
    --------
    >>> bare_unit("（公斤）"), bare_unit("公斤"), bare_unit("商品量（公斤）")
    ('公斤', '公斤', None)
    """
    inner = re.fullmatch(r"\((.+)\)", plain(text))
    unit = inner[1] if inner else plain(text)
    return unit if unit != "1" and canonical(unit) is not None else None


def _match(declared: Dataset, headers: list[Texts], start: int, span: int) -> Table:
    headings: list[Heading] = []
    unknown: list[tuple[int, str]] = []
    for position, (texts, groups) in enumerate(headers):
        if not texts:
            continue
        tried = (_heading(declared, position, text, groups) for text in texts)
        heading = next(filter(None, tried), None)
        if heading is not None:
            headings.append(heading)
        else:
            unknown.append((position, texts[-1]))
    present = {h.column.name for h in headings if h.column is not None}
    lacking = {c.name for c in declared if c.required and c.default is None} - present
    return Table(
        dataset=declared,
        header_rows=tuple(range(start, start + span)),
        headings=tuple(headings),
        unknown=tuple(unknown),
        from_context=tuple(sorted(lacking & {"year"})),
        lacking=tuple(sorted(lacking - {"year"})),
    )


def _heading(
    declared: Dataset, position: int, text: str, groups: tuple[str, ...]
) -> Heading | None:
    known = _spellings(declared.name)
    if plain(text) in known:
        column, part = known[plain(text)]
        unit = None
        if column is not None and column.unit is not None and plain(text) != plain(column.name):
            unit = _group_unit(groups, column.unit)
        return Heading(position, text, column, part, unit)
    for name, unit in _named_units(text):
        if plain(name) in known:
            column, part = known[plain(name)]
            if column is None or column.unit is None or unit:
                return Heading(position, text, column, part, unit or None)
    return None


def _group_unit(groups: tuple[str, ...], target: str) -> str | None:
    """Return the unit that a group header states for the columns below it, if it fits."""
    for group in reversed(groups):
        for _, unit in _named_units(group):
            if compatible(unit, target):
                return unit
    return None


@cache
def known_headers() -> tuple[str, ...]:
    """Return the Chinese headers of all datasets."""
    return tuple(dict.fromkeys(column.label.zh for d in datasets().values() for column in d))
