from __future__ import annotations

from itertools import permutations as orders

import esda
import libpysal
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.spatial_autocorrelation import gearys_c, morans_i
from agriqa.stats.spatial_weights import SpatialWeights, Style
from tests.stats.spatial_data import (
    BIRTHS,
    CRIME,
    CRIME_BY_NUMBER,
    DEATHS,
    INCOME,
    NOT_IN_COL_GAL,
    columbus,
    north_carolina,
)
from tests.stats.test_spatial_weights import STYLES, random_weights


def pysal(weights: SpatialWeights) -> libpysal.weights.W:
    matrix = weights.matrix
    neighbours, values = {}, {}
    for i in range(weights.n):
        part = slice(matrix.indptr[i], matrix.indptr[i + 1])
        neighbours[i] = matrix.indices[part].tolist()
        values[i] = matrix.data[part].tolist()
    return libpysal.weights.W(neighbours, values, silence_warnings=True)


def test_morans_i_reproduces_r_for_the_columbus_crime() -> None:
    # R: moran.test(columbus$CRIME, nb2listw(col.gal.nb)), under randomisation and normality.
    weights = columbus(without=NOT_IN_COL_GAL)
    found = morans_i(CRIME, weights, alternative="positive")
    assert round(found.statistic, 9) == 0.485770914
    assert round(found.expectation, 9) == -0.020833333
    assert round(found.variance, 9) == 0.008991121
    assert round(found.z, 4) == 5.3427
    assert f"{found.p_value:.3e}" == "4.578e-08"
    found = morans_i(CRIME, weights, assumption="normality")
    assert round(found.variance, 9) == 0.008860962
    assert round(found.z, 4) == 5.3818
    assert f"{found.p_value:.3e}" == "7.374e-08"


def test_morans_i_reproduces_r_for_the_columbus_income() -> None:
    # The same with INC under normality (Anselin's spdep workbook, 2007).
    found = morans_i(INCOME, columbus(without=NOT_IN_COL_GAL), assumption="normality")
    assert round(found.statistic, 9) == 0.416837942
    assert round(found.z, 4) == 4.6495


def test_morans_i_reproduces_r_for_queen_contiguity() -> None:
    # R: moran.test(columbus$CRIME, nb2listw(poly2nb(columbus))).
    found = morans_i(CRIME, columbus(), alternative="positive")
    assert round(found.statistic, 9) == 0.500188557
    assert round(found.variance, 9) == 0.008689289
    assert f"{found.p_value:.3e}" == "1.139e-08"


def test_morans_i_reproduces_r_where_an_area_is_an_island() -> None:
    # spdep, last example of moran.test: "n reduced by no-neighbour observations".
    weights = columbus(without={(1, j) for j in range(1, 50)})
    found = morans_i(CRIME_BY_NUMBER, weights, alternative="positive")
    assert round(found.statistic, 8) == 0.23901261
    assert round(found.expectation, 8) == -0.02127660
    assert round(found.variance, 8) == 0.00882535
    assert round(found.p_value, 6) == 0.002797
    assert (found.areas, found.islands) == (49, 1)


def test_morans_i_reproduces_r_for_binary_weights_with_islands() -> None:
    # spdep, example of EBImoran.mc: moran.mc(SID74 / BIR74) on ncCC89.gal is 0.20904.
    assert round(morans_i(DEATHS / BIRTHS, north_carolina()).statistic, 5) == 0.20904


def test_gearys_c_reproduces_r_for_the_columbus_crime() -> None:
    # R: geary.test(columbus$CRIME, nb2listw(col.gal.nb)): C 0.547803377, variance 0.009804108.
    found = gearys_c(CRIME, columbus(without=NOT_IN_COL_GAL))
    assert round(found.statistic, 9) == 0.547803377
    assert round(found.variance, 9) == 0.009804108


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(STYLES), st.booleans())
def test_both_measures_agree_with_esda(seed: int, style: Style, directed: bool) -> None:
    weights = random_weights(seed, style, directed=directed)
    x = np.random.default_rng(seed).gamma(2, size=12)
    w = pysal(weights)
    other = esda.Moran(x, w, transformation="O", permutations=0)
    for assumption, variance in (("normality", other.VI_norm), ("randomisation", other.VI_rand)):
        found = morans_i(x, weights, islands="counted", assumption=assumption)  # type: ignore[arg-type]
        assert found.statistic == pytest.approx(other.I)
        assert found.variance == pytest.approx(variance)
    other = esda.Geary(x, w, transformation="O", permutations=0)
    for assumption, variance in (("normality", other.VC_norm), ("randomisation", other.VC_rand)):
        found = gearys_c(x, weights, islands="counted", assumption=assumption)  # type: ignore[arg-type]
        assert found.statistic == pytest.approx(other.C)
        assert found.variance == pytest.approx(variance)


