"""What each column of a table was understood as, and where the table stands."""

from __future__ import annotations

from collections.abc import Iterator

from agriqa.datasets.units import unit_label
from agriqa.ingest.cells import Trouble
from agriqa.ingest.context import Context
from agriqa.ingest.header import Heading, Table
from agriqa.ingest.reading import ColumnReading
from agriqa.ingest.records import Records
from agriqa.ingest.unit import written_unit


def columns_of(table: Table, context: Context, records: Records) -> tuple[ColumnReading, ...]:
    """Return what each column of the sheet was understood as, from left to right.

    What the title or the header of a wide table says comes first, at position 0
    and below.
    """
    found = [
        *_from_context(table, context),
        *(_reading(heading, context) for heading in table.headings),
        *(_unread(position, text, "unknown") for position, text in table.unknown),
        *(_unread(position, text, "total") for position, text in table.totals),
    ]
    named = {h.position for h in table.headings} | {position for position, _ in table.unknown}
    found += [_unread(at, "", "unknown") for at in records.cells if at not in named]
    return tuple(sorted(found, key=lambda one: one.position))


def place_of(table: Table, records: Records) -> str:
    """Return where a table stands on its sheet, like ``A3:F27``, header included."""
    across = [at for block in table.blocks for at in block.takes.values()]
    named = [h.position for h in table.headings] + [position for position, _ in table.unknown]
    columns = [at for at in (*named, *across, *(p for p, _ in table.totals)) if at >= 0]
    last = max([*table.header_rows, *(int(row) - 1 for row in records.rows[-1:])])
    first = f"{letters(min(columns))}{table.header_rows[0] + 1}"
    return f"{first}:{letters(max(columns))}{last + 1}"


def letters(column: int) -> str:
    """Return the letters of a column counted from 0.

    Examples
    --------
    >>> letters(0), letters(25), letters(26), letters(701), letters(702)
    ('A', 'Z', 'AA', 'ZZ', 'AAA')
    """
    text, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def _reading(heading: Heading, context: Context) -> ColumnReading:
    column = heading.column
    name = None if column is None else column.name
    unit, found = written_unit(heading, context)
    if isinstance(found, Trouble):
        unit = heading.unit
    elif unit is None and column is not None and column.type in ("number", "measurement"):
        unit = unit_label(str(column.unit)) or None
    how = "ignored" if heading.part == "ignored" else heading.how
    return ColumnReading(heading.position + 1, heading.text, name, unit, how)


def _from_context(table: Table, context: Context) -> Iterator[ColumnReading]:
    if "year" in table.from_context and context.years:
        yield ColumnReading(0, context.year_from, "year", None, "context")
    county = next(
        (h.column for h in table.headings if h.column and h.column.type == "county"), None
    )
    if county is not None and context.prefecture:
        said = f"{context.prefecture}：{context.prefecture_from}"
        yield ColumnReading(0, said, county.name, None, "context")


def _unread(position: int, text: str, how: str) -> ColumnReading:
    return ColumnReading(position + 1, text, None, None, how)
