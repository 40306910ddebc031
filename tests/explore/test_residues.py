"""Residues with their samples."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from agriqa.errors import UnknownNameError
from agriqa.explore.residues import measurements, substance_table
from agriqa.workbench import Workbench


def _made(detected: list[float], censored: int, *, limit: float | None = 0.5) -> pd.DataFrame:
    values = [*detected, *[np.nan] * censored]
    below = [False] * len(detected) + [True] * censored
    return pd.DataFrame(
        {
            "analyte": "甲",
            "value_mg_kg": values,
            "censored": below,
            "level_mg_kg": [v if not b else 0.01 for v, b in zip(values, below, strict=True)],
            "lod_mg_kg": 0.01,
            "mrl_mg_kg": np.nan if limit is None else limit,
        }
    )


def test_a_non_detect_stands_at_its_limit_of_detection(wb: Workbench) -> None:
    rows = measurements(wb, "毒死蜱")
    below = rows["censored"]
    assert below.any()
    assert (rows.loc[below, "level_mg_kg"] == rows.loc[below, "lod_mg_kg"]).all()
    assert (rows.loc[~below, "level_mg_kg"] == rows.loc[~below, "value_mg_kg"]).all()


def test_measurements_of_all_years_are_those_of_the_dataset(wb: Workbench) -> None:
    assert len(measurements(wb)) == wb.table("residue")["censored"].notna().sum()
    assert set(measurements(wb, period=2020)["year"]) == {2020}


def test_an_unknown_substance_is_refused(wb: Workbench) -> None:
    with pytest.raises(UnknownNameError, match="水银"):
        measurements(wb, "水银")


def test_the_table_counts_detections_and_exceedances() -> None:
    line = substance_table(_made([0.1, 0.2, 0.9, 0.02], 6)).loc["甲"]
    assert line[["n", "detected", "detected_pct", "above_limit", "judged"]].tolist() == [
        10, 4, 40, 1, 10,
    ]  # fmt: skip
    assert line["low_pct"] < 40 < line["high_pct"]
    assert line["p95_mg_kg"] == 0.9
    assert line["mean_mg_kg"] > 0


def test_without_a_limit_nothing_is_judged() -> None:
    line = substance_table(_made([0.9], 4, limit=None)).loc["甲"]
    assert line[["above_limit", "judged"]].tolist() == [0, 0]


def test_no_mean_is_given_where_few_are_detected() -> None:
    line = substance_table(_made([0.1, 0.2, 0.3], 27)).loc["甲"]
    assert np.isnan(line["mean_mg_kg"])
    assert line["p95_mg_kg"] == 0.2
    line = substance_table(_made([0.1, 0.2], 2)).loc["甲"]
    assert line[["mean_mg_kg", "se_mg_kg", "p95_mg_kg"]].isna().all()
