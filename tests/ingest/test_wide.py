from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.ingest import SheetReading
from agriqa.ingest.header import Block
from agriqa.ingest.readers import read_grids
from agriqa.ingest.wide import unpivot
from tests.ingest.grids import tables

Rows = list[list[Any]]


def values(found: SheetReading, *names: str) -> list[list[Any]]:
    return found.kept[[*names, "col"]].values.tolist()


def test_years_across_with_the_measure_in_the_title() -> None:
    rows = [
        ["农药使用量（公斤）"],
        ["县名", "农药类别", "2013年", "2014年"],
        ["郫县", "杀虫剂", 1000, 2000],
    ]
    [found] = tables(rows)
    assert values(found, "year", "use_t") == [[2013, 1, 3], [2014, 2, 4]]


@pytest.mark.parametrize("year", ["2013年", "2013年度", "2013", 2013.0, "２０１３年", "2013 年"])
def test_ways_to_write_a_year_across(year: object) -> None:
    [found] = tables([["农药使用量"], ["县名", "农药类别", year], ["郫县", "杀虫剂", 1]])
    assert values(found, "year", "use_t") == [[2013, 1, 3]]


def test_years_below_their_measures() -> None:
    rows = [
        ["县名", "农药类别", "农药使用量（公斤）", None, "防治面积（亩）", None],
        [None, None, "2013年", "2014年", "2013年", "2014年"],
        ["郫县", "杀虫剂", 1000, 2000, 15, 30],
    ]
    [found] = tables(rows)
    assert values(found, "year", "use_t", "treated_ha") == [[2013, 1, 1, 3], [2014, 2, 2, 4]]


def test_measures_below_their_years() -> None:
    rows = [
        ["县名", "农药类别", "2012年", None, "2013年", None, "2014年", None],
        [None, None, *["商品量（吨）", "折百量（吨）"] * 3],
        ["郫县", "杀虫剂", 1, 0.5, 2, 1, 3, 1.5],
    ]
    [found] = tables(rows)
    assert values(found, "year", "use_t", "active_t") == [
        [2012, 1, 0.5, 3], [2013, 2, 1, 5], [2014, 3, 1.5, 7],
    ]  # fmt: skip


@pytest.mark.parametrize(
    "header",
    [["杀虫剂", "杀菌剂"], ["其中：杀虫剂", "2.杀菌剂"], ["杀虫剂（吨）", "杀菌剂（吨）"],
     ["杀虫剂使用量（吨）", "杀菌剂使用量（吨）"]],
)  # fmt: skip
def test_categories_across(header: list[str]) -> None:
    [found] = tables([["2014年农药使用量（吨）"], ["县名", *header], ["郫县", 1, 2]])
    assert values(found, "category", "use_t") == [["insecticide", 1, 2], ["fungicide", 2, 3]]


def test_years_and_categories_across() -> None:
    rows = [
        ["化肥施用量（折纯）", "单位：吨"],
        ["县名", "2013年", None, "2014年", None],
        [None, "氮肥", "磷肥", "氮肥", "磷肥"],
        ["郫县", 1, 2, 3, 4],
    ]
    [found] = tables(rows)
    assert values(found, "year", "nutrient", "pure_t") == [
        [2013, "N", 1, 2], [2013, "P2O5", 2, 3], [2014, "N", 3, 4], [2014, "P2O5", 4, 5],
    ]  # fmt: skip


def test_a_sum_across_is_no_data() -> None:
    rows = [["2014年农药使用量（吨）"], ["县名", "杀虫剂", "杀菌剂", "合计"], ["郫县", 1, 2, 3]]
    [found] = tables(rows)
    assert found.kept["use_t"].tolist() == [1, 2]
    assert [(c.position, c.how) for c in found.columns][-1] == (4, "total")


