"""Why a unit has its grade, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from agriqa.assess.scorecard.card import Card
from agriqa.assess.scorecard.grading import PassGrades, Standing
from agriqa.assess.scorecard.scores import ItemScore

# Why there is no value, as a reader sees it.
ABSENCES = {
    "missing": ("无证据", "no evidence"),
    "withheld": ("不公开", "withheld"),
    "too_few": ("样本太少", "too few to tell"),
    "within_rounding": ("在修约误差之内", "within rounding"),
    "exempt": ("不适用", "not applicable"),
}


def reasons_of(
    card: Card, scores: Sequence[ItemScore], standing: Standing
) -> list[tuple[str, str]]:
    """Return for each unit what held it back, in Chinese and English; empty for nothing."""
    found: list[list[tuple[str, str]]] = [[] for _ in standing.points]
    for score in scores:
        zh, en = score.item.label.zh, score.item.label.en
        for unit in np.flatnonzero(score.vetoes):
            found[unit].append((f"一票否决：{zh}", f"veto: {en}"))
        for unit in np.flatnonzero(score.demotes):
            found[unit].append((f"降级：{zh}", f"demotion: {en}"))
    if isinstance(card.grading, PassGrades):
        least = card.grading.minimum_points
        for unit in np.flatnonzero(~(np.round(standing.points, 9) >= least)):
            points = f"{standing.points[unit]:.10g}"
            found[unit].append(
                (f"得分 {points} 低于 {least:g}", f"{points} points, under {least:g}")
            )
        for unit in np.flatnonzero(card.grading.short_of_share(standing.share)):
            share, rate = standing.share[unit], card.grading.minimum_share
            item = card.find(str(card.grading.share_item)).label
            shown = ("无证据", "no evidence") if np.isnan(share) else (f"{share:g}", f"{share:g}")
            found[unit].append(
                (f"{item.zh} {shown[0]}，要求 {rate:g}", f"{item.en} {shown[1]}, {rate:g} asked")
            )
    for score in scores:
        for unit in np.flatnonzero(~score.key_met):
            zh, en = ABSENCES.get(score.status[unit], (f"{score.values[unit]:g}",) * 2)
            item = score.item.label
            found[unit].append((f"★{item.zh}未达（{zh}）", f"key item {item.en} not met ({en})"))
    counted_zero = np.sum([score.treatment == "zero" for score in scores], axis=0)
    for unit in np.flatnonzero(counted_zero):
        n = counted_zero[unit]
        found[unit].append((f"{n} 项无证据按 0 分", f"{n} without evidence count 0"))
    return [("；".join(zh for zh, _ in one), "; ".join(en for _, en in one)) for one in found]
