from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.cusum import Cusum, binomial_cusum, cusum, poisson_cusum

# Montgomery, Introduction to Statistical Quality Control, table 9.1: the mean is 10
# for twenty observations, then 11.
OBSERVATIONS = [9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.20, 10.34]
OBSERVATIONS += [9.03, 11.47, 10.51, 9.40, 10.08, 9.37, 10.62, 10.31, 8.52, 10.84]
OBSERVATIONS += [10.90, 9.33, 12.29, 11.50, 10.60, 11.08, 10.38, 11.62, 11.31, 10.52]
# Table 9.2, K = 0.5.
UPPER = [0, 0, 0, 1.16, 2.82, 2.50, 0.04, 1.00, 0, 0, 0, 0.97, 0.98, 0, 0, 0, 0.12, 0, 0]
UPPER += [0.34, 0.74, 0, 1.79, 2.79, 2.89, 3.47, 3.35, 4.47, 5.28, 5.30]
LOWER = [0.05, 1.56, 1.77, 0, 0, 0, 1.46, 0, 0.30, 0, 0.47, 0, 0, 0.10, 0, 0.13, 0, 0, 0.98]
LOWER += [0, 0, 0.17, 0, 0, 0, 0, 0, 0, 0, 0]
UPPER_RUN = [0, 0, 0, 1, 2, 3, 4, 5, 0, 0, 0, 1, 2, 0, 0, 0, 1, 0, 0, 1, 2, 0]
UPPER_RUN += [1, 2, 3, 4, 5, 6, 7, 8]

values = st.lists(st.floats(-20, 20), min_size=1, max_size=15)


def test_cusum_reproduces_montgomery() -> None:
    chart = cusum(OBSERVATIONS, target=10, sigma=1)
    np.testing.assert_allclose(chart.upper, UPPER, atol=0.0051)
    np.testing.assert_allclose(chart.lower, LOWER, atol=0.0051)
    assert chart.upper_run.tolist() == UPPER_RUN
    assert (np.flatnonzero(chart.signals) + 1).tolist() == [29, 30]


def test_head_start_reproduces_montgomery() -> None:
    # Montgomery, chapter 9, "A CUSUM with a headstart": target 100, K = 3, H = 12, start 6.
    x = [102, 97, 104, 93, 100, 105, 96, 98, 105, 99]
    chart = cusum(x, target=100, sigma=1, reference=3, decision=12, head_start=0.5)
    assert chart.upper.tolist() == [5, 0, 1, 0, 0, 2, 0, 0, 2, 0]
    assert chart.lower.tolist() == [1, 1, 0, 4, 1, 0, 1, 0, 0, 0]


@given(values, st.floats(0, 2), st.floats(0, 0.9))
@settings(max_examples=50)
def test_a_sum_is_the_largest_excess_over_all_ways_to_begin(
    x: list[float], k: float, head: float
) -> None:
    chart = cusum(x, target=0, sigma=1, reference=k, decision=4, head_start=head)
    for end in range(len(x)):
        tails = [sum(v - k for v in x[begin : end + 1]) for begin in range(end + 1)]
        assert chart.upper[end] == pytest.approx(max(0, tails[0] + 4 * head, *tails), abs=1e-6)


@given(values)
def test_upwards_and_downwards_change_places_when_values_change_sign(x: list[float]) -> None:
    plain = cusum(x, target=0, sigma=2)
    turned = cusum(-np.array(x), target=0, sigma=2)
    np.testing.assert_allclose(plain.upper, turned.lower, atol=1e-9)


def test_a_missing_value_is_passed_over() -> None:
    gap = cusum([11.0, np.nan, 12.0], target=10, sigma=1)
    whole = cusum([11.0, 12.0], target=10, sigma=1)
    assert np.isnan(gap.upper[1])
    assert gap.upper[2] == whole.upper[1]
    assert gap.upper_run.tolist() == [1, 1, 2]


def test_a_restart_begins_again_after_a_signal() -> None:
    chart = cusum([6.0, 1.0, 1.0], target=0, sigma=1, restart=True, head_start=0.5)
    assert chart.upper.tolist() == [8.0, 3.0, 3.5]


def test_areas_have_each_their_own_target_and_spread() -> None:
    x = np.random.default_rng(7).normal(size=(3, 20))
    target, sigma = np.array([[0.0], [0.5], [1.0]]), np.array([[1.0], [2.0], [0.5]])
    together = cusum(x, target=target, sigma=sigma)
    for row in range(3):
        alone = cusum(x[row], target=target[row], sigma=sigma[row])
        np.testing.assert_allclose(together.lower[row], alone.lower)


rates = st.tuples(st.floats(0.02, 0.9), st.floats(0.02, 0.9)).filter(
    lambda pair: abs(pair[0] - pair[1]) > 0.01
)


def likelihood_sum(ratios: list[float]) -> list[float]:
    total, sums = 0.0, []
    for ratio in ratios:
        total = max(0.0, total + ratio)
        sums.append(total)
    return sums


@given(st.lists(st.integers(0, 12), min_size=1, max_size=12), rates, st.floats(0.5, 4))
@settings(max_examples=50)
def test_a_count_cusum_is_the_sum_of_log_likelihood_ratios(
    x: list[int], pair: tuple[float, float], units: float
) -> None:
    from scipy.stats import binom, poisson

    old, new = pair
    chart = poisson_cusum(x, in_control=old, out_of_control=new, exposure=units, decision=3)
    ratio = poisson.logpmf(x, new * units) - poisson.logpmf(x, old * units)
    found = chart.upper if new > old else chart.lower
    expected = np.array(likelihood_sum(ratio.tolist())) / abs(np.log(new / old))
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert not (chart.lower if new > old else chart.upper).any()

    chart = binomial_cusum(x, 15, in_control=old, out_of_control=new, decision=3)
    ratio = binom.logpmf(x, 15, new) - binom.logpmf(x, 15, old)
    odds = abs(np.log(new / (1 - new)) - np.log(old / (1 - old)))
    found = chart.upper if new > old else chart.lower
    np.testing.assert_allclose(found, np.array(likelihood_sum(ratio.tolist())) / odds, atol=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cusum([1], target=0, sigma=0), "sigma"),
        (lambda: cusum([1], target=0, sigma=1, reference=-1), "reference"),
        (lambda: cusum([1], target=0, sigma=1, decision=0), "decision"),
        (lambda: cusum([1], target=0, sigma=1, head_start=1), "head_start"),
        (lambda: poisson_cusum([1], in_control=1, out_of_control=1, decision=1), "differ"),
        (lambda: poisson_cusum([-1], in_control=1, out_of_control=2, decision=1), "negative"),
        (
            lambda: poisson_cusum([1], in_control=1, out_of_control=2, decision=1, exposure=0),
            "above 0",
        ),
        (lambda: binomial_cusum([2], 1, in_control=0.1, out_of_control=0.2, decision=1), "sizes"),
        (lambda: binomial_cusum([1], 1, in_control=0, out_of_control=0.2, decision=1), "between"),
        (lambda: cusum([1], target=0, sigma=1).summary("fr"), "zh, en"),  # type: ignore[arg-type]
    ],
)
def test_bad_input_is_refused(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]


def test_the_summary_names_the_first_signal() -> None:
    chart: Cusum = cusum(OBSERVATIONS, target=10, sigma=1)
    assert chart.summary("en") == "A sum first passes its decision limit of 5 at point 29."
    assert "第 29 个点" in chart.summary()
    assert cusum([0.0], target=0, sigma=1).summary("en").startswith("No sum")
