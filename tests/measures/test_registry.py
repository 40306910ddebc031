from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pandas as pd
import pytest

from agriqa.datasets import code_lists, datasets
from agriqa.errors import UnknownNameError
from agriqa.measures import TIDY, compute, measure, measure_table, registry
from agriqa.measures.measure import ABSENT, ORIGINS, Theme
from agriqa.measures.registry import FAMILIES, _definition
from agriqa.project import Project
from agriqa.store import Snapshot

STATUSES = {*ORIGINS, *ABSENT}
# No source held has these data; the measure is there for the jurisdictions that do.
EMPTY: set[str] = {
    # The brands held state no stage of the five brand projects.
    *(f"brands_stage_{stage}_n" for stage in code_lists()["brand_stage"].codes),
    # The lists held are of geographical indications, and none of them states a last day.
    "certificates_green_food_n",
    "certificates_organic_n",
    "certificates_expiring_n",
    # The four counties of the small project have no base of a crop.
    "base_product_match_pct",
    # Four counties are too few to evaluate a programme.
    "designation_effect_pct",
    "designation_effect_naive_pct",
    "designation_pretrend_p",
}


@pytest.fixture(scope="session")
def tidy(small_project: Project) -> pd.DataFrame:
    return compute(Snapshot.open(small_project))


def test_every_theme_has_measures() -> None:
    assert {m.theme for m in registry().values()} == set(get_args(Theme))


def test_no_two_measures_share_an_id() -> None:
    named = [measure.id for family in FAMILIES for measure in family.MEASURES]
    assert len(named) == len(set(named))


@pytest.mark.parametrize("name", sorted(registry()))
def test_a_measure_says_what_it_is(name: str) -> None:
    one = registry()[name]
    assert one.unit
    assert one.reference
    assert one.formula.zh
    assert one.formula.en
    assert set(one.datasets) <= set(datasets())


@pytest.mark.parametrize("name", sorted(registry()))
def test_a_measure_has_values_for_every_level(name: str, tidy: pd.DataFrame) -> None:
    rows = tidy[tidy["measure"] == name]
    assert set(rows["level"]) == set(registry()[name].levels)
    assert rows["value"].notna().any() or name in EMPTY


def test_the_table_is_tidy(tidy: pd.DataFrame) -> None:
    assert list(tidy.columns) == TIDY
    assert not tidy.duplicated(["measure", "level", "area", "period"]).any()
    assert set(tidy["status"]) <= STATUSES
    assert (tidy["value"].isna() == tidy["status"].isin(ABSENT)).all()


def test_every_county_that_stands_has_a_row_every_year(
    small_project: Project, tidy: pd.DataFrame
) -> None:
    rows = tidy[(tidy["measure"] == "pesticide_use_t") & (tidy["level"] == "county")]
    for year, group in rows.groupby("period"):
        expected = set(small_project.register.in_force(int(year))["current_code"])
        assert set(group["area"]) == expected


def test_simulated_returns_give_simulated_values(tidy: pd.DataFrame) -> None:
    rows = tidy[tidy["measure"].isin(["pesticide_use_t", "pass_rate_pct"])]
    assert set(rows["status"]) <= {"simulated", "missing", "withheld"}


def test_a_rate_has_its_n_and_interval(tidy: pd.DataFrame) -> None:
    rates = [name for name, m in registry().items() if m.kind == "proportion"]
    rows = tidy[tidy["measure"].isin(rates) & tidy["value"].notna()]
    assert (rows["n"] > 0).all()
    assert (rows["low"] <= rows["value"] + 1e-9).all()
    assert (rows["value"] <= rows["high"] + 1e-9).all()


def test_a_prefecture_is_the_sum_of_its_counties(
    small_project: Project, tidy: pd.DataFrame
) -> None:
    counties = tidy[(tidy["measure"] == "samples_n") & (tidy["level"] == "county")]
    prefectures = tidy[(tidy["measure"] == "samples_n") & (tidy["level"] == "prefecture")]
    owner = small_project.register.counties.set_index("code")["prefecture_code"]
    added = counties.assign(area=counties["area"].map(owner)).groupby(["area", "period"])["value"]
    found = prefectures.set_index(["area", "period"])["value"]
    pd.testing.assert_series_equal(
        found.sort_index(), added.sum(min_count=1).sort_index(), check_names=False
    )


