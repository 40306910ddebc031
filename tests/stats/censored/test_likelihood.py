from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from agriqa.stats.censored.likelihood import LikelihoodFit, maximum_likelihood

from .published import (
    MANGANESE,
    MANGANESE_CENSORED,
    OAHU,
    OAHU_CENSORED,
    PYRENE,
    PYRENE_CENSORED,
)

DISTRIBUTIONS = ["log-normal", "normal", "gamma"]


def test_oahu_arsenic_as_helsel_prints_it() -> None:
    fit = maximum_likelihood(OAHU, OAHU_CENSORED)
    assert [fit.median, fit.mean, fit.sd] == pytest.approx(
        [0.77660066, 0.94525852, 0.65592615], abs=5e-9
    )


def test_pyrene_as_censtats_prints_it() -> None:
    # NADA2, vignette Censored Data Analysis.
    fit = maximum_likelihood(PYRENE, PYRENE_CENSORED)
    assert fit.median == pytest.approx(91.64813, abs=5e-6)
    assert [fit.mean, fit.sd] == pytest.approx([133.9142, 142.6698], abs=5e-5)


def test_manganese_as_envstats_prints_it() -> None:
    # EnvStats manual, elnormCensored and elnormAltCensored, method mle.
    fit = maximum_likelihood(MANGANESE, MANGANESE_CENSORED)
    assert [fit.location, fit.scale] == pytest.approx([2.215905, 1.356291], abs=5e-7)
    assert [fit.mean, fit.sd / fit.mean] == pytest.approx([23.003987, 2.300772], abs=6e-7)


def _frozen(fit: LikelihoodFit) -> stats.rv_continuous:
    if fit.distribution == "normal":
        return stats.norm(fit.location, fit.scale)
    if fit.distribution == "gamma":
        return stats.gamma(fit.location, scale=fit.scale)
    return stats.lognorm(fit.scale, scale=np.exp(fit.location))


