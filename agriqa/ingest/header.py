"""What stands above the columns of a table: header texts, columns and units."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import Literal, Protocol

from agriqa.datasets import Column, Dataset, datasets
from agriqa.datasets.units import canonical, compatible, is_rate_of, split_unit
from agriqa.ingest.readers import Cell, Grid
from agriqa.ingest.reading import Note

# "单位：公斤" states a unit; "填报单位：…" names who reports. The text is in NFKC.
UNIT_LINE = re.compile(r"(?:计量|(?<![\u4e00-\u9fff]))单\s*位\s*:\s*([^\s;)\]】]+)")

Part = Literal["value", "code", "prefecture", "ignored"]
Stack = tuple[str, ...]
Texts = tuple[tuple[str, ...], tuple[str, ...]]

_CODE_HEADERS = ("county_code", "行政区划代码", "区划代码", "县代码", "县级代码")
_NAME_HEADERS = ("county", "县名称")
_PREFECTURE_HEADERS = ("市州", "市(州)", "所属市州", "地市", "prefecture", "prefecture_code")
# Headers that carry nothing to be stored; any other unknown one sets the table aside.
_IGNORED = (
    "序号", "编号顺序", "填报单位", "报送单位", "填报人", "填表人", "审核人", "单位负责人",
    "负责人", "联系人", "联系电话", "填报日期", "填表日期", "备注", "no.", "remark", "remarks",
)  # fmt: skip
# A remark on how to fill in. Any other bracket may change what is meant ("折纯", "实物").
_REMARK = re.compile(
    r"[(\[【〔](?:必填|选填|可选|单选|多选|请?选择|下拉|请?填|保留|精确|四舍五入|格式|如:|例如|例:|注\d*|"
    r"见注|见说明|自动计算|required|optional|e\.g\.)[^()\[\]【】〔〕]*[)\]】〕]",
    re.IGNORECASE,
)
_HYPHENATED = re.compile(r"(?<=[A-Za-z])-[ \t]*\r?\n\s*(?=[a-z])|\u00ad")


class HeaderMappings(Protocol):
    """What people decided that a sender's headers mean."""

    def header(
        self, sender: str, dataset: str, text: object, /
    ) -> tuple[str | None, str | None] | None:
        """Return column (None: nothing to store) and unit, or None if nothing is decided."""


@dataclass(frozen=True)
class Names:
    """Whose headers are read, and the decisions on them."""

    mappings: HeaderMappings | None = None
    sender: str = ""

    def header(self, dataset: str, text: str) -> tuple[str | None, str | None] | None:
        """Return what was decided on a header of this sender."""
        return self.mappings.header(self.sender, dataset, text) if self.mappings else None


NO_NAMES = Names()


@dataclass(frozen=True)
class Heading:
    """What one column of the sheet holds.

    Attributes
    ----------
    position : int
        Column of the sheet, from 0. Below 0 for what the header itself says of
        each block of a wide table (a year, a category).
    how : str
        ``synonym``, ``mapping``, ``across`` (from the header of a block) or
        ``context`` (a measure that the title names).
    """

    position: int
    text: str
    column: Column | None
    part: Part = "value"
    unit: str | None = None
    how: str = "synonym"


