"""Stratified estimates from the sample size, mean and variance of each stratum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, Language, in_language, require_choice
from agriqa.stats.proportions import broadcast_counts
from agriqa.stats.surveyintervals import design_proportion_interval, t_interval

SINGLE_UNIT_POLICIES = ("refuse", "average", "certainty")


@dataclass(frozen=True)
class StratifiedEstimate:
    """A stratified mean or proportion, and the total where sizes are known.

    Attributes
    ----------
    estimate : float
        Sum of W_h times the stratum mean [unit of the mean].
    standard_error : float
        Its standard error [same unit].
    low, high : float
        Limits of the mean [same unit].
    total, total_standard_error : float
        Population total and its standard error [unit of the mean times units];
        missing where the population sizes are not given.
    degrees_of_freedom : int
        Units sampled less strata sampled.
    sampled : int
        Units sampled in the strata that carry weight.
    """

    estimate: float
    standard_error: float
    low: float
    high: float
    total: float
    total_standard_error: float
    degrees_of_freedom: int
    sampled: int

    def summary(self, language: Language = "zh") -> str:
        """Return the estimate with its interval in one sentence."""
        return in_language(
            language,
            zh=(
                f"分层估计值为 {self.estimate:.4g}（区间 {self.low:.4g} 至 {self.high:.4g}），"
                f"依据 {self.sampled} 个样本。"
            ),
            en=(
                f"Stratified estimate {self.estimate:.4g} (interval {self.low:.4g} to "
                f"{self.high:.4g}) from {self.sampled} units."
            ),
        )


def stratified_mean(
    mean: npt.ArrayLike,
    variance: npt.ArrayLike,
    n: npt.ArrayLike,
    *,
    population: npt.ArrayLike | None = None,
    weight: npt.ArrayLike | None = None,
    single_unit: str = "refuse",
    confidence: float = 0.95,
) -> StratifiedEstimate:
    """Stratified mean and total from a simple random sample in each stratum.

    Estimate sum(W_h m_h), variance sum(W_h^2 (1 - n_h / N_h) s_h^2 / n_h), with a
    t interval. Weights that come from elsewhere (production, area) give the
    post-stratified estimate; its variance is then conditional on the n_h.

    Parameters
    ----------
    mean, variance : array_like
        Sample mean [any unit] and sample variance (divisor n - 1) [unit squared]
        of each stratum, one dimension. The variance of a single unit is not read.
    n : array_like
        Units sampled in each stratum [count].
    population : array_like, optional
        Units in each stratum [count], at least n. Without it there is no finite
        population correction and no total.
    weight : array_like, optional
        Weight of each stratum [any unit], scaled to sum to 1; `population` if
        not given. A stratum of weight 0 is left out.
    single_unit : str
        What to do with a stratum of which one of several units was sampled:
        "refuse"; "average", which gives it the mean variance contribution of
        the other strata; or "certainty", which gives it none. A stratum sampled
        whole contributes none in any case.
    confidence : float
        Two-sided confidence level, between 0 and 1.

    Returns
    -------
    StratifiedEstimate

    Raises
    ------
    ValueError
        If lengths differ, neither population nor weight is given, a weighted
        stratum has no sample or a missing value, n exceeds the population, a
        variance or weight is negative, or the single-unit policy refuses.

    References
    ----------
    Cochran (1977), Sampling Techniques, 3rd ed., sections 5.3-5.5 and 5A.9;
    "average" as survey.lonely.psu in the R package survey.

    Examples
    --------
    >>> found = stratified_mean([10.0, 20.0], [4.0, 9.0], [5, 5], population=[50, 150])
    >>> round(found.estimate, 2), round(found.standard_error, 3)
    (17.5, 1.012)
    """
    means, variances = (np.asarray(values, dtype=np.float64) for values in (mean, variance))
    sampled, sizes, shares = _strata(n, population, weight)
    if not means.shape == variances.shape == sampled.shape:
        raise ValueError("mean, variance and n must be of one length")
    used = shares > 0
    contributions = _contributions(variances, sampled, sizes, shares, single_unit)
    if np.any(np.isnan(means[used])):
        raise ValueError("a stratum that carries weight has no mean")
    estimate = float((shares[used] * means[used]).sum())
    error = float(np.sqrt(contributions.sum()))
    freedom = int(sampled[used].sum() - used.sum())
    low, high = t_interval(estimate, error, freedom, confidence=confidence)
    return _with_total(estimate, error, float(low), float(high), sampled, sizes, shares, population)


def stratified_proportion(
    x: npt.ArrayLike,
    n: npt.ArrayLike,
    *,
    population: npt.ArrayLike | None = None,
    weight: npt.ArrayLike | None = None,
    single_unit: str = "refuse",
    interval: str = "logit",
    confidence: float = 0.95,
) -> StratifiedEstimate:
    """Stratified proportion, such as a pass rate weighted by production.

    As `stratified_mean` with s_h^2 = n_h p_h (1 - p_h) / (n_h - 1).

    Parameters
    ----------
    x, n : array_like
        Successes and units sampled in each stratum [count], one dimension.
    population, weight, single_unit, confidence
        As in `stratified_mean`.
    interval : str
        "logit", "korn_graubard" or "wald", see `design_proportion_interval`.

    Returns
    -------
    StratifiedEstimate
        The total is the number of successes in the population.

    Raises
    ------
    ValueError
        As `stratified_mean`; also if some x is outside 0 to n or the interval
        is unknown.

    References
    ----------
    Cochran (1977), Sampling Techniques, 3rd ed., section 5.10.

    Examples
    --------
    >>> found = stratified_proportion([48, 20], [50, 25], weight=[300, 100])
    >>> round(found.estimate, 3), round(found.standard_error, 4)
    (0.92, 0.0293)
    """
    successes, trials = broadcast_counts(x, n)
    sampled, sizes, shares = _strata(n, population, weight)
    if successes.shape != sampled.shape:
        raise ValueError("x and n must be of one length")
    used = shares > 0
    if np.any(np.isnan(successes[used])):
        raise ValueError("a stratum that carries weight has no x")
    with np.errstate(invalid="ignore", divide="ignore"):
        rates = successes / trials
        variances = trials * rates * (1 - rates) / (trials - 1)
    contributions = _contributions(variances, sampled, sizes, shares, single_unit)
    # Shares that add up to one but for rounding take no proportion above one.
    estimate = min(float((shares[used] * rates[used]).sum()), 1.0)
    error = float(np.sqrt(contributions.sum()))
    freedom = int(sampled[used].sum() - used.sum())
    low, high = design_proportion_interval(
        estimate,
        error,
        sampled[used].sum(),
        degrees_of_freedom=freedom,
        method=interval,
        confidence=confidence,
    )
    return _with_total(estimate, error, float(low), float(high), sampled, sizes, shares, population)


def _strata(
    n: npt.ArrayLike, population: npt.ArrayLike | None, weight: npt.ArrayLike | None
) -> tuple[Floats, Floats, Floats]:
    """Sample sizes, population sizes (infinite if unknown) and weights summing to 1."""
    sampled = np.asarray(n, dtype=np.float64)
    if population is None and weight is None:
        raise ValueError("give population, weight or both")
    if sampled.ndim != 1 or sampled.size == 0:
        raise ValueError("n must be one-dimensional with at least one stratum")
    sizes = (
        np.full(sampled.shape, np.inf)
        if population is None
        else np.asarray(population, dtype=np.float64)
    )
    weights = sizes if weight is None else np.asarray(weight, dtype=np.float64)
    if not sampled.shape == sizes.shape == weights.shape:
        raise ValueError("population and weight must be as long as n")
    if np.any(~(weights >= 0)) or not 0 < weights.sum() < np.inf:
        raise ValueError("weights must be 0 or more, not missing, and not all 0")
    used = weights > 0
    if np.any(~(sampled[used] >= 1)):
        raise ValueError("each stratum that carries weight needs at least one unit sampled")
    if np.any(~(sizes[used] >= sampled[used])):
        raise ValueError("population must be at least n in each stratum")
    return sampled, sizes, weights / weights.sum()


def _contributions(
    variances: Floats, sampled: Floats, sizes: Floats, shares: Floats, single_unit: str
) -> Floats:
    """Return what each stratum that carries weight adds to the variance."""
    require_choice("single_unit", single_unit, SINGLE_UNIT_POLICIES)
    used = shares > 0
    variances, sampled, sizes, shares = (
        values[used] for values in (variances, sampled, sizes, shares)
    )
    whole = sampled == sizes
    single = (sampled == 1) & ~whole
    if single.any() and single_unit == "refuse":
        raise ValueError(
            f"{single.sum()} strata have a single unit sampled, so no variance: "
            "choose single_unit='average' or 'certainty', or merge strata"
        )
    measured = ~single & ~whole
    if np.any(~(variances[measured] >= 0)):
        raise ValueError("variances must be 0 or more in each stratum that carries weight")
    found = np.zeros(sampled.shape)
    found[measured] = (shares**2 * (1 - sampled / sizes))[measured] * (
        variances[measured] / sampled[measured]
    )
    if single.any() and single_unit == "average":
        if single.all():
            raise ValueError("single_unit='average' needs a stratum with several units sampled")
        found[single] = found[~single].mean()
    return found


def _with_total(
    estimate: float,
    error: float,
    low: float,
    high: float,
    sampled: Floats,
    sizes: Floats,
    shares: Floats,
    population: npt.ArrayLike | None,
) -> StratifiedEstimate:
    used = shares > 0
    units = float("nan") if population is None else float(sizes[used].sum())
    return StratifiedEstimate(
        estimate,
        error,
        low,
        high,
        estimate * units,
        error * units,
        int(sampled[used].sum() - used.sum()),
        int(sampled[used].sum()),
    )
