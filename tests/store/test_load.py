from __future__ import annotations

import sqlite3
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import sqlalchemy as sa

from agriqa.errors import UnknownNameError
from agriqa.project import Project
from agriqa.store.admit import Admission
from agriqa.store.engine import StoreError
from agriqa.store.intake import Intake
from agriqa.store.load import LoadOptions, LoadOutcome, load_files, try_file
from agriqa.store.tables import tables

HEADER = "县（市、区）,年份,农药类别,商品量（吨）\n"
SAMPLE_HEADER = "样品编号,县（市、区）,抽样日期,产品名称,产品大类,抽样环节,监测类型,判定结果\n"
SAMPLE_ROW = "S1,郫县,2016-03-01,萝卜,蔬菜,生产基地,例行监测,合格"


@pytest.fixture
def fresh_project(store_project: Project) -> Project:
    """Every test here runs on each kind of database."""
    return store_project


def _csv(project: Project, name: str, *rows: str, header: str = HEADER) -> Path:
    path = project.root / name
    path.write_text(header + "".join(f"{row}\n" for row in rows), "utf-8")
    return path


def _rows(engine: sa.Engine, name: str) -> pd.DataFrame:
    with engine.connect() as connection:
        return pd.read_sql_table(name, connection).sort_values(
            next(iter(tables().tables[name].primary_key)).name, ignore_index=True
        )


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
    # Of the two that differ neither can be trusted, whichever sheet comes first.
    assert (outcome.read, outcome.kept, outcome.quarantined, outcome.skipped) == (6, 1, 2, 3)
    held = _rows(engine, "quarantine")
    assert held["reason"].tolist() == ["conflicting_rows"] * 2
    assert "甲!3、乙!3" in held["message_zh"][0]


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
    def locked(*_args: object) -> None:
        raise sa.exc.OperationalError("insert", {}, sqlite3.OperationalError("database is locked"))

    monkeypatch.setattr(Admission, "take", locked)
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
    path = _csv(fresh_project, "use.csv", "郫县,2014,杀虫剂,12.5", "郫县,2014,除草剂,约3")
    take_in = Intake._resolve

    def failing(*_args: object) -> None:
        # Rows, findings and the ledger entry are written by now.
        raise OSError("disk full")

    monkeypatch.setattr(Intake, "_resolve", failing)
    with pytest.raises(OSError, match="disk full"):
        load_files(engine, fresh_project, [path])
    for name in ("pesticide_use", "quarantine", "skipped", "load"):
        assert _rows(engine, name).empty
    monkeypatch.setattr(Intake, "_resolve", take_in)
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


def _load(engine: sa.Engine, project: Project, *paths: Path, **options: object) -> LoadOutcome:
    return load_files(engine, project, paths, LoadOptions(**options))[-1]  # type: ignore[arg-type]


def test_a_corrected_file_replaces_its_rows_and_keeps_them_as_history(
    fresh_project: Project, engine: sa.Engine
) -> None:
    folder = fresh_project.root / "returns"
    folder.mkdir()
    rows = ["郫县,2014,杀虫剂,12.5", "郫县,2014,除草剂,3", "郫县,2014,杀菌剂,约30"]
    _load(engine, fresh_project, _csv(fresh_project, "returns/a.csv", *rows))
    rows[0], rows[2] = "郫县,2014,杀虫剂,99", "郫县,2014,杀菌剂,30"
    outcome = _load(engine, fresh_project, _csv(fresh_project, "returns/a.csv", *rows))
    assert (outcome.kept, outcome.quarantined, outcome.skipped, outcome.replaced) == (2, 0, 2, 1)
    held = _rows(engine, "pesticide_use").set_index("use_t")
    assert held["superseded_by"].notna().to_dict() == {12.5: True, 3: False, 99: False, 30: False}
    assert held.loc[12.5, "superseded_by"] == held.loc[99, "load_id"]
    assert _rows(engine, "load")["replaces"].tolist()[1] == 1
    assert _rows(engine, "quarantine")["resolved_by"].tolist() == [2]