def test_an_empty_cell_across_is_unfilled_and_a_dash_is_missing() -> None:
    rows = [
        ["2014年农药使用量（吨）"],
        ["县名", "杀虫剂", "杀菌剂"],
        ["郫县", None, 2],
        ["双流县", 1, "—"],
    ]
    [found] = tables(rows)
    assert found.skipped[["row", "col", "reason"]].values.tolist()[-1] == [3, 2, "unfilled"]
    assert found.problems[["row", "col", "reason"]].values.tolist() == [[4, 3, "required"]]


def test_a_bad_cell_across_sets_its_own_record_aside() -> None:
    rows = [["农药使用量"], ["县名", "农药类别", "2013年", "2014年"], ["郫县", "杀虫剂", 1, "约2"]]
    [found] = tables(rows)
    assert found.problems[["row", "col", "reason"]].values.tolist() == [[3, 4, "not_a_number"]]
    assert values(found, "year", "use_t") == [[2013, 1, 3]]


@pytest.mark.parametrize(
    "title", ["2014年农药使用量（折百）", "2014年农药商品量和折百量", "2014年"]
)
def test_a_measure_that_is_not_settled_is_not_guessed(title: str) -> None:
    [found] = tables([[title], ["县名", "杀虫剂", "杀菌剂"], ["郫县", 1, 2]])
    assert found.dataset is None
    assert any("商品量、折百量" in note.message_zh for note in found.notes)


def test_a_measure_whose_name_only_begins_like_ours_is_none_of_ours() -> None:
    [found] = tables([["农膜使用量"], ["县名", "2013年", "2014年"], ["郫县", 50, 60]])
    assert found.dataset is None


def test_a_measure_taken_from_the_dataset_is_said() -> None:
    [found] = tables([["2014年农药情况"], ["县名", "杀虫剂", "杀菌剂"], ["郫县", 1, 2]])
    assert found.kept["use_t"].tolist() == [1, 2]
    assert [n.level for n in found.notes if n.kind == "measure"] == ["warning"]


def test_an_unknown_column_of_a_wide_table_is_not_dropped() -> None:
    rows = [["2014年农药使用量（吨）"], ["县名", "杀虫剂", "杀菌剂", "什么"], ["郫县", 1, 2, 3]]
    [found] = tables(rows)
    assert found.problems["reason"].tolist() == ["unknown_column"] * 2


def test_two_units_of_one_measure_are_not_mixed() -> None:
    rows = [
        ["农药使用量"],
        ["县名", "农药类别", "2013年（吨）", "2014年（公斤）"],
        ["郫县", "杀虫剂", 1, 2],
    ]
    [found] = tables(rows)
    assert len(found.kept) == 0


def test_a_yearbook_table_becomes_one_record_for_each_year(shared: Path) -> None:
    [path] = (shared / "samples" / "yearbook").glob("*2020-2021.xlsx")
    _, [grid] = read_grids(path)
    blocks = [Block(3, {3: 3}, {-1: 2020.0}), Block(4, {3: 4}, {-1: 2021.0})]
    found = unpivot(grid.rows, [4, 5], [0], blocks)
    assert found.rows.tolist() == [5, 5, 6, 6]
    assert list(found.cells[-1]) == [2020, 2021] * 2
    assert list(found.cells[3]) == [grid.rows[r][c] for r in (4, 5) for c in (3, 4)]


@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 4), st.integers(0, 4))
@settings(deadline=None, max_examples=30)
def test_every_cell_across_becomes_one_record_at_its_place(
    height: int, width: int, row: int, col: int
) -> None:
    rows: Rows = [[f"r{at}", *(100 * at + n for n in range(width))] for at in range(height)]
    blocks = [Block(n + 1, {1: n + 1}, {-1: float(n)}) for n in range(width)]
    found = unpivot(rows, range(height), [0], blocks, row=row, col=col)
    places = list(zip(found.rows.tolist(), found.cols.tolist(), strict=True))
    assert places == [(row + r + 1, col + c + 2) for r in range(height) for c in range(width)]
    assert [found.cells[col + 1][at] for at in range(len(found))] == [
        rows[r - row - 1][c - col - 1] for r, c in places
    ]
