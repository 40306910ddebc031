"""Regression on order statistics (ROS) for left-censored values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from agriqa.stats.censored.observations import left_censored
from agriqa.stats.checks import Flags, Floats, Language, in_language, require_choice

Scale = Literal["log-normal", "normal"]


@dataclass(frozen=True)
class OrderStatistics:
    """Values with the censored ones modelled by regression on order statistics.

    Attributes
    ----------
    values : ndarray of float, shape (n,)
        Values or limits used, ascending, limits before equal values.
    censored : ndarray of bool, shape (n,)
        True where `values` is a limit.
    positions : ndarray of float, shape (n,)
        Helsel-Cohn plotting positions [0-1].
    modelled : ndarray of float, shape (n,)
        The detected values, and the fitted values in place of the limits.
    intercept, slope : float
        Line of the (log) values on normal quantiles of the positions.
    n, n_censored, n_missing, n_above : int
        Observations used, those of them censored, those missing, and limits
        left out because they exceed every detected value [count].
    """

    values: Floats
    censored: Flags
    positions: Floats
    modelled: Floats
    intercept: float
    slope: float
    n: int
    n_censored: int
    n_missing: int
    n_above: int

    @property
    def mean(self) -> float:
        """Mean of the modelled values."""
        return float(self.modelled.mean())

    @property
    def sd(self) -> float:
        """Standard deviation of the modelled values, with n - 1."""
        return float(self.modelled.std(ddof=1))

    @property
    def median(self) -> float:
        """Median of the modelled values."""
        return float(np.median(self.modelled))

    def quantile(self, probability: npt.ArrayLike) -> Floats:
        """Quantiles of the modelled values, linearly interpolated (R's type 7).

        Parameters
        ----------
        probability : array_like of float
            Probabilities in [0, 1].

        Returns
        -------
        ndarray of float, of the same shape

        Raises
        ------
        ValueError
            If a probability is outside [0, 1].
        """
        wanted = np.asarray(probability, dtype=np.float64)
        if not np.all((wanted >= 0) & (wanted <= 1)):
            raise ValueError("probability must be between 0 and 1")
        return np.asarray(np.quantile(self.modelled, wanted))

    def summary(self, language: Language = "zh") -> str:
        """One plain sentence with the numbers in it."""
        share = 100 * self.n_censored / self.n
        return in_language(
            language,
            zh=(
                f"{self.n}个数据中{share:.1f}%未检出；次序统计量回归（ROS）"
                f"均值{self.mean:.4g}，中位数{self.median:.4g}。"
            ),
            en=(
                f"{share:.1f}% of {self.n} values are censored; by regression on order "
                f"statistics the mean is {self.mean:.4g}, the median {self.median:.4g}."
            ),
        )


def plotting_positions(values: npt.ArrayLike, censored: npt.ArrayLike) -> Floats:
    """Helsel-Cohn plotting positions of left-censored values.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        Value where detected, limit where censored.
    censored : array_like of bool, shape (n,)
        True where only known to lie below `values`.

    Returns
    -------
    ndarray of float, shape (n,)
        Positions [0-1] in the order given; NaN for a missing value. Equal
        values share an interval in the order given. With nothing censored:
        rank / (n + 1).

    Raises
    ------
    ValueError
        If lengths differ or no value is left.

    References
    ----------
    Helsel and Cohn (1988), Water Resour. Res. 24; Hirsch and Stedinger (1987),
    Water Resour. Res. 23.

    Examples
    --------
    >>> plotting_positions([1.0, 2.0, 3.0], [True, False, False]).round(3).tolist()
    [0.167, 0.556, 0.778]
    """
    sample = left_censored(values, censored)
    found, flags = sample.values, sample.censored
    limits = np.unique(found[flags])
    if limits.size == 0 or np.any(sample.detected < limits[0]):
        limits = np.concatenate([[-np.inf], limits])
    ordered = np.sort(sample.detected)
    detected = np.diff(np.append(np.searchsorted(ordered, limits), ordered.size))
    # Of the limits those at the limit itself lie below it, of the detected values not.
    below = np.searchsorted(ordered, limits) + np.searchsorted(
        np.sort(found[flags]), limits, side="right"
    )
    exceedance = np.zeros(limits.size + 1)
    for j in range(limits.size - 1, -1, -1):
        total = detected[j] + below[j]
        share = detected[j] / total if total else 0.0
        exceedance[j] = exceedance[j + 1] + share * (1 - exceedance[j + 1])
    positions = np.empty(found.size)
    interval = np.searchsorted(limits, found, side="right") - 1
    for j in range(limits.size):
        chosen = np.flatnonzero(~flags & (interval == j))
        chosen = chosen[np.argsort(found[chosen], kind="stable")]
        step = (exceedance[j] - exceedance[j + 1]) / (detected[j] + 1)
        positions[chosen] = 1 - exceedance[j] + step * np.arange(1, chosen.size + 1)
        chosen = np.flatnonzero(flags & (interval == j))
        step = (1 - exceedance[j]) / (chosen.size + 1)
        positions[chosen] = step * np.arange(1, chosen.size + 1)
    given = np.full(sample.kept.size, np.nan)
    given[sample.kept] = positions
    return given


def regression_on_order_statistics(
    values: npt.ArrayLike, censored: npt.ArrayLike, *, distribution: Scale = "log-normal"
) -> OrderStatistics:
    """Robust regression on order statistics.

    The (log) detected values are regressed on the normal quantiles of their
    plotting positions; the line gives values for the censored ones alone.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        Value where detected, limit where censored; NaN is left out, and so is
        a limit above every detected value, which has no place in the order.
    censored : array_like of bool, shape (n,)
        True where only known to lie below `values`.
    distribution : {"log-normal", "normal"}
        What the censored values are assumed to follow.

    Returns
    -------
    OrderStatistics

    Raises
    ------
    ValueError
        If lengths differ, fewer than two different values are detected, a
        value is not positive with "log-normal", or the option is not allowed.

    References
    ----------
    Helsel and Cohn (1988), Water Resour. Res. 24; Lee and Helsel (2005),
    Computers & Geosciences 31.

    Examples
    --------
    >>> fit = regression_on_order_statistics([1.0, 2.0, 4.0], [True, False, False])
    >>> fit.modelled.round(3).tolist()
    [0.586, 2.0, 4.0]
    """
    from scipy import stats

    require_choice("distribution", distribution, ("log-normal", "normal"))
    sample = left_censored(values, censored)
    if np.unique(sample.detected).size < 2:
        raise ValueError("at least two different detected values are needed")
    if distribution == "log-normal" and np.any(sample.values <= 0):
        raise ValueError("values must be positive for the log-normal distribution")
    used = ~sample.censored | (sample.values <= sample.detected.max())
    order = np.lexsort([~sample.censored[used], sample.values[used]])
    found, flags = sample.values[used][order], sample.censored[used][order]
    positions = plotting_positions(found, flags)
    scores = stats.norm.ppf(positions)
    scale = np.log(found) if distribution == "log-normal" else found
    slope, intercept = np.polyfit(scores[~flags], scale[~flags], 1)
    fitted = intercept + slope * scores
    if distribution == "log-normal":
        fitted = np.exp(fitted)
    return OrderStatistics(
        values=found,
        censored=flags,
        positions=positions,
        modelled=np.where(flags, fitted, found),
        intercept=float(intercept),
        slope=float(slope),
        n=found.size,
        n_censored=int(flags.sum()),
        n_missing=sample.missing,
        n_above=int(np.count_nonzero(~used)),
    )
