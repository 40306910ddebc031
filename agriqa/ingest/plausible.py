"""Whether the rows of one table are plausible by themselves.

`within` and `totals` find doubts: the rows are kept and the doubts listed.
`broken_relations` finds what cannot be, which sets a row aside.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from agriqa.areas import Register
from agriqa.datasets import Column, Dataset
from agriqa.datasets.rules import Parts, Relation
from agriqa.datasets.units import mistaken
from agriqa.ingest.cells import Trouble
from agriqa.ingest.doubts import NOTHING, Doubt, Row, about, amount, doubt, gathered, listed, number
from agriqa.ingest.reading import Reason

# Sums of rounded parts differ this much from a rounded total, of the total.
ROUNDING = 1e-3
# Binary fractions are no reason to doubt a sum.
_NOISE = 1e-9


def within(frame: pd.DataFrame, declared: Dataset, register: Register) -> pd.DataFrame:
    """Find what is doubtful in the kept rows of one table.

    Checks the usual limits of each column, the declared relations of severity
    ``warning`` between columns, and parts against their whole.

    Parameters
    ----------
    frame : DataFrame
        The declared columns, ``row`` and ``col``.
    declared : Dataset
        The declaration.
    register : Register
        Gives the counties' names.

    Returns
    -------
    DataFrame
        `WARNING_COLUMNS`, in the order of the rows.
    """
    found = [_unusual(frame, column, declared, register) for column in declared if column.has_usual]
    for relation in declared.rules.relation:
        if relation.severity == "warning":
            found.append(_unrelated(frame, relation, declared, register))
    found += [_parts(frame, parts, declared, register) for parts in declared.rules.parts]
    return gathered(found)


def broken_relations(
    frame: pd.DataFrame, declared: Dataset
) -> Iterator[tuple[int, str, str, Trouble]]:
    """Yield the rows that break a relation of severity ``error``.

    Each is the row's index, the column, its value as text and the trouble.
    """
    for relation in declared.rules.relation:
        if relation.severity != "error":
            continue
        broken = frame[_breaks(frame, relation)]
        left, right = declared[relation.left], declared[relation.right]
        for index, row in zip(broken.index, broken.to_dict("records"), strict=True):
            zh, en, allowed = _relation_words(row, left, right, relation)
            trouble = Trouble(Reason.CONTRADICTION, zh, en, allowed)
            yield index, left.name, amount(row[left.name], left), trouble


def totals(
    parts: pd.DataFrame,
    total: pd.DataFrame,
    declared: Dataset,
    register: Register,
    *,
    set_aside: int = 0,
) -> pd.DataFrame:
    """Compare a table's own total rows with the sums of its rows.

    A total is about the rows that share its county, year and codes. Where
    rows were set aside or have no value, the sum can only be too small and a
    larger total says nothing.

    Parameters
    ----------
    parts : DataFrame
        The kept rows: the declared columns.
    total : DataFrame
        The total rows, converted: the declared columns with key columns empty
        where the row is about all of them, ``row``, ``col``, and optionally
        ``area``: the code of the prefecture or province it is about.
    declared : Dataset
        The declaration; only additive columns are compared.
    register : Register
        Gives the names.
    set_aside : int
        Rows of the table that were quarantined.

    Returns
    -------
    DataFrame
        `WARNING_COLUMNS`, at the total rows.
    """
    additive = [column for column in declared if column.additive]
    found = []
    for row in total.to_dict("records"):
        ours = parts[_covered(parts, row, declared)]
        if ours.empty:
            continue
        for column in additive:
            stated = row.get(column.name)
            if stated is None or pd.isna(stated):
                continue
            said = _total_words(float(stated), ours, column, row, declared, register, set_aside)
            if said is not None:
                found.append({"row": row["row"], "col": row["col"]} | said)
    return gathered([pd.DataFrame(found)])


def _breaks(frame: pd.DataFrame, relation: Relation) -> np.ndarray:
    """Return whether each row's left value is more than the right one allows."""
    left, right = frame[relation.left], frame[relation.right]
    if left.dtype.kind == "M":
        return (left > right).to_numpy()
    most = relation.factor * right.to_numpy(dtype="float64", na_value=np.nan)
    return left.to_numpy(dtype="float64", na_value=np.nan) > most * (1 + _NOISE)


