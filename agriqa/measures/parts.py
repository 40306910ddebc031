"""From dataset rows to the parts of a measure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from agriqa.datasets import code_lists
from agriqa.measures.measure import PARTS, origin_of, origin_rank
from agriqa.measures.source import Source

if TYPE_CHECKING:
    import pandas as pd


def weakest(rows: pd.DataFrame, keys: list[str]) -> pd.Series:
    """Return the origin that says least for each group: it is as good as its weakest part."""
    ranks = origin_rank(rows).groupby(keys, dropna=False)["rank"].min()
    return origin_of(ranks).rename("origin")


def weaker(one: pd.Series, other: pd.Series) -> pd.Series:
    """Return the origin that says less, row by row; a missing one counts for nothing."""
    ranks = [
        origin_rank(origin.fillna("published").to_frame("origin"))["rank"]
        for origin in (one, other)
    ]
    return origin_of(ranks[0].clip(upper=ranks[1]))


def hides(rows: pd.DataFrame, column: str) -> pd.Series:
    """Tell which rows withhold a column."""
    listed = rows["withheld"].dropna().map(lambda text: column in text.split(";"))
    return listed.astype(bool).reindex(rows.index, fill_value=False)


def _usual(rows: pd.DataFrame, category: str) -> set[str]:
    """Return the categories that at least half of the county-years report.

    One county's stray category makes nobody's total incomplete, and a
    category that everybody forgot in one year is missed.
    """
    keys = ["county_code", "year"]
    county_years = len(rows[keys].drop_duplicates())
    reported = rows[[*keys, category]].drop_duplicates()[category].value_counts()
    return set(reported[reported * 2 >= county_years].index)


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
        The column whose usual categories must all be there for a whole total.
    """
    columns = [numerator] + ([denominator] if denominator else [])
    withheld = rows[columns].isna() & np.column_stack([hides(rows, c) for c in columns])
    keyed = origin_rank(rows).assign(
        _withheld=withheld.any(axis=1), _missing=rows[columns].isna().any(axis=1)
    )
    if category is not None:
        usual = _usual(rows, category)
        # Numbers are counted many times faster than names.
        keyed["_category"] = rows[category].map({name: i for i, name in enumerate(sorted(usual))})
    by_county = keyed.groupby(["county_code", "year"])
    parts = by_county[columns].sum(min_count=1)
    parts["rows"] = by_county.size()
    parts["origin"] = origin_of(by_county["rank"].min())
    parts["withheld"] = by_county["_withheld"].any()
    parts["complete"] = ~by_county["_missing"].any()
    if category is not None:
        parts["complete"] &= by_county["_category"].nunique() == len(usual)
    renamed = {numerator: "numerator", "year": "period"}
    if denominator:
        renamed[denominator] = "denominator"
    parts = parts.reset_index().rename(columns=renamed)
    if not denominator:
        parts["denominator"] = np.nan
    parts["prefecture_code"] = source.prefectures(parts["county_code"])
    return parts[PARTS]


def ratio_of(above: pd.DataFrame, below: pd.DataFrame) -> pd.DataFrame:
    """Divide the parts of one total by those of another, county by county.

    The quotient is as good as the weaker of the two; a county-year that only
    one of them has is incomplete.
    """
    keys = ["county_code", "period"]
    both = above.merge(
        below[[*keys, "prefecture_code", "numerator", "origin", "withheld", "complete"]],
        on=keys,
        how="outer",
        suffixes=("", "_below"),
    )
    flags = {
        name: both[name].astype("boolean").fillna(False).astype(bool)
        for name in ("withheld", "withheld_below", "complete", "complete_below")
    }
    return both.assign(
        prefecture_code=both["prefecture_code"].fillna(both["prefecture_code_below"]),
        denominator=both["numerator_below"],
        rows=both["rows"].fillna(0),
        origin=weaker(both["origin"], both["origin_below"]),
        withheld=flags["withheld"] | flags["withheld_below"],
        complete=flags["complete"] & flags["complete_below"],
    )[PARTS]


