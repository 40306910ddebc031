"""Which unit the numbers under a header are written in."""

from __future__ import annotations

from agriqa.datasets import Column
from agriqa.datasets.units import allowed, canonical, compatible, factor, is_rate_of, unit_label
from agriqa.ingest.cells import Trouble
from agriqa.ingest.context import Context
from agriqa.ingest.header import Heading, plain
from agriqa.ingest.reading import Reason

# Units that a header need not state: there is nothing they could be mistaken for.
_NO_ASSUMPTION = frozenset({"1", "%", "grade"})

Remark = tuple[str, str]


def written_unit(heading: Heading, context: Context) -> tuple[str | None, Trouble | Remark | None]:
    """Return the unit of a column as written, and what there is to say about it.

    The header's own unit goes before its group's, and that before a line above
    the table. A declared name (``use_t``) carries its unit.

    Parameters
    ----------
    heading : Heading
        The column's header.
    context : Context
        Has the units stated above the table.

    Returns
    -------
    tuple
        The unit, None for the declared one; and a trouble that sets the table
        aside, or a remark in Chinese and English, or None.
    """
    column = heading.column
    if column is None or column.unit is None or plain(heading.text) == plain(column.name):
        return None, None
    if heading.unit is not None:
        return _converted(heading, column, heading.unit)
    if column.type == "integer" or column.unit in _NO_ASSUMPTION:
        return None, None
    rates = [unit for unit in context.units if is_rate_of(unit, column.unit)]
    if rates:
        return None, rate_for_amount(column, rates[0])
    fitting = [unit for unit in context.units if compatible(unit, column.unit)]
    strange = [unit for unit in context.units if canonical(unit) is None]
    if len(fitting) == 1:
        return _converted(heading, column, fitting[0])
    if fitting or strange:
        return None, _unsettled(column, "、".join(fitting or strange))
    doubtful = [u for u in context.doubtful if _differs(u, column.unit)]
    if doubtful:
        return None, _unsettled(column, "、".join(doubtful))
    label = unit_label(column.unit)
    return None, (
        f"“{heading.text}”未写单位，按{label}读取",
        f"{heading.text!r} states no unit; read as {column.unit}",
    )


def percent_unit(heading: Heading, context: Context) -> str | None:
    """Return the unit stated for a percentage column, for `rates.percent_rule`; None if none."""
    column = heading.column
    if column is not None and plain(heading.text) == plain(column.name):
        return column.unit
    stated = (unit for unit in context.units if compatible(unit, "%"))
    return heading.unit or next(stated, None)


def _differs(unit: str, target: str) -> bool:
    return is_rate_of(unit, target) or (compatible(unit, target) and factor(unit, target) != 1.0)


def rate_for_amount(column: Column, unit: str) -> Trouble:
    """Return the trouble of a rate (公斤/亩) that stands where an amount is asked."""
    listed = "、".join(allowed(str(column.unit)))
    area = "公顷" if "公顷" in unit or unit.casefold().endswith(("ha", "hm2")) else "亩"
    return Trouble(
        Reason.RATE_FOR_AMOUNT,
        f"“{unit}”是单位面积的量，“{column.label.zh}”要填总量（{listed}）；"
        f"请乘以它所对应的面积（{area}）后再填",
        f"{unit!r} is a rate per area and {column.name} asks for an amount ({listed}); "
        f"multiply it by the area it refers to ({area}) and report the product",
        listed,
    )


def _converted(
    heading: Heading, column: Column, unit: str
) -> tuple[str | None, Trouble | Remark | None]:
    target = str(column.unit)
    if is_rate_of(unit, target):
        return None, rate_for_amount(column, unit)
    if not compatible(unit, target):
        listed = "、".join(filter(None, allowed(target))) or "不写单位"
        return None, Trouble(
            Reason.UNKNOWN_UNIT,
            f"单位“{unit}”不能用于“{column.label.zh}”，允许：{listed}",
            f"unit {unit!r} is not one of {column.name}; allowed: {listed}",
            listed,
        )
    if factor(unit, target) == 1.0:
        return unit, None
    return unit, (
        f"“{heading.text}”已由{unit}换算为{unit_label(target)}",
        f"{heading.text!r} was converted from {unit} to {target}",
    )


def _unsettled(column: Column, shown: str) -> Trouble:
    return Trouble(
        Reason.UNKNOWN_UNIT,
        f"表上方写的单位“{shown}”不能确定“{column.label.zh}”的单位，请写在表头",
        f"the unit above the table ({shown}) does not settle that of {column.name}; "
        "write it in the header",
        "、".join(allowed(str(column.unit))),
    )
