"""Inequality of sizes: Lorenz curve, Gini coefficient and Theil index.

Coefficients are taken along the last axis, so that one call serves one population
(a vector) or many (one row each, padded with missing values).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, require_choice

Correction = Literal["population", "sample"]


def gini_coefficient(
    values: npt.ArrayLike,
    *,
    weights: npt.ArrayLike | None = None,
    correction: Correction = "population",
) -> Floats:
    """Gini coefficient of inequality.

    Parameters
    ----------
    values : array_like, shape (..., units)
        Sizes, 0 or above.
    weights : array_like, optional
        Weight of each unit (survey weight or number of equal members), 0 or above,
        of a shape that broadcasts with `values`.
    correction : {"population", "sample"}
        "population": the mean difference over all pairs, a unit with itself too; its
        highest value is (n-1)/n. "sample": that, divided by 1 - sum(w^2) with w the
        weights as shares, which is n/(n-1) times it for equal weights.

    Returns
    -------
    ndarray of float, shape (...)
        Gini coefficient, 0 for equal sizes; missing where the total is zero, and for a
        single unit if corrected.

    Raises
    ------
    ValueError
        If there are no units, a value or weight is negative or infinite, or
        `correction` is unknown.

    References
    ----------
    Dixon et al. (1987), Ecology 68; Lerman and Yitzhaki (1989), J. Econometrics 42.

    Examples
    --------
    >>> round(float(gini_coefficient([1, 3, 2, 1, 1, 1, 4])), 7)
    0.3076923
    """
    require_choice("correction", correction, get_args(Correction))
    population, value = _lorenz(values, weights)
    steps = np.diff(population, axis=-1)
    gini = 1 - np.sum(steps * (value[..., 1:] + value[..., :-1]), axis=-1)
    if correction == "sample":
        spread = 1 - np.sum(steps**2, axis=-1)
        with np.errstate(invalid="ignore", divide="ignore"):
            gini = np.where(spread > 1e-12, gini / spread, np.nan)
    return np.asarray(np.maximum(gini, 0.0))


def theil_index(values: npt.ArrayLike, *, weights: npt.ArrayLike | None = None) -> Floats:
    """Theil's T index of inequality: the mean of (x/m) ln(x/m), with m the mean.

    Parameters
    ----------
    values : array_like, shape (..., units)
        Sizes, 0 or above; a zero adds nothing.
    weights : array_like, optional
        Weight of each unit, 0 or above.

    Returns
    -------
    ndarray of float, shape (...)
        0 for equal sizes, ln(units) if one has all; missing where the total is zero.

    Raises
    ------
    ValueError
        If there are no units, or a value or weight is negative or infinite.

    References
    ----------
    Theil (1967), Economics and Information Theory; Cowell (2000), Handbook of Income
    Distribution 1.

    Examples
    --------
    >>> float(theil_index([3, 3, 3]))
    0.0
    """
    x, w = _weighted(values, weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        w = w / w.sum(axis=-1, keepdims=True)
        ratio = x / np.sum(w * x, axis=-1, keepdims=True)
        terms = np.where(ratio == 0, 0.0, ratio * np.log(ratio))
    return np.asarray(np.maximum(np.sum(w * terms, axis=-1), 0.0))


@dataclass(frozen=True)
class LorenzCurve:
    """Lorenz curve, from (0, 0) to (1, 1).

    Attributes
    ----------
    population : ndarray of float, shape (units + 1,)
        Cumulative share of the units [0-1], smallest first.
    value : ndarray of float, shape (units + 1,)
        Their cumulative share of the total [0-1].
    """

    population: Floats
    value: Floats


def lorenz_curve(values: npt.ArrayLike, *, weights: npt.ArrayLike | None = None) -> LorenzCurve:
    """Points of the Lorenz curve.

    Parameters
    ----------
    values : array_like, shape (units,)
        Sizes, 0 or above. Missing values are left out.
    weights : array_like, shape (units,), optional
        Weight of each unit, 0 or above.

    Returns
    -------
    LorenzCurve

    Raises
    ------
    ValueError
        If there are no units, the total is zero, or a value or weight is negative.

    Examples
    --------
    >>> lorenz_curve([1, 3]).value.tolist()
    [0.0, 0.25, 1.0]
    """
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 1:
        raise ValueError("a Lorenz curve takes one vector of values")
    known = ~np.isnan(x)
    if not np.any(x[known] > 0):
        raise ValueError("at least one value must be above zero")
    kept = None if weights is None else np.broadcast_to(np.asarray(weights), x.shape)[known]
    return LorenzCurve(*_lorenz(x[known], kept))


def nonnegative(values: npt.ArrayLike, name: str) -> Floats:
    """Array of at least one dimension and one unit, refused if below zero or infinite."""
    array = np.atleast_1d(np.asarray(values, dtype=np.float64))
    if array.shape[-1] == 0:
        raise ValueError("at least one unit is needed")
    if np.any((array < 0) | np.isinf(array)):
        raise ValueError(f"{name} must be finite and 0 or above")
    return array


def _weighted(values: npt.ArrayLike, weights: npt.ArrayLike | None) -> tuple[Floats, Floats]:
    """Values and weights of one shape; a missing value or weight becomes a weight of zero."""
    x = nonnegative(values, "values")
    w = np.ones_like(x) if weights is None else nonnegative(weights, "weights")
    try:
        x, w = np.broadcast_arrays(x, w)
    except ValueError:
        raise ValueError("values and weights must be of shapes that broadcast") from None
    missing = np.isnan(x) | np.isnan(w)
    return np.where(missing, 0.0, x), np.where(missing, 0.0, w)


def _lorenz(values: npt.ArrayLike, weights: npt.ArrayLike | None) -> tuple[Floats, Floats]:
    x, w = _weighted(values, weights)
    order = np.argsort(x, axis=-1, kind="stable")
    x, w = np.take_along_axis(x, order, axis=-1), np.take_along_axis(w, order, axis=-1)
    population, value = np.cumsum(w, axis=-1), np.cumsum(w * x, axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        population, value = population / population[..., -1:], value / value[..., -1:]
    origin = np.zeros((*x.shape[:-1], 1))
    return (
        np.concatenate([origin, population], axis=-1),
        np.concatenate([origin, value], axis=-1),
    )
