"""Scales between fixed points: goalposts, a target, a reference unit, the best value.

Goalposts and targets do not move with the units, so that years scaled by them compare.
The distance to the best value, COINr's `n_dist2max`, is `normalisation.min_max`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats
from agriqa.stats.normalisation import directed, indicator_table, reference_pool


def goalposts(
    values: npt.ArrayLike,
    *,
    worst: npt.ArrayLike,
    best: npt.ArrayLike,
    scale: float = 1.0,
    truncated: bool = True,
) -> Floats:
    """Scale each indicator from a fixed worst point to a fixed best one.

    Parameters
    ----------
    values : array_like, shape (units, indicators)
        One row per unit; missing values stay missing.
    worst, best : float or array_like, shape (indicators,)
        The goalposts, in the indicator's unit; `best` is the lower of the two where less
        is better, which is all that is needed of a direction.
    scale : float
        What the best point gets, above 0; the worst gets 0.
    truncated : bool
        Keep units beyond a goalpost at 0 or `scale`.

    Returns
    -------
    ndarray of float, shape (units, indicators)
        (x - worst) / (best - worst) times the scale.

    Raises
    ------
    ValueError
        If the table or the scale is not as described, or the goalposts of an indicator
        are missing or equal.

    References
    ----------
    UNDP, Human Development Report, technical notes; COINr, `n_goalposts`.

    Examples
    --------
    >>> goalposts([[50, 9], [95, 3]], worst=[20, 10], best=[80, 0]).round(3).tolist()
    [[0.5, 0.1], [1.0, 0.7]]
    """
    table = indicator_table(values)
    if not 0 < scale < np.inf:
        raise ValueError(f"scale must be above 0, got {scale}")
    low = _per_indicator("worst", worst, table.shape[1])
    high = _per_indicator("best", best, table.shape[1])
    if (low == high).any():
        raise ValueError(
            f"worst and best must differ, but are equal for indicators "
            f"{np.flatnonzero(low == high).tolist()} (counted from 0)"
        )
    share = (table - low) / (high - low)
    return np.asarray(scale * (np.clip(share, 0, 1) if truncated else share))


def distance_to_target(
    values: npt.ArrayLike,
    *,
    target: npt.ArrayLike,
    directions: npt.ArrayLike | None = None,
    capped: bool = False,
    over: npt.ArrayLike | None = None,
) -> Floats:
    """Part of the way from the worst unit to a target.

    Parameters
    ----------
    values : array_like, shape (units, indicators)
        One row per unit; missing values are left out and stay missing.
    target : float or array_like, shape (indicators,)
        In the indicator's unit.
    directions : array_like of {1, -1}, shape (indicators,), optional
        Whether more is better (1, the default) or worse (-1).
    capped : bool
        Units beyond the target get 1, not more.
    over : array_like, shape (reference units, indicators), optional
        Pool whose worst value is where the way begins: all years together, or a base
        year; as measured, not turned round. The values themselves by default.

    Returns
    -------
    ndarray of float, shape (units, indicators)
        (x - lowest) / (target - lowest), or (highest - x) / (highest - target) where less
        is better: 0 for the worst of the pool, 1 at the target. Where even the worst of
        the pool meets the target there is no way to go: if capped, 1 for the units that
        meet it; missing otherwise.

    Raises
    ------
    ValueError
        If the table, the pool or the directions are not as described, or a target is
        missing.

    References
    ----------
    COINr, `n_dist2targ`.

    Examples
    --------
    >>> distance_to_target([[0], [5], [11]], target=10).ravel().tolist()
    [0.0, 0.5, 1.1]
    >>> distance_to_target([[-1], [1], [10]], target=0, directions=[-1]).ravel().tolist()
    [1.1, 0.9, 0.0]
    """
    table = directed(values, directions)
    goal = _per_indicator("target", target, table.shape[1])
    pool = reference_pool(values, over, directions)
    return _part_of_way(table, pool, directed(goal[None, :], directions)[0], capped)


def distance_to_reference(
    values: npt.ArrayLike,
    *,
    reference: int,
    directions: npt.ArrayLike | None = None,
    capped: bool = False,
) -> Floats:
    """Part of the way from the worst unit to a reference unit.

    Parameters
    ----------
    values, directions, capped
        As for `distance_to_target`.
    reference : int
        Place of the reference unit among the units, counted from 0.

    Returns
    -------
    ndarray of float, shape (units, indicators)
        0 for the worst unit, 1 for the reference. Where the reference is the worst: 1 if
        capped, missing otherwise. Missing for an indicator that the reference lacks.

    Raises
    ------
    ValueError
        If the table or the directions are not as described, or there is no such unit.

    References
    ----------
    COINr, `n_dist2ref`.

    Examples
    --------
    >>> distance_to_reference([[1], [2], [5]], reference=2).ravel().tolist()
    [0.0, 0.25, 1.0]
    """
    table = directed(values, directions)
    if not 0 <= reference < len(table):
        raise ValueError(f"reference must be within 0-{len(table) - 1}, got {reference}")
    return _part_of_way(table, table, table[reference], capped)


def fraction_of_maximum(
    values: npt.ArrayLike,
    *,
    directions: npt.ArrayLike | None = None,
    over: npt.ArrayLike | None = None,
) -> Floats:
    """Ratio of each value to the best, so that half as much is worth half.

    Parameters
    ----------
    values : array_like, shape (units, indicators)
        0 or above; missing values are left out and stay missing.
    directions : array_like of {1, -1}, shape (indicators,), optional
        Whether more is better (1, the default) or worse (-1).
    over : array_like, shape (reference units, indicators), optional
        Pool whose best value is the measure: all years together, or a base year; as
        measured. The values themselves by default.

    Returns
    -------
    ndarray of float, shape (units, indicators)
        x / highest, or lowest / x where less is better: 1 for the best of the pool. (COINr
        divides x by the lowest there, which puts the worst highest.) 0 is the best where the
        best is 0.

    Raises
    ------
    ValueError
        If the table, the pool or the directions are not as described, or a value is
        negative.

    References
    ----------
    COINr, `n_fracmax`.

    Examples
    --------
    >>> fraction_of_maximum([[1, 8], [4, 2]], directions=[1, -1]).tolist()
    [[0.25, 0.25], [1.0, 1.0]]
    """
    table = np.abs(directed(values, directions))
    pool = np.abs(reference_pool(values, over, directions))
    for given in (values, pool if over is None else over):
        if (indicator_table(given) < 0).any():
            raise ValueError("values must be 0 or above to be a fraction of the best")
    signs = np.ones(table.shape[1]) if directions is None else np.asarray(directions)
    known = ~np.isnan(pool)
    highest = np.max(pool, axis=0, where=known, initial=-np.inf)
    lowest = np.min(pool, axis=0, where=known, initial=np.inf)
    some = known.any(axis=0)
    above = np.where(signs == 1, table, lowest)
    below = np.where(signs == 1, highest, table)
    share = above / np.where(below > 0, below, np.nan)
    # What is 0 where the best is 0 too is the best.
    share = np.where((above == 0) & (below == 0), 1.0, share)
    return np.where(some, share, np.nan)


def _per_indicator(name: str, given: npt.ArrayLike, indicators: int) -> Floats:
    points = np.asarray(given, dtype=np.float64)
    if points.shape not in ((), (indicators,)):
        raise ValueError(f"{name} must be one number or {indicators}, got shape {points.shape}")
    if not np.isfinite(points).all():
        raise ValueError(f"{name} must be known for each indicator")
    return np.broadcast_to(points, (indicators,))


def _part_of_way(table: Floats, pool: Floats, goal: Floats, capped: bool) -> Floats:
    lowest = np.min(pool, axis=0, where=~np.isnan(pool), initial=np.inf)
    way = goal - lowest
    share = (table - lowest) / np.where(way > 0, way, np.nan)
    if not capped:
        return np.asarray(share)
    met = np.isfinite(lowest) & (table >= goal)
    return np.where(met, 1.0, np.minimum(share, 1.0))
