"""Measures of published totals: their change, their verdict, and our distance from them.

A figure printed as 4.0 stands for 3.95 to 4.05, and sources may disagree on a
year; both are carried as a range. A change whose range holds zero is not known.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np

from agriqa.datasets import Label, datasets
from agriqa.datasets.units import factor
from agriqa.measures import fertilisers, pesticides
from agriqa.measures.measure import ESTIMATES, Measure
from agriqa.measures.parts import weakest
from agriqa.measures.source import Source
from agriqa.measures.values import values
from agriqa.stats.precision import (
    PublishedFigures,
    change_verdict,
    figure_change,
    figure_mean,
    figure_ratio,
    published_figures,
    rounding_unit,
)

if TYPE_CHECKING:
    import pandas as pd

# What a compiler computed or doubts is no publication of its own.
SECOND_HAND = ("推算", "存疑")
_RANGE = Label(
    zh="公布数的修约和各来源之间的不一致所留下的范围，不是抽样误差",
    en="what the rounding of the published figures and disagreeing sources leave open, no "
    "sampling error",
)
_TOTALS = {one.id: one for one in (*pesticides.MEASURES, *fertilisers.MEASURES)}


def published_years(source: Source, total: str) -> pd.DataFrame:
    """Return the range of each published year in our unit, by period: value, low, high, n, origin.

    Where sources disagree the value is their mean and the range spans them all.
    """
    links = [
        (link.indicator, declared[link.column].unit or "1")
        for declared in datasets().values()
        for link in declared.rules.published
        if link.measure == total
    ]
    [(indicator, own_unit)] = links
    table = source.table("published_figure")
    rows = table[
        (table["indicator"] == indicator)
        & (table["area_code"] == source.snapshot.project.code)
        & table["year"].notna()
        & ~table["qualifier"].isin(SECOND_HAND)
    ]
    return yearly_figures(rows, own_unit)


def yearly_figures(
    rows: pd.DataFrame, own_unit: str, *, counting_units: Collection[str] = ()
) -> pd.DataFrame:
    """Return what published figures of one thing say of each year, in one unit, by period.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``published_figure`` that have a year.
    own_unit : str
        Unit of the result.
    counting_units : collection of str
        Units whose figures are exact; those in others stand for a range.

    Returns
    -------
    DataFrame
        Columns value, low, high, n, origin. Where sources disagree the value is their mean
        and the range spans them all.
    """
    scale = np.array(
        [1.0 if unit == own_unit else factor(unit, own_unit) for unit in rows["unit_of_value"]],
        dtype=float,
    )
    printed = np.array([rounding_unit(f"{value:.12g}")[1] for value in rows["value"]], dtype=float)
    printed = np.where(rows["unit_of_value"].isin(list(counting_units)), 0.0, printed)
    unit = np.where(rows["rounded_to"].notna(), rows["rounded_to"], printed)
    figures = published_figures(rows["value"].to_numpy() * scale, unit * scale)
    ranged = rows.assign(
        period=rows["year"].astype("int64"),
        value=figures.value, low=figures.low, high=figures.high,
    )  # fmt: skip
    by_year = ranged.groupby("period").agg(
        value=("value", "mean"), low=("low", "min"), high=("high", "max"), n=("value", "size")
    )
    return by_year.join(weakest(ranged, ["period"]))


def _range(rows: pd.DataFrame) -> PublishedFigures:
    return PublishedFigures(*(rows[c].to_numpy(dtype=float) for c in ("value", "low", "high")))


def _rows(
    source: Source, periods: pd.Index, found: PublishedFigures, n: pd.Series, origin: pd.Series
) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {
            "level": "province",
            "area": source.snapshot.project.code,
            "period": periods.to_numpy(),
            "value": found.value,
            "n": n.to_numpy(dtype=float),
            "low": found.low,
            "high": found.high,
            "origin": origin.to_numpy(),
            "absent": None,
        }
    )[ESTIMATES]


def _change(source: Source, *, total: str) -> pd.DataFrame:
    """Compare each published year with the one before."""
    figures = published_years(source, total)
    now = figures[figures.index.isin(figures.index + 1)]
    before = figures.loc[now.index - 1]
    change = figure_change(_range(now), _range(before))
    rows = _rows(source, now.index, change, now["n"] + before["n"].to_numpy(), now["origin"])
    known = change_verdict(change) != "not known"
    absent = rows["absent"].where(known, "within_rounding")
    return rows.assign(value=rows["value"].where(known), absent=absent)


def _to_mean(source: Source, *, total: str, base: Literal["before", "fixed"]) -> pd.DataFrame:
    """Set each published year against the mean of the three before, or of the plan's years."""
    figures = published_years(source, total)
    if base == "before":
        years = {year: [year - 3, year - 2, year - 1] for year in figures.index}
    else:
        later = [year for year in figures.index if year > max(pesticides.BASE_YEARS)]
        years = {year: list(pesticides.BASE_YEARS) for year in later}
    whole = {y: before for y, before in years.items() if set(before) <= set(figures.index)}
    now = figures.loc[list(whole)]
    if now.empty:
        return _rows(source, now.index, _range(now), now["n"], now["origin"])
    means = figure_mean(
        PublishedFigures(
            *(
                np.array([figures.loc[b, c] for b in whole.values()], dtype=float).reshape(-1, 3)
                for c in ("value", "low", "high")
            )
        )
    )
    ratio = figure_ratio(_range(now), means)
    scaled = PublishedFigures(*(100 * x for x in (ratio.value, ratio.low, ratio.high)))
    return _rows(source, now.index, scaled, now["n"] + 3, now["origin"])


