"""Reading one file, sheet by sheet."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from agriqa.areas import Register
from agriqa.errors import nearest
from agriqa.ingest.body import classify
from agriqa.ingest.cells import written
from agriqa.ingest.context import context_of
from agriqa.ingest.foreign import locate
from agriqa.ingest.header import DEPTH, known_headers, nearest_table, recognise
from agriqa.ingest.mapped import read_mapped
from agriqa.ingest.mappings import Mappings, Reviewed, sender_of
from agriqa.ingest.readers import Cell, Grid, read_grids
from agriqa.ingest.reading import (
    PROBLEM_COLUMNS,
    SKIPPED_COLUMNS,
    FileReading,
    Note,
    SheetReading,
    Skip,
)
from agriqa.ingest.records import Records
from agriqa.ingest.sources import Sources
from agriqa.ingest.table import TableReader

# How many unknown headers a note names.
MOST_HEADERS = 8


def read_file(
    path: Path,
    register: Register,
    *,
    encoding: str | None = None,
    sources: Sources | None = None,
    source: str | None = None,
    mappings: Mappings | None = None,
) -> FileReading:
    """Read a workbook or CSV file into rows kept, quarantined and skipped.

    Parameters
    ----------
    path : Path
        The file.
    register : Register
        Resolves county names and codes in each row's year.
    encoding : str, optional
        Forces the encoding of a CSV file.
    sources : Sources, optional
        Declared foreign layouts; a sheet that one of them fits is read by it.
    source : str, optional
        Name of the only source to try.
    mappings : Mappings, optional
        What people have decided that unknown names mean; nothing by default.

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
    readings: list[SheetReading] = []
    for grid, found in zip(grids, locate(grids, path, sources, forced=source), strict=True):
        if found is not None:
            readings += read_mapped(found, register, mappings)
        else:
            readings.append(read_sheet(grid, path, register, mappings))
    return FileReading(path, sha256, tuple(readings))


def read_sheet(
    grid: Grid, path: Path, register: Register, mappings: Mappings | None = None
) -> SheetReading:
    """Read one sheet: find its table and account for every row."""
    table = recognise(grid, grid.name + path.stem)
    if table is None:
        return _without_table(grid)
    context = context_of(grid, min(table.header_rows), path, register)
    lines, body = classify(grid, table, register)
    records = Records.of(
        [row + 1 for row in body],
        [1] * len(body),
        {at: [grid.rows[row][at] for row in body] for at in range(grid.width)},
    )
    skipped = {(row + 1, 1): why for row, why in lines.items()}
    reviewed = Reviewed(mappings or Mappings(), sender_of(path, register))
    return TableReader(
        grid.name, table, records, skipped, context, register, reviewed=reviewed, notes=grid.notes
    ).read()


def _without_table(grid: Grid) -> SheetReading:
    skipped = []
    for number, row in enumerate(grid.rows, start=1):
        text = " ".join(written(cell) for cell in row if cell is not None)
        skipped.append((number, 1, Skip.NO_TABLE if text else Skip.BLANK, text))
    return SheetReading(
        sheet=grid.name,
        dataset=None,
        kept=pd.DataFrame({"row": [], "col": []}, dtype="int64"),
        problems=pd.DataFrame(columns=list(PROBLEM_COLUMNS)),
        skipped=pd.DataFrame(skipped, columns=list(SKIPPED_COLUMNS)),
        rows_read=len(grid.rows),
        notes=(*grid.notes, *_unknown_table(grid)),
    )


def _unknown_table(grid: Grid) -> tuple[Note, ...]:
    """Say what was not understood, when the sheet looks like a table."""
    close = nearest_table(grid)
    if close is not None:
        unknown, lacking = [text for _, text in close.unknown], close.lacking
        start, columns = close.header_rows[0], [c.label.zh for c in close.dataset]
        like = (f"，最像“{close.dataset.label.zh}”", f", most like {close.dataset.name}")
        missed = "、".join(close.dataset[name].label.zh for name in lacking) or "无"
        short = (f"；缺少必需的列：{missed}", f"; missing columns: {', '.join(lacking) or 'none'}")
    else:
        full = [at for at, row in enumerate(grid.rows[:DEPTH]) if len(_texts(row)) > 2]
        if not full or full[0] == len(grid.rows) - 1:
            return ()
        unknown, columns = _texts(grid.rows[full[0]]), list(known_headers())
        start, like, short = full[0], ("", ""), ("", "")
    hints = [
        f"“{text}”（相近：{'、'.join(nearest(text, columns, limit=3)) or '无'}）"
        for text in unknown[:MOST_HEADERS]
    ]
    return (
        Note(
            "no_table",
            f"工作表“{grid.name}”像一张表（表头在第 {start + 1} 行{like[0]}），但没有载入。"
            f"不认识的表头：{'；'.join(hints) or '无'}{short[0]}。",
            f"Sheet {grid.name!r} looks like a table (header in row {start + 1}{like[1]}) but was "
            "not loaded. Unknown headers: "
            f"{', '.join(unknown[:MOST_HEADERS]) or 'none'}{short[1]}.",
            "warning",
        ),
    )


def _texts(row: list[Cell]) -> list[str]:
    return [cell for cell in row if isinstance(cell, str) and cell.strip()]
