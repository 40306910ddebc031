"""The records of a region: which rows and cells hold data, and where they stand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from agriqa.areas import Register
from agriqa.ingest.body import classify
from agriqa.ingest.cells import written
from agriqa.ingest.header import Table
from agriqa.ingest.layout import Region
from agriqa.ingest.reading import Skip
from agriqa.ingest.records import Coded, Records, is_blank
from agriqa.ingest.wide import unpivot

Skipped = dict[tuple[int, int], tuple[Skip, str]]


def records_of(region: Region, register: Register) -> tuple[Records, Skipped, Records]:
    """Return the records of a region's table, the lines that are none, and its total rows.

    Rows and columns of both count from 1 on the sheet; a record that nobody
    filled in (`Skip.UNFILLED`) is among the lines. The cells include those
    under no header, where there are any.
    """
    table = region.table
    assert table is not None
    skipped, body = classify(region.grid, table, register)
    lines: Skipped = {
        (region.row + at + 1, region.col + 1): found
        for at, found in skipped.items()
        # Right of another table a blank line is no line: it is accounted for there.
        if not (region.col and found[0] is Skip.BLANK)
    }
    records = _cells(region, table, body)
    records, left_out = without_unfilled(records, table.moved(region.row, region.col))
    lines |= left_out
    sums = [at for at, (why, _) in skipped.items() if why is Skip.TOTAL]
    return records, lines, _cells(region, table, sums)


def lines_of(region: Region) -> Skipped:
    """Return every line of a region without a table."""
    texts = [
        " ".join(written(cell) for cell in row if cell is not None) for row in region.grid.rows
    ]
    return {
        (region.row + at + 1, region.col + 1): (Skip.NO_TABLE if text else Skip.BLANK, text)
        for at, text in enumerate(texts)
        if text or not region.col
    }


def _cells(region: Region, table: Table, body: Sequence[int]) -> Records:
    rows = region.grid.rows
    across = {at for block in table.blocks for at in block.takes.values()}
    aside = across | {position for position, _ in table.totals}
    named = {h.position for h in table.headings} | {position for position, _ in table.unknown}
    fixed = [
        at
        for at in range(region.grid.width)
        if at not in aside and (at in named or any(not is_blank(rows[line][at]) for line in body))
    ]
    if table.blocks:
        return unpivot(rows, body, fixed, table.blocks, row=region.row, col=region.col)
    return Records(
        np.asarray(body, dtype="int64") + region.row + 1,
        np.full(len(body), region.col + 1, dtype="int64"),
        {region.col + at: Coded.of(rows[line][at] for line in body) for at in fixed},
    )


def without_unfilled(records: Records, table: Table) -> tuple[Records, Skipped]:
    """Take out the records that nobody filled in."""
    empty = unfilled(records, table)
    if not empty.any():
        return records, {}
    out = {
        (int(records.rows[at]), int(records.cols[at])): (Skip.UNFILLED, _shown(records, at))
        for at in np.flatnonzero(empty).tolist()
    }
    return _chosen(records, ~empty), out


def unfilled(records: Records, table: Table) -> NDArray[np.bool_]:
    """Tell the records whose key is written out and whose values are all empty.

    So are the rows of a form with the counties filled in that nobody went on
    with, and the empty cells of a wide table. A row with one lone value column
    is no such form: its empty cell is a missing value.
    """
    key = table.dataset.key
    names = [h for h in table.headings if h.column is not None and h.column.name in key]
    about = {h.position for h in table.headings if h.part in ("prefecture", "ignored")}
    about |= {h.position for h in table.headings if h.column and h.column.name == "origin"}
    about |= {h.position for h in names}
    values = [at for at in records.cells if at not in about]
    # A column without a header is none of the form's own.
    known = {h.position for h in table.headings} | {position for position, _ in table.unknown}
    if len(known & set(values)) < (1 if table.blocks else 2):
        return np.zeros(len(records), dtype=bool)
    empty = np.ones(len(records), dtype=bool)
    for at in values:
        empty &= records.cells[at].blank
    for name in {h.column.name for h in names if h.column is not None}:
        told = [h.position for h in names if h.column is not None and h.column.name == name]
        empty &= ~np.logical_and.reduce([records.cells[at].blank for at in told])
    return empty


def _shown(records: Records, at: int) -> str:
    cells = (records.cells[position][at] for position in sorted(records.cells))
    return " ".join(written(cell) for cell in cells if cell is not None)


def _chosen(records: Records, keep: NDArray[np.bool_]) -> Records:
    chosen = np.flatnonzero(keep)
    return Records(
        records.rows[keep],
        records.cols[keep],
        {at: cells.take(chosen) for at, cells in records.cells.items()},
    )
