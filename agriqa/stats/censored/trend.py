"""Kendall's tau and the Akritas-Theil-Sen line for left-censored values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agriqa.stats.censored.kaplan_meier import kaplan_meier
from agriqa.stats.censored.observations import left_censored
from agriqa.stats.checks import Flags, Floats, Language, in_language


@dataclass(frozen=True)
class CensoredTrend:
    """Monotonic association and line of left-censored values.

    Attributes
    ----------
    tau : float
        Kendall's tau over all pairs, S / (n (n - 1) / 2), as NADA's cenken.
    tau_b : float
        Kendall's tau-b: pairs whose order in x or in y is not known are taken
        out of the two halves of the denominator; NaN if none is known.
    s : int
        Pairs that rise less pairs that fall, of those whose order is known.
    variance : float
        Of S without association, corrected for ties and censoring.
    p_value : float
        Two-sided, normal approximation with continuity correction [0-1].
    slope : float
        Akritas-Theil-Sen slope [y per x]; NaN where the pairs do not bound it.
    intercept : float
        Kaplan-Meier (Turnbull) median of y - slope x; NaN where it lies below
        the smallest residual of a detected value, or with x censored.
    n, n_censored, n_missing : int
        Pairs used, those with y censored, and those left out [count].
    """

    tau: float
    tau_b: float
    s: int
    variance: float
    p_value: float
    slope: float
    intercept: float
    n: int
    n_censored: int
    n_missing: int

    def summary(self, language: Language = "zh") -> str:
        """One plain sentence with the numbers in it."""
        numbers = f"τ={self.tau:.3g}, p={self.p_value:.3g}, {self.slope:.3g}"
        chinese, english = ("上升", "rise") if self.s > 0 else ("下降", "fall")
        if self.p_value >= 0.05:
            chinese, english = "无显著趋势", "show no trend"
        return in_language(
            language,
            zh=f"{self.n}个数据（{self.n_censored}个未检出）{chinese}（{numbers}/单位）。",
            en=f"The {self.n} values ({self.n_censored} censored) {english} ({numbers} per unit).",
        )


def censored_trend(
    y: npt.ArrayLike,
    y_censored: npt.ArrayLike,
    x: npt.ArrayLike,
    x_censored: npt.ArrayLike | None = None,
) -> CensoredTrend:
    """Kendall's tau, Akritas-Theil-Sen slope and intercept.

    A pair of which one value is censored has a known order only if the other
    is detected at or above the limit. The slope is the b with which y - b x
    and x have S = 0: the middle of the interval where S is 0, or the value
    where S changes its sign. (NADA moves the limits of y down by a thousandth
    of the smallest value first, which moves its slope as little.)

    Parameters
    ----------
    y : array_like of float, shape (n,)
        Value where detected, limit where censored.
    y_censored : array_like of bool, shape (n,)
        True where only known to lie below `y`.
    x : array_like of float, shape (n,)
        Values, usually times; pairs with NaN in x or y are left out.
    x_censored : array_like of bool, shape (n,), optional
        True where only known to lie below `x`. The slope then uses the pairs
        whose order in x is known, at the limits.

    Returns
    -------
    CensoredTrend

    Raises
    ------
    ValueError
        If lengths differ or fewer than three pairs are left.

    References
    ----------
    Akritas, Murphy and LaValley (1995), J. Am. Stat. Assoc. 90; Helsel (2012),
    Statistics for Censored Environmental Data, 2nd ed., ch. 12.

    Examples
    --------
    >>> found = censored_trend([1, 2, 4, 6], [True, False, False, False], [0, 1, 2, 3])
    >>> found.s, found.slope, found.intercept
    (6, 2.0, 0.0)
    """
    from scipy import stats

    found_y, found_x = np.asarray(y, dtype=np.float64), np.asarray(x, dtype=np.float64)
    flags_x = np.zeros(found_x.shape, dtype=bool) if x_censored is None else np.asarray(x_censored)
    if found_x.shape != found_y.shape or flags_x.shape != found_y.shape:
        raise ValueError("y, x and their flags must be one-dimensional and of one length")
    absent = np.isnan(found_x) | np.isnan(found_y)
    first = left_censored(np.where(absent, np.nan, found_y), y_censored)
    second = left_censored(np.where(absent, np.nan, found_x), flags_x)
    n = first.values.size
    if n < 3:
        raise ValueError(f"at least three pairs are needed, got {n}")
    order_y = _known_order(first.values, first.censored)
    order_x = _known_order(second.values, second.censored)
    s = int(np.sum(order_x * order_y)) // 2
    pairs = n * (n - 1) / 2
    known = np.sqrt(np.count_nonzero(order_x) / 2) * np.sqrt(np.count_nonzero(order_y) / 2)
    variance = _variance(first.values, first.censored, second.values, second.censored)
    z = max(abs(s) - 1, 0) / np.sqrt(variance) if variance > 0 else 0.0
    slope = _slope(first.values, first.censored, second.values, order_x)
    intercept = np.nan
    if np.isfinite(slope) and not second.censored.any():
        intercept = kaplan_meier(first.values - slope * second.values, first.censored).median
    return CensoredTrend(
        tau=float(s / pairs),
        tau_b=float(s / known) if known else np.nan,
        s=s,
        variance=variance,
        p_value=float(2 * stats.norm.sf(z)),
        slope=slope,
        intercept=float(intercept),
        n=n,
        n_censored=int(first.censored.sum()),
        n_missing=first.missing,
    )


def _known_order(values: Floats, censored: Flags) -> npt.NDArray[np.int8]:
    """Sign of values[i] - values[j] where it is known, else 0."""
    both = ~censored[:, None] & ~censored[None, :]
    above = ~censored[:, None] & censored[None, :] & (values[:, None] >= values[None, :])
    sign = np.sign(values[:, None] - values[None, :]).astype(np.int8)
    known = np.where(both, sign, 0) + above.astype(np.int8) - above.T.astype(np.int8)
    return known.astype(np.int8)


def _slope(y: Floats, censored: Flags, x: Floats, order_x: npt.NDArray[np.int8]) -> float:
    """Solve S(y - b x, x) = 0 exactly: S falls in steps at slopes of pairs."""
    later, earlier = np.nonzero(order_x > 0)
    rise = x[later] > x[earlier]
    later, earlier = later[rise], earlier[rise]
    slopes = (y[later] - y[earlier]) / (x[later] - x[earlier])
    # A pair rises for b below its slope if the later is detected, and falls above it
    # if the earlier is.
    rises, falls = ~censored[later], ~censored[earlier]
    used = rises | falls
    slopes, rises, falls = slopes[used], rises[used], falls[used]
    steps, where = np.unique(slopes, return_inverse=True)
    drop = np.bincount(where, weights=rises.astype(float) + falls, minlength=steps.size)
    start = float(np.count_nonzero(rises))
    after = start - np.cumsum(drop)
    if start == 0 or after[-1] == 0:
        return np.nan
    first = int(np.argmax(after <= 0))
    if after[first] < 0:
        return float(steps[first])
    return float((steps[first] + steps[first + 1]) / 2)


def _variance(y: Floats, y_censored: Flags, x: Floats, x_censored: Flags) -> float:
    """Variance of S with the corrections of NADA's cenken.

    Three sources of ties are corrected for one after another: equal detected
    values, equal limits, and pairs whose order a limit hides.
    """
    n = y.size
    variance = n * (n - 1) * (2 * n + 5) / 18
    for chosen in (False, True):
        ties = [_tie_sums(v[c == chosen]) for v, c in ((x, x_censored), (y, y_censored))]
        variance -= _correction(n, ties[0], ties[1])
    hidden = [_hidden_pairs(v, c) for v, c in ((x, x_censored), (y, y_censored))]
    pairs = [np.array([18.0 * count, 0.0, 2.0 * count]) for count in hidden]
    # Pairs of equal limits were corrected for already.
    doubled = sum(_equal_limits(v, c) for v, c in ((x, x_censored), (y, y_censored)))
    variance -= _correction(n, pairs[0], pairs[1]) - doubled
    return float(variance)


def _correction(n: int, first: Floats, second: Floats) -> float:
    """Kendall's correction for ties in both variables, from their tie sums."""
    third = 0.0 if n < 3 else first[1] * second[1] / (9 * n * (n - 1) * (n - 2))
    return float((first[0] + second[0]) / 18 - third - first[2] * second[2] / (2 * n * (n - 1)))


def _tie_sums(values: Floats) -> Floats:
    t = np.unique(values, return_counts=True)[1].astype(float)
    pairs = t * (t - 1)
    return np.array([np.sum(pairs * (2 * t + 5)), np.sum(pairs * (t - 2)), np.sum(pairs)])


def _hidden_pairs(values: Floats, censored: Flags) -> int:
    """Pairs of a limit with anything that sorts before it."""
    order = np.lexsort([~censored, values])
    return int(np.sum(np.flatnonzero(censored[order])))


def _equal_limits(values: Floats, censored: Flags) -> int:
    """Count the limits that repeat another."""
    return int(np.sum(np.unique(values[censored], return_counts=True)[1] - 1))
