from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.ingest import Guide, SheetReading
from agriqa.ingest.decisions import IGNORE, HeaderDecision
from agriqa.ingest.file import read_sheet
from agriqa.ingest.layout import regions
from agriqa.ingest.mappings import Mappings
from agriqa.ingest.readers import Grid
from tests.ingest.grids import subject, tables

Rows = list[list[Any]]
USE = ["县名", "年份", "农药类别", "商品量（吨）"]
FERTILISER = ["县名", "年份", "肥料种类", "折纯量（吨）"]
A: list[Any] = ["郫县", 2014, "杀虫剂", 1]
B: list[Any] = ["双流县", 2014, "杀菌剂", 2]
N: list[Any] = ["郫县", 2014, "氮肥", 3]


def shape(found: tuple[SheetReading, ...]) -> list[tuple[str | None, str, int, int]]:
    return [(t.dataset, t.place, len(t.kept), t.quarantined) for t in found]


@pytest.mark.parametrize(
    "between",
    [
        [],
        [[]],
        [[], []],
        [["2014年化肥施用"]],
        [[], ["表二"], ["单位：吨"]],
        [["注：甲"], [], ["化肥"]],
    ],
)
def test_tables_below_each_other_are_told_apart(between: Rows) -> None:
    found = tables([USE, A, B, *between, FERTILISER, N])
    start = 4 + len(between)
    assert shape(found) == [
        ("pesticide_use", "A1:D3", 2, 0),
        ("fertiliser_use", f"A{start}:D{start + 1}", 1, 0),
    ]


@pytest.mark.parametrize(
    "between", [["（续表）"], ["2014年农药使用（续表）"], ["2014年农药使用"], [], ["注：见上"]]
)
def test_the_same_header_again_goes_on_with_the_table(between: list[Any]) -> None:
    found = tables([["2014年农药使用"], USE, A, between, USE, B])
    assert shape(found) == [("pesticide_use", "A2:D6", 2, 0)]


def test_a_table_goes_on_without_its_header() -> None:
    found = tables([USE, A, [], ["续上表"], B])
    assert shape(found) == [("pesticide_use", "A1:D5", 2, 0)]


def test_the_same_header_below_a_title_of_its_own_is_another_table() -> None:
    header = ["县名", "农药类别", "商品量（吨）"]
    first, second = ["郫县", "杀虫剂", 1], ["郫县", "杀虫剂", 2]
    found = tables([["2014年农药"], header, first, [], ["2015年农药"], header, second])
    assert [t.kept["year"].tolist() for t in found] == [[2014], [2015]]


def test_a_title_over_all_tables_gives_the_year_to_each() -> None:
    rows = [
        ["成都市2014年投入品"],
        ["表一 农药"],
        ["县名", "农药类别", "商品量（吨）"],
        ["郫县", "杀虫剂", 1],
        ["表二 化肥"],
        ["县名", "肥料种类", "折纯量（吨）"],
        ["郫县", "氮肥", 2],
    ]
    assert [t.kept["year"].tolist() for t in tables(rows)] == [[2014], [2014]]


def test_the_unit_of_another_table_is_not_taken_over() -> None:
    rows = [["单位：公斤"], [*USE[:3], "商品量"], A, [], [*FERTILISER[:3], "折纯量"], N]
    first, second = tables(rows)
    assert first.kept["use_t"].tolist() == [0.001]
    assert second.problems["reason"].tolist() == ["unknown_unit"]


def test_a_header_nobody_knows_below_a_table_is_a_table_of_its_own() -> None:
    found = tables([USE, A, [], ["另表"], ["县名", "年份", "甲项", "乙项"], ["郫县", 2014, 1, 2]])
    assert [(t.dataset, len(t.kept)) for t in found] == [("pesticide_use", 1), (None, 0)]
    assert "甲项" in found[1].notes[0].message_zh


