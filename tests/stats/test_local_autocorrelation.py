from __future__ import annotations

import warnings
from itertools import permutations as orders

import esda
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from agriqa.stats.local_autocorrelation import getis_ord_g, local_morans_i
from agriqa.stats.spatial_autocorrelation import morans_i
from agriqa.stats.spatial_weights import Style
from tests.stats.spatial_data import CRIME, columbus
from tests.stats.test_spatial_autocorrelation import pysal
from tests.stats.test_spatial_weights import STYLES, random_weights


def test_local_statistics_average_to_morans_i() -> None:
    # R's localmoran documentation: "equality for mean() only when the sum of weights equals
    # the number of observations".
    found = local_morans_i(CRIME, columbus(), permutations=9)
    assert found.statistic.mean() == pytest.approx(morans_i(CRIME, columbus()).statistic)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(STYLES))
def test_local_statistics_agree_with_esda(seed: int, style: Style) -> None:
    weights = random_weights(seed, style)
    x = np.random.default_rng(seed).gamma(2, size=12)
    found = local_morans_i(x, weights, permutations=9, scaling="n-1")
    other = esda.Moran_Local(x, pysal(weights), transformation="O", permutations=0)
    assert found.statistic == pytest.approx(other.Is)
    codes = {1: "HH", 2: "LH", 3: "LL", 4: "HL"}
    linked = weights.neighbours > 0
    assert found.quadrant[linked].tolist() == [codes[code] for code in other.q[linked]]


@pytest.mark.parametrize("scaling", ["n", "n-1"])
def test_moments_are_those_of_all_placements_of_the_others(scaling: str) -> None:
    weights = random_weights(3, "binary", n=5)
    x = np.array([1.0, 2.0, 4.0, 7.0, 9.5])
    found = local_morans_i(x, weights, permutations=1, scaling=scaling)  # type: ignore[arg-type]
    for area in range(5):
        others = np.delete(x, area)
        draws = [
            local_morans_i(
                np.insert(order, area, x[area]), weights, permutations=1, scaling=scaling
            ).statistic[area]  # type: ignore[arg-type]
            for order in list(orders(others))
        ]
        assert found.expectation[area] == pytest.approx(np.mean(draws))
        assert found.variance[area] == pytest.approx(np.var(draws), abs=1e-12)


def test_permutation_p_values_are_near_those_of_all_placements() -> None:
    weights = random_weights(3, n=5)
    x = np.array([1.0, 2.0, 4.0, 7.0, 9.5])
    lag = weights.matrix.toarray()
    found = local_morans_i(x, weights, permutations=4999, tail="directed", seed=3)
    for area in np.flatnonzero(weights.neighbours):
        own = lag[area] @ x
        draws = np.array(
            [lag[area] @ np.insert(o, area, x[area]) for o in orders(np.delete(x, area))]
        )
        exact = min(np.mean(draws >= own - 1e-9), np.mean(draws <= own + 1e-9))
        assert found.p_value[area] == pytest.approx(exact, abs=0.025)


def test_p_values_are_near_esdas_for_the_columbus_crime() -> None:
    found = local_morans_i(CRIME, columbus(), permutations=1999, tail="directed", seed=1)
    with warnings.catch_warnings():
        # esda will report two-sided values some day, and says so.
        warnings.simplefilter("ignore", DeprecationWarning)
        other = esda.Moran_Local(CRIME, pysal(columbus()), permutations=1999, seed=1)
    assert np.max(np.abs(found.p_value - other.p_sim)) < 0.06


def test_two_sided_p_values_are_twice_the_directed_ones() -> None:
    two, one = (
        local_morans_i(CRIME, columbus(), permutations=99, tail=tail)  # type: ignore[arg-type]
        for tail in ("two-sided", "directed")
    )
    assert two.p_value == pytest.approx(np.minimum(1, 2 * one.p_value))


def test_significance_goes_by_the_false_discovery_rate_unless_told_otherwise() -> None:
    found = local_morans_i(CRIME, columbus(), seed=1)
    assert found.adjusted_p == pytest.approx(stats.false_discovery_control(found.p_value))
    assert np.array_equal(found.significant, found.adjusted_p <= 0.05)
    plain = local_morans_i(CRIME, columbus(), seed=1, false_discovery_rate=False)
    assert np.array_equal(plain.significant, plain.p_value <= 0.05)
    assert plain.significant.sum() > found.significant.sum()


def test_islands_and_areas_without_a_value_have_no_quadrant() -> None:
    weights = columbus(without={(1, j) for j in range(1, 50)})
    gap = CRIME.copy()
    gap[9] = np.nan
    found = local_morans_i(gap, weights, permutations=99)
    assert found.quadrant[0] is None
    assert found.quadrant[9] is None
    assert found.statistic[0] == 0
    assert np.isnan([found.p_value[0], found.statistic[9], found.p_value[9]]).all()
    assert not found.significant[[0, 9]].any()


def test_the_same_seed_gives_the_same_p_values() -> None:
    one, other = (local_morans_i(CRIME, columbus(), permutations=99, seed=5) for _ in range(2))
    assert np.array_equal(one.p_value, other.p_value)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_local_g_agrees_with_esda(seed: int, star: bool) -> None:
    # Binary weights only: esda's variance takes the sum of squared weights for their sum.
    weights = random_weights(seed, "binary", weighted=False)
    x = np.random.default_rng(seed).gamma(2, size=12)
    found = getis_ord_g(x, weights, star=star)
    theirs = pysal(weights.with_self() if star else weights)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", UserWarning)
        other = esda.G_Local(x, theirs, transform="B", star=star, permutations=0)
    linked = weights.neighbours > 0
    assert found.z[linked] == pytest.approx(other.Zs[linked])


@pytest.mark.parametrize("star", [True, False])
def test_local_g_has_mean_nought_and_variance_one_over_all_placements(star: bool) -> None:
    weights = random_weights(3, n=5)
    x = np.array([1.0, 2.0, 4.0, 7.0, 9.5])
    if star:
        draws = np.array([getis_ord_g(np.array(o), weights).z for o in orders(x)])
    else:
        # G holds the value of its own area fixed: look at the first area alone.
        draws = np.array(
            [getis_ord_g(np.array([x[0], *o]), weights, star=False).z[:1] for o in orders(x[1:])]
        )
    known = ~np.isnan(draws[0])
    assert draws[:, known].mean(axis=0) == pytest.approx(0, abs=1e-9)
    assert draws[:, known].var(axis=0) == pytest.approx(1)


def test_local_g_leaves_out_areas_without_a_value() -> None:
    gap = CRIME.copy()
    gap[9] = np.nan
    keep = np.arange(49) != 9
    found = getis_ord_g(gap, columbus())
    expected = getis_ord_g(CRIME[keep], columbus().subset(keep))
    assert np.isnan(found.z[9])
    assert found.z[keep] == pytest.approx(expected.z)
    assert found.adjusted_p[keep] == pytest.approx(expected.adjusted_p)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tail": "one"}, "directed"),
        ({"scaling": "n+1"}, "n-1"),
        ({"permutations": 0}, "1 or more"),
        ({"alpha": 5}, "between 0 and 1"),
    ],
)
def test_bad_options_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        local_morans_i(CRIME, columbus(), **options)  # type: ignore[arg-type]


def test_values_that_do_not_vary_are_refused() -> None:
    with pytest.raises(ValueError, match="do not vary"):
        getis_ord_g(np.ones(49), columbus())
