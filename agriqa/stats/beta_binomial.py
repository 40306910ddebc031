"""Empirical-Bayes rates: small areas' proportions shrunk by a beta-binomial model."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, Language, in_language, require_choice, require_confidence

METHODS = ("maximum_likelihood", "moments", "weighted_moments")


@dataclass(frozen=True)
class BetaBinomialRates:
    """Rates of areas under a common beta prior estimated from the areas themselves.

    Attributes
    ----------
    method : str
        How the prior was estimated.
    alpha, beta : float
        Parameters of the beta prior. Infinite (0 for a rate that never occurs) where
        the areas vary no more than chance.
    prior_mean : float
        Mean of the prior, alpha / (alpha + beta) [0-1].
    prior_size : float
        alpha + beta [trials]: how many trials the prior counts for; infinite where
        the areas vary no more than chance, and then every rate is the prior mean.
    log_likelihood : float
        Log of the probability of all counts given the prior, binomial coefficients
        included.
    raw_rate : ndarray, shape (areas,)
        x / n [0-1]; missing for areas without trials.
    rate : ndarray, shape (areas,)
        Posterior mean (alpha + x) / (alpha + beta + n) [0-1]; the prior mean for
        areas without trials.
    weight : ndarray, shape (areas,)
        Share of the area's own rate in `rate`, n / (n + prior_size) [0-1].
    posterior_alpha, posterior_beta : ndarray, shape (areas,)
        Parameters of the beta posteriors.
    """

    method: str
    alpha: float
    beta: float
    prior_mean: float
    prior_size: float
    log_likelihood: float
    raw_rate: Floats = field(repr=False)
    rate: Floats = field(repr=False)
    weight: Floats = field(repr=False)
    posterior_alpha: Floats = field(repr=False)
    posterior_beta: Floats = field(repr=False)

    @property
    def pooled(self) -> bool:
        """Whether the areas vary no more than chance, so that all share one rate."""
        return bool(np.isinf(self.prior_size))

    def credible_interval(self, *, confidence: float = 0.95) -> tuple[Floats, Floats]:
        """Equal-tailed credible limits of the rates.

        The prior is taken as known, so the limits are somewhat narrow. In the pooled
        case both limits are the pooled rate: they then say nothing of its uncertainty.

        Parameters
        ----------
        confidence : float
            Probability inside the limits, between 0 and 1.

        Returns
        -------
        low, high : ndarray, shape (areas,)
            Beta quantiles [0-1].
        """
        from scipy import stats

        require_confidence(confidence)
        if self.pooled:
            return self.rate.copy(), self.rate.copy()
        posterior = stats.beta(self.posterior_alpha, self.posterior_beta)
        return posterior.ppf((1 - confidence) / 2), posterior.ppf((1 + confidence) / 2)

    def probability_below(self, threshold: npt.ArrayLike) -> Floats:
        """Posterior probability that an area's rate is below a threshold.

        Parameters
        ----------
        threshold : array_like
            A rate [0-1], one for all areas or one per area.

        Returns
        -------
        ndarray, shape (areas,)
            Probabilities [0-1]; 0 or 1 in the pooled case.
        """
        from scipy import stats

        limit = np.asarray(threshold, dtype=np.float64)
        if not np.all((limit >= 0) & (limit <= 1)):
            raise ValueError("threshold must be between 0 and 1")
        if self.pooled:
            return np.where(self.rate < limit, 1.0, 0.0)
        return np.asarray(stats.beta.cdf(limit, self.posterior_alpha, self.posterior_beta))

    def probability_above(self, threshold: npt.ArrayLike) -> Floats:
        """Posterior probability that an area's rate is at or above a threshold.

        Parameters
        ----------
        threshold : array_like
            A rate [0-1], one for all areas or one per area.

        Returns
        -------
        ndarray, shape (areas,)
            Probabilities [0-1]; 0 or 1 in the pooled case.
        """
        return 1 - self.probability_below(threshold)

    def summary(self, language: Language = "zh") -> str:
        """Say in a sentence how strongly the rates are shrunk."""
        mean, size, areas = self.prior_mean, self.prior_size, self.rate.size
        if self.pooled:
            return in_language(
                language,
                zh=f"{areas} 个地区的比率差异不超过随机波动，各地区统一取合并比率 {mean:.2%}。",
                en=(
                    f"The {areas} areas vary no more than chance: "
                    f"all take the pooled rate {mean:.2%}."
                ),
            )
        return in_language(
            language,
            zh=(
                f"{areas} 个地区的比率向总体均值 {mean:.2%} 收缩，先验相当于 {size:.1f} 个样本；"
                f"样本少的地区收缩多。"
            ),
            en=(
                f"The rates of {areas} areas are shrunk towards {mean:.2%} as if by {size:.1f} "
                f"extra samples; areas with few samples move most."
            ),
        )


def beta_binomial_rates(
    x: npt.ArrayLike, n: npt.ArrayLike, *, method: str = "maximum_likelihood"
) -> BetaBinomialRates:
    """Empirical-Bayes rates of areas from a beta-binomial model.

    Parameters
    ----------
    x : array_like, shape (areas,)
        Successes [count], 0 <= x <= n.
    n : array_like, shape (areas,)
        Trials [count]. An area whose count is missing or whose n is 0 has no part in
        the prior and gets the prior's mean and limits.
    method : {"maximum_likelihood", "moments", "weighted_moments"}
        "maximum_likelihood" maximises the marginal likelihood of the counts.
        "moments" matches the mean and variance (divisor areas - 1) of the raw rates
        (Gelman et al.), every area counting alike and the chance part of the variance
        left in: for similar n, or as a starting point. "weighted_moments" weights by
        n and takes the chance part out (Kleinman): for unequal n.

    Returns
    -------
    BetaBinomialRates
        Prior, shrunk rates and their posterior.

    Raises
    ------
    ValueError
        If the lengths differ, a count is negative or x > n, fewer than two areas have
        trials, no area has two trials (between- and within-area variation cannot be
        told apart), the rates vary more than any beta prior allows, or the method is
        unknown.

    Notes
    -----
    Where the areas vary no more than chance (also: all rates 0, or all 1) the prior's
    size is infinite and every area gets the pooled rate sum(x) / sum(n).

    References
    ----------
    Gelman et al., Bayesian Data Analysis, section 5.1; Kleinman (1973), J. Am. Stat.
    Assoc. 68, 46-54; Griffiths (1973), Biometrics 29, 637-648.

    Examples
    --------
    >>> rates = beta_binomial_rates([0, 4, 9, 30], [5, 8, 10, 40])
    >>> rates.rate.round(3)
    array([0.163, 0.508, 0.835, 0.739])
    """
    require_choice("method", method, METHODS)
    successes, trials = _counts(x, n)
    sampled = trials > 0
    if np.count_nonzero(sampled) < 2:
        raise ValueError("at least two areas must have trials")
    if not np.any(trials >= 2):
        raise ValueError("at least one area must have two or more trials")
    estimate = {
        "maximum_likelihood": _maximum_likelihood,
        "moments": _moments,
        "weighted_moments": _weighted_moments,
    }[method]
    mean, size = estimate(successes[sampled], trials[sampled])
    if np.isinf(size):
        mean = float(successes.sum() / trials.sum())
        alpha, beta = (np.inf if share > 0 else 0.0 for share in (mean, 1 - mean))
        rate, weight = np.full(trials.shape, mean), np.zeros(trials.shape)
    else:
        alpha, beta = mean * size, (1 - mean) * size
        rate, weight = (alpha + successes) / (size + trials), trials / (size + trials)
    with np.errstate(invalid="ignore"):
        raw_rate = np.where(sampled, successes / trials, np.nan)
    return BetaBinomialRates(
        method=method,
        alpha=float(alpha),
        beta=float(beta),
        prior_mean=mean,
        prior_size=size,
        log_likelihood=_log_likelihood(successes, trials, mean, size),
        raw_rate=raw_rate,
        rate=rate,
        weight=weight,
        posterior_alpha=alpha + successes,
        posterior_beta=beta + trials - successes,
    )


def _counts(x: npt.ArrayLike, n: npt.ArrayLike) -> tuple[Floats, Floats]:
    successes = np.asarray(x, dtype=np.float64)
    trials = np.asarray(n, dtype=np.float64)
    if successes.ndim != 1 or successes.shape != trials.shape:
        raise ValueError("x and n must be one-dimensional and of equal length")
    if np.any((successes < 0) | (successes > trials)) or np.any(trials < 0):
        raise ValueError("x must be between 0 and n")
    if np.any(np.isinf(trials)):
        raise ValueError("n must be finite")
    missing = np.isnan(successes) | np.isnan(trials)
    return np.where(missing, 0.0, successes), np.where(missing, 0.0, trials)


def _moments(successes: Floats, trials: Floats) -> tuple[float, float]:
    rates = successes / trials
    mean, variance = float(rates.mean()), float(rates.var(ddof=1))
    if variance == 0:
        return mean, np.inf
    size = mean * (1 - mean) / variance - 1
    return mean, _checked_size(size)


def _weighted_moments(successes: Floats, trials: Floats) -> tuple[float, float]:
    """Kleinman's moments with weights n; the squared differences scaled by (k - 1) / k."""
    total, areas = trials.sum(), trials.size
    mean = float(successes.sum() / total)
    chance = mean * (1 - mean)
    spread = np.sum(trials * (successes / trials - mean) ** 2) * (areas - 1) / areas
    binomial = np.sum(1 - trials / total)
    between = np.sum(trials * (1 - trials / total)) - binomial
    if spread <= chance * binomial:
        return mean, np.inf
    correlation = (spread - chance * binomial) / (chance * between)
    return mean, _checked_size(1 / correlation - 1)


