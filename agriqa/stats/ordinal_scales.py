"""Scales that keep only the order of the units: ranks, Borda points, percentile ranks."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, Integers, require_choice
from agriqa.stats.normalisation import directed, reference_pool

Ties = Literal["min", "average", "max"]


def ranks(
    values: npt.ArrayLike, *, directions: npt.ArrayLike | None = None, ties: Ties = "min"
) -> Floats:
    """Rank of each unit in each indicator, the best having the highest.

    Parameters
    ----------
    values : array_like, shape (units, indicators)
        One row per unit; missing values are left out and stay missing.
    directions : array_like of {1, -1}, shape (indicators,), optional
        Whether more is better (1, the default) or worse (-1).
    ties : {"min", "average", "max"}
        Rank that equal units share: the lowest of theirs, the mean or the highest.

    Returns
    -------
    ndarray of float, shape (units, indicators)
        From 1 for the worst to the number of known values of the indicator for the best.

    Raises
    ------
    ValueError
        If the table or the directions are not as described, or `ties` is unknown.

    References
    ----------
    COINr, `n_rank` (with "min").

    Examples
    --------
    >>> ranks([[10, 1], [20, 2], [20, 3]], directions=[1, -1]).tolist()
    [[1.0, 3.0], [2.0, 2.0], [2.0, 1.0]]
    """
    return 1 + borda(values, directions=directions, ties=ties)


def borda(
    values: npt.ArrayLike, *, directions: npt.ArrayLike | None = None, ties: Ties = "min"
) -> Floats:
    """Borda points of each unit: how many others it beats in an indicator.

    Parameters
    ----------
    values, directions, ties
        As for `ranks`.

    Returns
    -------
    ndarray of float, shape (units, indicators)
        The rank less 1.

    Raises
    ------
    ValueError
        As `ranks`.

    References
    ----------
    COINr, `n_borda` (with ties "min").

    Examples
    --------
    >>> borda([[10], [20], [20]], ties="average").ravel().tolist()
    [0.0, 1.5, 1.5]
    """
    table = directed(values, directions)
    below, equal, _ = _standing(table, table)
    return _beaten(below, equal, ties, missing=np.isnan(table))


def percentile_rank(
    values: npt.ArrayLike,
    *,
    directions: npt.ArrayLike | None = None,
    ties: Ties = "min",
    over: npt.ArrayLike | None = None,
) -> Floats:
    """Part of the others that a unit beats in each indicator.

    Parameters
    ----------
    values, directions, ties
        As for `ranks`.
    over : array_like, shape (reference units, indicators), optional
        Pool to be beaten: all years together, or a base year; as measured, not turned
        round. The values themselves by default. Where the pool holds a value equal to the
        unit's, one such value counts as the unit's own and is not one of the others.

    Returns
    -------
    ndarray of float, shape (units, indicators)
        (rank-1) / (n-1), n being the known values of the indicator [0-1]; missing where
        there are no others.

    Raises
    ------
    ValueError
        If the table, the pool or the directions are not as described, or `ties` is
        unknown.

    References
    ----------
    COINr, `n_prank` (with ties "min").

    Examples
    --------
    >>> percentile_rank([[10], [20], [30]]).ravel().tolist()
    [0.0, 0.5, 1.0]
    >>> percentile_rank([[10], [25]], over=[[10], [20], [30], [40]]).ravel().tolist()
    [0.0, 0.5]
    """
    table = directed(values, directions)
    below, equal, size = _standing(table, reference_pool(values, over, directions))
    others = size - (equal > 0)
    beaten = _beaten(below, equal, ties, missing=np.isnan(table))
    return np.asarray(beaten / np.where(others > 0, others, np.nan))


def _standing(table: Floats, pool: Floats) -> tuple[Integers, Integers, Integers]:
    """Count the pool's values below and equal to each of the table, and the known ones."""
    # Missing values sort last, beyond every known one.
    columns = list(zip(np.sort(pool, axis=0).T, table.T, strict=True))
    left = np.column_stack([np.searchsorted(p, x, side="left") for p, x in columns])
    right = np.column_stack([np.searchsorted(p, x, side="right") for p, x in columns])
    return left, right - left, np.sum(~np.isnan(pool), axis=0)


def _beaten(below: Integers, equal: Integers, ties: Ties, *, missing: npt.ArrayLike) -> Floats:
    require_choice("ties", ties, get_args(Ties))
    part = {"min": 0.0, "average": 0.5, "max": 1.0}[ties]
    return np.where(missing, np.nan, below + part * np.maximum(equal - 1, 0))
