"""Monotonic trend: Mann-Kendall test and Theil-Sen slope, many series at once."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import (
    Floats,
    Integers,
    Language,
    in_language,
    require_choice,
    require_confidence,
    require_level,
)
from agriqa.stats.kendall import (
    as_series,
    exact_tail,
    normal_p,
    score_and_variance,
    standardised_score,
)

Texts = npt.NDArray[np.str_]

#: Up to this many points "auto" takes the exact distribution, if no values are tied.
EXACT_UP_TO = 10
# Pairs of points held at once; keeps many long series within some 40 MB.
_PAIRS_AT_ONCE = 5_000_000


@dataclass(frozen=True)
class MannKendall:
    """Mann-Kendall test, one entry per series; missing with fewer than two points.

    Attributes
    ----------
    n : ndarray of int
        Points with a value.
    s : ndarray of float
        Kendall's score: rising pairs less falling pairs [count].
    variance : ndarray of float
        Variance of the score under no trend, allowing for ties.
    z : ndarray of float
        Standardised score; 0 where all values are equal.
    p : ndarray of float
        p-value for the alternative asked for.
    tau_a, tau_b : ndarray of float
        Score over all pairs, and over the pairs not tied (in values, in times).
    smallest_p : ndarray of float
        The p-value that these values would have in monotonic order (distinct values,
        if all are equal): no smaller one can be had from so few points.
    method : ndarray of str
        "exact", "normal" or the name of a correction.
    """

    n: Integers
    s: Floats
    variance: Floats
    z: Floats
    p: Floats
    tau_a: Floats
    tau_b: Floats
    smallest_p: Floats
    method: Texts

    def verdict(self, significance: float = 0.05) -> Texts:
        """Return "increasing", "decreasing", "no trend shown" or "too few points"."""
        require_level("significance", significance)
        shown = self.p <= significance
        return np.select(
            [shown & (self.s > 0), shown & (self.s < 0), self.smallest_p <= significance],
            ["increasing", "decreasing", "no trend shown"],
            "too few points",
        )

    def summary(self, language: Language = "zh") -> str:
        """Return the verdict at 5 % in one sentence; for many series, its counts."""
        verdict = self.verdict()
        chinese = {
            "increasing": "呈上升趋势",
            "decreasing": "呈下降趋势",
            "no trend shown": "未显示趋势",
            "too few points": "点数太少，无法判断",
        }
        if verdict.size != 1:
            counts = {v: int(np.sum(verdict == v)) for v in chinese}
            return in_language(
                language,
                zh="；".join(f"{chinese[v]}：{n}" for v, n in counts.items()) + "。",
                en="; ".join(f"{v}: {n}" for v, n in counts.items()) + ".",
            )
        word, n = str(verdict.item()), int(self.n.item())
        tau, p, smallest = (float(x.item()) for x in (self.tau_b, self.p, self.smallest_p))
        if word == "too few points":
            return in_language(
                language,
                zh=f"{n}个点{chinese[word]}（p值最小只能为{smallest:.3g}）。",
                en=f"Too few points to tell: with {n} points p is never below {smallest:.3g}.",
            )
        return in_language(
            language,
            zh=f"{n}个点{chinese[word]}（tau＝{tau:.3f}，p＝{p:.3g}）。",
            en=f"{word.capitalize()} over {n} points (tau = {tau:.3f}, p = {p:.3g}).",
        )


@dataclass(frozen=True)
class TheilSen:
    """Theil-Sen line, one entry per series; missing with fewer than two points.

    Attributes
    ----------
    n : ndarray of int
        Points with a value.
    slope : ndarray of float
        Median slope of all pairs [unit of values per unit of time].
    low, high : ndarray of float
        Confidence limits of the slope; infinite where there are too few points
        for a limit at that confidence.
    intercept : ndarray of float
        Value of the line at time 0.
    confidence : float
        Confidence level of the limits.
    """

    n: Integers
    slope: Floats
    low: Floats
    high: Floats
    intercept: Floats
    confidence: float

    def summary(self, language: Language = "zh") -> str:
        """Return the slope and its limits in one sentence; for a single series."""
        if self.slope.size != 1:
            raise ValueError(f"a summary is of one series, got {self.slope.size}")
        slope, low, high = (float(x.item()) for x in (self.slope, self.low, self.high))
        few = not (np.isfinite(low) and np.isfinite(high))
        chinese = "点数太少，无法给出区间" if few else f"{low:.4g}至{high:.4g}"
        english = "too few points for limits" if few else f"{low:.4g} to {high:.4g}"
        return in_language(
            language,
            zh=f"斜率为每单位时间{slope:.4g}（{self.confidence:.0%}区间：{chinese}）。",
            en=f"Slope {slope:.4g} per unit of time ({self.confidence:.0%}: {english}).",
        )


def _exact_p(x: Floats, s: float, alternative: str) -> float:
    scores, tail = exact_tail(x)
    reached = -s if alternative == "decreasing" else abs(s) if alternative == "two-sided" else s
    p = float(tail[np.flatnonzero(scores >= reached)[-1]])
    return min(1.0, 2 * p) if alternative == "two-sided" else p


def mann_kendall(
    values: npt.ArrayLike,
    times: npt.ArrayLike | None = None,
    *,
    method: Literal["auto", "exact", "normal"] = "auto",
    alternative: Literal["two-sided", "increasing", "decreasing"] = "two-sided",
    continuity: bool = True,
) -> MannKendall:
    """Mann-Kendall test for a monotonic trend.

    Parameters
    ----------
    values : array_like, shape (..., points)
        One series, or one per row; missing values are left out.
    times : array_like, optional
        Times of the points, shared (points,) or per series; any spacing and
        order, equal times allowed (such pairs tell nothing). Default 0, 1, 2, ...
    method : {"auto", "exact", "normal"}
        "exact" is the permutation distribution given the ties among the values;
        it needs distinct times. "normal" is the approximation of Kendall and
        Gilbert. "auto" is exact up to 10 points without any ties.
    alternative : {"two-sided", "increasing", "decreasing"}
        Trend that is tested for.
    continuity : bool
        Draw the score one towards 0 before standardising it (normal only).

    Returns
    -------
    MannKendall
        With arrays of the shape of `values` without its last axis.

    Raises
    ------
    ValueError
        If the shapes do not fit, a value is infinite, times are equal under
        "exact", or an option is not one of those above.

    References
    ----------
    Mann (1945), Econometrica 13; Kendall (1975), Rank Correlation Methods;
    Gilbert (1987), Statistical Methods for Environmental Pollution Monitoring, 16.4.

    Examples
    --------
    >>> result = mann_kendall([[1, 2, 3, 4, 5], [5, 3, 4, 1, 2]])
    >>> result.s.tolist(), result.p.round(3).tolist()
    ([10.0, -6.0], [0.017, 0.233])
    """
    require_choice("method", method, ("auto", "exact", "normal"))
    require_choice("alternative", alternative, ("two-sided", "increasing", "decreasing"))
    x, t, shape = as_series(values, times)
    n = (~np.isnan(x)).sum(axis=1)
    s, variance, untied, untied_times = score_and_variance(x, t)
    pairs = n * (n - 1) / 2
    exact = np.full(n.shape, method == "exact")
    if method == "auto":
        exact = (n <= EXACT_UP_TO) & (untied == pairs)
        exact &= untied_times == pairs
    elif method == "exact" and np.any(untied_times != pairs):
        raise ValueError("the exact method needs distinct times")
    z = standardised_score(s, variance, continuity=continuity)
    p = normal_p(z, alternative)
    # Equal values tell how few points there are as distinct ones would.
    flat = (untied == 0) | (untied_times == 0)
    most = np.where(flat, pairs, np.minimum(untied, untied_times))
    spread = np.where(flat, pairs * (2 * n + 5) / 9, variance)
    most = most if alternative != "decreasing" else -most
    smallest = normal_p(standardised_score(most, spread, continuity=continuity), alternative)
    for i in np.flatnonzero(exact & (n > 1)):
        p[i] = _exact_p(x[i], float(s[i]), alternative)
        distinct = np.arange(n[i], dtype=np.float64) if flat[i] else x[i]
        smallest[i] = _exact_p(distinct, float(most[i]), alternative)
    enough = n > 1
    with np.errstate(divide="ignore", invalid="ignore"):
        tau_a, tau_b = s / pairs, s / np.sqrt(untied * untied_times)

    def shaped(a: Floats) -> Floats:
        return np.where(enough, a, np.nan).reshape(shape)

    return MannKendall(
        n=n.reshape(shape),
        s=shaped(s),
        variance=shaped(variance),
        z=shaped(z),
        p=shaped(p),
        tau_a=shaped(tau_a),
        tau_b=shaped(tau_b),
        smallest_p=shaped(smallest),
        method=np.where(exact, "exact", "normal").reshape(shape),
    )


def pair_slopes(x: Floats, t: Floats) -> Floats:
    """Slopes of all pairs per row, rising, missing ones last; equal times have none."""
    first, second = np.triu_indices(x.shape[1], k=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = (x[:, second] - x[:, first]) / (t[:, second] - t[:, first])
    return np.sort(np.where(np.isinf(slopes), np.nan, slopes), axis=1)


def _at_rank(ordered: Floats, count: Integers, rank: Floats, beyond: float) -> Floats:
    """Entry of each row at a rank from 1, interpolated; `beyond` outside 1..count."""
    inside = (rank >= 1) & (rank <= count)
    safe = np.where(inside, rank, 1)
    below = np.floor(safe).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(count, 1))
    rows = np.arange(ordered.shape[0])
    low, high = ordered[rows, below - 1], ordered[rows, above - 1]
    return np.where(inside, low + (safe - below) * (high - low), beyond)


def slope_limits(
    ordered: Floats, half_width: Floats, *, rounded: bool = False
) -> tuple[Floats, Floats]:
    """Limits of the median slope at the ranks (N - C) / 2 and (N + C) / 2 + 1."""
    count = (~np.isnan(ordered)).sum(axis=1)
    lower, upper = (count - half_width) / 2, (count + half_width) / 2 + 1
    if rounded:
        lower, upper = np.round(lower), np.round(upper)
    return _at_rank(ordered, count, lower, -np.inf), _at_rank(ordered, count, upper, np.inf)


def _exact_half_width(x: Floats, confidence: float) -> float:
    """C of Hollander and Wolfe: two below the score whose upper tail is small enough."""
    scores, tail = exact_tail(x)
    small = np.flatnonzero(tail <= (1 - confidence) / 2 + 1e-12)
    return float(scores[small[-1]] - 2) if small.size else np.inf


def theil_sen(
    values: npt.ArrayLike,
    times: npt.ArrayLike | None = None,
    *,
    confidence: float = 0.95,
    ranks: Literal["interpolated", "rounded", "exact"] = "interpolated",
    intercept: Literal["median point", "median residual"] = "median point",
) -> TheilSen:
    """Theil-Sen slope with confidence limits.

    Parameters
    ----------
    values : array_like, shape (..., points)
        One series, or one per row; missing values are left out.
    times : array_like, optional
        Times of the points, shared (points,) or per series; any spacing. Pairs
        at equal times have no slope. Default 0, 1, 2, ...
    confidence : float
        Confidence level of the limits, between 0 and 1.
    ranks : {"interpolated", "rounded", "exact"}
        The limits are ordered slopes number (N - C)/2 and (N + C)/2 + 1, with C
        the normal quantile times the standard deviation of Kendall's score.
        Fractional ranks are interpolated (Gilbert, EnvStats) or rounded (scipy, R
        package trend). "exact" takes C from the exact distribution (Hollander and
        Wolfe; at least the confidence asked for) and needs distinct times.
    intercept : {"median point", "median residual"}
        median(y) - slope * median(t) (Conover, EnvStats, scipy, pymannkendall), or
        median(y - slope * t) (R packages trend and zyp).

    Returns
    -------
    TheilSen
        With arrays of the shape of `values` without its last axis.

    Raises
    ------
    ValueError
        If the shapes do not fit, a value is infinite, the confidence is not in
        (0, 1), times are equal under "exact", or an option is not one of those above.

    References
    ----------
    Sen (1968), J. Am. Stat. Assoc. 63; Gilbert (1987), 16.5; Hollander and Wolfe
    (1999), Nonparametric Statistical Methods, 9.2-9.3.

    Examples
    --------
    >>> line = theil_sen([2, 4, 5, 9, 10], times=[2001, 2002, 2003, 2005, 2006])
    >>> round(float(line.slope), 4)
    1.6333
    """
    require_confidence(confidence)
    require_choice("ranks", ranks, ("interpolated", "rounded", "exact"))
    require_choice("intercept", intercept, ("median point", "median residual"))
    x, t, shape = as_series(values, times)
    n = (~np.isnan(x)).sum(axis=1)
    _, variance, _, untied_times = score_and_variance(x, t)
    if ranks == "exact" and np.any(untied_times != n * (n - 1) / 2):
        raise ValueError("exact ranks need distinct times")
    half_width = NormalDist().inv_cdf((1 + confidence) / 2) * np.sqrt(np.maximum(variance, 0))
    if ranks == "exact":
        half_width = np.array([_exact_half_width(row, confidence) for row in x])
    slope, low, high = (np.full(n.shape, np.nan) for _ in range(3))
    block = max(1, _PAIRS_AT_ONCE // max(1, x.shape[1] ** 2 // 2))
    for start in range(0, n.size if x.shape[1] > 1 else 0, block):
        part = slice(start, start + block)
        ordered = pair_slopes(x[part], t[part])
        count = (~np.isnan(ordered)).sum(axis=1)
        slope[part] = _at_rank(ordered, count, (count + 1) / 2, np.nan)
        low[part], high[part] = slope_limits(ordered, half_width[part], rounded=ranks == "rounded")
    low, high = np.where(np.isnan(slope), np.nan, low), np.where(np.isnan(slope), np.nan, high)
    at_zero = _row_medians(x) - slope * _row_medians(t)
    if intercept == "median residual":
        at_zero = _row_medians(x - slope[:, np.newaxis] * t)
    return TheilSen(
        n=n.reshape(shape),
        slope=slope.reshape(shape),
        low=low.reshape(shape),
        high=high.reshape(shape),
        intercept=at_zero.reshape(shape),
        confidence=confidence,
    )


def _row_medians(x: Floats) -> Floats:
    """Medians of what is present; missing for an empty row, without a warning."""
    ordered = np.sort(x, axis=1)
    count = (~np.isnan(x)).sum(axis=1)
    return _at_rank(ordered, count, (count + 1) / 2, np.nan)
