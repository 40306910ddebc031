"""Tables as files: CSV, Parquet, and one workbook with all of them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from agriqa.datasets import Label
from agriqa.project import Language
from agriqa.report.exports import WORKBOOK_OPTIONS, escape_formulas, write_cell
from agriqa.safe import inert

if TYPE_CHECKING:
    import pandas as pd

FileKind = Literal["csv", "xlsx", "parquet"]
FILE_KINDS: tuple[FileKind, ...] = get_args(FileKind)
_YES, _NO = {"zh": "是", "en": "yes"}, {"zh": "否", "en": "no"}
_PLACES = 6  # decimals kept in the files: beyond them there is only noise
_WIDEST = 48
_SHEET = 31  # letters that Excel allows in a sheet's name


@dataclass(frozen=True)
class Table:
    """One table to be written.

    Attributes
    ----------
    name : str
        Name of its file.
    label : Label
        What it holds; the sheet's name.
    frame : DataFrame
        Columns by their ids.
    headers : mapping of str to Label
        The columns that the workbook shows, in this order; a table without any has no sheet.
    """

    name: str
    label: Label
    frame: pd.DataFrame
    headers: dict[str, Label]


def write_tables(
    tables: Sequence[Table],
    folder: Path,
    *,
    kinds: Sequence[FileKind] = FILE_KINDS,
    notes: Sequence[tuple[str, str]] = (),
    warning: str = "",
    title: str = "tables",
    language: Language = "zh",
) -> list[Path]:
    """Write tables into a folder.

    Every CSV starts with a byte-order mark, so that Excel opens the Chinese text; text that
    a spreadsheet would take for a formula is escaped there and in the workbook.

    Parameters
    ----------
    tables : sequence of Table
    folder : path
    kinds : sequence of {"csv", "xlsx", "parquet"}
        Which files.
    notes : sequence of (str, str)
        Lines of the workbook's first sheet.
    warning : str
        Stands above every sheet, and in the notes.
    title : str
        Name of the workbook's file.
    language : {"zh", "en"}
        Of sheets and headers; CSV and Parquet have the ids of the columns.

    Returns
    -------
    list of path
        The files that were written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    rounded = [_rounded(table.frame) for table in tables]
    for table, frame in zip(tables, rounded, strict=True):
        if "csv" in kinds:
            written.append(folder / f"{table.name}.csv")
            escape_formulas(frame).to_csv(
                written[-1], index=False, encoding="utf-8-sig", lineterminator="\n"
            )
        if "parquet" in kinds:
            written.append(folder / f"{table.name}.parquet")
            frame.to_parquet(written[-1], index=False, compression="zstd")
    if "xlsx" in kinds:
        written.append(folder / f"{title}.xlsx")
        _write_workbook(tables, rounded, written[-1], notes, warning, language)
    return written


def _rounded(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame as files hold it: decimals cut, one type in every column."""
    floats = frame.select_dtypes("float").columns
    mixed = [name for name in frame.columns if frame[name].dtype == object]
    columns = {str(name): frame[name].round(_PLACES) for name in floats}
    columns |= {str(name): frame[name].map(_as_text, na_action="ignore") for name in mixed}
    return frame.assign(**columns)


def _as_text(value: Any) -> Any:
    return value if isinstance(value, (str, bool)) else str(value)


def _write_workbook(
    tables: Sequence[Table],
    frames: Sequence[pd.DataFrame],
    path: Path,
    notes: Sequence[tuple[str, str]],
    warning: str,
    language: Language,
) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), WORKBOOK_OPTIONS) as workbook:
        # the same tables give the same bytes
        workbook.set_properties({"created": dt.datetime(2000, 1, 1)})
        head = workbook.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        loud = workbook.add_format({"bold": True, "font_color": "#6b4a00", "bg_color": "#fff3d6"})
        sheet = workbook.add_worksheet("说明" if language == "zh" else "Notes")
        sheet.set_column(0, 0, 28)
        sheet.set_column(1, 1, 100)
        sheet.write_string(0, 0, inert(warning), loud)
        for row, line in enumerate(notes, start=1):
            for column, text in enumerate(line):
                sheet.write_string(row, column, inert(text))
        taken: list[str] = []
        for table, frame in zip(tables, frames, strict=True):
            if not table.headers:
                continue
            taken.append(_sheet_name(table.label[language], taken))
            sheet = workbook.add_worksheet(taken[-1])
            sheet.write_string(0, 0, inert(warning), loud)
            sheet.freeze_panes(2, 1)
            shown = [name for name in table.headers if name in frame]
            for column, name in enumerate(shown):
                header = table.headers[name][language]
                sheet.write_string(1, column, inert(header), head)
                sheet.set_column(column, column, _width(frame[name], header))
            rows = escape_formulas(frame[shown]).to_dict("records")
            for row, values in enumerate(rows, start=2):
                for column, value in enumerate(values.values()):
                    write_cell(sheet, row, column, _plain(value, language), "")
            sheet.autofilter(1, 0, len(frame) + 1, max(len(shown) - 1, 0))


def _sheet_name(text: str, taken: Sequence[str]) -> str:
    """Make a name that Excel allows and no other sheet has: its end tells it apart.

    Examples
    --------
    >>> _sheet_name("County quality index for agriculture, trace", [])
    'County quality index… trace'
    """
    name = re.sub(r"[\[\]:*?/\\\\]", " ", text)
    if len(name) > _SHEET:
        last = name.rsplit(" ", 1)[-1] if " " in name else name[-6:]
        name = f"{name[: _SHEET - len(last) - 6].rstrip(' ,')}… {last}"[:_SHEET]
    number = 2
    unique = name
    while unique.casefold() in {one.casefold() for one in taken}:
        unique = f"{name[: _SHEET - 3]} {number}"
        number += 1
    return unique


def _width(column: pd.Series, header: str) -> int:
    longest = max((len(str(value)) for value in column.head(200)), default=0)
    # A Chinese character is as wide as two digits.
    return int(min(max(longest, 2 * len(header), 8) + 1, _WIDEST))


def _plain(value: Any, language: Language) -> Any:
    """Return what a cell can hold: text, a number or nothing."""
    import pandas as pd

    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, (bool, np.bool_)):
        return _YES[language] if value else _NO[language]
    return value
