"""Difference and ratio of two independent proportions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats
from agriqa.stats.proportions import broadcast_counts, normal_quantile, wilson_interval

# Halvings of the search for a score limit: past the precision of a float.
_HALVINGS = 64


@dataclass(frozen=True)
class Comparison:
    """A difference or ratio of two proportions with its interval.

    Attributes
    ----------
    estimate : ndarray of float
        First proportion minus, or divided by, the second.
    low, high : ndarray of float
        Limits of the interval, of the shape of the estimate.
    measure : str
        "difference" or "ratio".
    method : str
        Name of the interval.
    confidence : float
        Two-sided confidence level.
    """

    estimate: Floats
    low: Floats
    high: Floats
    measure: Literal["difference", "ratio"]
    method: str
    confidence: float


def proportion_difference(
    x1: npt.ArrayLike,
    n1: npt.ArrayLike,
    x2: npt.ArrayLike,
    n2: npt.ArrayLike,
    *,
    method: str = "newcombe",
    confidence: float = 0.95,
) -> Comparison:
    """Difference p1 - p2 of two independent proportions with its interval.

    Parameters
    ----------
    x1, n1, x2, n2 : array_like
        Successes and trials [count] of the first and second group; shapes
        broadcast. Where a group has no trials, or a value is missing, the
        result is missing.
    method : str
        "newcombe" (hybrid score, method 10 of Newcombe), "newcombe_corrected"
        (method 11, with continuity correction), "miettinen_nurminen" (score,
        variance times N / (N - 1)), "mee" (the same score without that factor,
        as Farrington and Manning test it), "wald" or "agresti_caffo" (Wald after
        adding one success and one failure to each group).
    confidence : float
        Two-sided confidence level, between 0 and 1.

    Returns
    -------
    Comparison
        The estimate is always x1 / n1 - x2 / n2; limits stay in [-1, 1].

    Raises
    ------
    ValueError
        If some x is negative or above its n, the level is not in (0, 1) or the
        method is unknown.

    References
    ----------
    Newcombe (1998), Stat. Med. 17, 873-890; Miettinen & Nurminen (1985), Stat.
    Med. 4; Farrington & Manning (1990), Stat. Med. 9; Agresti & Caffo (2000),
    Am. Stat. 54.

    Examples
    --------
    >>> found = proportion_difference(56, 70, 48, 80)
    >>> round(float(found.low), 4), round(float(found.high), 4)
    (0.0524, 0.3339)
    """
    z = normal_quantile(confidence)
    groups = _two_groups(x1, n1, x2, n2)
    a, m, b, n = groups
    with np.errstate(invalid="ignore", divide="ignore"):
        estimate = a / m - b / n
    if method in ("newcombe", "newcombe_corrected"):
        low, high = _newcombe(groups, estimate, confidence, method == "newcombe_corrected")
    elif method in ("miettinen_nurminen", "mee"):
        total = m + n
        factor = total / np.maximum(total - 1, 1) if method == "miettinen_nurminen" else 1.0

        def excess(difference: Floats) -> Floats:
            variance = _difference_variance(groups, difference)
            return (estimate - difference) ** 2 - z**2 * variance * factor

        low = _limit(excess, estimate, np.full(estimate.shape, -1.0))
        high = _limit(excess, estimate, np.full(estimate.shape, 1.0))
    elif method in ("wald", "agresti_caffo"):
        added = 1.0 if method == "agresti_caffo" else 0.0
        with np.errstate(invalid="ignore", divide="ignore"):
            p, q = (a + added) / (m + 2 * added), (b + added) / (n + 2 * added)
            spread = z * np.sqrt(p * (1 - p) / (m + 2 * added) + q * (1 - q) / (n + 2 * added))
        low, high = p - q - spread, p - q + spread
    else:
        raise ValueError(
            "method must be one of newcombe, newcombe_corrected, miettinen_nurminen, mee, wald, "
            f"agresti_caffo, got {method!r}"
        )
    known = (m > 0) & (n > 0)
    return Comparison(
        np.where(known, estimate, np.nan),
        np.where(known, np.clip(low, -1, 1), np.nan),
        np.where(known, np.clip(high, -1, 1), np.nan),
        "difference",
        method,
        confidence,
    )


def proportion_ratio(
    x1: npt.ArrayLike,
    n1: npt.ArrayLike,
    x2: npt.ArrayLike,
    n2: npt.ArrayLike,
    *,
    method: str = "koopman",
    confidence: float = 0.95,
) -> Comparison:
    """Ratio p1 / p2 of two independent proportions with its interval.

    Parameters
    ----------
    x1, n1, x2, n2 : array_like
        Successes and trials [count] of the first and second group; shapes
        broadcast. Where a group has no trials, or a value is missing, the
        result is missing.
    method : str
        "koopman" (score), "miettinen_nurminen" (score, variance times
        N / (N - 1)), "katz" (log) or "katz_adjusted" (log after adding half a
        success to x and half a trial to n, Walter 1975).
    confidence : float
        Two-sided confidence level, between 0 and 1.

    Returns
    -------
    Comparison
        The estimate is x1 / n1 over x2 / n2: infinite if only the second group
        has no success, missing if neither has one. A limit that the data leave
        open is 0 or infinite; so are both limits of "katz" when a group
        has no success.

    Raises
    ------
    ValueError
        If some x is negative or above its n, the level is not in (0, 1) or the
        method is unknown.

    References
    ----------
    Koopman (1984), Biometrics 40; Miettinen & Nurminen (1985), Stat. Med. 4;
    Katz et al. (1978), Biometrics 34; Walter (1975), Biometrika 62.

    Examples
    --------
    >>> found = proportion_ratio(36, 40, 16, 80)
    >>> round(float(found.low), 2), round(float(found.high), 2)
    (2.94, 7.15)
    """
    z = normal_quantile(confidence)
    groups = _two_groups(x1, n1, x2, n2)
    a, m, b, n = groups
    with np.errstate(invalid="ignore", divide="ignore"):
        estimate = (a / m) / (b / n)
    if method in ("koopman", "miettinen_nurminen"):
        total = m + n
        factor = total / np.maximum(total - 1, 1) if method == "miettinen_nurminen" else 1.0

        # The search runs over share = ratio / (1 + ratio), which ends at 1, not at infinity.
        def excess(share: Floats) -> Floats:
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                ratio = share / (1 - share)
                distance = (a / m - ratio * b / n) ** 2
                return distance - z**2 * _ratio_variance(groups, ratio) * factor

        with np.errstate(invalid="ignore", divide="ignore"):
            middle = (a / m) / (a / m + b / n)
        # With no success at all every ratio fits.
        middle = np.where((a == 0) & (b == 0), 0.5, middle)
        low_share = _limit(excess, middle, np.zeros(middle.shape))
        high_share = _limit(excess, middle, np.ones(middle.shape))
        with np.errstate(divide="ignore"):
            low, high = low_share / (1 - low_share), high_share / (1 - high_share)
        low = np.where(a == 0, 0.0, low)
        high = np.where(b == 0, np.inf, high)
    elif method in ("katz", "katz_adjusted"):
        added = 0.5 if method == "katz_adjusted" else 0.0
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            x, y = a + added, b + added
            centre = np.log(x / (m + added)) - np.log(y / (n + added))
            spread = z * np.sqrt(1 / x - 1 / (m + added) + 1 / y - 1 / (n + added))
            low, high = np.exp(centre - spread), np.exp(centre + spread)
        unbounded = (x == 0) | (y == 0)
        low, high = np.where(unbounded, 0.0, low), np.where(unbounded, np.inf, high)
    else:
        raise ValueError(
            "method must be one of koopman, miettinen_nurminen, katz, katz_adjusted, "
            f"got {method!r}"
        )
    known = (m > 0) & (n > 0)
    return Comparison(
        np.where(known, estimate, np.nan),
        np.where(known, low, np.nan),
        np.where(known, high, np.nan),
        "ratio",
        method,
        confidence,
    )


def _two_groups(
    x1: npt.ArrayLike, n1: npt.ArrayLike, x2: npt.ArrayLike, n2: npt.ArrayLike
) -> tuple[Floats, Floats, Floats, Floats]:
    a, m = broadcast_counts(x1, n1)
    b, n = broadcast_counts(x2, n2)
    a, m, b, n = np.broadcast_arrays(a, m, b, n)
    # One missing value leaves the whole comparison missing.
    known = ~(np.isnan(a) | np.isnan(m) | np.isnan(b) | np.isnan(n))
    return a, np.where(known, m, np.nan), b, np.where(known, n, np.nan)


def _newcombe(
    groups: tuple[Floats, Floats, Floats, Floats],
    estimate: Floats,
    confidence: float,
    continuity_correction: bool,
) -> tuple[Floats, Floats]:
    a, m, b, n = groups
    low1, high1 = wilson_interval(
        a, m, confidence=confidence, continuity_correction=continuity_correction
    )
    low2, high2 = wilson_interval(
        b, n, confidence=confidence, continuity_correction=continuity_correction
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        p, q = a / m, b / n
    below = np.sqrt((p - low1) ** 2 + (high2 - q) ** 2)
    above = np.sqrt((high1 - p) ** 2 + (q - low2) ** 2)
    return estimate - below, estimate + above


def _difference_variance(
    groups: tuple[Floats, Floats, Floats, Floats], difference: Floats
) -> Floats:
    """Variance of p1 - p2 at the likeliest p1, p2 that differ by `difference`."""
    a, m, b, n = groups
    with np.errstate(invalid="ignore", divide="ignore"):
        # The cubic of Farrington & Manning (1990), appendix, solved by cosine.
        theta = n / m
        p, q = a / m, b / n
        cubic = 1 + theta
        square = -(1 + theta + p + theta * q + difference * (theta + 2))
        linear = difference**2 + difference * (2 * p + theta + 1) + p + theta * q
        constant = -p * difference * (1 + difference)
        third = square / (3 * cubic)
        v = third**3 - square * linear / (6 * cubic**2) + constant / (2 * cubic)
        u = np.copysign(np.sqrt(np.maximum(third**2 - linear / (3 * cubic), 0)), v)
        angle = np.where(u == 0, 0.0, np.clip(v / u**3, -1, 1))
        first = 2 * u * np.cos((np.pi + np.arccos(angle)) / 3) - third
        first = np.clip(first, np.maximum(difference, 0), np.minimum(1 + difference, 1))
        second = np.clip(first - difference, 0, 1)
        return first * (1 - first) / m + second * (1 - second) / n


def _ratio_variance(groups: tuple[Floats, Floats, Floats, Floats], ratio: Floats) -> Floats:
    """Variance of p1 - ratio * p2 at the likeliest p1, p2 of that ratio."""
    a, m, b, n = groups
    half = ratio * (m + b) + a + n
    root = np.sqrt(np.maximum(half**2 - 4 * (m + n) * ratio * (a + b), 0))
    # The smaller root, written so that nothing cancels.
    second = np.clip(2 * (a + b) / (half + root), 0, 1)
    first = np.clip(ratio * second, 0, 1)
    return first * (1 - first) / m + ratio**2 * second * (1 - second) / n


def _limit(excess: Callable[[Floats], Floats], inside: Floats, outside: Floats) -> Floats:
    """Where excess turns positive between a point inside and the end of the range."""
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        beyond = excess(middle) > 0
        inside, outside = np.where(beyond, inside, middle), np.where(beyond, middle, outside)
    return inside
