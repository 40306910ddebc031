"""The trace: a row a unit and item, from evidence to points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from agriqa.assess.scorecard.card import Card
from agriqa.assess.scorecard.reasons import ABSENCES
from agriqa.assess.scorecard.scores import ItemScore
from agriqa.stats.checks import Language

if TYPE_CHECKING:
    import pandas as pd

TRACE = [
    "unit", "section", "item", "label_zh", "label_en", "kind", "role", "key", "value", "status",
    "source", "treatment", "rule_zh", "rule_en", "points", "out_of", "adjustment", "key_met",
    "vetoes", "demotes", "self_points", "note", "example",
]  # fmt: skip
DIFFERENCES = ["unit", "item", "self_points", "points", "difference"]
_ZERO = {"zh": "按 0 分", "en": "counts 0"}
_NO_POINTS = {"zh": "不计分", "en": "no points"}
_LEFT_OUT = {"zh": "不计入总分", "en": "left out of the total"}


def trace_of(card: Card, units: Sequence[str], scores: Sequence[ItemScore]) -> pd.DataFrame:
    """Return the trace, units as given, items as in the card.

    `out_of` is the most an item can add for this unit: 0 where it is exempt, and for a
    penalty, whose points are negative.
    """
    import pandas as pd

    frames = []
    for score in scores:
        item = score.item
        most = 0.0 if item.role == "penalty" else item.points
        frames.append(
            pd.DataFrame(
                {
                    "unit": np.array(units, dtype=object),
                    "section": item.section,
                    "item": item.id,
                    "label_zh": item.label.zh,
                    "label_en": item.label.en,
                    "kind": item.kind,
                    "role": item.role,
                    "key": item.key is not None,
                    "value": score.values,
                    "status": score.status,
                    "source": score.source,
                    "treatment": score.treatment,
                    "rule_zh": _rules(score, "zh"),
                    "rule_en": _rules(score, "en"),
                    "points": score.points,
                    "out_of": np.where(score.exempt, 0.0, most),
                    "adjustment": score.adjustment,
                    "key_met": score.key_met,
                    "vetoes": score.vetoes,
                    "demotes": score.demotes,
                    "self_points": score.self_points,
                    "note": score.note,
                    "example": item.example | (score.status == "example"),
                }
            )
        )
    order = np.arange(len(scores) * len(units)).reshape(len(scores), len(units)).T.ravel()
    table = pd.concat(frames, ignore_index=True)
    texts = ["unit", "section", "status", "source", "treatment", "rule_zh", "rule_en", "note"]
    return table.iloc[order][TRACE].reset_index(drop=True).astype(dict.fromkeys(texts, "str"))


def _rules(score: ItemScore, language: Language) -> list[str]:
    """Return the rule that was applied to each unit, in words."""
    item = score.item
    rule = item.words(language) if item.points else _NO_POINTS[language]
    for name, zh, en in (
        ("key", "★重点项要求", "key item: "),
        ("veto", "一票否决：", "veto: "),
        ("demotion", "降级：", "demotion: "),
    ):
        condition = getattr(item, name)
        if condition is not None:
            rule += f"；{zh}" if language == "zh" else f"; {en}"
            rule += condition.words(language)
    which = 0 if language == "zh" else 1
    between = "，" if language == "zh" else ", "
    absent = {status: words[which] for status, words in ABSENCES.items()}
    said = {"scored": None, "zero": _ZERO[language], "exempt": _LEFT_OUT[language]}
    return [
        rule if said[treatment] is None else f"{absent[status]}{between}{said[treatment]}"
        for status, treatment in zip(score.status, score.treatment, strict=True)
    ]


def differences_of(trace: pd.DataFrame) -> pd.DataFrame:
    """Return the items for which a unit claimed points and that count, with the difference."""
    claimed = trace[trace["self_points"].notna() & trace["points"].notna()]
    table = claimed.assign(difference=(claimed["points"] - claimed["self_points"]).round(9))
    return table[DIFFERENCES].reset_index(drop=True)
