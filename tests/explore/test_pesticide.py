"""Published totals and the factors of use."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from agriqa.errors import NoDataError, UnknownNameError
from agriqa.explore.panels import panel
from agriqa.explore.pesticide import published_series, use_by_group, use_factors
from agriqa.workbench import Workbench


def test_a_published_total_carries_its_rounding(wb: Workbench) -> None:
    series = published_series(wb)
    assert series.loc[2021, ["value", "low", "high"]].tolist() == [40974, 40973.5, 40974.5]
    assert series.loc[2022, ["value", "low", "high"]].tolist() == [40000, 39500, 40500]
    assert series.index.tolist() == list(range(2010, 2024))


def test_groups_hold_the_counties_complete_in_every_year(wb: Workbench) -> None:
    groups = use_by_group(wb, "prefecture")
    use = panel(wb, "pesticide_use_t").droplevel("name")
    prefecture = wb.counties.set_index("code")["prefecture"]
    kept = {prefecture[code] for code in use[use.notna().all(axis=1)].index}
    assert set(groups.index.levels[1]) <= kept
    for (year, name), row in groups.iterrows():
        own = use[(prefecture.loc[use.index] == name).to_numpy() & use.notna().all(axis=1)]
        assert row["use_t"] == pytest.approx(own[year].sum())
    assert (groups["counties_n"] == 1).all()
    assert (groups["of_counties_n"] > 1).all()


def test_the_areas_are_those_that_were_returned(wb: Workbench) -> None:
    groups = use_by_group(wb, "prefecture")
    name = groups.index[0][1]
    own = wb.counties[wb.counties["prefecture"] == name]["code"]
    rows = wb.table("pesticide_use").query("active_ingredient == 'all'")
    rows = rows[rows["county_code"].isin(own)]
    treated = rows.groupby("year")["treated_ha"].sum()
    assert groups.xs(name, level="group")["treated_ha"].to_dict() == pytest.approx(
        treated.to_dict()
    )


def test_the_product_of_the_factors_is_the_use() -> None:
    groups = pd.DataFrame(
        {"use_t": [2.0, 6, 3, 4], "treated_ha": [10.0, 20, 30, 10], "sown_ha": [5.0, 15, 6, 4]},
        index=pd.MultiIndex.from_product([[2020, 2021], ["a", "b"]], names=["year", "group"]),
    )
    factors = use_factors(groups)
    assert factors.shape == (2, 2, 4)
    np.testing.assert_allclose(factors.prod(axis=2), [[2, 6], [3, 4]])
    np.testing.assert_allclose(factors[0, 0], [0.2, 2, 0.25, 20])


def test_an_unknown_grouping_is_refused(wb: Workbench) -> None:
    with pytest.raises(UnknownNameError, match="county"):
        use_by_group(wb, "county")  # type: ignore[arg-type]


def test_a_total_without_published_figures_is_refused(
    wb: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agriqa.explore import pesticide

    empty = pd.DataFrame({name: [] for name in ("value", "low", "high", "n")})
    monkeypatch.setattr(pesticide, "published_years", lambda *_: empty)
    with pytest.raises(NoDataError, match="pesticide_use_t"):
        published_series(wb)
