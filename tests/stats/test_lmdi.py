from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from agriqa.stats.lmdi import lmdi_decomposition, logarithmic_mean

# R package LMDIR, the example of its tests: years by sectors by factors.
LMDIR = [
    [[1, 10, 2], [4, 5, 3]],
    [[4, 5, 3], [5, 6, 4]],
    [[8, 2, 4], [5, 7, 5]],
    [[10, 1, 5], [6, 8, 6]],
]
LMDIR_ADDITIVE = [
    [69.79006598, -9.455125793, 39.66505981],
    [42.96021467, -34.31902656, 50.3588119],
    [54.01064234, -9.021284671, 54.01064234],
]
LMDIR_MULTIPLICATIVE = [
    [1.761117821, 0.926191306, 1.379410116],
    [1.229284572, 0.847970248, 1.273773912],
    [1.208140223, 0.968911503, 1.208140223],
]

positive = st.floats(1e-3, 1e3)
panels = arrays(np.float64, (3, 2, 3), elements=positive)
panels_with_zeros = arrays(np.float64, (3, 2, 3), elements=st.just(0.0) | positive)


def test_the_additive_effects_are_those_of_lmdir() -> None:
    assert lmdi_decomposition(LMDIR).additive == pytest.approx(np.array(LMDIR_ADDITIVE), abs=1e-8)


def test_the_multiplicative_effects_are_those_of_lmdir() -> None:
    found = lmdi_decomposition(LMDIR).multiplicative
    assert found == pytest.approx(np.array(LMDIR_MULTIPLICATIVE), abs=1e-9)


def test_the_effects_by_share_are_those_of_lmdir() -> None:
    # R package LMDIR, tests of its utilities: Z_byname(..., weights = "LMDI-II").
    expected = [
        [[49.65937274, -24.82968637, 14.52443543], [19.52361203, 15.95195254, 25.17031363]],
        [[43.25676087, -57.18232749, 17.95317786], [0, 22.46000707, 32.51238169]],
        [[12.96920685, -40.28603609, 12.96920685], [41.48288344, 30.38185551, 41.48288344]],
    ]
    found = lmdi_decomposition(LMDIR, method="LMDI-II").sector_effects
    assert found == pytest.approx(np.array(expected), abs=1e-8)


@given(panels)
def test_the_effects_by_share_leave_no_residual(panel: np.ndarray) -> None:
    result = lmdi_decomposition(panel, method="LMDI-II")
    assert result.additive.sum(axis=1) == pytest.approx(
        np.diff(result.total), abs=1e-9 * result.total.max()
    )
    ratio = result.total[1:] / result.total[:-1]
    assert result.multiplicative.prod(axis=1) == pytest.approx(ratio, rel=1e-6)


def test_effects_by_share_need_factors_above_zero() -> None:
    panel = [[[0, 1]], [[1, 2]]]
    with pytest.raises(ValueError, match="above 0"):
        lmdi_decomposition(panel, method="LMDI-II")
    small = lmdi_decomposition(panel, method="LMDI-II", zeros="small value")
    assert small.additive.sum() == pytest.approx(2.0)
    with pytest.raises(ValueError, match="LMDI-II"):
        lmdi_decomposition(panel, method="lmdi")  # type: ignore[arg-type]


@given(panels_with_zeros)
def test_the_effects_add_up_to_the_change_even_with_zeros(panel: np.ndarray) -> None:
    result = lmdi_decomposition(panel)
    change = panel.prod(axis=2)[1:] - panel.prod(axis=2)[:-1]
    assert result.sector_effects.sum(axis=2) == pytest.approx(change, rel=1e-9, abs=1e-9)
    assert result.additive.sum(axis=1) == pytest.approx(np.diff(result.total), rel=1e-6, abs=1e-6)


@given(panels)
def test_the_multiplicative_effects_multiply_to_the_ratio(panel: np.ndarray) -> None:
    result = lmdi_decomposition(panel, base="fixed")
    assert result.multiplicative.prod(axis=1) == pytest.approx(result.total[1:] / result.total[0])


