"""Why a county has no figure: no return, a row set aside, or too few years."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from agriqa.datasets import dataset
from agriqa.figures.words import Language
from agriqa.measures.pesticides import BASE_YEARS
from agriqa.report.setaside import SetAside

if TYPE_CHECKING:
    from agriqa.measures import Measure

# What became of a return: the county's rows are there; others filed it and the
# county did not; nobody did, so that it was not due.
Filing = Literal["filed", "lacking", "not due"]

# Years before the period that a measure also needs.
LOOKS_BACK = {
    "pesticide_to_3y_mean_pct": 3,
    "pesticide_zero_growth_pct": 3,
    "fertiliser_to_3y_mean_pct": 3,
    "fertiliser_to_year_before_pct": 1,
}
# Measures that need the base years of the zero-growth plan besides the period.
HELD_TO_BASE = ("pesticide_to_2012_14_mean_pct", "pesticide_zero_growth_2012_14_pct")


@dataclass(frozen=True)
class Gap:
    """What one return of one year lacks.

    Attributes
    ----------
    dataset, year : str, int
        The return.
    kind : {"wrong", "none", "partial"}
        Rows were set aside; there is no row at all; a row lacks a value.
    rows : tuple of SetAside
        The rows set aside.
    """

    dataset: str
    year: int
    kind: Literal["wrong", "none", "partial"]
    rows: tuple[SetAside, ...] = ()

    def words(self, language: Language = "zh") -> str:
        """Say what is lacking."""
        label = dataset(self.dataset).label[language]
        if language == "zh":
            return {
                "wrong": f"{self.year} 年“{label}”有 {len(self.rows)} 行有误未采用",
                "none": f"{self.year} 年“{label}”未报",
                "partial": f"{self.year} 年“{label}”有空项",
            }[self.kind]
        return {
            "wrong": f"{len(self.rows)} row(s) of {label} {self.year} set aside for errors",
            "none": f"{label} {self.year} not filed",
            "partial": f"{label} {self.year} has empty cells",
        }[self.kind]


@dataclass(frozen=True)
class Absence:
    """Why a measure has no figure.

    Attributes
    ----------
    measure : Measure
        The indicator.
    gaps : tuple of Gap
        What would have to be filed or corrected.
    founded : int or None
        The county's first year, where the figure cannot exist before it has
        stood long enough.
    status : str
        ``missing``, or what it is instead: withheld, too few, within rounding.
    """

    measure: Measure
    gaps: tuple[Gap, ...] = ()
    founded: int | None = None
    status: str = "missing"

    def words(self, language: Language = "zh") -> str:
        """Give the reason in a phrase."""
        zh = language == "zh"
        if self.status != "missing":
            return self._status_words(language)
        if self.founded is not None:
            if zh:
                return f"本县 {self.founded} 年设立，年数不够，无法计算"
            return f"the county was founded in {self.founded}: too few years to compute it"
        if not self.gaps and self.measure.theme == "sampling":
            return "没有这一类的样品" if zh else "no samples of this kind"
        if not self.gaps:
            return "没有可用的数据" if zh else "no usable data"
        return ("；" if zh else "; ").join(gap.words(language) for gap in self.gaps)

    def _status_words(self, language: Language) -> str:
        least = self.measure.minimum_n
        few: dict[Language, str] = {
            "zh": f"n 不足 {least}，样本太少，不给值" if least else "数据太少，不足以估计",
            "en": f"n is below {least}: too few for a figure" if least else "too few to estimate",
        }
        meanings: dict[str, dict[Language, str]] = {
            "withheld": {"zh": "有数，不便公开", "en": "known but not public"},
            "too_few": few,
            "within_rounding": {
                "zh": "变化在公布数的修约误差之内，增减不可知",
                "en": "within the rounding of the published figures: not known",
            },
        }
        return meanings[self.status][language]


def absence(
    measure: Measure,
    period: int,
    *,
    wrong: Sequence[SetAside],
    filing: Callable[[str, int], Filing],
    founded: int | None = None,
) -> Absence:
    """Find out why a measure has no figure.

    Parameters
    ----------
    measure : Measure
        The indicator without a figure.
    period : int
        The year.
    wrong : sequence of SetAside
        The county's rows that were set aside.
    filing : callable
        What became of a return in a year.
    founded : int, optional
        The county's first year.
    """
    years = list(range(period - LOOKS_BACK.get(measure.id, 0), period + 1))
    if measure.id in HELD_TO_BASE:
        years = sorted({*BASE_YEARS, period})
    if founded is not None and years[0] < founded:
        return Absence(measure, founded=founded)
    returns = [name for name in measure.datasets if dataset(name).kind == "return"]
    gaps = []
    for name in returns:
        for year in years:
            rows = tuple(r for r in wrong if r.dataset == name and r.year == year)
            if rows:
                gaps.append(Gap(name, year, "wrong", rows))
            elif filing(name, year) == "lacking":
                gaps.append(Gap(name, year, "none"))
    if not gaps and measure.kind != "proportion":
        filed = [name for name in returns if filing(name, period) == "filed"]
        gaps = [Gap(name, period, "partial") for name in filed if years == [period]]
    return Absence(measure, tuple(gaps))
