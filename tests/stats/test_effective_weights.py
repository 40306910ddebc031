from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agriqa.stats.aggregation import arithmetic_mean
from agriqa.stats.effective_weights import effective_weights

PARENTS = [[0, 0, 1, 1, 1, 2], [0, 1, 0], [0, 0]]
WEIGHTS = st.tuples(
    *(st.lists(st.integers(1, 9), min_size=len(p), max_size=len(p)) for p in PARENTS)
)


@given(WEIGHTS)
def test_each_level_sums_to_one(weights: tuple[list[int], ...]) -> None:
    for level in effective_weights(PARENTS, weights):
        assert level.sum() == pytest.approx(1)


@given(WEIGHTS)
def test_an_index_built_level_by_level_is_the_mean_with_effective_weights(
    weights: tuple[list[int], ...],
) -> None:
    values = np.random.default_rng(1).random((4, 6))
    level = values
    for parents, own in zip(PARENTS, weights, strict=True):
        place, w = np.array(parents), np.array(own)
        groups = [place == k for k in range(place.max() + 1)]
        level = np.column_stack([arithmetic_mean(level[:, g], weights=w[g]) for g in groups])
    direct = arithmetic_mean(values, weights=effective_weights(PARENTS, weights)[0])
    np.testing.assert_allclose(direct, level[:, 0])


def test_draws_of_weights_are_multiplied_draw_by_draw() -> None:
    rng = np.random.default_rng(2)
    draws = [rng.random((5, len(p))) + 0.1 for p in PARENTS]
    together = effective_weights(PARENTS, draws)
    for d in range(5):
        single = effective_weights(PARENTS, [w[d] for w in draws])
        for many, one in zip(together, single, strict=True):
            np.testing.assert_allclose(many[d], one)
    mixed = effective_weights(PARENTS, [draws[0], *(w[0] for w in draws[1:])])
    assert [level.shape for level in mixed] == [(5, 6), (3,), (2,)]


def test_an_indicator_of_no_weight_weighs_nothing_at_the_top() -> None:
    assert effective_weights([[0, 0]], [[0, 3]])[0].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("parents", "weights", "message"),
    [
        ([[0, 0]], [[1, 1], [1]], "same levels"),
        ([], [], "same levels"),
        ([[0, 1]], [[1, 1]], "each of the 1 nodes"),
        ([[0, 2], [0, 0]], [[1, 1], [1, 1]], "level 0 must name each of the 2 nodes"),
        ([[0, 0], [0, 0]], [[1, 1], [1, 1]], "level 0 must name each of the 2 nodes"),
        ([[0.0, 0.0]], [[1, 1]], "whole numbers"),
        ([[0, 0]], [[1]], "needs 2 weights"),
        ([[0, 0]], [[1, -1]], "0 or above"),
        ([[0, 0]], [[1, np.nan]], "0 or above"),
        ([[0, 0]], [[0, 0]], "all 0"),
    ],
)
def test_what_is_no_tree_is_refused(
    parents: list[list[int]], weights: list[list[float]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        effective_weights(parents, weights)
