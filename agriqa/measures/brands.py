"""Measures of brands on record: how many, of which kinds, how concentrated.

Most are undated, so they are counted as collected, for the last period.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from agriqa.datasets import Label, code_lists
from agriqa.measures.measure import Measure
from agriqa.measures.parts import each_once, hides, weakest
from agriqa.measures.production import output_value
from agriqa.measures.source import Source
from agriqa.stats.concentration import herfindahl_hirschman_index
from agriqa.stats.location_quotient import location_quotient

if TYPE_CHECKING:
    import pandas as pd

# With fewer brands any area's are in few categories.
LEAST = 5
REFERENCE = "品牌目录、地理标志公告等公开资料"


def _placed(source: Source) -> pd.DataFrame:
    """Repeat each brand for its counties; one that is assigned to none stands once, without."""
    brand = source.table("brand")
    counties = brand["county_codes"].fillna("").str.split(";")
    rows = brand.assign(county_code=counties).explode("county_code")
    rows["county_code"] = rows["county_code"].where(rows["county_code"] != "")
    return rows.assign(entity=rows["brand_id"], period=source.periods[-1])


def _counted(source: Source, rows: pd.DataFrame, *, known: bool) -> pd.DataFrame:
    last = source.periods[-1]
    return each_once(rows, source, periods=[last], first=last if known else None)


def _brands(source: Source, *, kind: str | None = None) -> pd.DataFrame:
    """Count brands by county as known now; a brand of several counties counts in each."""
    rows = source.once(_placed)
    chosen = rows if kind is None else rows[rows["kind"] == kind]
    return _counted(source, chosen, known=not rows.empty)


def _of_stage(source: Source, *, stage: str) -> pd.DataFrame:
    """Count the brands in one brand project; none is known where no brand's project is."""
    rows = source.once(_placed)
    hidden = rows["stage"].isna() & hides(rows, "stage")
    chosen = rows[(rows["stage"] == stage) | hidden]
    parts = _counted(source, chosen, known=bool(rows["stage"].notna().any()))
    lost = parts["entity"].isin(rows.loc[hidden, "brand_id"]) | parts["county_code"].isin(
        rows.loc[hidden, "county_code"].dropna()
    )
    return parts.assign(numerator=parts["numerator"].mask(lost), withheld=lost)


def _concentration(source: Source) -> pd.DataFrame:
    """Compute the Herfindahl-Hirschman index of the categories of an area's brands."""
    rows = source.once(_placed)
    every = source.levelled(rows)
    every = every[every["level"] != "county"]
    own = every["area"].fillna(every["prefecture_code"].where(every["level"] == "prefecture"))
    every = every.assign(area=own, hidden=every["category"].isna() & hides(every, "category"))
    every = every.dropna(subset=["area"]).drop_duplicates(["level", "area", "brand_id"])
    keys = ["level", "area", "period"]
    by_area = every.groupby(keys)
    table = every.groupby([*keys, "category"]).size().unstack(fill_value=0)
    table = table.reindex(by_area.size().index, fill_value=0)
    hidden = by_area["hidden"].any()
    index = herfindahl_hirschman_index(table, given="sizes") if table.size else np.nan
    found = table.sum(axis=1).to_frame("n").join(weakest(every, keys)).assign(value=index)
    found["value"] = found["value"].mask(hidden)
    found["absent"] = hidden.map({True: "withheld"})
    return found.reset_index().assign(low=np.nan, high=np.nan, coverage=1.0)


def _quotient(source: Source) -> pd.DataFrame:
    """Set an area's brands per output value of crops against the province's."""
    import pandas as pd

    last = source.periods[-1]
    value = source.once(output_value)
    value = value[value["period"] == last]
    whole = value["complete"] & ~value["withheld"] & (value["numerator"] > 0)
    rows = source.once(_placed)
    rows = rows[rows["county_code"].isin(value.loc[whole, "county_code"])]
    keys = ["level", "area"]
    areas = source.levelled(value.assign(known=value["numerator"].where(whole))).groupby(keys)
    found = areas["known"].sum(min_count=1).to_frame("total")
    found["hidden"] = areas["withheld"].any()
    repeated = source.levelled(rows)
    found["n"] = repeated.groupby(keys)["brand_id"].nunique().reindex(found.index, fill_value=0)
    behind = [source.levelled(value[whole]), repeated]
    found["origin"] = weakest(pd.concat([one[[*keys, "origin"]] for one in behind]), keys)
    whole_province = found.index.get_level_values("level") == "province"
    below, top = found[~whole_province], found[whole_province]
    given = bool((top["total"] > 0).any())
    quotient = location_quotient(
        below["n"],
        below["total"],
        reference_count=float(top["n"].sum()) if given else None,
        reference_total=float(top["total"].sum()) if given else None,
    )
    return below.reset_index().assign(
        period=last,
        value=quotient.estimate,
        low=quotient.low,
        high=quotient.high,
        absent=below["hidden"].map({True: "withheld"}).to_numpy(),
    )


