"""Intervals for proportions.

Levels are two-sided: a one-sided limit at 95 % is that of a confidence of 0.90.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, require_confidence


def normal_quantile(confidence: float) -> float:
    """Two-sided standard normal quantile of a confidence level.

    Examples
    --------
    >>> round(normal_quantile(0.95), 4)
    1.96
    """
    require_confidence(confidence)
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def broadcast_counts(x: npt.ArrayLike, n: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Successes and trials as float arrays of one shape, 0 <= x <= n.

    Raises
    ------
    ValueError
        If some x is negative or above its n.

    Examples
    --------
    >>> broadcast_counts([1, 2], 4)[1].tolist()
    [4.0, 4.0]
    """
    successes, trials = np.broadcast_arrays(
        np.asarray(x, dtype=np.float64), np.asarray(n, dtype=np.float64)
    )
    if np.any((successes < 0) | (successes > trials)):
        raise ValueError("x must be between 0 and n")
    return successes, trials


def wilson_interval(
    x: npt.ArrayLike,
    n: npt.ArrayLike,
    *,
    confidence: float = 0.95,
    continuity_correction: bool = False,
) -> tuple[Floats, Floats]:
    """Wilson score interval for a binomial proportion.

    Parameters
    ----------
    x : array_like
        Successes [count], 0 <= x <= n; any shape that broadcasts with `n`.
    n : array_like
        Trials [count]. Where n is 0 or missing the limits are missing.
    confidence : float
        Two-sided confidence level, between 0 and 1.
    continuity_correction : bool
        Widen by half a count on either side (Newcombe's method 4); the lower
        limit of no successes stays 0 and the upper of only successes 1.

    Returns
    -------
    low, high : ndarray of float
        Limits of the proportion [0-1], of the broadcast shape.

    Raises
    ------
    ValueError
        If some x is negative or above its n, or the level is not in (0, 1).

    References
    ----------
    Wilson (1927), J. Am. Stat. Assoc. 22; Newcombe (1998), Stat. Med. 17,
    methods 3 and 4.

    Examples
    --------
    >>> low, high = wilson_interval(81, 263)
    >>> round(float(low), 4), round(float(high), 4)
    (0.2553, 0.3662)
    """
    z = normal_quantile(confidence)
    successes, trials = broadcast_counts(x, n)
    shift = 1.0 if continuity_correction else 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = successes / trials
        failures = trials - successes
        inside = z**2 - shift / trials
        # Without correction both spreads are those of the plain score interval.
        below = np.maximum(inside - 2 * shift + 4 * rate * (failures + shift), 0)
        above = np.maximum(inside + 2 * shift + 4 * rate * (failures - shift), 0)
        low = (2 * successes + z**2 - shift - z * np.sqrt(below)) / (2 * (trials + z**2))
        high = (2 * successes + z**2 + shift + z * np.sqrt(above)) / (2 * (trials + z**2))
    low = np.where(successes == 0, 0.0, low)
    high = np.where(successes == trials, 1.0, high)
    empty = ~(trials > 0)
    # Rounding must not carry a limit past the rate itself.
    low = np.where(empty, np.nan, np.clip(low, 0.0, rate))
    high = np.where(empty, np.nan, np.clip(high, rate, 1.0))
    return low, high


def clopper_pearson_interval(
    x: npt.ArrayLike, n: npt.ArrayLike, *, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Clopper-Pearson ("exact") interval for a binomial proportion.

    It covers the true proportion at least as often as stated; use it for
    legal and "at least" statements.

    Parameters
    ----------
    x, n : array_like
        Successes and trials [count], 0 <= x <= n. Where n is 0 or missing the
        limits are missing.
    confidence : float
        Two-sided confidence level, between 0 and 1.

    Returns
    -------
    low, high : ndarray of float
        Limits of the proportion [0-1], of the broadcast shape.

    Raises
    ------
    ValueError
        If some x is negative or above its n, or the level is not in (0, 1).

    References
    ----------
    Clopper & Pearson (1934), Biometrika 26; beta quantiles as in Brown, Cai &
    DasGupta (2001), Stat. Sci. 16.

    Examples
    --------
    >>> low, high = clopper_pearson_interval(81, 263)
    >>> round(float(low), 4), round(float(high), 4)
    (0.2527, 0.3676)
    """
    return _beta_interval(x, n, confidence, low_prior=(0.0, 1.0), high_prior=(1.0, 0.0))


def jeffreys_interval(
    x: npt.ArrayLike, n: npt.ArrayLike, *, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Jeffreys interval: equal tails of the Beta(x + 1/2, n - x + 1/2) posterior.

    At the edges the convention of Brown, Cai and DasGupta holds: with no
    successes the lower limit is 0, with only successes the upper limit is 1;
    the other limit keeps its tail of (1 - confidence) / 2.

    Parameters
    ----------
    x, n : array_like
        Successes and trials [count], 0 <= x <= n. Where n is 0 or missing the
        limits are missing.
    confidence : float
        Two-sided level, between 0 and 1.

    Returns
    -------
    low, high : ndarray of float
        Limits of the proportion [0-1], of the broadcast shape.

    Raises
    ------
    ValueError
        If some x is negative or above its n, or the level is not in (0, 1).

    References
    ----------
    Brown, Cai & DasGupta (2001), Stat. Sci. 16, section 4.1.2.

    Examples
    --------
    >>> low, high = jeffreys_interval(13, 16)
    >>> round(float(low), 4), round(float(high), 4)
    (0.5792, 0.9442)
    """
    return _beta_interval(x, n, confidence, low_prior=(0.5, 0.5), high_prior=(0.5, 0.5))


def zero_failure_limit(n: npt.ArrayLike, *, confidence: float = 0.95) -> Floats:
    """Upper limit of the failure rate when none of n units failed.

    The exact one-sided limit 1 - (1 - confidence)^(1/n); at 95 % it is close
    to 3/n, the "rule of three".

    Parameters
    ----------
    n : array_like
        Units examined [count]. Where n is 0 or missing the limit is missing.
    confidence : float
        One-sided confidence level, between 0 and 1.

    Returns
    -------
    ndarray of float
        Upper limit of the failure rate [0-1], of the shape of `n`.

    Raises
    ------
    ValueError
        If some n is negative, or the level is not in (0, 1).

    References
    ----------
    Hanley & Lippman-Hand (1983), JAMA 249.

    Examples
    --------
    >>> zero_failure_limit([30, 300]).round(4).tolist()
    [0.095, 0.0099]
    """
    require_confidence(confidence)
    _, trials = broadcast_counts(0, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        limit = -np.expm1(np.log1p(-confidence) / trials)
    return np.where(trials > 0, limit, np.nan)


def _beta_interval(
    x: npt.ArrayLike,
    n: npt.ArrayLike,
    confidence: float,
    *,
    low_prior: tuple[float, float],
    high_prior: tuple[float, float],
) -> tuple[Floats, Floats]:
    """Beta quantiles at x + prior, n - x + prior, closed at 0 and 1."""
    from scipy.special import betaincinv

    require_confidence(confidence)
    successes, trials = broadcast_counts(x, n)
    tail = (1 - confidence) / 2
    failures = trials - successes
    low = betaincinv(successes + low_prior[0], failures + low_prior[1], tail)
    high = betaincinv(successes + high_prior[0], failures + high_prior[1], 1 - tail)
    low = np.where(successes == 0, 0.0, low)
    high = np.where(failures == 0, 1.0, high)
    empty = ~(trials > 0)
    return np.where(empty, np.nan, low), np.where(empty, np.nan, high)
