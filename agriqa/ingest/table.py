"""From the records of a recognised table to rows kept, quarantined and skipped."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from agriqa.areas import Register
from agriqa.datasets import Column, Dataset
from agriqa.datasets.schema import DTYPES, check_frame
from agriqa.errors import nearest
from agriqa.ingest.cells import Converted, Trouble, converter, written
from agriqa.ingest.context import Context
from agriqa.ingest.header import Heading, Table, plain
from agriqa.ingest.keys import contradictions, repeats
from agriqa.ingest.mappings import Mappings, Reviewed, kind_of
from agriqa.ingest.places import CountyCells, PrefectureCells
from agriqa.ingest.readers import Cell
from agriqa.ingest.plausible import broken_relations, within
from agriqa.ingest.reading import (
    PROBLEM_COLUMNS,
    SKIPPED_COLUMNS,
    ColumnReading,
    Note,
    Reason,
    SheetReading,
    Skip,
)
from agriqa.ingest.records import Coded, Records, is_blank
from agriqa.ingest.unit import written_unit

Skips = Mapping[tuple[int, int], tuple[Skip, str]]


class TableReader:
    """Reads the records of one recognised table.

    Parameters
    ----------
    sheet : str
        The sheet's name.
    table : Table
        Dataset and headings.
    records : Records
        The cells under the headings.
    skipped : mapping
        The lines around the records: (row, column) -> reason and text.
    context : Context
        What the lines above the table and the names of sheet and file say.
    register : Register
        Resolves counties.
    reviewed : Reviewed, optional
        What people decided that the sender's names mean.
    whole : bool
        Whether these are all the records of the table; of a part, rows that
        share a key are for the store to find.
    notes : iterable of Note
        What is known about the sheet already.
    """

    def __init__(
        self,
        sheet: str,
        table: Table,
        records: Records,
        skipped: Skips,
        context: Context,
        register: Register,
        *,
        reviewed: Reviewed | None = None,
        whole: bool = True,
        notes: Iterable[Note] = (),
    ) -> None:
        self.sheet, self.table, self.records = sheet, table, records
        self.context, self.register, self.whole = context, register, whole
        self.reviewed = reviewed or Reviewed(Mappings(), "")
        self.declared: Dataset = table.dataset
        self.skipped = dict(skipped)
        self.values: dict[str, pd.Series] = {}
        self.withheld: dict[int, list[str]] = defaultdict(list)
        self.problems: dict[int, list[tuple[str, str, str, Trouble]]] = defaultdict(list)
        self.units: dict[int, str | None] = {}
        self.notes: dict[str, Note] = {note.kind + note.message_zh: note for note in notes}

    def read(self) -> SheetReading:
        """Convert every column; then structure, values, keys, repeats and plausibility."""
        rows_read = len(self.records) + len(self.skipped)
        self._columns()
        self._listed_as_withheld()
        self._years()
        self._places()
        self._sheet_wide_problems()
        for zh, en in self.reviewed.remarks:
            self._note("decision", zh, en)
        self._required()
        good = self._frame()
        for record, column, shown, trouble in broken_relations(good, self.declared):
            self.problems[record].append((column, column, shown, trouble))
        good = good[~good.index.isin(self.problems)]
        if self.whole:
            for record, column, shown, trouble in contradictions(good, self.declared):
                self.problems[record].append((column, column, shown, trouble))
            good = good[~good.index.isin(self.problems)]
            again = repeats(good, self.declared)
            self.skipped |= {self._place(record): why for record, why in again.items()}
            good = good[~good.index.isin(again)]
        check_frame(good[self.declared.columns], self.declared, unique=self.whole)
        warnings = within(good, self.declared, self.register)
        skipped = sorted((*place, reason, text) for place, (reason, text) in self.skipped.items())
        return SheetReading(
            sheet=self.sheet,
            dataset=self.declared.name,
            kept=good.reset_index(drop=True),
            problems=self._problem_frame(),
            skipped=pd.DataFrame(skipped, columns=list(SKIPPED_COLUMNS)),
            rows_read=rows_read,
            notes=tuple(self.notes.values()),
            warnings=warnings,
            columns=tuple(self._understood()),
        )

    def _place(self, record: int) -> tuple[int, int]:
        return int(self.records.rows[record]), int(self.records.cols[record])

    def _cells(self, heading: Heading) -> Coded:
        return self.records.cells[heading.position]

    def _note(self, kind: str, zh: str, en: str) -> None:
        self.notes.setdefault(kind + zh, Note(kind, zh, en))

    def _columns(self) -> None:
        measured: list[tuple[Heading, Column, _Column]] = []
        for heading in self.table.headings:
            column = heading.column
            if column is None or column.type in ("county", "prefecture"):
                continue
            if column.name in self.values:
                self._everywhere(
                    heading,
                    Trouble(
                        Reason.DUPLICATE_COLUMN,
                        f"列“{column.label.zh}”出现两次",
                        f"column {column.name} stands twice",
                        "一列 one column",
                    ),
                )
                continue
            unit = self.units[heading.position] = self._unit(heading)
            found = _Column(self._cells(heading), converter(column, unit, self._decided(column)))
            self.values[column.name] = found.series(DTYPES[column.type])
            self._set_aside(heading, found)
            if column.type == "measurement":
                measured.append((heading, column, found))
        # Once all columns are read: limits and flag may stand on either side of the value.
        for heading, column, found in measured:
            if column.censored_by is not None:
                self._censored(column.censored_by, found)
            self._limits(heading, column, found)

    def _decided(self, column: Column) -> Callable[[str], str | None] | None:
        kind = kind_of(column)
        return None if kind is None else partial(self.reviewed.name, kind)

    def _unit(self, heading: Heading) -> str | None:
        """Return the unit to convert from, or None when it is the declared one."""
        unit, found = written_unit(heading, self.context)
        if isinstance(found, Trouble):
            self._everywhere(heading, found)
        elif found is not None:
            self._note("unit", *found)
        return unit

    def _set_aside(self, heading: Heading, found: _Column) -> None:
        # A prefecture beside a county fills no column of its own.
        name = heading.column.name if heading.column else heading.text
        for record, one in found.records(lambda one: one.trouble is not None):
            assert one.trouble is not None
            shown = written(found.cells[record])
            self.problems[record].append((name, heading.text, shown, one.trouble))
        for record, _ in found.records(lambda one: one.withheld):
            self.withheld[record].append(name)

    def _listed_as_withheld(self) -> None:
        """Take over the columns that the file itself lists as withheld."""
        lists = self.values.get("withheld")
        if lists is None or lists.isna().all():
            return
        spelled = {plain(t): c.name for c in self.declared for t in (c.name, c.label.zh)}
        for record, listed in lists.dropna().items():
            assert isinstance(record, int)
            for word in re.split("[;,、]", str(listed)):
                name = spelled.get(plain(word))
                if name is None:
                    trouble = Trouble(
                        Reason.UNKNOWN_CODE,
                        f"“不公开项”中的“{word}”不是本表的列",
                        f"{word!r} among the withheld items is no column of the dataset",
                        "、".join(self.declared.columns),
                    )
                elif name in self.values and not pd.isna(self.values[name][record]):
                    trouble = Trouble(
                        Reason.CONTRADICTION,
                        f"“{word}”列为不公开，却有数值",
                        f"{word!r} is listed as withheld but has a value",
                        "两列一致 both alike",
                    )
                else:
                    if name not in self.withheld[record]:
                        self.withheld[record].append(name)
                    continue
                self.problems[record].append(("withheld", "不公开项", str(listed), trouble))

    def _censored(self, flag: str, found: _Column) -> None:
        """Fill the column that says whether a measurement is below its limit."""
        known = self.values.get(flag)
        derived = found.series("boolean", lambda one: one.censored)
        if known is None:
            self.values[flag] = derived
            return
        trouble = Trouble(
            Reason.CONTRADICTION,
            "测定值与“未检出”列矛盾",
            f"the value contradicts column {flag}",
            "两列一致 both alike",
        )
        for record in np.flatnonzero((known != derived).fillna(False)).tolist():
            self.problems[record].append((flag, flag, str(known[record]), trouble))
        self.values[flag] = known.fillna(derived)

    def _limits(self, heading: Heading, column: Column, found: _Column) -> None:
        """Keep the 0.01 of "<0.01" in the first of the limits' columns that is empty."""
        limit = found.series("float64", lambda one: one.limit)
        stated = limit.notna()
        if not column.limits or not stated.any():
            return
        empty = pd.Series(np.nan, index=limit.index)
        held = {name: self.values.get(name, empty) for name in column.limits}
        for values in held.values():
            stated &= values != limit
        for name, values in held.items():
            free = stated & values.isna()
            self.values[name] = values.mask(free, limit)
            stated &= ~free
        for record in np.flatnonzero(stated).tolist():
            own = "、".join(f"{self.values[name][record]:g}" for name in column.limits)
            trouble = Trouble(
                Reason.CONTRADICTION,
                f"“<{limit[record]:g}”与本行的检出限、定量限都不相同",
                f"<{limit[record]:g} is none of the row's own limits",
                own,
            )
            self.problems[record].append(
                (column.name, heading.text, f"<{limit[record]:g}", trouble)
            )

    def _everywhere(self, heading: Heading, trouble: Trouble) -> None:
        """Set every row of the table aside: nothing in this column can be trusted."""
        name = heading.column.name if heading.column else heading.text
        cells = self._cells(heading)
        for record in range(len(self.records)):
            self.problems[record].append((name, heading.text, written(cells[record]), trouble))

    def _years(self) -> None:
        """Fill a missing year column from the title, the sheet's or the file's name."""
        if "year" not in self.table.from_context:
            return
        years, n = self.context.years, len(self.records)
        if len(years) == 1:
            found = converter(self.declared["year"], None)(float(years[0]))
            self.values["year"] = _constant(found.value, n, DTYPES["year"])
            if found.trouble is not None:
                for record in range(n):
                    self.problems[record].append(("year", "", str(years[0]), found.trouble))
            self._note(
                "year",
                f"年份 {years[0]} 取自标题或名称",
                f"year {years[0]} is from the title or name",
            )
            return
        self.values["year"] = _constant(None, n, DTYPES["year"])
        shown = "、".join(map(str, years)) or "无"
        trouble = Trouble(
            Reason.YEAR_CONFLICT,
            f"没有年份列，标题和名称中的年份是：{shown}，须恰有一个",
            f"there is no year column and the title names {len(years)} years; one is needed",
            "一个年份 one year",
        )
        for record in range(n):
            self.problems[record].append(("year", "", shown, trouble))

    def _places(self) -> None:
        """Resolve counties and prefectures, each in its row's year."""
        named = self._prefectures()
        counties = [h for h in self.table.headings if h.column and h.column.type == "county"]
        if not counties:
            return
        heading, column = counties[0], counties[0].column
        assert column is not None
        cells = CountyCells(self.register, self.context.prefecture, self.reviewed)
        columns = [self._cells(heading) for heading in counties]
        rows = _Combinations([*columns, self._row_years(), named])
        converted = [
            cells.convert(texts, None if year is None else int(year), prefecture)  # type: ignore[arg-type]
            for *texts, year, prefecture in rows.distinct
        ]
        found = _Column(Coded(rows.codes, []), converted=converted)
        self.values[column.name] = found.series(DTYPES["county"])
        for record, one in found.records(lambda one: one.trouble is not None):
            assert one.trouble is not None
            texts = [each[record] for each in columns]
            shown = " ".join(written(text) for text in texts if text is not None)
            self.problems[record].append((column.name, heading.text, shown, one.trouble))
        for zh, en in cells.remarks:
            self._note("county", zh, en)

    def _prefectures(self) -> Coded:
        """Resolve the prefectures and return the one that each record names."""
        named = Coded(np.zeros(len(self.records), dtype="int64"), [None])
        convert = PrefectureCells(self.register).convert
        for heading in self.table.headings:
            own = heading.column is not None and heading.column.type == "prefecture"
            if heading.part != "prefecture" and not own:
                continue
            read = _Column(self._cells(heading), convert)
            named = Coded(
                read.cells.codes, [str(one.value) if one.value else None for one in read.converted]
            )
            if own and heading.column is not None:
                self.values[heading.column.name] = read.series(DTYPES["prefecture"])
            self._set_aside(heading, read)
        return named

    def _row_years(self) -> Coded:
        for name in ("year", "year_from", "sampled_on"):
            if name in self.values:
                values = self.values[name]
                years = values.dt.year if values.dtype.kind == "M" else values
                codes, distinct = pd.factorize(years, use_na_sentinel=False)
                return Coded(codes, [None if pd.isna(year) else int(year) for year in distinct])
        return Coded(np.zeros(len(self.records), dtype="int64"), [None])

    def _sheet_wide_problems(self) -> None:
        self._headless()
        labels = [column.label.zh for column in self.declared]
        for position, text in self.table.unknown:
            if all(map(is_blank, self.records.cells[position].distinct)):
                continue
            near = nearest(text, [*labels, *self.declared.columns], limit=3)
            shown = "、".join(near) or "无"
            trouble = Trouble(
                Reason.UNKNOWN_COLUMN,
                f"不认识列“{text}”，相近的有：{shown}；请改表头后再载入",
                f"unknown column {text!r}; nearest known: {shown}; correct it and load again",
                shown,
            )
            self._everywhere(Heading(position, text, None), trouble)

    def _headless(self) -> None:
        """Set the rows aside that have values where the header has none; note what is ignored."""
        named = {h.position for h in self.table.headings} | {p for p, _ in self.table.unknown}
        for position, cells in self.records.cells.items():
            if position in named:
                continue
            trouble = Trouble(
                Reason.UNKNOWN_COLUMN,
                f"第 {position + 1} 列没有表头，却有数值，请补表头或删去",
                f"column {position + 1} has a value but no header; name it or remove it",
                "有表头的列 columns with a header",
            )
            for record in np.flatnonzero(~cells.blank).tolist():
                shown = written(cells[record])
                self.problems[record].append(("", f"#{position + 1}", shown, trouble))
        for heading in self.table.headings:
            if heading.part == "ignored" and not self._cells(heading).blank.all():
                self._note(
                    "ignored", f"列“{heading.text}”不入库", f"column {heading.text!r} is not stored"
                )

    def _required(self) -> None:
        n = len(self.records)
        told: dict[str, set[int]] = defaultdict(set)
        for record, found in self.problems.items():
            for name, *_ in found:
                told[name].add(record)
        for column in self.declared:
            values = self.values.get(column.name)
            if values is None:
                self.values[column.name] = _constant(column.default, n, DTYPES[column.type])
                continue
            if column.default is not None:
                self.values[column.name] = values = values.fillna(column.default)
            if not column.required:
                continue
            trouble = Trouble(
                Reason.REQUIRED,
                f"“{column.label.zh}”必须填写",
                f"{column.name} is required",
                "不能为空 not empty",
            )
            for record in np.flatnonzero(values.isna()).tolist():
                hidden = column.name in self.withheld.get(record, ())
                if (hidden and column.name not in self.declared.key) or record in told[column.name]:
                    continue
                self.problems[record].append((column.name, column.label.zh, "", trouble))

    def _frame(self) -> pd.DataFrame:
        """Return the records without problems, by their number."""
        n = len(self.records)
        withheld = {record: ";".join(names) for record, names in self.withheld.items() if names}
        self.values["withheld"] = _constant(None, n, DTYPES["text"])
        if withheld:
            self.values["withheld"] = pd.Series(withheld, dtype=DTYPES["text"]).reindex(range(n))
        frame = pd.DataFrame({name: self.values[name] for name in self.declared.columns})
        frame = frame.assign(
            sheet=_constant(self.sheet, n, DTYPES["text"]),
            row=self.records.rows,
            col=self.records.cols,
        )
        bad = [record for record, found in self.problems.items() if found]
        return frame.drop(index=bad) if bad else frame

    def _problem_frame(self) -> pd.DataFrame:
        texts = {h.position: h.text for h in self.table.headings}
        texts |= dict(self.table.unknown)
        lines = []
        for record in sorted(record for record, found in self.problems.items() if found):
            raw: dict[str, str] = {}
            for position, cells in self.records.cells.items():
                if position in texts or cells[record] is not None:
                    name = texts.get(position, f"#{position + 1}")
                    raw[f"{name} #{position + 1}" if name in raw else name] = written(cells[record])
            shown = json.dumps(raw, ensure_ascii=False)
            for column, header, value, trouble in self.problems[record]:
                lines.append(
                    (*self._place(record), column, header, value, str(trouble.reason), trouble.zh,
                     trouble.en, trouble.allowed, shown)
                )  # fmt: skip
        return pd.DataFrame(lines, columns=list(PROBLEM_COLUMNS))

    def _understood(self) -> Iterable[ColumnReading]:
        """Yield what each column was understood as, in the sheet's order."""
        found = [
            ColumnReading(
                h.position + 1,
                h.text,
                h.column.name if h.column else None,
                self.units.get(h.position),
                h.part if h.column is None else "synonym",
            )
            for h in self.table.headings
        ]
        found += [
            ColumnReading(p + 1, text, None, None, "unknown") for p, text in self.table.unknown
        ]
        return sorted(found, key=lambda column: column.position)


