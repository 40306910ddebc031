"""The records of a foreign sheet: a row each, or a value across, or an item of a cell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from agriqa.ingest.cells import Trouble, tidy, written
from agriqa.ingest.foreign import Foreign, shown
from agriqa.ingest.foreignsheet import ForeignSheet
from agriqa.ingest.readers import Cell
from agriqa.ingest.reading import Reason, Skip
from agriqa.ingest.records import is_blank
from agriqa.ingest.sourcemodel import TableMap

# What the columns of a record across have in common, and each with its part.
_Group = tuple[tuple[tuple[str, str | None], ...], list[tuple[Foreign, str]]]
Skips = dict[tuple[int, int], tuple[Skip, str]]


@dataclass
class Record:
    """A record to be.

    Attributes
    ----------
    row : int
        Row of the grid, from 0.
    col : int
        First column of its own cells, or the number of the item in its row, from 1.
    fields : dict
        What it has beyond its row.
    units : dict
        The units its fields are written in, as far as the header says.
    values : dict
        What it says for the columns of the dataset.
    trouble : tuple or None
        Why it is set aside: column, header, value as written, and the trouble.
    """

    row: int
    col: int
    fields: dict[str, Cell] = field(default_factory=dict)
    units: dict[str, str | None] = field(default_factory=dict)
    values: dict[str, Cell] = field(default_factory=dict)
    trouble: tuple[str, str, str, Trouble] | None = None


def records(sheet: ForeignSheet, table: TableMap, skipped: Skips) -> Iterator[Record]:
    """Yield the records that a sheet holds for a table; blank ones are added to `skipped`."""
    if table.wide is not None:
        yield from _wide(sheet, table, skipped)
    elif table.split is not None:
        for row in sheet.body:
            yield from _split(sheet, table, row, skipped)
    else:
        yield from (Record(row, 1) for row in sheet.body)


def _wide(sheet: ForeignSheet, table: TableMap, skipped: Skips) -> Iterator[Record]:
    """Yield for each row a record of each value that stands across."""
    across = sheet.across(table)
    if not across:
        raise sheet.found.lacking((table.wide.columns if table.wide else "",))
    groups = _groups(across)
    for row in sheet.body:
        cells = sheet.rows[row]
        for named, columns in groups:
            record = Record(row, min(c.position for c, _ in columns) + 1, dict(named))
            record.fields |= {part: cells[column.position] for column, part in columns}
            record.units = {part: column.unit for column, part in columns}
            stated = [column.unit for column, _ in columns if column.unit]
            record.fields.setdefault("unit", stated[0] if stated else sheet.line_unit)
            if all(is_blank(cells[column.position]) for column, _ in columns):
                said = "/".join(text for _, text in named if text)
                skipped[sheet.found.row_number(row), record.col] = (Skip.BLANK, said)
            else:
                yield record


def _groups(across: list[tuple[Foreign, re.Match[str]]]) -> list[_Group]:
    """Put the columns together that differ in their part alone.

    A part that stands twice begins another group: whether the two agree is
    for the check of keys to say.
    """
    groups: list[_Group] = []
    for column, match in across:
        key = match.groupdict()
        part = key.pop("part", None) or "value"
        named = tuple(key.items())
        for other, columns in groups:
            if other == named and part not in {taken for _, taken in columns}:
                columns.append((column, part))
                break
        else:
            groups.append((named, [(column, part)]))
    return groups


def _split(sheet: ForeignSheet, table: TableMap, row: int, skipped: Skips) -> Iterator[Record]:
    """Yield a record of each item that a row's cells hold, numbered from 1."""
    split = table.split
    assert split is not None
    cells = sheet.rows[row]
    if split.field:
        column = sheet.column(split.field)
        items = _items(split.items, cells[column.position])
        parted = [tuple(part.strip() for part in item.split(str(split.by))) for item in items]
        even = all(len(parts) == len(split.parts) for parts in parted)
        text, header = written(cells[column.position]), column.text
    else:
        columns = [sheet.column((name,)) for name in split.lists.values()]
        lists = [_items(split.items, cells[column.position]) for column in columns]
        even = len({len(items) for items in lists}) == 1
        parted = list(zip(*lists, strict=False))
        text = " | ".join(written(cells[column.position]) for column in columns)
        header = " | ".join(column.text for column in columns)
    if not even:
        record = Record(row, 1)
        record.trouble = (header, header, text, _uneven(len(split.gives), split.by))
        yield record
    elif not parted:
        skipped[sheet.found.row_number(row), 1] = (Skip.BLANK, shown(cells))
    for number, parts in enumerate(parted if even else (), start=1):
        yield Record(row, number, dict(zip(split.gives, parts, strict=True)))


def _items(pattern: str, cell: Cell) -> list[str]:
    return [item.strip() for item in re.split(pattern, tidy(cell)) if item and item.strip()]


def _uneven(number: int, by: str | None) -> Trouble:
    if by is not None:
        zh = f"每项须恰有 {number} 部分，以“{by}”分隔"
        en = f"each item needs {number} parts, joined by {by!r}"
    else:
        zh, en = "各列的项数不同，不能一一对应", "the columns hold different numbers of items"
    return Trouble(Reason.UNEVEN_LISTS, zh, en, "项数一致 equal numbers")