def _data(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Detected, below one of two detection limits, or between that and a quantification limit."""
    rng = np.random.default_rng(seed)
    values = rng.lognormal(size=60)
    detection = rng.choice([0.3, 0.6], size=60)
    between = (values >= detection) & (values < 2 * detection)
    absent = values < detection
    upper = np.where(absent, detection, np.where(between, 2 * detection, values))
    return upper, absent | between, np.where(between, detection, np.nan)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_fit_is_the_maximum_of_the_likelihood_of_scipy(distribution: str, seed: int) -> None:
    upper, censored, lower = _data(seed)
    fit = maximum_likelihood(upper, censored, lower=lower, distribution=distribution)
    low = np.where(np.isnan(lower), -np.inf if distribution == "normal" else 0.0, lower)

    def height(location: float, scale: float) -> float:
        like = _frozen(
            LikelihoodFit(distribution, location, scale, fit.covariance, 0, 0, 0, 0, 0, 0, 0)
        )
        inside = like.cdf(upper[censored]) - like.cdf(low[censored])
        return float(like.logpdf(upper[~censored]).sum() + np.log(inside).sum())

    top = height(fit.location, fit.scale)
    assert fit.log_likelihood == pytest.approx(top, abs=1e-8)
    for step in (-1e-3, 1e-3):
        assert height(fit.location + step, fit.scale) < top
        assert height(fit.location, fit.scale + step) < top
    # The gradient is zero to rounding.
    for h in (np.array([1e-5, 0.0]), np.array([0.0, 1e-5])):
        up = height(fit.location + h[0], fit.scale + h[1])
        down = height(fit.location - h[0], fit.scale - h[1])
        assert (up - down) / 2e-5 == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_moments_and_quantiles_are_those_of_the_distribution(distribution: str) -> None:
    upper, censored, lower = _data(3)
    fit = maximum_likelihood(upper, censored, lower=lower, distribution=distribution)
    like = _frozen(fit)
    assert [fit.mean, fit.sd, fit.median] == pytest.approx([like.mean(), like.std(), like.median()])
    assert fit.quantile([0.05, 0.975]) == pytest.approx(like.ppf([0.05, 0.975]))
    assert fit.akaike == pytest.approx(4 - 2 * fit.log_likelihood)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(0.1, 100), min_size=3, max_size=20, unique=True))
def test_without_censoring_the_normal_fits_are_mean_and_standard_deviation(
    values: list[float],
) -> None:
    assume(np.std(values) > 0.05)
    censored = [False] * len(values)
    plain = maximum_likelihood(values, censored, distribution="normal")
    assert [plain.mean, plain.sd] == pytest.approx([np.mean(values), np.std(values)], rel=1e-8)
    assert plain.standard_error == pytest.approx(np.std(values) / np.sqrt(len(values)), rel=1e-6)
    logged = maximum_likelihood(values, censored)
    assert logged.location == pytest.approx(np.mean(np.log(values)), abs=1e-8)


@settings(max_examples=8, deadline=None)
@given(st.floats(1e-4, 1e4), st.sampled_from(["log-normal", "gamma"]))
def test_the_unit_of_measurement_does_not_matter(unit: float, distribution: str) -> None:
    upper, censored, lower = _data(4)
    one = maximum_likelihood(upper, censored, lower=lower, distribution=distribution)
    two = maximum_likelihood(unit * upper, censored, lower=unit * lower, distribution=distribution)
    assert [two.mean, two.sd, two.standard_error] == pytest.approx(
        [unit * one.mean, unit * one.sd, unit * one.standard_error], rel=1e-6
    )


def test_the_likelihood_of_values_near_together_far_from_zero_is_found() -> None:
    values = 1e6 + np.array([1.0, 2.0, 3.0, 4.0])
    fit = maximum_likelihood(values, [True, False, False, False], distribution="normal")
    assert 1e6 + 2 < fit.mean < 1e6 + 3


def test_a_narrow_interval_says_the_same_as_the_value() -> None:
    upper, censored, _ = _data(5)
    exact = maximum_likelihood(upper, np.zeros(60, dtype=bool))
    low = np.where(censored, upper * (1 - 1e-6), np.nan)
    near = maximum_likelihood(upper, censored, lower=low)
    assert near.mean == pytest.approx(exact.mean, rel=1e-5)


def test_cox_interval_is_that_of_nada() -> None:
    # Formula of Cox as in NADA's mean method for cenmle-lognormal, by hand.
    fit = maximum_likelihood(OAHU, OAHU_CENSORED)
    s2 = fit.scale**2
    half = 1.959963985 * np.sqrt(s2 / 24 + 0.5 * s2**2 / 25)
    assert fit.mean_interval(method="cox") == pytest.approx(
        (fit.mean * np.exp(-half), fit.mean * np.exp(half)), rel=1e-9
    )


@pytest.mark.parametrize(
    ("distribution", "probability"), [("log-normal", 0.5), ("normal", 0.9), ("gamma", 0.9)]
)
def test_the_interval_of_a_quantile_agrees_with_resampling(
    distribution: str, probability: float
) -> None:
    rng = np.random.default_rng(7)
    values = rng.gamma(4, 1, size=150)
    censored = values < 2.5
    observed = np.where(censored, 2.5, values)
    fit = maximum_likelihood(observed, censored, distribution=distribution)
    low, high = fit.quantile_interval(probability)
    assert low < fit.quantile(probability) < high
    again = []
    for _ in range(40):
        drawn = _frozen(fit).rvs(150, random_state=rng)
        below = drawn < 2.5
        other = maximum_likelihood(np.where(below, 2.5, drawn), below, distribution=distribution)
        again.append(other.quantile(probability))
    # The standard deviation of 40 draws is known to about 11 %.
    assert high - low == pytest.approx(2 * 1.96 * np.std(again), rel=0.35)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_the_interval_covers_the_mean_about_as_often_as_said(distribution: str) -> None:
    rng = np.random.default_rng(6)
    truth = {"log-normal": np.exp(0.125), "normal": 3.0, "gamma": 2.0}[distribution]
    hits = 0
    for _ in range(40):
        values = {
            "log-normal": rng.lognormal(0, 0.5, size=80),
            "normal": rng.normal(3, 1, size=80),
            "gamma": rng.gamma(2, 1, size=80),
        }[distribution]
        limit = np.quantile(values, 0.3)
        censored = values < limit
        fit = maximum_likelihood(
            np.where(censored, limit, values), censored, distribution=distribution
        )
        low, high = fit.mean_interval()
        assert low < fit.mean < high
        hits += low <= truth <= high
    assert hits >= 33  # 95 % of 40 is 38; fewer than 33 has a probability below 0.1 %


def test_the_gamma_median_halves_its_density() -> None:
    fit = maximum_likelihood(PYRENE, PYRENE_CENSORED, distribution="gamma")
    density = _frozen(fit).pdf
    assert integrate.quad(density, 0, fit.median)[0] == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize(
    ("values", "censored", "option", "message"),
    [
        ([1.0, 2.0], [True, True], {}, "two different detected"),
        ([1.0, 2.0, 2.0], [True, False, False], {}, "two different detected"),
        ([0.0, 1.0, 2.0], [False] * 3, {}, "positive"),
        ([-1.0, 1.0, 2.0], [False] * 3, {"distribution": "gamma"}, "positive"),
        ([1.0, 2.0], [False] * 2, {"distribution": "weibull"}, "log-normal, normal, gamma"),
        ([1.0, 2.0, 3.0], [True, False, False], {"lower": [1.0, 0, 0]}, "below its upper"),
        ([1.0, 2.0], [False] * 2, {"lower": [1.0]}, "length"),
    ],
)
def test_bad_input_is_refused(
    values: list[float], censored: list[bool], option: dict, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        maximum_likelihood(values, censored, **option)


def test_bad_options_of_the_results_are_refused() -> None:
    fit = maximum_likelihood([1.0, 2.0, 4.0], [False] * 3, distribution="normal")
    with pytest.raises(ValueError, match="only for the log-normal"):
        fit.mean_interval(method="cox")
    with pytest.raises(ValueError, match="delta, cox"):
        fit.mean_interval(method="profile")
    with pytest.raises(ValueError, match="between 0 and 1"):
        fit.quantile(0.0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        fit.quantile_interval(1.0)
    with pytest.raises(ValueError, match="confidence"):
        fit.quantile_interval(0.5, confidence=95)


def test_the_summary_speaks_both_languages() -> None:
    fit = maximum_likelihood(OAHU, OAHU_CENSORED)
    assert "均值0.9453" in fit.summary()
    assert "mean by maximum likelihood is 0.9453" in fit.summary("en")
