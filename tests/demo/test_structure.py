from __future__ import annotations

import numpy as np
import pandas as pd

from agriqa.demo import DemoConfig
from agriqa.demo.structure import Structure


def _unit(structure: Structure, code: str, year: int) -> pd.Series:
    units = structure.units
    return units[(units["code"] == code) & (units["year"] == year)].iloc[0]


def test_every_county_of_today_has_a_unit_each_year(structure: Structure) -> None:
    assert len(structure.counties) == 183
    assert (structure.units.groupby("year")["code"].nunique() == 183).all()


def test_a_county_set_up_later_is_reported_by_the_one_it_was_cut_from(
    structure: Structure,
) -> None:
    # 前锋区 was cut out of 广安区 in 2013 (国函〔2013〕22号)
    assert _unit(structure, "511603", 2012)["unit_name"] == "广安区"
    assert _unit(structure, "511603", 2013)["unit_name"] == "前锋区"
    in_2012 = structure.units.loc[structure.units["year"] == 2012, "unit_code"]
    assert in_2012.nunique() == 181


def test_a_moved_county_reports_to_the_prefecture_of_the_time(structure: Structure) -> None:
    # 简阳市 went from 资阳市 to 成都市 in 2016 (国函〔2016〕78号)
    assert _unit(structure, "510185", 2015)["prefecture"] == "资阳市"
    assert _unit(structure, "510185", 2016)["prefecture"] == "成都市"


def test_sown_area_follows_size_and_landform(structure: Structure) -> None:
    counties = structure.counties
    share = counties["sown_ha"] / (counties["area_km2"] * 100)
    by_class = share.groupby(counties["landform"]).median()
    assert by_class["plain"] > by_class["hill"] > by_class["mountain"] > by_class["plateau"]
    crops = counties.filter(like="crop_")
    assert np.allclose(crops.sum(axis=1), 1)


def test_designations_are_dated_counted_and_of_the_levels_named(
    structure: Structure, config: DemoConfig
) -> None:
    # 会理市 appears in 2024 on a national list only; 蒲江县 was named in 2013
    assert structure.designated["510131"] == 2013
    in_2021 = structure.under_effect(config, 2021)
    first = structure.designated.reindex(structure.counties.index)
    assert in_2021.sum() == (first <= 2020).sum()
    assert structure.under_effect(config, 2001).sum() == 0
