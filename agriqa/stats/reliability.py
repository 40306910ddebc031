"""Do indicators go together: Cronbach's alpha, correlations, redundant and opposed pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, Integers, require_choice
from agriqa.stats.normalisation import directed

Correlation = Literal["pearson", "spearman", "kendall"]
Missing = Literal["listwise", "pairwise"]


def cronbach_alpha(
    values: npt.ArrayLike,
    *,
    directions: npt.ArrayLike | None = None,
    standardised: bool = False,
    missing: Missing = "listwise",
) -> float:
    """Cronbach's alpha: how far the indicators measure one thing.

    Parameters
    ----------
    values : array_like, shape (units, indicators)
        At least 2 indicators.
    directions : array_like of {1, -1}, shape (indicators,), optional
        Whether more is better (1, the default) or worse (-1).
    standardised : bool
        Of the correlations and not the covariances, so that units of measurement do not
        matter.
    missing : {"listwise", "pairwise"}
        Leave out units with a missing value, or take each covariance over the units that
        have both indicators (as COINr's `get_cronbach`).

    Returns
    -------
    float
        k/(k-1) (1 - sum of variances / variance of the sum): 1 for indicators that move as
        one, below 0 if they oppose each other. Missing where covariances cannot be had or
        the sum does not vary.

    Raises
    ------
    ValueError
        If the table or directions are not as described, there is only one indicator, or
        `missing` is unknown.

    References
    ----------
    Cronbach (1951), Psychometrika 16, 297-334.

    Examples
    --------
    >>> round(cronbach_alpha([[1, 2], [2, 4], [3, 6]]), 3)
    0.889
    >>> round(cronbach_alpha([[1, 2], [2, 4], [3, 6]], standardised=True), 3)
    1.0
    """
    return _alpha(_covariance(values, directions, standardised, missing, at_least=2))


def alpha_if_dropped(
    values: npt.ArrayLike,
    *,
    directions: npt.ArrayLike | None = None,
    standardised: bool = False,
    missing: Missing = "listwise",
) -> Floats:
    """Cronbach's alpha of the others, for each indicator.

    Parameters
    ----------
    values, directions, standardised, missing
        As for `cronbach_alpha`; at least 3 indicators. Listwise, a unit must have all
        indicators, also the one dropped.

    Returns
    -------
    ndarray of float, shape (indicators,)
        Higher than alpha for an indicator that does not go with the others.

    Raises
    ------
    ValueError
        As `cronbach_alpha`.

    Examples
    --------
    >>> alpha_if_dropped([[1, 1, 3], [2, 2, 1], [3, 3, 2]]).round(6).tolist()
    [-2.0, -2.0, 1.0]
    """
    covariance = _covariance(values, directions, standardised, missing, at_least=3)
    kept = ~np.eye(len(covariance), dtype=np.bool_)
    return np.array([_alpha(covariance[np.ix_(k, k)]) for k in kept])


@dataclass(frozen=True)
class Correlations:
    """Correlation of each pair of indicators.

    Attributes
    ----------
    coefficients : ndarray of float, shape (indicators, indicators)
        Symmetric; missing where fewer than two units have both, or one does not vary over
        them.
    n : ndarray of int, same shape
        Units that have both indicators.
    """

    coefficients: Floats
    n: Integers


def correlation_matrix(
    values: npt.ArrayLike,
    *,
    method: Correlation = "pearson",
    directions: npt.ArrayLike | None = None,
) -> Correlations:
    """Correlate each pair of indicators over the units that have both.

    Parameters
    ----------
    values : array_like, shape (units, indicators)
        One row per unit; missing values are left out pair by pair.
    method : {"pearson", "spearman", "kendall"}
        Of values, of ranks among those units, or Kendall's tau-b.
    directions : array_like of {1, -1}, shape (indicators,), optional
        Whether more is better (1, the default) or worse (-1).

    Returns
    -------
    Correlations

    Raises
    ------
    ValueError
        If the table or directions are not as described, or `method` is unknown.

    Examples
    --------
    >>> correlation_matrix([[1, 3], [2, 1], [4, np.nan]]).coefficients.tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    import pandas as pd

    require_choice("method", method, get_args(Correlation))
    table = directed(values, directions)
    known = (~np.isnan(table)).astype(np.int64)
    found = pd.DataFrame(table).corr(method=method, min_periods=2).to_numpy()
    varies = np.array([np.unique(x[~np.isnan(x)]).size > 1 for x in table.T])
    coefficients = np.where(varies[:, None] & varies, found, np.nan)
    return Correlations(np.clip(coefficients, -1, 1), known.T @ known)


@dataclass(frozen=True)
class IndicatorPair:
    """Two indicators and how they correlate.

    Attributes
    ----------
    first, second : int
        Their places, counted from 0; the first is the lower.
    correlation : float
        [-1 to 1].
    n : int
        Units that have both.
    """

    first: int
    second: int
    correlation: float
    n: int


def redundant_pairs(
    values: npt.ArrayLike,
    *,
    above: float = 0.9,
    method: Correlation = "pearson",
    directions: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
) -> tuple[IndicatorPair, ...]:
    """Pairs so alike that one thing is counted twice.

    Parameters
    ----------
    values, method, directions
        As for `correlation_matrix`.
    above : float
        Pairs with a correlation above it are reported.
    groups : array_like, shape (indicators,), optional
        Group of each indicator: only pairs within a group are reported. All by default.

    Returns
    -------
    tuple of IndicatorPair
        The most alike first.

    Raises
    ------
    ValueError
        As `correlation_matrix`; if `above` is not within -1 to 1, or there is not one group
        per indicator.

    References
    ----------
    COINr, `get_corr_flags`.

    Examples
    --------
    >>> redundant_pairs([[1, 2, 1], [2, 4, 3], [3, 6, 2]])[0].second
    1
    """
    pairs = _pairs(values, method, directions, groups, "above", above)
    return tuple(sorted((p for p in pairs if p.correlation > above), key=_strength, reverse=True))


def opposed_pairs(
    values: npt.ArrayLike,
    *,
    below: float = -0.4,
    method: Correlation = "pearson",
    directions: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
) -> tuple[IndicatorPair, ...]:
    """Pairs of which one falls where the other rises, so that their mean says little.

    Parameters
    ----------
    values, method, directions, groups
        As for `redundant_pairs`.
    below : float
        Pairs with a correlation below it are reported.

    Returns
    -------
    tuple of IndicatorPair
        The most opposed first.

    Raises
    ------
    ValueError
        As `redundant_pairs`.

    References
    ----------
    COINr, `get_corr_flags`.

    Examples
    --------
    >>> opposed_pairs([[1, 3], [2, 2], [3, 1]])[0].n
    3
    """
    pairs = _pairs(values, method, directions, groups, "below", below)
    return tuple(sorted((p for p in pairs if p.correlation < below), key=_strength))


def _strength(pair: IndicatorPair) -> float:
    return pair.correlation


def _pairs(
    values: npt.ArrayLike,
    method: Correlation,
    directions: npt.ArrayLike | None,
    groups: npt.ArrayLike | None,
    name: str,
    threshold: float,
) -> list[IndicatorPair]:
    if not -1 <= threshold <= 1:
        raise ValueError(f"{name} must be within -1 to 1, got {threshold}")
    found = correlation_matrix(values, method=method, directions=directions)
    size = len(found.n)
    labels = np.zeros(size) if groups is None else np.asarray(groups)
    if labels.shape != (size,):
        raise ValueError(f"groups must be one for each of {size} indicators")
    return [
        IndicatorPair(int(i), int(j), float(found.coefficients[i, j]), int(found.n[i, j]))
        for i, j in zip(*np.triu_indices(size, k=1), strict=True)
        if labels[i] == labels[j]
    ]


def _covariance(
    values: npt.ArrayLike,
    directions: npt.ArrayLike | None,
    standardised: bool,
    missing: Missing,
    *,
    at_least: int,
) -> Floats:
    import pandas as pd

    require_choice("missing", missing, get_args(Missing))
    table = directed(values, directions)
    if table.shape[1] < at_least:
        raise ValueError(f"at least {at_least} indicators are needed, got {table.shape[1]}")
    if missing == "listwise":
        table = table[~np.isnan(table).any(axis=1)]
    frame = pd.DataFrame(table)
    found = frame.corr(min_periods=2) if standardised else frame.cov(min_periods=2)
    return np.asarray(found.to_numpy())


def _alpha(covariance: Floats) -> float:
    k, total, own = len(covariance), covariance.sum(), np.trace(covariance)
    # A sum that does not vary leaves some 1e-16 of the variances by rounding.
    return float(k / (k - 1) * (1 - own / total)) if total > 1e-12 * own else float("nan")
