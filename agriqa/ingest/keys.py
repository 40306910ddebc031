"""Rows of one table that share a key."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from agriqa.datasets import Dataset
from agriqa.ingest.cells import Trouble
from agriqa.ingest.reading import Reason, Skip


def contradictions(
    frame: pd.DataFrame, declared: Dataset
) -> Iterator[tuple[int, str, str, Trouble]]:
    """Yield the rows that share a key and differ: neither can be trusted.

    Each is the row's index, the key's first column, the key as text and the
    trouble.
    """
    key = list(declared.key)
    distinct = frame.drop_duplicates(declared.columns)
    clashing = distinct[distinct.duplicated(key, keep=False)]
    if clashing.empty:
        return
    keys = pd.MultiIndex.from_frame(clashing[key].astype("object"))
    every = frame[pd.MultiIndex.from_frame(frame[key].astype("object")).isin(keys)]
    for names, group in every.groupby(key, dropna=False):
        rows = "、".join(map(str, group["row"]))
        trouble = Trouble(
            Reason.CONFLICTING_ROWS,
            f"第 {rows} 行主键相同而数值不同，请只留一行",
            f"rows {rows} share a key but differ; keep one of them",
            "一个主键一行 one row a key",
        )
        shown = " ".join(map(str, names if isinstance(names, tuple) else (names,)))
        for row in group.index:
            yield row, key[0], shown, trouble


def repeats(frame: pd.DataFrame, declared: Dataset) -> dict[int, tuple[Skip, str]]:
    """Return the rows that say again what an earlier row said, each with that row."""
    key = list(declared.key)
    repeated = frame.duplicated(declared.columns)
    first = frame[~repeated].set_index(key)["row"]
    found = {}
    again = frame.loc[repeated, key].itertuples(index=False, name=None)
    for row, names in zip(frame.index[repeated], again, strict=True):
        of = first.loc[names if len(names) > 1 else names[0]]
        found[row] = (Skip.DUPLICATE, f"与第 {of} 行相同 / same as row {of}")
    return found
