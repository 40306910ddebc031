"""What a cell shows is what is read: percentages, formulas, errors, hidden rows, dates."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
import xlwt

from agriqa.ingest import read_file
from agriqa.ingest.readers import Grid, read_grids
from tests.ingest.grids import REGISTER, USE, reasons
from tests.ingest.parts import SHEET, STYLES, packed, parts, sheet, styles, text_cell, write_xlsx

ONE = f'<row r="1">{text_cell("A1", "县名")}<c r="B1"><v>1</v></c></row>'


def only(path: Path) -> Grid:
    """Read a file of one sheet."""
    [grid] = read_grids(path)[1]
    return grid


def kinds(grid: Grid) -> list[str]:
    """Return the kinds of a grid's notes."""
    return [note.kind for note in grid.notes]


@pytest.mark.parametrize(
    ("form", "value", "read"),
    [
        ("0.0%", 0.985, "98.5%"),
        ("0%", 0.985, "98.5%"),
        ("0.00%", 1, "100%"),
        ('0.0"%"', 98.5, "98.5%"),
        ("0.0\\%", 98.5, "98.5%"),
        ("[红色]0.0%;-0.0%", 0.07, "7%"),
        ("0.000", 0.985, 0.985),
        ('0"个%点"', 2, "2%"),
    ],
)
def test_a_percentage_is_read_as_it_is_shown(
    tmp_path: Path, form: str, value: float, read: object
) -> None:
    rows = f'<row r="2"><c r="B2" s="1"><v>{value}</v></c><c r="C2"><v>{value}</v></c></row>'
    code = form.replace('"', "&quot;")
    grid = only(write_xlsx(tmp_path / "率.xlsx", rows, {STYLES: styles(code)}))
    assert grid.rows == [[None, None, None], [None, read, value]]


@pytest.mark.parametrize("make", ["openpyxl", "xlsxwriter", "xlwt"])
def test_percentages_of_common_programs_are_seen(tmp_path: Path, make: str) -> None:
    path = tmp_path / ("率.xls" if make == "xlwt" else "率.xlsx")
    if make == "openpyxl":
        book = openpyxl.Workbook()
        book.active.append(["合格率", 0.985, 0.985])
        book.active["B1"].number_format = "0.0%"
        book.save(path)
    elif make == "xlsxwriter":
        with xlsxwriter.Workbook(str(path)) as new:
            added = new.add_worksheet()
            added.write_row(0, 0, ["合格率", None, 0.985])
            added.write(0, 1, 0.985, new.add_format({"num_format": 10}))
    else:
        old = xlwt.Workbook()
        page = old.add_sheet("表")
        page.write(0, 0, "合格率")
        page.write(0, 1, 0.985, xlwt.easyxf(num_format_str="0.0%"))
        page.write(0, 2, 0.985)
        old.save(str(path))
    assert only(path).rows == [["合格率", "98.5%", 0.985]]


def test_a_scaled_number_is_noted(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1" s="1"><v>12500</v></c></row>'
    grid = only(write_xlsx(tmp_path / "万.xlsx", rows, {STYLES: styles("0!.0,&quot;万&quot;")}))
    assert grid.rows == [[12500]]
    assert kinds(grid) == ["scaled"]
    assert grid.notes[0].level == "warning"


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ('<c r="A1"><f>1+1</f><v>2</v></c>', 2),
        ('<c r="A1"><f>A2&amp;B2</f></c>', "=A2&B2"),
        ('<c r="A1"><f>SUM(B1:B9)</f><v></v></c>', "=SUM(B1:B9)"),
        ('<c r="A1"><f>SUM(B1:B9)</f><v/></c>', "=SUM(B1:B9)"),
        ('<c r="A1" t="str"><f>IF(B1,"",1)</f><v></v></c>', None),
        ('<c r="A1" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "#DIV/0!"),
        ('<c r="A1" t="e"><v>#N/A</v></c>', "#N/A"),
    ],
)
def test_a_formula_gives_its_stored_result_or_itself(
    tmp_path: Path, cell: str, read: object
) -> None:
    grid = only(write_xlsx(tmp_path / "式.xlsx", f'<row r="1">{cell}<c r="B1"><v>1</v></c></row>'))
    assert grid.rows == [[read, 1]]
    assert kinds(grid) == (["formula"] if str(read)[0] == "=" else [])


def test_a_shared_formula_without_a_result_is_written_out(tmp_path: Path) -> None:
    rows = (
        '<row r="1"><c r="A1"><f t="shared" ref="A1:A2" si="0">B1*2</f></c></row>'
        '<row r="2"><c r="A2"><f t="shared" si="0"/></c></row>'
    )
    assert only(write_xlsx(tmp_path / "式.xlsx", rows)).rows == [["=B1*2"], ["=B1*2"]]


