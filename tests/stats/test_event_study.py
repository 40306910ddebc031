import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from agriqa.stats.difference_in_differences import two_way_fixed_effects
from agriqa.stats.event_study import event_study, sun_abraham, wald_test
from tests.stats.published_panels import employment_panel
from tests.stats.simulated_panels import staggered_panel

PANEL = {"outcome": "y", "unit": "unit", "time": "t", "cohort": "start"}
EMPLOYMENT = {**PANEL, "time": "year"}


@pytest.mark.parametrize("estimator", [event_study, sun_abraham])
def test_a_start_after_the_panel_counts_as_never(estimator):
    # fixest's base_stagg codes the never treated as 10000; others may start just after the end.
    frame = staggered_panel(3)
    never = frame["start"].isna()
    late = never & (frame["unit"] % 2 == 0)
    plain = estimator(frame, **PANEL).table
    for code in (10_000.0, frame["t"].max() + 1):
        assert estimator(
            frame.assign(start=frame["start"].mask(never, code)), **PANEL
        ).table.equals(plain)
        assert estimator(frame.assign(start=frame["start"].mask(late, code)), **PANEL).table.equals(
            plain
        )


def test_one_cohort_with_one_lead_and_lag_is_a_difference_of_means():
    frame = staggered_panel(1, n_periods=3, starts=(2.0, np.nan))
    mean = frame.groupby([frame["start"].notna(), "t"])["y"].mean()
    gap = mean[True] - mean[False]
    table = event_study(frame, **PANEL).table["estimate"]
    assert table.tolist() == pytest.approx([gap[0] - gap[1], 0.0, gap[2] - gap[1]])


@settings(max_examples=15)
@given(st.integers(0, 10**6))
def test_with_one_cohort_both_estimators_are_the_same(seed):
    frame = staggered_panel(seed, starts=(3.0, np.nan), gaps=0.1)
    plain, weighted = event_study(frame, **PANEL), sun_abraham(frame, **PANEL)
    assert plain.table.to_numpy() == pytest.approx(weighted.table.to_numpy(), nan_ok=True)
    assert plain.pretrend.p_value == pytest.approx(weighted.pretrend.p_value)


def test_cohort_paths_that_differ_are_averaged_right_by_cohort_shares_only():
    frame = staggered_panel(2, n_units=60, noise=0.0)
    later = np.nan_to_num(frame["t"] - frame["start"], nan=-9.0)
    frame["y"] += np.where(frame["start"] == 2, 3.0 * later, -1.0 * later) * frame["d"]
    weighted = sun_abraham(frame, **PANEL).table["estimate"]
    # At event time 1 both cohorts of equal size are seen: (3 - 1) / 2.
    assert weighted[1] == pytest.approx(1.0, abs=1e-8)
    assert weighted[-2] == pytest.approx(0.0, abs=1e-8)
    assert abs(event_study(frame, **PANEL).table["estimate"][-2]) > 0.01


def test_the_employment_event_study_agrees_with_fixest_and_its_overall_is_the_mean():
    # R fixest conventions, feols(lemp ~ i(rel, ref = -1) | county + year), by pyfixest 0.60.
    study = event_study(employment_panel(), **EMPLOYMENT)
    assert study.table["estimate"].round(6).tolist() == [
        0.003549, 0.024624, 0.023355, 0.0, -0.018144, -0.043472, -0.131795, -0.092247,
    ]  # fmt: skip
    assert study.table["standard_error"].dropna().round(6).tolist() == [
        0.022829, 0.017679, 0.013437, 0.010982, 0.017577, 0.028837, 0.032336,
    ]  # fmt: skip
    assert study.overall.estimate == pytest.approx(study.table["estimate"][4:].mean())


def test_sun_abraham_on_the_employment_panel_agrees_with_diff_diff():
    from diff_diff import SunAbraham

    panel = employment_panel()
    study = sun_abraham(panel, **EMPLOYMENT)
    other = SunAbraham().fit(
        panel.assign(g=panel["start"].fillna(0)),
        outcome="y",
        unit="unit",
        time="year",
        first_treat="g",
    )
    for event, found in other.event_study_effects.items():
        row = study.table.loc[event]
        assert row["estimate"] == pytest.approx(found["effect"])
        assert row["standard_error"] == pytest.approx(found["se"], rel=1e-4)
    assert study.overall.estimate == pytest.approx(other.overall_att)


def test_binned_ends_share_one_coefficient():
    frame = staggered_panel(3)
    table = event_study(frame, earliest=-2, latest=1, **PANEL).table
    assert table.index.tolist() == [-2, -1, 0, 1]
    # With both ends at the reference and 0 only the treatment itself is left.
    both = event_study(frame, earliest=-1, latest=0, **PANEL)
    plain = two_way_fixed_effects(frame, outcome="y", treatment="d", unit="unit", time="t")
    assert both.table["estimate"][0] == pytest.approx(plain.estimate)
    assert both.overall.standard_error == pytest.approx(plain.standard_error)
    assert np.isnan(both.pretrend.p_value)


