"""Measures of green production: coverage, reuse of residues, farmland."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from agriqa.datasets import Label
from agriqa.measures.measure import Measure
from agriqa.measures.parts import county_year, hides, ratio_of
from agriqa.measures.production import cultivated
from agriqa.measures.source import Source

if TYPE_CHECKING:
    import pandas as pd

REPORT = "县级绿色发展报表"


def _weighted(source: Source, *, column: str, scale: float) -> pd.DataFrame:
    """Weigh a reported figure by cultivated area."""
    rows = source.table("greening")
    # Without its weight a figure cannot be weighed: withheld when either of them is.
    lost = hides(rows, column) | hides(rows, "cultivated_ha")
    weighed = rows.assign(
        weighed=rows[column] * rows["cultivated_ha"] / scale,
        withheld=lost.map({True: "weighed", False: ""}),
    )
    weighed["area_ha"] = weighed["cultivated_ha"].where(weighed["weighed"].notna())
    return county_year(weighed, source, "weighed", "area_ha")


def _high_standard(source: Source) -> pd.DataFrame:
    built = county_year(source.table("greening"), source, "high_standard_ha")
    return ratio_of(built, source.once(cultivated))


def _rate(id_: str, zh: str, en: str, column: str, *, core: bool = False) -> Measure:
    return Measure(
        id=id_,
        label=Label(zh=zh, en=en),
        unit="%",
        direction=1,
        theme="inputs",
        kind="ratio",
        scale=100.0,
        formula=Label(
            zh="各县上报的比率；市州和省按耕地面积加权",
            en="as counties report it; prefectures and the province weighted by cultivated area",
        ),
        datasets=("greening",),
        reference=REPORT,
        parts=partial(_weighted, column=column, scale=100.0),
        core=core,
    )


MEASURES = (
    _rate(
        "green_control_pct",
        "绿色防控覆盖率",
        "Green control coverage",
        "green_control_pct",
        core=True,
    ),
    _rate(
        "unified_control_pct",
        "统防统治覆盖率",
        "Unified control coverage",
        "unified_control_pct",
        core=True,
    ),
    _rate("manure_use_pct", "畜禽粪污综合利用率", "Manure use rate", "manure_pct", core=True),
    _rate("straw_use_pct", "秸秆综合利用率", "Straw use rate", "straw_pct"),
    _rate("film_recovery_pct", "农膜回收率", "Mulch film recovery rate", "film_pct"),
    Measure(
        id="high_standard_farmland_pct",
        label=Label(
            zh="高标准农田占耕地比重", en="High-standard farmland, share of cultivated area"
        ),
        unit="%",
        direction=1,
        theme="inputs",
        kind="ratio",
        scale=100.0,
        formula=Label(
            zh="高标准农田面积 ÷ 耕地面积", en="area of high-standard farmland ÷ cultivated area"
        ),
        datasets=("greening",),
        reference=REPORT,
        parts=_high_standard,
    ),
    Measure(
        id="farmland_quality_grade",
        label=Label(zh="耕地质量等级", en="Farmland quality grade"),
        unit="等",
        direction=-1,
        theme="inputs",
        kind="ratio",
        formula=Label(
            zh="平均等级，1 等最好、10 等最差；市州和省按耕地面积加权",
            en="mean grade, 1 is best and 10 worst; prefectures and the province weighted by area",
        ),
        datasets=("greening",),
        reference="GB/T 33469-2016 耕地质量等级（十等）",
        parts=partial(_weighted, column="quality_grade", scale=1.0),
        decimals=2,
    ),
)
