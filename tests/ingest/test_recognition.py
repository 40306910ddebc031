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
