from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from agriqa.stats.normalisation import min_max
from agriqa.stats.weighting import (
    combine_weights,
    critic_weights,
    entropy_weights,
    principal_component_weights,
)

TABLES = arrays(float, (6, 3), elements=st.integers(1, 100).map(float)).filter(
    lambda x: (np.ptp(x, axis=0) > 0).all()
)
WEIGHTS = st.lists(st.floats(0.01, 10), min_size=3, max_size=3)

# Diakoulaki, Mavrotas and Papayannakis (1995), as in the tests of scikit-criteria.
FIRMS = [
    [61, 1.08, 4.33],
    [20.7, 0.26, 4.34],
    [16.3, 1.98, 2.53],
    [9, 3.29, 1.65],
    [5.4, 2.77, 2.33],
    [4, 4.12, 1.21],
    [-6.1, 3.52, 2.1],
    [-34.6, 3.31, 0.98],
]

# Tuş and Aytaç Adalı (2019), Opsearch 56, 528-538.
SOFTWARE = [
    [5000, 3, 3, 4, 3, 2],
    [680, 5, 3, 2, 2, 1],
    [2000, 3, 2, 3, 4, 3],
    [600, 4, 3, 1, 2, 2],
    [800, 2, 4, 3, 3, 4],
]

# The values and weights printed in the papers, as in the tests of the package pyrepo-mcda.
ENTROPY = [
    # scikit-criteria, tests of EntropyWeighter.
    ([[1, 2], [4, 16]], [0.35888879, 0.64111121], 8),
    # Xu (2004), European Journal of Operational Research 156, 530-532.
    (
        [[30, 30, 38, 29], [19, 54, 86, 29], [19, 15, 85, 28.9], [68, 70, 60, 29]],
        [0.4630, 0.3992, 0.1378, 0.0000],
        4,
    ),
    # Zavadskas and Podvezko (2016), Int. J. Information Technology & Decision Making 15.
    (
        [[3.0, 100, 10, 7], [2.5, 80, 8, 5], [1.8, 50, 20, 11], [2.2, 70, 12, 9]],
        [0.1146, 0.1981, 0.4185, 0.2689],
        4,
    ),
    # Ersoy (2021), LogForum 17(3).
    (
        [
            [256, 8, 41, 1.6, 1.77, 7347.16],
            [256, 8, 32, 1.0, 1.8, 6919.99],
            [256, 8, 53, 1.6, 1.9, 8400],
            [256, 8, 41, 1.0, 1.75, 6808.9],
            [512, 8, 35, 1.6, 1.7, 8479.99],
            [256, 4, 35, 1.6, 1.7, 7499.99],
        ],
        [0.405, 0.221, 0.134, 0.199, 0.007, 0.034],
        3,
    ),
]


@pytest.mark.parametrize(("table", "expected", "digits"), ENTROPY)
def test_entropy_weights_reproduce_published_ones(
    table: list[list[float]], expected: list[float], digits: int
) -> None:
    assert entropy_weights(table).round(digits).tolist() == expected


def test_critic_weights_reproduce_published_ones() -> None:
    assert critic_weights(FIRMS).round(8).tolist() == [0.20222554, 0.48090173, 0.31687273]
    spearman = critic_weights(FIRMS, correlation="spearman")
    assert spearman.round(8).tolist() == [0.21454645, 0.4898563, 0.29559726]
    # Printed are the weights with every criterion upwards, the first (a price) too.
    assert critic_weights(SOFTWARE).round(3).tolist() == [0.157, 0.249, 0.168, 0.121, 0.154, 0.151]


@given(TABLES, st.floats(0.1, 10))
def test_entropy_weights_do_not_depend_on_the_unit(table: np.ndarray, scale: float) -> None:
    scaled = entropy_weights(table * [scale, 1, 1])
    np.testing.assert_allclose(scaled, entropy_weights(table), atol=1e-9)
    assert scaled.sum() == pytest.approx(1)


@given(TABLES)
def test_entropy_weights_agree_with_the_entropy_of_scipy(table: np.ndarray) -> None:
    scaled = min_max(table, directions=[1, -1, 1]) + 0.01
    divergence = 1 - stats.entropy(scaled, base=len(table))
    weights = entropy_weights(table, scaling="min_max", shift=0.01, directions=[1, -1, 1])
    np.testing.assert_allclose(weights, divergence / divergence.sum(), atol=1e-12)


def test_the_shift_changes_entropy_weights() -> None:
    weights = [entropy_weights(FIRMS, scaling="min_max", shift=s) for s in (0.0001, 0.1)]
    assert np.abs(weights[0] - weights[1]).max() > 0.01


@pytest.mark.parametrize("scaling", ["none", "min_max"])
def test_a_constant_indicator_tells_nothing(scaling: str) -> None:
    table = [[1, 0, 3], [2, 0, 3], [5, 0, 3]]
    assert entropy_weights(table, scaling=scaling, shift=0.01).tolist() == [1, 0, 0]


def test_entropy_leaves_out_missing_values() -> None:
    table = np.array([[1, 2], [4, 16], [np.nan, 3], [2, 5]])
    alone = [1 - stats.entropy(x[~np.isnan(x)], base=(~np.isnan(x)).sum()) for x in table.T]
    np.testing.assert_allclose(entropy_weights(table), np.array(alone) / np.sum(alone))


