"""Pesticide use: the published totals, and the factors that use is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from agriqa.errors import NoDataError, UnknownNameError
from agriqa.explore.panels import panel, production_panel
from agriqa.measures.published import published_years
from agriqa.measures.source import Source

if TYPE_CHECKING:
    import pandas as pd

    from agriqa.workbench import Workbench

Grouping = Literal["zone", "prefecture"]
_GROUPINGS = {"zone": "economic_zone", "prefecture": "prefecture"}

#: What a change of use is split into, in the order of `use_factors`.
FACTORS = ("use_per_treated", "treated_per_sown", "share_of_sown", "sown_total")


def published_series(wb: Workbench, measure: str = "pesticide_use_t") -> pd.DataFrame:
    """Return the province's published totals with the range that rounding leaves open.

    Parameters
    ----------
    wb : Workbench
    measure : {"pesticide_use_t", "fertiliser_use_t"}
        The total.

    Returns
    -------
    DataFrame
        One row per year from the first published to the last: value, low, high
        [unit of the measure], n (figures found). A year without a figure is missing.

    Raises
    ------
    NoDataError
        If there is no published figure.
    """
    found = published_years(Source(wb.snapshot), measure)[["value", "low", "high", "n"]]
    if found.empty:
        raise NoDataError(
            f"没有公布的“{measure}”全省数。 / There is no published total of {measure}."
        )
    years = range(int(found.index.min()), int(found.index.max()) + 1)
    return found.reindex(years).rename_axis("year")


def use_by_group(wb: Workbench, by: Grouping = "zone") -> pd.DataFrame:
    """Return use, areas and output value by group of counties and year.

    Only counties whose returns are complete in every year are added up, so that
    no change comes from a return that is missing.

    Parameters
    ----------
    wb : Workbench
    by : {"zone", "prefecture"}
        Economic zone or prefecture.

    Returns
    -------
    DataFrame
        Indexed by year and group: use_t [t], treated_ha [ha], sown_ha [ha],
        value_10k_cny [10,000 CNY, prices of the return], counties_n (counties added
        up), of_counties_n (counties there are).

    Raises
    ------
    UnknownNameError
        If the grouping is unknown.
    NoDataError
        If no county has complete returns.
    """
    import pandas as pd

    if by not in _GROUPINGS:
        raise UnknownNameError("分组", "grouping", by, _GROUPINGS)
    use = panel(wb, "pesticide_use_t")
    # The ratios share their numerator, so the areas follow from them.
    columns = {
        "use_t": use,
        "treated_ha": 1000 * use / panel(wb, "pesticide_per_treated_kg_ha"),
        "sown_ha": 1000 * use / panel(wb, "pesticide_intensity_kg_ha"),
        "value_10k_cny": production_panel(wb, "value_10k_cny").reindex_like(use),
    }
    whole = pd.DataFrame({name: (wide > 0).all(axis=1) for name, wide in columns.items()})
    places = use.index.get_level_values("area")
    group = wb.counties.set_index("code")[_GROUPINGS[by]].loc[places].to_numpy()
    kept = whole.all(axis=1).to_numpy()
    if not kept.any():
        raise NoDataError("没有一个县每年都报全。 / No county has complete returns in every year.")
    sums = {
        name: wide[kept].groupby(group[kept]).sum().stack().swaplevel()
        for name, wide in columns.items()
    }
    table = pd.DataFrame(sums).rename_axis(["year", "group"]).sort_index()
    groups = table.index.get_level_values("group")
    table["counties_n"] = pd.Series(group[kept]).value_counts().loc[groups].to_numpy()
    table["of_counties_n"] = pd.Series(group).value_counts().loc[groups].to_numpy()
    return table


def use_factors(groups: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return the factors whose product is each group's use.

    use = (use / treated) x (treated / sown) x (share of the sown area) x (sown
    area of all groups).

    Parameters
    ----------
    groups : DataFrame
        As `use_by_group` returns it; every group in every year.

    Returns
    -------
    ndarray, shape (years, groups, 4)
        In the order of `FACTORS`: t/ha, times, share [0-1], ha.
    """
    wide = groups[["use_t", "treated_ha", "sown_ha"]].unstack("group")
    use, treated, sown = (wide[c].to_numpy(dtype=float) for c in ("use_t", "treated_ha", "sown_ha"))
    total = sown.sum(axis=1, keepdims=True)
    return np.stack(
        [use / treated, treated / sown, sown / total, np.broadcast_to(total, sown.shape)], axis=2
    )
