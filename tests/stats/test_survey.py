from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.stratified import stratified_mean
from agriqa.stats.survey import (
    domain_estimates,
    survey_mean,
    survey_proportion,
    survey_ratio,
    survey_total,
)
from agriqa.stats.surveydesign import survey_design

# Stata, fpc.dta of the survey reference manual, also data(fpc) of R's survey: two
# strata, clusters of one unit, 15 and 12 clusters in the population.
FPC_X = [2.8, 4.1, 6.8, 6.8, 9.2, 3.7, 6.6, 4.2]
FPC_WEIGHTS = [3, 3, 3, 3, 3, 4, 4, 4]
FPC_STRATA = [1, 1, 1, 1, 1, 2, 2, 2]
FPC_CLUSTERS = [1, 2, 3, 4, 5, 1, 2, 3]
FPC_POPULATION = [15, 15, 15, 15, 15, 12, 12, 12]

# Lohr (1999), Sampling: Design and Analysis, example 5.2: grade point averages of
# the four students in each of 5 suites drawn from 100.
GRADES = [
    *(3.08, 2.60, 3.44, 3.04),
    *(2.36, 3.04, 3.28, 2.68),
    *(2.00, 2.56, 2.52, 1.88),
    *(3.00, 2.88, 3.44, 3.64),
    *(2.68, 1.92, 3.28, 3.20),
]

# R survey 4.5, data(api): the awards of apistrat by stratum stype.
SCHOOLS = np.repeat([100, 50, 50], [100, 50, 50])
POPULATION = np.repeat([4421, 755, 1018], [100, 50, 50])
STYPE = np.repeat(["E", "H", "M"], [100, 50, 50])
NO_AWARD = np.r_[np.arange(100) < 27, np.arange(50) < 34, np.arange(50) < 26]


def _api() -> object:
    return survey_design(POPULATION / SCHOOLS, strata=STYPE, population=POPULATION)


def test_means_reproduce_statas_fpc_data() -> None:
    corrected = survey_design(
        FPC_WEIGHTS, strata=FPC_STRATA, clusters=FPC_CLUSTERS, population=FPC_POPULATION
    )
    plain = survey_design(FPC_WEIGHTS, strata=FPC_STRATA, clusters=FPC_CLUSTERS)
    assert round(survey_mean(FPC_X, corrected).estimate, 6) == 5.448148
    assert round(survey_mean(FPC_X, corrected).standard_error, 7) == 0.6160407
    assert round(survey_mean(FPC_X, plain).standard_error, 7) == 0.7412683
    assert corrected.degrees_of_freedom == 6


def test_cluster_sample_of_grades_reproduces_lohr() -> None:
    suites = np.repeat(np.arange(5), 4)
    design = survey_design([20] * 20, clusters=suites, population=[100] * 20)
    found = survey_mean(GRADES, design)
    assert round(found.estimate, 3) == 2.826
    assert round(found.standard_error, 3) == 0.164
    assert round(survey_total(GRADES, design).estimate, 1) == 1130.4


def test_foreign_cars_reproduce_stata() -> None:
    # Stata, svymean foreign of sysuse auto, 22 of 74 cars: J. Pitblado, Statalist, 27 August
    # 2004; Deff 1.
    found = survey_proportion(np.arange(74) < 22, survey_design(np.ones(74)), interval="wald")
    assert round(found.estimate, 7) == 0.2972973
    assert round(found.standard_error, 7) == 0.0534958
    assert (round(found.low, 7), round(found.high, 7)) == (0.1906803, 0.4039143)
    assert found.design_effect_with_replacement == pytest.approx(1)


def test_awards_reproduce_the_r_package_survey() -> None:
    # As recorded in test/r_reference of xKDR/Survey.jl.
    found = survey_proportion(NO_AWARD, _api())
    assert found.estimate == pytest.approx(0.36106393283823, rel=1e-12)
    assert found.standard_error == pytest.approx(0.0344059182016133, rel=1e-12)
    assert found.degrees_of_freedom == 197
    total = survey_total(~NO_AWARD, _api())
    assert total.estimate == pytest.approx(3957.57, rel=1e-12)
    assert total.standard_error == pytest.approx(213.110257340793, rel=1e-12)


def test_a_share_fixed_by_the_strata_has_no_error() -> None:
    found = survey_proportion(STYPE == "E", _api(), interval="korn_graubard")
    assert found.estimate == pytest.approx(0.713755247013237, rel=1e-12)
    assert found.standard_error == pytest.approx(0, abs=1e-12)
    assert found.low == pytest.approx(found.estimate)


@given(st.integers(0, 10_000))
@settings(max_examples=30)
def test_a_stratified_sample_agrees_with_the_stratum_formulas(seed: int) -> None:
    generator = np.random.default_rng(seed)
    n, sizes = generator.integers(2, 12, 3), generator.integers(12, 90, 3)
    groups = [generator.normal(place, 2, size) for place, size in enumerate(n)]
    design = survey_design(
        np.repeat(sizes / n, n),
        strata=np.repeat([0, 1, 2], n),
        population=np.repeat(sizes, n),
    )
    expected = stratified_mean(
        [g.mean() for g in groups], [g.var(ddof=1) for g in groups], n, population=sizes
    )
    y = np.concatenate(groups)
    for found in (
        survey_mean(y, design),
        survey_mean(y, design, population_size=float(sizes.sum())),
    ):
        assert found.estimate == pytest.approx(expected.estimate)
        assert found.low == pytest.approx(expected.low)
        assert found.high == pytest.approx(expected.high)
    assert survey_total(y, design).standard_error == pytest.approx(expected.total_standard_error)
    assert expected.standard_error == pytest.approx(survey_mean(y, design).standard_error)


