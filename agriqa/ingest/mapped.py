"""Applying a source's declaration: from a foreign sheet to the rows of its datasets."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import pandas as pd

from agriqa.areas import Register
from agriqa.datasets import Dataset, datasets
from agriqa.datasets.units import compatible
from agriqa.ingest.body import classify
from agriqa.ingest.cells import Trouble, tidy, written
from agriqa.ingest.context import Context, context_of
from agriqa.ingest.foreign import Foreign, Foreigner, shown
from agriqa.ingest.header import Heading, Table, plain
from agriqa.ingest.readers import Cell
from agriqa.ingest.reading import PROBLEM_COLUMNS, Note, Reason, SheetReading, Skip
from agriqa.ingest.records import Records, is_blank
from agriqa.ingest.shapes import UnfitError, holds, in_unit, shaper, with_unit
from agriqa.ingest.sources import TableMap, Value, fields_of
from agriqa.ingest.table import TableReader

Fields = Callable[["_Record"], Cell]
Place = tuple[int, int]


@dataclass
class _Record:
    """A record to be: its row of the grid, its column from 1, fields of its own."""

    row: int
    col: int
    fields: dict[str, Cell] = field(default_factory=dict)
    units: dict[str, str | None] = field(default_factory=dict)
    values: dict[str, Cell] = field(default_factory=dict)
    trouble: tuple[str, str, str, Trouble] | None = None


def read_mapped(found: Foreigner, register: Register) -> tuple[SheetReading, ...]:
    """Read a sheet as its source declares, one reading for each dataset.

    Raises
    ------
    IngestError
        If the sheet lacks a column that the declaration needs.
    """
    sheet = _Sheet(found, register)
    return tuple(_Mapper(sheet, table).read() for table in found.source.table)


class _Sheet:
    """What all the tables of a sheet share: its rows, and which columns are used for what."""

    def __init__(self, found: Foreigner, register: Register) -> None:
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
            column = self.found.find((name,))
            if column is None:
                raise self.found.lacking((name,))
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
            names += [name for name in table.names if name not in _made(table)]
        found = (self.found.find((name,)) for name in names)
        return {column.position for column in found if column is not None}

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


def _made(table: TableMap) -> set[str]:
    """Return the names of the fields that wide or split make."""
    if table.split is not None:
        return set(table.split.gives)
    if table.wide is None:
        return set()
    groups = set(re.compile(table.wide.columns).groupindex)
    return groups | ({"unit"} if "part" in groups else {"unit", "value"})


class _Mapper:
    """Turns a sheet's rows into the records of one dataset."""

    def __init__(self, sheet: _Sheet, table: TableMap) -> None:
        self.sheet, self.table, self.found = sheet, table, sheet.found
        self.declared: Dataset = datasets()[table.dataset]
        self.skipped: dict[Place, tuple[Skip, str]] = dict(sheet.skipped)
        self.notes: list[Note] = []
        self.unit_now: dict[str, dict[int, str]] = defaultdict(dict)

    def read(self) -> SheetReading:
        records = self._chosen(list(self._records()))
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
            notes=(*self.found.grid.notes, self._introduction(), *self.notes),
        )
        return self._with_aside(reader.read(), [r for r in records if r.trouble is not None])

    def _row(self, record: _Record) -> int:
        return self.found.row_number(record.row)

    def _introduction(self) -> Note:
        source = self.sheet.source
        return Note(
            "source",
            f"按来源“{source.label.zh}”（{source.name}）读取为{self.declared.label.zh}",
            f"read as {self.declared.name} of source {source.name}",
        )

    # --- records -------------------------------------------------------------------

    def _records(self) -> Iterator[_Record]:
        if self.table.wide is not None:
            yield from self._wide()
        elif self.table.split is not None:
            for row in self.sheet.body:
                yield from self._split(row)
        else:
            yield from (_Record(row, 1) for row in self.sheet.body)

    def _wide(self) -> Iterator[_Record]:
        """Yield for each row a record of each value that stands across."""
        across = self.sheet.across(self.table)
        if not across:
            raise self.found.lacking((self.table.wide.columns if self.table.wide else "",))
        groups: dict[tuple[tuple[str, str | None], ...], list[tuple[Foreign, str]]] = {}
        for column, match in across:
            key = match.groupdict()
            part = key.pop("part", None) or "value"
            groups.setdefault(tuple(key.items()), []).append((column, part))
        for row in self.sheet.body:
            cells = self.sheet.rows[row]
            for named, columns in groups.items():
                record = _Record(row, min(c.position for c, _ in columns) + 1, dict(named))
                record.fields |= {part: cells[column.position] for column, part in columns}
                record.units = {part: column.unit for column, part in columns}
                stated = [column.unit for column, _ in columns if column.unit]
                record.fields.setdefault("unit", stated[0] if stated else self._line_unit())
                if all(is_blank(cells[column.position]) for column, _ in columns):
                    said = "/".join(text for _, text in named if text)
                    self.skipped[self._row(record), record.col] = (Skip.BLANK, said)
                else:
                    yield record

    def _split(self, row: int) -> Iterator[_Record]:
        """Yield a record of each item that a row's cells hold, numbered from 1."""
        split = self.table.split
        assert split is not None
        cells = self.sheet.rows[row]
        if split.field:
            column = self._column(split.field)
            items = _items(split.items, cells[column.position])
            parted = [tuple(part.strip() for part in item.split(str(split.by))) for item in items]
            even, text = (
                all(len(p) == len(split.parts) for p in parted),
                written(cells[column.position]),
            )
            header = column.text
        else:
            columns = [self._column((name,)) for name in split.lists.values()]
            lists = [_items(split.items, cells[column.position]) for column in columns]
            even = len({len(items) for items in lists}) == 1
            parted = list(zip(*lists, strict=False))
            text = " | ".join(written(cells[column.position]) for column in columns)
            header = " | ".join(column.text for column in columns)
        if not even:
            record = _Record(row, 1)
            record.trouble = (header, header, text, _uneven(len(split.gives), split.by))
            yield record
        elif not parted:
            self.skipped[self.found.row_number(row), 1] = (Skip.BLANK, shown(cells))
        for number, parts in enumerate(parted if even else (), start=1):
            yield _Record(row, number, dict(zip(split.gives, parts, strict=True)))

    def _column(self, names: tuple[str, ...]) -> Foreign:
        column = self.found.find(names)
        if column is None:
            raise self.found.lacking(names)
        return column

    def _chosen(self, records: list[_Record]) -> list[_Record]:
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
        self, name: str, condition: object, asked: Mapping[str, Fields], record: _Record
    ) -> bool:
        # A row whose lists do not agree has no items to ask about.
        unasked = record.trouble is not None and name in _made(self.table)
        return unasked or holds(condition, asked[name](record))  # type: ignore[arg-type]

    # --- values --------------------------------------------------------------------

    def _field(self, names: tuple[str, ...]) -> tuple[Fields, Foreign | None, str] | None:
        """Return how to get a field, the column it stands in, and its name."""
        made = _made(self.table)
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

    def _fill(self, name: str, value: Value, records: list[_Record]) -> None:
        get = self._getter(name, value)
        for record in records:
            if record.trouble is not None:
                continue
            try:
                record.values[name] = get(record)
            except UnfitError as error:
                shown_cell, header = self._origin(value, record)
                record.trouble = (name, header, shown_cell, error.trouble)

    def _origin(self, value: Value, record: _Record) -> tuple[str, str]:
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

        def converted(record: _Record) -> Cell:
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

        def filled(record: _Record) -> Cell:
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

    def _line_unit(self) -> str | None:
        """Return the unit that a line above the table states, if it is the only one."""
        return self.sheet.units[0] if len(self.sheet.units) == 1 else None

    def _unit(self, value: Value, column: Foreign | None, name: str, record: _Record) -> str | None:
        """Return the unit a cell is written in: the header's, a line's above, the declared one."""
        own = record.units.get(name) if column is None else column.unit
        stated = self._line_unit()
        target = value.to or (value.unit,)
        if own is None and stated and any(t and compatible(stated, t) for t in target):
            own = stated
        return own or value.unit

    # --- the table -----------------------------------------------------------------

    def _table(
        self, given: Mapping[str, Value], records: list[_Record]
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

    def _cells(self, position: int, records: list[_Record]) -> list[Cell]:
        return [self.sheet.rows[record.row][position] for record in records]

    def _with_aside(self, reading: SheetReading, aside: list[_Record]) -> SheetReading:
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


def _items(pattern: str, cell: Cell) -> list[str]:
    return [item.strip() for item in re.split(pattern, tidy(cell)) if item and item.strip()]


def _one_unit(units: list[str | None], cells: list[Cell]) -> tuple[str | None, list[Cell]]:
    """Return the unit of a column, or write each cell's own behind it where they differ."""
    distinct = set(units)
    if len(distinct) <= 1:
        return (units[0] if units else None), cells
    return None, [
        cell if unit is None else with_unit(cell, unit)
        for cell, unit in zip(cells, units, strict=True)
    ]


def _uneven(number: int, by: str | None) -> Trouble:
    if by is not None:
        zh, en = (
            f"每项须恰有 {number} 部分，以“{by}”分隔",
            f"each item needs {number} parts by {by!r}",
        )
    else:
        zh, en = "各列的项数不同，不能一一对应", "the columns hold different numbers of items"
    return Trouble(Reason.UNEVEN_LISTS, zh, en, "项数一致 equal numbers")
