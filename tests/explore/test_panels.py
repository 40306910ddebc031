"""Panels: areas by years."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from agriqa.errors import UnknownNameError
from agriqa.explore.panels import panel, production_panel
from agriqa.workbench import Workbench


def test_a_panel_holds_the_values_of_the_measure(wb: Workbench) -> None:
    wide = panel(wb, "pesticide_use_t")
    rows = wb.measures("pesticide_use_t").dropna(subset=["value"])
    assert len(rows) == wide.notna().sum().sum()
    for row in rows.itertuples():
        assert wide.loc[(row.area, row.name), row.period] == row.value


def test_a_panel_of_the_province_has_one_line(wb: Workbench) -> None:
    assert panel(wb, "pesticide_use_t", level="province").shape == (1, len(wb.periods))


def test_production_is_added_over_crop_groups(wb: Workbench) -> None:
    wide = production_panel(wb, "output_t").droplevel("name")
    rows = wb.sql(
        "select county_code, year, sum(output_t) as t, count(*) as n from production "
        "group by county_code, year"
    )
    whole = rows[rows["n"] == rows["n"].max()]
    for row in whole.itertuples():
        known = wide.loc[row.county_code, row.year]
        assert np.isnan(known) or known == pytest.approx(row.t)
    assert wide.notna().sum().sum() > 0


def test_production_of_chosen_crops_is_less_than_all(wb: Workbench) -> None:
    tea = production_panel(wb, "sown_ha", crops=["tea"])
    every = production_panel(wb, "sown_ha").reindex_like(tea)
    both = pd.DataFrame({"tea": tea.stack(), "all": every.stack()}).dropna()
    assert len(both) > 0
    assert (both["tea"] < both["all"]).all()


def test_an_unknown_column_is_refused(wb: Workbench) -> None:
    with pytest.raises(UnknownNameError, match="yield_t"):
        production_panel(wb, "yield_t")
