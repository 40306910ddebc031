from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from agriqa.stats.aggregation import (
    arithmetic_mean,
    copeland_score,
    generalised_mean,
    geometric_mean,
    harmonic_mean,
    mazziotta_pareto_index,
    outranking_matrix,
    topsis,
)
from agriqa.stats.normalisation import standardise

TABLES = arrays(float, (5, 3), elements=st.integers(1, 30).map(float))
WEIGHTS = st.lists(st.integers(1, 9), min_size=3, max_size=3)


def test_topsis_reproduces_published_closeness() -> None:
    # Tzeng and Huang (2011), Multiple Attribute Decision Making.
    table = [[5, 8, 4], [7, 6, 8], [8, 8, 6], [7, 4, 6]]
    closeness = topsis(table, weights=[0.3, 0.4, 0.3])
    assert closeness.round(4).tolist() == [0.5037, 0.6581, 0.7482, 0.3340]
    # Papathanasiou and Ploskas (2018), Multiple Criteria Decision Aid, chapter 1.
    sites = [[8, 7, 2, 1], [5, 3, 7, 5], [7, 5, 6, 4], [9, 9, 7, 3], [11, 10, 3, 7], [6, 9, 5, 4]]
    closeness = topsis(sites, weights=[0.4, 0.3, 0.1, 0.2])
    assert closeness.round(3).tolist() == [0.387, 0.327, 0.391, 0.615, 0.868, 0.493]


@given(TABLES, WEIGHTS)
def test_means_agree_with_scipy(table: np.ndarray, weights: list[int]) -> None:
    w = np.tile(weights, (5, 1))
    np.testing.assert_allclose(
        arithmetic_mean(table, weights=weights), np.average(table, axis=1, weights=weights)
    )
    np.testing.assert_allclose(
        geometric_mean(table, weights=weights), stats.gmean(table, axis=1, weights=w)
    )
    np.testing.assert_allclose(
        harmonic_mean(table, weights=weights), stats.hmean(table, axis=1, weights=w)
    )
    for power in (-3.0, 0.5, 2.0):
        np.testing.assert_allclose(
            generalised_mean(table, power=power, weights=weights),
            stats.pmean(table, power, axis=1, weights=w),
        )


@given(TABLES, WEIGHTS, st.floats(-5, 5), st.floats(0, 3))
def test_the_mean_rises_with_the_power_and_stays_within_the_values(
    table: np.ndarray, weights: list[int], power: float, more: float
) -> None:
    low = generalised_mean(table, power=power, weights=weights)
    high = generalised_mean(table, power=power + more, weights=weights)
    # Powers very near 0 lose digits in the root.
    if min(abs(power), abs(power + more)) > 1e-3:
        assert (low <= high + 1e-6).all()
        assert (low >= table.min(axis=1) - 1e-6).all()
        assert (high <= table.max(axis=1) + 1e-6).all()


def test_the_geometric_mean_is_the_limit_of_power_zero() -> None:
    table = [[1, 4, 9]]
    near = generalised_mean(table, power=1e-6)
    np.testing.assert_allclose(near, geometric_mean(table), rtol=1e-5)


@pytest.mark.parametrize("power", [-1, 0, 1, 2])
def test_missing_values_scale_the_other_weights_up(power: float) -> None:
    gap = generalised_mean([[2, np.nan, 8]], power=power, weights=[1, 5, 3])
    np.testing.assert_allclose(gap, generalised_mean([[2, 8]], power=power, weights=[1, 3]))


def test_a_unit_with_too_few_values_has_no_mean() -> None:
    # The threshold of COINr's Aggregate: four of five missing is less than a half.
    table = [[np.nan, np.nan, np.nan, np.nan, 1], [1, 2, 3, np.nan, np.nan]]
    means = arithmetic_mean(table, minimum_share=0.5)
    assert np.isnan(means[0])
    assert means[1] == 2
    assert arithmetic_mean(table, minimum_share=0.2)[0] == 1
    assert np.isnan(arithmetic_mean([[np.nan, 1]], weights=[1, 0])[0])
    assert np.isnan(geometric_mean([[np.nan, np.nan]])[0])


def test_an_arithmetic_mean_takes_values_below_zero() -> None:
    assert arithmetic_mean([[-3, 1]]).tolist() == [-1]


def test_high_powers_stay_in_range() -> None:
    assert generalised_mean([[1e200, 1e200]], power=50).tolist() == [1e200]


@given(TABLES, WEIGHTS, st.floats(0.01, 100))
def test_topsis_depends_on_neither_unit_nor_sum_of_weights(
    table: np.ndarray, weights: list[int], scale: float
) -> None:
    if (np.ptp(table, axis=0) == 0).all():
        assert np.isnan(topsis(table, weights=weights)).all()
        return
    closeness = topsis(table, weights=weights)
    assert ((closeness >= 0) & (closeness <= 1)).all()
    scaled = topsis(table * [scale, 1, 1], weights=np.array(weights) * 3)
    np.testing.assert_allclose(scaled, closeness, atol=1e-9)
    # Turning every indicator round swaps the best and the worst.
    turned = topsis(table, weights=weights, directions=[-1, -1, -1])
    np.testing.assert_allclose(turned, 1 - closeness, atol=1e-9)


