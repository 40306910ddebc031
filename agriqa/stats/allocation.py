"""Allocation of a sample over strata."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


def allocate(
    total: int,
    scores: npt.ArrayLike,
    *,
    minimum: npt.ArrayLike = 0,
    maximum: npt.ArrayLike | None = None,
) -> Counts:
    """Share a sample out in proportion to scores, in whole units and within bounds.

    Shares are proportional to the scores wherever no bound binds; what a bound
    gives or takes is made up by the other strata in proportion. The rest left
    by rounding down goes to the largest remainders, among equal ones to the
    larger score and then to the earlier stratum.

    Parameters
    ----------
    total : int
        Units to allocate [count].
    scores : array_like, shape (strata,)
        Not negative; a stratum of score 0 gets its minimum.
    minimum : array_like of int
        Least units of each stratum [count].
    maximum : array_like of int, optional
        Most units of each stratum [count], such as its population.

    Returns
    -------
    ndarray of int, shape (strata,)
        Units of each stratum, which add up to `total`.

    Raises
    ------
    ValueError
        If the bounds leave no such allocation, or a number is out of its range.

    References
    ----------
    Cochran (1977), Sampling Techniques, chapter 5.

    Examples
    --------
    >>> allocate(10, [5, 3, 1], minimum=2)
    array([5, 3, 2])
    """
    weights, low, high = _bounds(scores, minimum, maximum)
    if total != int(total) or total < 0:
        raise ValueError(f"total must be a whole number, not negative, got {total}")
    # A stratum without a score stays at its minimum.
    high = np.where(weights > 0, np.minimum(high, max(float(total), 0.0)), low)
    high = np.maximum(high, low)
    if not low.sum() <= total <= high.sum():
        raise ValueError(
            f"total must be between {low.sum():g}, the sum of the minima, and {high.sum():g},"
            f" what the strata with a score can take, got {total}"
        )
    shares = _shares(float(total), weights, low, high)
    whole = np.floor(shares + 1e-9)
    remainder = np.round(shares - whole, 9)
    left = int(round(total - whole.sum()))
    order = np.lexsort((np.arange(len(weights)), -weights, -remainder))
    whole[order[:left]] += 1
    return whole.astype(np.int64)


def proportional_allocation(
    total: int,
    population: npt.ArrayLike,
    *,
    risk: npt.ArrayLike | None = None,
    minimum: npt.ArrayLike = 0,
    maximum: npt.ArrayLike | None = None,
) -> Counts:
    """Allocate in proportion to the population, times a risk weight.

    Parameters
    ----------
    total : int
        Units to allocate [count].
    population : array_like, shape (strata,)
        Units in each stratum [count]; also the most that it can be given.
    risk : array_like, optional
        Weight of each stratum, not negative; equal by default.
    minimum, maximum
        As in `allocate`; a maximum above the population is cut to it.

    Returns
    -------
    ndarray of int, shape (strata,)

    Raises
    ------
    ValueError
        As `allocate` does.

    References
    ----------
    Cochran (1977), Sampling Techniques, chapter 5.

    Examples
    --------
    >>> proportional_allocation(20, [100, 300, 600], risk=[3, 1, 1])
    array([ 5,  5, 10])
    """
    size = _strata(population, "population")
    return allocate(
        total, size * _weights(risk, size), minimum=minimum, maximum=_most(size, maximum)
    )


def optimum_allocation(
    total: int,
    population: npt.ArrayLike,
    deviation: npt.ArrayLike,
    *,
    cost: npt.ArrayLike | None = None,
    risk: npt.ArrayLike | None = None,
    minimum: npt.ArrayLike = 0,
    maximum: npt.ArrayLike | None = None,
) -> Counts:
    """Allocate so that the overall mean is estimated best: n in proportion to N S / sqrt(c).

    Without costs this is Neyman's allocation.

    Parameters
    ----------
    total : int
        Units to allocate [count].
    population : array_like, shape (strata,)
        Units in each stratum [count].
    deviation : array_like
        Standard deviation within each stratum; sqrt(p (1 - p)) of a proportion.
    cost : array_like, optional
        Cost per unit, above 0; equal by default.
    risk, minimum, maximum
        As in `proportional_allocation`.

    Returns
    -------
    ndarray of int, shape (strata,)

    Raises
    ------
    ValueError
        If a cost is not above 0, or as `allocate` does.

    References
    ----------
    Neyman (1934), J. R. Stat. Soc. 97; Cochran (1977), section 5.5.

    Examples
    --------
    >>> optimum_allocation(24, [16, 48], [232.04, 74.71])
    array([12, 12])
    """
    size, spread = _strata(population, "population"), _strata(deviation, "deviation")
    price = np.ones_like(size) if cost is None else np.asarray(cost, dtype=np.float64)
    if np.any(~(price > 0)):
        raise ValueError("cost must be above 0")
    scores = size * spread * _weights(risk, size) / np.sqrt(price)
    return allocate(total, scores, minimum=minimum, maximum=_most(size, maximum))


def power_allocation(
    total: int,
    population: npt.ArrayLike,
    variation: npt.ArrayLike,
    *,
    importance: npt.ArrayLike | None = None,
    power: float = 0.5,
    minimum: npt.ArrayLike = 0,
    maximum: npt.ArrayLike | None = None,
) -> Counts:
    """Allocate between good overall and equally good stratum estimates.

    Parameters
    ----------
    total : int
        Units to allocate [count].
    population : array_like, shape (strata,)
        Units in each stratum [count].
    variation : array_like
        Coefficient of variation within each stratum, S / mean.
    importance : array_like, optional
        Size or total X of each stratum; the population by default.
    power : float
        n is in proportion to X**power times the variation: with 1 and X the
        stratum total this is Neyman's allocation, with 0 the strata's
        coefficients of variation come out nearly equal.
    minimum, maximum
        As in `proportional_allocation`.

    Returns
    -------
    ndarray of int, shape (strata,)

    Raises
    ------
    ValueError
        If the power is outside 0 to 1, or as `allocate` does.

    References
    ----------
    Bankier (1988), Power allocations, The American Statistician 42.

    Examples
    --------
    >>> power_allocation(60, [10_000, 400], [1, 1])
    array([50, 10])
    """
    if not 0 <= power <= 1:
        raise ValueError(f"power must be between 0 and 1, got {power}")
    size, relative = _strata(population, "population"), _strata(variation, "variation")
    measure = size if importance is None else _strata(importance, "importance")
    return allocate(total, measure**power * relative, minimum=minimum, maximum=_most(size, maximum))


def risk_share(total: int, *, share: float = 0.75) -> tuple[int, int]:
    """Split a sample into a risk-based and a random part.

    Parameters
    ----------
    total : int
        Units in all [count].
    share : float
        Share of the risk-based part [0-1]; a half unit goes to the random part.

    Returns
    -------
    risk_based, random : int

    Raises
    ------
    ValueError
        If a number is out of its range.

    Examples
    --------
    >>> risk_share(1000), risk_share(10)
    ((750, 250), (7, 3))
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share must be between 0 and 1, got {share}")
    if total != int(total) or total < 0:
        raise ValueError(f"total must be a whole number, not negative, got {total}")
    risk_based = int(np.ceil(round(total * share - 0.5, 9)))
    return risk_based, int(total) - risk_based


