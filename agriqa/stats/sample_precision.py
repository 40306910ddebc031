"""Precision of a sample, and the size a precision needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agriqa.stats.allocation import strata_values
from agriqa.stats.checks import Floats, Integers
from agriqa.stats.proportions import normal_quantile


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

    stratum_variance: Floats
    stratum_cv: Floats
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
        strata_values(v, name)
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
) -> Integers:
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
    size = _population(population)
    unlimited = _unlimited(half, p * (1 - p), confidence, design_effect)
    return _whole(unlimited / (1 + (unlimited - 1) / size))


def mean_sample_size(
    margin: npt.ArrayLike,
    deviation: npt.ArrayLike,
    *,
    confidence: float = 0.95,
    population: npt.ArrayLike | None = None,
    design_effect: float = 1.0,
) -> Integers:
    """Units needed to estimate a mean to within a margin of error.

    Parameters
    ----------
    margin : array_like
        Half the width of the interval, above 0 [unit of the mean]; all broadcast.
    deviation : array_like
        Standard deviation between units (divisor N - 1), not negative [same unit].
        Margin and deviation may both be relative to the mean.
    confidence, population, design_effect
        As in `proportion_sample_size`.

    Returns
    -------
    ndarray of int
        n0 / (1 + n0 / N), rounded up, with n0 = (z S / margin)**2.

    Raises
    ------
    ValueError
        If a number is out of its range.

    References
    ----------
    Cochran (1977), Sampling Techniques, section 4.6.

    Examples
    --------
    >>> mean_sample_size(3, 25), mean_sample_size(3, 25, population=1000)
    (array(267), array(211))
    """
    half, spread = np.asarray(margin, dtype=np.float64), np.asarray(deviation, dtype=np.float64)
    if np.any(~((half > 0) & np.isfinite(half))) or np.any(~((spread >= 0) & np.isfinite(spread))):
        raise ValueError("margin must be above 0, deviation not negative, and both finite")
    size = _population(population)
    unlimited = _unlimited(half, spread**2, confidence, design_effect)
    return _whole(unlimited / (1 + unlimited / size))


def _population(population: npt.ArrayLike | None) -> Floats:
    size = np.asarray(np.inf if population is None else population, dtype=np.float64)
    if np.any(~(size >= 1)):
        raise ValueError("population must be at least 1")
    return size


def _unlimited(half: Floats, variance: Floats, confidence: float, design_effect: float) -> Floats:
    """Units needed of an unlimited population."""
    if not design_effect > 0:
        raise ValueError(f"design_effect must be above 0, got {design_effect}")
    z = normal_quantile(confidence)
    return np.asarray(design_effect * z**2 * variance / half**2, dtype=np.float64)


def _whole(needed: Floats) -> Integers:
    return np.asarray(np.maximum(np.ceil(needed - 1e-9), 1.0), dtype=np.int64)