def test_a_formula_without_a_result_is_an_error_in_its_row(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (USE, ["郫县", 2014, "杀虫剂", "=1+1"], ["双流县", 2014, "杀虫剂", 2]):
        book.active.append(row)
    book.save(tmp_path / "式.xlsx")
    [reading] = read_file(tmp_path / "式.xlsx", REGISTER).sheets
    assert reasons(reading) == [(2, "use_t", "not_a_number")]
    assert reading.kept["row"].tolist() == [3]


def test_errors_of_an_old_workbook_are_not_missing(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    page = book.add_sheet("表")
    page.row(0).set_cell_error(0, 7)
    page.write(0, 1, 1)
    book.save(str(tmp_path / "错.xls"))
    assert only(tmp_path / "错.xls").rows == [["#DIV/0!", 1]]


def test_cells_named_by_position_and_in_another_namespace_are_seen(tmp_path: Path) -> None:
    xml = sheet('<row><c t="e"><v>#REF!</v></c><c><v>1</v></c></row>')
    for tag in ("worksheet", "sheetData", "row", "c", "v"):
        xml = xml.replace(f"<{tag}", f"<x:{tag}").replace(f"</{tag}", f"</x:{tag}")
    xml = xml.replace("xmlns=", "xmlns:x=")
    assert only(write_xlsx(tmp_path / "名.xlsx", "", {SHEET: xml})).rows == [["#REF!", 1]]


def test_hidden_rows_columns_and_sheets_are_read_and_said(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for number in range(3):
        book.active.append([number, number])
    book.active.row_dimensions[2].hidden = True
    book.active.column_dimensions["B"].hidden = True
    book.active.auto_filter.ref = "A1:B3"
    for state in ("hidden", "veryHidden"):
        added = book.create_sheet(state)
        added.append([1])
        added.sheet_state = state
    book.save(tmp_path / "隐.xlsx")
    first, *others = read_grids(tmp_path / "隐.xlsx")[1]
    assert len(first.rows) == 3
    rows, columns = first.notes
    assert "1 行被筛选隐藏" in rows.message_zh
    assert "（B）" in columns.message_zh
    assert [kinds(grid) for grid in others] == [["hidden"], ["hidden"]]


def test_hidden_rows_of_an_old_workbook_are_said(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    page = book.add_sheet("表")
    page.write(0, 0, 1)
    page.write(1, 1, 2)
    page.row(1).hidden = True
    page.col(1).hidden = True
    book.save(str(tmp_path / "隐.xls"))
    grid = only(tmp_path / "隐.xls")
    assert grid.rows == [[1, None], [None, 2]]
    assert kinds(grid) == ["hidden", "hidden"]


@pytest.mark.parametrize("early", [False, True])
def test_dates_are_right_in_both_date_systems(tmp_path: Path, early: bool) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "日.xlsx"), {"date_1904": early}) as book:
        form = book.add_format({"num_format": 'yyyy"年"m"月"d"日"'})
        book.add_worksheet().write_datetime(0, 0, dt.datetime(2019, 5, 3), form)
    assert only(tmp_path / "日.xlsx").rows == [[dt.date(2019, 5, 3)]]


def test_a_number_written_as_text_stays_text(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "0510117"
    book.active["A1"].quotePrefix = True
    book.save(tmp_path / "文.xlsx")
    assert only(tmp_path / "文.xlsx").rows == [["0510117"]]


@pytest.mark.parametrize("year", [2018.0, "2018", "2018.0", "2018年"])
def test_ways_to_write_a_year(tmp_path: Path, year: object) -> None:
    book = openpyxl.Workbook()
    book.active.append(USE)
    book.active.append(["郫县", year, "杀虫剂", 1])
    book.save(tmp_path / "年.xlsx")
    [reading] = read_file(tmp_path / "年.xlsx", REGISTER).sheets
    assert reading.kept["year"].tolist() == [2018]


@pytest.mark.parametrize("name", ["宏.xlsm", "宏.xlsx"])
def test_macros_are_not_run_and_said(tmp_path: Path, name: str) -> None:
    grid = only(write_xlsx(tmp_path / name, ONE, {"xl/vbaProject.bin": b"macro"}))
    assert grid.rows == [["县名", 1]]
    assert kinds(grid) == ["macros"]


def test_linked_files_are_named_and_not_fetched(tmp_path: Path) -> None:
    rel = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type="x" Target="file:///C:\\temp\\%E4%B8%8A%E5%B9%B4.xlsx" '
        'TargetMode="External"/></Relationships>'
    )
    linked = {"xl/externalLinks/_rels/externalLink1.xml.rels": rel}
    cells = '<row r="1"><c r="A1"><f>[1]表!A1</f><v>7</v></c></row>'
    grid = only(write_xlsx(tmp_path / "链.xlsx", cells, {**linked}))
    assert grid.rows == [[7]]
    assert kinds(grid) == ["links"]
    assert "（上年.xlsx）" in grid.notes[0].message_zh


def test_an_old_workbook_under_a_new_name_is_read(tmp_path: Path) -> None:
    for name in ("旧.xlsx", "金山.et"):
        book = xlwt.Workbook()
        page = book.add_sheet("表")
        for column, text in enumerate(["县名", "乡镇" * 3000, 1.5]):
            page.write(0, column, text)
        book.save(str(tmp_path / name))
        assert only(tmp_path / name).rows == [["县名", "乡镇" * 3000, 1.5]]


def test_control_characters_are_taken_out_and_listed(tmp_path: Path) -> None:
    path = tmp_path / "控.csv"
    path.write_text("县\u202e名,\x00年\x07\u200b份\n", "utf-8")
    grid = only(path)
    assert grid.rows == [["县名", "年份"]]
    assert "U+0000、U+0007、U+202E" in grid.notes[0].message_zh


def test_names_are_harmless_in_messages(tmp_path: Path) -> None:
    book = parts(ONE)
    book["xl/workbook.xml"] = str(book["xl/workbook.xml"]).replace(
        'name="表"', 'name="../../&lt;b&gt;\u202e表"'
    )
    (tmp_path / "名.xlsx").write_bytes(packed(book))
    assert only(tmp_path / "名.xlsx").name == "../../<b>表"


def test_a_very_long_cell_is_kept_and_said(tmp_path: Path) -> None:
    rows = f'<row r="1">{text_cell("A1", "长" * 40_000)}</row>'
    grid = only(write_xlsx(tmp_path / "长.xlsx", rows))
    assert len(str(grid.rows[0][0])) == 40_000
    assert kinds(grid) == ["long_cell"]
