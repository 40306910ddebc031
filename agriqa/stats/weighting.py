"""Weights of indicators from the data itself: entropy, CRITIC, principal component."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, Language, in_language, require_choice
from agriqa.stats.normalisation import directed, indicator_table, min_max

Correlation = Literal["pearson", "spearman"]
Scaling = Literal["none", "min_max"]
Combination = Literal["multiplicative", "linear"]
Loading = Literal["loading", "squared_loading"]


def entropy_weights(
    values: npt.ArrayLike,
    *,
    scaling: Scaling = "none",
    shift: float = 0.0,
    directions: npt.ArrayLike | None = None,
) -> Floats:
    """Entropy weights: the less even an indicator's shares are, the more it weighs.

    Parameters
    ----------
    values : array_like, shape (units, indicators)
        Missing values are left out, each indicator's entropy being divided by the
        logarithm of the number of its own values.
    scaling : {"none", "min_max"}
        "none": shares of the values as they are, which must be 0 or above.
        "min_max": of the values scaled to 0-1 by direction, as is usual in China.
    shift : float
        Added to every (scaled) value before shares are taken, usually 0.0001 or 0.01
        after scaling. The weights depend on it: state it with the result.
    directions : array_like of {1, -1}, shape (indicators,), optional
        Whether more is better (1, the default) or worse (-1); only with "min_max".

    Returns
    -------
    ndarray of float, shape (indicators,)
        Sums to 1; 0 for an indicator of which all values are equal.

    Raises
    ------
    ValueError
        If an indicator has fewer than two values, a value is negative and not scaled, all
        indicators are constant, or an option is unknown.

    References
    ----------
    Shannon (1948); Zeleny (1982), Multiple Criteria Decision Making.

    Examples
    --------
    >>> entropy_weights([[1, 2], [4, 16]]).round(4).tolist()
    [0.3589, 0.6411]
    """
    require_choice("scaling", scaling, get_args(Scaling))
    if not (np.isfinite(shift) and shift >= 0):
        raise ValueError(f"shift must be 0 or above, got {shift}")
    table = indicator_table(values, at_least=2)
    known = ~np.isnan(table)
    count = known.sum(axis=0)
    if (count < 2).any():
        raise ValueError("each indicator needs at least 2 values")
    low = np.min(table, axis=0, where=known, initial=np.inf)
    constant = np.max(table, axis=0, where=known, initial=-np.inf) == low
    if scaling == "min_max":
        table = min_max(table, directions=directions)
    elif directions is not None and not (np.asarray(directions) == 1).all():
        raise ValueError("directions need scaling='min_max'")
    # A constant has equal shares whatever its value, 0 or undefined after scaling too.
    shares = np.where(known, np.where(constant, 1.0, table + shift), 0.0)
    if (shares < 0).any():
        raise ValueError("values must be 0 or above, or scaled: scaling='min_max'")
    shares = shares / shares.sum(axis=0)
    logs = np.log(shares, where=shares > 0, out=np.zeros_like(shares))
    divergence = 1 + np.sum(shares * logs, axis=0) / np.log(count)
    divergence[constant] = 0.0
    return _normalised(np.maximum(divergence, 0.0))


def critic_weights(
    values: npt.ArrayLike,
    *,
    directions: npt.ArrayLike | None = None,
    correlation: Correlation = "pearson",
) -> Floats:
    """CRITIC weights: contrast of an indicator times its conflict with the others.

    With s the standard deviation of the indicator scaled to 0-1 and r its correlation
    with indicator k, the weight is proportional to s times the sum of 1-r over k.

    Parameters
    ----------
    values : array_like, shape (units, indicators)
        Units with a missing value are left out.
    directions : array_like of {1, -1}, shape (indicators,), optional
        Whether more is better (1, the default) or worse (-1).
    correlation : {"pearson", "spearman"}
        Of values or of ranks (ties share their mean rank).

    Returns
    -------
    ndarray of float, shape (indicators,)
        Sums to 1.

    Raises
    ------
    ValueError
        If fewer than two units are complete, an indicator is constant over them, all are
        perfectly correlated, or `correlation` is unknown.

    References
    ----------
    Diakoulaki, Mavrotas and Papayannakis (1995), Computers & Operations Research 22,
    763-770.

    Examples
    --------
    >>> critic_weights([[1, 1], [2, 3], [3, 2]]).tolist()
    [0.5, 0.5]
    """
    require_choice("correlation", correlation, get_args(Correlation))
    table = _complete(directed(values, directions))
    scaled = min_max(table)
    if correlation == "spearman":
        from scipy.stats import rankdata

        table = rankdata(table, axis=0)
    r = np.corrcoef(table, rowvar=False).reshape(table.shape[1], -1)
    conflict = np.sum(1 - r, axis=1) if table.shape[1] > 1 else np.ones(1)
    # Rounding leaves perfect correlation some 1e-16 short of 1.
    conflict[conflict < 1e-12] = 0.0
    return _normalised(scaled.std(axis=0, ddof=1) * conflict)


@dataclass(frozen=True)
class ComponentWeights:
    """Weights from the first principal component.

    Attributes
    ----------
    weights : ndarray of float, shape (indicators,)
        Sums to 1.
    loadings : ndarray of float, shape (indicators,)
        The component's direction, of length 1 [-].
    explained : float
        Share of the total variance that the component carries [0-1].
    """

    weights: Floats
    loadings: Floats
    explained: float

    def summary(self, language: Language = "zh") -> str:
        """Return the share of variance that the weights rest on."""
        return in_language(
            language,
            zh=f"第一主成分解释{self.explained:.1%}的方差。",
            en=f"The first principal component carries {self.explained:.1%} of the variance.",
        )


def principal_component_weights(
    values: npt.ArrayLike,
    *,
    directions: npt.ArrayLike | None = None,
    scheme: Loading = "loading",
) -> ComponentWeights:
    """Weights from the loadings of the first principal component.

    Parameters
    ----------
    values : array_like, shape (units, indicators)
        Standardised here. Units with a missing value are left out.
    directions : array_like of {1, -1}, shape (indicators,), optional
        Whether more is better (1, the default) or worse (-1).
    scheme : {"loading", "squared_loading"}
        "loading": in proportion to the loadings. "squared_loading": to their squares, the
        share of each indicator in the component's variance.

    Returns
    -------
    ComponentWeights

    Raises
    ------
    ValueError
        If a loading is negative: the indicator runs against the others, so that more of
        what is better would lower the index. Also if fewer than two units are complete,
        an indicator is constant over them, or `scheme` is unknown.

    References
    ----------
    Nicoletti, Scarpetta and Boylaud (2000), OECD Economics Department Working Paper 226;
    OECD/JRC (2008), Handbook on Constructing Composite Indicators.

    Examples
    --------
    >>> principal_component_weights([[1, 2], [2, 3], [3, 7]]).weights.round(6).tolist()
    [0.5, 0.5]
    """
    require_choice("scheme", scheme, get_args(Loading))
    table = _complete(directed(values, directions))
    r = np.corrcoef(table, rowvar=False).reshape(table.shape[1], -1)
    variances, vectors = np.linalg.eigh(r)
    loadings = vectors[:, -1] * (1.0 if vectors[:, -1].sum() >= 0 else -1.0)
    # Loadings that are 0 but for rounding are not negative.
    loadings = np.where(np.abs(loadings) < 1e-10, 0.0, loadings)
    against = np.flatnonzero(loadings < 0)
    if against.size:
        raise ValueError(
            f"indicators {against.tolist()} (counted from 0) run against the first principal "
            "component; check their directions, leave them out or choose other weights"
        )
    power = 1 if scheme == "loading" else 2
    return ComponentWeights(
        weights=_normalised(loadings**power),
        loadings=loadings,
        explained=float(variances[-1] / variances.sum()),
    )


def combine_weights(
    subjective: npt.ArrayLike,
    objective: npt.ArrayLike,
    *,
    method: Combination = "multiplicative",
    share: float = 0.5,
) -> Floats:
    """Combine judged weights with weights from data.

    Parameters
    ----------
    subjective, objective : array_like, shape (indicators,)
        Weights, 0 or above; each is first made to sum to 1.
    method : {"multiplicative", "linear"}
        "multiplicative": in proportion to s^share o^(1-share), by default the root of the
        product. "linear": share s + (1-share) o.
    share : float
        Part of the subjective weights [0-1].

    Returns
    -------
    ndarray of float, shape (indicators,)
        Sums to 1.

    Raises
    ------
    ValueError
        If lengths differ, a weight is negative or missing, all are zero, `share` is not
        within 0-1, or `method` is unknown.

    Examples
    --------
    >>> combine_weights([0.5, 0.5], [0.9, 0.1]).round(6).tolist()
    [0.75, 0.25]
    """
    require_choice("method", method, get_args(Combination))
    if not 0 <= share <= 1:
        raise ValueError(f"share must be within 0-1, got {share}")
    s, o = (_normalised(np.asarray(w, dtype=np.float64)) for w in (subjective, objective))
    if s.shape != o.shape:
        raise ValueError(f"weights must have one length, got {s.size} and {o.size}")
    if method == "linear":
        return share * s + (1 - share) * o
    return _normalised(s**share * o ** (1 - share))


def _complete(table: Floats) -> Floats:
    """Return the units without a missing value."""
    rows = table[~np.isnan(table).any(axis=1)]
    if len(rows) < 2:
        raise ValueError(f"at least 2 units without missing values are needed, got {len(rows)}")
    constant = np.flatnonzero(np.ptp(rows, axis=0) == 0)
    if constant.size:
        raise ValueError(
            f"indicators {constant.tolist()} (counted from 0) have one value for all units"
        )
    return rows


def _normalised(weights: Floats) -> Floats:
    """Return weights that sum to 1."""
    if weights.ndim != 1 or weights.size == 0:
        raise ValueError(f"weights must have shape (indicators,), got {weights.shape}")
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise ValueError("weights must be 0 or above")
    if weights.sum() == 0:
        raise ValueError("all weights are zero: the indicators tell the units apart in nothing")
    return np.asarray(weights / weights.sum())
