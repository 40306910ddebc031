"""From a cell as it was written to a value as it is declared."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from agriqa.datasets import Column, code_lists
from agriqa.datasets.units import canonical, compatible, factor, unit_label
from agriqa.errors import nearest
from agriqa.ingest.readers import Cell
from agriqa.ingest.reading import Reason

MISSING = frozenset({"", "-", "--", "—", "——", "...", "......", "na", "n/a", "无", "未报", "缺"})
WITHHELD = frozenset({"保密", "不公开", "*", "x"})
CENSORED = frozenset({"未检出", "nd", "n.d.", "n.d"})
_YES = frozenset({"是", "true", "1", "达标", "yes"})
_NO = frozenset({"否", "false", "0", "未达标", "不达标", "no"})
_NUMBER = re.compile(r"([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]+)?)\s*([^0-9.,\s].*)?")
# Without separators only eight digits are a date: strptime reads 201911 as 1 January.
_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日")
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
# Commas and spaces inside a number part thousands, nothing else: "12,34" is no number.
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:([, ])[0-9]{3})(?:\1[0-9]{3})*(?![0-9, ])")
_SIGNIFICANT = 12


class Trouble(NamedTuple):
    """Why a cell cannot be taken: reason, the two messages and what is allowed."""

    reason: Reason
    zh: str
    en: str
    allowed: str


class Converted(NamedTuple):
    """A cell's value; None when it is missing, withheld or troubled."""

    value: object = None
    withheld: bool = False
    trouble: Trouble | None = None
    censored: bool | None = None
    limit: float | None = None


MISSED = Converted()


def written(cell: Cell) -> str:
    """Return a cell as text, the way a reader of the sheet sees it."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    return str(cell)


def tidy(cell: Cell) -> str:
    """Return a cell's text in one width, without outer spaces."""
    return unicodedata.normalize("NFKC", written(cell)).strip()


def converter(
    column: Column, unit: str | None, decided: Callable[[str], str | None] | None = None
) -> Callable[[Cell], Converted]:
    """Return the function that converts one cell of `column`, written in `unit`.

    `decided` returns what people have decided that a text means, None for nothing.
    """
    make = {
        "text": _text,
        "integer": _integer,
        "number": _number,
        "measurement": _measurement,
        "date": _date,
        "year": _year,
        "code": _code,
        "boolean": _boolean,
    }[column.type]
    convert = make(column, unit)
    if decided is not None:
        convert = _decided(convert, decided)
    memo: dict[object, Converted] = {}

    def remembered(cell: Cell) -> Converted:
        key = (type(cell), cell)
        if key not in memo:
            memo[key] = convert(cell)
        return memo[key]

    return remembered


def _decided(
    convert: Callable[[Cell], Converted], decided: Callable[[str], str | None]
) -> Callable[[Cell], Converted]:
    """Let people's decisions settle an unknown code, and the spelling of a text."""

    def settled(cell: Cell) -> Converted:
        found = convert(cell)
        unknown = found.trouble is not None and found.trouble.reason == Reason.UNKNOWN_CODE
        if unknown or (found.trouble is None and isinstance(found.value, str)):
            target = decided(tidy(cell))
            return found if target is None else Converted(target)
        return found

    return settled


def _absent(text: str) -> bool:
    return text.casefold() in MISSING


def _text(column: Column, _unit: str | None) -> Callable[[Cell], Converted]:
    def convert(cell: Cell) -> Converted:
        text = tidy(cell)
        return MISSED if text in ("", "-", "—", "——") else Converted(text)

    return convert


def _code(column: Column, _unit: str | None) -> Callable[[Cell], Converted]:
    entry = code_lists()[str(column.codes)]
    spelling = {_squeezed(text): code for text, code in entry.spelling().items()}
    labels = [c.label.zh for c in entry.codes.values()]

    def convert(cell: Cell) -> Converted:
        text = tidy(cell)
        if _squeezed(text) in spelling:
            return Converted(spelling[_squeezed(text)])
        if _absent(text):
            return MISSED
        near = "、".join(nearest(text, labels, limit=3)) or "—"
        allowed = "、".join(labels)
        return Converted(
            trouble=Trouble(
                Reason.UNKNOWN_CODE,
                f"“{text}”不是{entry.label.zh}，相近的有：{near}；允许：{allowed}",
                f"{text!r} is not a known {entry.label.en}; nearest: {near}; allowed: {allowed}",
                allowed,
            )
        )

    return convert


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


def _number(column: Column, unit: str | None) -> Callable[[Cell], Converted]:
    target = str(column.unit)
    scale = factor(unit, target) if unit and unit != target else 1.0

    def convert(cell: Cell) -> Converted:
        if isinstance(cell, float | int) and not isinstance(cell, bool) and math.isfinite(cell):
            return _limited(column, _clean(float(cell) * scale, scale))
        text = tidy(cell)
        if _absent(text):
            return MISSED
        if text.casefold() in WITHHELD:
            return Converted(withheld=True)
        found = _NUMBER.fullmatch(_ungrouped(text.casefold()))
        own = scale
        if found and found[2]:
            if not compatible(found[2], target):
                found = None
            else:
                own = factor(found[2], target)
        if found is None or not math.isfinite(float(found[1])):
            return Converted(trouble=_not_a(Reason.NOT_A_NUMBER, text, "数字", "a number"))
        return _limited(column, _clean(float(found[1]) * own, own))

    return convert


