"""What a load leaves behind when it is killed, runs twice at once or the disk is full."""

from __future__ import annotations

import random
import shutil
import time
from multiprocessing import Process
from pathlib import Path

import pytest
import sqlalchemy as sa

from agriqa.datasets import datasets
from agriqa.project import Project
from agriqa.store.engine import make_engine, open_engine
from agriqa.store.freeze import freeze
from agriqa.store.tables import tables
from tests.conftest import with_store
from tests.postgresql import Server
from tests.processes import start

KILLS = 10
FILES = 5
ROWS = 150
SEED = 20260501
USE = "县（市、区）,年份,农药类别,商品量（吨）\n"
SAMPLES = "样品编号,县（市、区）,抽样日期,产品名称,产品大类,抽样环节,监测类型,判定结果\n"
RESIDUES = "样品编号,检测项目,测定值（mg/kg）,检出限（mg/kg）\n"


def returns(project: Project) -> Path:
    """Write some files, each with good rows, bad rows and a repeat of the file before it."""
    folder = project.root / "returns"
    folder.mkdir()
    counties = project.register.counties["name"].tolist()
    lines: list[str] = []
    for number in range(FILES):
        before = lines[-1:]
        lines = [
            f"{counties[(number * 31 + row) % len(counties)]},{2010 + row % 8},"
            f"{'杀虫剂' if number % 2 else '除草剂'},{number + row / 8}\n"
            for row in range(60)
        ]
        # Counties repeat after their number; what a file says twice is not this test's matter.
        lines = list({line.rsplit(",", 1)[0]: line for line in lines}.values())
        bad = [f"没有的县{number},2014,杀虫剂,1\n", f"郫县,2014,杀虫剂,约{number}\n"]
        (folder / f"use{number}.csv").write_text(USE + "".join(before + lines + bad), "utf-8")
        samples = [f"S{number}-{row},郫县,2016-03-01,萝卜,蔬菜,生产基地,例行监测,合格\n"
                   for row in range(ROWS)]  # fmt: skip
        (folder / f"sample{number}.csv").write_text(SAMPLES + "".join(samples), "utf-8")
        residues = [f"S{number}-{row},毒死蜱,{'未检出' if row % 3 else 0.02},0.01\n"
                    for row in range(ROWS + 2)]  # fmt: skip
        (folder / f"residue{number}.csv").write_text(RESIDUES + "".join(residues), "utf-8")
    return folder


def load(project: Project, folder: Path, log: Path, *, limit: int | None = None) -> Process:
    words = ("load", folder, "--project", project.root, "--workers", "1")
    return start(*words, log=log, limit=limit)  # type: ignore[return-value]


def run(project: Project, folder: Path, log: Path) -> None:
    process = load(project, folder, log)
    process.join()
    assert process.exitcode == 0, log.read_text("utf-8")


def frozen(project: Project) -> str:
    engine = open_engine(project)
    snapshot = freeze(engine, project)
    engine.dispose()
    return snapshot.id


def check_whole(project: Project) -> int:
    """Check that each load of the ledger is there whole and nothing else is; count them."""
    engine = make_engine(project)
    meta = tables().tables
    with engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        if "load" not in names:
            # Killed before the tables were made: none of them is there.
            assert not set(names) & set(meta)
            return 0
        if connection.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").first() is None
        ledger = {row.load_id: row for row in connection.execute(sa.select(meta["load"]))}
        kept = dict.fromkeys(ledger, 0)
        for name in datasets():
            of = meta[name].c.load_id
            for load_id, rows in connection.execute(sa.select(of, sa.func.count()).group_by(of)):
                kept[load_id] += rows
        held, passed = (
            {load_id: len(rows) for load_id, rows in _cells(connection, meta[name]).items()}
            for name in ("quarantine", "skipped")
        )
    engine.dispose()
    for load_id, entry in ledger.items():
        assert entry.rows_kept == kept[load_id], entry.file
        assert entry.rows_quarantined == held.get(load_id, 0), entry.file
        assert entry.rows_skipped == passed.get(load_id, 0), entry.file
    return len(ledger)


def _cells(connection: sa.Connection, table: sa.Table) -> dict[int, set[tuple[object, ...]]]:
    found: dict[int, set[tuple[object, ...]]] = {}
    query = sa.select(table.c.load_id, table.c.sheet, table.c.row, table.c.col)
    for load_id, *place in connection.execute(query):
        found.setdefault(load_id, set()).add(tuple(place))
    return found


