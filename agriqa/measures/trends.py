"""Measures of change over years: the trend of intensities, decoupling from output."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from agriqa.datasets import Label
from agriqa.measures import fertilisers, pesticides
from agriqa.measures.measure import ESTIMATES, LEVELS, PARTS, Measure
from agriqa.measures.parts import ratio_of, weaker, weakest
from agriqa.measures.production import output_value
from agriqa.measures.source import Source
from agriqa.measures.values import values
from agriqa.stats.decoupling import tapio_decoupling
from agriqa.stats.trend import theil_sen

if TYPE_CHECKING:
    import pandas as pd

# A slope of fewer years is hardly more than its noise.
LEAST_YEARS = 6
# Years between the two states that decoupling compares.
LAG = 3
_INTENSITIES = {one.id: one for one in (*pesticides.MEASURES, *fertilisers.MEASURES)}


def _trend(source: Source, *, intensity: str) -> pd.DataFrame:
    """Estimate the yearly change of an intensity from all years up to each period."""
    import pandas as pd

    known = values([_INTENSITIES[intensity]], source, LEVELS)
    known = known[known["value"] > 0]
    wide = known.assign(log=np.log(known["value"])).pivot(
        index=["level", "area"], columns="period", values="log"
    )
    years = [int(year) for year in wide.columns]
    frames = []
    for period in years[LEAST_YEARS - 1 :]:
        so_far = wide.loc[:, :period]
        line = theil_sen(so_far.to_numpy(), times=np.array(years[: so_far.shape[1]], dtype=float))
        percent = [100 * np.expm1(x) for x in (line.slope, line.low, line.high)]
        used = known[known["period"] <= period]
        found = pd.DataFrame(
            {"value": percent[0], "low": percent[1], "high": percent[2]}, index=wide.index
        ).assign(n=so_far.notna().sum(axis=1))
        origins = used.assign(origin=used["status"])
        frames.append(
            found.join(weakest(origins, ["level", "area"]))
            .reset_index()
            .assign(period=period, absent=None)
        )
    if not frames:
        return pd.DataFrame(columns=ESTIMATES)
    return pd.concat(frames, ignore_index=True)[ESTIMATES]


def _pairs(source: Source) -> pd.DataFrame:
    """Return use and output value of each county now and some years before, where all are whole."""
    both = ratio_of(source.once(pesticides.used), source.once(output_value))
    whole = both[both["complete"] & ~both["withheld"] & (both["denominator"] > 0)]
    kept = whole[["county_code", "period", "numerator", "denominator", "origin"]]
    before = kept.assign(period=kept["period"] + LAG)
    pairs = kept.merge(before, on=["county_code", "period"], suffixes=("", "_before"))
    pairs = pairs[pairs["numerator_before"] > 0]
    return pairs.assign(origin=weaker(pairs["origin"], pairs["origin_before"]))


def _elasticity(source: Source) -> pd.DataFrame:
    pairs = source.levelled(source.once(_pairs))
    keys = ["level", "area", "period"]
    amounts = ["numerator_before", "numerator", "denominator_before", "denominator"]
    sums = pairs.groupby(keys)[amounts].sum()
    found = tapio_decoupling(*(sums[name].to_numpy() for name in amounts))
    sums = sums.join(weakest(pairs, keys)).assign(
        value=found.elasticity, n=pairs.groupby(keys).size(), low=np.nan, high=np.nan, absent=None
    )
    return sums.reset_index()[ESTIMATES]


def _strong(source: Source) -> pd.DataFrame:
    """Count the counties whose use fell while their output value grew."""
    pairs = source.once(_pairs)
    state = tapio_decoupling(
        pairs["numerator_before"], pairs["numerator"],
        pairs["denominator_before"], pairs["denominator"],
    ).state  # fmt: skip
    return pairs.assign(
        numerator=(state == "strong decoupling").astype(float),
        denominator=1.0,
        rows=1,
        prefecture_code=source.prefectures(pairs["county_code"]),
        withheld=False,
        complete=True,
    )[PARTS]


def _trend_measure(id_: str, zh: str, en: str, intensity: str) -> Measure:
    return Measure(
        id=id_,
        label=Label(zh=f"{zh}的趋势", en=f"Trend of {en}"),
        unit="%/年",
        direction=-1,
        theme="inputs",
        kind="estimate",
        formula=Label(
            zh="历年数值取对数后的 Theil–Sen 斜率，化为每年变化的百分比；用到当年为止的全部年份，"
            "n 为年数",
            en="Theil-Sen slope of the logarithm of the yearly values up to the year, as per cent "
            "a year; n counts years",
        ),
        datasets=_INTENSITIES[intensity].datasets,
        reference="Sen 1968；区间 Gilbert 1987, 16.5",
        estimate=partial(_trend, intensity=intensity),
        interval=Label(
            zh="95% 置信区间；年数少，也未计序列相关",
            en="95 % confidence interval; few years, and no serial correlation allowed for",
        ),
        minimum_n=LEAST_YEARS,
    )


MEASURES = (
    _trend_measure(
        "pesticide_trend_pct_year",
        "单位播种面积农药用量",
        "pesticide use per sown area",
        "pesticide_intensity_kg_ha",
    ),
    _trend_measure(
        "fertiliser_trend_pct_year",
        "单位播种面积化肥用量",
        "fertiliser use per sown area",
        "fertiliser_intensity_kg_ha",
    ),
    Measure(
        id="pesticide_decoupling_elasticity",
        label=Label(zh="农药用量对产值的脱钩弹性", en="Decoupling elasticity of pesticide use"),
        unit="%/%",
        direction=-1,
        theme="inputs",
        kind="estimate",
        formula=Label(
            zh="三年间农药商品量的变化率 ÷ 种植业产值（现价）的变化率；小于 0 且产值增长为强脱钩，"
            "0–0.8 为弱脱钩；只计两端都有数的县，n 为县数",
            en="change of pesticide use over three years ÷ change of the value of output (current "
            "prices); below 0 with growing output is strong decoupling, 0 to 0.8 weak; counties "
            "with both ends only, n counts them",
        ),
        datasets=("pesticide_use", "production"),
        reference="Tapio 2005, Transport Policy 12",
        estimate=_elasticity,
        decimals=2,
    ),
    Measure(
        id="pesticide_strong_decoupling_pct",
        label=Label(zh="农药强脱钩的县", en="Counties with strong decoupling of pesticide use"),
        unit="%",
        direction=1,
        theme="inputs",
        kind="ratio",
        scale=100.0,
        formula=Label(
            zh="三年间农药用量下降而种植业产值（现价）增长的县 ÷ 能判断的县；一个县为 100 或 0",
            en="counties whose use fell over three years while their value of output (current "
            "prices) grew ÷ counties that can be judged; one county has 100 or 0",
        ),
        datasets=("pesticide_use", "production"),
        reference="Tapio 2005, Transport Policy 12",
        parts=_strong,
        decimals=0,
    ),
)
