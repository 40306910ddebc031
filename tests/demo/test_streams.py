from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agriqa.demo.streams import anchored, apportion, shares_with_mean, stream


def test_streams_of_other_names_differ() -> None:
    assert stream(1, "a", 2012).random() != stream(1, "a", 2013).random()
    assert stream(1, "a").random() != stream(2, "a").random()


def test_anchors_are_flat_outside() -> None:
    assert anchored({2012: 10.0, 2014: 20.0}, 2000) == 10.0
    assert anchored({2012: 10.0, 2014: 20.0}, 2030) == 20.0


@given(st.integers(0, 10_000), st.lists(st.floats(0.01, 100.0), min_size=1, max_size=40))
def test_apportioned_units_add_up_and_stay_near_their_quota(
    total: int, weights: list[float]
) -> None:
    given_weights = np.array(weights)
    whole = apportion(total, given_weights)
    assert whole.sum() == total
    assert (np.abs(whole - total * given_weights / given_weights.sum()) < 1).all()


@given(
    st.floats(0.02, 0.98),
    st.lists(st.tuples(st.floats(-2, 2), st.floats(0.1, 10)), min_size=1, max_size=30),
)
def test_shares_keep_their_mean(mean: float, rows: list[tuple[float, float]]) -> None:
    effects, weights = np.array(rows).T
    shares = shares_with_mean(mean, effects, weights)
    assert np.average(shares, weights=weights) == pytest.approx(mean, abs=1e-6)
    assert ((shares > 0) & (shares < 1)).all()
