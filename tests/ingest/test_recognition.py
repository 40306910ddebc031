from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.ingest.grids import USE, read, reasons, skips


def test_title_two_header_rows_total_and_note(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        [
            ["成都市2014年农药使用情况表"],
            ["填报单位：成都市农业农村局", None, None, "计量单位：见表头"],
            ["县（市、区）", "农药类别", "农药使用量", None, "防治情况"],
            [None, None, "商品量（公斤）", "折百量（吨）", "防治面积（万亩次）"],
            ["郫县", "杀虫剂", 12500, 3, 1.5],
            [None, None, None, None, None],
            ["合　计", None, 12500, 3, 1.5],
            ["注：商品量按销售台账统计。"],
        ],
    )
    assert reading.dataset == "pesticide_use"
    [row] = reading.kept.to_dict("records")
    assert (row["county_code"], row["year"], row["category"]) == ("510117", 2014, "insecticide")
    assert (row["use_t"], row["active_t"], row["treated_ha"]) == (12.5, 3, 1000)
    assert skips(reading) == [
        (1, "title"), (2, "title"), (3, "header"), (4, "header"), (6, "blank"), (7, "total"),
        (8, "note"),
    ]  # fmt: skip
    assert {note.kind for note in reading.notes} == {"unit", "year"}


@pytest.mark.parametrize(
    ("header", "cell", "stored"),
    [
        ("商品量（吨）", 1.5, 1.5),
        ("商品量(公斤)", 1234.5, 1.2345),
        ("农药使用量/万吨", 0.0012, 12.0),
        ("use_t", 2, 2.0),
        ("Commodity use (kg)", 500, 0.5),
        ("使 用 量", "１２．５", 12.5),
        ("商品量（吨）", "1,234.5", 1234.5),
        ("商品量（吨）", "300公斤", 0.3),
        ("商品量（斤）", 2000, 1.0),
    ],
)
def test_units_and_ways_to_write_a_number(
    tmp_path: Path, header: str, cell: object, stored: float
) -> None:
    reading = read(tmp_path, [[*USE[:3], header], ["郫县", 2014, "杀虫剂", cell]])
    assert reading.kept["use_t"].tolist() == [stored]


def test_a_unit_of_another_dimension_sets_the_table_aside(tmp_path: Path) -> None:
    reading = read(tmp_path, [[*USE[:3], "商品量（亩）"], ["郫县", 2014, "杀虫剂", 1]])
    assert reasons(reading) == [(2, "use_t", "unknown_unit")]
    assert "吨" in reading.problems["allowed"].item()


def test_an_unknown_column_is_not_dropped(tmp_path: Path) -> None:
    reading = read(tmp_path, [[*USE, "折百两"], ["郫县", 2014, "杀虫剂", 1, 0.4]])
    assert reasons(reading) == [(2, "折百两", "unknown_column")]
    assert "折百量" in reading.problems["message_zh"].item()


def test_an_unknown_column_without_values_does_no_harm(tmp_path: Path) -> None:
    reading = read(tmp_path, [[*USE, "待定"], ["郫县", 2014, "杀虫剂", 1, None]])
    assert len(reading.kept) == 1


def test_a_column_that_stands_twice_sets_the_table_aside(tmp_path: Path) -> None:
    reading = read(tmp_path, [[*USE, "使用量（吨）"], ["郫县", 2014, "杀虫剂", 1, 2]])
    assert reasons(reading) == [(2, "use_t", "duplicate_column")]


def test_a_sheet_without_table_is_skipped_row_by_row(tmp_path: Path) -> None:
    reading = read(tmp_path, [["填表说明"], [None], ["一、本表按年填报。"]], sheet="说明")
    assert reading.dataset is None
    assert skips(reading) == [(1, "no_table"), (2, "blank"), (3, "no_table")]
    assert reading.notes == ()


