"""Panels: one line per area, one column per year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agriqa.errors import UnknownNameError
from agriqa.measures import Level
from agriqa.measures.parts import county_year
from agriqa.measures.source import Source

if TYPE_CHECKING:
    import pandas as pd

    from agriqa.workbench import Workbench

_ADDED = ("sown_ha", "output_t", "value_10k_cny")


def panel(wb: Workbench, measure: str, *, level: Level = "county") -> pd.DataFrame:
    """Return a measure's values in the measure's unit, areas by years.

    Parameters
    ----------
    wb : Workbench
    measure : str
        Id of the measure.
    level : {"county", "prefecture", "province"}

    Returns
    -------
    DataFrame, shape (areas, years)
        Indexed by code and name of the area; missing where there is no value,
        whatever the reason (the status is in ``wb.measures``).

    Raises
    ------
    UnknownNameError
        If the measure or the level is unknown.
    """
    return _wide(wb.measures(measure, level=level), "value")


def production_panel(wb: Workbench, column: str, *, crops: list[str] | None = None) -> pd.DataFrame:
    """Return a column of the production returns added over crop groups, counties by years.

    Parameters
    ----------
    wb : Workbench
    column : {"sown_ha", "output_t", "value_10k_cny"}
        What is added up; values are in the prices of the return.
    crops : list of str, optional
        Crop groups to add up; all by default.

    Returns
    -------
    DataFrame, shape (counties, years)
        Indexed by code and name; missing where a usual crop group is missing.

    Raises
    ------
    UnknownNameError
        If the column is unknown.
    """
    if column not in _ADDED:
        raise UnknownNameError("列", "column", column, _ADDED)
    source = Source(wb.snapshot)
    rows = source.table("production")
    if crops is not None:
        rows = rows[rows["crop_group"].isin(crops)]
    parts = county_year(rows, source, column, category="crop_group")
    whole = parts[parts["complete"] & ~parts["withheld"]]
    names = wb.counties.set_index("code")["name"]
    named = whole.assign(area=whole["county_code"], name=whole["county_code"].map(names))
    return _wide(named, "numerator")


def _wide(rows: pd.DataFrame, value: str) -> pd.DataFrame:
    wide = rows.pivot(index=["area", "name"], columns="period", values=value)
    return wide.rename_axis(columns="year")
