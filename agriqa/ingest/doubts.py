"""Warnings about rows that are kept: their kinds, their words, their frame."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import pandas as pd

from agriqa.areas import Register
from agriqa.areas.errors import UnknownAreaError
from agriqa.datasets import Column, Dataset, code_lists
from agriqa.datasets.units import unit_label
from agriqa.ingest.reading import WARNING_COLUMNS

# One wrong unit can make every row of a column doubtful; the rest is counted.
MOST_LISTED = 1000

Row = Mapping[Any, Any]
Words = Callable[[Row], dict[str, object]]


# What a rule that finds nothing returns.
NOTHING = pd.DataFrame()


class Doubt(StrEnum):
    """What makes a kept row doubtful."""

    UNUSUAL = "unusual"
    RELATION = "relation"
    PARTS = "parts"
    TOTAL = "total"
    JUMP = "jump"
    NEIGHBOURS = "neighbours"
    PUBLISHED = "published"


def doubt(
    rule: Doubt, column: Column, value: object, *, zh: str, en: str, allowed: str
) -> dict[str, object]:
    """Return what a warning says, without its place."""
    return {
        "column": column.name,
        "header": column.label.zh,
        "value": number(value),
        "rule": str(rule),
        "message_zh": zh,
        "message_en": en,
        "allowed": allowed,
    }


def listed(rows: pd.DataFrame, column: Column, rule: Doubt, words: Words) -> pd.DataFrame:
    """Return one warning a row, each in its words; past `MOST_LISTED` one for the rest.

    That one stands at row 0, column 0: it is about the sheet.

    Parameters
    ----------
    rows : DataFrame
        The doubtful rows with ``row`` and ``col``; also ``sheet`` where the
        caller's rows are of several sheets.
    column : Column
        The column in doubt.
    rule : Doubt
        The kind of doubt.
    words : callable
        Makes a row's warning.
    """
    place = [name for name in ("sheet", "row", "col") if name in rows]
    shown = rows.head(MOST_LISTED).to_dict("records")
    found = [{name: row[name] for name in place} | words(row) for row in shown]
    more = len(rows) - len(shown)
    if more:
        rest = doubt(
            rule,
            column,
            more,
            zh=f"“{column.label.zh}”还有 {more:,} 行同样存疑，未逐行列出，请核对整列（如单位）",
            en=f"{more:,} more rows of {column.name} are doubtful in the same way and not listed; "
            "check the whole column, such as its unit",
            allowed=str(found[0]["allowed"]),
        )
        found.append({"sheet": shown[0].get("sheet"), "row": 0, "col": 0} | rest)
    return pd.DataFrame(found, columns=[*([] if "sheet" not in rows else ["sheet"]), *_COLUMNS])


_COLUMNS = list(WARNING_COLUMNS)


def gathered(found: list[pd.DataFrame], *more: str) -> pd.DataFrame:
    """Return all warnings as one frame in the order of the rows, with columns `more` after."""
    columns = [*WARNING_COLUMNS, *more]
    some = [frame for frame in found if len(frame)]
    if not some:
        return pd.DataFrame(columns=columns)
    by = [*more, "row", "col"]
    return pd.concat(some)[columns].sort_values(by, kind="stable", ignore_index=True)


def number(value: object) -> str:
    """Return a value as a reader writes it: thousands parted, no noise of fractions.

    Examples
    --------
    >>> number(1250.0), number(0.1 + 0.2), number("all")
    ('1,250', '0.3', 'all')
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return "" if math.isnan(value) else f"{value:,.10g}"
    return "" if pd.isna(value) else str(value)  # type: ignore[call-overload]


def amount(value: float, column: Column, lang: str = "zh") -> str:
    """Return a value with the unit of its column.

    Examples
    --------
    >>> from agriqa.datasets import dataset
    >>> amount(1250, dataset("pesticide_use")["use_t"], "en")
    '1,250 t'
    """
    if not column.is_amount:
        return f"{value:%Y-%m-%d}" if column.type == "date" else f"{value:g}"
    unit = "" if column.unit is None else unit_label(column.unit, lang)
    tight = unit in ("", "%")
    return f"{number(float(f'{value:.4g}') if abs(value) < 1000 else round(value, 1))}" + (
        unit if tight else f" {unit}"
    )


def about(row: Row, declared: Dataset, register: Register) -> tuple[str, str]:
    """Return what a row is about, in Chinese and in English, from its key.

    A part of the key that is missing is left out, and so is a default.
    """
    zh: list[str] = []
    en: list[str] = []
    for name in declared.key:
        column, value = declared[name], row[name]
        if pd.isna(value) or value == column.default:
            continue
        if column.type == "county":
            zh.append(county(value, register))
            en.append(county(value, register, "en"))
        elif column.type == "year":
            zh.append(f"{value:d} 年")
            en.append(f"{value:d}")
        elif column.codes is not None:
            label = code_lists()[column.codes]
            zh.append(label.label_of(value))
            en.append(label.label_of(value, "en"))
        elif column.is_amount:
            zh.append(f"{column.label.zh} {value}")
            en.append(f"{column.label.en} {value}")
        else:
            zh.append(str(value))
            en.append(str(value))
    return " ".join(zh), " ".join(en)


def county(code: str, register: Register, lang: str = "zh") -> str:
    """Return a county's name, or its code where the register has no such county."""
    try:
        return register.name(code, lang)
    except UnknownAreaError:
        return code
