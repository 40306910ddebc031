from __future__ import annotations

from pathlib import Path

from tests.ingest.grids import USE, read, reasons


def test_the_title_tells_which_of_two_counties(tmp_path: Path) -> None:
    reading = read(tmp_path, [["乐山市2014年农药"], USE, ["市中区", 2014, "杀虫剂", 1]])
    assert reading.kept["county_code"].tolist() == ["511102"]


def test_a_prefecture_column_tells_too(tmp_path: Path) -> None:
    rows = [["市（州）", *USE], ["内江市", "市中区", 2014, "杀虫剂", 1]]
    assert read(tmp_path, rows).kept["county_code"].tolist() == ["511002"]


def test_name_and_code_must_agree(tmp_path: Path) -> None:
    rows = [
        ["行政区划代码", *USE],
        ["510124", "郫县", 2014, "杀虫剂", 1],
        ["510122", "郫县", 2015, "杀虫剂", 1],
    ]
    reading = read(tmp_path, rows)
    assert reading.kept["county_code"].tolist() == ["510117"]
    assert reasons(reading) == [(3, "county_code", "county_mismatch")]


def test_a_county_of_another_prefecture_is_set_aside(tmp_path: Path) -> None:
    reading = read(tmp_path, [["乐山市2014年农药"], USE, ["郫县", 2014, "杀虫剂", 1]])
    assert reasons(reading) == [(3, "county_code", "unknown_county")]


def test_a_new_name_for_an_old_year_is_noted(tmp_path: Path) -> None:
    reading = read(tmp_path, [USE, ["郫都区", 2014, "杀虫剂", 1]])
    assert reading.kept["county_code"].tolist() == ["510117"]
    assert any("2014" in note.message_zh for note in reading.notes)


def test_the_prefecture_as_row_name_is_a_total(tmp_path: Path) -> None:
    rows = [USE, ["郫县", 2014, "杀虫剂", 1], ["成都市", 2014, "杀虫剂", 1]]
    reading = read(tmp_path, rows)
    assert reading.skipped["reason"].tolist() == ["header", "total"]
