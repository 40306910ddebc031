from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.high_dimensional_effects import demean, fixed_effect_rank, group_codes


def dummies(codes: np.ndarray) -> np.ndarray:
    return np.eye(codes.max() + 1)[codes]


def dense(codes: np.ndarray) -> np.ndarray:
    return np.unique(codes, return_inverse=True)[1].astype(np.intp)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_demeaned_columns_are_the_residuals_on_the_dummies(seed: int, weighted: bool) -> None:
    rng = np.random.default_rng(seed)
    codes = [dense(rng.integers(0, 4, 25)), dense(rng.integers(0, 3, 25))]
    x = rng.normal(size=(25, 2))
    w = rng.uniform(0.5, 2, 25) if weighted else np.ones(25)
    design = np.column_stack([dummies(code) for code in codes]) * np.sqrt(w)[:, None]
    fitted = design @ np.linalg.lstsq(design, x * np.sqrt(w)[:, None], rcond=None)[0]
    expected = x - fitted / np.sqrt(w)[:, None]
    assert demean(x, codes, weights=w) == pytest.approx(expected, abs=1e-7)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(4, 14))
def test_the_rank_of_two_groupings_is_that_of_their_dummies(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    codes = [dense(rng.integers(0, 5, n)), dense(rng.integers(0, 5, n))]
    design = np.column_stack([dummies(code) for code in codes])
    assert fixed_effect_rank(codes) == np.linalg.matrix_rank(design)


def test_a_grouping_nested_in_the_clusters_counts_as_the_constant() -> None:
    clusters = np.array([0, 0, 1, 1])
    assert fixed_effect_rank([np.array([0, 1, 2, 3])], nested_in=clusters) == 1
    assert fixed_effect_rank([np.array([0, 1, 0, 1])], nested_in=clusters) == 2


def test_crossed_columns_make_one_group_for_each_pair_seen() -> None:
    frame = pd.DataFrame({"a": [2, 1, 1, 2], "b": ["x", "x", "y", "x"]})
    codes = group_codes(frame, ["a", "b"])
    assert codes.tolist() == [2, 0, 1, 2]


def test_missing_values_and_no_columns_make_no_groups() -> None:
    frame = pd.DataFrame({"a": [1.0, np.nan]})
    with pytest.raises(ValueError, match="missing"):
        group_codes(frame, ["a"])
    with pytest.raises(ValueError, match="at least one"):
        group_codes(frame, [])


def test_groupings_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        demean([[1.0], [2.0]], [np.array([0])])
    with pytest.raises(ValueError, match="at least one"):
        demean([[1.0], [2.0]], [])


def test_effects_that_do_not_settle_are_refused() -> None:
    codes = [np.array([0, 0, 1, 1, 2]), np.array([0, 1, 1, 2, 2])]
    with pytest.raises(ValueError, match="converge"):
        demean(np.arange(5.0)[:, None] ** 2, codes, rounds=1)
