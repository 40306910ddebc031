from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight

from agriqa.stats.survival import (
    checked_times,
    kaplan_meier,
    survival_limits,
    survival_table,
    units_at_risk,
)

# Freireich et al. (1963), Blood 21: weeks of remission under 6-MP; + is censored.
SIX_MP = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
SIX_MP_EVENT = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]

# Acute myelogenous leukaemia (R's survival::aml), Miller (1981), Survival Analysis, p. 49.
MAINTAINED = [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161]
MAINTAINED_EVENT = [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0]
NOT_MAINTAINED = [5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45]
NOT_MAINTAINED_EVENT = [1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1]

UNITS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(1, 9), st.booleans()), min_size=1, max_size=15
)


def test_the_curve_reproduces_the_6_mp_arm() -> None:
    # Kalbfleisch and Prentice (2002), and Cox and Oakes (1984), table 4.1 and p. 49:
    # survival and Greenwood's error.
    curve = kaplan_meier(SIX_MP, SIX_MP_EVENT)
    steps = curve.events > 0
    assert curve.time[steps].tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert curve.at_risk[steps].tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert np.round(curve.survival[steps], 3).tolist() == [
        0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448,
    ]  # fmt: skip
    assert np.round(curve.standard_error[steps], 4).tolist() == [
        0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346,
    ]  # fmt: skip


def test_the_medians_of_the_two_arms_are_23_and_8_weeks() -> None:
    assert kaplan_meier(SIX_MP, SIX_MP_EVENT).quantile()[0] == 23
    assert kaplan_meier(PLACEBO, np.ones(21)).quantile()[0] == 8


def test_the_curve_reproduces_rs_leukaemia_example_with_log_limits() -> None:
    # summary(survfit(Surv(time, status) ~ x, data = aml)) in R's survival package.
    curve = kaplan_meier(MAINTAINED, MAINTAINED_EVENT, interval="log")
    steps = curve.events > 0
    table = np.column_stack([curve.survival, curve.standard_error, curve.low, curve.high])[steps]
    expected = [
        [0.909, 0.0867, 0.7541, 1.000],
        [0.818, 0.1163, 0.6192, 1.000],
        [0.716, 0.1397, 0.4884, 1.000],
        [0.614, 0.1526, 0.3769, 0.999],
        [0.491, 0.1642, 0.2549, 0.946],
        [0.368, 0.1627, 0.1549, 0.875],
        [0.184, 0.1535, 0.0359, 0.944],
    ]
    assert np.round(table[:, [0, 3]], 3).tolist() == [[row[0], row[3]] for row in expected]
    assert np.round(table[:, [1, 2]], 4).tolist() == [row[1:3] for row in expected]


def test_the_medians_of_rs_leukaemia_example() -> None:
    # print(survfit(Surv(time, status) ~ x, data = aml)): 31 (18, NA) and 23 (8, NA).
    median = kaplan_meier(MAINTAINED, MAINTAINED_EVENT, interval="log").quantile()
    assert median[:2] == (31, 18)
    assert np.isnan(median[2])
    median = kaplan_meier(NOT_MAINTAINED, NOT_MAINTAINED_EVENT, interval="log").quantile()
    assert median[:2] == (23, 8)
    assert np.isnan(median[2])


@settings(deadline=None)
@given(UNITS)
def test_the_curve_agrees_with_statsmodels(units: list[tuple[int, int, bool]]) -> None:
    start, length, event = (np.array(column) for column in zip(*units, strict=True))
    curve = kaplan_meier(start + length, event, entry=start)
    if not event.any():
        assert np.all(curve.survival == 1)
        return
    other = SurvfuncRight(start + length, event.astype(int), entry=start)
    known = np.isin(curve.time, other.surv_times)
    assert curve.survival[known] == pytest.approx(other.surv_prob, abs=1e-12)
    assert curve.at_risk[known] == pytest.approx(other.n_risk)


@settings(deadline=None)
@given(UNITS)
def test_late_entry_counts_only_units_under_observation(
    units: list[tuple[int, int, bool]],
) -> None:
    start, length, event = (np.array(column, dtype=float) for column in zip(*units, strict=True))
    end = start + length
    curve = kaplan_meier(end, event, entry=start)
    survival = 1.0
    for time, found in zip(curve.time, curve.survival, strict=True):
        risk = sum((start < time) & (time <= end))
        survival *= 1 - sum((end == time) & (event == 1)) / risk
        assert found == pytest.approx(survival, abs=1e-12)


@settings(deadline=None)
@given(UNITS)
def test_the_survival_is_inside_its_limits(units: list[tuple[int, int, bool]]) -> None:
    start, length, event = (np.array(column) for column in zip(*units, strict=True))
    for interval in ("log-log", "log", "plain"):
        curve = kaplan_meier(start + length, event, entry=start, interval=interval)  # type: ignore[arg-type]
        known = curve.survival > 0
        assert np.all(curve.low[known] <= curve.survival[known] + 1e-12)
        assert np.all(curve.survival[known] <= curve.high[known] + 1e-12)
        assert np.isnan(curve.low[~known]).all()