def test_tables_side_by_side_with_a_gap() -> None:
    rows = [["2014年农药", None, None, None, None, "2014年化肥"],
            [*USE, None, *FERTILISER], [*A, None, *N], B]  # fmt: skip
    found = tables(rows)
    assert shape(found) == [("pesticide_use", "A2:D4", 2, 0), ("fertiliser_use", "F2:I3", 1, 0)]
    assert found[1].kept[["row", "col"]].values.tolist() == [[3, 6]]


def test_a_list_in_two_blocks_of_columns_without_a_gap() -> None:
    header = ["县名", "类别", "商品量（吨）"]
    rows = [["2014年农药"], header * 2, ["郫县", "杀虫剂", 1, "双流县", "杀虫剂", 2],
            ["郫县", "杀菌剂", 3]]  # fmt: skip
    found = tables(rows)
    assert [t.kept["use_t"].tolist() for t in found] == [[1, 3], [2]]
    assert [t.kept["year"].tolist() for t in found] == [[2014, 2014], [2014]]
    assert [t.kept["col"].tolist() for t in found] == [[1, 1], [4]]


def test_tables_of_different_length_side_by_side_and_stacked() -> None:
    rows = [
        [*USE, None, *FERTILISER],
        [*A, None, *N],
        [*B, None],
        [None] * 5 + FERTILISER,
        [*["新津县", 2014, "杀虫剂", 4], None, "双流县", 2014, "氮肥", 5],
    ]
    found = tables(rows)
    assert sum(len(t.kept) for t in found) == 5


def test_a_column_of_gaps_inside_a_table_does_not_split_it() -> None:
    found = tables([[*USE[:3], None, USE[3]], [*A[:3], None, 1]])
    assert shape(found) == [("pesticide_use", "A1:E2", 1, 0)]


def test_a_table_may_begin_in_any_row_and_column() -> None:
    rows = [[], ["2014年"], *([None, None, *row] for row in (USE, A, B))]
    [found] = tables(rows)
    assert found.place == "C3:F5"
    assert found.kept["col"].tolist() == [1, 1]


@pytest.mark.parametrize(
    "numbers", [["甲", "乙", "丙", 1], [1, 2, 3, 4], [f"（{n}）" for n in range(1, 5)]]
)
def test_a_row_that_numbers_the_columns_is_part_of_the_header(numbers: list[Any]) -> None:
    [found] = tables([USE, numbers, A])
    assert len(found.kept) == 1
    assert found.skipped["reason"].tolist() == ["header", "header"]


@pytest.mark.parametrize(
    "header",
    [["县 名", "年\n份", "农药类别（下拉选择）", "商品量（吨）（保留两位小数）"],
     ["County", "Ye-\nar", "Category", "Commod-\nity use (t)"],
     ["县名", "年份", "农药类别（必填）", "＊商品量［吨］"]],
)  # fmt: skip
def test_headers_as_people_write_them(header: list[str]) -> None:
    [found] = tables([header, A])
    assert found.kept["use_t"].tolist() == [1]


def test_a_bracket_that_changes_the_meaning_is_no_remark() -> None:
    [found] = tables([[*USE[:3], "商品量（折百）（吨）"], A])
    assert found.dataset is None or found.quarantined == 1


def test_three_header_rows_and_one_of_units() -> None:
    rows = [
        ["县名", "年份", "农药类别", "农药", None],
        [None, None, None, "农药使用量", None],
        [None, None, None, "商品量", "折百量"],
        [None, None, None, "公斤", "（吨）"],
        [*A[:3], 3000, 2],
    ]
    [found] = tables(rows)
    assert found.kept[["use_t", "active_t"]].values.tolist() == [[3, 2]]


def test_rows_of_a_form_that_nobody_went_on_with_are_unfilled() -> None:
    rows = [[*USE, "折百量（吨）", "备注"], [*A, 1], ["双流县", 2014, "杀虫剂", None, None]]
    [found] = tables(rows)
    assert found.skipped[["row", "reason"]].values.tolist() == [[1, "header"], [3, "unfilled"]]


def test_a_gap_among_values_is_a_missing_value_and_no_unfilled_row() -> None:
    [found] = tables([[*USE, "折百量（吨）"], ["双流县", 2014, "杀虫剂", None, 1]])
    assert found.problems["reason"].tolist() == ["required"]


