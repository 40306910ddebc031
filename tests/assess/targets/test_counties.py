"""Counties are read beside a goal that is not theirs."""

from __future__ import annotations

import pandas as pd
import pytest

from agriqa.assess.targets import county_progress
from agriqa.store import Snapshot


@pytest.fixture(scope="module")
def counties(snapshot: Snapshot) -> pd.DataFrame:
    return county_progress(snapshot, period=2018)


def test_each_countys_own_value_stands_beside_the_goal(counties: pd.DataFrame) -> None:
    rows = counties[counties["target_id"] == "rate"].set_index("area")
    assert rows.loc["510117", ["name", "value", "goal"]].tolist() == ["郫都区", 45.0, 40.0]
    assert bool(rows.loc["510117", "reaches"])
    assert not bool(rows.loc["510104", "reaches"])


def test_a_county_without_a_value_neither_reaches_nor_misses(counties: pd.DataFrame) -> None:
    rows = counties[counties["target_id"] == "rate"]
    assert len(rows) == 183
    assert rows["reaches"].isna().sum() == 181
    assert not rows.loc[rows["reaches"].isna(), "told"].any()
    assert set(rows.loc[rows["reaches"].isna(), "status"]) == {"missing"}


def test_a_prefectures_goal_is_read_for_its_own_counties(counties: pd.DataFrame) -> None:
    rows = counties[counties["target_id"] == "rate-low"]
    assert set(rows["area"].str[:4]) == {"5101"}


def test_the_reading_says_that_it_is_no_duty(counties: pd.DataFrame) -> None:
    assert counties.attrs["zh"].startswith("参考")
    assert "for reference" in counties.attrs["en"]
    # A workbook keeps no attributes.
    assert set(counties["reading_zh"]) == {counties.attrs["zh"]}
    assert set(counties["reading_en"]) == {counties.attrs["en"]}
    assert set(counties["comparator_zh"]) == {"不低于"}
    assert set(counties["comparator_en"]) == {"at least"}


def test_no_county_is_read_by_a_goal_not_yet_set(snapshot: Snapshot, tidy: pd.DataFrame) -> None:
    rows = county_progress(snapshot, period=2017, tidy=tidy).set_index(["target_id", "area"])
    row = rows.loc[("set-later", "510117")]
    assert row["value"] == 44
    assert pd.isna(row["reaches"])
    assert not row["told"]
    assert row["reading_zh"] == "2017年尚未提出（2018年提出）"
    assert row["reading_en"] == "not yet set in 2017 (set in 2018)"
    assert bool(rows.loc[("rate", "510117"), "reaches"])


def test_nothing_after_the_period_is_read(snapshot: Snapshot, tidy: pd.DataFrame) -> None:
    later = county_progress(snapshot, period=2019, tidy=tidy)
    value = later[(later["target_id"] == "rate") & (later["area"] == "510117")]["value"]
    assert value.tolist() == [46.0]
    early = county_progress(snapshot, period=2016, tidy=tidy)
    assert early["reaches"].isna().all()
