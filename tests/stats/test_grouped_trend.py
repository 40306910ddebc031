from __future__ import annotations

import numpy as np
import pymannkendall
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.grouped_trend import regional_mann_kendall, seasonal_mann_kendall
from agriqa.stats.trend import mann_kendall, theil_sen

seeds = st.integers(0, 2**32 - 1)


def _panel(seed: int, *, gaps: bool = False) -> np.ndarray:
    rng = np.random.default_rng(seed)
    panel = rng.integers(0, 12, (4, 11)).astype(float) + np.arange(11) / 4
    if gaps:
        panel[rng.random(panel.shape) < 0.15] = np.nan
    return panel


@settings(max_examples=30)
@given(seeds)
def test_the_regional_test_agrees_with_pymannkendall(seed: int) -> None:
    panel = _panel(seed, gaps=True)
    ours, theirs = regional_mann_kendall(panel), pymannkendall.regional_test(panel.T)
    assert [ours.s, ours.variance, ours.z, ours.p, ours.tau_a, ours.slope] == pytest.approx(
        [theirs.s, theirs.var_s, theirs.z, theirs.p, theirs.Tau, theirs.slope]
    )


@settings(max_examples=30)
@given(seeds)
def test_the_correlated_test_agrees_with_pymannkendall(seed: int) -> None:
    panel = _panel(seed)
    ours = regional_mann_kendall(panel, correlated=True)
    theirs = pymannkendall.correlated_multivariate_test(panel.T)
    assert [ours.variance, ours.z, ours.p] == pytest.approx([theirs.var_s, theirs.z, theirs.p])


@settings(max_examples=30)
@given(seeds)
def test_the_seasonal_test_agrees_with_pymannkendall(seed: int) -> None:
    values = _panel(seed, gaps=True).T.ravel()
    season, year = np.tile(range(4), 11), np.repeat(range(11), 4)
    ours = seasonal_mann_kendall(values, season=season, year=year)
    theirs = pymannkendall.seasonal_test(values, period=4)
    assert [ours.s, ours.variance, ours.p, ours.slope] == pytest.approx(
        [theirs.s, theirs.var_s, theirs.p, theirs.slope]
    )


@settings(max_examples=20)
@given(seeds)
def test_one_group_with_gaps_has_its_own_variance(seed: int) -> None:
    row = _panel(seed, gaps=True)[:1]
    assert regional_mann_kendall(row, correlated=True).variance == pytest.approx(
        float(mann_kendall(row[0], method="normal").variance)
    )


def test_the_covariance_is_that_of_all_permutations_of_the_times() -> None:
    # Brute force: the same permutation of the times for both groups.
    from itertools import permutations

    panel = np.array([[1.0, 3.0, 2.0, 5.0, 5.0], [2.0, 2.0, 1.0, 7.0, 6.0]])
    sums = [
        mann_kendall(panel[:, list(order)], method="normal").s.sum()
        for order in permutations(range(5))
    ]
    found = regional_mann_kendall(panel, correlated=True).variance
    # The estimate is exact only when the concordance of the two groups holds in
    # every order, which is so because a permutation keeps the pairs together.
    assert found == pytest.approx(np.var(sums))


