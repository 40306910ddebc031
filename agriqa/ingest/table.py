"""From the body of a recognised table to rows kept, quarantined and skipped."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import defaultdict
from collections.abc import Callable
from functools import partial

import pandas as pd

from agriqa.areas import Register
from agriqa.datasets import Column, Dataset
from agriqa.datasets.schema import DTYPES, check_frame
from agriqa.errors import nearest
from agriqa.ingest.body import classify
from agriqa.ingest.cells import Converted, Trouble, converter, written
from agriqa.ingest.context import Context
from agriqa.ingest.header import Heading, Table, plain
from agriqa.ingest.keys import contradictions, repeats
from agriqa.ingest.mappings import Reviewed, kind_of
from agriqa.ingest.places import CountyCells, PrefectureCells
from agriqa.ingest.readers import Cell, Grid
from agriqa.ingest.reading import (
    PROBLEM_COLUMNS,
    SKIPPED_COLUMNS,
    Note,
    Reason,
    SheetReading,
)
from agriqa.ingest.unit import written_unit


def _year_of(value: object) -> int | None:
    if isinstance(value, dt.date):
        return value.year
    return value if isinstance(value, int) else None


class TableReader:
    """Reads the body of one recognised table."""

    def __init__(
        self, grid: Grid, table: Table, context: Context, register: Register, reviewed: Reviewed
    ) -> None:
        self.grid, self.table, self.context, self.register = grid, table, context, register
        self.reviewed = reviewed
        self.declared: Dataset = table.dataset
        self.skipped, self.body = classify(grid, table, register)
        self.values: dict[str, list[object]] = {}
        self.withheld: dict[int, list[str]] = defaultdict(list)
        self.problems: dict[int, list[tuple[str, str, str, Trouble]]] = defaultdict(list)
        self.notes: dict[str, Note] = {}

    def read(self) -> SheetReading:
        """Convert every column, then check keys, requirements and repeats."""
        self._columns()
        self._listed_as_withheld()
        self._years()
        self._places()
        self._sheet_wide_problems()
        self._required()
        for zh, en in self.reviewed.remarks:
            self._note("decision", zh, en)
        frame = self._frame()
        for row, column, shown, trouble in contradictions(frame, self.declared):
            self.problems[row].append((column, column, shown, trouble))
        good = frame[~frame.index.isin(self.problems)]
        again = repeats(good, self.declared)
        self.skipped |= again
        good = good[~good.index.isin(again)]
        check_frame(good[self.declared.columns], self.declared)
        skipped = sorted((r + 1, reason, text) for r, (reason, text) in self.skipped.items())
        return SheetReading(
            sheet=self.grid.name,
            dataset=self.declared.name,
            kept=good.reset_index(drop=True),
            problems=self._problem_frame(),
            skipped=pd.DataFrame(skipped, columns=list(SKIPPED_COLUMNS)),
            rows_read=len(self.grid.rows),
            notes=(*self.grid.notes, *self.notes.values()),
        )

    def _cells(self, heading: Heading) -> list[Cell]:
        return [self.grid.rows[row][heading.position] for row in self.body]

    def _note(self, kind: str, zh: str, en: str) -> None:
        self.notes.setdefault(kind + zh, Note(kind, zh, en))

    def _columns(self) -> None:
        measured: list[tuple[Heading, Column, list[Converted]]] = []
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
            unit = self._unit(heading)
            convert = converter(column, unit, self._decided(column))
            found = [convert(cell) for cell in self._cells(heading)]
            self.values[column.name] = [one.value for one in found]
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

    def _set_aside(self, heading: Heading, found: list[Converted]) -> None:
        # A prefecture beside a county fills no column of its own.
        name = heading.column.name if heading.column else heading.text
        for row, one, cell in zip(self.body, found, self._cells(heading), strict=True):
            if one.trouble is not None:
                self.problems[row].append((name, heading.text, written(cell), one.trouble))
            elif one.withheld:
                self.withheld[row].append(name)

    def _listed_as_withheld(self) -> None:
        """Take over the columns that the file itself lists as withheld."""
        spelled = {plain(t): c.name for c in self.declared for t in (c.name, c.label.zh)}
        lists = self.values.get("withheld", [])
        for at, (row, listed) in enumerate(zip(self.body, lists, strict=False)):
            for word in re.split("[;,、]", str(listed)) if listed else ():
                name = spelled.get(plain(word))
                if name is None:
                    trouble = Trouble(
                        Reason.UNKNOWN_CODE,
                        f"“不公开项”中的“{word}”不是本表的列",
                        f"{word!r} among the withheld items is no column of the dataset",
                        "、".join(self.declared.columns),
                    )
                elif name in self.values and self.values[name][at] is not None:
                    trouble = Trouble(
                        Reason.CONTRADICTION,
                        f"“{word}”列为不公开，却有数值",
                        f"{word!r} is listed as withheld but has a value",
                        "两列一致 both alike",
                    )
                else:
                    if name not in self.withheld[row]:
                        self.withheld[row].append(name)
                    continue
                self.problems[row].append(("withheld", "不公开项", str(listed), trouble))

    def _censored(self, flag: str, found: list[Converted]) -> None:
        """Fill the column that says whether a measurement is below its limit."""
        known = self.values.get(flag)
        derived = [one.censored for one in found]
        if known is None:
            self.values[flag] = list(derived)
        else:
            for row, said, seen in zip(self.body, known, derived, strict=True):
                if said is not None and seen is not None and said != seen:
                    trouble = Trouble(
                        Reason.CONTRADICTION,
                        "测定值与“未检出”列矛盾",
                        f"the value contradicts column {flag}",
                        "两列一致 both alike",
                    )
                    self.problems[row].append((flag, flag, str(said), trouble))
            self.values[flag] = [d if s is None else s for s, d in zip(known, derived, strict=True)]

    def _limits(self, heading: Heading, column: Column, found: list[Converted]) -> None:
        """Keep the 0.01 of "<0.01" in the first of the limits' columns that is empty."""
        kept = {name: self.values.get(name, [None] * len(self.body)) for name in column.limits}
        for at, limit in enumerate(one.limit for one in found):
            held = [values[at] for values in kept.values()]
            if limit is None or not held or limit in held:
                continue
            if None not in held:
                trouble = Trouble(
                    Reason.CONTRADICTION,
                    f"“<{limit:g}”与本行的检出限、定量限都不相同",
                    f"<{limit:g} is none of the row's own limits",
                    "、".join(f"{value:g}" for value in held),
                )
                row = self.body[at]
                self.problems[row].append((column.name, heading.text, f"<{limit:g}", trouble))
                continue
            kept[column.limits[held.index(None)]][at] = limit
        self.values |= kept

    def _everywhere(self, heading: Heading, trouble: Trouble) -> None:
        """Set every row of the table aside: nothing in this column can be trusted."""
        name = heading.column.name if heading.column else heading.text
        for row in self.body:
            cell = self.grid.rows[row][heading.position]
            self.problems[row].append((name, heading.text, written(cell), trouble))

    def _years(self) -> None:
        """Fill a missing year column from the title, the sheet's or the file's name."""
        if "year" not in self.table.from_context:
            return
        years = self.context.years
        if len(years) == 1:
            found = converter(self.declared["year"], None)(float(years[0]))
            self.values["year"] = [found.value] * len(self.body)
            if found.trouble is not None:
                for row in self.body:
                    self.problems[row].append(("year", "", str(years[0]), found.trouble))
            self._note(
                "year",
                f"年份 {years[0]} 取自标题或名称",
                f"year {years[0]} is from the title or name",
            )
            return
        self.values["year"] = [None] * len(self.body)
        shown = "、".join(map(str, years)) or "无"
        trouble = Trouble(
            Reason.YEAR_CONFLICT,
            f"没有年份列，标题和名称中的年份是：{shown}，须恰有一个",
            f"there is no year column and the title names {len(years)} years; one is needed",
            "一个年份 one year",
        )
        for row in self.body:
            self.problems[row].append(("year", "", shown, trouble))

    def _places(self) -> None:
        """Resolve counties and prefectures, each in its row's year."""
        years = self._row_years()
        prefectures = PrefectureCells(self.register)
        named: list[str | None] = [None] * len(self.body)
        for heading in self.table.headings:
            own = heading.column is not None and heading.column.type == "prefecture"
            if heading.part != "prefecture" and not own:
                continue
            read = [prefectures.convert(cell) for cell in self._cells(heading)]
            named = [str(one.value) if one.value else None for one in read]
            if own and heading.column is not None:
                self.values[heading.column.name] = [one.value for one in read]
            self._set_aside(heading, read)
        counties = [h for h in self.table.headings if h.column and h.column.type == "county"]
        if not counties:
            return
        column = counties[0].column
        assert column is not None
        cells = CountyCells(self.register, self.context.prefecture, self.reviewed)
        rows = zip(*[self._cells(heading) for heading in counties], strict=True)
        values: list[object] = []
        for at, (row, texts) in enumerate(zip(self.body, rows, strict=True)):
            found = cells.convert(texts, years[at], named[at])
            values.append(found.value)
            if found.trouble is not None:
                heading = counties[0]
                shown = " ".join(written(t) for t in texts if t is not None)
                self.problems[row].append((column.name, heading.text, shown, found.trouble))
        self.values[column.name] = values
        for zh, en in cells.remarks:
            self._note("county", zh, en)

    def _row_years(self) -> list[int | None]:
        for name in ("year", "year_from", "sampled_on"):
            if name in self.values:
                return [_year_of(value) for value in self.values[name]]
        return [None] * len(self.body)

    def _sheet_wide_problems(self) -> None:
        self._headless()
        labels = [column.label.zh for column in self.declared]
        for position, text in self.table.unknown:
            cells = [self.grid.rows[row][position] for row in self.body]
            if all(cell is None or written(cell).strip() == "" for cell in cells):
                continue
            near = nearest(text, [*labels, *self.declared.columns], limit=3)
            shown = "、".join(near) or "无"
            trouble = Trouble(
                Reason.UNKNOWN_COLUMN,
                f"不认识列“{text}”，相近的有：{shown}；请改表头后再载入",
                f"unknown column {text!r}; nearest known: {shown}; correct it and load again",
                shown,
            )
            heading = Heading(position, text, None)
            self._everywhere(heading, trouble)

    def _headless(self) -> None:
        """Set the rows aside that have values where the header has none; note what is ignored."""
        named = {h.position for h in self.table.headings} | {p for p, _ in self.table.unknown}
        nameless = [p for p in range(self.grid.width) if p not in named]
        for row in self.body:
            for position in nameless:
                cell = self.grid.rows[row][position]
                if cell is None or not written(cell).strip():
                    continue
                trouble = Trouble(
                    Reason.UNKNOWN_COLUMN,
                    f"第 {position + 1} 列没有表头，却有数值，请补表头或删去",
                    f"column {position + 1} has a value but no header; name it or remove it",
                    "有表头的列 columns with a header",
                )
                self.problems[row].append(("", f"#{position + 1}", written(cell), trouble))
        for heading in self.table.headings:
            if heading.part == "ignored" and any(c is not None for c in self._cells(heading)):
                self._note(
                    "ignored", f"列“{heading.text}”不入库", f"column {heading.text!r} is not stored"
                )

    def _required(self) -> None:
        for column in self.declared:
            values = self.values.get(column.name)
            if values is None:
                default = None
                if column.default is not None:
                    default = column.default
                self.values[column.name] = [default] * len(self.body)
                continue
            if column.default is not None:
                self.values[column.name] = values = [
                    column.default if value is None else value for value in values
                ]
            if not column.required:
                continue
            for row, value in zip(self.body, values, strict=True):
                hidden = column.name in self.withheld[row] and column.name not in self.declared.key
                told = any(name == column.name for name, *_ in self.problems.get(row, ()))
                if value is None and not hidden and not told:
                    trouble = Trouble(
                        Reason.REQUIRED,
                        f"“{column.label.zh}”必须填写",
                        f"{column.name} is required",
                        "不能为空 not empty",
                    )
                    self.problems[row].append((column.name, column.label.zh, "", trouble))

    def _frame(self) -> pd.DataFrame:
        self.values["withheld"] = [
            ";".join(self.withheld[row]) if self.withheld.get(row) else None for row in self.body
        ]
        data = {}
        for column in self.declared:
            values = self.values[column.name]
            data[column.name] = pd.Series(values, index=self.body, dtype="object")
        frame = pd.DataFrame(data, index=self.body)
        good = frame[~frame.index.isin(list(self.problems))]
        for column in self.declared:
            good = good.assign(**{column.name: good[column.name].astype(DTYPES[column.type])})
        return good.assign(sheet=self.grid.name, row=[at + 1 for at in good.index])

    def _problem_frame(self) -> pd.DataFrame:
        texts = {h.position: h.text for h in self.table.headings}
        texts |= dict(self.table.unknown)
        records = []
        for row in sorted(row for row, found in self.problems.items() if found):
            cells = self.grid.rows[row]
            raw: dict[str, str] = {}
            for position, cell in enumerate(cells):
                if position in texts or cell is not None:
                    name = texts.get(position, f"#{position + 1}")
                    raw[f"{name} #{position + 1}" if name in raw else name] = written(cell)
            for column, header, value, trouble in self.problems[row]:
                records.append(
                    (row + 1, column, header, value, str(trouble.reason), trouble.zh, trouble.en,
                     trouble.allowed, json.dumps(raw, ensure_ascii=False))
                )  # fmt: skip
        return pd.DataFrame(records, columns=list(PROBLEM_COLUMNS))
