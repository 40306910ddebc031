"""The records of a recognised table, column by column, and where each stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agriqa.ingest.readers import Cell


@dataclass(frozen=True)
class Coded:
    """A column of cells as its distinct cells and a code for each record.

    Whatever is done to a cell is done once for each distinct one: most columns
    of a large file hold few.

    Attributes
    ----------
    codes : ndarray of int, shape (n,)
        Index into `distinct`.
    distinct : list
        The distinct cells; equal cells of different type are distinct.

    Examples
    --------
    >>> column = Coded.of(["a", None, "a"])
    >>> column.codes.tolist(), column.distinct
    ([0, 1, 0], ['a', None])
    """

    codes: NDArray[np.int64]
    distinct: list[Cell]

    @classmethod
    def of(cls, cells: Iterable[Cell]) -> Coded:
        """Code a sequence of cells."""
        known: dict[tuple[type, Cell], int] = {}
        codes = [known.setdefault((type(cell), cell), len(known)) for cell in cells]
        return cls(np.array(codes, dtype="int64"), [cell for _, cell in known])

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, record: int) -> Cell:
        return self.distinct[self.codes[record]]

    def where(self, chosen: Callable[[Cell], bool]) -> NDArray[np.bool_]:
        """Return which records hold a cell that is `chosen`."""
        return np.array([chosen(cell) for cell in self.distinct], dtype=bool)[self.codes]

    def take(self, records: NDArray[np.int64]) -> Coded:
        """Return the column of some of the records."""
        return Coded(self.codes[records], self.distinct)

    @property
    def blank(self) -> NDArray[np.bool_]:
        """Which records hold nothing, or white space alone."""
        return self.where(is_blank)


def is_blank(cell: Cell) -> bool:
    """Whether a cell holds nothing, or white space alone."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


@dataclass(frozen=True)
class Records:
    """The cells of a table's records, column by column.

    A record is a row of the table; in a wide table it is a row's cells under
    one year or category, so that one row of the sheet is several records.

    Attributes
    ----------
    rows : ndarray of int64, shape (n,)
        Row of the sheet, from 1.
    cols : ndarray of int64, shape (n,)
        First column of the record's own cells, from 1. Row and column tell
        records of one sheet apart.
    cells : mapping of int to Coded
        The cells at each position (from 0) of the table. A position that no
        heading names is a column without a header.
    """

    rows: NDArray[np.int64]
    cols: NDArray[np.int64]
    cells: Mapping[int, Coded]

    @classmethod
    def of(
        cls, rows: Iterable[int], cols: Iterable[int], cells: Mapping[int, Iterable[Cell]]
    ) -> Records:
        """Make records from plain sequences."""
        return cls(
            np.fromiter(rows, dtype="int64"),
            np.fromiter(cols, dtype="int64"),
            {
                at: column if isinstance(column, Coded) else Coded.of(column)
                for at, column in cells.items()
            },
        )

    def __len__(self) -> int:
        return len(self.rows)
