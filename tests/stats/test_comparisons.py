from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import binom, norm

from agriqa.stats.comparisons import proportion_difference, proportion_ratio

# Newcombe (1998), Statistics in Medicine 17, 873-890, table II, 95 %.
NEWCOMBE = [
    ((56, 70, 48, 80), "newcombe", 0.0524, 0.3339),
    ((56, 70, 48, 80), "newcombe_corrected", 0.0428, 0.3422),
    ((56, 70, 48, 80), "mee", 0.0533, 0.3377),
    ((56, 70, 48, 80), "miettinen_nurminen", 0.0528, 0.3382),
    ((56, 70, 48, 80), "wald", 0.0575, 0.3425),
    ((9, 10, 3, 10), "newcombe", 0.1705, 0.8090),
    ((6, 7, 2, 7), "newcombe", 0.0582, 0.8062),
    ((5, 56, 0, 29), "newcombe", -0.0381, 0.1926),
    ((0, 10, 0, 20), "newcombe", -0.1611, 0.2775),
    ((0, 10, 0, 10), "newcombe", -0.2775, 0.2775),
    ((10, 10, 0, 20), "newcombe", 0.6791, 1.0000),
]
# Fagerland, Lydersen & Laake (2017), Statistical Analysis of Contingency Tables,
# chapter 4, as in the tests of R's contingencytables: epinephrine 7/34 and 1/34,
# CHRNA4 genotype 0/16 and 15/72.
FAGERLAND_DIFFERENCE = [
    ((7, 34, 1, 34), "newcombe", 0.0189, 0.3404),
    ((7, 34, 1, 34), "mee", 0.0284, 0.3439),
    ((7, 34, 1, 34), "wald", 0.0292, 0.3238),
    ((7, 34, 1, 34), "agresti_caffo", 0.0116, 0.3217),
    ((0, 16, 15, 72), "miettinen_nurminen", -0.3164, -0.0056),
]
FAGERLAND_RATIO = [
    ((7, 34, 1, 34), "koopman", 1.2209, 42.5757),
    ((7, 34, 1, 34), "miettinen_nurminen", 1.2086, 43.0330),
    ((7, 34, 1, 34), "katz", 0.9096, 53.8695),
    ((7, 34, 1, 34), "katz_adjusted", 0.9241, 27.0523),
]
DIFFERENCES = [
    "newcombe",
    "newcombe_corrected",
    "miettinen_nurminen",
    "mee",
    "wald",
    "agresti_caffo",
]
RATIOS = ["koopman", "miettinen_nurminen", "katz", "katz_adjusted"]
GROUP = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(("counts", "method", "low", "high"), [*NEWCOMBE, *FAGERLAND_DIFFERENCE])
def test_differences_reproduce_published_limits(
    counts: tuple[int, int, int, int], method: str, low: float, high: float
) -> None:
    found = proportion_difference(*counts, method=method)
    assert [round(float(found.low), 4), round(float(found.high), 4)] == [low, high]


@pytest.mark.parametrize(("counts", "method", "low", "high"), FAGERLAND_RATIO)
def test_ratios_reproduce_published_limits(
    counts: tuple[int, int, int, int], method: str, low: float, high: float
) -> None:
    found = proportion_ratio(*counts, method=method)
    assert float(found.estimate) == pytest.approx(7)
    assert [round(float(found.low), 4), round(float(found.high), 4)] == [low, high]


def test_koopman_reproduces_his_example() -> None:
    # Koopman (1984), Biometrics 40: 36/40 and 16/80, limits 2.94 and 7.15.
    found = proportion_ratio(36, 40, 16, 80)
    assert [round(float(found.low), 2), round(float(found.high), 2)] == [2.94, 7.15]


def _restricted_variance(
    a: int,
    m: int,
    b: int,
    n: int,
    weight: float,
    second_of: Callable[[float], float],
    bounds: tuple[float, float],
) -> float:
    """Variance at the likeliest p and q = second_of(p), found by search."""

    def loss(p: float) -> float:
        q = second_of(p)
        parts = [(a, p), (m - a, 1 - p), (b, q), (n - b, 1 - q)]
        return -sum(k * np.log(max(v, 1e-300)) for k, v in parts if k)

    p = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-12}).x
    q = second_of(p)
    return p * (1 - p) / m + weight * q * (1 - q) / n


@settings(max_examples=25)
@given(first=GROUP, second=GROUP)
def test_at_the_mee_limits_the_score_statistic_is_the_quantile(
    first: tuple[int, int], second: tuple[int, int]
) -> None:
    (a, m), (b, n) = first, second
    found = proportion_difference(a, m, b, n, method="mee")
    for limit in (float(found.low), float(found.high)):
        if abs(limit) > 1 - 1e-6:
            continue
        bounds = (max(limit, 0.0), min(1 + limit, 1.0))
        variance = _restricted_variance(a, m, b, n, 1.0, lambda p, d=limit: p - d, bounds)
        assert (a / m - b / n - limit) ** 2 / variance == pytest.approx(
            norm.ppf(0.975) ** 2, rel=1e-3
        )


