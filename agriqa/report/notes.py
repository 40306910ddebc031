"""The notes at a report's end: where its numbers come from and what to mind."""

from __future__ import annotations

import re
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING

from agriqa.datasets import dataset
from agriqa.datasets.catalog import catalog
from agriqa.figures.words import Language
from agriqa.measures import core_measures
from agriqa.report.findings import FEW_SAMPLES, POOLED_YEARS
from agriqa.report.totals import published_totals

if TYPE_CHECKING:
    from agriqa.report.evidence import CountyEvidence

# Lists whose rows a usage warning may name one by one.
_LISTS = ("base", "brand", "certification")


def data_notes(report: CountyEvidence) -> str:
    """Return the notes of a county report as HTML."""
    zh = report.language == "zh"
    parts = [
        ("哪些数没有" if zh else "What has no figure", _absent(report)),
        (
            "已报但有误、未采用的行" if zh else "Rows filed with an error and not used",
            _wrong(report),
        ),
        ("区划变更" if zh else "Changes of the county", _changes(report)),
        ("如何比较" if zh else "How figures are judged", _method(zh)),
        ("资料与注意事项" if zh else "Material and what to mind", _warnings(report)),
        (
            f"{report.period} 年全省合计与公布数"
            if zh
            else f"Totals of the province and published figures, {report.period}",
            published_totals(report),
        ),
        ("数据快照" if zh else "Snapshot of the data", [_snapshot(report)]),
    ]
    items = "".join(
        f"<dt>{escape(title)}</dt>" + "".join(f"<dd>{escape(line)}</dd>" for line in lines)
        for title, lines in parts
        if lines
    )
    return f'<dl class="notes">{items}</dl>{_folded(report)}'


def _folded(report: CountyEvidence) -> str:
    """Return the formulas, folded on a screen and open on paper.

    Browsers do not open a folded part for printing, so paper has its own.
    """
    title = report.say("指标算法", "How the measures are computed")
    lines = "".join(f"<dd>{escape(line)}</dd>" for line in _formulas(report))
    return (
        f'<details class="formulas"><summary>{escape(title)}</summary>'
        f'<dl class="notes">{lines}</dl></details>'
        f'<dl class="notes formulas on-paper"><dt>{escape(title)}</dt>{lines}</dl>'
    )


def _method(zh: bool) -> list[str]:
    few = FEW_SAMPLES
    if zh:
        return [
            "用量、覆盖率等与全省各县比：在全省中间一半（第一至第三四分位数）之外才说高于或低于多数县。",
            f"合格率、检出率、超限率与全省合计比：95% 区间整个在全省之外才说高于或低于；不足 {few} "
            f"个样品不作判断；合格率按近 {POOLED_YEARS} 年合计。",
            "农药用量与前三年均值之比只看是否超过 100%。不给名次，因为名次没有误差范围。",
        ]
    return [
        "Use and coverage are held against all counties: above or below means outside the middle "
        "half (first to third quartile).",
        "Pass, detection and exceedance rates are held against the province's own rate: above or "
        f"below means that the whole 95 % interval is; with fewer than {few} samples nothing is "
        f"judged; pass rates are pooled over {POOLED_YEARS} years.",
        "Pesticide use to its three-year mean is held against 100 % only. There are no ranks: a "
        "rank without its uncertainty misleads.",
    ]


def _absent(report: CountyEvidence) -> list[str]:
    colon = report.say("：", ": ")
    return [
        f"{absent.measure.label[report.language]}{colon}{absent.words(report.language)}"
        for absent in report.absences.values()
    ]


def _wrong(report: CountyEvidence) -> list[str]:
    label = report.say("{} 年", "{}").format
    return [
        (f"{label(row.year)} · " if row.year else "") + row.words(report.language)
        for row in sorted(report.set_aside, key=lambda r: -(r.year or 0))
    ]


def _changes(report: CountyEvidence) -> list[str]:
    lines = []
    for _, row in report.project.register.changes(report.code).iterrows():
        mark = ""
        if row["breaks_series"]:
            mark = (
                "；前后数字不宜直接比较"
                if report.language == "zh"
                else "; figures before and after are not comparable"
            )
        number = "" if not isinstance(row["approval_no"], str) else f"（{row['approval_no']}）"
        lines.append(
            f"{row['year']}：{row['old_name']}→{row['new_name']}，{row['change']}{number}{mark}"
        )
    return lines


def _formulas(report: CountyEvidence) -> list[str]:
    lang = report.language
    return [
        f"{m.label[lang]}：{m.formula[lang]}" if lang == "zh" else f"{m.label.en}: {m.formula.en}"
        for m in core_measures()
    ]


def _warnings(report: CountyEvidence) -> list[str]:
    """Return publisher and date of the files shown, and each warning once."""
    lang, zh = report.language, report.language == "zh"
    sources: dict[str, list[str]] = {}
    warnings: dict[str, list[str]] = {}
    for entry in catalog(report.project.reference):
        # A page shows targets that a measure tracks, which the founding brief's are not.
        shown = entry.dataset in _LISTS or entry.path == "targets.csv"
        if not shown and "boundaries" not in entry.path:
            continue
        title = entry.title[lang]
        origin = f"{entry.publisher}{'，' if zh else ', '}{entry.published}"
        sources.setdefault(origin, []).append(title)
        ours = _own_ids(report, entry.dataset)
        for warning in entry.warnings:
            if not warning.ids or ours & set(warning.ids):
                text = _in_plain_words(warning.text[lang], entry.dataset, lang)
                warnings.setdefault(text, []).append(title)
    mark, comma = ("：", "、") if zh else (": ", ", ")
    told = [f"{comma.join(titles)}{mark}{origin}" for origin, titles in sources.items()]
    return told + [f"{comma.join(titles)}{mark}{text}" for text, titles in warnings.items()]


def _in_plain_words(text: str, name: str | None, language: Language) -> str:
    """Put a column's label where a warning names the column."""
    if name is None:
        return text
    labels = {column.name: column.label[language] for column in dataset(name)}
    names = "|".join(sorted(map(re.escape, labels), key=len, reverse=True))
    # Only names that no English word can be mistaken for, unless the text is Chinese.
    found = rf" ?(?<![A-Za-z_])({names})(?![A-Za-z_]) ?"
    if language == "zh":
        return re.sub(found, lambda m: f"“{labels[m[1]]}”", text).replace("列）", "栏）")
    return re.sub(found, lambda m: f" “{labels[m[1]]}” " if "_" in m[1] else m[0], text)


def _own_ids(report: CountyEvidence, name: str | None) -> set[str]:
    if name is None or name not in _LISTS:
        return set()
    return set(report.table(name)[dataset(name).key[0]])


def _snapshot(report: CountyEvidence) -> str:
    created = datetime.fromisoformat(str(report.snapshot.manifest["created"]))
    made = created.astimezone().date().isoformat()
    if report.language == "zh":
        return f"{report.snapshot.id}，冻结于 {made}；本页所有数字都出自这一份数据。"
    return f"{report.snapshot.id}, frozen on {made}; every number on this page comes from it."