@given(panels)
def test_reversing_time_reverses_the_sign_of_every_effect(panel: np.ndarray) -> None:
    forward, backward = lmdi_decomposition(panel), lmdi_decomposition(panel[::-1])
    # Effects cancel among sectors: what is left of them is rounding error of the totals.
    exact = 1e-12 * float(np.abs(forward.total).max())
    assert backward.additive[::-1] == pytest.approx(-forward.additive, rel=1e-9, abs=exact + 1e-9)


def test_a_fixed_base_compares_every_period_with_the_first() -> None:
    fixed = lmdi_decomposition(LMDIR, base="fixed").additive
    direct = lmdi_decomposition([LMDIR[0], LMDIR[3]]).additive
    assert fixed[-1] == pytest.approx(direct[0])


# Ang, Zhang and Choi (1998), Energy 23: effect of the first factor by
# (x0, x1, rest0, rest1); V = x * rest.
EIGHT_CASES = [
    ((0, 2, 5, 5), 10),  # x appears and V with it
    ((2, 0, 5, 5), -10),  # x vanishes and V with it
    ((2, 3, 0, 5), 0),  # V appears through the other factor
    ((2, 3, 5, 0), 0),  # V vanishes through the other factor
    ((2, 3, 0, 0), 0),
    ((0, 0, 5, 6), 0),
    ((2, 0, 0, 5), 0),
    ((0, 2, 5, 0), 0),
]


@pytest.mark.parametrize(("case", "effect"), EIGHT_CASES)
def test_zeros_have_their_analytical_limit(
    case: tuple[float, float, float, float], effect: float
) -> None:
    x0, x1, rest0, rest1 = case
    assert lmdi_decomposition([[[x0, rest0]], [[x1, rest1]]]).additive[0, 0] == effect


@settings(max_examples=30)
@given(arrays(np.float64, (2, 2, 3), elements=st.just(0.0) | st.floats(0.5, 2)))
def test_small_values_near_the_analytical_limits(panel: np.ndarray) -> None:
    limit = lmdi_decomposition(panel).additive
    errors = [
        np.abs(lmdi_decomposition(panel, zeros="small value", small_value=v).additive - limit).max()
        for v in (1e-10, 1e-90)
    ]
    # The distance falls as 1 / log(value), here by 9.
    assert errors[1] <= errors[0] / 5 + 1e-9


def test_two_factors_that_appear_together_share_the_change() -> None:
    found = lmdi_decomposition([[[0, 0, 3]], [[2, 5, 3]]]).additive
    assert found.tolist() == [[15, 15, 0]]


def test_a_total_that_appears_has_no_multiplicative_effects() -> None:
    assert np.isnan(lmdi_decomposition([[[0, 3]], [[2, 3]]]).multiplicative).all()


@given(positive, positive)
def test_the_logarithmic_mean_lies_between_geometric_and_arithmetic(a: float, b: float) -> None:
    mean = float(logarithmic_mean(a, b))
    assert np.sqrt(a * b) * (1 - 1e-12) <= mean <= (a + b) / 2 * (1 + 1e-12)
    assert mean == logarithmic_mean(b, a)


def test_the_logarithmic_mean_of_equal_values_is_the_value() -> None:
    assert logarithmic_mean([3, 0], [3, 0]).tolist() == [3, 0]


def test_a_negative_value_has_no_logarithmic_mean() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        logarithmic_mean(-1, 2)


@pytest.mark.parametrize("bad", [[[1, 2]], [[[1, 2]]], [[[1, -2]], [[1, 2]]], [[[1, np.nan]]] * 2])
def test_malformed_factors_are_refused(bad: list) -> None:
    with pytest.raises(ValueError, match="factors must"):
        lmdi_decomposition(bad)


@pytest.mark.parametrize("option", [{"base": "x"}, {"zeros": "x"}])
def test_unknown_lmdi_options_are_refused(option: dict) -> None:
    with pytest.raises(ValueError, match="must be one of"):
        lmdi_decomposition(LMDIR, **option)


def test_a_small_value_must_be_positive() -> None:
    with pytest.raises(ValueError, match="above 0"):
        lmdi_decomposition(LMDIR, zeros="small value", small_value=0)


def test_the_summary_names_the_largest_effect() -> None:
    result = lmdi_decomposition(LMDIR)
    assert "factor 1 of 3" in result.summary("en")
    assert "第1个贡献最大" in result.summary()
    with pytest.raises(ValueError, match="language"):
        result.summary("fr")  # type: ignore[arg-type]
