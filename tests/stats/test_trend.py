from __future__ import annotations

from itertools import permutations

import numpy as np
import pymannkendall
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from agriqa.stats.kendall import exact_tail
from agriqa.stats.trend import mann_kendall, theil_sen
from tests.stats.published import NILE

# Hollander and Wolfe (1999), Nonparametric Statistical Methods, example 9.1: cloud
# seeding, double ratio by year; C = -6 with one-sided p = .117, slope about -.056.
CLOUD_SEEDING = [1.26, 1.27, 1.12, 1.16, 1.03]

series = st.lists(st.integers(-5, 5).map(float), min_size=3, max_size=12)
distinct = st.lists(st.integers(-100, 100).map(float), min_size=4, max_size=12, unique=True)


def test_the_cloud_seeding_example_is_reproduced() -> None:
    result = mann_kendall(CLOUD_SEEDING, alternative="decreasing")
    assert (float(result.s), round(float(result.p), 3)) == (-6, 0.117)
    assert float(theil_sen(CLOUD_SEEDING).slope) == pytest.approx(-0.05625)


def test_the_nile_has_the_score_that_pymannkendall_prints() -> None:
    # pymannkendall 1.4.3, original_test: s -1387, var_s 112728.333, z -4.128067, slope -2.6.
    result = mann_kendall(NILE)
    assert float(result.s) == -1387
    assert round(float(result.variance), 3) == 112728.333
    assert round(float(result.z), 6) == -4.128067
    assert float(theil_sen(NILE).slope) == pytest.approx(-2.6)


@pytest.mark.parametrize(("n", "exact", "normal"), [(5, 0.0167, 0.0275), (4, 0.0833, 0.0894)])
def test_the_smallest_p_of_few_points(n: int, exact: float, normal: float) -> None:
    assert round(float(mann_kendall(range(n)).smallest_p), 4) == exact
    assert round(float(mann_kendall(range(n), method="normal").smallest_p), 4) == normal


# Kendall (1975), table 1: chance that S reaches at least the value, n points.
@pytest.mark.parametrize(
    ("n", "s", "chance"), [(4, 4, 0.167), (5, 8, 0.042), (8, 16, 0.031), (10, 21, 0.036)]
)
def test_the_exact_distribution_is_kendalls_table(n: int, s: int, chance: float) -> None:
    scores, tail = exact_tail(np.arange(n, dtype=float)[np.newaxis][0])
    assert round(float(tail[scores == s][0]), 3) == chance


@settings(max_examples=15)
@given(st.lists(st.integers(0, 3), min_size=3, max_size=6))
def test_the_exact_p_is_the_share_of_permutations(values: list) -> None:
    result = mann_kendall(values, method="exact")

    def score(order: tuple) -> float:
        return sum(np.sign(order[j] - order[i]) for j in range(len(order)) for i in range(j))

    scores = np.array([score(order) for order in permutations(values)])
    share = np.mean(scores >= abs(score(tuple(values))))
    assert float(result.p) == pytest.approx(min(1, 2 * share))


@settings(max_examples=50)
@given(series)
def test_the_normal_test_agrees_with_pymannkendall(values: list) -> None:
    ours = mann_kendall(values, method="normal")
    if len(set(values)) == 1:
        assert (float(ours.z), float(ours.p)) == (0, 1)
        return
    theirs = pymannkendall.original_test(values)
    assert float(ours.s) == theirs.s
    assert float(ours.tau_a) == pytest.approx(theirs.Tau)
    assert [float(ours.variance), float(ours.z), float(ours.p)] == pytest.approx(
        [theirs.var_s, theirs.z, theirs.p]
    )
    line = theil_sen(values)
    assert float(line.slope) == pytest.approx(theirs.slope)
    assert float(line.intercept) == pytest.approx(theirs.intercept)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=3, max_size=12))
