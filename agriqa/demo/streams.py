"""Independent named random streams and small numeric helpers of the simulation."""

from __future__ import annotations

from collections.abc import Mapping
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """Return the generator of one named stream.

    Each part of the demo draws from its own, so that a change in one part
    leaves the others' numbers alone.

    Examples
    --------
    >>> bool(stream(1, "a").random() == stream(1, "a").random())
    True
    """
    return np.random.default_rng([seed, crc32("/".join(map(str, names)).encode())])


def anchored(anchors: Mapping[int, float], year: int) -> float:
    """Interpolate linearly between the anchor years (flat outside).

    Examples
    --------
    >>> anchored({2012: 10.0, 2014: 20.0}, 2013)
    15.0
    """
    known = sorted(anchors)
    return float(np.interp(year, known, [anchors[y] for y in known]))


def logistic(values: Floats) -> Floats:
    """Return 1 / (1 + exp(-x))."""
    return 1 / (1 + np.exp(-values))


def shares_with_mean(mean: float, effects: Floats, weights: Floats) -> Floats:
    """Spread a mean share over units on the logit scale.

    Parameters
    ----------
    mean : float
        Weighted mean to be met, strictly between 0 and 1.
    effects : array, shape (n,)
        Logit deviations of the units.
    weights : array, shape (n,)
        Weights of the mean.

    Returns
    -------
    array, shape (n,)
        Shares between 0 and 1 with the weighted mean `mean` (to 1e-9).
    """
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        if np.average(logistic(effects + middle), weights=weights) < mean:
            low = middle
        else:
            high = middle
    return logistic(effects + (low + high) / 2)


def apportion(total: int, weights: Floats) -> Ints:
    """Share out `total` whole units by largest remainder.

    Examples
    --------
    >>> apportion(10, np.array([1.0, 1.0, 2.0])).tolist()
    [3, 2, 5]
    """
    quota = total * weights / weights.sum()
    whole: Ints = np.floor(quota).astype(np.int64)
    order = np.argsort(-(quota - whole), kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return whole