def _checked_size(size: float) -> float:
    if size <= 0:
        raise ValueError(
            "the rates vary more than any beta prior allows (nearly all are 0 or 1); "
            "use another method or pool areas"
        )
    return float(size)


def _log_likelihood(successes: Floats, trials: Floats, mean: float, size: float) -> float:
    from scipy.special import gammaln, xlogy

    failures = trials - successes
    coefficients = gammaln(trials + 1) - gammaln(successes + 1) - gammaln(failures + 1)
    if np.isinf(size):
        core = xlogy(successes, mean) + xlogy(failures, 1 - mean)
    else:
        core = (
            _log_rising(mean * size, successes)
            + _log_rising((1 - mean) * size, failures)
            - _log_rising(size, trials)
        )
    return float(np.sum(coefficients + core))


def _log_rising(base: float, steps: Floats) -> Floats:
    """log(base (base + 1) ... (base + steps - 1)), without cancellation for a large base."""
    from scipy.special import betaln, gammaln

    taken = np.where(steps > 0, steps, 1.0)
    return np.where(steps > 0, gammaln(taken) - betaln(base, taken), 0.0)


def _maximum_likelihood(successes: Floats, trials: Floats) -> tuple[float, float]:
    from scipy import optimize
    from scipy.special import digamma, expit, logit

    mean = float(successes.sum() / trials.sum())
    pooled = mean, np.inf
    if mean in (0.0, 1.0):
        return pooled
    if np.all((successes == 0) | (successes == trials)):
        # The likelihood rises without end as the prior's size goes to 0.
        _checked_size(0.0)

    failures = trials - successes

    def loss(point: Floats) -> tuple[float, Floats]:
        rate, size = float(expit(point[0])), float(np.exp(point[1]))
        alpha, beta = rate * size, (1 - rate) * size
        by_alpha = np.sum(digamma(alpha + successes) - digamma(alpha))
        by_beta = np.sum(digamma(beta + failures) - digamma(beta))
        by_size = np.sum(digamma(size + trials) - digamma(size))
        gradient = np.array(
            [
                size * rate * (1 - rate) * (by_alpha - by_beta),
                alpha * by_alpha + beta * by_beta - size * by_size,
            ]
        )
        return -_log_likelihood(successes, trials, rate, size), -gradient

    # Beyond this size the prior cannot be told from no variation at all.
    largest = float(np.log(1e4 * trials.max()))
    best = optimize.minimize(
        loss,
        np.array([logit(mean), 1.0]),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-25, 25), (-15, largest)],
        options={"ftol": 1e-10, "gtol": 1e-6},
    )
    gain = -float(best.fun) - _log_likelihood(successes, trials, *pooled)
    if gain < 1e-8 or best.x[1] >= largest:
        return pooled
    # The likelihood is flat at its top; the root of its slope is sharper.
    slope = optimize.root(lambda point: loss(point)[1], best.x, tol=1e-12)
    sharper = slope.success and np.allclose(slope.x, best.x, atol=1e-3)
    point = slope.x if sharper else best.x
    return float(expit(point[0])), float(np.exp(point[1]))
