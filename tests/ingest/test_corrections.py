from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from agriqa.errors import AgriqaError, UnknownNameError
from agriqa.ingest import SheetReading
from agriqa.ingest.body import classify
from agriqa.ingest.context import context_of
from agriqa.ingest.correction import FILE, CorrectionsError
from agriqa.ingest.corrections import Corrected, Corrections
from agriqa.ingest.header import recognise
from agriqa.ingest.readers import read_grids
from agriqa.ingest.records import Records
from agriqa.ingest.table import TableReader
from agriqa.project import Project
from tests.ingest.grids import REGISTER, USE, workbook

ENTRY = {
    "dataset": "pesticide_use",
    "file": "data/in/*.xlsx",
    "at": {"row": 2},
    "column": "use_t",
    "expect": "1250",
    "value": "125",
    "reason": "小数点错位",
    "by": "张某",
    "on": "2022-06-30",
}
ROWS = [["郫县", 2014, "杀虫剂", 1250], ["双流县", 2014, "杀虫剂", 8]]


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {_toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return text if isinstance(value, int | float) or text == ENTRY["on"] else f'"{text}"'


def _declare(folder: Path, *changes: dict[str, object]) -> Corrections:
    """Write corrections like `ENTRY`, each with changes; None takes a key away."""
    path = folder / FILE
    entries = [ENTRY | change for change in changes]
    path.write_text(
        "\n".join(
            "[[correction]]\n"
            + "\n".join(f"{k} = {_toml(v)}" for k, v in one.items() if v is not None)
            for one in entries
        ),
        "utf-8",
    )
    return Corrections.load(path)


def _apply(
    folder: Path,
    corrections: Corrections,
    rows: list[list[object]] = ROWS,
    *,
    title: list[object] | None = None,
    header: list[str] = USE,
    file: str = "data/in/a.xlsx",
) -> tuple[Corrected, SheetReading]:
    """Run the one call between recognising a table and reading it, then read it."""
    path = workbook(folder / "a.xlsx", [*([title] if title else []), header, *rows])
    sha256, [grid] = read_grids(path)
    table = recognise(grid, "")
    assert table is not None
    context = context_of(grid, min(table.header_rows), path, REGISTER)
    lines, body = classify(grid, table, REGISTER)
    records = Records.of(
        [row + 1 for row in body],
        [1] * len(body),
        {at: [grid.rows[row][at] for row in body] for at in range(grid.width)},
    )
    done = corrections.apply(file, sha256, grid.name, table, records, context, REGISTER)
    skipped = {(row + 1, 1): why for row, why in lines.items()} | dict(done.skipped)
    reader = TableReader(
        grid.name, table, done.records, skipped, context, REGISTER, notes=done.notes
    )
    return done, reader.read()


def test_the_known_error_is_read_as_declared_and_said(tmp_path: Path) -> None:
    done, reading = _apply(tmp_path, _declare(tmp_path, {}))
    assert reading.kept["use_t"].tolist() == [125.0, 8.0]
    [note] = [note for note in reading.notes if note.kind == "correction"]
    assert note.level == "info"
    for word in ("1250", "125", "小数点错位", "张某", "2022-06-30", "第 2 行"):
        assert word in note.message_zh
    assert done.used == {0}


def test_the_guard_stops_it_when_the_source_has_changed(tmp_path: Path) -> None:
    done, reading = _apply(tmp_path, _declare(tmp_path, {"expect": "1260"}))
    assert reading.kept["use_t"].tolist() == [1250.0, 8.0]
    [note] = done.notes
    assert note.level == "warning"
    assert "来源已变" in note.message_zh
    assert "1250" in note.message_zh


def test_a_value_that_broke_a_rule_is_kept_after_its_correction(tmp_path: Path) -> None:
    rows = [["郫县", 2014, "杀虫剂", "１２．５吨半"], ROWS[1]]
    _, before = _apply(tmp_path, Corrections(), rows)
    assert before.quarantined == 1
    change = {"expect": "12.5吨半", "value": 12.5}
    _, after = _apply(tmp_path, _declare(tmp_path, change), rows)
    assert after.kept["use_t"].tolist() == [12.5, 8.0]


@pytest.mark.parametrize(
    "place",
    [
        {"at": {"row": 2, "sheet": "Sheet1", "col": 1}},
        {"at": None, "key": {"county_code": "510117", "year": 2014, "category": "insecticide"}},
        {"at": None, "key": {"county_code": "郫县", "year": 2014, "category": "杀虫剂"}},
        {"at": None, "key": {"county_code": "510117"}},
        {"at": None, "key": {"county_code": "510117", "active_ingredient": "all"}},
        {"file": "a.xlsx"},
        {"file": "*"},
    ],
)
def test_the_record_is_found(tmp_path: Path, place: dict[str, object]) -> None:
    _, reading = _apply(tmp_path, _declare(tmp_path, place))
    assert reading.kept["use_t"].tolist() == [125.0, 8.0]


def test_a_key_may_hold_the_year_of_the_title(tmp_path: Path) -> None:
    place = {"at": None, "key": {"county_code": "510117", "year": 2014}}
    rows = [[county, kind, value] for county, _, kind, value in ROWS]
    _, reading = _apply(
        tmp_path,
        _declare(tmp_path, place),
        rows,
        title=["2014年农药使用情况"],
        header=[USE[0], *USE[2:]],
    )
    assert reading.kept["use_t"].tolist() == [125.0, 8.0]


@pytest.mark.parametrize(
    "place",
    [
        {"at": {"row": 3}, "expect": "8", "column": "year", "file": "b.xlsx"},
        {"at": {"row": 9}},
        {"at": {"row": 2, "sheet": "别的"}},
        {"at": {"row": 2, "col": 4}},
        {"at": None, "key": {"county_code": "510117", "year": 2015}},
        {"at": None, "key": {"county_code": "没有县"}},
        {"dataset": "production", "column": "output_t"},
        {"file": None, "sha256": "0" * 64},
    ],
)
def test_what_concerns_something_else_changes_nothing(
    tmp_path: Path, place: dict[str, object]
) -> None:
    done, reading = _apply(tmp_path, _declare(tmp_path, place))
    assert reading.kept["use_t"].tolist() == [1250.0, 8.0]
    assert done.used == frozenset()
    assert done.notes == ()


def test_a_correction_that_found_nothing_in_its_file_is_reported(tmp_path: Path) -> None:
    corrections = _declare(tmp_path, {}, {"at": {"row": 9}}, {"file": "b.xlsx"})
    done, _ = _apply(tmp_path, corrections)
    [note] = corrections.unused("data/in/a.xlsx", "", done.used)
    assert note.level == "warning"
    assert "第 9 行" in note.message_zh


def test_a_record_may_be_left_out_with_the_reason(tmp_path: Path) -> None:
    done, reading = _apply(tmp_path, _declare(tmp_path, {"value": None, "drop": True}))
    assert reading.kept["use_t"].tolist() == [8.0]
    [line] = reading.skipped[reading.skipped["reason"] == "corrected_out"].to_dict("records")
    assert (line["row"], line["col"]) == (2, 1)
    assert "小数点错位" in line["text"]
    assert reading.rows_read == 3
    assert len(done.notes) == 1


def test_a_cell_can_be_read_as_empty(tmp_path: Path) -> None:
    _, reading = _apply(tmp_path, _declare(tmp_path, {"value": ""}))
    assert reading.problems["reason"].tolist() == ["required"]


def test_an_empty_cell_can_be_filled(tmp_path: Path) -> None:
    rows = [["郫县", 2014, "杀虫剂", None], ROWS[1]]
    _, reading = _apply(tmp_path, _declare(tmp_path, {"expect": ""}), rows)
    assert reading.kept["use_t"].tolist() == [125.0, 8.0]


def test_of_several_cells_that_fit_none_is_changed(tmp_path: Path) -> None:
    rows = [["郫县", 2014, "杀虫剂", 1250], ["郫县", 2014, "除草剂", 1250]]
    place = {"at": None, "key": {"county_code": "510117"}}
    done, reading = _apply(tmp_path, _declare(tmp_path, place), rows)
    assert reading.kept["use_t"].tolist() == [1250.0, 1250.0]
    assert [note.level for note in done.notes] == ["warning"]


def test_a_cell_is_corrected_once(tmp_path: Path) -> None:
    done, reading = _apply(tmp_path, _declare(tmp_path, {}, {"value": "126"}))
    assert reading.kept["use_t"].tolist() == [125.0, 8.0]
    assert [note.level for note in done.notes] == ["info", "warning"]


def test_other_cells_stay_as_they_were(tmp_path: Path) -> None:
    _, before = _apply(tmp_path, Corrections())
    _, after = _apply(tmp_path, _declare(tmp_path, {}))
    others = before.kept.columns.drop("use_t")
    pd.testing.assert_frame_equal(before.kept[others], after.kept[others])


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"dateset": "x"}, "dataset"),
        ({"dataset": "pesticide"}, "pesticide_use"),
        ({"column": "use"}, "use_t"),
        ({"at": None, "key": {"county": "510117"}}, "county_code"),
    ],
)
def test_an_unknown_name_is_an_error_with_the_nearest(
    tmp_path: Path, change: dict[str, object], name: str
) -> None:
    with pytest.raises(UnknownNameError, match=name):
        _declare(tmp_path, change)


