"""The page of methods, made from the registry."""

from __future__ import annotations

from agriqa.datasets import Label, dataset
from agriqa.measures.measure import Measure, Theme
from agriqa.measures.registry import registry

HEAD = """# 指标与方法 Measures and methods

本页由指标登记表生成（`agriqa methods`），不要手改。
Made from the registry of measures; do not edit.

- 每个值都带单位、时期、n 和状态。状态或是数据性质（公开、上报、估算、模拟，取最弱的一个），
  或是没有值的原因（缺数、不公开、样本太少、在修约误差之内）。缺数、不公开和 0 是三件事。
- “加总”是各县之和；“比”是分子之和除以分母之和；“比率”是样本比率，带区间；
  “估计”对每个地区分别计算。一个县缺了一部分的合计不算合计。
- Every value has its unit, period, n and status: the origin of its data (published, reported,
  estimated, simulated; the weakest counts), or why there is no value (no figure, withheld, too few
  to tell, within rounding). Missing, withheld and 0 are three things.
- A sum adds up counties; a ratio divides sums; a proportion is a share of a sample, with its
  interval; an estimate is computed anew for every area. A total that lacks a part is no total.
"""

THEMES: dict[Theme, Label] = {
    "bases": Label(zh="生产基地", en="Production bases"),
    "inputs": Label(zh="投入品与绿色生产", en="Inputs and green production"),
    "sampling": Label(zh="质量安全监测", en="Sampling and residues"),
    "brands": Label(zh="品牌与认证", en="Brands and certification"),
    "governance": Label(zh="监管、能力与对标", en="Enforcement, capacity and benchmarks"),
    "evaluation": Label(zh="政策评价与核对", en="Programme evaluation and reconciliation"),
}
_KINDS = {
    "sum": "加总 sum",
    "ratio": "比 ratio",
    "proportion": "比率 proportion",
    "estimate": "估计 estimate",
}
_DIRECTIONS = {1: "越高越好 more is better", -1: "越低越好 less is better", 0: "无好坏 neither"}
_LEVELS = {"county": "县 county", "prefecture": "市州 prefecture", "province": "省 province"}


def methods_page() -> str:
    """Return the measures as Markdown, by theme.

    Examples
    --------
    >>> "`pass_rate_pct`" in methods_page()
    True
    """
    parts = [HEAD]
    for theme, label in THEMES.items():
        parts.append(f"## {label.zh} {label.en}\n")
        parts += [_section(one) for one in registry().values() if one.theme == theme]
    return "\n".join(parts)


def _section(one: Measure) -> str:
    sources = "、".join(f"{dataset(name).label.zh} `{name}`" for name in one.datasets)
    lines = [
        f"### {one.label.zh} {one.label.en} `{one.id}`\n",
        f"{one.formula.zh}。 {one.formula.en[0].upper()}{one.formula.en[1:]}.\n",
        f"- 单位 unit：{one.unit}；{_KINDS[one.kind]}；{_DIRECTIONS[one.direction]}；"
        f"{'、'.join(_LEVELS[level] for level in one.levels)}",
    ]
    if one.interval is not None:
        lines.append(f"- 区间 interval：{one.interval.zh}；{one.interval.en}")
    lines += [
        f"- 没有值时 where there is no value：{one.absence.zh}。 {one.absence.en}.",
        f"- 数据 data：{sources}",
        f"- 依据 reference：{one.reference}\n",
    ]
    return "\n".join(lines)
