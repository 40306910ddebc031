from __future__ import annotations

import sqlite3
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import sqlalchemy as sa

from agriqa.project import Project
from agriqa.store.engine import StoreError, open_engine
from agriqa.store.load import load_files
from agriqa.store.tables import tables

HEADER = "县（市、区）,年份,农药类别,商品量（吨）\n"
SAMPLE_HEADER = "样品编号,县（市、区）,抽样日期,产品名称,产品大类,抽样环节,监测类型,判定结果\n"
SAMPLE_ROW = "S1,郫县,2016-03-01,萝卜,蔬菜,生产基地,例行监测,合格"


@pytest.fixture
def engine(fresh_project: Project) -> sa.Engine:
    engine = open_engine(fresh_project)
    yield engine
    engine.dispose()


def _csv(project: Project, name: str, *rows: str, header: str = HEADER) -> Path:
    path = project.root / name
    path.write_text(header + "".join(f"{row}\n" for row in rows), "utf-8")
    return path


def _rows(engine: sa.Engine, name: str) -> pd.DataFrame:
    with engine.connect() as connection:
        return pd.read_sql_table(name, connection)


def test_a_row_knows_its_file_sheet_and_row(fresh_project: Project, engine: sa.Engine) -> None:
    path = _csv(fresh_project, "use.csv", "郫县,2014,杀虫剂,12.5", "双流县,2014,杀虫剂,8")
    [outcome] = load_files(engine, fresh_project, [path])
    assert (outcome.read, outcome.kept, outcome.quarantined, outcome.skipped) == (3, 2, 0, 1)
    rows = _rows(engine, "pesticide_use")
    assert rows["county_code"].tolist() == ["510117", "510116"]
    assert rows["row"].tolist() == [2, 3]
    assert _rows(engine, "load")["file"].tolist() == ["use.csv"]


def test_loading_again_changes_nothing(fresh_project: Project, engine: sa.Engine) -> None:
    path = _csv(fresh_project, "use.csv", "郫县,2014,杀虫剂,12.5")
    load_files(engine, fresh_project, [path])
    [again] = load_files(engine, fresh_project, [path])
    assert again.state == "unchanged"
    assert len(_rows(engine, "pesticide_use")) == 1
    assert len(_rows(engine, "load")) == 1


def test_an_equal_row_of_another_file_is_skipped(fresh_project: Project, engine: sa.Engine) -> None:
    first = _csv(fresh_project, "a.csv", "郫县,2014,杀虫剂,12.5")
    second = _csv(fresh_project, "b.csv", "郫县,2014,杀虫剂,12.50", "郫县,2014,除草剂,1")
    outcomes = load_files(engine, fresh_project, [first, second])
    assert (outcomes[1].kept, outcomes[1].quarantined, outcomes[1].skipped) == (1, 0, 2)
    skipped = _rows(engine, "skipped")
    assert "a.csv" in skipped[skipped["reason"] == "already_loaded"]["text"].item()


def test_a_conflicting_row_of_another_file_is_quarantined(
    fresh_project: Project, engine: sa.Engine
) -> None:
    first = _csv(fresh_project, "a.csv", "郫县,2014,杀虫剂,12.5")
    second = _csv(fresh_project, "b.csv", "郫县,2014,杀虫剂,99")
    outcomes = load_files(engine, fresh_project, [first, second])
    assert outcomes[1].quarantined == 1
    [problem] = _rows(engine, "quarantine").to_dict("records")
    assert problem["reason"] == "conflicts_with_loaded"
    assert (problem["column"], problem["value"], problem["allowed"]) == ("use_t", "99.0", "12.5")
    assert "a.csv" in problem["message_zh"]
    assert _rows(engine, "pesticide_use")["use_t"].tolist() == [12.5]


def test_residues_of_an_unknown_sample_are_quarantined(
    fresh_project: Project, engine: sa.Engine
) -> None:
    samples = _csv(
        fresh_project,
        "样品.csv",
        SAMPLE_ROW,
        header=SAMPLE_HEADER,
    )
    residues = _csv(
        fresh_project,
        "残留.csv",
        "S1,毒死蜱,未检出,0.01",
        "S2,毒死蜱,0.2,0.01",
        header="样品编号,检测项目,测定值（mg/kg）,检出限（mg/kg）\n",
    )
    # Residues are named first: the loader must put them after their samples.
    outcomes = load_files(engine, fresh_project, [residues, samples])
    assert [o.file for o in outcomes] == ["样品.csv", "残留.csv"]
    assert (outcomes[1].kept, outcomes[1].quarantined) == (1, 1)
    [problem] = _rows(engine, "quarantine").to_dict("records")
    assert (problem["value"], problem["reason"]) == ("S2", "unknown_reference")


