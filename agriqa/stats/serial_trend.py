"""Mann-Kendall tests that allow for autocorrelation.

On complete series they agree with pymannkendall. It is not called because it
closes gaps before taking autocorrelations and detrends the shortened series with
the slope of the full one; here values keep their places.
"""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, require_level
from agriqa.stats.kendall import as_series, normal_p, score_and_variance, standardised_score
from agriqa.stats.trend import MannKendall, mann_kendall, theil_sen


def _on_grid(values: npt.ArrayLike, times: npt.ArrayLike | None) -> Floats:
    """One series with its gaps, on the regular grid that its times lie on."""
    if np.ndim(values) != 1:
        raise ValueError(f"values must be one series, got shape {np.shape(values)}")
    x, t, _ = as_series(values, times)
    present = ~np.isnan(x[0])
    if present.sum() < 3:
        raise ValueError("a correction for autocorrelation needs at least three points")
    value, time = x[0][present], t[0][present]
    steps = np.diff(np.sort(time))
    if np.any(steps == 0):
        raise ValueError("times must be distinct")
    place = (time - time.min()) / steps.min()
    if np.max(np.abs(place - np.round(place))) > 1e-6:
        raise ValueError("times must lie on a regular grid; autocorrelation needs equal steps")
    grid = np.full(int(np.round(place.max())) + 1, np.nan)
    grid[np.round(place).astype(np.int64)] = value
    return grid


def _autocorrelation(x: Floats, lags: int) -> Floats:
    """Autocorrelations at lags 1 to `lags` from the pairs without gaps."""
    deviation = np.nan_to_num(x - np.nanmean(x))
    square = float(deviation @ deviation)
    if square == 0:
        return np.zeros(lags)
    return np.array([deviation[k:] @ deviation[:-k] for k in range(1, lags + 1)]) / square


def _detrended(x: Floats) -> tuple[Floats, float]:
    slope = float(theil_sen(x).slope)
    return x - slope * np.arange(1, x.size + 1), slope


def _corrected(x: Floats, factor: float, name: str) -> MannKendall:
    """Test with the variance multiplied by the correction factor."""
    plain = mann_kendall(x, method="normal")
    variance = np.where(factor > 0, plain.variance * factor, np.nan)
    z = standardised_score(plain.s, variance)
    _, _, most, _ = score_and_variance(x[np.newaxis], np.arange(x.size)[np.newaxis] + 0 * x)
    return replace(
        plain,
        variance=variance,
        z=z,
        p=normal_p(z),
        smallest_p=normal_p(standardised_score(most[0], variance)),
        method=np.asarray(name),
    )


def _check_lags(lags: int | None, size: int) -> int:
    if lags is not None and not 1 <= lags < size:
        raise ValueError(f"lags must be between 1 and {size - 1}, got {lags}")
    return size - 1 if lags is None else lags


def hamed_rao_mann_kendall(
    values: npt.ArrayLike,
    times: npt.ArrayLike | None = None,
    *,
    lags: int | None = None,
    significance: float = 0.05,
) -> MannKendall:
    """Mann-Kendall test with the variance correction of Hamed and Rao.

    The variance is multiplied by 1 + 2 / (n(n-1)(n-2)) times the sum over lags i of
    (n-i)(n-i-1)(n-i-2) r_i, with r_i the autocorrelations of the ranks of the
    series less its Theil-Sen trend.

    Parameters
    ----------
    values : array_like, shape (points,)
        One series; missing values stay gaps (n is then the length with gaps).
    times : array_like, optional
        Times on a regular grid, gaps allowed. Default 0, 1, 2, ...
    lags : int, optional
        Number of lags considered; default all.
    significance : float
        Only autocorrelations significant at this two-sided level are counted.

    Returns
    -------
    MannKendall
        z and p are missing where the corrected variance is not positive, which
        happens for strong negative autocorrelation.

    Raises
    ------
    ValueError
        If there are fewer than three points, times are not on a regular grid, or
        an option is out of its range.

    References
    ----------
    Hamed and Rao (1998), Journal of Hydrology 204, 182-196.

    Examples
    --------
    >>> wave = [1, 2, 3, 4, 5, 6, 6, 5, 4, 3, 3, 4, 5, 6, 7, 8, 8, 7, 6, 5]
    >>> bool(hamed_rao_mann_kendall(wave, lags=1).p > mann_kendall(wave).p)
    True
    """
    from scipy.stats import rankdata

    require_level("significance", significance)
    x = _on_grid(values, times)
    n = x.size
    residual, _ = _detrended(x)
    ranks = rankdata(residual, nan_policy="omit")
    lag = np.arange(1, _check_lags(lags, n) + 1)
    r = _autocorrelation(ranks, lag.size)
    bound = NormalDist().inv_cdf(1 - significance / 2) / np.sqrt(n)
    weight = (n - lag) * (n - lag - 1) * (n - lag - 2) / (n * (n - 1) * (n - 2))
    factor = 1 + 2 * float((weight * r)[np.abs(r) > bound].sum())
    return _corrected(x, factor, "hamed-rao")


