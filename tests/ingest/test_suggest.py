from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agriqa.areas import AmbiguousAreaError
from agriqa.areas.names import short_name
from agriqa.areas.suggest import likeness
from agriqa.datasets import dataset
from agriqa.datasets.declaration import code_lists
from agriqa.ingest.brandpairs import brand_pairs
from agriqa.ingest.suggest import suggest_brand, suggest_code, suggest_column, suggest_county
from tests.conftest import ROOT
from tests.ingest.grids import REGISTER

SPELLINGS = sorted(
    {t for name in REGISTER.units["name"] for t in (name, short_name(name)) if t is not None}
)


@pytest.fixture(scope="module")
def brands() -> pd.DataFrame:
    return pd.read_csv(ROOT / "data" / "reference" / "brands.csv", dtype="str")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("丹棱桔橙", "丹棱橘橙"),
        ("秦巴茗兰", "秦巴茗籣"),
        ("秦巴茗蘭", "秦巴茗籣"),
        ("麦冬", "麦东"),
    ],
)
def test_variants_and_homophones_are_alike(one: str, other: str) -> None:
    assert likeness(one, other) >= 95


@given(st.text(max_size=8), st.text(max_size=8))
def test_likeness_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    assert 0 <= likeness(one, other) <= 100
    if one.strip():
        assert likeness(one, one) == 100


@given(st.sampled_from(SPELLINGS), st.integers(1, 3))
def test_an_ambiguous_county_has_no_winner(text: str, limit: int) -> None:
    found = suggest_county(text, REGISTER, limit=limit)
    try:
        REGISTER.resolve(text)
    except AmbiguousAreaError as error:
        counties = {code for code in error.codes if code in set(REGISTER.counties["code"])}
        best = {s.target for s in found if s.score == found[0].score}
        assert counties <= best
    # Whatever is left out is less alike than what is shown.
    every = suggest_county(text, REGISTER, limit=500)
    shown = {s.target for s in found}
    assert all(s.score < found[-1].score for s in every if s.target not in shown)


def test_the_prefecture_tells_which_of_two_counties() -> None:
    assert [s.target for s in suggest_county("市中区", REGISTER, prefecture="内江市")] == ["511002"]
    assert suggest_county("内江市市中曲", REGISTER)[0].target == "511002"
    leading = suggest_county("市中区", REGISTER)[:2]
    assert {s.target for s in leading} == {"511002", "511102"}
    assert leading[0].score == leading[1].score


def test_a_homophone_of_a_county_is_suggested_first() -> None:
    assert suggest_county("浦江县", REGISTER)[0].target == "510131"
    assert suggest_county("西冲县", REGISTER)[0].target == "511325"


def test_codes_and_columns_are_suggested() -> None:
    [code] = suggest_code("杀虫济", code_lists()["pesticide_category"])
    assert code.target == "insecticide"
    column = suggest_column("折百两（公斤）", dataset("pesticide_use"))[0]
    assert (column.target, column.unit) == ("active_t", "公斤")
    assert suggest_column("经办人", dataset("pesticide_use")) == []


def test_one_name_of_two_brands_suggests_both(brands: pd.DataFrame) -> None:
    found = suggest_brand("东坡泡采", brands, limit=1)
    assert {s.target for s in found} == {"brand-0178", "brand-0179"}


def test_the_brands_that_stand_twice_are_found(brands: pd.DataFrame) -> None:
    # The registration list spells 秦巴茗兰 with the traditional character.
    double = brands[brands["brand_id"] == "brand-0020"].assign(
        brand_id="brand-9999", name="秦巴茗籣牌（国香）平昌青芽茶"
    )
    pairs = brand_pairs(pd.concat([brands, double], ignore_index=True), REGISTER)
    found = dict(zip(pairs["other_name"], pairs["brand_id"], strict=True))
    # By reading all 288 names: four spellings, a firm and its product, a place put before,
    # and two of one county that only a person can tell.
    assert found == {
        "秦巴茗籣牌（国香）平昌青芽茶": "brand-0020",
        "丹棱桔橙": "brand-0004",
        "安县魔芋": "brand-0005",
        "“文宫”牌枇杷": "brand-0070",
        "红原牦牛奶(粉)": "brand-0162",
        "竹叶青": "brand-0016",
        "东坡泡菜": "brand-0156",
        "牛滩之姜": "brand-0143",
        "蒲江杂柑": "brand-0193",
    }


def _two(first: str, second: str, **other: str) -> pd.DataFrame:
    row = {
        "kind": "product", "category": "果品", "county_codes": "511424", "prefecture_code": "511400"
    }  # fmt: skip
    return pd.DataFrame(
        [
            {"brand_id": "b1", "name": first, **row},
            {"brand_id": "b2", "name": second, **row, **other},
        ]
    )


def test_the_same_county_raises_and_another_lowers() -> None:
    same = brand_pairs(_two("丹棱之姜", "丹棱生姜"), least=0)["score"][0]
    open_ = brand_pairs(_two("丹棱之姜", "丹棱生姜", county_codes=""), least=0)["score"][0]
    other = brand_pairs(_two("丹棱之姜", "丹棱生姜", county_codes="512021"), least=0)["score"][0]
    assert same > open_ > other


@pytest.mark.parametrize(
    ("one", "other"),
    [("四川泡菜", "四川泡椒"), ("安岳柠檬", "安岳红薯"), ("乐道子鸡", "乐道子鸡蛋")],
)
def test_other_products_of_a_county_are_no_pair(one: str, other: str) -> None:
    assert brand_pairs(_two(one, other)).empty


def test_equal_names_of_several_kinds_are_no_pair() -> None:
    assert brand_pairs(_two("丹棱桔橙", "丹棱桔橙", kind="enterprise")).empty
