"""A load's rows and the rows in force around them, laid out by county, year and the rest."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from agriqa.datasets import Dataset
from agriqa.store.tables import in_force, tables

# Databases limit how many values a query may list.
_MOST_LISTED = 500


# A frame would cost more than the look-up on the few rows of a usual load.
Columns = dict[str, np.ndarray]


@dataclass(frozen=True)
class Held:
    """Rows in force of some counties in a span of years.

    Attributes
    ----------
    rows : dict of str to ndarray
        The rows of the load by column: key, compared columns, sheet, row, col.
    county, year, rest : ndarray
        Where each row of the load stands in a table made by `table`: its
        county, its year, and the rest of its key.
    counties : list of str
        The counties of the tables, those of the load and others asked for.
    first : int
        The first year of the tables.
    years : int
        How many years they have.
    """

    rows: Columns
    county: np.ndarray
    year: np.ndarray
    rest: np.ndarray
    counties: list[str]
    first: int
    years: int
    _held: Columns
    _place: tuple[np.ndarray, np.ndarray, np.ndarray]
    _rests: int

    def chosen(self, which: np.ndarray) -> pd.DataFrame:
        """Return some rows of the load as a frame."""
        return pd.DataFrame({name: values[which] for name, values in self.rows.items()})

    def table(self, column: str) -> np.ndarray:
        """Return the values of a column by county, year and rest of the key; nan for none."""
        values = np.full((len(self.counties), self.years, self._rests), np.nan)
        values[self._place] = self._held[column]
        return values


def loaded_rows(connection: sa.Connection, declared: Dataset, load_id: int) -> Columns:
    """Return the rows in force that a load brought: key, compared columns and place."""
    table = tables().tables[declared.name]
    columns = [*_needed(declared), "sheet", "row", "col"]
    query = sa.select(*[table.c[name] for name in columns])
    return _fetch(connection, query.where(table.c.load_id == load_id, in_force(table)), declared)


def held_around(
    connection: sa.Connection,
    declared: Dataset,
    rows: Columns,
    *,
    more: Collection[str],
    earlier: int,
) -> Held:
    """Read what the store holds of the counties of `rows` and of `more`.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        After the rows were written.
    declared : Dataset
        The dataset.
    rows : dict of str to ndarray
        What `loaded_rows` gave, at least one row.
    more : collection of str
        Codes of other counties.
    earlier : int
        How many years before the first of the rows to read.
    """
    counties = sorted({*rows["county_code"], *more})
    first, last = int(rows["year"].min()) - earlier, int(rows["year"].max())
    table = tables().tables[declared.name]
    query = sa.select(*[table.c[name] for name in _needed(declared)]).where(in_force(table))
    held = _fetch(connection, narrowed(query, table, counties, (first, last)), declared)
    others = [name for name in declared.key if name not in ("county_code", "year")]
    at_county = {code: at for at, code in enumerate(counties)}
    rests: dict[Hashable, int] = {}

    def places(frame: Columns) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        keys = zip(*(frame[name].tolist() for name in others), strict=True) if others else None
        rest = (
            [0] * len(frame["year"])
            if keys is None
            else [rests.setdefault(k, len(rests)) for k in keys]
        )
        return (
            np.array([at_county[code] for code in frame["county_code"].tolist()], dtype="int64"),
            frame["year"].astype("int64") - first,
            np.array(rest, dtype="int64"),
        )

    all_of_them, own = places(held), places(rows)
    return Held(
        rows, *own, counties, first, last - first + 1, held, all_of_them, max(1, len(rests))
    )


def sums_by_year(
    connection: sa.Connection, per: str, counties: Sequence[str], first: int, years: int
) -> np.ndarray:
    """Return the sum of a ``dataset.column`` by county and year, nan where there is none."""
    name, column = per.split(".")
    table = tables().tables[name]
    query = (
        sa.select(table.c.county_code, table.c.year, sa.func.sum(table.c[column]))
        .where(in_force(table))
        .group_by(table.c.county_code, table.c.year)
    )
    query = narrowed(query, table, counties, (first, first + years - 1))
    at = {code: place for place, code in enumerate(counties)}
    found = np.full((len(counties), years), np.nan)
    rows: Sequence[Any] = connection.execute(query).all()
    for code, year, total in rows:
        if code in at and total is not None:
            found[at[code], year - first] = total
    return found


def narrowed(
    query: sa.Select[Any], table: sa.Table, counties: Collection[str], years: tuple[int, int]
) -> sa.Select[Any]:
    """Limit a query to counties and a span of years."""
    query = query.where(table.c.year.between(*years))
    if len(counties) <= _MOST_LISTED:
        query = query.where(table.c.county_code.in_(sorted(counties)))
    return query


def _needed(declared: Dataset) -> list[str]:
    return list(dict.fromkeys([*declared.key, *(r.column for r in declared.rules.compared)]))


def _fetch(connection: sa.Connection, query: sa.Select[Any], declared: Dataset) -> Columns:
    result = connection.execute(query)
    names = list(result.keys())
    lists = list(zip(*result.all(), strict=True)) or [()] * len(names)
    return {
        name: np.array(values, dtype=_dtype(name, declared))
        for name, values in zip(names, lists, strict=True)
    }


def _dtype(name: str, declared: Dataset) -> str:
    # A part of the key stays what it is: a quarter is no amount.
    compared = name in declared.columns and name not in declared.key and declared[name].is_amount
    return "float64" if compared else "object"
