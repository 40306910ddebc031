"""What a cell may contain, and which county of today it means."""

from __future__ import annotations

import copy
import pickle
from contextlib import suppress

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agriqa.areas import AmbiguousAreaError, Match, Register, UnknownAreaError
from agriqa.errors import AgriqaError
from tests.areas.conftest import REFERENCE

REGISTER = Register.load(REFERENCE)
UNITS = REGISTER.units.to_dict("records")
SPLIT = {"510902"}  # 遂宁市中区, split in 2003 into two districts (国函〔2003〕131号)
YEARS = range(1999, 2026)


def stood(unit: dict, year: int) -> bool:
    first = 0 if pd.isna(unit["valid_from"]) else unit["valid_from"]
    last = 9999 if pd.isna(unit["valid_to"]) else unit["valid_to"]
    return first <= year <= last


STANDING = [(u, y) for u in UNITS for y in YEARS if stood(u, y) and u["code"] not in SPLIT]


@given(st.sampled_from(STANDING))
def test_every_name_resolves_in_every_year_it_stood(case: tuple[dict, int]) -> None:
    unit, year = case
    found = REGISTER.resolve(unit["name"], year=year, prefecture=unit["prefecture"])
    assert found.code == unit["current_code"]
    assert found.unit_name == unit["name"]


@given(st.sampled_from(STANDING))
def test_every_code_resolves_in_every_year_it_stood(case: tuple[dict, int]) -> None:
    unit, year = case
    assert REGISTER.resolve(unit["code"], year=year).code == unit["current_code"]


@given(st.sampled_from(STANDING), st.sampled_from(["{p}{n}", "四川省{p}{n}", "四川 {p} {n}"]))
def test_prefixed_names_resolve(case: tuple[dict, int], pattern: str) -> None:
    unit, year = case
    text = pattern.format(p=unit["prefecture"], n=unit["name"])
    assert REGISTER.resolve(text, year=year).code == unit["current_code"]


@given(st.sampled_from([u for u in UNITS if pd.isna(u["valid_to"])]))
def test_english_names_of_today_resolve(unit: dict) -> None:
    found = REGISTER.resolve(unit["name_en"], prefecture=unit["prefecture"])
    assert found.code == unit["code"]


@given(st.text(max_size=12), st.none() | st.integers(1990, 2030))
def test_any_text_gives_a_match_or_a_stated_error(text: str, year: int | None) -> None:
    with suppress(AgriqaError):
        assert isinstance(REGISTER.resolve(text, year=year), Match)


@pytest.mark.parametrize(
    ("text", "year", "how"),
    [
        ("郫县", 2014, "old_name"),
        ("510124", None, "code"),
        ("郫都区", None, "name"),
        ("成都市郫都区", None, "name"),
        ("成都郫都区", None, "name"),
        ("郫都区（成都市）", None, "name"),
        (" 郫 都 区 ", None, "name"),
        ("郫都", None, "short_name"),
        ("Pidu", None, "pinyin"),
        ("pidu qu", None, "pinyin"),
        ("Chengdu Pidu District", None, "pinyin"),
        ("５１０１１７", None, "code"),
        ("510117000000", None, "code"),
    ],
)
def test_spellings_of_one_county(text: str, year: int | None, how: str) -> None:
    found = REGISTER.resolve(text, year=year)
    assert (found.code, found.name, found.how) == ("510117", "郫都区", how)


def test_a_name_from_a_later_year_is_accepted_with_a_remark() -> None:
    assert REGISTER.resolve("郫都区", year=2012).remark == "2012 年尚无此名，按今名识别"
    assert REGISTER.resolve("郫都区", year=2020).remark is None


@pytest.mark.parametrize("name", ["郫县", "郫都区"])
def test_both_names_hold_in_the_year_of_the_change(name: str) -> None:
    assert REGISTER.resolve(name, year=2016).remark is None


def test_an_old_name_in_a_later_list_is_accepted_with_a_remark() -> None:
    found = REGISTER.resolve("会理县", year=2024)
    assert found.code == "513402"
    assert found.remark == "旧名，2021 年撤县设市，今为会理市 513402"