def yue_wang_mann_kendall(
    values: npt.ArrayLike, times: npt.ArrayLike | None = None, *, lags: int | None = None
) -> MannKendall:
    """Mann-Kendall test with the variance correction of Yue and Wang.

    The variance is multiplied by 1 + 2 times the sum over lags i of (1 - i/n) r_i,
    with r_i the autocorrelations of the series less its Theil-Sen trend.

    Parameters
    ----------
    values, times
        As in `hamed_rao_mann_kendall`.
    lags : int, optional
        Number of lags counted; default all, as in pymannkendall. All lags add
        mostly noise to short series; 1 is what Yue and Wang studied.

    Returns
    -------
    MannKendall
        z and p are missing where the corrected variance is not positive.

    Raises
    ------
    ValueError
        As in `hamed_rao_mann_kendall`.

    References
    ----------
    Yue and Wang (2004), Water Resources Management 18, 201-218.

    Examples
    --------
    >>> wave = [1, 2, 3, 4, 5, 6, 6, 5, 4, 3, 3, 4, 5, 6, 7, 8, 8, 7, 6, 5]
    >>> bool(yue_wang_mann_kendall(wave, lags=1).p > mann_kendall(wave).p)
    True
    """
    x = _on_grid(values, times)
    residual, _ = _detrended(x)
    lag = np.arange(1, _check_lags(lags, x.size) + 1)
    r = _autocorrelation(residual, lag.size)
    return _corrected(x, 1 + 2 * float(((1 - lag / x.size) * r).sum()), "yue-wang")


def prewhitened_mann_kendall(
    values: npt.ArrayLike, times: npt.ArrayLike | None = None, *, trend_free: bool = False
) -> MannKendall:
    """Mann-Kendall test on the series less r_1 times the value before.

    Parameters
    ----------
    values, times
        As in `hamed_rao_mann_kendall`; a value after a gap is left out.
    trend_free : bool
        Take the Theil-Sen trend off first and add it again afterwards (TFPW, Yue
        and others 2002); plain pre-whitening also takes away part of a trend.

    Returns
    -------
    MannKendall
        Of the whitened series, one point shorter; normal approximation.

    Raises
    ------
    ValueError
        As in `hamed_rao_mann_kendall`.

    References
    ----------
    von Storch (1995), in Analysis of Climate Variability; Yue, Pilon, Phinney and
    Cavadias (2002), Hydrological Processes 16, 1807-1829.

    Examples
    --------
    >>> prewhitened_mann_kendall([1, 2, 4, 3, 5, 6, 8, 7]).n.item()
    7
    """
    x = _on_grid(values, times)
    residual, slope = _detrended(x) if trend_free else (x, 0.0)
    r = _autocorrelation(residual, 1)[0]
    whitened = residual[1:] - r * residual[:-1] + slope * np.arange(1, x.size)
    plain = mann_kendall(whitened, method="normal")
    return replace(plain, method=np.asarray("trend-free whitened" if trend_free else "whitened"))
