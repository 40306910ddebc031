"""Measures over snapshots that hold few data, or none."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from agriqa.errors import NoDataError
from agriqa.measures import TIDY, compute, measure_table, registry
from agriqa.store import Snapshot
from tests.measures.handmade import RESIDUES, SAMPLES, frozen, sample_rows

PIDU = "510117"
TESTED = sample_rows("A", "郫县", "2020-05-01", 4, 1)


@pytest.fixture(scope="module")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A snapshot in which only the samples have rows."""
    folder = tmp_path_factory.mktemp("sampled")
    return frozen(folder / "project", {"sample": SAMPLES + TESTED})


@pytest.fixture(scope="module")
def table(sampled: Snapshot) -> pd.DataFrame:
    return measure_table(sampled)


def test_with_samples_alone_their_measures_have_values(table: pd.DataFrame) -> None:
    rows = table.set_index(["measure", "area", "period"])
    assert rows.loc[("pass_rate_pct", PIDU, 2020), "value"] == 80
    assert rows.loc[("samples_n", PIDU, 2020), "value"] == 5


def test_with_samples_alone_what_needs_other_returns_has_no_value(table: pd.DataFrame) -> None:
    known = table.loc[table["value"].notna(), "measure"].unique()
    # Lists say 0 of a county that is not on them.
    lists = {name for name, one in registry().items() if one.zero_if_absent}
    assert {"pass_rate_pct", "samples_n"} <= set(known)
    assert all("sample" in registry()[name].datasets for name in set(known) - lists)


def test_measures_that_nothing_was_reported_for_are_empty_together(sampled: Snapshot) -> None:
    ids = ["pesticide_use_t", "fertiliser_use_t", "nitrogen_kg_ha", "detection_rate_pct"]
    found = compute(sampled, ids)
    assert list(found.columns) == TIDY
    assert found["value"].isna().all()


def test_a_snapshot_without_any_row_has_nothing_to_measure(tmp_path: Path) -> None:
    empty = frozen(tmp_path / "project", {"sample": SAMPLES, "residue": RESIDUES})
    with pytest.raises(NoDataError, match="no county returns"):
        measure_table(empty)