def test_a_header_is_read_as_people_decided_for_its_sender() -> None:
    said = [
        HeaderDecision("成都市", "pesticide_use", "用药数", "use_t", "公斤", "yes", "2024-05-01"),
        HeaderDecision("成都市", "pesticide_use", "上报人", IGNORE, "", "yes", "2024-05-01"),
    ]
    mappings = Mappings.of(headers=said)
    grid = Grid("表", [[*USE[:3], "用药数", "上报人"], [*A[:3], 500.0, "某人"]])
    [known] = read_sheet(grid, subject("成都市.xlsx", Guide(mappings)))
    [other] = read_sheet(grid, subject("绵阳市.xlsx", Guide(mappings)))
    assert known.kept["use_t"].tolist() == [0.5]
    assert [c.how for c in known.columns][-2:] == ["mapping", "ignored"]
    assert other.dataset is None


def test_a_long_sheet_is_scanned_for_headers_once() -> None:
    rows: Rows = [USE, *([A[0], 2014.0, "杀虫剂", float(i)] for i in range(20_000)), FERTILISER, N]
    first, second = regions(Grid("表", rows), "")
    assert first.table is not None
    assert second.table is not None
    assert (len(first.grid.rows), second.row) == (20_001, 20_001)


COUNTIES = ("郫县", "双流县", "新津县", "温江县", "大邑县", "蒲江县")
CROPS = ["县名", "年份", "作物类别", "播种面积（公顷）"]
KINDS = {
    "pesticide_use": (USE, "农药使用", ("杀虫剂", "杀菌剂", "除草剂")),
    "fertiliser_use": (FERTILISER, "化肥施用", ("氮肥", "磷肥", "钾肥")),
    "production": (CROPS, "种植业生产", ("粮食", "油料", "茶叶")),
}  # fmt: skip


def _table(draw: random.Random, kind: str, year: int, *, wide: int) -> tuple[Rows, int]:
    """Return a table with the lines around it, padded, and how many data rows it has."""
    header, title, codes = KINDS[kind]
    pairs = [(county, code) for county in COUNTIES for code in codes]
    data = [
        [c, year, code, draw.randint(1, 99)] for c, code in draw.sample(pairs, draw.randint(1, 6))
    ]
    rows: Rows = [[f"{year}年{title}情况表"]] if draw.random() < 0.7 else []
    rows += [["填报单位：某局", None, None, "计量单位：见表头"]] if draw.random() < 0.3 else []
    rows += [header, *data]
    rows += [["合计", None, None, 1]] if draw.random() < 0.5 else []
    rows += [["注：模拟数据。"]] if draw.random() < 0.5 else []
    return [[*row, *[None] * (wide - len(row))] for row in rows], len(data)


@given(st.randoms(use_true_random=False), st.booleans(), st.integers(1, 4))
@settings(deadline=None, max_examples=40)
def test_every_row_of_any_arrangement_is_found(
    draw: random.Random, beside: bool, number: int
) -> None:
    kinds = [draw.choice(list(KINDS)) for _ in range(number)]
    made = [_table(draw, kind, 2000 + at, wide=4) for at, kind in enumerate(kinds)]
    rows: Rows = []
    if beside:
        height = max(len(table) for table, _ in made)
        for at in range(height):
            line: list[Any] = []
            for table, _ in made:
                line += [*(table[at] if at < len(table) else [None] * 4), None]
            rows.append(line)
    else:
        for table, _ in made:
            rows += [*table, *[[None] * 4] * draw.randint(0, 2)]
    found = tables(rows)
    assert sum(t.quarantined for t in found) == 0
    kept = {}
    for table in found:
        if table.dataset is not None:
            kept[table.dataset] = kept.get(table.dataset, 0) + len(table.kept)
    asked: dict[str, int] = {}
    for kind, (_, n) in zip(kinds, made, strict=True):
        asked[kind] = asked.get(kind, 0) + n
    assert kept == asked
