"""Next year's samples: the year's total, allocated anew."""

from __future__ import annotations

import pandas as pd
import pytest

from agriqa.measures import compute
from agriqa.project import Project
from agriqa.store import Snapshot
from tests.measures.handmade import PRODUCTION, SAMPLES, measured, sample_rows

PLAN = "samples_next_year_n"
PIDU, SHUANGLIU, DAYI = "510117", "510116", "510129"

SAMPLE_ROWS = "".join(
    [
        sample_rows("A", "郫县", "2014-05-01", 300, 100),
        sample_rows("B", "双流县", "2014-05-01", 400, 0),
        sample_rows("C", "郫县", "2016-05-01", 12, 0),
        sample_rows("D", "郫县", "2019-05-01", 12, 0),
    ]
)
PRODUCTION_ROWS = "郫县,2014,蔬菜,1000,1\n双流县,2014,蔬菜,1000,1\n大邑县,2014,蔬菜,保密,1\n"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    files = {"sample": SAMPLES + SAMPLE_ROWS, "production": PRODUCTION + PRODUCTION_ROWS}
    return measured(tmp_path_factory.mktemp("plan"), files, [PLAN])


def test_counties_add_up_to_the_years_total(found: pd.DataFrame) -> None:
    year = found.xs(2014, level="period")
    assert year[year["level"] == "county"]["value"].sum() == 800
    province = year[year["level"] == "province"]
    assert (province["value"].item(), province["n"].item()) == (800, 800)
    assert found.loc[(PLAN, PIDU, 2014)]["n"] == 400


def test_each_county_has_the_minimum_the_total_allows(found: pd.DataFrame) -> None:
    # A quarter of 800 samples over 183 counties leaves one for each.
    year = found[found["level"] == "county"].xs(2014, level="period")["value"]
    assert year.min() == 1
    assert found.loc[(PLAN, DAYI, 2014)]["value"] == 1


def test_more_go_where_failure_is_likelier(found: pd.DataFrame) -> None:
    # Equal areas; the standard deviations of 0.75 and 1 shrunk are far apart.
    first, second = (found.loc[(PLAN, area, 2014)]["value"] for area in (PIDU, SHUANGLIU))
    assert first > 2 * second


def test_the_area_of_two_years_before_still_serves(found: pd.DataFrame) -> None:
    year = found.xs(2016, level="period")
    assert year[year["level"] == "province"]["value"].item() == 12
    assert found.loc[(PLAN, PIDU, 2016)]["value"] > found.loc[(PLAN, DAYI, 2016)]["value"]


def test_without_any_area_there_is_no_plan(found: pd.DataFrame) -> None:
    assert set(found.xs(2019, level="period")["status"]) == {"missing"}


def test_the_plan_of_a_year_holds_as_many_samples_as_the_year(small_project: Project) -> None:
    snapshot = Snapshot.open(small_project)
    samples = snapshot.table("sample")
    routine = samples[samples["scheme"] == "routine"]
    taken = routine["sampled_on"].map(lambda day: day.year).value_counts()
    plan = compute(snapshot, [PLAN])
    for level, rows in plan.groupby("level"):
        added = rows.groupby("period")["value"].sum()
        assert added.to_dict() == taken.to_dict(), level
    assert (plan["value"] == plan["value"].round()).all()
