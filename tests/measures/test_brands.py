"""Brands by kind and project, their concentration and their place in the economy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from agriqa.datasets import code_lists
from agriqa.measures import compute, measure
from agriqa.measures.source import Source
from agriqa.measures.values import values as values_of
from agriqa.project import Project
from agriqa.store import Snapshot
from tests.measures.handmade import frozen, production

AREAS = {
    ("510117", "grain"): {2014: "300"},
    ("510116", "grain"): {2014: "100"},
    ("510118", "grain"): {2014: "0"},
    ("510303", "grain"): {2014: "600"},
}
HEAD = "brand_id,name,kind,category,county_codes,prefecture_code,stage,withheld,origin\n"
BRANDS = (
    HEAD
    + """br-1,甲,区域公用品牌,果品,510117,510100,孵化,,published
br-2,乙,地理标志,果品,510117;510116,510100,提升,,published
br-3,丙,地理标志,茶叶,510116,510100,,,published
br-4,丁,企业品牌,茶叶,,510100,孵化,,published
br-5,戊,产品品牌,蔬菜,510129,510100,,,published
br-6,己,产品品牌,,510129,510100,,stage,published
br-7,庚,地理标志,粮油,510303,510300,,,published
br-8,辛,地理标志,果品,,,,,published
"""
)
IDS = [
    "brands_n",
    *(f"brands_{kind}_n" for kind in code_lists()["brand_kind"].codes),
    *(f"brands_stage_{stage}_n" for stage in code_lists()["brand_stage"].codes),
    "brand_category_hhi",
    "brand_location_quotient",
]


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    reported = production(AREAS).replace("510116,2014,grain,100,100", "510116,2014,grain,100,保密")
    files = {"brands": BRANDS, "production": reported}
    snapshot = frozen(tmp_path_factory.mktemp("brands") / "project", files)
    found = compute(snapshot, IDS)
    assert set(found["period"]) == {2014}
    return found.set_index(["measure", "area"]).sort_index()


def test_a_brand_of_several_counties_counts_once_in_their_prefecture(
    values: pd.DataFrame,
) -> None:
    found = values.loc["brands_geographical_indication_n", "value"]
    assert found[["510117", "510116", "510100", "510300", "510000"]].tolist() == [1, 2, 2, 1, 4]


def test_the_kinds_add_up_to_all_brands(values: pd.DataFrame) -> None:
    kinds = [f"brands_{kind}_n" for kind in code_lists()["brand_kind"].codes]
    added = values.loc[kinds, "value"].groupby("area").sum()
    pd.testing.assert_series_equal(added, values.loc["brands_n", "value"], check_names=False)


def test_a_county_without_a_brand_has_none(values: pd.DataFrame) -> None:
    row = values.loc[("brands_enterprise_n", "510117")]
    assert (row["value"], row["status"]) == (0, "published")


def test_a_stage_counts_the_brands_in_it(values: pd.DataFrame) -> None:
    found = values.loc["brands_stage_incubation_n"]
    assert found.loc[["510117", "510116", "510100"], "value"].tolist() == [1, 0, 2]
    assert values.loc[("brands_stage_promotion_n", "510116"), "value"] == 1
    assert values.loc[("brands_stage_information_n", "510000"), "value"] == 0


def test_a_withheld_stage_withholds_the_countys_count(values: pd.DataFrame) -> None:
    row = values.loc[("brands_stage_incubation_n", "510129")]
    assert row["status"] == "withheld"
    assert pd.isna(row["value"])


def test_where_no_brand_has_a_stage_none_is_known(small_project: Project) -> None:
    found = compute(Snapshot.open(small_project), ["brands_stage_incubation_n"])
    assert set(found["status"]) == {"missing"}


def test_without_a_list_of_brands_none_is_known(small_project: Project) -> None:
    source = Source(Snapshot.open(small_project))
    source._tables["brand"] = source.table("brand").iloc[:0]
    ids = ["brands_n", "brands_product_n", "brands_stage_incubation_n", "brand_category_hhi"]
    for name in ids:
        found = values_of([measure(name)], source, ["prefecture", "province"])
        assert set(found["status"]) <= {"missing"}, name


def test_concentration_sums_squared_shares_of_categories(values: pd.DataFrame) -> None:
    found = values.loc["brand_category_hhi"]
    # Seven brands of the province have a category: 3 fruit, 2 tea, 1 vegetable, 1 grain.
    assert found.loc["510000", ["value", "n"]].tolist() == pytest.approx(
        [1e4 * (9 + 4 + 1 + 1) / 49, 7]
    )
    # Of the prefecture's: 2 fruit, 2 tea, 1 vegetable; the one without a county is its own.
    assert found.loc["510100", ["value", "n"]].tolist() == pytest.approx([1e4 * 9 / 25, 5])
    assert found.loc["510300", ["status", "n"]].tolist() == ["too_few", 1]
    assert found.loc["510400", "status"] == "missing"


def test_a_withheld_category_withholds_the_concentration(small_project: Project) -> None:
    source = Source(Snapshot.open(small_project))
    brand = source.table("brand").copy()
    first = brand.index[brand["prefecture_code"] == "510100"][0]
    brand.loc[first, ["category", "withheld"]] = [None, "category"]
    source._tables["brand"] = brand
    found = values_of([measure("brand_category_hhi")], source, ["prefecture"]).set_index("area")
    assert found.loc["510100", "status"] == "withheld"
    assert found.loc["510800", "status"] == "published"


def test_concentration_agrees_with_a_count_by_hand(small_project: Project) -> None:
    snapshot = Snapshot.open(small_project)
    found = compute(snapshot, ["brand_category_hhi"]).set_index("area")["value"].dropna()
    brand = snapshot.table("brand").dropna(subset=["category"])
    shares = brand["category"].value_counts(normalize=True)
    assert found["510000"] == pytest.approx(1e4 * (shares**2).sum())
    for area, own in brand.groupby("prefecture_code"):
        if len(own) >= 5:
            squared = own["category"].value_counts(normalize=True) ** 2
            assert found[area] == pytest.approx(1e4 * squared.sum())


def test_the_quotient_compares_brands_per_value_with_the_province(values: pd.DataFrame) -> None:
    rows = values.loc["brand_location_quotient"]
    # Whole returns: 510117 with 300 and 2 brands, 510303 with 600 and 1 brand.
    row = rows.loc["510117"]
    assert row["value"] == pytest.approx((2 / 300) / (3 / 900))
    assert row["n"] == 2
    assert row["low"] == pytest.approx(stats.chi2.ppf(0.025, 4) / 2)
    assert row["high"] == pytest.approx(stats.chi2.ppf(0.975, 6) / 2)
    assert row["status"] == "reported"
    assert rows.loc["510303", "value"] == pytest.approx(0.5)
    # Of the prefecture only the county with a return stands on either side.
    assert rows.loc["510100", ["value", "n"]].tolist() == pytest.approx([2, 2])
    assert "510000" not in rows.index


@pytest.mark.parametrize(
    ("area", "status"), [("510116", "withheld"), ("510118", "missing"), ("510129", "missing")]
)
def test_without_a_value_there_is_no_quotient(values: pd.DataFrame, area: str, status: str) -> None:
    row = values.loc[("brand_location_quotient", area)]
    assert row["status"] == status
    assert np.isnan(row["value"])
    assert np.isnan(row["high"])


def test_a_county_with_a_value_and_no_brand_has_a_quotient_of_zero(
    small_project: Project,
) -> None:
    source = Source(Snapshot.open(small_project))
    brand = source.table("brand")
    source._tables["brand"] = brand[brand["county_codes"].fillna("").str.contains("510117")]
    found = values_of([measure("brand_location_quotient")], source, ["county"])
    rows = found.set_index("area")
    assert rows.loc["510117", "value"] > 1
    zero = rows.loc["511002"]
    assert (zero["value"], zero["low"], zero["n"]) == (0, 0, 0)
    assert zero["high"] > 0


def test_counties_of_the_quotient_average_to_one(small_project: Project) -> None:
    snapshot = Snapshot.open(small_project)
    rows = compute(snapshot, ["brand_location_quotient"]).set_index("area")
    counties = rows[rows["level"] == "county"].dropna(subset=["value"])
    sown = snapshot.table("production")
    last = sown[sown["year"] == sown["year"].max()]
    value = last.groupby("county_code")["value_10k_cny"].sum()[counties.index]
    # Weighted by value the quotients average to one where no brand is of two of the counties.
    assert np.average(counties["value"], weights=value) == pytest.approx(1)
    assert (counties["low"] <= counties["value"]).all()
    assert (counties["value"] <= counties["high"]).all()
