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
        The dataset with prefecture, county, counts (bool), and start and end: the
        first day of the first year and the last day of the last, missing where the
        year is.
    """
    import pandas as pd

    base = wb.table("base")
    places = wb.counties.set_index("code")
    return base.assign(
        county=base["county_code"].map(places["name"]),
        prefecture=base["prefecture_code"].map(wb.register.name, na_action="ignore"),
        counts=base["status"].isin(counted_codes("base_status")),
        start=pd.to_datetime(pd.DataFrame({"year": base["year_from"], "month": 1, "day": 1})),
        end=last_day(base["year_to"]),
    )


def first_registration(wb: Workbench) -> pd.DataFrame:
    """Return the first geographical indication of each county, dated by its year.

    Only registrations with a year and a county can be placed; most lists give no
    day, so that each counts from the end of its year. A county that registered
    before `REGISTRATION_SINCE` was not under observation and is left out.

    Parameters
    ----------
    wb : Workbench

    Returns
    -------
    DataFrame
        One row per county, indexed by code and name: zone, start (the first day of
        `REGISTRATION_SINCE`), end (last day of the year of its first registration,
        missing where it has none), cause ("gi_agri" or "gi_product", the scheme that
        came first, gi_agri where both came in one year; missing where it has none).
    """
    import pandas as pd

    counties = wb.counties.set_index(["code", "name"]).rename_axis(["area", "name"])
    rows = wb.table("certification").dropna(subset=["county_code", "year"])
    rows = rows[rows["scheme_kind"].isin(["gi_agri", "gi_product"])]
    ordered = rows.sort_values(["year", "scheme_kind"])
    first = ordered.groupby("county_code")[["year", "scheme_kind"]].first()
    found = first.reindex(counties.index.get_level_values("area")).set_axis(counties.index)
    waited = pd.DataFrame(
        {
            "zone": counties["economic_zone"],
            "start": pd.Timestamp(REGISTRATION_SINCE, 1, 1),
            "end": last_day(found["year"]),
            "cause": found["scheme_kind"],
        }
    )
    return waited[~(found["year"] < REGISTRATION_SINCE)]


def last_day(years: pd.Series) -> pd.Series:
    """Return the last day of each year; missing where the year is.

    Examples
    --------
    >>> import pandas as pd
    >>> last_day(pd.Series([2019.0, None])).dt.strftime("%m-%d").tolist()
    ['12-31', nan]
    """
    import pandas as pd

    return pd.to_datetime(pd.DataFrame({"year": years, "month": 12, "day": 31}))
