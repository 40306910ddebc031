from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.stratified import stratified_mean, stratified_proportion

# Lohr (1999), Sampling: Design and Analysis, example 4.2: acres devoted to farms,
# strata Northeast, North Central, South and West of the Census of Agriculture.
COUNTIES = [220, 1054, 1382, 422]
SAMPLED = [21, 103, 135, 41]
ACRES = [97629.8, 300504.2, 211315.0, 662295.5]
VARIANCE = [7647472708, 29618183543, 53587487856, 396185950266]


def test_farm_acres_reproduce_lohr() -> None:
    found = stratified_mean(ACRES, VARIANCE, SAMPLED, population=COUNTIES)
    assert found.total == pytest.approx(909_736_034, rel=1e-7)
    assert found.total_standard_error == pytest.approx(50_417_248, abs=1)
    assert found.estimate == pytest.approx(295_560.8, abs=0.1)
    assert found.standard_error == pytest.approx(16_379.9, abs=0.1)
    assert found.degrees_of_freedom == 296


def test_television_hours_reproduce_scheaffer() -> None:
    # Scheaffer, Mendenhall and Ott, Elementary Survey Sampling, example 5.2: 27.7 hours,
    # variance 1.97.
    found = stratified_mean(
        [33.900, 25.125, 19.000],
        [35.358, 232.411, 87.636],
        [20, 8, 12],
        population=[155, 62, 93],
    )
    assert round(found.estimate, 1) == 27.7
    assert round(found.standard_error**2, 2) == 1.97


def test_school_awards_reproduce_the_r_package_survey() -> None:
    # R survey 4.5, data(api): svymean and svytotal of awards "No", apistrat, strata
    # stype E, H, M with fpc; as recorded in test/r_reference of xKDR/Survey.jl.
    found = stratified_proportion([27, 34, 26], [100, 50, 50], population=[4421, 755, 1018])
    assert found.estimate == pytest.approx(0.36106393283823, rel=1e-12)
    assert found.standard_error == pytest.approx(0.0344059182016133, rel=1e-12)
    assert found.total == pytest.approx(2236.43)
    assert found.total_standard_error == pytest.approx(213.110257340793, rel=1e-12)
    assert found.degrees_of_freedom == 197


