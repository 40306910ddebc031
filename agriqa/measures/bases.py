"""Measures of production bases and parks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agriqa.datasets import Label
from agriqa.measures.measure import Measure
from agriqa.measures.parts import counted_codes, in_force_counts, weakest
from agriqa.measures.source import Source

if TYPE_CHECKING:
    import pandas as pd


def designations(source: Source) -> pd.DataFrame:
    """National and provincial designations in force, each base once from its first year."""
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
    spans = first.agg(year_from=("year_from", "min"), year_to=("year_to", "max"))
    return spans.join(weakest(rows, same)).reset_index()


def _all(source: Source) -> pd.DataFrame:
    return in_force_counts(designations(source), source)


def _national(source: Source) -> pd.DataFrame:
    rows = designations(source)
    return in_force_counts(rows[rows["level"] == "national"], source)


def _star_parks(source: Source) -> pd.DataFrame:
    base = source.table("base")
    graded = base[
        base["grade"].isin(["five_star", "four_star", "three_star"])
        & base["status"].isin(counted_codes("base_status"))
        & (base["level"] == "provincial")
    ]
    same = ["programme", "name", "county_code", "prefecture_code"]
    return in_force_counts(_once(graded, same), source)


_CAVEAT = Label(
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
            zh=f"年末在册的国家级和省级认定数；{_CAVEAT.zh}",
            en=f"national and provincial designations in force at year end; {_CAVEAT.en}",
        ),
        datasets=("base",),
        reference="各认定项目的公开名单",
        parts=_all,
        decimals=0,
        zero_if_absent=True,
        core=True,
    ),
    Measure(
        id="bases_national_n",
        label=Label(zh="国家级生产基地与园区", en="National bases and parks"),
        unit="项",
        direction=1,
        theme="bases",
        kind="sum",
        formula=Label(
            zh=f"年末在册的国家级认定数；{_CAVEAT.zh}",
            en=f"national designations in force at year end; {_CAVEAT.en}",
        ),
        datasets=("base",),
        reference="各认定项目的公开名单",
        parts=_national,
        decimals=0,
        zero_if_absent=True,
        core=True,
    ),
    Measure(
        id="star_parks_n",
        label=Label(zh="省星级现代农业园区", en="Provincial star-rated parks"),
        unit="个",
        direction=1,
        theme="bases",
        kind="sum",
        formula=Label(
            zh=f"年末在册的省星级园区数，升星不重复计；{_CAVEAT.zh}",
            en=f"provincial star-rated parks in force at year end, each once; {_CAVEAT.en}",
        ),
        datasets=("base",),
        reference="省星级现代农业园区年度名单",
        parts=_star_parks,
        decimals=0,
        zero_if_absent=True,
        core=True,
    ),
)
