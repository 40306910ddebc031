"""Progress towards a target: the pace it needs, and its state.

A target says what a value is to be (`comparator` and number) and by when. A rounded
value stands for a range, and is told met or not only where the whole range agrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Flags, Floats, require_choice, require_level
from agriqa.stats.grading import target_achievement
from agriqa.stats.target_forecast import (
    NOISE,
    Comparator,
    MeaningOfEqual,
    finite_arrays,
    met_direction,
)

State = Literal["met", "on_track", "at_risk", "missed", "within_rounding", "open", "not_measurable"]
Texts = npt.NDArray[np.str_]


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
    x, goal, now, end = np.broadcast_arrays(*finite_arrays(given))
    left = np.where(end > now, end - now, np.nan)
    growth = (x > 0) & (goal > 0)
    ratio = np.where(growth, goal, np.nan) / np.where(growth, x, np.nan)
    return RequiredPace((goal - x) / left, 100 * (ratio ** (1 / left) - 1))


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
        "no_value_at_deadline", "rounding", "probability", "pace", "no_deadline", "base_only" or
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
    otherwise open, where a value that is no later than the base has a rule of its own.

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
    require_choice("comparator", comparator, get_args(Comparator))
    require_choice("meaning_of_equal", meaning_of_equal, get_args(MeaningOfEqual))
    require_level("on_track_from", on_track_from)
    given = (values, target, period, now, deadline, base, base_period, probability)
    ends = (values if low is None else low, values if high is None else high)
    arrays = finite_arrays(np.asarray(x, dtype=np.float64) for x in (*given, *ends))
    x, goal, at, today, end, start, since, chance, least, most = np.broadcast_arrays(*arrays)
    if ((least > x + NOISE) | (most < x - NOISE)).any():
        raise ValueError("low and high must hold the value")
    if (at > today).any():
        raise ValueError("a value must not be later than now")
    surely, maybe = _meets(least, most, goal, comparator, meaning_of_equal)
    upward = met_direction(comparator, meaning_of_equal)
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
        (achieved >= elapsed - NOISE, "pace", "on_track"),
        (achieved < elapsed, "pace", "at_risk"),
        (np.isfinite(start) & (at <= since), "base_only", "open"),
    ]
    conditions = [condition for condition, _, _ in rules]
    rule = np.select(conditions, [name for _, name, _ in rules], "nothing_to_judge_by")
    state = np.select(conditions, [name for _, _, name in rules], "open")
    return TargetState(state, rule, np.asarray(achieved), np.asarray(elapsed))


def _meets(
    low: Floats, high: Floats, goal: Floats, comparator: Comparator, meaning: MeaningOfEqual
) -> tuple[Flags, Flags]:
    """Return whether the whole of a range meets the goal, and whether any part does."""
    upward = met_direction(comparator, meaning)
    if upward is None:
        within = np.asarray((low <= goal + NOISE) & (high >= goal - NOISE))
        return within, within
    worst, best = (low, high) if upward == 1 else (-high, -low)
    limit = upward * goal
    if comparator in (">", "<"):
        return np.asarray(worst > limit + NOISE), np.asarray(best > limit + NOISE)
    return np.asarray(worst >= limit - NOISE), np.asarray(best >= limit - NOISE)
