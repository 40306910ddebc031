"""Intervals for counts and for rates of counts.

Levels are two-sided: a one-sided limit at 95 % is that of a confidence of 0.90.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, require_confidence
from agriqa.stats.proportions import normal_quantile


def poisson_exact_interval(
    count: npt.ArrayLike, exposure: npt.ArrayLike = 1.0, *, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Exact (Garwood) interval for a Poisson count or rate.

    Parameters
    ----------
    count : array_like
        Events [count], at least 0.
    exposure : array_like
        What the events are counted over [any unit]; with the default of 1 the
        limits are those of the count. Where a count is missing or an exposure
        is missing or 0 the limits are missing.
    confidence : float
        Two-sided confidence level, between 0 and 1.

    Returns
    -------
    low, high : ndarray of float
        Limits of count / exposure, of the broadcast shape.

    Raises
    ------
    ValueError
        If a count or an exposure is negative, or the level is not in (0, 1).

    References
    ----------
    Garwood (1936), Biometrika 28; chi-square form: Ulm (1990), Am. J. Epidemiol. 131.

    Examples
    --------
    >>> low, high = poisson_exact_interval(10)
    >>> round(float(low), 3), round(float(high), 3)
    (4.795, 18.39)
    """
    from scipy.special import gammaincinv

    require_confidence(confidence)
    events, over = _counts_and_exposure(count, exposure)
    tail = (1 - confidence) / 2
    # Half the chi-square quantile of 2a degrees of freedom is the Gamma(a) quantile.
    low = np.where(events > 0, gammaincinv(np.where(events > 0, events, 1.0), tail), 0.0)
    return _rates(low, gammaincinv(events + 1, 1 - tail), events, over)


def byar_interval(
    count: npt.ArrayLike,
    exposure: npt.ArrayLike = 1.0,
    *,
    confidence: float = 0.95,
    form: str = "breslow_day",
) -> tuple[Floats, Floats]:
    """Byar's approximate interval for a Poisson count or rate.

    Good from about 10 events on; below that prefer `poisson_exact_interval`.
    The lower limit of no events is 0, and a lower limit that would be negative
    (very few events at a very high level) is 0.

    Parameters
    ----------
    count : array_like
        Events [count], at least 0.
    exposure : array_like
        What the events are counted over [any unit]. Where a count is missing
        or an exposure is missing or 0 the limits are missing.
    confidence : float
        Two-sided confidence level, between 0 and 1.
    form : str
        "breslow_day" approximates the exact limits from the count and the count
        plus 1 (PHEindicatormethods, APHO); "rothman_boice" the shorter mid-P
        limits, both from the count plus 1/2 (R's epitools and DescTools).

    Returns
    -------
    low, high : ndarray of float
        Limits of count / exposure, of the broadcast shape.

    Raises
    ------
    ValueError
        If a count or an exposure is negative, the level is not in (0, 1) or the
        form is unknown.

    References
    ----------
    Breslow & Day (1987), Statistical Methods in Cancer Research II, p. 69;
    Rothman & Boice (1979), Epidemiologic Analysis with a Programmable Calculator.

    Examples
    --------
    >>> low, high = byar_interval(100)
    >>> round(float(low), 3), round(float(high), 3)
    (81.362, 121.628)
    """
    z = normal_quantile(confidence)
    events, over = _counts_and_exposure(count, exposure)
    if form == "breslow_day":
        below, above = np.where(events > 0, events, 1.0), events + 1
    elif form == "rothman_boice":
        below = above = events + 0.5
    else:
        raise ValueError(f"form must be one of breslow_day, rothman_boice, got {form!r}")
    low = below * np.maximum(1 - 1 / (9 * below) - z / (3 * np.sqrt(below)), 0) ** 3
    high = above * (1 - 1 / (9 * above) + z / (3 * np.sqrt(above))) ** 3
    return _rates(np.where(events > 0, low, 0.0), high, events, over)


def _counts_and_exposure(count: npt.ArrayLike, exposure: npt.ArrayLike) -> tuple[Floats, Floats]:
    events, over = np.broadcast_arrays(
        np.asarray(count, dtype=np.float64), np.asarray(exposure, dtype=np.float64)
    )
    if np.any(events < 0):
        raise ValueError("counts must be 0 or more")
    if np.any(over < 0):
        raise ValueError("exposures must be 0 or more")
    return events, over


def _rates(low: Floats, high: Floats, events: Floats, over: Floats) -> tuple[Floats, Floats]:
    known = ~np.isnan(events) & (over > 0)
    divisor = np.where(known, over, 1.0)
    return np.where(known, low / divisor, np.nan), np.where(known, high / divisor, np.nan)
