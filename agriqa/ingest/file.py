"""Reading one file, sheet by sheet."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from agriqa.areas import Register
from agriqa.errors import nearest
from agriqa.ingest.cells import written
from agriqa.ingest.context import context_of
from agriqa.ingest.header import DEPTH, known_headers, recognise
from agriqa.ingest.readers import Grid, read_grids
from agriqa.ingest.reading import (
    PROBLEM_COLUMNS,
    SKIPPED_COLUMNS,
    FileReading,
    Note,
    SheetReading,
    Skip,
)
from agriqa.ingest.table import TableReader


def read_file(path: Path, register: Register, *, encoding: str | None = None) -> FileReading:
    """Read a workbook or CSV file into rows kept, quarantined and skipped.

    Parameters
    ----------
    path : Path
        The file.
    register : Register
        Resolves county names and codes in each row's year.
    encoding : str, optional
        Forces the encoding of a CSV file.

    Returns
    -------
    FileReading
        Every row of every sheet, accounted for.

    Raises
    ------
    IngestError
        If the file cannot be read; the message says what to do.
    """
    sha256, grids = read_grids(path, encoding=encoding)
    return FileReading(path, sha256, tuple(read_sheet(grid, path, register) for grid in grids))


def read_sheet(grid: Grid, path: Path, register: Register) -> SheetReading:
    """Read one sheet: find its table and account for every row."""
    table = recognise(grid, grid.name + path.stem)
    if table is None:
        return _without_table(grid)
    context = context_of(grid, min(table.header_rows), path, register)
    return TableReader(grid, table, context, register).read()


def _without_table(grid: Grid) -> SheetReading:
    skipped = []
    for number, row in enumerate(grid.rows, start=1):
        text = " ".join(written(cell) for cell in row if cell is not None)
        skipped.append((number, Skip.NO_TABLE if text else Skip.BLANK, text))
    return SheetReading(
        sheet=grid.name,
        dataset=None,
        kept=pd.DataFrame({"row": pd.Series(dtype="int64")}),
        problems=pd.DataFrame(columns=list(PROBLEM_COLUMNS)),
        skipped=pd.DataFrame(skipped, columns=list(SKIPPED_COLUMNS)),
        rows_read=len(grid.rows),
        notes=(*grid.notes, *_unknown_table(grid)),
    )


def _unknown_table(grid: Grid) -> tuple[Note, ...]:
    """Say which headers were not understood, when the sheet looks like a table."""
    for row in grid.rows[:DEPTH]:
        texts = [cell for cell in row if isinstance(cell, str) and cell.strip()]
        if len(texts) < 3:
            continue
        unknown = [t for t in texts if t not in known_headers()]
        hints = [f"“{t}”（相近：{'、'.join(nearest(t, known_headers(), limit=3)) or '无'}）"
                 for t in unknown[:8]]  # fmt: skip
        return (
            Note(
                "no_table",
                f"工作表“{grid.name}”像一张表，但认不出属于哪个数据集：{'；'.join(hints)}",
                f"Sheet {grid.name!r} looks like a table but fits no dataset; unknown headers: "
                + ", ".join(unknown[:8]),
                "warning",
            ),
        )
    return ()