@given(
    st.lists(
        st.integers(2, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
        min_size=1,
        max_size=8,
    ),
    st.data(),
)
@settings(max_examples=50)
def test_a_proportion_is_the_mean_of_zeros_and_ones(
    groups: list[tuple[int, int]], data: st.DataObject
) -> None:
    x, n = np.array(groups).T
    population = n + data.draw(
        st.lists(st.integers(0, 100), min_size=len(n), max_size=len(n)).map(np.array)
    )
    units = [np.r_[np.ones(a), np.zeros(b - a)] for a, b in groups]
    means = [unit.mean() for unit in units]
    variances = [unit.var(ddof=1) for unit in units]
    first = stratified_proportion(x, n, population=population, interval="wald")
    second = stratified_mean(means, variances, n, population=population)
    assert first.estimate == pytest.approx(second.estimate)
    assert first.standard_error == pytest.approx(second.standard_error)
    assert first.low <= first.estimate + 1e-12
    assert first.estimate <= first.high + 1e-12


def test_the_standard_error_is_that_of_repeated_samples() -> None:
    generator = np.random.default_rng(3)
    strata = [generator.normal(size=30), generator.normal(5, 3, size=60)]
    estimates = []
    for _ in range(3000):
        drawn = [generator.choice(units, 12, replace=False) for units in strata]
        estimates.append((30 * drawn[0].mean() + 60 * drawn[1].mean()) / 90)
    exact = stratified_mean(
        [units.mean() for units in strata],
        [units.var(ddof=1) for units in strata],
        [12, 12],
        population=[30, 60],
    )
    assert np.std(estimates) == pytest.approx(exact.standard_error, rel=0.05)


def test_weights_of_any_scale_give_the_weighted_rate() -> None:
    found = stratified_proportion([48, 20], [50, 25], weight=[300, 100])
    assert found.estimate == pytest.approx(0.75 * 0.96 + 0.25 * 0.8)
    assert found.estimate == stratified_proportion([48, 20], [50, 25], weight=[3, 1]).estimate
    assert np.isnan(found.total)


def test_a_stratum_without_weight_is_left_out() -> None:
    whole = stratified_mean([1, 2, np.nan], [1, 1, np.nan], [5, 5, 0], weight=[2, 1, 0])
    assert astuple(whole) == pytest.approx(
        astuple(stratified_mean([1, 2], [1, 1], [5, 5], weight=[2, 1])), nan_ok=True
    )


def test_a_stratum_sampled_whole_adds_no_variance() -> None:
    found = stratified_mean([1, 7], [4, np.nan], [5, 1], population=[50, 1])
    assert found.standard_error == pytest.approx(50 / 51 * np.sqrt(0.9 * 4 / 5))


def test_single_unit_strata_follow_the_stated_policy() -> None:
    strata = ([1, 2, 3], [4, 4, np.nan], [5, 5, 1])
    sizes = {"population": [50, 50, 20]}
    with pytest.raises(ValueError, match="average"):
        stratified_mean(*strata, **sizes)
    certain = stratified_mean(*strata, **sizes, single_unit="certainty")
    average = stratified_mean(*strata, **sizes, single_unit="average")
    assert average.standard_error**2 == pytest.approx(1.5 * certain.standard_error**2)
    with pytest.raises(ValueError, match="refuse, average, certainty"):
        stratified_mean(*strata, **sizes, single_unit="merge")
    with pytest.raises(ValueError, match="several units"):
        stratified_mean([1], [0], [1], weight=[1], single_unit="average")


def test_the_summary_carries_the_estimate() -> None:
    found = stratified_mean([10, 20], [4, 9], [5, 5], weight=[1, 1])
    assert "15" in found.summary()
    assert "from 10 units" in found.summary("en")
    with pytest.raises(ValueError, match="zh, en"):
        found.summary("fr")


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="give population"):
        stratified_mean([1], [1], [5])
    with pytest.raises(ValueError, match="one length"):
        stratified_mean([1, 2], [1], [5], weight=[1])
    with pytest.raises(ValueError, match="as long as n"):
        stratified_mean([1], [1], [5], weight=[1, 2])
    with pytest.raises(ValueError, match="at least n"):
        stratified_mean([1], [1], [5], population=[4])
    with pytest.raises(ValueError, match="weights must be 0 or more"):
        stratified_mean([1, 1], [1, 1], [5, 5], weight=[1, -1])
    with pytest.raises(ValueError, match="at least one unit"):
        stratified_proportion([1, 0], [5, 0], weight=[1, 1])
    with pytest.raises(ValueError, match="variances"):
        stratified_mean([1], [-1], [5], weight=[1])
    with pytest.raises(ValueError, match="no mean"):
        stratified_mean([np.nan], [1], [5], weight=[1])
    with pytest.raises(ValueError, match="no x"):
        stratified_proportion([np.nan], [5], weight=[1])
    with pytest.raises(ValueError, match="between 0 and n"):
        stratified_proportion([6], [5], weight=[1])
    with pytest.raises(ValueError, match="logit, korn_graubard, wald"):
        stratified_proportion([3], [5], weight=[1], interval="exact")


def test_rounding_takes_no_proportion_above_one() -> None:
    # These shares add up to a little more than one.
    n = np.array([3, 4, 5, 6, 7, 8])
    for weight in np.random.default_rng(1).uniform(size=(50, 6)):
        found = stratified_proportion(n, n, weight=weight, interval="korn_graubard")
        assert found.estimate == pytest.approx(1)
        assert found.estimate <= 1
