from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import comb
from scipy.stats import chi2_contingency

from agriqa.stats.homogeneity import cochran_armitage_trend, proportion_homogeneity

# Agresti (2013), Categorical Data Analysis, 3rd ed., table 5.3 (Graubard & Korn
# 1987): alcohol consumption and malformations.
MALFORMED = [48, 38, 5, 1, 1]
BORN = [17114, 14502, 793, 127, 38]
DRINKS = [0, 0.5, 1.5, 4, 7]
# Fleiss (1981), p. 139, smokers in four groups: R, help(prop.test), help(prop.trend.test).
SMOKERS = [83, 90, 129, 70]
PATIENTS = [86, 93, 136, 82]

SMALL = st.lists(
    st.integers(1, 6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=2,
    max_size=4,
)


def test_trend_reproduces_agresti_on_alcohol_and_malformation() -> None:
    found = cochran_armitage_trend(MALFORMED, BORN, scores=DRINKS)
    assert round(found.z**2, 2) == 6.57
    assert round(found.p_value, 4) == 0.0104


def test_chi_square_reproduces_agresti_on_alcohol_and_malformation() -> None:
    found = proportion_homogeneity(MALFORMED, BORN, method="chi_square")
    assert round(found.statistic, 1) == 12.1
    assert found.degrees_of_freedom == 4
    assert found.few_expected


def test_both_tests_reproduce_r_on_smokers() -> None:
    found = proportion_homogeneity(SMOKERS, PATIENTS)
    assert round(found.statistic, 4) == 12.6004
    assert round(found.p_value, 6) == 0.005585
    assert found.method == "chi_square"
    trend = cochran_armitage_trend(SMOKERS, PATIENTS)
    assert round(trend.z**2, 4) == 8.2249
    assert round(trend.p_value, 6) == 0.004132


def test_corrected_chi_square_reproduces_r_on_aspirin() -> None:
    # Agresti, Introduction to Categorical Data Analysis, Physicians' Health Study: 25.01;
    # R, prop.test(c(189, 104), c(11034, 11037)): X-squared = 24.429, p-value = 7.71e-07.
    plain = proportion_homogeneity([189, 104], [11034, 11037])
    assert round(plain.statistic, 2) == 25.01
    found = proportion_homogeneity([189, 104], [11034, 11037], continuity_correction=True)
    assert round(found.statistic, 3) == 24.429
    assert round(found.p_value, 9) == 7.71e-07
    # A count within half a unit of its expectation is at it.
    alike = proportion_homogeneity(
        [50, 50], [100, 101], method="chi_square", continuity_correction=True
    )
    assert (alike.statistic, alike.p_value) == (0, 1)


def test_both_tests_reproduce_armitage_on_tonsils() -> None:
    # Armitage (1955), Biometrics 11: carriers of Streptococcus pyogenes by size of tonsils;
    # total chi-square 7.88, trend 7.19.
    carriers, children = [19, 29, 24], [516, 589, 293]
    assert round(proportion_homogeneity(carriers, children).statistic, 2) == 7.88
    assert round(cochran_armitage_trend(carriers, children).z ** 2, 2) == 7.19


def test_slope_reproduces_fagerland_lydersen_and_laake() -> None:
    # Fagerland et al. (2017), chapter 5, betahat of the tests of R's contingencytables.
    found = cochran_armitage_trend([8, 10, 11, 22, 6], [61, 58, 111, 124, 135])
    assert round(found.slope, 4) == -0.0194


@given(SMALL.filter(lambda groups: 0 < sum(x for x, _ in groups) < sum(n for _, n in groups)))
@settings(max_examples=40)
def test_chi_square_agrees_with_scipy(groups: list[tuple[int, int]]) -> None:
    x, n = np.array(groups).T
    found = proportion_homogeneity(x, n, method="chi_square")
    expected = chi2_contingency(np.array([x, n - x]), correction=False)
    assert found.statistic == pytest.approx(expected.statistic, abs=1e-9)
    assert found.p_value == pytest.approx(expected.pvalue)
    assert found.smallest_expected == pytest.approx(expected.expected_freq.min())


@given(SMALL)
@settings(max_examples=40)
def test_exact_p_value_agrees_with_listing_every_table(groups: list[tuple[int, int]]) -> None:
    x, n = np.array(groups).T
    tables = [t for t in product(*(range(size + 1) for size in n)) if sum(t) == x.sum()]
    chances = np.array([np.prod(comb(n, t)) for t in tables])
    likely = chances <= np.prod(comb(n, x)) * (1 + 1e-9)
    expected = chances[likely].sum() / chances.sum()
    assert proportion_homogeneity(x, n, method="exact").p_value == pytest.approx(expected)


def test_exact_test_of_two_groups_is_fishers() -> None:
    # Fagerland et al. (2017), chapter 4, CHRNA4 genotype: P = 0.06287.
    found = proportion_homogeneity([0, 15], [16, 72], method="exact")
    assert round(found.p_value, 5) == 0.06287


def test_monte_carlo_is_near_exact_and_repeats_with_its_seed() -> None:
    x, n = [0, 1, 3, 0, 2], [4, 6, 5, 7, 3]
    exact = proportion_homogeneity(x, n, method="exact").p_value
    drawn = proportion_homogeneity(x, n, method="monte_carlo", seed=5)
    assert drawn.p_value == pytest.approx(exact, abs=4 * np.sqrt(exact / 20_000))
    assert drawn == proportion_homogeneity(x, n, method="monte_carlo", seed=5)


def test_the_method_follows_the_expected_counts() -> None:
    assert proportion_homogeneity([20, 25], [50, 50]).method == "chi_square"
    assert proportion_homogeneity([1, 2], [5, 5]).method == "exact"
    assert proportion_homogeneity([1, 2] * 20, [9, 9] * 20, resamples=100).method == "monte_carlo"


def test_only_successes_leave_no_statistic_and_a_p_value_of_one() -> None:
    found = proportion_homogeneity([4, 6], [4, 6])
    assert np.isnan(found.statistic)
    assert found.p_value == 1


def test_groups_without_trials_or_values_are_left_out() -> None:
    gaps = proportion_homogeneity([20, 0, 30, np.nan], [50, 0, 50, 5])
    assert gaps == proportion_homogeneity([20, 30], [50, 50])
    trend = cochran_armitage_trend([1, 0, 3, 4], [9, 0, 9, 9], scores=[0, 1, 2, 5])
    assert trend == cochran_armitage_trend([1, 3, 4], [9, 9, 9], scores=[0, 2, 5])


@given(
    st.lists(
        st.integers(1, 30).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
        min_size=3,
        max_size=6,
    ).filter(lambda groups: 0 < sum(x for x, _ in groups) < sum(n for _, n in groups)),
    st.floats(-5, 5),
    st.floats(0.1, 9),
)
@settings(max_examples=50)
def test_trend_is_the_correlation_of_score_and_outcome_at_any_scale(
    groups: list[tuple[int, int]], shift: float, scale: float
) -> None:
    x, n = np.array(groups).T
    units = np.repeat(np.arange(len(n)), n)
    outcome = np.concatenate([np.arange(size) < passed for passed, size in groups])
    expected = np.corrcoef(units, outcome)[0, 1] * np.sqrt(len(units))
    scores = shift + scale * np.arange(len(n))
    found = cochran_armitage_trend(x, n, scores=scores)
    assert found.z == pytest.approx(expected, abs=1e-9)
    assert found.slope == pytest.approx(np.polyfit(units, outcome, 1)[0] / scale, abs=1e-9)
    sample = cochran_armitage_trend(x, n, scores=scores, variance="sample")
    assert sample.z == pytest.approx(expected * np.sqrt(1 - 1 / len(units)), abs=1e-9)


def test_one_sided_trends_share_out_the_p_value() -> None:
    rising = cochran_armitage_trend(MALFORMED, BORN, alternative="increasing").p_value
    falling = cochran_armitage_trend(MALFORMED, BORN, alternative="decreasing").p_value
    both = cochran_armitage_trend(MALFORMED, BORN).p_value
    assert rising + falling == pytest.approx(1)
    assert both == pytest.approx(2 * min(rising, falling))


def test_no_success_at_all_has_no_trend() -> None:
    found = cochran_armitage_trend([0, 0, 0], [4, 5, 6])
    assert np.isnan([found.z, found.p_value, found.residual_chi_square]).all()
    assert found.slope == 0


def test_summaries_carry_the_p_value() -> None:
    for found in (
        proportion_homogeneity(SMOKERS, PATIENTS),
        cochran_armitage_trend(SMOKERS, PATIENTS),
    ):
        for language in ("zh", "en"):
            assert f"{found.p_value:.4f}" in found.summary(language)
        with pytest.raises(ValueError, match="zh, en"):
            found.summary("fr")


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2 groups"):
        proportion_homogeneity([1, 0], [4, 0])
    with pytest.raises(ValueError, match="one length"):
        proportion_homogeneity([1, 2], [4, 5, 6])
    with pytest.raises(ValueError, match="whole"):
        proportion_homogeneity([1.5, 2], [4, 5])
    with pytest.raises(ValueError, match="between 0 and n"):
        proportion_homogeneity([5, 2], [4, 5])
    with pytest.raises(ValueError, match="auto, chi_square"):
        proportion_homogeneity([1, 2], [4, 5], method="g")
    with pytest.raises(ValueError, match="resamples"):
        proportion_homogeneity([1, 2], [4, 5], method="monte_carlo", resamples=0)
    with pytest.raises(ValueError, match="monte_carlo"):
        proportion_homogeneity([4] * 30, [9] * 30, method="exact")
    with pytest.raises(ValueError, match="not all equal"):
        cochran_armitage_trend([1, 2], [4, 5], scores=[1, 1])
    with pytest.raises(ValueError, match="as many as"):
        cochran_armitage_trend([1, 2], [4, 5], scores=[1, 2, 3])
    with pytest.raises(ValueError, match="two-sided"):
        cochran_armitage_trend([1, 2], [4, 5], alternative="up")
    with pytest.raises(ValueError, match="population, sample"):
        cochran_armitage_trend([1, 2], [4, 5], variance="n")
