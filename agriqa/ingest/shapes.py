"""From a foreign cell to one that the dataset's column understands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache

from agriqa.areas import Register
from agriqa.areas.names import PROVINCES, as_code, normalise, province_of
from agriqa.datasets import Column
from agriqa.datasets.declaration import Label
from agriqa.datasets.units import compatible
from agriqa.errors import nearest
from agriqa.ingest.cells import Converted, Trouble, converter, tidy, written
from agriqa.ingest.header import plain
from agriqa.ingest.readers import Cell
from agriqa.ingest.reading import Reason
from agriqa.ingest.sourcemodel import Condition, Source, Value

NATION = "全国"
_NUMERIC = ("number", "integer", "measurement")
_AMOUNT = re.compile(r"<?\s*[0-9][0-9.,\s]*")


class UnfitError(Exception):
    """A cell that the declaration says nothing about; its record is set aside."""

    def __init__(self, trouble: Trouble) -> None:
        self.trouble = trouble
        super().__init__(trouble.en)


def shaper(
    source: Source, column: Column, value: Value, register: Register
) -> Callable[[Cell], Cell]:
    """Return the function that applies a column's declaration to one cell.

    It takes the source's own spellings first, then ``replace``, ``read_as``
    and ``digits``, and raises UnfitError for a cell it cannot take.
    """
    spellings = _spellings(source, column)
    rules = [(re.compile(pattern), text) for pattern, text in value.replace.items()]
    read = _reader(value, register)

    def shape(cell: Cell) -> Cell:
        text = tidy(cell)
        if plain(text) in spellings:
            return spellings[plain(text)]
        if rules and text:
            replaced = next(
                (m.expand(new) for rule, new in rules if (m := rule.fullmatch(text))), None
            )
            if replaced is not None:
                cell = text = replaced
            elif value.closed:
                raise UnfitError(_unlisted(text, value.replace))
        if not text:
            return None
        if read is not None:
            return read(text)
        return text.zfill(value.digits) if value.digits is not None else cell

    return cache(shape) if not rules else shape


def _spellings(source: Source, column: Column) -> dict[str, Cell]:
    """Return the source's own ways to say missing, withheld and not detected."""
    found: dict[str, Cell] = {plain(text): None for text in source.missing}
    if column.type in _NUMERIC:
        found |= {plain(text): "保密" for text in source.withheld}
    if column.type == "measurement":
        found |= {plain(text): "未检出" for text in source.censored}
    return found


def _unlisted(text: str, known: Iterable[str]) -> Trouble:
    listed = "、".join(known)
    return Trouble(
        Reason.UNKNOWN_CODE,
        f"“{text}”不在来源声明的 replace 之中，请补上：{listed}",
        f"{text!r} is not among the source's replacements; add it: {listed}",
        listed,
    )


def _reader(value: Value, register: Register) -> Callable[[str], Cell] | None:
    if value.read_as is None:
        return None
    if value.read_as == "county_in_text":
        return _county_in_text(register)
    home = str(register.prefectures["code"].iloc[0])[:2]
    part = value.read_as.removeprefix("province_")

    def read(text: str) -> Cell:
        digits = province_digits(text)
        if part == "code":
            return f"{digits}0000" if digits else None
        if part == "name":
            return PROVINCES[digits][0] if digits else NATION
        return "national" if not digits else "province" if digits == home else "other_province"

    return read


def province_digits(text: str) -> str | None:
    """Return the first two digits of a province's code; None for the whole country.

    Raises
    ------
    UnfitError
        If the text names neither.

    Examples
    --------
    >>> province_digits("北 京"), province_digits("四川省"), province_digits("全国")
    ('11', '51', None)
    """
    known = {normalise(name): code for code, names in PROVINCES.items() for name in names}
    key = normalise(text)
    if key == NATION:
        return None
    code = as_code(text)
    digits = code[:2] if code is not None and code.endswith("0000") else known.get(key)
    if digits not in PROVINCES:
        near = "、".join(nearest(text, [names[0] for names in PROVINCES.values()], limit=3)) or "无"
        raise UnfitError(
            Trouble(
                Reason.UNKNOWN_AREA,
                f"“{text}”不是省、自治区、直辖市，也不是“{NATION}”，相近的有：{near}",
                f"{text!r} is neither a province nor the whole country; nearest: {near}",
                near,
            )
        )
    return digits


def _county_in_text(register: Register) -> Callable[[str], Cell]:
    """Return the function that finds the county of an address: the longest name in it."""
    names = sorted(set(register.units["name"]), key=lambda name: (-len(name), name))
    prefectures = list(register.prefectures["name"])
    home = PROVINCES[str(register.prefectures["code"].iloc[0])[:2]][0]

    def read(text: str) -> Cell:
        bare = normalise(text)
        if province_of(text) not in (None, home):
            return text
        county = next((name for name in names if name in bare), None)
        if county is None:
            return text
        # 市中区 is in two prefectures: what the address says of them is kept.
        prefecture = next((name for name in prefectures if name in bare), "")
        return prefecture + county

    return read


def holds(condition: Condition, cell: Cell) -> bool:
    """Whether a cell is what the condition asks for."""
    if condition.matches is not None:
        return re.search(condition.matches, tidy(cell)) is not None
    if condition.among:
        return plain(tidy(cell)) in set(map(plain, condition.among))
    return plain(tidy(cell)) not in set(map(plain, condition.outside))


def with_unit(cell: Cell, unit: str) -> Cell:
    """Write a number's unit behind it; what is no number stays as it is.

    Examples
    --------
    >>> with_unit("<0.01", "μg/kg"), with_unit(2.0, "吨"), with_unit("未检出", "吨")
    ('<0.01μg/kg', '2吨', '未检出')
    """
    text = tidy(cell)
    return f"{written(cell).strip()}{unit}" if _AMOUNT.fullmatch(text) else cell


def in_unit(cell: Cell, unit: str | None, targets: Iterable[str]) -> tuple[Cell, str]:
    """Convert a number to the first of `targets` that fits its unit.

    Returns
    -------
    tuple
        The number, or the cell where it is none; and the unit it is in now.

    Raises
    ------
    UnfitError
        If none fits.

    Examples
    --------
    >>> in_unit("1848.2", "万吨", ("t", "ha"))
    (18482000.0, 't')
    """
    target = next((t for t in targets if unit is not None and compatible(unit, t)), None)
    if target is None or unit is None:
        listed = "、".join(targets)
        raise UnfitError(
            Trouble(
                Reason.UNKNOWN_UNIT,
                f"单位“{unit or '未写'}”不能换算为 {listed}",
                f"unit {unit or 'not stated'!r} cannot be converted to {listed}",
                listed,
            )
        )
    found = _numbers(unit, target)(cell)
    return (found.value if isinstance(found.value, float) else cell), target


@cache
def _numbers(unit: str, target: str) -> Callable[[Cell], Converted]:
    label = Label(zh="数值", en="value")
    return converter(Column(name="value", label=label, type="number", unit=target), unit)
