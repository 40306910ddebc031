from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agriqa.datasets import datasets
from agriqa.datasets.units import (
    UnitError,
    UnknownUnitError,
    allowed,
    canonical,
    compatible,
    convert,
    factor,
    split_unit,
    unit_label,
)

UNITS = sorted({c.unit for d in datasets().values() for c in d if c.unit})


@pytest.mark.parametrize("unit", UNITS)
def test_every_declared_unit_is_known(unit: str) -> None:
    assert canonical(unit) is not None
    assert factor(unit, unit) == 1
    unit_label(unit)


# 1 ha = 15 mu (METHODS); 1 jin = 0.5 kg.
@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        (1234.5, "公斤", "t", 1.2345),
        (3, "万吨", "t", 30_000),
        (2000, "斤", "t", 1),
        (30, "亩", "ha", 2),
        (1.5, "万亩次", "ha", 1000),
        (2, "千公顷", "ha", 2000),
        (1, "平方公里", "ha", 100),
        (1, "亿元", "10k_cny", 10_000),
        (985, "‰", "%", 98.5),
        (20, "μg/kg", "mg/kg", 0.02),
        (0.1, "公斤", "t", 0.0001),
    ],
)
def test_conversions(value: float, source: str, target: str, expected: float) -> None:
    assert convert(value, source, target) == expected


def test_mass_is_no_area() -> None:
    assert not compatible("亩", "t")
    with pytest.raises(UnitError, match="公斤"):
        factor("亩", "t")


def test_an_amount_per_body_weight_is_no_concentration() -> None:
    assert convert(0.01, "毫克/千克体重", "mg/kg bw") == 0.01
    assert not compatible("mg/kg", "mg/kg bw")


def test_an_unknown_unit_names_what_is_allowed() -> None:
    with pytest.raises(UnknownUnitError, match="吨"):
        factor("担", "t")
    assert "亩" in allowed("ha")


@pytest.mark.parametrize(
    ("header", "name", "unit"),
    [
        ("商品量（吨）", "商品量", "吨"),
        ("商品量(公斤)", "商品量", "公斤"),
        ("防治面积[万亩次]", "防治面积", "万亩次"),
        ("商品量/吨", "商品量", "吨"),
    ],
)
def test_the_unit_is_split_off_a_header(header: str, name: str, unit: str) -> None:
    assert (name, unit) in list(split_unit(header))


@given(st.floats(0.001, 1e9))
def test_there_and_back_again(value: float) -> None:
    assert convert(convert(value, "亩", "ha"), "ha", "亩") == pytest.approx(value)
