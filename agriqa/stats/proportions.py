"""Intervals for proportions."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import numpy.typing as npt


def wilson_interval(
    x: npt.ArrayLike, n: npt.ArrayLike, *, confidence: float = 0.95
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Wilson score interval for a binomial proportion.

    Parameters
    ----------
    x : array_like
        Successes [count], 0 <= x <= n; any shape that broadcasts with `n`.
    n : array_like
        Trials [count]. Where n is 0 or missing the limits are missing.
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
    Wilson (1927), J. Am. Stat. Assoc. 22; Newcombe (1998), Stat. Med. 17,
    method 3.

    Examples
    --------
    >>> low, high = wilson_interval(81, 263)
    >>> round(float(low), 4), round(float(high), 4)
    (0.2553, 0.3662)
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1, got {confidence}")
    successes, trials = np.broadcast_arrays(
        np.asarray(x, dtype=np.float64), np.asarray(n, dtype=np.float64)
    )
    if np.any((successes < 0) | (successes > trials)):
        raise ValueError("x must be between 0 and n")
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = z * np.sqrt(z**2 + 4 * successes * (1 - successes / trials))
        rate = successes / trials
        low = (2 * successes + z**2 - spread) / (2 * (trials + z**2))
        high = (2 * successes + z**2 + spread) / (2 * (trials + z**2))
    empty = ~(trials > 0)
    # With no or only successes a limit is the rate itself; rounding must not pass it.
    low = np.where(empty, np.nan, np.clip(low, 0.0, rate))
    high = np.where(empty, np.nan, np.clip(high, rate, 1.0))
    return low, high
