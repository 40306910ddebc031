"""The notes at a report's end: where its numbers come from and what to mind."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from agriqa.datasets import dataset
from agriqa.datasets.catalog import catalog
from agriqa.figures.words import status_text
from agriqa.measures import registry

if TYPE_CHECKING:
    from agriqa.report.evidence import CountyEvidence

# Lists whose rows a usage warning may name one by one.
_LISTS = ("base", "brand", "certification")


def data_notes(report: CountyEvidence) -> str:
    """Return the notes of a county report as HTML."""
    zh = report.language == "zh"
    parts = [
        ("数据状态" if zh else "Status of the data", _statuses(report)),
        ("区划变更" if zh else "Changes of the county", _changes(report)),
        ("未采用的报表行" if zh else "Rows set aside", _quarantined(report)),
        ("指标算法" if zh else "How the measures are computed", _formulas(report)),
        ("资料与注意事项" if zh else "Material and what to mind", _warnings(report)),
        ("比较方法" if zh else "How counties are compared", [_method(zh)]),
        ("数据快照" if zh else "Snapshot of the data", [_snapshot(report)]),
    ]
    items = "".join(
        f"<dt>{escape(title)}</dt>" + "".join(f"<dd>{escape(line)}</dd>" for line in lines)
        for title, lines in parts
        if lines
    )
    return f'<dl class="notes">{items}</dl>'


def _method(zh: bool) -> str:
    if zh:
        return (
            "“全省中间一半”是各县数值的第一至第三四分位数之间；高于或低于指在此之外。"
            "比率的 95% 区间若包含全省中位数，则说“无明显差别”。不给名次，因为名次没有误差范围。"
        )
    return (
        "The middle half lies between the first and third quartile of counties; above and below "
        "mean outside it. Where a rate's 95 % interval holds the median it is not told apart. "
        "There are no ranks: a rank without its uncertainty misleads."
    )


def _statuses(report: CountyEvidence) -> list[str]:
    now = report.own[report.own["period"] == report.period]
    counts = now["status"].value_counts()
    joined = "，".join(f"{status_text(str(s), report.language)} {n}" for s, n in counts.items())
    zh = report.language == "zh"
    lines = [f"{report.period} 年各项指标：{joined}。" if zh else f"{report.period}: {joined}."]
    absent = now[now["status"].isin(["missing", "withheld"])]
    for _, row in absent.iterrows():
        label = registry()[str(row["measure"])].label[report.language]
        lines.append(f"{label}：{status_text(str(row['status']), report.language)}")
    return lines


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


def _quarantined(report: CountyEvidence) -> list[str]:
    """Count the rows set aside in the files that hold this county's returns."""
    sources: set[str] = set()
    for name in ("pesticide_use", "fertiliser_use", "production", "greening"):
        rows = report.snapshot.table(name, columns=["county_code", "source_file"])
        sources |= set(rows.loc[rows["county_code"] == report.code, "source_file"])
    loads = report.snapshot.table("load")
    ours = loads[loads["file"].isin(sources)]
    count = int(ours["rows_quarantined"].sum())
    zh = report.language == "zh"
    if ours.empty:
        return []
    return [
        f"含本县数据的 {len(ours)} 个报表文件（同市州各县共用）共有 {count} 行因有误未采用，"
        "原因见装载记录。"
        if zh
        else f"The {len(ours)} files with this county's returns (shared with its prefecture) have "
        f"{count} rows set aside for errors; the load record gives the reasons."
    ]


def _formulas(report: CountyEvidence) -> list[str]:
    lang = report.language
    return [
        f"{m.label[lang]}：{m.formula[lang]}" if lang == "zh" else f"{m.label.en}: {m.formula.en}"
        for m in registry().values()
    ]


def _warnings(report: CountyEvidence) -> list[str]:
    """Return publisher, date and usage warnings of the reference files shown."""
    lang, lines = report.language, []
    for entry in catalog(report.project.reference):
        if entry.dataset not in (*_LISTS, "target") and "boundaries" not in entry.path:
            continue
        lines.append(
            f"{entry.title[lang]}：{entry.publisher}，{entry.published}"
            if lang == "zh"
            else f"{entry.title.en}: {entry.publisher}, {entry.published}"
        )
        ours = _own_ids(report, entry.dataset)
        lines += [f"　· {w.text[lang]}" for w in entry.warnings if not w.ids or ours & set(w.ids)]
    return lines


def _own_ids(report: CountyEvidence, name: str | None) -> set[str]:
    if name is None or name not in _LISTS:
        return set()
    return set(report.table(name)[dataset(name).key[0]])


def _snapshot(report: CountyEvidence) -> str:
    made = str(report.snapshot.manifest.get("created", ""))[:10]
    if report.language == "zh":
        return f"{report.snapshot.id}，冻结于 {made}；本页所有数字都出自这一份数据。"
    return f"{report.snapshot.id}, frozen on {made}; every number on this page comes from it."
