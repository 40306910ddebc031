"""Samples that show that failures are absent, or rarer than a given share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from agriqa.stats.acceptance import LARGEST_SAMPLE, smallest_plan, whole_lot_size
from agriqa.stats.checks import (
    Floats,
    Integers,
    Language,
    in_language,
    require_choice,
    require_confidence,
)

Rounding = Literal["up", "nearest", "down"]


@dataclass(frozen=True)
class FreedomPlan:
    """A survey that tells a population with failures from one without.

    Attributes
    ----------
    sample_size : int
        Units to test [count].
    cut_point : int
        Positive results from which on the population is held to have failures.
    detection : float
        Probability of reaching the cut point at the design prevalence [0-1].
    acquittal : float
        Probability of staying below it where there are no failures [0-1].
    """

    sample_size: int
    cut_point: int
    detection: float
    acquittal: float

    def summary(self, language: Language = "zh") -> str:
        """Say the plan and what it finds in a sentence."""
        n, cut = self.sample_size, self.cut_point
        return in_language(
            language,
            zh=(
                f"检测 {n} 个样本，阳性达到 {cut} 个即判定存在；"
                f"检出概率 {self.detection:.1%}，不误判概率 {self.acquittal:.1%}。"
            ),
            en=(
                f"Test {n} units and hold failures to be present from {cut} positive results on;"
                f" they are found with {self.detection:.1%}, absence is recognised with"
                f" {self.acquittal:.1%} probability."
            ),
        )


def zero_acceptance_sample_size(
    proportion: npt.ArrayLike,
    *,
    confidence: float = 0.95,
    lot_size: npt.ArrayLike | None = None,
    rounding: Rounding = "up",
) -> Integers:
    """Units to examine so that at least one failure shows, if so many are there.

    Parameters
    ----------
    proportion : array_like
        Share of failures to be detected [above 0, to 1]; broadcasts.
    confidence : float
        Probability of at least one failure in the sample [0-1].
    lot_size : array_like of int, optional
        Units in the lot, sampled without replacement; unlimited by default.
    rounding : {"up", "nearest", "down"}
        How proportion x lot size is made a whole number of failures (at
        least one). Fewer failures ask for a larger sample.

    Returns
    -------
    ndarray of int
        ceil(ln(1 - confidence) / ln(1 - proportion)), or with a lot size the
        smallest n at which the hypergeometric probability of no failure is at
        most 1 - confidence.

    Raises
    ------
    ValueError
        If a number is out of its range.

    References
    ----------
    Schilling and Neubauer (2017); Cannon (2001), Prev. Vet. Med. 49.

    Examples
    --------
    >>> zero_acceptance_sample_size([0.01, 0.05])
    array([299,  59])
    >>> int(zero_acceptance_sample_size(0.01, lot_size=500))
    225
    """
    from scipy.special import gammaln

    p = np.asarray(proportion, dtype=np.float64)
    if np.any(~((p > 0) & (p <= 1))):
        raise ValueError("proportion must be above 0 and at most 1")
    require_confidence(confidence)
    # Rounding must not ask for a unit more where the limit is met exactly.
    target = np.log1p(-confidence) + 1e-10
    if lot_size is None:
        with np.errstate(divide="ignore"):
            sizes = np.ceil(np.maximum(target / np.log1p(-p), 1.0) - 1e-10)
        return np.asarray(sizes, dtype=np.int64)
    lot, failures = np.broadcast_arrays(
        whole_lot_size(lot_size), failures_in_lot(p, lot_size, rounding)
    )
    good = lot - failures
    low, high = np.ones(lot.shape), good + 1
    while np.any(low < high):
        middle = np.floor((low + high) / 2)
        inside = np.minimum(middle, good)
        none = gammaln(good + 1) - gammaln(good - inside + 1)
        none = none - gammaln(lot + 1) + gammaln(lot - inside + 1)
        enough = (middle > good) | (none <= target)
        low, high = np.where(enough, low, middle + 1), np.where(enough, middle, high)
        high = np.maximum(low, high)
    return np.asarray(high, dtype=np.int64)


def failures_in_lot(
    proportion: npt.ArrayLike, lot_size: npt.ArrayLike, rounding: Rounding = "up"
) -> Floats:
    """Whole number of failures that a share of a lot stands for, at least one.

    Parameters are those of `zero_acceptance_sample_size`.

    Examples
    --------
    >>> failures_in_lot(0.05, 65), failures_in_lot(0.05, 65, "nearest")
    (array(4.), array(3.))
    """
    ways = {"up": np.ceil, "nearest": np.rint, "down": np.floor}
    require_choice("rounding", rounding, ways)
    lot = whole_lot_size(lot_size)
    # 0.07 x 100 is a little above 7.
    expected = np.round(np.asarray(proportion, dtype=np.float64) * lot, 9)
    return np.asarray(np.clip(ways[rounding](expected), 1.0, lot))


def freedom_sample_size(
    prevalence: npt.ArrayLike,
    *,
    confidence: npt.ArrayLike = 0.95,
    sensitivity: npt.ArrayLike = 1.0,
    population: npt.ArrayLike | None = None,
) -> Floats:
    """Units to test to detect failures with a test that misses some of them.

    The test gives no false positives. In a finite population this is the usual
    approximation to the hypergeometric distribution; `zero_acceptance_sample_size`
    is exact for a perfect test, and `freedom_plan` for an imperfect one.

    Parameters
    ----------
    prevalence : array_like
        Design prevalence [above 0, to 1]; all arguments broadcast.
    confidence : array_like
        Probability of a positive result at the design prevalence [0-1].
    sensitivity : array_like
        Probability that a failure tests positive [above 0, to 1].
    population : array_like, optional
        Units in the population; unlimited where missing.

    Returns
    -------
    ndarray of float
        Whole numbers; missing where testing the whole population is not enough.

    Raises
    ------
    ValueError
        If a number is out of its range.

    References
    ----------
    MacDiarmid (1988), N.Z. Vet. J. 36; R package RSurveillance, n.freedom.

    Examples
    --------
    >>> freedom_sample_size(0.01, population=[100, 500, np.nan])
    array([ 95., 226., 299.])
    """
    p, level, found, units = np.broadcast_arrays(
        *(np.asarray(v, dtype=np.float64) for v in (prevalence, confidence, sensitivity)),
        np.asarray(np.nan if population is None else population, dtype=np.float64),
    )
    if np.any(~((p > 0) & (p <= 1))) or np.any(~((found > 0) & (found <= 1))):
        raise ValueError("prevalence and sensitivity must be above 0 and at most 1")
    if np.any(~((level > 0) & (level < 1))):
        raise ValueError("confidence must be between 0 and 1")
    known = np.isfinite(units)
    size = np.where(known, units, 1.0)
    failures = failures_in_lot(p, size)
    with np.errstate(divide="ignore"):
        unlimited = np.maximum(np.log1p(-level) / np.log1p(-p * found), 1.0)
    finite = size / found * -np.expm1(np.log1p(-level) / failures)
    needed = np.ceil(np.where(known, finite, unlimited) - 1e-9)
    return np.where(known & (needed > size), np.nan, needed)


def detection_probability(
    sample_size: int,
    cut_point: int = 1,
    *,
    prevalence: float,
    sensitivity: float = 1.0,
    specificity: float = 1.0,
    population: int | None = None,
    rounding: Rounding = "nearest",
) -> float:
    """Probability that a sample has at least so many positive results.

    Parameters
    ----------
    sample_size : int
        Units tested [count].
    cut_point : int
        Positive results looked for [count], at least 1.
    prevalence : float
        Share of the population that fails [0-1].
    sensitivity, specificity : float
        Probability of a positive result for a failure, and of a negative one
        for any other unit [0-1].
    population : int, optional
        Units in the population, sampled without replacement; unlimited by default.
    rounding : {"nearest", "up", "down"}
        How prevalence x population is made a whole number, at least one unless
        the prevalence is 0.

    Returns
    -------
    float
        Probability [0-1]; with a population, by the modified hypergeometric formula.

    Raises
    ------
    ValueError
        If a number is out of its range.

    References
    ----------
    Cameron and Baldock (1998), A new probability formula for surveys to
    substantiate freedom from disease, Prev. Vet. Med. 34: 1-17.

    Examples
    --------
    >>> round(detection_probability(
    ...     10, prevalence=0.05, sensitivity=0.95, specificity=0.99, population=65), 7)
    0.4411522
    """
    from scipy import stats

    if not all(0 <= share <= 1 for share in (prevalence, sensitivity, specificity)):
        raise ValueError("prevalence, sensitivity and specificity must be between 0 and 1")
    if sample_size < 1 or cut_point < 1:
        raise ValueError("sample_size and cut_point must be at least 1")
    if population is None:
        positive = prevalence * sensitivity + (1 - prevalence) * (1 - specificity)
        return float(stats.binom.sf(cut_point - 1, sample_size, positive))
    if sample_size > population:
        raise ValueError("sample_size must not be above population")
    failing = float(failures_in_lot(prevalence, population, rounding)) if prevalence else 0.0
    fewest = max(0, sample_size - population + int(failing))
    drawn = np.arange(fewest, min(sample_size, int(failing)) + 1)
    weights = stats.hypergeom.pmf(drawn, population, failing, sample_size)
    # What is all but impossible costs time and adds nothing.
    drawn, weights = drawn[weights > 1e-15, None], weights[weights > 1e-15]
    true = np.arange(cut_point)[None, :]
    # Fewer than the cut point: so many true positives, and no more false ones than are left.
    below = stats.binom.pmf(true, drawn, sensitivity) * stats.binom.cdf(
        cut_point - 1 - true, sample_size - drawn, 1 - specificity
    )
    return float(np.clip(1 - weights @ below.sum(axis=1), 0.0, 1.0))


def freedom_plan(
    prevalence: float,
    *,
    sensitivity: float = 1.0,
    specificity: float = 1.0,
    population: int | None = None,
    detection: float = 0.95,
    acquittal: float = 0.95,
    rounding: Rounding = "nearest",
) -> FreedomPlan:
    """Smallest survey that finds failures and does not see them where there are none.

    Parameters
    ----------
    prevalence, sensitivity, specificity, population, rounding
        As in `detection_probability`.
    detection : float
        Least probability of reaching the cut point at the design prevalence [0-1].
    acquittal : float
        Least probability of staying below it at a prevalence of 0 [0-1].

    Returns
    -------
    FreedomPlan

    Raises
    ------
    ValueError
        If a number is out of its range, a failure is no more likely to test
        positive than another unit, or no sample keeps both probabilities.

    References
    ----------
    Cameron and Baldock (1998), Prev. Vet. Med. 34: 1-17 (FreeCalc).

    Examples
    --------
    >>> plan = freedom_plan(0.05, sensitivity=0.95, specificity=0.98, population=5000)
    >>> plan.sample_size, plan.cut_point
    (194, 8)
    """
    if not (0 < detection < 1 and 0 < acquittal < 1):
        raise ValueError("detection and acquittal must be between 0 and 1")
    if not prevalence > 0 or sensitivity <= 1 - specificity:
        raise ValueError("prevalence must be above 0 and sensitivity above 1 - specificity")

    def reaching(share: float, n: int, c: int) -> float:
        return detection_probability(
            n,
            c + 1,
            prevalence=share,
            sensitivity=sensitivity,
            specificity=specificity,
            population=population,
            rounding=rounding,
        )

    n, c = smallest_plan(
        lambda n, c: 1 - reaching(0.0, n, c),
        acquittal,
        lambda n, c: 1 - reaching(prevalence, n, c),
        1 - detection,
        largest=LARGEST_SAMPLE if population is None else population,
    )
    return FreedomPlan(n, c + 1, reaching(prevalence, n, c), 1 - reaching(0.0, n, c))
