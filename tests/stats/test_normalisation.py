from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from agriqa.stats.normalisation import (
    directed,
    indicator_table,
    min_max,
    reference_pool,
    standardise,
)

TABLES = arrays(float, (5, 3), elements=st.integers(-100, 100).map(float)).filter(
    lambda x: (np.ptp(x, axis=0) > 0).all()
)


@given(TABLES)
def test_the_worst_gets_the_lower_end_and_the_best_the_upper(table: np.ndarray) -> None:
    scaled = min_max(table, directions=[1, -1, 1], lower=1, upper=100)
    np.testing.assert_allclose(scaled.min(axis=0), 1)
    np.testing.assert_allclose(scaled.max(axis=0), 100)
    assert (np.argmin(scaled, axis=0)[[0, 2]] == np.argmin(table, axis=0)[[0, 2]]).all()
    assert scaled[np.argmax(table[:, 1]), 1] == 1


@given(TABLES)
def test_less_is_better_turns_the_scale_round(table: np.ndarray) -> None:
    np.testing.assert_allclose(min_max(table, directions=[-1] * 3), 1 - min_max(table), atol=1e-12)


@given(TABLES, st.sampled_from(["sample", "population"]))
def test_standardised_indicators_have_the_mean_and_deviation(
    table: np.ndarray, divisor: str
) -> None:
    z = standardise(table, mean=100, deviation=10, divisor=divisor)
    np.testing.assert_allclose(z.mean(axis=0), 100)
    np.testing.assert_allclose(z.std(axis=0, ddof=int(divisor == "sample")), 10)


def test_missing_values_stay_missing_and_a_constant_has_no_scale() -> None:
    table = [[1, 5, np.nan], [np.nan, 5, np.nan], [3, 5, 1]]
    for scaled in (min_max(table), standardise(table)):
        assert np.isnan(scaled[1, 0])
        assert not np.isnan(scaled[[0, 2], 0]).any()
        assert np.isnan(scaled[:, 1:]).all()


def test_a_table_is_checked_and_directed() -> None:
    assert directed([[1, 2]], None).tolist() == [[1, 2]]
    assert directed([[1, 2]], [-1, 1]).tolist() == [[-1, 2]]
    for directions in ([1], [1, 0], [1, 2]):
        with pytest.raises(ValueError, match="1 or -1 for each of 2"):
            directed([[1, 2]], directions)
    with pytest.raises(ValueError, match="at least 2"):
        indicator_table([[1, 2]], at_least=2)
    with pytest.raises(ValueError, match="shape"):
        indicator_table([1, 2])
    with pytest.raises(ValueError, match="infinite"):
        indicator_table([[np.inf]])


def test_unknown_scales_are_refused() -> None:
    with pytest.raises(ValueError, match="lower must be below"):
        min_max([[1], [2]], lower=1, upper=1)
    with pytest.raises(ValueError, match="divisor must be one of"):
        standardise([[1], [2]], divisor="n")
    with pytest.raises(ValueError, match="deviation"):
        standardise([[1], [2]], deviation=0)


@given(TABLES, TABLES)
def test_years_pooled_have_the_scale_of_one_table(first: np.ndarray, second: np.ndarray) -> None:
    pool, signs = np.vstack([first, second]), [1, -1, 1]
    for scale in (min_max, standardise):
        together = scale(pool, directions=signs)
        apart = [scale(year, directions=signs, over=pool) for year in (first, second)]
        np.testing.assert_allclose(np.vstack(apart), together, atol=1e-12)


def test_a_base_year_leaves_later_years_free_to_pass_its_ends() -> None:
    base, now = [[10, 5], [20, 1], [np.nan, 3]], [[25, 0], [10, 9]]
    scaled = min_max(now, over=base, directions=[1, -1], lower=0, upper=100)
    assert scaled.tolist() == [[150, 125], [0, -100]]
    z = standardise([[3], [7]], over=[[1], [2], [3]], mean=10, deviation=2)
    assert z.ravel().tolist() == [12, 20]


def test_a_pool_without_spread_gives_no_scale() -> None:
    pool = [[1, np.nan], [1, np.nan]]
    assert np.isnan(min_max([[1, 2], [3, 4]], over=pool)).all()
    assert np.isnan(standardise([[1, 2], [3, 4]], over=pool)).all()


def test_a_pool_is_turned_round_with_the_values_and_must_have_their_indicators() -> None:
    assert reference_pool([[1, 2]], None, [1, -1]).tolist() == [[1, -2]]
    for scale in (min_max, standardise):
        with pytest.raises(ValueError, match="over must have the 2 indicators"):
            scale([[1, 2]], over=[[1], [2]])
