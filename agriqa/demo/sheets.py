"""The look of a return: one sheet's title, headers and rows as a clerk would fill them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from agriqa.datasets import Column, Dataset, code_lists, dataset
from agriqa.demo.defects import Edit
from agriqa.demo.streams import stream

Cell = str | float | int | dt.date | None
TOTAL = "合计"
SIMULATED = "模拟"
NOTES = (
    "注：本表为模拟数据，仅供演示，不代表任何县（市、区）的真实情况。",
    "填表人：（模拟）",
)
_UNITS = {"t": "吨", "ha": "公顷", "10k_cny": "万元", "%": "%"}
_SUMMED_OVER_TREATMENTS = ("treated_ha",)
_WRITTEN_WITHOUT = ("1", "grade")
# What one of the declared unit is in the other spelling.
_FACTORS = {"公斤": 1000.0, "亩": 15.0, "万亩次": 0.0015}
_LIKE = {"公斤": "t", "亩": "ha", "万亩次": "ha"}


@dataclass(frozen=True)
class Style:
    """How one workbook is laid out."""

    year_column: bool
    total_first: bool
    wide_brackets: bool
    date_cells: bool
    spaced_total: bool


@dataclass(frozen=True)
class Field:
    """One column of a sheet: its declaration, header and the unit it is written in."""

    name: str
    group: str | None
    header: str
    factor: float = 1.0


@dataclass(frozen=True)
class Sheet:
    """One sheet ready to be written: rows below `header_rows` headers.

    `edited` maps the index of a row to the edit that made it.
    """

    name: str
    title: str
    fields: tuple[Field, ...]
    rows: tuple[tuple[Cell, ...], ...]
    edited: dict[int, Edit]
    whole: tuple[Edit, ...]

    @property
    def header_rows(self) -> int:
        """Two where the declaration groups columns, else one."""
        return 2 if any(f.group for f in self.fields) else 1


def style_of(seed: int, prefecture: str, year: int) -> Style:
    """Draw the layout of a workbook."""
    draws = stream(seed, "style", prefecture, year).random(5)
    return Style(
        year_column=bool(draws[0] < 0.6),
        total_first=bool(draws[1] < 0.25),
        wide_brackets=bool(draws[2] < 0.7),
        date_cells=bool(draws[3] < 0.6),
        spaced_total=bool(draws[4] < 0.3),
    )


def build_sheet(
    name: str,
    frame: pd.DataFrame,
    edits: Sequence[Edit],
    style: Style,
    *,
    prefecture: str,
    year: int,
) -> Sheet:
    """Lay out one dataset of one prefecture and year.

    Parameters
    ----------
    name : str
        Dataset.
    frame : DataFrame
        Its rows; the index is what `edits` point at.
    edits : sequence of Edit
        Defects of this sheet.
    style : Style
        Layout of the workbook.
    prefecture, year : str, int
        Named in the title.
    """
    declared = dataset(name)
    whole = tuple(e for e in edits if e.action == "units")
    fields = tuple(
        _field(declared[column], whole, style) for column in _columns(declared, frame, style)
    )
    shown = {f.name: _display(declared[f.name], f, frame, style) for f in fields}
    by_row = {e.position: e for e in edits if e.action != "units"}
    rows: list[tuple[Cell, ...]] = []
    edited: dict[int, Edit] = {}
    for index, cells in zip(frame.index, zip(*shown.values(), strict=True), strict=True):
        edit = by_row.get(int(index))
        if edit is None or edit.action != "set":
            rows.append(cells)
        if edit is not None:
            edited[len(rows)] = edit
            rows.append(_changed(cells, fields, edit))
    total = _total(declared, fields, shown, frame, style)
    if style.total_first:
        rows.insert(0, total)
        edited = {row + 1: edit for row, edit in edited.items()}
    else:
        rows.append(total)
    return Sheet(
        name=declared.label.zh,
        title=f"{prefecture}{year}年{declared.label.zh}情况表（模拟数据）",
        fields=fields,
        rows=tuple(rows),
        edited=edited,
        whole=whole,
    )


def _columns(declared: Dataset, frame: pd.DataFrame, style: Style) -> list[str]:
    names = [c for c in declared.columns if c == "county_code" or c in frame]
    if not style.year_column:
        names.remove("year")
    return [*names, "origin"]


def _field(column: Column, whole: Sequence[Edit], style: Style) -> Field:
    """Make the header and unit of one column; a unit edit applies to its like in the same group."""
    unit = _UNITS.get(column.unit or "", column.unit)
    if column.name in _SUMMED_OVER_TREATMENTS:
        unit = "公顷次"
    factor = 1.0
    for edit in whole:
        other = str(edit.value)
        same = (column.name in _SUMMED_OVER_TREATMENTS) == (edit.column in _SUMMED_OVER_TREATMENTS)
        if same and column.unit == _LIKE[other]:
            unit, factor = other, _FACTORS[other]
    header = column.label.zh
    if unit and column.unit not in _WRITTEN_WITHOUT:
        header += f"（{unit}）" if style.wide_brackets else f"({unit})"
    return Field(column.name, column.groups[0] if column.groups else None, header, factor)


def _display(column: Column, field: Field, frame: pd.DataFrame, style: Style) -> list[Cell]:
    if column.name == "county_code":
        return frame["unit_name"].tolist()
    if column.name == "origin":
        return [SIMULATED] * len(frame)
    values = frame[column.name]
    if column.codes is not None:
        codes = code_lists()[column.codes]
        return [codes.label_of(v) for v in values]
    if column.type == "boolean":
        return ["是" if v else "否" for v in values]
    if column.type == "date":
        dates = [v.date() for v in values]
        if style.date_cells:
            return list(dates)
        return [f"{d.year}年{d.month}月{d.day}日" for d in dates]
    if column.type == "number" and field.factor != 1.0:
        return [round(v * field.factor, 6) for v in values.tolist()]
    return list(values.tolist())


def _changed(cells: tuple[Cell, ...], fields: Sequence[Field], edit: Edit) -> tuple[Cell, ...]:
    if edit.action == "repeat":
        return cells
    value: Cell = edit.value if isinstance(edit.value, str | float | int) else None
    return tuple(
        value if field.name == edit.column else cell
        for field, cell in zip(fields, cells, strict=True)
    )


def _total(
    declared: Dataset,
    fields: Sequence[Field],
    shown: dict[str, list[Cell]],
    frame: pd.DataFrame,
    style: Style,
) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    for field in fields:
        column = declared[field.name]
        additive = column.unit not in (None, "%", *_WRITTEN_WITHOUT)
        if field.name == "county_code":
            cells.append("合　计" if style.spaced_total else TOTAL)
        elif field.name == "origin":
            cells.append(SIMULATED)
        elif column.numeric and additive:
            cells.append(round(float(frame[field.name].sum()) * field.factor, 6))
        else:
            cells.append(None)
    return tuple(cells)
