"""Measures of production bases and parks."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from agriqa.areas.names import normalise
from agriqa.datasets import Label
from agriqa.measures.measure import PARTS, Measure, origin_of, origin_rank
from agriqa.measures.parts import counted_codes, each_once, in_force, in_force_counts, weakest
from agriqa.measures.production import sown
from agriqa.measures.products import load_products
from agriqa.measures.source import Source

if TYPE_CHECKING:
    import pandas as pd


def _designations(source: Source) -> pd.DataFrame:
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


def _standing(source: Source) -> pd.DataFrame:
    """Repeat the designations for each year at whose end they are in force."""
    return in_force(source.once(_designations), source)


def _all(source: Source) -> pd.DataFrame:
    return in_force_counts(source.once(_designations), source)


def _of_level(source: Source, *, level: str) -> pd.DataFrame:
    rows = source.once(_designations)
    return in_force_counts(rows[rows["level"] == level], source)


def _programmes(source: Source) -> pd.DataFrame:
    """Name the programmes that each county holds a designation of."""
    standing = source.once(_standing)
    keys = ["county_code", "prefecture_code", "period", "programme"]
    held = weakest(standing, keys).reset_index().rename(columns={"programme": "entity"})
    first = None if held.empty else int(held["period"].min())
    return each_once(held, source, periods=source.periods, first=first)


def _covered(source: Source) -> pd.DataFrame:
    """Tell of every county whether it has a designation, from the first year of the lists on."""
    standing = source.once(_standing)
    keys = ["county_code", "period"]
    own = standing.dropna(subset=["county_code"])
    held = weakest(own, keys).reset_index().assign(numerator=1.0)
    begun = source.expected["period"] >= standing["period"].min()
    every = source.expected[begun].merge(held, how="left", on=keys)
    return every.assign(
        prefecture_code=every["county_code"].map(source.prefecture_of),
        numerator=every["numerator"].fillna(0.0),
        denominator=1.0,
        rows=1,
        origin=every["origin"].fillna("published"),
        withheld=False,
        complete=True,
    )[PARTS]


def _years(source: Source) -> pd.DataFrame:
    """Count the years since each county's first designation that is in force."""
    standing = source.once(_standing)
    keys = ["county_code", "period"]
    first = standing.groupby(keys)["year_from"].min().to_frame("first")
    found = first.join(weakest(standing, keys)).reset_index()
    return found.assign(
        prefecture_code=found["county_code"].map(source.prefecture_of),
        numerator=found["period"] - found["first"],
        denominator=1.0,
        rows=1,
        withheld=False,
        complete=True,
    )[PARTS]


def _matched(source: Source) -> pd.DataFrame:
    """Count the designations whose product's crop groups the county grows more than the province.

    Judged are those whose product the table of products assigns to crop groups.
    """
    groups = load_products(source.snapshot.project.config)
    own = source.once(_standing).dropna(subset=["county_code"])
    known = own["product"].map(
        lambda product: groups.get(normalise(product)) or np.nan, na_action="ignore"
    )
    named = own.assign(crop_group=known).dropna(subset=["crop_group"])
    named = named.assign(designation=np.arange(len(named)))
    keys = ["county_code", "period"]
    each = named.explode("crop_group").merge(
        _crop_shares(source), how="left", on=[*keys, "crop_group"]
    )
    shares = each.groupby("designation")[["county_share", "province_share"]].sum()
    judged = named.set_index("designation").join(shares)
    judged["matched"] = (judged["county_share"] > judged["province_share"]).astype(float)
    by_county = judged.groupby(keys)
    parts = by_county["matched"].agg(numerator="sum", denominator="size")
    area = source.once(sown).set_index(keys)[["origin", "withheld", "complete"]]
    area = area.rename(columns={"origin": "origin_below"})
    parts = parts.join(weakest(judged, keys)).join(area).reset_index()
    ranks = [
        origin_rank(parts.assign(origin=parts[name].fillna("published")))["rank"]
        for name in ("origin", "origin_below")
    ]
    return parts.assign(
        prefecture_code=parts["county_code"].map(source.prefecture_of),
        rows=parts["denominator"],
        origin=origin_of(ranks[0].clip(upper=ranks[1])),
        withheld=parts["withheld"].eq(True),
        # Without its areas nothing can be judged.
        complete=parts["complete"].eq(True),
    )[PARTS]


