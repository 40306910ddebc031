from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linprog

from agriqa.stats.benefit_of_the_doubt import benefit_of_the_doubt

TABLES = arrays(float, (5, 3), elements=st.integers(0, 20).map(float)).filter(
    lambda x: (x.max(axis=0) > 0).all()
)


@settings(max_examples=25)
@given(TABLES)
def test_the_score_is_that_of_the_dual_program(table: np.ndarray) -> None:
    # The least total of peers whose combination is at least as good in everything.
    found = benefit_of_the_doubt(table)
    for k, x in enumerate(table):
        dual = linprog(np.ones(5), A_ub=-table.T, b_ub=-x, method="highs")
        assert found.score[k] == pytest.approx(dual.fun, abs=1e-7)


@settings(max_examples=25)
@given(TABLES, st.floats(0, 0.3), st.floats(0.4, 1))
def test_weights_keep_to_their_bounds(table: np.ndarray, low: float, high: float) -> None:
    found = benefit_of_the_doubt(table, lower_share=low, upper_share=high)
    assert (found.weights >= -1e-9).all()
    assert (table @ found.weights.T <= 1 + 1e-6).all()
    np.testing.assert_allclose(np.sum(found.weights * table, axis=1), found.score, atol=1e-6)
    real = found.score > 1e-3
    assert (found.shares[real] >= low - 1e-4).all()
    assert (found.shares[real] <= high + 1e-4).all()
    assert (found.score <= benefit_of_the_doubt(table).score + 1e-7).all()


@settings(max_examples=25)
@given(TABLES, st.floats(0.001, 1000))
def test_scores_do_not_depend_on_the_unit_of_measurement(table: np.ndarray, scale: float) -> None:
    scaled = benefit_of_the_doubt(table * [scale, 1, 1], lower_share=0.1)
    np.testing.assert_allclose(
        scaled.score, benefit_of_the_doubt(table, lower_share=0.1).score, atol=1e-6
    )


def test_with_one_indicator_the_score_is_the_part_of_the_best() -> None:
    assert benefit_of_the_doubt([[2], [8], [4]]).score.round(9).tolist() == [0.25, 1, 0.5]


def test_equal_shares_leave_no_choice() -> None:
    # With all shares fixed at one half, w_j x_kj is half the score c: unit k's constraint by
    # unit i is c (x_i1 / x_k1 + x_i2 / x_k2) / 2 <= 1.
    table = np.array([[4.0, 1.0], [1.0, 4.0], [2.0, 2.0]])
    found = benefit_of_the_doubt(table, lower_share=0.5, upper_share=0.5)
    expected = [1 / max(np.mean(other / x) for other in table) for x in table]
    np.testing.assert_allclose(found.score, expected, atol=1e-9)


def test_a_unit_with_a_missing_value_is_left_out() -> None:
    found = benefit_of_the_doubt([[2, 4], [8, np.nan], [4, 2]])
    assert np.isnan(found.score[1])
    assert found.score[[0, 2]].tolist() == [1, 1]
    assert found.summary("en") == "2 of 2 units reach 1; the lowest score is 1.000."
    assert "2个单元中2个得分为1" in found.summary()
    with pytest.raises(ValueError, match="zh, en"):
        found.summary("fr")


@pytest.mark.parametrize(
    ("values", "bounds", "message"),
    [
        ([[1, -1]], {}, "0 or above"),
        ([[1, 0], [2, 0]], {}, "0 for all units"),
        ([[1, np.nan]], {}, "at least one unit"),
        ([[1, 2]], {"lower_share": 0.6}, "sum to at most 1"),
        ([[1, 2]], {"upper_share": 0.4}, "sum to at most 1"),
        ([[1, 2]], {"lower_share": 0.5, "upper_share": [0.4, 1]}, "within 0-1"),
    ],
)
def test_bad_input_is_refused(values: list, bounds: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        benefit_of_the_doubt(values, **bounds)
