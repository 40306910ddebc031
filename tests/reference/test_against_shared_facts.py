"""Nothing of the compiled facts was lost on the way into data/reference."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "data" / "reference"


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype="str", keep_default_na=False)


def keys_of(urls: pd.Series) -> list[str]:
    return [sha256(url.encode()).hexdigest()[:10] for url in urls]


@pytest.mark.parametrize(
    ("name", "pairs"),
    [
        ("bases", ["programme", "level", "name", "product", "grade", "status", "year_from"]),
        ("targets", ["programme", "level", "area", "indicator", "unit", "comparator", "deadline"]),
        ("published_figures", ["indicator", "area_level", "area", "value", "unit", "qualifier"]),
    ],
)
def test_rows_are_carried_over_in_order(shared: Path, name: str, pairs: list[str]) -> None:
    facts = read(shared / "facts" / f"{name}.csv")
    ours = read(FOLDER / f"{name}.csv").head(len(facts))
    ours = ours.rename(columns={"unit_of_value": "unit"})
    pd.testing.assert_frame_equal(ours[pairs], facts[pairs])
    paged = ~facts["source_url"].str.startswith("中国农村统计年鉴")
    assert ours.loc[paged, "source_key"].tolist() == keys_of(facts.loc[paged, "source_url"])


def test_target_values_are_carried_over(shared: Path) -> None:
    facts = read(shared / "facts" / "targets.csv")
    ours = read(FOLDER / "targets.csv")
    assert (ours["value"] + ours["value_text"]).tolist() == facts["target_value"].tolist()


def test_brand_rows_are_carried_over(shared: Path) -> None:
    facts = read(shared / "facts" / "brands.csv")
    ours = read(FOLDER / "certifications.csv").head(len(facts))
    assert ours["product"].tolist() == facts["name"].tolist()
    assert ours["scheme"].tolist() == facts["scheme"].tolist()
    assert ours["value_100m_cny"].tolist() == facts["value_yi_yuan"].tolist()
    assert ours["source_key"].tolist() == keys_of(facts["source_url"])


def test_every_registration_is_found_with_its_year(shared: Path) -> None:
    facts = read(shared / "facts" / "gi_registrations_2009_2013.csv")
    ours = read(FOLDER / "certifications.csv")
    ours = ours[ours["scheme_kind"] == "gi_agri"]
    have = set(zip(ours["product"], ours["year"], strict=True))
    wanted = set(zip(facts["product"], facts["reg_year"], strict=True))
    assert wanted <= have


def test_grain_counties_and_policy_counts_are_carried_over(shared: Path) -> None:
    grain = read(shared / "facts" / "grain_capacity_counties_2024.csv")
    bases = read(FOLDER / "bases.csv").tail(len(grain))
    assert bases["county_code"].tolist() == grain["county_code"].tolist()
    counts = read(shared / "facts" / "policy_counts_by_year.csv")
    figures = read(FOLDER / "published_figures.csv").tail(len(counts))
    assert figures["value"].tolist() == counts["n"].tolist()


def test_every_change_of_the_list_is_carried_over(shared: Path) -> None:
    facts = read(shared / "facts" / "county_renames.csv")
    ours = read(FOLDER / "county_changes.csv")
    columns = ["old_code", "old_name", "new_code", "new_name", "approval_no"]
    assert set(map(tuple, ours[columns].to_numpy())) == set(map(tuple, facts[columns].to_numpy()))
    assert len(ours) == len(facts)


def test_boundaries_keep_every_ring(shared: Path) -> None:
    pairs = {"counties": "sichuan_counties_183", "prefectures": "sichuan_prefectures_21"}
    for ours, theirs in pairs.items():
        new = json.loads((FOLDER / f"boundaries/{ours}.geojson").read_text(encoding="utf-8"))
        old = json.loads((shared / f"facts/boundaries/{theirs}.geojson").read_text("utf-8"))
        count = {
            f["properties"]["adcode"]: [len(r) for p in f["geometry"]["coordinates"] for r in p]
            for f in old["features"]
        }
        assert count == {
            f["properties"]["code"]: [len(r) for p in f["geometry"]["coordinates"] for r in p]
            for f in new["features"]
        }
