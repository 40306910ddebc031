"""Scoring: a whole card over all units at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from agriqa.assess.scorecard.card import Card
from agriqa.assess.scorecard.conditions import PLACES
from agriqa.assess.scorecard.evidence import WITH_VALUE, check_evidence, units_of
from agriqa.assess.scorecard.grading import PassGrades, QuotaGrades, Standing
from agriqa.assess.scorecard.ranking import ranks
from agriqa.assess.scorecard.reasons import reasons_of
from agriqa.assess.scorecard.result import TOTALS, CardResult
from agriqa.assess.scorecard.scores import ItemScore, Texts, adjustments_of, score_item
from agriqa.assess.scorecard.totals import Totals, totals_of
from agriqa.assess.scorecard.trace import differences_of, trace_of
from agriqa.stats.checks import Floats

if TYPE_CHECKING:
    import pandas as pd


def score_card(
    card: Card,
    evidence: pd.DataFrame,
    *,
    units: Iterable[str] | None = None,
    adjustments: pd.DataFrame | None = None,
) -> CardResult:
    """Assess units by a card.

    Parameters
    ----------
    card : Card
    evidence : DataFrame
        A row a unit and item: unit, item, value and, if wanted, the other columns of
        ``EVIDENCE``; from `read_evidence`, `evidence_from_measures` or both, one below
        the other. An item without a row is missing.
    units : iterable of str, optional
        The units to assess, with or without evidence; those of the evidence by default.
    adjustments : DataFrame, optional
        What appeals changed: unit, item, points (added), reason.

    Returns
    -------
    CardResult

    Raises
    ------
    EvidenceError
        If evidence or adjustments are not allowed, see `check_evidence`.
    UnknownNameError
        If an item or a unit is unknown; the nearest are named.
    """
    table = check_evidence(card, evidence)
    known = units_of(table, units)
    changes = adjustments_of(card, known, adjustments)
    by_item = dict(tuple(table.groupby("item", sort=False)))
    scores = []
    for item in card.item:
        rows = by_item.get(item.id, table.iloc[:0]).set_index("unit").reindex(known)
        rows["status"] = rows["status"].fillna("missing")
        here = changes[changes.index.get_level_values("item") == item.id]
        change = here.droplevel("item").reindex(known)
        change["points"] = change["points"].fillna(0.0)
        scores.append(score_item(card, item, rows, change))
    totals = totals_of(card, scores)
    trace = trace_of(card, known, scores)
    return CardResult(
        card=card,
        totals=_totals(card, known, scores, totals),
        sections=_sections(card, known, totals),
        trace=trace,
        differences=differences_of(trace),
    )


def _totals(
    card: Card, units: Sequence[str], scores: Sequence[ItemScore], totals: Totals
) -> pd.DataFrame:
    import pandas as pd

    standing = _standing(card, scores, totals.points)
    grades = card.grading.graded(standing)
    passes = pd.array([pd.NA] * len(units), dtype="boolean")
    if isinstance(card.grading, PassGrades):
        passes = pd.array(grades == card.grading.passed, dtype="boolean")
    statuses = np.array([score.status for score in scores])
    exempt = np.array([score.exempt for score in scores])
    claimed = totals_of(card, scores, claimed=True).points
    reasons = reasons_of(card, scores, standing)
    table = pd.DataFrame(
        {
            "unit": np.array(units, dtype=object),
            "points": totals.points,
            "out_of": card.out_of,
            "grade": grades,
            "passes": passes,
            "rank": ranks(totals.points, ties="all"),
            "vetoed": standing.vetoed,
            "demoted": standing.demoted,
            "key_items_met": standing.keys_met,
            "exact": totals.exact,
            "base": totals.base,
            "bonus": totals.bonus,
            "penalty": totals.penalty,
            "self_points": claimed,
            "difference": _difference(scores),
            "missing_n": (statuses == "missing").sum(axis=0),
            "withheld_n": (statuses == "withheld").sum(axis=0),
            "too_few_n": np.isin(statuses, ["too_few", "within_rounding"]).sum(axis=0),
            "exempt_n": exempt.sum(axis=0),
            "status": _weakest(statuses),
            "example": card.example | (statuses == "example").any(axis=0),
            "reasons_zh": [zh for zh, _ in reasons],
            "reasons_en": [en for _, en in reasons],
        }
    )
    texts = ["unit", "grade", "status", "reasons_zh", "reasons_en"]
    return table[TOTALS].astype(dict.fromkeys(texts, "str"))


def _standing(card: Card, scores: Sequence[ItemScore], points: Floats) -> Standing:
    nothing = np.full_like(points, np.nan)
    share = tie_break = nothing
    for score in scores:
        if isinstance(card.grading, PassGrades) and score.item.id == card.grading.share_item:
            share = score.values
        if isinstance(card.grading, QuotaGrades) and score.item.id == card.grading.tie_break:
            tie_break = score.points
    return Standing(
        points=points,
        vetoed=np.any([score.vetoes for score in scores], axis=0),
        demoted=np.any([score.demotes for score in scores], axis=0),
        keys_met=np.all([score.key_met for score in scores], axis=0),
        share=share,
        tie_break=tie_break,
    )


def _weakest(statuses: Texts) -> Texts:
    """Return the weakest status of the evidence each unit has; missing without any."""
    found = np.full(statuses.shape[1], "missing", dtype=object)
    for status in reversed(WITH_VALUE):
        found[(statuses == status).any(axis=0)] = status
    return found


def _difference(scores: Sequence[ItemScore]) -> Floats:
    """Return verified less claimed points over the items that were claimed and count."""
    gaps = np.array([score.points - score.self_points for score in scores])
    claimed = (~np.isnan(gaps)).any(axis=0)
    return np.where(claimed, np.round(np.nansum(gaps, axis=0), PLACES), np.nan)


def _sections(card: Card, units: Sequence[str], totals: Totals) -> pd.DataFrame:
    import pandas as pd

    n = len(card.section)
    return pd.DataFrame(
        {
            "unit": np.repeat(np.array(units, dtype=object), n),
            "section": np.tile([section.id for section in card.section], len(units)),
            "points": totals.earned.ravel(),
            "available": totals.available.ravel(),
            "out_of": np.tile([section.points for section in card.section], len(units)),
            "rescaled": totals.rescaled.ravel(),
        }
    )
