"""Spatial autocorrelation of rates with unequal populations (empirical-Bayes index)."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats
from agriqa.stats.spatial_autocorrelation import (
    Alternative,
    Islands,
    SpatialAutocorrelation,
    morans_i,
)
from agriqa.stats.spatial_weights import SpatialWeights


def standardised_rates(events: npt.ArrayLike, population: npt.ArrayLike) -> Floats:
    """Rates as deviations from the mean rate in units of their own standard deviation.

    The variance of a rate has a part shared by all areas (estimated by moments) and one
    that shrinks with the population (Assuncao and Reis), so that small areas do not stand
    out merely for being small.

    Parameters
    ----------
    events : array_like, shape (n,)
        Events in each area [count].
    population : array_like, shape (n,)
        Population at risk [count], above 0.

    Returns
    -------
    ndarray of float, shape (n,)
        Missing where either is; missing areas are left out of the mean.

    Raises
    ------
    ValueError
        If shapes differ, events are negative, a population is not above 0, or there are no
        events.

    References
    ----------
    Assuncao and Reis (1999), Stat. Med. 18.

    Examples
    --------
    >>> standardised_rates([1, 3], [10, 10]).round(3).tolist()
    [-1.0, 1.0]
    """
    y, n = np.asarray(events, dtype=np.float64), np.asarray(population, dtype=np.float64)
    if y.ndim != 1 or y.shape != n.shape:
        raise ValueError("events and populations must be vectors of one length")
    if np.any(y < 0) or np.any(n <= 0):
        raise ValueError("events must be 0 or above and populations above 0")
    known = ~(np.isnan(y) | np.isnan(n))
    y, n = np.where(known, y, np.nan), np.where(known, n, np.nan)
    if not np.nansum(y) > 0:
        raise ValueError("at least one event is needed")
    rate, mean = y / n, np.nansum(y) / np.nansum(n)
    spread = np.nansum(n * (rate - mean) ** 2) / np.nansum(n)
    shared = spread - mean / np.nanmean(n)
    variance = shared + mean / n
    # The moment estimate may be negative; then an area keeps its Poisson part alone.
    variance = np.where(variance > 0, variance, mean / n)
    return np.asarray((rate - mean) / np.sqrt(variance))


def morans_i_of_rates(
    events: npt.ArrayLike,
    population: npt.ArrayLike,
    weights: SpatialWeights,
    *,
    alternative: Alternative = "two-sided",
    permutations: int = 999,
    seed: int = 0,
    islands: Islands = "counted",
) -> SpatialAutocorrelation:
    """Empirical-Bayes index: Moran's I of rates, standardised for unequal populations.

    Parameters
    ----------
    events, population : array_like, shape (n,)
        As in `standardised_rates`. Areas where either is missing are left out.
    weights, alternative, permutations, seed, islands
        As in `morans_i`, but areas without neighbours count by default, as in the paper and
        in spdep's EBImoran. The index is tested by permutation only.

    Returns
    -------
    SpatialAutocorrelation
        The mean of the standardised rates is taken off, as in spdep since 2016.

    Raises
    ------
    ValueError
        As `standardised_rates` and `morans_i`; also without permutations.

    References
    ----------
    Assuncao and Reis (1999), Stat. Med. 18.

    Examples
    --------
    >>> import pandas as pd
    >>> from agriqa.stats.spatial_weights import spatial_weights
    >>> chain = pd.DataFrame({"area": [0, 1, 2, 3], "neighbour": [1, 2, 3, 4]})
    >>> w = spatial_weights(chain, range(5), listed="once")
    >>> round(morans_i_of_rates([1, 2, 3, 4, 5], [100] * 5, w, permutations=99).statistic, 3)
    0.6
    """
    if permutations < 1:
        raise ValueError("the index of rates needs permutations")
    found = morans_i(
        standardised_rates(events, population),
        weights,
        alternative=alternative,
        permutations=permutations,
        seed=seed,
        islands=islands,
    )
    unknown = float("nan")
    # The normal approximation knows nothing of the estimated moments.
    return dataclasses.replace(
        found,
        measure="Moran's I of rates",
        expectation=unknown,
        variance=unknown,
        z=unknown,
        p_value=unknown,
    )
