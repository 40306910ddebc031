"""The evidence table: what is known of each unit for each item, and what may stand in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from agriqa.assess.scorecard.card import Card
from agriqa.assess.scorecard.items import Item
from agriqa.errors import AgriqaError, UnknownNameError, nearest
from agriqa.measures.measure import ABSENT, ORIGINS, Level

if TYPE_CHECKING:
    import pandas as pd

# One row a unit and item. `value` is the verified evidence; `self_value` what the unit says
# it is, or `self_points` the points it gives itself; `status` one of STATUSES.
EVIDENCE = [
    "unit", "item", "value", "status", "source", "self_value", "self_points", "note",
]  # fmt: skip
EXEMPT = "exempt"
EXAMPLE = "example"
# Where there is a value: what stands behind it, the weakest first. Where there is none: why.
WITH_VALUE = [EXAMPLE, *ORIGINS]
STATUSES = [*WITH_VALUE, *ABSENT, EXEMPT]


class EvidenceError(AgriqaError):
    """Evidence that a card does not allow; nothing of it is used."""


def evidence_from_measures(
    card: Card, measures: pd.DataFrame, period: int | None = None, *, level: Level = "county"
) -> pd.DataFrame:
    """Return the evidence of the items that are measured.

    Parameters
    ----------
    card : Card
    measures : DataFrame
        The tidy table of measures.
    period : int, optional
        The assessed year, the card's by default; each item says which period it takes.
    level : {"county", "prefecture", "province"}
        Whose values: the areas are the units.

    Returns
    -------
    DataFrame
        Columns ``EVIDENCE``; the status is the measure's: the origin of its data, or why
        there is no value.

    Raises
    ------
    UnknownNameError
        If the table lacks a measure the card names; the nearest are named.
    """
    import pandas as pd

    year = card.year if period is None else period
    here = measures[measures["level"] == level]
    groups = dict(tuple(here.groupby("measure", sort=False)))
    frames = []
    for item in card.item:
        if item.measure is None:
            continue
        if item.measure not in groups:
            raise UnknownNameError("指标", "measure", item.measure, measures["measure"].unique())
        rows = _of_period(groups[item.measure], item, year)
        frames.append(
            pd.DataFrame(
                {
                    "unit": rows["area"],
                    "item": item.id,
                    # Binary noise of a product, 0.07 * 100, is no part of the evidence.
                    "value": (item.scale * rows["value"]).round(9),
                    "status": rows["status"],
                    "source": item.measure + "@" + rows["period"].astype(str),
                }
            )
        )
    if not frames:
        return pd.DataFrame(columns=EVIDENCE)
    return pd.concat(frames, ignore_index=True).reindex(columns=EVIDENCE)


def _of_period(rows: pd.DataFrame, item: Item, year: int) -> pd.DataFrame:
    if item.period != "latest":
        return rows[rows["period"] == (year if item.period == "year" else year - 1)]
    import pandas as pd

    past = rows[rows["period"] <= year].sort_values("period", kind="stable")
    # The last value there is; where there is none at all, why there is none now.
    last = past[past["value"].notna()].drop_duplicates("area", keep="last")
    none = past[~past["area"].isin(last["area"])].drop_duplicates("area", keep="last")
    return pd.concat([last, none]).sort_values("area", kind="stable")


def fault(item: Item, value: float) -> tuple[str, str] | None:
    """Say what is allowed, in Chinese and English, if a value is not.

    Examples
    --------
    >>> from agriqa.assess.scorecard.items import YesNo
    >>> label = {"zh": "规划", "en": "plan"}
    >>> one = YesNo(kind="yes_no", id="plan", label=label, section="a", points=1)
    >>> fault(one, 1.0), fault(one, 2.0)
    (None, ('0–1 的整数', 'a whole number of 0 to 1'))
    """
    low, high = item.bounds
    # A missing value is none.
    if low <= value <= high and np.isfinite(value) and (not item.whole or value == int(value)):
        return None
    zh, en = "的整数" if item.whole else "的数", "a whole number" if item.whole else "a number"
    if np.isinf(low) and np.isinf(high):
        return f"有限{zh}", f"finite: {en}"
    if np.isinf(high):
        return f"不小于 {low:g} {zh}", f"{en} of {low:g} and more"
    if np.isinf(low):
        return f"不大于 {high:g} {zh}", f"{en} of {high:g} and less"
    return f"{low:g}–{high:g} {zh}", f"{en} of {low:g} to {high:g}"


def may_be_exempt(item: Item) -> bool:
    """Whether evidence may say that the item does not apply."""
    return item.exemptible or item.missing == "exempt"


def check_evidence(card: Card, evidence: pd.DataFrame) -> pd.DataFrame:
    """Return evidence with all columns of ``EVIDENCE``, or refuse it.

    Raises
    ------
    EvidenceError
        If columns are unknown or lacking, an item of a unit stands twice, or a value or
        status is not allowed; the message names unit, item and what is.
    UnknownNameError
        If an item is unknown; the nearest are named.
    """
    lacking = [name for name in EVIDENCE[:3] if name not in evidence]
    unknown = [str(name) for name in evidence if name not in EVIDENCE]
    if lacking or unknown:
        raise EvidenceError(
            f"证据表缺少列 {lacking}，不认识列 {unknown}；允许：{'、'.join(EVIDENCE)}。"
            f" / Evidence lacks {lacking}, does not know {unknown}; allowed: {', '.join(EVIDENCE)}."
        )
    table = evidence.reindex(columns=EVIDENCE).reset_index(drop=True)
    for column in ("value", "self_value", "self_points"):
        table[column] = table[column].astype("float64")
    stated = table["status"].astype(object)
    table["status"] = stated.where(
        stated.notna(), np.where(table["value"].notna(), "reported", "missing")
    )
    for name in table["item"].unique():
        card.find(name)
    twice = table.duplicated(["unit", "item"])
    if twice.any():
        raise _fault(table[twice].iloc[0], "同一条目的证据有两行", "evidence stands twice")
    _check_statuses(card, table)
    for name, rows in table.groupby("item", sort=False):
        _check_values(card.find(str(name)), rows)
    return table


def _check_statuses(card: Card, table: pd.DataFrame) -> None:
    odd = table[~table["status"].isin(STATUSES)]
    if len(odd):
        near = nearest(str(odd["status"].iloc[0]), STATUSES) or STATUSES
        raise _fault(
            odd.iloc[0],
            f"状态“{odd['status'].iloc[0]}”不认识，相近的有：{'、'.join(near)}",
            f"status {odd['status'].iloc[0]!r} is unknown; nearest: {', '.join(near)}",
        )
    torn = table[table["value"].notna() != table["status"].isin(WITH_VALUE)]
    if len(torn):
        status = torn["status"].iloc[0]
        raise _fault(
            torn.iloc[0],
            f"状态“{status}”与有无数值不符",
            f"status {status!r} does not fit whether there is a value",
        )
    free = {item.id for item in card.item if may_be_exempt(item)}
    wrong = table[(table["status"] == EXEMPT) & ~table["item"].isin(free)]
    if len(wrong):
        raise _fault(
            wrong.iloc[0],
            f"不允许缺项；允许缺项的条目：{'、'.join(sorted(free)) or '无'}",
            f"may not be exempt; items that may: {', '.join(sorted(free)) or 'none'}",
        )


def _check_values(item: Item, rows: pd.DataFrame) -> None:
    if (rows["self_value"].notna() & rows["self_points"].notna()).any():
        both = rows[rows["self_value"].notna() & rows["self_points"].notna()].iloc[0]
        raise _fault(both, "自评证据和自评分只填一个", "give self_value or self_points, not both")
    for column in ("value", "self_value"):
        for place, value in enumerate(rows[column]):
            allowed = None if np.isnan(value) else fault(item, value)
            if allowed:
                raise _fault(
                    rows.iloc[place],
                    f"{value:g} 不行，允许：{allowed[0]}",
                    f"{column} {value:g} is not {allowed[1]}",
                )
    claimed = rows["self_points"].dropna()
    beyond = claimed[~claimed.between(0, item.points)]
    if len(beyond):
        raise _fault(
            rows.loc[beyond.index[0]],
            f"自评分 {beyond.iloc[0]:g} 不在 0–{item.points:g} 之内",
            f"self_points {beyond.iloc[0]:g} are not within 0 to {item.points:g}",
        )


def _fault(row: pd.Series, zh: str, en: str) -> EvidenceError:
    unit, item = row["unit"], row["item"]
    return EvidenceError(f"单位 {unit} 条目 {item}：{zh}。 / Unit {unit}, item {item}: {en}.")


def units_of(evidence: pd.DataFrame, units: Iterable[str] | None) -> list[str]:
    """Return the units to be scored: those given, or those of the evidence as they come.

    Raises
    ------
    EvidenceError
        If a unit is given twice, or there is none.
    UnknownNameError
        If there is evidence of a unit that is not given; the nearest are named.
    """
    found = list(dict.fromkeys(evidence["unit"]))
    if units is None and found:
        return found
    known = [] if units is None else list(units)
    if not known:
        raise EvidenceError("没有要评的单位。 / There is no unit to assess.")
    if len(set(known)) != len(known):
        raise EvidenceError("单位重复。 / A unit is given twice.")
    for unit in found:
        if unit not in set(known):
            raise UnknownNameError("单位", "unit", unit, map(str, known))
    return known
