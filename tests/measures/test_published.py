"""A rounded figure is a range; what lies inside it is not known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from agriqa.measures import compute
from agriqa.project import Project
from agriqa.store import Snapshot


@pytest.fixture(scope="module")
def published(small_project: Project) -> pd.DataFrame:
    ids = [
        "pesticide_use_gap_pct",
        "pesticide_use_published_change_pct",
        "pesticide_use_published_to_3y_mean_pct",
        "pesticide_use_published_to_2012_14_mean_pct",
        "fertiliser_use_published_change_pct",
        "pesticide_use_t",
    ]
    tidy = compute(Snapshot.open(small_project), ids, levels=["province"])
    return tidy.set_index(["measure", "period"]).sort_index()


def test_a_change_inside_rounding_is_not_known(published: pd.DataFrame) -> None:
    # Both 2022 and 2023 are printed as 4.0 (10,000 t), rounded to 0.1: no change of 0 %.
    row = published.loc[("pesticide_use_published_change_pct", 2023)]
    assert pd.isna(row["value"])
    assert row["status"] == "within_rounding"
    assert row["low"] == pytest.approx(100 * (3.95 / 4.05 - 1))
    assert row["high"] == pytest.approx(100 * (4.05 / 3.95 - 1))


def test_a_change_outside_rounding_is_known(published: pd.DataFrame) -> None:
    row = published.loc[("pesticide_use_published_change_pct", 2017)]
    assert row["value"] == pytest.approx(100 * (55751 / 58038 - 1))
    assert row["status"] == "published"
    assert row["low"] < row["value"] < row["high"] < 0


def test_use_against_the_mean_of_2012_to_2014(published: pd.DataFrame) -> None:
    # 中国农村统计年鉴: 60317, 59954 and 59385 t; their mean is 59885.333 t.
    for year, use in ((2017, 55751), (2021, 40974)):
        row = published.loc[("pesticide_use_published_to_2012_14_mean_pct", year)]
        assert row["value"] == pytest.approx(100 * use / 59885.333, rel=1e-8)
        assert row["high"] < 100


def test_use_against_the_three_years_before(published: pd.DataFrame) -> None:
    row = published.loc[("pesticide_use_published_to_3y_mean_pct", 2017)]
    assert row["value"] == pytest.approx(100 * 55751 / np.mean([59385, 58912, 58038]))
    assert row["n"] == 4
    coarse = published.loc[("pesticide_use_published_to_3y_mean_pct", 2023)]
    # 2022 and 2023 are printed to 0.1 (10,000 t), some 2.5 % of the figure.
    assert coarse["high"] - coarse["low"] > 2


def test_the_gap_is_ours_less_the_published(published: pd.DataFrame) -> None:
    ours = published.loc[("pesticide_use_t", 2021)]
    row = published.loc[("pesticide_use_gap_pct", 2021)]
    assert row["value"] == pytest.approx(100 * (ours["value"] / 40974 - 1))
    assert row["coverage"] == pytest.approx(ours["coverage"])
    assert row["status"] == "simulated"


def test_a_figure_without_a_stated_rounding_is_rounded_at_its_last_digit(
    published: pd.DataFrame,
) -> None:
    row = published.loc[("fertiliser_use_published_change_pct", 2023)]
    assert row["low"] == pytest.approx(100 * (202.15 / 204.45 - 1))
