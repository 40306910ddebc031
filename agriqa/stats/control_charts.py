"""Shewhart charts for proportions and counts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Flags, Floats
from agriqa.stats.shewhart import (
    MEAN_MOVING_RANGE,
    ControlChart,
    Limits,
    Points,
    baseline_points,
    control_limits,
    known_centre,
    mean_moving_range,
)


def p_chart(
    counts: npt.ArrayLike,
    sizes: npt.ArrayLike,
    *,
    k: float = 3.0,
    limits: Limits = "sigma",
    false_alarm: float = 0.0027,
    baseline: Points | None = None,
    leave_out: Points | None = None,
    centre: npt.ArrayLike | None = None,
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
    centre : array_like, optional
        A known proportion [0-1], used in place of the baseline's; broadcasts with
        `counts`.

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
    lower, upper = control_limits(
        p,
        sigma,
        lambda level: _quantile("binom", level, n, p) / n,
        limits=limits,
        k=k,
        false_alarm=false_alarm,
    )
    return _chart("p", x / n, p, np.maximum(lower, 0.0), np.minimum(upper, 1.0), sigma, used)


def np_chart(
    counts: npt.ArrayLike,
    sizes: npt.ArrayLike,
    *,
    k: float = 3.0,
    limits: Limits = "sigma",
    false_alarm: float = 0.0027,
    baseline: Points | None = None,
    leave_out: Points | None = None,
    centre: npt.ArrayLike | None = None,
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
    >>> round(float(chart.centre[0]), 2), round(float(chart.upper[0]), 2)
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
    centre: npt.ArrayLike | None = None,
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
    lower, upper = control_limits(
        u,
        sigma,
        lambda level: _quantile("poisson", level, n * u) / n,
        limits=limits,
        k=k,
        false_alarm=false_alarm,
    )
    return _chart("u", x / n, u, np.maximum(lower, 0.0), upper, sigma, used)


def c_chart(
    counts: npt.ArrayLike,
    *,
    k: float = 3.0,
    limits: Limits = "sigma",
    false_alarm: float = 0.0027,
    baseline: Points | None = None,
    leave_out: Points | None = None,
    centre: npt.ArrayLike | None = None,
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
    31.066
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
    centre: npt.ArrayLike | None = None,
) -> ControlChart:
    """Laney's p' chart: the p chart's limits, widened by the variation between points.

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
    3.66
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
    centre: npt.ArrayLike | None = None,
) -> ControlChart:
    """Laney's u' chart: the u chart's limits, widened as `laney_p_chart` does the p chart's.

    Parameters and errors are those of `u_chart`; two baseline points are needed.

    References
    ----------
    Laney (2002), Improved control charts for attributes, Quality Engineering 14.

    Examples
    --------
    >>> chart = laney_u_chart([90, 120, 80, 130], 1000)
    >>> round(float(chart.dispersion), 2)
    3.46
    """
    chart = u_chart(counts, sizes, k=k, baseline=baseline, leave_out=leave_out, centre=centre)
    return _laney(chart, k, np.inf)


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
    statistic: Floats,
    centre: Floats,
    lower: Floats,
    upper: Floats,
    sigma: Floats,
    used: Flags,
    *,
    dispersion: Floats | None = None,
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


def _counted(counts: npt.ArrayLike, sizes: npt.ArrayLike, *, within: bool) -> tuple[Floats, Floats]:
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


def _baseline(x: Floats, n: Floats, baseline: Points | None, leave_out: Points | None) -> Flags:
    return baseline_points(np.isfinite(x) & np.isfinite(n), baseline, leave_out)


def _rate(
    x: Floats,
    n: Floats,
    used: Flags,
    centre: npt.ArrayLike | None,
    *,
    highest: float,
) -> Floats:
    if centre is not None:
        return known_centre(centre, x.shape, 0.0, highest)
    pooled = np.where(used, x, 0.0).sum(axis=-1) / np.where(used, n, 0.0).sum(axis=-1)
    return np.broadcast_to(pooled[..., None], x.shape)


def _quantile(distribution: str, level: float, *parameters: Floats) -> Floats:
    from scipy import stats

    value: Floats = getattr(stats, distribution).ppf(level, *parameters)
    # scipy puts the quantile of a count that is always 0 at -1.
    return np.maximum(value, 0.0)
