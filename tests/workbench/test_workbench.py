from __future__ import annotations

from pathlib import Path

import pytest

import agriqa
from agriqa.areas import AmbiguousAreaError, UnknownAreaError
from agriqa.errors import AgriqaError, NoDataError, UnknownNameError
from agriqa.project import Project
from agriqa.store.engine import opened_store
from agriqa.workbench import Workbench
from tests.conftest import SMALL


@pytest.fixture(scope="module")
def wb(small_project: Project) -> Workbench:
    return agriqa.open(small_project.root)


def test_it_introduces_itself(wb: Workbench) -> None:
    assert "四川省" in repr(wb)
    assert wb.snapshot.id in repr(wb)


def test_counties_are_those_in_force(wb: Workbench) -> None:
    assert len(wb.counties) == 183


def test_a_county_is_found_by_its_old_name(wb: Workbench) -> None:
    county = wb.county("郫县")
    assert (county.code, county.name, county.prefecture) == ("510117", "郫都区", "成都市")


def test_a_shared_name_is_refused_with_both_candidates(wb: Workbench) -> None:
    with pytest.raises(AmbiguousAreaError, match=r"511002.*511102"):
        wb.county("市中区")
    assert wb.county("市中区", prefecture="内江市").code == "511002"


def test_a_misspelt_county_names_the_nearest(wb: Workbench) -> None:
    with pytest.raises(UnknownAreaError, match="郫都区"):
        wb.county("郫都去")


def test_measures_of_a_county_have_label_and_unit(wb: Workbench) -> None:
    rows = wb.county("郫都区").measures("pass_rate_pct", period=2021)
    [row] = rows.to_dict("records")
    assert (row["label"], row["unit"], row["name"]) == ("例行监测合格率", "%", "郫都区")
    assert row["low"] < row["value"] <= row["high"]


def test_labels_come_in_english_too(wb: Workbench) -> None:
    rows = wb.measures("pass_rate_pct", level="province", language="en")
    assert set(rows["label"]) == {"Pass rate, routine monitoring"}
    assert set(rows["name"]) == {"Sichuan"}


def test_an_unknown_level_or_period_is_refused(wb: Workbench) -> None:
    with pytest.raises(UnknownNameError, match="county"):
        wb.measures(level="counties")  # type: ignore[arg-type]
    with pytest.raises(NoDataError, match="2012"):
        wb.measures(period=1999)


def test_a_table_is_narrowed_to_a_county(wb: Workbench) -> None:
    county = wb.county("郫都区")
    assert set(county.table("pesticide_use")["county_code"]) == {"510117"}
    samples = set(county.table("sample")["sample_id"])
    assert set(county.table("residue")["sample_id"]) <= samples
    with pytest.raises(NoDataError, match="target"):
        county.table("target")


def test_sql_sees_the_datasets(wb: Workbench) -> None:
    found = wb.sql("select count(*) as n from sample")["n"].item()
    assert found == len(wb.table("sample"))


def test_a_preview_shows_what_would_be_understood_and_loads_nothing(
    fresh_project: Project, tmp_path: Path
) -> None:
    path = tmp_path / "用量<b>.csv"
    path.write_text(
        "县（市、区）,年份,农药类别,商品量（公斤）\n郫县,2014,杀虫剂,500\n郫县,2014,除草剂,约30\n",
        "utf-8",
    )
    shown = agriqa.preview(path, folder=fresh_project.root)
    text = str(shown)
    for word in ("农药使用", "商品量（公斤）", "公斤", "约30", "not_a_number"):
        assert word in text
    assert "<b>" not in shown._repr_html_()
    assert "<table>" in shown._repr_html_()
    with opened_store(fresh_project) as engine, engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM load").scalar() == 0


def test_a_preview_of_a_file_that_cannot_be_read_says_what_to_do(
    fresh_project: Project, tmp_path: Path
) -> None:
    path = tmp_path / "空.xlsx"
    path.write_bytes(b"")
    with pytest.raises(AgriqaError, match="重新导出"):
        agriqa.preview(path, folder=fresh_project.root)


def test_a_workbench_evaluates_designations(wb: Workbench) -> None:
    found = wb.designation_evaluation()
    assert set(found.panel["county_code"]) <= set(SMALL)
    assert "数据不足" in found.conclusion()
