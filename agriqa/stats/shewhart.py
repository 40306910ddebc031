"""The Shewhart control chart: its points, baseline and limits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Flags, Floats, Language, in_language, require_level

Limits = Literal["sigma", "probability"]
Points = Sequence[int] | Sequence[bool] | npt.NDArray[Any]

# Mean range of two standard normal values, to the digits of the published tables.
MEAN_MOVING_RANGE = 1.128


@dataclass(frozen=True)
class ControlChart:
    """A chart's points, centre and limits; the last axis is time.

    Attributes
    ----------
    kind : str
        The chart, as in "p" or "laney u".
    statistic : ndarray of float, shape (..., points)
        Plotted values; missing where the input was.
    centre, lower, upper : ndarray of float, shape (..., points)
        Centre line and control limits, in the statistic's unit.
    sigma : ndarray of float, shape (..., points)
        Standard deviation of each point in control, in the statistic's unit;
        of a t chart, that of the transformed times.
    standardised : ndarray of float, shape (..., points)
        Distance from the centre [standard deviations]: what run rules are applied to.
    baseline : ndarray of bool, shape (..., points)
        The points that centre and limits were computed from.
    dispersion : ndarray of float, shape (...)
        Laney's sigma z, the variation beyond that of the distribution; 1 elsewhere.
    """

    kind: str
    statistic: Floats
    centre: Floats
    lower: Floats
    upper: Floats
    sigma: Floats
    standardised: Floats
    baseline: Flags
    dispersion: Floats

    @property
    def above(self) -> Flags:
        """Points above their upper limit, shape (..., points)."""
        return _outside(self.statistic, self.upper)

    @property
    def below(self) -> Flags:
        """Points below their lower limit, shape (..., points)."""
        return _outside(self.lower, self.statistic)

    @property
    def signals(self) -> Flags:
        """Points outside their limits, shape (..., points)."""
        return self.above | self.below

    def summary(self, language: Language = "zh") -> str:
        """Say in a sentence how many points lie outside the limits."""
        shown = int(np.isfinite(self.statistic).sum())
        above, below = int(self.above.sum()), int(self.below.sum())
        return in_language(
            language,
            zh=f"{self.kind} 控制图共 {shown} 个点，{above} 个高于上限，{below} 个低于下限。",
            en=(
                f"Of the {shown} points of the {self.kind} chart, {above} lie above"
                f" the upper limit and {below} below the lower."
            ),
        )


def baseline_points(present: Flags, baseline: Points | None, leave_out: Points | None) -> Flags:
    """Mark the points a baseline is computed from.

    Parameters
    ----------
    present : ndarray of bool, shape (..., points)
        Points that are not missing.
    baseline, leave_out : sequence of int or of bool, optional
        Positions along the last axis, or one True or False per point.

    Returns
    -------
    ndarray of bool, shape (..., points)

    Raises
    ------
    ValueError
        If a position does not exist or no point is left.

    Examples
    --------
    >>> baseline_points(np.array([True, True, True]), [0, 1], [1])
    array([ True, False, False])
    """
    length = present.shape[-1]
    used = present.copy()
    if baseline is not None:
        used &= _mask(baseline, length, "baseline")
    if leave_out is not None:
        used &= ~_mask(leave_out, length, "leave_out")
    if not np.all(used.any(axis=-1)):
        raise ValueError("at least one point must be left in the baseline")
    return used


def known_centre(
    centre: npt.ArrayLike, shape: tuple[int, ...], lowest: float, highest: float = np.inf
) -> Floats:
    """Centre known beforehand, one for all points or broadcast to them.

    Parameters
    ----------
    centre : array_like
        In the statistic's unit.
    shape : tuple of int
        That of the points.
    lowest, highest : float
        Between which a centre may lie.

    Returns
    -------
    ndarray of float, shape (..., points)

    Raises
    ------
    ValueError
        If a centre is outside its range or missing.

    Examples
    --------
    >>> known_centre([[0.1], [0.2]], (2, 2), 0, 1)
    array([[0.1, 0.1],
           [0.2, 0.2]])
    """
    given = np.asarray(centre, dtype=np.float64)
    if not np.all((given >= lowest) & (given <= highest)):
        raise ValueError(f"centre must be between {lowest:g} and {highest:g}, got {given}")
    return np.broadcast_to(given, shape)


def mean_moving_range(values: Floats, used: Flags) -> Floats:
    """Mean absolute difference of the used values that follow each other.

    Parameters
    ----------
    values : ndarray of float, shape (..., points)
    used : ndarray of bool, shape (..., points)

    Returns
    -------
    ndarray of float, shape (...)

    Raises
    ------
    ValueError
        If a series has fewer than two used values.

    Examples
    --------
    >>> float(mean_moving_range(np.array([1.0, 9.0, 3.0]), np.array([True, False, True])))
    2.0
    """
    flat = values.reshape(-1, values.shape[-1])
    kept = [row[mask] for row, mask in zip(flat, used.reshape(flat.shape), strict=True)]
    if any(row.size < 2 for row in kept):
        raise ValueError("a moving range needs at least two points in the baseline")
    ranges = [np.abs(np.diff(row)).mean() for row in kept]
    return np.asarray(ranges, dtype=np.float64).reshape(values.shape[:-1])


def control_limits(
    centre: Floats,
    sigma: Floats,
    quantile: Callable[[float], Floats],
    *,
    limits: str,
    k: float,
    false_alarm: float,
) -> tuple[Floats, Floats]:
    """Limits at k standard deviations from the centre, or at quantiles.

    Parameters
    ----------
    centre, sigma : ndarray of float, shape (..., points)
        Centre and standard deviation of each point, in one unit.
    quantile : callable
        Gives the quantiles at a level [0-1], in the same unit.
    limits : {"sigma", "probability"}
        Which of the two.
    k : float
        Standard deviations from the centre, above 0.
    false_alarm : float
        Probability of a point outside either limit [0-1], half at each side.

    Returns
    -------
    lower, upper : ndarray of float, shape (..., points)

    Raises
    ------
    ValueError
        If an option is unknown or outside its range.

    Examples
    --------
    >>> low, high = control_limits(
    ...     np.array([5.0]), np.array([1.0]), np.log, limits="sigma", k=3, false_alarm=0.01)
    >>> float(low[0]), float(high[0])
    (2.0, 8.0)
    """
    if limits == "sigma":
        if not k > 0:
            raise ValueError(f"k must be above 0, got {k}")
        return centre - k * sigma, centre + k * sigma
    if limits == "probability":
        require_level("false_alarm", false_alarm)
        return quantile(false_alarm / 2), quantile(1 - false_alarm / 2)
    raise ValueError(f"limits must be one of 'sigma', 'probability', got {limits!r}")


def _mask(points: Points, length: int, name: str) -> Flags:
    given = np.asarray(points)
    if given.dtype == bool:
        if given.shape != (length,):
            raise ValueError(f"{name} must have one value for each of the {length} points")
        return given
    mask = np.zeros(length, dtype=bool)
    if given.size:
        if given.dtype.kind not in "iu" or given.min() < 0 or given.max() >= length:
            raise ValueError(f"{name} must hold positions from 0 to {length - 1}, or booleans")
        mask[given] = True
    return mask


def _outside(larger: Floats, smaller: Floats) -> Flags:
    # A point on its limit is within it; rounding must not put it outside.
    outside: Flags = larger - smaller > 1e-12 * np.maximum(np.abs(larger), np.abs(smaller))
    return outside
