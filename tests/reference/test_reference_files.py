"""The public facts are well formed and agree with the register and with each other."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from agriqa.areas import Register

FOLDER = Path(__file__).resolve().parents[2] / "data" / "reference"
REGISTER = Register.load(FOLDER)
KEYS = {
    "bases.csv": "base_id",
    "brands.csv": "brand_id",
    "certifications.csv": "cert_id",
    "targets.csv": "target_id",
    "published_figures.csv": "figure_id",
    "substances.csv": "name",
}
SOURCED = [*KEYS, "counties.csv", "county_changes.csv", "scorecard_nasx.csv"]
TARGETS = ["targets.csv", "programme_goals.csv"]


@cache
def table(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / name, dtype="str", keep_default_na=False)


@pytest.mark.parametrize("name", sorted(p.name for p in FOLDER.glob("*.csv")))
def test_files_are_utf8_with_line_feeds(name: str) -> None:
    raw = (FOLDER / name).read_bytes()
    assert b"\r" not in raw
    assert not raw.startswith(b"\xef\xbb\xbf")
    raw.decode("utf-8")


@pytest.mark.parametrize("path", sorted(p.name for p in FOLDER.iterdir() if p.is_file()))
def test_no_address_of_a_web_page_is_stored(path: str) -> None:
    text = (FOLDER / path).read_text(encoding="utf-8")
    assert not re.search(r"https?:|www\.|\b[a-z0-9-]+\.(com|cn|org|net)\b", text)


@pytest.mark.parametrize(("name", "key"), KEYS.items())
def test_ids_are_unique(name: str, key: str) -> None:
    assert table(name)[key].is_unique
    assert table(name).columns[0] == key


@pytest.mark.parametrize("name", SOURCED)
def test_every_row_has_origin_and_source(name: str) -> None:
    rows = table(name)
    assert (rows["origin"] == "published").all()
    assert (rows["source"] != "").all()
    assert (rows["source_date"] != "").all()


@pytest.mark.parametrize("name", ["bases.csv", "certifications.csv"])
def test_county_codes_are_of_today_and_carry_their_name(name: str) -> None:
    rows = table(name)
    rows = rows[rows["county_code"] != ""]
    counties = REGISTER.counties.set_index("code")
    assert set(rows["county_code"]) <= set(counties.index)
    assert (rows["county_code"].map(counties["name"]) == rows["county"]).all()
    assert (rows["county_code"].map(counties["prefecture_code"]) == rows["prefecture_code"]).all()


def test_a_blank_county_code_goes_with_a_blank_county() -> None:
    for name in ("bases.csv", "certifications.csv"):
        rows = table(name)
        assert ((rows["county_code"] == "") == (rows["county"] == "")).all()


def test_brands_name_counties_and_prefectures_of_today() -> None:
    brands = table("brands.csv")
    codes = {code for cell in brands["county_codes"] for code in cell.split(";") if code}
    assert codes <= set(REGISTER.counties["code"])
    assert set(brands["prefecture_code"]) <= {"", *REGISTER.prefectures["code"]}
    assert not brands.duplicated(["name", "kind"]).any()


def test_every_certificate_belongs_to_a_brand() -> None:
    assert set(table("certifications.csv")["brand_id"]) == set(table("brands.csv")["brand_id"])


def test_areas_inside_the_province_have_their_code() -> None:
    known = {"510000", *REGISTER.counties["code"], *REGISTER.prefectures["code"]}
    figures = table("published_figures.csv")
    inside = figures["area_level"].isin(["province", "prefecture", "county"])
    assert set(figures.loc[inside, "area_code"]) <= known
    assert (figures.loc[~inside, "area_code"] == "").all()
    assert set(table("targets.csv")["area_code"]) <= known | {""}


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("bases.csv", "year_from"),
        ("bases.csv", "year_to"),
        ("certifications.csv", "year"),
        ("certifications.csv", "value_100m_cny"),
        ("targets.csv", "value"),
        ("targets.csv", "deadline_year"),
        ("published_figures.csv", "value"),
        ("published_figures.csv", "year"),
    ],
)
def test_numbers_are_numbers_or_blank(name: str, column: str) -> None:
    cells = table(name)[column]
    values = pd.to_numeric(cells[cells != ""])
    assert len(values) > 0
    if "year" in column:
        assert values.between(1980, 2035).all()


def test_goals_of_the_founding_brief_claim_no_publication_and_no_deadline() -> None:
    goals = table("programme_goals.csv")
    assert goals.columns.tolist() == table("targets.csv").columns.tolist()
    assert set(goals["origin"]) == {"reported"}
    assert goals["source"].str.contains("未公开").all()
    assert (goals["source_date"] == "未注日期").all()
    assert set(goals["deadline"]) | set(goals["deadline_year"]) | set(goals["source_key"]) == {""}
    named = [*table("targets.csv")["target_id"], *goals["target_id"]]
    assert len(set(named)) == len(named)


@pytest.mark.parametrize("name", TARGETS)
def test_targets_have_a_value_or_words(name: str) -> None:
    targets = table(name)
    assert ((targets["value"] == "") != (targets["value_text"] == "")).all()
    assert set(targets["comparator"]) <= {">=", "<=", "=", ">", "<"}


def test_certification_kinds_follow_from_the_scheme() -> None:
    rows = table("certifications.csv")
    assert rows.groupby("scheme")["scheme_kind"].nunique().eq(1).all()
    assert set(rows["scheme_kind"]) == {
        "gi_agri",
        "gi_product",
        "gi_trademark",
        "gi_other",
        "catalogue",
        "award",
        "valuation",
        "listing",
    }


def test_registrations_are_complete_where_the_yearly_count_says_so() -> None:
    # Registered agricultural GIs of the province per year: 18, 34, 29, 20, 16 (2009-2013).
    rows = table("certifications.csv")
    rows = rows[rows["scheme_kind"] == "gi_agri"].drop_duplicates(["product", "year"])
    counted = rows.groupby("year").size()
    figures = table("published_figures.csv")
    published = figures[figures["indicator"] == "国家项目入选数-地理标志-登记"]
    for year in ("2009", "2010", "2011", "2012", "2013"):
        assert str(counted[year]) == published.set_index("period").at[year, "value"]


def test_yearbook_figures() -> None:
    # 中国农村统计年鉴: pesticide use of Sichuan 58,912 t (2015), 42,130 t (2020).
    figures = table("published_figures.csv")
    ours = figures[
        (figures["indicator"] == "农药使用量")
        & (figures["area_code"] == "510000")
        & figures["source"].str.startswith("中国农村统计年鉴")
    ].set_index("period")
    assert ours.at["2015", "value"] == "58912"
    assert ours.at["2020", "value"] == "42130"
    assert ours.at["2015", "source"] == "中国农村统计年鉴 2016"
    assert len(ours) == 14


def test_known_traps_of_the_sources() -> None:
    bases = table("bases.csv").set_index("name")
    assert bases.at["会理县", "county_code"] == "513402"
    mistaken = table("bases.csv").query("note.str.contains('浦江县')")
    assert mistaken["county"].tolist() == ["蒲江县"]
    maidong = table("brands.csv").query("name == '涪城麦冬'")
    assert maidong["county_codes"].tolist() == ["510722"]
