"""Survival curves with late entry and right censoring (Kaplan-Meier)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import (
    Floats,
    Language,
    in_language,
    require_choice,
    require_confidence,
    require_level,
)

if TYPE_CHECKING:
    import pandas as pd

Interval = Literal["log-log", "log", "plain"]
Flat = Literal["first", "midpoint"]


@dataclass(frozen=True)
class SurvivalCurve:
    """Kaplan-Meier estimate at each distinct time of an event or a censoring.

    Attributes
    ----------
    time : ndarray of float, shape (k,)
        Times, ascending [unit of the durations].
    at_risk, events, censored : ndarray of float, shape (k,)
        Units at risk just before the time, and events and censorings at it [count or
        weight].
    survival : ndarray of float, shape (k,)
        Probability of lasting beyond the time [0-1].
    standard_error : ndarray of float, shape (k,)
        Greenwood's standard error of `survival`; missing where survival is 0.
    low, high : ndarray of float, shape (k,)
        Limits of `survival` at each time alone; missing where survival is 0.
    confidence : float
        Two-sided level of the limits.
    """

    time: Floats
    at_risk: Floats
    events: Floats
    censored: Floats
    survival: Floats
    standard_error: Floats
    low: Floats
    high: Floats
    confidence: float

    def at(self, times: npt.ArrayLike) -> tuple[Floats, Floats, Floats]:
        """Survival and its limits at any times; missing beyond the last one seen.

        Parameters
        ----------
        times : array_like
            Times, 0 or above.

        Returns
        -------
        survival, low, high : ndarray of float
            Of the shape of `times`; all 1 before the first time.
        """
        t = np.asarray(times, dtype=np.float64)
        place = np.searchsorted(self.time, t, side="right")
        # After the last censoring the curve is unknown, unless all have had the event.
        unknown = (t > self.time[-1]) & (self.survival[-1] > 0)
        steps = (np.concatenate([[1.0], curve]) for curve in (self.survival, self.low, self.high))
        survival, low, high = (np.where(unknown, np.nan, step[place]) for step in steps)
        return survival, low, high

    def quantile(self, part: float = 0.5, *, flat: Flat = "first") -> tuple[float, float, float]:
        """Time by which a part has had the event, with its limits.

        Parameters
        ----------
        part : float
            0.5 for the median, between 0 and 1.
        flat : {"first", "midpoint"}
            Where the curve lies flat at just 1 - part: the first time it gets there, or
            the middle of the flat stretch, as in R's survfit.

        Returns
        -------
        time, low, high : float
            Missing where the curve or the limit does not come down so far. The limits are
            where those of the curve cross (Brookmeyer and Crowley, 1982).

        Raises
        ------
        ValueError
            If the part is not between 0 and 1 or `flat` is unknown.
        """
        require_level("part", part)
        require_choice("flat", flat, get_args(Flat))
        return (
            _crossing(self.time, self.survival, 1 - part, flat),
            _crossing(self.time, self.low, 1 - part, flat),
            _crossing(self.time, self.high, 1 - part, flat),
        )

    def summary(self, language: Language = "zh") -> str:
        """Say the median in one sentence."""
        unreached = in_language(language, zh="未达到", en="not reached")
        median, low, high = (
            unreached if np.isnan(time) else f"{time:g}" for time in self.quantile()
        )
        events, end, last = self.events.sum(), self.time[-1], self.survival[-1]
        return in_language(
            language,
            zh=(
                f"{events:g}个事件；中位存续时间{median}（区间下限{low}，上限{high}）；"
                f"{last:.1%}存续超过{end:g}。"
            ),
            en=(
                f"{events:g} events; median duration: {median} (limits: {low}, {high}); "
                f"{last:.1%} last beyond {end:g}."
            ),
        )


def kaplan_meier(
    duration: npt.ArrayLike,
    event: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    interval: Interval = "log-log",
    confidence: float = 0.95,
) -> SurvivalCurve:
    """Kaplan-Meier estimate of the survival curve.

    Parameters
    ----------
    duration : array_like, shape (n,)
        Time from the origin to the event or the end of observation [any unit], above the
        entry. Units with a missing value are left out.
    event : array_like of bool, shape (n,)
        Whether the event was seen at that time; if not, the unit is censored there, after
        any events of the same time.
    entry : array_like, shape (n,), optional
        Time from the origin at which the unit came under observation (left truncation);
        it is at risk after that time. By default 0.
    weights : array_like, shape (n,), optional
        Number of equal units each stands for, above 0.
    interval : {"log-log", "log", "plain"}
        Scale of the limits: log(-log S), log S (R's default) or S, cut at 0 and 1.
    confidence : float
        Two-sided confidence level, between 0 and 1.

    Returns
    -------
    SurvivalCurve
        With late entry a curve may come to 0 early, when all of a few units at risk have
        the event; it then stays there.

    Raises
    ------
    ValueError
        If lengths differ, a duration is not above its entry, a time or weight is negative,
        an event is not 0 or 1, no unit is left, or an option is unknown.

    References
    ----------
    Kaplan and Meier (1958), J. Am. Stat. Assoc. 53; Kalbfleisch and Prentice (2002), The
    Statistical Analysis of Failure Time Data, sections 1.4 and 1.5.

    Examples
    --------
    >>> curve = kaplan_meier([1, 2, 2, 3], [1, 1, 0, 1])
    >>> curve.survival.tolist()
    [0.75, 0.5, 0.0]
    """
    from scipy import stats

    require_choice("interval", interval, get_args(Interval))
    require_confidence(confidence)
    start, end, kind, w = checked_times(duration, event, entry=entry, weights=weights)
    if not np.isin(kind, (0.0, 1.0)).all():
        raise ValueError("an event must be 0 or 1")
    time, place = np.unique(end, return_inverse=True)
    at_risk = units_at_risk(start, end, w, time)
    events = np.bincount(place, weights=w * kind).astype(np.float64)
    censored = np.bincount(place, weights=w * (1 - kind)).astype(np.float64)
    survival = np.cumprod(1 - events / at_risk).astype(np.float64)
    # Whole weights may leave a trace of the units that should all be gone.
    survival[np.minimum.accumulate(at_risk - events) <= 1e-12 * at_risk.max()] = 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard_variance = np.cumsum(events / (at_risk * (at_risk - events)))
        relative = np.where(survival > 0, np.sqrt(hazard_variance), np.nan)
    z = float(stats.norm.ppf(0.5 + confidence / 2))
    low, high = survival_limits(survival, relative, z, interval)
    return SurvivalCurve(
        time=time,
        at_risk=at_risk,
        events=events,
        censored=censored,
        survival=survival,
        standard_error=survival * relative,
        low=low,
        high=high,
        confidence=confidence,
    )


def survival_table(curve: SurvivalCurve) -> pd.DataFrame:
    """Survival curve as a table, one row per time.

    Parameters
    ----------
    curve : SurvivalCurve

    Returns
    -------
    DataFrame
        Indexed by `time`, with columns `at_risk`, `events`, `censored`, `survival`,
        `standard_error`, `low` and `high`.

    Examples
    --------
    >>> survival_table(kaplan_meier([1, 2], [1, 0]))["survival"].tolist()
    [0.5, 0.5]
    """
    import pandas as pd

    names = ["at_risk", "events", "censored", "survival", "standard_error", "low", "high"]
    columns = {name: getattr(curve, name) for name in names}
    return pd.DataFrame(columns, index=pd.Index(curve.time, name="time"))


def checked_times(
    duration: npt.ArrayLike,
    event: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Entries, durations, events and weights as vectors, units with missing values left out.

    Parameters
    ----------
    duration, event, entry, weights : array_like, shape (n,)
        As in `kaplan_meier`; the event may be any number.

    Returns
    -------
    entry, duration, event, weights : ndarray of float, shape (kept,)

    Raises
    ------
    ValueError
        If lengths differ, a duration is not above its entry, a time or weight is
        negative, or no unit is left.

    Examples
    --------
    >>> checked_times([3, None], [1, 0])[1].tolist()
    [3.0]
    """
    end = np.asarray(duration, dtype=np.float64)
    kind = np.asarray(event, dtype=np.float64)
    start = np.zeros(end.shape) if entry is None else np.asarray(entry, dtype=np.float64)
    w = np.ones(end.shape) if weights is None else np.asarray(weights, dtype=np.float64)
    if end.ndim != 1 or not end.shape == kind.shape == start.shape == w.shape:
        raise ValueError("durations, events, entries and weights must be vectors of one length")
    kept = ~np.isnan([start, end, kind, w]).any(axis=0)
    start, end, kind, w = start[kept], end[kept], kind[kept], w[kept]
    if end.size == 0:
        raise ValueError("at least one unit with known times is needed")
    if np.any(start < 0) or not np.all(np.isfinite(end)) or np.any(end <= start):
        raise ValueError("a duration must be finite and above its entry, which is 0 or above")
    if np.any(w <= 0):
        raise ValueError("a weight must be above 0")
    return start, end, kind, w


def units_at_risk(start: Floats, end: Floats, weights: Floats, times: Floats) -> Floats:
    """Weight of the units that entered before each time and had not left before it.

    Parameters
    ----------
    start, end, weights : ndarray of float, shape (n,)
        Entry, exit and weight of each unit.
    times : ndarray of float, shape (k,)
        Times to look at.

    Returns
    -------
    ndarray of float, shape (k,)

    Examples
    --------
    >>> units_at_risk(np.zeros(3), np.array([1.0, 2, 2]), np.ones(3), np.array([2.0])).tolist()
    [2.0]
    """
    entered = _cumulative(start, weights, times)
    left = _cumulative(end, weights, times)
    return entered - left


def survival_limits(
    survival: Floats, relative_error: Floats, z: float, interval: Interval
) -> tuple[Floats, Floats]:
    """Pointwise limits of a survival curve.

    Parameters
    ----------
    survival : ndarray of float, shape (k,)
        Survival [0-1].
    relative_error : ndarray of float, shape (k,)
        Standard error of log survival.
    z : float
        Normal quantile of the level.
    interval : {"log-log", "log", "plain"}
        Scale on which the limits are symmetric.

    Returns
    -------
    low, high : ndarray of float, shape (k,)
        Both 1 where survival is 1, both missing where it is 0.

    Examples
    --------
    >>> low, high = survival_limits(np.array([0.5]), np.array([0.2]), 1.96, "plain")
    >>> round(float(low[0]), 3), round(float(high[0]), 3)
    (0.304, 0.696)
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if interval == "plain":
            reach = z * survival * relative_error
            low, high = survival - reach, survival + reach
        elif interval == "log":
            low = survival * np.exp(-z * relative_error)
            high = survival * np.exp(z * relative_error)
        else:
            # log(-log S) has the error of log S divided by |log S|.
            reach = z * relative_error / -np.log(survival)
            low, high = survival ** np.exp(reach), survival ** np.exp(-reach)
    low, high = np.clip(low, 0, 1), np.clip(high, 0, 1)
    return np.where(survival == 1, 1.0, low), np.where(survival == 1, 1.0, high)


def _cumulative(values: Floats, weights: Floats, times: Floats) -> Floats:
    """Weight of the values strictly below each time."""
    order = np.argsort(values, kind="stable")
    sums = np.concatenate([[0.0], np.cumsum(weights[order])])
    return np.asarray(sums[np.searchsorted(values[order], times, side="left")])


def _crossing(time: Floats, curve: Floats, level: float, flat: Flat) -> float:
    # The tolerance is R's: a product of fractions may miss its exact level by rounding.
    below = np.flatnonzero(curve <= level + 1e-9)
    if below.size == 0:
        return float("nan")
    first = int(below[0])
    if flat == "midpoint" and abs(curve[first] - level) <= 1e-9:
        beyond = np.flatnonzero(curve < level - 1e-9)
        end = int(beyond[0]) if beyond.size else len(time) - 1
        return float((time[first] + time[end]) / 2)
    return float(time[first])
