"""A county's value beside its own last reported years."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from agriqa.areas import Register
from agriqa.datasets import Column, Dataset
from agriqa.datasets.rules import Jump
from agriqa.datasets.units import mistaken
from agriqa.ingest.doubts import NOTHING, Doubt, Row, about, amount, doubt, listed, number
from agriqa.store.held import Held

# Reported years are looked for in so many times the years wanted.
SPAN = 2


def jumps(held: Held, rule: Jump, declared: Dataset, register: Register) -> pd.DataFrame:
    """Find the rows far from the median of their county's last reported years."""
    column = declared[rule.column]
    value = held.rows[rule.column]
    values, years = _before(held, rule, register)
    expected = medians(values)
    ratio = np.maximum(value, rule.floor) / np.maximum(expected, rule.floor)
    odd = (ratio > rule.factor) | (ratio < 1 / rule.factor)
    if not odd.any():
        return NOTHING
    evidence: list[Any] = [
        [(int(y), float(v)) for y, v in zip(ys, vs, strict=True) if not np.isnan(v)]
        for ys, vs in zip(years[odd], values[odd], strict=True)
    ]
    doubtful = held.chosen(odd).assign(expected=expected[odd], evidence=evidence)

    def words(row: Row) -> dict[str, object]:
        return _jump_words(row, rule, column, declared, register)

    return listed(doubtful, column, Doubt.JUMP, words)


def _before(held: Held, rule: Jump, register: Register) -> tuple[np.ndarray, np.ndarray]:
    """Return each row's last reported values, newest first, and their years."""
    table = held.table(rule.column)
    # Only years in which the county was the area that it is now.
    span = np.arange(held.first, held.first + held.years)
    changes = [register.breaks.get(code, ()) for code in held.counties]
    era = np.array([np.searchsorted(years, span, side="right") for years in changes])
    back = held.year[:, None] - np.arange(1, SPAN * rule.years + 1)
    there = back >= 0
    back = np.maximum(back, 0)
    county = held.county[:, None]
    same = era[county, back] == era[held.county, held.year][:, None]
    values = np.where(there & same, table[county, back, held.rest[:, None]], np.nan)
    given = ~np.isnan(values)
    wanted = given & (np.cumsum(given, axis=1) <= rule.years)
    return np.where(wanted, values, np.nan), back + held.first


def medians(values: np.ndarray) -> np.ndarray:
    """Return the median of each line, nan where a line has no value.

    Much faster on short lines than `numpy.nanmedian`, and quiet about empty ones.
    """
    ordered = np.sort(values, axis=1)  # nan last
    count = (~np.isnan(values)).sum(axis=1)
    line = np.arange(len(values))
    low, high = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, values.shape[1] - 1)
    return np.asarray((ordered[line, low] + ordered[line, high]) / 2)


def _jump_words(
    row: Row, rule: Jump, column: Column, declared: Dataset, register: Register
) -> dict[str, object]:
    zh, en = about(row, declared, register)
    value, expected, before = row[column.name], row["expected"], row["evidence"]
    low = expected / rule.factor if expected > rule.factor * rule.floor else 0.0
    high = max(expected, rule.floor) * rule.factor
    count = len(before)
    if count == 1:
        known_zh, known_en = f" {before[0][0]} 年", f"the value of {before[0][0]}"
    else:
        known_zh = f"此前 {count} 个填报年的中位数"
        known_en = f"the median of the {count} years reported before"
    slip = mistaken(value / expected, column.unit or "1") if expected > 0 and column.unit else None
    slip_zh, slip_en = (f"，{slip[0]}", f", {slip[1]}") if slip else ("", "")
    seen_zh = "、".join(f"{year} 年 {number(v)}" for year, v in before)
    seen_en = ", ".join(f"{year}: {number(v)}" for year, v in before)
    held_zh, held_en = amount(expected, column), amount(expected, column, "en")
    if value == 0 or expected == 0:
        beside_zh, beside_en = f"而{known_zh}为 {held_zh}", f"while {known_en} is {held_en}"
    else:
        times = _times(value / expected)
        beside_zh = f"是{known_zh}（{held_zh}）的 {times} 倍"
        beside_en = f"{times} times {known_en}, {held_en}"
    return doubt(
        Doubt.JUMP,
        column,
        value,
        zh=f"{zh}{column.label.zh} {amount(value, column)}，{beside_zh}{slip_zh}"
        f"（{seen_zh}），请核对",
        en=f"{en}: {column.label.en} is {amount(value, column, 'en')}, {beside_en}{slip_en} "
        f"({seen_en}); please check",
        allowed=f"按历年 by earlier years {amount(low, column)}–{amount(high, column)}",
    )


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.2g}"
