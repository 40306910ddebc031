"""How high residues are, and what that makes of the daily intake."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from agriqa.measures import compute
from agriqa.measures.exposure import load_exposure
from agriqa.project import Project
from agriqa.stats.censored.kaplan_meier import kaplan_meier
from agriqa.store import Snapshot
from tests.measures.handmade import RESIDUES, SAMPLES, measured

MEAN, HIGH, HAZARD = "residue_to_limit_mean_pct", "residue_to_limit_p95_pct", "hazard_index_pct"
IDS = [MEAN, HIGH, HAZARD]
PIDU, SHUANGLIU, XINJIN, DAYI, PUJIANG = "510117", "510116", "510118", "510129", "510131"
CHENGDU = "510100"
BODY, VEGETABLE, FRUIT = 63.0, 0.2752, 0.0457

SAMPLE_ROWS = """A1,郫县,2014-05-01,萝卜,蔬菜,生产基地,例行监测,合格
A2,郫县,2014-05-01,萝卜,蔬菜,生产基地,例行监测,合格
A3,郫县,2016-05-01,苹果,水果,生产基地,例行监测,合格
A4,郫县,2014-05-01,绿茶,茶叶,生产基地,例行监测,合格
A5,郫县,2014-05-01,萝卜,蔬菜,生产基地,监督抽查,不合格
A6,郫县,2017-05-01,苹果,水果,生产基地,例行监测,合格
B1,双流县,2014-05-01,萝卜,蔬菜,生产基地,例行监测,合格
C1,新津县,2014-05-01,萝卜,蔬菜,生产基地,例行监测,合格
D1,大邑县,2014-05-01,萝卜,蔬菜,生产基地,例行监测,合格
"""
# The limits of detection are made up to tell the rows apart.
RESIDUE_ROWS = """A1,多菌灵,0.06,0.01,0.5
A2,多菌灵,未检出,0.02,0.5
A1,吡虫啉,未检出,0.06,1
A2,吡虫啉,未检出,0.02,1
A1,毒死蜱,未检出,0.01,0.02
A2,毒死蜱,未检出,,0.02
A1,铅,0.1,0.01,
A4,多菌灵,5,0.01,10
A5,多菌灵,9,0.01,0.5
A3,吡虫啉,0.12,0.01,0.5
A6,吡虫啉,未检出,0.02,0.5
B1,多菌灵,0.2,0.01,0.5
C1,多菌灵,保密,0.01,0.5
D1,多菌灵,未检出,0.01,0.5
D1,吡虫啉,未检出,0.01,1
D1,毒死蜱,未检出,0.01,0.02
D1,联苯菊酯,未检出,0.01,0.5
D1,啶虫脒,未检出,0.01,1
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    files = {"sample": SAMPLES + SAMPLE_ROWS, "residue": RESIDUES + RESIDUE_ROWS}
    return measured(tmp_path_factory.mktemp("levels"), files, IDS)


def test_the_mean_ratio_is_kaplan_meiers(found: pd.DataFrame) -> None:
    # Detected 12 and 50 % of the limit, not detected below 2, 4, 6 and 50 %.
    row = found.loc[(MEAN, PIDU, 2014)]
    assert row["value"] == pytest.approx(5 / 8 * 2 + (5 / 6 - 5 / 8) * 12 + 1 / 6 * 50)
    assert row["low"] == pytest.approx((12 + 50) / 6)
    assert row["high"] == pytest.approx((12 + 50 + 2 + 4 + 6 + 50) / 6)
    assert row["n"] == 6


def test_nothing_detected_and_too_few_values_are_too_few(found: pd.DataFrame) -> None:
    assert found.loc[(MEAN, DAYI, 2014)]["status"] == "too_few"
    assert found.loc[(MEAN, SHUANGLIU, 2014)]["status"] == "too_few"
    assert found.loc[(HIGH, PIDU, 2014)]["status"] == "too_few"


@pytest.mark.parametrize("name", IDS)
def test_withheld_and_missing_are_told_apart(found: pd.DataFrame, name: str) -> None:
    assert found.loc[(name, XINJIN, 2014)]["status"] == "withheld"
    assert found.loc[(name, PUJIANG, 2014)]["status"] == "missing"


def quotient(content: float, eaten: float, acceptable: float) -> float:
    return 100 * content * eaten / BODY / acceptable


