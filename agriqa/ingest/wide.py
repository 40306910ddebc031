"""Wide tables: years or categories across, turned into one record for each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

import numpy as np

from agriqa.datasets import Dataset, code_lists, datasets
from agriqa.ingest.body import TOTALS
from agriqa.ingest.header import (
    NO_NAMES,
    Block,
    Heading,
    Names,
    Stack,
    Table,
    bare_unit,
    heading_of,
    named_units,
    plain,
)
from agriqa.ingest.measure import NUMERIC, measure_named
from agriqa.ingest.readers import Cell
from agriqa.ingest.reading import Note
from agriqa.ingest.records import Coded, Records

_YEAR = re.compile(r"((?:19|20)\d{2})(?:\.0)?(?:年度|年)?")
_YEAR_FIRST = re.compile(r"((?:19|20)\d{2})年度?(?!\d)(.+)")
# "其中：杀虫剂", "1.杀虫剂", "（一）杀虫剂": how official forms number their items.
_ITEM = re.compile(
    r"(?:其中:?|[一二三四五六七八九十]+、|\d{1,2}[.、](?!\d)|\([一二三四五六七八九十\d]\))"
)
# A heading's position below 0: the header of each block says it.
YEAR_POSITION = -1


@dataclass(frozen=True)
class Leaf:
    """What stands above one column: year, categories, and the rest (the measure)."""

    position: int
    text: str
    rest: Stack
    year: int | None = None
    codes: tuple[tuple[str, str], ...] = ()
    total: bool = False
    unit: str | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """What tells its block from the others."""
        return (self.year, *self.codes)


@lru_cache(maxsize=65536)
def is_across(text: str) -> bool:
    """Whether a header is a year or a category of some dataset.

    Examples
    --------
    >>> is_across("2019年"), is_across("杀虫剂（吨）"), is_across("县名")
    (True, True, False)
    """
    return any(_dimension(name, text) for name in datasets())


@cache
def codes_across(name: str) -> Mapping[str, tuple[str, str]]:
    """Return column and code for every spelling of the codes in a dataset's key."""
    declared = datasets()[name]
    found: dict[str, tuple[str, str]] = {}
    for column in declared:
        if column.type == "code" and column.name in declared.key:
            for text, code in code_lists()[str(column.codes)].spelling().items():
                found.setdefault(plain(text), (column.name, code))
    return found


@cache
def _prefixes(name: str) -> tuple[str, ...]:
    """Return the spellings that may begin a header, the longest first."""
    return tuple(sorted((text for text in codes_across(name) if len(text) > 1), key=len)[::-1])


def leaf_of(declared: Dataset, position: int, parts: Stack) -> Leaf | None:
    """Take a column's header apart; None when it names no year, category or sum.

    Examples
    --------
    >>> from agriqa.datasets import dataset
    >>> leaf_of(dataset("pesticide_use"), 2, ("农药使用量（吨）", "2020年")).year
    2020
    >>> leaf_of(dataset("pesticide_use"), 2, ("杀虫剂使用量",)).rest
    ('使用量',)
    """
    leaf = Leaf(position, "".join(parts), ())
    for part in parts:
        found = _dimension(declared.name, part)
        if found is None:
            leaf = replace(leaf, rest=(*leaf.rest, part))
            continue
        year, code, total, rest, unit = found
        leaf = replace(
            leaf,
            year=leaf.year if year is None else year,
            codes=leaf.codes if code is None else (*leaf.codes, code),
            total=leaf.total or total,
            rest=(*leaf.rest, rest) if rest else leaf.rest,
            unit=unit or leaf.unit,
        )
    return leaf if leaf.year is not None or leaf.codes or leaf.total else None


Dimension = tuple[int | None, tuple[str, str] | None, bool, str, str | None]


@lru_cache(maxsize=65536)
def _dimension(dataset: str, part: str) -> Dimension | None:
    """Return year, code, whether it is a sum, the rest and the unit that one text names."""
    codes = codes_across(dataset)
    for name, unit in ((part, None), *named_units(part)):
        bare = _ITEM.sub("", plain(name))
        if found := _YEAR.fullmatch(bare):
            return int(found[1]), None, False, "", unit
        if bare in codes:
            return None, codes[bare], False, "", unit
        if bare in TOTALS:
            return None, None, True, "", unit
    text = _ITEM.sub("", plain(part))
    if found := _YEAR_FIRST.fullmatch(text):
        inner = _dimension(dataset, found[2]) or (None, None, False, found[2], None)
        return (int(found[1]), *inner[1:]) if inner[0] is None else None
    for spelled in _prefixes(dataset):
        if text.startswith(spelled):
            return None, codes[spelled], False, text.removeprefix(spelled), None
    return None


