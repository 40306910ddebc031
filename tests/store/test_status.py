from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from agriqa.cli import app
from agriqa.project import Project
from agriqa.store.engine import StoreError, downgrade, reading
from agriqa.store.freeze import freeze
from agriqa.store.status import ledger, store_status
from tests.store.written import write_history


def agriqa(*words: object) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_missing_store_says_what_to_do_and_is_not_made(fresh_project: Project) -> None:
    assert store_status(fresh_project).state == "missing"
    for command in ("status", "quarantine"):
        assert "agriqa load" in agriqa(command, "--project", fresh_project.root)
    assert not (fresh_project.root / "data" / "store").exists()


def test_an_empty_store_says_what_to_do(store_project: Project, engine: sa.Engine) -> None:
    said = agriqa("status", "--project", store_project.root)
    assert "agriqa load" in said
    assert "agriqa freeze" in said


def test_the_status_counts_rows_history_and_what_waits(
    store_project: Project, engine: sa.Engine
) -> None:
    write_history(engine)
    status = store_status(store_project)
    assert (status.state, status.kind) == ("ready", engine.dialect.name)
    assert status.bytes is not None
    assert status.bytes > 10_000
    assert (status.loads, status.replaced_files) == (3, 1)
    assert status.senders == {"甲县": 2, "": 1}
    assert status.newest_load == "2026-05-03T08:00:00.000+00:00"
    [use] = [d for d in status.datasets if d.rows]
    assert (use.name, use.rows, use.replaced) == ("pesticide_use", 2, 1)
    assert (use.quarantined, use.warnings) == (2, 1)
    assert (use.first_year, use.last_year) == (2014, 2014)
    assert use.newest_load == status.newest_load


def test_a_date_tells_the_years_covered(filled_project: Project) -> None:
    status = {d.name: d for d in store_status(filled_project).datasets}
    sample = status["sample"]
    assert 2000 < sample.first_year < sample.last_year < 2100  # type: ignore[operator]
    assert status["residue"].first_year is None
    assert all(d.newest_load for d in status.values() if d.rows)


def test_the_status_says_whether_the_snapshot_is_behind(
    store_project: Project, engine: sa.Engine
) -> None:
    assert store_status(store_project).snapshot is None
    write_history(engine)
    snapshot = freeze(engine, store_project)
    now = store_status(store_project).snapshot
    assert now is not None
    assert (now.id, now.behind) == (snapshot.id, False)
    assert "与数据库一致" in agriqa("status", "--project", store_project.root)
    # One row replaced another: all counts but the replaced rows' are the same, and the time is not.
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE load SET loaded_at = '2999-01-01T00:00:00.000+00:00'"))
    behind = store_status(store_project).snapshot
    assert behind is not None
    assert behind.behind
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM pesticide_use WHERE superseded_by IS NULL"))
    gone = store_status(store_project).snapshot
    assert gone is not None
    assert gone.changed == ("pesticide_use",)


def test_an_older_schema_is_said_and_left_alone(store_project: Project, engine: sa.Engine) -> None:
    downgrade(engine, "0001")
    status = store_status(store_project)
    assert (status.state, status.revision) == ("older", "0001")
    assert "agriqa backup" in agriqa("status", "--project", store_project.root)
    assert store_status(store_project).revision == "0001"


def test_a_newer_schema_is_refused(store_project: Project, engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="9999"):
        store_status(store_project)


def test_the_ledger_is_listed_newest_first(engine: sa.Engine) -> None:
    first, second, third = write_history(engine)
    with reading(engine).connect() as connection:
        entries = ledger(connection)
        assert [e.load_id for e in ledger(connection, newest=1)] == [third]
    assert [e.load_id for e in entries] == [third, second, first]
    assert (entries[1].attempt, entries[1].replaces, entries[1].sender) == (2, first, "甲县")
    assert entries[2].replaced == {second: 1}
    assert all(e.read == e.kept + e.quarantined + e.skipped for e in entries)


def test_the_command_prints_status_ledger_and_history(
    store_project: Project, engine: sa.Engine
) -> None:
    first, second, _third = write_history(engine)
    place = ("--project", store_project.root)
    said = agriqa("status", *place)
    for words in ("pesticide_use", "2014–2014", "甲县 2", "2026-05-03 08:00:00"):
        assert words in said
    listed = agriqa("status", "--loads", 2, *place)
    assert f"#{first}" in listed
    assert "b.csv" in listed
    shown = agriqa("status", "--load", first, *place)
    assert f"#{second} a.csv：pesticide_use 1" in shown
    status = json.loads(agriqa("status", "--json", *place))
    assert status["loads"] == 3
    assert [e["load_id"] for e in json.loads(agriqa("status", "--loads", 1, "--json", *place))] == [
        3
    ]


def test_the_password_is_not_shown(fresh_project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgresql+psycopg://user:secret@127.0.0.1:1/none?connect_timeout=1"
    monkeypatch.setenv("AGRIQA_STORE_URL", url)
    with pytest.raises(StoreError) as caught:
        store_status(Project.find(fresh_project.root))
    assert "127.0.0.1" in str(caught.value)
    assert "secret" not in str(caught.value)