@dataclass(frozen=True)
class Block:
    """The columns of one year or category in a wide table.

    Attributes
    ----------
    col : int
        First column of the sheet, from 0.
    takes : mapping of int to int
        Position of a heading: the column of the sheet that holds it here.
    says : mapping of int to cell
        Position of a heading: what the header says for the whole block.
    """

    col: int
    takes: Mapping[int, int]
    says: Mapping[int, Cell] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """A recognised table; rows and positions count from 0.

    Attributes
    ----------
    header_rows, headings, unknown
        Where the header stands and what was made of it.
    from_context, lacking : tuple of str
        The columns that the title must give; the required ones that neither a
        header nor the context gives.
    blocks : tuple of Block
        For a wide table: the years or categories side by side.
    totals : tuple of (int, str)
        Sums across the categories of a wide table: no data of their own.
    notes : tuple of Note
        What a person should know of how the header was read.
    """

    dataset: Dataset
    header_rows: tuple[int, ...]
    headings: tuple[Heading, ...]
    unknown: tuple[tuple[int, str], ...] = ()
    from_context: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
    totals: tuple[tuple[int, str], ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def known(self) -> int:
        """Number of headings that fill a column."""
        return sum(heading.column is not None for heading in self.headings)

    @property
    def first(self) -> int:
        """Index of the first row below the header."""
        return max(self.header_rows) + 1

    @property
    def claimed_again(self) -> int:
        """Number of headings that claim a column which another one claims."""
        claimed = [h.column.name for h in self.headings if h.column and h.part == "value"]
        return len(claimed) - len(set(claimed))

    def moved(self, rows: int, cols: int) -> Table:
        """Return the table as it stands `rows` further down and `cols` further right."""
        if not rows and not cols:
            return self

        def at(position: int) -> int:
            return position + cols if position >= 0 else position

        return replace(
            self,
            header_rows=tuple(row + rows for row in self.header_rows),
            headings=tuple(replace(h, position=at(h.position)) for h in self.headings),
            unknown=tuple((at(position), text) for position, text in self.unknown),
            totals=tuple((at(position), text) for position, text in self.totals),
            blocks=tuple(
                Block(b.col + cols, {at(k): v + cols for k, v in b.takes.items()}, b.says)
                for b in self.blocks
            ),
        )


@lru_cache(maxsize=65536)
def plain(text: object) -> str:
    r"""Return a header without spaces, asterisks and hyphenation, in one width and case.

    Examples
    --------
    >>> plain("Commod-\nity use "), plain("使 用\n量")
    ('commodityuse', '使用量')
    """
    whole = _HYPHENATED.sub("", str(text))
    return re.sub(r"[\s*]+", "", unicodedata.normalize("NFKC", whole)).casefold()


def without_remarks(text: str) -> str:
    """Return a header without bracketed remarks on how to fill it in.

    Examples
    --------
    >>> without_remarks("商品量（吨）（保留两位小数）"), without_remarks("施用量（折纯）")
    ('商品量(吨)', '施用量(折纯)')
    """
    return _REMARK.sub("", unicodedata.normalize("NFKC", text)).strip()


@cache
def spellings(name: str) -> dict[str, tuple[Column | None, Part]]:
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


@cache
def _all_spellings() -> frozenset[str]:
    return frozenset(text for name in datasets() for text in spellings(name))


@cache
def known_headers() -> tuple[str, ...]:
    """Return the Chinese headers of all datasets."""
    return tuple(dict.fromkeys(column.label.zh for d in datasets().values() for column in d))


@lru_cache(maxsize=65536)
def is_header(text: str) -> bool:
    """Whether some dataset knows the text as a header."""
    names = {plain(text), *(plain(name) for name, _ in named_units(text))}
    return not names.isdisjoint(_all_spellings()) or (
        "(" in plain(text) and without_remarks(text) != text and is_header(without_remarks(text))
    )


@lru_cache(maxsize=65536)
def named_units(text: str) -> tuple[tuple[str, str], ...]:
    """Return the ways to read a header as a name and a unit."""
    return tuple(split_unit(_HYPHENATED.sub("", text)))


def header_text(cell: Cell) -> str:
    """Return a header cell as text; a year in a number cell without its decimals."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def compose(grid: Grid, start: int, span: int) -> list[Stack]:
    """Return for each column what stands above it, from its group headers to its own.

    A merged group header counts for all its columns. A last line that is a
    unit belongs to the one above.
    """
    rows = [
        [None if cell is None or not str(cell).strip() else header_text(cell) for cell in row]
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
    return [_with_unit([text for text in column if text]) for column in zip(*rows, strict=True)]


def _with_unit(parts: list[str]) -> Stack:
    if len(parts) > 1 and (unit := bare_unit(parts[-1])) is not None:
        return (*parts[:-2], f"{parts[-2]}({unit})")
    return tuple(parts)


def texts_of(parts: Sequence[str]) -> Texts:
    """Return the texts to try for a column, most specific first, and its group headers."""
    if not parts:
        return (), ()
    groups, leaf = tuple(parts[:-1]), parts[-1]
    joined = ["".join(groups[at:]) + leaf for at in range(len(groups))]
    named = "".join(next((name for name, _ in named_units(g)), g) for g in groups)
    return tuple(dict.fromkeys([*joined, named + leaf, leaf])), groups


def bare_unit(text: str) -> str | None:
    """Return the unit when `text` is nothing but a unit, in brackets or not.

    Examples
    --------
    >>> bare_unit("（公斤）"), bare_unit("公斤"), bare_unit("商品量（公斤）")
    ('公斤', '公斤', None)
    """
    inner = re.fullmatch(r"\((?:(?:计量)?单位:)?(.+)\)", plain(text))
    unit = inner[1] if inner else plain(text).removeprefix("单位:")
    return unit if unit != "1" and canonical(unit) is not None else None


def heading_of(
    declared: Dataset, position: int, parts: Sequence[str], names: Names = NO_NAMES
) -> Heading | None:
    """Return what the column below `parts` holds, or None when nobody knows.

    Synonyms of the declaration go before what was decided for the sender.
    """
    texts, groups = texts_of(parts)
    for text in texts:
        if found := _declared(declared, position, text, groups):
            return found
    for text in texts:
        bare = without_remarks(text)
        if plain(bare) != plain(text) and (found := _declared(declared, position, bare, groups)):
            return replace(found, text=text)
    return _decided(declared, position, texts, groups, names)


def _declared(
    declared: Dataset, position: int, text: str, groups: tuple[str, ...]
) -> Heading | None:
    known = spellings(declared.name)
    if plain(text) in known:
        column, part = known[plain(text)]
        unit = None
        if column is not None and column.unit is not None and plain(text) != plain(column.name):
            unit = _group_unit(groups, column.unit)
        return Heading(position, text, column, part, unit)
    for name, unit in named_units(text):
        if plain(name) in known:
            column, part = known[plain(name)]
            if column is None or column.unit is None or unit:
                return Heading(position, text, column, part, unit or None)
    return None


def _decided(
    declared: Dataset,
    position: int,
    texts: Sequence[str],
    groups: tuple[str, ...],
    names: Names,
) -> Heading | None:
    """Look the header up in the decisions on this sender's, with and without its unit."""
    for text in texts:
        for name, unit in ((text, ""), *named_units(text)):
            found = names.header(declared.name, name)
            if found is None:
                continue
            if found[0] is None:
                return Heading(position, text, None, "ignored", how="mapping")
            column = declared[found[0]]
            stated = found[1] or unit
            if not stated and column.unit is not None:
                stated = _group_unit(groups, column.unit) or ""
            return Heading(position, text, column, unit=stated or None, how="mapping")
    return None


def _group_unit(groups: tuple[str, ...], target: str) -> str | None:
    """Return the unit that a group header states for the columns below it, if it fits."""
    for group in reversed(groups):
        for _, unit in named_units(group):
            # A rate is returned as well: it must not pass for an amount without a unit.
            if compatible(unit, target) or is_rate_of(unit, target):
                return unit
    return None
