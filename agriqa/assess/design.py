"""Which choices each rebuild of an index takes."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from agriqa.assess.alternatives import Alternatives

Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Design:
    """One rebuild of the index per draw, each choice by its place.

    Attributes
    ----------
    treatment, normalisation, aggregation : ndarray of int, shape (draws,)
        Place among the alternatives, 0 the nominal one.
    weights : ndarray of int, shape (draws,)
        Which realisation of noise in the weights, from 0; -1 for the given weights.
    dropped : ndarray of int, shape (draws,)
        Which indicator is left out; -1 for none.
    errors : ndarray of int, shape (draws,)
        Which realisation of the sampling errors, from 0; -1 for the values as measured.

    Raises
    ------
    ValueError
        If lengths differ, or a place is below the first.

    Examples
    --------
    >>> Design([0, 1], [0, 0], [0, 0], [-1, -1], [-1, -1], [-1, 0]).draws
    2
    """

    treatment: Places
    normalisation: Places
    aggregation: Places
    weights: Places
    dropped: Places
    errors: Places

    def __post_init__(self) -> None:
        """Keep unchangeable arrays of one length."""
        for one in fields(self):
            given = np.asarray(getattr(self, one.name))
            if given.ndim != 1 or not (given.size and np.issubdtype(given.dtype, np.integer)):
                raise ValueError(f"{one.name} must be whole numbers, one per draw")
            least = 0 if one.name in ("treatment", "normalisation", "aggregation") else -1
            if given.min() < least:
                raise ValueError(f"{one.name} must be {least} or above, got {given.min()}")
            places = given.astype(np.int64)
            places.flags.writeable = False
            object.__setattr__(self, one.name, places)
        lengths = {one.name: len(getattr(self, one.name)) for one in fields(self)}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"all choices need the same number of draws, got {lengths}")

    @property
    def draws(self) -> int:
        """Number of rebuilds."""
        return len(self.treatment)

    def require_within(self, alternatives: Alternatives) -> None:
        """Refuse places beyond the alternatives.

        Raises
        ------
        ValueError
            If a treatment, normalisation, aggregation or indicator does not exist.
        """
        for name, size in {
            "treatment": len(alternatives.treatments),
            "normalisation": len(alternatives.normalisations),
            "aggregation": len(alternatives.aggregations),
            "dropped": alternatives.hierarchy.n_indicators,
        }.items():
            highest = getattr(self, name).max()
            if highest >= size:
                raise ValueError(f"{name} must be below {size}, got {highest}")
        if self.dropped.max() >= 0 and alternatives.hierarchy.n_indicators < 2:
            raise ValueError("at least 2 indicators are needed to leave one out")


def nominal_design(draws: int = 1) -> Design:
    """Make the design that takes the first of all choices, and no noise.

    Parameters
    ----------
    draws : int
        How often.

    Examples
    --------
    >>> nominal_design().dropped.tolist()
    [-1]
    """
    first, none = np.zeros(draws, dtype=np.int64), np.full(draws, -1)
    return Design(first, first, first, none, none, none)


def random_design(alternatives: Alternatives, draws: int, *, seed: int) -> Design:
    """Choose at random, all alternatives of a kind alike, kinds apart from each other.

    Parameters
    ----------
    alternatives : Alternatives
        Kinds with one alternative only stay as they are. "No indicator left out" is as
        likely as each of the indicators to be left out.
    draws : int
        Number of rebuilds, each with its own realisation of noise and errors.
    seed : int
        Same seed, same design.

    Raises
    ------
    ValueError
        If there are no draws.

    Examples
    --------
    >>> from agriqa.assess.alternatives import IndicatorTable
    >>> from agriqa.assess.hierarchy import Hierarchy
    >>> tables = {"none": IndicatorTable([[1, 2], [3, 4]])}
    >>> choices = Alternatives(tables, Hierarchy(([0, 0],), ([1, 1],)), [1, 1], drop=True)
    >>> sorted(set(random_design(choices, 50, seed=1).dropped.tolist()))
    [-1, 0, 1]
    """
    if draws < 1:
        raise ValueError(f"at least 1 draw is needed, got {draws}")
    rng = np.random.default_rng(seed)
    own, none = np.arange(draws), np.full(draws, -1)
    k = alternatives.hierarchy.n_indicators
    return Design(
        treatment=rng.integers(len(alternatives.treatments), size=draws),
        normalisation=rng.integers(len(alternatives.normalisations), size=draws),
        aggregation=rng.integers(len(alternatives.aggregations), size=draws),
        weights=own if any(alternatives.weight_noise) else none,
        dropped=rng.integers(-1, k, size=draws) if alternatives.drop else none,
        errors=own if alternatives.has_errors else none,
    )
