from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from agriqa.stats.reliability import (
    alpha_if_dropped,
    correlation_matrix,
    cronbach_alpha,
    opposed_pairs,
    redundant_pairs,
)

GAP = np.nan
# Denis, Applied Univariate, Bivariate, and Multivariate Statistics: ten persons, five items,
# with the output of SPSS RELIABILITY.
ITEMS = [
    [10, 12, 15, 11, 12],
    [12, 18, 12, 12, 1],
    [8, 16, 14, 14, 4],
    [6, 8, 16, 8, 6],
    [4, 7, 8, 7, 5],
    [6, 6, 3, 7, 3],
    [3, 4, 6, 5, 8],
    [7, 3, 7, 9, 9],
    [8, 9, 4, 10, 10],
    [9, 5, 6, 11, 12],
]
TABLES = arrays(float, (6, 3), elements=st.one_of(st.just(np.nan), st.integers(0, 9).map(float)))
KNOWN = arrays(float, (6, 4), elements=st.integers(0, 9).map(float)).filter(
    lambda x: (np.ptp(x, axis=0) > 0).all()
)


def test_alpha_of_five_items_is_that_of_spss() -> None:
    assert round(cronbach_alpha(ITEMS), 3) == 0.633
    assert round(cronbach_alpha(ITEMS, standardised=True), 3) == 0.691


def test_correlations_of_five_items_are_those_of_spss() -> None:
    found = correlation_matrix(ITEMS)
    upper = found.coefficients[np.triu_indices(5, k=1)].round(3)
    printed = [0.679, 0.351, 0.827, 0.022, 0.612, 0.743, -0.463, 0.462, -0.129, -0.011]
    assert upper.tolist() == printed
    assert (found.n == 10).all()


@given(KNOWN)
def test_alpha_compares_the_variance_of_the_sum_with_that_of_the_items(table: np.ndarray) -> None:
    total = table.sum(axis=1).var(ddof=1)
    expected = 4 / 3 * (1 - table.var(axis=0, ddof=1).sum() / total) if total > 0 else np.nan
    np.testing.assert_allclose(cronbach_alpha(table), expected, atol=1e-9)


@given(KNOWN)
def test_standardised_alpha_rests_on_the_mean_correlation(table: np.ndarray) -> None:
    r = np.corrcoef(table, rowvar=False)[np.triu_indices(4, k=1)].mean()
    if 1 + 3 * r > 1e-6:
        expected = 4 * r / (1 + 3 * r)
        assert cronbach_alpha(table, standardised=True) == pytest.approx(expected, abs=1e-6)


@given(KNOWN, st.booleans())
def test_dropping_an_indicator_is_leaving_out_its_column(
    table: np.ndarray, standardised: bool
) -> None:
    expected = [
        cronbach_alpha(np.delete(table, k, axis=1), standardised=standardised) for k in range(4)
    ]
    dropped = alpha_if_dropped(table, standardised=standardised)
    np.testing.assert_allclose(dropped, expected, atol=1e-9)


def test_an_item_against_the_others_raises_alpha_once_turned_round_or_dropped() -> None:
    alpha = cronbach_alpha(ITEMS)
    dropped = alpha_if_dropped(ITEMS)
    assert dropped[4] > alpha > dropped[[0, 1, 2, 3]].min()
    turned = np.array(ITEMS) * [1, 1, 1, 1, -1]
    assert cronbach_alpha(ITEMS, directions=[1, 1, 1, 1, -1]) == cronbach_alpha(turned)


def test_missing_values_cost_the_unit_or_only_the_pair() -> None:
    gappy = [*ITEMS, [GAP, 3, 9, 8, 7], [20, 1, GAP, 9, 2]]
    assert cronbach_alpha(gappy) == pytest.approx(cronbach_alpha(ITEMS))
    covariance = np.array(
        [
            [
                np.cov([(r[i], r[j]) for r in gappy if not np.isnan(r[i] + r[j])], rowvar=False)[
                    0, 1
                ]
                for j in range(5)
            ]
            for i in range(5)
        ]
    )
    expected = 5 / 4 * (1 - np.trace(covariance) / covariance.sum())
    assert cronbach_alpha(gappy, missing="pairwise") == pytest.approx(expected)


