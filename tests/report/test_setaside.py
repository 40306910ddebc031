"""Rows set aside: a county finds its own, whatever the cell calls it."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pandas as pd
import pytest

from agriqa.areas import Register
from agriqa.project import Project
from agriqa.report.setaside import set_aside

FILE = "data/returns/{}_2021年农业统计报表.xlsx"
SHEET = "农药使用"


@dataclass
class MadeSnapshot:
    register: Register
    tables: dict[str, pd.DataFrame]

    def table(self, name: str, *, columns: list[str] | None = None) -> pd.DataFrame:
        found = self.tables[name]
        return found if columns is None else found[columns]


def _wrong(place: str, *cells: str, column: str = "use_t", value: str = "-6.741") -> dict:
    raw = dict(zip(("县（市、区）", "年份"), cells, strict=False)) | {"商品量（吨）": value}
    return {
        "source_file": FILE.format(place), "dataset": "pesticide_use", "sheet": SHEET, "row": 59,
        "column": column, "header": "商品量（吨）", "value": value,
        "message_zh": f"{value} 超出允许范围", "message_en": f"{value} is out of range",
        "raw": json.dumps(raw, ensure_ascii=False),
    }  # fmt: skip


def _snapshot(project: Project, *wrong: dict, **tables: pd.DataFrame) -> MadeSnapshot:
    places = {"绵阳市": "510722", "内江市": "511024", "乐山市": "511123"}
    kept = pd.DataFrame(
        [(FILE.format(place), SHEET, code, 2021) for place, code in places.items()],
        columns=["source_file", "sheet", "county_code", "year"],
    )
    given = {"quarantine": pd.DataFrame(list(wrong)), "pesticide_use": kept, **tables}
    return MadeSnapshot(project.register, given)


def test_a_row_is_found_with_its_place_and_reason(project: Project) -> None:
    snapshot = _snapshot(project, _wrong("绵阳市", "平武县"), _wrong("绵阳市", "三台县"))
    (found,) = set_aside(snapshot, "510727")  # type: ignore[arg-type]
    assert (found.year, found.sheet, found.row, found.value) == (2021, SHEET, 59, "-6.741")
    assert found.words() == (
        "绵阳市_2021年农业统计报表.xlsx“农药使用”第 59 行，“商品量（吨）”：-6.741 超出允许范围"
    )
    assert "row 59" in found.words("en")


def test_the_year_in_the_row_goes_before_that_of_the_sheet(project: Project) -> None:
    snapshot = _snapshot(project, _wrong("绵阳市", "平武县", "2014"))
    assert set_aside(snapshot, "510727")[0].year == 2014  # type: ignore[arg-type]


@pytest.mark.parametrize(("place", "code"), [("内江市", "511002"), ("乐山市", "511102")])
def test_a_name_that_two_counties_bear_is_read_in_its_prefecture(
    project: Project, place: str, code: str
) -> None:
    snapshot = _snapshot(project, _wrong(place, "市中区"))
    for county in ("511002", "511102"):
        assert bool(set_aside(snapshot, county)) is (county == code)  # type: ignore[arg-type]


def test_a_misspelt_county_is_shown_as_probably_ours(project: Project) -> None:
    misspelt = _wrong("乐山市", "键为县", column="county_code", value="键为县")
    (found,) = set_aside(_snapshot(project, misspelt), "511123")  # type: ignore[arg-type]
    assert not found.sure
    assert "疑为本县" in found.words()


def test_a_residue_belongs_to_the_county_of_its_sample(project: Project) -> None:
    wrong = _wrong("", "M1") | {"dataset": "residue", "column": "value_mg_kg"}
    samples = pd.DataFrame({"sample_id": ["M1"], "county_code": ["510727"]})
    snapshot = _snapshot(project, wrong, sample=samples)
    assert len(set_aside(snapshot, "510727")) == 1  # type: ignore[arg-type]
    assert set_aside(snapshot, "511123") == ()  # type: ignore[arg-type]
