"""Exponentially weighted moving average charts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Flags, Floats, Language, in_language, require_choice


@dataclass(frozen=True)
class Ewma:
    """An EWMA chart; the last axis is time.

    Attributes
    ----------
    statistic : ndarray of float, shape (..., points)
        Weighted averages, in the values' unit; missing where the value is.
    centre, lower, upper : ndarray of float, shape (..., points)
        Target and control limits, in the values' unit.
    """

    statistic: Floats
    centre: Floats
    lower: Floats
    upper: Floats

    @property
    def signals(self) -> Flags:
        """Points outside their limits, shape (..., points)."""
        return np.asarray((self.statistic > self.upper) | (self.statistic < self.lower))

    def summary(self, language: Language = "zh") -> str:
        """Say in a sentence how many points lie outside the limits."""
        shown, out = int(np.isfinite(self.statistic).sum()), int(self.signals.sum())
        return in_language(
            language,
            zh=f"EWMA 控制图共 {shown} 个点，{out} 个超出控制限。",
            en=f"Of the {shown} points of the EWMA chart, {out} lie outside the limits.",
        )


def ewma(
    values: npt.ArrayLike,
    *,
    target: npt.ArrayLike,
    sigma: npt.ArrayLike,
    weight: float = 0.2,
    width: float = 3.0,
    limits: Literal["exact", "asymptotic"] = "exact",
) -> Ewma:
    """EWMA chart: each point weighs the newest value and the average before it.

    Parameters
    ----------
    values : array_like, shape (..., points)
        Values in time order along the last axis. At a missing one the average
        stands still.
    target, sigma : array_like
        Mean and standard deviation in control, in the values' unit; broadcast
        with `values`. A standard deviation that differs between points (as
        with unequal sample sizes) enters the exact limits point by point; the
        asymptotic ones take it as if it had always been that of the point.
    weight : float
        Weight of the newest value, lambda [above 0, to 1].
    width : float
        Distance of the limits, L [standard deviations of the average].
    limits : {"exact", "asymptotic"}
        Limits that widen from the first point on, or those they tend to.

    Returns
    -------
    Ewma

    Raises
    ------
    ValueError
        If the weight, the width or a sigma is out of range, or `limits` unknown.

    References
    ----------
    Montgomery, Introduction to Statistical Quality Control, chapter 9.

    Examples
    --------
    >>> chart = ewma([9.45, 7.99, 9.29], target=10, sigma=1, weight=0.1, width=2.7)
    >>> chart.statistic.round(4), chart.upper.round(2)
    (array([9.945 , 9.7495, 9.7036]), array([10.27, 10.36, 10.42]))
    """
    if not 0 < weight <= 1:
        raise ValueError(f"weight must be above 0 and at most 1, got {weight}")
    if not width > 0:
        raise ValueError(f"width must be above 0, got {width}")
    require_choice("limits", limits, ("exact", "asymptotic"))
    x, mean, spread = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(v, dtype=np.float64)) for v in (values, target, sigma))
    )
    if np.any(spread <= 0):
        raise ValueError("sigma must be above 0")
    statistic, variance = np.full(x.shape, np.nan), np.zeros(x.shape)
    # Distances are averaged, so that the target may differ between points.
    distance, spent = np.zeros(x.shape[:-1]), np.zeros(x.shape[:-1])
    for point in range(x.shape[-1]):
        step, noise = (x - mean)[..., point], spread[..., point] ** 2
        seen = np.isfinite(step) & np.isfinite(noise)
        distance = np.where(seen, weight * step + (1 - weight) * distance, distance)
        spent = np.where(seen, weight**2 * noise + (1 - weight) ** 2 * spent, spent)
        statistic[..., point] = np.where(seen, mean[..., point] + distance, np.nan)
        variance[..., point] = spent
    if limits == "asymptotic":
        variance = spread**2 * weight / (2 - weight)
    reach = width * np.sqrt(variance)
    return Ewma(statistic, mean, mean - reach, mean + reach)
