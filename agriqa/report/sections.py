"""Every measure of a section of the county report, in one compact table."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from agriqa.datasets import Label
from agriqa.figures.tables import html_table, interval_text
from agriqa.figures.words import (
    NO_VALUE,
    Language,
    number_text,
    signed_text,
    status_text,
    unit_text,
    value_text,
)
from agriqa.measures import Measure, registry
from agriqa.stats.comparisons import proportion_difference

if TYPE_CHECKING:
    from agriqa.report.evidence import CountyEvidence

SECTIONS: Mapping[str, Label] = {
    "bases": Label(zh="生产基地", en="bases"),
    "pesticides": Label(zh="农药", en="pesticides"),
    "fertilisers": Label(zh="化肥", en="fertiliser"),
    "greening": Label(zh="绿色生产", en="green production"),
    "sampling": Label(zh="质量安全", en="quality and safety"),
    "brands": Label(zh="品牌", en="brands"),
    "governance": Label(zh="监管、能力与对标", en="supervision, capacity and benchmarks"),
}
_SECTION_OF_DATASET = {
    "pesticide_use": "pesticides",
    "fertiliser_use": "fertilisers",
    "greening": "greening",
    "sample": "sampling",
    "residue": "sampling",
}
# Of one county these say yes (100) or no (0); of the province, how many counties do.
YES_NO = (
    "base_coverage_pct", "pesticide_zero_growth_pct", "pesticide_zero_growth_2012_14_pct",
)  # fmt: skip
# Amounts change by a share of themselves; counts, grades and scores by a number.
_AMOUNTS = ("吨", "公斤/公顷", "公顷", "万元", "亿元", "件/千家", "人/万公顷")
_MARKS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"

# A tidy row of the measure, by measure.
Rows = Mapping[str, Mapping[Hashable, Any]]


def section_of(measure: Measure) -> str:
    """Return the section a measure stands in.

    Inputs and evaluations are told apart by what they are computed from.

    Examples
    --------
    >>> section_of(registry()["pesticide_use_t"]), section_of(registry()["staff_n"])
    ('pesticides', 'governance')
    """
    if measure.theme in SECTIONS:
        return measure.theme
    known = (_SECTION_OF_DATASET[n] for n in measure.datasets if n in _SECTION_OF_DATASET)
    found = list(dict.fromkeys(known))
    if measure.theme == "inputs":
        return found[0] if found else "greening"
    return found[0] if len(found) == 1 else "governance"


def section_table(evidence: CountyEvidence, section: str) -> str:
    """Return a county's figures of one section as an HTML table, or nothing without any.

    Measures that no county has in the year are left out.

    Parameters
    ----------
    evidence : CountyEvidence
        The county's data.
    section : str
        One of ``SECTIONS``.

    Raises
    ------
    ValueError
        If there is no such section.
    """
    if section not in SECTIONS:
        raise ValueError(f"section must be one of {', '.join(SECTIONS)}, got {section!r}")
    e, period = evidence, evidence.period
    somewhere = set(e.now.loc[e.now["value"].notna(), "measure"])
    measures = [m for m in registry().values() if m.id in somewhere and section_of(m) == section]
    if not measures:
        return ""
    whole = e.rows[e.rows["level"] == "province"]
    now, before, all_of_it = (
        _by_measure(rows, year)
        for rows, year in ((e.own, period), (e.own, period - 1), (whole, period))
    )
    why = {m.id: e.why_absent(m).words(e.language) for m in measures if not _known(now.get(m.id))}
    marks = {reason: rank for rank, reason in enumerate(dict.fromkeys(why.values()), start=1)}
    cells = [
        (
            m.label[e.language],
            _value(now.get(m.id), m, e.language) + _mark(marks.get(why.get(m.id, ""))),
            _interval(now.get(m.id), m),
            _value(before.get(m.id), m, e.language),
            _change(now.get(m.id), before.get(m.id), m, e.language),
            _of_province(all_of_it.get(m.id), m, e.language),
        )
        for m in measures
    ]
    year = e.say("{} 年", "{}").format
    heads = [
        e.say("指标", "Measure"), year(period), e.say("区间 (n)", "Interval (n)"),
        year(period - 1), e.say("比上年", "Change"), e.say("全省", "Province"),
    ]  # fmt: skip
    frame = pd.DataFrame(cells, columns=heads)
    classes = pd.DataFrame("", index=frame.index, columns=heads)
    classes[heads[1]] = ["absent" if m.id in why else "own" for m in measures]
    if (frame[heads[2]] == "—").all():
        frame, classes = frame.drop(columns=heads[2]), classes.drop(columns=heads[2])
    label = SECTIONS[section][e.language]
    return html_table(
        frame,
        caption=e.say(
            f"{e.name} {period} 年：{label}的全部指标",
            f"{e.name}, {period}: all measures of {label}",
        ),
        numeric=list(frame.columns[1:]),
        classes=classes,
        notes=[
            e.say("　", " · ").join(f"{_mark(rank)} {reason}" for reason, rank in marks.items()),
            _legend(measures, now, frame[heads[4]], e.language),
        ],
        compact=True,
    )


def _by_measure(rows: pd.DataFrame, period: int) -> Rows:
    records = rows[rows["period"] == period].to_dict("records")
    return {str(row["measure"]): row for row in records}


def _known(row: Mapping[Hashable, Any] | None) -> bool:
    return row is not None and row["status"] not in NO_VALUE


def _mark(rank: int | None) -> str:
    """Return the sign that leads to a footnote.

    Examples
    --------
    >>> _mark(2), _mark(21), _mark(None)
    ('②', '[21]', '')
    """
    if rank is None:
        return ""
    return _MARKS[rank - 1] if rank <= len(_MARKS) else f"[{rank}]"


def _value(row: Mapping[Hashable, Any] | None, measure: Measure, language: Language) -> str:
    if row is None or not _known(row):
        return status_text("missing" if row is None else str(row["status"]), language)
    value = float(row["value"])
    if measure.id in YES_NO:
        return {"zh": ("否", "是"), "en": ("no", "yes")}[language][value > 0]
    return value_text(value, measure.decimals, measure.unit, language)


def _of_province(row: Mapping[Hashable, Any] | None, measure: Measure, language: Language) -> str:
    if "province" not in measure.levels:
        return "—"
    if row is None or not _known(row):
        return _value(row, measure, language)
    shown = value_text(float(row["value"]), measure.decimals, measure.unit, language)
    if measure.id in YES_NO:
        return shown + {"zh": "的县", "en": " of counties"}[language]
    return shown


def _interval(row: Mapping[Hashable, Any] | None, measure: Measure) -> str:
    """Write interval and n of what rests on a sample."""
    counted = measure.interval is not None or measure.minimum_n > 0
    if row is None or not counted or pd.isna(row["n"]):
        return "—"
    n = f"n={number_text(float(row['n']), 0)}"
    span = interval_text(pd.Series(row), measure.decimals)
    if "−" in span:
        span = span.replace("–", " – ")
    return n if span == "—" else f"{span} ({n})"


def _change(
    now: Mapping[Hashable, Any] | None,
    before: Mapping[Hashable, Any] | None,
    measure: Measure,
    language: Language,
) -> str:
    """Write the change on the year before; in brackets what sampling error may have made."""
    if now is None or before is None or not _known(now) or not _known(before):
        return "—"
    new, old = float(now["value"]), float(before["value"])
    if measure.id in YES_NO:
        return "—"
    same = {"zh": "持平", "en": "none"}[language]
    if new == old:
        return same
    if measure.unit in _AMOUNTS:
        return f"{signed_text(100 * (new - old) / old, 1)}%" if old > 0 else "—"
    if round(new - old, measure.decimals) == 0:
        return same
    unit = {"zh": "个百分点", "en": "points"}[language]
    unit = unit if measure.unit == "%" else unit_text(measure.unit, language)
    shown = f"{signed_text(new - old, measure.decimals)} {unit}".rstrip()
    if measure.kind == "proportion" and not _distinct(now, before, measure):
        return {"zh": f"（{shown}）", "en": f"({shown})"}[language]
    return shown


def _distinct(
    now: Mapping[Hashable, Any], before: Mapping[Hashable, Any], measure: Measure
) -> bool:
    """Tell whether the interval of the difference of two rates leaves out 0."""
    hits = [round(float(row["value"]) / measure.scale * float(row["n"])) for row in (now, before)]
    gap = proportion_difference(hits[0], float(now["n"]), hits[1], float(before["n"]))
    return bool(gap.low > 0 or gap.high < 0)


def _legend(measures: Sequence[Measure], now: Rows, changes: pd.Series, language: Language) -> str:
    """Say what intervals and brackets are, of those the table has."""
    zh = language == "zh"
    kinds: dict[str, list[str]] = {}
    for m in measures:
        row = now.get(m.id)
        if m.interval is not None and row is not None and pd.notna(row["low"]):
            kinds.setdefault(m.interval[language], []).append(m.label[language])
    most = max(kinds, key=lambda kind: len(kinds[kind]), default="")
    told = [f"区间为 {most}" if zh else f"Intervals: {most}"] if most else []
    told += [
        f"{'、'.join(labels)}：{kind}" if zh else f"{', '.join(labels)}: {kind}"
        for kind, labels in kinds.items()
        if kind != most
    ]
    if changes.str.contains("[（(]").any():
        told.append(
            "括号内的升降在抽样误差之内（两年之差的 95% Newcombe 区间含 0）"
            if zh
            else "changes in brackets are within sampling error (95 % Newcombe interval of the "
            "difference holds 0)"
        )
    origins: dict[str, list[str]] = {}
    for m in measures:
        row = now.get(m.id)
        if row is not None and _known(row):
            origins.setdefault(str(row["status"]), []).append(m.label[language])
    if list(origins) == ["simulated"]:
        told.append("本表为模拟数据" if zh else "all figures are simulated")
    elif "simulated" in origins:
        listed = ("、" if zh else ", ").join(origins["simulated"])
        told.append(f"模拟数据：{listed}" if zh else f"simulated: {listed}")
    return ("；".join(told) + "。" if zh else "; ".join(told) + ".") if told else ""
