"""Measures of pesticide use."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from agriqa.datasets import Label
from agriqa.measures.measure import PARTS, Measure
from agriqa.measures.parts import county_year, ratio_of, to_mean
from agriqa.measures.production import cultivated, sown
from agriqa.measures.source import Source

if TYPE_CHECKING:
    import pandas as pd

YEARBOOK = "中国农村统计年鉴的指标口径"
ZERO_GROWTH = "农业部《到2020年农药使用量零增长行动方案》（2015）"
# The years that the zero-growth plan names as its base.
BASE_YEARS = (2012, 2013, 2014)


def _rows(source: Source) -> pd.DataFrame:
    rows = source.table("pesticide_use")
    return rows[rows["active_ingredient"] == "all"]


def used(source: Source) -> pd.DataFrame:
    """Return commodity weight by county and year [t]."""
    return county_year(_rows(source), source, "use_t", category="category")


def _active(source: Source) -> pd.DataFrame:
    return county_year(_rows(source), source, "active_t", category="category")


def _treated(source: Source) -> pd.DataFrame:
    return county_year(_rows(source), source, "treated_ha", category="category")


def _biological(source: Source) -> pd.DataFrame:
    """Set the weight of biological pesticides against that of all."""
    rows = _rows(source)
    return ratio_of(
        county_year(rows[rows["category"] == "biological"], source, "use_t"), source.once(used)
    )


def per_sown(source: Source) -> pd.DataFrame:
    """Set commodity weight against the sown area, by county and year [t], [ha]."""
    return ratio_of(source.once(used), source.once(sown))


def _active_per_sown(source: Source) -> pd.DataFrame:
    return ratio_of(source.once(_active), source.once(sown))


def _per_cultivated(source: Source) -> pd.DataFrame:
    return ratio_of(source.once(used), source.once(cultivated))


def _per_treated(source: Source) -> pd.DataFrame:
    return ratio_of(source.once(used), source.once(_treated))


def _treatments(source: Source) -> pd.DataFrame:
    return ratio_of(source.once(_treated), source.once(sown))


def _to_three_years(source: Source) -> pd.DataFrame:
    return to_mean(source.once(used), source)


def _to_base_years(source: Source) -> pd.DataFrame:
    return to_mean(source.once(used), source, years=BASE_YEARS)


def _met(source: Source, *, base: bool) -> pd.DataFrame:
    """Count the counties at or below their mean among those that can be judged."""
    ratio = source.once(_to_base_years if base else _to_three_years)
    known = ratio["complete"] & ~ratio["withheld"] & (ratio["denominator"] > 0)
    met = (ratio["numerator"] <= ratio["denominator"]).astype(float).where(known)
    return ratio.assign(
        numerator=met, denominator=np.where(known, 1.0, np.nan), rows=known.astype(int)
    )[PARTS]


def _use(id_: str, zh: str, en: str, **given: object) -> Measure:
    return Measure(id=id_, label=Label(zh=zh, en=en), theme="inputs", direction=-1, **given)  # type: ignore[arg-type]


MEASURES = (
    _use(
        "pesticide_use_t",
        "农药使用量（商品量）",
        "Pesticide use, commodity weight",
        unit="吨",
        kind="sum",
        formula=Label(
            zh="各类农药商品量之和；缺任一类别的县年不计合计",
            en="sum of commodity weight over categories; a county-year that lacks one has no total",
        ),
        datasets=("pesticide_use",),
        reference=YEARBOOK,
        parts=used,
        core=True,
    ),
    _use(
        "pesticide_active_t",
        "农药使用量（折百量）",
        "Pesticide use, active ingredient",
        unit="吨",
        kind="sum",
        formula=Label(
            zh="各类农药有效成分量之和；缺任一类别的县年不计合计",
            en="sum of active ingredient over categories; a county-year that lacks one has none",
        ),
        datasets=("pesticide_use",),
        reference="FAOSTAT Pesticides use（有效成分）",
        parts=_active,
    ),
    _use(
        "pesticide_intensity_kg_ha",
        "单位播种面积农药用量",
        "Pesticide use per sown area",
        unit="公斤/公顷",
        kind="ratio",
        scale=1000.0,
        formula=Label(
            zh="农药商品量 ÷ 农作物播种面积",
            en="pesticide commodity weight ÷ sown area of crops",
        ),
        datasets=("pesticide_use", "production"),
        reference="FAOSTAT Pesticides indicators（分母为播种面积）",
        parts=per_sown,
        decimals=2,
        core=True,
    ),
    _use(
        "pesticide_active_kg_ha",
        "单位播种面积农药用量（折百）",
        "Active ingredient per sown area",
        unit="公斤/公顷",
        kind="ratio",
        scale=1000.0,
        formula=Label(
            zh="农药折百量 ÷ 农作物播种面积", en="active ingredient ÷ sown area of crops"
        ),
        datasets=("pesticide_use", "production"),
        reference="FAOSTAT Pesticides indicators（分母为播种面积）",
        parts=_active_per_sown,
        decimals=2,
    ),
    _use(
        "pesticide_per_cultivated_kg_ha",
        "单位耕地面积农药用量",
        "Pesticide use per cultivated area",
        unit="公斤/公顷",
        kind="ratio",
        scale=1000.0,
        formula=Label(
            zh="农药商品量 ÷ 耕地面积", en="pesticide commodity weight ÷ cultivated area"
        ),
        datasets=("pesticide_use", "greening"),
        reference="FAOSTAT Pesticides indicators（每公顷耕地）",
        parts=_per_cultivated,
        decimals=2,
    ),
    _use(
        "pesticide_per_treated_kg_ha",
        "单位防治面积农药用量",
        "Pesticide use per treated area",
        unit="公斤/公顷",
        kind="ratio",
        scale=1000.0,
        formula=Label(
            zh="农药商品量 ÷ 防治面积（按次累计）",
            en="pesticide commodity weight ÷ treated area, summed over treatments",
        ),
        datasets=("pesticide_use",),
        reference=ZERO_GROWTH,
        parts=_per_treated,
        decimals=3,
    ),
    _use(
        "treatments_n",
        "平均防治次数",
        "Treatments per sown area",
        unit="次",
        kind="ratio",
        formula=Label(
            zh="防治面积（按次累计）÷ 农作物播种面积；没有登记剂量，故不是治疗频次指数",
            en="treated area, summed over treatments ÷ sown area; without registered doses it is "
            "no treatment frequency index",
        ),
        datasets=("pesticide_use", "production"),
        reference="IFT / TFI 的面积部分",
        parts=_treatments,
        decimals=2,
    ),
    Measure(
        id="pesticide_biological_pct",
        label=Label(zh="生物农药占比", en="Share of biological pesticides"),
        unit="%",
        direction=1,
        theme="inputs",
        kind="ratio",
        scale=100.0,
        formula=Label(
            zh="生物农药商品量 ÷ 全部农药商品量",
            en="commodity weight of biological pesticides ÷ that of all",
        ),
        datasets=("pesticide_use",),
        reference=ZERO_GROWTH,
        parts=_biological,
    ),
    _use(
        "pesticide_to_3y_mean_pct",
        "农药用量与前三年均值之比",
        "Pesticide use to the mean of three years before",
        unit="%",
        kind="ratio",
        scale=100.0,
        formula=Label(
            zh="当年农药商品量 ÷ 前三年平均 × 100；不高于 100 为零增长达标",
            en="use in the year ÷ mean of the three years before × 100; at most 100 is zero growth",
        ),
        datasets=("pesticide_use",),
        reference=ZERO_GROWTH,
        parts=_to_three_years,
        core=True,
    ),
    _use(
        "pesticide_to_2012_14_mean_pct",
        "农药用量与2012–2014年均值之比",
        "Pesticide use to the mean of 2012 to 2014",
        unit="%",
        kind="ratio",
        scale=100.0,
        formula=Label(
            zh="当年农药商品量 ÷ 2012–2014 年平均 × 100；三年都有数的县才计",
            en="use in the year ÷ mean of 2012 to 2014 × 100, for counties with all three years",
        ),
        datasets=("pesticide_use",),
        reference=ZERO_GROWTH,
        parts=_to_base_years,
    ),
    *(
        Measure(
            id=id_,
            label=Label(zh=zh, en=en),
            unit="%",
            direction=1,
            theme="inputs",
            kind="ratio",
            scale=100.0,
            formula=Label(
                zh=f"农药商品量不高于{zh_base}的县 ÷ 能判断的县；一个县为 100（达标）或 0",
                en=f"counties whose use is at most {en_base} ÷ counties that can be judged; "
                "one county has 100 (met) or 0",
            ),
            datasets=("pesticide_use",),
            reference=ZERO_GROWTH,
            parts=partial(_met, base=base),
            decimals=0,
        )
        for id_, zh, en, zh_base, en_base, base in (
            (
                "pesticide_zero_growth_pct",
                "农药零增长达标（比前三年）",
                "Zero growth of pesticides, against three years before",
                "前三年平均",
                "the mean of the three years before",
                False,
            ),
            (
                "pesticide_zero_growth_2012_14_pct",
                "农药零增长达标（比2012–2014年）",
                "Zero growth of pesticides, against 2012 to 2014",
                "2012–2014 年平均",
                "the mean of 2012 to 2014",
                True,
            ),
        )
    ),
)
