from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from agriqa.stats.censored.kaplan_meier import kaplan_meier

from .published import (
    ATRAZINE,
    ATRAZINE_CENSORED,
    ATRAZINE_MONTHS,
    MANGANESE,
    MANGANESE_CENSORED,
    OAHU,
    OAHU_CENSORED,
    PYRENE,
    PYRENE_CENSORED,
)
from .strategies import samples


def test_oahu_arsenic_as_helsel_prints_it() -> None:
    fit = kaplan_meier(OAHU, OAHU_CENSORED)
    assert fit.median == 0.7
    assert fit.mean == pytest.approx(0.94895833, abs=5e-9)
    assert fit.sd_from_standard_error == pytest.approx(0.80680682, abs=5e-9)


def test_pyrene_as_cenfit_prints_it() -> None:
    # NADA2, vignette Censored Data Analysis: n 56, 11 censored.
    fit = kaplan_meier(PYRENE, PYRENE_CENSORED)
    assert (fit.n, fit.n_censored, fit.median) == (56, 11, 98.0)
    assert fit.mean == pytest.approx(164.2036, abs=5e-5)
    assert fit.sd_from_standard_error == pytest.approx(393.9509, abs=5e-5)


def test_pyrene_as_envstats_prints_it_with_the_residual_at_the_smallest_limit() -> None:
    # Same vignette, EnvStats enparCensored.
    fit = kaplan_meier(PYRENE, PYRENE_CENSORED, residual_mass="smallest_value")
    assert fit.mean == pytest.approx(164.09450, abs=5e-6)
    assert fit.sd == pytest.approx(389.41379, abs=5e-6)
    assert fit.residual_at == 28


def test_manganese_logarithms_as_the_unified_guidance_has_them() -> None:
    # US EPA (2009), section 15.3: mean 2.3092, sd 1.18; EnvStats the same to 4 digits.
    fit = kaplan_meier(np.log(MANGANESE), MANGANESE_CENSORED, residual_mass="smallest_value")
    assert fit.mean == pytest.approx(2.3092, abs=1e-4)
    assert fit.sd == pytest.approx(1.18, abs=5e-3)


@pytest.mark.parametrize(
    ("month", "median", "mean", "sd"),
    [
        (None, 0.03, 2.010208, 12.791612),
        ("June", 0.02, 0.04791667, 0.07541428),
        ("September", 0.06, 3.97250003, 18.08692684),
    ],
)
def test_atrazine_as_the_manual_of_nada_prints_it(
    month: str | None, median: float, mean: float, sd: float
) -> None:
    # NADA, cenfit-methods, example output.
    chosen = np.full(48, True) if month is None else month == ATRAZINE_MONTHS
    fit = kaplan_meier(ATRAZINE[chosen], ATRAZINE_CENSORED[chosen])
    assert fit.median == median
    assert fit.mean == pytest.approx(mean, abs=6e-7)
    assert fit.sd_from_standard_error == pytest.approx(sd, abs=6e-7)


@settings(deadline=None)
@given(samples())
def test_the_steps_are_those_of_the_flipped_right_censored_values(
    sample: tuple[list[float], list[bool]],
) -> None:
    values, censored = np.array(sample[0]), np.array(sample[1])
    fit = kaplan_meier(values, censored)
    flipped = stats.ecdf(stats.CensoredData.right_censored(10 - values, censored))
    for value, below, at_or_below in zip(fit.values, fit.below, fit.at_or_below, strict=True):
        assert flipped.sf.evaluate(10 - value) == pytest.approx(below, abs=1e-12)
        assert flipped.sf.evaluate(10 - value - 0.5) == pytest.approx(at_or_below, abs=1e-12)


@settings(deadline=None)
@given(st.lists(st.integers(1, 9).map(float), min_size=2, max_size=30))
def test_without_censoring_all_is_as_without_the_method(values: list[float]) -> None:
    fit = kaplan_meier(values, [False] * len(values))
    assert fit.mean == pytest.approx(np.mean(values))
    assert fit.sd == pytest.approx(np.std(values), abs=1e-9)
    assert fit.standard_error == pytest.approx(stats.sem(values), abs=1e-9)
    assert fit.residual == pytest.approx(0)
    assert fit.median == np.quantile(values, 0.5, method="inverted_cdf")
    assert fit.probability_below(5.0) == pytest.approx(np.mean(np.array(values) <= 5))