def _workbook(project: Project, **sheets: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    path = project.root / "book.xlsx"
    book.save(path)
    return path


def test_sheets_of_one_workbook_are_held_against_each_other(
    fresh_project: Project, engine: sa.Engine
) -> None:
    header = HEADER.strip().split(",")
    path = _workbook(
        fresh_project,
        甲=[header, ["郫县", 2014, "杀虫剂", 1], ["郫县", 2014, "除草剂", 2]],
        乙=[header, ["郫县", 2014, "杀虫剂", 1], ["郫县", 2014, "除草剂", 3]],
    )
    [outcome] = load_files(engine, fresh_project, [path])
    assert (outcome.read, outcome.kept, outcome.quarantined, outcome.skipped) == (6, 2, 1, 3)


def test_residues_find_their_samples_in_the_same_workbook(
    fresh_project: Project, engine: sa.Engine
) -> None:
    path = _workbook(
        fresh_project,
        残留=[["样品编号", "检测项目", "测定值（mg/kg）"], ["S1", "毒死蜱", 0.1]],
        样品=[SAMPLE_HEADER.strip().split(","), SAMPLE_ROW.split(",")],
    )
    [outcome] = load_files(engine, fresh_project, [path])
    assert (outcome.kept, outcome.quarantined) == (2, 0)


def test_a_file_without_a_known_table_is_said_so_and_may_come_again(
    fresh_project: Project, engine: sa.Engine
) -> None:
    path = _csv(fresh_project, "x.csv", "郫县,1,2", header="县名,商品两,什么\n")
    for _ in range(2):
        [outcome] = load_files(engine, fresh_project, [path])
        assert (outcome.state, outcome.read, outcome.skipped) == ("unrecognised", 2, 2)
        assert "商品量" in outcome.warnings[0]
    assert _rows(engine, "load").empty


def test_one_unreadable_file_does_not_stop_the_others(
    fresh_project: Project, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    import agriqa.store.load as loading

    good = _csv(fresh_project, "b.csv", "郫县,2014,杀虫剂,1")
    bad = _csv(fresh_project, "a.csv", "郫县,2014,杀虫剂,2")
    read_file = loading.read_file

    def breaking(path: Path, *args: object, **options: object) -> object:
        if path == bad:
            raise KeyError("xl/workbook.xml")
        return read_file(path, *args, **options)

    monkeypatch.setattr(loading, "read_file", breaking)
    outcomes = load_files(engine, fresh_project, [bad, good])
    assert [outcome.state for outcome in outcomes] == ["refused", "loaded"]
    assert "KeyError" in outcomes[0].message


def test_a_file_from_elsewhere_is_kept_by_its_bare_name(
    fresh_project: Project, engine: sa.Engine, tmp_path: Path
) -> None:
    path = tmp_path / "外来.csv"
    path.write_text(HEADER + "郫县,2014,杀虫剂,1\n", "utf-8")
    load_files(engine, fresh_project, [path])
    assert _rows(engine, "load")["file"].tolist() == ["外来.csv"]


def test_a_busy_store_says_that_nothing_was_loaded(
    fresh_project: Project, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    import agriqa.store.load as loading

    def locked(*_args: object) -> None:
        raise sa.exc.OperationalError("insert", {}, sqlite3.OperationalError("database is locked"))

    monkeypatch.setattr(loading, "_write", locked)
    path = _csv(fresh_project, "use.csv", "郫县,2014,杀虫剂,1")
    with pytest.raises(StoreError, match=r"use\.csv.*database is locked"):
        load_files(engine, fresh_project, [path])
    assert _rows(engine, "load").empty


def test_a_refused_file_leaves_nothing(fresh_project: Project, engine: sa.Engine) -> None:
    path = fresh_project.root / "empty.xlsx"
    path.write_bytes(b"")
    [outcome] = load_files(engine, fresh_project, [path])
    assert outcome.state == "refused"
    assert outcome.message
    assert _rows(engine, "load").empty


def test_a_load_is_one_transaction(
    fresh_project: Project, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    import agriqa.store.load as loading

    path = _csv(fresh_project, "use.csv", "郫县,2014,杀虫剂,12.5")
    insert = loading._insert

    def failing(connection: sa.Connection, table: sa.Table, *rest: object) -> None:
        insert(connection, table, *rest)
        if table.name == "skipped":
            raise OSError("disk full")

    monkeypatch.setattr(loading, "_insert", failing)
    with pytest.raises(OSError, match="disk full"):
        load_files(engine, fresh_project, [path])
    assert _rows(engine, "pesticide_use").empty
    assert _rows(engine, "load").empty
    monkeypatch.setattr(loading, "_insert", insert)
    assert load_files(engine, fresh_project, [path])[0].kept == 1


def test_the_ledger_refuses_counts_that_do_not_add_up(engine: sa.Engine) -> None:
    load = tables().tables["load"]
    row = {"file": "x", "sha256": "x", "loaded_at": "x", "agriqa_version": "x"}
    with engine.connect() as connection, pytest.raises(sa.exc.IntegrityError):
        connection.execute(
            load.insert().values(
                **row, rows_read=3, rows_kept=1, rows_quarantined=1, rows_skipped=0
            )
        )
