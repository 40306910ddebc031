"""Progress towards a target: the pace it needs, a forecast at its deadline, its state.

A target says what a value is to be (`comparator` and number) and by when. A rounded
value stands for a range, and is told met or not only where the whole range agrees.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import (
    Flags,
    Floats,
    Language,
    in_language,
    require_choice,
    require_confidence,
    require_level,
)

Comparator = Literal[">=", "<=", ">", "<", "="]
MeaningOfEqual = Literal["at_least", "at_most", "within_precision"]
Scale = Literal["linear", "logit"]
State = Literal["met", "on_track", "at_risk", "missed", "within_rounding", "open", "not_measurable"]
Texts = npt.NDArray[np.str_]

# Limits that meet in exact arithmetic differ by rounding error in floating point.
_NOISE = 1e-9


@dataclass(frozen=True)
class RequiredPace:
    """The change a period that leads from a value to its target.

    Attributes
    ----------
    absolute : ndarray of float
        Change a period, in the unit of the value.
    percent : ndarray of float
        The same as compound growth [% a period]; missing unless value and target are
        above 0.
    """

    absolute: Floats
    percent: Floats


def required_pace(
    values: npt.ArrayLike,
    *,
    target: npt.ArrayLike,
    period: npt.ArrayLike,
    deadline: npt.ArrayLike,
) -> RequiredPace:
    """Change a period that is needed from now on.

    Parameters
    ----------
    values, target : array_like
        Now and at the goal, in one unit; broadcast.
    period, deadline : array_like
        Of the value and of the target [periods, such as years].

    Returns
    -------
    RequiredPace
        Missing where the deadline is not after the period, or a number is missing.

    Raises
    ------
    ValueError
        If a number is infinite.

    Examples
    --------
    >>> pace = required_pace(80, target=100, period=2018, deadline=2020)
    >>> float(pace.absolute), round(float(pace.percent), 2)
    (10.0, 11.8)
    """
    given = [np.asarray(x, dtype=np.float64) for x in (values, target, period, deadline)]
    x, goal, now, end = np.broadcast_arrays(*_finite(given))
    left = np.where(end > now, end - now, np.nan)
    growth = (x > 0) & (goal > 0)
    ratio = np.where(growth, goal, np.nan) / np.where(growth, x, np.nan)
    return RequiredPace((goal - x) / left, 100 * (ratio ** (1 / left) - 1))


@dataclass(frozen=True)
class Forecast:
    """Value expected at a deadline if the trend goes on.

    Attributes
    ----------
    value, low, high : ndarray of float
        Forecast and prediction interval of a single observation, in the unit of the values.
    probability : ndarray of float
        That the value at the deadline meets the target [fraction].
    n : ndarray of int, same shape
        Points the trend was fitted to.
    confidence : float
        Of the interval.
    """

    value: Floats
    low: Floats
    high: Floats
    probability: Floats
    n: npt.NDArray[np.int64]
    confidence: float

    def summary(self, language: Language = "zh") -> str:
        """Return the forecast in a sentence; for a single series."""
        if self.value.size != 1:
            raise ValueError(f"a summary is of one series, got {self.value.size}")
        value, low, high, hit = (
            float(x.item()) for x in (self.value, self.low, self.high, self.probability)
        )
        n, level = int(self.n.item()), f"{100 * self.confidence:g}"
        if np.isnan(value):
            return in_language(
                language,
                zh=f"只有{n}个点，太少，不作预测。",
                en=f"{n} points are too few for a forecast.",
            )
        return in_language(
            language,
            zh=(
                f"按{n}个点的趋势，期限年预测为{value:.4g}（{level}%预测区间{low:.4g}–{high:.4g}），"
                f"达标概率{100 * hit:.0f}%。"
            ),
            en=(
                f"The trend of {n} points leads to {value:.4g} at the deadline ({level} % "
                f"prediction interval {low:.4g} to {high:.4g}); it meets the target with "
                f"probability {100 * hit:.0f} %."
            ),
        )


def forecast_target(
    periods: npt.ArrayLike,
    values: npt.ArrayLike,
    *,
    deadline: float,
    target: npt.ArrayLike,
    comparator: Comparator,
    meaning_of_equal: MeaningOfEqual = "at_least",
    precision: npt.ArrayLike = 0.0,
    scale: Scale = "linear",
    bounds: tuple[float, float] = (0.0, 100.0),
    edge: float = 0.05,
    window: int | None = None,
    minimum_points: int = 4,
    confidence: float = 0.95,
) -> Forecast:
    """Extrapolate a short series to a deadline by its linear trend.

    The trend is fitted by least squares. The interval and the probability are those of a
    single new observation, with the t distribution of n - 2 degrees of freedom: what a
    short series does not tell widens them. Errors are taken as independent, equal in size
    and normal, and the trend as lasting; neither can be checked on a few points.

    Parameters
    ----------
    periods : array_like, shape (n,)
        Such as years; not all the same.
    values : array_like, shape (..., n)
        One series a row. Missing values are left out.
    deadline : float
        Period of the forecast.
    target : array_like
        What is to be met; one number, or one a series.
    comparator : {">=", "<=", ">", "<", "="}
        How the value is to stand to the target.
    meaning_of_equal : {"at_least", "at_most", "within_precision"}
        How "=" is met: by the target or more (things to be built), by it or less, or by
        what rounds to it.
    precision : array_like
        Rounding unit of the target, for "within_precision"; 0 gives probability 0.
    scale : {"linear", "logit"}
        "logit" keeps the forecast of a bounded value, such as a percentage, within bounds.
    bounds : tuple of float
        Least and greatest value on the logit scale.
    edge : float
        A value at a bound has no logit: it is moved this far inside. The default is half
        the unit of a percentage printed to 0.1.
    window : int, optional
        Use only the last `window` periods, counted back from the last one; all by default.
    minimum_points : int
        A series with fewer points has no forecast; at least 3.
    confidence : float
        Of the prediction interval.

    Returns
    -------
    Forecast
        Of the shape of the series; missing where there are too few points, or all of a
        series stand in one period.

    Raises
    ------
    ValueError
        If shapes do not fit, a number is infinite, a value is out of bounds on the logit
        scale, or an option is unknown or out of range.

    References
    ----------
    Draper, N. R. and Smith, H. (1998). Applied Regression Analysis, 3rd ed., section 3.1.

    Examples
    --------
    >>> found = forecast_target(
    ...     [1, 2, 3, 4], [10, 12, 13, 15], deadline=6, target=16, comparator=">=")
    >>> round(float(found.value), 2), round(float(found.probability), 2)
    (18.1, 0.96)
    """
    from scipy import stats

    require_choice("comparator", comparator, get_args(Comparator))
    require_choice("meaning_of_equal", meaning_of_equal, get_args(MeaningOfEqual))
    require_choice("scale", scale, get_args(Scale))
    require_confidence(confidence)
    if minimum_points < 3:
        raise ValueError(f"minimum_points must be at least 3, got {minimum_points}")
    if window is not None and window < 3:
        raise ValueError(f"window must be at least 3 periods, got {window}")
    t, y, goal, unit = _finite(
        np.asarray(x, dtype=np.float64) for x in (periods, values, target, precision)
    )
    if t.ndim != 1 or y.ndim == 0 or y.shape[-1] != t.size or t.size == 0 or np.isnan(t).any():
        raise ValueError(f"values must end in one number a period, got {y.shape} for {t.shape}")
    if not np.isfinite(deadline):
        raise ValueError(f"deadline must be a number, got {deadline}")
    if (unit < 0).any():
        raise ValueError("precision must be 0 or more")
    if window is not None:
        y = np.where(t > t.max() - window, y, np.nan)
    lower, upper = goal - unit / 2, goal + unit / 2
    if scale == "logit":
        if ((y < bounds[0]) | (y > bounds[1])).any():
            raise ValueError(f"on the logit scale values must lie within {bounds}")
        y, goal, lower, upper = (_logit(x, bounds, edge) for x in (y, goal, lower, upper))
    known = ~np.isnan(y)
    n = known.sum(axis=-1)
    count = np.where(n >= minimum_points, n, np.nan)
    mean_t = np.where(known, t, 0).sum(axis=-1) / count
    mean_y = np.where(known, y, 0).sum(axis=-1) / count
    dt = np.where(known, t - mean_t[..., None], 0)
    dy = np.where(known, y - mean_y[..., None], 0)
    spread = (dt**2).sum(axis=-1)
    spread = np.where(spread > 0, spread, np.nan)
    slope = (dt * dy).sum(axis=-1) / spread
    squares = ((dy - slope[..., None] * dt) ** 2).sum(axis=-1)
    # What is left of a series on a straight line is noise of the arithmetic.
    squares = np.where(squares <= (_NOISE**2) * (dy**2).sum(axis=-1), 0, squares)
    ahead = deadline - mean_t
    error = np.sqrt(squares / (count - 2) * (1 + 1 / count + ahead**2 / spread))
    middle = mean_y + slope * ahead
    reach = stats.t.ppf((1 + confidence) / 2, count - 2) * error

    upward = _direction(comparator, meaning_of_equal)

    def beyond(limit: Floats, sign: int, *, strict: bool = False) -> Floats:
        """Return the probability of a value on the far side of a limit, seen upward for 1."""
        over = sign * (middle - limit)
        noise = _NOISE * np.maximum(1, np.abs(limit))
        sure = np.where(strict, over > noise, over >= -noise).astype(float)
        with np.errstate(divide="ignore", invalid="ignore"):
            chance = stats.t.sf(-over / error, count - 2)
        return np.where(np.isnan(over), np.nan, np.where(error > 0, chance, sure))

    if upward is None:
        hit = beyond(lower, 1) - beyond(upper, 1)
    else:
        hit = beyond(goal, upward, strict=comparator in (">", "<"))
    ends = [np.asarray(x, dtype=np.float64) for x in (middle, middle - reach, middle + reach)]
    if scale == "logit":
        ends = [bounds[0] + (bounds[1] - bounds[0]) / (1 + np.exp(-x)) for x in ends]
    return Forecast(*ends, hit, np.asarray(n, dtype=np.int64), confidence)


@dataclass(frozen=True)
class TargetState:
    """How targets stand, and by which rule.

    Attributes
    ----------
    state : ndarray of str
        "met", "on_track", "at_risk", "missed", "within_rounding" (cannot be told), "open"
        (not met yet, nothing to judge by) or "not_measurable".
    rule : ndarray of str
        Which rule gave the state: "no_value", "reached", "not_reached_by_deadline",
        "no_value_at_deadline", "rounding", "probability", "pace", "no_deadline" or
        "nothing_to_judge_by".
    achievement, elapsed : ndarray of float
        Part of the way from base to target gone, and part of the time [fractions]; missing
        where there is no base.
    """

    state: Texts
    rule: Texts
    achievement: Floats
    elapsed: Floats


def target_state(
    values: npt.ArrayLike,
    *,
    target: npt.ArrayLike,
    comparator: Comparator,
    period: npt.ArrayLike,
    now: npt.ArrayLike,
    deadline: npt.ArrayLike = np.nan,
    meaning_of_equal: MeaningOfEqual = "at_least",
    low: npt.ArrayLike | None = None,
    high: npt.ArrayLike | None = None,
    base: npt.ArrayLike = np.nan,
    base_period: npt.ArrayLike = np.nan,
    probability: npt.ArrayLike = np.nan,
    on_track_from: float = 0.8,
) -> TargetState:
    """Say how targets stand.

    The rules, the first that fits: no value or target, not measurable; the value (its whole
    range) meets the target, met; only a part of its range does, within rounding; the
    deadline has passed and the value is of the deadline or later, missed; it has passed
    and the value is older, not measurable; there is no deadline, open; a probability of
    hitting is known, on track from `on_track_from` up, else at risk; a base is known, on
    track where the part of the way gone is no less than that of the time, else at risk;
    otherwise open.

    Parameters
    ----------
    values, target : array_like
        Of now and of the goal, in one unit; everything broadcasts.
    comparator, meaning_of_equal : str
        As in `forecast_target`; "within_precision" is met where target and range overlap.
    period, now, deadline : array_like
        Of the value, of the judgement, and of the target; a missing deadline is none.
    low, high : array_like, optional
        What rounding leaves open of the value; the value itself by default.
    base, base_period : array_like
        Value and period at the start, for achievement and elapsed time.
    probability : array_like
        Of hitting, from `forecast_target`; missing where there is no forecast.
    on_track_from : float
        Least probability of a target on track.

    Returns
    -------
    TargetState

    Raises
    ------
    ValueError
        If a number is infinite, a range does not hold its value, a value is later than
        `now`, or an option is unknown.

    Examples
    --------
    >>> found = target_state([40.2, 39.2], target=40, comparator=">=", period=2020, now=2020,
    ...                      deadline=2020)
    >>> found.state.tolist()
    ['met', 'missed']
    """
    from agriqa.stats.grading import target_achievement

    require_choice("comparator", comparator, get_args(Comparator))
    require_choice("meaning_of_equal", meaning_of_equal, get_args(MeaningOfEqual))
    require_level("on_track_from", on_track_from)
    given = (values, target, period, now, deadline, base, base_period, probability)
    ends = (values if low is None else low, values if high is None else high)
    arrays = _finite(np.asarray(x, dtype=np.float64) for x in (*given, *ends))
    x, goal, at, today, end, start, since, chance, least, most = np.broadcast_arrays(*arrays)
    if ((least > x + _NOISE) | (most < x - _NOISE)).any():
        raise ValueError("low and high must hold the value")
    if (at > today).any():
        raise ValueError("a value must not be later than now")
    surely, maybe = _meets(least, most, goal, comparator, meaning_of_equal)
    upward = _direction(comparator, meaning_of_equal)
    achieved = target_achievement(x, base=start, target=goal, direction=upward)
    span = np.where(end > since, end - since, np.nan)
    elapsed = np.where(at > since, (at - since) / span, np.nan)
    passed = today >= end
    rules = [
        (np.isnan(x) | np.isnan(goal), "no_value", "not_measurable"),
        (surely, "reached", "met"),
        (maybe, "rounding", "within_rounding"),
        (passed & (at >= end), "not_reached_by_deadline", "missed"),
        (passed, "no_value_at_deadline", "not_measurable"),
        (np.isnan(end), "no_deadline", "open"),
        (chance >= on_track_from, "probability", "on_track"),
        (chance < on_track_from, "probability", "at_risk"),
        (achieved >= elapsed - _NOISE, "pace", "on_track"),
        (achieved < elapsed, "pace", "at_risk"),
    ]
    conditions = [condition for condition, _, _ in rules]
    rule = np.select(conditions, [name for _, name, _ in rules], "nothing_to_judge_by")
    state = np.select(conditions, [name for _, _, name in rules], "open")
    return TargetState(state, rule, np.asarray(achieved), np.asarray(elapsed))


def _direction(comparator: Comparator, meaning: MeaningOfEqual) -> Literal[1, -1] | None:
    """Return whether more (1) or less (-1) meets a target; None where both may miss it."""
    if comparator == "=" and meaning == "within_precision":
        return None
    more = meaning == "at_least" if comparator == "=" else comparator in (">=", ">")
    return 1 if more else -1


def _meets(
    low: Floats, high: Floats, goal: Floats, comparator: Comparator, meaning: MeaningOfEqual
) -> tuple[Flags, Flags]:
    """Return whether the whole of a range meets the goal, and whether any part does."""
    upward = _direction(comparator, meaning)
    if upward is None:
        within = np.asarray((low <= goal + _NOISE) & (high >= goal - _NOISE))
        return within, within
    worst, best = (low, high) if upward == 1 else (-high, -low)
    limit = upward * goal
    if comparator in (">", "<"):
        return np.asarray(worst > limit + _NOISE), np.asarray(best > limit + _NOISE)
    return np.asarray(worst >= limit - _NOISE), np.asarray(best >= limit - _NOISE)


def _finite(arrays: Iterable[Floats]) -> list[Floats]:
    found = list(arrays)
    if any(np.isinf(x).any() for x in found):
        raise ValueError("numbers must not be infinite")
    return found


def _logit(x: Floats, bounds: tuple[float, float], edge: float) -> Floats:
    least, most = bounds
    if not (least < most and 0 < 2 * edge < most - least):
        raise ValueError(f"bounds must ascend and hold the edge, got {bounds} and {edge}")
    # A goal at a bound, 100 %, is met by what rounds to it, as its values are moved too.
    inside = np.clip(x, least + edge, most - edge)
    return np.asarray(np.log((inside - least) / (most - inside)))
