"""Measures of pesticide and fertiliser use and of green control."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from agriqa.datasets import Label
from agriqa.measures.measure import Measure
from agriqa.measures.parts import county_year, hides, ratio_of, weakest
from agriqa.measures.source import Source

if TYPE_CHECKING:
    import pandas as pd

YEARBOOK = "中国农村统计年鉴的指标口径"


def _pesticide(source: Source) -> pd.DataFrame:
    rows = source.table("pesticide_use")
    whole = rows[rows["active_ingredient"] == "all"]
    return county_year(whole, source, "use_t", category="category")


def _fertiliser(source: Source) -> pd.DataFrame:
    return county_year(source.table("fertiliser_use"), source, "pure_t", category="nutrient")


def _sown(source: Source) -> pd.DataFrame:
    return county_year(source.table("production"), source, "sown_ha", category="crop_group")


def _pesticide_intensity(source: Source) -> pd.DataFrame:
    return ratio_of(_pesticide(source), _sown(source))


def _fertiliser_intensity(source: Source) -> pd.DataFrame:
    return ratio_of(_fertiliser(source), _sown(source))


def _pesticide_to_mean(source: Source) -> pd.DataFrame:
    """Compare use with the mean of the three years before, where all three are whole."""
    import pandas as pd

    use = _pesticide(source)
    whole = use[use["complete"] & ~use["withheld"]]
    kept = whole[["county_code", "period", "numerator", "origin"]]
    before = pd.concat([kept.assign(period=kept["period"] + lag) for lag in (1, 2, 3)])
    keys = ["county_code", "period"]
    grouped = before.groupby(keys)["numerator"]
    mean = grouped.mean().to_frame().join(weakest(before, keys))[grouped.count() == 3].reset_index()
    mean["prefecture_code"] = mean["county_code"].map(source.prefecture_of)
    both = ratio_of(use, mean.assign(withheld=False, complete=True))
    return both[both["period"].between(use["period"].min() + 3, use["period"].max())]


def _weighted_share(source: Source, *, column: str) -> pd.DataFrame:
    """Weigh a reported percentage by cultivated area."""
    rows = source.table("greening")
    # Without its weight a rate cannot be weighed: withheld when either of them is.
    lost = hides(rows, column) | hides(rows, "cultivated_ha")
    weighed = rows.assign(
        covered=rows[column] * rows["cultivated_ha"] / 100,
        withheld=np.where(lost, "covered", ""),
    )
    weighed["area_ha"] = weighed["cultivated_ha"].where(weighed["covered"].notna())
    return county_year(weighed, source, "covered", "area_ha")


def _coverage(id_: str, zh: str, en: str, column: str) -> Measure:
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
        reference="县级绿色发展报表",
        parts=partial(_weighted_share, column=column),
        core=True,
    )


MEASURES = (
    Measure(
        id="pesticide_use_t",
        label=Label(zh="农药使用量（商品量）", en="Pesticide use, commodity weight"),
        unit="吨",
        direction=-1,
        theme="inputs",
        kind="sum",
        formula=Label(
            zh="各类农药商品量之和；缺任一类别的县年不计合计",
            en="sum of commodity weight over categories; a county-year that lacks one has no total",
        ),
        datasets=("pesticide_use",),
        reference=YEARBOOK,
        parts=_pesticide,
        core=True,
    ),
    Measure(
        id="pesticide_intensity_kg_ha",
        label=Label(zh="单位播种面积农药用量", en="Pesticide use per sown area"),
        unit="公斤/公顷",
        direction=-1,
        theme="inputs",
        kind="ratio",
        scale=1000.0,
        formula=Label(
            zh="农药商品量 ÷ 农作物播种面积",
            en="pesticide commodity weight ÷ sown area of crops",
        ),
        datasets=("pesticide_use", "production"),
        reference="FAOSTAT Pesticides indicators（分母为播种面积）",
        parts=_pesticide_intensity,
        decimals=2,
        core=True,
    ),
    Measure(
        id="pesticide_to_3y_mean_pct",
        label=Label(
            zh="农药用量与前三年均值之比", en="Pesticide use to the mean of three years before"
        ),
        unit="%",
        direction=-1,
        theme="inputs",
        kind="ratio",
        scale=100.0,
        formula=Label(
            zh="当年农药商品量 ÷ 前三年平均 × 100；不高于 100 为零增长达标",
            en="use in the year ÷ mean of the three years before × 100; at most 100 is zero growth",
        ),
        datasets=("pesticide_use",),
        reference="农业部《到2020年农药使用量零增长行动方案》（2015）",
        parts=_pesticide_to_mean,
        core=True,
    ),
    Measure(
        id="fertiliser_use_t",
        label=Label(zh="化肥施用量（折纯）", en="Fertiliser use, pure weight"),
        unit="吨",
        direction=-1,
        theme="inputs",
        kind="sum",
        formula=Label(
            zh="氮、磷、钾和复合肥折纯量之和；缺任一种类的县年不计合计",
            en="sum of pure nutrients; a county-year that lacks one has no total",
        ),
        datasets=("fertiliser_use",),
        reference=YEARBOOK,
        parts=_fertiliser,
        decimals=0,
        core=True,
    ),
    Measure(
        id="fertiliser_intensity_kg_ha",
        label=Label(
            zh="单位播种面积化肥用量（折纯）", en="Fertiliser use per sown area, pure weight"
        ),
        unit="公斤/公顷",
        direction=-1,
        theme="inputs",
        kind="ratio",
        scale=1000.0,
        formula=Label(zh="化肥折纯量 ÷ 农作物播种面积", en="pure fertiliser ÷ sown area of crops"),
        datasets=("fertiliser_use", "production"),
        reference=YEARBOOK,
        parts=_fertiliser_intensity,
        core=True,
    ),
    _coverage("green_control_pct", "绿色防控覆盖率", "Green control coverage", "green_control_pct"),
    _coverage(
        "unified_control_pct", "统防统治覆盖率", "Unified control coverage", "unified_control_pct"
    ),
    _coverage("manure_use_pct", "畜禽粪污综合利用率", "Manure use rate", "manure_pct"),
)
