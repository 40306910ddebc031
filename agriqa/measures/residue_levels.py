"""Measures of how high residues are, with what is not detected between 0 and its limit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from agriqa.datasets import Label
from agriqa.measures.measure import Measure
from agriqa.measures.parts import weakest
from agriqa.measures.residues import residues
from agriqa.measures.sampling import LEAST
from agriqa.measures.source import Source
from agriqa.stats.censored.bounds import substitution_bounds
from agriqa.stats.censored.grouped import GroupedKaplanMeier, grouped_kaplan_meier

if TYPE_CHECKING:
    import pandas as pd

KEYS = ["level", "area", "period"]
HIGH = 0.95


def bounded(source: Source) -> pd.DataFrame:
    """Return the measurements of routine monitoring with their bounds [mg/kg].

    Returns
    -------
    DataFrame
        Those of `residues` that are measured, with ``lower``, ``middle`` and
        ``upper``: the value, or 0, half the limit and the limit of what is not
        detected. The limit is that of detection, or else of quantification; what
        has neither is left out.
    """
    rows = source.once(residues)
    rows = rows[rows["measured"] & (rows["scheme"] == "routine")]
    limit = rows["lod_mg_kg"].fillna(rows["loq_mg_kg"])
    rows = rows.assign(limit=limit)[limit.where(~rows["detected"], rows["value_mg_kg"]).notna()]
    if rows.empty:
        return rows.assign(lower=0.0, middle=0.0, upper=0.0)
    bounds = substitution_bounds(
        rows["value_mg_kg"], ~rows["detected"], detection_limit=rows["limit"]
    )
    return rows.assign(lower=bounds.lower, middle=bounds.middle, upper=bounds.upper)


def closed_areas(source: Source, found: pd.DataFrame) -> pd.DataFrame:
    """Return the areas of which nothing is found because all their values are withheld."""
    import pandas as pd

    rows = source.once(residues)
    hidden = rows[rows["hidden"] & (rows["scheme"] == "routine")].rename(columns={"year": "period"})
    areas = source.levelled(hidden[["county_code", "period"]].drop_duplicates())[KEYS]
    known = pd.MultiIndex.from_frame(found[KEYS])
    alone = areas.drop_duplicates()
    return alone[~pd.MultiIndex.from_frame(alone).isin(known)].assign(absent="withheld")


def _ratios(source: Source) -> pd.DataFrame:
    """Return each different ratio of a value to its limit in an area and year, counted."""
    rows = source.once(bounded)
    rows = rows[rows["mrl_mg_kg"] > 0]
    names = ["lower", "upper"]
    ratios = rows.assign(
        period=rows["year"], **{name: 100 * rows[name] / rows["mrl_mg_kg"] for name in names}
    )
    keys = ["county_code", "period", *names, "detected", "origin"]
    counted = ratios.groupby(keys).size().rename("many").reset_index()
    return source.levelled(counted)


def _estimates(source: Source) -> tuple[pd.DataFrame, tuple[GroupedKaplanMeier, ...]]:
    """Return the areas, and the distributions of their ratios: best, lower and upper bound."""
    rows = source.once(_ratios)
    groups = rows.groupby(KEYS)
    member = groups.ngroup().to_numpy()
    areas = groups["many"].sum().rename("n").to_frame().join(weakest(rows, KEYS)).reset_index()
    if rows.empty:
        return areas, ()
    every = np.zeros(len(rows), dtype=bool)
    distributions = tuple(
        grouped_kaplan_meier(
            rows[name], censored, member, counts=rows["many"], probabilities=[HIGH],
            residual_mass="smallest_value",
        )
        for name, censored in (("upper", ~rows["detected"]), ("lower", every), ("upper", every))
    )  # fmt: skip
    return areas, distributions


def _summary(source: Source, *, high: bool) -> pd.DataFrame:
    """Return the mean ratio of each area, or its high percentile."""
    import pandas as pd

    areas, distributions = source.once(_estimates)
    numbers = [one.quantiles[:, 0] if high else one.mean for one in distributions]
    value, lowest, highest = numbers or [np.empty(0)] * 3
    known = ~np.isnan(value)
    found = areas.assign(
        value=value,
        low=np.where(known, lowest, np.nan),
        high=np.where(known, highest, np.nan),
        absent=pd.Series("too_few", index=areas.index).mask(known, None),
    )
    return pd.concat([found, closed_areas(source, found)], ignore_index=True)


_RATIO = Label(
    zh="例行监测中有限量（大于 0）的测定：测定值 ÷ 限量 × 100，未检出的为低于检出限（没有检出限"
    "的取定量限，都没有的不计）÷ 限量",
    en="measurements of routine monitoring with a limit above 0: value ÷ limit × 100, what is not "
    "detected below its limit of detection (else of quantification; left out with neither) ÷ limit",
)
_REFERENCE = "Helsel 2012, Statistics for Censored Environmental Data 第 6 章；EFSA 2010"


MEASURES = (
    Measure(
        id="residue_to_limit_mean_pct",
        label=Label(zh="残留占限量的平均", en="Residue to its limit, mean"),
        unit="%",
        direction=-1,
        theme="sampling",
        kind="estimate",
        formula=Label(
            zh=f"{_RATIO.zh}；Kaplan–Meier 平均，低于最小检出值的概率放在最小的值或检出限处"
            "（Efron）；没有检出则样本太少；n 为测定数",
            en=f"{_RATIO.en}; Kaplan–Meier mean, with the probability below the smallest detected "
            "value at the smallest value or limit (Efron); too few to tell where nothing is "
            "detected; n counts measurements",
        ),
        interval_is="range",
        interval=Label(
            zh="未检出取 0（下界）和取检出限（上界）时的平均，不是置信区间",
            en="means with what is not detected at 0 (lower bound) and at its limit (upper bound); "
            "no confidence interval",
        ),
        datasets=("residue", "sample"),
        reference=_REFERENCE,
        estimate=partial(_summary, high=False),
        minimum_n=LEAST,
        decimals=2,
    ),
    Measure(
        id="residue_to_limit_p95_pct",
        label=Label(zh="残留占限量的95百分位数", en="Residue to its limit, 95th percentile"),
        unit="%",
        direction=-1,
        theme="sampling",
        kind="estimate",
        formula=Label(
            zh=f"{_RATIO.zh}；Kaplan–Meier 分布的 95 百分位数；检出太少、只知道低于最小检出值的"
            "为样本太少；n 为测定数，至少 20",
            en=f"{_RATIO.en}; 95th percentile of the Kaplan–Meier distribution; too few to tell "
            "where it is only known to lie below the smallest detected value; n counts "
            "measurements, at least 20",
        ),
        interval_is="range",
        interval=Label(
            zh="未检出取 0（下界）和取检出限（上界）时的 95 百分位数，不是置信区间",
            en="percentiles with what is not detected at 0 (lower bound) and at its limit (upper "
            "bound); no confidence interval",
        ),
        datasets=("residue", "sample"),
        reference=_REFERENCE,
        estimate=partial(_summary, high=True),
        minimum_n=20,
    ),
)
