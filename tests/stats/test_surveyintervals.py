from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t

from agriqa.stats.proportions import clopper_pearson_interval
from agriqa.stats.surveyintervals import design_proportion_interval, effective_n, t_interval


def test_many_degrees_of_freedom_make_the_normal_interval() -> None:
    low, high = t_interval([0.0, 5.0], 1.0, np.inf)
    assert low == pytest.approx([-1.959964, 3.040036], abs=1e-6)
    assert high == pytest.approx([1.959964, 6.959964], abs=1e-6)


def test_no_degrees_of_freedom_leave_no_interval() -> None:
    assert np.isnan(t_interval(1.0, 1.0, 0)).all()


@given(st.integers(2, 300).flatmap(lambda n: st.tuples(st.integers(1, n - 1), st.just(n))))
def test_korn_graubard_of_a_simple_sample_is_clopper_pearson(case: tuple[int, int]) -> None:
    x, n = case
    p = x / n
    found = design_proportion_interval(
        p, np.sqrt(p * (1 - p) / n), n, degrees_of_freedom=n - 1, method="korn_graubard"
    )
    assert np.array(found) == pytest.approx(np.array(clopper_pearson_interval(x, n)), abs=1e-9)


def test_korn_graubard_at_the_edges_is_clopper_pearson_of_the_sample() -> None:
    low, high = design_proportion_interval(
        [0.0, 1.0], 0.0, 50, degrees_of_freedom=10, method="korn_graubard"
    )
    expected = clopper_pearson_interval([0, 50], 50)
    assert low == pytest.approx(expected[0])
    assert high == pytest.approx(expected[1])


def test_few_degrees_of_freedom_shrink_the_effective_sample() -> None:
    # Korn & Graubard (1998): n* times (t of n - 1 / t of the design)^2.
    p, error, n, freedom = 0.3, 0.05, 200, 7
    size = p * (1 - p) / error**2 * (t.ppf(0.975, n - 1) / t.ppf(0.975, freedom)) ** 2
    found = design_proportion_interval(
        p, error, n, degrees_of_freedom=freedom, method="korn_graubard"
    )
    assert np.array(found) == pytest.approx(np.array(clopper_pearson_interval(size * p, size)))


def test_the_effective_sample_can_be_kept_to_the_sample() -> None:
    narrow = {"degrees_of_freedom": 99, "method": "korn_graubard"}
    free = design_proportion_interval(0.3, 0.01, 100, **narrow)
    kept = design_proportion_interval(0.3, 0.01, 100, **narrow, limit_effective_n=True)
    assert kept[1] - kept[0] > free[1] - free[0]
    assert np.array(kept) == pytest.approx(np.array(clopper_pearson_interval(30, 100)))


@given(st.floats(0.01, 0.99), st.floats(0.0, 0.2), st.integers(1, 200))
def test_the_proportion_is_inside_every_interval(p: float, error: float, freedom: int) -> None:
    for method in ("logit", "korn_graubard", "wald"):
        low, high = design_proportion_interval(
            p, error, 500, degrees_of_freedom=freedom, method=method
        )
        assert 0 <= low <= p + 1e-9
        assert p - 1e-9 <= high <= 1


def test_logit_limits_are_symmetric_in_log_odds_and_missing_at_the_edges() -> None:
    low, high = design_proportion_interval([0.8, 0.0, 1.0], 0.05, 90, degrees_of_freedom=20)
    odds = [np.log(limit / (1 - limit)) for limit in (low[0], 0.8, high[0])]
    assert odds[2] - odds[1] == pytest.approx(odds[1] - odds[0])
    assert odds[2] - odds[1] == pytest.approx(t.ppf(0.975, 20) * 0.05 / 0.16)
    assert np.isnan(low[1:]).all()
    assert np.isnan(high[1:]).all()


def test_effective_n_of_a_simple_sample_is_its_size() -> None:
    p = np.array([0.2, 0.5, 0.0])
    assert effective_n(p, np.sqrt(p * (1 - p) / 40), 40) == pytest.approx([40, 40, 40])


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        design_proportion_interval(1.2, 0.1, 10, degrees_of_freedom=3)
    with pytest.raises(ValueError, match="logit, korn_graubard, wald"):
        design_proportion_interval(0.2, 0.1, 10, degrees_of_freedom=3, method="beta")
    with pytest.raises(ValueError, match="confidence"):
        t_interval(1, 1, 1, confidence=95)
