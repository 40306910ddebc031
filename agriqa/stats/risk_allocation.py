"""Allocation of a sample in a risk-based and a random part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agriqa.stats.allocation import proportional_allocation, strata_values
from agriqa.stats.checks import Integers, Language, in_language


def risk_share(total: int, *, share: float = 0.75) -> tuple[int, int]:
    """Split a sample into a risk-based and a random part.

    Parameters
    ----------
    total : int
        Units in all [count].
    share : float
        Share of the risk-based part [0-1]; a half unit goes to the random part.

    Returns
    -------
    risk_based, random : int

    Raises
    ------
    ValueError
        If a number is out of its range.

    Examples
    --------
    >>> risk_share(1000), risk_share(10)
    ((750, 250), (7, 3))
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share must be between 0 and 1, got {share}")
    if total != int(total) or total < 0:
        raise ValueError(f"total must be a whole number, not negative, got {total}")
    risk_based = int(np.ceil(round(total * share - 0.5, 9)))
    return risk_based, int(total) - risk_based


@dataclass(frozen=True)
class RiskAllocation:
    """A sample in a random part, which yields unbiased rates, and a risk-based one.

    Attributes
    ----------
    random, risk_based : ndarray of int, shape (strata,)
        Units of each stratum in either part [count].
    """

    random: Integers
    risk_based: Integers

    @property
    def total(self) -> Integers:
        """Units of each stratum in both parts, shape (strata,)."""
        return self.random + self.risk_based

    def summary(self, language: Language = "zh") -> str:
        """Say in a sentence how large the two parts are."""
        risk, random = int(self.risk_based.sum()), int(self.random.sum())
        return in_language(
            language,
            zh=f"共 {risk + random} 个样本：风险抽样 {risk} 个，随机抽样 {random} 个。",
            en=f"Of {risk + random} units {risk} are chosen by risk and {random} at random.",
        )


def risk_based_allocation(
    total: int,
    population: npt.ArrayLike,
    risk: npt.ArrayLike,
    *,
    share: float = 0.75,
    minimum: npt.ArrayLike = 0,
) -> RiskAllocation:
    """Allocate a random part by population and the rest by population times risk.

    Parameters
    ----------
    total : int
        Units in all [count].
    population, risk : array_like, shape (strata,)
        Units in each stratum [count], and its risk weight, not negative.
    share : float
        Share of the risk-based part [0-1].
    minimum : array_like of int
        Least units of the random part in each stratum [count].

    Returns
    -------
    RiskAllocation
        Together no stratum is given more than its population.

    Raises
    ------
    ValueError
        As `allocate` does.

    Examples
    --------
    >>> found = risk_based_allocation(40, [100, 100], [3, 1])
    >>> found.random, found.risk_based
    (array([5, 5]), array([23,  7]))
    """
    by_risk, at_random = risk_share(total, share=share)
    random = proportional_allocation(at_random, population, minimum=minimum)
    left = strata_values(population, "population") - random
    return RiskAllocation(
        random, proportional_allocation(by_risk, population, risk=risk, maximum=left)
    )
