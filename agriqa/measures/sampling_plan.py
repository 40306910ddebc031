"""Measures that plan the sampling of the next year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from agriqa.datasets import Label
from agriqa.measures.measure import PARTS, Measure, origin_of, origin_rank
from agriqa.measures.pass_rates import shrunk
from agriqa.measures.production import sown
from agriqa.measures.sampling import routine
from agriqa.measures.source import Source
from agriqa.stats.allocation import allocate
from agriqa.stats.risk_allocation import risk_share

if TYPE_CHECKING:
    import pandas as pd

# Least samples of a county, where the total allows it.
MINIMUM = 3
RISK_BASED = 0.75
# How many years a county's sown area may be older than the plan.
OLDEST = 2


def _sown(source: Source) -> pd.DataFrame:
    """Return each county's latest whole sown area [ha] with its origin, for every period."""
    import pandas as pd

    parts = source.once(sown)
    whole = parts[parts["complete"] & ~parts["withheld"]]
    whole = origin_rank(whole)[["county_code", "period", "numerator", "rank"]]
    later = [whole.assign(period=whole["period"] + age, age=age) for age in range(OLDEST + 1)]
    rows = pd.concat(later, ignore_index=True).sort_values("age")
    latest = rows.drop_duplicates(["county_code", "period"])
    return latest.rename(columns={"numerator": "sown_ha", "rank": "sown_rank"})


def _plan(source: Source) -> pd.DataFrame:
    """Allocate each year's total of routine samples over the counties of that year."""
    import pandas as pd

    taken = source.once(routine)
    totals = taken.groupby("year").size()
    own = taken.groupby(["county_code", "year"]).size()
    origins = origin_rank(taken).groupby("year")["rank"].min()
    rates = source.once(shrunk)
    prior = rates[rates["level"] == "county"].groupby("period")["prior"].first()
    rates = rates[rates["level"] == "county"].rename(columns={"area": "county_code"})
    keys = ["county_code", "period"]
    rows = (
        source.expected[source.expected["period"].isin(totals.index)]
        .merge(source.once(_sown), how="left", on=keys)
        .merge(rates[[*keys, "rate"]], how="left", on=keys)
        .merge(own.rename("taken").rename_axis(keys).reset_index(), how="left", on=keys)
    )
    rate = rows["rate"].fillna(rows["period"].map(prior).astype(float))
    # Without any rate all counties count as equally uncertain.
    deviation = ((rate * (1 - rate)) ** 0.5).fillna(1.0)
    rows = rows.assign(
        size=rows["sown_ha"].fillna(0.0), score=rows["sown_ha"].fillna(0.0) * deviation
    )
    frames = [
        group.assign(numerator=_allocated(int(totals.loc[period]), group))
        for period, group in rows.groupby("period")
    ]
    plan = pd.concat(frames or [rows.assign(numerator=np.nan)], ignore_index=True)
    rank = pd.concat([plan["period"].map(origins), plan["sown_rank"]], axis=1).min(axis=1)
    return plan.assign(
        prefecture_code=source.prefectures(plan["county_code"]),
        denominator=np.nan,
        rows=plan["taken"].fillna(0),
        origin=origin_of(rank),
        withheld=False,
        complete=True,
    )[PARTS]


def _allocated(total: int, counties: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Allocate a total: part by risk and size, part by size with a minimum for each county."""
    if not (counties["size"] > 0).any():
        return np.full(len(counties), np.nan)
    by_risk, at_random = risk_share(total, share=RISK_BASED)
    # All counties pass for certain: there is no risk to go by.
    score = counties["score"] if (counties["score"] > 0).any() else counties["size"]
    least = min(MINIMUM, at_random // len(counties))
    counts = allocate(at_random, counties["size"], minimum=least) + allocate(by_risk, score)
    return counts.astype(np.float64)


MEASURES = (
    Measure(
        id="samples_next_year_n",
        label=Label(zh="下一年例行监测样品数建议", en="Routine samples proposed for the next year"),
        unit="个",
        direction=0,
        theme="sampling",
        kind="sum",
        formula=Label(
            zh="全省当年例行监测样品总数在各县重新分配，各县之和等于总数：四分之一按播种面积，每县至少"
            "3 个（总数不够时更少）；四分之三按播种面积 × √(p(1−p))（Neyman），p 为收缩合格率"
            "（三年），三年没有样品的县取先验均值；播种面积取当年或前两年最近的完整数，都没有的县只得最低数；"
            "n 为本地区当年的例行监测样品数",
            en="the province's routine samples of the year, allocated anew; the counties add up to "
            "the total: a quarter by sown area, at least 3 a county (fewer where the total is too "
            "small); three quarters by sown area × √(p(1−p)) (Neyman), p being the shrunk "
            "pass rate of three years, or the prior's mean for a county without samples; the "
            "sown area is the latest whole one of the year and the two before, and a county "
            "without gets the minimum only; n counts the area's routine samples of the year",
        ),
        datasets=("sample", "production"),
        reference="Cochran 1977, Sampling Techniques 5.5 节；Neyman 1934；四分之三为本工具的设定",
        parts=_plan,
        decimals=0,
    ),
)
