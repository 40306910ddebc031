"""A marked copy of an .xlsx workbook that keeps its formats, made with openpyxl."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
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
from agriqa.ingest.readers import Cell, Grid, open_file
from agriqa.ingest.stamp import SHEET, TITLE, FeedbackStamp, fingerprint

if TYPE_CHECKING:
    from openpyxl import Workbook

# The first lines of the list are formatted; more would take longer than the copy itself.
STYLED = 2_000
# A formula that reads another workbook or another program's data.
_OUTSIDE = re.compile(r"\[\d+\]|\|")
_TEXTS = "xl/sharedStrings.xml"
_OURS = {f"00{ERROR_FILL}", f"00{WARNING_FILL}", f"FF{ERROR_FILL}", f"FF{WARNING_FILL}"}


def copy_marked(
    source: Path,
    grids: Sequence[Grid],
    marks: Mapping[str, Mapping[Place, Mark]],
    page: Page,
    stamp: FeedbackStamp,
    out: Path,
) -> bool:
    """Write the marked copy; False when openpyxl cannot open or write the workbook."""
    from openpyxl import load_workbook

    with open_file(source) as stream:
        data = stream.read()
    remarks = len(page.remarks)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.namelist()
            texts = archive.read(_TEXTS) if _TEXTS in parts else b""
        with warnings.catch_warnings(record=True) as lost:
            warnings.simplefilter("always")
            book = load_workbook(io.BytesIO(data), keep_links=False, rich_text=b"<rPr>" in texts)
        if lost:
            page.remarks.append(
                "部分格式或校验未能保留。 / Some formats or validations could not be kept."
            )
        if any(name.lower().endswith("vbaproject.bin") for name in parts):
            page.remarks.append(
                "原文件含宏，本副本不含宏。 / The original has macros; this copy has none."
            )
        _without_earlier_marks(book)
        formulas = _without_outside(book, grids, page)
        _mark(book, marks)
        _list(book, page)
        _stamp(book, replace(stamp, content=fingerprint(grids, formulas)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book.save(out)
    except Exception:
        # Whatever openpyxl trips over, calamine has read the cells: they are written anew.
        del page.remarks[remarks:]
        return False
    return True


def _without_outside(
    book: Workbook, grids: Sequence[Grid], page: Page
) -> list[tuple[str, int, int]]:
    """Put values in the place of formulas that read other files; return the cells of the others."""
    values = {grid.name: grid for grid in grids}
    kept: list[tuple[str, int, int]] = []
    frozen = False
    for sheet in book.worksheets:
        grid = values.get(sheet.title)
        for cell in [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]:
            if not _OUTSIDE.search(str(getattr(cell.value, "text", cell.value))):
                kept.append((sheet.title, cell.row, cell.column))
                continue
            _write(cell, _value(grid, cell.row - 1, cell.column - 1))
            frozen = True
        _drop_names(sheet.defined_names)
        rules = sheet.data_validations
        rules.dataValidation = [
            rule
            for rule in rules.dataValidation
            if not _OUTSIDE.search(f"{rule.formula1} {rule.formula2}")
        ]
    _drop_names(book.defined_names)
    if frozen:
        page.remarks.append(
            "引用其他文件的公式已换成数值。"
            " / Formulas that read other files were replaced by their values."
        )
    return kept


def _value(grid: Grid | None, row: int, column: int) -> Cell:
    """Return what a formula's cell shows; None where its value was not saved."""
    if grid is None or row >= len(grid.rows) or column >= grid.width:
        return None
    cell = grid.rows[row][column]
    return None if isinstance(cell, str) and cell.startswith("=") else cell


def _drop_names(names: Any) -> None:
    for name in [name for name, one in names.items() if _OUTSIDE.search(str(one.attr_text))]:
        del names[name]


def _without_earlier_marks(book: Workbook) -> None:
    """Take back what an earlier round added, so that nothing piles up."""
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    ours = [s for s in book.worksheets if str(s.cell(1, 1).value).startswith(TITLE)]
    if not ours:
        return
    for sheet in ours:
        book.remove(sheet)
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.has_style and cell.fill.fgColor.rgb in _OURS:
                    cell.fill = PatternFill()
                if cell.comment is not None and COMMENT_START in cell.comment.text:
                    own = cell.comment.text.partition(COMMENT_START)[0].rstrip()
                    cell.comment = Comment(own, cell.comment.author) if own else None


def _mark(book: Workbook, marks: Mapping[str, Mapping[Place, Mark]]) -> None:
    from openpyxl.comments import Comment

    fills = _fills()
    for sheet in book.worksheets:
        for (row, column), mark in marks.get(sheet.title, {}).items():
            cell = sheet.cell(row, column)
            cell.fill = fills[mark.error]
            if mark.comment is None:
                continue
            before = f"{cell.comment.text}\n" if cell.comment is not None else ""
            text = harmless(before + COMMENT_START + "\n" + mark.comment)
            cell.comment = Comment(text, AUTHOR, height=170, width=330)


def _fills() -> dict[bool, Any]:
    """Return the colours, by whether it is an error."""
    from openpyxl.styles import PatternFill

    colours = {True: ERROR_FILL, False: WARNING_FILL}
    return {error: PatternFill("solid", fgColor=colour) for error, colour in colours.items()}


def _list(book: Workbook, page: Page) -> None:
    """Add the sheet that lists the findings, in front and chosen."""
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.hyperlink import Hyperlink
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet = book.create_sheet(SHEET, 0)
    for text in page.top:
        sheet.append([text])
    sheet["A1"].font = Font(bold=True, size=13)
    sheet.append(list(HEADERS))
    head = sheet.max_row
    for cell in sheet[head]:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor=HEADER_FILL)
    link_font = Font(color="0563C1", underline="single")
    wrap = Alignment(wrap_text=True, vertical="top")
    fills = _fills()
    for at, line in enumerate(page.lines(), start=head + 1):
        sheet.append(line.cells)
        for column, value in enumerate(line.cells, start=1):
            if isinstance(value, str) and like_formula(value):
                _write(sheet.cell(at, column), value)
        link = sheet.cell(at, LINK + 1)
        if at - head <= MOST_LINKS and line.sheet in book.sheetnames:
            link.hyperlink = Hyperlink(ref=link.coordinate, location=quoted(line.sheet, line.cell))
        if at - head <= STYLED:
            link.font = link_font
            sheet.cell(at, 1).fill = fills[line.error]
            sheet.row_dimensions[at].height = line.height
            for column in WRAPPED:
                sheet.cell(at, column + 1).alignment = wrap
    for column, width in enumerate(WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = sheet.cell(head + 1, 1)
    if sheet.max_row > head:
        sheet.auto_filter.ref = f"A{head}:{get_column_letter(len(HEADERS))}{sheet.max_row}"
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    # Several selected sheets would be edited as one.
    book.active = 0
    for one in book.worksheets:
        one.sheet_view.tabSelected = one is sheet


def _write(cell: Any, value: Any) -> None:
    """Write a value, a text that looks like a formula as text."""
    if not isinstance(value, str):
        cell.value = value
        return
    text = harmless(value)
    cell.value = text
    if like_formula(text):
        cell.data_type = "s"
        cell.quotePrefix = True


def _stamp(book: Workbook, stamp: FeedbackStamp) -> None:
    from openpyxl.packaging.custom import StringProperty

    properties = book.custom_doc_props
    for name, value in stamp.properties.items():
        if name in properties.names:
            del properties[name]
        properties.append(StringProperty(name=name, value=value))
