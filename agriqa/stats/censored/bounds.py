"""Substitution bounds: lower, middle and upper bound of non-detects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, Language, in_language, require_confidence
from agriqa.stats.proportions import wilson_interval

STATUSES = ("detected", "not_quantified", "not_detected")


@dataclass(frozen=True)
class SubstitutionBounds:
    """Means with the censored values put at their lower, middle and upper bounds.

    Attributes
    ----------
    lower, middle, upper : ndarray of float, shape (n,)
        Values with substitutes; NaN where missing [unit of the input].
    lower_mean, middle_mean, upper_mean : float
        Their means.
    censored_share : float
        Share of the values not missing that are censored [0-1].
    share_low, share_high : float
        Wilson interval of that share [0-1].
    reported : str
        "middle" where the share allows the middle bound, else "lower_upper".
    n, n_censored, n_missing : int
        Values used, those of them censored, and those missing [count].
    """

    lower: Floats
    middle: Floats
    upper: Floats
    lower_mean: float
    middle_mean: float
    upper_mean: float
    censored_share: float
    share_low: float
    share_high: float
    reported: str
    n: int
    n_censored: int
    n_missing: int

    @property
    def mean(self) -> tuple[float, float]:
        """The mean to report, as a pair: twice the middle bound, or lower and upper."""
        if self.reported == "middle":
            return self.middle_mean, self.middle_mean
        return self.lower_mean, self.upper_mean

    def summary(self, language: Language = "zh") -> str:
        """One plain sentence with the numbers in it."""
        share, (low, high) = 100 * self.censored_share, self.mean
        chinese, english = f"均值（中界）{low:.4g}", f"the middle-bound mean is {low:.4g}"
        if self.reported != "middle":
            chinese = f"均值在{low:.4g}（下界）至{high:.4g}（上界）之间"
            english = f"the mean lies between {low:.4g} (lower bound) and {high:.4g} (upper bound)"
        return in_language(
            language,
            zh=f"{self.n}个数据中{share:.1f}%未检出，{chinese}。",
            en=f"{share:.1f}% of {self.n} values are censored; {english}.",
        )


def substitution_bounds(
    values: npt.ArrayLike,
    status: npt.ArrayLike,
    *,
    detection_limit: npt.ArrayLike | None = None,
    quantification_limit: npt.ArrayLike | None = None,
    fraction: float = 0.5,
    middle_up_to: float = 0.6,
    confidence: float = 0.95,
) -> SubstitutionBounds:
    """Lower-, middle- and upper-bound values of left-censored data.

    A value not detected lies between 0 and its detection limit (LOD), one not
    quantified between the LOD and the limit of quantification (LOQ). The
    lower and upper bounds are the ends of that interval, the middle bound
    lies the `fraction` of the way up: f LOD, or LOD + f (LOQ - LOD). Where a
    value has only one of the limits, that one is used: not detected without
    LOD lies below the LOQ, not quantified without LOD between 0 and the LOQ.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        Measured values; read only where detected, where NaN means missing.
    status : array_like of str or bool, shape (n,)
        "detected", "not_quantified" or "not_detected"; true and false stand
        for not detected and detected.
    detection_limit, quantification_limit : array_like of float, optional
        LOD and LOQ, one for all or shape (n,); NaN for none.
    fraction : float
        Place of the middle bound in the interval [0-1].
    middle_up_to : float
        Largest share censored with which the middle bound is reported [0-1].
    confidence : float
        Two-sided level of the interval of the share.

    Returns
    -------
    SubstitutionBounds

    Raises
    ------
    ValueError
        If lengths differ, a status is unknown, a censored value has no limit,
        a value or limit is negative or infinite, an LOD exceeds its LOQ, an
        option is outside its range, or every value is missing.

    References
    ----------
    MCRA reference manual (RIVM), replacement of left-censored values; GEMS/Food-EURO
    (1995), second workshop on reliable evaluation of low-level contamination.

    Examples
    --------
    >>> found = substitution_bounds([2.0, 0.0], [False, True], detection_limit=1.0)
    >>> found.lower_mean, found.middle_mean, found.upper_mean
    (1.0, 1.25, 1.5)
    """
    require_confidence(confidence)
    for name, value in (("fraction", fraction), ("middle_up_to", middle_up_to)):
        if not 0 <= value <= 1:
            raise ValueError(f"{name} must be between 0 and 1, got {value}")
    found = np.asarray(values, dtype=np.float64)
    states = _states(status)
    if found.ndim != 1 or found.shape != states.shape:
        raise ValueError(
            f"values and status must be one-dimensional and of one length, "
            f"got {found.shape} and {states.shape}"
        )
    lod, loq = _limits(detection_limit, found), _limits(quantification_limit, found)
    if np.any(lod > loq):
        raise ValueError("a detection limit must not exceed its quantification limit")
    absent, between = states == "not_detected", states == "not_quantified"
    if np.any((found < 0) | np.isinf(found), where=~(absent | between)):
        raise ValueError("values must not be negative or infinite")
    low = np.where(between, np.where(np.isnan(lod), 0.0, lod), np.where(absent, 0.0, found))
    top = np.where(absent, np.where(np.isnan(lod), loq, lod), np.where(between, loq, found))
    if np.any(np.isnan(top) & (absent | between)):
        raise ValueError(
            "a value not detected needs a detection or quantification limit, "
            "one not quantified a quantification limit"
        )
    middle = low + fraction * (top - low)
    known = ~np.isnan(top)
    n, n_censored = int(known.sum()), int((absent | between).sum())
    if n == 0:
        raise ValueError("at least one value must not be missing")
    share = n_censored / n
    share_low, share_high = wilson_interval(n_censored, n, confidence=confidence)
    return SubstitutionBounds(
        lower=low,
        middle=middle,
        upper=top,
        lower_mean=float(low[known].mean()),
        middle_mean=float(middle[known].mean()),
        upper_mean=float(top[known].mean()),
        censored_share=share,
        share_low=float(share_low),
        share_high=float(share_high),
        reported="middle" if share <= middle_up_to else "lower_upper",
        n=n,
        n_censored=n_censored,
        n_missing=int(np.count_nonzero(~known)),
    )


def _states(status: npt.ArrayLike) -> npt.NDArray[np.object_]:
    given = np.asarray(status)
    if given.dtype == np.bool_:
        return np.where(given, "not_detected", "detected").astype(object)
    states = given.astype(object)
    unknown = sorted({str(state) for state in states.ravel()} - set(STATUSES))
    if unknown:
        raise ValueError(f"status must be one of {', '.join(STATUSES)}, got {unknown[0]!r}")
    return states


def _limits(limit: npt.ArrayLike | None, values: Floats) -> Floats:
    if limit is None:
        return np.full(values.shape, np.nan)
    given = np.asarray(limit, dtype=np.float64)
    if given.shape not in ((), values.shape):
        raise ValueError(f"limits must be one number or as long as values, got {given.shape}")
    if np.any((given < 0) | np.isinf(given)):
        raise ValueError("limits must not be negative or infinite")
    return np.broadcast_to(given, values.shape)
