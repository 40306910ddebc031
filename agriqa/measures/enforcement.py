"""Measures of enforcement: what was checked, what was found, what became of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from agriqa.datasets import Label
from agriqa.measures.measure import Measure
from agriqa.measures.parts import county_year
from agriqa.measures.source import Source

if TYPE_CHECKING:
    import pandas as pd

RETURN = "县级监管执法季报"


def _quarters(source: Source) -> pd.DataFrame:
    """Return rows that know their quarter and field as one category."""
    rows = source.table("enforcement")
    return rows.assign(part=rows["field"] + rows["quarter"].astype(str))


def _total(source: Source, *, column: str) -> pd.DataFrame:
    return county_year(source.once(_quarters), source, column, category="part")


def _share(source: Source, *, above: str, below: str) -> pd.DataFrame:
    """Set one count against another; where there is none of the other there is no share."""
    return county_year(source.once(_quarters), source, above, below, category="part")


def _passed(source: Source) -> pd.DataFrame:
    parts = _share(source, above="batches_failed_n", below="batches_tested_n")
    return parts.assign(numerator=parts["denominator"] - parts["numerator"])


def _count(id_: str, zh: str, en: str, unit: str, column: str) -> Measure:
    return Measure(
        id=id_,
        label=Label(zh=zh, en=en),
        unit=unit,
        direction=0,
        theme="governance",
        kind="sum",
        formula=Label(
            zh="四个季度、各执法领域之和；缺任一季度或领域的县年不计合计",
            en="sum over quarters and fields; a county-year that lacks one has no total",
        ),
        datasets=("enforcement",),
        reference=RETURN,
        parts=partial(_total, column=column),
        decimals=0,
    )


MEASURES = (
    _count("inspections_n", "检查次数", "Inspections", "次", "inspections_n"),
    _count("firms_checked_n", "检查主体数", "Firms checked", "家", "firms_n"),
    _count("cases_n", "立案数", "Cases", "件", "cases_n"),
    Measure(
        id="cases_per_1000_firms_n",
        label=Label(zh="千家主体立案数", en="Cases per 1,000 firms checked"),
        unit="件/千家",
        direction=0,
        theme="governance",
        kind="ratio",
        scale=1000.0,
        formula=Label(zh="立案数 ÷ 检查主体数 × 1000", en="cases ÷ firms checked × 1,000"),
        datasets=("enforcement",),
        reference=RETURN,
        parts=partial(_share, above="cases_n", below="firms_n"),
    ),
    Measure(
        id="case_closure_pct",
        label=Label(zh="结案率", en="Cases closed"),
        unit="%",
        direction=1,
        theme="governance",
        kind="ratio",
        scale=100.0,
        formula=Label(
            zh="当年结案数 ÷ 当年立案数；结的可以是往年立的案，故可超过 100",
            en="cases closed in the year ÷ cases opened in it; those closed may be older, so it "
            "may pass 100",
        ),
        datasets=("enforcement",),
        reference=RETURN,
        parts=partial(_share, above="closed_n", below="cases_n"),
    ),
    Measure(
        id="case_referral_pct",
        label=Label(zh="移送司法率", en="Cases referred"),
        unit="%",
        direction=0,
        theme="governance",
        kind="ratio",
        scale=100.0,
        formula=Label(
            zh="当年移送司法数 ÷ 当年立案数", en="cases referred ÷ cases opened in the year"
        ),
        datasets=("enforcement",),
        reference=RETURN,
        parts=partial(_share, above="referred_n", below="cases_n"),
    ),
    Measure(
        id="input_batch_pass_pct",
        label=Label(zh="投入品抽检合格率", en="Pass rate of input batches"),
        unit="%",
        direction=1,
        theme="governance",
        kind="proportion",
        scale=100.0,
        formula=Label(
            zh="（抽检批次 − 不合格批次）÷ 抽检批次；区间为 95% Wilson 区间",
            en="(batches tested − failed) ÷ batches tested; 95 % Wilson interval",
        ),
        datasets=("enforcement",),
        reference=RETURN,
        parts=_passed,
        minimum_n=5,
    ),
)
