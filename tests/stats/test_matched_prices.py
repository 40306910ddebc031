from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from agriqa.stats.matched_prices import matched_price_index

PAIRS = st.lists(st.tuples(st.floats(0.5, 50), st.floats(0.5, 50)), min_size=2, max_size=10)


@settings(deadline=None)
@given(PAIRS)
def test_the_index_reverses_with_the_pairs_and_is_below_carli(
    pairs: list[tuple[float, float]],
) -> None:
    first, second = np.array(pairs).T
    found, reverse = matched_price_index(first, second), matched_price_index(second, first)
    assert found.jevons == pytest.approx(1 / reverse.jevons)
    assert found.low == pytest.approx(1 / reverse.high)
    assert found.jevons <= found.carli + 1e-9
    assert found.low <= found.jevons <= found.high


def test_the_interval_is_that_of_the_paired_t_test_of_logarithms() -> None:
    first, second = np.array([12.0, 27, 9, 14]), np.array([10.0, 20, 10, 11])
    found = matched_price_index(first, second)
    interval = stats.ttest_rel(np.log(first), np.log(second)).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((np.exp(interval.low), np.exp(interval.high)))
    assert found.dutot == pytest.approx(62 / 51)
    assert found.share_above == 0.75


def test_equal_clusters_count_as_one_pair_each() -> None:
    first, second = np.array([12.0, 27, 9, 14]), np.array([10.0, 20, 10, 11])
    plain = matched_price_index(first, second)
    tripled = matched_price_index(
        np.repeat(first, 3), np.repeat(second, 3), clusters=np.repeat(["a", "b", "c", "d"], 3)
    )
    assert (tripled.jevons, tripled.low) == pytest.approx((plain.jevons, plain.low))
    assert (tripled.pairs, tripled.clusters) == (12, 4)


def test_weights_move_the_index_to_the_heavy_pair() -> None:
    found = matched_price_index([20, 10], [10, 10], weights=[3, 1])
    assert found.jevons == pytest.approx(2**0.75)


def test_pairs_that_lack_a_price_are_left_out() -> None:
    found = matched_price_index([12, np.nan, 27, 8], [10, 5, 20, np.nan])
    assert found.pairs == 2


@pytest.mark.parametrize(
    ("price", "match", "options", "message"),
    [
        ([1, 2], [1, 2, 3], {}, "one length"),
        ([1, 0], [1, 2], {}, "above 0"),
        ([1], [1], {}, "at least two"),
        ([1, 2], [1, 2], {"clusters": ["a", "a"]}, "at least two"),
        ([1, 2], [1, 2], {"clusters": ["a", None]}, "cluster is missing"),
        ([1, 2], [1, 2], {"confidence": 95}, "between 0 and 1"),
    ],
)
def test_bad_input_is_refused(
    price: list[float], match: list[float], options: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        matched_price_index(price, match, **options)  # type: ignore[arg-type]


def test_the_summary_gives_the_index_in_two_languages_only() -> None:
    found = matched_price_index([12, 27], [10, 20])
    assert "1.273" in found.summary()
    assert "1.273" in found.summary("en")
    with pytest.raises(ValueError, match="zh"):
        found.summary("fr")  # type: ignore[arg-type]
