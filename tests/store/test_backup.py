from __future__ import annotations

import dataclasses
import os
import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

import agriqa.store.backup as backups
from agriqa.cli import app
from agriqa.project import Project
from agriqa.store.backup import backup, restore
from agriqa.store.engine import StoreError, downgrade, known_revisions, make_engine, open_engine
from tests.store.test_migrations import contents
from tests.store.written import write_history


def _contents(project: Project) -> object:
    engine = open_engine(project)
    found = contents(engine)
    engine.dispose()
    return found


@pytest.fixture
def written(store_project: Project) -> Project:
    """A project with a short history, whose store nobody uses."""
    engine = open_engine(store_project)
    write_history(engine)
    engine.dispose()
    return store_project


def _lose(project: Project) -> None:
    engine = make_engine(project)
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM pesticide_use"))
    engine.dispose()


def test_a_backup_brings_everything_back_and_keeps_what_stood_there(
    written: Project, tmp_path: Path
) -> None:
    before = _contents(written)
    file = backup(written, tmp_path / "b" / "agriqa.bak")
    _lose(written)
    lost = _contents(written)
    done = restore(written, file)
    assert _contents(written) == before
    assert done.aside is not None
    restore(written, done.aside)
    assert _contents(written) == lost
    # Nothing half-done is left, here or beside the store.
    assert [path.name for path in file.parent.iterdir()] == ["agriqa.bak"]


def test_the_command_writes_to_a_place_of_its_own_and_says_where(written: Project) -> None:
    done = CliRunner().invoke(app, ["backup", "--project", str(written.root)])
    [file] = (written.root / "data" / "backups").iterdir()
    assert str(file) in done.output.replace("\n", "")
    before = _contents(written)
    _lose(written)
    done = CliRunner().invoke(app, ["restore", str(file), "--project", str(written.root)])
    assert done.exit_code == 0
    assert "before-restore" in done.output
    assert _contents(written) == before


