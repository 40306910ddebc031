from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import rankdata

from agriqa.stats.ordinal_scales import borda, percentile_rank, ranks

TIES = ("min", "average", "max")
# Few different values make many ties; some are missing.
TABLES = arrays(
    float, st.tuples(st.integers(2, 7), st.just(2)), elements=st.sampled_from([1, 2, 3, np.nan])
)


@given(TABLES, st.sampled_from(TIES))
def test_ranks_are_those_of_scipy_among_the_known_values(table: np.ndarray, ties: str) -> None:
    expected = rankdata(table, method=ties, axis=0, nan_policy="omit")
    np.testing.assert_array_equal(ranks(table, ties=ties), expected)


@given(TABLES, st.sampled_from(TIES))
def test_borda_points_count_the_units_beaten(table: np.ndarray, ties: str) -> None:
    points = borda(table, directions=[1, -1], ties=ties)
    tied = {"min": 0.0, "average": 0.5, "max": 1.0}[ties]
    for k, sign in enumerate((1, -1)):
        for i, x in enumerate(table[:, k]):
            others = np.delete(table[:, k], i) * sign
            count = np.sum(others < x * sign) + tied * np.sum(others == x * sign)
            np.testing.assert_equal(points[i, k], np.nan if np.isnan(x) else float(count))


@given(TABLES, st.sampled_from(TIES))
def test_a_percentile_rank_is_the_rank_as_part_of_the_way(table: np.ndarray, ties: str) -> None:
    n = np.sum(~np.isnan(table), axis=0)
    with np.errstate(invalid="ignore"):
        expected = (ranks(table, ties=ties) - 1) / (n - 1)
    np.testing.assert_allclose(percentile_rank(table, ties=ties), expected)


@given(TABLES, st.sampled_from(TIES))
def test_years_pooled_have_the_percentile_ranks_of_one_table(table: np.ndarray, ties: str) -> None:
    year = table[: len(table) // 2 + 1]
    together = percentile_rank(table, directions=[-1, 1], ties=ties)
    apart = percentile_rank(year, directions=[-1, 1], ties=ties, over=table)
    np.testing.assert_array_equal(apart, together[: len(year)])


@given(arrays(float, (6, 1), elements=st.integers(0, 9).map(float)))
def test_more_never_has_a_lower_percentile_rank_in_another_pool(pool: np.ndarray) -> None:
    ladder = np.arange(-1, 11, 0.5)[:, None]
    share = percentile_rank(ladder, over=pool).ravel()
    assert (np.diff(share) >= 0).all()
    assert share[0] == 0
    assert share[-1] == 1


def test_the_best_unit_has_the_highest_rank_as_in_coinr() -> None:
    # base::rank with ties.method "min", which COINr's n_rank, n_borda and n_prank use.
    x = [[3], [1], [4], [1], [5], [np.nan]]
    np.testing.assert_array_equal(ranks(x).ravel(), [3, 1, 4, 1, 5, np.nan])
    np.testing.assert_array_equal(borda(x).ravel(), [2, 0, 3, 0, 4, np.nan])
    np.testing.assert_array_equal(percentile_rank(x).ravel(), [0.5, 0, 0.75, 0, 1, np.nan])


def test_a_lone_unit_has_a_rank_but_beats_no_part_of_others() -> None:
    assert ranks([[7]]).tolist() == [[1]]
    assert borda([[7]]).tolist() == [[0]]
    assert np.isnan(percentile_rank([[7]])).all()
    assert np.isnan(percentile_rank([[7]], over=[[np.nan]])).all()


@pytest.mark.parametrize("scale", [ranks, borda, percentile_rank])
def test_unknown_ties_are_refused(scale: object) -> None:
    with pytest.raises(ValueError, match="ties must be one of min, average, max"):
        scale([[1], [2]], ties="first")  # type: ignore[operator]


def test_a_pool_of_other_indicators_is_refused() -> None:
    with pytest.raises(ValueError, match="over must have the 1 indicators"):
        percentile_rank([[1]], over=[[1, 2]])
