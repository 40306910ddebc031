import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.assess.hierarchy import Hierarchy


@st.composite
def trees(draw):
    sizes = sorted(draw(st.lists(st.integers(1, 8), min_size=1, max_size=3)), reverse=True)
    parents, weights = [], []
    for level, size in enumerate(sizes):
        groups = sizes[level + 1] if level + 1 < len(sizes) else 1
        more = draw(
            st.lists(st.integers(0, groups - 1), min_size=size - groups, max_size=size - groups)
        )
        parents.append(np.array([*range(groups), *more]))
        weights.append(np.array(draw(st.lists(st.floats(0.01, 10), min_size=size, max_size=size))))
    return Hierarchy(tuple(parents), tuple(weights))


@given(trees())
@settings(max_examples=50)
def test_effective_weights_sum_to_one_and_to_those_of_the_groups(tree):
    for level in range(tree.levels):
        assert tree.effective(level).sum() == pytest.approx(1)
    for level, above in enumerate(tree.parents):
        np.testing.assert_allclose(
            np.bincount(above, weights=tree.effective(level)), tree.effective(level + 1)
        )


@given(trees())
@settings(max_examples=50)
def test_normalised_weights_keep_their_ratios_and_sum_to_one(tree):
    for above, w, normal in zip(tree.parents, tree.weights, tree.normalised(), strict=True):
        for group in np.unique(above):
            own = above == group
            assert normal[own].sum() == pytest.approx(1)
            np.testing.assert_allclose(normal[own] * w[own].sum(), w[own])


def test_an_effective_weight_is_the_product_up_the_tree():
    tree = Hierarchy(([0, 0, 1, 1], [0, 0], [0]), ([1, 3, 2, 2], [60, 40], [5]))
    assert tree.levels == 4
    assert tree.n_indicators == 4
    np.testing.assert_allclose(tree.effective(), [0.15, 0.45, 0.2, 0.2])


def test_arrays_given_are_neither_kept_nor_changeable():
    weights = np.array([1.0, 1.0])
    tree = Hierarchy((np.array([0, 0]),), (weights,))
    weights[0] = 7
    assert tree.weights[0].tolist() == [1, 1]
    with pytest.raises(ValueError, match="read-only"):
        tree.weights[0][0] = 2


@pytest.mark.parametrize(
    ("parents", "weights", "message"),
    [
        ((), (), "one array for each level"),
        (([0, 0],), ([1, 1], [1]), "one array for each level"),
        (([0, 1],), ([1, 1],), "parents must be 0 to 0"),
        (([0, -1],), ([1, 1],), "parents must be 0 to 0"),
        (([0, 0.5],), ([1, 1],), "whole numbers"),
        (([],), ([],), "whole numbers"),
        (([0, 0, 2], [0, 0, 0]), ([1, 1, 1], [1, 1, 1]), r"groups \[1\] have no children"),
        (([0, 0],), ([1],), "one weight for each of 2"),
        (([0, 0],), ([1, -1],), "0 or above"),
        (([0, 0],), ([1, np.nan],), "0 or above"),
        (([0, 0, 1], [0, 0]), ([1, 1, 0], [1, 1]), r"group \[1\] are all 0"),
    ],
)
def test_what_is_no_tree_is_refused(parents, weights, message):
    with pytest.raises(ValueError, match=message):
        Hierarchy(parents, weights)


def test_a_level_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="0 to 1"):
        Hierarchy(([0, 0],), ([1, 1],)).effective(2)
