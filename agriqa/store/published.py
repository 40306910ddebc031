"""The total of a year that all counties have reported beside published figures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from agriqa.datasets import Column, Dataset
from agriqa.datasets.rules import Published
from agriqa.datasets.units import convert, mistaken
from agriqa.ingest.doubts import NOTHING, Doubt, amount, doubt
from agriqa.project import Project
from agriqa.store.held import Columns
from agriqa.store.tables import in_force, tables


def against_published(
    connection: sa.Connection,
    rows: Columns,
    link: Published,
    declared: Dataset,
    project: Project,
) -> pd.DataFrame:
    """Compare the years that this load made whole, or changed, with published figures."""
    column = declared[link.column]
    years = sorted({int(year) for year in rows["year"]})
    figures = _figures(connection, link, project.code, years)
    if not figures:
        return NOTHING
    sums = _whole_totals(
        connection, column, declared, sorted({figure["year"] for figure in figures}), project
    )
    found = []
    for year, ours in sums.items():
        known = [
            (convert(f["value"], f["unit_of_value"], column.unit or "1"), f)
            for f in figures
            if f["year"] == year
        ]
        near = [value for value, _ in known if _close(ours, value, link)]
        if near:
            continue
        said = _published_words(ours, year, known, link, column, declared, project)
        found.append({"sheet": rows["sheet"][0], "row": 0, "col": 0} | said)
    return pd.DataFrame(found)


def _close(ours: float, published: float, link: Published) -> bool:
    return abs(ours - published) <= link.tolerance_pct / 100 * abs(published)


def _figures(
    connection: sa.Connection, link: Published, code: str, years: list[int]
) -> list[dict[str, Any]]:
    table = tables().tables["published_figure"]
    query = sa.select(table.c.year, table.c.value, table.c.unit_of_value, table.c.source).where(
        in_force(table),
        table.c.indicator == link.indicator,
        table.c.area_code == code,
        table.c.year.in_(years),
        table.c.value.is_not(None),
    )
    result = connection.execute(query.order_by(table.c.figure_id))
    return [dict(row) for row in result.mappings()]


def _whole_totals(
    connection: sa.Connection,
    column: Column,
    declared: Dataset,
    years: list[int],
    project: Project,
) -> dict[int, float]:
    """Return the sum of each year that all counties have reported, nothing missing."""
    table = tables().tables[declared.name]
    value = table.c[column.name]
    query = (
        sa.select(
            table.c.year,
            sa.func.sum(value),
            sa.func.count(table.c.county_code.distinct()),
            sa.func.count() - sa.func.count(value),
        )
        .where(in_force(table), table.c.year.in_(years))
        .group_by(table.c.year)
    )
    for part in declared:
        if part.name in declared.key and part.default is not None:
            # Its default stands for all of them; the others are counted in it.
            query = query.where(table.c[part.name] == part.default)
    return {
        int(year): float(total)
        for year, total, counties, missing in connection.execute(query)
        if counties >= _expected_counties(project, int(year)) and not missing
    }


def _expected_counties(project: Project, year: int) -> int:
    """Return how many counties of today the counties of a year are."""
    return int(project.register.in_force(year)["current_code"].nunique())


def _published_words(
    ours: float,
    year: int,
    known: list[tuple[float, dict[Any, Any]]],
    link: Published,
    column: Column,
    declared: Dataset,
    project: Project,
) -> dict[str, object]:
    area = project.register.name(project.code), project.register.name(project.code, "en")
    seen_zh = "、".join(f"{amount(value, column)}（{row['source']}）" for value, row in known)
    seen_en = ", ".join(f"{amount(value, column, 'en')} ({row['source']})" for value, row in known)
    off = 100 * (ours / known[0][0] - 1) if known[0][0] else np.inf
    slip = mistaken(ours / known[0][0], column.unit or "1") if known[0][0] else None
    slip_zh, slip_en = (f"，{slip[0]}", f", {slip[1]}") if slip else ("", "")
    return doubt(
        Doubt.PUBLISHED,
        column,
        ours,
        zh=f"{area[0]} {year} 年各县“{declared.label.zh}”已填齐，{column.label.zh}合计 "
        f"{amount(ours, column)}，公开的“{link.indicator}”为 {seen_zh}，相差 {off:+.1f}%{slip_zh}，"
        "请核对",
        en=f"{area[1]} {year}: all counties have reported {declared.label.en.lower()}; "
        f"{column.label.en} sums to {amount(ours, column, 'en')}, published is {seen_en}, "
        f"a difference of {off:+.1f}%{slip_en}; please check",
        allowed=f"公开数字 published ±{link.tolerance_pct:g}%",
    )
