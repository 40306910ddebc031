"""What would go wrong without anyone noticing: lost units, lost columns, misread cells."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from agriqa.ingest import read_file
from tests.ingest.grids import REGISTER, USE, read, reasons, skips

Rows = list[list[object]]
ROW: list[object] = ["郫县", 2014, "杀虫剂"]
BARE = [*USE[:3], "商品量"]


@pytest.mark.parametrize(
    "header",
    [
        [["单位：公斤"], BARE],
        [["2014年农药", None, None, "计量单位：公斤"], BARE],
        [["单位：公斤   填表人：（模拟）"], BARE],
        [["2014年农药使用（公斤）"], BARE],
        [[*USE[:3], "农药使用量（公斤）"], [None, None, None, "商品量"]],
        [BARE, [None, None, None, "公斤"]],
        [BARE, [None, None, None, "（公斤）"]],
        [[*USE[:3], "农药使用量"], [None, None, None, "商品量"], [None, None, None, "公斤"]],
        [[*USE[:3], "商品量\n（公斤）"]],
    ],
)
def test_a_unit_counts_wherever_it_is_written(tmp_path: Path, header: Rows) -> None:
    reading = read(tmp_path, [*header, [*ROW, 1200]])
    assert reading.kept["use_t"].tolist() == [1.2]
    assert any("公斤" in note.message_zh for note in reading.notes)


def test_each_column_takes_the_stated_unit_that_fits_it(tmp_path: Path) -> None:
    rows = [["单位：公斤、亩"], [*BARE, "防治面积"], [*ROW, 1200, 30]]
    [kept] = read(tmp_path, rows).kept.to_dict("records")
    assert (kept["use_t"], kept["treated_ha"]) == (1.2, 2)


def test_a_headers_own_unit_goes_before_the_stated_one(tmp_path: Path) -> None:
    reading = read(tmp_path, [["单位：公斤"], USE, [*ROW, 1200]])
    assert reading.kept["use_t"].tolist() == [1200]


@pytest.mark.parametrize("stated", ["单位：吨、公斤", "单位：担"])
def test_a_stated_unit_that_settles_nothing_sets_the_table_aside(
    tmp_path: Path, stated: str
) -> None:
    reading = read(tmp_path, [[stated], BARE, [*ROW, 1200]])
    assert reasons(reading) == [(3, "use_t", "unknown_unit")]


def test_an_office_is_no_unit_and_an_assumed_unit_is_noted(tmp_path: Path) -> None:
    reading = read(tmp_path, [["填报单位：某县农业农村局"], BARE, [*ROW, 1200]])
    assert reading.kept["use_t"].tolist() == [1200]
    assert "未写单位，按吨" in reading.notes[0].message_zh


def test_a_group_unit_ends_with_its_merged_cell(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (
        [*USE[:3], "使用量（公斤）", None, None],
        [None, None, None, "商品量", "折百量", "防治面积（亩）"],
        [*ROW, 1200, 300, 30],
    ):
        book.active.append(row)
    book.active.merge_cells("D1:E1")
    book.save(tmp_path / "合并.xlsx")
    [sheet] = read_file(tmp_path / "合并.xlsx", REGISTER).sheets
    [kept] = sheet.kept.to_dict("records")
    assert (kept["use_t"], kept["active_t"], kept["treated_ha"]) == (1.2, 0.3, 2)


@pytest.mark.parametrize("header", [None, 2015, "　"])
def test_a_value_under_no_header_is_not_dropped(tmp_path: Path, header: object) -> None:
    reading = read(tmp_path, [[*USE, header], [*ROW, 1, 77]])
    assert [reason for _, _, reason in reasons(reading)] == ["unknown_column"]
    assert "77" in reading.problems["raw"].item()


def test_a_csv_row_with_a_cell_too_many_is_not_cut(tmp_path: Path) -> None:
    path = tmp_path / "用量.csv"
    path.write_text(",".join(USE) + "\n郫县,2014,杀虫剂,1,234\n双流县,2014,杀虫剂,2\n", "utf-8")
    [sheet] = read_file(path, REGISTER).sheets
    assert sheet.kept["row"].tolist() == [3]
    assert sheet.problems["reason"].tolist() == ["unknown_column"]


@pytest.mark.parametrize("cell", ["12,34", "1,234,5", "12.5 13", "1 2", "1e999", "二十", "1.2.3"])
def test_what_is_not_quite_a_number_is_refused(tmp_path: Path, cell: str) -> None:
    assert reasons(read(tmp_path, [USE, [*ROW, cell]])) == [(2, "use_t", "not_a_number")]


@pytest.mark.parametrize(
    ("cell", "stored"),
    [("1,234.5", 1234.5), ("1 234.5", 1234.5), ("1,234.5 公斤", 1.2345), ("12.5 吨", 12.5)],
)
def test_separators_of_thousands_and_a_unit_are_read(
    tmp_path: Path, cell: str, stored: float
) -> None:
    assert read(tmp_path, [USE, [*ROW, cell]]).kept["use_t"].tolist() == [stored]


@pytest.mark.parametrize("cell", ["201911", "2019113"])
def test_half_a_date_is_refused(tmp_path: Path, cell: str) -> None:
    header = [
        "样品编号",
        "县名",
        "抽样日期",
        "产品名称",
        "产品大类",
        "抽样环节",
        "监测类型",
        "判定结果",
    ]
    rows = [header, ["甲1", "郫县", cell, "茶", "茶叶", "基地", "例行", "合格"]]
    assert reasons(read(tmp_path, rows)) == [(2, "sampled_on", "not_a_date")]


def test_a_prefecture_of_another_province_is_not_overlooked(tmp_path: Path) -> None:
    # There is a 东区 in 中山市 as well as in 攀枝花市.
    rows = [["市州", *USE], ["中山市", "东区", 2014, "杀虫剂", 1]]
    assert reasons(read(tmp_path, rows)) == [(2, "市州", "unknown_prefecture")]


def test_title_and_sheet_must_not_name_different_years(tmp_path: Path) -> None:
    rows = [["2014年农药"], [USE[0], *USE[2:]], ["郫县", "杀虫剂", 1]]
    assert reasons(read(tmp_path, rows, sheet="2015")) == [(3, "year", "year_conflict")]


def test_the_day_of_filling_in_is_not_the_year(tmp_path: Path) -> None:
    title = ["2014年农药", "填报日期：2015年1月15日"]
    reading = read(tmp_path, [title, [USE[0], *USE[2:]], ["郫县", "杀虫剂", 1]])
    assert reading.kept["year"].tolist() == [2014]


def test_items_that_the_file_lists_as_withheld_stay_so(tmp_path: Path) -> None:
    rows = [
        [*USE, "折百量（吨）", "不公开项"],
        [*ROW, 1, None, "active_t"],
        ["双流县", 2014, "杀虫剂", None, 1, "商品量"],
        ["新津县", 2014, "杀虫剂", 1, 1, "商品量"],
        ["温江县", 2014, "杀虫剂", 1, 1, "甲"],
    ]
    reading = read(tmp_path, rows)
    assert reading.kept["withheld"].tolist() == ["active_t", "use_t"]
    assert reasons(reading) == [
        (4, "withheld", "contradiction"),
        (5, "withheld", "unknown_code"),
    ]


def test_a_last_row_without_values_is_no_note(tmp_path: Path) -> None:
    rows = [["县名", "耕地面积（公顷）"], ["双流县", 100], ["郫县", None], ["以上为全部", None]]
    reading = read(tmp_path, rows, sheet="2014")
    assert reasons(reading) == [(3, "cultivated_ha", "required")]
    assert (4, "note") in skips(reading)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["郫县", 2014, "合 计", 1], "total"),
        (["四川省", 2014, "杀虫剂", 1], "total"),
        (["成都市合计", 2014, "杀虫剂", 1], "total"),
        (["填表人：（模拟）", None, "审核人：（模拟）", None], "note"),
        (["（续表）", None, None, None], "header"),
    ],
)
def test_rows_that_are_no_data(tmp_path: Path, row: list[object], reason: str) -> None:
    reading = read(tmp_path, [USE, [*ROW, 1], row, ["双流县", 2014, "杀虫剂", 2]])
    assert reading.kept["row"].tolist() == [2, 4]
    assert (3, reason) in skips(reading)


def test_a_column_that_is_not_stored_is_noted(tmp_path: Path) -> None:
    reading = read(tmp_path, [[*USE, "备注"], [*ROW, 1, "补报"]])
    assert len(reading.kept) == 1
    assert [note.kind for note in reading.notes if note.kind == "ignored"] == ["ignored"]


def test_a_table_that_lacks_a_column_says_which(tmp_path: Path) -> None:
    reading = read(tmp_path, [["县名", "年份", "商品量（吨）"], ["郫县", 2014, 1]])
    [note] = reading.notes
    assert "农药使用" in note.message_zh
    assert "缺少必需的列：农药类别" in note.message_zh


def test_an_error_value_of_a_formula_is_not_missing(tmp_path: Path) -> None:
    rows = [[*USE, "折百量（吨）"], [*ROW, 1, "#DIV/0!"]]
    assert reasons(read(tmp_path, rows)) == [(2, "active_t", "not_a_number")]
