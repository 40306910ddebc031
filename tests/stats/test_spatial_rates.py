from __future__ import annotations

import numpy as np
import pytest
from esda.moran import Moran_Rate
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.spatial_autocorrelation import morans_i
from agriqa.stats.spatial_rates import morans_i_of_rates, standardised_rates
from tests.stats.spatial_data import BIRTHS, DEATHS, north_carolina
from tests.stats.test_spatial_autocorrelation import pysal
from tests.stats.test_spatial_weights import random_weights


def test_the_index_reproduces_r_for_the_sudden_infant_deaths() -> None:
    # spdep, example of EBImoran.mc(SID74, BIR74, ncCC89.gal, style "B"): 0.25789, rank 999 of
    # 1000, two-sided p 0.002 (other random numbers than ours).
    found = morans_i_of_rates(DEATHS, BIRTHS, north_carolina(), seed=1)
    assert round(found.statistic, 5) == 0.25789
    assert found.permutation_p <= 0.006


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_the_index_agrees_with_esda(seed: int) -> None:
    rng = np.random.default_rng(seed)
    population = rng.integers(50, 500, 12).astype(float)
    events = rng.poisson(population * rng.gamma(2, 0.02, 12)).astype(float)
    events[0] += 1
    weights = random_weights(seed)
    found = morans_i_of_rates(events, population, weights, permutations=9)
    other = Moran_Rate(events, population, pysal(weights), transformation="O", permutations=0)
    rate = standardised_rates(events, population)
    if np.any(rate != pytest.approx((other.y - other.y.mean()) + rate.mean())):
        # esda cuts a negative moment estimate otherwise.
        return
    assert found.statistic == pytest.approx(other.I)


def test_equal_populations_leave_the_correlation_of_the_rates() -> None:
    weights = random_weights(2)
    events = np.arange(1.0, 13.0)
    found = morans_i_of_rates(events, np.full(12, 100.0), weights, permutations=9)
    assert found.statistic == pytest.approx(morans_i(events, weights, islands="counted").statistic)
    assert np.isnan([found.z, found.p_value]).all()


def test_a_small_population_is_allowed_a_wider_rate() -> None:
    # The last two areas have the same rate; the smaller one stands out less.
    found = standardised_rates([100, 100, 300, 2, 30], [10_000, 10_000, 10_000, 50, 750])
    assert 0 < found[3] < found[4]


def test_rates_that_vary_less_than_chance_keep_their_poisson_part() -> None:
    # The moment estimate is negative, by more than the Poisson part of the last area alone.
    y, n = np.array([11.0, 9.0, 1030.0]), np.array([100.0, 100.0, 10_000.0])
    mean = 1050 / 10_200
    shared = np.sum(n * (y / n - mean) ** 2) / 10_200 - mean / 3400
    assert -mean / 100 < shared < -mean / 10_000
    expected = np.array([shared + mean / 100, shared + mean / 100, mean / 10_000])
    assert standardised_rates(y, n) == pytest.approx((y / n - mean) / np.sqrt(expected))


def test_missing_areas_are_left_out_of_the_mean() -> None:
    full = standardised_rates([1, 3, 5], [10, 10, 20])
    gaps = standardised_rates([1, np.nan, 3, 5], [10, 10, 10, 20])
    assert gaps[[0, 2, 3]] == pytest.approx(full)
    assert np.isnan(gaps[1])


@pytest.mark.parametrize(
    ("events", "population", "message"),
    [
        ([1, 2], [10], "one length"),
        ([-1, 2], [10, 10], "0 or above"),
        ([1, 2], [10, 0], "above 0"),
        ([0, 0], [10, 10], "at least one event"),
    ],
)
def test_bad_input_is_refused(events: list[float], population: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        standardised_rates(events, population)


def test_an_index_without_permutations_is_refused() -> None:
    with pytest.raises(ValueError, match="needs permutations"):
        morans_i_of_rates(DEATHS, BIRTHS, north_carolina(), permutations=0)
