"""Allocation of a sample over strata."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, Integers


def allocate(
    total: int,
    scores: npt.ArrayLike,
    *,
    minimum: npt.ArrayLike = 0,
    maximum: npt.ArrayLike | None = None,
) -> Integers:
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
    left = round(float(total - whole.sum()))
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
) -> Integers:
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
        As in `allocate`; both are cut to the population where they are above it.

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
    size = strata_values(population, "population")
    low, high = _within(size, minimum, maximum)
    return allocate(total, size * _weights(risk, size), minimum=low, maximum=high)


def optimum_allocation(
    total: int,
    population: npt.ArrayLike,
    deviation: npt.ArrayLike,
    *,
    cost: npt.ArrayLike | None = None,
    risk: npt.ArrayLike | None = None,
    minimum: npt.ArrayLike = 0,
    maximum: npt.ArrayLike | None = None,
) -> Integers:
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
    size, spread = strata_values(population, "population"), strata_values(deviation, "deviation")
    price = np.ones_like(size) if cost is None else np.asarray(cost, dtype=np.float64)
    if np.any(~(price > 0)):
        raise ValueError("cost must be above 0")
    scores = size * spread * _weights(risk, size) / np.sqrt(price)
    low, high = _within(size, minimum, maximum)
    return allocate(total, scores, minimum=low, maximum=high)


def power_allocation(
    total: int,
    population: npt.ArrayLike,
    variation: npt.ArrayLike,
    *,
    importance: npt.ArrayLike | None = None,
    power: float = 0.5,
    minimum: npt.ArrayLike = 0,
    maximum: npt.ArrayLike | None = None,
) -> Integers:
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
    size, relative = strata_values(population, "population"), strata_values(variation, "variation")
    measure = size if importance is None else strata_values(importance, "importance")
    low, high = _within(size, minimum, maximum)
    return allocate(total, measure**power * relative, minimum=low, maximum=high)


def _shares(total: float, weights: Floats, low: Floats, high: Floats) -> Floats:
    """Solve sum(clip(scale * weights, low, high)) = total for the shares."""
    free = weights > 0
    fixed = np.where(free, 0.0, low)
    if not free.any():
        return fixed
    edges = np.unique(np.concatenate([low[free] / weights[free], high[free] / weights[free]]))

    def at(scale: float) -> Floats:
        return np.where(free, np.clip(scale * weights, low, high), fixed)

    # The sum rises with the scale and is a straight line between two edges.
    first, last = 0, len(edges) - 1
    while last - first > 1:
        middle = (first + last) // 2
        first, last = (middle, last) if at(edges[middle]).sum() <= total else (first, middle)
    below, above = at(edges[first]), at(edges[last])
    rise = above.sum() - below.sum()
    part = 0.0 if rise <= 0 else np.clip((total - below.sum()) / rise, 0.0, 1.0)
    shares: Floats = below + part * (above - below)
    return shares


def _bounds(
    scores: npt.ArrayLike, minimum: npt.ArrayLike, maximum: npt.ArrayLike | None
) -> tuple[Floats, Floats, Floats]:
    weights = strata_values(scores, "scores")
    low = np.broadcast_to(np.asarray(minimum, dtype=np.float64), weights.shape)
    most = np.inf if maximum is None else maximum
    high = np.broadcast_to(np.asarray(most, dtype=np.float64), weights.shape)
    if np.any(~(low >= 0)) or np.any(~(high >= low)):
        raise ValueError("minimum must not be negative and maximum not below minimum")
    if np.any(low != np.floor(low)) or np.any(np.isfinite(high) & (high != np.floor(high))):
        raise ValueError("minimum and maximum must be whole numbers")
    return weights, low, high


def strata_values(values: npt.ArrayLike, name: str) -> Floats:
    """Check that there is one number per stratum, not negative and not missing.

    Examples
    --------
    >>> strata_values([1, 2], "population")
    array([1., 2.])
    """
    array = np.atleast_1d(np.asarray(values, dtype=np.float64))
    if array.ndim != 1 or np.any(~(np.isfinite(array) & (array >= 0))):
        raise ValueError(f"{name} must be one number per stratum, not negative and not missing")
    return array


def _weights(risk: npt.ArrayLike | None, size: Floats) -> Floats:
    return np.ones_like(size) if risk is None else strata_values(risk, "risk")


def _within(
    size: Floats, minimum: npt.ArrayLike, maximum: npt.ArrayLike | None
) -> tuple[Floats, Floats]:
    whole = np.floor(size)
    low = np.minimum(whole, np.asarray(minimum, dtype=np.float64))
    most = np.inf if maximum is None else maximum
    return low, np.minimum(whole, np.asarray(most, dtype=np.float64))
