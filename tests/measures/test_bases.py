"""Bases by level, programme and age, and whether they fit what their county grows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from agriqa.datasets import code_lists
from agriqa.measures import compute, measure
from agriqa.measures.source import Source
from agriqa.measures.values import values as values_of
from agriqa.project import Project
from agriqa.store import Snapshot
from tests.measures.handmade import frozen, production

YEARS = range(2013, 2017)
# Two counties report areas, one withholds, one grows nothing and others do not report.
AREAS = {
    ("510117", "grain"): dict.fromkeys(YEARS, "80"),
    ("510117", "fruit"): dict.fromkeys(YEARS, "20"),
    ("510117", "oil"): dict.fromkeys(YEARS, "0"),
    ("510116", "grain"): dict.fromkeys(YEARS, "20"),
    ("510116", "fruit"): dict.fromkeys(YEARS, "70"),
    ("510116", "oil"): dict.fromkeys(YEARS, "10"),
    ("510118", "grain"): dict.fromkeys(YEARS, "保密"),
    ("510118", "fruit"): dict.fromkeys(YEARS, "5"),
    ("510118", "oil"): dict.fromkeys(YEARS, "5"),
    ("510182", "grain"): dict.fromkeys(YEARS, "0"),
    ("510182", "fruit"): dict.fromkeys(YEARS, "0"),
    ("510182", "oil"): dict.fromkeys(YEARS, "0"),
}
COLUMNS = [
    "base_id", "programme", "level", "name", "county_code", "prefecture_code", "product",
    "status", "year_from", "year_to", "origin",
]  # fmt: skip
BASES = f"""{",".join(COLUMNS)}
b1,星级园区,provincial,甲,510117,510100,水稻,命名,2014,,published
b2,星级园区,provincial,乙,510117,510100,柑橘,命名,2015,,published
b3,国家产业园,national,丙,510116,510100,柑橘,认定,2015,2015,published
b4,国家产业园,national,丁,510116,510100,粮油,认定,2016,,published
b5,国家产业园,national,戊,510118,510100,水稻,认定,2014,,published
b6,国家产业园,national,己,510129,510100,水稻,认定,2014,,published
b7,安全市,provincial,庚,,510100,,命名,2014,,published
b8,星级园区,provincial,辛,510131,510100,水稻,公示,2014,,published
b9,星级园区,provincial,壬,510131,510100,生猪,命名,2016,,published
b10,星级园区,provincial,甲,510117,510100,水稻,命名,2016,,published
b12,国家产业园,national,子,510182,510100,水稻,认定,2016,,published
b11,市级园区,city,癸,510132,510100,水稻,命名,2014,,published
"""
IDS = [
    "bases_n",
    "bases_provincial_n",
    "bases_national_n",
    "base_programmes_n",
    "base_coverage_pct",
    "base_product_match_pct",
    "base_years_n",
]


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    files = {"bases": BASES, "production": production(AREAS)}
    snapshot = frozen(tmp_path_factory.mktemp("bases") / "project", files)
    return compute(snapshot, IDS).set_index(["measure", "area", "period"]).sort_index()


def test_a_level_counts_its_own_designations(values: pd.DataFrame) -> None:
    found = values.xs(("510100", 2016), level=("area", "period"))["value"]
    # b1 and b10 are one park on two lists, announced and city parks are left out.
    assert found["bases_provincial_n"] == 4
    assert found["bases_national_n"] == 4
    assert found["bases_n"] == 8


def test_a_programme_counts_once_in_each_area(values: pd.DataFrame) -> None:
    found = values.loc["base_programmes_n", "value"]
    assert found["510117", 2016] == 1
    assert found["510131", 2014] == 0
    assert found["510100", 2014] == 3
    assert found["510000", 2016] == 3


def test_before_the_lists_begin_no_programme_is_known(values: pd.DataFrame) -> None:
    row = values.loc[("base_programmes_n", "510117", 2013)]
    assert row["status"] == "missing"
    assert pd.isna(row["value"])


def test_coverage_is_a_share_of_all_counties(values: pd.DataFrame) -> None:
    rows = values.loc["base_coverage_pct"]
    assert rows.loc[("510117", 2014), "value"] == 100
    assert rows.loc[("510131", 2014), ["value", "status"]].tolist() == [0, "published"]
    assert rows.loc[("510000", 2014), "value"] == pytest.approx(100 * 3 / 183)
    assert rows.loc[("510100", 2014), ["value", "n"]].tolist() == pytest.approx([15.0, 20])
    assert 2013 not in rows.index.get_level_values("period")


def test_a_designation_that_has_ended_covers_no_longer(values: pd.DataFrame) -> None:
    ended = values.loc["bases_national_n", "value"]
    assert (ended["510116", 2015], ended["510116", 2016]) == (1, 1)
    assert values.loc[("base_years_n", "510116", 2016), "value"] == 0


@pytest.mark.parametrize(
    ("area", "year", "value", "n"),
    [
        # Grain is 80 of 100 ha against 100 of 200 in the province, fruit 20 against 90.
        ("510117", 2014, 100, 1),
        ("510117", 2015, 50, 2),
        ("510116", 2015, 100, 1),
        # Grain and oil together: 30 of 100 against 110 of 200.
        ("510116", 2016, 0, 1),
        ("510100", 2015, 100 * 2 / 3, 3),
    ],
)
def test_a_base_matches_where_the_county_grows_more_of_its_crop(
    values: pd.DataFrame, area: str, year: int, value: float, n: int
) -> None:
    row = values.loc[("base_product_match_pct", area, year)]
    assert (row["value"], row["n"]) == pytest.approx((value, n))


@pytest.mark.parametrize(
    ("area", "status"),
    [("510118", "withheld"), ("510129", "missing"), ("510131", "missing"), ("510182", "missing")],
)
def test_without_areas_or_a_crop_nothing_is_judged(
    values: pd.DataFrame, area: str, status: str
) -> None:
    row = values.loc[("base_product_match_pct", area, 2016)]
    assert row["status"] == status
    assert pd.isna(row["value"])


def test_a_match_is_as_good_as_the_areas_behind_it(values: pd.DataFrame) -> None:
    assert values.loc[("base_product_match_pct", "510117", 2014), "status"] == "reported"


def test_years_are_the_mean_of_counties_that_have_a_base(values: pd.DataFrame) -> None:
    rows = values.loc["base_years_n"]
    assert rows.loc[("510117", 2016), "value"] == 2
    # 2, 0, 2, 2, 0 and 0 years; the prefecture's own designation is no county's.
    assert rows.loc[("510100", 2016), ["value", "n"]].tolist() == pytest.approx([1.0, 6])
    assert rows.loc[("510131", 2015), "status"] == "missing"


@pytest.fixture(scope="module")
def small(small_project: Project) -> tuple[Snapshot, pd.DataFrame]:
    snapshot = Snapshot.open(small_project)
    return snapshot, compute(snapshot, IDS).set_index(["measure", "area", "period"]).sort_index()


def standing(snapshot: Snapshot, year: int) -> pd.DataFrame:
    base = snapshot.table("base")
    counts = [c for c, entry in code_lists()["base_status"].codes.items() if entry.counts]
    held = base[
        base["status"].isin(counts)
        & base["level"].isin(["national", "provincial"])
        & (base["year_from"] <= year)
    ]
    held = held[held["year_to"].isna() | (held["year_to"] >= year)]
    return held.drop_duplicates(["programme", "level", "name", "county_code", "prefecture_code"])


def test_the_levels_add_up(small: tuple[Snapshot, pd.DataFrame]) -> None:
    value = small[1]["value"]
    both = (value["bases_provincial_n"] + value["bases_national_n"]).dropna()
    assert len(both) > 100
    assert (value["bases_n"].loc[both.index] == both).all()


def test_coverage_and_programmes_agree_with_the_list(
    small: tuple[Snapshot, pd.DataFrame],
) -> None:
    snapshot, values = small
    for year in (2016, 2021):
        held = standing(snapshot, year)
        counties = held["county_code"].dropna().nunique()
        share = values.loc[("base_coverage_pct", "510000", year), "value"]
        assert share == pytest.approx(100 * counties / 183)
        programmes = values.loc[("base_programmes_n", "510000", year), "value"]
        assert programmes == held["programme"].nunique()


def test_the_match_agrees_with_a_count_by_hand(small_project: Project) -> None:
    rng = np.random.default_rng(20)
    source = Source(Snapshot.open(small_project))
    counties, groups = sorted(source.prefecture_of)[:12], ["fruit", "grain", "tea"]
    products = {"柑橘": ["fruit"], "粮食": ["grain"], "茶叶、猕猴桃": ["tea", "fruit"], "牦牛": []}
    areas = pd.DataFrame(rng.gamma(0.7, 100, (12, 3)), index=counties, columns=groups)
    rows = areas.rename_axis("county_code").melt(
        ignore_index=False, var_name="crop_group", value_name="sown_ha"
    )
    year = source.periods[-1]
    held = pd.DataFrame(
        {
            "county_code": rng.choice(counties, 60),
            "product": rng.choice(list(products), 60),
            "name": [f"园区{number}" for number in range(60)],
        }
    )
    source._tables["production"] = rows.reset_index().assign(
        year=year, origin="reported", withheld=None
    )
    source._tables["base"] = held.assign(
        programme="园区", level="national", status="named", prefecture_code=None,
        year_from=float(year), year_to=np.nan, origin="published",
    )  # fmt: skip
    found = compute_match(source).set_index("area")
    province = areas.sum() / areas.to_numpy().sum()
    for county, named in held.groupby("county_code")["product"]:
        own = areas.loc[county] / areas.loc[county].sum()
        crops = [products[product] for product in named if products[product]]
        hits = [own[these].sum() > province[these].sum() for these in crops]
        if hits:
            row = found.loc[county]
            assert (row["value"], row["n"]) == pytest.approx((100 * np.mean(hits), len(hits)))
        else:
            assert found.loc[county, "status"] == "missing"
    assert set(found["value"].dropna()) > {0.0, 100.0}


def compute_match(source: Source) -> pd.DataFrame:
    found = values_of([measure("base_product_match_pct")], source, ["county"])
    return found[found["period"] == source.periods[-1]]
