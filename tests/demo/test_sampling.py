from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agriqa.demo import DemoConfig, DemoError
from agriqa.demo.sampling import counts_for_rate

# 四川省农业农村厅, 例行监测分大类合格率 [%]
PUBLISHED = {
    2019: {"vegetable": 99.3, "fruit": 98.7, "tea": 99.7, "livestock": 99.5, "aquatic": 98.3},
    2020: {"vegetable": 99.2, "fruit": 99.0, "tea": 99.7, "livestock": 99.5, "aquatic": 99.3},
    2021: {"vegetable": 99.3, "fruit": 99.0, "tea": 99.2, "livestock": 99.6, "aquatic": 99.1},
}
PUBLISHED_OVERALL = {2018: 99.3, 2019: 99.2, 2020: 99.3, 2021: 99.4}


def _rate(rows: pd.DataFrame) -> float:
    return round(100 * float(rows["result"].eq("pass").mean()), 1)


@pytest.mark.parametrize("year", sorted(PUBLISHED))
def test_routine_pass_rates_by_class_are_the_published(samples: pd.DataFrame, year: int) -> None:
    routine = samples[(samples["scheme"] == "routine") & (samples["year"] == year)]
    rates = {str(name): _rate(rows) for name, rows in routine.groupby("product_class")}
    assert rates == PUBLISHED[year]


@pytest.mark.parametrize("year", sorted(PUBLISHED_OVERALL))
def test_routine_overall_rate_is_the_published(samples: pd.DataFrame, year: int) -> None:
    routine = samples[(samples["scheme"] == "routine") & (samples["year"] == year)]
    assert _rate(routine) == PUBLISHED_OVERALL[year]


def test_there_are_enough_samples_and_residues(
    samples: pd.DataFrame, residues: pd.DataFrame
) -> None:
    assert len(samples) >= 25_000
    assert sorted(samples["year"].unique()) == list(range(2016, 2022))
    assert samples["sample_id"].is_unique
    assert len(residues) >= 250_000
    assert residues["value_mg_kg"].isna().mean() > 0.8


def test_a_failed_sample_and_only_it_exceeds_a_limit(
    samples: pd.DataFrame, residues: pd.DataFrame
) -> None:
    over = residues["value_mg_kg"] > residues["mrl_mg_kg"]
    exceeds = over.groupby(residues["sample_id"]).any()
    fails = samples.set_index("sample_id")["result"].eq("fail")
    assert (
        exceeds.reindex(fails.index).equals(fails.rename("value_mg_kg"))
        or (exceeds.reindex(fails.index) == fails).all()
    )


def test_detected_values_reach_the_limit_of_detection(residues: pd.DataFrame) -> None:
    found = residues.dropna(subset="value_mg_kg")
    assert (found["value_mg_kg"] >= found["lod_mg_kg"]).all()
    assert (residues["lod_mg_kg"] < residues["loq_mg_kg"]).all()
    assert not residues.duplicated(["sample_id", "analyte"]).any()


def test_some_counties_are_small_and_failures_gather(samples: pd.DataFrame) -> None:
    size = samples.groupby("current_code").size()
    fails = samples["result"].eq("fail").groupby(samples["current_code"]).sum()
    assert (size < 50).sum() >= 10
    assert fails.var() > 2 * fails.mean()  # a Poisson count would have them equal


def test_sampling_day_lies_in_its_year(samples: pd.DataFrame) -> None:
    assert (samples["sampled_on"].dt.year == samples["year"]).all()


@given(st.integers(1000, 3000), st.integers(970, 999))
def test_counts_give_the_rate_they_were_asked_for(target: int, tenths: int) -> None:
    n, failed = counts_for_rate(target, tenths / 10, tolerance=0.5)
    assert round(100 * (n - failed) / n, 1) == tenths / 10
    assert abs(n - target) <= 0.5 * target


def test_a_rate_that_no_number_gives_is_refused() -> None:
    with pytest.raises(DemoError, match=r"99\.9"):
        counts_for_rate(20, 99.9, tolerance=0.1)


def test_the_limits_are_said_to_be_simulated(config: DemoConfig) -> None:
    from agriqa.demo.truth import readme

    assert "限量值是模拟值" in readme(config)
