"""Standard errors and simultaneous bands from influence functions."""

from __future__ import annotations

import numpy as np

from agriqa.stats.checks import Floats, Integers


def influence_covariance(influence: Floats, clusters: Integers) -> Floats:
    """Covariance of estimates from their influence functions, summed within clusters.

    Parameters
    ----------
    influence : ndarray, (units, k)
        Influence functions with mean zero.
    clusters : ndarray of int, (units,)
        Codes from 0.

    Returns
    -------
    ndarray, (k, k)

    Examples
    --------
    >>> influence_covariance(np.array([[1.0], [-1.0]]), np.array([0, 1])).tolist()
    [[0.5]]
    """
    sums = np.zeros((int(clusters.max()) + 1, influence.shape[1]))
    np.add.at(sums, clusters, influence)
    return sums.T @ sums / len(influence) ** 2


def multiplier_bootstrap(
    influence: Floats,
    clusters: Integers,
    *,
    n_draws: int,
    confidence: float = 0.95,
    seed: int = 0,
) -> tuple[Floats, float]:
    """Draw standard errors and the critical value of a simultaneous band.

    Parameters
    ----------
    influence : ndarray, (units, k)
        Influence functions.
    clusters : ndarray of int, (units,)
        Codes from 0; one Rademacher sign is drawn per cluster.
    n_draws : int
        Draws, at least 100.
    confidence : float
        Level of the band.
    seed : int
        Of the random signs.

    Returns
    -------
    standard_errors : ndarray, (k,)
        Interquartile range of the draws over that of the normal; missing
        where the influence is zero throughout.
    critical_value : float
        Quantile of the largest absolute t over the k estimates.

    Raises
    ------
    ValueError
        If there are too few draws.

    References
    ----------
    Callaway, Sant'Anna (2021), J. Econometrics 225: 200-230, algorithm 1.

    Examples
    --------
    >>> values = np.random.default_rng(1).normal(size=(400, 1))
    >>> se, critical = multiplier_bootstrap(values, np.arange(400), n_draws=2000)
    >>> bool(abs(se[0] - 0.05) < 0.005), bool(abs(critical - 1.96) < 0.15)
    (True, True)
    """
    from scipy import stats

    if n_draws < 100:
        raise ValueError(f"n_draws must be at least 100, got {n_draws}")
    sums = np.zeros((int(clusters.max()) + 1, influence.shape[1]))
    np.add.at(sums, clusters, influence)
    random = np.random.default_rng(seed)
    signs = random.integers(0, 2, size=(n_draws, len(sums)), dtype=np.int8) * 2.0 - 1.0
    draws = signs @ sums / len(influence)
    quartiles = np.quantile(draws, [0.25, 0.75], axis=0)
    spread = (quartiles[1] - quartiles[0]) / (stats.norm.ppf(0.75) - stats.norm.ppf(0.25))
    moving = spread > 1e-12 * max(float(np.abs(influence).max(initial=0)), 1e-300)
    errors = np.where(moving, spread, np.nan)
    if not moving.any():
        return errors, np.nan
    largest = np.abs(draws[:, moving] / spread[moving]).max(axis=1)
    return errors, float(np.quantile(largest, confidence))
