"""What the index page and the indicator files of an edition are made from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agriqa.figures.words import status_text, unit_text
from agriqa.project import Language

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from agriqa.areas import Register
    from agriqa.measures import Measure
    from agriqa.store import Snapshot


@dataclass(frozen=True)
class MeasureNote:
    """What a reader has to know of a measure.

    Parameters
    ----------
    id, label, unit, formula, source : str
        In the edition's language; `source` names the datasets. A count has no
        unit in English: it is empty.
    direction : int
        +1 more is better, -1 less is better, 0 neither.
    kind : str
        sum, ratio, proportion or estimate.
    decimals : int
        Places shown.
    core : bool
        Whether it is on the page and not only in the table of figures.
    """

    id: str
    label: str
    unit: str
    formula: str
    source: str
    direction: int
    kind: str
    decimals: int = 1
    core: bool = True


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
        The state of the data and its day.
    counties : DataFrame
        code, name, name_en, prefecture_code, prefecture; the prefecture's
        name is in the edition's language.
    prefectures : mapping
        Names of all prefectures in the edition's language, by code.
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
    prefectures: Mapping[str, str]
    measures: tuple[MeasureNote, ...]
    rows: pd.DataFrame
    published: pd.DataFrame
    boundaries: Path

    def text(self, zh: str, en: str) -> str:
        """Return the text of the edition's language."""
        return zh if self.language == "zh" else en

    def brackets(self, text: str) -> str:
        """Put `text` in brackets after a word; nothing stays nothing."""
        return text and self.text(f"（{text}）", f" ({text})")

    def status_word(self, status: str) -> str:
        """Return the word a reader sees for a status."""
        return status_text(status, self.language)

    def statuses(self) -> dict[str, str]:
        """Return every status with what it means."""
        meanings = {
            "missing": self.text(
                "未报、报了但有误未采用，或缺比较年份，不等于 0",
                "not reported, reported with an error and set aside, or no earlier years to"
                " compare with; it is not 0",
            ),
            "withheld": self.text("有数但不公开，不等于 0", "known but not public; it is not 0"),
            "too_few": self.text(
                "样品或年份太少，不足以给出数值，不等于 0",
                "too few samples or years to give a figure; it is not 0",
            ),
            "within_rounding": self.text(
                "变化在公布数的修约误差之内，增减不可知，不等于没有变化",
                "the rounding of the published figures is larger than the change: up or down is"
                " not known, which is not the same as no change",
            ),
            "reported": self.text("县级报表", "returns of the counties"),
            "published": self.text("公开名录或公报", "public lists or bulletins"),
            "estimated": self.text("按公开资料推算", "worked out from public figures"),
            "simulated": self.text(
                "模拟数，仅供演示", "made by simulation, for demonstration only"
            ),
        }
        return {self.status_word(status): meaning for status, meaning in meanings.items()}

    def coverage_note(self) -> str:
        """Say what coverage is, and why the counties may add up to less than the whole."""
        missing = self.status_word("missing")
        return self.text(
            "覆盖率是数据完整的县所占比例。县级一列相加可能少于全省合计：数据不全的县在县级记为"
            f"“{missing}”，已报的部分仍计入全省；只落实到市州的名录条目也只计入全省"
            "（跨县的品牌则在全省只计一次）。",
            "Coverage is the share of counties whose figures are whole. The county column may add"
            f' up to less than the total: a county with gaps shows "{missing}" while what it did'
            " report counts in the total, and list entries placed in a prefecture only count there"
            " too (a brand of several counties counts once in the total).",
        )

    def simulated_note(self) -> str:
        """Warn of simulated data."""
        return self.text(
            "含模拟数据：县级上报与抽检数为模拟，按公布的总量校准，仅供演示，不反映任何县的实际情况。",
            "Contains simulated data. County returns and samples are simulated, calibrated to"
            " published totals, for demonstration only; they describe no real county.",
        )

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
    from agriqa.measures import measure_table, registry

    project = snapshot.project
    rows = measure_table(snapshot)
    shown = (rows["level"] != "county") | rows["area"].isin(counties)
    prefectures = prefecture_names(snapshot.register, language)
    known = snapshot.register.counties
    chosen = known[known["code"].isin(counties)].reset_index(drop=True)
    return Content(
        title=project.title[language],
        area=project.name[language],
        area_code=project.code,
        language=language,
        period=period,
        snapshot_id=snapshot.id,
        snapshot_created=local_date(str(snapshot.manifest["created"])),
        counties=chosen.assign(prefecture=chosen["prefecture_code"].map(prefectures)),
        prefectures=prefectures,
        measures=tuple(measure_note(m, language) for m in registry().values()),
        rows=rows[shown].reset_index(drop=True),
        published=snapshot.table("published_figure"),
        boundaries=project.reference,
    )


def measure_note(measure: Measure, language: Language) -> MeasureNote:
    """Write what a reader has to know of a measure in `language`."""
    from agriqa.datasets import dataset

    joint = "、" if language == "zh" else ", "
    return MeasureNote(
        id=measure.id,
        label=measure.label[language],
        unit=unit_text(measure.unit, language),
        formula=measure.formula[language],
        source=joint.join(dataset(name).label[language] for name in measure.datasets),
        direction=measure.direction,
        kind=measure.kind,
        decimals=measure.decimals,
        core=measure.core,
    )


def prefecture_names(register: Register, language: Language) -> dict[str, str]:
    """Return the names of all prefectures by code."""
    table = register.prefectures
    column = "name" if language == "zh" else "name_en"
    return dict(zip(table["code"], table[column], strict=True))


def local_date(moment: str) -> str:
    """Return the day of an ISO time where the reader is.

    Examples
    --------
    >>> local_date("2025-01-05T12:00:00+00:00")[:8]
    '2025-01-'
    """
    return dt.datetime.fromisoformat(moment).astimezone().date().isoformat()
