"""What only the store can check: rows against the rows it holds already."""

from __future__ import annotations

import json
from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import pandas as pd
import sqlalchemy as sa

from agriqa.datasets import Column, Dataset, dataset
from agriqa.ingest import SheetReading
from agriqa.store.tables import in_force, tables

# Databases limit how many values a query may list.
MOST_LISTED = 500


def admit(connection: sa.Connection, sheet: SheetReading) -> SheetReading:
    """Check one sheet's kept rows against the store, inside the load's transaction.

    A row that the store holds already, equal in every column, is skipped; one
    with the same key and other values is quarantined, and so is one that
    refers to a row the store does not hold.
    """
    if sheet.dataset is None or sheet.kept.empty:
        return sheet
    declared = dataset(sheet.dataset)
    return _without_known(connection, declared, _without_orphans(connection, declared, sheet))


def _without_orphans(
    connection: sa.Connection, declared: Dataset, sheet: SheetReading
) -> SheetReading:
    for column in declared:
        if column.references is None:
            continue
        target = tables().tables[column.references]
        known = set(connection.scalars(sa.select(target.c[column.name])))
        value = sheet.kept[column.name]
        orphan = value.notna() & ~value.isin(known)
        label = dataset(column.references).label
        problems = [
            _problem(
                declared,
                row,
                column,
                reason="unknown_reference",
                zh=f"{row[column.name]} 在“{label.zh}”中不存在，请先载入",
                en=f"{row[column.name]} is not in dataset {column.references}; load it first",
                allowed=f"{label.zh}中的编号 ids of {column.references}",
            )
            for row in sheet.kept[orphan].to_dict("records")
        ]
        sheet = replace(
            sheet,
            kept=sheet.kept[~orphan],
            problems=_extended(sheet.problems, pd.DataFrame(problems)),
        )
    return sheet


def _without_known(
    connection: sa.Connection, declared: Dataset, sheet: SheetReading
) -> SheetReading:
    held = _held(connection, declared, sheet.kept)
    if held.empty:
        return sheet
    key = list(declared.key)
    compared = [name for name in declared.columns if name not in key]
    both = sheet.kept.merge(held, on=key, how="left", suffixes=("", "_held"), indicator=True)
    both.index = sheet.kept.index
    found = both["_merge"] == "both"
    differs = pd.DataFrame({name: found & ~_equal(both, name) for name in compared})
    same = found & ~differs.any(axis=1)
    where = both["file"].astype(str) + " " + both["sheet_held"].astype(str)
    where += "!" + both["row_held"].astype("Int64").astype(str)
    skipped = pd.DataFrame(
        {
            "row": sheet.kept.loc[same, "row"],
            "col": sheet.kept.loc[same, "col"],
            "reason": "already_loaded",
            "text": "同一行已由以下文件入库：" + where[same],
        }
    )
    conflict = differs.any(axis=1)
    first = differs[conflict].idxmax(axis=1)
    problems = [
        _conflict(declared, row, declared[str(name)])
        for row, name in zip(both[conflict].to_dict("records"), first, strict=True)
    ]
    return replace(
        sheet,
        kept=sheet.kept[~found],
        skipped=_extended(sheet.skipped, skipped),
        problems=_extended(sheet.problems, pd.DataFrame(problems)),
    )


def _equal(both: pd.DataFrame, name: str) -> pd.Series:
    """Whether new and held value are the same, both missing included."""
    new, old = both[name], both[f"{name}_held"]
    if new.dtype.kind == "M":
        old = pd.to_datetime(old)
    return (new.isna() & old.isna()) | (new == old).fillna(False).astype(bool)


def _conflict(declared: Dataset, row: dict[Hashable, Any], column: Column) -> dict[str, object]:
    new, old = _shown(row[column.name]), _shown(row[f"{column.name}_held"])
    where = f"{row['file']} {row['sheet_held']}!{int(row['row_held'])}"
    return _problem(
        declared,
        row,
        column,
        reason="conflicts_with_loaded",
        zh=f"“{column.label.zh}”为 {new}，与已入库的 {old} 不同（{where}）；已入库的值不变",
        en=f"{column.name} is {new} but {old} is held already ({where}); the held value stays",
        allowed=old,
    )


def _shown(value: Any) -> str:
    return "空 (empty)" if pd.isna(value) else str(value)


def _extended(frame: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([frame, more], ignore_index=True) if len(more) else frame


def _held(connection: sa.Connection, declared: Dataset, kept: pd.DataFrame) -> pd.DataFrame:
    """Return the store's rows that may share a key with `kept`, and where they came from."""
    table = tables().tables[declared.name]
    load = tables().tables["load"]
    # The first key column narrows the look-up; the merge on the whole key decides.
    values = sorted({str(value) for value in kept[declared.key[0]]})
    columns = [table.c[name] for name in declared.columns]
    query = sa.select(
        *columns,
        table.c.sheet.label("sheet_held"),
        table.c.row.label("row_held"),
        load.c.file,
    ).join(load, table.c.load_id == load.c.load_id)
    query = query.where(in_force(table))
    first = table.c[declared.key[0]]
    if len(values) <= MOST_LISTED:
        query = query.where(first.in_(values))
    else:
        query = query.where(first.between(values[0], values[-1]))
    result = connection.execute(query)
    held = pd.DataFrame(result.fetchall(), columns=list(result.keys()))
    if held.empty:
        return held
    return held.astype({name: kept[name].dtype for name in declared.key})


def _problem(
    declared: Dataset,
    row: dict[Hashable, Any],
    column: Column,
    *,
    reason: str,
    zh: str,
    en: str,
    allowed: str,
) -> dict[str, object]:
    """Return the quarantine record of one row."""
    raw = {declared[name].label.zh: row[name] for name in declared.columns if pd.notna(row[name])}
    return {
        "row": row["row"],
        "col": row["col"],
        "column": column.name,
        "header": column.label.zh,
        "value": _shown(row[column.name]),
        "reason": reason,
        "message_zh": zh,
        "message_en": en,
        "allowed": allowed,
        "raw": json.dumps(raw, ensure_ascii=False, default=str),
    }
