"""Tests of whether groups of left-censored values have one distribution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from agriqa.stats import log_rank
from agriqa.stats.censored.observations import left_censored
from agriqa.stats.checks import Floats, Integers, Language, in_language, require_choice

Weighting = Literal["peto_peto", "log_rank", "gehan", "peto_prentice", "tarone_ware"]
WEIGHTINGS = ("peto_peto", "log_rank", "gehan", "peto_prentice", "tarone_ware")


@dataclass(frozen=True)
class GroupsTest:
    """Weighted log-rank test of k groups of left-censored values.

    Attributes
    ----------
    weighting : str
        Weighting of the differences.
    groups : tuple of str, length k
        Names of the groups, sorted.
    n, n_censored : ndarray of int, shape (k,)
        Observations, and those of them censored [count].
    observed, expected : ndarray of float, shape (k,)
        Weighted detections observed, and expected with one distribution. A
        group with fewer than expected has the lower values.
    covariance : ndarray of float, shape (k, k)
        Of observed minus expected.
    statistic : float
        Chi-square.
    degrees_of_freedom : int
        k - 1.
    p_value : float
        Two-sided [0-1].
    n_missing : int
        Observations left out: value or group missing [count].
    """

    weighting: str
    groups: tuple[str, ...]
    n: Integers
    n_censored: Integers
    observed: Floats
    expected: Floats
    covariance: Floats
    statistic: float
    degrees_of_freedom: int
    p_value: float
    n_missing: int

    def summary(self, language: Language = "zh") -> str:
        """One plain sentence with the numbers in it."""
        count, numbers = len(self.groups), f"χ²={self.statistic:.3g}, p={self.p_value:.3g}"
        differ = self.p_value < 0.05
        chinese, english = ("有差异", "differ") if differ else ("未见差异", "do not differ")
        return in_language(
            language,
            zh=f"{count}组数据的分布在5%水平上{chinese}（{numbers}）。",
            en=f"The distributions of the {count} groups {english} at the 5% level ({numbers}).",
        )


def compare_groups(
    values: npt.ArrayLike,
    censored: npt.ArrayLike,
    groups: npt.ArrayLike,
    *,
    weighting: Weighting = "peto_peto",
) -> GroupsTest:
    """Test groups of left-censored values for one common distribution.

    The values are flipped and compared at every detected value from the
    largest down, over those at or below it, with hypergeometric variance.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        Value where detected, limit where censored; NaN is left out.
    censored : array_like of bool, shape (n,)
        True where only known to lie below `values`.
    groups : array_like, shape (n,)
        Group of each observation; None and NaN are left out.
    weighting : str
        "peto_peto": P(X <= value) by Kaplan-Meier over all groups (R's
        survdiff with rho = 1, NADA's cendiff); "peto_prentice": the same with
        n + 1 in place of n in the product, the value's own factor included
        (Prentice 1978, Stata's peto); "log_rank": 1; "gehan": the number at
        or below (generalised Wilcoxon, Breslow); "tarone_ware": its root.

    Returns
    -------
    GroupsTest

    Raises
    ------
    ValueError
        If lengths differ, fewer than two groups or no detected value are
        left, or the option is not allowed.

    References
    ----------
    Harrington and Fleming (1982), Biometrika 69; Prentice (1978), Biometrika
    65; Helsel (2012), Statistics for Censored Environmental Data, 2nd ed., ch. 9.

    Examples
    --------
    >>> found = compare_groups([1, 2, 3, 4], [True, False, False, False], ["a", "a", "b", "b"])
    >>> found.degrees_of_freedom
    1
    """
    from scipy import stats

    require_choice("weighting", weighting, WEIGHTINGS)
    labels = np.asarray(groups, dtype=object)
    found = np.asarray(values, dtype=np.float64)
    if labels.shape != found.shape:
        raise ValueError(f"groups must have the length of values, got {labels.shape}")
    absent = np.array([label is None or label != label for label in labels.ravel()], dtype=bool)
    sample = left_censored(np.where(absent.reshape(found.shape), np.nan, found), censored)
    names, member = np.unique(labels[sample.kept].astype(str), return_inverse=True)
    if names.size < 2:
        raise ValueError("at least two groups are needed")
    if sample.detected.size == 0:
        raise ValueError("at least one detected value is needed")
    count = names.size
    different = np.unique(sample.detected)[::-1]
    at_risk = np.empty((different.size, count))
    events = np.empty((different.size, count))
    for k in range(count):
        mine = sample.values[member == k]
        at_risk[:, k] = np.searchsorted(np.sort(mine), different, side="right")
        mine = np.sort(sample.values[(member == k) & ~sample.censored])
        events[:, k] = np.searchsorted(mine, different, side="right") - np.searchsorted(
            mine, different
        )
    # From the largest value down the observations not above it are those at risk.
    if weighting == "peto_peto":
        weights = log_rank.event_weights(at_risk, events, "fleming_harrington", rho=1)
    elif weighting == "log_rank":
        weights = log_rank.event_weights(at_risk, events, "fleming_harrington")
    else:
        weights = log_rank.event_weights(at_risk, events, weighting)
    observed, expected, covariance = log_rank.weighted_differences(at_risk, events, weights)
    difference = (observed - expected)[:-1]
    statistic = float(
        difference @ np.linalg.pinv(covariance[:-1, :-1], hermitian=True) @ difference
    )
    return GroupsTest(
        weighting=weighting,
        groups=tuple(str(name) for name in names),
        n=np.bincount(member, minlength=count).astype(np.int64),
        n_censored=np.bincount(member[sample.censored], minlength=count).astype(np.int64),
        observed=observed,
        expected=expected,
        covariance=covariance,
        statistic=statistic,
        degrees_of_freedom=count - 1,
        p_value=float(stats.chi2.sf(statistic, count - 1)),
        n_missing=sample.missing,
    )