def test_topsis_leaves_out_a_unit_with_a_missing_value() -> None:
    closeness = topsis([[1, 2], [np.nan, 9], [3, 4], [2, 2]])
    assert np.isnan(closeness[1])
    np.testing.assert_allclose(closeness[[0, 2, 3]], topsis([[1, 2], [3, 4], [2, 2]]))
    assert np.isnan(topsis([[np.nan, 1]])).all()


@given(TABLES, WEIGHTS)
def test_outranking_shares_of_a_pair_sum_to_one(table: np.ndarray, weights: list[int]) -> None:
    share = outranking_matrix(table, weights=weights)
    off = ~np.eye(5, dtype=bool)
    np.testing.assert_allclose((share + share.T)[off], 1)
    for i, j in ((0, 1), (2, 4)):
        won = sum(
            w * (1.0 if a > b else 0.5 if a == b else 0.0)
            for w, a, b in zip(weights, table[i], table[j], strict=True)
        )
        assert share[i, j] == pytest.approx(won / sum(weights))


@given(TABLES, WEIGHTS)
def test_copeland_counts_contests_and_only_the_order_matters(
    table: np.ndarray, weights: list[int]
) -> None:
    score = copeland_score(table, weights=weights)
    assert score.sum() == 0
    np.testing.assert_array_equal(copeland_score(np.exp(table / 10), weights=weights), score)
    np.testing.assert_array_equal(
        copeland_score(table, weights=weights, directions=[-1, -1, -1]), -score
    )


def test_copeland_scores_a_cycle_as_ties() -> None:
    # Condorcet's paradox: each beats one and loses to one.
    assert copeland_score([[3, 1, 2], [2, 3, 1], [1, 2, 3]]).tolist() == [0, 0, 0]


def test_copeland_finds_halves_despite_rounding() -> None:
    assert copeland_score([[1, 0, 0], [0, 1, 1]], weights=[0.3, 0.1, 0.2]).tolist() == [0, 0]


def test_copeland_leaves_an_indicator_out_of_pairs_that_lack_it() -> None:
    score = copeland_score([[3, np.nan], [2, 9], [np.nan, np.nan]])
    assert score[:2].tolist() == [1, -1]
    assert np.isnan(score[2])


@given(TABLES)
def test_the_penalty_of_mazziotta_and_pareto_is_for_unevenness(table: np.ndarray) -> None:
    mean, cv = table.mean(axis=1), table.std(axis=1) / table.mean(axis=1)
    np.testing.assert_allclose(mazziotta_pareto_index(table), mean * (1 - cv**2))
    np.testing.assert_allclose(mazziotta_pareto_index(table, penalty="add"), mean * (1 + cv**2))
    assert (mazziotta_pareto_index(table, divisor="sample") <= mean).all()


def test_an_even_unit_has_no_penalty() -> None:
    z = standardise([[1, 2], [2, 4], [3, 6]], mean=100, deviation=10, divisor="population")
    np.testing.assert_allclose(mazziotta_pareto_index(z), z[:, 0])
    assert np.isnan(mazziotta_pareto_index([[np.nan, 100]])).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: geometric_mean([[0, 1]]), "above 0 for a power"),
        (lambda: harmonic_mean([[-1, 1]]), "above 0 for a power"),
        (lambda: generalised_mean([[-1, 1]], power=2), "unless power is 1"),
        (lambda: generalised_mean([[1, 1]], power=np.inf), "finite"),
        (lambda: arithmetic_mean([[1, 1]], weights=[1]), "one for each of 2"),
        (lambda: arithmetic_mean([[1, 1]], weights=[-1, 2]), "0 or above"),
        (lambda: arithmetic_mean([[1, 1]], weights=[0, 0]), "not all 0"),
        (lambda: arithmetic_mean([[1, 1]], minimum_share=2), "minimum_share"),
        (lambda: topsis([1, 2]), "shape"),
        (lambda: topsis([[1, 2]], directions=[1, 0]), "1 or -1"),
        (lambda: copeland_score([[1, 2]], weights=[1, 2, 3]), "one for each of 2"),
        (lambda: mazziotta_pareto_index([[1, 2]], penalty="none"), "subtract"),
        (lambda: mazziotta_pareto_index([[1, 2]], divisor="n"), "population"),
        (lambda: mazziotta_pareto_index([[1]], divisor="sample"), "at least 2"),
        (lambda: mazziotta_pareto_index([[-1, 1]]), "above 0"),
    ],
)
def test_bad_input_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
