"""Weights under which indicators correlate with the index as much as they should."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agriqa.stats.aggregation import arithmetic_mean
from agriqa.stats.checks import Floats, Language, in_language
from agriqa.stats.normalisation import directed
from agriqa.stats.reliability import Correlation, correlation_matrix

Aggregation = Callable[[Floats], npt.ArrayLike]


@dataclass(frozen=True)
class OptimisedWeights:
    """Weights and the correlations that they bring about.

    Attributes
    ----------
    weights : ndarray of float, shape (indicators,)
        0 or above; sums to 1.
    correlations : ndarray of float, shape (indicators,)
        Of each indicator with the index [-1 to 1].
    importances : ndarray of float, shape (indicators,)
        The correlations divided by their sum.
    largest_gap : float
        Largest difference of an importance from the one aimed at; above some 0.01 the aim
        cannot be met with weights of 0 or above. Missing if none was aimed at.
    """

    weights: Floats
    correlations: Floats
    importances: Floats
    largest_gap: float

    def summary(self, language: Language = "zh") -> str:
        """Return the range of the correlations and how near the aim was come to."""
        low, high = self.correlations.min(), self.correlations.max()
        zh = f"指标与指数的相关系数为{low:.2f}至{high:.2f}"
        en = f"The indicators correlate with the index by {low:.2f} to {high:.2f}"
        if not np.isnan(self.largest_gap):
            zh += f"，重要性与目标最多相差{self.largest_gap:.3f}"
            en += f"; their importances are within {self.largest_gap:.3f} of those aimed at"
        return in_language(language, zh=zh + "。", en=en + ".")


def balanced_weights(
    values: npt.ArrayLike,
    *,
    importances: npt.ArrayLike | None = None,
    method: Correlation = "pearson",
    directions: npt.ArrayLike | None = None,
    aggregate: Aggregation | None = None,
) -> OptimisedWeights:
    """Weights with which correlations with the index are in proportion to importances.

    Parameters
    ----------
    values : array_like, shape (units, indicators)
        At least 2 indicators, on a common scale; missing values are left out.
    importances : array_like, shape (indicators,), optional
        Above 0, of any sum; equal by default.
    method : {"pearson", "spearman", "kendall"}
        See `reliability.correlation_matrix`. Rank correlations move in steps, so that the
        importances are met less closely.
    directions : array_like of {1, -1}, shape (indicators,), optional
        Whether more is better (1, the default) or worse (-1).
    aggregate : callable, optional
        Index of each unit by the weights, which sum to 1, where it is not the weighted
        arithmetic mean of the values.

    Returns
    -------
    OptimisedWeights

    Raises
    ------
    ValueError
        If the table, importances or directions are not as described, an indicator does not
        vary, or `method` is unknown.

    References
    ----------
    Becker, Saisana, Paruolo and Vandecasteele (2017), Ecological Indicators 80, 12-22;
    COINr, `get_opt_weights` with "balance", which lets weights be negative.

    Examples
    --------
    >>> balanced_weights([[1, 10], [2, 30], [3, 20]]).weights.round(3).tolist()
    [0.909, 0.091]
    """
    table = _table(values, directions)
    k = table.shape[1]
    target = np.ones(k) if importances is None else np.asarray(importances, dtype=np.float64)
    if target.shape != (k,) or not (np.isfinite(target).all() and (target > 0).all()):
        raise ValueError(f"importances must be {k} numbers above 0")
    return _optimise(table, target / target.sum(), method, aggregate)


def most_informative_weights(
    values: npt.ArrayLike,
    *,
    method: Correlation = "pearson",
    directions: npt.ArrayLike | None = None,
    aggregate: Aggregation | None = None,
) -> OptimisedWeights:
    """Weights with which the correlations with the index have the largest sum.

    For Pearson correlations with a mean of complete indicators these are in proportion to
    1 / standard deviation.

    Parameters
    ----------
    values, method, directions, aggregate
        As for `balanced_weights`.

    Returns
    -------
    OptimisedWeights
        With a missing `largest_gap`.

    Raises
    ------
    ValueError
        As `balanced_weights`.

    References
    ----------
    COINr, `get_opt_weights` with "infomax".

    Examples
    --------
    >>> most_informative_weights([[1, 10], [2, 30], [3, 20]]).weights.round(3).tolist()
    [0.909, 0.091]
    """
    return _optimise(_table(values, directions), None, method, aggregate)


def _table(values: npt.ArrayLike, directions: npt.ArrayLike | None) -> Floats:
    table = directed(values, directions)
    if table.shape[1] < 2:
        raise ValueError(f"at least 2 indicators are needed, got {table.shape[1]}")
    still = [k for k, x in enumerate(table.T) if np.unique(x[~np.isnan(x)]).size < 2]
    if still:
        raise ValueError(f"indicators {still} (counted from 0) have one value for all units")
    return table


def _optimise(
    table: Floats, target: Floats | None, method: Correlation, aggregate: Aggregation | None
) -> OptimisedWeights:
    from scipy.optimize import minimize

    # In units of its deviation each indicator matters alike to the search.
    spread = np.nanstd(table, axis=0)

    def weights_of(x: Floats) -> Floats:
        weights = np.clip(x, 0, None) / spread
        return np.asarray(weights / weights.sum())

    def correlations(weights: Floats) -> Floats:
        if aggregate is None:
            index = arithmetic_mean(table, weights=weights)
        else:
            index = np.asarray(aggregate(weights), dtype=np.float64)
        both = np.column_stack([table, index])
        return correlation_matrix(both, method=method).coefficients[:-1, -1]

    def loss(x: Floats) -> float:
        # Weights of any size give one index: theirs is held near 1, so that there is one best.
        size = (x.sum() - 1) ** 2
        r = correlations(weights_of(x)) if np.clip(x, 0, None).sum() > 1e-9 else np.full(1, np.nan)
        if target is None:
            return float(size - r.mean()) if np.isfinite(r).all() else 10.0
        if not (np.isfinite(r).all() and r.sum() > 1e-6):
            return 10.0
        return float(size + np.sum((r / r.sum() / target - 1) ** 2))

    k = table.shape[1]
    start = np.full(k, 1 / k) if target is None else _balanced_start(table, target, method)
    bounds = [(0.0, 1.0)] * k
    if method == "pearson":
        options = {"ftol": 1e-15, "maxiter": 1000}
        found = minimize(loss, start, method="SLSQP", bounds=bounds, options=options)
    else:
        steps = {"xatol": 1e-6, "fatol": 1e-10, "maxiter": 200 * k, "adaptive": True}
        found = minimize(loss, start, method="Nelder-Mead", bounds=bounds, options=steps)
    weights = weights_of(np.asarray(found.x if found.fun <= loss(start) else start))
    r = correlations(weights)
    share = r / r.sum()
    gap = float("nan") if target is None else float(np.max(np.abs(share - target)))
    return OptimisedWeights(weights, r, share, gap)


def _balanced_start(table: Floats, target: Floats, method: Correlation) -> Floats:
    """Solve for a mean of complete indicators, whose correlations are known beforehand."""
    from scipy.optimize import nnls

    r = correlation_matrix(table, method=method).coefficients
    x = nnls(r, target)[0] if np.isfinite(r).all() else np.zeros_like(target)
    return np.asarray(x / x.sum() if x.sum() > 0 else target)
