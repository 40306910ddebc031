from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from agriqa.stats.kendall import (
    as_series,
    exact_tail,
    normal_p,
    score_and_variance,
    standardised_score,
)

few = st.lists(st.integers(0, 3).map(float), min_size=3, max_size=6)


def _score(values: tuple[float, ...], times: list[float]) -> float:
    return sum(
        np.sign(values[j] - values[i]) * np.sign(times[j] - times[i])
        for j in range(len(values))
        for i in range(j)
    )


@settings(max_examples=10)
@given(few, st.integers(0, 2**32 - 1))
def test_the_variance_is_that_over_all_permutations(values: list, seed: int) -> None:
    times = np.random.default_rng(seed).integers(0, 4, len(values)).astype(float)
    s, variance, untied, untied_times = score_and_variance(np.array([values]), times[np.newaxis])
    assert s[0] == _score(tuple(values), list(times))
    scores = [_score(order, list(times)) for order in permutations(values)]
    assert variance[0] == pytest.approx(np.var(scores))
    pairs = [(i, j) for j in range(len(values)) for i in range(j)]
    assert untied[0] == sum(values[i] != values[j] for i, j in pairs)
    assert untied_times[0] == sum(times[i] != times[j] for i, j in pairs)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 4).map(float), min_size=1, max_size=15))
def test_the_exact_distribution_has_the_moments_of_the_score(values: list) -> None:
    scores, tail = exact_tail(np.array(values))
    chance = np.diff(tail, prepend=0.0)
    assert tail[-1] == 1
    assert chance @ scores == pytest.approx(0, abs=1e-9)
    times = np.arange(len(values), dtype=float)[np.newaxis]
    _, variance, _, _ = score_and_variance(np.array([values]), times)
    assert chance @ scores**2 == pytest.approx(variance[0], abs=1e-9)


@given(st.floats(-6, 6))
def test_normal_p_values_are_the_tails_of_the_normal(z: float) -> None:
    assert float(normal_p(np.array(z))) == pytest.approx(2 * stats.norm.sf(abs(z)))
    assert float(normal_p(np.array(z), "increasing")) == pytest.approx(stats.norm.sf(z))
    assert float(normal_p(np.array(z), "decreasing")) == pytest.approx(stats.norm.cdf(z))


def test_the_continuity_correction_draws_scores_towards_zero() -> None:
    s, variance = np.array([5.0, -5.0, 0.0, 0.0]), np.array([4.0, 4.0, 4.0, 0.0])
    assert standardised_score(s, variance).tolist() == [2, -2, 0, 0]
    assert standardised_score(s, variance, continuity=False).tolist() == [2.5, -2.5, 0, 0]


def test_a_missing_time_drops_its_value() -> None:
    x, t, shape = as_series([1.0, 2.0, np.nan], [1.0, np.nan, 3.0])
    assert shape == ()
    assert np.isnan(x).tolist() == np.isnan(t).tolist() == [[False, True, True]]


def test_dates_are_refused_as_times() -> None:
    days = np.array(["2020-01-01", "2020-01-02"], dtype="datetime64[D]")
    with pytest.raises(ValueError, match="not dates"):
        as_series([1.0, 2.0], days)
