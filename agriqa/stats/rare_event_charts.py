"""Charts of the distance between rare events."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Flags, Floats, require_choice
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

# The power that makes exponential times nearly normal (Nelson 1994).
NELSON_POWER = 1 / 3.6


def g_chart(
    between: npt.ArrayLike,
    *,
    minimum: Literal[0, 1] = 0,
    k: float = 3.0,
    limits: Limits = "probability",
    false_alarm: float = 0.0027,
    baseline: Points | None = None,
    leave_out: Points | None = None,
    centre: npt.ArrayLike | None = None,
) -> ControlChart:
    """Chart of the number of cases between two events.

    A low point means that events follow each other fast. Limits in standard
    deviations never reach a low point, so that exact limits are the default.

    Parameters
    ----------
    between : array_like, shape (..., points)
        Cases from each event to the next [count]; a missing value is a gap.
    minimum : {0, 1}
        0 where the event itself is not counted, 1 where it is.
    k : float
        Limits are this many standard deviations from the centre.
    limits : {"probability", "sigma"}
        "probability" takes the exact quantiles of the geometric distribution.
    false_alarm : float
        Used by probability limits only; half of it at either side.
    baseline, leave_out : sequence of int or of bool, optional
        As in `agriqa.stats.control_charts.p_chart`.
    centre : array_like, optional
        A known mean number of cases between events; broadcasts with `between`.

    Returns
    -------
    ControlChart
        With standard deviation sqrt((mean - minimum)(mean - minimum + 1)).

    Raises
    ------
    ValueError
        If a number is below the minimum, an option is unknown, or no baseline
        point is left.

    References
    ----------
    Kaminsky, Benneyan, Davis, Burke (1992), J. Quality Technology 24;
    Benneyan (2001), Health Care Management Science 4.

    Examples
    --------
    >>> chart = g_chart([20, 40, 30], limits="sigma")
    >>> round(float(chart.upper[0]), 2)
    121.49
    """
    require_choice("minimum", minimum, (0, 1))
    values = _values(between, float(minimum), "between")
    used = baseline_points(np.isfinite(values), baseline, leave_out)
    mean = _mean(values, used, centre, float(minimum))
    beyond = mean - minimum
    sigma = np.sqrt(beyond * (beyond + 1))

    def quantile(level: float) -> Floats:
        from scipy import stats

        # scipy counts trials to the event, the event included, and divides by
        # log(1 - p), which is 0 where every case is an event.
        with np.errstate(divide="ignore"):
            trials: Floats = np.maximum(stats.geom.ppf(level, 1 / (beyond + 1)), 1.0)
        return trials - 1 + minimum

    lower, upper = control_limits(
        mean, sigma, quantile, limits=limits, k=k, false_alarm=false_alarm
    )
    lower = np.maximum(lower, float(minimum))
    return _chart("g", values, mean, lower, upper, sigma, values, mean, used)


def t_chart(
    times: npt.ArrayLike,
    *,
    k: float = 3.0,
    limits: Limits = "probability",
    false_alarm: float = 0.0027,
    baseline: Points | None = None,
    leave_out: Points | None = None,
    centre: npt.ArrayLike | None = None,
) -> ControlChart:
    """Chart of the time between two events.

    Parameters
    ----------
    times : array_like, shape (..., points)
        Time from each event to the next, not negative, in any unit; a missing
        value is a gap.
    k : float
        Limits are this many standard deviations from the centre.
    limits : {"probability", "sigma"}
        "probability" takes exponential quantiles, with the mean as the centre.
        "sigma" charts time**(1/3.6) with the standard deviation from moving
        ranges, and puts centre and limits back in the unit of time.
    false_alarm : float
        Used by probability limits only; half of it at either side.
    baseline, leave_out : sequence of int or of bool, optional
        As in `agriqa.stats.control_charts.p_chart`.
    centre : array_like, optional
        A known mean time between events, for probability limits only; broadcasts
        with `times`.

    Returns
    -------
    ControlChart
        `sigma` and `standardised` are those of the transformed times.

    Raises
    ------
    ValueError
        If a time is negative, an option is unknown or does not go with another, or
        fewer than two baseline points are left.

    References
    ----------
    Nelson (1994), A control chart for parts-per-million nonconforming items,
    J. Quality Technology 26.

    Examples
    --------
    >>> chart = t_chart([12.0, 30.0, 21.0])
    >>> round(float(chart.upper[0]), 1)
    138.8
    """
    values = _values(times, 0.0, "times")
    used = baseline_points(np.isfinite(values), baseline, leave_out)
    transformed = values**NELSON_POWER
    middle = _mean(transformed, used, None, 0.0)
    spread = mean_moving_range(transformed, used) / MEAN_MOVING_RANGE
    sigma = np.broadcast_to(spread[..., None], values.shape)
    if centre is not None and limits == "sigma":
        raise ValueError("a known centre goes with probability limits only")
    line = middle if limits == "sigma" else _mean(values, used, centre, 0.0) ** NELSON_POWER
    lower, upper = control_limits(
        middle,
        sigma,
        lambda level: line * (-np.log1p(-level)) ** NELSON_POWER,
        limits=limits,
        k=k,
        false_alarm=false_alarm,
    )
    line, lower, upper = (
        np.maximum(part, 0.0) ** (1 / NELSON_POWER) for part in (line, lower, upper)
    )
    return _chart("t", values, line, lower, upper, sigma, transformed, middle, used)


def _values(given: npt.ArrayLike, minimum: float, name: str) -> Floats:
    values = np.atleast_1d(np.asarray(given, dtype=np.float64))
    if np.any(values < minimum):
        raise ValueError(f"{name} must not be below {minimum:g}")
    return values


def _mean(values: Floats, used: Flags, centre: npt.ArrayLike | None, minimum: float) -> Floats:
    if centre is not None:
        return known_centre(centre, values.shape, minimum)
    mean = np.where(used, values, 0.0).sum(axis=-1) / used.sum(axis=-1)
    return np.broadcast_to(mean[..., None], values.shape)


def _chart(
    kind: str,
    statistic: Floats,
    centre: Floats,
    lower: Floats,
    upper: Floats,
    sigma: Floats,
    scale: Floats,
    middle: Floats,
    used: Flags,
) -> ControlChart:
    with np.errstate(divide="ignore", invalid="ignore"):
        standardised = (scale - middle) / sigma
    return ControlChart(
        kind=kind,
        statistic=statistic,
        centre=centre,
        lower=lower,
        upper=upper,
        sigma=sigma,
        standardised=standardised,
        baseline=used,
        dispersion=np.ones(statistic.shape[:-1]),
    )
