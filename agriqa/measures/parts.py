"""From dataset rows to the parts of a measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agriqa.datasets import code_lists
from agriqa.measures.measure import PARTS, Source

if TYPE_CHECKING:
    import pandas as pd

_ORIGINS = ["simulated", "estimated", "reported", "published"]


def _weakest(origins: pd.Series) -> str:
    found = set(origins)
    return next(origin for origin in _ORIGINS if origin in found)


def county_year(
    rows: pd.DataFrame,
    source: Source,
    numerator: str,
    denominator: str | None = None,
    *,
    category: str | None = None,
) -> pd.DataFrame:
    """Add up rows of a return by county and year.

    Parameters
    ----------
    rows : DataFrame
        Rows with county_code, year, origin, withheld and the named columns.
    numerator, denominator : str
        Columns to add up; a missing value makes the county-year incomplete.
    category : str, optional
        The column whose categories must all be there for a whole total: those
        that any county reported in that year.
    """
    columns = [numerator] + ([denominator] if denominator else [])
    hidden = rows["withheld"].fillna("").str.split(";")
    withheld = rows[columns].isna() & np.column_stack(
        [hidden.map(lambda names, c=c: c in names) for c in columns]
    )
    keyed = rows.assign(_withheld=withheld.any(axis=1), _missing=rows[columns].isna().any(axis=1))
    by_county = keyed.groupby(["county_code", "year"])
    parts = by_county[columns].sum(min_count=1)
    parts["rows"] = by_county.size()
    parts["origin"] = by_county["origin"].agg(_weakest)
    parts["withheld"] = by_county["_withheld"].any()
    parts["complete"] = ~by_county["_missing"].any()
    if category is not None:
        reported = by_county[category].nunique()
        usual = keyed.groupby("year")[category].nunique()
        parts["complete"] &= reported >= reported.index.get_level_values("year").map(
            usual.to_dict()
        )
    renamed = {numerator: "numerator", "year": "period"}
    if denominator:
        renamed[denominator] = "denominator"
    parts = parts.reset_index().rename(columns=renamed)
    if not denominator:
        parts["denominator"] = np.nan
    parts["prefecture_code"] = parts["county_code"].map(source.prefecture_of)
    return parts[PARTS]


def ratio_of(above: pd.DataFrame, below: pd.DataFrame) -> pd.DataFrame:
    """Divide the parts of one total by those of another, county by county."""
    keys = ["county_code", "period"]
    both = above.merge(
        below[[*keys, "numerator", "withheld", "complete"]], on=keys, suffixes=("", "_below")
    )
    return both.assign(
        denominator=both["numerator_below"],
        withheld=both["withheld"] | both["withheld_below"],
        complete=both["complete"] & both["complete_below"],
    )[PARTS]


def shares(rows: pd.DataFrame, source: Source, hit: pd.Series) -> pd.DataFrame:
    """Count hits among rows by county and year: the parts of a proportion."""
    flagged = rows.assign(numerator=hit.astype(float), denominator=1.0)
    by_county = flagged.groupby(["county_code", "year"])
    parts = by_county[["numerator", "denominator"]].sum()
    parts["rows"] = by_county.size()
    parts["origin"] = by_county["origin"].agg(_weakest)
    parts = parts.reset_index().rename(columns={"year": "period"})
    return parts.assign(
        prefecture_code=parts["county_code"].map(source.prefecture_of),
        withheld=False,
        complete=True,
    )[PARTS]


def in_force_counts(rows: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Count list entries in force at the end of each year, by county.

    Rows need county_code, prefecture_code, year_from, year_to and origin; an
    entry without a starting year cannot be placed in time and is left out.
    """
    import pandas as pd

    dated = rows.dropna(subset=["year_from"])
    frames = []
    for year in source.periods:
        standing = dated[
            (dated["year_from"] <= year) & (dated["year_to"].isna() | (dated["year_to"] >= year))
        ]
        grouped = standing.groupby(["county_code", "prefecture_code"], dropna=False)
        frames.append(grouped.size().rename("numerator").reset_index().assign(period=year))
    counts = pd.concat(frames, ignore_index=True)
    return counts.assign(
        numerator=counts["numerator"].astype(float),
        denominator=np.nan,
        rows=counts["numerator"],
        prefecture_code=counts["prefecture_code"].fillna(
            counts["county_code"].map(source.prefecture_of)
        ),
        origin="published",
        withheld=False,
        complete=True,
    )[PARTS]


def counted_codes(code_list: str) -> list[str]:
    """Codes of a status list that count as in force."""
    return [code for code, entry in code_lists()[code_list].codes.items() if entry.counts]
