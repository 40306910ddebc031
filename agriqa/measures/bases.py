"""Measures of production bases and parks."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from agriqa.datasets import Label
from agriqa.measures.measure import PARTS, Measure
from agriqa.measures.parts import counted_codes, each_once, in_force, in_force_counts, weakest
from agriqa.measures.source import Source

if TYPE_CHECKING:
    import pandas as pd


def designations(source: Source) -> pd.DataFrame:
    """National and provincial designations, each base once from its first year."""
    base = source.table("base")
    counted = base[
        base["status"].isin(counted_codes("base_status"))
        & base["level"].isin(["national", "provincial"])
    ]
    same = ["programme", "level", "name", "county_code", "prefecture_code"]
    return _once(counted, same)


def _once(rows: pd.DataFrame, same: list[str]) -> pd.DataFrame:
    """Take what is named on several lists once, from its first year."""
    first = rows.groupby(same, dropna=False)
    spans = first.agg(
        year_from=("year_from", "min"), year_to=("year_to", "max"), product=("product", "first")
    )
    return spans.join(weakest(rows, same)).reset_index()


def standing(source: Source) -> pd.DataFrame:
    """Repeat the designations for each year at whose end they are in force."""
    return in_force(source.once(designations), source)


def _all(source: Source) -> pd.DataFrame:
    return in_force_counts(source.once(designations), source)


def _of_level(source: Source, *, level: str) -> pd.DataFrame:
    rows = source.once(designations)
    return in_force_counts(rows[rows["level"] == level], source)


def _programmes(source: Source) -> pd.DataFrame:
    """Name the programmes that each county holds a designation of."""
    rows = source.once(standing)
    keys = ["county_code", "prefecture_code", "period", "programme"]
    held = weakest(rows, keys).reset_index().rename(columns={"programme": "entity"})
    first = None if held.empty else int(held["period"].min())
    return each_once(held, source, periods=source.periods, first=first)


def _covered(source: Source) -> pd.DataFrame:
    """Tell of every county whether it has a designation, from the first year of the lists on."""
    rows = source.once(standing)
    keys = ["county_code", "period"]
    own = rows.dropna(subset=["county_code"])
    held = weakest(own, keys).reset_index().assign(numerator=1.0)
    begun = source.expected["period"] >= rows["period"].min()
    every = source.expected[begun].merge(held, how="left", on=keys)
    return every.assign(
        prefecture_code=source.prefectures(every["county_code"]),
        numerator=every["numerator"].fillna(0.0),
        denominator=1.0,
        rows=1,
        origin=every["origin"].fillna("published"),
        withheld=False,
        complete=True,
    )[PARTS]


def _years(source: Source) -> pd.DataFrame:
    """Count the years since each county's first designation that is in force."""
    rows = source.once(standing)
    keys = ["county_code", "period"]
    first = rows.groupby(keys)["year_from"].min().to_frame("first")
    found = first.join(weakest(rows, keys)).reset_index()
    return found.assign(
        prefecture_code=source.prefectures(found["county_code"]),
        numerator=found["period"] - found["first"],
        denominator=1.0,
        rows=1,
        withheld=False,
        complete=True,
    )[PARTS]


def _star_parks(source: Source) -> pd.DataFrame:
    base = source.table("base")
    graded = base[
        base["grade"].isin(["five_star", "four_star", "three_star"])
        & base["status"].isin(counted_codes("base_status"))
        & (base["level"] == "provincial")
    ]
    same = ["programme", "name", "county_code", "prefecture_code"]
    return in_force_counts(_once(graded, same), source)


CAVEAT = Label(
    zh="只计公开名单中状态为命名、认定、批准等的条目；公示、创建中的和年份不明的不计；"
    "名单不全，0 表示所收名单中没有",
    en="only entries named, recognised or approved on public lists; announced ones and those "
    "without a year are left out; the lists are incomplete, 0 means none on the lists held",
)