@given(TABLES, st.floats(0.1, 10), st.integers(-50, 50))
def test_critic_weights_do_not_depend_on_unit_and_origin(
    table: np.ndarray, scale: float, shift: int
) -> None:
    if (np.corrcoef(table, rowvar=False) > 1 - 1e-6).all():
        return
    moved = critic_weights(table * [scale, 1, 1] + shift)
    np.testing.assert_allclose(moved, critic_weights(table), atol=1e-9)
    assert moved.sum() == pytest.approx(1)


@given(TABLES)
def test_critic_agrees_with_its_definition(table: np.ndarray) -> None:
    signs = np.array([1, -1, 1])
    expected = []
    for j in range(3):
        x = table[:, j] * signs[j]
        spread = np.std((x - x.min()) / np.ptp(x), ddof=1)
        others = [stats.spearmanr(x, table[:, k] * signs[k]).statistic for k in range(3) if k != j]
        expected.append(spread * np.sum(1 - np.array(others)))
    if sum(expected) < 1e-6:
        return
    weights = critic_weights(table, directions=signs, correlation="spearman")
    np.testing.assert_allclose(weights, np.array(expected) / np.sum(expected), atol=1e-9)


def test_critic_leaves_out_units_with_a_missing_value() -> None:
    gap = [*FIRMS, [1, np.nan, 2]]
    assert critic_weights(gap).tolist() == critic_weights(FIRMS).tolist()


@settings(max_examples=50, suppress_health_check=[HealthCheck.filter_too_much])
@given(TABLES, st.sampled_from(["loading", "squared_loading"]))
def test_the_first_component_carries_the_most_variance(table: np.ndarray, scheme: str) -> None:
    # Without a negative correlation all loadings are of one sign.
    assume((np.corrcoef(table, rowvar=False) >= 0).all())
    found = principal_component_weights(table, scheme=scheme)
    z = (table - table.mean(axis=0)) / table.std(axis=0)
    variances = np.linalg.svd(z, compute_uv=False) ** 2 / len(table)
    assert np.var(z @ found.loadings) == pytest.approx(variances[0])
    assert found.explained == pytest.approx(variances[0] / 3)
    assert found.weights.sum() == pytest.approx(1)
    assert (found.weights >= 0).all()


def test_squared_loadings_are_shares_of_the_component() -> None:
    table = [[1, 2, 1], [2, 3, 4], [3, 7, 2], [4, 6, 6]]
    found = principal_component_weights(table, scheme="squared_loading")
    np.testing.assert_allclose(found.weights, found.loadings**2)
    assert "第一主成分" in found.summary()
    assert "first principal component" in found.summary("en")
    with pytest.raises(ValueError, match="zh, en"):
        found.summary("fr")


def test_an_indicator_that_runs_against_the_others_is_refused() -> None:
    table = [[1, 2, 9], [2, 3, 7], [3, 7, 5], [4, 6, 4]]
    with pytest.raises(ValueError, match=r"indicators \[2\]"):
        principal_component_weights(table)
    turned = principal_component_weights(table, directions=[1, 1, -1])
    assert (turned.weights > 0.3).all()


@given(WEIGHTS, WEIGHTS, st.floats(0, 1), st.sampled_from(["multiplicative", "linear"]))
def test_combined_weights_lie_between(
    s: list[float], o: list[float], share: float, method: str
) -> None:
    combined = combine_weights(s, o, method=method, share=share)
    assert combined.sum() == pytest.approx(1)
    same = combine_weights(s, s, method=method, share=share)
    np.testing.assert_allclose(same, np.array(s) / sum(s))
    ends = [combine_weights(s, o, method=method, share=end) for end in (1, 0)]
    np.testing.assert_allclose(ends, [np.array(s) / sum(s), np.array(o) / sum(o)])


def test_multiplicative_weights_are_roots_of_the_product() -> None:
    root = np.sqrt([0.2 * 0.6, 0.8 * 0.4])
    np.testing.assert_allclose(combine_weights([0.2, 0.8], [0.6, 0.4]), root / root.sum())
    linear = combine_weights([0.2, 0.8], [0.6, 0.4], method="linear", share=0.25)
    np.testing.assert_allclose(linear, [0.5, 0.5])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: entropy_weights([[1, 2]]), "at least 2 units"),
        (lambda: entropy_weights([[1, np.nan], [2, 1]]), "at least 2 values"),
        (lambda: entropy_weights([[1, -2], [2, 1]]), "0 or above, or scaled"),
        (lambda: entropy_weights([[1, 2], [1, 2]]), "all weights are zero"),
        (lambda: entropy_weights([[1, 2], [3, 1]], shift=-1), "shift"),
        (lambda: entropy_weights([[1, 2], [3, 1]], scaling="z"), "min_max"),
        (lambda: entropy_weights([[1, 2], [3, 1]], directions=[1, -1]), "directions need"),
        (lambda: critic_weights([[1, 2], [3, 1]], correlation="kendall"), "spearman"),
        (lambda: critic_weights([[1, 2], [3, 2]]), r"indicators \[1\]"),
        (lambda: critic_weights([[1, 2], [3, 4]]), "all weights are zero"),
        (lambda: critic_weights([[1, 2], [np.nan, 4]]), "got 1"),
        (lambda: principal_component_weights([[1], [2]], scheme="x"), "squared_loading"),
        (lambda: combine_weights([1, 1], [1]), "one length"),
        (lambda: combine_weights([1, -1], [1, 1]), "0 or above"),
        (lambda: combine_weights([0, 1], [1, 0]), "all weights are zero"),
        (lambda: combine_weights([1, 1], [1, 1], share=2), "share"),
        (lambda: combine_weights([1, 1], [1, 1], method="mean"), "linear"),
    ],
)
def test_bad_input_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
