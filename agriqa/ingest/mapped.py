"""Applying a source's declaration: from a foreign sheet to the rows of its datasets."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace

import pandas as pd

from agriqa.areas import Register
from agriqa.datasets import Dataset, datasets
from agriqa.datasets.units import compatible
from agriqa.ingest.cells import Trouble, tidy, written
from agriqa.ingest.foreign import Foreign, Located
from agriqa.ingest.foreignrecords import Record
from agriqa.ingest.foreignrecords import records as foreign_records
from agriqa.ingest.foreignsheet import ForeignSheet
from agriqa.ingest.header import Heading, Table
from agriqa.ingest.mappings import Mappings, Reviewed, sender_of
from agriqa.ingest.readers import Cell
from agriqa.ingest.reading import PROBLEM_COLUMNS, Note, Reason, SheetReading, Skip
from agriqa.ingest.records import Records
from agriqa.ingest.shapes import UnfitError, holds, in_unit, shaper, with_unit
from agriqa.ingest.sourcemodel import TableMap, Value, fields_of
from agriqa.ingest.table import TableReader

Fields = Callable[[Record], Cell]
Place = tuple[int, int]


def read_mapped(
    found: Located, register: Register, mappings: Mappings | None = None
) -> tuple[SheetReading, ...]:
    """Read a sheet as its source declares, one reading for each dataset.

    Parameters
    ----------
    found : Located
        The sheet with its source.
    register : Register
        Resolves counties.
    mappings : Mappings, optional
        What people have decided that unknown names mean.

    Raises
    ------
    IngestError
        If the sheet lacks a column that the declaration needs.
    """
    sheet = ForeignSheet(found, register)
    sender = sender_of(found.path, register)
    return tuple(
        _Mapper(sheet, table, Reviewed(mappings or Mappings(), sender)).read()
        for table in found.source.table
    )


class _Mapper:
    """Turns a sheet's rows into the records of one dataset."""

    def __init__(self, sheet: ForeignSheet, table: TableMap, reviewed: Reviewed) -> None:
        self.reviewed = reviewed
        self.sheet, self.table, self.found = sheet, table, sheet.found
        self.declared: Dataset = datasets()[table.dataset]
        self.skipped: dict[Place, tuple[Skip, str]] = dict(sheet.skipped)
        self.notes: list[Note] = []
        self.unit_now: dict[str, dict[int, str]] = defaultdict(dict)

    def read(self) -> SheetReading:
        records = self._chosen(list(foreign_records(self.sheet, self.table, self.skipped)))
        given = self._given()
        for name, value in given.items():
            self._fill(name, value, records)
        good = [record for record in records if record.trouble is None]
        table, cells = self._table(given, good)
        reader = TableReader(
            self.found.grid.name,
            table,
            Records.of([self._row(one) for one in good], [one.col for one in good], cells),
            self.skipped,
            self.sheet.context,
            self.sheet.register,
            reviewed=self.reviewed,
            notes=(*self.found.grid.notes, self._introduction(), *self.notes),
        )
        reading = reader.read()
        columns = (replace(c, how="source") if c.column else c for c in reading.columns)
        reading = replace(reading, columns=tuple(columns))
        return self._with_aside(reading, [r for r in records if r.trouble is not None])

    def _row(self, record: Record) -> int:
        return self.found.row_number(record.row)

    def _introduction(self) -> Note:
        source = self.sheet.source
        return Note(
            "source",
            f"按来源“{source.label.zh}”（{source.name}）读取为{self.declared.label.zh}",
            f"read as {self.declared.name} of source {source.name}",
        )

    def _chosen(self, records: list[Record]) -> list[Record]:
        """Skip the records that the declared conditions leave out."""
        kept = []
        conditions = {**self.sheet.source.where, **self.table.where}
        asked = {name: self._needed((name,)) for name in conditions}
        for record in records:
            wrong = next(
                (n for n, c in conditions.items() if not self._applies(n, c, asked, record)), None
            )
            if wrong is None:
                kept.append(record)
            else:
                text = f"{wrong} = {written(asked[wrong](record))}"
                self.skipped[self._row(record), record.col] = (Skip.FILTERED, text)
        return kept

    def _applies(
        self, name: str, condition: object, asked: Mapping[str, Fields], record: Record
    ) -> bool:
        # A row whose lists do not agree has no items to ask about.
        unasked = record.trouble is not None and name in self.sheet.made(self.table)
        return unasked or holds(condition, asked[name](record))  # type: ignore[arg-type]

    # --- values --------------------------------------------------------------------

    def _field(self, names: tuple[str, ...]) -> tuple[Fields, Foreign | None, str] | None:
        """Return how to get a field, the column it stands in, and its name."""
        made = self.sheet.made(self.table)
        for name in names:
            said = self.found.context(name)
            if name in made:
                return (lambda r, n=name, s=said: _first(r.fields.get(n), s)), None, name
            column = self.found.find((name,))
            if column is not None:
                at = column.position
                return (lambda r, at=at: self.sheet.rows[r.row][at]), column, name
            if said is not None:
                return (lambda _r, s=said: s), None, name
        return None

    def _needed(self, names: tuple[str, ...]) -> Fields:
        found = self._field(names)
        if found is None:
            raise self.found.lacking(names)
        return found[0]

    def _given(self) -> dict[str, Value]:
        """Return the declared columns that this sheet has, those made of others last."""
        rank = {name: (v.template is not None) + 2 * (v.unit_of is not None)
                for name, v in self.table.column.items()}  # fmt: skip
        given = {}
        for name in sorted(rank, key=lambda name: rank[name]):
            value = self.table.column[name]
            if value.source and self._field(value.source) is None:
                column = self.declared[name]
                if column.required and column.default is None:
                    raise self.found.lacking(value.source)
                listed = "、".join(value.source)
                self.notes.append(
                    Note(
                        "lacking",
                        f"工作表没有“{listed}”，{column.label.zh}留空",
                        f"the sheet lacks {listed}; {name} stays empty",
                        "warning",
                    )
                )
                continue
            given[name] = value
        return given

    def _fill(self, name: str, value: Value, records: list[Record]) -> None:
        get = self._getter(name, value)
        for record in records:
            if record.trouble is not None:
                continue
            try:
                record.values[name] = get(record)
            except UnfitError as error:
                shown_cell, header = self._origin(value, record)
                record.trouble = (name, header, shown_cell, error.trouble)

    def _origin(self, value: Value, record: Record) -> tuple[str, str]:
        found = self._field(value.source) if value.source else None
        if found is None:
            return "", value.template or ""
        return written(found[0](record)), found[1].text if found[1] else found[2]

    def _getter(self, name: str, value: Value) -> Fields:
        if value.value is not None:
            return lambda _record: value.value
        if value.template is not None:
            return self._template(value.template)
        if value.unit_of is not None:
            units = self.unit_now[value.unit_of]
            return lambda record: units.get(id(record))
        get, column, field_name = self._field(value.source) or (None, None, "")
        assert get is not None
        shape = shaper(self.sheet.source, self.declared[name], value, self.sheet.register)
        if not value.to:
            return lambda record: shape(get(record))

        def converted(record: Record) -> Cell:
            unit = self._unit(value, column, field_name, record)
            cell, now = in_unit(shape(get(record)), unit, value.to)
            self.unit_now[name][id(record)] = now
            return cell

        return converted

    def _template(self, template: str) -> Fields:
        names = list(fields_of(template))
        parts = {
            name: (lambda r, n=name: r.values.get(n))
            if name in self.table.column
            else self._needed((name,))
            for name in names
        }

        def filled(record: Record) -> Cell:
            texts = {name: re.sub(r"\s+", "", tidy(part(record))) for name, part in parts.items()}
            empty = next((name for name, text in texts.items() if not text), None)
            if empty is not None:
                raise UnfitError(
                    Trouble(
                        Reason.REQUIRED,
                        f"“{empty}”是空的，不能拼成“{template}”",
                        f"{empty!r} is empty, so that {template!r} cannot be made",
                        "不能为空 not empty",
                    )
                )
            return template.format_map(texts)

        return filled

    def _unit(self, value: Value, column: Foreign | None, name: str, record: Record) -> str | None:
        """Return the unit a cell is written in: the header's, a line's above, the declared one."""
        own = record.units.get(name) if column is None else column.unit
        stated = self.sheet.line_unit
        target = value.to or (value.unit,)
        if own is None and stated and any(t and compatible(stated, t) for t in target):
            own = stated
        return own or value.unit

    # --- the table -----------------------------------------------------------------

    def _table(
        self, given: Mapping[str, Value], records: list[Record]
    ) -> tuple[Table, dict[int, list[Cell]]]:
        headings: list[Heading] = []
        cells: dict[int, list[Cell]] = {}
        free = self.found.grid.width
        for name, value in given.items():
            column = self.declared[name]
            found = self._field(value.source) if value.source else None
            origin, field_name = (found[1], found[2]) if found else (None, name)
            at = origin.position if origin is not None and origin.position not in cells else free
            free += at == free
            written_cells = [record.values[name] for record in records]
            unit = None
            if value.source and not value.to and column.unit is not None:
                units = [self._unit(value, origin, field_name, record) for record in records]
                unit, written_cells = _one_unit(units, written_cells)
            text = origin.text if origin else field_name
            headings.append(Heading(at, text, column, "value", unit))
            cells[at] = written_cells
        unknown = []
        for foreign in self.found.columns:
            if foreign.position in self.sheet.used:
                continue
            if self.sheet.source.ignores(foreign.text):
                headings.append(Heading(foreign.position, foreign.text, None, "ignored"))
            else:
                unknown.append((foreign.position, foreign.text))
            cells[foreign.position] = self._cells(foreign.position, records)
        for position in self.sheet.nameless():
            cells[position] = self._cells(position, records)
        header = self.found.header_rows
        return Table(self.declared, header, tuple(headings), tuple(unknown)), cells

    def _cells(self, position: int, records: list[Record]) -> list[Cell]:
        return [self.sheet.rows[record.row][position] for record in records]

    def _with_aside(self, reading: SheetReading, aside: list[Record]) -> SheetReading:
        """Add the records that never came to be rows of the dataset."""
        lines = []
        for record in aside:
            assert record.trouble is not None
            column, header, value, trouble = record.trouble
            lines.append(
                (self._row(record), record.col, column, header, value, str(trouble.reason),
                 trouble.zh, trouble.en, trouble.allowed, self.sheet.raw(record.row))
            )  # fmt: skip
        if not lines:
            return reading
        added = pd.DataFrame(lines, columns=list(PROBLEM_COLUMNS))
        problems = added if reading.problems.empty else pd.concat([reading.problems, added])
        return replace(
            reading,
            problems=problems.sort_values(["row", "col"], kind="stable", ignore_index=True),
            rows_read=reading.rows_read + len(lines),
        )


def _first(own: Cell, said: Cell) -> Cell:
    return said if own is None else own


def _one_unit(units: list[str | None], cells: list[Cell]) -> tuple[str | None, list[Cell]]:
    """Return the unit of a column, or write each cell's own behind it where they differ."""
    distinct = set(units)
    if len(distinct) <= 1:
        return (units[0] if units else None), cells
    return None, [
        cell if unit is None else with_unit(cell, unit)
        for cell, unit in zip(cells, units, strict=True)
    ]
