"""From the parts of measures to their values for areas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from agriqa.measures.measure import PARTS, TIDY, Level, Measure, origin_of, origin_rank
from agriqa.measures.source import Source
from agriqa.stats.proportions import wilson_interval

if TYPE_CHECKING:
    import pandas as pd

_KEYS = ["measure", "area", "period"]


def values(measures: Sequence[Measure], source: Source, levels: Sequence[Level]) -> pd.DataFrame:
    """Compute measures for every area of some levels.

    Those that are added up are added up together, so that a measure more costs
    little more than its parts.

    Returns
    -------
    DataFrame
        Columns ``TIDY``, in the order of `measures` and `levels`.
    """
    import pandas as pd

    additive = [one for one in measures if one.parts is not None]
    frames = [_estimated(one, source, levels) for one in measures if one.estimate is not None]
    if additive:
        parts = _whole_parts(additive, source)
        frames += [_added(parts, additive, level, source) for level in levels]
    frames = [frame for frame in frames if not frame.empty]
    if not frames:
        return pd.DataFrame(columns=TIDY)
    found = pd.concat(frames, ignore_index=True)
    least = found["measure"].map({one.id: one.minimum_n for one in measures})
    few = found["value"].notna() & (found["n"] < least)
    found.loc[few, ["value", "low", "high"]] = np.nan
    found.loc[few, "status"] = "too_few"
    ranks = {one.id: rank for rank, one in enumerate(measures)}
    order = pd.DataFrame(
        {
            "measure": found["measure"].map(ranks),
            "level": found["level"].map({level: rank for rank, level in enumerate(levels)}),
            "area": found["area"],
            "period": found["period"],
        }
    ).sort_values(["measure", "level", "area", "period"])
    return (
        found.loc[order.index, TIDY]
        .astype({"period": "int64", "n": "float64"})
        .reset_index(drop=True)
    )


def _whole_parts(measures: Sequence[Measure], source: Source) -> pd.DataFrame:
    """Return the parts of measures, with a row for every county that should be there and is not."""
    import pandas as pd

    frames = [
        source.once(one.parts).assign(measure=one.id) for one in measures if one.parts is not None
    ]
    parts = pd.concat(frames, ignore_index=True)
    keys = ["measure", "county_code", "period"]
    wanted = parts[["measure", "period"]].drop_duplicates().merge(source.expected, on="period")
    have = parts[keys].dropna().drop_duplicates()
    gaps = wanted.merge(have, how="left", indicator=True, on=keys)
    gaps = gaps[gaps["_merge"] == "left_only"][keys]
    zero = gaps["measure"].map({one.id: one.zero_if_absent for one in measures}).astype(bool)
    gaps = gaps.assign(
        prefecture_code=source.prefectures(gaps["county_code"]),
        numerator=zero.map({True: 0.0, False: np.nan}),
        denominator=np.nan,
        rows=0,
        origin=zero.map({True: "published", False: "reported"}),
        withheld=False,
        complete=True,
    )
    return pd.concat([parts, gaps[[*PARTS, "measure"]]], ignore_index=True)


def _added(
    parts: pd.DataFrame, measures: Sequence[Measure], level: Level, source: Source
) -> pd.DataFrame:
    """Add up the parts of each area of a level."""
    import pandas as pd

    kinds = {one.id: one.kind for one in measures if level in one.levels}
    area = _area(parts, level, source)
    parts = parts.assign(area=area)[area.notna() & parts["measure"].isin(kinds)]
    if "entity" in parts:
        again = parts.duplicated([*_KEYS, "entity"]) & parts["entity"].notna()
        parts = parts[~again]
    sum_of = parts["measure"].map(kinds) == "sum"
    given = parts["numerator"].notna() & (parts["denominator"].notna() | sum_of)
    # A county's total that lacks one of its rows is no total, and a ratio must
    # not set one county's part against another's whole.
    whole = given & parts["complete"].astype(bool) & ~parts["withheld"].astype(bool)
    counted = parts[given & sum_of | whole] if level != "county" else parts[whole]
    sums = counted.groupby(_KEYS)[["numerator", "denominator", "rows"]].sum()
    # The county of a row as a number: distinct ones are counted many times faster.
    numbers = pd.Series(pd.factorize(parts["county_code"])[0], index=parts.index)
    numbers = numbers.where(numbers >= 0)
    every = (
        parts.assign(county=numbers)
        .groupby(_KEYS)
        .agg(counties=("county", "nunique"), withheld=("withheld", "any"))
    )
    have = parts.assign(county=numbers)[whole].groupby(_KEYS)["county"].nunique()
    result = every.join(sums).join(have.rename("have"))
    result = result.join(origin_rank(counted).groupby(_KEYS)["rank"].min()).reset_index()
    frame = _evaluated(result, measures)
    absent = np.where(result["withheld"].astype(bool), "withheld", "missing")
    frame["status"] = origin_of(result["rank"]).where(frame["value"].notna(), absent)
    frame["coverage"] = result["have"].fillna(0) / result["counties"].where(result["counties"] > 0)
    return frame.assign(level=level)


def _evaluated(sums: pd.DataFrame, measures: Sequence[Measure]) -> pd.DataFrame:
    """Return value, n, low and high of added parts, by the kind of their measure."""
    kind = sums["measure"].map({one.id: one.kind for one in measures})
    # Of no rows at all the mapped numbers would be text, as the names are.
    scale = sums["measure"].map({one.id: one.scale for one in measures}).astype(float)
    below = sums["denominator"].where(sums["denominator"] > 0)
    share = kind == "proportion"
    frame = sums[_KEYS].assign(
        value=sums["numerator"].where(kind == "sum", scale * (sums["numerator"] / below)),
        n=sums["denominator"].where(share, sums["rows"]),
        low=np.nan,
        high=np.nan,
    )
    low, high = wilson_interval(sums["numerator"][share].fillna(0), below[share].fillna(0))
    frame.loc[share, "low"] = scale[share] * low
    frame.loc[share, "high"] = scale[share] * high
    return frame


def _estimated(one: Measure, source: Source, levels: Sequence[Level]) -> pd.DataFrame:
    """Complete an estimate: a row for every area, its status and coverage."""
    import pandas as pd

    assert one.estimate is not None
    wanted = [level for level in levels if level in one.levels]
    found = one.estimate(source)
    keys = ["level", "area", "period"]
    places = source.places[source.places["level"].isin(wanted)]
    places = places[places["period"].isin(found["period"].unique())]
    every = found[found["level"].isin(wanted)].merge(places, how="outer", on=keys)
    known = every["value"].notna()
    own = found[(found["level"] == "county") & found["value"].notna()]
    coverage = every["coverage"] if "coverage" in every else pd.Series(np.nan, index=every.index)
    if "coverage" not in every and not own.empty:
        counties = source.levelled(source.expected)
        have = pd.MultiIndex.from_frame(own[["area", "period"]])
        here = pd.MultiIndex.from_frame(counties[["county_code", "period"]]).isin(have)
        shares = counties.assign(coverage=here.astype(float)).groupby(keys)["coverage"].mean()
        coverage = every[keys].merge(shares.reset_index(), how="left", on=keys)["coverage"]
    return every.assign(
        measure=one.id,
        status=every["origin"].where(known, every["absent"].fillna("missing")),
        coverage=coverage.to_numpy(),
    )


def _area(rows: pd.DataFrame, level: Level, source: Source) -> pd.Series:
    import pandas as pd

    if level == "county":
        return rows["county_code"]
    if level == "prefecture":
        return rows["prefecture_code"].fillna(source.prefectures(rows["county_code"]))
    return pd.Series(source.snapshot.project.code, index=rows.index)