@dataclass(frozen=True)
class RiskAllocation:
    """A sample in a random part, which yields unbiased rates, and a risk-based one.

    Attributes
    ----------
    random, risk_based : ndarray of int, shape (strata,)
        Units of each stratum in either part [count].
    """

    random: Counts
    risk_based: Counts

    @property
    def total(self) -> Counts:
        """Units of each stratum in both parts, shape (strata,)."""
        return self.random + self.risk_based

    def summary(self, language: Literal["zh", "en"] = "zh") -> str:
        """Say in a sentence how large the two parts are."""
        risk, random = int(self.risk_based.sum()), int(self.random.sum())
        if language == "zh":
            return f"共 {risk + random} 个样本：风险抽样 {risk} 个，随机抽样 {random} 个。"
        if language == "en":
            return f"Of {risk + random} units {risk} are chosen by risk and {random} at random."
        raise ValueError(f"language must be one of 'zh', 'en', got {language!r}")


def risk_based_allocation(
    total: int,
    population: npt.ArrayLike,
    risk: npt.ArrayLike,
    *,
    share: float = 0.75,
    minimum: npt.ArrayLike = 0,
) -> RiskAllocation:
    """Allocate a random part by population and the rest by population times risk.

    Parameters
    ----------
    total : int
        Units in all [count].
    population, risk : array_like, shape (strata,)
        Units in each stratum [count], and its risk weight, not negative.
    share : float
        Share of the risk-based part [0-1].
    minimum : array_like of int
        Least units of the random part in each stratum [count].

    Returns
    -------
    RiskAllocation
        Together no stratum is given more than its population.

    Raises
    ------
    ValueError
        As `allocate` does.

    Examples
    --------
    >>> found = risk_based_allocation(40, [100, 100], [3, 1])
    >>> found.random, found.risk_based
    (array([5, 5]), array([22,  8]))
    """
    by_risk, at_random = risk_share(total, share=share)
    random = proportional_allocation(at_random, population, minimum=minimum)
    left = _strata(population, "population") - random
    return RiskAllocation(
        random, proportional_allocation(by_risk, population, risk=risk, maximum=left)
    )


