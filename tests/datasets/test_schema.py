from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from agriqa.datasets import Column, code_lists, dataset, datasets
from agriqa.datasets.schema import DTYPES, SchemaError, check_frame

NAMES = list(datasets())


def _value(column: Column) -> Any:
    """A value the declaration allows."""
    if column.codes is not None:
        return next(iter(code_lists()[column.codes].codes))
    low = 1 if column.min is None else column.min
    return {
        "text": "甲", "county": "510117", "prefecture": "510100", "integer": low, "year": 2020,
        "number": low, "measurement": low, "date": dt.datetime(2020, 1, 1), "boolean": True,
    }[column.type]  # fmt: skip


def _frame(name: str, /, **changes: Any) -> pd.DataFrame:
    row = {c.name: _value(c) for c in dataset(name)} | {"withheld": None} | changes
    frame = pd.DataFrame({key: pd.Series([value], dtype="object") for key, value in row.items()})
    return frame.astype({c.name: DTYPES[c.type] for c in dataset(name)})


@pytest.mark.parametrize("name", NAMES)
def test_a_row_as_declared_passes(name: str) -> None:
    check_frame(_frame(name), dataset(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_column_too_many_is_refused(name: str) -> None:
    with pytest.raises(SchemaError, match="surprise"):
        check_frame(_frame(name).assign(surprise=1), dataset(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_key_twice_is_refused(name: str) -> None:
    with pytest.raises(SchemaError):
        check_frame(pd.concat([_frame(name)] * 2, ignore_index=True), dataset(name))


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_key_is_refused(name: str) -> None:
    key = dataset(name).key[0]
    with pytest.raises(SchemaError, match=key):
        check_frame(_frame(name, **{key: None}), dataset(name))


LIMITED = [(d.name, c.name) for d in datasets().values() for c in d if c.max is not None]
CODED = [(d.name, c.name) for d in datasets().values() for c in d if c.codes is not None]


@pytest.mark.parametrize(("name", "column"), LIMITED)
def test_a_value_past_its_limit_is_refused(name: str, column: str) -> None:
    above = int(dataset(name)[column].max or 0) + 1
    with pytest.raises(SchemaError, match=column):
        check_frame(_frame(name, **{column: above}), dataset(name))


@pytest.mark.parametrize(("name", "column"), CODED)
def test_a_value_outside_its_code_list_is_refused(name: str, column: str) -> None:
    with pytest.raises(SchemaError, match=column):
        check_frame(_frame(name, **{column: "nonsense"}), dataset(name))


def test_a_required_value_may_be_withheld_but_not_just_missing() -> None:
    check_frame(_frame("pesticide_use", use_t=None, withheld="use_t"), dataset("pesticide_use"))
    with pytest.raises(SchemaError, match="use_t"):
        check_frame(_frame("pesticide_use", use_t=None), dataset("pesticide_use"))
