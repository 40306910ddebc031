"""From the points of items to totals: sections, exempt items, caps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agriqa.assess.scorecard.card import Card
from agriqa.assess.scorecard.conditions import PLACES
from agriqa.assess.scorecard.scores import ItemScore
from agriqa.stats.checks import Floats


@dataclass(frozen=True)
class Totals:
    """What units have in all.

    Attributes
    ----------
    earned, available, rescaled : ndarray of float, shape (units, sections)
        Points of the items that count, the most these give, and what the section adds to
        the total in the place of exempt items.
    base, bonus, penalty : ndarray of float, shape (units,)
        Rescaled points of the sections; extra points, capped; points taken, negative.
    exact, points : ndarray of float, shape (units,)
        The total within its cap and not below 0, before and after rounding; missing
        where every item is exempt.
    """

    earned: Floats
    available: Floats
    rescaled: Floats
    base: Floats
    bonus: Floats
    penalty: Floats
    exact: Floats
    points: Floats


def totals_of(card: Card, scores: Sequence[ItemScore], *, claimed: bool = False) -> Totals:
    """Add up points by the rules of the card.

    Parameters
    ----------
    card : Card
    scores : sequence of ItemScore
        Of every item.
    claimed : bool
        Add up what the units claim; missing unless they claim points for every item of
        the sections that counts.
    """

    def of(score: ItemScore) -> Floats:
        return score.self_points if claimed else score.points

    base = [score for score in scores if score.item.role == "base"]
    names = [section.id for section in card.section]
    earned: Floats = np.zeros((base[0].points.size, len(names)))
    available = np.zeros_like(earned)
    for score in base:
        column = names.index(str(score.item.section))
        earned[:, column] += np.where(score.exempt, 0.0, of(score))
        available[:, column] += np.where(score.exempt, 0.0, score.item.points)
    whole = np.array([section.points for section in card.section])
    counts = available > 0
    own = np.broadcast_to(whole, available.shape) if card.rescale == "section" else available
    # A section without any item left gives its points to the others.
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(counts, earned / np.where(counts, available, 1.0), 0.0)
        weight = card.out_of / np.where(counts, own, 0.0).sum(axis=1, keepdims=True)
        rescaled: Floats = np.where(counts, share * own * weight, 0.0)
    total: Floats = np.where(counts.any(axis=1), rescaled.sum(axis=1), np.nan)
    bonus = _sum([of(s) for s in scores if s.item.role == "bonus"], total)
    if card.bonus_cap is not None:
        bonus = np.minimum(bonus, card.bonus_cap)
    penalty = _sum([of(s) for s in scores if s.item.role == "penalty"], total)
    exact = np.maximum(np.round(total + bonus + penalty, PLACES), 0.0)
    if card.total_cap is not None:
        exact = np.minimum(exact, card.total_cap)
    return Totals(
        earned=earned,
        available=available,
        rescaled=np.asarray(np.round(rescaled, PLACES)),
        base=np.asarray(np.round(total, PLACES)),
        bonus=bonus,
        penalty=penalty,
        exact=exact,
        points=card.total_rounding.rounded(exact),
    )


def _sum(points: list[Floats], like: Floats) -> Floats:
    # What is not claimed or exempt adds nothing.
    return np.nansum(np.array([*points, np.zeros_like(like)]), axis=0)
