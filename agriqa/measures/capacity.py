"""Measures of what a county has for supervision: bodies, staff, traceability, standards."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from agriqa.datasets import Label
from agriqa.measures.measure import Measure
from agriqa.measures.parts import county_year, ratio_of
from agriqa.measures.production import sown
from agriqa.measures.source import Source

if TYPE_CHECKING:
    import pandas as pd

RETURN = "县级监管能力年报"


def _total(source: Source, *, column: str) -> pd.DataFrame:
    return county_year(source.table("capacity"), source, column)


def _staff_per_area(source: Source) -> pd.DataFrame:
    return ratio_of(_total(source, column="staff_n"), source.once(sown))


def _count(id_: str, zh: str, en: str, unit: str) -> Measure:
    return Measure(
        id=id_,
        label=Label(zh=zh, en=en),
        unit=unit,
        direction=1,
        theme="governance",
        kind="sum",
        formula=Label(zh="各县上报数之和", en="sum of what counties report"),
        datasets=("capacity",),
        reference=RETURN,
        parts=partial(_total, column=id_),
        decimals=0,
    )


MEASURES = (
    _count("testing_bodies_n", "检测机构数", "Testing bodies", "家"),
    _count("platforms_n", "监管平台数", "Supervision platforms", "个"),
    _count("staff_n", "监管人员数", "Supervision staff", "人"),
    _count("traceable_firms_n", "追溯平台入驻主体数", "Firms in traceability", "家"),
    Measure(
        id="standards_n",
        label=Label(zh="在用标准数", en="Standards in use"),
        unit="项",
        direction=1,
        theme="governance",
        kind="sum",
        formula=Label(
            zh="各县上报数；同一标准可在多县使用，故只有县级数，不加总",
            en="what counties report; one standard may be in use in several, so it is not added up",
        ),
        datasets=("capacity",),
        reference=RETURN,
        parts=partial(_total, column="standards_n"),
        decimals=0,
        levels=("county",),
    ),
    Measure(
        id="staff_per_10k_ha_n",
        label=Label(zh="每万公顷播种面积监管人员", en="Supervision staff per 10,000 ha sown"),
        unit="人/万公顷",
        direction=1,
        theme="governance",
        kind="ratio",
        scale=10_000.0,
        formula=Label(
            zh="监管人员数 ÷ 农作物播种面积", en="supervision staff ÷ sown area of crops"
        ),
        datasets=("capacity", "production"),
        reference=RETURN,
        parts=_staff_per_area,
    ),
)
