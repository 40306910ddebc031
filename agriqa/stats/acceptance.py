"""Acceptance sampling by attributes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, Language, in_language, require_choice

Distribution = Literal["binomial", "hypergeometric", "poisson"]
# No plan of a larger sample is looked for.
LARGEST_SAMPLE = 10_000_000


@dataclass(frozen=True)
class SamplingPlan:
    """A single sampling plan: accept when at most so many of a sample fail.

    Attributes
    ----------
    sample_size : int
        Units to examine [count].
    acceptance_number : int
        Most failures at which the lot is accepted [count].
    producer_acceptance : float
        Probability of acceptance [0-1] at the producer's quality.
    consumer_acceptance : float
        Probability of acceptance [0-1] at the consumer's quality.
    """

    sample_size: int
    acceptance_number: int
    producer_acceptance: float
    consumer_acceptance: float

    def summary(self, language: Language = "zh") -> str:
        """Say the plan and its two risks in a sentence."""
        n, c = self.sample_size, self.acceptance_number
        producer, consumer = 1 - self.producer_acceptance, self.consumer_acceptance
        return in_language(
            language,
            zh=(
                f"抽取 {n} 个样本，不合格不超过 {c} 个即接收；"
                f"生产方风险 {producer:.1%}，使用方风险 {consumer:.1%}。"
            ),
            en=(
                f"Examine {n} units and accept if at most {c} fail; the producer's risk is"
                f" {producer:.1%}, the consumer's {consumer:.1%}."
            ),
        )


def acceptance_probability(
    proportion: npt.ArrayLike,
    sample_size: npt.ArrayLike,
    acceptance_number: npt.ArrayLike,
    *,
    distribution: Distribution = "binomial",
    lot_size: npt.ArrayLike | None = None,
) -> Floats:
    """Probability that a single sampling plan accepts: its OC curve.

    Parameters
    ----------
    proportion : array_like
        Share of units that fail [0-1]; for "poisson" failures per unit, also
        above 1. All arguments broadcast.
    sample_size, acceptance_number : array_like of int
        Units examined, and most failures at which the lot is accepted [count].
    distribution : {"binomial", "hypergeometric", "poisson"}
        "hypergeometric" samples a lot of `lot_size` without replacement; the
        lot then holds proportion x lot size failures, to the nearest unit.
    lot_size : array_like of int, optional
        Units in the lot [count]; for "hypergeometric" only.

    Returns
    -------
    ndarray of float
        Probability [0-1] of at most `acceptance_number` failures.

    Raises
    ------
    ValueError
        If a number is out of its range, the sample is larger than the lot, or
        the lot size is missing.

    References
    ----------
    Schilling and Neubauer (2017), Acceptance Sampling in Quality Control.

    Examples
    --------
    >>> acceptance_probability([0.005, 0.01, 0.02], 89, 2).round(4)
    array([0.9897, 0.9397, 0.7366])
    """
    from scipy import stats

    require_choice("distribution", distribution, ("binomial", "hypergeometric", "poisson"))
    p = np.asarray(proportion, dtype=np.float64)
    n, c = (np.asarray(v, dtype=np.float64) for v in (sample_size, acceptance_number))
    if np.any(p < 0) or (distribution != "poisson" and np.any(p > 1)):
        raise ValueError("proportion must be between 0 and 1, or not negative for 'poisson'")
    if np.any(n < 1) or np.any(c < 0) or np.any(n % 1 > 0) or np.any(c % 1 > 0):
        raise ValueError("sample_size must be whole and at least 1, acceptance_number at least 0")
    found: Floats
    if distribution == "binomial":
        found = stats.binom.cdf(c, n, p)
    elif distribution == "poisson":
        found = stats.poisson.cdf(c, n * p)
    else:
        lot = whole_lot_size(lot_size)
        if np.any(n > lot):
            raise ValueError("sample_size must not be above lot_size")
        found = stats.hypergeom.cdf(c, lot, np.rint(p * lot), n)
    return np.asarray(found, dtype=np.float64)


def double_acceptance_probability(
    proportion: npt.ArrayLike,
    sample_sizes: tuple[int, int],
    acceptance_numbers: tuple[int, int],
    *,
    rejection_number: int | None = None,
    distribution: Distribution = "binomial",
    lot_size: int | None = None,
) -> Floats:
    """Probability that a double sampling plan accepts.

    Parameters
    ----------
    proportion : array_like
        Share of units that fail, as in `acceptance_probability`.
    sample_sizes : tuple of int
        Units in the first and in the second sample [count].
    acceptance_numbers : tuple of int
        Most failures for acceptance after the first sample, and after both
        together [count].
    rejection_number : int, optional
        Failures in the first sample at which the lot is rejected at once; one
        above the second acceptance number by default.
    distribution, lot_size
        As in `acceptance_probability`.

    Returns
    -------
    ndarray of float
        Probability [0-1], of the shape of `proportion`.

    Raises
    ------
    ValueError
        If the numbers are not in order, or as `acceptance_probability` says.

    References
    ----------
    Schilling and Neubauer (2017), Acceptance Sampling in Quality Control.

    Examples
    --------
    >>> double_acceptance_probability([0.05], (50, 100), (1, 3)).round(4)
    array([0.2904])
    """
    (first, second), (accept, accept_both) = sample_sizes, acceptance_numbers
    reject = accept_both + 1 if rejection_number is None else rejection_number
    if not (accept < reject <= accept_both + 1 and second >= 1):
        raise ValueError("each stage must accept fewer failures than it rejects")
    lot = None if lot_size is None else float(lot_size)
    if lot is not None and first + second > lot:
        raise ValueError("the samples together must not be above lot_size")
    p = np.asarray(proportion, dtype=np.float64)

    def at_most(failures: int) -> Floats:
        if failures < 0:
            return np.zeros(p.shape)
        return acceptance_probability(
            p, first, failures, distribution=distribution, lot_size=lot_size
        )

    total = at_most(accept)
    for failures in range(accept + 1, min(reject, accept_both + 1)):
        left, rest = p, None
        if lot is not None and distribution == "hypergeometric":
            rest = lot - first
            # Where so many failures cannot be, the weight below is 0.
            left = np.clip((np.rint(p * lot) - failures) / rest, 0.0, 1.0)
        passes = acceptance_probability(
            left, second, accept_both - failures, distribution=distribution, lot_size=rest
        )
        total = total + (at_most(failures) - at_most(failures - 1)) * passes
    return total


def average_outgoing_quality(
    proportion: npt.ArrayLike, sample_size: int, acceptance_number: int, *, lot_size: int
) -> Floats:
    """Share of failures left when rejected lots are examined whole and put right.

    Parameters are those of `acceptance_probability` (binomial; the lot is one
    of a long series). Returns p Pa (N - n) / N [0-1].

    References
    ----------
    Montgomery, Introduction to Statistical Quality Control, chapter 15.

    Examples
    --------
    >>> round(float(average_outgoing_quality(0.01, 89, 2, lot_size=10_000)), 4)
    0.0093
    """
    accepted = acceptance_probability(proportion, sample_size, acceptance_number)
    if sample_size > lot_size:
        raise ValueError("sample_size must not be above lot_size")
    p = np.asarray(proportion, dtype=np.float64)
    return np.asarray(p * accepted * (lot_size - sample_size) / lot_size)


def average_total_inspection(
    proportion: npt.ArrayLike, sample_size: int, acceptance_number: int, *, lot_size: int
) -> Floats:
    """Units examined per lot when rejected lots are examined whole.

    Parameters are those of `average_outgoing_quality`. Returns
    n + (1 - Pa) (N - n) [count].

    References
    ----------
    Montgomery, Introduction to Statistical Quality Control, chapter 15.

    Examples
    --------
    >>> round(float(average_total_inspection(0.01, 89, 2, lot_size=10_000)))
    687
    """
    accepted = acceptance_probability(proportion, sample_size, acceptance_number)
    if sample_size > lot_size:
        raise ValueError("sample_size must not be above lot_size")
    return np.asarray(sample_size + (1 - accepted) * (lot_size - sample_size))


def find_plan(
    producer: tuple[float, float],
    consumer: tuple[float, float],
    *,
    distribution: Distribution = "binomial",
    lot_size: int | None = None,
) -> SamplingPlan:
    """Smallest single sampling plan that keeps both parties' risk.

    Parameters
    ----------
    producer : tuple of float
        Share of failures [0-1] that should pass, and the least probability of
        acceptance at it [0-1], such as (0.01, 0.95).
    consumer : tuple of float
        Share of failures that should not pass, and the most probability of
        acceptance at it, such as (0.08, 0.10).
    distribution, lot_size
        As in `acceptance_probability`.

    Returns
    -------
    SamplingPlan
        Of the smallest sample, and its smallest acceptance number.

    Raises
    ------
    ValueError
        If the points are not in order or no plan keeps both.

    References
    ----------
    Guenther (1969), J. Quality Technology 1; R package AcceptanceSampling.

    Examples
    --------
    >>> plan = find_plan((0.05, 0.95), (0.15, 0.075))
    >>> plan.sample_size, plan.acceptance_number
    (80, 7)
    """
    (good, least), (bad, most) = producer, consumer
    if not (0 <= good < bad and 0 < most < least < 1):
        raise ValueError(
            "the consumer's share must be above the producer's, its probability below, and"
            " both probabilities between 0 and 1"
        )

    def accepted(share: float) -> Callable[[int, int], float]:
        return lambda n, c: float(
            acceptance_probability(share, n, c, distribution=distribution, lot_size=lot_size)
        )

    largest = LARGEST_SAMPLE
    if distribution == "hypergeometric":
        largest = int(whole_lot_size(lot_size))
    n, c = smallest_plan(accepted(good), least, accepted(bad), most, largest=largest)
    return SamplingPlan(n, c, accepted(good)(n, c), accepted(bad)(n, c))


def smallest_plan(
    accept_good: Callable[[int, int], float],
    least: float,
    accept_bad: Callable[[int, int], float],
    most: float,
    *,
    largest: int,
) -> tuple[int, int]:
    """Smallest sample n, with its c, that accepts the good and not the bad.

    Parameters
    ----------
    accept_good, accept_bad : callable
        Probability of acceptance given n and c, falling with n and rising with c.
    least, most : float
        Least probability for the good, most for the bad [0-1].
    largest : int
        Largest n to look at.

    Returns
    -------
    n, c : int

    Raises
    ------
    ValueError
        If no n up to `largest` will do.

    Examples
    --------
    >>> smallest_plan(lambda n, c: 1.0, 0.9, lambda n, c: 0.5**n, 0.1, largest=50)
    (4, 0)
    """
    # The bad asks for more units the higher c is, the good for a higher c the more units
    # there are: raising each as far as the other asks ends at the smallest of both.
    refusal = ValueError(f"no sample of up to {largest} units keeps both risks")

    def refuses(c: int) -> Callable[[int], bool]:
        return lambda n: accept_bad(n, c) <= most

    def admits(n: int) -> Callable[[int], bool]:
        return lambda c: accept_good(n, c) >= least

    n, c = 1, 0
    while True:
        n_needed = _first(refuses(c), n, largest)
        if n_needed is None:
            raise refusal
        n = n_needed
        if accept_good(n, c) >= least:
            return n, c
        c_needed = _first(admits(n), c, n)
        if c_needed is None:
            raise refusal
        c = c_needed


def _first(holds: Callable[[int], bool], start: int, last: int) -> int | None:
    """Find the first number from start to last from which on a condition holds."""
    low, high, step = start, start, 1
    while not holds(high):
        if high >= last:
            return None
        low, high, step = high + 1, min(high + step, last), 2 * step
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return high


def whole_lot_size(lot_size: npt.ArrayLike | None) -> Floats:
    """Check that a lot size is there and whole.

    Examples
    --------
    >>> whole_lot_size(500)
    array(500.)
    """
    if lot_size is None:
        raise ValueError("lot_size is needed where the lot is sampled without replacement")
    lot = np.asarray(lot_size, dtype=np.float64)
    if np.any(~(lot >= 1)) or np.any(lot != np.rint(lot)):
        raise ValueError("lot_size must be a whole number of at least 1")
    return lot
