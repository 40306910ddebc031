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
        From `lower` to `upper`; missing where an indicator has no spread in a draw.
    """
    lower, span = alternatives.lower, alternatives.upper - alternatives.lower
    x = values * alternatives.directions[indicators, None]
    if normalisation == "percentile_rank":
        share = _percentile_ranks(x)
    elif normalisation == "goalposts":
        sign = alternatives.directions[indicators, None]
        worst = sign * table.worst[indicators, None]
        x -= worst
        x /= sign * table.best[indicators, None] - worst
        share = x
    elif normalisation == "z_score":
        known = ~np.isnan(x)
        n = known.sum(axis=-1, keepdims=True)
        mean = np.sum(x, axis=-1, keepdims=True, where=known) / np.maximum(n, 1)
        flat = _flat(x, known)
        x -= mean
        squares = np.square(x).sum(axis=-1, keepdims=True, where=known)
        deviation = np.sqrt(squares / np.maximum(n - 1, 1))
        deviation[flat] = np.nan
        x /= 2 * alternatives.deviations * deviation
        x += 0.5
        share = x
    else:
        pool = (table.pool[:, indicators] * alternatives.directions[indicators]).T
        low = np.fmin.reduce(x, axis=-1, keepdims=True)
        high = np.fmax.reduce(x, axis=-1, keepdims=True)
        if pool.size:
            low = np.fmin(low, np.fmin.reduce(pool, axis=-1, keepdims=True))
            high = np.fmax(high, np.fmax.reduce(pool, axis=-1, keepdims=True))
        x -= low
        x /= np.where(high > low, high - low, np.nan)
        share = x
    # Rounding must not carry a score past the ends, nor a value past its goalpost.
    np.clip(share, 0.0, 1.0, out=share)
    share *= span
    share += lower
    return share


def _flat(x: Floats, known: Flags) -> Flags:
    """Say which indicators have no spread: their deviation is 0 but for rounding."""
    low = np.min(x, axis=-1, keepdims=True, where=known, initial=np.inf)
    high = np.max(x, axis=-1, keepdims=True, where=known, initial=-np.inf)
    return np.asarray(~(high > low))


def _percentile_ranks(x: Floats) -> Floats:
    """Share of the other known units that are below, ties counted half."""
    order = np.argsort(x, axis=-1)
    sorted_ = np.take_along_axis(x, order, axis=-1)
    places = np.empty_like(x)
    places[...] = np.arange(x.shape[-1], dtype=np.float64)
    same = sorted_[..., 1:] == sorted_[..., :-1]
    tied = same.any(axis=-1)
    if tied.any():
        places[tied] = _shared_places(same[tied])
    share = np.empty_like(x)
    np.put_along_axis(share, order, places, axis=-1)
    missing = np.isnan(x)
    others = x.shape[-1] - 1.0 - missing.sum(axis=-1, keepdims=True)
    share /= np.where(sorted_[..., :1] < np.fmax.reduce(x, axis=-1, keepdims=True), others, np.nan)
    share[missing] = np.nan
    return share


def _shared_places(same: Flags) -> Floats:
    """Give each run of equal values the mean of its places, from 0."""
    rows, n = same.shape[0], same.shape[1] + 1
    place = np.arange(n)
    starts, ends = np.ones((rows, n), dtype=bool), np.ones((rows, n), dtype=bool)
    starts[:, 1:], ends[:, :-1] = ~same, ~same
    first = np.maximum.accumulate(np.where(starts, place, 0), axis=1)
    last = np.minimum.accumulate(np.where(ends, place, n)[:, ::-1], axis=1)[:, ::-1]
    return np.asarray((first + last) / 2.0)