@pytest.fixture(scope="module")
def reference(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, str, float]:
    """The files, the snapshot that one undisturbed load of them gives, and how long it takes."""
    from tests.conftest import lay_out

    base = tmp_path_factory.mktemp("reference")
    project = lay_out(base / "project")
    folder = returns(project)
    # The first process waits for the fork server's imports.
    run(project, project.reference / "counties.csv", base / "log")
    (project.root / "data" / "store" / "agriqa.db").unlink()
    began = time.monotonic()
    run(project, folder, base / "log")
    took = time.monotonic() - began
    assert check_whole(project) == 3 * FILES
    return folder, frozen(project), took


@pytest.fixture
def files(reference: tuple[Path, str, float], store_project: Project) -> Path:
    """The files inside the test's own project."""
    folder = store_project.root / "returns"
    shutil.copytree(reference[0], folder)
    return folder


def test_a_killed_load_leaves_whole_files_and_goes_on(
    store_project: Project, files: Path, reference: tuple[Path, str, float], tmp_path: Path
) -> None:
    _, wanted, took = reference
    moments = random.Random(SEED)
    reached = []
    for number in range(KILLS):
        # Each begins where the last was killed, and the ten cover the whole of it.
        process = load(store_project, files, tmp_path / "log")
        process.join(took * moments.uniform(0.1, 0.4) + 0.02 * number)
        process.kill()
        process.join()
        reached.append(check_whole(store_project))
    assert reached == sorted(reached)
    run(store_project, files, tmp_path / "log")
    assert check_whole(store_project) == 3 * FILES
    assert frozen(store_project) == wanted


def test_two_loads_at_once_both_end_right(
    store_project: Project, files: Path, reference: tuple[Path, str, float], tmp_path: Path
) -> None:
    logs = [tmp_path / "a.log", tmp_path / "b.log"]
    both = [load(store_project, files, log) for log in logs]
    for process in both:
        process.join()
    said = [log.read_text("utf-8") for log in logs]
    assert [process.exitcode for process in both] == [0, 0], said
    assert check_whole(store_project) == 3 * FILES
    assert frozen(store_project) == reference[1]


def test_a_full_disk_is_said_and_leaves_the_store_as_it_was(
    fresh_project: Project, reference: tuple[Path, str, float], tmp_path: Path
) -> None:
    files = fresh_project.root / "returns"
    shutil.copytree(reference[0], files)
    open_engine(fresh_project).dispose()
    store = fresh_project.root / "data" / "store" / "agriqa.db"
    log = tmp_path / "log"
    ended = []
    # A file may have so many bytes and no more: what a full disk looks like to SQLite.
    for room in (20_000, 60_000, 140_000, 260_000):
        process = load(fresh_project, files, log, limit=store.stat().st_size + room)
        process.join()
        said = log.read_text("utf-8")
        ended.append(process.exitcode)
        if process.exitcode:
            assert process.exitcode == 2, said
            assert "Traceback" not in said
            assert "没有载入，数据库保持原状" in said or "打不开或不能升级" in said
        check_whole(fresh_project)
    assert 2 in ended
    run(fresh_project, files, log)
    assert check_whole(fresh_project) == 3 * FILES
    assert frozen(fresh_project) == reference[1]


def test_a_server_that_goes_away_is_said_and_leaves_the_store_whole(
    fresh_project: Project,
    postgresql_server: Server,
    reference: tuple[Path, str, float],
    tmp_path: Path,
) -> None:
    files = fresh_project.root / "returns"
    shutil.copytree(reference[0], files)
    server = Server.make()
    try:
        server.start()
        project = with_store(fresh_project, server.url("postgres"))
        open_engine(project).dispose()
        log = tmp_path / "log"
        process = load(project, files, log)
        engine = make_engine(project)
        while process.is_alive() and _loads(engine) < 2:
            time.sleep(0.01)
        engine.dispose()
        server.stop()
        process.join()
        said = log.read_text("utf-8")
        assert process.exitcode == 2, said
        assert "Traceback" not in said
        assert "没有载入，数据库保持原状" in said
        server.start()
        assert 2 <= check_whole(project) < 3 * FILES
        run(project, files, log)
        assert check_whole(project) == 3 * FILES
        assert frozen(project) == reference[1]
    finally:
        server.remove()


def _loads(engine: sa.Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(sa.text("SELECT count(*) FROM load")) or 0)
