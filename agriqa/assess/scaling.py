"""Indicators of many draws on one scale at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agriqa.assess.alternatives import Alternatives, IndicatorTable, Normalisation
from agriqa.stats.checks import Flags, Floats


def scale_draws(
    values: Floats,
    table: IndicatorTable,
    indicators: npt.NDArray[np.intp],
    normalisation: Normalisation,
    alternatives: Alternatives,
) -> Floats:
    """Scale indicators to scores, with more always better.

    Parameters
    ----------
    values : ndarray of float, shape (draws, indicators, units)
        In their own units; missing ones stay missing.
    table : IndicatorTable
        Where goalposts and pool stand.
    indicators : ndarray of int
        Which indicators of the table these are.
    normalisation : str
        One of `Normalisation`.
    alternatives : Alternatives
        Directions and ends of the scale.

    Returns
    -------
    ndarray of float, shape (draws, indicators, units)
        From `lower` to `upper`, z-scores beyond too; missing where an indicator has no
        spread in a draw, or, for percentile ranks, no other value.
    """
    lower, span = alternatives.lower, alternatives.upper - alternatives.lower
    x = values * alternatives.directions[indicators, None]
    if normalisation == "percentile_rank":
        share = _percentile_ranks(x, _pool(table, indicators, alternatives))
    elif normalisation == "goalposts":
        sign = alternatives.directions[indicators, None]
        worst = sign * table.worst[indicators, None]
        x -= worst
        x /= sign * table.best[indicators, None] - worst
        share = x
    elif normalisation == "z_score":
        mean, deviation = _moments(x, _pool(table, indicators, alternatives))
        x -= mean
        x /= 2 * alternatives.deviations * deviation
        x += 0.5
        share = x
    else:
        low, high = _ends(x, _pool(table, indicators, alternatives))
        x -= low
        x /= np.where(high > low, high - low, np.nan)
        share = x
    if normalisation != "z_score":
        # Rounding must not carry a score past the ends, nor a value past its goalpost.
        np.clip(share, 0.0, 1.0, out=share)
    share *= span
    share += lower
    return share


def _pool(
    table: IndicatorTable, indicators: npt.NDArray[np.intp], alternatives: Alternatives
) -> Floats:
    """Further rows that set the scale, more better, shape (indicators, rows)."""
    pool = table.pool[:, indicators] * alternatives.directions[indicators]
    return np.ascontiguousarray(pool.T)


def _ends(x: Floats, pool: Floats) -> tuple[Floats, Floats]:
    """Least and greatest value of units and pool, shape (draws, indicators, 1)."""
    low = np.fmin.reduce(x, axis=-1, keepdims=True)
    high = np.fmax.reduce(x, axis=-1, keepdims=True)
    if pool.size:
        low = np.fmin(low, np.fmin.reduce(pool, axis=-1, keepdims=True))
        high = np.fmax(high, np.fmax.reduce(pool, axis=-1, keepdims=True))
    return low, high


def _moments(x: Floats, pool: Floats) -> tuple[Floats, Floats]:
    """Mean and sample deviation of units and pool; deviation missing without spread."""
    (n, mean, squares), (m, other, more) = _sums(x), _sums(pool)
    total = np.maximum(n + m, 1)
    # Two groups' squares make those of both (Chan et al. 1983): the pool is summed once.
    squares += more + np.square(mean - other) * (n * m / total)
    mean = (n * mean + m * other) / total
    low, high = _ends(x, pool)
    # Equal values have a deviation of 0 but for rounding.
    deviation = np.sqrt(squares / np.maximum(total - 1, 1))
    return mean, np.where(high > low, deviation, np.nan)


def _sums(x: Floats) -> tuple[Floats, Floats, Floats]:
    """Return number, mean and sum of squares about it of the known values on the last axis."""
    known = ~np.isnan(x)
    n = known.sum(axis=-1, keepdims=True)
    mean = np.sum(x, axis=-1, keepdims=True, where=known) / np.maximum(n, 1)
    squares = np.square(x - mean).sum(axis=-1, keepdims=True, where=known)
    return n, mean, squares


def _percentile_ranks(x: Floats, pool: Floats) -> Floats:
    """Share of the other known units and the pool that are below, ties counted half."""
    order = np.argsort(x, axis=-1)
    sorted_ = np.take_along_axis(x, order, axis=-1)
    places = np.empty_like(x)
    places[...] = np.arange(x.shape[-1], dtype=np.float64)
    same = sorted_[..., 1:] == sorted_[..., :-1]
    tied = same.any(axis=-1)
    if tied.any():
        places[tied] = _shared_places(same[tied])
    below = np.empty_like(x)
    np.put_along_axis(below, order, places, axis=-1)
    missing = np.isnan(x)
    others = x.shape[-1] - 1.0 - missing.sum(axis=-1, keepdims=True)
    if pool.size:
        others = others + np.sum(~np.isnan(pool), axis=-1, keepdims=True)
        # Missing values sort last, beyond every known one.
        for k, own in enumerate(np.sort(pool, axis=-1)):
            below[:, k] += np.searchsorted(own, x[:, k], side="left") / 2
            below[:, k] += np.searchsorted(own, x[:, k], side="right") / 2
    below /= np.where(others > 0, others, np.nan)
    below[missing] = np.nan
    return below


def _shared_places(same: Flags) -> Floats:
    """Give each run of equal values the mean of its places, from 0."""
    rows, n = same.shape[0], same.shape[1] + 1
    place = np.arange(n)
    starts, ends = np.ones((rows, n), dtype=bool), np.ones((rows, n), dtype=bool)
    starts[:, 1:], ends[:, :-1] = ~same, ~same
    first = np.maximum.accumulate(np.where(starts, place, 0), axis=1)
    last = np.minimum.accumulate(np.where(ends, place, n)[:, ::-1], axis=1)[:, ::-1]
    return np.asarray((first + last) / 2.0)
