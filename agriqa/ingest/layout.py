"""The tables of a sheet: stacked, side by side, each with the lines around it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

from agriqa.datasets import datasets
from agriqa.ingest.body import is_continued, is_note, texts_in
from agriqa.ingest.context import stated_units, years_in
from agriqa.ingest.header import NO_NAMES, UNIT_LINE, Names, Table, plain
from agriqa.ingest.readers import Cell, Grid
from agriqa.ingest.recognition import DEPTH, lines_above, looks_like_header, recognise

# Lines of more than one cell that stand above a table: who reports, and in which unit.
_ABOVE = re.compile(rf"{UNIT_LINE.pattern}|^(?:填报|报送|编制|统计)[^:]*:")
# A block of lines this short with no table of its own belongs to the table below it.
FEW = 4
# Tables side by side have their headers among so many rows of each other.
PROBE = 100


@dataclass(frozen=True)
class Region:
    """A table and the lines around it, or lines without any table.

    Attributes
    ----------
    grid : Grid
        The part of the sheet; rows and columns count from its own corner.
    row, col : int
        Where that corner stands on the sheet, from 0.
    table : Table or None
        What was recognised, in the coordinates of the part.
    lines : tuple of str
        What stands above the header.
    inherited : tuple of str
        What stands above the first table of the sheet, if that is another one.
    """

    grid: Grid
    row: int = 0
    col: int = 0
    table: Table | None = None
    lines: tuple[str, ...] = ()
    inherited: tuple[str, ...] = ()


def regions(grid: Grid, title: str, *, names: Names = NO_NAMES) -> tuple[Region, ...]:
    """Split a sheet into its tables, each with the lines around it.

    Every row of the sheet is in at least one region; rows with tables side by
    side are in one for each.

    Parameters
    ----------
    grid : Grid
        The sheet.
    title : str
        Name of the sheet and file: may break a tie between datasets.
    names : Names
        Decisions on the sender's headers.
    """
    found = _split(Region(grid), title, names)
    top = next((at for at, region in enumerate(found) if region.table is not None), None)
    if top is None:
        return (Region(grid),)
    lines = found[top].lines
    return tuple(
        replace(r, inherited=lines) if at > top and r.table is not None else r
        for at, r in enumerate(found)
    )


def _split(region: Region, title: str, names: Names) -> list[Region]:
    gaps = _blank_runs(region.grid)
    if gaps and (beside := _beside(region, [end for _, end in gaps], title, names)):
        return beside
    found = []
    for part in _stacked(region, title, names):
        cuts = _repeats(part)
        found += (cuts and _beside(part, cuts, title, names)) or [part]
    return found


# --- one below the other ---


def _stacked(region: Region, title: str, names: Names) -> list[Region]:
    """Split where a header stands below a table; what has no table joins its neighbour."""
    grid = region.grid
    starts = list(_header_starts(grid, names))
    tops = sorted({_top(grid, start) for start in starts[1:]} - {0})
    parts = [
        _recognised(_rows(region, first, last), title, names)
        for first, last in pairwise([0, *tops, len(grid.rows)])
    ]
    if len(parts) == 1:
        return parts
    return _joined(parts, region, title, names)


def _joined(parts: list[Region], region: Region, title: str, names: Names) -> list[Region]:
    """Put parts together again that are one table, or lines that belong to one."""
    found: list[Region] = []

    def join(upper: Region, lower: Region) -> Region:
        first = upper.row - region.row
        last = lower.row - region.row + len(lower.grid.rows)
        return _recognised(_rows(region, first, last), title, names)

    for part in parts:
        above = found[-1] if found else None
        if above is None:
            found.append(part)
        elif _leads_to(above, part) or _goes_on(above, part):
            found[-1] = join(above, part)
        else:
            found.append(part)
    return found


def _leads_to(above: Region, part: Region) -> bool:
    """Whether what stands above is no more than a few lines, or half a header."""
    several = sum(len(row) - row.count(None) > 1 for row in above.grid.rows)
    return above.table is None and (part.table is None or several < FEW)


def _goes_on(above: Region, part: Region) -> bool:
    """Whether a part below a table is more of it: no header of its own, or the same again."""
    table, upper = part.table, above.table
    if upper is None:
        return False
    if table is None:
        # A header nobody understands, set off by a line, is a table of its own.
        return len(texts_in(part.grid.rows[0])) > 1
    if table.dataset != upper.dataset or _header(part) != _header(above):
        return False
    said = {plain(line) for line in above.lines}
    between = [texts_in(row) for row in part.grid.rows[: table.header_rows[0]]]
    return all(
        not texts or is_note(texts) or plain("".join(texts)) in said
        or (is_continued(texts) and _says_nothing_new(texts[0], above.lines))
        for texts in between
    )  # fmt: skip


def _says_nothing_new(line: str, lines: Sequence[str]) -> bool:
    known = {year for text in lines for year in years_in(text)}
    return years_in(line) <= known and set(stated_units([line])) <= set(stated_units(lines))


def _header(region: Region) -> list[list[str]]:
    assert region.table is not None
    return [texts_in(region.grid.rows[row]) for row in region.table.header_rows]


def _header_starts(grid: Grid, names: Names) -> Iterator[int]:
    """Yield the rows at which a header may start; rows next to each other are one header.

    Only the first rows, those below a blank or single line, and those with a
    cell that is a header letter by letter are looked at closely.
    """
    known = _written_headers()
    before, above = -2, 0
    for at, row in enumerate(grid.rows):
        last, above = above, len(row) - row.count(None)
        if above < 2 or (at >= DEPTH and last > 1 and known.isdisjoint(row)):
            continue
        if looks_like_header(row, names):
            if at > before + 1:
                yield at
            before = at


@cache
def _written_headers() -> frozenset[str]:
    return frozenset(
        text
        for declared in datasets().values()
        for column in declared
        for text in (column.name, column.label.zh, column.label.en, *column.synonyms)
    )


def _top(grid: Grid, start: int) -> int:
    """Return the first of the lines that belong to the header at `start`."""
    top = start
    # A group header above it that is none by itself: "2019年 | 2020年".
    while start - top < 2 and top > 1 and _is_group(grid, top - 1):
        top -= 1
    while top > 0:
        texts = texts_in(grid.rows[top - 1])
        if texts and (is_note(texts) or (len(texts) > 1 and not any(map(_ABOVE.search, texts)))):
            break
        top -= 1
    return _below_last_blank(grid, top, start)


def _is_group(grid: Grid, row: int) -> bool:
    """Whether a row of texts stands below a blank or single line."""
    cells = [cell for cell in grid.rows[row] if cell is not None]
    above = texts_in(grid.rows[row - 1])
    return len(cells) > 1 and all(isinstance(c, str) for c in cells) and len(above) < 2


def _below_last_blank(grid: Grid, top: int, start: int) -> int:
    """Leave blank lines, and a single line right below the table above, to that table."""
    texts = [texts_in(row) for row in grid.rows[top:start]]
    blanks = [at for at, found in enumerate(texts) if not found]
    # A line right below the table and parted from the header by a blank is a remark on it.
    if blanks and any(texts[blanks[0] :]) and all(len(found) == 1 for found in texts[: blanks[0]]):
        return top + blanks[0] + 1
    while top < start and not texts_in(grid.rows[top]):
        top += 1
    return top


# --- side by side ---


def _beside(region: Region, cuts: Sequence[int], title: str, names: Names) -> list[Region]:
    """Return the tables side by side, or nothing unless every part is one."""
    edges = [0, *cuts, region.grid.width]
    top = _rows(region, 0, min(PROBE, len(region.grid.rows)))
    tops = (_columns(top, a, b) for a, b in pairwise(edges))
    if not all(any(looks_like_header(row, names) for row in part.grid.rows) for part in tops):
        return []
    parts = [_columns(region, a, b) for a, b in pairwise(edges)]
    found = [_split(part, title, names) for part in parts]
    if not all(any(part.table is not None for part in group) for group in found):
        return []
    shared = _shared(region, found)
    for group in found[1:]:
        at = next(at for at, part in enumerate(group) if part.table is not None)
        group[at] = replace(group[at], lines=(*shared, *group[at].lines))
    return [part for group in found for part in group]


def _shared(region: Region, found: Sequence[Sequence[Region]]) -> tuple[str, ...]:
    """Return the lines above all headers that stand alone: they are about every table."""
    headers = [
        part.row + part.table.header_rows[0]
        for group in found
        for part in group
        if part.table is not None
    ]
    above = region.grid.rows[: min(headers) - region.row]
    width = found[0][0].grid.width
    lone = [row for row in above if len(texts_in(row)) == 1]
    return tuple(text for row in lone for text in texts_in(row[:width]))


def _blank_runs(grid: Grid) -> list[tuple[int, int]]:
    """Return the runs of empty columns between filled ones, first and end."""
    empty = [all(row[at] is None for row in grid.rows) for at in range(grid.width)]
    runs, at = [], 0
    while at < len(empty):
        end = at
        while end < len(empty) and empty[end]:
            end += 1
        if end > at > 0 and end < len(empty):
            runs.append((at, end))
        at = end + 1
    return runs


def _repeats(region: Region) -> list[int]:
    """Return the columns at which the first header of the table stands again."""
    if region.table is not None and not (region.table.claimed_again or region.table.unknown):
        return []
    start = region.table.header_rows[0] if region.table else 0
    for row in region.grid.rows[start : start + DEPTH]:
        texts = [plain(cell) if isinstance(cell, str) else "" for cell in row]
        first = next((at for at, text in enumerate(texts) if text), None)
        again = [at for at, text in enumerate(texts) if text and text == texts[first or 0]]
        if len(again) > 1 and looks_like_header(row):
            return again[1:]
    return []


# --- parts ---


def _recognised(region: Region, title: str, names: Names) -> Region:
    table = recognise(region.grid, title, names=names, starts=_starts(region.grid, names))
    lines = lines_above(region.grid, table.header_rows[0]) if table else []
    return replace(region, table=table, lines=tuple(lines))


def _starts(grid: Grid, names: Names) -> list[int]:
    """Return the first rows, and those about a header further down."""
    depth = min(DEPTH, len(grid.rows))
    first = next(_header_starts(grid, names), 0)
    return sorted({*range(depth), *range(max(first - 2, 0), first + 1)} if grid.rows else ())


def _rows(region: Region, first: int, last: int) -> Region:
    """Return some rows of a region."""
    grid = region.grid
    if first == 0 and last == len(grid.rows):
        return region
    merges = tuple(
        ((a - first, b), (c - first, d)) for (a, b), (c, d) in grid.merges if first <= a < last
    )
    return Region(
        Grid(grid.name, grid.rows[first:last], merges, grid.notes), region.row + first, region.col
    )


def _columns(region: Region, first: int, last: int) -> Region:
    """Return some columns of a region."""
    grid = region.grid
    rows: list[list[Cell]] = [row[first:last] for row in grid.rows]
    merges = tuple(
        ((a, b - first), (c, min(d, last - 1) - first))
        for (a, b), (c, d) in grid.merges
        if first <= b < last
    )
    return Region(Grid(grid.name, rows, merges, grid.notes), region.row, region.col + first)