def _unusual(
    frame: pd.DataFrame, column: Column, declared: Dataset, register: Register
) -> pd.DataFrame:
    low = -np.inf if column.usual_min is None else column.usual_min
    high = np.inf if column.usual_max is None else column.usual_max
    values = frame[column.name].to_numpy(dtype="float64", na_value=np.nan)
    odd = (values < low) | (values > high)
    if not odd.any():
        return NOTHING
    least = "" if column.usual_min is None else f"≥ {amount(low, column)}"
    most = "" if column.usual_max is None else f"≤ {amount(high, column)}"
    usual = "，".join(filter(None, (least, most)))

    def words(row: Row) -> dict[str, object]:
        zh, en = about(row, declared, register)
        value = row[column.name]
        bound = low if value < low else high
        slip_zh, slip_en = _slip(value, bound, column)
        return doubt(
            Doubt.UNUSUAL,
            column,
            value,
            zh=f"{zh}{column.label.zh} {amount(value, column)}，"
            f"通常{'不小于' if value < low else '不大于'} {amount(bound, column)}{slip_zh}，请核对",
            en=f"{en}: {column.label.en} is {amount(value, column, 'en')}; usually "
            f"{'at least' if value < low else 'at most'} {amount(bound, column, 'en')}{slip_en}; "
            "please check",
            allowed=f"通常 usually {usual}",
        )

    return listed(frame[odd], column, Doubt.UNUSUAL, words)


def _slip(value: float, bound: float, column: Column) -> tuple[str, str]:
    """Say that a percentage may be a fraction; other limits lie too far from usual values."""
    if column.unit == "%" and 0 < value < 1 <= bound:
        said = mistaken(0.01, "%")
        assert said is not None
        return f"，{said[0]}", f", {said[1]}"
    return "", ""


def _relation_words(
    row: Row, left: Column, right: Column, relation: Relation
) -> tuple[str, str, str]:
    value, most = row[left.name], row[right.name]
    times = "" if relation.factor == 1 else f" {relation.factor:g} 倍"
    times_en = "" if relation.factor == 1 else f" times {relation.factor:g}"
    zh = (
        f"{left.label.zh} {amount(value, left)}，大于{right.label.zh} {amount(most, right)}"
        f"{f' 的{times}' if times else ''}，请核对两列"
    )
    en = (
        f"{left.label.en} {amount(value, left, 'en')} is above {right.label.en} "
        f"{amount(most, right, 'en')}{times_en}; check both columns"
    )
    factor = "" if relation.factor == 1 else f"{relation.factor:g} × "
    return zh, en, f"≤ {factor}{right.label.zh} {right.name}"


def _unrelated(
    frame: pd.DataFrame, relation: Relation, declared: Dataset, register: Register
) -> pd.DataFrame:
    broken = _breaks(frame, relation)
    if not broken.any():
        return NOTHING
    left, right = declared[relation.left], declared[relation.right]

    def words(row: Row) -> dict[str, object]:
        zh, en = about(row, declared, register)
        said_zh, said_en, allowed = _relation_words(row, left, right, relation)
        return doubt(
            Doubt.RELATION,
            left,
            row[left.name],
            zh=f"{zh}{said_zh}",
            en=f"{en}: {said_en}",
            allowed=allowed,
        )

    return listed(frame[broken], left, Doubt.RELATION, words)


