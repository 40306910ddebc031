"""Prediction bounds of an overdispersed count."""

from __future__ import annotations

import math
from typing import Literal

from agriqa.stats.checks import require_choice

Bound = Literal["power", "negative_binomial", "negative_binomial_upper"]
Power = Literal["2/3", "1/2", "1"]
BOUNDS = ("power", "negative_binomial", "negative_binomial_upper")
POWERS = {"2/3": 2 / 3, "1/2": 1 / 2, "1": 1.0}


def prediction_bounds(
    expected: float,
    log_standard_error: float,
    dispersion: float,
    count: float,
    *,
    bound: Bound = "negative_binomial",
    power: Power = "2/3",
    alpha: float = 0.01,
) -> tuple[float, float, float]:
    """Bounds of a new count, and the probability of one as large as observed.

    Parameters
    ----------
    expected : float
        Expected count.
    log_standard_error : float
        Standard error of the logarithm of the expectation.
    dispersion : float
        Variance over mean, at least 1.
    count : float
        Observed count.
    bound : str
        "power": normal on the power scale, with the uncertainty of the
        expectation; "negative_binomial": quantile with the expectation plugged
        in; "negative_binomial_upper": with its 1 - alpha limit.
    power : {"2/3", "1/2", "1"}
        Transformation for "power".
    alpha : float
        One-sided level, between 0 and 0.5.

    Returns
    -------
    lower, upper, p_value : float

    Raises
    ------
    ValueError
        If an option is not allowed.

    References
    ----------
    Farrington et al. (1996), J. R. Stat. Soc. A 159; Noufaily et al. (2013),
    Stat. Med. 32.

    Examples
    --------
    >>> low, high, p = prediction_bounds(5, 0.0, 1.5, 11, alpha=0.05)
    >>> low, high, round(p, 4)
    (1.0, 10.0, 0.0376)
    """
    from scipy import special, stats

    check_bound(bound, power, alpha)
    z = float(special.ndtri(1 - alpha))
    if expected <= 0:
        return 0.0, 0.0, 1.0 if count <= 0 else 0.0
    if bound == "power":
        exponent = POWERS[power]
        variance = dispersion + log_standard_error**2 * expected
        sd = exponent * expected ** (exponent - 0.5) * variance**0.5
        centre = expected**exponent
        low = max(centre - z * sd, 0.0) ** (1 / exponent)
        high = (centre + z * sd) ** (1 / exponent)
        return float(low), float(high), float(special.ndtr((centre - count**exponent) / sd))
    mean = expected
    if bound == "negative_binomial_upper":
        mean = expected * math.exp(z * log_standard_error)
    if dispersion > 1:
        shape = (mean / (dispersion - 1), 1 / dispersion)
        low, high = stats.nbinom.ppf([alpha, 1 - alpha], *shape)
        return float(low), float(high), float(stats.nbinom.sf(count - 1, *shape))
    low, high = stats.poisson.ppf([alpha, 1 - alpha], mean)
    return float(low), float(high), float(stats.poisson.sf(count - 1, mean))


def check_bound(bound: str, power: str, alpha: float) -> None:
    """Refuse options of a bound that are not allowed."""
    require_choice("bound", bound, BOUNDS)
    require_choice("power", power, POWERS)
    if not 0 < alpha < 0.5:
        raise ValueError(f"alpha must be between 0 and 0.5, got {alpha}")
