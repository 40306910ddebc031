from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agriqa.stats.pairwise_judgements import group_judgements, hierarchy_weights, reciprocal_matrix

# Saaty's drink consumption in the U.S.: coffee, wine, tea, beer, soda, milk, water.
DRINKS = [
    *(9, 5, 2, 1, 1, 1 / 2),
    *(1 / 3, 1 / 9, 1 / 9, 1 / 9, 1 / 9),
    *(1 / 3, 1 / 4, 1 / 3, 1 / 9),
    *(1 / 2, 1, 1 / 3),
    *(2, 1 / 2),
    1 / 3,
]

IMPORTANCES = st.lists(st.floats(0.1, 10), min_size=3, max_size=8)
UPPER = st.lists(st.sampled_from([1 / 9, 1 / 5, 1 / 2, 1, 2, 3, 7]), min_size=6, max_size=6)


def test_the_weights_of_drinks_are_those_of_saaty() -> None:
    found = hierarchy_weights(reciprocal_matrix(DRINKS))
    assert found.weights.round(3).tolist() == [0.177, 0.019, 0.042, 0.116, 0.190, 0.129, 0.327]
    assert round(found.consistency_ratio, 3) == 0.022
    assert found.acceptable


@given(IMPORTANCES)
def test_consistent_judgements_give_back_the_importances(importances: list[float]) -> None:
    w = np.array(importances)
    found = hierarchy_weights(w[:, None] / w)
    np.testing.assert_allclose(found.weights, w / w.sum())
    assert found.largest_eigenvalue == pytest.approx(len(w))
    assert found.consistency_ratio == pytest.approx(0, abs=1e-9)


@given(UPPER)
def test_weights_are_the_principal_eigenvector(upper: list[float]) -> None:
    matrix = reciprocal_matrix(upper)
    found = hierarchy_weights(matrix)
    np.testing.assert_allclose(matrix @ found.weights, found.largest_eigenvalue * found.weights)
    assert found.largest_eigenvalue >= 4 - 1e-9
    assert found.consistency_index == pytest.approx((found.largest_eigenvalue - 4) / 3, abs=1e-9)
    assert found.consistency_ratio == pytest.approx(found.consistency_index / 0.9)


@given(UPPER, UPPER)
def test_the_group_is_reciprocal_whoever_is_asked_first(a: list[float], b: list[float]) -> None:
    one, two = reciprocal_matrix(a), reciprocal_matrix(b)
    group = group_judgements([one, two])
    np.testing.assert_allclose(group * group.T, 1)
    np.testing.assert_allclose(group, np.sqrt(one * two))
    np.testing.assert_allclose(group, group_judgements([two, one]))
    weighted = group_judgements([one, two], weights=[2, 1])
    np.testing.assert_allclose(weighted, group_judgements([one, one, two]))


def test_two_items_are_always_consistent() -> None:
    found = hierarchy_weights([[1, 3], [1 / 3, 1]])
    np.testing.assert_allclose(found.weights, [0.75, 0.25])
    assert found.consistency_ratio == 0


def test_contradictory_judgements_are_not_acceptable() -> None:
    found = hierarchy_weights(reciprocal_matrix([5, 1 / 5, 5]))
    assert not found.acceptable
    assert "不可接受" in found.summary()
    assert "not acceptable" in found.summary("en")
    assert hierarchy_weights(reciprocal_matrix([5, 1 / 5, 5]), limit=9).acceptable
    with pytest.raises(ValueError, match="zh, en"):
        found.summary("fr")


def test_many_items_need_a_random_index() -> None:
    with pytest.raises(ValueError, match="random_index must be given for 16"):
        hierarchy_weights(np.ones((16, 16)))
    assert hierarchy_weights(np.ones((16, 16)), random_index=1.6).acceptable


def test_reciprocals_printed_with_two_decimals_will_do() -> None:
    assert hierarchy_weights([[1, 9, 3], [0.11, 1, 0.33], [0.33, 3, 1]]).acceptable


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: hierarchy_weights([[1, 2], [2, 1]]), "reciprocal"),
        (lambda: hierarchy_weights([[1, -1], [-1, 1]]), "above 0"),
        (lambda: hierarchy_weights([[1, 2, 3]]), "square"),
        (lambda: hierarchy_weights([[1]], random_index=0), "random_index"),
        (lambda: reciprocal_matrix([1, 2]), "fill no upper triangle"),
        (lambda: reciprocal_matrix([0]), "above 0"),
        (lambda: group_judgements([[1, 2], [0.5, 1]]), "people, n, n"),
        (lambda: group_judgements([[[1, 2], [0.5, 1]]], weights=[1, 1]), "one for each of 1"),
        (lambda: group_judgements([[[1, 2], [2, 1]]]), "reciprocal"),
    ],
)
def test_bad_input_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
