"""The errors put into the workbooks on purpose: where, and what a loader must do with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from agriqa.demo.config import Defects, DemoError
from agriqa.demo.streams import stream

Expected = Literal["quarantined", "skipped", "converted", "kept"]
Action = Literal["set", "insert", "repeat", "units"]
SheetKey = tuple[str, int, str]  # prefecture code, year, dataset

FULL_WIDTH = str.maketrans("0123456789.-", "０１２３４５６７８９．－")
MINOR_SHARE = 0.08


@dataclass(frozen=True)
class Edit:
    """One defect of a sheet, before it is written.

    Attributes
    ----------
    position : int
        Row of the sheet's frame it concerns; -1 for the whole sheet.
    action : {"set", "insert", "repeat", "units"}
        Replace a cell, insert a changed copy of the row below it, insert an
        identical copy, or write the column in another unit.
    """

    kind: str
    expected: Expected
    action: Action
    column: str
    position: int = -1
    value: object = None


@dataclass(frozen=True)
class Defect:
    """One defect as it stands in a file: the truth a test compares with."""

    file: str
    sheet: str
    row: int | None
    column: str
    kind: str
    value: str | None
    expected: Expected


@dataclass(frozen=True)
class _Rule:
    dataset: str
    column: str
    expected: Expected
    action: Action = "set"
    minor: bool = False  # only rows that are a small part of their unit's total
    unit: str | None = None


RULES: dict[str, _Rule] = {
    "kilogram": _Rule("pesticide_use", "use_t", "converted", "units", unit="公斤"),
    "ten_thousand_mu": _Rule("pesticide_use", "treated_ha", "converted", "units", unit="万亩次"),
    "mu": _Rule("production", "sown_ha", "converted", "units", unit="亩"),
    "new_name": _Rule("greening", "county_code", "kept"),
    "misspelt": _Rule("production", "county_code", "quarantined", minor=True),
    "foreign": _Rule("production", "county_code", "quarantined", "insert", minor=True),
    "full_width": _Rule("fertiliser_use", "pure_t", "kept"),
    "duplicate": _Rule("fertiliser_use", "county_code", "skipped", "repeat"),
    "missing_required": _Rule("fertiliser_use", "pure_t", "quarantined", minor=True),
    "text": _Rule("pesticide_use", "use_t", "quarantined", minor=True),
    "negative": _Rule("pesticide_use", "use_t", "quarantined", minor=True),
    "missing": _Rule("pesticide_use", "active_t", "kept"),
    "withheld": _Rule("production", "value_10k_cny", "kept"),
    "impossible_percent": _Rule("greening", "straw_pct", "quarantined"),
}
_MAIN = {"production": "sown_ha", "pesticide_use": "use_t", "fertiliser_use": "pure_t"}


def plan_edits(
    frames: Mapping[str, pd.DataFrame],
    today: Mapping[str, str],
    settings: Defects,
    *,
    seed: int,
    scale: float = 1.0,
) -> dict[SheetKey, list[Edit]]:
    """Choose where the defects go.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        The returns by dataset.
    today : mapping of str to str
        Today's county names by code.
    settings : Defects
        How many of each kind, and the names used.
    seed : int
        Seed of the stream.
    scale : float
        Part of the full demo that is written; the numbers are scaled with it,
        but each kind occurs at least once where it can.

    Raises
    ------
    DemoError
        If demo.toml names a kind that does not exist.
    """
    if set(settings.workbooks) != set(RULES):
        raise DemoError(
            f"demo.toml 的错误种类与程序不一致：{sorted(set(settings.workbooks) ^ set(RULES))}"
            f" / demo.toml names other kinds of defects than there are: {sorted(RULES)}"
        )
    planned: dict[SheetKey, list[Edit]] = {}
    used: set[tuple[str, int]] = set()
    for kind, rule in RULES.items():  # the whole-sheet ones come first
        rng = stream(seed, "defects", kind)
        frame = frames[rule.dataset]
        rows = _candidates(kind, rule, frame, today, settings, planned)
        rows = [row for row in rows if (rule.dataset, row) not in used]
        count = max(1, round(settings.workbooks[kind] * scale)) if settings.workbooks[kind] else 0
        for row in rng.permutation(np.array(rows, dtype=int)):
            key = _sheet_of(frame, rule.dataset, int(row))
            if count == 0:
                break
            if rule.action == "units" and any(e.action == "units" for e in planned.get(key, [])):
                continue
            count -= 1
            used.add((rule.dataset, int(row)))
            edit = _edit(kind, rule, frame, int(row), today, settings, rng)
            planned.setdefault(key, []).append(edit)
    return planned


def _sheet_of(frame: pd.DataFrame, dataset: str, row: int) -> SheetKey:
    return str(frame["prefecture_code"].iat[row]), int(frame["year"].to_numpy()[row]), dataset


def _candidates(
    kind: str,
    rule: _Rule,
    frame: pd.DataFrame,
    today: Mapping[str, str],
    settings: Defects,
    planned: Mapping[SheetKey, list[Edit]],
) -> list[int]:
    """Rows of the frame that may carry this kind of defect."""
    allowed = np.ones(len(frame), dtype=bool)
    names = frame["current_code"].map(today)
    if rule.minor:
        value = frame[_MAIN[rule.dataset]]
        share = value / value.groupby([frame["unit_code"], frame["year"]]).transform("sum")
        allowed &= (share.lt(MINOR_SHARE) & value.gt(0) & value.lt(value.quantile(0.8))).to_numpy()
    if kind == "new_name":
        allowed &= frame["unit_name"].ne(names).to_numpy()
    if kind == "misspelt":
        known = frame["current_code"].isin(list(settings.misspelt)) & frame["unit_name"].eq(names)
        allowed &= known.to_numpy()
    if rule.action != "units":  # a cell defect stays out of sheets written in another unit
        converted = {key for key, edits in planned.items() if edits[0].action == "units"}
        keys = zip(frame["prefecture_code"], frame["year"], strict=True)
        allowed &= np.array([(p, y, rule.dataset) not in converted for p, y in keys], dtype=bool)
    return [int(i) for i in np.flatnonzero(allowed)]


def _edit(
    kind: str,
    rule: _Rule,
    frame: pd.DataFrame,
    row: int,
    today: Mapping[str, str],
    settings: Defects,
    rng: np.random.Generator,
) -> Edit:
    code = str(frame["current_code"].iat[row])
    makers: dict[str, Callable[[], object]] = {
        "new_name": lambda: today[code],
        "misspelt": lambda: settings.misspelt[code],
        "foreign": lambda: str(rng.choice(settings.foreign_counties)),
        "full_width": lambda: str(frame[rule.column].iat[row]).translate(FULL_WIDTH),
        "missing_required": lambda: "—",
        "text": lambda: str(rng.choice(settings.remarks)),
        "negative": lambda: -float(frame[rule.column].to_numpy()[row]),
        "missing": lambda: str(rng.choice(["—", "…", ""])),
        "withheld": lambda: "保密",
        "impossible_percent": lambda: 108.0,
    }
    value = rule.unit if rule.action == "units" else makers.get(kind, lambda: None)()
    return Edit(kind, rule.expected, rule.action, rule.column, -1 if rule.unit else row, value)
