"""Measures of pass rates that make areas comparable: shrunk, adjusted, weighted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agriqa.datasets import Label
from agriqa.measures.measure import Measure
from agriqa.measures.parts import county_year, shares, weakest
from agriqa.measures.sampling import LEAST, passed, routine
from agriqa.measures.shrinkage import KEYS, REFERENCE, added, in_percent, interval_of, shrunk_rates
from agriqa.measures.source import Source
from agriqa.stats.funnel import funnel_proportions
from agriqa.stats.stratified import stratified_proportion

if TYPE_CHECKING:
    import pandas as pd

# The pass rate that a national safety county must reach.
REQUIRED = 0.98
# Product classes whose output is known, under the same codes as the crops.
CROPS = ("vegetable", "fruit", "tea")


def shrunk(source: Source) -> pd.DataFrame:
    """Return the shrunk pass rates of routine monitoring, see `shrunk_rates`."""
    return shrunk_rates(source.once(passed), source)


def _shrunk_rate(source: Source) -> pd.DataFrame:
    return in_percent(source.once(shrunk))


def _probability_below(source: Source) -> pd.DataFrame:
    from scipy.stats import beta

    found = source.once(shrunk)
    below = beta.cdf(REQUIRED, found["alpha"], found["beta"])
    return found.assign(value=100 * below, low=np.nan, high=np.nan)


def _funnel(source: Source) -> pd.DataFrame:
    """Return the distance of each area from the provincial rate, in adjusted errors."""
    import pandas as pd

    counts = added(source.once(passed), source)
    counts = counts[counts["level"] != "province"]
    frames = []
    for _, group in counts.groupby(["level", "period"]):
        funnel = funnel_proportions(
            group["numerator"], group["denominator"],
            overdispersion="additive", transformation="arcsine",
        )  # fmt: skip
        # A single area is its own target.
        alone = len(group) < 2
        frames.append(
            group.assign(
                value=np.nan if alone else funnel.adjusted_z, absent="too_few" if alone else None
            )
        )
    found = pd.concat(frames, ignore_index=True) if frames else counts.assign(value=0.0, absent="")
    return found.assign(n=found["denominator"], low=np.nan, high=np.nan)


def _weights(source: Source) -> pd.DataFrame:
    """Return the output of the sampled crops by county and year."""
    rows = source.table("production")
    chosen = rows[rows["crop_group"].isin(CROPS)]
    return county_year(chosen, source, "output_t", category="crop_group")


def _weighted(source: Source) -> pd.DataFrame:
    """Weight the pass rates of the counties by their output, for prefectures and the province."""
    import pandas as pd

    rows = source.once(routine)
    rows = rows[rows["product_class"].isin(CROPS)]
    sampled = shares(rows, source, rows["result"] == "pass")
    weights = source.once(_weights)
    both = sampled.merge(
        weights[["county_code", "period", "numerator", "origin", "withheld", "complete"]],
        how="left", on=["county_code", "period"], suffixes=("", "_weight"),
    )  # fmt: skip
    closed = both["withheld_weight"].eq(True)
    used = both["complete_weight"].eq(True) & ~closed & (both["numerator_weight"] > 0)
    every = source.levelled(both.assign(closed=closed, used=used))
    every = every[every["level"] != "county"]
    rates = [
        dict(zip(KEYS, key, strict=True))
        | _stratified(group[group["used"]], hidden=bool(group["closed"].any()))
        for key, group in every.groupby(KEYS)
    ]
    found = pd.DataFrame(rates, columns=[*KEYS, "value", "low", "high", "n", "absent"])
    counted = every[every["used"]]
    origins = pd.concat([counted, counted.assign(origin=counted["origin_weight"])])
    counties = source.levelled(source.expected).groupby(KEYS).size()
    share = every.groupby(KEYS)["used"].sum() / counties
    return found.merge(share.rename("coverage").reset_index(), how="left", on=KEYS).merge(
        weakest(origins, KEYS).reset_index(), how="left", on=KEYS
    )


def _stratified(strata: pd.DataFrame, *, hidden: bool) -> dict[str, object]:
    """Estimate the rate of one area from its counties."""
    empty = {"value": np.nan, "low": np.nan, "high": np.nan, "n": strata["denominator"].sum()}
    if strata.empty:
        return empty | {"absent": "withheld" if hidden else "missing"}
    if (strata["denominator"] < 2).all():
        return empty | {"absent": "too_few"}
    found = stratified_proportion(
        strata["numerator"], strata["denominator"], weight=strata["numerator_weight"],
        single_unit="average", interval="korn_graubard",
    )  # fmt: skip
    # Counties that all pass or all fail show no variation within, and so no interval.
    unknown = found.standard_error == 0 and 0 < found.estimate < 1
    low, high = (np.nan, np.nan) if unknown else (found.low, found.high)
    return empty | {
        "value": 100 * found.estimate, "low": 100 * low, "high": 100 * high, "absent": None
    }  # fmt: skip


MEASURES = (
    Measure(
        id="pass_rate_shrunk_pct",
        label=Label(zh="收缩合格率（三年）", en="Pass rate, shrunk, three years"),
        unit="%",
        direction=1,
        theme="sampling",
        kind="estimate",
        formula=Label(
            zh="例行监测，当年和前两年合并：(α + 合格样品数) ÷ (α + β + 样品数)；先验 α、β 由同级"
            "各地区（县对县、市州对市州）的三年样品以最大似然估计，各地区差异不超过随机波动时都取"
            "合并合格率；全省为三年合并的合格率，不收缩；数据头两年窗口较短；三年没有样品的地区为"
            "缺数；n 为三年样品数",
            en="routine monitoring of the year and the two before together: (α + passed) ÷ (α + β "
            "+ samples); the prior's α and β by maximum likelihood from the three years' samples "
            "of all areas of the level (counties, prefectures); where the areas vary no more than "
            "chance all take the pooled rate; the province has its pooled rate, not shrunk; "
            "windows are shorter in the first two years of the data; no value without a sample in "
            "three years; n counts samples of the three years",
        ),
        interval=interval_of(Label(zh="合格率", en="rate")),
        datasets=("sample",),
        reference=REFERENCE,
        estimate=_shrunk_rate,
    ),
    Measure(
        id="pass_rate_below_98_prob_pct",
        label=Label(zh="合格率低于98%的概率", en="Probability of a pass rate below 98 %"),
        unit="%",
        direction=-1,
        theme="sampling",
        kind="estimate",
        formula=Label(
            zh="县的合格率低于国家农产品质量安全县要求的 98% 的后验概率，先验和样品同收缩合格率"
            "（三年）；n 为三年样品数",
            en="posterior probability that a county's pass rate is below the 98 % required of a "
            "national safety county, with the prior and samples of the shrunk pass rate; n counts "
            "samples of the three years",
        ),
        datasets=("sample",),
        reference=f"农质发〔2014〕15号（国家农产品质量安全县合格率 98% 以上）；{REFERENCE}",
        estimate=_probability_below,
        decimals=0,
        levels=("county",),
    ),
    Measure(
        id="pass_rate_funnel_z",
        label=Label(zh="合格率漏斗图位置", en="Pass rate, place in the funnel"),
        unit="σ",
        direction=1,
        theme="sampling",
        kind="estimate",
        formula=Label(
            zh="当年例行监测合格率与全省合格率之差（反正弦平方根变换）÷ 标准误，标准误含地区间超"
            "随机的差异（DerSimonian–Laird τ²，z 值按 10% 缩尾后估计）；低于 −3 为明显偏低；"
            "同级只有一个地区有样品时不给值；n 为样品数",
            en="difference of the year's pass rate in routine monitoring from the provincial one, "
            "after the arcsine square root, ÷ its standard error, which includes the variation of "
            "areas beyond chance (DerSimonian–Laird τ², z scores winsorised at 10 %); below −3 is "
            "clearly low; no value where one area of the level has samples; n counts samples",
        ),
        datasets=("sample",),
        reference="Spiegelhalter 2005, Funnel plots for comparing institutional performance",
        estimate=_funnel,
        minimum_n=LEAST,
        levels=("county", "prefecture"),
    ),
    Measure(
        id="pass_rate_weighted_pct",
        label=Label(zh="产量加权合格率（蔬菜、水果、茶叶）", en="Pass rate of crops, by output"),
        unit="%",
        direction=1,
        theme="sampling",
        kind="estimate",
        formula=Label(
            zh="例行监测蔬菜、水果、茶叶样品按县分层，各县合格率以三类作物产量之和加权；没有样品或"
            "产量缺报、不公开的县不计入，其权重归于其余各县，覆盖率为计入的县的占比；只有一个样品的"
            "县取其他县的平均方差，各县都只有一个样品时不给值；n 为样品数",
            en="samples of vegetables, fruit and tea in routine monitoring, stratified by county, "
            "each county's pass rate weighted by its output of the three; counties without samples "
            "or with output missing or withheld are left out, their weight falls to the others, "
            "and coverage is the share of counties counted; a county with one sample is given the "
            "mean variance of the others; no value where every county has one; n counts samples",
        ),
        interval=Label(
            zh="95% Korn–Graubard 区间；各县内没有差异而县间有差异时没有区间",
            en="95 % Korn–Graubard interval; none where counties differ but nothing varies in them",
        ),
        datasets=("sample", "production"),
        reference="Cochran 1977, Sampling Techniques 5.10 节；Korn & Graubard 1998",
        estimate=_weighted,
        levels=("prefecture", "province"),
    ),
)
