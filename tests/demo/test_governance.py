from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from agriqa.demo.returns import Frames


def _weighted(frame: pd.DataFrame, column: str) -> pd.Series:
    def mean(rows: pd.DataFrame) -> float:
        return float(np.average(rows[column], weights=rows["cultivated_ha"]))

    return pd.Series({year: mean(rows) for year, rows in frame.groupby("year")})


def test_coverages_stay_between_the_contradicting_figures(frames: Frames) -> None:
    # published: green 36 (2017), 28.8 (2018); unified 25.8 (2017), 38.2 (2018)
    green = _weighted(frames["greening"], "green_control_pct")
    unified = _weighted(frames["greening"], "unified_control_pct")
    for year in (2017, 2018):
        assert 28.8 <= green[year] <= 36
        assert 25.8 <= unified[year] <= 38.2
    assert green.is_monotonic_increasing


def test_farmland_and_rates_are_near_the_published(frames: Frames) -> None:
    built = frames["greening"].groupby("year")["high_standard_ha"].sum() * 15 / 1e4
    assert built[2020] == pytest.approx(4496, rel=1e-3)  # 万亩, 2011-2020 累计
    assert built[2017] == pytest.approx(2992, rel=1e-3)
    assert _weighted(frames["greening"], "manure_pct")[2017] == pytest.approx(62, abs=0.1)
    assert (frames["greening"]["high_standard_ha"] <= frames["greening"]["cultivated_ha"]).all()


def test_cases_and_firms_add_up_to_the_published(frames: Frames) -> None:
    sums = frames["enforcement"].groupby("year")[["cases_n", "firms_n"]].sum()
    assert sums.loc[2019, "cases_n"] == 925
    assert sums.loc[2020, "cases_n"] == 1415
    assert sums.loc[2020, "firms_n"] == 239_000


def test_enforcement_counts_are_consistent(frames: Frames) -> None:
    rows = frames["enforcement"]
    assert (rows["closed_n"] <= rows["cases_n"]).all()
    assert (rows["referred_n"] <= rows["closed_n"]).all()
    assert (rows["batches_failed_n"] <= rows["batches_tested_n"]).all()
    inputs = rows[(rows["field"] == "inputs") & (rows["year"] == 2019)]
    # 2019: pesticides 1222 (94.1 %), fertilisers 180 (87.8 %), seeds 7638 (97.5 %)
    assert inputs["batches_tested_n"].sum() == 9040
    assert inputs["batches_failed_n"].sum() == pytest.approx(72 + 22 + 191, abs=2)


def test_capacity_adds_up_and_never_shrinks(frames: Frames) -> None:
    rows = frames["capacity"]
    sums = rows.groupby("year").sum(numeric_only=True)
    assert sums.loc[2020, "testing_bodies_n"] == 193
    middle_of_2020 = sums.loc[[2019, 2020], "traceable_firms_n"].mean()
    assert middle_of_2020 == pytest.approx(11_620)
    rows = rows[rows["year"] >= 2013]  # two counties were cut in two in 2013
    bodies = rows.pivot(index="current_code", columns="year", values="testing_bodies_n").dropna()
    assert (bodies.diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)


def test_benchmarks_are_met_as_their_values_say(frames: Frames) -> None:
    rows = frames["benchmark"]
    higher = rows["direction"].eq("higher")
    met = np.where(
        higher,
        rows["own_value"] >= rows["national_value"],
        rows["own_value"] <= rows["national_value"],
    )
    assert (met == rows["met"]).all()
    assert rows["subject"].str.contains("模拟").all()
    assert (rows["compared_on"].dt.year == rows["year"]).all()
