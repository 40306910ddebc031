from __future__ import annotations

import pytest

from agriqa.datasets.units import convert, is_rate_of
from agriqa.ingest.rates import percent_rule
from tests.ingest.grids import tables

ROW = ["郫县", 2014, "杀虫剂", 1.5]


@pytest.mark.parametrize(
    ("cells", "unit", "factor", "rule"),
    [
        ([98.5, 70, None], None, 1, None),
        ([0.985, 0.7, 1.0, 0.0], None, 100, "fraction_as_percent"),
        (["0.985", "—"], None, 100, "fraction_as_percent"),
        ([0.985, 0.7], "%", 1, "percent_looks_like_fraction"),
        ([0.985, 70], None, 1, "mixed_percent"),
        ([0.985, 70], "%", 1, "mixed_percent"),
        ([1, 0, 1], None, 1, "ambiguous_percent"),
        ([0, 0], None, 1, None),
        (["98.5%", 70], None, 1, None),
        (["0.5%", 70], None, 1, None),
        ([985, 700], "‰", 0.1, None),
        ([], None, 1, None),
        (["保密", "n/a"], None, 1, None),
    ],
)
def test_a_column_of_percentages_is_decided_as_a_whole(
    cells: list[object], unit: str | None, factor: float, rule: str | None
) -> None:
    found = percent_rule(cells, unit)  # type: ignore[arg-type]
    assert (found.factor, found.rule) == (factor, rule)
    assert convert(1, found.unit, "%") == pytest.approx(factor)


def test_the_cells_in_doubt_are_named() -> None:
    assert percent_rule([98.5, 0.7, "0.5%", 1], None).cells == (1, 3)


@pytest.mark.parametrize(
    ("value", "unit", "target", "stored"),
    [(2, "公斤/亩", "kg/ha", 30), (2, "斤/亩", "kg/ha", 15), (1500, "kg/ha", "t/ha", 1.5),
     (1, "千克每公顷", "kg/ha", 1), (100, "kg/亩", "t/ha", 1.5)],
)  # fmt: skip
def test_rates_per_mu_and_hectare_convert(
    value: float, unit: str, target: str, stored: float
) -> None:
    assert convert(value, unit, target) == pytest.approx(stored)


def test_a_concentration_is_no_rate_per_area() -> None:
    assert not is_rate_of("毫克/千克", "t")


@pytest.mark.parametrize(
    "rows",
    [
        [["县名", "年份", "农药类别", "商品量（公斤/亩）"], ROW],
        [["单位：公斤/亩"], ["县名", "年份", "农药类别", "商品量"], ROW],
        [["县名", "年份", "农药类别", "农药使用量（斤/亩）"], [None, None, None, "商品量"], ROW],
        [["县名", "年份", "农药类别", "商品量"], [None, None, None, "公斤/公顷"], ROW],
    ],
)
def test_a_rate_is_never_taken_for_an_amount(rows: list[list[object]]) -> None:
    [found] = tables(rows)
    assert found.problems["reason"].tolist() == ["rate_for_amount"]
    assert "面积" in found.problems["message_zh"].item()
