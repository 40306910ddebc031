"""Evidence sheets: a row a unit and item, read whole or refused whole."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from agriqa.assess.scorecard.card import Card
from agriqa.assess.scorecard.evidence import (
    EVIDENCE,
    EXAMPLE,
    EXEMPT,
    EvidenceError,
    fault,
    may_be_exempt,
)
from agriqa.assess.scorecard.items import Item
from agriqa.datasets import Column, Label
from agriqa.datasets.units import canonical
from agriqa.errors import nearest
from agriqa.ingest.cells import WITHHELD, converter, tidy
from agriqa.ingest.readers import Cell, Grid, read_grids

if TYPE_CHECKING:
    import pandas as pd

# A column's headers; the last three are for people and are not read.
HEADERS = {
    "unit": ("单位代码", "县代码", "unit"),
    "item": ("条目", "item"),
    "value": ("证据", "value"),
    "self_value": ("自评证据", "self_value"),
    "self_points": ("自评分", "self_points"),
    "source": ("来源", "source"),
    "note": ("说明", "note"),
    "unit_name": ("单位", "县", "unit_name"),
    "item_label": ("条目内容", "item_label"),
    "points": ("分值", "points"),
}
NEEDED = ("unit", "item", "value")
EXEMPT_WORDS = frozenset({"不适用", "合理缺项", "缺项", "exempt", "not applicable"})
_HEADER_ROWS = 20


class _Place(NamedTuple):
    """Where a cell stands, for the message of a fault."""

    file: str
    sheet: str
    row: int
    header: str

    def error(self, cell: Cell, zh: str, en: str) -> EvidenceError:
        where = f"{self.file} 工作表“{self.sheet}”第 {self.row} 行“{self.header}”列"
        there = f"{self.file}, sheet {self.sheet!r}, row {self.row}, column {self.header!r}"
        return EvidenceError(f"{where}：“{tidy(cell)}”{zh} / {there}: {tidy(cell)!r} {en}")


def read_evidence(
    path: Path, card: Card, *, known_units: Collection[str] | None = None
) -> pd.DataFrame:
    """Read an evidence sheet (CSV, Excel).

    A row is a unit and an item: 单位代码, 条目 and 证据, and if wanted 自评证据 or 自评分, 来源
    and 说明 (or their English names). Lines above the header are a title; where it says 示例
    or "example" every row is made-up evidence and has the status "example". Evidence is a
    number, 是 or 否; blank or 未报 is missing, 保密 withheld, 不适用 exempt, and 0 is zero.

    Parameters
    ----------
    path : Path
    card : Card
    known_units : collection of str, optional
        The units there are; any by default.

    Returns
    -------
    DataFrame
        Columns ``EVIDENCE``.

    Raises
    ------
    EvidenceError
        If a header, unit, item or value is not allowed, or a row stands twice; the message
        names file, sheet, row, column, value, what is allowed and the nearest names.
        Nothing of the sheet is returned then.
    IngestError
        If the file cannot be read at all.
    """
    import pandas as pd

    _, grids = read_grids(path)
    rows: list[dict[str, object]] = []
    seen: dict[tuple[object, object], str] = {}
    for grid in grids:
        if any(cell is not None for row in grid.rows for cell in row):
            rows += _rows_of(path.name, grid, card, known_units, seen)
    table = pd.DataFrame(rows, columns=EVIDENCE)
    numbers = ["value", "self_value", "self_points"]
    return table.astype(dict.fromkeys(numbers, "float64"))


def _rows_of(
    file: str,
    grid: Grid,
    card: Card,
    known_units: Collection[str] | None,
    seen: dict[tuple[object, object], str],
) -> list[dict[str, object]]:
    start, columns = _header(file, grid)
    shown = {name: tidy(grid.rows[start][at]) for name, at in columns.items()}
    title = "".join(tidy(cell) for row in grid.rows[:start] for cell in row).casefold()
    status = EXAMPLE if "示例" in title or "example" in title else "reported"
    items = {one.id: one for one in card.item}
    found = []
    for number, cells in enumerate(grid.rows[start + 1 :], start=start + 2):
        if all(cell is None for cell in cells):
            continue
        at = {name: _Place(file, grid.name, number, shown[name]) for name in columns}
        unit = _known(at["unit"], cells[columns["unit"]], known_units, "单位", "unit")
        name = _known(at["item"], cells[columns["item"]], items, "条目", "item")
        if (unit, name) in seen:
            raise at["item"].error(
                name,
                f"与{seen[unit, name]}重复",
                f"of unit {unit} stands in {seen[unit, name]} too",
            )
        seen[unit, name] = f"“{grid.name}”第 {number} 行 (row {number})"
        row: dict[str, object] = {"unit": unit, "item": name}
        row["source"] = f"{file}#{grid.name}!{number}"
        for column in ("source", "note"):
            text = tidy(cells[columns[column]]) if column in columns else ""
            if text:
                row[column] = text
        if "self_points" in columns:
            row["self_points"] = _points(
                at["self_points"], cells[columns["self_points"]], items[name]
            )
        if "self_value" in columns:
            cell = cells[columns["self_value"]]
            row["self_value"] = _evidence(at["self_value"], cell, items[name], status)[0]
            if row["self_value"] is not None and row.get("self_points") is not None:
                raise at["self_value"].error(
                    cell, "与自评分只填一个", "and points: give one of the two"
                )
        row["value"], row["status"] = _evidence(
            at["value"], cells[columns["value"]], items[name], status
        )
        found.append(row)
    return found


def _header(file: str, grid: Grid) -> tuple[int, dict[str, int]]:
    """Return the row of the headers and where each column stands."""
    spelled = {text: name for name, texts in HEADERS.items() for text in texts}
    best: list[str] = list(NEEDED)
    for number, row in enumerate(grid.rows[:_HEADER_ROWS]):
        texts = [tidy(cell) for cell in row]
        names = [spelled.get(text) for text in texts]
        lacking = [name for name in NEEDED if name not in names]
        if len(lacking) < len(best):
            best = lacking
        if lacking:
            continue
        for at, text in enumerate(texts):
            place = _Place(file, grid.name, number + 1, text)
            if text and names[at] is None:
                near = "、".join(nearest(text, spelled)) or "、".join(spelled)
                raise place.error(
                    text, f"不是已知的列，相近的有：{near}", f"is unknown; nearest: {near}"
                )
            if text and names.index(names[at]) != at:
                raise place.error(text, "列重复", "stands twice")
        return number, {str(name): at for at, name in enumerate(names) if name is not None}
    zh = "、".join(HEADERS[name][0] for name in best)
    raise EvidenceError(
        f"{file} 工作表“{grid.name}”前 {_HEADER_ROWS} 行里没有含 {zh} 的表头。"
        f" / {file}, sheet {grid.name!r}: no header with {', '.join(best)}."
    )


def _known(place: _Place, cell: Cell, known: Collection[str] | None, zh: str, en: str) -> str:
    text = tidy(cell)
    if not text:
        raise place.error(cell, f"{zh}不能为空", f"the {en} is blank")
    if known is not None and text not in known:
        near = nearest(text, map(str, known)) or sorted(map(str, known))[:5]
        raise place.error(
            cell,
            f"不是已知的{zh}，相近的有：{'、'.join(near)}",
            f"is no known {en}; nearest: {', '.join(near)}",
        )
    return text


def _evidence(place: _Place, cell: Cell, item: Item, status: str) -> tuple[float | None, str]:
    """Return value and status of a cell."""
    text = tidy(cell).casefold()
    if text in EXEMPT_WORDS:
        if not may_be_exempt(item):
            raise place.error(cell, f"：{item.id} 不允许缺项", f": {item.id} may not be exempt")
        return None, EXEMPT
    if text in WITHHELD:
        return None, "withheld"
    unit = item.unit if item.unit is not None and canonical(item.unit) else "1"
    column = Column(
        name="value",
        label=Label(zh="证据", en="value"),
        type="boolean" if item.kind == "yes_no" else "number",
        unit=unit,
    )
    found = converter(column, None)(cell)
    if found.trouble is not None:
        raise place.error(cell, f"不是{found.trouble.allowed}", f"is {found.trouble.en}")
    if found.value is None:
        return None, "missing"
    value = float(str(found.value)) if not isinstance(found.value, bool) else float(found.value)
    allowed = fault(item, value)
    if allowed is not None:
        raise place.error(
            cell,
            f"超出允许范围（{item.id}：{allowed[0]}）",
            f"is out of bounds ({item.id}: {allowed[1]})",
        )
    return value, status


def _points(place: _Place, cell: Cell, item: Item) -> float | None:
    column = Column(
        name="points", label=Label(zh="自评分", en="points"), type="number", unit="1",
        min=0, max=item.points,
    )  # fmt: skip
    found = converter(column, None)(cell)
    if found.trouble is not None:
        raise place.error(
            cell,
            f"不行，{item.id} 的自评分允许 0–{item.points:g}",
            f"is not 0 to {item.points:g}, the points of {item.id}",
        )
    return None if found.value is None else float(str(found.value))