def match_wide(
    declared: Dataset,
    stacks: Sequence[Stack],
    header_rows: tuple[int, ...],
    above: Sequence[str],
    names: Names = NO_NAMES,
) -> Table | None:
    """Read header texts as those of a wide table, or return None if they are not.

    Parameters
    ----------
    declared : Dataset
        The dataset it may be.
    stacks : sequence of tuple of str
        What stands above each column, as `header.compose` gives it.
    header_rows : tuple of int
        Where the header stands.
    above : sequence of str
        The lines above and the names of sheet and file: they may name the measure.
    names : Names
        Decisions on the sender's headers.
    """
    fixed, leaves, totals, unknown = _sorted_out(declared, stacks, names)
    if not leaves:
        return None
    values: list[tuple[Leaf, Heading]] = []
    notes: dict[str, Note] = {}
    for leaf in leaves:
        heading, note = _measure(declared, leaf, above, names)
        if heading is None:
            unknown.append((leaf.position, leaf.text))
            continue
        values.append((leaf, heading))
        if note is not None:
            notes.setdefault(note.message_zh, note)
    if not values:
        return _without_measure(declared, header_rows, fixed, leaves)
    made = _blocks(declared, fixed, values)
    if made is None:
        return None
    headings, blocks = made
    present = {h.column.name for h in headings if h.column is not None}
    lacking = {c.name for c in declared if c.required and c.default is None} - present
    return Table(
        dataset=declared,
        header_rows=header_rows,
        headings=headings,
        unknown=tuple(unknown),
        from_context=tuple(sorted(lacking & {"year"})),
        lacking=tuple(sorted(lacking - {"year"})),
        blocks=blocks,
        totals=tuple((leaf.position, leaf.text) for leaf in totals),
        notes=tuple(notes.values()),
    )


def _without_measure(
    declared: Dataset, header_rows: tuple[int, ...], fixed: list[Heading], leaves: list[Leaf]
) -> Table:
    """Return what is known of a wide table that does not say what its numbers are."""
    keyed = {name for leaf in leaves for name, _ in leaf.codes}
    keyed |= {"year"} if leaves[0].year is not None and "year" in declared.columns else set()
    said = [
        Heading(YEAR_POSITION - at, leaves[0].text, declared[name], how="across")
        for at, name in enumerate(sorted(keyed))
    ]
    present = {h.column.name for h in (*fixed, *said) if h.column is not None}
    values = [c for c in declared if c.type in NUMERIC and c.name not in declared.key]
    lacking = {c.name for c in declared if c.required and c.default is None} - present
    if not lacking:
        # Never a table to be read: what stands across has no measure.
        others = [c for c in declared if c.name not in declared.key]
        lacking = {[*(c for c in values if c.required), *values, *others][0].name}
    listed = "、".join(c.label.zh for c in values)
    note = Note(
        "measure",
        f"横排的年份或类别下没有写明指标，请在标题或表头写明是哪一项：{listed}",
        "nothing says what the numbers below the years or categories are; name the measure in "
        f"the title or header: {', '.join(c.name for c in values)}",
        "warning",
    )
    return Table(
        declared, header_rows, (*fixed, *said), (), (), tuple(sorted(lacking)), notes=(note,)
    )


def _sorted_out(
    declared: Dataset, stacks: Sequence[Stack], names: Names
) -> tuple[list[Heading], list[Leaf], list[Leaf], list[tuple[int, str]]]:
    """Tell the columns that name the row from those across, the sums and the unknown."""
    fixed: list[Heading] = []
    leaves: list[Leaf] = []
    totals: list[Leaf] = []
    unknown: list[tuple[int, str]] = []
    for position, parts in enumerate(stacks):
        if not parts:
            continue
        leaf = leaf_of(declared, position, parts)
        heading = heading_of(declared, position, leaf.rest if leaf else parts, names)
        numeric = heading is not None and heading.column and heading.column.type in NUMERIC
        # A year over the county's name is a title, and names no block.
        if heading is not None and (leaf is None or not numeric):
            fixed.append(heading)
        elif leaf is None:
            unknown.append((position, "".join(parts)))
        else:
            (totals if leaf.total and not leaf.codes else leaves).append(leaf)
    return fixed, leaves, totals, unknown


