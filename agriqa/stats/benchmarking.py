"""Benchmarking: small-area estimates made to agree with a published total."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, require_choice

METHODS = ("ratio", "difference")


def benchmark(
    estimates: npt.ArrayLike,
    *,
    weights: npt.ArrayLike,
    target: float,
    method: str = "ratio",
) -> Floats:
    """Adjust area estimates so that their weighted sum is a given figure.

    Parameters
    ----------
    estimates : array_like, shape (areas,)
        Estimates of the areas [any unit]; missing values stay missing and are left
        out of the sum.
    weights : array_like, shape (areas,)
        Weights >= 0: shares that add up to 1 for a mean, sizes for a total.
    target : float
        The figure that sum(weights * estimates) must equal.
    method : {"ratio", "difference"}
        "ratio" multiplies every estimate by one factor, "difference" adds one
        amount to every estimate. Neither knows of bounds: a proportion may pass 1.

    Returns
    -------
    ndarray of float, shape (areas,)
        The adjusted estimates.

    Raises
    ------
    ValueError
        If the lengths differ, a weight is negative or missing, the target is not
        finite, the method is unknown, or there is nothing to adjust (all weights
        or, for the ratio, the weighted sum are 0).

    References
    ----------
    Rao and Molina (2015), Small Area Estimation, 2nd ed., section 6.4.6.

    Examples
    --------
    >>> benchmark([0.8, 0.6], weights=[0.5, 0.5], target=0.77).round(2)
    array([0.88, 0.66])
    """
    require_choice("method", method, METHODS)
    values = np.asarray(estimates, dtype=np.float64)
    shares = np.asarray(weights, dtype=np.float64)
    if values.ndim != 1 or values.shape != shares.shape:
        raise ValueError("estimates and weights must be one-dimensional and of equal length")
    if not np.all(shares >= 0):
        raise ValueError("weights must be 0 or above and not missing")
    if not np.isfinite(target):
        raise ValueError("target must be a finite number")
    present = ~np.isnan(values)
    total = float(np.sum(shares[present] * values[present]))
    if method == "ratio":
        if total == 0:
            raise ValueError("the weighted sum of the estimates is 0: no ratio reaches the target")
        return values * (target / total)
    weight = float(np.sum(shares[present]))
    if weight == 0:
        raise ValueError("all weights are 0: no difference reaches the target")
    return values + (target - total) / weight