def test_a_backup_writes_over_nothing_unless_told(written: Project, tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_text("mine")
    with pytest.raises(StoreError, match="--force"):
        backup(written, file)
    assert file.read_text() == "mine"
    backup(written, file, force=True)
    restore(written, file)


def test_an_older_backup_comes_back_and_is_migrated_when_opened(
    written: Project, tmp_path: Path
) -> None:
    engine = make_engine(written)
    downgrade(engine, "0001")
    engine.dispose()
    file = backup(written, tmp_path / "old")
    _contents(written)
    assert restore(written, file).revision == "0001"
    found = _contents(written)
    assert found["pesticide_use"][0] == 2  # type: ignore[index]
    engine = open_engine(written)
    # Numbers go on where they were.
    assert write_history_again(engine) > 3
    engine.dispose()


def write_history_again(engine: sa.Engine) -> int:
    with engine.begin() as connection:
        return int(
            connection.scalar(
                sa.text(
                    "INSERT INTO load (file, sha256, loaded_at, agriqa_version, rows_read,"
                    " rows_kept, rows_quarantined, rows_skipped) VALUES ('c', 'c', 'c', '0', 0, 0,"
                    " 0, 0) RETURNING load_id"
                )
            )
        )


def test_a_backup_of_a_newer_agriqa_is_refused(written: Project, tmp_path: Path) -> None:
    engine = make_engine(written)
    change = sa.text("UPDATE alembic_version SET version_num = :to")
    with engine.begin() as connection:
        connection.execute(change, {"to": "9999"})
    engine.dispose()
    file = tmp_path / "new"
    if written.store_url.startswith("sqlite"):
        shutil.copy(written.root / "data" / "store" / "agriqa.db", file)
    else:
        file = backup(written, file)
    with engine.begin() as connection:
        connection.execute(change, {"to": known_revisions()[0]})
    engine.dispose()
    before = _contents(written)
    with pytest.raises(StoreError, match="9999"):
        restore(written, file)
    assert _contents(written) == before


@pytest.mark.parametrize("kind", ["text", "empty", "cut", "other database", "missing"])
def test_what_is_no_backup_is_refused_and_the_store_stays(
    written: Project, tmp_path: Path, kind: str
) -> None:
    file = tmp_path / "x.bak"
    if kind == "text":
        file.write_text("不是数据库" * 500, "utf-8")
    elif kind == "empty":
        file.touch()
    elif kind == "cut":
        backup(written, file)
        os.truncate(file, file.stat().st_size * 2 // 3)
    elif kind == "other database":
        with closing(sqlite3.connect(file)) as other:
            other.execute("CREATE TABLE load (x)")
            other.commit()
    before = _contents(written)
    with pytest.raises(StoreError, match=r"x\.bak"):
        restore(written, file)
    assert _contents(written) == before


def test_a_failed_backup_leaves_nothing(
    written: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "b" / "agriqa.bak"

    def failing(_part: Path, _file: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backups, "_settle", failing)
    with pytest.raises(OSError, match="No space"):
        backup(written, file)
    assert list(file.parent.iterdir()) == []


def test_no_store_no_backup(fresh_project: Project, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="agriqa load"):
        backup(fresh_project, tmp_path / "x")
    assert not (fresh_project.root / "data" / "store").exists()


def test_a_backup_taken_while_a_load_writes_is_one_state(
    fresh_project: Project, tmp_path: Path
) -> None:
    engine = open_engine(fresh_project)
    write_history(engine)
    stop = threading.Event()

    def write() -> None:
        # A row and its ledger entry always come together.
        number = 100
        while not stop.is_set():
            number += 1
            with engine.begin() as connection:
                for statement in (
                    "INSERT INTO load (load_id, file, sha256, loaded_at, agriqa_version, rows_read,"
                    " rows_kept, rows_quarantined, rows_skipped)"
                    f" VALUES ({number}, 'c', '{number}', 'c', '0', 1, 0, 0, 1)",
                    "INSERT INTO skipped (load_id, sheet, row, reason)"
                    f" VALUES ({number}, 'c', 1, 'header')",
                ):
                    connection.exec_driver_sql(statement)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        files = [backup(fresh_project, tmp_path / f"{n}.db") for n in range(5)]
    finally:
        stop.set()
        writer.join()
        engine.dispose()
    for file in files:
        with closing(sqlite3.connect(file)) as connection:
            loads, rows = (
                connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
                for name in ("load", "skipped")
            )
        assert loads == rows


def test_a_store_in_use_is_not_replaced(
    fresh_project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "PATIENCE", 0.2)
    engine = open_engine(fresh_project)
    write_history(engine)
    file = backup(fresh_project, tmp_path / "b.db")
    with engine.connect(), pytest.raises(StoreError, match="正在使用"):
        restore(fresh_project, file)
    engine.dispose()
    restore(fresh_project, file)


def test_a_damaged_store_gives_way_and_is_kept(fresh_project: Project, tmp_path: Path) -> None:
    engine = open_engine(fresh_project)
    write_history(engine)
    engine.dispose()
    before = _contents(fresh_project)
    file = backup(fresh_project, tmp_path / "b.db")
    store = fresh_project.root / "data" / "store" / "agriqa.db"
    store.write_bytes(b"\0" * 5000)
    store.with_name("agriqa.db-wal").write_bytes(b"\1" * 100)
    done = restore(fresh_project, file)
    assert done.aside is not None
    assert done.aside.read_bytes() == b"\0" * 5000
    assert _contents(fresh_project) == before


def test_a_load_under_way_keeps_a_restore_out(
    postgresql_project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "PATIENCE", 1)
    engine = open_engine(postgresql_project)
    write_history(engine)
    file = backup(postgresql_project, tmp_path / "b.dump")
    before = contents(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO skipped (load_id, sheet, row, reason)"
                                   " VALUES (1, 'x', 1, 'x')"))  # fmt: skip
        with pytest.raises(StoreError, match="lock timeout"):
            restore(postgresql_project, file)
        connection.rollback()
    assert contents(engine) == before
    engine.dispose()


def test_without_the_client_programs_it_says_what_to_install(
    postgresql_project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StoreError, match="postgresql-client"):
        backup(postgresql_project, tmp_path / "b.dump")
    assert list(tmp_path.glob("*.dump")) == []


def test_the_password_is_not_on_the_command_line(
    postgresql_project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    program = tools / "pg_dump"
    program.write_text('#!/bin/sh\necho "$@" "env=$PGPASSWORD" >&2\nexit 3\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tools), prepend=os.pathsep)
    url = postgresql_project.store_url.replace("agriqa@", "agriqa:s3cret@")
    with pytest.raises(StoreError) as caught:
        backup(dataclasses.replace(postgresql_project, store_url=url), tmp_path / "b.dump")
    said = str(caught.value)
    assert "env=s3cret" in said
    assert ":s3cret" not in said
