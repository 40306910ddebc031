"""Plain-language findings and advice, by rules, each with the number behind it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Literal

import pandas as pd

from agriqa.figures.words import NO_VALUE, Language, number_text, value_text

if TYPE_CHECKING:
    from agriqa.measures import Measure

Place = Literal["above", "below", "near", "unsure", "none"]

FEW_SAMPLES = 30  # below this a rate is for orientation only

_PLACE_WORDS: dict[Language, dict[Place, str]] = {
    "zh": {
        "above": "高于全省多数县", "below": "低于全省多数县", "near": "接近全省中位数",
        "unsure": "与全省中位数无明显差别", "none": "无法比较",
    },
    "en": {
        "above": "above most counties", "below": "below most counties",
        "near": "near the median of counties",
        "unsure": "not clearly different from the median", "none": "cannot be compared",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """How one figure stands among all counties.

    Attributes
    ----------
    measure : Measure
        The indicator.
    row : Series or None
        Its tidy row; None if there is none.
    band : Series or None
        q1, median, q3 of all counties [unit of the measure] and n.
    place : str
        ``above`` or ``below`` the middle half of counties, ``near`` (within
        it), ``unsure`` (the interval holds the median) or ``none``.
    """

    measure: Measure
    row: pd.Series | None
    band: pd.Series | None
    place: Place

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return self.row is not None and str(self.row["status"]) not in NO_VALUE

    @property
    def good(self) -> bool:
        """Whether it lies on the good side of the middle half."""
        better = {1: "above", -1: "below"}.get(self.measure.direction)
        return self.place == better

    @property
    def poor(self) -> bool:
        """Whether it lies on the bad side of the middle half."""
        worse = {1: "below", -1: "above"}.get(self.measure.direction)
        return self.place == worse

    def place_words(self, language: Language = "zh") -> str:
        """Return the place in words."""
        return _PLACE_WORDS[language][self.place]

    def value_words(self, language: Language = "zh") -> str:
        """Return the value with its unit."""
        if self.row is None:
            raise ValueError(f"{self.measure.id} has no value")
        m = self.measure
        return value_text(float(self.row["value"]), m.decimals, m.unit, language)

    def words(self, language: Language = "zh") -> str:
        """Return label, value and median in one phrase."""
        m = self.measure
        if self.band is None:
            return f"{m.label[language]} {self.value_words(language)}"
        median = number_text(float(self.band["median"]), m.decimals)
        if language == "zh":
            space = "" if m.label.zh.endswith("）") else " "
            return f"{m.label.zh}{space}{self.value_words()}（全省中位数 {median}）"
        return f"{m.label.en} {self.value_words('en')} (median {median})"


def standing(measure: Measure, row: pd.Series | None, band: pd.Series | None) -> Standing:
    """Place one figure among all counties.

    Above or below means outside the middle half (quartiles) of counties. A rate
    whose interval holds the median is not told from it, wherever it lies.

    Parameters
    ----------
    measure : Measure
        The indicator.
    row : Series or None
        value, low, high, n, status.
    band : Series or None
        q1, median, q3, n.
    """
    if row is None or str(row["status"]) in NO_VALUE or band is None:
        return Standing(measure, row, band, "none")
    value = float(row["value"])
    place: Place = "near"
    if value > band["q3"]:
        place = "above"
    elif value < band["q1"]:
        place = "below"
    if place != "near" and pd.notna(row["low"]) and row["low"] <= band["median"] <= row["high"]:
        place = "unsure"
    return Standing(measure, row, band, place)


def summary(
    name: str, period: int, standings: Sequence[Standing], language: Language = "zh"
) -> str:
    """Say in a few sentences how the county stands and why."""
    judged = [s for s in standings if s.place != "none" and s.measure.direction != 0]
    good = [s for s in judged if s.good]
    poor = [s for s in judged if s.poor]
    absent = [s for s in standings if not s.known]
    zh = language == "zh"
    if not judged:
        return (
            f"{period} 年{name}没有可与全省比较的数据，无法判断所处位置。"
            if zh
            else f"For {period} there are no data of {name} to compare with other counties."
        )
    rest = len(judged) - len(good) - len(poor)
    parts = [
        f"{period} 年，{name}有 {len(judged)} 项指标可与全省各县比较："
        f"{len(good)} 项好于全省中间一半的县，{len(poor)} 项不如，{rest} 项接近。"
        if zh
        else f"In {period}, {len(judged)} measures of {name} can be compared with all counties: "
        f"{len(good)} are better than the middle half, {len(poor)} worse, {rest} close. "
    ]
    if good:
        listed = _listed(good[:3], language)
        parts.append(f"较好的是{listed}。" if zh else f"Better: {listed}. ")
    if poor:
        listed = _listed(poor[:3], language)
        parts.append(f"需要关注的是{listed}。" if zh else f"To watch: {listed}. ")
    if absent:
        names = ("、" if zh else ", ").join(s.measure.label[language] for s in absent)
        parts.append(
            f"另有 {len(absent)} 项没有数据：{names}。"
            if zh
            else f"No data for {len(absent)}: {names}."
        )
    return "".join(parts).strip()


def _listed(found: Sequence[Standing], language: Language) -> str:
    return ("、" if language == "zh" else "; ").join(s.words(language) for s in found)


def samples_needed(target_pct: float, *, confidence: float = 0.95) -> int:
    """Return how many samples must all pass for the Wilson interval to reach a target.

    With no failure the lower limit is n / (n + z²).

    Parameters
    ----------
    target_pct : float
        Target pass rate [%], below 100.

    Examples
    --------
    >>> samples_needed(98.0)
    189
    """
    share = target_pct / 100
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    return math.ceil(share * z * z / (1 - share))
