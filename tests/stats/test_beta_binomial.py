from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, stats

from agriqa.stats.beta_binomial import BetaBinomialRates, beta_binomial_rates

# Tumours in groups of rats, Tarone (1982); Gelman et al., Bayesian Data Analysis,
# table 5.1. The 71st group is the "current experiment".
# fmt: off
TUMOURS = [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1,
    1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 5, 2, 5, 3, 2, 7, 7, 3,
    3, 2, 9, 10, 4, 4, 4, 4, 4, 4, 4, 10, 4, 4, 4, 5, 11, 12, 5, 5,
    6, 5, 6, 6, 6, 6, 16, 15, 15, 9, 4,
]
RATS = [
    20, 20, 20, 20, 20, 20, 20, 19, 19, 19, 19, 18, 18, 17, 20, 20, 20, 20, 19, 19,
    18, 18, 25, 24, 23, 20, 20, 20, 20, 20, 20, 10, 49, 19, 46, 27, 17, 49, 47, 20,
    20, 13, 48, 50, 20, 20, 20, 20, 20, 20, 20, 48, 19, 19, 19, 22, 46, 49, 20, 20,
    23, 19, 22, 20, 20, 20, 52, 47, 46, 24, 14,
]
# fmt: on

COUNTS = st.lists(
    st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    min_size=3,
    max_size=12,
).filter(lambda areas: any(n > 1 for _, n in areas) and any(0 < x < n for x, n in areas))


def test_moments_give_the_rat_tumour_prior_of_the_book() -> None:
    # Section 5.1: alpha, beta = 1.4, 8.6 from the 70 historical groups.
    prior = beta_binomial_rates(TUMOURS[:70], RATS[:70], method="moments")
    assert prior.alpha == pytest.approx(1.356149391, abs=1e-9)
    assert prior.beta == pytest.approx(8.615057891, abs=1e-9)


def test_marginal_likelihood_gives_the_rat_tumour_prior() -> None:
    rates = beta_binomial_rates(TUMOURS, RATS)
    assert rates.alpha == pytest.approx(2.3416144, abs=1e-7)
    assert rates.beta == pytest.approx(14.1148048, abs=1e-6)
    assert rates.rate[-1] == pytest.approx((2.3416144 + 4) / (2.3416144 + 14.1148048 + 14))


def test_the_log_likelihood_is_that_of_the_beta_binomial_distribution() -> None:
    rates = beta_binomial_rates(TUMOURS, RATS)
    expected = stats.betabinom.logpmf(TUMOURS, RATS, rates.alpha, rates.beta).sum()
    assert rates.log_likelihood == pytest.approx(expected, abs=1e-8)


@settings(max_examples=15, deadline=None)
@given(COUNTS)
def test_no_other_prior_is_more_likely(areas: list[tuple[int, int]]) -> None:
    x, n = np.array(areas).T
    best = beta_binomial_rates(x, n).log_likelihood

    means, sizes = np.meshgrid(np.linspace(0.02, 0.98, 25), np.geomspace(0.05, 1e4, 25))
    grid = stats.betabinom.logpmf(
        x[:, None, None], n[:, None, None], means * sizes, (1 - means) * sizes
    ).sum(axis=0)
    pooled = stats.binom.logpmf(x, n, x.sum() / n.sum()).sum()
    assert best >= max(grid.max(), pooled) - 1e-6


@settings(max_examples=15, deadline=None)
@given(COUNTS)
def test_a_rate_lies_between_the_area_and_the_prior(areas: list[tuple[int, int]]) -> None:
    x, n = np.array(areas).T
    rates = beta_binomial_rates(x, n)
    low = np.minimum(rates.raw_rate, rates.prior_mean) - 1e-12
    high = np.maximum(rates.raw_rate, rates.prior_mean) + 1e-12
    assert np.all((low <= rates.rate) & (rates.rate <= high))
    assert rates.rate == pytest.approx(
        rates.weight * rates.raw_rate + (1 - rates.weight) * rates.prior_mean
    )


@settings(max_examples=15, deadline=None)
@given(COUNTS)
def test_counting_failures_gives_one_minus_the_rates(areas: list[tuple[int, int]]) -> None:
    x, n = np.array(areas).T
    assert beta_binomial_rates(n - x, n).rate == pytest.approx(
        1 - beta_binomial_rates(x, n).rate, abs=1e-5
    )


def test_the_posterior_is_prior_times_binomial_likelihood() -> None:
    rates = beta_binomial_rates(TUMOURS, RATS)

    def joint(p: float) -> float:
        prior = stats.beta.pdf(p, rates.alpha, rates.beta)
        return float(prior * stats.binom.pmf(TUMOURS[-1], RATS[-1], p))

    low, high = rates.credible_interval(confidence=0.9)
    total = integrate.quad(joint, 0, 1)[0]
    inside = integrate.quad(joint, low[-1], high[-1])[0]
    below = integrate.quad(joint, 0, 0.25)[0]
    assert inside / total == pytest.approx(0.9, abs=1e-7)
    assert rates.probability_below(0.25)[-1] == pytest.approx(below / total, abs=1e-7)
    assert rates.probability_above(0.25)[-1] == pytest.approx(1 - below / total, abs=1e-7)


