from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from agriqa.stats.prediction_bounds import BOUNDS, check_bound, prediction_bounds

# R package surveillance, tests of farringtonFlexible, "some results we know are found".
POWER = [
    ("1", 1.3073128, 8.6926872, 0.0907246),
    ("1/2", 1.9891097, 9.3744842, 0.1189986),
    ("2/3", 1.8084477, 9.1154825, 0.1094727),
]
QUANTILE = [
    ("negative_binomial_upper", 1.5, 8, 24, 0.8597797),
    ("negative_binomial_upper", 1.0, 9, 22, 0.9093099),
    ("negative_binomial", 1.5, 1, 10, 0.03763657),
    ("negative_binomial", 1.0, 2, 9, 0.01369527),
]


@pytest.mark.parametrize(("power", "lower", "upper", "p"), POWER)
def test_bounds_on_the_power_scale_as_in_surveillance(
    power: str, lower: float, upper: float, p: float
) -> None:
    # Expectation 5 with standard error 0.2, count 8; there the error is of the expectation.
    found = prediction_bounds(5, 0.2 / 5, 1, 8, bound="power", power=power, alpha=0.05)
    assert found == pytest.approx((lower, upper, p), abs=1e-6)


@pytest.mark.parametrize(("bound", "dispersion", "lower", "upper", "p"), QUANTILE)
def test_bounds_by_quantile_as_in_surveillance(
    bound: str, dispersion: float, lower: float, upper: float, p: float
) -> None:
    # Expectation 5, standard error of its logarithm log 2, count 11.
    found = prediction_bounds(5, float(np.log(2)), dispersion, 11, bound=bound, alpha=0.05)
    assert found == pytest.approx((lower, upper, p), abs=1e-6)


@settings(deadline=None)
@given(
    st.floats(0.1, 200), st.floats(0, 0.5), st.floats(1, 5), st.integers(0, 300),
    st.sampled_from(BOUNDS),
)  # fmt: skip
def test_a_count_above_the_bound_is_improbable(
    expected: float, error: float, dispersion: float, count: int, bound: str
) -> None:
    low, high, p = prediction_bounds(expected, error, dispersion, count, bound=bound)
    assert 0 <= low <= high
    if bound == "power":
        assert (count > high + 1e-9) <= (p < 0.01 + 1e-9)
    else:
        assert (count > high) == (p <= 0.01) or p == pytest.approx(0.01)


def test_the_quantile_is_that_of_a_negative_binomial_of_the_given_dispersion() -> None:
    _, high, _ = prediction_bounds(20, 0.0, 3, 0, alpha=0.05)
    draws = stats.nbinom(20 / 2, 1 / 3)
    assert draws.var() / draws.mean() == pytest.approx(3)
    assert draws.cdf(high) >= 0.95 > draws.cdf(high - 1)


def test_with_nothing_expected_any_case_is_improbable() -> None:
    assert prediction_bounds(0, 0, 1, 0) == (0, 0, 1)
    assert prediction_bounds(0, 0, 1, 2) == (0, 0, 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bound": "delta"}, "power, negative_binomial"),
        ({"power": "2/88"}, "2/3, 1/2, 1"),
        ({"alpha": 0.7}, "alpha"),
    ],
)
def test_bad_options_are_refused(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        prediction_bounds(5, 0, 1, 5, **options)
    with pytest.raises(ValueError, match=message):
        check_bound(**({"bound": "power", "power": "1", "alpha": 0.05} | options))
