from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.inequality import gini_coefficient, lorenz_curve, theil_index

SIZES = st.lists(st.floats(0.001, 1e6), min_size=2, max_size=12)


# R packages: ineq 0.2-13, example of ineq(); phylotools 0.1.2, example of gini();
# "Statistics Slam Dunk" (Manning), section 12.5, ineq(rep(c(10, 100), c(9, 1))).
GINI = [
    ([541, 1463, 2445, 3438, 4437, 5401, 6392, 8304, 11904, 22261], 0.4620911),
    ([1, 3, 2, 1, 1, 1, 4], 0.3076923),
    ([10] * 9 + [100], 0.4263158),
]


@pytest.mark.parametrize(("values", "expected"), GINI)
def test_gini_reproduces_the_documentation_of_r(values: list[int], expected: float) -> None:
    assert round(float(gini_coefficient(values)), 7) == expected


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5)), min_size=2, max_size=8))
def test_weighted_gini_is_the_mean_difference_over_twice_the_mean(
    units: list[tuple[int, int]],
) -> None:
    x, w = np.array(units, dtype=float).T
    if np.sum(w * x) == 0:
        return
    difference = np.sum(np.outer(w, w) * np.abs(x[:, None] - x)) / w.sum() ** 2
    mean = np.sum(w * x) / w.sum()
    assert float(gini_coefficient(x, weights=w)) == pytest.approx(
        difference / (2 * mean), abs=1e-12
    )


@settings(deadline=None)
@given(st.lists(st.integers(0, 50), min_size=2, max_size=10).filter(any))
def test_the_sample_correction_is_n_over_n_minus_one(values: list[int]) -> None:
    n = len(values)
    corrected = float(gini_coefficient(values, correction="sample"))
    assert corrected == pytest.approx(n / (n - 1) * float(gini_coefficient(values)), abs=1e-12)


def test_weights_repeat_their_unit() -> None:
    repeated = [2, 2, 2, 5, 9, 9]
    assert float(gini_coefficient([2, 5, 9], weights=[3, 1, 2])) == pytest.approx(
        float(gini_coefficient(repeated))
    )
    assert float(theil_index([2, 5, 9], weights=[3, 1, 2])) == pytest.approx(
        float(theil_index(repeated))
    )


def test_weights_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="broadcast"):
        gini_coefficient([1, 2, 3], weights=[1, 2])


def test_an_unknown_correction_is_refused() -> None:
    with pytest.raises(ValueError, match="sample"):
        gini_coefficient([1, 2], correction="n-1")  # type: ignore[arg-type]


def test_theil_of_one_unit_with_all_is_the_logarithm_of_the_units() -> None:
    assert float(theil_index([0, 0, 0, 8])) == pytest.approx(np.log(4))


@settings(deadline=None)
@given(SIZES)
def test_the_lorenz_curve_is_convex_and_gives_the_gini(sizes: list[float]) -> None:
    curve = lorenz_curve(sizes)
    slopes = np.diff(curve.value) / np.diff(curve.population)
    assert np.all(np.diff(slopes) >= -1e-9)
    area = np.trapezoid(curve.value, curve.population)
    assert float(gini_coefficient(sizes)) == pytest.approx(1 - 2 * area, abs=1e-12)


def test_a_lorenz_curve_needs_a_total() -> None:
    with pytest.raises(ValueError, match="above zero"):
        lorenz_curve([0, 0])


def test_a_negative_size_is_refused() -> None:
    with pytest.raises(ValueError, match="0 or above"):
        gini_coefficient([1, -1])


def test_missing_units_are_left_out() -> None:
    padded, plain = [[3.0, np.nan, 1.0], [0.0, 0.0, 0.0]], [3.0, 1.0]
    assert gini_coefficient(padded)[0] == pytest.approx(float(gini_coefficient(plain)))
    assert theil_index(padded)[0] == pytest.approx(float(theil_index(plain)))
    assert np.isnan(gini_coefficient(padded)[1])
    assert np.isnan(theil_index(padded)[1])
