from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from agriqa.cli import app
from agriqa.ingest.markpage import ERROR_FILL
from agriqa.ingest.stamp import SHEET, feedback_stamp, is_uncorrected
from agriqa.project import Project
from agriqa.store.engine import open_engine
from agriqa.store.feedback import FeedbackError, copies_in, feedback, give_back
from agriqa.store.load import LoadOptions, load_files
from agriqa.store.retry import waiting
from agriqa.store.tables import tables

HEADER = "县（市、区）,年份,农药类别,商品量（吨）\n"
GOOD, BAD = "郫县,2014,杀虫剂,12.5", "郫县,2014,除草剂,很多"


@pytest.fixture
def engine(fresh_project: Project) -> Iterator[sa.Engine]:
    engine = open_engine(fresh_project)
    yield engine
    engine.dispose()


def _csv(path: Path, *rows: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows), "utf-8")
    return path


def _agriqa(project: Project, *words: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, [*map(str, words), "--project", str(project.root)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


def _correct(out: Path, cell: str, value: object) -> None:
    book = openpyxl.load_workbook(out)
    book.worksheets[1][cell] = value
    book.save(out)


def _rows(engine: sa.Engine, name: str) -> pd.DataFrame:
    with engine.connect() as connection:
        return pd.read_sql_table(name, connection)


def test_of_a_loaded_file_it_tells_what_waits(fresh_project: Project, engine: sa.Engine) -> None:
    path = _csv(fresh_project.root / "in" / "a.csv", GOOD, BAD)
    load_files(engine, fresh_project, [path])
    found = feedback(engine, fresh_project, path)
    assert (found.file, found.errors, found.warnings) == ("in/a.csv", 1, 0)
    assert found.counts is not None
    assert tuple(found.counts) == (3, 1, 1, 1)
    [line] = found.findings.to_dict("records")
    assert (line["row"], line["position"], line["value"]) == (3, 4, "很多")


def test_the_ledgers_warnings_are_told_too(fresh_project: Project, engine: sa.Engine) -> None:
    path = _csv(fresh_project.root / "a.csv", GOOD)
    load_files(engine, fresh_project, [path])
    doubt = {"load_id": 1, "dataset": "pesticide_use", "sheet": "a", "row": 2, "column": "use_t",
             "header": "商品量（吨）", "value": "12.5", "rule": "jump", "message_zh": "突增",
             "message_en": "a jump"}  # fmt: skip
    with engine.begin() as connection:
        connection.execute(tables().tables["warning"].insert(), doubt)
    given = give_back(engine, fresh_project, path)
    assert (given.state, given.errors, given.warnings) == ("given", 0, 1)
    assert _agriqa(fresh_project, "feedback", path)[0] == 0


def test_a_file_not_loaded_is_tried_against_the_store(
    fresh_project: Project, engine: sa.Engine, tmp_path: Path
) -> None:
    load_files(engine, fresh_project, [_csv(fresh_project.root / "a.csv", GOOD)])
    other = _csv(tmp_path / "b.csv", "郫县,2014,杀虫剂,99")
    found = feedback(engine, fresh_project, other)
    assert found.findings["reason"].tolist() == ["conflicts_with_loaded"]
    assert found.findings["position"].tolist() == [4]
    assert len(_rows(engine, "load")) == 1


def test_nothing_is_written_when_nothing_is_wrong(
    fresh_project: Project, engine: sa.Engine, tmp_path: Path
) -> None:
    path = _csv(tmp_path / "a.csv", GOOD)
    assert give_back(engine, fresh_project, path).state == "clean"
    assert _agriqa(fresh_project, "feedback", path)[0] == 0
    assert sorted(tmp_path.glob("*.xlsx")) == []


def test_a_refused_file_says_why(fresh_project: Project, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"PK\x03\x04 cut off")
    code, text = _agriqa(fresh_project, "feedback", path)
    assert code == 1
    assert "拒收" in text


def test_a_copy_somebody_worked_on_is_not_overwritten(
    fresh_project: Project, engine: sa.Engine, tmp_path: Path
) -> None:
    path = _csv(tmp_path / "a.csv", BAD)
    out = give_back(engine, fresh_project, path).out
    assert out == tmp_path / "a-反馈.xlsx"
    assert give_back(engine, fresh_project, path).out == out
    _correct(out, "D2", 3)
    with pytest.raises(FeedbackError, match="--force"):
        give_back(engine, fresh_project, path)
    assert give_back(engine, fresh_project, path, force=True).out == out
    assert is_uncorrected(out)


def test_a_folder_comes_back_as_a_folder(fresh_project: Project, tmp_path: Path) -> None:
    _csv(tmp_path / "in" / "a.csv", BAD)
    _csv(tmp_path / "in" / "b" / "a.csv", BAD, GOOD)
    _csv(tmp_path / "in" / "c.csv", GOOD.replace("2014", "2015"))
    code, text = _agriqa(fresh_project, "feedback", tmp_path / "in", "--out", tmp_path / "out")
    assert code == 1
    assert len(list((tmp_path / "out").iterdir())) == 2
    assert "没有问题" in text


def test_a_copy_not_yet_corrected_is_left_out_of_a_folder(
    fresh_project: Project, tmp_path: Path
) -> None:
    _csv(tmp_path / "in" / "a.csv", BAD)
    for _ in range(2):
        _agriqa(fresh_project, "feedback", tmp_path / "in")
        assert len(list((tmp_path / "in").iterdir())) == 2


def test_names_of_copies_differ(tmp_path: Path) -> None:
    files = [tmp_path / "a.csv", tmp_path / "a.xlsx", tmp_path / "b" / "a.csv"]
    assert len(set(copies_in(files, tmp_path).values())) == 3


def test_a_corrected_copy_takes_the_place_of_what_it_corrects(
    fresh_project: Project, engine: sa.Engine
) -> None:
    path = _csv(fresh_project.root / "a.csv", GOOD, BAD)
    load_files(engine, fresh_project, [path])
    out = give_back(engine, fresh_project, path).out
    assert out is not None
    _correct(out, "D3", 3)
    stamp = feedback_stamp(out)
    assert stamp is not None
    load_files(engine, fresh_project, [out], LoadOptions(replaces=stamp.file))
    assert _rows(engine, "quarantine")["resolved_by"].notna().all()
    found = feedback(engine, fresh_project, path)
    assert found.findings.empty
    assert "a-反馈.xlsx" in found.message


def test_every_quarantined_row_of_the_demo_is_in_its_marked_workbook(
    small_project: Project, tmp_path: Path
) -> None:
    engine = open_engine(small_project)
    held = _rows(engine, "quarantine").merge(_rows(engine, "load")[["load_id", "file"]])
    assert len(held)
    for file, rows in held.groupby("file"):
        out = tmp_path / "out.xlsx"
        given = give_back(engine, small_project, small_project.root / str(file), out, force=True)
        records = set(zip(rows["sheet"], rows["row"], rows["col"], strict=True))
        assert given.errors == len(records)
        book = openpyxl.load_workbook(out)
        listed = [[cell.value for cell in row] for row in book[SHEET].iter_rows()]
        lines = {(line[1], line[2]) for line in listed if line[0] == "错误 error"}
        assert lines == {(sheet, row) for sheet, row, _ in records}
        red = {
            (sheet.title, row[0].row)
            for sheet in book.worksheets
            for row in sheet.iter_rows()
            if any(str(cell.fill.fgColor.rgb).endswith(ERROR_FILL) for cell in row)
        }
        assert lines <= red
    engine.dispose()


def test_waiting_files_are_found_by_their_content(
    fresh_project: Project, engine: sa.Engine, tmp_path: Path
) -> None:
    inside = _csv(fresh_project.root / "in" / "a.csv", BAD, "没有县,2014,灭虫,-1")
    outside = _csv(tmp_path / "b.csv", "没有县,2014,杀虫剂,1")
    load_files(engine, fresh_project, [inside, outside, _csv(tmp_path / "c.csv", GOOD)])
    found = waiting(engine, fresh_project)
    assert [(one.file, one.rows, one.path) for one in found] == [
        ("in/a.csv", 2, inside),
        ("b.csv", 1, None),
    ]
    moved = outside.rename(tmp_path / "elsewhere.csv")
    [one] = waiting(engine, fresh_project, [moved])
    assert (one.file, one.path) == ("b.csv", moved)


def test_a_file_changed_since_is_not_loaded_again(
    fresh_project: Project, engine: sa.Engine
) -> None:
    path = _csv(fresh_project.root / "a.csv", BAD)
    load_files(engine, fresh_project, [path])
    _csv(path, BAD, GOOD)
    code, text = _agriqa(fresh_project, "retry")
    assert code == 1
    assert str(path) in text.replace("\n", "")
    assert len(_rows(engine, "load")) == 1


def test_a_retry_is_a_new_attempt(fresh_project: Project, engine: sa.Engine) -> None:
    path = _csv(fresh_project.root / "a.csv", GOOD, BAD)
    load_files(engine, fresh_project, [path])
    code, _ = _agriqa(fresh_project, "retry")
    assert code == 0
    assert _rows(engine, "load")["attempt"].tolist() == [1, 2]
    assert [one.load_id for one in waiting(engine, fresh_project)] == [2]


def test_what_a_correction_replaced_is_not_brought_back(
    fresh_project: Project, engine: sa.Engine
) -> None:
    path = _csv(fresh_project.root / "in" / "a.csv", GOOD, BAD)
    load_files(engine, fresh_project, [path])
    _csv(path, GOOD.replace("12.5", "13"))
    load_files(engine, fresh_project, [path])
    old = _csv(fresh_project.root / "old.csv", GOOD, BAD)
    code, text = _agriqa(fresh_project, "retry", old)
    assert code == 0
    assert "更正" in text
    assert len(_rows(engine, "load")) == 2


def test_without_waiting_rows_there_is_nothing_to_retry(fresh_project: Project) -> None:
    code, text = _agriqa(fresh_project, "retry")
    assert code == 0
    assert "没有" in text