def test_a_table_nobody_knows_names_its_headers(tmp_path: Path) -> None:
    reading = read(tmp_path, [["县名", "商品两", "什么"], ["郫县", 1, 2]])
    assert reading.dataset is None
    [note] = reading.notes
    assert note.level == "warning"
    assert "商品量" in note.message_zh


def test_two_years_in_the_title_are_refused(tmp_path: Path) -> None:
    header = [USE[0], USE[2], USE[3]]
    reading = read(tmp_path, [["2013年和2014年农药使用"], header, ["郫县", "杀虫剂", 1]])
    assert reasons(reading) == [(3, "year", "year_conflict")]


def test_the_year_may_come_from_the_sheet_name(tmp_path: Path) -> None:
    header = [USE[0], USE[2], USE[3]]
    reading = read(tmp_path, [header, ["郫县", "杀虫剂", 1]], sheet="农药2015")
    assert reading.kept["year"].tolist() == [2015]


def test_a_repeated_header_is_skipped(tmp_path: Path) -> None:
    first, second = ["郫县", 2014, "杀虫剂", 1], ["双流县", 2014, "杀虫剂", 2]
    reading = read(tmp_path, [USE, first, USE, second])
    assert len(reading.kept) == 2
    assert (3, "header") in skips(reading)


def test_missing_withheld_and_zero_are_three_things(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        [
            [*USE, "折百量（吨）"],
            ["郫县", 2014, "杀虫剂", 0, "—"],
            ["双流县", 2014, "杀虫剂", "保密", 0],
            ["新津县", 2014, "杀虫剂", 1, "…"],
        ],
    )
    rows = reading.kept.set_index("county_code")
    assert rows.loc["510117", "use_t"] == 0
    assert pd.isna(rows.loc["510117", "active_t"])
    assert pd.isna(rows.loc["510117", "withheld"])
    assert pd.isna(rows.loc["510116", "use_t"])
    assert rows.loc["510116", "withheld"] == "use_t"
    assert rows.loc["510116", "active_t"] == 0
    assert pd.isna(rows.loc["510118", "active_t"])


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        (["郫县", 2014, "杀虫剂", "约30"], "use_t", "not_a_number"),
        (["郫县", 2014, "杀虫剂", -1], "use_t", "out_of_range"),
        (["郫县", 2014, "杀虫剂", None], "use_t", "required"),
        (["郫县", 2014, "除虫剂", 1], "category", "unknown_code"),
        (["郫县", "去年", "杀虫剂", 1], "year", "not_a_year"),
        (["郫县", 1066, "杀虫剂", 1], "year", "out_of_range"),
        (["郫督区", 2014, "杀虫剂", 1], "county_code", "unknown_county"),
        (["重庆市潼南区", 2014, "杀虫剂", 1], "county_code", "unknown_county"),
        (["市中区", 2014, "杀虫剂", 1], "county_code", "ambiguous_county"),
        ([None, 2014, "杀虫剂", 1], "county_code", "required"),
    ],
)
def test_a_bad_cell_sets_its_row_aside_and_no_other(
    tmp_path: Path, cells: list[object], column: str, reason: str
) -> None:
    reading = read(tmp_path, [USE, cells, ["双流县", 2014, "杀虫剂", 2]])
    assert reasons(reading) == [(2, column, reason)]
    assert reading.kept["row"].tolist() == [3]
    [problem] = reading.problems.to_dict("records")
    assert problem["message_zh"]
    assert problem["message_en"]
    assert "商品量（吨）" in problem["raw"]


def test_a_row_with_two_problems_counts_once(tmp_path: Path) -> None:
    reading = read(tmp_path, [USE, ["郫督区", 2014, "杀虫剂", "约30"]])
    assert len(reading.problems) == 2
    assert reading.quarantined == 1


def test_equal_rows_are_kept_once_and_differing_ones_not_at_all(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        [
            USE,
            ["郫县", 2014, "杀虫剂", 1],
            ["郫都区", 2014, "杀虫剂", 1.0],
            ["双流县", 2014, "杀虫剂", 2],
            ["双流县", 2014, "杀虫剂", 3],
        ],
    )
    assert reading.kept["row"].tolist() == [2]
    assert (3, "duplicate") in skips(reading)
    assert [(row, reason) for row, _, reason in reasons(reading)] == [
        (4, "conflicting_rows"), (5, "conflicting_rows"),
    ]  # fmt: skip