@pytest.mark.parametrize(
    "change",
    [
        {"reason": None},
        {"reason": ""},
        {"by": None},
        {"on": None},
        {"on": "昨天"},
        {"file": None},
        {"at": None},
        {"key": {"county_code": "510117"}},
        {"value": None},
        {"drop": True},
        {"expect": None},
        {"at": {"rwo": 2}},
        {"at": {"row": "2"}},
        {"sha256": "abc"},
    ],
)
def test_a_correction_that_is_not_whole_is_refused(
    tmp_path: Path, change: dict[str, object]
) -> None:
    with pytest.raises(CorrectionsError, match="correction"):
        _declare(tmp_path, change)


@pytest.mark.parametrize("text", ["[[corection]]", "correction = 1", "[[correction"])
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / FILE
    path.write_text(text, "utf-8")
    with pytest.raises(AgriqaError, match="correction"):
        Corrections.load(path)


def test_without_a_file_there_is_nothing_to_correct(tmp_path: Path) -> None:
    assert Corrections.load(tmp_path / FILE).entries == ()


def test_the_shipped_file_corrects_nothing_and_its_example_is_valid(
    project: Project, tmp_path: Path
) -> None:
    shipped = project.config / FILE
    assert Corrections.load(shipped).entries == ()
    lines = shipped.read_text("utf-8").splitlines()
    start = lines.index("# [[correction]]")
    example = [line.removeprefix("# ") for line in lines[start:]]
    path = tmp_path / FILE
    path.write_text("\n".join(line for line in example if not line.startswith("#")), "utf-8")
    assert len(Corrections.load(path).entries) == 1