def test_tau_b_agrees_with_scipy_with_ties_in_both(points: list) -> None:
    times, values = np.array(points, dtype=float).T
    ours, theirs = mann_kendall(values, times), stats.kendalltau(times, values)
    np.testing.assert_allclose(float(ours.tau_b), theirs.statistic)


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_ties_in_both_variables_have_the_variance_of_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values, times = rng.integers(0, 4, 15).astype(float), rng.integers(0, 6, 15).astype(float)
    ours = mann_kendall(values, times, method="normal", continuity=False)
    theirs = stats.kendalltau(times, values, method="asymptotic")
    assert float(ours.p) == pytest.approx(theirs.pvalue)


@settings(max_examples=40)
@given(distinct)
def test_an_exact_test_agrees_with_scipy(values: list) -> None:
    theirs = stats.kendalltau(range(len(values)), values, method="exact")
    assert float(mann_kendall(values, method="exact").p) == pytest.approx(theirs.pvalue)


@settings(max_examples=40)
@given(series, st.integers(0, 2**32 - 1))
def test_irregular_times_and_gaps_equal_the_series_without_them(values: list, seed: int) -> None:
    rng = np.random.default_rng(seed)
    times = np.sort(rng.uniform(0, 20, len(values)))
    gap = np.insert(np.array(values), 1, np.nan)
    with_gap, whole = mann_kendall(gap, np.insert(times, 1, 3.3)), mann_kendall(values, times)
    assert float(with_gap.p) == float(whole.p)
    theirs = stats.theilslopes(values, times)
    line = theil_sen(gap, np.insert(times, 1, 3.3))
    assert float(line.slope) == pytest.approx(theirs.slope, abs=1e-12)
    assert float(line.intercept) == pytest.approx(theirs.intercept, abs=1e-9)


def test_rows_are_computed_as_if_alone() -> None:
    rng = np.random.default_rng(1)
    table = rng.integers(0, 9, (6, 9)).astype(float)
    table[2, 3:5] = np.nan
    together, lines = mann_kendall(table), theil_sen(table)
    for i, row in enumerate(table):
        assert float(together.p[i]) == float(mann_kendall(row).p)
        assert float(lines.low[i]) == float(theil_sen(row).low)
        assert float(lines.slope[i]) == float(theil_sen(row).slope)


def test_rows_may_have_their_own_times_in_any_order() -> None:
    values, times = np.array([[1.0, 5.0, 3.0]] * 2), np.array([[1, 3, 2], [1, 2, 3]])
    assert mann_kendall(values, times).s.tolist() == [3, 1]


def test_rounded_ranks_are_those_of_scipy_and_r_trend() -> None:
    line = theil_sen(NILE, ranks="rounded", confidence=0.9)
    theirs = stats.theilslopes(NILE, alpha=0.9)
    assert [float(line.low), float(line.high)] == pytest.approx(
        [theirs.low_slope, theirs.high_slope]
    )


def test_exact_limits_are_ordered_slopes_of_the_table() -> None:
    # Hollander and Wolfe, table A.30: P(K >= 8) = .042 for n = 5, so C = 6 at 90 %:
    # the second smallest and the second largest of the ten slopes.
    line = theil_sen(CLOUD_SEEDING, ranks="exact", confidence=0.9)
    assert [float(line.low), float(line.high)] == pytest.approx([-0.13, 0.01])


def test_exact_limits_cover_the_slope_as_often_as_promised() -> None:
    # Under a true slope of 0 every order of the errors is equally likely.
    covered = [
        float(line.low) <= 0 <= float(line.high)
        for order in permutations([0.0, 1.0, 4.0, 9.0, 25.0])
        for line in [theil_sen(order, ranks="exact", confidence=0.9)]
    ]
    assert 0.9 <= np.mean(covered) < 1


@given(distinct, st.floats(-5, 5), st.floats(-100, 100))
def test_adding_a_line_adds_its_slope(values: list, slope: float, level: float) -> None:
    line, moved = (
        theil_sen(values),
        theil_sen(np.array(values) + level + slope * np.arange(len(values))),
    )
    assert float(moved.slope) == pytest.approx(float(line.slope) + slope, abs=1e-9)
    assert line.low <= line.slope <= line.high


