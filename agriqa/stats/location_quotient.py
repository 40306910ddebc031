"""Location quotient of areas, with exact intervals for small counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, require_choice, require_confidence

Method = Literal["poisson", "byar", "binomial"]
Reference = Literal["whole", "rest"]


@dataclass(frozen=True)
class LocationQuotient:
    """Location quotients with their intervals; each field has the shape of the areas.

    Attributes
    ----------
    estimate : ndarray of float
        Local rate over the reference rate; 1 where the area is like the reference.
    low, high : ndarray of float
        Limits of the quotient.
    expected : ndarray of float
        Count that the area would have at the reference rate.
    """

    estimate: Floats
    low: Floats
    high: Floats
    expected: Floats


def location_quotient(
    count: npt.ArrayLike,
    total: npt.ArrayLike,
    *,
    reference_count: float | None = None,
    reference_total: float | None = None,
    compared_with: Reference = "whole",
    method: Method = "poisson",
    confidence: float = 0.95,
) -> LocationQuotient:
    """Location quotient (count/total) / (reference count/reference total) of each area.

    Parameters
    ----------
    count : array_like
        Units of the kind in each area [count]. Where it is missing, so is the result.
    total : array_like
        What the rate is of: all units, people, hectares ... [any unit], 0 or above; of a
        shape that broadcasts with `count`. Where it is 0 or missing there is no quotient.
    reference_count, reference_total : float, optional
        Count and total of the whole that the areas are part of; by default the sums
        over the areas where neither is missing. Both or neither must be given.
    compared_with : {"whole", "rest"}
        "whole": the reference holds the area itself, as is usual. "rest": the area is
        taken out of the reference, so that a large area is not compared with itself.
    method : {"poisson", "byar", "binomial"}
        "poisson": exact (Garwood) limits of a Poisson count; the reference rate is held
        to be known. "byar": Byar's approximation of it. "binomial": exact
        (Clopper-Pearson) limits of the area's part in the reference count, given that
        count; the reference is uncertain too. The binomial needs areas that are part of
        the reference.
    confidence : float
        Two-sided confidence level, between 0 and 1.

    Returns
    -------
    LocationQuotient
        A count of zero gives a quotient and lower limit of 0 and an upper limit above 0.
        Where the reference count is zero no quotient is defined and all are missing.
        With "rest" the quotient of an area that has all is infinite; the binomial still
        gives it a lower limit, the others give none.

    Raises
    ------
    ValueError
        If counts are negative or not whole, a total is negative, an area exceeds the
        reference, only one reference is given, or an option is unknown.

    References
    ----------
    Garwood (1936), Biometrika 28; Breslow and Day (1987), Statistical Methods in Cancer
    Research II, p. 69 (Byar); Clopper and Pearson (1934), Biometrika 26. Given the sum of
    two Poisson counts, one of them is binomial: Przyborowski and Wilenski (1940),
    Biometrika 31.

    Examples
    --------
    >>> found = location_quotient([8, 2], [100, 100])
    >>> found.estimate.tolist()
    [1.6, 0.4]
    """
    require_choice("compared_with", compared_with, get_args(Reference))
    require_choice("method", method, get_args(Method))
    require_confidence(confidence)
    x, n = np.broadcast_arrays(
        np.asarray(count, dtype=np.float64), np.asarray(total, dtype=np.float64)
    )
    _check(x, n)
    whole_count, whole_total = _reference(x, n, reference_count, reference_total)
    if compared_with == "rest":
        other_count, other_total = whole_count - x, whole_total - n
    else:
        other_count, other_total = np.full(x.shape, whole_count), np.full(x.shape, whole_total)
    defined = (n > 0) & (other_total > 0) & ~np.isnan(x) & (whole_count > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = np.where(defined, n * other_count / other_total, np.nan)
        estimate = np.where(defined, x / expected, np.nan)
        if method == "binomial":
            part_low, part_high = _clopper_pearson(x, np.full(x.shape, whole_count), confidence)
            if compared_with == "rest":
                part_low, part_high = part_low / (1 - part_low), part_high / (1 - part_high)
            low, high = part_low * other_total / n, part_high * other_total / n
        else:
            limits = poisson_interval(x, method=method, confidence=confidence)
            # A rest known to have none says nothing of the limits.
            low, high = (np.where(expected > 0, limit / expected, np.nan) for limit in limits)
    return LocationQuotient(
        estimate=estimate,
        low=np.where(defined, low, np.nan),
        high=np.where(defined, high, np.nan),
        expected=expected,
    )


def poisson_interval(
    count: npt.ArrayLike,
    *,
    method: Literal["poisson", "byar"] = "poisson",
    confidence: float = 0.95,
) -> tuple[Floats, Floats]:
    """Limits of the mean of a Poisson count.

    Parameters
    ----------
    count : array_like
        Observed count; missing gives missing limits.
    method : {"poisson", "byar"}
        "poisson": exact (Garwood), two equal tails. "byar": Byar's approximation.
    confidence : float
        Two-sided confidence level, between 0 and 1.

    Returns
    -------
    low, high : ndarray of float
        Limits of the mean [count]; the lower limit of a zero count is 0.

    Raises
    ------
    ValueError
        If a count is negative, or the method or level is not allowed.

    References
    ----------
    Garwood (1936), Biometrika 28; Breslow and Day (1987), p. 69.

    Examples
    --------
    >>> [round(float(limit), 3) for limit in poisson_interval(0)]
    [0.0, 3.689]
    """
    from scipy import stats

    require_choice("method", method, ("poisson", "byar"))
    require_confidence(confidence)
    x = np.asarray(count, dtype=np.float64)
    if np.any(x < 0):
        raise ValueError("a count must be 0 or above")
    tail = (1 - confidence) / 2
    positive = np.where(x > 0, x, 1.0)
    if method == "poisson":
        low = stats.chi2.ppf(tail, 2 * positive) / 2
        high = stats.chi2.ppf(1 - tail, 2 * (x + 1)) / 2
    else:
        z = stats.norm.ppf(1 - tail)
        low = positive * (1 - 1 / (9 * positive) - z / (3 * np.sqrt(positive))) ** 3
        high = (x + 1) * (1 - 1 / (9 * (x + 1)) + z / (3 * np.sqrt(x + 1))) ** 3
        # The cube of Byar's lower limit falls below zero at high levels.
        low = np.maximum(low, 0.0)
    return np.where(x == 0, 0.0, np.where(np.isnan(x), np.nan, low)), np.asarray(high)


def _clopper_pearson(x: Floats, n: Floats, confidence: float) -> tuple[Floats, Floats]:
    from scipy import stats

    tail = (1 - confidence) / 2
    with np.errstate(invalid="ignore"):
        low = stats.beta.ppf(tail, x, n - x + 1)
        high = stats.beta.ppf(1 - tail, x + 1, n - x)
    return np.where(x == 0, 0.0, low), np.where(x == n, 1.0, high)


def _check(x: Floats, n: Floats) -> None:
    if np.any((x < 0) | np.isinf(x) | (np.floor(x) != x) & ~np.isnan(x)):
        raise ValueError("a count must be a whole number, 0 or above")
    if np.any((n < 0) | np.isinf(n)):
        raise ValueError("a total must be finite and 0 or above")
    if np.any((n == 0) & (x > 0)):
        raise ValueError("an area with a total of 0 has a count above 0")


def _reference(
    x: Floats, n: Floats, count: float | None, total: float | None
) -> tuple[float, float]:
    if (count is None) != (total is None):
        raise ValueError("give both reference_count and reference_total, or neither")
    both = ~(np.isnan(x) | np.isnan(n))
    if count is None or total is None:
        return float(x[both].sum()), float(n[both].sum())
    if not (count >= 0 and total > 0 and count == np.floor(count)):
        raise ValueError("the reference needs a whole count, 0 or above, and a total above 0")
    if np.any(x[both] > count) or np.any(n[both] > total * (1 + 1e-12)):
        raise ValueError("an area exceeds the reference that it is part of")
    return float(count), float(total)
