from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from agriqa.stats.normalisation import min_max
from agriqa.stats.reference_scales import (
    distance_to_reference,
    distance_to_target,
    fraction_of_maximum,
    goalposts,
)

TABLES = arrays(float, (5, 2), elements=st.integers(0, 50).map(float))


@pytest.mark.parametrize(
    ("x", "worst", "best", "expected"),
    # COINr 1.1.14, tests/testthat/test-normalise.R, "zoom in on some goalpost cases".
    [(1, 0, 10, 0.1), (11, 0, 10, 1), (-1, 0, 10, 0), (1, 10, 0, 0.9), (-1, 10, 0, 1)],
)
def test_goalposts_are_those_of_coinr(x: float, worst: float, best: float, expected: float) -> None:
    assert goalposts([[x]], worst=worst, best=best).tolist() == [[expected]]


def test_life_expectancy_is_scaled_between_the_goalposts_of_the_hdi() -> None:
    # UNDP technical notes: life expectancy 20 to 85 years, expected schooling 0 to 18.
    scaled = goalposts([[20, 18], [52.5, 9], [85, 20]], worst=[20, 0], best=[85, 18])
    assert scaled.tolist() == [[0, 1], [0.5, 0.5], [1, 1]]


@given(TABLES)
def test_open_goalposts_are_a_straight_line_and_closed_ones_its_middle(table: np.ndarray) -> None:
    line = goalposts(table, worst=[10, 40], best=[30, 20], scale=100, truncated=False)
    np.testing.assert_allclose(line, np.column_stack([table[:, 0] - 10, 40 - table[:, 1]]) * 5)
    closed = goalposts(table, worst=[10, 40], best=[30, 20], scale=100)
    np.testing.assert_allclose(closed, np.clip(line, 0, 100))


def test_impossible_goalposts_are_refused() -> None:
    with pytest.raises(ValueError, match=r"equal for indicators \[1\]"):
        goalposts([[1, 2]], worst=[0, 1], best=1)
    with pytest.raises(ValueError, match="best must be known"):
        goalposts([[1]], worst=0, best=np.nan)
    with pytest.raises(ValueError, match="worst must be one number or 1"):
        goalposts([[1]], worst=[0, 1], best=1)
    for scale in (0, np.inf, np.nan):
        with pytest.raises(ValueError, match="scale must be above 0"):
            goalposts([[1]], worst=0, best=1, scale=scale)


@pytest.mark.parametrize(
    ("values", "target", "direction", "expected"),
    # COINr 1.1.14, tests/testthat/test-normalise.R, "dist2targ".
    [([0, 5, 11], 10, 1, [0, 0.5, 1.1]), ([-1, 1, 10], 0, -1, [1.1, 0.9, 0])],
)
def test_distances_to_a_target_are_those_of_coinr(
    values: list[float], target: float, direction: int, expected: list[float]
) -> None:
    table = np.array(values)[:, None]
    free = distance_to_target(table, target=target, directions=[direction])
    np.testing.assert_allclose(free.ravel(), expected)
    capped = distance_to_target(table, target=target, directions=[direction], capped=True)
    np.testing.assert_allclose(capped.ravel(), np.minimum(expected, 1))


@given(TABLES)
def test_the_best_value_as_target_is_the_min_max_scale(table: np.ndarray) -> None:
    best = [table[:, 0].max(), table[:, 1].min()]
    np.testing.assert_allclose(
        distance_to_target(table, target=best, directions=[1, -1]),
        min_max(table, directions=[1, -1]),
    )


def test_the_way_begins_at_the_worst_of_the_pool() -> None:
    assert distance_to_target([[5]], target=10, over=[[0], [7]]).tolist() == [[0.5]]
    less = distance_to_target([[5]], target=0, directions=[-1], over=[[20], [7]])
    assert less.tolist() == [[0.75]]


def test_a_target_that_all_meet_is_met_but_no_distance() -> None:
    table = [[4, 1], [6, np.nan]]
    assert np.isnan(distance_to_target(table, target=[4, 1])).all()
    capped = distance_to_target(table, target=[4, 1], capped=True)
    np.testing.assert_array_equal(capped, [[1, 1], [1, np.nan]])
    fallen = distance_to_target([[3], [5]], target=4, over=table_of(6, 7), capped=True)
    np.testing.assert_array_equal(fallen, [[np.nan], [1]])


def table_of(*values: float) -> np.ndarray:
    return np.array(values)[:, None]


def test_an_indicator_without_values_has_no_distance() -> None:
    table = [[np.nan], [np.nan]]
    assert np.isnan(distance_to_target(table, target=1, capped=True)).all()
    assert np.isnan(distance_to_reference(table, reference=0)).all()
    assert np.isnan(fraction_of_maximum(table)).all()
    assert np.isnan(fraction_of_maximum([[1]], directions=[-1], over=table)).all()


@given(TABLES, st.integers(0, 4), st.booleans())
def test_a_reference_unit_is_the_target_of_the_others(
    table: np.ndarray, unit: int, capped: bool
) -> None:
    np.testing.assert_array_equal(
        distance_to_reference(table, reference=unit, directions=[1, -1], capped=capped),
        distance_to_target(table, target=table[unit], directions=[1, -1], capped=capped),
    )


def test_a_reference_that_lacks_an_indicator_gives_no_distance() -> None:
    scaled = distance_to_reference([[1, 2], [3, np.nan], [5, 4]], reference=1, capped=True)
    np.testing.assert_array_equal(scaled, [[0, np.nan], [1, np.nan], [1, np.nan]])
    for unit in (-1, 3):
        with pytest.raises(ValueError, match="within 0-2"):
            distance_to_reference([[1], [2], [3]], reference=unit)


@given(TABLES)
def test_the_best_is_the_whole_and_others_a_fraction(table: np.ndarray) -> None:
    table = table + 1
    scaled = fraction_of_maximum(table, directions=[1, -1])
    np.testing.assert_allclose(scaled * [table[:, 0].max(), 1], table * [1, 0] + scaled * [0, 1])
    np.testing.assert_allclose(scaled[:, 1] * table[:, 1], table[:, 1].min())
    assert (scaled.max(axis=0) == 1).all()


def test_a_fraction_of_another_pools_best_may_be_more_than_the_whole() -> None:
    scaled = fraction_of_maximum([[6, 2]], directions=[1, -1], over=[[4, 8], [3, 4]])
    assert scaled.tolist() == [[1.5, 2.0]]


def test_nothing_is_the_best_where_the_best_is_nothing() -> None:
    assert fraction_of_maximum([[0], [0]]).tolist() == [[1.0], [1.0]]
    assert fraction_of_maximum([[0], [2]], directions=[-1]).tolist() == [[1.0], [0.0]]


def test_negative_values_are_no_fraction() -> None:
    with pytest.raises(ValueError, match="0 or above"):
        fraction_of_maximum([[-1]])
    with pytest.raises(ValueError, match="0 or above"):
        fraction_of_maximum([[1]], over=[[-1]])
