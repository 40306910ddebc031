"""One column of a form: its header, what may be written and what the clerk is told."""

from __future__ import annotations

import datetime as dt
from typing import Any

from agriqa.datasets import Column, Dataset
from agriqa.datasets.units import unit_label

MISSING_WORDS = ("—", "——", "-")
WITHHELD_WORDS = ("保密", "不公开")
CENSORED_WORD = "未检出"
YES_NO = ("是", "否")
_MOST_TITLE, _MOST_MESSAGE = 32, 255
_FIRST_YEAR, _LAST_YEAR = 1000, 9999  # a year is four digits
_FIRST_DATE = 1900  # where a spreadsheet's calendar begins
_MEASURED = ("integer", "number", "measurement")


def form_columns(declared: Dataset) -> tuple[Column, ...]:
    """Return the columns a clerk fills in.

    Left out is what the reader takes from other cells: whether a measurement
    is below its limit, and the list of withheld items.

    Examples
    --------
    >>> from agriqa.datasets import dataset
    >>> [c.name for c in form_columns(dataset("residue"))][:3]
    ['sample_id', 'analyte', 'value_mg_kg']
    """
    derived = {column.censored_by for column in declared} | {"withheld"}
    return tuple(column for column in declared if column.name not in derived)


def header(column: Column) -> str:
    """Return the header with its unit; what must be filled in has an asterisk.

    Examples
    --------
    >>> from agriqa.datasets import dataset
    >>> header(dataset("pesticide_use")["use_t"])
    '*商品量（吨）'
    """
    unit = _unit(column)
    return f"{'*' if _must(column) else ''}{column.label.zh}{f'（{unit}）' if unit else ''}"


def allowed(column: Column) -> str:
    """Return in words what may be written in the column."""
    if column.type in ("code", "county", "prefecture", "boolean"):
        return "从下拉列表中选"
    if column.type == "text":
        return "文字"
    if column.type == "date":
        until = "不晚于今天" if column.past else ""
        since = f"{column.min:g} 年以后" if column.min is not None else ""
        return "，".join(filter(None, ("日期，如 2024-06-30", since, until)))
    if column.type == "year":
        last = "今年" if column.past else shown(column.max)
        return f"四位年份，{shown(column.min)}–{last}"
    kind = "整数" if column.type == "integer" else "数字"
    limits = f"，{shown(column.min)}–{shown(column.max)}" if _limited(column) else ""
    unit = f"，单位：{_unit(column)}" if _unit(column) else ""
    percent = "，98.5% 填 98.5" if column.unit == "%" else ""
    return f"{kind}{limits}{unit}{percent}"


def absent(column: Column, key: tuple[str, ...]) -> str:
    """Return in words what to write when there is no value to give."""
    if column.type not in _MEASURED or column.name in key:
        if column.default is not None:
            return "可以不填"
        return "必须填写" if _must(column) else "没有则空着"
    missing = "必须填写" if column.required else f"没有数据填“{MISSING_WORDS[0]}”"
    censored = f"，未检出填“{CENSORED_WORD}”或“<检出限”" if column.type == "measurement" else ""
    return f"{missing}{censored}，不公开填“{WITHHELD_WORDS[0]}”，确实为零填 0"


def rule(column: Column, key: tuple[str, ...], cell: str, choices: str | None) -> dict[str, Any]:
    """Return the data validation of the column as xlsxwriter takes it.

    Parameters
    ----------
    column : Column
        The declared column.
    key : tuple of str
        The dataset's key: a key cannot be missing or withheld.
    cell : str
        Address of the first cell it stands for, e.g. ``D6``.
    choices : str, optional
        Reference to the range that lists what can be chosen.
    """
    told = [column.meaning.zh if column.meaning else "", allowed(column), absent(column, key)]
    label = header(column)[:_MOST_TITLE]
    return {
        **_check(column, key, cell, choices),
        "input_title": label,
        "input_message": _sentences(told),
        "error_title": label,
        "error_message": _sentences([f"这里应填：{allowed(column)}", absent(column, key)]),
    }


def example(column: Column, year: int, choices: tuple[str, ...]) -> str:
    """Return what a cell of the column may look like."""
    if choices:
        return choices[0]
    if column.default is not None:
        return column.default
    if column.type == "year":
        return str(year)
    if column.type == "date":
        return f"{year}-06-30"
    if column.type == "text":
        return f"（{column.label.zh}）"
    low, high = column.min or 0, column.max if column.max is not None else 1000
    middle = low + (high - low) / (2 if high <= 100 else 1000)
    return f"{middle:.0f}" if column.type == "integer" else f"{middle:.1f}"


def shown(limit: float | None) -> str:
    """Return a limit as people write it."""
    return "" if limit is None else f"{limit:.15g}"


def _must(column: Column) -> bool:
    return column.required and column.default is None


def _unit(column: Column) -> str:
    return unit_label(column.unit) if column.unit is not None else ""


def _limited(column: Column) -> bool:
    return column.min is not None or column.max is not None


def _sentences(parts: list[str]) -> str:
    text = "。".join(part for part in parts if part) + "。"
    return text if len(text) <= _MOST_MESSAGE else text[: _MOST_MESSAGE - 1] + "…"


def _check(column: Column, key: tuple[str, ...], cell: str, choices: str | None) -> dict[str, Any]:
    if choices is not None:
        return {"validate": "list", "source": choices}
    if column.type == "year":
        low, high = column.min or _FIRST_YEAR, column.max or _LAST_YEAR
        last: Any = "=YEAR(TODAY())" if column.past else int(high)
        return _between("integer", int(low), last)
    if column.type == "date":
        first = dt.date(int(column.min or _FIRST_DATE), 1, 1)
        until: Any = "=TODAY()" if column.past else dt.date(int(column.max or _LAST_YEAR), 12, 31)
        return _between("date", first, until)
    if column.type in _MEASURED:
        return {"validate": "custom", "value": _formula(column, key, cell)}
    return {"validate": "any"}


def _between(kind: str, low: Any, high: Any) -> dict[str, Any]:
    return {"validate": kind, "criteria": "between", "minimum": low, "maximum": high}


def _formula(column: Column, key: tuple[str, ...], cell: str) -> str:
    """Return the condition on a number's cell, which may hold a word instead."""
    number = [f"ISNUMBER({cell})"]
    if column.type == "integer":
        # INT of a word is an error, and one error would refuse every word.
        number.append(f"IFERROR({cell}=INT({cell}),FALSE)")
    if column.min is not None:
        number.append(f"{cell}>={shown(column.min)}")
    if column.max is not None:
        number.append(f"{cell}<={shown(column.max)}")
    words: tuple[str, ...] = ()
    if column.name not in key:
        words = WITHHELD_WORDS if column.required else (*MISSING_WORDS, *WITHHELD_WORDS)
    ways = [f"AND({','.join(number)})"]
    if column.type == "measurement":
        words = (*words, CENSORED_WORD)
        ways.append(f'AND(LEFT({cell},1)="<",ISNUMBER(-MID({cell},2,9)))')
    ways += [f'{cell}="{word}"' for word in words]
    return f"=OR({','.join(ways)})"