def _ungrouped(text: str) -> str:
    """Return a number without separators of thousands and without outer spaces."""
    found = _GROUPED.match(text)
    if found:
        return re.sub("[, ]", "", found[0]) + text[found.end() :].strip()
    return text.strip()


def _clean(value: float, scale: float) -> float:
    return value if scale == 1.0 else float(f"{value:.{_SIGNIFICANT}g}")


def _limited(column: Column, value: float) -> Converted:
    """Check a number against the declared limits."""
    low, high = column.min, column.max
    if (low is None or value >= low) and (high is None or value <= high):
        return Converted(value)
    shown = unit_label(str(column.unit)) if column.unit and canonical(column.unit) else ""
    limits = f"{'' if low is None else f'{low:g}'}–{'' if high is None else f'{high:g}'} {shown}"
    return Converted(
        trouble=Trouble(
            Reason.OUT_OF_RANGE,
            f"{value:g} 超出允许范围 {limits.strip()}",
            f"{value:g} is outside {limits.strip()}",
            limits.strip(),
        )
    )


def _not_a(reason: Reason, text: str, zh: str, en: str) -> Trouble:
    return Trouble(reason, f"“{text}”不是{zh}", f"{text!r} is not {en}", zh)


def _integer(column: Column, _unit: str | None) -> Callable[[Cell], Converted]:
    number = _number(column.model_copy(update={"unit": column.unit or "1"}), None)

    def convert(cell: Cell) -> Converted:
        found = number(cell)
        if isinstance(found.value, float):
            if not found.value.is_integer():
                text = tidy(cell)
                return Converted(trouble=_not_a(Reason.NOT_AN_INTEGER, text, "整数", "whole"))
            return Converted(int(found.value))
        return found

    return convert


def _until_today(column: Column) -> Column:
    """Narrow the limit of what cannot lie in the future."""
    return column.model_copy(update={"max": dt.date.today().year}) if column.past else column


def _year(column: Column, _unit: str | None) -> Callable[[Cell], Converted]:
    limited = _until_today(column)

    def convert(cell: Cell) -> Converted:
        text = re.sub(r"\s+", "", tidy(cell)).removesuffix("年度").removesuffix("年")
        if _absent(text):
            return MISSED
        if not re.fullmatch(r"\d{4}(\.0+)?", text):
            return Converted(trouble=_not_a(Reason.NOT_A_YEAR, text, "年份", "a year"))
        found = _limited(limited, float(text))
        return found if found.trouble else Converted(int(float(text)))

    return convert


def _measurement(column: Column, unit: str | None) -> Callable[[Cell], Converted]:
    number = _number(column, unit)

    def convert(cell: Cell) -> Converted:
        text = re.sub(r"\s+", "", tidy(cell))
        if text.casefold() in CENSORED:
            return Converted(censored=True)
        if text.startswith("<"):
            limit = number(text[1:])
            if limit.trouble or limit.value is None:
                return Converted(trouble=_not_a(Reason.NOT_A_NUMBER, text, "数字", "a number"))
            return Converted(censored=True, limit=float(str(limit.value)))
        found = number(cell)
        return found if found.value is None else found._replace(censored=False)

    return convert


def _date(column: Column, _unit: str | None) -> Callable[[Cell], Converted]:
    limited = _until_today(column)

    def checked(date: dt.date) -> Converted:
        ahead = column.past and date > dt.date.today()
        found = _limited(limited, date.year + ahead)
        return found if found.trouble else Converted(date)

    def convert(cell: Cell) -> Converted:
        if isinstance(cell, dt.datetime):
            return checked(cell.date())
        if isinstance(cell, dt.date):
            return checked(cell)
        text = re.sub(r"\s+", "", tidy(cell))
        if _absent(text):
            return MISSED
        if compact := _COMPACT_DATE.fullmatch(text):
            text = "-".join(compact.groups())
        for form in _DATES:
            try:
                return checked(dt.datetime.strptime(text, form).date())
            except ValueError:
                continue
        return Converted(trouble=_not_a(Reason.NOT_A_DATE, text, "日期", "a date"))

    return convert


def _boolean(column: Column, _unit: str | None) -> Callable[[Cell], Converted]:
    def convert(cell: Cell) -> Converted:
        text = tidy(cell).casefold()
        if text in _YES or cell is True:
            return Converted(True)
        if text in _NO or cell is False:
            return Converted(False)
        if _absent(text):
            return MISSED
        return Converted(trouble=_not_a(Reason.NOT_A_BOOLEAN, text, "是或否", "yes or no"))

    return convert
