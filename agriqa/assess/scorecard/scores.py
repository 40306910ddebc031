"""The points of one item for all units, and the log of adjustments to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from agriqa.assess.scorecard.card import Card
from agriqa.assess.scorecard.conditions import PLACES
from agriqa.assess.scorecard.evidence import EXEMPT, WITH_VALUE, EvidenceError
from agriqa.assess.scorecard.items import Item
from agriqa.errors import UnknownNameError
from agriqa.stats.checks import Flags, Floats

if TYPE_CHECKING:
    import pandas as pd

ADJUSTMENTS = ["unit", "item", "points", "reason"]
Texts = npt.NDArray[np.object_]


@dataclass(frozen=True)
class ItemScore:
    """One item for all units; arrays of shape (units,).

    Attributes
    ----------
    values, status, source, note
        The evidence.
    treatment : ndarray of str
        "scored", "zero" (no evidence, no points) or "exempt" (left out of the total).
    points, self_points : ndarray of float
        Verified and claimed, those of a penalty negative; missing where exempt, or not
        claimed. Adjustments are in the verified ones.
    adjustment : ndarray of float
        What an appeal changed.
    key_met, vetoes, demotes : ndarray of bool
        A key item that is exempt is met, one without evidence is not. Absent evidence
        neither vetoes nor demotes.
    """

    item: Item
    values: Floats
    status: Texts
    source: Texts
    note: Texts
    treatment: Texts
    points: Floats
    self_points: Floats
    adjustment: Floats
    key_met: Flags
    vetoes: Flags
    demotes: Flags

    @property
    def exempt(self) -> Flags:
        """Where it is left out of the total."""
        return np.asarray(self.treatment == "exempt")


def score_item(card: Card, item: Item, rows: pd.DataFrame, adjustments: pd.DataFrame) -> ItemScore:
    """Turn one item's evidence into points.

    Parameters
    ----------
    card : Card
    item : Item
        One of the card's.
    rows : DataFrame
        Checked evidence, one row a unit; status "missing" where there was none.
    adjustments : DataFrame, index as `rows`
        Columns points and reason, 0 and empty where nothing was changed.

    Raises
    ------
    EvidenceError
        If an adjustment leads out of the item's bounds, or changes one that is exempt.
    """
    values = rows["value"].to_numpy(dtype=np.float64)
    status = rows["status"].to_numpy(dtype=object)
    withheld = item.missing if item.withheld is None else item.withheld
    exempt = status == EXEMPT
    if item.missing == "exempt":
        exempt |= ~np.isin(status, [*WITH_VALUE, "withheld"])
    if withheld == "exempt":
        exempt |= status == "withheld"
    have = np.isin(status, WITH_VALUE)
    treatment = np.where(exempt, "exempt", np.where(have, "scored", "zero")).astype(object)

    sign = -1.0 if item.role == "penalty" else 1.0
    change = adjustments["points"].to_numpy(dtype=np.float64)
    points = _rounded(card, item, np.where(have, item.earned(values), 0.0)) * sign + change
    low, high = sorted((0.0, sign * item.points))
    wrong = (change != 0) & (exempt | (points < low - 1e-9) | (points > high + 1e-9))
    if wrong.any():
        unit = rows.index[wrong][0]
        raise EvidenceError(
            f"单位 {unit} 条目 {item.id}：调整后须在 {low:g}–{high:g} 分之内，缺项不能调整。"
            f" / Unit {unit}, item {item.id}: adjusted points stay within {low:g} to {high:g}; "
            "an exempt item cannot be adjusted."
        )
    claimed = rows["self_points"].to_numpy(dtype=np.float64)
    computed = _rounded(card, item, item.earned(rows["self_value"].to_numpy(dtype=np.float64)))
    met = np.ones(len(rows), dtype=bool)
    if item.key is not None:
        met = exempt | (have & item.key.met_by(values, points, item.points))
    no = np.zeros(len(rows), dtype=bool)
    return ItemScore(
        item=item,
        values=values,
        status=status,
        source=rows["source"].to_numpy(dtype=object),
        note=_notes(rows["note"], adjustments["reason"]),
        treatment=treatment,
        points=np.where(exempt, np.nan, np.round(points, PLACES) + 0.0),
        self_points=np.where(np.isnan(claimed), computed, claimed) * sign + 0.0,
        adjustment=change,
        key_met=met,
        vetoes=no if item.veto is None else item.veto.met(values),
        demotes=no if item.demotion is None else item.demotion.met(values),
    )


def _rounded(card: Card, item: Item, points: Floats) -> Floats:
    return (item.rounding or card.item_rounding).rounded(points)


def _notes(notes: pd.Series, reasons: pd.Series) -> Texts:
    both = [
        "；".join(str(text) for text in pair if isinstance(text, str) and text)
        for pair in zip(notes, reasons, strict=True)
    ]
    return np.array(both, dtype=object)


def adjustments_of(card: Card, units: list[str], adjustments: pd.DataFrame | None) -> pd.DataFrame:
    """Return the points and reason of each adjusted unit and item, several added up.

    Raises
    ------
    EvidenceError
        If a column is lacking, points are no number, or a reason is not given.
    UnknownNameError
        If a unit or an item is unknown.
    """
    import pandas as pd

    if adjustments is None:
        adjustments = pd.DataFrame({name: [] for name in ADJUSTMENTS})
    lacking = [name for name in ADJUSTMENTS if name not in adjustments]
    if lacking:
        raise EvidenceError(f"调整表缺少列 {lacking}。 / The adjustments lack {lacking}.")
    for item in adjustments["item"].unique():
        card.find(item)
    for unit in adjustments["unit"].unique():
        if unit not in units:
            raise UnknownNameError("单位", "unit", unit, map(str, units))
    reasons = adjustments["reason"].fillna("").astype(str).str.strip()
    if (reasons == "").any() or not np.isfinite(adjustments["points"].astype(float)).all():
        raise EvidenceError("每条调整须有分数和理由。 / Each adjustment needs points and a reason.")
    signed = adjustments["points"].astype(float)
    texts = [f"调整 {points:+g}：{why}" for points, why in zip(signed, reasons, strict=True)]
    table = adjustments[["unit", "item"]].assign(points=signed, reason=texts)
    return table.groupby(["unit", "item"]).agg({"points": "sum", "reason": "；".join})
