"""Checks of long panels: one row per unit and period."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def require_columns(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """Refuse a frame that lacks a named column.

    Raises
    ------
    ValueError
        Naming the columns that are absent.
    """
    absent = [column for column in columns if column not in frame.columns]
    if absent:
        raise ValueError(f"the frame has no column {', '.join(map(str, absent))}")


def require_panel(frame: pd.DataFrame, unit: str, time: str) -> None:
    """Refuse a frame with two rows for one unit and period.

    Raises
    ------
    ValueError
        Naming the first such pair.
    """
    twice = frame.duplicated([unit, time])
    if twice.any():
        first = frame.loc[twice, [unit, time]].iloc[0]
        raise ValueError(f"more than one row for unit {first[unit]} in period {first[time]}")


def complete_rows(
    frame: pd.DataFrame,
    numeric: Sequence[str],
    labels: Sequence[str],
    *,
    weights: str | None,
) -> pd.DataFrame:
    """Rows without a missing or infinite value in the named columns and with positive weight.

    Raises
    ------
    ValueError
        If a column is absent, a weight is negative, or no row is left.
    """
    import pandas as pd

    names = [*numeric, *([weights] if weights else [])]
    require_columns(frame, [*names, *labels])
    values = frame[names].apply(pd.to_numeric).replace([np.inf, -np.inf], np.nan)
    keep = values.notna().all(axis=1) & frame[list(labels)].notna().all(axis=1)
    if weights:
        if (values[weights] < 0).any():
            raise ValueError("weights must not be negative")
        keep &= values[weights] > 0
    if not keep.any():
        raise ValueError("no complete row is left")
    rows = frame.loc[keep].copy()
    rows[names] = values.loc[keep].astype(float)
    return rows


def first_treated_periods(
    frame: pd.DataFrame, *, unit: str, time: str, cohort: str
) -> pd.Series[float]:
    """First treated period of each row's unit, infinite for the never treated.

    Parameters
    ----------
    frame : DataFrame
        Long panel.
    unit, time, cohort : str
        Columns; time and cohort are numeric, a missing or infinite cohort
        means never treated, and so does 0 (R did's code) where the panel
        begins after period 1, as with calendar years.

    Returns
    -------
    Series of float
        On the frame's index.

    Raises
    ------
    ValueError
        If a column is absent, a unit has more than one cohort, or a cohort is
        0 in a panel that begins in period 1: it may be the period before or "never".

    Examples
    --------
    >>> import pandas as pd
    >>> panel = pd.DataFrame({"u": [1, 2], "year": [2020, 2020], "start": [2021, None]})
    >>> first_treated_periods(panel, unit="u", time="year", cohort="start").tolist()
    [2021.0, inf]
    """
    import pandas as pd

    require_columns(frame, [unit, time, cohort])
    start = pd.to_numeric(frame[cohort]).astype(float).fillna(np.inf)
    if (start.groupby(frame[unit]).nunique() > 1).any():
        raise ValueError(f"{cohort} must be the same in all rows of a unit")
    first = pd.to_numeric(frame[time]).min()
    if first > 1:
        return start.replace(0.0, np.inf)
    if (start == 0).any() and first > 0:
        raise ValueError(
            f"{cohort} is 0, which is no period of the panel: leave it missing for the never"
            " treated, and give the first period for those treated throughout"
        )
    return start
