"""Cumulative incidence of competing events (Aalen-Johansen)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, require_choice, require_confidence
from agriqa.stats.survival import Interval, checked_times, survival_limits, units_at_risk


@dataclass(frozen=True)
class CumulativeIncidence:
    """Probability of each cause's event by each time, beside the other causes.

    Attributes
    ----------
    causes : tuple of int
        Codes of the causes, sorted.
    time : ndarray of float, shape (k,)
        Distinct times of an event or a censoring [unit of the durations].
    at_risk : ndarray of float, shape (k,)
        Units at risk just before the time [count].
    survival : ndarray of float, shape (k,)
        Probability of none of the events yet [0-1].
    incidence : ndarray of float, shape (k, causes)
        Probability of the cause's event by the time [0-1]; rows and survival sum to 1.
    standard_error : ndarray of float, shape (k, causes)
        Standard error of `incidence` by the delta method.
    low, high : ndarray of float, shape (k, causes)
        Limits of `incidence`.
    """

    causes: tuple[int, ...]
    time: Floats
    at_risk: Floats
    survival: Floats
    incidence: Floats
    standard_error: Floats
    low: Floats
    high: Floats


def cumulative_incidence(
    duration: npt.ArrayLike,
    cause: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
    interval: Interval = "log-log",
    confidence: float = 0.95,
) -> CumulativeIncidence:
    """Aalen-Johansen estimate of the cumulative incidence of each cause.

    One minus the Kaplan-Meier curve of one cause, with the others censored, answers what
    would happen if the others did not exist, and overstates what does happen.

    Parameters
    ----------
    duration, entry : array_like, shape (n,)
        As in `kaplan_meier`. Units with a missing time or cause are left out.
    cause : array_like of int, shape (n,)
        0 where the unit is censored, else the code of what ended it.
    interval : {"log-log", "log", "plain"}
        Scale of the limits: that of log(-log), log or plain probability of no such event.
    confidence : float
        Two-sided confidence level, between 0 and 1.

    Returns
    -------
    CumulativeIncidence

    Raises
    ------
    ValueError
        If lengths differ, a cause is not a whole number from 0, no cause is seen, times are
        not as in `kaplan_meier`, or an option is unknown.

    References
    ----------
    Aalen and Johansen (1978), Scand. J. Stat. 5; Marubini and Valsecchi (1995), Analysing
    Survival Data from Clinical Trials, p. 341 (variance, as in R's cmprsk and Stata's stcompet).

    Examples
    --------
    >>> found = cumulative_incidence([1, 2, 3, 4], [1, 2, 0, 1])
    >>> found.incidence[-1].tolist()
    [0.75, 0.25]
    """
    from scipy import stats

    require_choice("interval", interval, get_args(Interval))
    require_confidence(confidence)
    start, end, kind, ones = checked_times(duration, cause, entry=entry)
    if np.any((kind < 0) | (kind != np.floor(kind))):
        raise ValueError("a cause must be a whole number: 0 for censored, or a code above it")
    codes = np.unique(kind[kind > 0])
    if codes.size == 0:
        raise ValueError("no event of any cause is seen")
    time, place = np.unique(end, return_inverse=True)
    at_risk = units_at_risk(start, end, ones, time)
    events = np.column_stack(
        [np.bincount(place, weights=kind == code, minlength=len(time)) for code in codes]
    ).astype(np.float64)
    total = events.sum(axis=1)
    survival = np.cumprod(1 - total / at_risk)
    before = np.concatenate([[1.0], survival[:-1]])
    incidence = np.cumsum(before[:, None] * events / at_risk[:, None], axis=0)
    error = np.column_stack(
        [
            _standard_error(incidence[:, j], events[:, j], total, at_risk, before)
            for j in range(codes.size)
        ]
    )
    z = float(stats.norm.ppf(0.5 + confidence / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        none = np.maximum(1 - incidence, 0.0)
        high, low = survival_limits(none, error / none, z, interval)
    return CumulativeIncidence(
        causes=tuple(int(code) for code in codes),
        time=time,
        at_risk=at_risk,
        survival=np.asarray(survival),
        incidence=incidence,
        standard_error=error,
        low=1 - low,
        high=1 - high,
    )


def _standard_error(
    incidence: Floats, events: Floats, total: Floats, at_risk: Floats, before: Floats
) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = total / (at_risk * (at_risk - total))
    # When all at risk have an event nothing can follow, and the term is nil.
    hazard = np.where(total < at_risk, hazard, 0.0)
    own = before**2 * events * (at_risk - events) / at_risk**3
    cross = before * events / at_risk**2
    # The sum over earlier times of (F(t) - F(s))^2 h(s), with the square multiplied out.
    f = incidence
    variance = (
        f**2 * np.cumsum(hazard)
        - 2 * f * np.cumsum(f * hazard)
        + np.cumsum(f**2 * hazard)
        + np.cumsum(own)
        - 2 * (f * np.cumsum(cross) - np.cumsum(f * cross))
    )
    return np.sqrt(np.maximum(variance, 0.0))
