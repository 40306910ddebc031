"""Public lists: they are the same in every project of the province."""

from __future__ import annotations

import pandas as pd

from agriqa.explore.lists import (
    REGISTRATION_SINCE,
    base_list,
    brand_counts,
    first_registration,
    last_day,
)
from agriqa.workbench import Workbench


def test_a_brand_counts_once_in_its_prefecture(wb: Workbench) -> None:
    counts = brand_counts(wb)
    brand = wb.table("brand").dropna(subset=["prefecture_code", "category"])
    assert counts.sum().sum() == len(brand)
    assert len(counts) == wb.counties["prefecture"].nunique()


def test_only_entries_with_a_counted_status_count(wb: Workbench) -> None:
    bases = base_list(wb)
    assert len(bases) == len(wb.table("base"))
    assert bases[bases["status"] == "named"]["counts"].all()
    assert not bases[bases["status"] == "announced"]["counts"].any()


def test_an_entry_lasts_from_its_first_day_to_its_last(wb: Workbench) -> None:
    bases = base_list(wb).dropna(subset=["year_from", "year_to"])
    assert not bases.empty
    assert (bases["start"].dt.year == bases["year_from"]).all()
    assert (bases["end"].dt.strftime("%m-%d") == "12-31").all()


def test_the_first_registration_of_a_county_is_its_earliest(wb: Workbench) -> None:
    first = first_registration(wb)
    rows = wb.table("certification").dropna(subset=["county_code", "year"])
    rows = rows[rows["scheme_kind"].isin(["gi_agri", "gi_product"])]
    earliest = rows.groupby("county_code")["year"].min()
    own = first.droplevel("name")
    for code, year in earliest.items():
        if year < REGISTRATION_SINCE:
            assert code not in own.index
        else:
            assert own.loc[code, "end"] == pd.Timestamp(int(year), 12, 31)
    without = own[~own.index.isin(earliest.index)]
    assert without["end"].isna().all()
    assert without["cause"].isna().all()


def test_a_missing_year_has_no_last_day() -> None:
    found = last_day(pd.Series([2020.0, None]))
    assert found[0] == pd.Timestamp(2020, 12, 31)
    assert pd.isna(found[1])
