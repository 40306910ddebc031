from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from agriqa.datasets import code_lists, dataset
from agriqa.demo import DemoConfig
from agriqa.demo.returns import Frames, select
from agriqa.demo.structure import Structure

# 中国农村统计年鉴 2013-2022, pesticide [t] and fertiliser [10,000 t pure] use of the province
PESTICIDE_T = {
    2012: 60317, 2013: 59954, 2014: 59385, 2015: 58912, 2016: 58038,
    2017: 55751, 2018: 51276, 2019: 46290, 2020: 42130, 2021: 40974,
}  # fmt: skip
FERTILISER_10KT = {
    2012: 253.0, 2013: 251.1, 2014: 250.2, 2015: 249.8, 2016: 249.0,
    2017: 242.0, 2018: 235.2, 2019: 222.8, 2020: 210.8, 2021: 207.2,
}  # fmt: skip


def test_pesticide_use_adds_up_to_the_published_totals(frames: Frames) -> None:
    sums = frames["pesticide_use"].groupby("year")["use_t"].sum()
    assert sums.to_dict() == pytest.approx(PESTICIDE_T, rel=1e-5)


def test_fertiliser_use_adds_up_to_the_published_totals(frames: Frames) -> None:
    sums = frames["fertiliser_use"].groupby("year")["pure_t"].sum() / 1e4
    assert sums.to_dict() == pytest.approx(FERTILISER_10KT, rel=1e-5)


def test_grain_area_is_the_published_one(frames: Frames) -> None:
    rows = frames["production"]
    grain = rows[rows["crop_group"] == "grain"].groupby("year")["sown_ha"].sum() * 15 / 1e4
    assert grain[2020] == pytest.approx(9468.9, rel=1e-5)  # 万亩, 2020 年统计公报
    assert grain[2021] == pytest.approx(9536.6, rel=1e-5)
    assert grain[2019] == pytest.approx(9468.9 / 1.002, rel=1e-4)


def test_the_known_effect_can_be_found_again(
    frames: Frames, structure: Structure, config: DemoConfig
) -> None:
    use = frames["pesticide_use"].groupby(["current_code", "year"])["use_t"].sum()
    sown = frames["production"].groupby(["current_code", "year"])["sown_ha"].sum()
    logs = np.log(use / sown).unstack("year").dropna()
    first = structure.designated.reindex(logs.index)
    logs = logs[~(first < 2012)]
    first = first.reindex(logs.index)
    treated = pd.DataFrame({y: (first < y) & (first <= 2020) for y in logs.columns}).astype(float)

    def within(table: pd.DataFrame) -> np.ndarray:
        a = table.to_numpy()
        return np.asarray(a - a.mean(axis=1, keepdims=True) - a.mean(axis=0) + a.mean())

    x, y = within(treated), within(logs)
    estimate = (x * y).sum() / (x * x).sum()
    # over 20 seeds the estimate's mean is -0.080 and its standard deviation 0.009
    assert estimate == pytest.approx(config.effect.log_effect, abs=0.02)


def test_reduction_after_2015_differs_by_county(frames: Frames) -> None:
    use = frames["pesticide_use"].groupby(["current_code", "year"])["use_t"].sum().unstack()
    change = np.log(use[2021] / use[2015])
    assert change.median() < -0.2
    assert change.std() > 0.05


def test_values_lie_within_the_declared_limits(frames: Frames) -> None:
    for name, frame in frames.items():
        for column in dataset(name):
            if column.name not in frame:
                continue
            values = frame[column.name]
            assert not values.isna().any(), (name, column.name)
            if column.min is not None:
                assert (values >= column.min).all(), (name, column.name)
            if column.max is not None:
                assert (values <= column.max).all(), (name, column.name)
            if column.codes is not None:
                assert set(values) <= set(code_lists()[column.codes].codes)


def test_keys_are_unique_and_each_unit_reports_each_year(frames: Frames) -> None:
    for name, frame in frames.items():
        keys = [k for k in dataset(name).key if k in frame]
        assert not frame.duplicated(["unit_code", *keys]).any(), name
    assert frames["greening"].groupby("year").size().to_dict() == {
        2012: 181, **dict.fromkeys(range(2013, 2022), 183)
    }  # fmt: skip


def test_a_unit_of_two_counties_reports_their_sum(frames: Frames) -> None:
    rows = frames["production"].query("crop_group == 'grain'").set_index(["year", "unit_code"])
    joined = rows["sown_ha"][2012, "511602"]
    apart = rows["sown_ha"][2013, "511602"] + rows["sown_ha"][2013, "511603"]
    assert joined == pytest.approx(apart, rel=0.03)
    rates = frames["greening"].set_index(["year", "unit_code"])["straw_pct"]
    assert 0 < rates[2012, "511602"] < 100


def test_select_keeps_counties_of_today_and_years(frames: Frames) -> None:
    part = select(frames, codes=["510117"], years=[2014, 2020])["greening"]
    assert part["unit_name"].tolist() == ["郫县", "郫都区"]
