"""Whether production bases are of the crops that their county grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agriqa.areas.names import normalise
from agriqa.datasets import Label
from agriqa.measures.bases import CAVEAT, standing
from agriqa.measures.measure import PARTS, Measure
from agriqa.measures.parts import weaker, weakest
from agriqa.measures.production import sown
from agriqa.measures.products import load_products
from agriqa.measures.source import Source

if TYPE_CHECKING:
    import pandas as pd


def _matched(source: Source) -> pd.DataFrame:
    """Count the designations whose product's crop groups the county grows more than the province.

    Judged are those whose product the table of products assigns to crop groups.
    """
    groups = load_products(source.snapshot.project.config)
    own = source.once(standing).dropna(subset=["county_code"])
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
    area = source.once(sown).set_index(keys)[["origin", "withheld", "complete", "numerator"]]
    area = area.rename(columns={"origin": "origin_below", "numerator": "sown_ha"})
    parts = parts.join(weakest(judged, keys)).join(area).reset_index()
    return parts.assign(
        prefecture_code=source.prefectures(parts["county_code"]),
        rows=parts["denominator"],
        origin=weaker(parts["origin"], parts["origin_below"]),
        withheld=parts["withheld"].eq(True),
        # Without its areas nothing can be judged.
        complete=parts["complete"].eq(True) & (parts["sown_ha"] > 0),
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


MEASURES = (
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
            f"不是作物或未归类的不判断；n 为能判断的认定数；{CAVEAT.zh}",
            en="designations whose leading product's crop group has a larger share of the "
            "county's sown area than of the province's ÷ those that can be judged; the province "
            "is the sum of counties with a whole return in the year; data/config/products.csv "
            "says which group, or groups together, a product belongs to; a product that is no "
            "crop or is not in it is not judged; n counts designations judged; "
            f"{CAVEAT.en}",
        ),
        datasets=("base", "production"),
        reference="区位商大于 1（播种面积）；各认定项目的公开名单",
        parts=_matched,
    ),
)
