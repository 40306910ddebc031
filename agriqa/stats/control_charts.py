"""Shewhart charts for proportions and counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
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
    statistic: Array
    centre: Array
    lower: Array
    upper: Array
    sigma: Array
    standardised: Array
    baseline: npt.NDArray[np.bool_]
    dispersion: Array

    @property
    def above(self) -> npt.NDArray[np.bool_]:
        """Points above their upper limit, shape (..., points)."""
        return _outside(self.statistic, self.upper)

    @property
    def below(self) -> npt.NDArray[np.bool_]:
        """Points below their lower limit, shape (..., points)."""
        return _outside(self.lower, self.statistic)

    @property
    def signals(self) -> npt.NDArray[np.bool_]:
        """Points outside their limits, shape (..., points)."""
        return self.above | self.below

    def summary(self, language: Literal["zh", "en"] = "zh") -> str:
        """Say in a sentence how many points lie outside the limits."""
        shown = int(np.isfinite(self.statistic).sum())
        above, below = int(self.above.sum()), int(self.below.sum())
        if language == "zh":
            return f"{self.kind} 控制图共 {shown} 个点，{above} 个高于上限，{below} 个低于下限。"
        if language == "en":
            return (
                f"Of the {shown} points of the {self.kind} chart, {above} lie above"
                f" the upper limit and {below} below the lower."
            )
        raise ValueError(f"language must be one of 'zh', 'en', got {language!r}")


def p_chart(
    counts: npt.ArrayLike,
    sizes: npt.ArrayLike,
    *,
    k: float = 3.0,
    limits: Limits = "sigma",
    false_alarm: float = 0.0027,
    baseline: Points | None = None,
    leave_out: Points | None = None,
    centre: float | None = None,
) -> ControlChart:
    """Chart of the proportion of units with a property.

    Parameters
    ----------
    counts : array_like, shape (..., points)
        Units with the property [count], in time order along the last axis.
        A missing value is a gap: not plotted, and in no baseline.
    sizes : array_like
        Units examined [count], above 0; broadcasts with `counts`.
    k : float
        Limits are this many standard deviations from the centre.
    limits : {"sigma", "probability"}
        "probability" takes the exact binomial quantiles, so that a point is
        above, and is below, with a probability of at most half `false_alarm`.
    false_alarm : float
        Used by probability limits only.
    baseline : sequence of int or of bool, optional
        The points that limits are computed from (phase I); all by default.
        The limits apply to every point.
    leave_out : sequence of int or of bool, optional
        Points left out of the baseline (revised limits); they stay plotted.
    centre : float, optional
        A known proportion [0-1], used in place of the baseline's.

    Returns
    -------
    ControlChart
        Limits per point, not below 0 nor above 1.

    Raises
    ------
    ValueError
        If a count is outside 0 to its size, a size is not above 0, an option
        is unknown, or no baseline point is left.

    References
    ----------
    Montgomery, Introduction to Statistical Quality Control, chapter 7.

    Examples
    --------
    >>> chart = p_chart([12, 15, 8, 22], 50)
    >>> round(float(chart.centre[0]), 4), round(float(chart.upper[0]), 4)
    (0.285, 0.4765)
    """
    x, n = _counted(counts, sizes, within=True)
    used = _baseline(x, n, baseline, leave_out)
    p = _rate(x, n, used, centre, highest=1.0)
    sigma = np.sqrt(p * (1 - p) / n)
    lower, upper = _limits(
        p, sigma, k, limits, false_alarm, lambda q: _quantile("binom", q, n, p) / n
    )
    return _chart("p", x / n, p, lower, np.minimum(upper, 1.0), sigma, used)


def np_chart(
    counts: npt.ArrayLike,
    sizes: npt.ArrayLike,
    *,
    k: float = 3.0,
    limits: Limits = "sigma",
    false_alarm: float = 0.0027,
    baseline: Points | None = None,
    leave_out: Points | None = None,
    centre: float | None = None,
) -> ControlChart:
    """Chart of the number of units with a property: a p chart in units.

    Parameters and errors are those of `p_chart` (`centre` is a proportion);
    where sizes differ, so does the centre. Limits lie between 0 and the size.

    References
    ----------
    Montgomery, Introduction to Statistical Quality Control, chapter 7.

    Examples
    --------
    >>> chart = np_chart([12, 15, 8, 22], 50)
    >>> float(chart.centre[0]), round(float(chart.upper[0]), 2)
    (14.25, 23.83)
    """
    _, n = _counted(counts, sizes, within=True)
    share = p_chart(
        counts,
        sizes,
        k=k,
        limits=limits,
        false_alarm=false_alarm,
        baseline=baseline,
        leave_out=leave_out,
        centre=centre,
    )
    x, middle, lower, upper, sigma = (
        part * n for part in (share.statistic, share.centre, share.lower, share.upper, share.sigma)
    )
    return _chart("np", x, middle, lower, upper, sigma, share.baseline)


def u_chart(
    counts: npt.ArrayLike,
    sizes: npt.ArrayLike,
    *,
    k: float = 3.0,
    limits: Limits = "sigma",
    false_alarm: float = 0.0027,
    baseline: Points | None = None,
    leave_out: Points | None = None,
    centre: float | None = None,
) -> ControlChart:
    """Chart of the number of events per unit examined.

    Parameters are those of `p_chart`, with Poisson quantiles and a `centre` in
    events per unit; `sizes` need not be whole and may be below the counts.

    Raises
    ------
    ValueError
        If a count is negative, a size is not above 0, an option is unknown, or
        no baseline point is left.

    References
    ----------
    Montgomery, Introduction to Statistical Quality Control, chapter 7.

    Examples
    --------
    >>> chart = u_chart([14, 12, 20], [10, 8, 13])
    >>> round(float(chart.centre[0]), 4)
    1.4839
    """
    x, n = _counted(counts, sizes, within=False)
    used = _baseline(x, n, baseline, leave_out)
    u = _rate(x, n, used, centre, highest=np.inf)
    sigma = np.sqrt(u / n)
    lower, upper = _limits(
        u, sigma, k, limits, false_alarm, lambda q: _quantile("poisson", q, n * u) / n
    )
    return _chart("u", x / n, u, lower, upper, sigma, used)


def c_chart(
    counts: npt.ArrayLike,
    *,
    k: float = 3.0,
    limits: Limits = "sigma",
    false_alarm: float = 0.0027,
    baseline: Points | None = None,
    leave_out: Points | None = None,
    centre: float | None = None,
) -> ControlChart:
    """Chart of the number of events in equal units: a u chart with sizes of 1.

    Parameters and errors are those of `u_chart`.

    References
    ----------
    Montgomery, Introduction to Statistical Quality Control, chapter 7.

    Examples
    --------
    >>> chart = c_chart([21, 24, 16, 12])
    >>> round(float(chart.upper[0]), 4)
    31.0674
    """
    chart = u_chart(
        counts,
        1.0,
        k=k,
        limits=limits,
        false_alarm=false_alarm,
        baseline=baseline,
        leave_out=leave_out,
        centre=centre,
    )
    return _chart(
        "c", chart.statistic, chart.centre, chart.lower, chart.upper, chart.sigma, chart.baseline
    )


def laney_p_chart(
    counts: npt.ArrayLike,
    sizes: npt.ArrayLike,
    *,
    k: float = 3.0,
    baseline: Points | None = None,
    leave_out: Points | None = None,
    centre: float | None = None,
) -> ControlChart:
    """p' chart: the p chart's limits, widened by the variation between points.

    The standard deviation of each point is multiplied by sigma z, the mean
    moving range of the baseline's z-scores over 1.128. A moving range joins
    baseline points that follow each other once gaps and points left out are gone.

    Parameters and errors are those of `p_chart`; two baseline points are needed.

    References
    ----------
    Laney (2002), Improved control charts for attributes, Quality Engineering 14.

    Examples
    --------
    >>> chart = laney_p_chart([90, 120, 80, 130], 1000)
    >>> round(float(chart.dispersion), 2)
    3.63
    """
    chart = p_chart(counts, sizes, k=k, baseline=baseline, leave_out=leave_out, centre=centre)
    return _laney(chart, k, 1.0)


def laney_u_chart(
    counts: npt.ArrayLike,
    sizes: npt.ArrayLike,
    *,
    k: float = 3.0,
    baseline: Points | None = None,
    leave_out: Points | None = None,
    centre: float | None = None,
) -> ControlChart:
    """u' chart: the u chart's limits, widened as `laney_p_chart` widens the p chart's.

    Parameters and errors are those of `u_chart`; two baseline points are needed.

    References
    ----------
    Laney (2002), Improved control charts for attributes, Quality Engineering 14.

    Examples
    --------
    >>> chart = laney_u_chart([90, 120, 80, 130], 1000)
    >>> round(float(chart.dispersion), 2)
    3.43
    """
    chart = u_chart(counts, sizes, k=k, baseline=baseline, leave_out=leave_out, centre=centre)
    return _laney(chart, k, np.inf)


def mean_moving_range(values: Array, used: npt.NDArray[np.bool_]) -> Array:
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


def _laney(chart: ControlChart, k: float, highest: float) -> ControlChart:
    # Points that cannot vary (a centre of 0 or 1) have no z-score; they are at the centre.
    scores = np.where(chart.baseline & ~(chart.sigma > 0), 0.0, chart.standardised)
    dispersion = mean_moving_range(scores, chart.baseline) / MEAN_MOVING_RANGE
    sigma = chart.sigma * dispersion[..., None]
    return _chart(
        f"laney {chart.kind}",
        chart.statistic,
        chart.centre,
        np.maximum(chart.centre - k * sigma, 0.0),
        np.minimum(chart.centre + k * sigma, highest),
        sigma,
        chart.baseline,
        dispersion=dispersion,
    )


def _chart(
    kind: str,
    statistic: Array,
    centre: Array,
    lower: Array,
    upper: Array,
    sigma: Array,
    used: npt.NDArray[np.bool_],
    *,
    dispersion: Array | None = None,
) -> ControlChart:
    with np.errstate(divide="ignore", invalid="ignore"):
        standardised = (statistic - centre) / sigma
    return ControlChart(
        kind=kind,
        statistic=statistic,
        centre=np.broadcast_to(centre, statistic.shape),
        lower=lower,
        upper=upper,
        sigma=sigma,
        standardised=standardised,
        baseline=used,
        dispersion=np.ones(statistic.shape[:-1]) if dispersion is None else dispersion,
    )


def _counted(counts: npt.ArrayLike, sizes: npt.ArrayLike, *, within: bool) -> tuple[Array, Array]:
    x, n = np.broadcast_arrays(
        np.atleast_1d(np.asarray(counts, dtype=np.float64)), np.asarray(sizes, dtype=np.float64)
    )
    if np.any(x < 0):
        raise ValueError("counts must not be negative")
    if np.any(n <= 0):
        raise ValueError("sizes must be above 0; give a missing value for a gap")
    if within and np.any(x > n):
        raise ValueError("counts must not be above their sizes")
    return x, n


def baseline_points(
    present: npt.NDArray[np.bool_], baseline: Points | None, leave_out: Points | None
) -> npt.NDArray[np.bool_]:
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


def _baseline(
    x: Array, n: Array, baseline: Points | None, leave_out: Points | None
) -> npt.NDArray[np.bool_]:
    return baseline_points(np.isfinite(x) & np.isfinite(n), baseline, leave_out)


def _mask(points: Points, length: int, name: str) -> npt.NDArray[np.bool_]:
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


def _rate(
    x: Array, n: Array, used: npt.NDArray[np.bool_], centre: float | None, *, highest: float
) -> Array:
    if centre is not None:
        if not 0 <= centre <= highest:
            raise ValueError(f"centre must be between 0 and {highest}, got {centre}")
        return np.full(x.shape, float(centre))
    pooled = np.where(used, x, 0.0).sum(axis=-1) / np.where(used, n, 0.0).sum(axis=-1)
    return np.broadcast_to(pooled[..., None], x.shape)


def _limits(
    centre: Array,
    sigma: Array,
    k: float,
    limits: str,
    false_alarm: float,
    quantile: Callable[[float], Array],
) -> tuple[Array, Array]:
    if limits == "sigma":
        if not k > 0:
            raise ValueError(f"k must be above 0, got {k}")
        return np.maximum(centre - k * sigma, 0.0), centre + k * sigma
    if limits == "probability":
        if not 0 < false_alarm < 1:
            raise ValueError(f"false_alarm must be between 0 and 1, got {false_alarm}")
        return quantile(false_alarm / 2), quantile(1 - false_alarm / 2)
    raise ValueError(f"limits must be one of 'sigma', 'probability', got {limits!r}")


def _quantile(distribution: str, level: float, *parameters: Array) -> Array:
    from scipy import stats

    value: Array = getattr(stats, distribution).ppf(level, *parameters)
    # scipy puts the quantile of a count that is always 0 at -1.
    return np.maximum(value, 0.0)


def _outside(larger: Array, smaller: Array) -> npt.NDArray[np.bool_]:
    # A point on its limit is within it; rounding must not put it outside.
    outside: npt.NDArray[np.bool_] = larger - smaller > 1e-12 * np.maximum(
        np.abs(larger), np.abs(smaller)
    )
    return outside
