"""A county's value beside its neighbours' of the same year."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from agriqa.datasets import Column, Dataset, dataset
from agriqa.datasets.rules import Neighbours
from agriqa.datasets.units import mistaken, unit_label
from agriqa.ingest.doubts import NOTHING, Doubt, Row, about, amount, county, doubt, listed
from agriqa.project import Project
from agriqa.store.held import Held
from agriqa.store.history import medians

_TO_SIGMA = 1.4826  # median absolute deviation of a normal distribution


def odd_ones(
    held: Held,
    rule: Neighbours,
    base: np.ndarray | None,
    declared: Dataset,
    project: Project,
) -> pd.DataFrame:
    """Find the rows far from their neighbours' median.

    Parameters
    ----------
    held : Held
        The rows, and their neighbours' in the store.
    rule : Neighbours
        The rule.
    base : ndarray, optional
        What values are divided by, by county and year.
    declared : Dataset
        The dataset.
    project : Project
        Gives register and neighbours.
    """
    compared = _comparable(held.table(rule.column), base)
    value = compared[held.county, held.year, held.rest]
    near = _near(held, compared, project.neighbours)
    if near.shape[1] == 0:
        return NOTHING
    expected = medians(near)
    spread = np.log(rule.spread) if rule.per else rule.spread
    reach = rule.z * np.maximum(_TO_SIGMA * medians(np.abs(near - expected[:, None])), spread)
    enough = (~np.isnan(near)).sum(axis=1) >= rule.least
    odd = enough & (np.abs(value - expected) > reach)
    if not odd.any():
        return NOTHING
    scale = np.exp if rule.per else np.asarray
    evidence: list[Any] = list(scale(near[odd]))
    column = declared[rule.column]
    least, most = -np.inf, np.inf
    if rule.per is None:
        # Beyond the hard limits no value is to be expected.
        least = -np.inf if column.min is None else column.min
        most = np.inf if column.max is None else column.max
    doubtful = held.chosen(odd).assign(
        own=scale(value[odd]),
        expected=scale(expected[odd]),
        low=np.maximum(scale(expected[odd] - reach[odd]), least),
        high=np.minimum(scale(expected[odd] + reach[odd]), most),
        near=evidence,
    )

    def words(row: Row) -> dict[str, object]:
        return _neighbour_words(row, rule, column, declared, project)

    return listed(doubtful, column, Doubt.NEIGHBOURS, words)


def _comparable(table: np.ndarray, base: np.ndarray | None) -> np.ndarray:
    """Return what is compared: the values, or the logarithms of their ratios to the base."""
    if base is None:
        return table
    under = np.broadcast_to(base[:, :, None], table.shape)
    good = (table > 0) & (under > 0)
    found = np.full(table.shape, np.nan)
    found[good] = np.log(table[good] / under[good])
    return found


def _near(held: Held, compared: np.ndarray, neighbours: dict[str, tuple[str, ...]]) -> np.ndarray:
    """Return a line a row with what each of its county's neighbours has, nan for none."""
    at = {code: place for place, code in enumerate(held.counties)}
    lists = [[at.get(near, -1) for near in neighbours.get(code, ())] for code in held.counties]
    most = max(map(len, lists))
    padded = np.array([line + [-1] * (most - len(line)) for line in lists], dtype="int64")
    chosen = padded.reshape(len(lists), most)[held.county]
    values = compared[chosen, held.year[:, None], held.rest[:, None]]
    return np.where(chosen >= 0, values, np.nan)


def _neighbour_words(
    row: Row, rule: Neighbours, column: Column, declared: Dataset, project: Project
) -> dict[str, object]:
    register = project.register
    zh, en = about(row, declared, register)
    unit_zh, unit_en, scale = _ratio_unit(rule, column)

    def shown(value: float) -> str:
        return f"{value * scale:,.4g}"

    codes = project.neighbours[row["county_code"]]
    near = [(c, v) for c, v in zip(codes, row["near"], strict=False) if not np.isnan(v)]
    seen_zh = "、".join(f"{county(c, register)} {shown(v)}" for c, v in near)
    seen_en = ", ".join(f"{county(c, register, 'en')} {shown(v)}" for c, v in near)
    slip = mistaken(row["own"] / row["expected"], column.unit or "1") if rule.per else None
    slip_zh, slip_en = (f"，{slip[0]}", f", {slip[1]}") if slip else ("", "")
    per_zh = f"（{amount(row[column.name], column)}）" if rule.per else ""
    per_en = f" ({amount(row[column.name], column, 'en')})" if rule.per else ""
    what_zh, what_en = _ratio_name(rule, column)
    return doubt(
        Doubt.NEIGHBOURS,
        column,
        row[column.name],
        zh=f"{zh}{what_zh}{per_zh}为 {shown(row['own'])}{unit_zh}，{len(near)} 个相邻县的中位数为 "
        f"{shown(row['expected'])}{unit_zh}{slip_zh}（{seen_zh}），请核对",
        en=f"{en}: {what_en}{per_en} is {shown(row['own'])}{unit_en}; the median of "
        f"{len(near)} neighbouring counties is {shown(row['expected'])}{unit_en}{slip_en} "
        f"({seen_en}); please check",
        allowed=f"按相邻县 by neighbours {shown(row['low'])}–{shown(row['high'])}{unit_zh}",
    )


def _ratio_name(rule: Neighbours, column: Column) -> tuple[str, str]:
    if rule.per is None:
        return column.label.zh, column.label.en
    base = _base_column(rule.per)
    return f"每单位{base.label.zh}的{column.label.zh}", f"{column.label.en} per {base.label.en}"


def _ratio_unit(rule: Neighbours, column: Column) -> tuple[str, str, float]:
    """Return how a compared value is written, and how many of it one is."""
    unit = column.unit or "1"
    if rule.per is None:
        gap = "" if unit in ("%", "1") else " "
        return gap + unit_label(unit), gap + unit_label(unit, "en"), 1.0
    under = _base_column(rule.per).unit or "1"
    # Tonnes on a hectare are too large to be read.
    shown, scale = ("kg", 1000.0) if unit == "t" else (unit, 1.0)
    zh = f" {unit_label(shown)}/{unit_label(under)}"
    return zh, f" {unit_label(shown, 'en')}/{unit_label(under, 'en')}", scale


def _base_column(per: str) -> Column:
    name, column = per.split(".")
    return dataset(name)[column]
