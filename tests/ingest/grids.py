"""Small files for the ingest tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import openpyxl

from agriqa.ingest import FileReading, SheetReading, read_file
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


def reasons(reading: SheetReading) -> list[tuple[int, str, str]]:
    """Row, column and reason of every problem."""
    return list(reading.problems[["row", "column", "reason"]].itertuples(index=False, name=None))


def skips(reading: SheetReading) -> list[tuple[int, str]]:
    """Row and reason of every skipped row."""
    return list(reading.skipped[["row", "reason"]].itertuples(index=False, name=None))