MEASURES = (
    Measure(
        id="bases_n",
        label=Label(zh="省级以上生产基地与园区", en="Bases and parks, provincial and above"),
        unit="项",
        direction=1,
        theme="bases",
        kind="sum",
        formula=Label(
            zh=f"年末在册的国家级和省级认定数；{CAVEAT.zh}",
            en=f"national and provincial designations in force at year end; {CAVEAT.en}",
        ),
        datasets=("base",),
        reference="各认定项目的公开名单",
        parts=_all,
        decimals=0,
        zero_if_absent=True,
        core=True,
    ),
    *(
        Measure(
            id=f"bases_{level}_n",
            label=Label(zh=f"{zh}生产基地与园区", en=f"{en} bases and parks"),
            unit="项",
            direction=1,
            theme="bases",
            kind="sum",
            formula=Label(
                zh=f"年末在册的{zh}认定数；{CAVEAT.zh}",
                en=f"{en.lower()} designations in force at year end; {CAVEAT.en}",
            ),
            datasets=("base",),
            reference="各认定项目的公开名单",
            parts=partial(_of_level, level=level),
            decimals=0,
            zero_if_absent=True,
            core=level == "national",
        )
        for level, zh, en in (
            ("national", "国家级", "National"),
            ("provincial", "省级", "Provincial"),
        )
    ),
    Measure(
        id="star_parks_n",
        label=Label(zh="省星级现代农业园区", en="Provincial star-rated parks"),
        unit="个",
        direction=1,
        theme="bases",
        kind="sum",
        formula=Label(
            zh=f"年末在册的省星级园区数，升星不重复计；{CAVEAT.zh}",
            en=f"provincial star-rated parks in force at year end, each once; {CAVEAT.en}",
        ),
        datasets=("base",),
        reference="省星级现代农业园区年度名单",
        parts=_star_parks,
        decimals=0,
        zero_if_absent=True,
        core=True,
    ),
    Measure(
        id="base_programmes_n",
        label=Label(zh="获认定的项目数", en="Programmes with a designation"),
        unit="项",
        direction=1,
        theme="bases",
        kind="sum",
        formula=Label(
            zh="年末有国家级或省级认定在册的项目（如省星级现代农业园区）数，同一项目在一个地区只计一次；"
            f"名单开始以前为缺数；{CAVEAT.zh}",
            en="programmes of which the area holds a national or provincial designation at year "
            f"end, each once in an area; no value before the lists begin; {CAVEAT.en}",
        ),
        datasets=("base",),
        reference="各认定项目的公开名单",
        parts=_programmes,
        decimals=0,
        zero_if_absent=True,
    ),
    Measure(
        id="base_coverage_pct",
        label=Label(zh="有省级以上基地的县", en="Counties with a provincial or national base"),
        unit="%",
        direction=1,
        theme="bases",
        kind="ratio",
        scale=100.0,
        formula=Label(
            zh="年末有国家级或省级认定在册的县 ÷ 全部县，一个县为 100（有）或 0；只落实到市州的认定"
            f"不算在任何县；n 为县数；名单开始以前为缺数；{CAVEAT.zh}",
            en="counties with a national or provincial designation in force at year end ÷ all "
            "counties; one county has 100 (yes) or 0; a designation known by its prefecture only "
            "is no county's; n counts counties; no value before the lists begin; "
            f"{CAVEAT.en}",
        ),
        datasets=("base",),
        reference="各认定项目的公开名单",
        parts=_covered,
    ),
    Measure(
        id="base_years_n",
        label=Label(zh="获认定年数", en="Years since the first designation"),
        unit="年",
        direction=0,
        theme="bases",
        kind="ratio",
        formula=Label(
            zh="当年减去年末在册的国家级、省级认定中最早的起始年；市州和省为有认定的县的平均，"
            f"n 为县数；没有认定的县为缺数；{CAVEAT.zh}",
            en="the year less the first year of the earliest national or provincial designation "
            "in force at its end; the mean over counties that have one, which n counts; none for "
            f"a county without; {CAVEAT.en}",
        ),
        datasets=("base",),
        reference="各认定项目的公开名单",
        parts=_years,
    ),
)
