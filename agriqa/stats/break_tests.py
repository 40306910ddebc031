"""Tests of a constant regression against a break at an unknown date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from agriqa.stats.breaks import design_matrix, expanding_rss
from agriqa.stats.checks import Floats, Integers, Language, in_language

_BASIS = 40
# Below this the difference from 1 has lost its digits.
_SMALL_P = 1e-6


@dataclass(frozen=True)
class BreakTest:
    """Test that the coefficients of a regression do not change.

    Attributes
    ----------
    statistic : float
        Greatest value of the process.
    p : float
        Asymptotic p-value.
    break_after : int
        Number, from 1, of the observation where the process is greatest.
    time : float
        Time of that observation.
    process : ndarray of float
        F statistics by candidate break, or the cumulated residuals after each
        observation.
    points : ndarray of int
        Observation numbers of the process.
    """

    statistic: float
    p: float
    break_after: int
    time: float
    process: Floats
    points: Integers

    def summary(self, language: Language = "zh") -> str:
        """Return the result at 5 % in one sentence."""
        shown = self.p <= 0.05
        chinese = "存在突变" if shown else "未显示突变"
        english = "A break is shown" if shown else "No break is shown"
        return in_language(
            language,
            zh=f"{chinese}（统计量{self.statistic:.4g}，p＝{self.p:.3g}，位置{self.time:g}）。",
            en=f"{english} (statistic {self.statistic:.4g}, p = {self.p:.3g}, at {self.time:g}).",
        )


def sup_f_p_value(statistic: float, regressors: int, span: float) -> float:
    """P-value of the greatest of F statistics over candidate break dates.

    The limit of the F process is the squared norm of a stationary
    Ornstein-Uhlenbeck process of as many dimensions as regressors, watched for a
    time ln(span). The chance that it stays below the statistic is summed over the
    eigenfunctions of its generator 2x f'' + (k - x) f' that vanish there; Hansen's
    (1997) response surfaces approximate the same limit. Far out, where p is below
    one in a million, DeLong's tail formula takes over.

    Parameters
    ----------
    statistic : float
        Greatest F statistic (regressors times the mean square ratio), 0 or more.
    regressors : int
        Number of coefficients that may change, k.
    span : float
        b (1 - a) / (a (1 - b)) for candidate breaks between the shares a and b.

    Raises
    ------
    ValueError
        If the statistic is negative, there is no regressor or the span is below 1.

    References
    ----------
    Andrews (1993), Econometrica 61, 821-856; DeLong (1981), Communications in
    Statistics A10, 2197-2213; Estrella (2003), Econometric Theory 19, 1128-1143.

    Examples
    --------
    >>> round(sup_f_p_value(8.68, 1, (0.85 / 0.15) ** 2), 2)
    0.05
    """
    from scipy.linalg import eigh
    from scipy.special import eval_legendre, gammaln, roots_jacobi

    if not statistic >= 0 or regressors < 1 or not span >= 1:
        raise ValueError("statistic must be 0 or more, regressors 1 or more, span 1 or more")
    c, k, length = float(statistic), regressors, float(np.log(span))
    if c == 0:
        return 1.0
    log_constant = (k / 2) * np.log(2) + gammaln(k / 2)
    density = np.exp(k / 2 * np.log(c) - c / 2 - log_constant)
    tail = float(density * ((1 - k / c) * length + 2 / c))
    if c > k and tail < _SMALL_P:
        return tail
    # The stationary chi-square density as weight on [0, c], x = c (1 + u) / 2.
    u, weight = roots_jacobi(2 * _BASIS, 0, k / 2 - 1)
    x = c * (1 + u) / 2
    weight = weight * np.exp(k / 2 * np.log(c / 2) - x / 2 - log_constant)
    order = np.arange(_BASIS)
    value = eval_legendre(order, u[:, np.newaxis])
    lower = eval_legendre(np.maximum(order - 1, 0), u[:, np.newaxis])
    slope = order * (lower - u[:, np.newaxis] * value) / (1 - u[:, np.newaxis] ** 2)
    # Basis (1 - u) P_j(u), which vanishes at c; derivatives with respect to x.
    basis = (1 - u)[:, np.newaxis] * value
    derivative = ((1 - u)[:, np.newaxis] * slope - value) * 2 / c
    q, r = np.linalg.qr(basis * np.sqrt(weight)[:, np.newaxis])
    scaled = np.linalg.solve(r.T, (derivative * np.sqrt(2 * x * weight)[:, np.newaxis]).T)
    rates, vectors = eigh(scaled @ scaled.T)
    projection = vectors.T @ (q.T @ np.sqrt(weight))
    return min(1.0, max(0.0, 1 - float(np.exp(-rates * length) @ projection**2)))


def sup_f_test(
    y: npt.ArrayLike,
    regressors: npt.ArrayLike | Literal["mean", "linear"] = "mean",
    *,
    times: npt.ArrayLike | None = None,
    trim: float = 0.15,
) -> BreakTest:
    """Andrews' sup-F test of one break at an unknown date.

    F(i) = (RSS_0 - RSS_i) / (RSS_i / (n - 2k)), with RSS_i of two regressions split
    after observation i, as in R package strucchange.

    Parameters
    ----------
    y, regressors, times
        As in `agriqa.stats.breaks.bai_perron`. The p-value assumes regressors
        without trend and errors without autocorrelation.
    trim : float
        Share of observations at both ends that cannot be breaks, between 0 and 0.5;
        at least one observation more than regressors is kept on either side.

    Returns
    -------
    BreakTest

    Raises
    ------
    ValueError
        If the trim is out of its range, there are too few observations, the
        regression fits without errors, or as in `bai_perron`.

    References
    ----------
    Andrews (1993), Econometrica 61, 821-856.

    Examples
    --------
    >>> result = sup_f_test([1, 2, 1, 2, 1, 8, 9, 8, 9, 8])
    >>> result.break_after, result.p < 0.001
    (5, True)
    """
    if not 0 < trim < 0.5:
        raise ValueError(f"trim must be between 0 and 0.5, got {trim}")
    series, x, when = design_matrix(y, regressors, times)
    n, k = x.shape
    first = max(int(np.floor(trim * n + 1e-9)), k + 1)
    last = min(int(np.floor((1 - trim) * n + 1e-9)), n - k - 1)
    if first > last:
        raise ValueError(
            f"{n} observations are too few for {k} regressors on both sides of a break"
        )
    before = expanding_rss(series, x, k + 1)
    after = expanding_rss(series[::-1], x[::-1], k + 1)
    whole = float(before[-1])
    points = np.arange(first, last + 1)
    split = before[points - k - 1] + after[n - points - k - 1]
    # A split that fits perfectly leaves nothing but rounding error.
    split = np.where(split <= 1e-20 * whole, 0.0, split)
    if whole <= 1e-20 * float(series @ series):
        raise ValueError("y is fitted without errors; there is nothing to test")
    with np.errstate(divide="ignore"):
        process = (whole - split) / (split / (n - 2 * k))
    process = np.maximum(process, 0.0)
    top = int(points[process.argmax()])
    statistic = float(process.max())
    span = (n - first) * last / (first * (n - last))
    p = sup_f_p_value(statistic, k, span) if np.isfinite(statistic) else 0.0
    return BreakTest(statistic, p, top, float(when[top - 1]), process, points)


def ols_cusum_test(
    y: npt.ArrayLike,
    regressors: npt.ArrayLike | Literal["mean", "linear"] = "mean",
    *,
    times: npt.ArrayLike | None = None,
) -> BreakTest:
    """OLS-based CUSUM test: greatest absolute cumulated residual.

    Residuals are divided by their standard deviation (n - k degrees of freedom)
    and by the root of n; the limit is a Brownian bridge, so that the chance of
    crossing a constant boundary is Kolmogorov's distribution.

    Parameters
    ----------
    y, regressors, times
        As in `agriqa.stats.breaks.bai_perron`.

    Returns
    -------
    BreakTest
        The statistic is absolute, the process is signed.

    Raises
    ------
    ValueError
        If the regression fits without errors, or as in `bai_perron`.

    References
    ----------
    Ploberger and Kraemer (1992), Econometrica 60, 271-285.

    Examples
    --------
    >>> result = ols_cusum_test([1, 2, 1, 2, 1, 8, 9, 8, 9, 8])
    >>> result.break_after, round(result.statistic, 3)
    (5, 1.486)
    """
    from scipy.special import kolmogorov

    series, x, when = design_matrix(y, regressors, times)
    n, k = x.shape
    residual = series - x @ np.linalg.lstsq(x, series)[0]
    square = float(residual @ residual)
    if square <= 1e-20 * float(series @ series):
        raise ValueError("y is fitted without errors; there is nothing to test")
    process = np.cumsum(residual) / np.sqrt(square / (n - k) * n)
    top = int(np.abs(process).argmax())
    statistic = float(np.abs(process[top]))
    return BreakTest(
        statistic,
        float(kolmogorov(statistic)),
        top + 1,
        float(when[top]),
        process,
        np.arange(1, n + 1),
    )
