"""What a form knows beforehand: the counties, the choices, and the keys of its rows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from agriqa.areas import Register
from agriqa.datasets import Column, Dataset, code_lists, datasets
from agriqa.errors import AgriqaError
from agriqa.ingest.forms.fields import YES_NO, form_columns, shown

# An integer key of so few values (a quarter, a month) is written out.
_MOST_STEPS = 12


@dataclass(frozen=True)
class Area:
    """Whom a form is for: one prefecture, or the whole register.

    Attributes
    ----------
    code, name : str
        Of the prefecture, or of its province.
    counties : tuple of str
        Names of the counties as valid in the year, each of which the reader
        resolves: with the prefecture in brackets where the name alone is not enough.
    prefectures : tuple of str
        Names of the prefectures.
    """

    code: str
    name: str
    counties: tuple[str, ...]
    prefectures: tuple[str, ...]


def area_of(register: Register, year: int, prefecture: str | None) -> Area:
    """Return the area of a form.

    Raises
    ------
    UnknownAreaError
        If `prefecture` is none of the register.
    AgriqaError
        If `year` lies before the register's first list.
    """
    names = dict(zip(register.prefectures["code"], register.prefectures["name"], strict=True))
    wanted = register.resolve_prefecture(prefecture) if prefecture is not None else None
    counties = []
    for row in register.in_force(year).sort_values("code").to_dict("records"):
        home = register.resolve_prefecture(row["prefecture_code"])
        if wanted in (None, home):
            counties.append(_county(register, row["name"], row["current_code"], year, names[home]))
    if wanted is not None:
        return Area(wanted, names[wanted], tuple(counties), (names[wanted],))
    province = f"{next(iter(names))[:2]}0000"
    return Area(province, register.name(province), tuple(counties), tuple(names.values()))


def _county(register: Register, name: str, code: str, year: int, prefecture: str) -> str:
    try:
        if register.resolve(name, year=year).code == code:
            return name
    except AgriqaError:
        pass
    return f"{name}（{prefecture}）"


def is_form(declared: Dataset) -> bool:
    """Whether counties or prefectures report the dataset.

    Examples
    --------
    >>> is_form(datasets()["greening"]), is_form(datasets()["published_figure"])
    (True, False)
    """
    return declared.kind == "return" or any(
        column.type in ("county", "prefecture") for column in declared
    )


def check_form(declared: Dataset) -> None:
    """Refuse a dataset that nobody reports; the message names those that can be a form."""
    if not is_form(declared):
        able = [d for d in datasets().values() if is_form(d)]
        raise AgriqaError(
            f"“{declared.label.zh}”（{declared.name}）不由县市填报，没有表式；可做表式的有："
            f"{'、'.join(f'{d.name} {d.label.zh}' for d in able)}。"
            f" / Dataset {declared.name!r} is not reported by counties and has no form; "
            f"forms: {', '.join(d.name for d in able)}."
        )


def choices(column: Column, area: Area) -> tuple[str, ...]:
    """Return what can be chosen in a column, as it stands in the drop-down; empty if free."""
    if column.type == "county":
        return area.counties
    if column.type == "prefecture":
        return area.prefectures
    if column.type == "boolean":
        return YES_NO
    if column.codes is not None:
        return tuple(code.label.zh for code in code_lists()[column.codes].codes.values())
    return ()


def key_rows(declared: Dataset, area: Area, year: int) -> list[dict[str, str | int]]:
    """Return the key of every row that is expected, by column; none if they are not known.

    They are known when the key is county and year, alone or with codes, small
    integers and texts that have a default.

    Examples
    --------
    >>> area = Area("511000", "内江市", ("隆昌市",), ("内江市",))
    >>> key_rows(datasets()["enforcement"], area, 2024)[1]
    {'county_code': '隆昌市', 'year': 2024, 'quarter': 1, 'field': '农产品'}
    """
    key = [declared[name] for name in declared.key]
    if not {"county", "year"} <= {column.type for column in key}:
        return []
    values = [_key_values(column, area, year) for column in key]
    return [dict(zip(declared.key, row, strict=True)) for row in product(*values)]


def has_free_key(declared: Dataset) -> bool:
    """Whether there may be more rows than `key_rows` knows of."""
    return any(declared[name].type == "text" for name in declared.key)


def _key_values(column: Column, area: Area, year: int) -> tuple[str | int, ...]:
    if column.type == "year":
        return (year,)
    if column.type == "integer" and column.min is not None and column.max is not None:
        steps = range(int(column.min), int(column.max) + 1)
        return tuple(steps) if len(steps) <= _MOST_STEPS else ()
    if column.default is not None:
        return (column.default,)
    return choices(column, area)


def check_year(declared: Dataset, year: int) -> None:
    """Refuse a year that the dataset's year column would not take."""
    for column in form_columns(declared):
        low, high = column.min, column.max
        if column.type != "year" or column.name not in declared.key:
            continue
        if (low is not None and year < low) or (high is not None and year > high):
            limits = f"{shown(low)}–{shown(high)}"
            raise AgriqaError(
                f"年份 {year} 超出“{declared.label.zh}”允许的 {limits}。"
                f" / Year {year} is outside {limits} of {declared.name!r}."
            )