def test_lost_territory_is_remarked() -> None:
    found = REGISTER.resolve("达县", year=2010)
    assert found.code == "511703"
    assert "不宜直接比较" in (found.remark or "")


@pytest.mark.parametrize(
    ("year", "codes"),
    [
        (None, ("511002", "511102")),
        (2005, ("510802", "511002", "511102")),
        (2001, ("510802", "510903", "510904", "511002", "511102")),
    ],
)
def test_a_name_of_several_counties_is_refused(year: int | None, codes: tuple[str, ...]) -> None:
    with pytest.raises(AmbiguousAreaError) as caught:
        REGISTER.resolve("市中区", year=year)
    assert tuple(sorted(caught.value.codes)) == codes
    assert "内江市" in str(caught.value)
    assert "乐山市" in str(caught.value)


@pytest.mark.parametrize(
    ("prefecture", "code"), [("内江市", "511002"), ("乐山", "511102"), ("510800", "510802")]
)
def test_the_prefecture_settles_it(prefecture: str, code: str) -> None:
    assert REGISTER.resolve("市中区", prefecture=prefecture).code == code


@pytest.mark.parametrize("text", ["510902", "遂宁市中区", "遂宁市市中区"])
def test_a_split_unit_is_refused_naming_its_heirs(text: str) -> None:
    with pytest.raises(AmbiguousAreaError, match=r"船山区.*安居区") as caught:
        REGISTER.resolve(text, year=2002)
    assert caught.value.codes == ("510903", "510904")


@pytest.mark.parametrize("text", ["雅安市", "资阳市", "巴中市", "阿坝", "甘孜", "广安"])
def test_a_prefecture_total_never_becomes_a_county(text: str) -> None:
    with pytest.raises(AmbiguousAreaError, match="市州级"):
        REGISTER.resolve(text, year=2020)


def test_the_county_is_meant_when_its_prefecture_is_given() -> None:
    assert REGISTER.resolve("甘孜", prefecture="甘孜州").code == "513328"
    assert REGISTER.resolve("雅安市", year=1999).code == "511802"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("浦江县", "蒲江县"),
        ("皮都区", "郫都区"),
        ("什那市", "什邡市"),
        ("北川羌族自冶县", "北川羌族自治县"),
    ],
)
def test_a_misspelling_is_refused_with_the_nearest_first(typed: str, meant: str) -> None:
    with pytest.raises(UnknownAreaError) as caught:
        REGISTER.resolve(typed)
    assert caught.value.nearest[0].startswith(meant)
    assert typed in str(caught.value)


@pytest.mark.parametrize("text", ["330726", "浙江省浦江县", "重庆市渝北区"])
def test_another_province_is_refused_as_such(text: str) -> None:
    with pytest.raises(UnknownAreaError, match="不在本名录中"):
        REGISTER.resolve(text)


@pytest.mark.parametrize(
    ("text", "says"), [("510100", "市（州）级"), ("成都市", "市（州）级"), ("四川省", "全省")]
)
def test_a_larger_area_is_refused_as_such(text: str, says: str) -> None:
    with pytest.raises(UnknownAreaError, match=says):
        REGISTER.resolve(text)


def test_a_county_of_another_prefecture_is_refused() -> None:
    with pytest.raises(UnknownAreaError, match=r"青羊区（成都市 510105）"):
        REGISTER.resolve("青羊区", prefecture="绵阳市")


def test_a_moved_county_is_found_under_either_prefecture() -> None:
    for prefecture in ("资阳市", "成都市"):
        assert REGISTER.resolve("简阳市", prefecture=prefecture).code == "510185"


@pytest.mark.parametrize("text", ["市中区", "浦江县"])
def test_the_same_refusal_can_be_met_again_and_travel(text: str) -> None:
    errors = []
    for _ in range(2):
        with pytest.raises(AgriqaError) as caught:
            REGISTER.resolve(text)
        errors.append(caught.value)
    assert errors[0] is not errors[1]
    assert str(errors[0]) == str(errors[1])
    assert str(pickle.loads(pickle.dumps(errors[0]))) == str(errors[0])
    assert str(copy.copy(errors[0])) == str(errors[0])
