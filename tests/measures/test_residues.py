"""Residues: beyond doubt, within it, without a limit, banned on the day, several."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from agriqa.measures import compute
from agriqa.measures.residues import forbidden
from agriqa.project import Project
from agriqa.store import Snapshot
from tests.measures.handmade import RESIDUES, SAMPLES, measured

IDS = [
    "detection_rate_pct", "exceedance_rate_pct", "exceedance_certain_rate_pct",
    "exceedance_within_uncertainty_pct", "no_limit_rate_pct", "exceeding_samples_pct",
    "banned_detection_rate_pct", "multi_residue_rate_pct",
]  # fmt: skip
SAMPLE_ROWS = """A1,郫县,2017-05-01,萝卜,蔬菜,生产基地,例行监测,不合格
A2,郫县,2017-05-01,绿茶,茶叶,生产基地,监督抽查,合格
A3,郫县,2016-12-30,萝卜,蔬菜,生产基地,例行监测,不合格
A4,郫县,2016-12-31,萝卜,蔬菜,生产基地,例行监测,合格
B1,双流县,2017-05-01,萝卜,蔬菜,生产基地,例行监测,合格
C1,新津县,2017-05-01,萝卜,蔬菜,生产基地,例行监测,合格
D1,大邑县,2017-05-01,萝卜,蔬菜,生产基地,例行监测,合格
"""
RESIDUE_ROWS = """A1,毒死蜱,0.05,0.01,0.02
A1,多菌灵,0.6,0.01,0.5
A1,腐霉利,0.4,0.01,0.2
A1,吡虫啉,0.4,0.01,0.4
A1,噁霉灵,0.1,0.01,
A2,毒死蜱,0.02,0.01,1
A2,镉,0.05,0.01,0.1
A3,毒死蜱,0.03,0.01,0.02
A4,毒死蜱,0.02,0.01,0.02
B1,克百威,保密,0.01,0.02
C1,克百威,未检出,0.01,0.02
"""
PIDU, SHUANGLIU, XINJIN, DAYI, CHENGDU = "510117", "510116", "510118", "510129", "510100"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    files = {"sample": SAMPLES + SAMPLE_ROWS, "residue": RESIDUES + RESIDUE_ROWS}
    return measured(tmp_path_factory.mktemp("residues"), files, IDS)


@pytest.mark.parametrize(
    ("name", "hits", "n"),
    [
        ("detection_rate_pct", 7, 7),
        ("exceedance_rate_pct", 3, 6),
        ("exceedance_certain_rate_pct", 1, 6),
        ("exceedance_within_uncertainty_pct", 2, 6),
        ("no_limit_rate_pct", 1, 7),
        ("exceeding_samples_pct", 1, 2),
        ("banned_detection_rate_pct", 1, 2),
        ("multi_residue_rate_pct", 1, 2),
    ],
)
def test_a_county_is_counted_by_hand(found: pd.DataFrame, name: str, hits: int, n: int) -> None:
    row = found.loc[(name, PIDU, 2017)]
    assert row["value"] == pytest.approx(100 * hits / n)
    assert row["n"] == n
    assert row["status"] == "reported"


def test_a_ban_counts_from_its_day(found: pd.DataFrame) -> None:
    # Chlorpyrifos in vegetables from 2016-12-31: one sample the day before, one on the day.
    row = found.loc[("banned_detection_rate_pct", PIDU, 2016)]
    assert (row["value"], row["n"]) == (50, 2)


@pytest.mark.parametrize("name", [name for name in IDS if name != "no_limit_rate_pct"])
def test_measured_and_nothing_found_is_zero(found: pd.DataFrame, name: str) -> None:
    row = found.loc[(name, XINJIN, 2017)]
    assert (row["value"], row["n"], row["status"]) == (0, 1, "reported")


def test_nothing_detected_leaves_no_share_of_detections(found: pd.DataFrame) -> None:
    assert found.loc[("no_limit_rate_pct", XINJIN, 2017)]["status"] == "missing"


@pytest.mark.parametrize("name", IDS)
def test_withheld_values_are_withheld_and_unmeasured_samples_missing(
    found: pd.DataFrame, name: str
) -> None:
    assert found.loc[(name, SHUANGLIU, 2017)]["status"] == "withheld"
    assert found.loc[(name, DAYI, 2017)]["status"] == "missing"
    assert found.loc[(name, CHENGDU, 2017)]["status"] == "reported"


def test_a_prefecture_adds_its_counties_up(found: pd.DataFrame) -> None:
    row = found.loc[("exceedance_rate_pct", CHENGDU, 2017)]
    assert row["value"] == pytest.approx(100 * 3 / 7)


@pytest.mark.parametrize(
    ("analyte", "product_class", "day", "banned"),
    [
        ("whole", "livestock", "2020-01-01", True),
        ("whole", "livestock", "2019-12-31", False),
        ("whole", "tea", "2010-01-01", True),
        ("whole", "vegetable", "2010-01-01", False),
        ("part", "fruit", "2015-01-01", True),
        ("part", "fruit", "2014-12-31", False),
        ("part", "livestock", "2015-01-01", False),
        ("crop", "vegetable", "2020-01-01", False),
        ("unlisted", "vegetable", "2020-01-01", False),
    ],
)
def test_forbidden_is_what_no_use_is_allowed_of(
    analyte: str, product_class: str, day: str, banned: bool
) -> None:
    substances = pd.DataFrame(
        [
            ("whole", "2010-01-01", "tea", "2020-01-01"),
            ("part", "2015-01-01", "vegetable;fruit", None),
            ("crop", "2015-01-01", None, None),
        ],
        columns=["name", "restricted_from", "restricted_classes", "banned_from"],
    )
    rows = pd.DataFrame(
        [(analyte, product_class, day)], columns=["analyte", "product_class", "sampled_on"]
    )
    assert forbidden(rows, substances).tolist() == [banned]


@pytest.fixture(scope="module")
def small(small_project: Project) -> pd.DataFrame:
    frame = compute(Snapshot.open(small_project), IDS)
    return frame.pivot(index=["level", "area", "period"], columns="measure", values="value")


def test_certain_and_uncertain_exceedance_add_up(small: pd.DataFrame) -> None:
    added = small["exceedance_certain_rate_pct"] + small["exceedance_within_uncertainty_pct"]
    np.testing.assert_allclose(added, small["exceedance_rate_pct"])
    assert (small["exceedance_within_uncertainty_pct"] > 0).any()


def test_banned_and_several_are_what_counting_sample_by_sample_gives(
    small_project: Project, small: pd.DataFrame
) -> None:
    snapshot = Snapshot.open(small_project)
    samples = snapshot.table("sample").set_index("sample_id").to_dict("index")
    substances = snapshot.table("substance").set_index("name").to_dict("index")
    counts: dict[tuple[str, int], list[int]] = {}
    for sample_id, rows in snapshot.table("residue").groupby("sample_id"):
        sample = samples[sample_id]
        banned, several = False, 0
        for analyte in rows.loc[~rows["censored"].astype(bool), "analyte"]:
            one = substances.get(analyte)
            several += one is None or one["kind"] not in ("heavy_metal", "contaminant")
            if one is None:
                continue
            day, classes = sample["sampled_on"], str(one["restricted_classes"]).split(";")
            banned |= pd.notna(one["banned_from"]) and one["banned_from"] <= day
            if pd.notna(one["restricted_from"]) and sample["product_class"] in classes:
                banned |= one["restricted_from"] <= day
        tally = counts.setdefault((sample["county_code"], sample["sampled_on"].year), [0, 0, 0])
        for place, hit in enumerate((True, banned, several >= 2)):
            tally[place] += hit
    assert sum(tally[1] for tally in counts.values()) > 0
    county = small.loc["county"]
    for (code, year), (n, banned, several) in counts.items():
        row = county.loc[(code, year)]
        assert row["banned_detection_rate_pct"] == pytest.approx(100 * banned / n)
        assert row["multi_residue_rate_pct"] == pytest.approx(100 * several / n)
