"""What only the store can check: rows against the rows it holds already."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import sqlalchemy as sa

from agriqa.datasets import Dataset, dataset
from agriqa.ingest import SheetReading
from agriqa.store.tables import tables

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
        if orphan.any():
            sheet = _quarantine(
                sheet,
                orphan,
                column=column.name,
                reason="unknown_reference",
                zh="{value} 在“" + dataset(column.references).label.zh + "”中不存在",
                en="{value} is not in dataset " + column.references,
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
    same = found.copy()
    for name in compared:
        new, old = both[name], both[f"{name}_held"]
        if new.dtype.kind == "M":
            old = pd.to_datetime(old)
        same &= (new.isna() & old.isna()) | (new == old).fillna(False).astype(bool)
    where = both["file"].astype(str) + " " + both["sheet_held"].astype(str)
    where += "!" + both["row_held"].astype("Int64").astype(str)
    skipped = pd.DataFrame(
        {
            "row": sheet.kept.loc[same, "row"],
            "reason": "already_loaded",
            "text": "同一行已由以下文件入库：" + where[same],
        }
    )
    sheet = replace(
        sheet,
        kept=sheet.kept[~same],
        skipped=pd.concat([sheet.skipped, skipped], ignore_index=True)
        if len(skipped)
        else sheet.skipped,
    )
    conflict = (found & ~same)[~same]
    if conflict.any():
        sheet = _quarantine(
            sheet,
            conflict,
            column=key[0],
            reason="conflicts_with_loaded",
            zh="同一主键已有不同的数值，见 {where}",
            en="the same key is held with other values, see {where}",
            where=where[~same],
        )
    return sheet


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
    ).join(load)
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


def _quarantine(
    sheet: SheetReading,
    bad: pd.Series,
    *,
    column: str,
    reason: str,
    zh: str,
    en: str,
    where: pd.Series | None = None,
) -> SheetReading:
    rows = sheet.kept[bad]
    places = where[bad] if where is not None else pd.Series("", index=rows.index)
    facts = list(zip(rows[column].astype(str), places.astype(str), strict=True))
    problems = pd.DataFrame(
        {
            "row": rows["row"].to_numpy(),
            "column": column,
            "header": column,
            "value": rows[column].astype(str).to_numpy(),
            "reason": reason,
            "message_zh": [zh.format(value=value, where=place) for value, place in facts],
            "message_en": [en.format(value=value, where=place) for value, place in facts],
            "allowed": None,
            "raw": [
                row.to_json(force_ascii=False, date_format="iso") for _, row in rows.iterrows()
            ],
        }
    )
    return replace(
        sheet,
        kept=sheet.kept[~bad],
        problems=pd.concat([sheet.problems, problems], ignore_index=True)
        if len(sheet.problems)
        else problems,
    )
