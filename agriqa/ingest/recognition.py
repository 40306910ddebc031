"""Recognising a table: where its header stands, and which dataset it is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from agriqa.datasets import Dataset, datasets
from agriqa.ingest.body import is_numbering, texts_in
from agriqa.ingest.header import (
    NO_NAMES,
    UNIT_LINE,
    Heading,
    Names,
    Stack,
    Table,
    bare_unit,
    compose,
    heading_of,
    is_header,
    texts_of,
)
from agriqa.ingest.readers import Cell, Grid
from agriqa.ingest.wide import is_across, match_wide

# How many rows from the top a header may start, and how many rows it may take.
DEPTH = 15
SPANS = (3, 2, 1)

_NUMBER = re.compile(r"[+-]?[\d,]*\.?\d+")
_YEAR = re.compile(r"(?:19|20)\d{2}(?:\.0)?")

Score = tuple[float, int, int, int, bool]


def recognise(
    grid: Grid,
    title: str,
    *,
    names: Names = NO_NAMES,
    starts: Iterable[int] | None = None,
) -> Table | None:
    """Find the table of a sheet or a part of one, or None when no dataset fits.

    Parameters
    ----------
    grid : Grid
        The cells.
    title : str
        What may break a tie: sheet name, file name.
    names : Names
        Decisions on the sender's headers.
    starts : iterable of int, optional
        The rows at which the header may start; else the first fifteen.
    """
    best: tuple[Score, Table] | None = None
    for found in _candidates(grid, title, names, starts):
        # A place and a time alone make no table: some value must be known too.
        present = {h.column.name for h in found.headings if h.column is not None}
        if found.lacking or not present - {"origin", "withheld", *found.dataset.key}:
            continue
        score = _score(grid, title, found)
        if best is None or score > best[0]:
            best = (score, found)
    return best[1] if best else None


def nearest_table(grid: Grid, title: str = "", *, names: Names = NO_NAMES) -> Table | None:
    """Return the table a sheet comes closest to, for saying what it lacks; None if to none."""
    close = [found for found in _candidates(grid, title, names, None) if found.known >= 2]
    fit = {id(t): t.known - len(t.unknown) - len(t.lacking) for t in close}
    return max(close, key=lambda t: fit[id(t)], default=None)


def looks_like_header(row: Sequence[Cell], names: Names = NO_NAMES) -> bool:
    """Whether most of a row's cells are headers, years or categories, and one is a header."""
    texts = [str(cell) for cell in row if cell is not None and str(cell).strip()]
    if len(texts) < 2:
        return False
    known = sum(_is_known(text, names) for text in texts)
    if not known:
        return False
    across = sum(not _is_known(text, names) and is_across(text) for text in texts)
    return known + across >= 2 and 2 * (known + across) >= len(texts)


def lines_above(grid: Grid, row: int) -> list[str]:
    """Return the texts above a row, in reading order."""
    return [cell for cells in grid.rows[:row] for cell in cells if isinstance(cell, str)]


def _score(grid: Grid, title: str, found: Table) -> Score:
    """Return how well a reading fits.

    Of equal readings the one that says more of units, then the one that leaves
    no line of headers to the data, then the smallest, then the first; of equal
    datasets the titled.
    """
    start, span = found.header_rows[0], len(found.header_rows)
    above = title + "".join(map(_joined, grid.rows[:start]))
    fit = found.known - len(found.unknown) - 0.1 * len(found.from_context)
    fit += 0.01 * sum(heading.unit is not None for heading in found.headings)
    # One column can be claimed once: a second claim explains nothing.
    fit -= 2 * found.claimed_again
    titled = any(word in above for word in found.dataset.title_words)
    first, *below = (grid.rows[row] for row in found.header_rows)
    headers = len(below) if all(map(_all_headers, below)) and looks_like_header(first) else 0
    return fit, headers, -span, -start, titled


def _all_headers(row: Sequence[Cell]) -> bool:
    texts = [str(cell) for cell in row if cell is not None and str(cell).strip()]
    return bool(texts) and all(is_header(text) or bare_unit(text) for text in texts)


def _candidates(
    grid: Grid, title: str, names: Names, starts: Iterable[int] | None
) -> Iterator[Table]:
    """Yield every way to read the given rows as a header of some dataset."""
    depth = min(DEPTH, len(grid.rows))
    for start in range(depth) if starts is None else starts:
        titled = _is_title(grid.rows[start])
        for span in _spans(grid, start):
            # A row of data must never pass for a part of a header: it would be lost.
            if span > 1 and (titled or any(map(_holds_numbers, grid.rows[start : start + span]))):
                continue
            stacks = compose(grid, start, span)
            # Most rows hold no header at all, and asking every dataset of them is slow.
            if not _promising(stacks, names):
                continue
            rows = tuple(range(start, start + span))
            across = any(is_across(part) for stack in stacks for part in stack)
            above = [*lines_above(grid, start), title] if across else []
            for declared in datasets().values():
                found = _match(declared, stacks, rows, names)
                if found.headings:
                    yield found
                if across and (wide := match_wide(declared, stacks, rows, above, names)):
                    yield wide


def _spans(grid: Grid, start: int) -> Iterator[int]:
    """Yield how many rows a header may take; a fourth only when it is one of units."""
    fourth = start + len(SPANS)
    if fourth < len(grid.rows):
        texts = [str(cell) for cell in grid.rows[fourth] if cell is not None]
        if texts and all(bare_unit(text) is not None for text in texts):
            yield len(SPANS) + 1
    yield from (span for span in SPANS if start + span <= len(grid.rows))


def _promising(stacks: Sequence[Stack], names: Names) -> bool:
    known = across = 0
    for stack in stacks:
        if any(_is_known(text, names) for text in texts_of(stack)[0]):
            known += 1
        elif any(is_across(part) for part in stack):
            across += 1
    return known >= 2 or (known == 1 and across >= 1)


def _is_known(text: str, names: Names) -> bool:
    return is_header(text) or (
        names.mappings is not None and any(names.header(name, text) for name in datasets())
    )


def _holds_numbers(row: Sequence[Cell]) -> bool:
    """Whether a row numbers the columns or has a number that is no year: it is no header."""
    texts = texts_in(row)
    return is_numbering(texts) or any(
        _NUMBER.fullmatch(text) is not None and _YEAR.fullmatch(text) is None for text in texts
    )


def _joined(row: Sequence[Cell]) -> str:
    return "".join(str(cell) for cell in row if cell is not None)


def _is_title(row: Sequence[Cell]) -> bool:
    """Whether a row is a title or a line that states a unit, and no group header."""
    texts = [str(cell) for cell in row if cell is not None and str(cell).strip()]
    return len(texts) < 2 or any(
        UNIT_LINE.search(unicodedata.normalize("NFKC", text)) for text in texts
    )


def _match(
    declared: Dataset, stacks: Sequence[Stack], rows: tuple[int, ...], names: Names
) -> Table:
    headings: list[Heading] = []
    unknown: list[tuple[int, str]] = []
    for position, parts in enumerate(stacks):
        if not parts:
            continue
        heading = heading_of(declared, position, parts, names)
        if heading is not None:
            headings.append(heading)
        else:
            unknown.append((position, parts[-1]))
    present = {h.column.name for h in headings if h.column is not None}
    lacking = {c.name for c in declared if c.required and c.default is None} - present
    return Table(
        dataset=declared,
        header_rows=rows,
        headings=tuple(headings),
        unknown=tuple(unknown),
        from_context=tuple(sorted(lacking & {"year"})),
        lacking=tuple(sorted(lacking - {"year"})),
    )
