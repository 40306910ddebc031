"""Kaplan-Meier estimates of many groups of left-censored values at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from agriqa.stats.censored.kaplan_meier import ResidualMass
from agriqa.stats.censored.observations import left_censored
from agriqa.stats.checks import Floats, Integers, require_choice


@dataclass(frozen=True)
class GroupedKaplanMeier:
    """Product-limit estimates of k groups of left-censored values.

    Attributes
    ----------
    groups : ndarray, shape (k,)
        The groups, sorted.
    mean : ndarray of float, shape (k,)
        Means [unit of the input]; NaN for a group without a detected value.
    probabilities : tuple of float, length q
        The cumulative probabilities asked for.
    quantiles : ndarray of float, shape (k, q)
        Their quantiles [unit of the input]; NaN where only known to lie below
        the smallest detected value.
    residual : ndarray of float, shape (k,)
        Probability below the smallest detected value [0-1].
    n, n_censored : ndarray of int, shape (k,)
        Observations, and those of them censored [count].
    """

    groups: npt.NDArray[Any]
    mean: Floats
    probabilities: tuple[float, ...]
    quantiles: Floats
    residual: Floats
    n: Integers
    n_censored: Integers


def grouped_kaplan_meier(
    values: npt.ArrayLike,
    censored: npt.ArrayLike,
    groups: npt.ArrayLike,
    *,
    counts: npt.ArrayLike | None = None,
    probabilities: Sequence[float] = (),
    residual_mass: ResidualMass = "smallest_detected",
) -> GroupedKaplanMeier:
    """Kaplan-Meier means and quantiles of each group, as `kaplan_meier` gives for one.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        Value where detected, limit where censored; NaN is left out.
    censored : array_like of bool, shape (n,)
        True where only known to lie below `values`.
    groups : array_like, shape (n,)
        Group of each observation; labels that can be sorted.
    counts : array_like of int, shape (n,), optional
        How many equal observations each row stands for; 1 by default.
    probabilities : sequence of float
        Cumulative probabilities in (0, 1) whose quantiles are wanted.
    residual_mass : {"smallest_detected", "smallest_value"}
        Where the mean puts the probability below the smallest detected value,
        see `kaplan_meier`.

    Returns
    -------
    GroupedKaplanMeier

    Raises
    ------
    ValueError
        If lengths differ, no value is left, a count is not a whole number of at
        least 1, a probability is outside (0, 1), or the option is not allowed.

    References
    ----------
    Helsel (2012), Statistics for Censored Environmental Data, 2nd ed., ch. 6.

    Examples
    --------
    >>> found = grouped_kaplan_meier([1.0, 1.0, 4.0, 8.0], [1, 0, 0, 0], [1, 1, 1, 2])
    >>> found.mean.tolist()
    [2.0, 8.0]
    """
    import pandas as pd

    require_choice("residual_mass", residual_mass, ("smallest_detected", "smallest_value"))
    wanted = tuple(float(one) for one in probabilities)
    if not all(0 < one < 1 for one in wanted):
        raise ValueError("probabilities must be between 0 and 1")
    sample = left_censored(values, censored)
    labels = np.asarray(groups)
    repeats = np.ones(labels.shape, np.int64) if counts is None else np.asarray(counts)
    if labels.shape != sample.kept.shape or repeats.shape != sample.kept.shape:
        raise ValueError("groups and counts must have the length of values")
    if np.any(repeats < 1) or np.any(repeats != np.floor(repeats)):
        raise ValueError("counts must be whole numbers of at least 1")
    names, member = np.unique(labels[sample.kept], return_inverse=True)
    order = np.lexsort((sample.values, member))
    value, member = sample.values[order], member[order]
    many = repeats[sample.kept][order].astype(np.int64)
    seen = np.where(sample.censored[order], 0, many)

    # One step for each different value of a group, from the smallest up.
    new = np.append(True, (np.diff(member) != 0) | (np.diff(value) != 0))
    first = np.flatnonzero(new)
    owner, level = member[first], value[first]
    number, events = np.add.reduceat(many, first), np.add.reduceat(seen, first)
    start = np.searchsorted(owner, np.arange(names.size))
    smallest = level[start]
    n = np.add.reduceat(number, start)
    detected = np.add.reduceat(events, start)
    at_risk = np.cumsum(number) - (np.cumsum(n) - n)[owner]

    step = events > 0
    owner, level, at_risk, events = owner[step], level[step], at_risk[step], events[step]
    # Counted from the top, each step keeps the share of those at risk that lie lower.
    below = np.asarray(
        pd.Series((1 - events / at_risk)[::-1]).groupby(owner[::-1]).cumprod(), np.float64
    )[::-1]
    top = np.append(np.diff(owner) != 0, True) if owner.size else np.zeros(0, dtype=bool)
    at_or_below = np.where(top, 1.0, np.append(below[1:], 1.0)[: below.size])
    some = detected > 0
    lowest = np.searchsorted(owner, np.flatnonzero(some))
    residual, place = np.ones(names.size), np.full(names.size, np.nan)
    residual[some], place[some] = below[lowest], level[lowest]
    if residual_mass == "smallest_value":
        place = np.where(some, np.minimum(place, smallest), np.nan)
    mean = residual * place + np.bincount(owner, level * (at_or_below - below), names.size)
    quantiles = np.full((names.size, len(wanted)), np.nan)
    for column, probability in enumerate(wanted):
        # The products carry rounding: a step that reaches the level counts.
        reached = np.flatnonzero(at_or_below >= probability - 1e-12)
        mine, place_of = np.unique(owner[reached], return_index=True)
        quantiles[mine, column] = level[reached[place_of]]
        quantiles[probability <= residual + 1e-12, column] = np.nan
    return GroupedKaplanMeier(
        groups=names,
        mean=mean,
        probabilities=wanted,
        quantiles=quantiles,
        residual=residual,
        n=n.astype(np.int64),
        n_censored=(n - detected).astype(np.int64),
    )