@settings(deadline=None)
@given(st.lists(st.integers(1, 9), min_size=2, max_size=12))
def test_without_censoring_the_curve_is_the_empirical_one(durations: list[int]) -> None:
    curve = kaplan_meier(durations, np.ones(len(durations)))
    empirical = np.mean(np.array(durations) > curve.time[:, None], axis=1)
    assert curve.survival == pytest.approx(empirical, abs=1e-12)
    error = np.sqrt(empirical * (1 - empirical) / len(durations))
    known = curve.survival > 0
    assert curve.standard_error[known] == pytest.approx(error[known])


def test_weights_repeat_their_unit() -> None:
    repeated = kaplan_meier([2, 2, 3, 5], [1, 1, 0, 1])
    weighted = kaplan_meier([2, 3, 5], [1, 0, 1], weights=[2, 1, 1])
    assert weighted.survival.tolist() == repeated.survival.tolist()
    assert weighted.low[:2].tolist() == pytest.approx(repeated.low[:2].tolist())


def test_a_flat_stretch_at_one_half_has_two_conventions() -> None:
    curve = kaplan_meier([1, 2, 4, 9], [1, 1, 1, 1])
    assert curve.quantile()[0] == 2
    assert curve.quantile(flat="midpoint")[0] == 3


def test_the_curve_is_one_before_and_unknown_after_what_was_seen() -> None:
    curve = kaplan_meier([2, 5], [1, 0])
    survival, _, _ = curve.at([1, 2, 4, 6])
    assert survival[:3].tolist() == [1, 0.5, 0.5]
    assert np.isnan(survival[3])
    assert kaplan_meier([2, 5], [1, 1]).at(6)[0] == 0


def test_units_with_missing_values_are_left_out() -> None:
    assert kaplan_meier([1, np.nan, 3], [1, 1, np.nan]).at_risk.tolist() == [1]
    assert checked_times([1, np.nan, 3], [1, 1, 0])[1].tolist() == [1, 3]


def test_a_unit_is_at_risk_after_its_entry_and_at_its_exit() -> None:
    found = units_at_risk(
        np.array([1.0, 2.0]), np.array([3.0, 4.0]), np.ones(2), np.array([1.0, 2, 3, 4, 5])
    )
    assert found.tolist() == [0, 1, 2, 1, 0]


def test_limits_of_a_sure_survival_are_one() -> None:
    for interval in ("log-log", "log", "plain"):
        low, high = survival_limits(np.array([1.0]), np.array([0.0]), 1.96, interval)  # type: ignore[arg-type]
        assert (low[0], high[0]) == (1, 1)


def test_the_table_holds_one_row_for_each_time() -> None:
    table = survival_table(kaplan_meier(SIX_MP, SIX_MP_EVENT))
    assert table.loc[10, "at_risk"] == 15
    assert table["events"].sum() == 9


@pytest.mark.parametrize(
    ("duration", "event", "options", "message"),
    [
        ([1, 2], [1], {}, "one length"),
        ([0, 2], [1, 1], {}, "above its entry"),
        ([2, 2], [1, 1], {"entry": [2, 0]}, "above its entry"),
        ([2, 2], [1, 1], {"entry": [-1, 0]}, "0 or above"),
        ([2, 2], [1, 2], {}, "0 or 1"),
        ([2, 2], [1, 1], {"weights": [0, 1]}, "above 0"),
        ([], [], {}, "at least one"),
        ([2, 2], [1, 1], {"interval": "arcsine"}, "log-log"),
        ([2, 2], [1, 1], {"confidence": 95}, "between 0 and 1"),
    ],
)
def test_bad_input_is_refused(
    duration: list[float], event: list[int], options: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        kaplan_meier(duration, event, **options)  # type: ignore[arg-type]


def test_a_quantile_outside_its_range_is_refused() -> None:
    curve = kaplan_meier([1, 2], [1, 1])
    with pytest.raises(ValueError, match="between 0 and 1"):
        curve.quantile(1.5)
    with pytest.raises(ValueError, match="midpoint"):
        curve.quantile(flat="last")  # type: ignore[arg-type]


def test_the_summary_gives_the_median_in_two_languages_only() -> None:
    curve = kaplan_meier(SIX_MP, SIX_MP_EVENT)
    assert "23" in curve.summary()
    assert "median duration: 23" in curve.summary("en")
    assert "未达到" in kaplan_meier([1, 2, 3], [1, 0, 0]).summary()
    assert "not reached" in kaplan_meier([1, 2, 3], [1, 0, 0]).summary("en")
    with pytest.raises(ValueError, match="zh"):
        curve.summary("fr")  # type: ignore[arg-type]
