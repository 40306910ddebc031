"""Plain-language findings, by rules, each with the number behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import pandas as pd

from agriqa.figures.words import NO_VALUE, Language, number_text, value_text
from agriqa.stats.proportions import wilson_interval

if TYPE_CHECKING:
    from agriqa.measures import Measure

Place = Literal[
    "above", "below", "near", "unsure", "few", "kept", "broken", "unlisted", "none",
]  # fmt: skip
Tone = Literal["good", "poor", "near", "none"]

FEW_SAMPLES = 10  # with fewer a rate is not judged
POOLED_YEARS = 3  # a county's samples of one year are too few for its pass rate

# Measures that are held against a limit of their own, never against other counties.
LIMITS: Mapping[str, float] = {"pesticide_to_3y_mean_pct": 100.0}

_PLACE_WORDS: dict[Language, dict[Place, str]] = {
    "zh": {
        "above": "高于全省多数县", "below": "低于全省多数县", "near": "接近全省中位数",
        "unsure": "与全省无明显差别", "few": "样品太少，不作判断", "kept": "守住零增长",
        "broken": "超过零增长线", "unlisted": "所收名单未列出，不作判断", "none": "无法比较",
    },
    "en": {
        "above": "above most counties", "below": "below most counties",
        "near": "near the median of counties", "unsure": "not clearly different from the province",
        "few": "too few samples to judge", "kept": "zero growth kept",
        "broken": "above the zero-growth line", "unlisted": "not on the lists held: not judged",
        "none": "cannot be compared",
    },
}  # fmt: skip
_RATE_WORDS: dict[Language, dict[Place, str]] = {
    "zh": {"above": "明显高于全省", "below": "明显低于全省"},
    "en": {"above": "clearly above the province", "below": "clearly below the province"},
}


@dataclass(frozen=True)
class Standing:
    """How one figure stands.

    Attributes
    ----------
    measure : Measure
        The indicator.
    row : Series or None
        Its tidy row; None if there is none.
    band : Series or None
        q1, median, q3 of all counties [unit of the measure] and n.
    place : str
        A rate lies ``above`` or ``below`` the province's own rate if its whole
        interval does, else it is ``unsure``, and ``few`` if it rests on too few
        samples. A measure with a limit is ``kept`` or ``broken``. Others lie
        ``above`` or ``below`` the middle half of counties or ``near``, within
        it. ``unlisted`` is a zero of incomplete lists.
    reference : float or None
        What the value was held against: the province's rate, the limit or the
        median [unit of the measure].
    years : tuple of int, optional
        First and last year, where the figure is pooled over several.
    """

    measure: Measure
    row: pd.Series | None
    band: pd.Series | None
    place: Place
    reference: float | None = None
    years: tuple[int, int] | None = None

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return self.row is not None and str(self.row["status"]) not in NO_VALUE

    @property
    def judged(self) -> bool:
        """Whether the figure allows a judgement: a total says how large the county is."""
        m = self.measure
        total = m.kind == "sum" and not m.zero_if_absent
        return self.place not in ("none", "few", "unlisted") and m.direction != 0 and not total

    @property
    def good(self) -> bool:
        """Whether it lies on the good side of what it is held against."""
        better = {1: "above", -1: "below"}.get(self.measure.direction)
        return self.place in (better, "kept")

    @property
    def poor(self) -> bool:
        """Whether it lies on the bad side of what it is held against."""
        worse = {1: "below", -1: "above"}.get(self.measure.direction)
        return self.place in (worse, "broken")

    @property
    def tone(self) -> Tone:
        """Return the colour it is shown in; ``none`` where there is no judgement."""
        if not self.judged:
            return "none"
        return "good" if self.good else "poor" if self.poor else "near"

    def place_words(self, language: Language = "zh") -> str:
        """Return the place in words."""
        rate = self.measure.kind == "proportion"
        special = _RATE_WORDS[language].get(self.place) if rate else None
        return special or _PLACE_WORDS[language][self.place]

    def value_words(self, language: Language = "zh") -> str:
        """Return the value with its unit."""
        if self.row is None:
            raise ValueError(f"{self.measure.id} has no value")
        m = self.measure
        return value_text(float(self.row["value"]), m.decimals, m.unit, language)

    def interval_words(self) -> str:
        """Return the interval of a rate, e.g. ``82.8–99.4%``."""
        if self.row is None:
            raise ValueError(f"{self.measure.id} has no value")
        low, high = number_text(float(self.row["low"]), 1), number_text(float(self.row["high"]), 1)
        return f"{low}–{high}%"

    def reference_words(self, language: Language = "zh") -> str:
        """Say what the value is held against, or nothing."""
        if self.reference is None:
            return ""
        shown = number_text(self.reference, self.measure.decimals)
        kind = (
            "limit" if self.measure.id in LIMITS
            else "province" if self.measure.kind == "proportion" else "median"
        )  # fmt: skip
        name = {
            "zh": {"limit": "零增长线", "province": "全省", "median": "全省中位数"},
            "en": {"limit": "zero growth", "province": "province", "median": "median"},
        }[language][kind]
        same = {"zh": "同期", "en": ", same years"}[language] if self.years else ""
        return f"{name}{same} {shown}"

    def years_words(self, language: Language = "zh") -> str:
        """Name the years of a pooled figure, or nothing."""
        if self.years is None:
            return ""
        first, last = self.years
        return f"{first}—{last} 年合计" if language == "zh" else f"{first}–{last} pooled"

    def words(self, language: Language = "zh") -> str:
        """Return label, value and what it is held against in one phrase."""
        m, value = self.measure, self.value_words(language)
        told = [self.years_words(language), self.reference_words(language)]
        told = [text for text in told if text]
        if language == "zh":
            space = "" if m.label.zh.endswith("）") else " "
            return f"{m.label.zh}{space}{value}" + (f"（{'，'.join(told)}）" if told else "")
        return f"{m.label.en} {value}" + (f" ({', '.join(told)})" if told else "")


def standing(
    measure: Measure,
    row: pd.Series | None,
    band: pd.Series | None,
    *,
    province: float | None = None,
    samples: float | None = None,
) -> Standing:
    """Place one figure.

    Parameters
    ----------
    measure : Measure
        The indicator.
    row : Series or None
        value, low, high, n, status.
    band : Series or None
        q1, median, q3, n of all counties.
    province : float, optional
        The province's own rate over the same years [%], for a rate.
    samples : float, optional
        How many samples a rate rests on; its n by default.
    """
    nothing = Standing(measure, row, band, "none")
    if row is None or str(row["status"]) in NO_VALUE:
        return nothing
    value = float(row["value"])
    if measure.id in LIMITS:
        limit = LIMITS[measure.id]
        return replace(nothing, place="kept" if value <= limit else "broken", reference=limit)
    if measure.kind == "proportion":
        if province is None:
            return nothing
        return replace(nothing, place=_rate_place(row, province, samples), reference=province)
    if band is None:
        return nothing
    place: Place = "near"
    if measure.zero_if_absent and value == 0:
        place = "unlisted"
    elif value > band["q3"]:
        place = "above"
    elif value < band["q1"]:
        place = "below"
    return replace(nothing, place=place, reference=float(band["median"]))


def _rate_place(row: pd.Series, province: float, samples: float | None) -> Place:
    if (float(row["n"]) if samples is None else samples) < FEW_SAMPLES:
        return "few"
    if row["low"] > province:
        return "above"
    return "below" if row["high"] < province else "unsure"


def pooled(rows: pd.DataFrame) -> pd.Series | None:
    """Add up an area's rates of several years.

    Parameters
    ----------
    rows : DataFrame
        Tidy rows of one rate [%]: period, value, n, status.

    Returns
    -------
    Series or None
        The last row with value, n, low and high of all years together; None
        without a value.

    Examples
    --------
    >>> made = {"period": [2020, 2021], "value": [100.0, 90.0], "n": [10.0, 10.0]}
    >>> found = pooled(pd.DataFrame(made))
    >>> [round(float(found[name]), 1) for name in ("value", "n", "low")]
    [95.0, 20.0, 76.4]
    """
    known = rows.dropna(subset=["value", "n"]).sort_values("period")
    if known.empty:
        return None
    n = float(known["n"].sum())
    hits = float((known["value"] / 100 * known["n"]).round().sum())
    low, high = wilson_interval(hits, n)
    whole = {"value": 100 * hits / n, "n": n, "low": 100 * float(low), "high": 100 * float(high)}
    last = known.iloc[-1].copy()
    for name, value in whole.items():
        last[name] = value
    return last


def summary(
    name: str, period: int, standings: Sequence[Standing], language: Language = "zh"
) -> str:
    """Say in a few sentences how the county stands and why."""
    zh = language == "zh"
    known = [s for s in standings if s.known and s.place != "none"]
    good = [s for s in known if s.judged and s.good]
    poor = [s for s in known if s.judged and s.poor]
    few = [s for s in known if not s.judged]
    absent = [s for s in standings if not s.known]
    if not known:
        return (
            f"{period} 年{name}没有可与全省比较的数据，无法判断所处位置。"
            if zh
            else f"For {period} there are no data of {name} to compare with other counties."
        )
    counts = [
        (len(good), "较好", "better"), (len(poor), "较差", "worse"),
        (len(known) - len(good) - len(poor) - len(few), "没有明显差别", "not clearly different"),
        (len(few), "样品太少不作判断", "resting on too few samples to judge"),
    ]  # fmt: skip
    told = [(f"{n} 项{w}" if zh else f"{n} {e}") for n, w, e in counts if n]
    parts = [
        f"{period} 年，{name}有 {len(known)} 项指标可与全省对照：{'，'.join(told)}。"
        if zh
        else f"In {period}, {len(known)} measures of {name} were held against the province: "
        f"{', '.join(told)}. "
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
            f"另有 {len(absent)} 项缺数：{names}。"
            if zh
            else f"No figure for {len(absent)}: {names}."
        )
    return "".join(parts).strip()


def _listed(found: Sequence[Standing], language: Language) -> str:
    return ("、" if language == "zh" else "; ").join(s.words(language) for s in found)
