"""What a score card says of its units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agriqa.assess.scorecard.card import Card
from agriqa.errors import UnknownNameError
from agriqa.stats.checks import Language, in_language, require_choice

if TYPE_CHECKING:
    import pandas as pd

TOTALS = [
    "unit", "points", "out_of", "grade", "passes", "rank", "vetoed", "demoted", "key_items_met",
    "exact", "base", "bonus", "penalty", "self_points", "difference", "missing_n", "withheld_n",
    "too_few_n", "exempt_n", "status", "example", "reasons_zh", "reasons_en",
]  # fmt: skip


@dataclass(frozen=True)
class CardResult:
    """The assessment of all units, with its trace.

    Attributes
    ----------
    card : Card
        The rules that were applied.
    totals : DataFrame
        Columns ``TOTALS``, a row a unit: points after rounding and `exact` before; grade
        and, where the card has a rule to pass, `passes`; rank of the points (equal ones
        share the best); numbers of items without evidence; the weakest status of the
        evidence that was scored; whether items or evidence are made-up examples.
        `self_points` is the total a unit claims, missing unless it claims every item that
        counts; `difference` is verified less claimed points of the items it claims.
    sections : DataFrame
        Columns unit, section, points, available (most of the items that count), out_of,
        rescaled (what the section adds to the total).
    trace : DataFrame
        A row a unit and item: evidence, status, source, rule applied, points, out_of.
    differences : DataFrame
        Claimed and verified points of the items that were claimed.
    """

    card: Card
    totals: pd.DataFrame
    sections: pd.DataFrame
    trace: pd.DataFrame
    differences: pd.DataFrame

    def summary(self, language: Language = "zh") -> str:
        """Return how many units have which grade, and what the figures rest on."""
        counts = self.totals["grade"].value_counts()
        order = [grade for grade in self.card.grades if grade in counts]
        zh = "，".join(f"{grade} {counts[grade]} 个" for grade in order)
        en = ", ".join(f"{counts[grade]} {self._grade(grade, 'en')}" for grade in order)
        without = int(self.totals["grade"].isna().sum())
        if without:
            zh, en = f"{zh}，不能评定 {without} 个", f"{en}, {without} not graded"
        text = in_language(
            language,
            zh=f"{self.card.label.zh}（{self.card.year}年）：{len(self.totals)} 个单位中，{zh}。",
            en=f"{self.card.label.en} ({self.card.year}): of {len(self.totals)} units, {en}.",
        )
        return text + self.warning(language)

    def warning(self, language: Language = "zh", *, unit: str | None = None) -> str:
        """Return what a reader must know of made-up items or evidence of all units, or of one."""
        text = ""
        if self.card.example:
            text += in_language(
                language,
                zh="本评分表含示例条目，不是官方条目，结果仅作演示。",
                en=" The card holds made-up example items: the result is a demonstration only.",
            )
        scored = self.trace["treatment"] == "scored"
        if unit is not None:
            scored &= self.trace["unit"] == unit
        used = self.trace.loc[scored, "status"]
        for status, zh, en in (
            ("example", "部分证据是示例（虚构）。", " Some evidence is a made-up example."),
            ("simulated", "部分证据来自模拟数据。", " Some evidence is simulated."),
        ):
            if (used == status).any():
                text += in_language(language, zh=zh, en=en)
        return text

    def explain(self, unit: str, language: Language = "zh") -> str:
        """Return in words how a unit comes to its grade: a line for each item short of points.

        Raises
        ------
        UnknownNameError
            If the unit was not scored; the nearest are named.
        """
        require_choice("language", language, ("zh", "en"))
        found = self.totals[self.totals["unit"] == unit]
        if found.empty:
            raise UnknownNameError("单位", "unit", unit, self.totals["unit"])
        total = found.iloc[0]
        reasons = total[f"reasons_{language}"]
        grade = self._grade(total["grade"], language)
        lines = [
            in_language(
                language,
                zh=f"{unit}：{total['points']:g} / {total['out_of']:g} 分，{grade}。{reasons}",
                en=f"{unit}: {total['points']:g} of {total['out_of']:g} points, {grade}. {reasons}",
            )
        ]
        rows = self.trace[self.trace["unit"] == unit]
        told = (
            (rows["points"] != rows["out_of"])
            | (rows["adjustment"] != 0)
            | ~rows["key_met"]
            | rows["vetoes"]
            | rows["demotes"]
        )
        for row in rows[told].itertuples():
            label, rule = getattr(row, f"label_{language}"), getattr(row, f"rule_{language}")
            value = f"{row.value:g} → " if row.treatment == "scored" else ""
            points = "–" if row.treatment == "exempt" else f"{row.points:g}/{row.out_of:g}"
            note = f" [{row.note!s}]" if row.note else ""
            lines.append(f"- {label}: {value}{points} ({rule}){note}")
        warning = self.warning(language, unit=unit).strip()
        return "\n".join([*lines, warning] if warning else lines)

    def _grade(self, grade: str | None, language: Language) -> str:
        if not isinstance(grade, str):
            return in_language(language, zh="不能评定", en="not graded")
        return grade if language == "zh" else self.card.grade_labels.get(grade, grade)