def test_a_brand_of_several_counties_counts_once_in_the_province(
    small_project: Project, tidy: pd.DataFrame
) -> None:
    brands = Snapshot.open(small_project).table("brand")
    assert brands["county_codes"].fillna("").str.contains(";").any()
    rows = tidy[tidy["measure"] == "brands_n"].set_index("level")["value"]
    assert rows["province"] == len(brands)
    assert rows["county"].sum() > brands["county_codes"].notna().sum()


def test_the_three_year_mean_starts_in_the_fourth_year(tidy: pd.DataFrame) -> None:
    rows = tidy[tidy["measure"] == "pesticide_to_3y_mean_pct"]
    first = tidy[tidy["measure"] == "pesticide_use_t"]["period"].min()
    assert rows["period"].min() == first + 3


def test_the_three_year_mean_is_what_it_says(tidy: pd.DataFrame) -> None:
    use = tidy[(tidy["measure"] == "pesticide_use_t") & (tidy["level"] == "county")]
    table = use.pivot(index="area", columns="period", values="value").dropna()
    ratio = tidy[(tidy["measure"] == "pesticide_to_3y_mean_pct") & (tidy["level"] == "county")]
    found = ratio.pivot(index="area", columns="period", values="value")
    expected = 100 * table[2017] / table[[2014, 2015, 2016]].mean(axis=1)
    np.testing.assert_allclose(found.loc[expected.index, 2017], expected)


def test_an_unknown_measure_names_the_nearest(small_project: Project) -> None:
    with pytest.raises(UnknownNameError, match="pass_rate_pct"):
        compute(Snapshot.open(small_project), ["pass_rate"])
    with pytest.raises(UnknownNameError, match="brands_n"):
        measure("brand_n")


def test_the_kept_table_is_the_computed_one(small_project: Project, tidy: pd.DataFrame) -> None:
    snapshot = Snapshot.open(small_project)
    measure_table(snapshot)
    kept = measure_table(snapshot)
    pd.testing.assert_frame_equal(kept, tidy, check_dtype=False)
    some = measure_table(snapshot, areas=["510117"])
    assert set(some["area"]) == {"510117"}


def test_targets_name_measures_that_exist(small_project: Project) -> None:
    named = Snapshot.open(small_project).table("target")["measure"].dropna()
    assert set(named) <= set(registry())
    assert len(named) > 0


def test_a_measure_is_given_by_its_parts_or_its_estimate() -> None:
    one = registry()["samples_n"]
    with pytest.raises(ValueError, match="given by its estimate"):
        replace(one, kind="estimate")


def test_too_few_leave_no_value(tidy: pd.DataFrame) -> None:
    least = tidy["measure"].map({name: m.minimum_n for name, m in registry().items()})
    few = tidy[(tidy["n"] < least) & (tidy["n"] > 0)]
    assert few["value"].isna().all()
    assert set(few["status"]) <= {"too_few", "withheld"}


def test_zero_growth_compares_each_county_with_its_own_mean(tidy: pd.DataFrame) -> None:
    counties = tidy[tidy["level"] == "county"].set_index(["measure", "area", "period"]).sort_index()
    ratio = counties.loc["pesticide_to_3y_mean_pct", "value"].dropna()
    met = counties.loc["pesticide_zero_growth_pct", "value"].dropna()
    assert (met == 100.0 * (ratio <= 100)).all()


def test_use_against_the_fixed_years_starts_after_them(tidy: pd.DataFrame) -> None:
    rows = tidy[tidy["measure"] == "pesticide_to_2012_14_mean_pct"]
    assert rows["period"].min() == 2015


def test_intensities_name_their_denominators(tidy: pd.DataFrame) -> None:
    rows = tidy[(tidy["level"] == "county") & (tidy["period"] == 2021)]
    table = rows.pivot(index="area", columns="measure", values="value").dropna(
        subset=["pesticide_per_treated_kg_ha", "treatments_n", "pesticide_intensity_kg_ha"]
    )
    assert not table.empty
    np.testing.assert_allclose(
        table["pesticide_per_treated_kg_ha"] * table["treatments_n"],
        table["pesticide_intensity_kg_ha"],
    )


@pytest.mark.parametrize("name", ["products.csv", "nutrients.toml", "exposure.toml"])
def test_kept_values_are_computed_anew_when_a_setting_changes(
    fresh_project: Project, name: str
) -> None:
    before = _definition(fresh_project)
    with (fresh_project.config / name).open("a", encoding="utf-8") as stream:
        stream.write("# ...\n")
    assert _definition(fresh_project) != before
