"""A foreign sheet's rows, and which of its columns a declaration uses for what."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cached_property

from agriqa.areas import Register
from agriqa.datasets import datasets
from agriqa.ingest.body import classify
from agriqa.ingest.cells import tidy, written
from agriqa.ingest.context import Context, context_of
from agriqa.ingest.foreign import Foreign, Located, shown
from agriqa.ingest.header import Table, plain
from agriqa.ingest.readers import Cell
from agriqa.ingest.reading import Skip
from agriqa.ingest.records import is_blank
from agriqa.ingest.sourcemodel import TableMap


class ForeignSheet:
    """What all the tables of a sheet share: its rows, and which columns are used for what."""

    def __init__(self, found: Located, register: Register) -> None:
        self.found, self.source, self.register = found, found.source, register
        first = datasets()[self.source.table[0].dataset]
        header = Table(first, found.header_rows, headings=())
        lines, body = classify(found.grid, header, register)
        if found.added:
            del lines[found.start]
        self.skipped = {(found.row_number(row), 1): why for row, why in lines.items()}
        self.rows = [list(row) for row in found.grid.rows]
        totals = set(map(plain, self.source.totals))
        self.body = []
        for row in body:
            named = next(plain(tidy(cell)) for cell in self.rows[row] if not is_blank(cell))
            if named in totals:
                self.skipped[found.row_number(row), 1] = (Skip.TOTAL, shown(self.rows[row]))
            else:
                self.body.append(row)
        self._fill()
        said = context_of(found.grid, found.start, found.path, register)
        self.units = said.units
        self.context = Context((), said.prefecture)

    def _fill(self) -> None:
        """Repeat the cell above in the empty cells of the columns to be filled."""
        for name in self.source.fill:
            column = self.column((name,))
            above: Cell = None
            for row in self.body:
                cells = self.rows[row]
                if is_blank(cells[column.position]):
                    cells[column.position] = above
                above = cells[column.position]

    @cached_property
    def named(self) -> set[int]:
        """Positions of the columns that the declaration names."""
        names = [*self.source.match.headers, *self.source.header.names, *self.source.where]
        for table in self.source.table:
            names += [name for name in table.names if name not in self.made(table)]
        found = (self.found.find((name,)) for name in names)
        return {column.position for column in found if column is not None}

    def made(self, table: TableMap) -> set[str]:
        """Return the names of the fields that the table's wide or split makes."""
        if table.split is not None:
            return set(table.split.gives)
        if table.wide is None:
            return set()
        pattern = re.compile(table.wide.columns)
        groups = set(pattern.groupindex)
        if "part" not in groups:
            return groups | {"unit", "value"}
        fitting = (pattern.fullmatch(column.path) for column in self.found.columns)
        return groups | {"unit"} | {match["part"] for match in fitting if match and match["part"]}

    def across(self, table: TableMap) -> list[tuple[Foreign, re.Match[str]]]:
        """Return the columns that stand for values in a wide table."""
        if table.wide is None:
            return []
        free = [
            column
            for column in self.found.columns
            if column.position not in self.named and not self.source.ignores(column.text)
        ]
        pattern = re.compile(table.wide.columns)
        return [(column, m) for column in free if (m := pattern.fullmatch(column.path))]

    @cached_property
    def used(self) -> set[int]:
        """Positions of the columns from which something is read."""
        wide = {c.position for table in self.source.table for c, _ in self.across(table)}
        return self.named | wide

    def nameless(self) -> list[int]:
        """Positions of the columns that have values but no header."""
        headed = {column.position for column in self.found.columns}
        return [
            at
            for at in range(self.found.grid.width)
            if at not in headed and any(not is_blank(self.rows[row][at]) for row in self.body)
        ]

    def raw(self, row: int) -> str:
        """Return a row of the sheet as JSON."""
        cells = self.rows[row]
        named = {column.path: written(cells[column.position]) for column in self.found.columns}
        return json.dumps(named, ensure_ascii=False)

    @property
    def line_unit(self) -> str | None:
        """The unit that the lines above the table state, if it is the only one."""
        return self.units[0] if len(self.units) == 1 else None

    def column(self, names: Sequence[str]) -> Foreign:
        """Return the column that the first of `names` means.

        Raises
        ------
        IngestError
            If there is none.
        """
        column = self.found.find(names)
        if column is None:
            raise self.found.lacking(names)
        return column