def test_the_monthly_analyte_of_the_epa_guidance_is_reproduced() -> None:
    # US EPA (2009), Unified Guidance, example 14-10; digits as R EnvStats prints them,
    # kendallSeasonalTrendTest(Unadj.Conc ~ Month + Year, data = EPA.09.Ex.14.8.df).
    january_to_december = [
        [1.99, 2.01, 2.15], [2.10, 2.10, 2.17], [2.12, 2.17, 2.27], [2.12, 2.13, 2.23],
        [2.11, 2.13, 2.24], [2.15, 2.18, 2.26], [2.19, 2.25, 2.31], [2.18, 2.24, 2.32],
        [2.16, 2.22, 2.28], [2.08, 2.13, 2.22], [2.05, 2.08, 2.19], [2.08, 2.16, 2.22],
    ]  # fmt: skip
    found = seasonal_mann_kendall(
        np.ravel(january_to_december),
        season=np.repeat(np.arange(1, 13), 3),
        year=np.tile([1983, 1984, 1985], 12),
    )
    assert round(found.z, 7) == 5.1849514
    assert found.p == pytest.approx(2.160712e-07, rel=1e-6)
    assert round(found.slope, 7) == 0.06
    assert (round(found.low, 8), round(found.high, 8)) == (0.05786914, 0.07213086)
    assert round(found.heterogeneity, 7) == 0.1071882
    assert round(found.tau_a, 7) == 0.9722222


def test_one_region_equals_the_plain_test() -> None:
    row = _panel(3)[0]
    ours, plain, line = regional_mann_kendall([row]), mann_kendall(row), theil_sen(row)
    assert ours.p == float(plain.p)
    assert [ours.slope, ours.low, ours.high, ours.tau_b] == pytest.approx(
        [float(x) for x in (line.slope, line.low, line.high, plain.tau_b)]
    )
    assert np.isnan(ours.heterogeneity)


def test_opposite_trends_are_heterogeneous() -> None:
    result = regional_mann_kendall([range(12), range(12, 0, -1)])
    # Two scores of +-66 with variance 212.667 each: chi-square = 2 * 66^2 / 212.667.
    assert result.heterogeneity == pytest.approx(2 * 66**2 / (12 * 11 * 29 / 18))
    assert result.heterogeneity_p < 0.001
    assert "differ in their trends" in result.summary("en")


def test_times_may_be_irregular_and_unsorted() -> None:
    panel, years = _panel(5), np.array([0.0, 1, 2, 4, 5, 6, 9, 10, 11, 15, 16])
    order = np.random.default_rng(0).permutation(11)
    for correlated in (False, True):
        one = regional_mann_kendall(panel, years, correlated=correlated)
        other = regional_mann_kendall(panel[:, order], years[order], correlated=correlated)
        assert (one.p, one.slope) == (other.p, other.slope)


def test_several_values_in_one_season_and_year_are_kept() -> None:
    result = seasonal_mann_kendall([1, 2, 3, 4], season=["a"] * 4, year=[1, 1, 2, 3])
    plain = mann_kendall([1, 2, 3, 4], [1, 1, 2, 3], method="normal")
    assert (result.n, result.s, result.p) == (4, 5, float(plain.p))
    with pytest.raises(ValueError, match="one value per season"):
        seasonal_mann_kendall([1, 2], season=[1, 1], year=[1, 1], correlated=True)


def test_the_continuity_correction_is_optional() -> None:
    panel = _panel(7)
    plain = regional_mann_kendall(panel, continuity=False)
    assert plain.z == pytest.approx(plain.s / np.sqrt(plain.variance))


def test_malformed_groups_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(groups, points\)"):
        regional_mann_kendall([1, 2, 3])
    with pytest.raises(ValueError, match="two points"):
        regional_mann_kendall([[1, np.nan]])
    with pytest.raises(ValueError, match="distinct times"):
        regional_mann_kendall([[1, 2, 3]], [1, 1, 2], correlated=True)
    with pytest.raises(ValueError, match="confidence"):
        regional_mann_kendall([[1, 2, 3]], confidence=0)
    with pytest.raises(ValueError, match="equally long"):
        seasonal_mann_kendall([1, 2], season=[1], year=[1, 2])


def test_grouped_summaries_speak_two_languages() -> None:
    result = regional_mann_kendall([range(12)] * 2)
    assert result.summary("en").startswith("Increasing over 2 groups")
    assert "呈上升趋势" in result.summary()
    with pytest.raises(ValueError, match="language"):
        result.summary("fr")  # type: ignore[arg-type]