@settings(deadline=None)
@given(samples(), st.floats(0.01, 0.99))
def test_a_quantile_is_the_smallest_value_that_reaches_its_probability(
    sample: tuple[list[float], list[bool]], probability: float
) -> None:
    fit = kaplan_meier(*sample)
    found = float(fit.quantile(probability))
    if np.isnan(found):
        assert probability <= fit.residual + 1e-12
    else:
        j = int(np.searchsorted(fit.values, found))
        assert fit.at_or_below[j] >= probability - 1e-9
        assert fit.below[j] <= probability + 1e-9


@settings(deadline=None)
@given(samples(least=2))
def test_lower_limits_never_raise_the_mean_and_the_place_of_the_residual_only_lowers_it(
    sample: tuple[list[float], list[bool]],
) -> None:
    upper = kaplan_meier(*sample)
    lower = kaplan_meier(*sample, residual_mass="smallest_value")
    if not all(sample[1]):
        assert lower.mean <= upper.mean + 1e-12
        assert upper.mean <= max(v for v, c in zip(*sample, strict=True) if not c) + 1e-12


def test_the_standard_error_agrees_with_the_jackknife() -> None:
    rng = np.random.default_rng(1)
    values, limits = rng.lognormal(size=200), rng.lognormal(-0.7, 0.3, size=200)
    censored = values < limits
    observed = np.where(censored, limits, values)
    fit = kaplan_meier(observed, censored)
    means = [kaplan_meier(np.delete(observed, i), np.delete(censored, i)).mean for i in range(200)]
    jackknife = np.sqrt(199 * np.var(means))
    assert fit.standard_error == pytest.approx(jackknife, rel=0.02)


def test_upper_limits_differ_by_their_factor() -> None:
    fit = kaplan_meier(OAHU, OAHU_CENSORED)
    factors = [
        (fit.upper_confidence_limit(method=m) - fit.mean) / fit.standard_error
        for m in ("z", "t", "chebyshev")
    ]
    # Tables: z .95, t .95 with 23 degrees of freedom; sqrt(1 / 0.05 - 1).
    assert np.round(factors, 4).tolist() == [1.6449, 1.7139, 4.3589]


def test_the_upper_limit_covers_the_mean_about_as_often_as_said() -> None:
    rng = np.random.default_rng(2)
    # Below the limit nothing is known: the mean is that with all of the mass at the limit.
    z = (9 - 10) / 2
    truth = 9 * stats.norm.cdf(z) + 10 * stats.norm.sf(z) + 2 * stats.norm.pdf(z)
    hits = 0
    for _ in range(300):
        values = rng.normal(10, 2, size=60)
        censored = values < 9
        observed = np.where(censored, 9.0, values)
        fit = kaplan_meier(observed, censored, residual_mass="smallest_value")
        hits += fit.upper_confidence_limit() >= truth
    assert 0.91 <= hits / 300 <= 0.98


def test_with_nothing_detected_there_is_no_estimate() -> None:
    fit = kaplan_meier([1.0, 2.0], [True, True])
    assert np.isnan([fit.mean, fit.median, fit.sd, fit.standard_error]).all()
    assert np.isnan(fit.probability_below(3.0))
    assert (fit.residual, fit.n_censored) == (1.0, 2)


def test_a_median_below_the_smallest_detected_value_is_unknown() -> None:
    assert np.isnan(kaplan_meier([1, 1, 1, 2.0], [True, True, True, False]).median)


def test_missing_values_are_counted() -> None:
    assert kaplan_meier([1.0, np.nan, 2.0], [False, True, False]).n_missing == 1


@pytest.mark.parametrize("option", [{"residual_mass": "zero"}])
def test_an_unknown_option_is_refused(option: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="smallest_detected, smallest_value"):
        kaplan_meier([1.0], [False], **option)


def test_an_unknown_upper_limit_or_probability_is_refused() -> None:
    fit = kaplan_meier([1.0, 2.0], [False, False])
    with pytest.raises(ValueError, match="t, z, chebyshev"):
        fit.upper_confidence_limit(method="boot")
    with pytest.raises(ValueError, match="between 0 and 1"):
        fit.quantile(1.0)


@settings(max_examples=20, deadline=None)
@given(samples())
def test_the_summary_speaks_both_languages(sample: tuple[list[float], list[bool]]) -> None:
    fit = kaplan_meier(*sample)
    assert fit.summary().endswith("。")
    assert fit.summary("en").endswith(".")
    with pytest.raises(ValueError, match="zh, en"):
        fit.summary("fr")
