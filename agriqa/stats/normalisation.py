"""Indicators on a common scale, with more always better."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, require_choice

Divisor = Literal["population", "sample"]


def indicator_table(values: npt.ArrayLike, *, at_least: int = 1) -> Floats:
    """Check a table of indicators.

    Parameters
    ----------
    values : array_like, shape (units, indicators)
        One row per unit; missing values are allowed.
    at_least : int
        Least number of units.

    Returns
    -------
    ndarray of float, shape (units, indicators)

    Raises
    ------
    ValueError
        If it is not a table, has too few units or no indicators, or a value is infinite.

    Examples
    --------
    >>> indicator_table([[1, 2], [3, 4]]).shape
    (2, 2)
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] == 0:
        raise ValueError(f"values must have shape (units, indicators), got {table.shape}")
    if len(table) < at_least:
        raise ValueError(f"at least {at_least} units are needed, got {len(table)}")
    if np.isinf(table).any():
        raise ValueError("values must not be infinite")
    return table


def directed(values: npt.ArrayLike, directions: npt.ArrayLike | None) -> Floats:
    """Turn indicators round of which less is better.

    Parameters
    ----------
    values : array_like, shape (units, indicators)
        One row per unit.
    directions : array_like of {1, -1}, shape (indicators,), or None
        Whether more is better (1) or worse (-1); None for 1 throughout.

    Returns
    -------
    ndarray of float, shape (units, indicators)
        The values times their direction.

    Raises
    ------
    ValueError
        If there is not one direction per indicator, or it is neither 1 nor -1.

    Examples
    --------
    >>> directed([[1, 2]], [1, -1]).tolist()
    [[1.0, -2.0]]
    """
    table = indicator_table(values)
    if directions is None:
        return table
    signs = np.asarray(directions, dtype=np.float64)
    if signs.shape != table.shape[1:] or not np.isin(signs, (1, -1)).all():
        raise ValueError(f"directions must be 1 or -1 for each of {table.shape[1]} indicators")
    return table * signs


def reference_pool(
    values: npt.ArrayLike, over: npt.ArrayLike | None, directions: npt.ArrayLike | None
) -> Floats:
    """Values that set the scale: a pool if there is one, else the units' own.

    Parameters
    ----------
    values : array_like, shape (units, indicators)
        The units to be scaled.
    over : array_like, shape (reference units, indicators), or None
        All years together, or a base year, in the units of `values` and not yet turned
        round; None for the values themselves.
    directions : array_like of {1, -1}, shape (indicators,), or None
        As for `directed`.

    Returns
    -------
    ndarray of float, shape (reference units, indicators)
        Directed.

    Raises
    ------
    ValueError
        If the pool is not a table of the same indicators.

    Examples
    --------
    >>> reference_pool([[1, 2]], [[3, 4], [5, 6]], [1, -1]).tolist()
    [[3.0, -4.0], [5.0, -6.0]]
    """
    table = directed(values, directions)
    if over is None:
        return table
    pool = directed(over, directions)
    if pool.shape[1] != table.shape[1]:
        raise ValueError(
            f"over must have the {table.shape[1]} indicators of values, got {pool.shape[1]}"
        )
    return pool


def min_max(
    values: npt.ArrayLike,
    *,
    directions: npt.ArrayLike | None = None,
    lower: float = 0.0,
    upper: float = 1.0,
    over: npt.ArrayLike | None = None,
) -> Floats:
    """Scale each indicator from its worst value to its best.

    Parameters
    ----------
    values : array_like, shape (units, indicators)
        One row per unit; missing values are left out and stay missing.
    directions : array_like of {1, -1}, shape (indicators,), optional
        Whether more is better (1, the default) or worse (-1).
    lower, upper : float
        Ends of the new scale.
    over : array_like, shape (reference units, indicators), optional
        Pool whose worst and best values are the ends: all years together, or a base year;
        as measured, not turned round. The values themselves by default.

    Returns
    -------
    ndarray of float, shape (units, indicators)
        `lower` for the worst of the pool, `upper` for the best; missing for an indicator
        of which all values of the pool are equal. A unit outside the range of another
        pool is outside `lower` to `upper`. Without a common pool, years scaled apart
        cannot be compared.

    Raises
    ------
    ValueError
        If the table, the pool, the directions or the scale are not as described.

    References
    ----------
    OECD/JRC (2008), Handbook on Constructing Composite Indicators.

    Examples
    --------
    >>> min_max([[1, 5], [2, 4], [3, 1]], directions=[1, -1]).tolist()
    [[0.0, 0.0], [0.5, 0.25], [1.0, 1.0]]
    """
    if not lower < upper:
        raise ValueError(f"lower must be below upper, got {lower} and {upper}")
    table = directed(values, directions)
    pool = reference_pool(values, over, directions)
    known = ~np.isnan(pool)
    low = np.min(pool, axis=0, where=known, initial=np.inf)
    high = np.max(pool, axis=0, where=known, initial=-np.inf)
    spread = np.where(high > low, high - low, np.nan)
    return np.asarray(lower + (table - low) / spread * (upper - lower))


def standardise(
    values: npt.ArrayLike,
    *,
    directions: npt.ArrayLike | None = None,
    mean: float = 0.0,
    deviation: float = 1.0,
    divisor: Divisor = "sample",
    over: npt.ArrayLike | None = None,
) -> Floats:
    """Scale each indicator to a given mean and standard deviation.

    Parameters
    ----------
    values : array_like, shape (units, indicators)
        One row per unit; missing values are left out and stay missing.
    directions : array_like of {1, -1}, shape (indicators,), optional
        Whether more is better (1, the default) or worse (-1).
    mean, deviation : float
        Mean and standard deviation of the new scale.
    divisor : {"sample", "population"}
        Whether the standard deviation divides by n-1 or n.
    over : array_like, shape (reference units, indicators), optional
        Pool that has this mean and deviation: all years together, or a base year; as
        measured, not turned round. The values themselves by default.

    Returns
    -------
    ndarray of float, shape (units, indicators)
        Missing for an indicator of which all values of the pool are equal, or only one is
        known.

    Raises
    ------
    ValueError
        If the table, the pool or the directions are not as described, `deviation` is not
        above 0, or `divisor` is unknown.

    Examples
    --------
    >>> standardise([[1], [2], [3]]).ravel().tolist()
    [-1.0, 0.0, 1.0]
    """
    require_choice("divisor", divisor, get_args(Divisor))
    if not deviation > 0:
        raise ValueError(f"deviation must be above 0, got {deviation}")
    table = directed(values, directions)
    scaled = np.full_like(table, np.nan)
    for k, column in enumerate(reference_pool(values, over, directions).T):
        known = column[~np.isnan(column)]
        if known.size > 1 and np.ptp(known) > 0:
            spread = known.std(ddof=int(divisor == "sample"))
            scaled[:, k] = mean + deviation * (table[:, k] - known.mean()) / spread
    return scaled
