"""Measures of fertiliser use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agriqa.datasets import Label
from agriqa.measures.measure import Measure
from agriqa.measures.parts import county_year, ratio_of, to_mean
from agriqa.measures.pesticides import YEARBOOK
from agriqa.measures.production import cultivated, sown
from agriqa.measures.source import Source

if TYPE_CHECKING:
    import pandas as pd

ZERO_GROWTH = "农业部《到2020年化肥使用量零增长行动方案》（2015）"


def used(source: Source) -> pd.DataFrame:
    """Return pure weight by county and year [t]."""
    return county_year(source.table("fertiliser_use"), source, "pure_t", category="nutrient")


def _per_sown(source: Source) -> pd.DataFrame:
    return ratio_of(source.once(used), source.once(sown))


def _per_cultivated(source: Source) -> pd.DataFrame:
    return ratio_of(source.once(used), source.once(cultivated))


def _to_year_before(source: Source) -> pd.DataFrame:
    """Set a year's use against that of the year before, in counties that have both."""
    use = source.once(used)
    both = ratio_of(use, use.assign(period=use["period"] + 1))
    return both[both["period"].between(use["period"].min() + 1, use["period"].max())]


def _to_three_years(source: Source) -> pd.DataFrame:
    return to_mean(source.once(used), source)


def _use(id_: str, zh: str, en: str, **given: object) -> Measure:
    return Measure(id=id_, label=Label(zh=zh, en=en), theme="inputs", direction=-1, **given)  # type: ignore[arg-type]


MEASURES = (
    _use(
        "fertiliser_use_t",
        "化肥施用量（折纯）",
        "Fertiliser use, pure weight",
        unit="吨",
        kind="sum",
        formula=Label(
            zh="氮、磷、钾和复合肥折纯量之和；缺任一种类的县年不计合计",
            en="sum of pure nutrients; a county-year that lacks one has no total",
        ),
        datasets=("fertiliser_use",),
        reference=YEARBOOK,
        parts=used,
        decimals=0,
        core=True,
    ),
    _use(
        "fertiliser_intensity_kg_ha",
        "单位播种面积化肥用量（折纯）",
        "Fertiliser use per sown area, pure weight",
        unit="公斤/公顷",
        kind="ratio",
        scale=1000.0,
        formula=Label(zh="化肥折纯量 ÷ 农作物播种面积", en="pure fertiliser ÷ sown area of crops"),
        datasets=("fertiliser_use", "production"),
        reference=YEARBOOK,
        parts=_per_sown,
        core=True,
    ),
    _use(
        "fertiliser_per_cultivated_kg_ha",
        "单位耕地面积化肥用量（折纯）",
        "Fertiliser use per cultivated area, pure weight",
        unit="公斤/公顷",
        kind="ratio",
        scale=1000.0,
        formula=Label(zh="化肥折纯量 ÷ 耕地面积", en="pure fertiliser ÷ cultivated area"),
        datasets=("fertiliser_use", "greening"),
        reference=YEARBOOK,
        parts=_per_cultivated,
    ),
    _use(
        "fertiliser_to_year_before_pct",
        "化肥用量与上年之比",
        "Fertiliser use to the year before",
        unit="%",
        kind="ratio",
        scale=100.0,
        formula=Label(
            zh="当年化肥折纯量 ÷ 上年 × 100，两年都有数的县才计；2015–2019 年不高于 101、"
            "2020 年起不高于 100 为达标",
            en="pure fertiliser ÷ that of the year before × 100, for counties with both; the goal "
            "is at most 101 in 2015 to 2019 and at most 100 from 2020",
        ),
        datasets=("fertiliser_use",),
        reference=ZERO_GROWTH,
        parts=_to_year_before,
    ),
    _use(
        "fertiliser_to_3y_mean_pct",
        "化肥用量与前三年均值之比",
        "Fertiliser use to the mean of three years before",
        unit="%",
        kind="ratio",
        scale=100.0,
        formula=Label(
            zh="当年化肥折纯量 ÷ 前三年平均 × 100",
            en="pure fertiliser in the year ÷ mean of the three years before × 100",
        ),
        datasets=("fertiliser_use",),
        reference=ZERO_GROWTH,
        parts=_to_three_years,
    ),
)
