from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from agriqa.stats.ears import ears

SERIES = st.lists(st.integers(0, 20), min_size=12, max_size=30)


def _c(counts: list[int], t: int, lag: int, minimum: float) -> tuple[float, float, float]:
    window = counts[t - lag - 7 : t - lag]
    mean, sd = np.mean(window), max(np.std(window, ddof=1), minimum)
    return (counts[t] - mean) / sd, mean, sd


@settings(deadline=None)
@given(SERIES)
def test_c1_and_c2_compare_with_seven_days_before_and_two_days_earlier(counts: list[int]) -> None:
    for method, lag in (("C1", 0), ("C2", 2)):
        found = ears(counts, method=method, minimum_sd=0.2)
        assert np.isnan(found.statistic[: 7 + lag]).all()
        for t in range(7 + lag, len(counts)):
            statistic, mean, sd = _c(counts, t, lag, 0.2)
            assert found.statistic[t] == pytest.approx(statistic, abs=1e-9)
            assert found.upper[t] == pytest.approx(mean + 3 * sd)


@settings(deadline=None)
@given(SERIES)
def test_c3_adds_the_excess_of_three_days(counts: list[int]) -> None:
    found = ears(counts, method="C3", minimum_sd=0.2)
    assert np.isnan(found.statistic[:11]).all()
    for t in range(11, len(counts)):
        parts = [max(0, _c(counts, t - d, 2, 0.2)[0] - 1) for d in range(3)]
        assert found.statistic[t] == pytest.approx(sum(parts), abs=1e-9)
        if abs(sum(parts) - 2) > 1e-9:
            assert found.alarm[t] == (sum(parts) > 2)


@settings(deadline=None)
@given(SERIES)
def test_c3_in_the_form_of_surveillance_lowers_the_bound_by_the_days_before(
    counts: list[int],
) -> None:
    # Salmon, Schumacher and Höhle (2016): mean + s (z - sum of the two days before).
    found = ears(counts, method="C3", alpha=0.025, minimum_sd=0.2, third_form="surveillance")
    for t in range(11, len(counts)):
        _, mean, sd = _c(counts, t, 2, 0.2)
        before = sum(max(0, _c(counts, t - d, 2, 0.2)[0] - 1) for d in (1, 2))
        assert found.upper[t] == pytest.approx(max(0, mean + sd * (1.959963985 - before)))


@settings(deadline=None)
@given(SERIES, st.sampled_from(["C1", "C2", "C3"]))
def test_a_count_signals_when_it_exceeds_the_bound(counts: list[int], method: str) -> None:
    found = ears(counts, method=method)
    exceeds = np.asarray(counts) > found.upper
    settled = found.upper > 0
    assert np.array_equal(found.alarm[settled], exceeds[settled])


def test_alpha_is_the_normal_tail_as_in_surveillance() -> None:
    assert ears([1] * 8, method="C1", alpha=0.001).threshold == pytest.approx(3.0902, abs=5e-5)


def test_the_thresholds_of_cdc_are_three_three_and_two() -> None:
    assert [ears([1] * 12, method=m).threshold for m in ("C1", "C2", "C3")] == [3, 3, 2]


def test_after_a_constant_baseline_any_more_signals_and_the_same_does_not() -> None:
    found = ears([[0.1] * 7 + [0.2], [0.1] * 8], method="C1")
    assert found.alarm[:, -1].tolist() == [True, False]
    assert found.statistic[:, -1].tolist() == [np.inf, 0.0]
    calm = ears([0.1] * 7 + [0.2], method="C1", minimum_sd=0.2)
    assert not calm.alarm.any()


def test_series_are_tested_independently_of_each_other() -> None:
    counts = np.random.default_rng(1).poisson(3, size=(2, 3, 40))
    together = ears(counts, method="C3")
    for i in range(2):
        for j in range(3):
            one = ears(counts[i, j], method="C3")
            assert np.array_equal(together.statistic[i, j], one.statistic, equal_nan=True)
            assert np.array_equal(together.alarm[i, j], one.alarm)


def test_a_missing_count_makes_missing_what_needs_it() -> None:
    counts = np.ones(20)
    counts[8] = np.nan
    found = ears(counts, method="C1")
    assert np.isnan(found.statistic[8:16]).all()
    assert not np.isnan(found.statistic[[7, 16]]).any()
    assert not found.alarm.any()


def test_normal_counts_signal_as_often_as_a_new_value_leaves_its_prediction_interval() -> None:
    counts = np.random.default_rng(2).normal(100, 5, size=(400, 60))
    found = ears(counts, method="C2", threshold=2)
    rate = found.alarm.sum() / np.sum(~np.isnan(found.upper))
    # (x - mean) / s of 7 values is t with 6 degrees of freedom times sqrt(1 + 1/7).
    assert rate == pytest.approx(stats.t.sf(2 / np.sqrt(8 / 7), 6), rel=0.1)


def test_a_series_shorter_than_its_baseline_has_no_result() -> None:
    assert np.isnan(ears([1, 2, 3]).upper).all()


@pytest.mark.parametrize(
    ("counts", "options", "message"),
    [
        ([-1.0], {}, "negative"),
        ([np.inf], {}, "infinite"),
        (1.0, {}, "time axis"),
        ([1.0], {"method": "C4"}, "C1, C2, C3"),
        ([1.0], {"baseline": 2}, "at least 3"),
        ([1.0], {"minimum_sd": -1}, "minimum_sd"),
        ([1.0], {"alpha": 0.0}, "alpha"),
        ([1.0], {"alpha": 0.1, "threshold": 3}, "not both"),
        ([1.0], {"third_form": "x"}, "fricker, surveillance"),
    ],
)
def test_bad_input_is_refused(counts: object, options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ears(counts, **options)


def test_the_summary_speaks_both_languages() -> None:
    found = ears([1, 2, 1, 2, 1, 2, 1, 9], method="C1")
    assert found.summary() == "EARS C1（阈值3）：1个时点中1个预警。"
    assert found.summary("en") == "EARS C1 (threshold 3) signals at 1 of 1 time points."
    with pytest.raises(ValueError, match="zh, en"):
        found.summary("fr")
