"""Trends, decoupling and nutrients against their definitions, county by county."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from agriqa.measures import compute
from agriqa.measures.nutrients import load_nutrients
from agriqa.project import Project
from agriqa.store import Snapshot

IDS = [
    "pesticide_intensity_kg_ha",
    "pesticide_trend_pct_year",
    "pesticide_decoupling_elasticity",
    "pesticide_strong_decoupling_pct",
    "pesticide_use_t",
    "nitrogen_kg_ha",
    "nitrogen_balance_kg_ha",
]


@pytest.fixture(scope="module")
def tidy(small_project: Project) -> pd.DataFrame:
    return compute(Snapshot.open(small_project), IDS)


@pytest.fixture(scope="module")
def values(tidy: pd.DataFrame) -> pd.DataFrame:
    counties = tidy[tidy["level"] == "county"]
    return counties.set_index(["measure", "area", "period"]).sort_index()


def test_a_trend_is_the_median_of_all_slopes(values: pd.DataFrame) -> None:
    trends = values.loc["pesticide_trend_pct_year"]["value"].dropna()
    assert not trends.empty
    for (area, period), found in trends.items():
        known = values.loc[("pesticide_intensity_kg_ha", area)]["value"].dropna()
        known = np.log(known[known.index <= period])
        slopes = [
            (known[b] - known[a]) / (b - a) for a, b in itertools.combinations(known.index, 2)
        ]
        assert found == pytest.approx(100 * (np.exp(np.median(slopes)) - 1))


def test_few_years_give_no_trend(values: pd.DataFrame) -> None:
    trends = values.loc["pesticide_trend_pct_year"]
    assert trends.index.get_level_values("period").min() == 2017
    known = trends[trends["value"].notna()]
    assert (known["n"] >= 6).all()
    assert (known["low"] <= known["value"]).all()
    assert (known["value"] <= known["high"]).all()


def test_the_elasticity_divides_the_changes(small_project: Project, values: pd.DataFrame) -> None:
    output = Snapshot.open(small_project).table("production")
    output = output.groupby(["county_code", "year"])["value_10k_cny"].sum()
    use = values.loc["pesticide_use_t"]["value"]
    found = values.loc["pesticide_decoupling_elasticity"]["value"].dropna()
    assert not found.empty
    for (area, period), elasticity in found.items():
        pressure = use[area, period] / use[area, period - 3] - 1
        growth = output[area, period] / output[area, period - 3] - 1
        assert elasticity == pytest.approx(pressure / growth)
        strong = values.loc[("pesticide_strong_decoupling_pct", area, period)]["value"]
        assert strong == (100 if pressure < 0 < growth else 0)


def test_the_balance_takes_what_the_harvest_holds_from_what_was_applied(
    small_project: Project, values: pd.DataFrame
) -> None:
    snapshot = Snapshot.open(small_project)
    uptake = load_nutrients(small_project.config).uptake_kg_t()
    grown = snapshot.table("production")
    grown = grown[(grown["county_code"] == "510117") & (grown["year"] == 2021)]
    held = sum(
        tonnes * uptake[group]["N"]
        for group, tonnes in zip(grown["crop_group"], grown["output_t"], strict=True)
        if group in uptake
    )
    applied = values.loc[("nitrogen_kg_ha", "510117", 2021)]["value"]
    balance = values.loc[("nitrogen_balance_kg_ha", "510117", 2021)]["value"]
    assert applied - balance == pytest.approx(held / grown["sown_ha"].sum())


def test_compound_fertiliser_counts_with_its_share(
    small_project: Project, values: pd.DataFrame
) -> None:
    snapshot = Snapshot.open(small_project)
    rows = snapshot.table("fertiliser_use")
    rows = rows[(rows["county_code"] == "510117") & (rows["year"] == 2021)]
    pure = rows.set_index("nutrient")["pure_t"]
    sown = snapshot.table("production")
    area = sown[(sown["county_code"] == "510117") & (sown["year"] == 2021)]["sown_ha"].sum()
    found = values.loc[("nitrogen_kg_ha", "510117", 2021)]["value"]
    assert found == pytest.approx(1000 * (pure["N"] + pure["compound"] / 3) / area)
