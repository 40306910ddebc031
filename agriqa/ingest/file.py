"""Reading one file, sheet by sheet and table by table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from agriqa.areas import Register
from agriqa.errors import nearest
from agriqa.ingest.body import texts_in
from agriqa.ingest.columns import columns_of, place_of
from agriqa.ingest.context import context_of
from agriqa.ingest.foreign import locate
from agriqa.ingest.forms import form_stamp, is_current
from agriqa.ingest.guide import Guide, Subject
from agriqa.ingest.header import Names, known_headers
from agriqa.ingest.layout import Region, regions
from agriqa.ingest.mapped import read_mapped
from agriqa.ingest.readers import Cell, Grid, open_file, read_grids
from agriqa.ingest.reading import (
    PROBLEM_COLUMNS,
    SKIPPED_COLUMNS,
    FileReading,
    Note,
    SheetReading,
)
from agriqa.ingest.recognition import DEPTH, nearest_table
from agriqa.ingest.rows import lines_of, records_of
from agriqa.ingest.stamp import is_feedback
from agriqa.ingest.table import TableReader

# How many unknown headers a note names.
MOST_HEADERS = 8


def read_file(
    path: Path,
    register: Register,
    guide: Guide | None = None,
    *,
    encoding: str | None = None,
    name: str | None = None,
) -> FileReading:
    """Read a file into rows kept, quarantined and skipped.

    Parameters
    ----------
    path : Path
        A workbook, CSV, Parquet or HTML file, on its own or in an archive.
    register : Register
        Resolves county names and codes in each row's year.
    guide : Guide, optional
        What people declared and decided: names, headers, foreign layouts, corrections.
    encoding : str, optional
        Forces the encoding of a CSV or HTML file.
    name : str, optional
        The file's name in the ledger, by which corrections name it.

    Returns
    -------
    FileReading
        Every row of every sheet, accounted for.

    Raises
    ------
    IngestError
        If the file cannot be read; the message says what to do.
    """
    guide = guide or Guide()
    sha256, grids = read_grids(path, encoding=encoding)
    subject = Subject(path, name or path.name, sha256, register, guide)
    located = locate(grids, path, guide.sources, forced=guide.source)
    sheets: list[SheetReading] = []
    for grid, found in zip(grids, located, strict=True):
        sheets += read_sheet(grid, subject) if found is None else read_mapped(found, subject)
    if sheets:
        unused = guide.corrections.unused(subject.name, sha256, subject.used)
        notes = (*sheets[0].notes, *unused, *_outdated(path))
        sheets[0] = replace(sheets[0], notes=notes)
    return FileReading(path, sha256, tuple(sheets))


def _outdated(path: Path) -> tuple[Note, ...]:
    """Say that a form was made from a declaration that has changed since."""
    with open_file(path) as stream:
        stamp = form_stamp(stream)
    if stamp is None or is_current(stamp):
        return ()
    return (
        Note(
            "form",
            f"这是旧表式（{stamp.form}，版本 {stamp.declaration}），表式已改，请核对；"
            "新的空表：agriqa form。",
            f"this is an older form ({stamp.form}, version {stamp.declaration}); its declaration "
            "has changed since, please check. A new one: agriqa form.",
            "warning",
        ),
    )


def read_sheet(grid: Grid, subject: Subject) -> tuple[SheetReading, ...]:
    """Read the tables of one sheet and account for every row."""
    if is_feedback(grid):
        # Our own list of findings, on a copy that came back.
        return (_without_table(Region(grid), ()),)
    names = subject.names
    readings = []
    for at, region in enumerate(regions(grid, grid.name + subject.path.stem, names=names)):
        notes = () if at else grid.notes
        if region.table is None:
            readings.append(_without_table(region, (*notes, *_unknown_table(region, names))))
        else:
            readings.append(_read_table(region, subject, notes))
    return tuple(readings)


def _read_table(region: Region, subject: Subject, notes: tuple[Note, ...]) -> SheetReading:
    assert region.table is not None
    sheet, register = region.grid.name, subject.register
    context = context_of(region.lines, sheet, subject.path, register, inherited=region.inherited)
    table = region.table.moved(region.row, region.col)
    records, skipped, sums = records_of(region, register)
    done = subject.corrected(sheet, table, records, context)
    reading = TableReader(
        sheet,
        table,
        done.records,
        {**skipped, **done.skipped},
        context,
        register,
        reviewed=subject.reviewed(),
        totals=sums,
        notes=(*notes, *table.notes, *done.notes),
    ).read()
    return replace(
        reading, columns=columns_of(table, context, records), place=place_of(table, records)
    )


def _without_table(region: Region, notes: tuple[Note, ...]) -> SheetReading:
    skipped = [(row, col, *found) for (row, col), found in lines_of(region).items()]
    return SheetReading(
        sheet=region.grid.name,
        dataset=None,
        kept=pd.DataFrame({"row": [], "col": []}, dtype="int64"),
        problems=pd.DataFrame(columns=list(PROBLEM_COLUMNS)),
        skipped=pd.DataFrame(skipped, columns=list(SKIPPED_COLUMNS)),
        rows_read=len(skipped),
        notes=notes,
    )


def _unknown_table(region: Region, names: Names) -> tuple[Note, ...]:
    """Say what was not understood, when the sheet looks like a table."""
    grid = region.grid
    close = nearest_table(grid, grid.name, names=names)
    if close is not None:
        unknown, lacking = [text for _, text in close.unknown], close.lacking
        start, columns = close.header_rows[0], [c.label.zh for c in close.dataset]
        like = (f"，最像“{close.dataset.label.zh}”", f", most like {close.dataset.name}")
        missed = "、".join(close.dataset[name].label.zh for name in lacking) or "无"
        more = close.notes
        short = (f"；缺少必需的列：{missed}", f"; missing columns: {', '.join(lacking) or 'none'}")
    else:
        full = [at for at, row in enumerate(grid.rows[:DEPTH]) if len(_words(row)) > 2]
        if not full or full[0] == len(grid.rows) - 1:
            return ()
        unknown, columns = _words(grid.rows[full[0]]), list(known_headers())
        start, like, short, more = full[0], ("", ""), ("", ""), ()
    hints = [
        f"“{text}”（相近：{'、'.join(nearest(text, columns, limit=3)) or '无'}）"
        for text in unknown[:MOST_HEADERS]
    ]
    row = region.row + start + 1
    return (
        Note(
            "no_table",
            f"工作表“{grid.name}”像一张表（表头在第 {row} 行{like[0]}），但没有载入。"
            f"不认识的表头：{'；'.join(hints) or '无'}{short[0]}。",
            f"Sheet {grid.name!r} looks like a table (header in row {row}{like[1]}) but was "
            "not loaded. Unknown headers: "
            f"{', '.join(unknown[:MOST_HEADERS]) or 'none'}{short[1]}.",
            "warning",
        ),
        *more,
    )


def _words(row: list[Cell]) -> list[str]:
    return texts_in([cell for cell in row if isinstance(cell, str)])