def test_a_year_out_of_range_in_the_title_sets_rows_aside(tmp_path: Path) -> None:
    header = [USE[0], USE[2], USE[3]]
    reading = read(tmp_path, [["1985年农药"], header, ["郫县", "杀虫剂", 1]])
    assert reasons(reading) == [(3, "year", "out_of_range")]


def test_the_number_of_a_document_is_no_year(tmp_path: Path) -> None:
    header = [USE[0], USE[2], USE[3]]
    title = "2014年农药使用（川农函〔2015〕15号）"
    reading = read(tmp_path, [[title], header, ["郫县", "杀虫剂", 1]])
    assert reading.kept["year"].tolist() == [2014]


@pytest.mark.parametrize("year", [1066, 2099, 9999])
def test_a_year_in_the_future_or_long_past_is_refused(tmp_path: Path, year: int) -> None:
    reading = read(tmp_path, [USE, ["郫县", year, "杀虫剂", 1]])
    assert reasons(reading) == [(2, "year", "out_of_range")]


SAMPLE = ["样品编号", "县（市、区）", "抽样日期", "产品名称", "产品大类", "抽样环节", "监测类型",
          "判定结果"]  # fmt: skip


@pytest.mark.parametrize("day", ["2109-05-03", "0219-05-03"])
def test_a_date_in_the_future_or_long_past_is_refused(tmp_path: Path, day: str) -> None:
    row = ["S1", "郫县", day, "萝卜", "蔬菜", "基地", "例行", "合格"]
    assert reasons(read(tmp_path, [SAMPLE, row])) == [(2, "sampled_on", "out_of_range")]


RESIDUE = ["样品编号", "检测项目", "测定值（mg/kg）", "检出限（mg/kg）", "定量限（mg/kg）"]


@pytest.mark.parametrize(
    ("cells", "limits"),
    [(["<0.05", None, None], (0.05, None)), (["<0.05", 0.01, None], (0.01, 0.05)),
     (["<0.01", 0.01, 0.03], (0.01, 0.03))],
)  # fmt: skip
def test_the_limit_of_a_censored_value_is_kept(
    tmp_path: Path, cells: list[object], limits: tuple[float, float | None]
) -> None:
    reading = read(tmp_path, [RESIDUE, ["S1", "毒死蜱", *cells]])
    [row] = reading.kept.to_dict("records")
    assert row["censored"] is True
    assert row["lod_mg_kg"] == limits[0]
    assert row["loq_mg_kg"] == limits[1] or (pd.isna(row["loq_mg_kg"]) and limits[1] is None)


def test_a_limit_that_is_none_of_the_rows_own_is_a_contradiction(tmp_path: Path) -> None:
    reading = read(tmp_path, [RESIDUE, ["S1", "毒死蜱", "<0.5", 0.01, 0.03]])
    assert reasons(reading) == [(2, "value_mg_kg", "contradiction")]


@pytest.mark.parametrize("flag", [0, 1])
def test_the_flag_may_stand_on_either_side_of_the_value(tmp_path: Path, flag: int) -> None:
    header, cells = ["样品编号", "检测项目", "未检出"], ["S1", "毒死蜱", "是"]
    at = 2 if flag else 3
    header.insert(at, "测定值（mg/kg）")
    cells.insert(at, "ND")
    assert read(tmp_path, [header, cells]).kept["censored"].tolist() == [True]


def test_a_prefecture_in_a_lists_county_cell_is_no_total(tmp_path: Path) -> None:
    header = ["base_id", "programme", "level", "county_code"]
    reading = read(tmp_path, [header, ["b1", "现代农业示范市", "provincial", "成都市"]])
    assert reasons(reading) == [(2, "county_code", "unknown_county")]
