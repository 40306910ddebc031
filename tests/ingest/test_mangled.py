"""Two hundred mangled files: every record accounted for, every bad one in the marked copy."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import openpyxl
import pytest

from agriqa.ingest import read_file
from agriqa.ingest.findings import findings_of
from agriqa.ingest.marked import mark
from agriqa.ingest.markpage import ERROR_FILL
from agriqa.ingest.stamp import SHEET
from tests.ingest.grids import REGISTER, places_of
from tests.ingest.mangled import mangled

FAMILY = range(200)
GROUPS = 20


@pytest.mark.parametrize("group", range(GROUPS))
def test_every_record_is_accounted_for_and_every_bad_one_is_marked(
    tmp_path: Path, group: int
) -> None:
    for number in FAMILY[group::GROUPS]:
        path = mangled(tmp_path, number)
        reading = read_file(path, REGISTER)
        assert reading.read == reading.kept + reading.quarantined + reading.skipped, number
        for sheet in reading.sheets:
            places = places_of(sheet)
            assert len(places) == len(set(places)) == sheet.rows_read, number
        bad = {(sheet.sheet, int(row)) for sheet in reading.sheets for row in sheet.problems["row"]}
        if bad:
            out = mark(path, findings_of(reading), tmp_path / "out.xlsx")
            book = openpyxl.load_workbook(out)
            assert _listed(book) == bad, number
            assert bad <= _red(book), number


def test_the_family_is_mangled_in_many_ways_and_not_beyond_use(tmp_path: Path) -> None:
    readings = [read_file(mangled(tmp_path, number), REGISTER) for number in FAMILY[::5]]
    kept = [reading for reading in readings if reading.kept]
    assert len(kept) > len(readings) / 3
    reasons = Counter(
        reason for r in readings for sheet in r.sheets for reason in sheet.problems["reason"]
    )
    assert len(reasons) >= 10
    skips = {str(why) for r in readings for sheet in r.sheets for why in sheet.skipped["reason"]}
    assert {"title", "header", "total", "note", "blank", "no_table"} <= skips


def _listed(book: openpyxl.Workbook) -> set[tuple[str, int]]:
    rows = book[SHEET].iter_rows(values_only=True)
    return {(str(row[1]), int(str(row[2]))) for row in rows if row[0] == "错误 error"}


def _red(book: openpyxl.Workbook) -> set[tuple[str, int]]:
    return {
        (sheet.title, row[0].row)
        for sheet in book
        for row in sheet.iter_rows()
        if any(str(cell.fill.fgColor.rgb).endswith(ERROR_FILL) for cell in row)
    }
