"""Columns of converted cells: each distinct cell is converted once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from agriqa.ingest.cells import Converted
from agriqa.ingest.readers import Cell
from agriqa.ingest.records import Coded


class Conversion:
    """A column's cells and what each distinct one was converted to.

    Parameters
    ----------
    cells : Coded
        The column.
    converted : list of Converted
        One for each distinct cell.
    """

    def __init__(self, cells: Coded, converted: list[Converted]) -> None:
        self.cells, self.converted = cells, converted

    @classmethod
    def of(cls, cells: Coded, convert: Callable[[Cell], Converted]) -> Conversion:
        """Convert the cells of a column."""
        return cls(cells, [convert(cell) for cell in cells.distinct])

    def series(
        self, dtype: str, part: Callable[[Converted], object] = lambda one: one.value
    ) -> pd.Series:
        """Return one part of each record's conversion."""
        distinct = pd.Series([part(one) for one in self.converted], dtype=dtype)
        return distinct.take(self.cells.codes).reset_index(drop=True)

    def records(self, chosen: Callable[[Converted], bool]) -> Iterator[tuple[int, Converted]]:
        """Yield the records whose conversion is `chosen`, with it."""
        flags = np.array([chosen(one) for one in self.converted], dtype=bool)
        if flags.any():
            for record in np.flatnonzero(flags[self.cells.codes]).tolist():
                yield record, self.converted[self.cells.codes[record]]


class Combinations:
    """The distinct combinations of several columns.

    Attributes
    ----------
    codes : ndarray of int, shape (n,)
        Index into `distinct`.
    distinct : list of tuple
        A cell of each column.
    """

    def __init__(self, columns: list[Coded]) -> None:
        key: NDArray[np.int64] = np.zeros(len(columns[0]), dtype="int64")
        for column in columns:
            key = key * max(len(column.distinct), 1) + column.codes
        _, first, codes = np.unique(key, return_index=True, return_inverse=True)
        self.codes: NDArray[np.int64] = codes
        self.distinct = [tuple(column[at] for column in columns) for at in first.tolist()]


def constant(value: object, count: int, dtype: str) -> pd.Series:
    """Return a column of one value, made without a Python object for each record."""
    return pd.Series([value], dtype=dtype).take(np.zeros(count, dtype=int)).reset_index(drop=True)