def _crop_shares(source: Source) -> pd.DataFrame:
    """Return each crop group's share of the sown area, in the county and in the province.

    Of county-years with a whole return; the province is their sum.
    """
    import pandas as pd

    keys = ["county_code", "period"]
    area = source.once(sown)
    whole = area[area["complete"] & ~area["withheld"] & (area["numerator"] > 0)][keys]
    rows = source.table("production").rename(columns={"year": "period"}).merge(whole, on=keys)
    table = rows.pivot_table(
        index=keys, columns="crop_group", values="sown_ha", aggfunc="sum", fill_value=0.0
    )
    province = table.groupby("period").sum()
    whole_province = province.div(province.sum(axis=1), axis=0)
    shares = {
        "county_share": table.div(table.sum(axis=1), axis=0).stack(),
        "province_share": whole_province.reindex(table.index, level="period").stack(),
    }
    return pd.DataFrame(shares).reset_index()


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
    *(
        Measure(
            id=f"bases_{level}_n",
            label=Label(zh=f"{zh}生产基地与园区", en=f"{en} bases and parks"),
            unit="项",
            direction=1,
            theme="bases",
            kind="sum",
            formula=Label(
                zh=f"年末在册的{zh}认定数；{_CAVEAT.zh}",
                en=f"{en.lower()} designations in force at year end; {_CAVEAT.en}",
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
    Measure(
        id="base_programmes_n",
        label=Label(zh="获认定的项目数", en="Programmes with a designation"),
        unit="项",
        direction=1,
        theme="bases",
        kind="sum",
        formula=Label(
            zh="年末有国家级或省级认定在册的项目（如省星级现代农业园区）数，同一项目在一个地区只计一次；"
            f"名单开始以前为缺数；{_CAVEAT.zh}",
            en="programmes of which the area holds a national or provincial designation at year "
            f"end, each once in an area; no value before the lists begin; {_CAVEAT.en}",
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
            f"不算在任何县；n 为县数；名单开始以前为缺数；{_CAVEAT.zh}",
            en="counties with a national or provincial designation in force at year end ÷ all "
            "counties; one county has 100 (yes) or 0; a designation known by its prefecture only "
            "is no county's; n counts counties; no value before the lists begin; "
            f"{_CAVEAT.en}",
        ),
        datasets=("base",),
        reference="各认定项目的公开名单",
        parts=_covered,
    ),
    Measure(
        id="base_product_match_pct",
        label=Label(zh="基地主导产品与种植结构相符", en="Bases that match what the county grows"),
        unit="%",
        direction=1,
        theme="bases",
        kind="ratio",
        scale=100.0,
        formula=Label(
            zh="主导产品所属作物类别占本县播种面积的比重高于占全省的比重的认定 ÷ 能判断的认定；"
            "全省为当年报表完整的县之和；产品按 data/config/products.csv 归类，属几类的按几类之和，"
            f"不是作物或未归类的不判断；n 为能判断的认定数；{_CAVEAT.zh}",
            en="designations whose leading product's crop group has a larger share of the "
            "county's sown area than of the province's ÷ those that can be judged; the province "
            "is the sum of counties with a whole return in the year; data/config/products.csv "
            "says which group, or groups together, a product belongs to; a product that is no "
            "crop or is not in it is not judged; n counts designations judged; "
            f"{_CAVEAT.en}",
        ),
        datasets=("base", "production"),
        reference="区位商大于 1（播种面积）；各认定项目的公开名单",
        parts=_matched,
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
            f"n 为县数；没有认定的县为缺数；{_CAVEAT.zh}",
            en="the year less the first year of the earliest national or provincial designation "
            "in force at its end; the mean over counties that have one, which n counts; none for "
            f"a county without; {_CAVEAT.en}",
        ),
        datasets=("base",),
        reference="各认定项目的公开名单",
        parts=_years,
    ),
)
