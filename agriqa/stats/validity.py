"""Validity of dated units: durations for survival analysis, and what expires when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Flags

if TYPE_CHECKING:
    import pandas as pd

Days = npt.NDArray[np.datetime64]


def censored_durations(
    start: npt.ArrayLike,
    end: npt.ArrayLike,
    *,
    observed_until: object,
    observed_from: object | None = None,
) -> pd.DataFrame:
    """Durations, events and entries of units with a start and an end date.

    Parameters
    ----------
    start : array_like of dates, shape (n,)
        Start of each unit; a missing start leaves the unit out.
    end : array_like of dates, shape (n,)
        End; missing where the unit still lasts. An end on the start day is refused.
    observed_until : date
        Last day of observation. Units that end later are censored on it.
    observed_from : date, optional
        First day of observation. Units that began earlier enter late, those that ended by
        then are left out; without it the units that ended early would be lacking and
        durations be overstated. By default every unit is observed from its start.

    Returns
    -------
    DataFrame
        One row per unit at risk during the observation, indexed by its place in the input,
        with columns `entry` and `duration` [days] and `event` [bool], for `kaplan_meier`.

    Raises
    ------
    ValueError
        If lengths differ, an end is not after its start, or the observation ends before it
        begins.

    Examples
    --------
    >>> found = censored_durations(
    ...     ["2020-01-01", "2020-01-01"], ["2020-03-01", None], observed_until="2021-01-01"
    ... )
    >>> found[["duration", "event"]].to_numpy().tolist()
    [[60.0, True], [366.0, False]]
    """
    import pandas as pd

    began, ended = _days(start), _days(end)
    until = _day(observed_until)
    since = None if observed_from is None else _day(observed_from)
    _check(began, ended)
    if since is not None and since >= until:
        raise ValueError("the observation must end after it begins")
    event = ended <= until
    last = np.where(event, ended, until)
    first = began if since is None else np.maximum(began, since)
    kept = ~np.isnat(began) & (last > first)
    one = np.timedelta64(1, "D")
    return pd.DataFrame(
        {
            "entry": (first[kept] - began[kept]) / one,
            "duration": (last[kept] - began[kept]) / one,
            "event": event[kept],
        },
        index=pd.Index(np.flatnonzero(kept), name="unit"),
    )


def valid_on(
    start: npt.ArrayLike, end: npt.ArrayLike, date: object, *, last_day_valid: bool = True
) -> Flags:
    """Whether each unit is valid on a day.

    Parameters
    ----------
    start, end : array_like of dates, shape (n,)
        First day, and end of each unit. A unit with a missing start is not valid; one with
        a missing end lasts.
    date : date
        Day to look at.
    last_day_valid : bool
        Whether a unit is still valid on its end day.

    Returns
    -------
    ndarray of bool, shape (n,)

    Raises
    ------
    ValueError
        If lengths differ or an end is not after its start.

    Examples
    --------
    >>> valid_on(["2020-01-01", "2021-05-01"], ["2021-01-01", None], "2021-01-01").tolist()
    [True, False]
    """
    began, ended, day = _days(start), _days(end), _day(date)
    _check(began, ended)
    over = ended < day if last_day_valid else ended <= day
    return np.asarray((began <= day) & ~over)


def expiring_within(
    start: npt.ArrayLike,
    end: npt.ArrayLike,
    *,
    date: object,
    horizons: Sequence[int] = (90, 180, 365),
    last_day_valid: bool = True,
) -> pd.DataFrame:
    """Count the units valid on a day that will no longer be so some days later.

    Parameters
    ----------
    start, end : array_like of dates, shape (n,)
        As in `valid_on`.
    date : date
        Day of the count.
    horizons : sequence of int
        Days ahead [days], 1 or more.
    last_day_valid : bool
        Whether a unit is still valid on its end day.

    Returns
    -------
    DataFrame
        Indexed by `horizon` [days], with columns `valid` on the day, `expiring` [count] and
        `share` of the valid [0-1], missing if none is valid.

    Raises
    ------
    ValueError
        If lengths differ, an end is not after its start, or a horizon is below 1.

    Examples
    --------
    >>> ends = ["2024-02-01", "2024-12-31", None]
    >>> found = expiring_within(["2021-01-01"] * 3, ends, date="2024-01-01", horizons=[60, 366])
    >>> found["expiring"].tolist()
    [1, 2]
    """
    import pandas as pd

    if not horizons or any(horizon < 1 for horizon in horizons):
        raise ValueError("horizons must be whole days, 1 or more")
    day = _day(date)
    valid = valid_on(start, end, day, last_day_valid=last_day_valid)
    later = [
        valid_on(start, end, day + np.timedelta64(horizon, "D"), last_day_valid=last_day_valid)
        for horizon in horizons
    ]
    number = int(valid.sum())
    expiring = [int((valid & ~still).sum()) for still in later]
    return pd.DataFrame(
        {
            "valid": number,
            "expiring": expiring,
            "share": [count / number if number else np.nan for count in expiring],
        },
        index=pd.Index(list(horizons), name="horizon"),
    )


def _days(dates: npt.ArrayLike) -> Days:
    import pandas as pd

    return np.asarray(pd.to_datetime(pd.Series(dates)), dtype="datetime64[D]")


def _day(date: object) -> np.datetime64:
    import pandas as pd

    moment = pd.to_datetime(date)  # type: ignore[call-overload]
    if pd.isna(moment):
        raise ValueError("a date is missing")
    return np.datetime64(moment.date(), "D")


def _check(start: Days, end: Days) -> None:
    if start.shape != end.shape:
        raise ValueError("starts and ends must be vectors of one length")
    if np.any(end <= start):
        raise ValueError("an end must be after its start")
