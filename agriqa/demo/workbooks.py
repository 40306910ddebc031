"""Writes the returns of one prefecture and year as an Excel workbook."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agriqa.demo.defects import Defect, Edit
from agriqa.demo.sheets import NOTES, Sheet

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

ABOVE = 2  # the title and the line with the reporting office
CREATED = dt.datetime(2022, 6, 30)  # fixed, so that the same seed gives the same bytes
GUIDE = "填表说明"
GUIDE_LINES = (
    "填表说明",
    "一、本工作簿全部为模拟数据，由程序按公开的省级合计生成，不代表任何县（市、区）的真实情况。",
    "二、各表“数据性质”一栏均填“模拟”。",
    "三、单位以表头所注为准；没有数据的填“—”，不公开的填“保密”，确实为零的填 0。",
    "四、县（市、区）名称以当年年末的行政区划为准。",
)


def write_workbook(
    path: Path, sheets: Sequence[Sheet], *, office: str, relative: str
) -> list[Defect]:
    """Write one workbook and say where its defects stand.

    Parameters
    ----------
    path : Path
        File to write.
    sheets : sequence of Sheet
        Its sheets, in order.
    office : str
        Name of the reporting office.
    relative : str
        The file's name in the list of defects.
    """
    from xlsxwriter import Workbook

    found: list[Defect] = []
    book = Workbook(str(path), {"constant_memory": False, "strings_to_numbers": False})
    try:
        book.set_properties(
            {"title": "模拟数据", "comments": "simulated", "author": "agriqa", "created": CREATED}
        )
        formats = _formats(book)
        guide = book.add_worksheet(GUIDE)
        for row, line in enumerate(GUIDE_LINES):
            guide.write_string(row, 0, line)
        for sheet in sheets:
            worksheet = book.add_worksheet(sheet.name)
            _write_sheet(worksheet, sheet, formats, office)
            found += _where(sheet, relative)
    finally:
        book.close()
    return found


def _formats(book: Workbook) -> dict[str, Format]:
    centred = {"align": "center", "valign": "vcenter", "border": 1, "text_wrap": True}
    return {
        "title": book.add_format({"bold": True, "font_size": 14, "align": "center"}),
        "header": book.add_format({**centred, "bold": True, "bg_color": "#E7EEE4"}),
        "cell": book.add_format({"border": 1}),
        "date": book.add_format({"border": 1, "num_format": "yyyy-mm-dd"}),
    }


def _write_sheet(
    worksheet: Worksheet, sheet: Sheet, formats: dict[str, Format], office: str
) -> None:
    last = len(sheet.fields) - 1
    worksheet.set_column(0, last, 14)
    worksheet.merge_range(0, 0, 0, last, sheet.title, formats["title"])
    worksheet.write_string(1, 0, f"填报单位：{office}")
    worksheet.write_string(1, last, "计量单位：见表头")
    _write_headers(worksheet, sheet, formats["header"])
    first = ABOVE + sheet.header_rows
    worksheet.freeze_panes(first, 1)
    plain, dated = formats["cell"], formats["date"]
    for row, cells in enumerate(sheet.rows, start=first):
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                worksheet.write_string(row, column, cell, plain)
            elif isinstance(cell, dt.date):
                worksheet.write_datetime(row, column, cell, dated)
            elif cell is None:
                worksheet.write_blank(row, column, None, plain)
            else:
                worksheet.write_number(row, column, cell, plain)
    for row, note in enumerate(NOTES, start=first + len(sheet.rows)):
        worksheet.write_string(row, 0, note)


def _write_headers(worksheet: Worksheet, sheet: Sheet, header: Format) -> None:
    """One row of headers, or two: groups merged across, ungrouped columns merged down."""
    if sheet.header_rows == 1:
        for column, field in enumerate(sheet.fields):
            worksheet.write_string(ABOVE, column, field.header, header)
        return
    start = 0
    for column, field in enumerate(sheet.fields):
        if field.group is None:
            worksheet.merge_range(ABOVE, column, ABOVE + 1, column, field.header, header)
            start = column + 1
            continue
        worksheet.write_string(ABOVE + 1, column, field.header, header)
        following = sheet.fields[column + 1].group if column + 1 < len(sheet.fields) else None
        if following == field.group:
            continue
        if column > start:
            worksheet.merge_range(ABOVE, start, ABOVE, column, field.group, header)
        else:
            worksheet.write_string(ABOVE, start, field.group, header)
        start = column + 1


def _where(sheet: Sheet, relative: str) -> list[Defect]:
    first = ABOVE + sheet.header_rows + 1  # rows of a sheet count from 1
    whole = [_defect(edit, sheet, relative, None) for edit in sheet.whole]
    rows = [_defect(edit, sheet, relative, first + row) for row, edit in sheet.edited.items()]
    return [*whole, *rows]


def _defect(edit: Edit, sheet: Sheet, relative: str, row: int | None) -> Defect:
    value = None if edit.value is None else str(edit.value)
    return Defect(relative, sheet.name, row, edit.column, edit.kind, value, edit.expected)
