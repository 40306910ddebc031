from __future__ import annotations

import numpy as np
import pymannkendall
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from agriqa.stats.censored.kaplan_meier import kaplan_meier
from agriqa.stats.censored.trend import censored_trend

from .strategies import OBSERVATION

PAIRS = st.lists(st.tuples(OBSERVATION, OBSERVATION), min_size=3, max_size=15)


def _columns(cases: list) -> tuple[np.ndarray, ...]:
    y, x = (np.array([case[k][0] for case in cases]) for k in (0, 1))
    y_censored, x_censored = (np.array([case[k][1] for case in cases]) for k in (0, 1))
    return y, y_censored, x, x_censored


def _order(v: float, v_censored: bool, w: float, w_censored: bool) -> int:
    """Sign of the difference of two values over all that they may be, 0 if it varies."""
    signs = set()
    for a in [v - d for d in (0.25, 100, 200)] if v_censored else [v]:
        for b in [w - d for d in (0.25, 100, 200)] if w_censored else [w]:
            signs.add(int(np.sign(a - b)))
    return signs.pop() if len(signs) == 1 else 0


@settings(deadline=None)
@given(PAIRS)
def test_s_counts_the_pairs_whose_order_is_known(cases: list) -> None:
    y, y_censored, x, x_censored = _columns(cases)
    found = censored_trend(y, y_censored, x, x_censored)
    n, s, known_x, known_y = len(y), 0, 0, 0
    for i in range(n):
        for j in range(i):
            a = _order(x[i], x_censored[i], x[j], x_censored[j])
            # Two limits of one size leave the order open.
            b = _order(y[i], y_censored[i], y[j], y_censored[j])
            if x_censored[i] and x_censored[j]:
                a = 0
            if y_censored[i] and y_censored[j]:
                b = 0
            s, known_x, known_y = s + a * b, known_x + abs(a), known_y + abs(b)
    assert found.s == s
    assert found.tau == pytest.approx(s / (n * (n - 1) / 2))
    if known_x and known_y:
        assert found.tau_b == pytest.approx(s / np.sqrt(known_x * known_y))
    else:
        assert np.isnan(found.tau_b)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6)), min_size=4, max_size=20))
def test_without_censoring_tau_b_is_kendalls(cases: list[tuple[int, int]]) -> None:
    y, x = np.array(cases, dtype=float).T
    assume(np.unique(x).size > 1)
    assume(np.unique(y).size > 1)
    found = censored_trend(y, np.zeros(y.size, dtype=bool), x)
    assert found.tau_b == pytest.approx(stats.kendalltau(x, y).statistic)


@settings(deadline=None)
@given(st.lists(st.integers(1, 6), min_size=4, max_size=20))
def test_without_censoring_the_test_is_that_of_mann_and_kendall(values: list[int]) -> None:
    y = np.array(values, dtype=float)
    assume(np.unique(y).size > 1)
    found = censored_trend(y, np.zeros(y.size, dtype=bool), np.arange(y.size))
    expected = pymannkendall.original_test(y)
    assert (found.s, found.variance) == (expected.s, pytest.approx(expected.var_s))
    assert found.p_value == pytest.approx(expected.p)


@settings(deadline=None)
@given(st.lists(st.integers(-50, 50), min_size=3, max_size=20))
def test_without_censoring_the_line_is_that_of_theil_and_sen(values: list[int]) -> None:
    y = np.array(values, dtype=float)
    x = np.arange(y.size, dtype=float)
    found = censored_trend(y, np.zeros(y.size, dtype=bool), x)
    assert found.slope == pytest.approx(stats.theilslopes(y, x).slope, abs=1e-9)
    middle = np.quantile(y - found.slope * x, 0.5, method="inverted_cdf")
    assert found.intercept == pytest.approx(middle, abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(OBSERVATION, st.integers(0, 8)), min_size=4, max_size=15))
def test_the_slope_takes_the_trend_out(cases: list) -> None:
    y = np.array([case[0][0] for case in cases])
    censored = np.array([case[0][1] for case in cases])
    x = np.array([float(case[1]) for case in cases])
    found = censored_trend(y, censored, x)
    assume(np.isfinite(found.slope))
    # S of the residuals is not below 0 before the slope and not above 0 after it.
    before = censored_trend(y - (found.slope - 1e-6) * x, censored, x).s
    after = censored_trend(y - (found.slope + 1e-6) * x, censored, x).s
    assert before >= 0 >= after
    if not np.isnan(found.intercept):
        residuals = y - found.slope * x
        assert found.intercept == kaplan_meier(residuals, censored).median


def test_the_variance_with_limits_keeps_the_level_of_the_test() -> None:
    rng = np.random.default_rng(1)
    rejected = 0
    for _ in range(400):
        values = rng.lognormal(size=30)
        limits = rng.choice([0.5, 0.8], size=30)
        censored = values < limits
        found = censored_trend(np.where(censored, limits, values), censored, np.arange(30))
        rejected += found.p_value < 0.05
    assert 5 <= rejected <= 36


def test_a_change_from_a_limit_to_a_value_below_it_is_a_tie() -> None:
    # NADA, cenken: <1 to 10 is an increase, <1 to 0.5 a tie, <1 to <5 a tie.
    assert censored_trend([1, 10, 10], [True, False, False], [1, 2, 2]).s == 2
    assert censored_trend([1, 0.5, 0.5], [True, False, False], [1, 2, 2]).s == 0
    assert censored_trend([1, 5, 5], [True, True, True], [1, 2, 2]).s == 0


def test_with_nothing_detected_there_is_no_slope() -> None:
    found = censored_trend([1.0, 2.0, 3.0], [True] * 3, [1, 2, 3])
    assert np.isnan(found.slope)
    assert np.isnan(found.intercept)
    assert (found.s, found.p_value) == (0, 1.0)


def test_missing_pairs_are_left_out_and_counted() -> None:
    found = censored_trend([1, 2, np.nan, 4, 5], [False] * 5, [1, 2, 3, np.nan, 5])
    assert (found.n, found.n_missing, found.slope) == (3, 2, 1.0)


@pytest.mark.parametrize(
    ("y", "flags", "x", "message"),
    [
        ([1.0, 2.0], [False] * 2, [1.0, 2.0], "three pairs"),
        ([1.0, 2.0, 3.0], [False] * 3, [1.0, 2.0], "one length"),
        ([1.0, 2.0, 3.0], [False] * 2, [1.0, 2.0, 3.0], "one length"),
    ],
)
def test_bad_input_is_refused(y: list, flags: list, x: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        censored_trend(y, flags, x)


def test_the_summary_speaks_both_languages() -> None:
    rise = censored_trend(np.arange(12.0), [True] + [False] * 11, np.arange(12))
    assert "上升" in rise.summary()
    assert "(1 censored) rise" in rise.summary("en")
    fall = censored_trend(-np.arange(12.0), [False] * 12, np.arange(12))
    assert "下降" in fall.summary()
    none = censored_trend([1.0, 1.0, 1.0], [False] * 3, [1, 2, 3])
    assert "show no trend" in none.summary("en")
    with pytest.raises(ValueError, match="zh, en"):
        none.summary("fr")
