"""Kaplan-Meier estimate of the distribution of left-censored values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from agriqa.stats.censored.observations import left_censored
from agriqa.stats.checks import (
    Floats,
    Integers,
    Language,
    in_language,
    require_choice,
    require_confidence,
)

ResidualMass = Literal["smallest_detected", "smallest_value"]
UpperLimit = Literal["t", "z", "chebyshev"]


@dataclass(frozen=True)
class KaplanMeier:
    """Product-limit estimate of a distribution from left-censored values.

    Attributes
    ----------
    values : ndarray of float, shape (m,)
        Different detected values, ascending [unit of the input].
    at_risk : ndarray of int, shape (m,)
        Observations, detected or not, at or below each value [count].
    events : ndarray of int, shape (m,)
        Observations detected at each value [count].
    below : ndarray of float, shape (m,)
        P(X < value) [0-1].
    at_or_below : ndarray of float, shape (m,)
        P(X <= value), the empirical distribution function [0-1].
    residual : float
        Probability below the smallest detected value [0-1].
    residual_at : float
        Where the moments put the residual [unit of the input].
    mean : float
        Mean, with the residual at `residual_at`; NaN without a detected value.
    standard_error : float
        Standard error of the mean; NaN with fewer than two detected values.
    sd : float
        Standard deviation of the estimated distribution (EnvStats, ProUCL).
    sd_from_standard_error : float
        sqrt(n) times the standard error: what R's NADA prints as sd.
    n, n_censored, n_missing : int
        Observations used, those of them censored, and those left out [count].
    """

    values: Floats
    at_risk: Integers
    events: Integers
    below: Floats
    at_or_below: Floats
    residual: float
    residual_at: float
    mean: float
    standard_error: float
    sd: float
    sd_from_standard_error: float
    n: int
    n_censored: int
    n_missing: int

    @property
    def median(self) -> float:
        """The median; NaN where it lies in the residual."""
        return float(self.quantile(0.5))

    def quantile(self, probability: npt.ArrayLike) -> Floats:
        """Smallest value whose cumulative probability reaches `probability`.

        Parameters
        ----------
        probability : array_like of float
            Probabilities in (0, 1).

        Returns
        -------
        ndarray of float, of the same shape
            NaN where the quantile is only known to lie below the smallest
            detected value (probability at or under `residual`).

        Raises
        ------
        ValueError
            If a probability is outside (0, 1).
        """
        wanted = np.asarray(probability, dtype=np.float64)
        if not np.all((wanted > 0) & (wanted < 1)):
            raise ValueError("probability must be between 0 and 1")
        if self.values.size == 0:
            return np.full(wanted.shape, np.nan)
        # The products carry rounding: a step that reaches the level counts.
        position = np.searchsorted(self.at_or_below, wanted - 1e-12)
        found = self.values[np.minimum(position, self.values.size - 1)]
        return np.where(wanted <= self.residual + 1e-12, np.nan, found)

    def probability_below(self, value: npt.ArrayLike) -> Floats:
        """P(X <= value); NaN below the smallest detected value if mass lies there.

        Parameters
        ----------
        value : array_like of float
            Values [unit of the input].

        Returns
        -------
        ndarray of float, of the same shape
        """
        wanted = np.asarray(value, dtype=np.float64)
        position = np.searchsorted(self.values, wanted, side="right")
        unknown = np.nan if self.residual > 0 or self.values.size == 0 else 0.0
        return np.concatenate([[unknown], self.at_or_below])[position]

    def upper_confidence_limit(
        self, *, confidence: float = 0.95, method: UpperLimit = "t"
    ) -> float:
        """One-sided upper confidence limit of the mean.

        Parameters
        ----------
        confidence : float
            One-sided level, between 0 and 1.
        method : {"t", "z", "chebyshev"}
            Student with n - 1 degrees of freedom (ProUCL's KM (t)), normal
            (NADA), or Chebyshev's inequality (ProUCL's KM (Chebyshev)).

        Returns
        -------
        float

        Raises
        ------
        ValueError
            If the level or the method is not allowed.
        """
        from scipy import stats

        require_confidence(confidence)
        require_choice("method", method, ("t", "z", "chebyshev"))
        if method == "chebyshev":
            factor = float(np.sqrt(1 / (1 - confidence) - 1))
        elif method == "t":
            factor = float(stats.t.ppf(confidence, self.n - 1)) if self.n > 1 else np.nan
        else:
            factor = float(stats.norm.ppf(confidence))
        return self.mean + factor * self.standard_error

    def summary(self, language: Language = "zh") -> str:
        """One or two plain sentences with the numbers in them."""
        share = 100 * self.n_censored / self.n
        if self.values.size == 0:
            return in_language(
                language,
                zh=f"{self.n}个数据全部低于检出限，无法估计均值和中位数。",
                en=f"All {self.n} values are below their limits; nothing can be estimated.",
            )
        chinese, english = f"为{self.median:.4g}", f"{self.median:.4g}"
        if np.isnan(self.median):
            chinese, english = "低于最小检出值", "below the smallest detected value"
        return in_language(
            language,
            zh=(
                f"{self.n}个数据中{share:.1f}%未检出；"
                f"Kaplan-Meier均值{self.mean:.4g}，中位数{chinese}。"
            ),
            en=(
                f"{share:.1f}% of {self.n} values are censored; "
                f"the Kaplan-Meier mean is {self.mean:.4g}, the median {english}."
            ),
        )


def kaplan_meier(
    values: npt.ArrayLike,
    censored: npt.ArrayLike,
    *,
    residual_mass: ResidualMass = "smallest_detected",
    correct_standard_error: bool = True,
) -> KaplanMeier:
    """Kaplan-Meier estimate for left-censored values, by flipping.

    Any number of limits is allowed. A limit equal to a detected value lies
    below it.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        Value where detected, limit where censored; NaN is left out.
    censored : array_like of bool, shape (n,)
        True where only known to lie below `values`.
    residual_mass : {"smallest_detected", "smallest_value"}
        Where the moments put the probability below the smallest detected
        value: at that value (R's NADA), or at the smallest of all values and
        limits (Efron; ProUCL, EnvStats, NADA2). Quantiles do not depend on it.
    correct_standard_error : bool
        Multiply the variance of the mean by d / (d - 1), d the number detected
        (NADA, ProUCL).

    Returns
    -------
    KaplanMeier
        With no value detected the estimates are NaN.

    Raises
    ------
    ValueError
        If lengths differ, no value is left, or an option is not allowed.

    References
    ----------
    Helsel (2012), Statistics for Censored Environmental Data, 2nd ed., ch. 6;
    Kaplan and Meier (1958), J. Am. Stat. Assoc. 53.

    Examples
    --------
    >>> fit = kaplan_meier([1.0, 1.0, 3.0, 4.0], [True, False, False, False])
    >>> fit.mean, fit.median
    (2.25, 1.0)
    """
    require_choice("residual_mass", residual_mass, ("smallest_detected", "smallest_value"))
    sample = left_censored(values, censored)
    n, n_censored = sample.values.size, int(sample.censored.sum())
    different, events = np.unique(sample.detected, return_counts=True)
    at_risk = np.searchsorted(np.sort(sample.values), different, side="right")
    # Counted from the top, each step keeps the share of those at risk that lie lower.
    below = np.asarray(np.cumprod((1 - events / at_risk)[::-1])[::-1], np.float64)
    at_or_below = np.asarray(np.append(below[1:], 1.0) if different.size else below, np.float64)
    residual = float(below[0]) if different.size else 1.0
    place = float(different[0] if different.size else sample.values.min())
    if residual_mass == "smallest_value":
        place = min(place, float(sample.values.min()))
    mean = standard_error = sd = np.nan
    if different.size:
        points = np.concatenate([[place], different])
        masses = np.concatenate([[residual], at_or_below - below])
        mean = float(points @ masses)
        sd = float(np.sqrt(masses @ (points - mean) ** 2))
    if n - n_censored > 1:
        standard_error = _standard_error(different, events, at_risk, below, place)
        if correct_standard_error:
            standard_error *= np.sqrt((n - n_censored) / (n - n_censored - 1))
    return KaplanMeier(
        values=different,
        at_risk=at_risk.astype(np.int64),
        events=events.astype(np.int64),
        below=below,
        at_or_below=at_or_below,
        residual=residual,
        residual_at=place,
        mean=mean,
        standard_error=float(standard_error),
        sd=sd,
        sd_from_standard_error=float(np.sqrt(n) * standard_error),
        n=n,
        n_censored=n_censored,
        n_missing=sample.missing,
    )


def _standard_error(
    values: Floats,
    events: Integers,
    at_risk: Integers,
    below: Floats,
    place: float,
) -> float:
    """Greenwood's standard error of the mean: areas under the curve below each step."""
    steps = np.diff(np.concatenate([[place], values]))
    areas = np.cumsum(steps * below)
    lower = at_risk - events
    # With nobody left below, the smallest value carries no variance (and no area).
    terms = np.where(lower > 0, events / (at_risk * np.maximum(lower, 1)), 0.0)
    return float(np.sqrt(np.sum(areas**2 * terms)))
