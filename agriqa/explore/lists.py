"""Public lists: brands, certificates, bases; counts by place and kind, and waiting times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agriqa.measures.parts import counted_codes

if TYPE_CHECKING:
    import pandas as pd

    from agriqa.workbench import Workbench

#: The first full year in which counties could register agricultural products.
REGISTRATION_SINCE = 2008


def brand_counts(wb: Workbench) -> pd.DataFrame:
    """Count brands by prefecture and category.

    Returns
    -------
    DataFrame, shape (prefectures, categories)
        Brands [count], 0 where none is on record; a brand without a prefecture or
        category is left out. A brand of several counties counts once.
    """
    import pandas as pd

    brand = wb.table("brand")
    register = wb.register
    placed = brand.dropna(subset=["prefecture_code", "category"])
    where = placed["prefecture_code"].map(register.name)
    counts = pd.crosstab(where, placed["category"])
    every = wb.counties["prefecture"].unique()
    return counts.reindex(every, fill_value=0).rename_axis("prefecture")


def base_list(wb: Workbench) -> pd.DataFrame:
    """Return the bases and parks with names, and whether they count as in force.

    Returns
    -------
    DataFrame
        The dataset with prefecture, county, and counts (bool).
    """
    base = wb.table("base")
    places = wb.counties.set_index("code")
    return base.assign(
        county=base["county_code"].map(places["name"]),
        prefecture=base["prefecture_code"].map(wb.register.name, na_action="ignore"),
        counts=base["status"].isin(counted_codes("base_status")),
    )


def first_registration(wb: Workbench, *, until: int) -> pd.DataFrame:
    """Return how long each county waited for its first geographical indication.

    Only registrations with a year and a county can be placed. A county without one
    is censored at the end of `until`: it has waited at least so long. A county
    that registered before `REGISTRATION_SINCE` was not under observation.

    Parameters
    ----------
    wb : Workbench
    until : int
        Last year of observation.

    Returns
    -------
    DataFrame
        One row per county, indexed by code and name: zone, years (from the start of
        `REGISTRATION_SINCE` to the end of the year of the event, or of `until`),
        registered (bool), cause ("gi_agri", "gi_product" or None: the scheme that came first,
        gi_agri where both came in one year).
    """
    counties = wb.counties.set_index(["code", "name"]).rename_axis(["area", "name"])
    rows = wb.table("certification").dropna(subset=["county_code", "year"])
    rows = rows[rows["scheme_kind"].isin(["gi_agri", "gi_product"])]
    ordered = rows.sort_values(["year", "scheme_kind"])
    first = ordered.groupby("county_code")[["year", "scheme_kind"]].first()
    found = first.reindex(counties.index.get_level_values("area")).set_axis(counties.index)
    registered = found["year"].le(until)
    year = found["year"].where(registered, until)
    waited = counties[["economic_zone"]].rename(columns={"economic_zone": "zone"})
    waited = waited.assign(
        years=year - REGISTRATION_SINCE + 1,
        registered=registered,
        cause=found["scheme_kind"].where(registered, None),
    )
    return waited[waited["years"] > 0]
