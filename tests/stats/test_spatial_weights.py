from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.spatial_weights import (
    SpatialWeights,
    Style,
    areas_with_values,
    spatial_lag,
    spatial_weights,
)
from tests.stats.spatial_data import columbus

STYLES = ("row", "binary", "global", "variance")
CHAIN = pd.DataFrame({"area": ["a", "b"], "neighbour": ["b", "c"]})


def random_weights(
    seed: int,
    style: Style = "row",
    n: int = 12,
    *,
    directed: bool = False,
    weighted: bool = True,
) -> SpatialWeights:
    """Some links with weights among n areas, perhaps with islands."""
    rng = np.random.default_rng(seed)
    links = rng.random((n, n)) < 0.25
    if not directed:
        links = np.triu(links, 1)
    np.fill_diagonal(links, False)
    links[0, 1] = True
    rows, columns = np.nonzero(links)
    pairs = pd.DataFrame(
        {"area": rows, "neighbour": columns, "w": rng.uniform(0.5, 2, len(rows)).round(2)}
    )
    listed = "both" if directed else "once"
    weight = "w" if weighted else None
    return spatial_weights(pairs, range(n), weight=weight, listed=listed, style=style)  # type: ignore[arg-type]


def test_the_constants_reproduce_spdeps_columbus_with_an_island() -> None:
    # spdep, moran.test example: the first area shrunk away from its neighbours; n 48,
    # S0 48, S1 22.23035, S2 199.8188.
    weights = columbus(without={(1, j) for j in range(1, 50)})
    assert weights.islands.tolist() == [1]
    assert weights.links.nnz == 232
    s0, s1, s2 = weights.constants()
    assert (round(s0, 6), round(s1, 5), round(s2, 4)) == (48, 22.23035, 199.8188)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(STYLES), st.booleans())
def test_the_constants_agree_with_their_definition(seed: int, style: Style, directed: bool) -> None:
    weights = random_weights(seed, style, directed=directed)
    w = weights.matrix.toarray()
    s1 = sum((w[i, j] + w[j, i]) ** 2 for i in range(12) for j in range(12)) / 2
    s2 = np.sum((w.sum(axis=0) + w.sum(axis=1)) ** 2)
    assert weights.constants() == pytest.approx((w.sum(), s1, s2))
    assert weights.is_symmetric == np.allclose(weights.links.toarray(), weights.links.toarray().T)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_each_style_keeps_its_promise(seed: int) -> None:
    linked = int((random_weights(seed).neighbours > 0).sum())
    rows = np.asarray(random_weights(seed, "row").matrix.sum(axis=1)).ravel()
    assert np.all(np.isclose(rows, 1) | (rows == 0))
    assert random_weights(seed, "global").matrix.sum() == pytest.approx(linked)
    stable = random_weights(seed, "variance").matrix
    assert stable.sum() == pytest.approx(linked)
    # Variance-stabilised rows all have the same sum of squares.
    squares = np.asarray((stable**2).sum(axis=1)).ravel()
    assert squares[squares > 0] == pytest.approx(squares.max())


def test_pairs_listed_once_stand_for_both_directions() -> None:
    both = pd.concat([CHAIN, CHAIN.rename(columns={"area": "neighbour", "neighbour": "area"})])
    once = spatial_weights(CHAIN, ["a", "b", "c"], listed="once")
    assert np.array_equal(
        once.matrix.toarray(), spatial_weights(both, ["a", "b", "c"]).matrix.toarray()
    )
    assert once.is_symmetric
    assert not spatial_weights(CHAIN, ["a", "b", "c"]).is_symmetric


def test_areas_that_no_pair_names_are_islands() -> None:
    weights = spatial_weights(CHAIN, ["d", "a", "b", "c"], listed="once")
    assert weights.islands.tolist() == ["d"]
    assert weights.neighbours.tolist() == [0, 1, 2, 1]


def test_a_subset_is_restyled_and_may_gain_islands() -> None:
    weights = spatial_weights(CHAIN, ["a", "b", "c"], listed="once").subset([True, True, False])
    assert weights.matrix.toarray().tolist() == [[0, 1], [1, 0]]
    with pytest.raises(ValueError, match="each of the 2 areas"):
        weights.subset([True])


def test_a_link_to_itself_joins_the_style() -> None:
    weights = spatial_weights(CHAIN, ["a", "b", "c"], listed="once").with_self()
    assert weights.matrix.toarray()[0].tolist() == [0.5, 0.5, 0]
    with pytest.raises(ValueError, match="above 0"):
        weights.with_self(0)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_the_lag_is_the_mean_of_the_neighbours(seed: int) -> None:
    weights = random_weights(seed)
    x = np.random.default_rng(seed).normal(size=12)
    links = weights.links.toarray()
    for i, lag in enumerate(spatial_lag(x, weights)):
        expected = np.average(x, weights=links[i]) if links[i].any() else 0
        assert lag == pytest.approx(expected)


def test_a_lag_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="one value for each"):
        spatial_lag([1, 2], spatial_weights(CHAIN, ["a", "b", "c"]))


def test_areas_without_a_value_leave_their_links() -> None:
    weights = random_weights(5)
    values = np.arange(12.0)
    values[3] = np.nan
    known, kept, subset = areas_with_values(values, weights)
    assert not known[3]
    assert len(kept) == subset.n == 11
    assert 3 not in subset.areas


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1.0] * 3, "one value for each"),
        ([1.0] * 12, "do not vary"),
        ([np.inf, *range(11)], "finite"),
        ([1.0, 2.0, 3.0, *[np.nan] * 9], "at least four"),
    ],
)
def test_values_that_tell_nothing_are_refused(values: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        areas_with_values(values, random_weights(5))


@pytest.mark.parametrize(
    ("pairs", "areas", "options", "message"),
    [
        ({"area": ["a"], "neighbour": ["z"]}, "ab", {}, "unknown areas.*z"),
        ({"area": ["a"], "neighbour": ["a"]}, "ab", {}, "itself"),
        ({"area": ["a", "a"], "neighbour": ["b", "b"]}, "ab", {}, "repeated"),
        ({"area": ["a", "b"], "neighbour": ["b", "a"]}, "ab", {"listed": "once"}, "repeated"),
        ({"area": ["a"], "neighbour": ["b"]}, "aab", {}, "areas are repeated"),
        ({"area": ["a"], "other": ["b"]}, "ab", {}, "neighbour"),
        ({"area": ["a"], "neighbour": ["b"], "w": [0]}, "ab", {"weight": "w"}, "above 0"),
        ({"area": ["a"], "neighbour": ["b"]}, "ab", {"style": "W"}, "row"),
        ({"area": ["a"], "neighbour": ["b"]}, "ab", {"listed": "twice"}, "once"),
    ],
)
def test_bad_pairs_are_refused(
    pairs: dict[str, list[object]], areas: str, options: dict[str, str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        spatial_weights(pd.DataFrame(pairs), list(areas), **options)  # type: ignore[arg-type]
