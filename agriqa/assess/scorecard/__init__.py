"""Score cards: rules as data, evidence in, points and grades with a full trace out."""

from agriqa.assess.scorecard.card import Card, CardError, card_ids, load_card
from agriqa.assess.scorecard.evidence import EvidenceError, evidence_from_measures
from agriqa.assess.scorecard.result import CardResult
from agriqa.assess.scorecard.scoring import score_card
from agriqa.assess.scorecard.sheet import read_evidence

__all__ = [
    "Card",
    "CardError",
    "CardResult",
    "EvidenceError",
    "card_ids",
    "evidence_from_measures",
    "load_card",
    "read_evidence",
    "score_card",
]
