"""A large file goes in part by part, and its outcome does not depend on the parts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from agriqa.ingest import large
from agriqa.project import Project
from agriqa.store.load import LoadOutcome, load_files
from agriqa.store.tables import tables

HEADER = "样品编号,检测项目,测定值（mg/kg）,检出限（mg/kg）\n"
SAMPLES = "样品编号,县（市、区）,抽样日期,产品名称,产品大类,抽样环节,监测类型,判定结果\n" + "".join(
    f"S{n},郫县,2016-03-01,萝卜,蔬菜,生产基地,例行监测,合格\n" for n in range(40)
)
ROWS = [f"S{n},{analyte},{0.01 * n:.2f},0.01" for n in range(40) for analyte in ("毒死蜱", "乐果")]


def _load(engine: sa.Engine, project: Project, name: str, text: str) -> LoadOutcome:
    path = project.root / name
    path.write_text(text, "utf-8")
    return load_files(engine, project, [path])[0]


def _in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large, "LARGE", 1000)
    monkeypatch.setattr(large, "BLOCK", 200)


def _rows(engine: sa.Engine, name: str) -> pd.DataFrame:
    with engine.connect() as connection:
        return pd.read_sql_table(name, connection)


@pytest.fixture
def sampled(store_project: Project, engine: sa.Engine) -> Project:
    """A project whose store has the samples."""
    _load(engine, store_project, "samples.csv", SAMPLES)
    return store_project


def _outcome(outcome: LoadOutcome) -> LoadOutcome:
    return replace(outcome, file="")


# A repeat, a contradiction, an orphan and a bad value, each far from what it is about.
ODD = ["S0,毒死蜱,0.00,0.01", "S1,乐果,9.99,0.01", "S99,乐果,1,0.01", "S39,敌敌畏,约1,0.01"]


def test_a_large_file_is_stored_whole(
    sampled: Project, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    _in_parts(monkeypatch)
    outcome = _load(engine, sampled, "r.csv", HEADER + "\n".join(ROWS))
    assert (outcome.read, outcome.kept, outcome.skipped) == (81, 80, 1)
    rows = _rows(engine, "residue").sort_values("row")
    assert rows["row"].tolist() == list(range(2, 82))
    assert rows["value_mg_kg"].sum() == pytest.approx(2 * 0.01 * sum(range(40)))
    assert not rows["censored"].astype(bool).any()
    assert set(rows["origin"]) == {"reported"}
    assert not list((sampled.root / "data" / "store").glob(".staging-*"))


def test_the_outcome_does_not_depend_on_the_parts(
    sampled: Project, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = HEADER + "\n".join([*ROWS, *ODD])
    with monkeypatch.context() as patched:
        _in_parts(patched)
        in_parts = _load(engine, sampled, "r.csv", text)
        found = [_rows(engine, name) for name in ("residue", "quarantine", "skipped")]
    with engine.begin() as connection:
        for name in ("residue", "quarantine", "skipped", "load_note", "warning"):
            connection.execute(tables().tables[name].delete().where(sa.text("load_id = 2")))
        connection.execute(sa.text("DELETE FROM load WHERE load_id = 2"))
    whole = _load(engine, sampled, "r.csv", text)
    assert _outcome(in_parts) == _outcome(whole)
    assert (whole.kept, whole.quarantined, whole.skipped) == (79, 4, 2)
    for before, name in zip(found, ("residue", "quarantine", "skipped"), strict=True):
        after = _rows(engine, name)
        place = ["row", "reason"] if name != "residue" else ["row", "value_mg_kg"]
        ordered = [f[f["load_id"] != 1][place].sort_values(place) for f in (before, after)]
        assert ordered[0].to_numpy().tolist() == ordered[1].to_numpy().tolist()


def test_a_large_file_that_breaks_off_leaves_nothing(
    sampled: Project, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    _in_parts(monkeypatch)
    outcome = _load(engine, sampled, "r.csv", HEADER + "\n".join([*ROWS, 'S1,"乐果,1,0.01']))
    assert outcome.state == "refused"
    assert "82" in outcome.message
    assert _rows(engine, "residue").empty
    assert len(_rows(engine, "load")) == 1
    # Nor does it leave anything on the connection that the next load would meet.
    assert _load(engine, sampled, "r.csv", HEADER + "\n".join(ROWS)).kept == 80


def test_a_corrected_large_file_replaces_what_changed(
    sampled: Project, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    _in_parts(monkeypatch)
    (sampled.root / "in").mkdir()
    _load(engine, sampled, "in/r.csv", HEADER + "\n".join(ROWS))
    changed = [row.replace("0.05,", "0.50,") for row in ROWS]
    outcome = _load(engine, sampled, "in/r.csv", HEADER + "\n".join(changed))
    assert (outcome.kept, outcome.replaced, outcome.skipped) == (2, 2, 79)


def test_files_left_by_a_killed_load_are_removed(
    sampled: Project, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("only SQLite has side files")
    _in_parts(monkeypatch)
    left = Path(str(engine.url.database)).parent / ".staging-999999999-x"
    left.mkdir()
    _load(engine, sampled, "r.csv", HEADER + "\n".join(ROWS))
    assert not left.exists()


def test_without_the_column_driver_a_large_file_goes_in_row_by_row(
    sampled: Project, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agriqa.store import staging

    monkeypatch.setattr(staging, "_adbc", lambda: None)
    _in_parts(monkeypatch)
    assert _load(engine, sampled, "r.csv", HEADER + "\n".join(ROWS)).kept == 80
