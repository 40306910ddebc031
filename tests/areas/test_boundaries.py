from __future__ import annotations

from pathlib import Path

import geopandas
import pandas as pd
import pytest
from shapely.geometry import box

from agriqa.areas import Register, area_km2, load_boundaries, neighbour_table
from agriqa.errors import AgriqaError, UnknownNameError


@pytest.fixture(scope="module")
def counties(reference: Path) -> geopandas.GeoDataFrame:
    return load_boundaries(reference)


@pytest.fixture(scope="module")
def prefectures(reference: Path) -> geopandas.GeoDataFrame:
    return load_boundaries(reference, "prefecture")


def test_the_polygons_are_those_of_the_register(
    register: Register, counties: geopandas.GeoDataFrame, prefectures: geopandas.GeoDataFrame
) -> None:
    for polygons, units in ((counties, register.counties), (prefectures, register.prefectures)):
        assert dict(zip(polygons["code"], polygons["name"], strict=True)) == dict(
            zip(units["code"], units["name"], strict=True)
        )


def test_the_polygons_are_valid(counties: geopandas.GeoDataFrame) -> None:
    assert counties.crs.to_epsg() == 4490
    assert counties.is_valid.all()


def test_county_areas_add_up_to_the_prefectures(
    counties: geopandas.GeoDataFrame, prefectures: geopandas.GeoDataFrame
) -> None:
    whole = area_km2(prefectures)
    parts = area_km2(counties)
    assert parts.groupby(parts.index.str[:4] + "00").sum().to_numpy() == pytest.approx(
        whole.to_numpy(), rel=1e-4
    )
    # Sichuan's published land area is 486,000 km2.
    assert whole.sum() == pytest.approx(486_000, rel=0.005)


def test_area_of_a_known_rectangle() -> None:
    # One degree by one degree at the equator on GRS80: 12,308.8 km2.
    square = geopandas.GeoDataFrame({"code": ["x"]}, geometry=[box(0, -0.5, 1, 0.5)], crs=4490)
    assert area_km2(square)["x"] == pytest.approx(12_308.8, rel=1e-4)


def test_the_stored_neighbours_follow_from_the_boundaries(
    reference: Path, counties: geopandas.GeoDataFrame
) -> None:
    stored = pd.read_csv(reference / "neighbours.csv", dtype="str")
    pd.testing.assert_frame_equal(stored, neighbour_table(counties), check_dtype=False)


def test_neighbours_are_symmetric_and_nobody_is_alone(counties: geopandas.GeoDataFrame) -> None:
    table = neighbour_table(counties)
    pairs = set(zip(table["code"], table["neighbour_code"], strict=True))
    assert all((b, a) in pairs and a != b for a, b in pairs)
    assert {a for a, _ in pairs} == set(counties["code"])


def test_unknown_level_and_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="county"):
        load_boundaries(tmp_path, "town")
    with pytest.raises(AgriqaError, match=r"counties\.geojson"):
        load_boundaries(tmp_path)
