"""Doubts about rows that are kept, and relations that must hold."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest

from agriqa.datasets import Column, Dataset, code_lists, dataset, datasets
from agriqa.datasets.rules import Rules
from agriqa.datasets.schema import DTYPES
from agriqa.ingest.doubts import MOST_LISTED
from agriqa.ingest.plausible import broken_relations, totals, within
from agriqa.ingest.reading import WARNING_COLUMNS
from tests.ingest.grids import REGISTER

USUAL = [(d.name, c.name) for d in datasets().values() for c in d if c.has_usual]
RELATIONS = [(d.name, r) for d in datasets().values() for r in d.rules.relation]
PARTS = [(d.name, p) for d in datasets().values() for p in d.rules.parts]


def _value(column: Column) -> Any:
    if column.codes is not None:
        return next(iter(code_lists()[column.codes].codes))
    return {"county": "510117", "prefecture": "510100", "year": 2020, "text": "甲"}.get(column.type)


def rows(declared: Dataset, *changes: dict[str, Any]) -> pd.DataFrame:
    """Rows with a key and nothing else but `changes`."""
    blank = {c.name: _value(c) if c.name in declared.key else None for c in declared}
    records = [blank | {"row": at, "col": 1} | change for at, change in enumerate(changes, 2)]
    frame = pd.DataFrame(records, dtype="object")
    return frame.astype({c.name: DTYPES[c.type] for c in declared} | {"row": int, "col": int})


def found(declared: Dataset, *changes: dict[str, Any]) -> pd.DataFrame:
    warnings = within(rows(declared, *changes), declared, REGISTER)
    assert list(warnings.columns) == list(WARNING_COLUMNS)
    return warnings


@pytest.mark.parametrize(("name", "column"), USUAL)
def test_a_value_outside_usual_limits_is_doubtful_and_the_limit_is_not(
    name: str, column: str
) -> None:
    declared = dataset(name)
    of = declared[column]
    for bound, past in ((of.usual_min, 0.5), (of.usual_max, 1.01)):
        if bound is None:
            continue
        assert found(declared, {column: bound}).empty
        odd = found(declared, {column: int(bound * past) + (past > 1)})
        assert odd[["row", "column", "rule"]].to_numpy().tolist() == [[2, column, "unusual"]]


@pytest.mark.parametrize(("name", "relation"), RELATIONS, ids=str)
def test_a_broken_relation_is_found_and_a_kept_one_is_not(name: str, relation: Any) -> None:
    declared = dataset(name).model_copy(update={"rules": Rules(relation=(relation,))})
    right, below, above = {
        "year": (2005, 2005, 2006),
        "date": tuple(dt.datetime(2005, 1, day) for day in (2, 2, 3)),
    }.get(declared[relation.left].type, (100, *(int(100 * relation.factor) + k for k in (0, 1))))
    good = {relation.left: below, relation.right: right}
    bad = {relation.left: above, relation.right: right}
    frame = rows(declared, good, good | {relation.right: None}, bad)
    errors = [index for index, *_ in broken_relations(frame, declared)]
    doubts = within(frame, declared, REGISTER)
    doubts = doubts[doubts["rule"] == "relation"]["row"].tolist()
    assert (errors, doubts) == (([2], []) if relation.severity == "error" else ([], [4]))


@pytest.mark.parametrize(("name", "parts"), PARTS, ids=str)
def test_parts_above_their_whole_are_doubtful(name: str, parts: Any) -> None:
    declared = dataset(name)

    def lines(whole: float) -> list[dict[str, Any]]:
        of = [(parts.whole, whole), ("甲", 3.0), ("乙", 2.0)]
        return [{parts.over: key, parts.column: value} for key, value in of]

    assert found(declared, *lines(5.0)).empty
    odd = found(declared, *lines(4.0))
    assert odd[["row", "column", "rule"]].to_numpy().tolist() == [[2, parts.column, "parts"]]


def test_a_message_names_county_year_value_unit_and_what_is_usual() -> None:
    [row] = found(dataset("pesticide_use"), {"use_t": 1600.0, "active_ingredient": "all"}).to_dict(
        "records"
    )
    assert "郫都区 2020 年 杀虫剂商品量 1,600 吨，通常不大于 1,500 吨" in row["message_zh"]
    assert "usually at most 1,500 t" in row["message_en"]
    assert (row["header"], row["value"]) == ("商品量", "1,600")


def test_a_percentage_written_as_a_fraction_is_recognised() -> None:
    [row] = found(dataset("greening"), {"straw_pct": 0.91}).to_dict("records")
    assert "像是把小数当成百分数填报" in row["message_zh"]


def test_thousands_of_doubts_are_listed_to_a_limit_and_counted() -> None:
    odd = found(dataset("pesticide_use"), *[{"use_t": 1600.0}] * (MOST_LISTED + 5))
    assert len(odd) == MOST_LISTED + 1
    assert odd.iloc[0][["row", "col"]].tolist() == [0, 0]
    assert "还有 5 行" in odd.iloc[0]["message_zh"]


def _total(stated: float, **names: Any) -> pd.DataFrame:
    key = {"county_code": None, "year": 2020, "category": None, "active_ingredient": None}
    return pd.DataFrame([key | {"use_t": stated, "row": 9, "col": 1} | names])


DECLARED = dataset("pesticide_use")
TABLE = rows(
    DECLARED,
    {"use_t": 10.0, "active_ingredient": "all"},
    {"use_t": 4.0, "active_ingredient": "毒死蜱"},
    {"use_t": 5.0, "active_ingredient": "all", "category": "herbicide"},
    {"use_t": 7.0, "active_ingredient": "all", "county_code": "511002"},
)


@pytest.mark.parametrize(
    ("stated", "names"),
    [
        (22.0, {}),
        (17.0, {"category": "insecticide"}),
        (15.0, {"county_code": "510117"}),
        (15.0, {"area": "510100"}),
        (22.0, {"area": "510000"}),
        (4.0, {"active_ingredient": "毒死蜱"}),
    ],
)
def test_a_total_is_compared_with_the_rows_it_is_about(stated: float, names: Any) -> None:
    assert totals(TABLE, _total(stated, **names), DECLARED, REGISTER).empty
    [row] = totals(TABLE, _total(stated + 6, **names), DECLARED, REGISTER).to_dict("records")
    assert (row["row"], row["column"], row["rule"]) == (9, "use_t", "total")
    assert row["allowed"] == f"{stated:g}"
    assert f"为 {stated + 6:g} 吨" in row["message_zh"]
    assert "相差 -6 吨" in row["message_zh"]


def test_a_larger_total_says_nothing_where_rows_were_set_aside() -> None:
    assert totals(TABLE, _total(30.0), DECLARED, REGISTER, set_aside=1).empty
    assert len(totals(TABLE, _total(20.0), DECLARED, REGISTER, set_aside=1)) == 1


def test_a_larger_total_says_nothing_where_a_part_is_missing() -> None:
    table = TABLE.assign(use_t=[10.0, 4.0, np.nan, 7.0])
    assert totals(table, _total(30.0), DECLARED, REGISTER).empty
    assert len(totals(table, _total(10.0), DECLARED, REGISTER)) == 1


def test_rounded_parts_may_miss_their_total_by_as_much() -> None:
    table = TABLE.assign(use_t=[1.0, 9.0, 1.0, 1.0])
    assert totals(table, _total(4.0), DECLARED, REGISTER).empty
    assert len(totals(table, _total(5.0), DECLARED, REGISTER)) == 1


def test_a_quarter_of_a_million_residues_cost_little() -> None:
    count = 250_000
    declared = dataset("residue")
    frame = rows(declared, {"value_mg_kg": 0.02, "lod_mg_kg": 0.01, "loq_mg_kg": 0.03})
    many = frame.loc[np.zeros(count, dtype=int)].assign(row=np.arange(count))
    within(many.head(), declared, REGISTER)
    start = time.process_time()
    assert within(many, declared, REGISTER).empty
    assert time.process_time() - start < 0.3  # some 0.02 s on an idle machine
