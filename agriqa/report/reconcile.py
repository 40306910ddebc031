"""Published totals beside ours, with the difference shown."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agriqa.datasets import datasets
from agriqa.errors import UnknownNameError

if TYPE_CHECKING:
    from agriqa.report.content import Content, MeasureNote

_TONNES = {"吨": 1.0, "t": 1.0, "万吨": 1e4}


@dataclass(frozen=True)
class Reconciled:
    """One published total and ours.

    Parameters
    ----------
    label, unit : str
        The measure and its unit.
    period : int
        Year.
    published, ours : float
        Values [unit]; `ours` is nan where we have none.
    printed : str
        The published figure with its unit, as it was printed; in English in
        our unit.
    source : str
        Publisher or document.
    status : str
        Status of our value.
    coverage_pct : float
        Share of the counties whose figures are whole [%].
    """

    label: str
    unit: str
    period: int
    published: float
    ours: float
    printed: str
    source: str
    status: str
    coverage_pct: float

    @property
    def known(self) -> bool:
        """Whether there is a total of ours to compare."""
        return not math.isnan(self.ours)

    @property
    def difference(self) -> float:
        """Ours less the published one [unit]."""
        return self.ours - self.published

    @property
    def difference_pct(self) -> float:
        """The difference as a share of the published figure [%]."""
        return 100 * self.difference / self.published


def reconcile(content: Content) -> list[Reconciled]:
    """Compare our totals of the jurisdiction with the published ones, newest year first.

    All published figures for a year are listed, also where sources disagree.

    Raises
    ------
    UnknownNameError
        If a figure is published in a unit that is not known.
    """
    notes = {note.id: note for note in content.measures}
    ours = content.rows[content.rows["level"] == "province"].set_index(["measure", "period"])
    years = set(content.rows.loc[content.rows["level"] == "county", "period"])
    found = []
    links = [link for declared in datasets().values() for link in declared.rules.published]
    for measure, indicator in ((link.measure, link.indicator) for link in links):
        table = content.published
        mask = (table["indicator"] == indicator) & (table["area_code"] == content.area_code)
        for row in table[mask & table["year"].isin(years)].to_dict("records"):
            key = (measure, int(row["year"]))
            own = ours.loc[key] if key in ours.index else None
            found.append(_pair(row, own, notes[measure], content))
    return sorted(found, key=lambda r: (-r.period, r.label))


def _pair(row: Mapping[Any, Any], own: Any, note: MeasureNote, content: Content) -> Reconciled:
    printed_unit = row["unit_of_value"]
    if printed_unit not in _TONNES:
        raise UnknownNameError("单位", "unit", printed_unit, _TONNES)
    published = float(row["value"]) * _TONNES[printed_unit]
    return Reconciled(
        label=note.label,
        unit=note.unit,
        period=int(row["year"]),
        published=published,
        ours=math.nan if own is None else float(own["value"]),
        printed=content.text(
            f"{row['value']:,.10g} {printed_unit}", f"{published:,.10g} {note.unit}"
        ),
        source=str(row["source"]),
        status="missing" if own is None else str(own["status"]),
        coverage_pct=0.0 if own is None else 100 * float(own["coverage"]),
    )