def test_the_intercept_convention_is_chosen() -> None:
    y, t = np.array([0.0, 4.0, 1.0, 9.0]), np.array([0.0, 1.0, 2.0, 5.0])
    slope = float(theil_sen(y, t).slope)
    assert float(theil_sen(y, t).intercept) == np.median(y) - slope * np.median(t)
    residual = theil_sen(y, t, intercept="median residual").intercept
    assert float(residual) == np.median(y - slope * t)


def test_too_few_points_give_no_limits() -> None:
    line = theil_sen([1, 2, 4])
    assert (float(line.low), float(line.high)) == (-np.inf, np.inf)
    assert "too few points" in line.summary("en")


def test_the_verdict_is_withheld_from_too_few_points() -> None:
    table = [[1, 2, 3, 4, np.nan, np.nan], [1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1], [1, 3, 2] * 2]
    result = mann_kendall(table)
    assert result.verdict().tolist() == [
        "too few points",
        "increasing",
        "decreasing",
        "no trend shown",
    ]
    assert "too few points: 1" in result.summary("en")
    assert "Too few points to tell" in mann_kendall(range(4)).summary("en")
    assert "点数太少，无法判断" in mann_kendall(range(4)).summary()


@pytest.mark.parametrize("method", ["auto", "exact", "normal"])
def test_equal_values_show_no_trend_unless_they_are_few(method: str) -> None:
    result = mann_kendall([[7] * 8, [7] * 3 + [np.nan] * 5], method=method)
    assert result.verdict().tolist() == ["no trend shown", "too few points"]
    assert result.p.tolist() == [1, 1]


def test_an_empty_row_stays_missing() -> None:
    table = [[np.nan] * 4, [1, np.nan, np.nan, np.nan], [1, 2, 3, 4]]
    result, lines = mann_kendall(table), theil_sen(table)
    assert np.isnan(result.p).tolist() == [True, True, False]
    assert np.isnan(lines.slope).tolist() == [True, True, False]
    assert np.isnan(lines.low).tolist() == [True, True, False]


def test_equal_times_give_no_slope() -> None:
    assert np.isnan(float(theil_sen([1, 2], [3, 3]).slope))


def test_one_sided_tests_mirror_each_other() -> None:
    values = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8]
    rising = mann_kendall(values, alternative="increasing").p
    falling = mann_kendall(np.negative(values), alternative="decreasing").p
    assert float(rising) == pytest.approx(float(falling))


@pytest.mark.parametrize("function", [mann_kendall, theil_sen])
def test_malformed_series_are_refused(function) -> None:
    with pytest.raises(ValueError, match="at least one point"):
        function([])
    with pytest.raises(ValueError, match="times must have the shape"):
        function([1, 2, 3], [1, 2])
    with pytest.raises(ValueError, match="finite"):
        function([1, np.inf, 3])


def test_unknown_trend_options_are_refused() -> None:
    for option in ({"method": "x"}, {"alternative": "x"}):
        with pytest.raises(ValueError, match="must be one of"):
            mann_kendall([1, 2, 3], **option)
    for option in ({"ranks": "x"}, {"intercept": "x"}):
        with pytest.raises(ValueError, match="must be one of"):
            theil_sen([1, 2, 3], **option)
    with pytest.raises(ValueError, match="confidence"):
        theil_sen([1, 2, 3], confidence=95)
    with pytest.raises(ValueError, match="distinct times"):
        mann_kendall([1, 2, 3], [1, 1, 2], method="exact")
    with pytest.raises(ValueError, match="distinct times"):
        theil_sen([1, 2, 3], [1, 1, 2], ranks="exact")


def test_trend_summaries_speak_two_languages() -> None:
    assert "Decreasing over 100 points" in mann_kendall(NILE).summary("en")
    assert "呈下降趋势" in mann_kendall(NILE).summary()
    assert "Slope -2.6" in theil_sen(NILE).summary("en")
    assert "斜率为每单位时间-2.6" in theil_sen(NILE).summary()
    for result in (mann_kendall(NILE), theil_sen(NILE)):
        with pytest.raises(ValueError, match="language"):
            result.summary("fr")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="one series"):
        theil_sen([[1, 2], [3, 4]]).summary()
    with pytest.raises(ValueError, match="significance"):
        mann_kendall(NILE).verdict(5)
