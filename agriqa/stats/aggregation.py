"""Many indicators become one: means, TOPSIS, Copeland's score, Mazziotta-Pareto index.

Values are tables, one row per unit and one column per indicator, on a common scale
except where said otherwise.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, require_choice
from agriqa.stats.normalisation import Divisor, directed, indicator_table

Penalty = Literal["subtract", "add"]


def arithmetic_mean(
    values: npt.ArrayLike, *, weights: npt.ArrayLike | None = None, minimum_share: float = 0.0
) -> Floats:
    """Weighted arithmetic mean: a weak indicator is made good by a strong one.

    See `generalised_mean` for parameters, missing values and errors.

    Examples
    --------
    >>> arithmetic_mean([[1, 4], [2, 2]], weights=[3, 1]).tolist()
    [1.75, 2.0]
    """
    return generalised_mean(values, power=1, weights=weights, minimum_share=minimum_share)


def geometric_mean(
    values: npt.ArrayLike, *, weights: npt.ArrayLike | None = None, minimum_share: float = 0.0
) -> Floats:
    """Weighted geometric mean, of values above 0 (scale to 1-100, say, not 0-1).

    See `generalised_mean` for parameters, missing values and errors.

    Examples
    --------
    >>> geometric_mean([[1, 4], [2, 2]]).round(9).tolist()
    [2.0, 2.0]
    """
    return generalised_mean(values, power=0, weights=weights, minimum_share=minimum_share)


def harmonic_mean(
    values: npt.ArrayLike, *, weights: npt.ArrayLike | None = None, minimum_share: float = 0.0
) -> Floats:
    """Weighted harmonic mean, of values above 0: a weak indicator can hardly be made good.

    See `generalised_mean` for parameters, missing values and errors.

    Examples
    --------
    >>> harmonic_mean([[1, 4], [2, 2]]).round(9).tolist()
    [1.6, 2.0]
    """
    return generalised_mean(values, power=-1, weights=weights, minimum_share=minimum_share)


def generalised_mean(
    values: npt.ArrayLike,
    *,
    power: float,
    weights: npt.ArrayLike | None = None,
    minimum_share: float = 0.0,
) -> Floats:
    """Weighted generalised (power) mean: the p-th root of the mean p-th power.

    Parameters
    ----------
    values : array_like, shape (units, indicators)
        Of any sign for power 1, above 0 for powers of 0 and below, else 0 or above.
        Missing values are left out and the other weights scaled up.
    power : float
        1 arithmetic, 0 geometric (the limit), -1 harmonic; the lower, the less a weak
        indicator can be made good by a strong one.
    weights : array_like, shape (indicators,), optional
        0 or above, of any sum; equal by default.
    minimum_share : float
        Least part of the indicators that must be known [0-1]; the unit's mean is missing
        below it.

    Returns
    -------
    ndarray of float, shape (units,)
        Missing also where no indicator with a weight above 0 is known.

    Raises
    ------
    ValueError
        If values are outside the range for the power, weights do not fit, or the power is
        infinite.

    References
    ----------
    OECD/JRC (2008), Handbook on Constructing Composite Indicators; COINr, `a_genmean` and
    the data threshold of `Aggregate`.

    Examples
    --------
    >>> generalised_mean([[1, 7]], power=2).tolist()
    [5.0]
    """
    table = indicator_table(values)
    if not np.isfinite(power):
        raise ValueError(f"power must be finite, got {power}")
    if not 0 <= minimum_share <= 1:
        raise ValueError(f"minimum_share must be within 0-1, got {minimum_share}")
    if power <= 0 and (table <= 0).any():
        raise ValueError("values must be above 0 for a power of 0 or below: scale to 1-100, say")
    if power != 1 and (table < 0).any():
        raise ValueError("values must be 0 or above unless power is 1")
    known = ~np.isnan(table)
    w = np.where(known, _weights(weights, table.shape[1]), 0.0)
    total = w.sum(axis=1)
    enough = (total > 0) & (known.mean(axis=1) >= minimum_share - 1e-12)
    w = w / np.where(enough, total, np.nan)[:, None]
    # In relation to the largest value, high powers stay in range.
    scale = np.max(np.abs(table), axis=1, where=known, initial=0.0)
    scale = np.where((scale > 0) & (power != 1), scale, 1.0)
    x = np.where(known, table / scale[:, None], 1.0)
    if power == 0:
        return np.asarray(scale * np.exp(np.sum(w * np.log(x), axis=1)))
    return np.asarray(scale * np.sum(w * x**power, axis=1) ** (1 / power))


def topsis(
    values: npt.ArrayLike,
    *,
    weights: npt.ArrayLike | None = None,
    directions: npt.ArrayLike | None = None,
) -> Floats:
    """TOPSIS: closeness to the best found in each indicator, away from the worst.

    Indicators are divided by the root of their sum of squares and weighed; with d+ and d-
    the Euclidean distances to the best and the worst, closeness is d- / (d+ + d-).

    Parameters
    ----------
    values : array_like, shape (units, indicators)
        In their own units. A unit with a missing value is left out, of best and worst too.
    weights : array_like, shape (indicators,), optional
        0 or above, of any sum; equal by default.
    directions : array_like of {1, -1}, shape (indicators,), optional
        Whether more is better (1, the default) or worse (-1).

    Returns
    -------
    ndarray of float, shape (units,)
        Closeness [0-1]; missing where a value is, and if all units are equal.

    Raises
    ------
    ValueError
        If the table, weights or directions are not as described.

    References
    ----------
    Hwang and Yoon (1981), Multiple Attribute Decision Making; Tzeng and Huang (2011).

    Examples
    --------
    >>> topsis([[1, 9], [3, 9], [2, 9]]).tolist()
    [0.0, 1.0, 0.5]
    """
    table = directed(values, directions)
    w = _weights(weights, table.shape[1])
    closeness = np.full(len(table), np.nan)
    complete = ~np.isnan(table).any(axis=1)
    rows = table[complete]
    if len(rows) == 0:
        return closeness
    length = np.sqrt(np.sum(rows**2, axis=0))
    v = w / w.sum() * rows / np.where(length > 0, length, 1.0)
    to_best = np.linalg.norm(v - v.max(axis=0), axis=1)
    to_worst = np.linalg.norm(v - v.min(axis=0), axis=1)
    both = to_best + to_worst
    closeness[complete] = to_worst / np.where(both > 0, both, np.nan)
    return closeness


def outranking_matrix(
    values: npt.ArrayLike,
    *,
    weights: npt.ArrayLike | None = None,
    directions: npt.ArrayLike | None = None,
) -> Floats:
    """Weight of the indicators in which a unit is better than another.

    Parameters
    ----------
    values : array_like, shape (units, indicators)
        In their own units: only the order counts. An indicator that one of a pair lacks is
        left out of that pair.
    weights, directions : array_like, shape (indicators,), optional
        As for `topsis`.

    Returns
    -------
    ndarray of float, shape (units, units)
        Entry (i, j): share of the weight in which i is better than j, ties counted half
        [0-1]; missing on the diagonal and where a pair has no indicator in common.

    Raises
    ------
    ValueError
        If the table, weights or directions are not as described.

    References
    ----------
    Munda and Nardo (2009), Applied Economics 41, 1513-1523; COINr, `outrankMatrix`.

    Examples
    --------
    >>> outranking_matrix([[1, 2], [1, 1]]).tolist()
    [[nan, 0.75], [0.25, nan]]
    """
    table = directed(values, directions)
    w = _weights(weights, table.shape[1])
    n = len(table)
    better, common = np.zeros((n, n)), np.zeros((n, n))
    for weight, x in zip(w, table.T, strict=True):
        a, b = x[:, None], x[None, :]
        better += weight * ((a > b) + 0.5 * (a == b))
        common += weight * ~np.isnan(a + b)
    share = better / np.where(common > 0, common, np.nan)
    np.fill_diagonal(share, np.nan)
    return share


def copeland_score(
    values: npt.ArrayLike,
    *,
    weights: npt.ArrayLike | None = None,
    directions: npt.ArrayLike | None = None,
) -> Floats:
    """Copeland's score: pairwise contests won less those lost.

    Parameters
    ----------
    values : array_like, shape (units, indicators)
        In their own units: only the order counts. A unit wins against another if it is
        better in more than half the weight of the indicators that both have.
    weights, directions : array_like, shape (indicators,), optional
        As for `topsis`.

    Returns
    -------
    ndarray of float, shape (units,)
        From -(units-1) to units-1; missing for a unit that can be compared with no other.

    Raises
    ------
    ValueError
        If the table, weights or directions are not as described.

    References
    ----------
    Copeland (1951); COINr, `a_copeland`.

    Examples
    --------
    >>> copeland_score([[3, 3], [2, 1], [1, 2]]).tolist()
    [2.0, -1.0, -1.0]
    """
    share = outranking_matrix(values, weights=weights, directions=directions)
    # Shares of one half are seldom exact in floating point.
    margin = np.where(np.abs(share - 0.5) < 1e-9, 0.0, np.sign(share - 0.5))
    compared = ~np.isnan(share)
    score = np.sum(margin, axis=1, where=compared)
    return np.asarray(np.where(compared.any(axis=1), score, np.nan))


def mazziotta_pareto_index(
    values: npt.ArrayLike, *, penalty: Penalty = "subtract", divisor: Divisor = "population"
) -> Floats:
    """Mazziotta-Pareto index: the mean, corrected for unevenness over the indicators.

    With m and s the mean and standard deviation of a unit's indicators, m - s^2 / m or
    m + s^2 / m.

    Parameters
    ----------
    values : array_like, shape (units, indicators)
        Above 0 on average: standardised to mean 100 and deviation 10 (`standardise` with
        divisor "population") in the classic index, scaled to 70-130 over all years in the
        adjusted one.
    penalty : {"subtract", "add"}
        "subtract" where more is better, "add" where more is worse.
    divisor : {"population", "sample"}
        Whether s divides by the number of indicators or one less.

    Returns
    -------
    ndarray of float, shape (units,)
        Missing for a unit with a missing value.

    Raises
    ------
    ValueError
        If a unit's mean is not above 0, or an option is unknown.

    References
    ----------
    De Muro, Mazziotta and Pareto (2011), Social Indicators Research 104, 1-18; Mazziotta
    and Pareto (2016), Social Indicators Research 127, 983-1003.

    Examples
    --------
    >>> mazziotta_pareto_index([[110, 90], [100, 100]]).tolist()
    [99.0, 100.0]
    """
    require_choice("penalty", penalty, get_args(Penalty))
    require_choice("divisor", divisor, get_args(Divisor))
    table = indicator_table(values)
    if divisor == "sample" and table.shape[1] < 2:
        raise ValueError("the sample divisor needs at least 2 indicators")
    mean = table.mean(axis=1)
    if (mean <= 0).any():
        raise ValueError("the mean of each unit must be above 0: standardise to mean 100")
    variance = table.var(axis=1, ddof=int(divisor == "sample"))
    return np.asarray(mean + (1 if penalty == "add" else -1) * variance / mean)


def _weights(weights: npt.ArrayLike | None, indicators: int) -> Floats:
    w = np.ones(indicators) if weights is None else np.asarray(weights, dtype=np.float64)
    if w.shape != (indicators,):
        raise ValueError(f"weights must be one for each of {indicators} indicators, got {w.shape}")
    if not (np.isfinite(w).all() and (w >= 0).all() and w.sum() > 0):
        raise ValueError("weights must be 0 or above, and not all 0")
    return w