def _constant(value: object, count: int, dtype: str) -> pd.Series:
    """Return a column of one value, made without a Python object for each row."""
    return pd.Series([value], dtype=dtype).take(np.zeros(count, dtype=int)).reset_index(drop=True)


class _Column:
    """A column's cells and what each distinct one was converted to."""

    def __init__(
        self,
        cells: Coded,
        convert: Callable[[Cell], Converted] | None = None,
        *,
        converted: list[Converted] | None = None,
    ) -> None:
        self.cells = cells
        if converted is None:
            assert convert is not None
            converted = [convert(cell) for cell in cells.distinct]
        self.converted = converted

    def series(
        self, dtype: str, part: Callable[[Converted], object] = lambda one: one.value
    ) -> pd.Series:
        """Return one part of each record's conversion."""
        distinct = pd.Series([part(one) for one in self.converted], dtype=dtype)
        return distinct.take(self.cells.codes).reset_index(drop=True)

    def records(self, chosen: Callable[[Converted], bool]) -> Iterable[tuple[int, Converted]]:
        """Yield the records whose conversion is `chosen`, with it."""
        flags = np.array([chosen(one) for one in self.converted], dtype=bool)
        if flags.any():
            for record in np.flatnonzero(flags[self.cells.codes]).tolist():
                yield int(record), self.converted[self.cells.codes[record]]


class _Combinations:
    """The distinct combinations of several columns."""

    def __init__(self, columns: list[Coded]) -> None:
        key: NDArray[np.int64] = np.zeros(len(columns[0]), dtype="int64")
        for column in columns:
            key = key * max(len(column.distinct), 1) + column.codes
        _, first, codes = np.unique(key, return_index=True, return_inverse=True)
        self.codes: NDArray[np.int64] = codes
        self.distinct = [tuple(column[int(at)] for column in columns) for at in first]