@pytest.mark.parametrize("measure", [morans_i, gearys_c])
@pytest.mark.parametrize("directed", [False, True])
def test_moments_under_randomisation_are_those_of_all_orders(
    measure: object, directed: bool
) -> None:
    weights = random_weights(3, n=5, directed=directed)
    x = [1.0, 2.0, 4.0, 7.0, 9.5]
    found = measure(x, weights, islands="counted")  # type: ignore[operator]
    everything = [
        measure(order, weights, islands="counted").statistic  # type: ignore[operator]
        for order in orders(x)
    ]
    assert found.expectation == pytest.approx(np.mean(everything))
    assert found.variance == pytest.approx(np.var(everything))


def test_the_permutation_p_value_is_near_that_of_all_orders() -> None:
    weights = random_weights(3, n=5)
    x = [1.0, 2.0, 4.0, 7.0, 9.5]
    for measure, sign in ((morans_i, 1), (gearys_c, -1)):
        found = measure(x, weights, alternative="positive", permutations=1999, seed=1)
        everything = np.array([measure(order, weights).statistic for order in orders(x)])
        exact = np.mean(sign * (everything - found.statistic) >= -1e-12)
        assert found.permutation_p == pytest.approx(exact, abs=0.025)


def test_the_same_seed_gives_the_same_permutations() -> None:
    once = morans_i(CRIME, columbus(), permutations=299, seed=7)
    assert once == morans_i(CRIME, columbus(), permutations=299, seed=7)
    assert once.permutation_p == pytest.approx(2 / 300)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 50), st.floats(-50, 50))
def test_neither_measure_depends_on_the_unit(seed: int, factor: float, shift: float) -> None:
    weights = random_weights(seed)
    x = np.random.default_rng(seed).normal(size=12)
    for measure in (morans_i, gearys_c):
        one, other = measure(x, weights), measure(factor * x + shift, weights)
        assert other.statistic == pytest.approx(one.statistic)
        assert other.z == pytest.approx(one.z)


def test_alternatives_split_the_two_sided_p_value() -> None:
    for measure in (morans_i, gearys_c):
        p = {
            name: measure(CRIME, columbus(), alternative=name).p_value  # type: ignore[arg-type]
            for name in ("two-sided", "positive", "negative")
        }
        assert p["positive"] + p["negative"] == pytest.approx(1)
        assert p["two-sided"] == pytest.approx(2 * p["positive"])


def test_areas_with_missing_values_are_left_out() -> None:
    gap = CRIME.copy()
    gap[4] = np.nan
    keep = np.arange(49) != 4
    found = morans_i(gap, columbus(), permutations=9)
    assert found == morans_i(CRIME[keep], columbus().subset(keep), permutations=9)
    assert found.areas == 48


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"assumption": "bootstrap"}, "normality"),
        ({"alternative": "greater"}, "positive"),
        ({"islands": "dropped"}, "counted"),
        ({"permutations": -1}, "0 or above"),
    ],
)
def test_unknown_options_are_refused(options: dict[str, object], message: str) -> None:
    for measure in (morans_i, gearys_c):
        with pytest.raises(ValueError, match=message):
            measure(CRIME, columbus(), **options)  # type: ignore[arg-type]


def test_too_few_areas_are_refused() -> None:
    weights = random_weights(1).subset(np.arange(12) < 2)
    with pytest.raises(ValueError, match="at least four"):
        morans_i([1, 2], weights)


def test_the_summary_gives_the_statistic_in_two_languages_only() -> None:
    found = morans_i(CRIME, columbus())
    assert "0.5002" in found.summary()
    assert "0.5002" in found.summary("en")
    with pytest.raises(ValueError, match="zh"):
        found.summary("fr")  # type: ignore[arg-type]