def _blocks(
    declared: Dataset, fixed: list[Heading], values: list[tuple[Leaf, Heading]]
) -> tuple[tuple[Heading, ...], tuple[Block, ...]] | None:
    """Put the columns of one year or category together; None when they do not fit."""
    keyed: dict[tuple[object, ...], dict[str, tuple[Leaf, Heading]]] = {}
    first: dict[str, Heading] = {}
    for leaf, heading in values:
        assert heading.column is not None
        name = heading.column.name
        block = keyed.setdefault(leaf.key, {})
        if name in block or first.setdefault(name, heading).unit != heading.unit:
            return None
        block[name] = (leaf, heading)
    across = {(leaf.year is not None, tuple(name for name, _ in leaf.codes)) for leaf, _ in values}
    if len(across) != 1 or (len(keyed) < 2 and not next(iter(across))[0]):
        return None
    [(dated, coded)] = across
    named = {h.column.name for h in fixed if h.column is not None}
    dimensions = [*(["year"] if dated else []), *coded]
    if (dated and "year" not in declared.columns) or len(set(dimensions)) != len(dimensions):
        return None
    # A value that stands once for the row belongs to none of the blocks.
    lone = any(h.column and h.column.type in NUMERIC and h.column.name not in declared.key
               for h in fixed)  # fmt: skip
    if lone or named & {*dimensions, *first}:
        return None
    said = {
        name: Heading(YEAR_POSITION - at, _shown(name, keyed), declared[name], how="across")
        for at, name in enumerate(dimensions)
    }
    blocks = []
    for cells in keyed.values():
        leaf = next(iter(cells.values()))[0]
        says: dict[int, Cell] = {said[name].position: code for name, code in leaf.codes}
        if leaf.year is not None:
            says[said["year"].position] = float(leaf.year)
        takes = {first[name].position: at.position for name, (at, _) in cells.items()}
        blocks.append(Block(min(takes.values()), takes, says))
    return (*fixed, *said.values(), *first.values()), tuple(blocks)


def _shown(
    name: str, keyed: Mapping[tuple[object, ...], Mapping[str, tuple[Leaf, Heading]]]
) -> str:
    """Return the years or categories that the header of a wide table names."""
    leaves = [next(iter(cells.values()))[0] for cells in keyed.values()]
    texts = dict.fromkeys(
        str(leaf.year) if name == "year" else dict(leaf.codes)[name] for leaf in leaves
    )
    return "、".join(texts)


def _measure(
    declared: Dataset, leaf: Leaf, above: Sequence[str], names: Names
) -> tuple[Heading | None, Note | None]:
    """Return the value column of a leaf, from its header or from what stands above."""
    if leaf.rest:
        unit = bare_unit(leaf.rest[-1]) if len(leaf.rest) == 1 else None
        if unit is None:
            last = f"{leaf.rest[-1]}({leaf.unit})" if leaf.unit else leaf.rest[-1]
            heading = heading_of(declared, leaf.position, (*leaf.rest[:-1], last), names)
            numeric = heading and heading.column and heading.column.type in NUMERIC
            return (heading if numeric else None), None
        leaf = replace(leaf, unit=leaf.unit or unit)
    found = measure_named(declared, leaf.unit, above)
    if found is None:
        return None, None
    column, note = found
    return Heading(leaf.position, column.label.zh, column, unit=leaf.unit, how="context"), note


def unpivot(
    rows: Sequence[Sequence[Cell]],
    body: Sequence[int],
    fixed: Sequence[int],
    blocks: Sequence[Block],
    *,
    row: int = 0,
    col: int = 0,
) -> Records:
    """Turn the rows of a wide table into one record for each row and block.

    Parameters
    ----------
    rows : sequence of rows of cells
        A sheet or a part of it.
    body : sequence of int
        Indices of the rows with data.
    fixed : sequence of int
        Columns that hold for the whole row.
    blocks : sequence of Block
        Columns of each year or category, and what its header says.
    row, col : int
        Where the first of `rows` and columns stands on the sheet, from 0.

    Examples
    --------
    >>> blocks = [Block(1, {1: 1}, {-1: 2019.0}), Block(2, {1: 2}, {-1: 2020.0})]
    >>> found = unpivot([["郫县", 5.0, 6.0]], [0], [0], blocks)
    >>> found.cols.tolist(), list(found.cells[0]), list(found.cells[1]), list(found.cells[-1])
    ([2, 3], ['郫县', '郫县'], [5.0, 6.0], [2019.0, 2020.0])
    """
    lines, n = [rows[at] for at in body], len(blocks)
    cells: dict[int, Coded] = {}
    for at in fixed:
        column = Coded.of(line[at] for line in lines)
        cells[col + at] = Coded(np.repeat(column.codes, n), column.distinct)
    for at in dict.fromkeys(at for block in blocks for at in block.takes):
        sources = [block.takes.get(at) for block in blocks]
        cells[col + at] = Coded.of(
            None if source is None else line[source] for line in lines for source in sources
        )
    for at in dict.fromkeys(at for block in blocks for at in block.says):
        column = Coded.of(block.says.get(at) for block in blocks)
        cells[at] = Coded(np.tile(column.codes, len(lines)), column.distinct)
    return Records(
        np.repeat(np.asarray(body, dtype="int64") + row + 1, n),
        np.tile(np.asarray([b.col + col + 1 for b in blocks], dtype="int64"), len(lines)),
        cells,
    )
