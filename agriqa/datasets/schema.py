"""The validation schema of a dataset, made from its declaration."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from agriqa.datasets.declaration import Column, ColumnType, Dataset, code_lists, dataset
from agriqa.errors import AgriqaError

if TYPE_CHECKING:
    import pandera.pandas as pa

# How each declared type is held in a frame; ingest, store and snapshot agree on it.
DTYPES: dict[ColumnType, Any] = {
    "text": "str",
    "code": "str",
    "county": "str",
    "prefecture": "str",
    "integer": "Int64",
    "year": "Int64",
    "number": "float64",
    "measurement": "float64",
    "date": "datetime64[us]",
    "boolean": "boolean",
}
MOST_CASES = 20
_AREA_CODE = r"^[0-9]{6}$"


class SchemaError(AgriqaError):
    """A frame that should hold a dataset does not keep to its declaration."""


def structure_schema(declared: Dataset) -> pa.DataFrameSchema:
    """Return the schema of names, order and dtypes alone."""
    return _structure(declared.name)


def frame_schema(declared: Dataset) -> pa.DataFrameSchema:
    """Return the schema of a frame of one dataset.

    Checks dtypes first, then values: required cells, limits, code lists, area
    codes, and the key being unique. A required value may be empty where the
    row's ``withheld`` names the column; a key may not.

    Parameters
    ----------
    declared : Dataset
        The declaration.

    Returns
    -------
    pandera.pandas.DataFrameSchema
        Strict: columns exactly as declared, in order.

    Examples
    --------
    >>> frame_schema(dataset("capacity")).unique
    ['county_code', 'year']
    """
    return _values(declared.name, True)


def check_frame(frame: pd.DataFrame, declared: Dataset, *, unique: bool = True) -> None:
    """Check a frame against the declaration, structure before values.

    Parameters
    ----------
    frame : DataFrame
        The declared columns, in order.
    declared : Dataset
        The declaration.
    unique : bool
        Whether the key must be unique; in a part of a table it need not be.

    Raises
    ------
    SchemaError
        With the first `MOST_CASES` violations.
    """
    import pandera.errors

    try:
        # Stops at the first violation: the quick way through when there is none.
        _values(declared.name, unique).validate(frame)
        return
    except (pandera.errors.SchemaError, pandera.errors.SchemaErrors):
        pass
    for schema in (structure_schema(declared), _values(declared.name, unique)):
        try:
            schema.validate(frame, lazy=True)
        except pandera.errors.SchemaErrors as error:
            raise _schema_error(declared, error.failure_cases) from error


def _schema_error(declared: Dataset, cases: pd.DataFrame) -> SchemaError:
    shown = "; ".join(
        f"{case.column} [{case.index}]: {case.check} ({case.failure_case})"
        for case in cases.head(MOST_CASES).itertuples(index=False)
    )
    return SchemaError(
        f"“{declared.label.zh}”的数据不符合声明，共 {len(cases)} 处：{shown}。"
        f" / Dataset {declared.name!r} breaks its declaration in {len(cases)} places: see above."
    )


@cache
def _structure(name: str) -> pa.DataFrameSchema:
    import pandera.pandas as pa

    columns = {
        column.name: pa.Column(DTYPES[column.type], nullable=True) for column in dataset(name)
    }
    return pa.DataFrameSchema(columns, name=name, strict=True, ordered=True)


@cache
def _values(name: str, unique: bool) -> pa.DataFrameSchema:
    import pandera.pandas as pa

    declared = dataset(name)
    columns = {column.name: _column(column, declared) for column in declared}
    required = [
        column.name for column in declared if column.required and columns[column.name].nullable
    ]
    return pa.DataFrameSchema(
        columns,
        name=name,
        strict=True,
        ordered=True,
        unique=list(declared.key) if unique else None,
        checks=[
            # An ignored null would be the very thing that is looked for.
            pa.Check(
                _GivenOrWithheld(column), name=f"{column} required or withheld", ignore_na=False
            )
            for column in required
        ],
    )


def _column(column: Column, declared: Dataset) -> pa.Column:
    import pandera.pandas as pa

    checks = []
    if column.min is not None:
        first = dt.datetime(int(column.min), 1, 1) if column.type == "date" else column.min
        checks.append(pa.Check.ge(first))
    if column.max is not None:
        checks.append(pa.Check.le(column.max))
    if column.codes is not None:
        checks.append(pa.Check.isin(list(code_lists()[column.codes].codes)))
    if column.type in ("county", "prefecture"):
        checks.append(pa.Check.str_matches(_AREA_CODE))
    fixed = column.name in declared.key or (column.required and not column.numeric)
    return pa.Column(DTYPES[column.type], checks, nullable=not fixed)


class _GivenOrWithheld:
    """Whether each row has the value, or names the column as withheld."""

    def __init__(self, column: str) -> None:
        self.column = column

    def __call__(self, frame: pd.DataFrame) -> pd.Series:
        listed = (";" + frame["withheld"].fillna("") + ";").str.contains(
            f";{self.column};", regex=False
        )
        return frame[self.column].notna() | listed
