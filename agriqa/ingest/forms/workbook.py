"""Writes the blank workbook of one dataset."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

from agriqa._version import __version__
from agriqa.areas import Register
from agriqa.datasets import Column, Dataset
from agriqa.errors import AgriqaError
from agriqa.ingest.forms.fields import form_columns, header, rule
from agriqa.ingest.forms.guide import GUIDE, guide_lines, sheet_name
from agriqa.ingest.forms.rows import (
    Area,
    area_of,
    check_form,
    check_year,
    choices,
    has_free_key,
    key_rows,
)
from agriqa.ingest.forms.stamp import FormStamp, declaration_version

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

LISTS = "选项"
EMPTY_ROWS = 200
HEADER_ROW = 4  # below the title, two lines about the sender, and the line with the version
_CREATED = dt.datetime(2000, 1, 1)  # fixed, so that the same call gives the same bytes
_A4 = 9
_GUIDE_WIDTH = 90  # half-width characters
# Text stays text: a name that begins with = is never a formula.
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_format_properties": {"font_name": "宋体", "font_size": 11, "valign": "vcenter"},
}
# What people may still do on a protected sheet.
_FREE = {"format_columns": True, "format_rows": True, "sort": True, "autofilter": True}
_NUMBER_FORMATS = {"date": "yyyy-mm-dd", "text": "@", "year": "0"}


@dataclass(frozen=True)
class _Form:
    """All that stands on a form."""

    declared: Dataset
    area: Area
    year: int
    columns: tuple[Column, ...]
    keys: list[dict[str, str | int]]
    empty: int
    stamp: FormStamp

    @property
    def title(self) -> str:
        return f"{self.year}年{self.area.name}{self.declared.label.zh}填报表"

    def entry_rows(self, column: Column) -> int:
        """How many cells of the column are left to the clerk."""
        return self.empty + (0 if column.name in self.declared.key else len(self.keys))


def write_form(
    path: Path,
    declared: Dataset,
    register: Register,
    *,
    year: int,
    prefecture: str | None = None,
    rows: int = EMPTY_ROWS,
) -> FormStamp:
    """Write the blank form of a dataset.

    Where the key is county and year (and codes), the rows of all counties are
    there already and only their values are to be filled in.

    Parameters
    ----------
    path : Path
        The workbook to write. An existing file is left alone unless it is
        this very form: somebody may have filled it in.
    declared : Dataset
        The dataset.
    register : Register
        Gives the counties, as valid in `year`.
    year : int
        The year the form is about.
    prefecture : str, optional
        Name or code of the prefecture; all of them by default.
    rows : int, default 200
        Empty rows, where the rows to report are not known beforehand.

    Returns
    -------
    FormStamp
        The stamp it carries.

    Raises
    ------
    AgriqaError
        If counties do not report the dataset, the year is not one it takes,
        the prefecture is unknown, or the file exists and differs.
    """
    check_form(declared)
    check_year(declared, year)
    area = area_of(register, year, prefecture)
    keys = key_rows(declared, area, year)
    name = f"{declared.name}-{year}-{area.code}"
    form = _Form(
        declared=declared,
        area=area,
        year=year,
        columns=form_columns(declared),
        keys=keys,
        empty=rows if not keys or has_free_key(declared) else 0,
        stamp=FormStamp(declared.name, declaration_version(declared), __version__, name),
    )
    data = _workbook(form)
    if path.exists() and path.read_bytes() != data:
        raise AgriqaError(
            f"{path} 已存在，而且不是这张空表，可能已有人填写；请换个文件名或先移走它。"
            f" / {path} exists and is not this blank form; give another name or move it away."
        )
    path.write_bytes(data)
    return form.stamp


def _workbook(form: _Form) -> bytes:
    from xlsxwriter import Workbook

    data = io.BytesIO()
    with Workbook(data, _OPTIONS) as book:
        book.set_properties({"title": form.title, "author": "agriqa", "created": _CREATED})
        for name, value in form.stamp.properties().items():
            book.set_custom_property(name, value)
        sheet = book.add_worksheet(sheet_name(form.declared))
        _guide(book, form)
        lists = _lists(book, form)
        _top(book, sheet, form)
        _body(book, sheet, form)
        _checks(book, sheet, form, lists)
        _print_setup(sheet, form)
        sheet.protect("", _FREE)
    return data.getvalue()


def _guide(book: Workbook, form: _Form) -> None:
    sheet = book.add_worksheet(GUIDE)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, _GUIDE_WIDTH)
    bold = book.add_format({"bold": True})
    wrapped = book.add_format({"text_wrap": True, "border": 1, "valign": "top"})
    lines = guide_lines(form.declared, form.area, form.year, filled=bool(form.keys))
    for row, line in enumerate(lines):
        style = wrapped if len(line) == 2 else None
        if style is not None:
            # Not every program makes a row as high as its text.
            deep = sum(-(-_halves(text) // _GUIDE_WIDTH) for text in line[1].split("\n"))
            sheet.set_row(row, 16 * deep)
        for column, text in enumerate(line):
            head = text.startswith((GUIDE, "各栏"))
            sheet.write_string(row, column, text, bold if head else style)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.protect("", _FREE)


def _lists(book: Workbook, form: _Form) -> dict[str, str]:
    """Write the choices one below another on a hidden sheet; return their ranges.

    In one column, for side by side they would look like a table.
    """
    sheet = book.add_worksheet(LISTS)
    sheet.hide()
    sheet.protect()
    ranges: dict[str, str] = {}
    row = 0
    for column in form.columns:
        if form.entry_rows(column) == 0:
            continue
        texts = choices(column, form.area)
        for at, text in enumerate(texts, start=row):
            sheet.write_string(at, 0, text)
        if texts:
            ranges[column.name] = f"='{LISTS}'!$A${row + 1}:$A${row + len(texts)}"
        row += len(texts)
    return ranges


def _top(book: Workbook, sheet: Worksheet, form: _Form) -> None:
    last = len(form.columns) - 1
    title = book.add_format({"bold": True, "font_size": 16, "align": "center"})
    small = book.add_format({"font_size": 9, "font_color": "#555555", "text_wrap": True})
    label = book.add_format({"align": "right"})
    entry = book.add_format({"locked": False, "bottom": 1, "num_format": "@"})
    head = book.add_format(
        {"bold": True, "align": "center", "border": 1, "text_wrap": True, "bg_color": "#E7EEE4"}
    )
    texts = {0: (form.title, title), HEADER_ROW - 1: (_hint(form), small)}
    for row, (text, style) in texts.items():
        sheet.merge_range(row, 0, row, last, "", style)
        sheet.write_string(row, 0, text, style)
    asked = (("填报单位：", ""), ("填表人：", "")), (("年度：", str(form.year)), ("填报日期：", ""))
    for row, pair in enumerate(asked, start=1):
        for at, (name, value) in zip((0, 3), pair, strict=True):
            sheet.write_string(row, at, name, label)
            sheet.write_string(row, at + 1, value, entry)
    for at, column in enumerate(form.columns):
        text = header(column)
        sheet.write_string(HEADER_ROW, at, text, head)
        sheet.set_column(at, at, _width(column, text, choices(column, form.area)))
    sheet.set_row(0, 28)
    sheet.set_row(HEADER_ROW - 1, 28)
    sheet.set_row(HEADER_ROW, 48)
    leading = next(
        (at for at, c in enumerate(form.columns) if c.name not in form.declared.key), last
    )
    sheet.freeze_panes(HEADER_ROW + 1, max(leading, 1))


def _hint(form: _Form) -> str:
    return (
        "带 * 的列必须填写；没有数据填“—”，不公开填“保密”，确实为零填 0；"
        f"详见“{GUIDE}”。表式版本 {form.stamp.declaration}，agriqa {form.stamp.agriqa}"
    )


def _width(column: Column, text: str, listed: tuple[str, ...]) -> float:
    """Return the width in half-width characters; headers wrap into two or three lines."""
    longest = max(map(_halves, listed), default=0)
    least = 18 if column.type == "text" else 13
    return min(max(least, _halves(text) // 2 + 3, longest + 4), 34)


def _halves(text: str) -> int:
    """Return the width of a text in half-width characters."""
    return sum(1 + (east_asian_width(letter) in "WFA") for letter in text)


def _body(book: Workbook, sheet: Worksheet, form: _Form) -> None:
    fixed = book.add_format({"border": 1, "bg_color": "#EEEEEE", "align": "left"})
    entries = [_entry(book, column) for column in form.columns]
    first = HEADER_ROW + 1
    sheet.set_default_row(18)
    for row, key in enumerate(form.keys, start=first):
        for at, (column, entry) in enumerate(zip(form.columns, entries, strict=True)):
            value = key.get(column.name)
            if value is None:
                sheet.write_blank(row, at, None, entry)
            elif isinstance(value, str):
                sheet.write_string(row, at, value, fixed)
            else:
                sheet.write_number(row, at, value, fixed)
    for row in range(first + len(form.keys), _last_row(form) + 1):
        for at, entry in enumerate(entries):
            sheet.write_blank(row, at, None, entry)
    sheet.autofilter(HEADER_ROW, 0, _last_row(form), len(form.columns) - 1)


def _entry(book: Workbook, column: Column) -> Format:
    shape: dict[str, Any] = {"border": 1, "locked": False}
    if column.type in _NUMBER_FORMATS:
        shape["num_format"] = _NUMBER_FORMATS[column.type]
    return book.add_format(shape)


def _last_row(form: _Form) -> int:
    return HEADER_ROW + len(form.keys) + form.empty


def _checks(book: Workbook, sheet: Worksheet, form: _Form, lists: dict[str, str]) -> None:
    """Attach to every entry cell what it takes and what to say."""
    from xlsxwriter.utility import xl_rowcol_to_cell

    doubtful = book.add_format({"bg_color": "#FFE699"})
    for at, column in enumerate(form.columns):
        last = _last_row(form)
        first = last + 1 - form.entry_rows(column)
        if first > last:
            continue
        cell = xl_rowcol_to_cell(first, at)
        checked = rule(column, form.declared.key, cell, lists.get(column.name))
        sheet.data_validation(first, at, last, at, checked)
        if column.unit == "%":
            # 98.5% typed into a cell is 0.985.
            condition = {"type": "formula", "criteria": f"=AND(ISNUMBER({cell}),{cell}>0,{cell}<1)"}
            sheet.conditional_format(first, at, last, at, condition | {"format": doubtful})


def _print_setup(sheet: Worksheet, form: _Form) -> None:
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADER_ROW)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer(f"&L表式版本 {form.stamp.declaration}&R第 &P 页，共 &N 页")
