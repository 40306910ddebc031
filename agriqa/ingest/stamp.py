"""The stamp of a marked copy: which file it gives back, and whether anybody changed it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from agriqa.ingest.cells import written
from agriqa.ingest.errors import IngestError
from agriqa.ingest.properties import custom_properties
from agriqa.ingest.readers import Grid, open_file, read_grids

SHEET = "反馈 Feedback"
# The first cell of the added sheet; by it the sheet is known again under any name.
TITLE = "agriqa 反馈表 feedback sheet"
FILE, SHA256, CONTENT = "agriqa-file", "agriqa-sha256", "agriqa-content"
# A custom property holds 255 characters: three hashes and the spaces between them.
ROUNDS = 3


@dataclass(frozen=True)
class FeedbackStamp:
    """What a marked copy says of the file that it gives back.

    Whoever fills in the copy may change the stamp: check that the sender is
    the same before anything is replaced.

    Attributes
    ----------
    file : str
        The file's name in the ledger.
    sha256s : tuple of str
        Content hashes, of the file that was marked first; the others are of
        the files which that one itself was a marked copy of, newest first.
    content : str
        Fingerprint of the cells as they were given back.
    """

    file: str
    sha256s: tuple[str, ...]
    content: str

    @property
    def properties(self) -> dict[str, str]:
        """The custom document properties that carry the stamp."""
        return {
            FILE: self.file[-250:],
            SHA256: " ".join(self.sha256s[:ROUNDS]),
            CONTENT: self.content,
        }


def feedback_stamp(path: Path) -> FeedbackStamp | None:
    """Return the stamp of a marked copy, or None for any other file.

    Parameters
    ----------
    path : Path
        Any file.

    Returns
    -------
    FeedbackStamp or None
        None too when the stamp is not whole.
    """
    try:
        with open_file(path) as stream:
            properties = custom_properties(stream)
    except IngestError:
        return None
    hashes = tuple(properties.get(SHA256, "").split())
    if not hashes or not all(len(one) == 64 for one in hashes):
        return None
    return FeedbackStamp(properties.get(FILE, ""), hashes, properties.get(CONTENT, ""))


def is_uncorrected(path: Path) -> bool:
    """Whether a file is a marked copy in which no cell was changed since it was given back."""
    stamp = feedback_stamp(path)
    return stamp is not None and stamp.content == fingerprint(read_grids(path)[1])


def is_feedback(grid: Grid) -> bool:
    """Whether a sheet is the list that a marked copy was given, which holds no data."""
    return bool(grid.rows and grid.rows[0]) and str(grid.rows[0][0]).startswith(TITLE)


def fingerprint(grids: Iterable[Grid], formulas: Iterable[tuple[str, int, int]] = ()) -> str:
    """Return a hash of what the cells say, the added sheet left out.

    `formulas` are cells (sheet, row and column from 1) that count as empty,
    and so does a cell that shows a formula's text: a copy keeps a formula, but
    its value comes only when Excel opens it.
    """
    empty = set(formulas)
    digest = hashlib.sha256()
    for sheet, grid in enumerate(one for one in grids if not is_feedback(one)):
        for row, cells in enumerate(grid.rows, start=1):
            for column, cell in enumerate(cells, start=1):
                if cell is None or (empty and (grid.name, row, column) in empty):
                    continue
                text = written(cell)
                if not text.startswith("="):
                    digest.update(f"{sheet},{row},{column},{text}\n".encode())
    return digest.hexdigest()
