"""Measures of single nutrients: how much is applied, and how much more than crops take up."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from agriqa.datasets import Label
from agriqa.measures.measure import Measure
from agriqa.measures.nutrients import Nutrients, load_nutrients
from agriqa.measures.parts import county_year, ratio_of
from agriqa.measures.production import sown
from agriqa.measures.source import Source

if TYPE_CHECKING:
    import pandas as pd

GUIDE = "《畜禽粪污土地承载力测算技术指南》（农办牧〔2018〕1号）的养分平衡思路"
_COMPOUND = Label(
    zh="复合肥按 15-15-15 三等分（假设）", en="compound fertiliser divided 15-15-15, an assumption"
)


def _settings(source: Source) -> Nutrients:
    return load_nutrients(source.snapshot.project.config)


def _applied(source: Source, *, nutrient: str) -> pd.DataFrame:
    """Return the weight of a nutrient applied, with its share of the compound [t]."""
    rows = source.table("fertiliser_use")
    rows = rows[rows["nutrient"].isin([nutrient, "compound"])]
    share = source.once(_settings).compound.shares()[nutrient]
    shares = rows["nutrient"].map({nutrient: 1.0, "compound": share}).astype(float)
    weight = rows["pure_t"] * shares
    return county_year(rows.assign(pure_t=weight), source, "pure_t", category="nutrient")


def _taken_up(source: Source, *, nutrient: str) -> pd.DataFrame:
    """Return what the harvest of the crop groups with a known uptake holds [t]."""
    uptake = source.once(_settings).uptake_kg_t()
    known = {group: per_t[nutrient] for group, per_t in uptake.items() if nutrient in per_t}
    rows = source.table("production")
    rows = rows[rows["crop_group"].isin(known)]
    weight = rows["output_t"] * rows["crop_group"].map(known).astype(float) / 1000
    return county_year(rows.assign(output_t=weight), source, "output_t", category="crop_group")


def _per_sown(source: Source, *, nutrient: str) -> pd.DataFrame:
    return ratio_of(_applied(source, nutrient=nutrient), source.once(sown))


def _surplus(source: Source, *, nutrient: str) -> pd.DataFrame:
    both = ratio_of(_applied(source, nutrient=nutrient), _taken_up(source, nutrient=nutrient))
    less = both.assign(numerator=both["numerator"] - both["denominator"])
    return ratio_of(less, source.once(sown))


def _measure(id_: str, label: Label, formula: Label, parts: partial[pd.DataFrame]) -> Measure:
    return Measure(
        id=id_,
        label=label,
        unit="公斤/公顷",
        direction=0,
        theme="inputs",
        kind="ratio",
        scale=1000.0,
        formula=formula,
        datasets=("fertiliser_use", "production"),
        reference=GUIDE,
        parts=parts,
    )


_NUTRIENTS = (
    ("N", "nitrogen", "氮（N）", "nitrogen (N)"),
    ("P2O5", "phosphate", "磷（P2O5）", "phosphate (P2O5)"),
    ("K2O", "potash", "钾（K2O）", "potash (K2O)"),
)

MEASURES = (
    *(
        _measure(
            f"{name}_kg_ha",
            Label(zh=f"单位播种面积施{zh}", en=f"Applied {en} per sown area"),
            Label(
                zh=f"化肥中的{zh} ÷ 农作物播种面积；{_COMPOUND.zh}",
                en=f"{en} in fertilisers ÷ sown area of crops; {_COMPOUND.en}",
            ),
            partial(_per_sown, nutrient=code),
        )
        for code, name, zh, en in _NUTRIENTS
    ),
    *(
        _measure(
            f"{name}_balance_kg_ha",
            Label(zh=f"化肥{zh}盈余", en=f"Surplus of {en} from fertilisers"),
            Label(
                zh=f"（化肥中的{zh} − 收获物吸收的{zh}）÷ 农作物播种面积；不含有机肥和固氮，"
                f"“其他”作物没有吸收系数、不扣除；{_COMPOUND.zh}",
                en=f"({en} in fertilisers − {en} in the harvest) ÷ sown area of crops; without "
                f"manure and fixation; crop group 'other' has no coefficient; {_COMPOUND.en}",
            ),
            partial(_surplus, nutrient=code),
        )
        # Potash: the uptake of tea is not stated, and without it there is no balance.
        for code, name, zh, en in _NUTRIENTS[:2]
    ),
)
