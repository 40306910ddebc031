"""What a source's declaration must keep to beyond its form: datasets, columns, units, codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from agriqa.datasets import Column, Dataset, datasets
from agriqa.datasets.units import allowed, canonical, compatible
from agriqa.errors import nearest
from agriqa.ingest.cells import converter
from agriqa.ingest.sourcemodel import Source, TableMap, Value

# Units that need not be declared: nothing they could be mistaken for.
_PLAIN_UNITS = frozenset({"1", "%", "grade"})
# What a column may be converted to when its dataset declares no unit.
_SOME_UNITS = ("t", "kg", "ha", "mu", "10k_cny", "mg/kg", "%")


class Fault(NamedTuple):
    """A wrong key of a declaration, and what is wrong in Chinese and English."""

    key: str
    zh: str
    en: str


def faults(source: Source) -> Iterator[Fault]:
    """Yield what is wrong with a declaration that has the right form."""
    for at, table in enumerate(source.table):
        yield from _table(f"table.{at}", table)


def _table(key: str, table: TableMap) -> Iterator[Fault]:
    if table.dataset not in datasets():
        yield _unknown(f"{key}.dataset", "数据集", "dataset", table.dataset, datasets())
        return
    declared = datasets()[table.dataset]
    for name, value in table.column.items():
        if name in declared.columns:
            yield from _column(f"{key}.column.{name}", declared[name], value)
            yield from _unit_of(f"{key}.column.{name}.unit_of", value, table)
        else:
            yield _unknown(f"{key}.column.{name}", "列", "column", name, declared.columns)
    yield from _lacking(key, declared, table)


def _lacking(key: str, declared: Dataset, table: TableMap) -> Iterator[Fault]:
    for column in declared:
        if column.required and column.default is None and column.name not in table.column:
            yield Fault(
                f"{key}.column",
                f"缺少必需的列 {column.name}（{column.label.zh}）",
                f"the required column {column.name} is not given",
            )


def _unit_of(key: str, value: Value, table: TableMap) -> Iterator[Fault]:
    converted = [name for name, other in table.column.items() if other.to]
    if value.unit_of is not None and value.unit_of not in converted:
        yield _unknown(key, "有 to 的列", "column with to", value.unit_of, converted)


def _column(key: str, column: Column, value: Value) -> Iterator[Fault]:
    if value.value is not None:
        yield from _fits(f"{key}.value", column, value.value)
    for text in value.replace.values():
        if column.type == "code" and "\\" not in text and text:
            yield from _fits(f"{key}.replace", column, text)
    if value.read_as == "county_in_text" and column.type != "county":
        yield Fault(f"{key}.read_as", "只用于县一列", "is for the county's column alone")
    province = value.read_as is not None and value.read_as.startswith("province_")
    if province and column.type not in ("text", "code"):
        yield Fault(f"{key}.read_as", "不能用于这一列", "is not for this column")
    yield from _units(key, column, value)


def _units(key: str, column: Column, value: Value) -> Iterator[Fault]:
    if column.unit is None:
        if value.unit or value.to:
            yield Fault(f"{key}.unit", "这一列没有单位", "the column has no unit")
        return
    for name, unit in [*(("to", unit) for unit in value.to), ("unit", value.unit or "")]:
        if unit and canonical(unit) is None:
            target = column.unit if not value.to or name == "to" else value.to[0]
            known = allowed(target) if target != "1" else _SOME_UNITS
            yield _unknown(f"{key}.{name}", "单位", "unit", unit, known)
            return
    if value.to and column.unit != "1":
        yield Fault(
            f"{key}.to",
            f"只用于没有单位的列；{column.name} 存 {column.unit}，会自动换算",
            f"is for columns without a unit; {column.name} is stored in {column.unit}",
        )
    elif value.to and value.unit and not any(compatible(value.unit, unit) for unit in value.to):
        yield Fault(f"{key}.unit", "不能换算为 to", "cannot be converted to any of to")
    elif not value.to:
        yield from _own_unit(f"{key}.unit", column, column.unit, value)


def _own_unit(key: str, column: Column, unit: str, value: Value) -> Iterator[Fault]:
    listed = "、".join(filter(None, allowed(unit))) or "不写单位 none"
    if value.unit and not compatible(value.unit, unit):
        yield Fault(
            key,
            f"“{value.unit}”不能换算为 {unit}，允许：{listed}",
            f"{value.unit!r} cannot be converted to {unit}; allowed: {listed}",
        )
    needed = column.type in ("number", "measurement") and unit not in _PLAIN_UNITS
    if needed and value.source and value.unit is None:
        yield Fault(
            key,
            f"须写明来源所用单位，允许：{listed}",
            f"state the unit that the source writes in; allowed: {listed}",
        )


def _fits(key: str, column: Column, constant: object) -> Iterator[Fault]:
    """Check a constant as a cell of its column would be."""
    if column.type in ("county", "prefecture"):
        return
    found = converter(column, None)(constant)  # type: ignore[arg-type]
    if found.trouble is not None:
        yield Fault(key, found.trouble.zh, found.trouble.en)
    elif found.value is None:
        yield Fault(key, f"“{constant}”不是值", f"{constant!r} is no value")


def _unknown(key: str, zh: str, en: str, name: str, known: Iterable[str]) -> Fault:
    known = list(known)
    near = "、".join(nearest(name, known, limit=3)) or "、".join(known[:5]) or "无"
    return Fault(
        key, f"没有名为“{name}”的{zh}，相近的有：{near}", f"unknown {en} {name!r}; nearest: {near}"
    )