def test_a_planted_path_is_recovered():
    frame = staggered_panel(4, n_units=300, effect=1.0, slope=0.5)
    for study in (event_study(frame, **PANEL), sun_abraham(frame, **PANEL)):
        after = study.table.loc[0:]
        truth = 1.0 + 0.5 * after.index.to_numpy()
        assert np.all(np.abs(after["estimate"] - truth) < 4 * after["standard_error"])
        assert study.pretrend.p_value > 0.001


def test_a_trend_before_treatment_is_found():
    frame = staggered_panel(5, n_units=120)
    frame["y"] += frame["t"] * frame["start"].notna()
    assert event_study(frame, **PANEL).pretrend.p_value < 0.001
    assert sun_abraham(frame, **PANEL).pretrend.p_value < 0.001


def test_without_never_treated_units_the_last_cohort_is_the_comparison():
    frame = staggered_panel(6, starts=(2.0, 4.0))
    study = sun_abraham(frame, **PANEL)
    assert study.overall.n_observations == (frame["t"] < 4).sum()
    cut = frame[frame["t"] < 4].assign(start=lambda f: f["start"].where(f["start"] < 4))
    assert study.overall.estimate == pytest.approx(sun_abraham(cut, **PANEL).overall.estimate)


def test_without_never_treated_units_leads_and_lags_need_two_references():
    frame = staggered_panel(7, starts=(2.0, 3.0))
    with pytest.raises(ValueError, match="cannot be told apart"):
        event_study(frame, **PANEL)
    table = event_study(frame, reference=(-3, -1), **PANEL).table
    assert table.loc[[-3, -1], "estimate"].tolist() == [0, 0]


def test_units_treated_throughout_do_not_enter_the_cohort_weighted_study():
    frame = staggered_panel(8, starts=(0.0, 3.0, np.nan))
    with_them = sun_abraham(frame, **PANEL)
    without = sun_abraham(frame[frame["start"] != 0], **PANEL)
    assert with_them.table.to_numpy() == pytest.approx(without.table.to_numpy(), nan_ok=True)


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 4))
def test_the_wald_test_does_not_depend_on_how_the_effects_are_combined(seed, k):
    random = np.random.default_rng(seed)
    root, mix = random.normal(size=(k, k)) + 3 * np.eye(k), random.normal(size=(k, k)) + np.eye(k)
    estimates, covariance = random.normal(size=k), root @ root.T
    if abs(np.linalg.det(mix)) < 0.1:
        return
    first = wald_test(estimates, covariance)
    second = wald_test(mix @ estimates, mix @ covariance @ mix.T)
    assert second.statistic == pytest.approx(first.statistic, rel=1e-5)
    assert first.p_value == pytest.approx(stats.chi2.sf(first.statistic, k))


def test_an_effect_counted_twice_is_tested_once():
    once = wald_test(np.array([2.0]), np.array([[1.0]]))
    twice = wald_test(np.array([2.0, 2.0]), np.ones((2, 2)))
    assert (twice.degrees_of_freedom, twice.p_value) == (1, pytest.approx(once.p_value))
    assert np.isnan(wald_test(np.array([]), np.empty((0, 0))).p_value)


def test_the_summary_says_effect_and_pretrend():
    study = event_study(staggered_panel(9), **PANEL)
    assert study.summary("en").startswith("Estimate")
    assert "Pre-trends" in study.summary("en")
    assert "处理前趋势" in study.summary()


def test_bad_input_is_refused():
    frame = staggered_panel(1)
    with pytest.raises(ValueError, match="before 0"):
        event_study(frame, reference=0, **PANEL)
    with pytest.raises(ValueError, match="among the event times"):
        event_study(frame, reference=-9, **PANEL)
    with pytest.raises(ValueError, match="earliest must not"):
        event_study(frame, earliest=0, **PANEL)
    with pytest.raises(ValueError, match="no unit is ever treated"):
        event_study(frame.assign(start=np.nan), **PANEL)
    with pytest.raises(ValueError, match="same in all rows"):
        sun_abraham(frame.assign(start=frame["t"]), **PANEL)
    with pytest.raises(ValueError, match="no column start"):
        event_study(frame.drop(columns="start"), **PANEL)
    with pytest.raises(ValueError, match="no cohort can be compared"):
        sun_abraham(frame.assign(start=3.0), **PANEL)
    with pytest.raises(ValueError, match="whole numbers"):
        event_study(frame.assign(start=frame["start"] - 0.5), **PANEL)
    with pytest.raises(ValueError, match="square"):
        wald_test(np.ones(2), np.eye(3))
    with pytest.raises(ValueError, match="zh, en"):
        event_study(frame, **PANEL).summary("fr")
