"""Measures of brands and certifications."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agriqa.datasets import Label
from agriqa.measures.measure import PARTS, Measure
from agriqa.measures.parts import in_force_counts, weakest
from agriqa.measures.source import Source

if TYPE_CHECKING:
    import pandas as pd


def _brands(source: Source) -> pd.DataFrame:
    """Count brands by county as known now; a brand of several counties counts in each."""
    brand = source.table("brand")
    counties = brand["county_codes"].fillna("").str.split(";")
    rows = brand.assign(county_code=counties).explode("county_code")
    rows["county_code"] = rows["county_code"].where(rows["county_code"] != "")
    return rows.assign(
        entity=rows["brand_id"],
        numerator=1.0,
        denominator=np.nan,
        rows=1,
        period=source.periods[-1],
        prefecture_code=rows["county_code"]
        .map(source.prefecture_of)
        .fillna(rows["prefecture_code"]),
        withheld=False,
        complete=True,
    )[[*PARTS, "entity"]]


def _registrations(source: Source) -> pd.DataFrame:
    rows = source.table("certification")
    registered = rows[rows["scheme_kind"] == "gi_agri"]
    # One registration may stand in several rows, one per source.
    first = registered.groupby("product").agg(
        county_code=("county_code", "first"),
        prefecture_code=("prefecture_code", "first"),
        year_from=("year", "min"),
    )
    first = first.join(weakest(registered, ["product"]))
    return in_force_counts(first.assign(year_to=np.nan), source)


MEASURES = (
    Measure(
        id="brands_n",
        label=Label(zh="在册品牌", en="Brands on record"),
        unit="个",
        direction=1,
        theme="brands",
        kind="sum",
        formula=Label(
            zh="公开资料中属于本县的品牌数（多数无年份，只按资料收集时点计；跨县品牌各县都计、合计只计一次；未落实到县的不计入县）",
            en="brands of the county in public material as collected (most are undated); a brand "
            "of several counties counts in each, once in their total; one without a county in none",
        ),
        datasets=("brand",),
        reference="品牌目录、地理标志公告等公开资料",
        parts=_brands,
        decimals=0,
        zero_if_absent=True,
        core=True,
    ),
    Measure(
        id="gi_agri_n",
        label=Label(zh="农产品地理标志登记", en="Agricultural geographical indications"),
        unit="个",
        direction=1,
        theme="brands",
        kind="sum",
        formula=Label(
            zh="截至年末登记的农产品地理标志数，只计这一类别（不同类别不可相加）；年份不明的不计",
            en="agricultural geographical indications registered by year end, this scheme only "
            "(schemes are never added); those without a year are left out",
        ),
        datasets=("certification",),
        reference="农产品地理标志登记公告",
        parts=_registrations,
        decimals=0,
        zero_if_absent=True,
        core=True,
    ),
)
