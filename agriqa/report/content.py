"""What the index page and the indicator files of an edition are made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agriqa.project import Language

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from agriqa.store import Snapshot

STATUS_WORDS = {
    "reported": ("上报", "reported"),
    "missing": ("缺报", "missing"),
    "withheld": ("不公开", "withheld"),
    "estimated": ("推算", "estimated"),
    "simulated": ("模拟", "simulated"),
    "published": ("公开", "published"),
}


@dataclass(frozen=True)
class MeasureNote:
    """What a reader has to know of a measure.

    Parameters
    ----------
    id, label, unit, formula, source : str
        In the edition's language; `source` names the datasets.
    direction : int
        +1 more is better, -1 less is better, 0 neither.
    kind : str
        sum, ratio or proportion.
    decimals : int
        Places shown.
    """

    id: str
    label: str
    unit: str
    formula: str
    source: str
    direction: int
    kind: str
    decimals: int = 1


@dataclass(frozen=True)
class Content:
    """The figures of one edition.

    Parameters
    ----------
    title, area : str
        Name of the product line and of the jurisdiction.
    area_code : str
        Code of the jurisdiction.
    language : {"zh", "en"}
        Language of the labels.
    period : int
        The edition's year.
    snapshot_id, snapshot_created : str
        The state of the data.
    counties : DataFrame
        code, name, name_en, prefecture_code, prefecture.
    measures : tuple of MeasureNote
        In the order of the registry.
    rows : DataFrame
        measure, level, area, period, value, n, low, high, status, coverage.
    published : DataFrame
        Dataset ``published_figure``.
    boundaries : Path
        Reference folder with the boundary polygons.
    """

    title: str
    area: str
    area_code: str
    language: Language
    period: int
    snapshot_id: str
    snapshot_created: str
    counties: pd.DataFrame
    measures: tuple[MeasureNote, ...]
    rows: pd.DataFrame
    published: pd.DataFrame
    boundaries: Path

    def text(self, zh: str, en: str) -> str:
        """Return the text of the edition's language."""
        return zh if self.language == "zh" else en

    def status_word(self, status: str) -> str:
        """Return the word a reader sees for a status."""
        return self.text(*STATUS_WORDS.get(status, (status, status)))

    def names(self) -> dict[str, str]:
        """Return the counties' names in the edition's language by code."""
        column = self.text("name", "name_en")
        return dict(zip(self.counties["code"], self.counties[column], strict=True))

    @property
    def simulated(self) -> bool:
        """Whether any figure rests on simulated returns."""
        return bool((self.rows["status"] == "simulated").any())

    def simulated_counties(self) -> frozenset[str]:
        """Return the codes of the counties with a simulated figure."""
        rows = self.rows[(self.rows["level"] == "county") & (self.rows["status"] == "simulated")]
        return frozenset(rows["area"])

    def at(self, level: str) -> pd.DataFrame:
        """Return the rows of one level in the edition's period."""
        return self.rows[(self.rows["level"] == level) & (self.rows["period"] == self.period)]


def gather(
    snapshot: Snapshot, *, period: int, language: Language, counties: tuple[str, ...]
) -> Content:
    """Read what an edition over `counties` shows from a snapshot."""
    from agriqa.datasets import dataset
    from agriqa.measures import measure_table, registry

    project = snapshot.project
    known = snapshot.register.counties
    rows = measure_table(snapshot)
    shown = (rows["level"] != "county") | rows["area"].isin(counties)
    return Content(
        title=project.title[language],
        area=project.name[language],
        area_code=project.code,
        language=language,
        period=period,
        snapshot_id=snapshot.id,
        snapshot_created=str(snapshot.manifest["created"]),
        counties=known[known["code"].isin(counties)].reset_index(drop=True),
        measures=tuple(
            MeasureNote(
                id=m.id,
                label=m.label[language],
                unit=m.unit,
                formula=m.formula[language],
                source="、".join(dataset(name).label[language] for name in m.datasets),
                direction=m.direction,
                kind=m.kind,
                decimals=m.decimals,
            )
            for m in registry().values()
        ),
        rows=rows[shown].reset_index(drop=True),
        published=snapshot.table("published_figure"),
        boundaries=project.reference,
    )
