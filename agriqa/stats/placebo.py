"""Placebo dates for an interrupted time series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, Language, in_language
from agriqa.stats.interrupted import InterruptedSeries, clean_series, interrupted_time_series


@dataclass(frozen=True)
class PlaceboDates:
    """Level changes at dates before the intervention, where none is expected.

    Attributes
    ----------
    dates : ndarray of float, shape (placebos,)
        Placebo starts.
    level_change, t, p : ndarray of float, shape (placebos,)
        Level change at each, its t statistic and its p-value.
    actual_t : float
        t statistic of the level change at the real start.
    rank_p : float
        (1 + placebos with a t at least as large) / (1 + placebos).
    """

    dates: Floats
    level_change: Floats
    t: Floats
    p: Floats
    actual_t: float
    rank_p: float

    def summary(self, language: Language = "zh") -> str:
        """Return how often a placebo date looks like the real one."""
        larger = int(np.sum(np.abs(self.t) >= abs(self.actual_t)))
        return in_language(
            language,
            zh=f"{self.dates.size}个安慰剂日期中有{larger}个的水平变化不小于实际日期。",
            en=f"{larger} of {self.dates.size} placebo dates show as large a level change.",
        )


def placebo_dates(
    y: npt.ArrayLike,
    times: npt.ArrayLike | None = None,
    *,
    start: float,
    dates: npt.ArrayLike | None = None,
    margin: int = 4,
    **options: Any,
) -> PlaceboDates:
    """Repeat the analysis at dates before the start, on the data before it.

    Parameters
    ----------
    y, times, start
        As in `interrupted_time_series`.
    dates : array_like, optional
        Placebo starts, before the real one; default every time that leaves
        `margin` points on either side.
    margin : int
        Points required on either side of a default date, at least 2.
    **options
        Other options of `interrupted_time_series`, without exposure.

    Returns
    -------
    PlaceboDates
        Its rank p-value is no smaller than 1 / (1 + placebos); neighbouring dates
        share their data and are not independent.

    Raises
    ------
    ValueError
        If no date is left, or as in `interrupted_time_series`.

    Examples
    --------
    >>> y = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 25, 28, 29, 27, 29, 23]
    >>> placebo_dates(y, start=11, slope_change=False).rank_p
    0.25
    """
    if "exposure" in options:
        raise ValueError("placebo dates take no exposure")
    if margin < 2:
        raise ValueError(f"margin must be at least 2, got {margin}")
    value, when, _ = clean_series(y, times, None, str(options.get("model", "linear")))
    actual = interrupted_time_series(value, when, start=start, **options)
    before = when < start
    placebos = when[before][margin : np.sum(before) - margin + 1]
    if dates is not None:
        placebos = np.asarray(dates, dtype=np.float64)
        if np.any(placebos >= start):
            raise ValueError("placebo dates must lie before the start")
    if placebos.size == 0:
        raise ValueError("no placebo date leaves enough points on either side")
    fits = [
        interrupted_time_series(value[before], when[before], start=float(date), **options)
        for date in placebos
    ]
    t = np.array([_level_t(fit) for fit in fits])
    actual_t = _level_t(actual)
    return PlaceboDates(
        dates=placebos,
        level_change=np.array([float(fit.level_change.value) for fit in fits]),
        t=t,
        p=np.array([float(fit.level_change.p) for fit in fits]),
        actual_t=actual_t,
        rank_p=float((1 + np.sum(np.abs(t) >= abs(actual_t))) / (1 + t.size)),
    )


def _level_t(fit: InterruptedSeries) -> float:
    return float(fit.parameters[2] / np.sqrt(fit.covariance[2, 2]))
