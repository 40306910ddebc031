from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agriqa.areas.names import (
    as_code,
    normalise,
    pinyin_names,
    prefecture_names,
    province_of,
    short_name,
)


@given(st.text())
def test_normalise_is_idempotent(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("郫都区", "郫都"),
        ("北川羌族自治县", "北川"),
        ("积石山保安族东乡族撒拉族自治县", "积石山"),
        ("市中区", "市中"),
        ("什邡市", "什邡"),
        ("荣县", None),
        ("东区", None),
    ],
)
def test_short_name(name: str, short: str | None) -> None:
    assert short_name(name) == short


@pytest.mark.parametrize(
    "text", ["510117", "５１０１１７", " 510117 ", 510117, 510117.0, "510117000"]
)
def test_as_code_reads_the_spellings_of_a_spreadsheet(text: object) -> None:
    assert as_code(text) == "510117"


@pytest.mark.parametrize("text", ["51011", "5101170", "510117123456", "510117.5", "", None])
def test_as_code_refuses_what_is_not_a_county_code(text: object) -> None:
    assert as_code(text) is None


def test_prefecture_names_cover_cities_and_autonomous_prefectures() -> None:
    assert prefecture_names("阿坝藏族羌族自治州") == ("阿坝藏族羌族自治州", "阿坝州", "阿坝")
    assert prefecture_names("成都市") == ("成都市", "成都")


def test_pinyin_of_one_character_names_keeps_the_suffix() -> None:
    assert pinyin_names("荣县", "Rong County") == ("rongcounty", "rongxian")


def test_province_of_reads_codes_and_names() -> None:
    assert province_of("330726") == "浙江省"
    assert province_of("湖南桃源县") == "湖南省"
    assert province_of("合计") is None