def test_a_corrected_file_that_lacks_rows_takes_nothing_away(
    fresh_project: Project, engine: sa.Engine
) -> None:
    rows = ["郫县,2014,杀虫剂,12.5", "郫县,2014,除草剂,3", "郫县,2014,杀菌剂,约30"]
    _load(engine, fresh_project, _csv(fresh_project, "a.csv", *rows))
    part = _csv(fresh_project, "b.csv", "郫县,2014,杀虫剂,99")
    outcome = _load(engine, fresh_project, part, replaces="a.csv")
    assert (outcome.kept, outcome.replaced) == (1, 1)
    assert "1 行数据" in outcome.warnings[-1]
    held = _rows(engine, "pesticide_use")
    assert sorted(held[held["superseded_by"].isna()]["use_t"]) == [3, 99]
    assert _rows(engine, "quarantine")["resolved_by"].isna().all()


def test_a_file_that_corrects_none_known_is_refused(
    fresh_project: Project, engine: sa.Engine
) -> None:
    _load(engine, fresh_project, _csv(fresh_project, "a.csv", "郫县,2014,杀虫剂,12.5"))
    path = _csv(fresh_project, "b.csv", "郫县,2014,杀虫剂,1")
    with pytest.raises(UnknownNameError, match=r"a\.csv"):
        _load(engine, fresh_project, path, replaces="c.csv")


def test_the_same_bare_name_replaces_nothing_by_itself(
    fresh_project: Project, engine: sa.Engine, tmp_path: Path
) -> None:
    for sender, use in (("甲", 1), ("乙", 2)):
        folder = tmp_path / sender
        folder.mkdir()
        path = folder / "附件1.csv"
        path.write_text(HEADER + f"郫县,2014,杀虫剂,{use}\n", "utf-8")
        outcome = _load(engine, fresh_project, path)
    assert (outcome.kept, outcome.quarantined, outcome.replaced) == (0, 1, 0)


def test_loading_once_more_is_an_attempt_that_replaces_the_former(
    fresh_project: Project, engine: sa.Engine
) -> None:
    path = _csv(fresh_project, "a.csv", "郫县,2014,杀虫剂,12.5", "郫县,2014,杀菌剂,约30")
    _load(engine, fresh_project, path)
    outcome = _load(engine, fresh_project, path, again=True)
    assert (outcome.kept, outcome.quarantined, outcome.skipped) == (0, 1, 2)
    ledger = _rows(engine, "load")
    assert ledger["attempt"].tolist() == [1, 2]
    assert ledger["replaces"].tolist()[1] == 1
    assert _rows(engine, "quarantine")["resolved_by"].fillna(0).tolist() == [2, 0]


def test_a_trial_finds_what_a_load_would_and_leaves_nothing(
    fresh_project: Project, engine: sa.Engine
) -> None:
    _load(engine, fresh_project, _csv(fresh_project, "a.csv", "郫县,2014,杀虫剂,12.5"))
    path = _csv(fresh_project, "b.csv", "郫县,2014,杀虫剂,99", "郫县,2014,除草剂,3", "郫县,x")
    trial = try_file(engine, fresh_project, path)
    assert sorted(trial.quarantine["reason"]) == [
        "conflicts_with_loaded", "not_a_year", "required", "required",
    ]  # fmt: skip
    assert len(_rows(engine, "load")) == 1
    assert len(_rows(engine, "quarantine")) == 0
    outcome = _load(engine, fresh_project, path)
    assert outcome == trial.outcome


def test_a_value_that_was_missing_and_is_given_now_is_a_correction(
    fresh_project: Project, engine: sa.Engine
) -> None:
    header = HEADER.strip() + ",折百量（吨）\n"
    first = _csv(fresh_project, "a.csv", "郫县,2014,杀虫剂,12.5,", header=header)
    _load(engine, fresh_project, first)
    second = _csv(fresh_project, "b.csv", "郫县,2014,杀虫剂,12.5,3", header=header)
    assert _load(engine, fresh_project, second, replaces="a.csv").replaced == 1
