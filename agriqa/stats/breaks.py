"""Dates of structural breaks in a mean or a regression (Bai and Perron)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
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
)


@dataclass(frozen=True)
class Segmentation:
    """Best segmentations with 0, 1, 2, ... breaks, and the one chosen.

    Attributes
    ----------
    n : int
        Observations without missing values.
    regressors : int
        Coefficients per segment.
    rss, bic, lwz : ndarray of float, shape (max_breaks + 1,)
        Residual sum of squares and criteria by number of breaks.
    candidates : tuple of tuple of int
        Breaks by number of breaks; a break is the number, from 1, of the last
        observation of a segment.
    breaks : tuple of int
        The chosen breaks.
    times : ndarray of float, shape (breaks,)
        Times of those observations.
    low, high : ndarray of int, shape (breaks,)
        Confidence limits of the breaks, as observation numbers within 1..n.
    coefficients : ndarray of float, shape (breaks + 1, regressors)
        Least-squares coefficients of each segment.
    confidence : float
        Confidence level of the limits.
    """

    n: int
    regressors: int
    rss: Floats
    bic: Floats
    lwz: Floats
    candidates: tuple[tuple[int, ...], ...]
    breaks: tuple[int, ...]
    times: Floats
    low: Integers
    high: Integers
    coefficients: Floats
    confidence: float

    def summary(self, language: Language = "zh") -> str:
        """Return the number of breaks and their times in one sentence."""
        times = [f"{t:g}" for t in self.times]
        if not times:
            return in_language(
                language,
                zh=f"{self.n}个观测值中没有突变点。",
                en=f"No break in {self.n} observations.",
            )
        return in_language(
            language,
            zh=f"{self.n}个观测值中有{len(times)}个突变点，分别在{'、'.join(times)}之后。",
            en=f"{len(times)} break(s) in {self.n} observations, after {', '.join(times)}.",
        )


def design_matrix(
    y: npt.ArrayLike,
    regressors: npt.ArrayLike | Literal["mean", "linear"],
    times: npt.ArrayLike | None,
) -> tuple[Floats, Floats, Floats]:
    """Series, design matrix with a constant, and times; rows with gaps left out."""
    series = np.asarray(y, dtype=np.float64)
    if series.ndim != 1:
        raise ValueError(f"y must be one series, got shape {series.shape}")
    when = np.arange(1.0, series.size + 1) if times is None else np.asarray(times, np.float64)
    if when.shape != series.shape:
        raise ValueError(f"times must have the shape {series.shape}, got {when.shape}")
    columns = [np.ones(series.size)]
    if isinstance(regressors, str):
        if regressors not in ("mean", "linear"):
            raise ValueError(f"regressors must be 'mean', 'linear' or an array, got {regressors!r}")
        if regressors == "linear":
            columns.append(when)
    else:
        extra = np.asarray(regressors, dtype=np.float64)
        extra = extra[:, np.newaxis] if extra.ndim == 1 else extra
        if extra.ndim != 2 or extra.shape[0] != series.size:
            raise ValueError(f"regressors must have {series.size} rows, got {extra.shape}")
        columns.extend(extra.T)
    design = np.column_stack(columns)
    present = ~(np.isnan(series) | np.isnan(when) | np.isnan(design).any(axis=1))
    series, design, when = series[present], design[present], when[present]
    if not (np.isfinite(series).all() and np.isfinite(design).all()):
        raise ValueError("y and regressors must be finite or missing")
    if np.any(np.diff(when) < 0):
        raise ValueError("times must not fall")
    if series.size <= design.shape[1]:
        raise ValueError(f"{series.size} observations are too few for {design.shape[1]} regressors")
    return series, design, when


def _conditioned(y: Floats, x: Floats) -> tuple[Floats, Floats]:
    """Full-sample residuals and an orthogonal design, which keep sums well conditioned."""
    q, _ = np.linalg.qr(x)
    return y - q @ (q.T @ y), q * np.sqrt(y.size)


def _expanding(residual: Floats, q: Floats, shortest: int) -> Floats:
    gram = np.cumsum(q[:, :, np.newaxis] * q[:, np.newaxis, :], axis=0)[shortest - 1 :]
    cross = np.cumsum(q * residual[:, np.newaxis], axis=0)[shortest - 1 :]
    square = np.cumsum(residual**2)[shortest - 1 :]
    if q.shape[1] == 1:
        explained = cross[:, 0] ** 2 / gram[:, 0, 0]
    else:
        # Regressors may be constant within a segment: a generalised inverse.
        inverse = np.linalg.pinv(gram, rcond=1e-10, hermitian=True)
        explained = np.einsum("ti,tij,tj->t", cross, inverse, cross)
    return np.maximum(square - explained, 0.0)


def expanding_rss(y: Floats, x: Floats, shortest: int) -> Floats:
    """Residual sum of squares of the first `shortest`, ..., n observations."""
    return _expanding(*_conditioned(y, x), shortest)


def segment_rss(y: Floats, x: Floats, shortest: int) -> Floats:
    """Residual sum of squares of every segment first..last, infinite if too short."""
    n = y.size
    residual, q = _conditioned(y, x)
    rss = np.full((n, n), np.inf)
    for first in range(n - shortest + 1):
        rss[first, first + shortest - 1 :] = _expanding(residual[first:], q[first:], shortest)
    return rss


def _best_breaks(rss: Floats, most: int) -> tuple[Floats, tuple[tuple[int, ...], ...]]:
    """Least total sum of squares for 0..most breaks, by dynamic programming."""
    n = rss.shape[0]
    best = rss[0].copy()  # best[j]: first j + 1 observations
    totals, previous = [best[-1]], []
    for _ in range(most):
        # A segment after the break at i starts at observation i + 1.
        options = best[:-1, np.newaxis] + rss[1:, :]
        choice = options.argmin(axis=0)
        best = options[choice, np.arange(n)]
        previous.append(choice)
        totals.append(best[-1])
    candidates: list[tuple[int, ...]] = [()]
    for m in range(1, most + 1):
        last, breaks = n - 1, []
        for choice in reversed(previous[:m]):
            last = int(choice[last])
            breaks.append(last + 1)
        candidates.append(tuple(reversed(breaks)))
    return np.array(totals), tuple(candidates)


def _break_distribution(x: float, xi: float, phi: float) -> float:
    """Distribution function of the scaled error of a break date (Bai 1997).

    `xi` is the ratio of the signal after the break to that before, `phi` the same
    times the ratio of the error variances.
    """
    from scipy.special import log_ndtr

    root, size = np.sqrt(abs(x)), abs(x)
    if x < 0:
        ratio = xi / phi
        return float(
            -np.sqrt(size / (2 * np.pi)) * np.exp(-size / 8)
            - phi
            / xi
            * (phi + 2 * xi)
            / (phi + xi)
            * np.exp(ratio * (1 + ratio) * size / 2 + log_ndtr(-(0.5 + ratio) * root))
            + (size / 2 - 2 + (phi + 2 * xi) ** 2 / ((phi + xi) * xi)) * np.exp(log_ndtr(-root / 2))
        )
    ratio = xi**2 / phi
    return float(
        1
        + np.sqrt(ratio) * np.sqrt(size / (2 * np.pi)) * np.exp(-ratio * size / 8)
        + xi
        / phi
        * (2 * phi + xi)
        / (phi + xi)
        * np.exp((phi + xi) * size / 2 + log_ndtr(-(phi + xi / 2) / np.sqrt(phi) * root))
        - ((2 * phi + xi) ** 2 / ((phi + xi) * phi) - 2 + ratio * size / 2)
        * np.exp(log_ndtr(-np.sqrt(ratio) * root / 2))
    )


def _break_quantile(level: float, xi: float, phi: float) -> float:
    from scipy.optimize import brentq

    def excess(x: float) -> float:
        return _break_distribution(x, xi, phi) - level

    # With very unequal sides both limits can lie on one side of the estimate.
    low, high = -1.0, 1.0
    while excess(low) > 0 and low > -1e8:
        low *= 2
    while excess(high) < 0 and high < 1e8:
        high *= 2
    if excess(low) > 0 or excess(high) < 0:  # beyond any sample
        return low if excess(low) > 0 else high
    return float(brentq(excess, low, high))


def _break_limits(
    y: Floats, x: Floats, breaks: tuple[int, ...], confidence: float, *, common_errors: bool
) -> tuple[Integers, Integers]:
    """Confidence limits of each break, Bai (1997) and Bai and Perron (2003)."""
    n = y.size
    ends = (0, *breaks, n)
    parts = [slice(a, b) for a, b in pairwise(ends)]
    beta = [np.linalg.lstsq(x[p], y[p])[0] for p in parts]
    squares = [float(np.sum((y[p] - x[p] @ b) ** 2)) for p, b in zip(parts, beta, strict=True)]
    sizes = [p.stop - p.start for p in parts]
    variance = [s / size for s, size in zip(squares, sizes, strict=True)]
    if common_errors:
        variance = [sum(squares) / n] * len(parts)
    low, high = [], []
    for i, at in enumerate(breaks):
        jump = beta[i + 1] - beta[i]
        signal = [float(np.mean((x[parts[j]] @ jump) ** 2)) for j in (i, i + 1)]
        if min(*signal, variance[i], variance[i + 1]) <= 0:
            # Without errors the date is certain.
            low.append(at)
            high.append(at)
            continue
        xi = signal[1] / signal[0]
        phi = xi * variance[i + 1] / variance[i]
        scale = signal[0] / variance[i]
        tail = (1 - confidence) / 2

        # The distribution is that of the estimate less the true date.
        low.append(at - int(np.ceil(_break_quantile(1 - tail, xi, phi) / scale)))
        high.append(at - int(np.floor(_break_quantile(tail, xi, phi) / scale)))
    return np.clip(np.array(low, dtype=np.int64), 1, n), np.clip(
        np.array(high, dtype=np.int64), 1, n
    )


def bai_perron(
    y: npt.ArrayLike,
    regressors: npt.ArrayLike | Literal["mean", "linear"] = "mean",
    *,
    times: npt.ArrayLike | None = None,
    minimum_segment: float = 0.15,
    max_breaks: int | None = None,
    breaks: int | None = None,
    criterion: Literal["bic", "lwz"] = "bic",
    confidence: float = 0.95,
    common_errors: bool = False,
) -> Segmentation:
    """Date the breaks in a regression by least squares over all segmentations.

    Parameters
    ----------
    y : array_like, shape (n,)
        The series in order of time. Rows with missing values are left out.
    regressors : {"mean", "linear"} or array_like, shape (n,) or (n, k)
        Regression within each segment: a mean, a line in time, or a constant and
        these columns. All coefficients change at a break.
    times : array_like, shape (n,), optional
        Times of the observations, not falling. Default 1, 2, 3, ...
    minimum_segment : float
        Shortest segment: a share of the observations if below 1 (rounded down, as
        in R package strucchange, but to more than the number of regressors), else
        a number of observations above the number of regressors.
    max_breaks : int, optional
        Most breaks considered; default all that the shortest segment leaves room for.
    breaks : int, optional
        Take this number of breaks instead of the criterion's choice.
    criterion : {"bic", "lwz"}
        Criterion that chooses the number of breaks m, with k regressors:
        BIC = n (ln RSS + 1 - ln n + ln 2 pi) + (k + 1)(m + 1) ln n (strucchange), or
        LWZ = ln(RSS / (n - q)) + 0.299 q (ln n)^2.1 / n, q = (m + 1) k + m.
    confidence : float
        Confidence level of the limits of the break dates.
    common_errors : bool
        Whether the errors have one variance in all segments, for those limits.
        They assume errors without autocorrelation and, being asymptotic, are too
        narrow for breaks that are small compared with the errors.

    Returns
    -------
    Segmentation

    Raises
    ------
    ValueError
        If shapes do not fit, the shortest segment is too short or too long, more
        breaks are asked for than fit, or an option is not one of those above.

    References
    ----------
    Bai (1997), Review of Economics and Statistics 79, 551-563 (limits);
    Bai and Perron (2003), J. Applied Econometrics 18, 1-22; Zeileis, Kleiber, Kraemer
    and Hornik (2003), Comput. Stat. Data Anal. 44, 109-123; Liu, Wu and Zidek (1997),
    Statistica Sinica 7, 497-525.

    Examples
    --------
    >>> result = bai_perron([1, 2, 1, 2, 8, 9, 8, 9], minimum_segment=2)
    >>> result.breaks, result.coefficients.ravel().round(6).tolist()
    ((4,), [1.5, 8.5])
    """
    require_choice("criterion", criterion, ("bic", "lwz"))
    require_confidence(confidence)
    series, x, when = design_matrix(y, regressors, times)
    n, k = x.shape
    shortest = int(minimum_segment)
    if minimum_segment < 1:
        shortest = max(int(np.floor(n * minimum_segment + 1e-9)), k + 1)
    if not k < shortest <= n:
        raise ValueError(
            f"minimum_segment must be above {k} and at most {n} observations, got {shortest}"
        )
    room = n // shortest - 1
    most = room if max_breaks is None else max_breaks
    if breaks is not None and max_breaks is None:
        most = max(most, breaks)
    for asked in (most, breaks or 0):
        if not 0 <= asked <= room or asked > most:
            raise ValueError(f"between 0 and {min(room, most)} breaks are possible, got {asked}")
    rss, candidates = _best_breaks(segment_rss(series, x, shortest), most)
    m = np.arange(most + 1)
    parameters = (m + 1) * k + m
    # A segmentation that fits perfectly has a criterion of minus infinity.
    with np.errstate(divide="ignore"):
        logs = np.log(rss)
    bic = n * (logs + 1 - np.log(n) + np.log(2 * np.pi)) + (k + 1) * (m + 1) * np.log(n)
    free = np.where(parameters < n, n - parameters, np.nan)
    lwz = logs - np.log(free) + 0.299 * parameters * np.log(n) ** 2.1 / n
    chosen = breaks
    if chosen is None:
        chosen = int(np.nanargmin(bic if criterion == "bic" else lwz))
    at = candidates[chosen]
    low, high = _break_limits(series, x, at, confidence, common_errors=common_errors)
    ends = (0, *at, n)
    return Segmentation(
        n=n,
        regressors=k,
        rss=rss,
        bic=bic,
        lwz=lwz,
        candidates=candidates,
        breaks=at,
        times=when[np.array(at, dtype=np.int64) - 1],
        low=low,
        high=high,
        coefficients=np.array([np.linalg.lstsq(x[a:b], series[a:b])[0] for a, b in pairwise(ends)]),
        confidence=confidence,
    )
