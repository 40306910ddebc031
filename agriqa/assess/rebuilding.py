"""An index built many times over, all at once.

Draws that share treatment, normalisation and aggregation go through in blocks small
enough for the processor's cache; numpy lets go of the interpreter in each step, so that
threads run beside each other. Each draw's result depends on its own row of the design
and the seed only, to the last bit: every realisation of sampling errors has its own
counter of one generator (Philox), and no sum runs over more than one draw.

Values are double: the time goes into random numbers, logarithms and sorting, where single
precision saves little, and indicators of large level and small spread would lose digits.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from agriqa.assess.alternatives import Alternatives
from agriqa.assess.design import Design
from agriqa.assess.realisations import error_realisations, weight_realisations
from agriqa.assess.scaling import scale_draws
from agriqa.stats.checks import Flags, Floats

# Scores equal but for rounding are ties, and have one grade.
DECIMALS = 9


def rebuild(
    alternatives: Alternatives,
    design: Design,
    *,
    seed: int,
    block: int = 32,
    threads: int | None = None,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int16]]:
    """Build the index once for each row of a design.

    Parameters
    ----------
    alternatives : Alternatives
        What there is to choose from.
    design : Design
        What each draw chooses.
    seed : int
        Of the noise in weights and of the sampling errors, 0 or above.
    block : int
        Draws computed together; results do not depend on it.
    threads : int, optional
        As many as processors by default; results do not depend on it.

    Returns
    -------
    scores : ndarray of float, shape (draws, units)
        Missing where the minimum share of a group is not known.
    ranks : ndarray of int, shape (draws, units)
        1 for the highest score, equal ones (to 9 decimals) share the best rank; 0 where
        the score is missing.

    Raises
    ------
    ValueError
        If the design goes beyond the alternatives, or `block`, `threads` or `seed` is out
        of range.

    Examples
    --------
    >>> from agriqa.assess.alternatives import Alternatives, IndicatorTable
    >>> from agriqa.assess.design import nominal_design
    >>> from agriqa.assess.hierarchy import Hierarchy
    >>> tables = {"none": IndicatorTable([[1, 2], [3, 4], [5, 4]])}
    >>> choices = Alternatives(tables, Hierarchy(([0, 0],), ([1, 1],)), [1, 1])
    >>> scores, ranks = rebuild(choices, nominal_design(), seed=1)
    >>> scores.tolist(), ranks.tolist()
    ([[1.0, 75.25, 100.0]], [[3, 2, 1]])
    """
    design.require_within(alternatives)
    if block < 1 or (threads is not None and threads < 1) or seed < 0:
        raise ValueError("block and threads must be 1 or above, seed 0 or above")
    scores = np.empty((design.draws, alternatives.units))
    ranks = np.empty(scores.shape, dtype=np.int16)
    builder = _Builder(alternatives, design, seed)

    def build(draws: npt.NDArray[np.intp]) -> None:
        scores[draws] = found = builder.scores(draws)
        ranks[draws] = competition_ranks(found)

    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        for _ in pool.map(build, _blocks(design, block)):
            pass
    return scores, ranks


def competition_ranks(scores: npt.ArrayLike) -> npt.NDArray[np.int16]:
    """Rank each row from the highest score, equal ones sharing the best rank.

    Parameters
    ----------
    scores : array_like, shape (draws, units)
        Compared to 9 decimals; may be missing.

    Returns
    -------
    ndarray of int, shape (draws, units)
        From 1; 0 where missing.

    Examples
    --------
    >>> competition_ranks([[7, 9, np.nan, 7, 5]]).tolist()
    [[2, 1, 0, 2, 4]]
    """
    x = -np.round(np.asarray(scores, dtype=np.float64), DECIMALS)
    order = np.argsort(x, axis=-1)
    in_order = np.take_along_axis(x, order, axis=-1)
    places = np.arange(1, x.shape[-1] + 1, dtype=np.int16)
    new = np.ones(x.shape, dtype=bool)
    new[:, 1:] = in_order[:, 1:] != in_order[:, :-1]
    ranks = np.empty(x.shape, dtype=np.int16)
    shared = np.maximum.accumulate(np.where(new, places, 0).astype(np.int16), axis=-1)
    np.put_along_axis(ranks, order, shared, axis=-1)
    ranks[np.isnan(x)] = 0
    return ranks


def _blocks(design: Design, size: int) -> Iterator[npt.NDArray[np.intp]]:
    """Split the draws into blocks of the same treatment, normalisation and aggregation."""
    kinds = np.stack([design.treatment, design.normalisation, design.aggregation])
    order = np.lexsort(kinds)
    changes = np.flatnonzero((np.diff(kinds[:, order], axis=1) != 0).any(axis=0)) + 1
    for alike in np.split(order, changes):
        for start in range(0, len(alike), size):
            yield alike[start : start + size]


class _Builder:
    """What all draws share."""

    def __init__(self, alternatives: Alternatives, design: Design, seed: int) -> None:
        self.alternatives, self.design, self.seed = alternatives, design, seed
        self.tables = list(alternatives.treatments.values())
        self.powers = list(alternatives.aggregations.values())
        # Indicators that no draw can move are scaled once.
        self.noisy = np.flatnonzero(np.any([(t.errors > 0).any(axis=0) for t in self.tables], 0))
        self.raw = [np.ascontiguousarray(t.values.T) for t in self.tables]
        self.errors = [np.ascontiguousarray(t.errors.T[self.noisy]) for t in self.tables]
        every = np.arange(alternatives.hierarchy.n_indicators)
        self.fixed = [
            [
                scale_draws(raw[None], t, every, kind, alternatives)[0]
                for kind in alternatives.normalisations
            ]
            for t, raw in zip(self.tables, self.raw, strict=True)
        ]
        nodes = [len(w) for w in alternatives.hierarchy.weights]
        noise = weight_realisations(design.weights.max() + 1, sum(nodes), seed=seed)
        # Place -1, the last one, is for the given weights.
        self.noise = np.vstack([noise, np.zeros(sum(nodes))])
        self.starts = np.cumsum([0, *nodes])

    def scores(self, draws: npt.NDArray[np.intp]) -> Floats:
        """Build the index for draws of one kind, shape (draws, units)."""
        treatment = self.design.treatment[draws[0]]
        normalisation = self.design.normalisation[draws[0]]
        powers = self.powers[self.design.aggregation[draws[0]]]
        fixed = self.fixed[treatment][normalisation]
        errors = self.design.errors[draws]
        if len(self.noisy) == 0 or (errors < 0).all():
            return self._aggregated(np.repeat(fixed[None], len(draws), axis=0), draws, powers)
        x = scale_draws(
            self._perturbed(treatment, errors),
            self.tables[treatment],
            self.noisy,
            self.alternatives.normalisations[normalisation],
            self.alternatives,
        )
        if len(self.noisy) < len(fixed):
            noisy, x = x, np.repeat(fixed[None], len(draws), axis=0)
            x[:, self.noisy] = noisy
        return self._aggregated(x, draws, powers)

    def _perturbed(self, treatment: int, errors: npt.NDArray[np.int64]) -> Floats:
        """Add realisations of the sampling errors, shape (draws, noisy indicators, units)."""
        table, error = self.tables[treatment], self.errors[treatment]
        x = error_realisations(errors, error.shape, seed=self.seed)
        x *= error
        x += self.raw[treatment][self.noisy]
        lowest, highest = table.lowest.T[self.noisy], table.highest.T[self.noisy]
        if not np.isnan(lowest).all():
            np.maximum(x, np.where(np.isnan(lowest), -np.inf, lowest), out=x)
        if not np.isnan(highest).all():
            np.minimum(x, np.where(np.isnan(highest), np.inf, highest), out=x)
        return x

    def _weights(self, level: int, draws: npt.NDArray[np.intp]) -> Floats:
        """Weights of a level's nodes, shape (draws, nodes)."""
        own = slice(self.starts[level], self.starts[level + 1])
        noise = self.alternatives.weight_noise[level] * self.noise[self.design.weights[draws], own]
        return np.asarray(self.alternatives.hierarchy.weights[level] * (1 + noise))

    def _aggregated(
        self, x: Floats, draws: npt.NDArray[np.intp], powers: tuple[float, ...]
    ) -> Floats:
        parents = self.alternatives.hierarchy.parents
        nodes = np.arange(x.shape[1])
        there = nodes != self.design.dropped[draws, None]
        for level, (above, power) in enumerate(zip(parents, powers, strict=True)):
            groups = len(parents[level + 1]) if level + 1 < len(parents) else 1
            members = np.zeros((len(draws), groups, len(above)))
            members[:, above, np.arange(len(above))] = there
            weights = members * self._weights(level, draws)[:, None, :]
            if power != 1:
                # Roots and logarithms have no use for the z-scores far below the mean.
                least = self.alternatives.floor or self.alternatives.lower
                x = np.maximum(x, least if power <= 0 else 0.0)
            x = _means(x, members, weights, power, self.alternatives.minimum_share)
            there = members.any(axis=-1)
        return x[:, 0]


def _means(x: Floats, members: Floats, weights: Floats, power: float, share: float) -> Floats:
    """Generalised means of groups over members that are there and known.

    `x` has shape (draws, nodes, units), `members` and `weights` (draws, groups, nodes).
    """
    known: Flags = ~np.isnan(x)
    every = bool(known.all())
    if not every:
        x = np.where(known, x, 1.0)
    if power == 0:
        x = np.log(x)
    elif power == -1:
        x = np.reciprocal(x)
    elif power != 1:
        x = x**power
    counted = known.astype(np.float64)
    if not every:
        x = x * counted
    total = weights @ counted
    enough = total > 0
    if share > 0:
        size = members.sum(axis=-1, keepdims=True)
        enough &= members @ counted >= (share - 1e-12) * size
    mean = weights @ x
    mean /= np.where(enough, total, np.nan)
    if power == 0:
        return np.exp(mean)
    if power == -1:
        return np.reciprocal(mean)
    return mean if power == 1 else np.asarray(mean ** (1 / power))
