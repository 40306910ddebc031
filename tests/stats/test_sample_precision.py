from __future__ import annotations

from itertools import combinations, product
from math import erf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agriqa.stats.sample_precision import (
    mean_sample_size,
    proportion_sample_size,
    stratified_precision,
)


def test_precision_reproduces_cochran() -> None:
    # Cochran (1977), chapter 5: 64 cities; variance of the total 1 882 293 in
    # proportion and 1 090 827 at the optimum (standard errors 1372 and 1044).
    spread = np.sqrt([53_843, 5581])
    proportional = stratified_precision([6, 18], [16, 48], spread).variance * 64**2
    optimum = stratified_precision([12, 12], [16, 48], spread).variance * 64**2
    assert round(proportional) == 1_882_293
    assert round(optimum) == 1_090_827
    assert (round(sqrt(proportional)), round(sqrt(optimum))) == (1372, 1044)


def test_variance_is_that_over_all_possible_samples() -> None:
    units = ([1.0, 4.0, 6.0, 9.0], [2.0, 3.0, 7.0])
    means = [
        (4 * np.mean(a) + 3 * np.mean(b)) / 7
        for a, b in product(combinations(units[0], 2), combinations(units[1], 2))
    ]
    found = stratified_precision(
        [2, 2], [4, 3], [np.std(u, ddof=1) for u in units], mean=[np.mean(u) for u in units]
    )
    assert found.variance == pytest.approx(np.var(means))
    assert found.cv == pytest.approx(np.std(means) / np.mean(means))
    alone = [np.mean(a) for a in combinations(units[0], 2)]
    assert found.stratum_variance[0] == pytest.approx(np.var(alone))
    assert found.stratum_cv[0] == pytest.approx(np.std(alone) / np.mean(alone))


def test_a_stratum_without_a_sample_leaves_the_whole_unknown() -> None:
    found = stratified_precision([2, 0], [4, 3], [1, 1])
    assert np.isnan(found.stratum_variance[1])
    assert np.isnan(found.variance)
    assert np.isnan(found.cv)


def test_an_empty_stratum_adds_nothing() -> None:
    found = stratified_precision([2, 0], [4, 0], [1, 1])
    assert found.variance == pytest.approx(0.25)


def test_sample_size_reproduces_cochran() -> None:
    # Cochran (1977), section 4.4: t = 2, p = 0.5, margin 0.05: 400, and 356 of 3200.
    two = erf(sqrt(2))
    assert int(proportion_sample_size(0.05, confidence=two)) == 400
    assert int(proportion_sample_size(0.05, confidence=two, population=3200)) == 356


def test_sample_sizes_of_means_reproduce_cochran_and_scheaffer() -> None:
    # Cochran (1977), section 4.6: seedlings in 430 feet of bed, S**2 = 85.6, mean 19 to
    # within a tenth, t = 2: 78. Scheaffer et al., chapter 4: accounts of a hospital,
    # N = 1000, standard deviation 25, bound 3 of two standard errors: 218.
    two = erf(sqrt(2))
    assert int(mean_sample_size(1.9, 85.6**0.5, confidence=two)) == 95
    assert int(mean_sample_size(1.9, 85.6**0.5, confidence=two, population=430)) == 78
    assert int(mean_sample_size(3, 25, confidence=two, population=1000)) == 218


@given(st.floats(0.1, 5), st.floats(0.1, 20), st.integers(2, 5000))
def test_a_sample_size_of_a_mean_is_the_smallest_within_the_margin(
    margin: float, deviation: float, population: int
) -> None:
    n = int(mean_sample_size(margin, deviation, population=population))

    def half_width(units: int) -> float:
        return 1.959964 * deviation * ((1 - units / population) / units) ** 0.5

    assert n <= population
    assert half_width(n) <= margin * (1 + 1e-6)
    assert n == 1 or half_width(n - 1) > margin * (1 - 1e-6)


def test_sample_sizes_reproduce_krejcie_and_morgan() -> None:
    # Krejcie and Morgan (1970), Educ. Psychol. Meas. 30, table 1.
    sizes = [100, 1000, 5000, 10_000]
    assert proportion_sample_size(0.05, population=sizes).tolist() == [80, 278, 357, 370]


@given(st.floats(0.02, 0.3), st.floats(0.05, 0.95), st.integers(1, 5000))
def test_a_sample_size_is_the_smallest_within_the_margin(
    margin: float, p: float, population: int
) -> None:
    n = int(proportion_sample_size(margin, proportion=p, population=population))

    def reach(size: int) -> float:
        if size >= population:
            return 0.0
        return 1.959963985 * sqrt(p * (1 - p) / size * (population - size) / (population - 1))

    assert reach(n) <= margin * (1 + 1e-6)
    assert n == 1 or reach(n - 1) >= margin * (1 - 1e-6)


def test_a_design_effect_multiplies_the_sample() -> None:
    assert int(proportion_sample_size(0.05, design_effect=2)) == 769


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: stratified_precision([5], [4], [1]), "above population"),
        (lambda: stratified_precision([1], [4, 5], [1]), "same length"),
        (lambda: stratified_precision([-1], [4], [1]), "allocation"),
        (lambda: proportion_sample_size(0), "margin"),
        (lambda: proportion_sample_size(0.1, confidence=1), "confidence"),
        (lambda: mean_sample_size(0, 1), "margin must be above 0"),
        (lambda: mean_sample_size(1, np.nan), "both finite"),
        (lambda: mean_sample_size(1, 1, population=0), "population"),
        (lambda: proportion_sample_size(0.1, population=0), "population"),
    ],
)
def test_bad_input_is_refused(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]
