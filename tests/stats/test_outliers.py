from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agriqa.stats.outliers import (
    excess_kurtosis,
    has_outliers,
    log_transform,
    skewness,
    treat_outliers,
)

# COINr, vignette "Outlier treatment": numbers from 1 to 10 and two outliers.
COINR = [*range(1, 11), 30, 100]

VALUES = st.lists(st.integers(-1000, 1000), min_size=4, max_size=20)
SKEWED = st.lists(st.integers(0, 12), min_size=6, max_size=30).map(lambda x: np.exp(x))


def test_the_example_of_coinr_fails_and_passes_once_winsorised() -> None:
    assert round(float(skewness(COINR)), 11) == 3.06324103424
    assert round(float(excess_kurtosis(COINR)), 11) == 9.74139083457
    treated = treat_outliers(COINR, max_points=2)
    assert treated.values.tolist() == [*range(1, 11), 30, 30]
    assert treated.winsorised.tolist() == [False] * 11 + [True]
    assert round(float(treated.skewness), 6) == 1.712038
    assert round(float(treated.kurtosis), 6) == 1.815781
    assert treated.method.item() == "winsorised"
    assert not treated.outlying


def test_one_outlier_takes_the_next_value_as_in_the_tests_of_coinr() -> None:
    # COINr 1.1, tests/testthat/test-treat.R.
    assert treat_outliers([*range(1, 11), 100]).values.tolist() == [*range(1, 11), 10]
    low = treat_outliers([*range(1, 11), -100])
    assert low.values.tolist() == [*range(1, 11), 1]


def test_the_logarithm_is_of_the_raw_values_when_winsorising_does_not_do() -> None:
    # COINr 1.1, tests/testthat/test-treat.R, the two-step treatment.
    x = [*range(1, 21), 100, 200]
    assert treat_outliers(x, max_points=1, transform=None).outlying
    treated = treat_outliers(x, max_points=1)
    assert treated.method.item() == "log"
    assert not treated.winsorised.any()
    np.testing.assert_allclose(treated.values, np.log(np.array(x) - 1 + 0.01 * 199))
    combined = treat_outliers(x, max_points=1, combine=True)
    assert combined.method.item() == "winsorised+log"
    np.testing.assert_allclose(combined.values, log_transform([*range(1, 21), 100, 100]))


@given(VALUES.filter(lambda x: len(set(x)) > 1))
def test_skewness_and_kurtosis_agree_with_pandas(values: list[int]) -> None:
    series = pd.Series(values, dtype=float)
    assert float(skewness(values)) == pytest.approx(series.skew(), abs=1e-8)
    assert float(excess_kurtosis(values)) == pytest.approx(series.kurt(), abs=1e-8)


@given(VALUES.filter(lambda x: len(set(x)) > 1), st.floats(0.01, 100), st.integers(-50, 50))
def test_shape_does_not_depend_on_the_unit(values: list[int], scale: float, shift: int) -> None:
    moved = scale * np.array(values) + shift
    assert float(skewness(moved)) == pytest.approx(float(skewness(values)), abs=1e-6)
    assert float(skewness(-moved)) == pytest.approx(-float(skewness(values)), abs=1e-6)
    assert float(excess_kurtosis(moved)) == pytest.approx(float(excess_kurtosis(values)), abs=1e-6)


@given(SKEWED, st.integers(0, 4))
def test_winsorising_moves_only_extremes_and_keeps_the_order(x: np.ndarray, most: int) -> None:
    treated = treat_outliers(x, max_points=most, transform=None)
    assert (treated.values[~treated.winsorised] == x[~treated.winsorised]).all()
    order = np.argsort(x)
    assert (np.diff(treated.values[order]) >= 0).all()
    assert set(treated.values) <= set(x)
    if not has_outliers(x):
        assert treated.method.item() == "none"
    if treated.outlying:
        assert treated.winsorised.sum() >= most


@given(SKEWED.filter(lambda x: np.ptp(x) > 0), st.booleans())
def test_the_logarithm_keeps_the_order(x: np.ndarray, by_skew: bool) -> None:
    order = np.argsort(x)
    assert (np.diff(log_transform(x, by_skew=by_skew)[order]) >= 0).all()


def test_tied_extremes_move_together() -> None:
    x = [*range(1, 31), 500, 500]
    treated = treat_outliers(x, max_points=1, transform=None)
    assert treated.values[-2:].tolist() == [30, 30]
    assert treated.winsorised.sum() == 2


def test_the_logarithm_by_skew_mirrors_a_long_lower_tail() -> None:
    x = np.array([0, 1, 10, 100])
    np.testing.assert_allclose(
        log_transform(-x, by_skew=True)[::-1], -log_transform(x, by_skew=True)[::-1]
    )


def test_each_indicator_of_a_table_is_treated_by_itself() -> None:
    table = np.column_stack([COINR, range(12), [*range(11), np.nan], [7.0] * 12])
    treated = treat_outliers(table)
    assert treated.method.tolist() == ["winsorised", "none", "none", "none"]
    assert treated.values[:, 0].tolist() == treat_outliers(COINR).values.tolist()
    assert np.isnan(treated.values[11, 2])
    assert np.isnan(treated.skewness[3])
    assert treated.summary("en").startswith("Of 4 indicators 1 were winsorised (1 points), 0 log")
    assert "1个缩尾（1个点）" in treated.summary()


def test_a_missing_value_is_left_out_and_stays_missing() -> None:
    treated = treat_outliers([np.nan, *COINR])
    assert np.isnan(treated.values[0])
    assert treated.values[1:].tolist() == treat_outliers(COINR).values.tolist()
    assert np.isnan(log_transform([np.nan, *COINR])[0])


def test_too_few_or_equal_values_have_no_shape() -> None:
    assert np.isnan(skewness([1, 2]))
    assert np.isnan(excess_kurtosis([1, 2, 3]))
    assert np.isnan(skewness([0.1] * 5))
    assert np.isnan(log_transform([0.1] * 5)).all()


def test_the_input_is_not_changed() -> None:
    x = np.array(COINR, dtype=float)
    treat_outliers(x, max_points=0)
    assert x.tolist() == COINR


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        ([], {}, "shape"),
        ([[[1]]], {}, "shape"),
        ([1, np.inf], {}, "infinite"),
        ([1, 2], {"max_points": -1}, "max_points"),
        ([1, 2], {"transform": "sqrt"}, "log_by_skew"),
        ([1, 2], {"skewness_limit": -1}, "limits"),
    ],
)
def test_bad_input_is_refused(values: list[float], options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        treat_outliers(values, **options)


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="zh, en"):
        treat_outliers(COINR).summary("fr")
