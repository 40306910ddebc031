"""One trend over several seasons or regions (combined Mann-Kendall tests)."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, Language, in_language, require_confidence
from agriqa.stats.kendall import as_series, normal_p, score_and_variance, standardised_score
from agriqa.stats.trend import pair_slopes, slope_limits


@dataclass(frozen=True)
class GroupedTrend:
    """Mann-Kendall test and Sen slope over groups (seasons or regions) together.

    Attributes
    ----------
    n : int
        Points with a value in all groups.
    s, variance, z, p : float
        Sum of the groups' scores, its variance, standardised score and two-sided p.
    tau_a, tau_b : float
        Sum of the scores over the sum of all pairs, of untied pairs.
    slope, low, high : float
        Median slope of all pairs within groups [values per unit of time] and its
        confidence limits; infinite where there are too few points.
    group_s : ndarray of float, shape (groups,)
        Score of each group.
    heterogeneity, heterogeneity_p : float
        van Belle and Hughes' chi-square that the groups share one trend, with
        groups - 1 degrees of freedom; missing with fewer than two groups.
    """

    n: int
    s: float
    variance: float
    z: float
    p: float
    tau_a: float
    tau_b: float
    slope: float
    low: float
    high: float
    group_s: Floats
    heterogeneity: float
    heterogeneity_p: float

    def summary(self, language: Language = "zh") -> str:
        """Return direction, slope and p in one sentence."""
        shown, mixed = self.p <= 0.05, self.heterogeneity_p <= 0.05
        groups, slope, p = self.group_s.size, f"{self.slope:.4g}", f"{self.p:.3g}"
        chinese, english = "未显示趋势", "No trend shown"
        if shown and self.s > 0:
            chinese, english = "呈上升趋势", "Increasing"
        elif shown:
            chinese, english = "呈下降趋势", "Decreasing"
        return in_language(
            language,
            zh=f"{groups}组合计{chinese}（斜率{slope}，p＝{p}）"
            + ("，但各组趋势不一致。" if mixed else "。"),
            en=f"{english} over {groups} groups (slope {slope}, p = {p})"
            + (", but the groups differ in their trends." if mixed else "."),
        )


def _score_covariance(x: Floats) -> Floats:
    """Covariance of the groups' scores; missing values hold a middle rank.

    Groups by common times in order. Dietz and Killeen (1981), in the form that
    Hirsch and Slack (1984) give for missing values.
    """
    points = x.shape[1]
    n = (~np.isnan(x)).sum(axis=1)
    signs = np.nan_to_num(np.sign(x[:, np.newaxis, :] - x[:, :, np.newaxis]))
    ranks = (n[:, np.newaxis] + 1 + signs.sum(axis=1)) / 2
    upper = np.triu(np.ones((points, points)), k=1)
    concordance = np.einsum("gij,hij,ij->gh", signs, signs, upper, optimize=True)
    cross = ranks @ ranks.T
    return (concordance + 4 * cross - points * np.outer(n + 1, n + 1)) / 3


def regional_mann_kendall(
    values: npt.ArrayLike,
    times: npt.ArrayLike | None = None,
    *,
    correlated: bool = False,
    continuity: bool | None = None,
    confidence: float = 0.95,
) -> GroupedTrend:
    """Mann-Kendall test of one trend over several regions.

    Parameters
    ----------
    values : array_like, shape (groups, points)
        One row per region (or season); missing values are left out.
    times : array_like, optional
        Times of the points, shared or per row; any spacing. Default 0, 1, 2, ...
    correlated : bool
        Allow for correlation between the groups through the covariance of their
        scores. Needs shared distinct times, and some ten or more of them.
    continuity : bool, optional
        Draw the score one towards 0. Default: yes, but not for correlated groups,
        as in Hirsch and Slack (1984), R package trend and pymannkendall.
    confidence : float
        Confidence level of the slope's limits. They are Gilbert's, with the
        variance used for the test.

    Returns
    -------
    GroupedTrend

    Raises
    ------
    ValueError
        If values is not two-dimensional, no group has two points, shapes do not
        fit, times differ between correlated groups, or the confidence is not in (0, 1).

    References
    ----------
    Hirsch, Slack and Smith (1982) and Hirsch and Slack (1984), Water Resources
    Research 18 and 20; Helsel and Frans (2006), Environ. Sci. Technol. 40, 4066-4073;
    van Belle and Hughes (1984), Water Resources Research 20.

    Examples
    --------
    >>> result = regional_mann_kendall([[1, 2, 3, 5, 4], [7, 8, 8, 9, 11]])
    >>> result.s, result.slope
    (17.0, 1.0)
    """
    from scipy.stats import chi2

    require_confidence(confidence)
    if np.ndim(values) != 2:
        raise ValueError(f"values must have the shape (groups, points), got {np.shape(values)}")
    x, t, _ = as_series(values, times)
    n = (~np.isnan(x)).sum(axis=1)
    if not np.any(n > 1):
        raise ValueError("at least one group needs two points")
    s, variances, untied, untied_times = score_and_variance(x, t)
    total, variance = s.sum(), variances.sum()
    if correlated:
        shared = np.arange(x.shape[1]) if times is None else np.asarray(times, dtype=np.float64)
        if shared.ndim != 1 or np.unique(shared).size != shared.size or np.isnan(shared).any():
            raise ValueError("correlated groups need shared, distinct times")
        variance = _score_covariance(x[:, np.argsort(shared)]).sum()
    z = float(
        standardised_score(
            np.asarray(total),
            np.asarray(variance),
            continuity=not correlated if continuity is None else continuity,
        )
    )
    ordered = np.sort(pair_slopes(x, t).reshape(1, -1), axis=1)
    width = NormalDist().inv_cdf((1 + confidence) / 2) * np.sqrt(max(float(variance), 0.0))
    low, high = slope_limits(ordered, np.array([width]))
    used = variances > 0
    scores = s[used] / np.sqrt(variances[used])
    chi_square = float(((scores - scores.mean()) ** 2).sum()) if used.sum() > 1 else np.nan
    return GroupedTrend(
        n=int(n.sum()),
        s=float(total),
        variance=float(variance),
        z=z,
        p=float(normal_p(np.asarray(z))),
        tau_a=float(total / (n * (n - 1) / 2).sum()),
        tau_b=float(total / np.sqrt(untied * untied_times).sum()) if untied.any() else np.nan,
        slope=float(np.nanmedian(ordered)),
        low=float(low[0]),
        high=float(high[0]),
        group_s=s,
        heterogeneity=chi_square,
        heterogeneity_p=float(chi2.sf(chi_square, used.sum() - 1)) if used.sum() > 1 else np.nan,
    )


def seasonal_mann_kendall(
    values: npt.ArrayLike,
    *,
    season: npt.ArrayLike,
    year: npt.ArrayLike,
    correlated: bool = False,
    continuity: bool | None = None,
    confidence: float = 0.95,
) -> GroupedTrend:
    """Seasonal Mann-Kendall test: each season is compared only with itself.

    Parameters
    ----------
    values : array_like, shape (points,)
        The series; missing values are left out.
    season : array_like, shape (points,)
        Season of each value (month number, quarter, name).
    year : array_like, shape (points,)
        Year of each value; need not be consecutive. Several values in one season
        of one year are allowed unless `correlated`.
    correlated, continuity, confidence
        As in `regional_mann_kendall`.

    Returns
    -------
    GroupedTrend
        Groups are the seasons in sorted order; the slope is per year.

    Raises
    ------
    ValueError
        If the lengths differ, a season holds two values of one year under
        `correlated`, or as in `regional_mann_kendall`.

    References
    ----------
    Hirsch, Slack and Smith (1982), Water Resources Research 18, 107-121; Hirsch and
    Slack (1984), Water Resources Research 20, 727-732.

    Examples
    --------
    >>> years, quarters = [1, 1, 2, 2, 3, 3], [1, 2, 1, 2, 1, 2]
    >>> result = seasonal_mann_kendall([5, 9, 6, 8, 7, 10], season=quarters, year=years)
    >>> result.s, result.slope
    (4.0, 1.0)
    """
    x, years = np.asarray(values, dtype=np.float64), np.asarray(year, dtype=np.float64)
    seasons = np.asarray(season)
    if x.ndim != 1 or x.shape != years.shape or x.shape != seasons.shape:
        raise ValueError("values, season and year must be one-dimensional and equally long")
    if x.size == 0:
        raise ValueError("at least one group needs two points")
    names, row = np.unique(seasons, return_inverse=True)
    cells = np.stack([row, np.unique(years, return_inverse=True)[1]])
    if np.unique(cells, axis=1).shape[1] < x.size:
        if correlated:
            raise ValueError("correlated seasons need one value per season and year")
        # Repeated values within a season and year: every point keeps a column.
        cells[1] = np.arange(x.size)
        grid_years = years
    else:
        grid_years = np.unique(years)
    grid = np.full((names.size, grid_years.size), np.nan)
    grid[cells[0], cells[1]] = x
    return regional_mann_kendall(
        grid, grid_years, correlated=correlated, continuity=continuity, confidence=confidence
    )
