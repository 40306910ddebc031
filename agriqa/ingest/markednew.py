"""A marked workbook with the rows and columns of a file that cannot be copied."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agriqa.ingest.findings import Place
from agriqa.ingest.markpage import (
    AUTHOR,
    COMMENT_START,
    ERROR_FILL,
    HEADER_FILL,
    HEADERS,
    LINK,
    MOST_LINKS,
    WARNING_FILL,
    WIDTHS,
    WRAPPED,
    Mark,
    Page,
    harmless,
    like_formula,
    quoted,
)
from agriqa.ingest.readers import Cell, Grid
from agriqa.ingest.stamp import SHEET, FeedbackStamp

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

# What an Excel sheet holds.
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
# Of so many cells on, rows are written out one by one, and merged ranges are left out.
STREAMED = 500_000
_DATES = {dt.datetime: "yyyy-mm-dd hh:mm:ss", dt.date: "yyyy-mm-dd", dt.time: "hh:mm:ss"}


def write_marked(
    grids: Sequence[Grid],
    marks: Mapping[str, Mapping[Place, Mark]],
    page: Page,
    stamp: FeedbackStamp,
    out: Path,
) -> None:
    """Write the cells of a file to a new workbook, marked, behind the list of findings."""
    import xlsxwriter

    streamed = sum(len(grid.rows) * grid.width for grid in grids) > STREAMED
    if any(len(grid.rows) > MOST_ROWS or grid.width > MOST_COLUMNS for grid in grids):
        page.remarks.append(
            f"超过 {MOST_ROWS} 行、{MOST_COLUMNS} 列的部分放不下，只在下表列出。"
            f" / Beyond row {MOST_ROWS} and column {MOST_COLUMNS} a sheet holds nothing: see the "
            "list below."
        )
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "constant_memory": streamed,
    }
    with xlsxwriter.Workbook(str(out), options) as book:
        for name, value in stamp.properties.items():
            book.set_custom_property(name, value, "text")
        names = _sheet_names(grids)
        _list(book, page, names)
        formats = _Formats(book)
        for grid in grids:
            sheet = book.add_worksheet(names[grid.name])
            _cells(sheet, grid, marks.get(grid.name, {}), formats, merged=not streamed)


class _Formats:
    """The cell formats of a workbook, each made once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[tuple[bool | None, str | None, bool], Any] = {}

    def get(self, error: bool | None, number: str | None, quote: bool) -> Any:
        """Return the format of a cell; `error` None is a cell without a mark."""
        key = (error, number, quote)
        if key == (None, None, False):
            return None
        if key not in self._made:
            wanted: dict[str, Any] = {"quote_prefix": quote}
            if error is not None:
                wanted["bg_color"] = f"#{ERROR_FILL if error else WARNING_FILL}"
            if number is not None:
                wanted["num_format"] = number
            self._made[key] = self._book.add_format(wanted)
        return self._made[key]


def _cells(
    sheet: Worksheet, grid: Grid, marks: Mapping[Place, Mark], formats: _Formats, *, merged: bool
) -> None:
    from xlsxwriter.exceptions import OverlappingRange

    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    for (top, left), (bottom, right) in grid.merges if merged else ():
        if (top, left) != (bottom, right):
            try:
                sheet.merge_range(top, left, bottom, right, "")
            except OverlappingRange:
                continue
    by_row: dict[int, dict[int, Mark]] = {}
    for (row, column), mark in marks.items():
        by_row.setdefault(row - 1, {})[column - 1] = mark
    nothing: dict[int, Mark] = {}
    for row, cells in enumerate(grid.rows[:MOST_ROWS]):
        own = by_row.get(row, nothing)
        for column, cell in enumerate(cells):
            if cell is not None or column in own:
                _cell(sheet, row, column, cell, own.get(column), formats)
    for row in by_row:
        for column, mark in by_row[row].items():
            outside = row >= len(grid.rows) or column >= grid.width
            if outside and row < MOST_ROWS and column < MOST_COLUMNS:
                _cell(sheet, row, column, None, mark, formats)


def _cell(
    sheet: Worksheet, row: int, column: int, cell: Cell, mark: Mark | None, formats: _Formats
) -> None:
    error = None if mark is None else mark.error
    if mark is not None and mark.comment is not None:
        comment = harmless(f"{COMMENT_START}\n{mark.comment}")
        sheet.write_comment(row, column, comment, {"author": AUTHOR, "width": 330, "height": 170})
    if isinstance(cell, (int, float)) and math.isfinite(cell):
        sheet.write_number(row, column, cell, formats.get(error, None, False))
    elif isinstance(cell, (dt.date, dt.time)) and getattr(cell, "year", 1900) >= 1900:
        kind = _DATES[type(cell)] if type(cell) in _DATES else _DATES[dt.datetime]
        if isinstance(cell, dt.datetime) and cell.time() == dt.time():
            kind = _DATES[dt.date]
        sheet.write_datetime(row, column, cell, formats.get(error, kind, False))
    elif cell is None:
        sheet.write_blank(row, column, None, formats.get(error, None, False))
    else:
        text = harmless(str(cell))
        sheet.write_string(row, column, text, formats.get(error, None, like_formula(text)))


def _sheet_names(grids: Sequence[Grid]) -> dict[str, str]:
    """Return for each grid a name that Excel takes, as near to its own as can be."""
    taken = {SHEET.casefold(), "history", ""}
    names: dict[str, str] = {}
    for grid in grids:
        wanted = re.sub(r"[\[\]:*?/\\\x00-\x1f]", "_", harmless(grid.name)).strip("' ")[:31]
        name, number = wanted or "Sheet", 1
        while name.casefold() in taken:
            number += 1
            name = f"{(wanted or 'Sheet')[: 30 - len(str(number))]}_{number}"
        taken.add(name.casefold())
        names[grid.name] = name
    return names


def _list(book: Workbook, page: Page, names: Mapping[str, str]) -> None:
    sheet = book.add_worksheet(SHEET)
    sheet.activate()
    bold = book.add_format({"bold": True, "bg_color": f"#{HEADER_FILL}"})
    fills = {
        True: book.add_format({"bg_color": f"#{ERROR_FILL}"}),
        False: book.add_format({"bg_color": f"#{WARNING_FILL}"}),
    }
    wrap = {
        quote: book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": quote})
        for quote in (False, True)
    }
    link = book.add_format({"font_color": "#0563C1", "underline": 1})
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    for row, text in enumerate(page.top):
        sheet.write_string(row, 0, text, book.add_format({"bold": row == 0}))
    head = len(page.top)
    for column, text in enumerate(HEADERS):
        sheet.write_string(head, column, text, bold)
    row = head
    for row, line in enumerate(page.lines(), start=head + 1):
        sheet.set_row(row, line.height)
        for column, value in enumerate(line.cells):
            if isinstance(value, int):
                sheet.write_number(row, column, value)
            elif column == LINK and row - head <= MOST_LINKS and line.sheet in names:
                where = quoted(names[line.sheet], line.cell)
                sheet.write_url(row, column, f"internal:{where}", link, value)
            else:
                style = wrap[like_formula(value)] if column in WRAPPED else None
                style = fills[line.error] if column == 0 else style
                sheet.write_string(row, column, value, style)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.freeze_panes(head + 1, 0)
    if row > head:
        sheet.autofilter(head, 0, row, len(HEADERS) - 1)
