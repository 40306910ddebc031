"""The whole demo, loaded like real returns: every row accounted for, every defect handled."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from agriqa.measures import measure_table
from agriqa.project import Project
from agriqa.store import Snapshot


@pytest.fixture(scope="module")
def snapshot(whole_project: Project) -> Snapshot:
    return Snapshot.open(whole_project)


@pytest.fixture(scope="module")
def truth(whole_project: Project) -> dict[str, Any]:
    return json.loads((whole_project.demo / "truth.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def province(snapshot: Snapshot) -> pd.DataFrame:
    tidy = measure_table(snapshot)
    return tidy[tidy["level"] == "province"].set_index(["measure", "period"])["value"]


def test_every_row_of_every_file_is_accounted_for(whole_project: Project) -> None:
    outcomes = json.loads((whole_project.root / "outcomes.json").read_text("utf-8"))
    assert len(outcomes) > 220
    for file, state, read, kept, quarantined, skipped in outcomes:
        assert state == "loaded", file
        assert read == kept + quarantined + skipped


def test_the_ledger_agrees_with_the_tables(snapshot: Snapshot) -> None:
    loads = snapshot.table("load")
    datasets = [n for n in snapshot.manifest["tables"] if n not in ("load", "quarantine")]
    assert loads["rows_kept"].sum() == sum(len(snapshot.table(name)) for name in datasets)
    held = snapshot.table("quarantine").drop_duplicates(["source_file", "sheet", "row"])
    assert loads["rows_quarantined"].sum() == len(held)


def test_every_planted_defect_got_what_it_should(
    snapshot: Snapshot, truth: dict[str, Any], whole_project: Project
) -> None:
    held = snapshot.table("quarantine")
    base = whole_project.demo.relative_to(whole_project.root).as_posix()
    quarantined = {
        (os.path.relpath(file, base), sheet, row)
        for file, sheet, row in zip(held["source_file"], held["sheet"], held["row"], strict=True)
    }
    planted = {
        (d["file"], d["sheet"], d["row"])
        for d in truth["defects"]
        if d["expected"] == "quarantined"
    }
    assert quarantined == planted


def test_rows_that_should_be_kept_are_kept(snapshot: Snapshot, truth: dict[str, Any]) -> None:
    kept: set[tuple[str, str, int]] = set()
    for name in ("production", "pesticide_use", "fertiliser_use", "greening", "sample", "residue",
                 "enforcement", "capacity", "benchmark"):  # fmt: skip
        rows = snapshot.table(name, columns=["source_file", "sheet", "row"])
        kept |= set(rows.itertuples(index=False, name=None))
    for defect in truth["defects"]:
        place = (f"data/demo/{defect['file']}", defect["sheet"], defect["row"])
        if defect["row"] is not None:
            assert (place in kept) == (defect["expected"] == "kept"), defect


def test_withheld_is_not_missing(snapshot: Snapshot, truth: dict[str, Any]) -> None:
    defects = [d for d in truth["defects"] if d["kind"] in ("withheld", "missing")]
    for defect in defects:
        name = {"种植业生产": "production", "农药使用": "pesticide_use", "化肥施用":
                "fertiliser_use", "绿色发展与耕地": "greening"}.get(defect["sheet"])  # fmt: skip
        if name is None:
            continue
        rows = snapshot.table(name)
        [row] = rows[
            (rows["source_file"] == f"data/demo/{defect['file']}") & (rows["row"] == defect["row"])
        ].to_dict("records")
        assert pd.isna(row[defect["column"]])
        named = defect["column"] in str(row["withheld"] or "").split(";")
        assert named == (defect["kind"] == "withheld")


@pytest.mark.parametrize(
    ("measure", "published"),
    [("pesticide_use_t", "pesticide_t"), ("fertiliser_use_t", "fertiliser_t")],
)
def test_use_adds_up_to_the_published_totals(
    province: pd.Series, truth: dict[str, Any], measure: str, published: str
) -> None:
    ours = province[measure]
    for year, total in truth["published"][published].items():
        assert ours[int(year)] == pytest.approx(total, rel=0.005)


def test_the_zero_growth_rule_on_the_published_series(province: pd.Series) -> None:
    # Yearbook series: mean of 2012-2014 is 59,885.333 t and 2017 was met with 55,751 t.
    use = province["pesticide_use_t"]
    assert use[[2012, 2013, 2014]].mean() == pytest.approx(59885.333, rel=0.005)
    assert province["pesticide_to_3y_mean_pct"][2017] < 100


def test_there_are_samples_and_residues_enough(snapshot: Snapshot) -> None:
    assert len(snapshot.table("sample")) >= 25_000
    residues = snapshot.table("residue", columns=["censored"])
    assert len(residues) >= 250_000
    assert residues["censored"].astype(bool).mean() > 0.8


# Published pass rates of routine monitoring by product class [%] (published_figure).
@pytest.mark.parametrize("year", [2019, 2020, 2021])
def test_pass_rates_by_class_are_near_the_published(snapshot: Snapshot, year: int) -> None:
    samples = snapshot.table("sample")
    samples["year"] = pd.to_datetime(samples["sampled_on"]).dt.year
    routine = samples[(samples["scheme"] == "routine") & (samples["year"] == year)]
    ours = 100 * (routine["result"] == "pass").groupby(routine["product_class"]).mean()
    figures = snapshot.table("published_figure")
    figures = figures[(figures["year"] == year) & (figures["area_level"] == "province")]
    labels = {"vegetable": "蔬菜", "fruit": "水果", "tea": "茶叶", "livestock": "畜禽蜂",
              "aquatic": "水产"}  # fmt: skip
    for code, label in labels.items():
        [published] = figures[figures["indicator"] == f"例行监测合格率-{label}"]["value"]
        assert ours[code] == pytest.approx(published, abs=0.15)


def test_every_simulated_row_is_marked(snapshot: Snapshot) -> None:
    for name in ("production", "pesticide_use", "sample", "residue", "benchmark"):
        assert set(snapshot.table(name, columns=["origin"])["origin"]) == {"simulated"}
    for name in ("base", "brand", "published_figure", "substance"):
        assert set(snapshot.table(name, columns=["origin"])["origin"]) == {"published"}
    # The founding brief's goals are no publication.
    assert set(snapshot.table("target", columns=["origin"])["origin"]) == {"published", "reported"}


def test_every_analyte_of_the_samples_is_a_described_substance(snapshot: Snapshot) -> None:
    analytes = set(snapshot.table("residue", columns=["analyte"])["analyte"])
    assert analytes <= set(snapshot.table("substance", columns=["name"])["name"])


def test_the_known_effect_can_be_recovered(snapshot: Snapshot, truth: dict[str, Any]) -> None:
    """Two-way fixed effects on the loaded rows find the effect the simulation put in."""
    tidy = measure_table(snapshot)
    rows = tidy[(tidy["measure"] == "pesticide_intensity_kg_ha") & (tidy["level"] == "county")]
    panel = rows.pivot(index="area", columns="period", values="value").drop(
        index=list(truth["effect"]["earlier"]), errors="ignore"
    )
    panel = np.log(panel.dropna())
    first = pd.Series(truth["effect"]["treated"]).reindex(panel.index)
    # At work from the year after the designation.
    treated = pd.DataFrame({year: (first < year).astype(float) for year in panel.columns})

    def within(frame: pd.DataFrame) -> np.ndarray:
        centred = frame.sub(frame.mean(axis=1), axis=0)
        return (centred - centred.mean(axis=0)).to_numpy().ravel()

    x, y = within(treated), within(panel)
    assert (x @ y) / (x @ x) == pytest.approx(truth["effect"]["log_effect"], abs=0.03)


def test_loading_the_whole_demo_again_changes_nothing(whole_project: Project) -> None:
    from agriqa.ingest import find_files
    from agriqa.store.engine import open_engine
    from agriqa.store.load import load_files

    engine = open_engine(whole_project)
    outcomes = load_files(engine, whole_project, find_files([Path(whole_project.demo)]))
    engine.dispose()
    assert {outcome.state for outcome in outcomes} == {"unchanged"}
