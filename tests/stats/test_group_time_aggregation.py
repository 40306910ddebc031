import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.difference_in_differences import two_way_fixed_effects
from agriqa.stats.group_time import group_time_effects
from agriqa.stats.group_time_aggregation import aggregate_group_time
from tests.stats.published_panels import employment_panel
from tests.stats.simulated_panels import staggered_panel

PANEL = {"outcome": "y", "unit": "unit", "time": "t", "cohort": "start"}
EMPLOYMENT = {**PANEL, "time": "year"}


@pytest.fixture(scope="module")
def employment():
    return group_time_effects(employment_panel(), **EMPLOYMENT)


# R package did, vignette "Getting started" and Callaway, Sant'Anna (2021): estimates as
# printed. Its printed errors are bootstrapped with 1000 draws; the analytic ones lie
# within a few per cent.
@pytest.mark.parametrize(
    ("kind", "estimate", "error"),
    [("simple", -0.0400, 0.0123), ("dynamic", -0.0772, 0.0200), ("group", -0.0310, 0.0124)],
)
def test_the_employment_panel_has_its_published_averages(employment, kind, estimate, error):
    overall = aggregate_group_time(employment, kind).overall
    assert round(overall.estimate, 4) == estimate
    assert overall.standard_error == pytest.approx(error, rel=0.03)
    assert (overall.n_units, overall.n_observations) == (500, 2500)


def test_the_employment_event_times_have_their_published_effects(employment):
    # R package did, vignette "Getting started", aggte(type = "dynamic").
    table = aggregate_group_time(employment, "dynamic").table
    assert table.index.tolist() == [-3, -2, -1, 0, 1, 2, 3]
    assert table["estimate"].round(4).tolist() == [
        0.0305, -0.0006, -0.0245, -0.0199, -0.0510, -0.1373, -0.1008,
    ]  # fmt: skip


def test_the_balanced_employment_event_times_have_their_published_effects(employment):
    # R package did, vignette "did-basics", aggte(type = "dynamic", balance_e = 1).
    balanced = aggregate_group_time(employment, "dynamic", balance=1)
    assert balanced.table["estimate"].round(4).tolist() == [0.0065, -0.0028, -0.0066, -0.0510]
    assert round(balanced.overall.estimate, 4) == -0.0288
    assert balanced.overall.standard_error == pytest.approx(0.0135, rel=0.03)


def test_the_employment_cohorts_have_their_published_effects(employment):
    # R package did, vignette "Getting started", aggte(type = "group").
    table = aggregate_group_time(employment, "group").table
    assert table["estimate"].round(4).tolist() == [-0.0797, -0.0229, -0.0261]


def test_errors_agree_with_diff_diff(employment):
    from diff_diff import CallawaySantAnna

    panel = employment_panel()
    other = CallawaySantAnna().fit(
        panel.assign(g=panel["start"].fillna(0)),
        outcome="y",
        unit="unit",
        time="year",
        first_treat="g",
    )
    simple = aggregate_group_time(employment).overall
    assert simple.standard_error == pytest.approx(other.overall_se, rel=1e-6)
    for kind, name in (("dynamic", "event_study"), ("group", "group")):
        mine = aggregate_group_time(employment, kind).table
        found = other.aggregate(name).to_dataframe()
        assert mine["estimate"].tolist() == pytest.approx(found["att"].tolist(), rel=1e-6)
        assert mine["standard_error"].tolist() == pytest.approx(found["se"].tolist(), rel=1e-6)


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_averages_are_the_stated_weighted_means_of_cells(seed):
    frame = staggered_panel(seed, n_units=30, starts=(2.0, 4.0, 4.0, np.nan))
    effects = group_time_effects(frame, weights="w", **PANEL)
    size = frame.groupby("unit").first().groupby("start")["w"].sum()
    cells = effects.table[effects.table["time"] >= effects.table["cohort"]]
    cells = cells.assign(size=cells["cohort"].map(size), event=cells["time"] - cells["cohort"])

    def mean(part):
        return np.average(part["estimate"], weights=part["size"])

    overall = {
        "simple": mean(cells),
        "dynamic": np.mean([mean(part) for _, part in cells.groupby("event")]),
        "calendar": np.mean([mean(part) for _, part in cells.groupby("time")]),
        "group": np.average(cells.groupby("cohort")["estimate"].mean(), weights=size),
    }
    for kind, expected in overall.items():
        assert aggregate_group_time(effects, kind).overall.estimate == pytest.approx(expected)


def test_a_balanced_average_has_the_same_cohorts_throughout():
    frame = staggered_panel(1, starts=(2.0, 4.0, np.nan), noise=0.0, effect=1.0)
    frame["y"] += 5.0 * (frame["start"] == 2) * frame["d"]
    effects = group_time_effects(frame, **PANEL)
    balanced = aggregate_group_time(effects, "dynamic", balance=1).table
    # Cohorts 2 (effect 6) and 4 (effect 1) are alike in number and both seen at 0 and 1.
    assert balanced.loc[[0, 1], "estimate"].tolist() == pytest.approx([3.5, 3.5], abs=0.3)
    assert balanced.index.max() == 1
    only_first = aggregate_group_time(effects, "dynamic", balance=3).table
    assert only_first.loc[[0, 3], "estimate"].tolist() == pytest.approx([6, 6], abs=1e-8)


