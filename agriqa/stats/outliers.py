"""Outliers of an indicator: shape of its distribution, winsorising, logarithm.

Units are the first axis, so that one call serves one indicator (a vector) or a table of
them (one column each). Missing values are left out and stay missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Flags, Floats, Language, in_language

Transform = Literal["log", "log_by_skew"]


@dataclass(frozen=True)
class OutlierTreatment:
    """Indicators after treatment, and what was done to them.

    Attributes
    ----------
    values : ndarray of float, shape (units,) or (units, indicators)
        Treated values, in the indicator's unit unless the logarithm was taken.
    winsorised : ndarray of bool, same shape
        Points moved to the next value. None where the logarithm was taken of the
        raw values instead.
    method : ndarray of str, shape () or (indicators,)
        "none", "winsorised", "log" or "winsorised+log".
    skewness_before, kurtosis_before : ndarray of float, shape () or (indicators,)
        Of the raw values [-].
    skewness, kurtosis : ndarray of float, shape () or (indicators,)
        Of the treated values [-].
    outlying : ndarray of bool, shape () or (indicators,)
        Whether the treated values still fail the test.
    """

    values: Floats
    winsorised: Flags
    method: npt.NDArray[np.str_]
    skewness_before: Floats
    kurtosis_before: Floats
    skewness: Floats
    kurtosis: Floats
    outlying: Flags

    def summary(self, language: Language = "zh") -> str:
        """Return how many indicators were treated, and how, in one sentence."""
        logged = int(np.sum(np.char.endswith(self.method, "log")))
        moved = int(np.sum(np.char.startswith(self.method, "winsorised")))
        points, left = int(self.winsorised.sum()), int(self.outlying.sum())
        return in_language(
            language,
            zh=(
                f"{self.method.size}个指标中，{moved}个缩尾（{points}个点），{logged}个取对数；"
                f"仍有{left}个未通过离群检验。"
            ),
            en=(
                f"Of {self.method.size} indicators {moved} were winsorised ({points} points), "
                f"{logged} log-transformed; {left} still fail the outlier test."
            ),
        )


def skewness(values: npt.ArrayLike) -> Floats:
    """Sample skewness G1, as in COINr, pandas, Excel and e1071 type 2.

    Parameters
    ----------
    values : array_like, shape (units,) or (units, indicators)
        Missing values are left out.

    Returns
    -------
    ndarray of float, shape () or (indicators,)
        g1 sqrt(n(n-1)) / (n-2); missing for fewer than three values or all equal ones.

    Raises
    ------
    ValueError
        If a value is infinite, or there are no units.

    References
    ----------
    Joanes and Gill (1998), The Statistician 47, 183-189.

    Examples
    --------
    >>> round(float(skewness([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 30, 100])), 6)
    3.063241
    """
    return _per_indicator(_skewness, _table(values))


def excess_kurtosis(values: npt.ArrayLike) -> Floats:
    """Sample excess kurtosis G2, as in COINr, pandas, Excel and e1071 type 2.

    Parameters
    ----------
    values : array_like, shape (units,) or (units, indicators)
        Missing values are left out.

    Returns
    -------
    ndarray of float, shape () or (indicators,)
        ((n+1) g2 + 6) (n-1) / ((n-2)(n-3)), 0 for a normal distribution; missing for
        fewer than four values or all equal ones.

    Raises
    ------
    ValueError
        If a value is infinite, or there are no units.

    References
    ----------
    Joanes and Gill (1998), The Statistician 47, 183-189.

    Examples
    --------
    >>> round(float(excess_kurtosis([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 30, 100])), 6)
    9.741391
    """
    return _per_indicator(_excess_kurtosis, _table(values))


def has_outliers(
    values: npt.ArrayLike, *, skewness_limit: float = 2.0, kurtosis_limit: float = 3.5
) -> Flags:
    """Tell whether skewness and kurtosis both reach their limits.

    Parameters
    ----------
    values : array_like, shape (units,) or (units, indicators)
        Missing values are left out.
    skewness_limit : float
        Limit of the absolute skewness G1.
    kurtosis_limit : float
        Limit of the excess kurtosis G2.

    Returns
    -------
    ndarray of bool, shape () or (indicators,)
        False where there are too few values, or all are equal: nothing to treat.

    Raises
    ------
    ValueError
        If a value is infinite, a limit is negative or not a number.

    References
    ----------
    Rule of the JRC's COIN Tool and of COINr, `check_SkewKurt`.

    Examples
    --------
    >>> bool(has_outliers([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 30, 100]))
    True
    """
    if not (skewness_limit >= 0 and kurtosis_limit >= 0):
        raise ValueError(
            f"limits must be 0 or above, got skewness {skewness_limit}, kurtosis {kurtosis_limit}"
        )
    # COINr passes what is strictly below a limit.
    extreme = np.abs(skewness(values)) >= skewness_limit
    return np.asarray(extreme & (excess_kurtosis(values) >= kurtosis_limit))


def log_transform(values: npt.ArrayLike, *, by_skew: bool = False) -> Floats:
    """Logarithm of the distance from the minimum, ln(x - min + (max - min) / 100).

    Parameters
    ----------
    values : array_like, shape (units,) or (units, indicators)
        Missing values are left out and stay missing.
    by_skew : bool
        Mirror the transform, -ln(max + (max - min) / 100 - x), where the skewness is
        negative, so that its long lower tail is the one drawn in.

    Returns
    -------
    ndarray of float, same shape
        Increases with x; missing where all values of the indicator are equal.

    Raises
    ------
    ValueError
        If a value is infinite, or there are no units.

    References
    ----------
    COINr, `log_CT` and `log_CT_plus`.

    Examples
    --------
    >>> log_transform([0, 1, 100]).round(3).tolist()
    [0.0, 0.693, 4.615]
    """
    table = _table(values)
    columns = table.reshape(len(table), -1)
    logged = np.full_like(columns, np.nan)
    for k, column in enumerate(columns.T):
        known = ~np.isnan(column)
        if not known.any() or np.ptp(column[known]) == 0:
            continue
        x = column[known]
        offset = 0.01 * np.ptp(x)
        if by_skew and _skewness(x) < 0:
            logged[known, k] = -np.log(x.max() + offset - x)
        else:
            logged[known, k] = np.log(x - x.min() + offset)
    return logged.reshape(table.shape)


def treat_outliers(
    values: npt.ArrayLike,
    *,
    max_points: int | None = 5,
    skewness_limit: float = 2.0,
    kurtosis_limit: float = 3.5,
    transform: Transform | None = "log",
    combine: bool = False,
) -> OutlierTreatment:
    """Treat the outliers of indicators by COINr's rule.

    An indicator that fails the test is winsorised, one extreme after another: the highest
    value (the lowest, where the skewness is negative) takes the next one, until the test
    is passed or `max_points` points were moved. If it still fails, the logarithm of its
    raw values is taken instead.

    Parameters
    ----------
    values : array_like, shape (units,) or (units, indicators)
        Missing values are left out and stay missing.
    max_points : int or None
        Most points to winsorise per indicator; None for no limit. Tied extremes move
        together, also past the limit.
    skewness_limit, kurtosis_limit : float
        Limits of the test, see `has_outliers`.
    transform : {"log", "log_by_skew"} or None
        What to try when winsorising does not do, see `log_transform`; None to leave the
        winsorised values.
    combine : bool
        Take the logarithm of the winsorised values, not of the raw ones.

    Returns
    -------
    OutlierTreatment

    Raises
    ------
    ValueError
        If a value is infinite, a limit or `max_points` is negative, or `transform` is
        unknown.

    References
    ----------
    Becker et al. (2022), COINr, J. Open Source Software 7(78), 4567, `Treat`.

    Examples
    --------
    >>> treated = treat_outliers([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 30, 100])
    >>> treated.method.item(), treated.values[-2:].tolist()
    ('winsorised', [30.0, 30.0])
    """
    if transform is not None and transform not in get_args(Transform):
        raise ValueError(f"transform must be None or one of {get_args(Transform)}: {transform!r}")
    if max_points is not None and max_points < 0:
        raise ValueError(f"max_points must be 0 or above, or None, got {max_points}")
    raw = _table(values)
    columns = raw.reshape(len(raw), -1).copy()
    moved = np.zeros(columns.shape, dtype=bool)
    methods = []
    limits = {"skewness_limit": skewness_limit, "kurtosis_limit": kurtosis_limit}
    for k in range(columns.shape[1]):
        original = columns[:, k].copy()
        while has_outliers(columns[:, k], **limits):
            if max_points is not None and moved[:, k].sum() >= max_points:
                break
            columns[:, k], at = _winsorise_once(columns[:, k])
            moved[:, k] |= at
        method = ["winsorised"] if moved[:, k].any() else []
        if transform is not None and has_outliers(columns[:, k], **limits):
            if not combine:
                columns[:, k], moved[:, k], method = original, False, []
            columns[:, k] = log_transform(columns[:, k], by_skew=transform == "log_by_skew")
            method.append("log")
        methods.append("+".join(method) or "none")
    treated = columns.reshape(raw.shape)
    return OutlierTreatment(
        values=treated,
        winsorised=moved.reshape(raw.shape),
        method=np.array(methods).reshape(raw.shape[1:]),
        skewness_before=skewness(raw),
        kurtosis_before=excess_kurtosis(raw),
        skewness=skewness(treated),
        kurtosis=excess_kurtosis(treated),
        outlying=has_outliers(treated, **limits),
    )


def _winsorise_once(x: Floats) -> tuple[Floats, Flags]:
    """Give the extreme on the side of the skew the next value; say where."""
    sign = 1.0 if skewness(x) >= 0 else -1.0
    at = sign * x == np.nanmax(sign * x)
    return np.where(at, sign * np.nanmax(sign * x[~at]), x), at


def _table(values: npt.ArrayLike) -> Floats:
    x = np.asarray(values, dtype=np.float64)
    if x.ndim not in (1, 2) or x.size == 0:
        raise ValueError(f"values must have shape (units,) or (units, indicators), got {x.shape}")
    if np.isinf(x).any():
        raise ValueError("values must not be infinite")
    return x


def _per_indicator(statistic: Callable[[Floats], float], table: Floats) -> Floats:
    columns = table.reshape(len(table), -1).T
    found = [statistic(column[~np.isnan(column)]) for column in columns]
    return np.array(found).reshape(table.shape[1:])


def _skewness(x: Floats) -> float:
    n = x.size
    if n < 3 or np.ptp(x) == 0:
        return np.nan
    # A scale of 1 keeps the powers of very small and very large values in range.
    d = (x - x.mean()) / np.ptp(x)
    g1 = np.sqrt(n) * np.sum(d**3) / np.sum(d**2) ** 1.5
    return float(g1 * np.sqrt(n * (n - 1)) / (n - 2))


def _excess_kurtosis(x: Floats) -> float:
    n = x.size
    if n < 4 or np.ptp(x) == 0:
        return np.nan
    d = (x - x.mean()) / np.ptp(x)
    g2 = n * np.sum(d**4) / np.sum(d**2) ** 2 - 3
    return float(((n + 1) * g2 + 6) * (n - 1) / ((n - 2) * (n - 3)))
