"""The records of a recognised table, column by column, and where each stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agriqa.ingest.readers import Cell


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
    cells : mapping of int to sequence
        For each position that a heading of the table names: the n cells.
    """

    rows: NDArray[np.int64]
    cols: NDArray[np.int64]
    cells: Mapping[int, Sequence[Cell]]

    def __len__(self) -> int:
        return len(self.rows)