def test_the_hazard_index_adds_up_substances_eaten(found: pd.DataFrame) -> None:
    # Tea is not eaten, lead has no acceptable intake, supervision chooses its samples.
    row = found.loc[(HAZARD, PIDU, 2014)]
    for column, carbendazim, imidacloprid, chlorpyrifos in (
        ("low", 0.03, 0.0, 0.0),
        ("value", 0.035, 0.02, 0.005),
        ("high", 0.04, 0.04, 0.01),
    ):
        assert row[column] == pytest.approx(
            quotient(carbendazim, VEGETABLE, 0.03)
            + quotient(imidacloprid, VEGETABLE, 0.06)
            + quotient(chlorpyrifos, VEGETABLE, 0.01)
        )
    assert row["n"] == 5


def test_three_years_are_taken_together_and_the_fourth_drops_out(found: pd.DataFrame) -> None:
    first, third = found.loc[(HAZARD, PIDU, 2014)], found.loc[(HAZARD, PIDU, 2016)]
    assert third["value"] - first["value"] == pytest.approx(quotient(0.12, FRUIT, 0.06))
    assert third["n"] == 6
    assert found.loc[(HAZARD, PIDU, 2017)]["status"] == "too_few"


def test_nothing_detected_is_zero_at_the_lower_bound(found: pd.DataFrame) -> None:
    row = found.loc[(HAZARD, DAYI, 2014)]
    assert row["low"] == 0
    assert row["high"] == pytest.approx(2 * row["value"])
    assert row["value"] > 0


def test_a_prefecture_averages_measurements_not_counties(found: pd.DataFrame) -> None:
    row = found.loc[(HAZARD, CHENGDU, 2014)]
    assert row["low"] == pytest.approx(quotient((0.06 + 0.2) / 4, VEGETABLE, 0.03))


@pytest.fixture(scope="module")
def small(small_project: Project) -> pd.DataFrame:
    return compute(Snapshot.open(small_project), IDS).set_index(["measure", "area", "period"])


@pytest.fixture(scope="module")
def rows(small_project: Project) -> pd.DataFrame:
    snapshot = Snapshot.open(small_project)
    samples = snapshot.table("sample")
    samples = samples[samples["scheme"] == "routine"]
    samples = samples.assign(period=samples["sampled_on"].map(lambda day: day.year))
    columns = ["sample_id", "county_code", "period", "product_class"]
    return snapshot.table("residue").merge(samples[columns], on="sample_id")


def test_each_area_and_year_is_estimated_by_itself(small: pd.DataFrame, rows: pd.DataFrame) -> None:
    limited = rows[rows["mrl_mg_kg"] > 0]
    compared = 0
    for (area, year), mine in limited.groupby(["county_code", "period"]):
        below = mine["censored"].astype(bool)
        ratio = 100 * mine["value_mg_kg"].where(~below, mine["lod_mg_kg"]) / mine["mrl_mg_kg"]
        alone = kaplan_meier(ratio, below, residual_mass="smallest_value")
        mean, high = (small.loc[(name, area, year)] for name in (MEAN, HIGH))
        if alone.n < 20 or below.all():
            continue
        assert mean["value"] == pytest.approx(alone.mean)
        assert mean["low"] == pytest.approx(ratio.where(~below, 0.0).mean())
        assert mean["high"] == pytest.approx(ratio.mean())
        assert high["value"] == pytest.approx(float(alone.quantile(0.95)), nan_ok=True)
        if not np.isnan(high["value"]):
            upper = np.quantile(ratio, 0.95, method="inverted_cdf")
            assert high["high"] == pytest.approx(upper)
        compared += 1
    assert compared > 10


def test_the_hazard_index_of_the_province_is_its_definition(
    small_project: Project, small: pd.DataFrame, rows: pd.DataFrame
) -> None:
    exposure = load_exposure(small_project.config)
    table = Snapshot.open(small_project).table("substance").set_index("name")
    intakes = table["adi_mg_kg_bw"].dropna()
    year = int(rows["period"].max())
    window = rows[rows["period"].between(year - 2, year)]
    total = 0.0
    for (analyte, product_class), mine in window.groupby(["analyte", "product_class"]):
        if analyte in intakes and product_class in exposure.consumption_kg_day:
            below = mine["censored"].astype(bool)
            content = mine["value_mg_kg"].where(~below, mine["lod_mg_kg"] / 2).mean()
            eaten = exposure.consumption_kg_day[product_class]
            total += 100 * content * eaten / exposure.body_weight_kg / intakes[analyte]
    assert small.loc[(HAZARD, "510000", year)]["value"] == pytest.approx(total)


def test_bounds_enclose_the_value(small: pd.DataFrame) -> None:
    known = small.dropna(subset=["value"])
    assert (known["low"] <= known["value"] + 1e-9).all()
    assert (known["value"] <= known["high"] + 1e-9).all()
