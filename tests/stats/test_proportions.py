from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from agriqa.stats.proportions import (
    clopper_pearson_interval,
    jeffreys_interval,
    wilson_interval,
    zero_failure_limit,
)

# Newcombe (1998), Statistics in Medicine 17, table I, method 3, 95 %.
NEWCOMBE = [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0000, 0.1611),
    (1, 29, 0.0061, 0.1718),
]


@pytest.mark.parametrize(("x", "n", "low", "high"), NEWCOMBE)
def test_wilson_reproduces_newcombe(x: int, n: int, low: float, high: float) -> None:
    found = wilson_interval(x, n)
    assert [round(float(limit), 4) for limit in found] == [low, high]


def test_no_trials_give_no_interval() -> None:
    low, high = wilson_interval([0, 3], [0, 4])
    assert np.isnan(low[0])
    assert np.isnan(high[0])
    assert low[1] > 0


def test_more_successes_than_trials_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and n"):
        wilson_interval(5, 4)


def test_confidence_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match="95"):
        wilson_interval(1, 2, confidence=95)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_rate_is_inside_its_interval(case: tuple[int, int]) -> None:
    x, n = case
    low, high = wilson_interval(x, n)
    assert 0 <= low <= x / n + 1e-12
    assert x / n - 1e-12 <= high <= 1


# Newcombe (1998), Statistics in Medicine 17, 857-872, table I, 95 %:
# method 4 (score with continuity correction), method 5 (Clopper-Pearson).
CORRECTED = [
    (81, 263, 0.2535, 0.3682),
    (15, 148, 0.0598, 0.1644),
    (0, 20, 0.0000, 0.2005),
    (1, 29, 0.0018, 0.1963),
]
EXACT = [
    (81, 263, 0.2527, 0.3676),
    (15, 148, 0.0578, 0.1617),
    (0, 20, 0.0000, 0.1684),
    (1, 29, 0.0009, 0.1776),
]
COUNTS = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(("x", "n", "low", "high"), CORRECTED)
def test_wilson_with_continuity_correction_reproduces_newcombe(
    x: int, n: int, low: float, high: float
) -> None:
    found = wilson_interval(x, n, continuity_correction=True)
    assert [round(float(limit), 4) for limit in found] == [low, high]


@pytest.mark.parametrize(("x", "n", "low", "high"), EXACT)
def test_clopper_pearson_reproduces_newcombe(x: int, n: int, low: float, high: float) -> None:
    found = clopper_pearson_interval(x, n)
    assert [round(float(limit), 4) for limit in found] == [low, high]


def test_intervals_reproduce_fagerland_lydersen_and_laake() -> None:
    # Fagerland, Lydersen & Laake (2017), Statistical Analysis of Contingency
    # Tables, chapter 2 (13 of 16), as in the tests of R's contingencytables.
    assert np.round(wilson_interval(13, 16), 4).tolist() == [0.5699, 0.9341]
    assert np.round(wilson_interval(13, 16, continuity_correction=True), 4).tolist() == [
        0.5369,
        0.9503,
    ]
    assert np.round(clopper_pearson_interval(13, 16), 4).tolist() == [0.5435, 0.9595]
    assert np.round(jeffreys_interval(13, 16), 4).tolist() == [0.5792, 0.9442]


def test_intervals_of_many_areas_are_those_of_each() -> None:
    for interval in (wilson_interval, clopper_pearson_interval, jeffreys_interval):
        low, high = interval([[0, 3], [5, 9]], [10, 9])
        assert low.shape == (2, 2)
        assert (low[1, 0], high[1, 0]) == pytest.approx(tuple(map(float, interval(5, 10))))


def test_continuity_correction_only_widens() -> None:
    x = np.arange(51)
    plain, wide = wilson_interval(x, 50), wilson_interval(x, 50, continuity_correction=True)
    assert np.all(wide[0] <= plain[0])
    assert np.all(wide[1] >= plain[1])


@given(COUNTS, st.floats(0.5, 0.999))
def test_clopper_pearson_limits_leave_half_the_error_in_each_tail(
    case: tuple[int, int], confidence: float
) -> None:
    x, n = case
    low, high = clopper_pearson_interval(x, n, confidence=confidence)
    tail = (1 - confidence) / 2
    if x > 0:
        assert binom.sf(x - 1, n, low) == pytest.approx(tail, rel=1e-6)
    if x < n:
        assert binom.cdf(x, n, high) == pytest.approx(tail, rel=1e-6)


def test_clopper_pearson_never_covers_less_than_stated() -> None:
    x = np.arange(21)
    low, high = clopper_pearson_interval(x, 20, confidence=0.9)
    for rate in np.linspace(0.01, 0.99, 99):
        assert binom.pmf(x, 20, rate)[(low <= rate) & (rate <= high)].sum() >= 0.9


@given(COUNTS)
def test_jeffreys_lies_within_clopper_pearson_and_holds_the_rate(case: tuple[int, int]) -> None:
    x, n = case
    low, high = jeffreys_interval(x, n)
    outer_low, outer_high = clopper_pearson_interval(x, n)
    assert outer_low <= low <= x / n <= high <= outer_high


def test_a_one_sided_limit_is_that_of_twice_the_error() -> None:
    # R, help(binom.test): 682 of 925 plants, two-sided limits 0.7076683 and 0.7654066.
    high = float(clopper_pearson_interval(682, 925, confidence=0.90)[1])
    assert binom.cdf(682, 925, high) == pytest.approx(0.05)
    low, high = clopper_pearson_interval(682, 925)
    assert (round(float(low), 7), round(float(high), 7)) == (0.7076683, 0.7654066)


def test_jeffreys_closes_at_0_and_1() -> None:
    low, high = jeffreys_interval([0, 10], [10, 10])
    assert low[0] == 0
    assert high[1] == 1
    assert high[0] == pytest.approx(1 - low[1])


@given(st.integers(1, 5000), st.floats(0.5, 0.999))
def test_at_the_zero_failure_limit_no_failure_is_as_likely_as_the_error(
    n: int, confidence: float
) -> None:
    limit = float(zero_failure_limit(n, confidence=confidence))
    assert n * np.log1p(-limit) == pytest.approx(np.log(1 - confidence))


def test_zero_failure_limit_is_near_the_rule_of_three() -> None:
    # Hanley & Lippman-Hand (1983), JAMA 249: 3 / n for n above 30.
    n = np.array([50, 100, 1000])
    assert zero_failure_limit(n) == pytest.approx(3 / n, rel=0.04)


def test_nothing_examined_has_no_zero_failure_limit() -> None:
    assert np.isnan(zero_failure_limit([0, np.nan])).all()


@pytest.mark.parametrize("interval", [clopper_pearson_interval, jeffreys_interval])
def test_beta_intervals_refuse_bad_input_and_pass_on_missing(interval) -> None:
    with pytest.raises(ValueError, match="between 0 and n"):
        interval(-1, 4)
    with pytest.raises(ValueError, match="confidence"):
        interval(1, 4, confidence=0)
    assert np.isnan(interval([0, np.nan, 1], [0, 4, np.nan])).all()


def test_zero_failure_limit_refuses_a_negative_size() -> None:
    with pytest.raises(ValueError, match="between 0 and n"):
        zero_failure_limit(-3)
