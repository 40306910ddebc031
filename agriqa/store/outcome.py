"""What loading is asked to do, and what became of each file."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Literal

import pandas as pd

from agriqa.ingest import FileReading, LargeReading, SheetReading
from agriqa.ingest.preview import Preview, preview

Reading = FileReading | LargeReading
State = Literal["loaded", "unchanged", "unrecognised", "refused"]


@dataclass(frozen=True)
class LoadOptions:
    """How files are loaded.

    Attributes
    ----------
    encoding : str or None
        Forces the encoding of CSV files.
    sender : str or None
        Who sent the files; decides which reviewed names and headers apply.
    source : str or None
        Name of the declared source to read them by.
    replaces : str or None
        Ledger name or load id of the file that these correct. A file with the
        ledger name of an earlier one corrects that one anyway.
    again : bool
        Load files that are in the ledger once more, because names, headers or
        corrections were decided on since.
    """

    encoding: str | None = None
    sender: str | None = None
    source: str | None = None
    replaces: str | None = None
    again: bool = False


@dataclass(frozen=True)
class LoadOutcome:
    """What became of one file; read = kept + quarantined + skipped.

    ``unrecognised`` is a file none of whose sheets is a dataset: all its rows
    are skipped. ``replaced`` counts the rows of earlier loads that this one
    took the place of, ``warned`` the doubts about kept rows, and ``warnings``
    are the notes a person should read.
    """

    file: str
    state: State
    read: int = 0
    kept: int = 0
    quarantined: int = 0
    skipped: int = 0
    replaced: int = 0
    warned: int = 0
    datasets: tuple[str, ...] = ()
    message: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trial:
    """What loading a file would do, found out without doing it.

    Attributes
    ----------
    outcome : LoadOutcome
        As loading would report it.
    reading : FileReading, LargeReading or None
        What was understood; None when the file is refused.
    quarantine, warning, skipped : DataFrame
        What the ledger would hold.
    """

    outcome: LoadOutcome
    reading: Reading | None = None
    quarantine: pd.DataFrame = field(default_factory=pd.DataFrame)
    warning: pd.DataFrame = field(default_factory=pd.DataFrame)
    skipped: pd.DataFrame = field(default_factory=pd.DataFrame)

    def preview(self) -> Preview:
        """Return what was understood, and what the store says to it; of a large file the start."""
        if self.reading is None:
            return preview(())
        sheets = islice(self.reading.sheets, 1 if isinstance(self.reading, LargeReading) else None)
        admitted = tuple(self._admitted(sheet) for sheet in sheets)
        return preview([FileReading(self.reading.path, self.reading.sha256, admitted)])

    def _admitted(self, sheet: SheetReading) -> SheetReading:
        """Return one table as the store would take it in."""
        if sheet.dataset is None or (self.quarantine.empty and self.skipped.empty):
            return sheet
        at = ["row", "col"]
        mine = self.quarantine[self.quarantine["sheet"] == sheet.sheet]
        mine = mine[mine["dataset"] == sheet.dataset]
        again = self.skipped[self.skipped["sheet"] == sheet.sheet]
        kept = pd.MultiIndex.from_frame(sheet.kept[at])
        refused = mine[pd.MultiIndex.from_frame(mine[at]).isin(kept)]
        repeated = again[pd.MultiIndex.from_frame(again[at]).isin(kept)]
        gone = pd.MultiIndex.from_frame(pd.concat([refused[at], repeated[at]]).astype("int64"))
        return replace(
            sheet,
            kept=sheet.kept[~kept.isin(gone)].reset_index(drop=True),
            problems=_joined(sheet.problems, refused),
            skipped=_joined(sheet.skipped, repeated),
        )


def _joined(frame: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([frame, more[frame.columns]], ignore_index=True) if len(more) else frame


def unchanged(file: str) -> LoadOutcome:
    """Return the outcome of a file that is in the ledger already."""
    return LoadOutcome(file, "unchanged", message="内容已入库 / already loaded")