def test_event_times_can_be_limited(employment):
    table = aggregate_group_time(employment, "dynamic", earliest=-1, latest=1).table
    assert table.index.tolist() == [-1, 0, 1]


def test_the_sampling_of_cohort_sizes_adds_to_the_error():
    # Effects of 0 and 10 and no noise: all uncertainty is the cohorts' share.
    frame = staggered_panel(2, n_units=90, starts=(2.0, 4.0, np.nan), noise=0.0)
    frame["y"] += 10.0 * (frame["start"] == 2) * frame["d"]
    effects = group_time_effects(frame, **PANEL)
    overall = aggregate_group_time(effects, "group").overall
    assert overall.estimate == pytest.approx(5.0)
    # Binomial share of 60 treated units: 10 sqrt(1/4 / 60).
    assert overall.standard_error == pytest.approx(10 * np.sqrt(0.25 / 60))


def test_staggered_growing_effects_are_recovered_and_two_way_effects_fall_short():
    frame = staggered_panel(3, n_units=300, n_periods=8, slope=1.0, starts=(1.0, 4.0, np.nan))
    effects = group_time_effects(frame, control="not_yet_treated", **PANEL)
    overall = aggregate_group_time(effects).overall
    # Mean of 0..6 and 0..3 over cells of two cohorts of equal size.
    truth = (sum(range(7)) + sum(range(4))) / 11
    assert abs(overall.estimate - truth) < 4 * overall.standard_error < 1
    naive = two_way_fixed_effects(frame, outcome="y", treatment="d", unit="unit", time="t")
    assert naive.high < truth


def test_the_bootstrap_gives_a_band_over_the_table(employment):
    first = aggregate_group_time(employment, "dynamic", n_bootstrap=2000, seed=1)
    again = aggregate_group_time(employment, "dynamic", n_bootstrap=2000, seed=1)
    assert first.table.equals(again.table)
    assert (first.table["band_high"] > first.table["high"]).all()
    assert first.overall.standard_error == pytest.approx(0.0200, rel=0.1)


def test_the_leads_test_the_years_before_the_start_of_the_dynamic_average(employment):
    average = aggregate_group_time(employment, "dynamic")
    early = average.table[average.table.index < 0]
    assert average.leads.degrees_of_freedom == len(early)
    # No less than the largest single lead shows: a Wald statistic bounds each of its parts.
    single = (early["estimate"] / early["standard_error"]) ** 2
    assert average.leads.statistic >= single.max() - 1e-9


def test_only_the_dynamic_average_has_leads(employment):
    for kind in ("simple", "group", "calendar"):
        assert np.isnan(aggregate_group_time(employment, kind).leads.p_value)


def test_one_cohort_has_the_same_test_pooled_or_by_cell():
    frame = staggered_panel(2, starts=(3.0, np.nan))
    effects = group_time_effects(frame, **PANEL)
    leads = aggregate_group_time(effects, "dynamic").leads
    assert leads.statistic == pytest.approx(effects.pretrend.statistic)
    assert leads.degrees_of_freedom == effects.pretrend.degrees_of_freedom


def test_leads_of_anticipated_periods_are_not_tested():
    frame = staggered_panel(2, starts=(4.0, np.nan))
    effects = group_time_effects(frame, anticipation=1, **PANEL)
    average = aggregate_group_time(effects, "dynamic")
    assert average.leads.statistic == pytest.approx(effects.pretrend.statistic)


def test_pooled_leads_hold_where_small_cohorts_ruin_the_test_by_cell():
    # Parallel trends throughout, but cohorts of two units among 60.
    rejected = {"cells": 0, "leads": 0}
    for seed in range(30):
        frame = staggered_panel(seed, n_units=60, n_periods=8)
        start = {0: 4.0, 1: 4.0, 2: 5.0, 3: 5.0, 4: 6.0, 5: 6.0} | dict.fromkeys(range(6, 30), 7.0)
        frame = frame.assign(start=frame["unit"].map(start))
        effects = group_time_effects(frame, base="universal", **PANEL)
        rejected["cells"] += effects.pretrend.p_value < 0.05
        rejected["leads"] += aggregate_group_time(effects, "dynamic").leads.p_value < 0.05
    assert rejected["cells"] > 20
    assert rejected["leads"] < 10


def test_the_summary_says_effect_and_pretrend(employment):
    average = aggregate_group_time(employment)
    assert average.table.empty
    assert average.summary("en", log_outcome=True).startswith("Estimate −3.9 %")
    assert average.summary("en").endswith(
        "Pre-trends not rejected (p=0.168), which does not prove that trends were parallel."
    )
    assert "处理前趋势检验未被拒绝(p=0.168)" in average.summary()


def test_bad_input_is_refused(employment):
    with pytest.raises(ValueError, match="simple, dynamic, group, calendar"):
        aggregate_group_time(employment, "event")
    with pytest.raises(ValueError, match="dynamic average only"):
        aggregate_group_time(employment, "simple", balance=1)
    with pytest.raises(ValueError, match="is left"):
        aggregate_group_time(employment, "dynamic", latest=-1)
    with pytest.raises(ValueError, match="zh, en"):
        aggregate_group_time(employment).summary("fr")
