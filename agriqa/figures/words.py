"""Words and numbers as they appear in figures and tables, in both languages."""

from __future__ import annotations

import math
from typing import Literal

from agriqa.errors import UnknownNameError

Language = Literal["zh", "en"]

_UNITS_EN = {
    "吨": "t",
    "公斤/公顷": "kg/ha",
    "%": "%",
    "%/年": "% a year",
    "%/%": "%/%",
    "σ": "σ",
    "件/千家": "per 1,000 firms",
    "人/万公顷": "per 10,000 ha",
    "次": "",
    "家": "",
    "件": "",
    "人": "",
    "种": "",
    "等": "grade",
    "项": "",
    "年": "years",
    "点": "points",
    "倍": "times",
    "个": "",
    "公顷": "ha",
    "万元": "10,000 CNY",
    "亿元": "100 million CNY",
    "概率": "probability",
}

STATUS: dict[str, dict[Language, str]] = {
    "reported": {"zh": "上报", "en": "reported"},
    "published": {"zh": "公开", "en": "published"},
    "estimated": {"zh": "估算", "en": "estimated"},
    "simulated": {"zh": "模拟", "en": "simulated"},
    "missing": {"zh": "缺数", "en": "no figure"},
    "withheld": {"zh": "不公开", "en": "withheld"},
    "too_few": {"zh": "样本太少", "en": "too few to tell"},
    "within_rounding": {"zh": "在修约误差之内，不可知", "en": "within rounding, not known"},
}
NO_VALUE = ("missing", "withheld", "too_few", "within_rounding")


def unit_text(unit: str, language: Language = "zh") -> str:
    """Return a measure's unit in the language of the reader.

    Raises
    ------
    UnknownNameError
        If the unit has no English form here.

    Examples
    --------
    >>> unit_text("公斤/公顷", "en")
    'kg/ha'
    """
    if language == "zh":
        return unit
    if unit not in _UNITS_EN:
        raise UnknownNameError("单位", "unit", unit, _UNITS_EN)
    return _UNITS_EN[unit]


def number_text(value: float, decimals: int = 1) -> str:
    """Write a number with thousands separators; a true minus sign; no ``-0``.

    Examples
    --------
    >>> number_text(12345.678, 1), number_text(-0.04, 1), number_text(-3, 0)
    ('12,345.7', '0.0', '−3')
    """
    if math.isnan(value):
        raise ValueError("a missing value has no number: say which status it has")
    rounded = round(value, decimals) + 0.0
    return f"{rounded:,.{decimals}f}".replace("-", "−")


def value_text(value: float, decimals: int, unit: str, language: Language = "zh") -> str:
    """Write a number with its unit.

    Examples
    --------
    >>> value_text(98.25, 1, "%"), value_text(1200, 0, "吨"), value_text(3.5, 1, "吨", "en")
    ('98.2%', '1,200 吨', '3.5 t')
    """
    shown = unit_text(unit, language)
    space = "" if shown in ("%", "") else " "
    return f"{number_text(value, decimals)}{space}{shown}"


def status_text(status: str, language: Language = "zh") -> str:
    """Return the reader's word for a status.

    Examples
    --------
    >>> status_text("missing"), status_text("withheld", "en")
    ('缺数', 'withheld')
    """
    if status not in STATUS:
        raise UnknownNameError("数据状态", "status", status, STATUS)
    return STATUS[status][language]
