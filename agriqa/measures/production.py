"""The areas that inputs are set against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agriqa.measures.parts import county_year
from agriqa.measures.source import Source

if TYPE_CHECKING:
    import pandas as pd


def sown(source: Source) -> pd.DataFrame:
    """Return the sown area by county and year [ha]."""
    return county_year(source.table("production"), source, "sown_ha", category="crop_group")


def cultivated(source: Source) -> pd.DataFrame:
    """Return the cultivated area by county and year [ha]."""
    return county_year(source.table("greening"), source, "cultivated_ha")


def output_value(source: Source) -> pd.DataFrame:
    """Return the output value of crops by county and year [10,000 CNY]."""
    return county_year(source.table("production"), source, "value_10k_cny", category="crop_group")
