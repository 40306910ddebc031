from __future__ import annotations

import numpy as np
import pytest

from agriqa.stats.aggregation import geometric_mean
from agriqa.stats.optimised_weights import balanced_weights, most_informative_weights


def table_of(seed: int, indicators: int = 4, units: int = 60) -> np.ndarray:
    """Indicators that share something, of different spread."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(units, 1))
    return (0.7 * common + rng.normal(size=(units, indicators))) * rng.uniform(
        0.5, 3, indicators
    ) + 20


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("importances", [None, [1, 1.2, 1, 0.9]])
def test_balanced_weights_solve_the_linear_equations(
    seed: int, importances: list[float] | None
) -> None:
    # Correlations are proportional to t where covariance times weights is to t times deviation.
    table = table_of(seed)
    t = np.ones(4) if importances is None else np.array(importances)
    exact = np.linalg.solve(np.cov(table, rowvar=False), t * table.std(axis=0))
    assert (exact > 0).all()
    found = balanced_weights(table, importances=importances)
    np.testing.assert_allclose(found.weights, exact / exact.sum(), atol=2e-3)
    np.testing.assert_allclose(found.importances, t / t.sum(), atol=1e-3)
    assert found.largest_gap < 1e-3


@pytest.mark.parametrize("seed", range(2))
def test_the_most_informative_weights_are_one_over_the_deviation(seed: int) -> None:
    table = table_of(seed)
    exact = 1 / table.std(axis=0)
    found = most_informative_weights(table)
    np.testing.assert_allclose(found.weights, exact / exact.sum(), atol=2e-3)
    assert np.isnan(found.largest_gap)


def test_twice_the_importance_is_twice_the_correlation() -> None:
    # The case of COINr, tests/testthat/test-weights.R: two groups, 1 to 2 becomes 0.33 and 0.67.
    table = np.random.default_rng(3).normal(size=(80, 2)) + 10
    found = balanced_weights(table, importances=[1, 2])
    assert found.importances.round(2).tolist() == [0.33, 0.67]
    r = [np.corrcoef(x, table @ found.weights)[0, 1] for x in table.T]
    np.testing.assert_allclose(found.correlations, r)


@pytest.mark.parametrize("method", ["spearman", "kendall"])
def test_rank_correlations_are_balanced_better_than_by_equal_weights(method: str) -> None:
    table = table_of(5, indicators=3)
    found = balanced_weights(table, method=method)
    assert found.largest_gap < 0.01
    assert found.weights.sum() == pytest.approx(1)


def test_an_aim_that_needs_negative_weights_is_missed_and_said_to_be() -> None:
    rng = np.random.default_rng(6)
    x = rng.normal(size=100)
    table = np.column_stack([x, x + 0.1 * rng.normal(size=100), rng.normal(size=100)])
    found = balanced_weights(table, importances=[5, 1, 5])
    assert (found.weights >= 0).all()
    assert found.largest_gap > 0.05
    assert "within" in found.summary("en")


def test_the_index_may_be_built_in_another_way() -> None:
    table = np.exp(table_of(7, indicators=3) / 10)
    found = balanced_weights(table, aggregate=lambda w: geometric_mean(table, weights=w))
    index = np.exp(np.log(table) @ found.weights)
    r = np.array([np.corrcoef(x, index)[0, 1] for x in table.T])
    np.testing.assert_allclose(r / r.sum(), 1 / 3, atol=1e-3)


def test_directions_turn_indicators_round_and_gaps_are_left_out() -> None:
    table = table_of(8)
    turned = table * [1, -1, 1, 1]
    for weigh in (balanced_weights, most_informative_weights):
        plain = weigh(table)
        np.testing.assert_allclose(weigh(turned, directions=[1, -1, 1, 1]).weights, plain.weights)
        table_with_gaps = table.copy()
        table_with_gaps[0, 0] = np.nan
        assert np.isfinite(weigh(table_with_gaps).weights).all()


def test_the_summary_names_the_range_of_correlations() -> None:
    found = most_informative_weights(table_of(1))
    low, high = found.correlations.min(), found.correlations.max()
    assert found.summary() == f"指标与指数的相关系数为{low:.2f}至{high:.2f}。"


@pytest.mark.parametrize("importances", [[1, 2, 3], [1, 0], [1, -1], [1, np.nan]])
def test_impossible_importances_are_refused(importances: list[float]) -> None:
    with pytest.raises(ValueError, match="importances must be 2 numbers above 0"):
        balanced_weights([[1, 2], [3, 1], [2, 2]], importances=importances)


def test_impossible_tables_are_refused() -> None:
    for weigh in (balanced_weights, most_informative_weights):
        with pytest.raises(ValueError, match="at least 2 indicators"):
            weigh([[1], [2]])
        with pytest.raises(ValueError, match=r"indicators \[1\]"):
            weigh([[1, 2], [2, 2]])
        with pytest.raises(ValueError, match="method must be one of"):
            weigh([[1, 2], [2, 1], [4, 4]], method="phi")
