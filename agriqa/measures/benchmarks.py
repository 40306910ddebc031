"""Measures of benchmark comparison with advanced values."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from agriqa.datasets import Label
from agriqa.measures.measure import Measure
from agriqa.measures.parts import shares, weakest
from agriqa.measures.source import Source

if TYPE_CHECKING:
    import pandas as pd

PROGRAMME = "质量提升对标达标（每市州两种、每县一种重点产品，每市州百家企业）"
KEY_PRODUCTS = {"county": 1, "prefecture": 2}


def _gap(source: Source, *, column: str) -> pd.DataFrame:
    """Average the relative gaps of an area's comparisons, better than the mark positive."""
    rows = source.table("benchmark").rename(columns={"year": "period"})
    known = rows[rows["own_value"].notna() & (rows[column] > 0)]
    sign = np.where(known["direction"] == "higher", 1.0, -1.0)
    gap = 100 * sign * (known["own_value"] / known[column] - 1)
    repeated = source.levelled(known.assign(gap=gap))
    groups = repeated.groupby(["level", "area", "period"])
    found = groups["gap"].agg(value="mean", n="size")
    origin = weakest(repeated, ["level", "area", "period"])
    return found.join(origin).reset_index().assign(low=np.nan, high=np.nan, absent=None)


def _met(source: Source) -> pd.DataFrame:
    rows = source.table("benchmark")
    judged = rows[rows["met"].notna()]
    return shares(judged, source, judged["met"].astype(bool))


def _subjects(source: Source, *, kind: str) -> pd.DataFrame:
    """Count the subjects of one kind that an area compares, each once."""
    rows = source.table("benchmark").rename(columns={"year": "period"})
    repeated = source.levelled(rows[rows["subject_kind"] == kind])
    # A subject of one county is another one than that of the next, whatever its name.
    subject = repeated["county_code"] + repeated["subject"]
    keys = ["level", "area", "period"]
    found = repeated.assign(subject=subject).groupby(keys)["subject"].agg(value="nunique", n="size")
    found = found.join(weakest(repeated, keys)).reset_index()
    return found.assign(value=found["value"].astype(float), low=np.nan, high=np.nan, absent=None)


def _quota(source: Source) -> pd.DataFrame:
    """Set the number of key products against the programme's: one a county, two a city."""
    found = _subjects(source, kind="product")
    wanted = found["level"].map(KEY_PRODUCTS).astype(float)
    return found.assign(value=100 * found["value"] / wanted)[wanted.notna()]


MEASURES = (
    *(
        Measure(
            id=id_,
            label=Label(zh=f"与{zh}先进值的差距", en=f"Gap to the {en} advanced value"),
            unit="%",
            direction=1,
            theme="governance",
            kind="estimate",
            formula=Label(
                zh=f"各对标指标（自身值 ÷ {zh}先进值 − 1）× 100 的平均，越低越好的指标取反号；"
                "负数为未达到；n 为指标数",
                en=f"mean over indicators of (own value ÷ {en} advanced value − 1) × 100, the sign "
                "turned where lower is better; negative is short of it; n counts indicators",
            ),
            datasets=("benchmark",),
            reference=PROGRAMME,
            estimate=partial(_gap, column=column),
        )
        for id_, zh, en, column in (
            ("benchmark_gap_national_pct", "国内", "national", "national_value"),
            ("benchmark_gap_international_pct", "国际", "international", "international_value"),
        )
    ),
    Measure(
        id="benchmark_met_pct",
        label=Label(zh="对标达标率", en="Benchmark indicators met"),
        unit="%",
        direction=1,
        theme="governance",
        kind="proportion",
        scale=100.0,
        formula=Label(
            zh="达标的对标指标 ÷ 判定了的对标指标；区间为 95% Wilson 区间",
            en="benchmark indicators met ÷ those judged; 95 % Wilson interval",
        ),
        datasets=("benchmark",),
        reference=PROGRAMME,
        parts=_met,
    ),
    Measure(
        id="benchmark_products_n",
        label=Label(zh="对标重点产品数", en="Key products compared"),
        unit="种",
        direction=1,
        theme="governance",
        kind="estimate",
        formula=Label(
            zh="开展对标的产品数，每县每种计一次", en="products compared, each once in a county"
        ),
        datasets=("benchmark",),
        reference=PROGRAMME,
        estimate=partial(_subjects, kind="product"),
        decimals=0,
    ),
    Measure(
        id="benchmark_products_quota_pct",
        label=Label(zh="对标重点产品完成率", en="Key products compared, share of the number due"),
        unit="%",
        direction=1,
        theme="governance",
        kind="estimate",
        formula=Label(
            zh="对标产品数 ÷ 应有数（每县 1 种、每市州 2 种）× 100",
            en="products compared ÷ the number due (one a county, two a city) × 100",
        ),
        datasets=("benchmark",),
        reference=PROGRAMME,
        estimate=_quota,
        decimals=0,
        levels=("county", "prefecture"),
    ),
    Measure(
        id="benchmark_firms_n",
        label=Label(zh="对标企业数", en="Firms compared"),
        unit="家",
        direction=1,
        theme="governance",
        kind="estimate",
        formula=Label(
            zh="开展对标的企业数，每县每家计一次；目标为每市州 100 家",
            en="firms compared, each once in a county; the goal is 100 a city",
        ),
        datasets=("benchmark",),
        reference=PROGRAMME,
        estimate=partial(_subjects, kind="firm"),
        decimals=0,
    ),
)