def _gap(source: Source, *, total: str) -> pd.DataFrame:
    """Set our total against the published one."""
    figures = published_years(source, total)
    ours = values([_TOTALS[total]], source, ["province"]).set_index("period")
    ours = ours[ours.index.isin(figures.index)]
    theirs = figures.loc[ours.index]
    exact = PublishedFigures(*(ours["value"].to_numpy(dtype=float),) * 3)
    gap = figure_change(exact, _range(theirs))
    rows = _rows(source, ours.index, gap, theirs["n"], ours["status"])
    known = ours["value"].notna().to_numpy()
    return rows.assign(
        absent=ours["status"].where(~known).to_numpy(), coverage=ours["coverage"].to_numpy()
    )


def _family(prefix: str, total: str, zh: str, en: str, reference: str) -> tuple[Measure, ...]:
    dataset = _TOTALS[total].datasets[0]

    def measure(id_: str, label: Label, formula: Label, estimate: partial[pd.DataFrame]) -> Measure:
        return Measure(
            id=f"{prefix}_{id_}",
            label=label,
            unit="%",
            direction=0 if id_ == "gap_pct" else -1,
            theme="evaluation",
            kind="estimate",
            formula=formula,
            datasets=("published_figure", dataset) if id_ == "gap_pct" else ("published_figure",),
            reference=reference,
            estimate=estimate,
            interval=_RANGE,
            interval_is="range",
            levels=("province",),
        )

    return (
        measure(
            "gap_pct",
            Label(zh=f"{zh}与公布数之差", en=f"{en}, our total less the published one"),
            Label(
                zh=f"（各县{zh}之和 − 公布的全省数）÷ 公布的全省数 × 100；n 为公布数的个数，"
                "各来源不一致时取平均、范围含全部来源；缺报的县不补，见覆盖率",
                en=f"(sum of the counties' {en.lower()} − published total) ÷ published total × "
                "100; n counts published figures, whose mean is taken where sources disagree; "
                "counties without a return are not filled in, see the coverage",
            ),
            partial(_gap, total=total),
        ),
        measure(
            "published_change_pct",
            Label(zh=f"公布的{zh}比上年", en=f"{en} as published, change on the year before"),
            Label(
                zh="公布数比上年的变化；修约范围内含 0 时增减不可知，不写成 0",
                en="change of the published figure; where rounding leaves 0 open it is not known, "
                "and not written as 0",
            ),
            partial(_change, total=total),
        ),
        measure(
            "published_to_3y_mean_pct",
            Label(
                zh=f"公布的{zh}与前三年均值之比", en=f"{en} as published, to its three-year mean"
            ),
            Label(
                zh="公布数 ÷ 前三年公布数平均 × 100；整个范围不高于 100 才是零增长达标",
                en="published figure ÷ mean of the three published before × 100; zero growth only "
                "where the whole range is at most 100",
            ),
            partial(_to_mean, total=total, base="before"),
        ),
        measure(
            "published_to_2012_14_mean_pct",
            Label(
                zh=f"公布的{zh}与2012–2014年均值之比",
                en=f"{en} as published, to the mean of 2012 to 2014",
            ),
            Label(
                zh="公布数 ÷ 2012–2014 年公布数平均 × 100",
                en="published figure ÷ mean of those of 2012 to 2014 × 100",
            ),
            partial(_to_mean, total=total, base="fixed"),
        ),
    )


MEASURES = (
    *_family(
        "pesticide_use", "pesticide_use_t", "农药使用量", "Pesticide use", pesticides.ZERO_GROWTH
    ),
    *_family(
        "fertiliser_use", "fertiliser_use_t", "化肥施用量", "Fertiliser use",
        fertilisers.ZERO_GROWTH,
    ),
)  # fmt: skip