def test_weighted_moments_solve_the_expectation_of_the_weighted_spread() -> None:
    x, n = np.array(TUMOURS), np.array(RATS)
    rates = beta_binomial_rates(x, n, method="weighted_moments")
    mean = x.sum() / n.sum()
    spread = np.sum(n * (x / n - mean) ** 2) * (n.size - 1) / n.size

    def expected(size: float) -> float:
        # Var(x/n) = pq/n (1 + (n - 1) rho), rho = 1 / (size + 1); Kleinman (1973).
        variance = mean * (1 - mean) / n * (1 + (n - 1) / (size + 1))
        return float(np.sum(n * (1 - n / n.sum()) * variance))

    size = optimize.brentq(lambda m: expected(m) - spread, 0.1, 1e4)
    assert rates.prior_mean == pytest.approx(mean)
    assert rates.prior_size == pytest.approx(size)


def test_weighted_moments_recover_a_known_prior_from_many_unequal_areas() -> None:
    rng = np.random.default_rng(7)
    n = rng.integers(2, 200, 4000)
    x = rng.binomial(n, rng.beta(18, 2, n.size))
    for method in ("weighted_moments", "maximum_likelihood"):
        rates = beta_binomial_rates(x, n, method=method)
        assert rates.prior_mean == pytest.approx(0.9, abs=0.005)
        assert rates.prior_size == pytest.approx(20, rel=0.1)


def test_areas_without_trials_get_the_prior() -> None:
    rates = beta_binomial_rates([*TUMOURS, 0, np.nan], [*RATS, 0, 30])
    without = beta_binomial_rates(TUMOURS, RATS)
    low, high = rates.credible_interval()
    assert rates.alpha == pytest.approx(without.alpha)
    assert rates.rate[-2:].tolist() == [rates.prior_mean] * 2
    assert low[-1] == pytest.approx(stats.beta.ppf(0.025, rates.alpha, rates.beta))
    assert high[-1] == pytest.approx(stats.beta.ppf(0.975, rates.alpha, rates.beta))
    assert np.isnan(rates.raw_rate[-2:]).all()


@pytest.mark.parametrize("method", ["maximum_likelihood", "moments", "weighted_moments"])
def test_equal_rates_are_pooled(method: str) -> None:
    rates = beta_binomial_rates([18, 9, 27], [20, 10, 30], method=method)
    low, high = rates.credible_interval()
    assert rates.pooled
    assert rates.rate == pytest.approx([0.9] * 3)
    assert low == pytest.approx(rates.rate)
    assert high == pytest.approx(rates.rate)
    assert rates.log_likelihood == pytest.approx(
        stats.binom.logpmf([18, 9, 27], [20, 10, 30], 0.9).sum()
    )


@pytest.mark.parametrize("method", ["maximum_likelihood", "moments", "weighted_moments"])
def test_areas_where_all_pass_are_pooled_at_one(method: str) -> None:
    rates = beta_binomial_rates([20, 10, 3], [20, 10, 3], method=method)
    assert rates.rate.tolist() == [1.0, 1.0, 1.0]
    assert rates.beta == 0
    assert rates.probability_above(0.98).tolist() == [1.0, 1.0, 1.0]
    assert rates.log_likelihood == 0


def test_a_summary_holds_the_mean_and_the_size() -> None:
    rates = beta_binomial_rates(TUMOURS, RATS)
    assert "14.23%" in rates.summary()
    assert "16.5" in rates.summary(language="en")
    pooled = beta_binomial_rates([18, 9, 27], [20, 10, 30])
    assert "90.00%" in pooled.summary()
    assert "pooled rate 90.00%" in pooled.summary(language="en")
    with pytest.raises(ValueError, match="zh"):
        rates.summary(language="fr")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("x", "n", "message"),
    [
        ([1, 2], [3], "equal length"),
        ([4, 1], [3, 3], "between 0 and n"),
        ([-1, 1], [3, 3], "between 0 and n"),
        ([1, 1], [np.inf, 3], "finite"),
        ([1, 0], [3, 0], "at least two areas"),
        ([1, 0, 1], [1, 1, 1], "two or more trials"),
        ([0, 5, 5], [5, 5, 5], "more than any beta prior"),
    ],
)
def test_unusable_counts_are_refused(x: list[float], n: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        beta_binomial_rates(x, n)


def test_moments_refuse_rates_more_spread_than_any_prior() -> None:
    with pytest.raises(ValueError, match="more than any beta prior"):
        beta_binomial_rates([0, 5], [5, 5], method="moments")
    with pytest.raises(ValueError, match="more than any beta prior"):
        beta_binomial_rates([0, 0, 5, 5, 5], [5] * 5, method="moments")


def test_unknown_options_are_refused() -> None:
    rates: BetaBinomialRates = beta_binomial_rates([1, 4], [5, 5])
    with pytest.raises(ValueError, match="weighted_moments"):
        beta_binomial_rates([1, 4], [5, 5], method="bayes")
    with pytest.raises(ValueError, match="confidence"):
        rates.credible_interval(confidence=95)
    with pytest.raises(ValueError, match="threshold"):
        rates.probability_below(98)
