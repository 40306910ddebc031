from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.assess.scorecard.ranking import ordered, ranks

VALUES = st.lists(st.integers(0, 5), min_size=1, max_size=8)


@settings(max_examples=30)
@given(VALUES)
def test_a_rank_counts_who_is_better(values: list[int]) -> None:
    best, worst = ranks(values, ties="all"), ranks(values, ties="none")
    for value, first, last in zip(values, best, worst, strict=True):
        assert first == 1 + sum(other > value for other in values)
        assert last == sum(other >= value for other in values)


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=8))
def test_a_later_key_tells_apart_what_the_first_leaves_equal(pairs: list[tuple[int, int]]) -> None:
    keys = [np.array(key, dtype=float) for key in zip(*pairs, strict=True)]
    place = ranks(ordered(keys), ties="all")
    assert place.tolist() == [1 + sum(other > pair for other in pairs) for pair in pairs]


def test_a_missing_value_takes_no_place() -> None:
    assert ranks([np.nan, 1, 2], ties="all").tolist()[1:] == [2, 1]
    assert ranks([3, 1, 2], ties="all", highest=False).tolist() == [3, 1, 2]
    assert ordered([np.array([1.0, 1]), np.array([np.nan, 0])]).tolist() == [1, 2]