def test_alpha_of_units_that_do_not_differ_is_missing() -> None:
    assert np.isnan(cronbach_alpha([[1, 2], [1, 2]]))
    assert np.isnan(cronbach_alpha([[1, GAP], [GAP, 2]]))
    assert np.isnan(cronbach_alpha([[1, GAP], [GAP, 2]], standardised=True))


@given(TABLES, st.sampled_from(["pearson", "spearman", "kendall"]))
def test_correlations_are_taken_over_the_units_that_have_both(
    table: np.ndarray, method: str
) -> None:
    reference = {
        "pearson": stats.pearsonr,
        "spearman": stats.spearmanr,
        "kendall": stats.kendalltau,
    }[method]
    found = correlation_matrix(table, method=method)
    for i in range(3):
        for j in range(3):
            both = table[~np.isnan(table[:, i] + table[:, j])]
            assert found.n[i, j] == len(both)
            if len(both) < 2 or (np.ptp(both[:, [i, j]], axis=0) == 0).any():
                assert np.isnan(found.coefficients[i, j])
            else:
                expected = reference(both[:, i], both[:, j]).statistic
                assert found.coefficients[i, j] == pytest.approx(expected, abs=1e-9)


def test_turning_an_indicator_round_turns_its_correlations() -> None:
    plain = correlation_matrix(ITEMS).coefficients
    turned = correlation_matrix(ITEMS, directions=[-1, 1, 1, 1, 1]).coefficients
    np.testing.assert_allclose(turned[0, 1:], -plain[0, 1:])
    np.testing.assert_allclose(turned[1:, 1:], plain[1:, 1:])


def test_pairs_are_reported_once_and_the_strongest_first() -> None:
    alike = redundant_pairs(ITEMS, above=0.65)
    assert [(p.first, p.second) for p in alike] == [(0, 3), (1, 3), (0, 1)]
    assert alike[0].correlation == pytest.approx(0.827, abs=5e-4)
    assert [(p.first, p.second, p.n) for p in opposed_pairs(ITEMS)] == [(1, 4, 10)]
    assert redundant_pairs(ITEMS) == ()


def test_only_pairs_within_a_group_are_reported_if_there_are_groups() -> None:
    groups = ["a", "a", "b", "b", "b"]
    assert [(p.first, p.second) for p in redundant_pairs(ITEMS, above=0.4, groups=groups)] == [
        (0, 1),
        (2, 3),
    ]
    assert opposed_pairs(ITEMS, groups=groups) == ()
    assert len(opposed_pairs(ITEMS, groups=["a"] * 5)) == 1


@given(TABLES, st.floats(-1, 1))
def test_every_pair_beyond_the_threshold_is_reported(table: np.ndarray, cut: float) -> None:
    r = correlation_matrix(table, method="spearman").coefficients
    upper = np.triu(np.ones((3, 3), dtype=bool), k=1)
    alike = redundant_pairs(table, above=cut, method="spearman")
    opposed = opposed_pairs(table, below=cut, method="spearman")
    assert sorted([p.first, p.second] for p in alike) == np.argwhere(upper & (r > cut)).tolist()
    assert sorted([p.first, p.second] for p in opposed) == np.argwhere(upper & (r < cut)).tolist()


def test_impossible_input_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2 indicators"):
        cronbach_alpha([[1], [2]])
    with pytest.raises(ValueError, match="at least 3 indicators"):
        alpha_if_dropped([[1, 2], [2, 3]])
    with pytest.raises(ValueError, match="missing must be one of listwise, pairwise"):
        cronbach_alpha(ITEMS, missing="drop")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="method must be one of pearson, spearman, kendall"):
        correlation_matrix(ITEMS, method="phi")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="above must be within"):
        redundant_pairs(ITEMS, above=90)
    with pytest.raises(ValueError, match="below must be within"):
        opposed_pairs(ITEMS, below=GAP)
    with pytest.raises(ValueError, match="groups must be one for each of 5"):
        redundant_pairs(ITEMS, groups=["a"])