def _parts(
    frame: pd.DataFrame, parts: Parts, declared: Dataset, register: Register
) -> pd.DataFrame:
    """Find the whole rows that are less than the sum of their parts."""
    of = frame[parts.over] != parts.whole
    if not of.any():
        return NOTHING
    column = declared[parts.column]
    by = [name for name in declared.key if name != parts.over]
    sums = frame[of].groupby(by, as_index=False, observed=True)[column.name].sum()
    whole = frame[~of].merge(sums, on=by, suffixes=("", "_parts"))
    summed = f"{column.name}_parts"
    over = whole[whole[summed] > whole[column.name] * (1 + ROUNDING)]

    def words(row: Row) -> dict[str, object]:
        zh, en = about(row, declared, register)
        value, total = row[column.name], row[summed]
        label = declared[parts.over].label
        return doubt(
            Doubt.PARTS,
            column,
            value,
            zh=f"{zh}{column.label.zh}合计 {amount(value, column)}，小于各{label.zh}之和 "
            f"{amount(total, column)}，请核对",
            en=f"{en}: {column.label.en} is {amount(value, column, 'en')} in all but its parts by "
            f"{label.en.lower()} sum to {amount(total, column, 'en')}; please check",
            allowed=f"≥ {amount(total, column)}",
        )

    return listed(over, column, Doubt.PARTS, words)


def _covered(parts: pd.DataFrame, row: Row, declared: Dataset) -> np.ndarray:
    """Return which rows a total row is about."""
    chosen = np.ones(len(parts), dtype=bool)
    for name in declared.key:
        column, value = declared[name], row.get(name)
        if value is not None and not pd.isna(value):
            chosen &= (parts[name] == value).to_numpy(dtype=bool, na_value=False)
        elif column.default is not None:
            # Its default stands for all of them; the others are counted in it.
            chosen &= (parts[name] == column.default).to_numpy(dtype=bool, na_value=False)
    area = row.get("area")
    counties = [column.name for column in declared if column.type == "county"]
    if counties and area is not None and not pd.isna(area):
        inside = parts[counties[0]].str.startswith(str(area).rstrip("0"))
        chosen &= inside.to_numpy(dtype=bool, na_value=False)
    return chosen


def _total_words(
    stated: float,
    ours: pd.DataFrame,
    column: Column,
    row: Row,
    declared: Dataset,
    register: Register,
    set_aside: int,
) -> dict[str, object] | None:
    """Return the doubt about one total, or None where it fits the sum."""
    values = ours[column.name].to_numpy(dtype="float64", na_value=np.nan)
    missing = int(np.isnan(values).sum())
    if missing == len(values):
        return None
    total = float(np.nansum(values))
    off = total - stated
    if column.type == "integer":
        tolerance = 0.5
    else:
        tolerance = max(ROUNDING * abs(stated), 0.5 * _step(values) * len(values))
    if abs(off) <= tolerance * (1 + _NOISE) or (off < 0 and (set_aside or missing)):
        return None
    zh, en = about({k: row.get(k) for k in declared.key}, declared, register)
    slip = mistaken(stated / total, column.unit) if column.unit and total > 0 else None
    slip_zh, slip_en = (f"，{slip[0]}", f", {slip[1]}") if slip else ("", "")
    return doubt(
        Doubt.TOTAL,
        column,
        stated,
        zh=f"合计行{f'（{zh}）' if zh else ''}“{column.label.zh}”为 {amount(stated, column)}，"
        f"{len(ours)} 行之和为 {amount(total, column)}，相差 {amount(off, column)}{slip_zh}，"
        "请核对",
        en=f"total row{f' ({en})' if en else ''}: {column.label.en} is "
        f"{amount(stated, column, 'en')} but its {len(ours)} rows sum to "
        f"{amount(total, column, 'en')}, a difference of {amount(off, column, 'en')}{slip_en}; "
        "please check",
        allowed=number(total),
    )


def _step(values: np.ndarray) -> float:
    """Return the last place that the values were rounded to, at least a thousandth."""
    given = values[~np.isnan(values)]
    for places in (0, 1, 2):
        if np.allclose(given, given.round(places), rtol=0, atol=1e-9):
            return float(10**-places)
    return 1e-3