def test_over_all_samples_the_total_and_its_variance_are_unbiased() -> None:
    y = np.array([1.0, 4.0, 4.0, 7.0, 12.0, 3.0])
    samples = [list(chosen) for chosen in combinations(range(6), 3)]
    design = survey_design([2] * 3, population=[6] * 3)
    found = [survey_total(y[chosen], design) for chosen in samples]
    totals = [one.estimate for one in found]
    assert np.mean(totals) == pytest.approx(y.sum())
    assert np.mean([one.standard_error**2 for one in found]) == pytest.approx(np.var(totals))


def test_a_simple_sample_has_design_effects_of_one() -> None:
    y = [1.0, 5.0, 2.0, 8.0, 3.0]
    found = survey_mean(y, survey_design([4] * 5, population=[20] * 5))
    assert found.design_effect == pytest.approx(1)
    assert found.design_effect_with_replacement == pytest.approx(0.75)
    plain = survey_mean(y, survey_design([4] * 5))
    assert plain.design_effect_with_replacement == pytest.approx(1)
    assert plain.effective_n == pytest.approx(5)


def test_a_mean_is_the_ratio_to_the_count_and_a_domain_a_ratio_to_its_members() -> None:
    generator = np.random.default_rng(1)
    y, inside = generator.normal(10, 2, 24), np.tile([True, False, True], 8)
    design = survey_design(
        generator.uniform(1, 5, 24), strata=np.repeat([1, 2], 12), clusters=np.arange(24) // 3
    )
    members = inside.astype(float)
    domain, ratio = (
        survey_mean(y, design, domain=inside),
        survey_ratio(y * members, members, design),
    )
    assert domain.estimate == pytest.approx(ratio.estimate)
    assert domain.standard_error == pytest.approx(ratio.standard_error)
    assert domain.n == 16


def test_a_constant_ratio_has_no_error() -> None:
    x = np.array([1.0, 4.0, 2.0, 9.0])
    found = survey_ratio(3 * x, x, survey_design([1, 2, 3, 4]))
    assert found.estimate == pytest.approx(3)
    assert found.standard_error == pytest.approx(0, abs=1e-12)


def test_units_without_a_value_are_outside_the_domain() -> None:
    design = survey_design([2, 3, 4, 5])
    y = [1.0, np.nan, 3.0, 6.0]
    known = np.array([True, False, True, True])
    assert survey_mean(y, design) == survey_mean([1.0, 9.0, 3.0, 6.0], design, domain=known)
    assert survey_ratio([1.0, 2.0, 3.0, 6.0], y, design).n == 3


def test_known_size_divides_the_total() -> None:
    design = survey_design([2, 3, 4])
    total = survey_total([1, 2, 3], design)
    found = survey_mean([1, 2, 3], design, population_size=10)
    assert found.estimate == pytest.approx(total.estimate / 10)
    assert found.standard_error == pytest.approx(total.standard_error / 10)


def test_domains_are_estimated_one_a_row() -> None:
    design = _api()
    found = domain_estimates(
        STYPE, lambda domain: survey_proportion(NO_AWARD, design, domain=domain)
    )
    assert found.index.tolist() == ["E", "H", "M"]
    assert found["estimate"].tolist() == pytest.approx([0.27, 0.68, 0.52])
    assert found["n"].tolist() == [100, 50, 50]


def test_a_proportion_of_none_has_a_korn_graubard_limit() -> None:
    found = survey_proportion([0] * 30, survey_design([5] * 30), interval="korn_graubard")
    assert found.low == 0
    assert round(found.high, 4) == 0.1157
    assert found.effective_n == 30


def test_the_summary_carries_estimate_and_units() -> None:
    found = survey_mean([1.0, 2.0, 3.0], survey_design([1, 1, 1]))
    assert "3 个样本" in found.summary()
    assert "Estimate 2 " in found.summary("en")
    with pytest.raises(ValueError, match="zh, en"):
        found.summary("fr")


def test_bad_input_is_refused() -> None:
    design = survey_design([1, 2, 3])
    with pytest.raises(ValueError, match="as long as"):
        survey_mean([1, 2], design)
    with pytest.raises(ValueError, match="true or false"):
        survey_mean([1, 2, 3], design, domain=[1, 0, 1])
    with pytest.raises(ValueError, match="no unit"):
        survey_total([np.nan] * 3, design)
    with pytest.raises(ValueError, match="population_size"):
        survey_mean([1, 2, 3], design, population_size=0)
    with pytest.raises(ValueError, match="not be 0"):
        survey_ratio([1, 2, 3], [0, 0, 0], design)
    with pytest.raises(ValueError, match="both values"):
        survey_ratio([1, np.nan, np.nan], [np.nan, 2, 3], design)
    with pytest.raises(ValueError, match="0 or 1"):
        survey_proportion([0, 2, 1], design)
    with pytest.raises(ValueError, match="logit, korn_graubard, wald"):
        survey_proportion([0, 1, 1], design, interval="beta")
    with pytest.raises(ValueError, match="confidence"):
        survey_mean([1, 2, 3], design, confidence=95)
