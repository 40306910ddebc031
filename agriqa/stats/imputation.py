"""Missing values filled from other units or other periods, and which ones were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Flags, Floats, Language, in_language, require_choice
from agriqa.stats.normalisation import indicator_table

PanelMethod = Literal["latest", "constant", "linear"]


@dataclass(frozen=True)
class Imputation:
    """Values with the gaps filled as far as could be.

    Attributes
    ----------
    values : ndarray of float
        In the shape and unit given; known values are as they were, and what could not be
        filled is still missing.
    imputed : ndarray of bool, same shape
        Values that were missing and have been filled.
    """

    values: Floats
    imputed: Flags

    def summary(self, language: Language = "zh") -> str:
        """Return how many values were filled and how many are still missing."""
        filled, left = int(self.imputed.sum()), int(np.isnan(self.values).sum())
        return in_language(
            language,
            zh=f"{self.values.size}个值中，插补{filled}个，仍缺失{left}个。",
            en=f"Of {self.values.size} values, {filled} were imputed and {left} are missing still.",
        )


def impute_mean(values: npt.ArrayLike, *, groups: npt.ArrayLike | None = None) -> Imputation:
    """Fill gaps with the mean of the indicator, of all units or of those in the group.

    Parameters
    ----------
    values : array_like, shape (units, indicators)
        One row per unit; missing values are NaN.
    groups : array_like, shape (units,), optional
        Group of each unit; a unit whose group is missing (None or NaN) is neither filled
        nor used. All units are one group by default.

    Returns
    -------
    Imputation
        A gap stays where no unit of the group has a value: it is not filled from other
        groups.

    Raises
    ------
    ValueError
        If the table is not as described, or there is not one group per unit.

    References
    ----------
    COINr, `i_mean` and `i_mean_grp`.

    Examples
    --------
    >>> impute_mean([[1], [3], [np.nan]]).values.ravel().tolist()
    [1.0, 3.0, 2.0]
    """
    return _from_units(values, groups, "mean")


def impute_median(values: npt.ArrayLike, *, groups: npt.ArrayLike | None = None) -> Imputation:
    """Fill gaps with the median of the indicator, of all units or of those in the group.

    See `impute_mean` for parameters, what is left missing and errors.

    References
    ----------
    COINr, `i_median` and `i_median_grp`.

    Examples
    --------
    >>> gaps = impute_median([[1], [np.nan], [9], [np.nan]], groups=["a", "a", "b", "c"])
    >>> gaps.values.ravel().tolist()
    [1.0, 1.0, 9.0, nan]
    """
    return _from_units(values, groups, "median")


def impute_panel(
    values: npt.ArrayLike,
    *,
    method: PanelMethod = "latest",
    periods: npt.ArrayLike | None = None,
    max_gap: float | None = None,
) -> Imputation:
    """Fill gaps from the same unit's values at other times.

    Parameters
    ----------
    values : array_like, shape (units, periods) or (units, periods, indicators)
        Missing values are NaN.
    method : {"latest", "constant", "linear"}
        "latest": the last known value before; nothing before the first one.
        "constant": likewise, but before the first known value that one.
        "linear": on the line between the known values on both sides; before the first and
        after the last known value that one.
    periods : array_like, shape (periods,), optional
        Time of each period, ascending, as years; 0, 1, 2 … by default.
    max_gap : float, optional
        Longest time [unit of periods] from a gap to a value that it is filled from, both
        of them for a line. No limit by default.

    Returns
    -------
    Imputation
        A gap stays where there is no value to fill it from, or only one too far away.

    Raises
    ------
    ValueError
        If shapes do not fit, a value is infinite, periods do not ascend, `max_gap` is not
        above 0, or `method` is unknown.

    References
    ----------
    COINr, `impute_panel`, of which `max_time` counts periods.

    Examples
    --------
    >>> impute_panel([[3, np.nan, 5]], method="linear").values.tolist()
    [[3.0, 4.0, 5.0]]
    >>> impute_panel([[np.nan, 5, np.nan, np.nan]], max_gap=1).values.tolist()
    [[nan, 5.0, 5.0, nan]]
    """
    require_choice("method", method, get_args(PanelMethod))
    x = np.asarray(values, dtype=np.float64)
    if x.ndim not in (2, 3) or x.shape[1] == 0:
        raise ValueError(f"values must have shape (units, periods[, indicators]), got {x.shape}")
    if np.isinf(x).any():
        raise ValueError("values must not be infinite")
    if max_gap is not None and not max_gap > 0:
        raise ValueError(f"max_gap must be above 0, got {max_gap}")
    length = x.shape[1]
    time = np.asarray(np.arange(length) if periods is None else periods, dtype=np.float64)
    if time.shape != (length,) or not (np.isfinite(time).all() and (np.diff(time) > 0).all()):
        raise ValueError(f"periods must be {length} ascending times")
    known = ~np.isnan(x)
    place = np.arange(length).reshape(1, -1, *[1] * (x.ndim - 2))
    before = np.maximum.accumulate(np.where(known, place, -1), axis=1)
    after = np.minimum.accumulate(np.where(known, place, length)[:, ::-1], axis=1)[:, ::-1]
    # Beyond the ends stand an endless past and future without values.
    left, left_gap = _neighbour(x, time, np.where(before < 0, length, before))
    right, right_gap = _neighbour(x, time, after)
    first, last = np.isnan(left), np.isnan(right)
    if method == "linear":
        with np.errstate(invalid="ignore"):
            part = left_gap / (left_gap + right_gap)
        filled = np.where(first, right, np.where(last, left, left + part * (right - left)))
        gap = np.where(first, right_gap, np.where(last, left_gap, np.fmax(left_gap, right_gap)))
    elif method == "constant":
        filled, gap = np.where(first, right, left), np.where(first, right_gap, left_gap)
    else:
        filled, gap = left, left_gap
    if max_gap is not None:
        filled = np.where(gap <= max_gap * (1 + 1e-12), filled, np.nan)
    return _imputation(x, filled)


def _neighbour(x: Floats, time: Floats, place: npt.NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Return the values at the places and how far away they are; none at the last place."""
    padded = np.concatenate([x, np.full_like(x[:, :1], np.nan)], axis=1)
    when = np.append(time, np.nan)[place]
    own = time.reshape(1, -1, *[1] * (x.ndim - 2))
    return np.take_along_axis(padded, place, axis=1), np.abs(when - own)


def _from_units(
    values: npt.ArrayLike, groups: npt.ArrayLike | None, statistic: Literal["mean", "median"]
) -> Imputation:
    import pandas as pd

    table = indicator_table(values)
    codes = np.zeros(len(table), dtype=np.intp)
    if groups is not None:
        labels = np.asarray(groups, dtype=object)
        if labels.shape != (len(table),):
            raise ValueError(f"groups must be one for each of {len(table)} units")
        codes = pd.factorize(labels)[0]
    typical = pd.DataFrame(table).groupby(codes).transform(statistic).to_numpy()
    return _imputation(table, np.where((codes >= 0)[:, None], typical, np.nan))


def _imputation(values: Floats, filling: Floats) -> Imputation:
    missing = np.isnan(values)
    return Imputation(np.where(missing, filling, values), missing & ~np.isnan(filling))