@dataclass(frozen=True)
class StratifiedPrecision:
    """How well an allocation estimates.

    Attributes
    ----------
    stratum_variance : ndarray of float, shape (strata,)
        Variance of each stratum's mean; missing where no unit is sampled.
    stratum_cv : ndarray of float, shape (strata,)
        Its coefficient of variation [fraction]; missing without means.
    variance : float
        Variance of the mean of the whole population.
    cv : float
        Its coefficient of variation [fraction]; missing without means.
    """

    stratum_variance: Array
    stratum_cv: Array
    variance: float
    cv: float


def stratified_precision(
    allocation: npt.ArrayLike,
    population: npt.ArrayLike,
    deviation: npt.ArrayLike,
    *,
    mean: npt.ArrayLike | None = None,
) -> StratifiedPrecision:
    """Variances that an allocation leads to, with finite population correction.

    Parameters
    ----------
    allocation, population : array_like of int, shape (strata,)
        Units sampled and units there are in each stratum [count].
    deviation : array_like
        Standard deviation within each stratum.
    mean : array_like, optional
        Mean of each stratum, for coefficients of variation.

    Returns
    -------
    StratifiedPrecision
        (1 - n / N) S**2 / n per stratum, and the sum weighted by (N / sum N)**2.

    Raises
    ------
    ValueError
        If a stratum's sample is above its population or lengths differ.

    References
    ----------
    Cochran (1977), Sampling Techniques, section 5.3.

    Examples
    --------
    >>> found = stratified_precision([12, 12], [16, 48], [232.04, 74.71])
    >>> round(found.variance**0.5 * 64)
    1044
    """
    n, size, spread = (
        _strata(v, name)
        for v, name in (
            (allocation, "allocation"),
            (population, "population"),
            (deviation, "deviation"),
        )
    )
    if not n.shape == size.shape == spread.shape:
        raise ValueError("allocation, population and deviation must have the same length")
    if np.any(n > size):
        raise ValueError("allocation must not be above population")
    middle = np.full(n.shape, np.nan) if mean is None else np.asarray(mean, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.where(n > 0, (1 - n / size) * spread**2 / n, np.nan)
        # A stratum without units adds nothing to the whole.
        weight = size / size.sum()
        whole = float(np.where(size > 0, weight**2 * variance, 0.0).sum())
        cv = np.sqrt(variance) / np.abs(middle)
        overall = np.sqrt(whole) / abs(float((weight * middle).sum()))
    return StratifiedPrecision(variance, cv, whole, float(overall))


def proportion_sample_size(
    margin: npt.ArrayLike,
    *,
    proportion: npt.ArrayLike = 0.5,
    confidence: float = 0.95,
    population: npt.ArrayLike | None = None,
    design_effect: float = 1.0,
) -> Counts:
    """Units needed to estimate a proportion to within a margin of error.

    Parameters
    ----------
    margin : array_like
        Half the width of the interval [above 0, below 1]; all broadcast.
    proportion : array_like
        Proportion expected [0-1]; 0.5 is the least favourable.
    confidence : float
        Level of the interval [0-1].
    population : array_like, optional
        Units there are; unlimited by default.
    design_effect : float
        Variance of the design over that of simple random sampling; it
        multiplies the size before the population correction.

    Returns
    -------
    ndarray of int
        n0 / (1 + (n0 - 1) / N), rounded up, with n0 = z**2 p (1 - p) / margin**2.

    Raises
    ------
    ValueError
        If a number is out of its range.

    References
    ----------
    Cochran (1977), Sampling Techniques, section 4.4.

    Examples
    --------
    >>> proportion_sample_size(0.05), proportion_sample_size(0.05, population=1000)
    (array(385), array(278))
    """
    half, p = np.asarray(margin, dtype=np.float64), np.asarray(proportion, dtype=np.float64)
    if np.any(~((half > 0) & (half < 1))) or np.any(~((p >= 0) & (p <= 1))):
        raise ValueError("margin must be above 0 and below 1, proportion between 0 and 1")
    if not 0 < confidence < 1 or not design_effect > 0:
        raise ValueError("confidence must be between 0 and 1 and design_effect above 0")
    size = np.asarray(np.inf if population is None else population, dtype=np.float64)
    if np.any(~(size >= 1)):
        raise ValueError("population must be at least 1")
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    unlimited = design_effect * z**2 * p * (1 - p) / half**2
    needed = unlimited / (1 + (unlimited - 1) / size)
    return np.asarray(np.maximum(np.ceil(needed - 1e-9), 1.0), dtype=np.int64)


def _shares(total: float, weights: Array, low: Array, high: Array) -> Array:
    """Solve sum(clip(scale * weights, low, high)) = total for the shares."""
    free = weights > 0
    fixed = np.where(free, 0.0, low)
    if not free.any():
        return fixed
    edges = np.unique(np.concatenate([low[free] / weights[free], high[free] / weights[free]]))

    def at(scale: float) -> Array:
        return np.where(free, np.clip(scale * weights, low, high), fixed)

    # The sum rises with the scale and is a straight line between two edges.
    first, last = 0, len(edges) - 1
    while last - first > 1:
        middle = (first + last) // 2
        first, last = (middle, last) if at(edges[middle]).sum() <= total else (first, middle)
    below, above = at(edges[first]), at(edges[last])
    rise = above.sum() - below.sum()
    part = 0.0 if rise <= 0 else np.clip((total - below.sum()) / rise, 0.0, 1.0)
    shares: Array = below + part * (above - below)
    return shares


def _bounds(
    scores: npt.ArrayLike, minimum: npt.ArrayLike, maximum: npt.ArrayLike | None
) -> tuple[Array, Array, Array]:
    weights = _strata(scores, "scores")
    low = np.broadcast_to(np.asarray(minimum, dtype=np.float64), weights.shape)
    most = np.inf if maximum is None else maximum
    high = np.broadcast_to(np.asarray(most, dtype=np.float64), weights.shape)
    if np.any(~(low >= 0)) or np.any(~(high >= low)):
        raise ValueError("minimum must not be negative and maximum not below minimum")
    if np.any(low != np.floor(low)) or np.any(np.isfinite(high) & (high != np.floor(high))):
        raise ValueError("minimum and maximum must be whole numbers")
    return weights, low, high


def _strata(values: npt.ArrayLike, name: str) -> Array:
    array = np.atleast_1d(np.asarray(values, dtype=np.float64))
    if array.ndim != 1 or np.any(~(np.isfinite(array) & (array >= 0))):
        raise ValueError(f"{name} must be one number per stratum, not negative and not missing")
    return array


def _weights(risk: npt.ArrayLike | None, size: Array) -> Array:
    return np.ones_like(size) if risk is None else _strata(risk, "risk")


def _most(size: Array, maximum: npt.ArrayLike | None) -> Array:
    whole = np.floor(size)
    if maximum is None:
        return whole
    return np.minimum(whole, np.asarray(maximum, dtype=np.float64))
