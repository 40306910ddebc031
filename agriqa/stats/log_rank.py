"""Log-rank test of equal survival in two or more groups.

statsmodels' survdiff gives neither observed nor expected events, and fails (0.15) where
late entry meets strata or weights; hence our own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, Language, in_language, require_choice
from agriqa.stats.survival import checked_times, units_at_risk

Weighting = Literal["fleming_harrington", "gehan", "tarone_ware", "peto_prentice"]


@dataclass(frozen=True)
class LogRankTest:
    """Log-rank test; arrays have one entry per group, in the order of `groups`.

    Attributes
    ----------
    groups : tuple
        Labels, sorted.
    units : ndarray of int, shape (k,)
        Units in each group [count].
    observed, expected : ndarray of float, shape (k,)
        Events seen, and expected if survival were equal; weighted as the test is.
    chi_square : float
        Test statistic.
    degrees_of_freedom : int
        Groups with events at stake, less 1.
    p_value : float
        Probability of so large a statistic under equal survival.
    weighting : {"fleming_harrington", "gehan", "tarone_ware", "peto_prentice"}
    rho, gamma : float
        Powers in Fleming and Harrington's weights; both 0 for the log-rank test itself.
    """

    groups: tuple[object, ...]
    units: npt.NDArray[np.intp]
    observed: Floats
    expected: Floats
    chi_square: float
    degrees_of_freedom: int
    p_value: float
    weighting: Weighting
    rho: float
    gamma: float

    def summary(self, language: Language = "zh") -> str:
        """Say the result in one sentence."""
        numbers = f"χ²={self.chi_square:.2f}, df={self.degrees_of_freedom}, P={self.p_value:.4f}"
        plain = self.weighting == "fleming_harrington" and self.rho == self.gamma == 0
        chinese = "对数秩检验" if plain else "加权对数秩检验"
        english = "Log-rank" if plain else "Weighted log-rank"
        return in_language(
            language,
            zh=f"{len(self.groups)}组存续曲线的{chinese}：{numbers}。",
            en=f"{english} test of {len(self.groups)} survival curves: {numbers}.",
        )


def log_rank_test(
    duration: npt.ArrayLike,
    event: npt.ArrayLike,
    group: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
    strata: npt.ArrayLike | None = None,
    weighting: Weighting = "fleming_harrington",
    rho: float = 0.0,
    gamma: float = 0.0,
) -> LogRankTest:
    """Test whether survival is the same in all groups.

    Parameters
    ----------
    duration, event, entry : array_like, shape (n,)
        As in `kaplan_meier`. Units with a missing time or event are left out.
    group : array_like, shape (n,)
        Group of each unit; two or more groups.
    strata : array_like, shape (n,), optional
        Groups are compared within each stratum, and the differences added.
    weighting : {"fleming_harrington", "gehan", "tarone_ware", "peto_prentice"}
        Weights of the differences at each event: see `rho` and `gamma`; the number at risk
        (generalised Wilcoxon, Gehan and Breslow); its root; or the survival with n + 1 in
        place of n, the time's own factor included (Peto and Peto in Klein and Moeschberger).
    rho, gamma : float
        Fleming and Harrington's weights S^rho (1 - S)^gamma, with S the survival of all
        just before the time. Both 0: the log-rank test. rho = 1: Peto and Peto's in R's
        survdiff, which weighs early events more; gamma = 1 weighs late ones more.

    Returns
    -------
    LogRankTest

    Raises
    ------
    ValueError
        If lengths differ, a group or stratum is missing, there are fewer than two groups,
        no event leaves two groups to compare, times are not as in `kaplan_meier`, a power
        is negative or goes with another weighting, or the weighting is unknown.

    References
    ----------
    Mantel (1966), Cancer Chemother. Rep. 50; Harrington and Fleming (1982), Biometrika 69;
    Klein and Moeschberger (2003), Survival Analysis, 2nd ed., section 7.3.

    Examples
    --------
    >>> found = log_rank_test([1, 2, 3, 4], [1, 1, 1, 1], ["a", "a", "b", "b"])
    >>> round(found.chi_square, 3)
    2.882
    """
    import pandas as pd
    from scipy import stats

    require_choice("weighting", weighting, get_args(Weighting))
    if min(rho, gamma) < 0 or (weighting != "fleming_harrington" and (rho or gamma)):
        raise ValueError("rho and gamma must be 0 or above, and are for fleming_harrington only")
    end = np.asarray(duration, dtype=np.float64)
    layers = np.zeros(end.shape) if strata is None else np.asarray(strata)
    if np.shape(group) != end.shape or layers.shape != end.shape:
        raise ValueError("durations, groups and strata must be vectors of one length")
    codes, labels = pd.factorize(np.asarray(group), sort=True)
    layer = pd.factorize(layers)[0]
    if np.any(codes < 0) or np.any(layer < 0):
        raise ValueError("a group or stratum is missing")
    # The row number travels in the place of the weights, to know the units that are kept.
    start, end, kind, row = checked_times(
        end, event, entry=entry, weights=np.arange(1.0, end.size + 1)
    )
    kept = row.astype(np.intp) - 1
    codes, layer = codes[kept], layer[kept]
    if not np.isin(kind, (0.0, 1.0)).all():
        raise ValueError("an event must be 0 or 1")
    units = np.bincount(codes, minlength=len(labels))
    if np.count_nonzero(units) < 2:
        raise ValueError("at least two groups are needed")
    observed, expected = np.zeros(len(labels)), np.zeros(len(labels))
    covariance = np.zeros((len(labels), len(labels)))
    for number in np.unique(layer):
        own = layer == number
        at_risk, events = _stratum(start[own], end[own], kind[own], codes[own], len(labels))
        weights = event_weights(at_risk, events, weighting, rho=rho, gamma=gamma)
        parts = weighted_differences(at_risk, events, weights)
        observed, expected = observed + parts[0], expected + parts[1]
        covariance = covariance + parts[2]
    # A group that was never at risk beside others has no variance and no say.
    free = int(np.linalg.matrix_rank(covariance, hermitian=True))
    if free == 0:
        raise ValueError("no event happened while two groups were at risk")
    difference = observed - expected
    chi_square = float(difference @ np.linalg.pinv(covariance, hermitian=True) @ difference)
    return LogRankTest(
        groups=tuple(labels.tolist()),
        units=units,
        observed=observed,
        expected=expected,
        chi_square=chi_square,
        degrees_of_freedom=free,
        p_value=float(stats.chi2.sf(chi_square, free)),
        weighting=weighting,
        rho=rho,
        gamma=gamma,
    )


def event_weights(
    at_risk: Floats, events: Floats, weighting: Weighting, *, rho: float = 0.0, gamma: float = 0.0
) -> Floats:
    """Weights of the differences at each time of an event.

    Parameters
    ----------
    at_risk, events : ndarray of float, shape (times, groups)
        Units at risk just before each time, in order, and events at it.
    weighting, rho, gamma
        As in `log_rank_test`.

    Returns
    -------
    ndarray of float, shape (times,)

    Examples
    --------
    >>> event_weights(np.array([[2.0, 2.0]]), np.array([[1.0, 0.0]]), "gehan").tolist()
    [4.0]
    """
    n, d = at_risk.sum(axis=1), events.sum(axis=1)
    if weighting == "gehan":
        return np.asarray(n)
    if weighting == "tarone_ware":
        return np.sqrt(n)
    if weighting == "peto_prentice":
        return np.asarray(np.cumprod(1 - d / (n + 1)))
    before = np.cumprod(np.concatenate([[1.0], 1 - d / n]))[: len(n)]
    return np.asarray(before**rho * (1 - before) ** gamma)


def weighted_differences(
    at_risk: Floats, events: Floats, weights: Floats
) -> tuple[Floats, Floats, Floats]:
    """Weighted observed and expected events of each group, and their difference's covariance.

    Parameters
    ----------
    at_risk, events : ndarray of float, shape (times, groups)
        As in `event_weights`.
    weights : ndarray of float, shape (times,)
        Weight of each time.

    Returns
    -------
    observed, expected : ndarray of float, shape (groups,)
    covariance : ndarray of float, shape (groups, groups)

    Examples
    --------
    >>> one = np.ones(1)
    >>> weighted_differences(np.array([[2.0, 2.0]]), np.array([[1.0, 0.0]]), one)[1].tolist()
    [0.5, 0.5]
    """
    n, d = at_risk.sum(axis=1), events.sum(axis=1)
    part = at_risk / n[:, None]
    # Hypergeometric variance; a lone unit at risk has none.
    spread = weights**2 * d * (n - d) / np.maximum(n - 1, 1)
    covariance = np.diag(spread @ part) - (part * spread[:, None]).T @ part
    return weights @ events, (weights * d) @ part, covariance


def _stratum(
    start: Floats, end: Floats, kind: Floats, codes: npt.NDArray[np.intp], groups: int
) -> tuple[Floats, Floats]:
    """Units at risk and events at each time of an event, by group."""
    time = np.unique(end[kind == 1])
    at_risk, events = np.zeros((len(time), groups)), np.zeros((len(time), groups))
    for code in range(groups):
        own = codes == code
        ones = np.ones(np.count_nonzero(own))
        at_risk[:, code] = units_at_risk(start[own], end[own], ones, time)
        seen = np.searchsorted(time, end[own & (kind == 1)])
        events[:, code] = np.bincount(seen, minlength=len(time))
    return at_risk, events
