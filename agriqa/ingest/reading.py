"""What reading a file gives: kept rows, problems, skipped rows and notes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal

import pandas as pd


class Reason(StrEnum):
    """Why a row is quarantined."""

    REQUIRED = "required"
    NOT_A_NUMBER = "not_a_number"
    NOT_AN_INTEGER = "not_an_integer"
    NOT_A_DATE = "not_a_date"
    NOT_A_YEAR = "not_a_year"
    NOT_A_BOOLEAN = "not_a_boolean"
    UNKNOWN_CODE = "unknown_code"
    OUT_OF_RANGE = "out_of_range"
    UNKNOWN_UNIT = "unknown_unit"
    UNKNOWN_COLUMN = "unknown_column"
    DUPLICATE_COLUMN = "duplicate_column"
    UNKNOWN_COUNTY = "unknown_county"
    AMBIGUOUS_COUNTY = "ambiguous_county"
    COUNTY_MISMATCH = "county_mismatch"
    UNKNOWN_PREFECTURE = "unknown_prefecture"
    UNKNOWN_AREA = "unknown_area"
    UNEVEN_LISTS = "uneven_lists"
    YEAR_CONFLICT = "year_conflict"
    CONTRADICTION = "contradiction"
    CONFLICTING_ROWS = "conflicting_rows"


class Skip(StrEnum):
    """Why a row that holds no data of its own is passed over."""

    BLANK = "blank"
    TITLE = "title"
    HEADER = "header"
    UNIT = "unit"
    TOTAL = "total"
    NOTE = "note"
    DUPLICATE = "duplicate"
    NO_TABLE = "no_table"
    CORRECTED_OUT = "corrected_out"
    FILTERED = "filtered"


PROBLEM_COLUMNS = (
    "row",
    "col",
    "column",
    "header",
    "value",
    "reason",
    "message_zh",
    "message_en",
    "allowed",
    "raw",
)
WARNING_COLUMNS = (
    "row",
    "col",
    "column",
    "header",
    "value",
    "rule",
    "message_zh",
    "message_en",
    "allowed",
)
SKIPPED_COLUMNS = ("row", "col", "reason", "text")


@dataclass(frozen=True, slots=True)
class Note:
    """Something understood on the way that a person should know.

    ``kind`` is a short fixed word (``unit``, ``old_name``, ``encoding``, …).
    """

    kind: str
    message_zh: str
    message_en: str
    level: Literal["info", "warning"] = "info"


@dataclass(frozen=True, slots=True)
class ColumnReading:
    """What one column of a table was understood as; what a preview shows.

    Attributes
    ----------
    position : int
        Column of the sheet, from 1.
    header : str
        As written.
    column : str or None
        Name of the declared column; None when nothing of it is stored.
    unit : str or None
        The unit it is written in, as spelled; None when there is none to convert.
    how : str
        ``synonym``, ``mapping``, ``source``, ``context``, ``ignored`` or ``unknown``.
    """

    position: int
    header: str
    column: str | None
    unit: str | None = None
    how: str = "synonym"


def no_warnings() -> pd.DataFrame:
    """Return an empty frame of warnings."""
    return pd.DataFrame(columns=list(WARNING_COLUMNS))


@dataclass(frozen=True)
class SheetReading:
    """One table of a sheet, or a sheet without any, every record accounted for.

    A record is a row of the table; in a wide table it is a row's cells under
    one year or category. Row and first column tell records apart.

    Attributes
    ----------
    sheet : str
        Name of the sheet; a CSV file has one, named like the file.
    dataset : str or None
        The dataset it was recognised as.
    kept : DataFrame
        The declared columns in order, then ``sheet``, ``row`` and ``col`` (from 1).
    problems : DataFrame
        One line per problem, see `PROBLEM_COLUMNS`; a row with any problem is
        quarantined and counted once.
    skipped : DataFrame
        row, col, reason, text.
    rows_read : int
        Records of the table and the lines around it.
    notes : tuple of Note
        What a person should know.
    warnings : DataFrame
        Doubts about rows that are kept, see `WARNING_COLUMNS`.
    columns : tuple of ColumnReading
        What each column was understood as.
    place : str
        Where on the sheet the table stands, like ``A3:F27``.

    Raises
    ------
    ValueError
        If a row is in none of the three or in several.
    """

    sheet: str
    dataset: str | None
    kept: pd.DataFrame
    problems: pd.DataFrame
    skipped: pd.DataFrame
    rows_read: int
    notes: tuple[Note, ...] = ()
    warnings: pd.DataFrame = field(default_factory=no_warnings)
    columns: tuple[ColumnReading, ...] = ()
    place: str = ""

    def __post_init__(self) -> None:
        at = ["row", "col"]
        records = pd.concat(
            [self.kept[at], self.problems[at].drop_duplicates(), self.skipped[at]]
        ).astype("int64")
        if len(records) != self.rows_read or records.duplicated().any():
            raise ValueError(
                f"{self.sheet}: {self.rows_read} rows read, {len(self.kept)} kept, "
                f"{self.quarantined} quarantined, {len(self.skipped)} skipped"
            )

    @property
    def quarantined(self) -> int:
        """Number of records with at least one problem."""
        return len(self.problems[["row", "col"]].drop_duplicates())


@dataclass(frozen=True)
class FileReading:
    """A file, every row of every sheet accounted for."""

    path: Path
    sha256: str
    sheets: tuple[SheetReading, ...]

    def __post_init__(self) -> None:
        if self.read != self.kept + self.quarantined + self.skipped:
            raise ValueError(f"{self.path}: rows do not add up")

    @property
    def read(self) -> int:
        """Rows in the file."""
        return sum(sheet.rows_read for sheet in self.sheets)

    @property
    def kept(self) -> int:
        """Rows that became rows of a dataset."""
        return sum(len(sheet.kept) for sheet in self.sheets)

    @property
    def quarantined(self) -> int:
        """Rows set aside with a problem."""
        return sum(sheet.quarantined for sheet in self.sheets)

    @property
    def skipped(self) -> int:
        """Rows without data of their own, or repeated."""
        return sum(len(sheet.skipped) for sheet in self.sheets)