def to_mean(
    above: pd.DataFrame, source: Source, *, years: tuple[int, ...] | None = None
) -> pd.DataFrame:
    """Set the parts of a total against their county's mean of other years.

    Parameters
    ----------
    above : DataFrame
        Parts of a total.
    years : tuple of int, optional
        The years of the mean; the three before each year by default. A county
        that lacks one of them has none, and periods up to the last of them are
        left out.
    """
    import pandas as pd

    if above.empty:
        return above
    keys = ["county_code", "period"]
    kept = above[above["complete"] & ~above["withheld"]][[*keys, "numerator", "origin"]]
    first, last = int(above["period"].min()), int(above["period"].max())
    if years is None:
        start, many = first + 3, 3
        before = pd.concat([kept.assign(period=kept["period"] + lag) for lag in (1, 2, 3)])
    else:
        start, many = max(years) + 1, len(years)
        base = kept[kept["period"].isin(years)]
        before = pd.concat(
            [base.assign(period=later) for later in range(start, last + 1)] or [base]
        )
    grouped = before.groupby(keys)["numerator"]
    mean = grouped.mean().to_frame().join(weakest(before, keys))[grouped.count() == many]
    mean = mean.reset_index()
    mean["prefecture_code"] = source.prefectures(mean["county_code"])
    both = ratio_of(above, mean.assign(withheld=False, complete=True))
    return both[both["period"].between(start, last)]


def shares(rows: pd.DataFrame, source: Source, hit: pd.Series) -> pd.DataFrame:
    """Count hits among rows by county and year: the parts of a proportion."""
    flagged = rows.assign(numerator=hit.astype(float), denominator=1.0)
    by_county = flagged.groupby(["county_code", "year"])
    parts = by_county[["numerator", "denominator"]].sum()
    parts["rows"] = by_county.size()
    parts["origin"] = weakest(rows, ["county_code", "year"])
    parts = parts.reset_index().rename(columns={"year": "period"})
    return parts.assign(
        prefecture_code=source.prefectures(parts["county_code"]),
        withheld=False,
        complete=True,
    )[PARTS]


def in_force(rows: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Repeat list entries for each year, the ``period``, at whose end they are in force.

    An entry without a starting year cannot be placed in time and is left out.
    """
    import pandas as pd

    years = pd.DataFrame({"period": source.periods})
    every = rows.dropna(subset=["year_from"]).merge(years, how="cross")
    ended = every["year_to"] < every["period"]
    return every[(every["year_from"] <= every["period"]) & ~ended].reset_index(drop=True)


def in_force_counts(rows: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Count list entries in force at the end of each year, by county.

    Rows need county_code, prefecture_code, year_from, year_to and origin; an
    entry without a starting year cannot be placed in time and is left out.
    """
    standing = in_force(rows, source)
    keys = ["county_code", "prefecture_code", "period"]
    counted = standing.groupby(keys, dropna=False).size().to_frame("numerator")
    counts = counted.join(weakest(standing, keys)).reset_index()
    return counts.assign(
        numerator=counts["numerator"].astype(float),
        denominator=np.nan,
        rows=counts["numerator"],
        prefecture_code=counts["prefecture_code"].fillna(source.prefectures(counts["county_code"])),
        withheld=False,
        complete=True,
    )[PARTS]


def each_once(
    rows: pd.DataFrame, source: Source, *, periods: Sequence[int], first: int | None
) -> pd.DataFrame:
    """Count what rows name, each once wherever areas are added up.

    Parameters
    ----------
    rows : DataFrame
        Columns county_code, prefecture_code, period, origin and ``entity``, the
        name of what is counted.
    periods : sequence of int
        The years counted.
    first : int, optional
        First year of the list: a county without a row has none from then on, and
        no figure before, or where there is no list at all.
    """
    import pandas as pd

    keys = ["county_code", "period"]
    parts = rows.assign(
        prefecture_code=source.prefectures(rows["county_code"]).fillna(rows["prefecture_code"]),
        numerator=1.0,
        denominator=np.nan,
        rows=1,
        withheld=False,
        complete=True,
    )[[*PARTS, "entity"]]
    wanted = source.expected[source.expected["period"].isin(periods)]
    have = pd.MultiIndex.from_frame(parts[keys].astype({"period": "int64"}))
    gaps = wanted[~pd.MultiIndex.from_frame(wanted[keys]).isin(have)]
    begun = gaps["period"] >= first if first is not None else False
    gaps = gaps.assign(
        prefecture_code=source.prefectures(gaps["county_code"]),
        numerator=np.where(begun, 0.0, np.nan),
        denominator=np.nan,
        rows=0,
        origin="published",
        withheld=False,
        complete=True,
        entity=pd.Series(dtype="str"),
    )
    return pd.concat([frame for frame in (parts, gaps) if not frame.empty], ignore_index=True)


def counted_codes(code_list: str) -> list[str]:
    """Codes of a status list that count as in force."""
    return [code for code, entry in code_lists()[code_list].codes.items() if entry.counts]
