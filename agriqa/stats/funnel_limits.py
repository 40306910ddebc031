"""Control limits of funnel plots for proportions and for ratios of counts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, require_choice, require_level
from agriqa.stats.proportions import normal_quantile

PROPORTION_METHODS = ("normal", "exact", "exact_interval")
RATIO_METHODS = ("normal", "exact", "exact_interval", "chi_squared")


def proportion_limits(
    n: npt.ArrayLike, target: float, *, level: float = 0.95, method: str = "normal"
) -> tuple[Floats, Floats]:
    """Limits between which a proportion should lie if its area is on target.

    Parameters
    ----------
    n : array_like
        Trials [count], > 0; limits are missing where n is missing.
    target : float
        The proportion all areas are measured by [0-1].
    level : float
        Probability inside the limits, usually 0.95 and 0.998.
    method : {"normal", "exact", "exact_interval"}
        "normal": target -+ z sqrt(target (1 - target) / n), cut at 0 and 1; these are
        also the proportions whose Wilson interval just reaches the target, as in
        PHEindicatormethods. "exact": binomial quantiles, interpolated between counts
        (Spiegelhalter); whole n only. "exact_interval": the proportions, on a
        continuous scale, whose Clopper-Pearson interval just reaches the target.

    Returns
    -------
    low, high : ndarray of float
        Limits [0-1], of the shape of n.

    Raises
    ------
    ValueError
        If some n is not above 0 (or not whole for "exact"), the target is outside
        0-1, the level outside (0, 1), or the method unknown.

    References
    ----------
    Spiegelhalter (2005), Stat. Med. 24, 1185-1202, appendix A.1.

    Examples
    --------
    >>> low, high = proportion_limits([18, 110000], 0.80642448)
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([0.6239, 0.8041], [0.9889, 0.8088])
    """
    sizes, tail = _checked(n, "n", level, method, PROPORTION_METHODS)
    if not 0 <= target <= 1:
        raise ValueError(f"target must be between 0 and 1, got {target}")
    if target in (0.0, 1.0):
        # Nothing can vary; interpolation would make up a spread.
        sure = np.where(np.isnan(sizes), np.nan, target)
        return sure, sure.copy()
    if method == "normal":
        spread = normal_quantile(level) * np.sqrt(target * (1 - target) / sizes)
        return np.clip(target - spread, 0, 1), np.clip(target + spread, 0, 1)
    from scipy import special, stats

    if method == "exact":
        if np.any(sizes % 1 > 0):
            raise ValueError("n must be whole numbers for exact limits")
        counts = stats.binom(np.where(np.isnan(sizes), 1, sizes), target)
        low, high = (_interpolated(counts, p) for p in (tail, 1 - tail))
    else:

        def below(count: Floats) -> Floats:
            return np.asarray(special.betainc(sizes - count, count + 1, 1 - target))

        ends = np.full(sizes.shape, -1.0), sizes
        low, high = (_bisected(below, *ends, p) for p in (tail, 1 - tail))
        high = high + 1
    return np.clip(low / sizes, 0, 1), np.clip(high / sizes, 0, 1)


def ratio_limits(
    expected: npt.ArrayLike, target: float = 1.0, *, level: float = 0.95, method: str = "normal"
) -> tuple[Floats, Floats]:
    """Limits between which observed / expected should lie if an area is on target.

    Parameters
    ----------
    expected : array_like
        Expected counts, or any exposure (then the target is a rate), > 0; limits are
        missing where it is missing.
    target : float
        The ratio (or rate) all areas are measured by, >= 0.
    level : float
        Probability inside the limits, usually 0.95 and 0.998.
    method : {"normal", "exact", "exact_interval", "chi_squared"}
        "normal": target -+ z sqrt(target / expected), cut at 0. "exact": Poisson
        quantiles, interpolated between counts (Spiegelhalter). "exact_interval": the
        ratios, on a continuous scale, whose exact Poisson interval just reaches the
        target (PHEindicatormethods). "chi_squared": the exact Poisson interval of
        an observed count of target * expected (FunnelPlotR).

    Returns
    -------
    low, high : ndarray of float
        Limits of the ratio, of the shape of `expected`.

    Raises
    ------
    ValueError
        If some expected count is not above 0, the target is negative, the level is
        outside (0, 1), or the method unknown.

    References
    ----------
    Spiegelhalter (2005), Stat. Med. 24, 1185-1202, appendix A.1.

    Examples
    --------
    >>> low, high = ratio_limits(5.571644585, method="exact_interval")
    >>> round(float(low), 6)
    0.17948
    """
    sizes, tail = _checked(expected, "expected", level, method, RATIO_METHODS)
    if not 0 <= target < np.inf:
        raise ValueError(f"target must be 0 or above, got {target}")
    if method == "normal":
        spread = normal_quantile(level) * np.sqrt(target / sizes)
        return np.maximum(target - spread, 0), target + spread
    from scipy import special, stats

    mean = target * sizes
    if method == "exact":
        counts = stats.poisson(np.where(np.isnan(mean), 1, mean))
        low, high = (_interpolated(counts, p) for p in (tail, 1 - tail))
    elif method == "chi_squared":
        low = np.asarray(special.gammaincinv(mean, tail))
        high = np.asarray(special.gammaincinv(mean + 1, 1 - tail))
    else:

        def below(count: Floats) -> Floats:
            return np.asarray(special.gammaincc(count + 1, mean))

        ends = np.full(sizes.shape, -1.0), mean + 40 * np.sqrt(mean) + 200
        low, high = (_bisected(below, *ends, p) for p in (tail, 1 - tail))
        high = high + 1
    return np.maximum(low, 0) / sizes, np.maximum(high, 0) / sizes


def _checked(
    size: npt.ArrayLike, name: str, level: float, method: str, methods: tuple[str, ...]
) -> tuple[Floats, float]:
    require_choice("method", method, methods)
    require_level("level", level)
    sizes = np.asarray(size, dtype=np.float64)
    if np.any(sizes <= 0) or np.any(np.isinf(sizes)):
        raise ValueError(f"{name} must be above 0 and finite")
    return sizes, (1 - level) / 2


def _interpolated(counts: object, probability: float) -> Floats:
    """Quantile r less the share of its probability that is not needed."""
    quantile = counts.ppf(probability)  # type: ignore[attr-defined]
    reached = counts.cdf(quantile)  # type: ignore[attr-defined]
    own = counts.pmf(quantile)  # type: ignore[attr-defined]
    return np.asarray(quantile - (reached - probability) / own)


def _bisected(
    below: Callable[[Floats], Floats], low: Floats, high: Floats, probability: float
) -> Floats:
    """Count at which P(count or fewer), made continuous, reaches a probability."""
    for _ in range(80):
        middle = (low + high) / 2
        short = below(middle) < probability
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return (low + high) / 2
