"""Measures of the chronic dietary intake of residues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agriqa.datasets import Label
from agriqa.measures.exposure import load_exposure
from agriqa.measures.measure import Measure, origin_of, origin_rank
from agriqa.measures.residue_levels import KEYS, bounded, closed_areas
from agriqa.measures.sampling import LEAST
from agriqa.measures.shrinkage import windows
from agriqa.measures.source import Source

if TYPE_CHECKING:
    import pandas as pd

BOUNDS = {"value": "middle", "low": "lower", "high": "upper"}


def _contents(source: Source) -> pd.DataFrame:
    """Add up the contents of each substance and product class by county and three years.

    Returns
    -------
    DataFrame
        county_code, period, cell (number of the class and substance), lower, middle,
        upper [mg/kg times the number], many (number) and the origins' rank; ``factor``
        is the share of the acceptable intake for a mean of 1 mg/kg [%].
    """
    exposure = load_exposure(source.snapshot.project.config)
    intakes = source.table("substance").set_index("name")["adi_mg_kg_bw"]
    rows = source.once(bounded)
    intake = rows["analyte"].map(intakes).astype(float)
    eaten = rows["product_class"].map(exposure.consumption_kg_day).astype(float)
    chosen = rows[eaten.notna() & (intake > 0)]
    keys = ["county_code", "year", "product_class", "analyte"]
    added = (
        origin_rank(chosen)
        .groupby(keys)
        .agg(**{name: (name, "sum") for name in BOUNDS.values()},
             many=("analyte", "size"), rank=("rank", "min"))
        .reset_index()
    )  # fmt: skip
    eaten = added["product_class"].map(exposure.consumption_kg_day).astype(float)
    intake = added["analyte"].map(intakes).astype(float)
    added = added.assign(
        period=added["year"],
        cell=added.groupby(["product_class", "analyte"]).ngroup(),
        factor=100 * eaten / exposure.body_weight_kg / intake,
    )
    return windows(added.drop(columns=["year", "product_class", "analyte"]))


def _hazard_index(source: Source) -> pd.DataFrame:
    """Add up intake over acceptable intake of all substances and classes measured."""
    import pandas as pd

    rows = source.levelled(_contents(source))
    means = rows.groupby([*KEYS, "cell"]).agg(
        **{name: (name, "sum") for name in BOUNDS.values()},
        many=("many", "sum"), rank=("rank", "min"), factor=("factor", "first"),
    )  # fmt: skip
    quotients = means.assign(
        **{name: means["factor"] * means[bound] / means["many"] for name, bound in BOUNDS.items()}
    )
    found = quotients.groupby(KEYS).agg(
        **{name: (name, "sum") for name in BOUNDS},
        n=("many", "sum"), rank=("rank", "min"),
    )  # fmt: skip
    found = found.assign(origin=origin_of(found["rank"]), absent=None).reset_index()
    return pd.concat([found, closed_areas(source, found)], ignore_index=True)


MEASURES = (
    Measure(
        id="hazard_index_pct",
        label=Label(zh="慢性膳食危害指数（三年）", en="Chronic hazard index, three years"),
        unit="%",
        direction=-1,
        theme="sampling",
        kind="estimate",
        formula=Label(
            zh="Σ 平均含量 × 该产品大类日消费量 ÷ 体重 ÷ 每日允许摄入量 × 100，对物质和产品大类"
            "求和；例行监测当年和前两年合并（数据头两年窗口较短）；未检出取检出限的一半（中界）；没有消费量"
            "的大类（茶叶）、没有允许摄入量的物质、当地没有测定的大类和物质不计，故地区之间只在测定"
            "范围相同时可比；不同机制的物质一并相加，偏保守；体重和消费量见 exposure.toml；"
            "n 为测定数",
            en="Σ mean content × daily consumption of the product class ÷ body weight ÷ acceptable "
            "daily intake × 100, over substances and product classes; routine monitoring of the "
            "year and the two before together (windows are shorter in the first two years of the "
            "data); what is not detected is half its limit (middle bound); left out are classes "
            "without consumption (tea), substances without an acceptable intake, and classes and "
            "substances not measured there, so that areas compare only where the same is measured; "
            "substances of different mechanisms are added up, which is cautious; body weight and "
            "consumption stand in exposure.toml; n counts measurements",
        ),
        interval_is="range",
        interval=Label(
            zh="未检出取 0（下界）和取检出限（上界）时的危害指数，不是置信区间",
            en="hazard index with what is not detected at 0 (lower bound) and at its limit (upper "
            "bound); no confidence interval",
        ),
        datasets=("residue", "sample", "substance"),
        reference="WHO/FAO EHC 240 第 6 章；GEMS/Food 的下界、中界、上界",
        estimate=_hazard_index,
        minimum_n=LEAST,
        decimals=2,
    ),
)
