"""The charts of a county report, with their captions."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING

from IPython.display import HTML

from agriqa.datasets import dataset
from agriqa.figures import charts
from agriqa.figures.chart import Caption, Chart, NothingToShowError
from agriqa.figures.words import unit_text
from agriqa.measures import registry

if TYPE_CHECKING:
    from agriqa.report.advice import Target
    from agriqa.report.evidence import CountyEvidence


def nothing(evidence: CountyEvidence, zh: str, en: str) -> HTML:
    """Say that there is nothing to show."""
    return HTML(f'<p class="none">{escape(evidence.say(zh, en))}</p>')


class Drawings:
    """Draws what a county report shows.

    Parameters
    ----------
    evidence : CountyEvidence
        The county's data.
    """

    def __init__(self, evidence: CountyEvidence) -> None:
        self._evidence = evidence

    def trend(self, id_: str, *, line: charts.Line | None = None) -> Chart | HTML:
        """Draw a measure over the years against the middle half of counties."""
        e = self._evidence
        return self.chart_or_words(
            lambda: charts.trend(
                e.measure_rows(id_),
                e.counties[e.counties["measure"] == id_],
                registry()[id_],
                name=e.name,
                caption=self.caption(id_),
                line=line or self.target_line(id_),
                breaks=e.breaks,
            )
        )

    def mix(self, name: str, zh: str, en: str) -> Chart | HTML:
        """Draw a return's categories by year; a year without every category stays empty."""
        e = self._evidence
        years = range(int(e.own["period"].min()), int(e.own["period"].max()) + 1)
        simulated = bool((e.table(name)["origin"] == "simulated").any())
        return self.chart_or_words(
            lambda: charts.composition(
                e.amounts(name).reindex(years),
                title=e.say(f"{e.name}：{zh}", f"{e.name}: {en}"),
                unit=unit_text("吨", e.language),
                decimals=1,
                caption=self._source(name, simulated=simulated),
            )
        )

    def chart_or_words(self, draw: Callable[[], Chart]) -> Chart | HTML:
        """Draw, or say that there is nothing to draw."""
        try:
            return draw()
        except NothingToShowError:
            return nothing(
                self._evidence,
                "本县没有可画的数据（缺数或不公开）。",
                "There is nothing to draw for this county: no figure, or withheld.",
            )

    def target_line(self, id_: str) -> charts.Line | None:
        """Return the line of a measure's published target, if there is one."""
        e = self._evidence
        target: Target | None = e.targets.get(id_)
        if target is None:
            return None
        goal = target.words(unit_text(registry()[id_].unit, e.language))
        year = "" if target.deadline is None else e.say(
            f"（{target.deadline} 年）", f" ({target.deadline})"
        )  # fmt: skip
        return charts.Line(target.value, e.say(f"目标 {goal}{year}", f"target {goal}{year}"))

    def caption(self, *ids: str) -> Caption:
        """Name the datasets of some measures and the snapshot."""
        simulated = bool((self._evidence.measure_rows(*ids)["status"] == "simulated").any())
        names = dict.fromkeys(n for id_ in ids for n in registry()[id_].datasets)
        return self._source(*names, simulated=simulated)

    def _source(self, *names: str, simulated: bool) -> Caption:
        e = self._evidence
        labels = e.say("、", ", ").join(dataset(n).label[e.language] for n in names)
        mark = e.say("（模拟）", " (simulated)") if simulated else ""
        line = e.say(
            f"来源：县级报表{mark}：{labels}；快照 {e.snapshot.id}",
            f"Source: county returns{mark}: {labels}; snapshot {e.snapshot.id}",
        )
        return Caption(line, simulated=simulated, language=e.language)
