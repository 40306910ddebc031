"""Small files for the ingest tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import openpyxl

from agriqa.ingest import FileReading, SheetReading, read_file
from agriqa.ingest.file import read_sheet
from agriqa.ingest.guide import Guide, Subject
from agriqa.ingest.readers import Grid
from agriqa.project import Project
from tests.conftest import ROOT

REGISTER = Project.find(ROOT).register
USE = ["县（市、区）", "年份", "农药类别", "商品量（吨）"]


def workbook(path: Path, rows: Sequence[Sequence[object]], sheet: str = "Sheet1") -> Path:
    """Write rows to a workbook."""
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(list(row))
    book.save(path)
    return path


def read(path: Path, rows: Sequence[Sequence[object]], **names: str) -> SheetReading:
    """Write rows to a workbook and read its one sheet."""
    file: FileReading = read_file(workbook(path / "file.xlsx", rows, **names), REGISTER)
    assert file.read == file.kept + file.quarantined + file.skipped
    return file.sheets[0]


def tables(rows: Sequence[Sequence[object]], sheet: str = "Sheet1") -> tuple[SheetReading, ...]:
    """Read the tables of a sheet, every record of it accounted for once."""
    width = max(map(len, rows))
    cells = [[*row, *[None] * (width - len(row))] for row in rows]
    found = read_sheet(Grid(sheet, cells), subject("file.xlsx"))  # type: ignore[arg-type]
    places = [place for table in found for place in places_of(table)]
    assert len(places) == len(set(places)) == sum(table.rows_read for table in found)
    assert {row for row, _ in places} == set(range(1, len(rows) + 1))
    return found


def subject(path: str, guide: Guide | None = None) -> Subject:
    """Return a file of that name that is being read."""
    return Subject(Path(path), path, "", REGISTER, guide or Guide())


def places_of(reading: SheetReading) -> list[tuple[int, int]]:
    """Row and column of every record and line."""
    parts = (reading.kept, reading.problems[["row", "col"]].drop_duplicates(), reading.skipped)
    return [
        (int(r), int(c)) for part in parts for r, c in zip(part["row"], part["col"], strict=True)
    ]


def reasons(reading: SheetReading) -> list[tuple[int, str, str]]:
    """Row, column and reason of every problem."""
    return list(reading.problems[["row", "column", "reason"]].itertuples(index=False, name=None))


def skips(reading: SheetReading) -> list[tuple[int, str]]:
    """Row and reason of every skipped row."""
    return list(reading.skipped[["row", "reason"]].itertuples(index=False, name=None))
