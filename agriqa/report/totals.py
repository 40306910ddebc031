"""Our totals of the province against the published ones, in words, with their ranges."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from agriqa.datasets import datasets
from agriqa.datasets.units import factor
from agriqa.figures.words import NO_VALUE, Language, number_text, signed_text, status_text
from agriqa.measures import Measure, registry
from agriqa.stats.precision import rounding_unit

if TYPE_CHECKING:
    from agriqa.report.evidence import CountyEvidence


def published_totals(evidence: CountyEvidence) -> list[str]:
    """Return a line for each measure of published totals that there is in the year."""
    e = evidence
    lines = []
    for measure in registry().values():
        if measure.levels != ("province",) or "published_figure" not in measure.datasets:
            continue
        rows = e.province_rows(measure.id)
        for row in rows[rows["period"] == e.period].to_dict("records"):
            rounded = _rounding(e, measure)
            words = _words(row, measure, rounded, e.language)
            lines.append(f"{measure.label[e.language]}{e.say('：', ': ')}{words}")
    return lines


def _words(row: Mapping[Hashable, Any], measure: Measure, rounded: str, language: Language) -> str:
    zh, status = language == "zh", str(row["status"])
    if status == "within_rounding":
        low, high = (signed_text(float(row[end]), 1) for end in ("low", "high"))
        return (
            f"公布数修约到 {rounded}，变化在 {low}% 与 {high}% 之间，增减不可知"
            if zh
            else f"published figures are rounded to {rounded}: the change lies between {low} % "
            f"and {high} %, up or down is not known"
        )
    if status in NO_VALUE:
        return status_text(status, language)
    ratio = "_mean_" in measure.id
    # Our total lies within hundredths of a per cent of the published one.
    decimals = measure.decimals if ratio else measure.decimals + 1
    write = number_text if ratio else signed_text
    value, low, high = (write(float(row[name]), decimals) for name in ("value", "low", "high"))
    percent = "%" if zh else " %"
    shown = f"{value}{percent}"
    if not value == low == high:
        shown += (
            f"（公布数修约到 {rounded}，在 {low}% 与 {high}% 之间）"
            if zh
            else f" (published figures are rounded to {rounded}: between {low} % and {high} %)"
        )
    return shown + (_verdict(float(row["low"]), float(row["high"]), zh=zh) if ratio else "")


def _verdict(low: float, high: float, *, zh: bool) -> str:
    """Judge zero growth by the whole range."""
    if high <= 100:
        return "，零增长达标" if zh else ", zero growth is kept"
    if low > 100:
        return "，零增长未达标" if zh else ", zero growth is not kept"
    return "，是否达标不可知" if zh else ", whether zero growth is kept is not known"


def _rounding(evidence: CountyEvidence, measure: Measure) -> str:
    """Say to what the coarsest figure of the year and the year before was rounded."""
    e = evidence
    [(indicator, own)] = [
        (link.indicator, declared[link.column].unit or "1")
        for declared in datasets().values()
        for link in declared.rules.published
        if measure.id.startswith(link.measure.removesuffix("_t"))
    ]
    table = e.snapshot.table("published_figure")
    rows = table[
        (table["indicator"] == indicator)
        & (table["area_code"] == e.project.code)
        & table["year"].between(e.period - 1, e.period)
    ]
    units = [
        (
            rounding_unit(f"{row['value']:.12g}")[1]
            if pd.isna(row["rounded_to"])
            else float(row["rounded_to"]),
            str(row["unit_of_value"]),
        )
        for row in rows.to_dict("records")
    ]
    unit, name = max(units, key=lambda found: found[0] * factor(found[1], own))
    if e.language == "zh":
        return f"{unit:g} {name}"
    return f"{number_text(unit * factor(name, own), 0)} t"