@settings(max_examples=25)
@given(first=GROUP, second=GROUP)
def test_at_the_koopman_limits_the_score_statistic_is_the_quantile(
    first: tuple[int, int], second: tuple[int, int]
) -> None:
    (a, m), (b, n) = first, second
    found = proportion_ratio(a, m, b, n)
    for limit in (float(found.low), float(found.high)):
        if not 1e-6 < limit < 1e6:
            continue
        bounds = (0.0, min(limit, 1.0))
        variance = _restricted_variance(a, m, b, n, limit**2, lambda p, r=limit: p / r, bounds)
        assert (a / m - limit * b / n) ** 2 / variance == pytest.approx(
            norm.ppf(0.975) ** 2, rel=1e-3
        )


@pytest.mark.parametrize("method", DIFFERENCES)
@given(first=GROUP, second=GROUP)
@settings(max_examples=15)
def test_exchanging_the_groups_or_the_outcome_turns_the_difference_round(
    method: str, first: tuple[int, int], second: tuple[int, int]
) -> None:
    (a, m), (b, n) = first, second
    found = proportion_difference(a, m, b, n, method=method)
    for other in (
        proportion_difference(b, n, a, m, method=method),
        proportion_difference(m - a, m, n - b, n, method=method),
    ):
        assert float(other.low) == pytest.approx(-float(found.high), abs=1e-9)
        assert float(other.high) == pytest.approx(-float(found.low), abs=1e-9)


@pytest.mark.parametrize("method", ["newcombe", "newcombe_corrected", "miettinen_nurminen", "mee"])
@given(first=GROUP, second=GROUP)
@settings(max_examples=15)
def test_the_difference_is_inside_its_interval(
    method: str, first: tuple[int, int], second: tuple[int, int]
) -> None:
    found = proportion_difference(*first, *second, method=method)
    assert -1 <= found.low <= found.estimate + 1e-12
    assert found.estimate - 1e-12 <= found.high <= 1


@pytest.mark.parametrize("method", RATIOS)
@given(first=GROUP, second=GROUP)
@settings(max_examples=15)
def test_exchanging_the_groups_inverts_the_ratio(
    method: str, first: tuple[int, int], second: tuple[int, int]
) -> None:
    found = proportion_ratio(*first, *second, method=method)
    other = proportion_ratio(*second, *first, method=method)
    with np.errstate(divide="ignore"):
        assert float(other.low) == pytest.approx(float(1 / found.high), rel=1e-6)
        assert float(other.high) == pytest.approx(float(1 / found.low), rel=1e-6)


def test_miettinen_nurminen_covers_about_as_often_as_stated() -> None:
    x, y = np.meshgrid(np.arange(31), np.arange(41), indexing="ij")
    found = proportion_difference(x, 30, y, 40, method="miettinen_nurminen")
    for p, q in [(0.9, 0.8), (0.5, 0.5), (0.2, 0.6)]:
        chance = binom.pmf(x, 30, p) * binom.pmf(y, 40, q)
        assert chance[(found.low <= p - q) & (p - q <= found.high)].sum() == pytest.approx(
            0.95, abs=0.015
        )


def test_many_areas_are_compared_at_once_and_gaps_stay_gaps() -> None:
    x, n = np.array([3, np.nan, 0, 2]), np.array([10, 5, 0, 4])
    for found in (proportion_difference(x, n, 5, 20), proportion_ratio(x, n, 5, 20)):
        assert np.isnan(found.estimate).tolist() == [False, True, True, False]
        assert np.isnan(found.low).tolist() == [False, True, True, False]
    single = proportion_difference(2, 4, 5, 20)
    assert float(proportion_difference(x, n, 5, 20).high[3]) == pytest.approx(float(single.high))


def test_a_ratio_without_any_success_is_open_on_both_sides() -> None:
    found = proportion_ratio(0, 10, 0, 20)
    assert np.isnan(found.estimate)
    assert (float(found.low), float(found.high)) == (0, np.inf)


def test_bad_counts_levels_and_methods_are_refused() -> None:
    for compare in (proportion_difference, proportion_ratio):
        with pytest.raises(ValueError, match="between 0 and n"):
            compare(5, 4, 1, 2)
        with pytest.raises(ValueError, match="confidence"):
            compare(1, 4, 1, 2, confidence=95)
        with pytest.raises(ValueError, match="miettinen_nurminen"):
            compare(1, 4, 1, 2, method="exact")