def _count(id_: str, label: Label, formula: Label, **given: object) -> Measure:
    return Measure(
        id=id_,
        label=label,
        unit="个",
        theme="brands",
        kind="sum",
        formula=formula,
        datasets=("brand",),
        reference=REFERENCE,
        decimals=0,
        zero_if_absent=True,
        **given,  # type: ignore[arg-type]
    )


_CAVEAT = Label(
    zh="多数无年份，只按资料收集时点计；跨县品牌各县都计、合计只计一次；未落实到县的不计入县",
    en="as collected (most are undated); a brand of several counties counts in each, once in their "
    "total; one without a county in none",
)

MEASURES = (
    _count(
        "brands_n",
        Label(zh="在册品牌", en="Brands on record"),
        Label(
            zh=f"公开资料中属于本县的品牌数（{_CAVEAT.zh}）",
            en=f"brands of the county in public material {_CAVEAT.en}",
        ),
        direction=1,
        parts=_brands,
        core=True,
    ),
    *(
        _count(
            f"brands_{kind}_n",
            Label(zh=f"在册品牌·{entry.label.zh}", en=f"Brands on record, {entry.label.en}"),
            Label(
                zh=f"公开资料中属于本县的{entry.label.zh}数（{_CAVEAT.zh}）",
                en=f"{entry.label.en}s of the county in public material {_CAVEAT.en}",
            ),
            direction=1,
            parts=partial(_brands, kind=kind),
        )
        for kind, entry in code_lists()["brand_kind"].codes.items()
    ),
    *(
        _count(
            f"brands_stage_{stage}_n",
            Label(zh=f"品牌工程·{entry.label.zh}", en=f"Brands in the project of {entry.label.en}"),
            Label(
                zh=f"处于品牌{entry.label.zh}工程的品牌数（{_CAVEAT.zh}）；没有一个品牌写明阶段时为"
                "缺数，不是 0",
                en=f"brands in the project of {entry.label.en} {_CAVEAT.en}; no value, and not 0, "
                "where no brand's project is stated",
            ),
            direction=0,
            parts=partial(_of_stage, stage=stage),
        )
        for stage, entry in code_lists()["brand_stage"].codes.items()
    ),
    Measure(
        id="brand_category_hhi",
        label=Label(zh="品牌门类集中度", en="Concentration of brands over categories"),
        unit="点",
        direction=0,
        theme="brands",
        kind="estimate",
        formula=Label(
            zh="赫芬达尔—赫希曼指数：各产品门类品牌数占比（%）的平方和，10000 为全在一类；"
            f"n 为写明门类的品牌数（{_CAVEAT.zh}）",
            en="Herfindahl-Hirschman index: the sum of the squared shares (%) of product "
            "categories in the area's brands, 10000 is one category; n counts brands whose "
            f"category is stated, {_CAVEAT.en}",
        ),
        datasets=("brand",),
        reference="US DOJ & FTC 2023, Merger Guidelines 2.1",
        estimate=_concentration,
        minimum_n=LEAST,
        decimals=0,
        levels=("prefecture", "province"),
    ),
    Measure(
        id="brand_location_quotient",
        label=Label(zh="品牌区位商", en="Location quotient of brands"),
        unit="倍",
        direction=1,
        theme="brands",
        kind="estimate",
        formula=Label(
            zh="（本地品牌数 ÷ 本地种植业产值）÷（全省品牌数 ÷ 全省种植业产值），1 为与全省相同；"
            "产值不含畜牧和水产；只计产值报表完整的县及落实到这些县的品牌，全省也是；n 为品牌数",
            en="(brands ÷ output value of crops) ÷ the same of the province, 1 is like the "
            "province; the value is without livestock and fish; of counties with a whole return "
            "and brands assigned to them only, the province too; n counts brands",
        ),
        datasets=("brand", "production"),
        reference="区位商；Garwood 1936, Biometrika 28",
        estimate=_quotient,
        interval=Label(
            zh="95% 精确泊松区间（全省的比率视为已知）",
            en="95 % exact Poisson interval (the province's rate held to be known)",
        ),
        decimals=2,
        levels=("county", "prefecture"),
    ),
)
