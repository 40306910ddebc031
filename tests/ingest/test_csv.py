"""Separated text: any text in, all rows out, or a refusal that names the row."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.ingest import IngestError
from agriqa.ingest.readers import Grid
from agriqa.ingest.readers.grid import INVISIBLE, clean
from agriqa.ingest.readers.text import form_of, read_csv, records

PATH = Path("用量.csv")


def read(data: bytes, encoding: str | None = None) -> Grid:
    """Read bytes as a CSV file."""
    return read_csv(PATH, io.BytesIO(data), encoding)


CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=";\t|"), max_size=12)


@given(
    rows=st.lists(st.lists(CELL, min_size=2, max_size=5), min_size=1, max_size=8),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
@settings(deadline=None, max_examples=200)
def test_every_row_that_was_written_is_read(rows: list[list[str]], encoding: str, end: str) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(rows)
    data = out.getvalue().encode(encoding)
    grid = read(data, None if encoding.startswith("utf-8") else encoding)
    width = max(map(len, rows))
    assert grid.rows == [[*map(clean, row), *[None] * (width - len(row))] for row in rows]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
@settings(deadline=None, max_examples=300)
def test_any_text_is_read_whole_or_refused(text: str) -> None:
    try:
        grid = read(text.encode())
    except IngestError as error:
        assert "引号" in str(error) or "空的" in str(error) or "NUL" in str(error)  # noqa: PT017
        return
    found = "".join(str(cell) for row in grid.rows for cell in row if cell is not None)
    skipped = set(INVISIBLE) | set(',;\t|"')
    want = [c for c in text if c not in skipped and not c.isspace()]
    if not text.lower().lstrip('"\ufeff').startswith("sep="):
        assert [c for c in found if c not in skipped and not c.isspace()] == want


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_separator_is_told_from_the_rows(delimiter: str) -> None:
    lines = ["2014年农药，使用", delimiter.join(["县名", "用量"]), delimiter.join(["郫县", "1"])]
    assert read("\n".join(lines).encode()).rows[1:] == [["县名", "用量"], ["郫县", "1"]]


def test_decimal_commas_do_not_hide_a_semicolon() -> None:
    rows = read("县名;用量;面积\n郫县;1,5;2,5\n双流县;2,5;3\n".encode()).rows
    assert rows[1] == ["郫县", "1,5", "2,5"]


def test_a_line_that_names_the_separator_is_no_row() -> None:
    grid = read("sep=|\r\n县名|用量\r\n".encode())
    assert grid.rows == [["县名", "用量"]]
    assert [note.kind for note in grid.notes] == ["separator"]


def test_the_unicode_text_of_excel_is_read() -> None:
    grid = read("县名\t用量\r\n郫县\t1\r\n".encode("utf-16"))
    assert grid.rows == [["县名", "用量"], ["郫县", "1"]]
    assert [note.kind for note in grid.notes] == ["encoding"]


def test_big5_is_read_when_it_is_named() -> None:
    assert read("縣名,用量\n".encode("big5"), "big5").rows == [["縣名", "用量"]]


@pytest.mark.parametrize("encoding", ["utf9", "base64", "../x"])
def test_an_unknown_encoding_is_refused(encoding: str) -> None:
    with pytest.raises(IngestError, match="没有名为"):
        read(b"a,b\n", encoding)


def test_mixed_line_ends_and_ragged_rows_are_read() -> None:
    rows = read(b"a,b\r\n1\n2,3,4\r\r\n5,6").rows
    assert rows == [["a", "b", None], ["1", None, None], ["2", "3", "4"], [None] * 3,
                    ["5", "6", None]]  # fmt: skip


def test_a_line_break_in_a_quoted_cell_is_no_row() -> None:
    assert read('甲,"一\n二"\n丙,丁\n'.encode()).rows == [["甲", "一\n二"], ["丙", "丁"]]


def test_rows_come_one_by_one_without_reading_on() -> None:
    stream = io.BytesIO(b"a,b\n" * 200_000)
    rows = records(PATH, stream, form_of(PATH, stream))
    assert next(rows) == ["a", "b"]
    assert stream.tell() < 100_000
