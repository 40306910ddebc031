"""A declared index of one year: its counties, scores and gaps, with their names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from agriqa.assess.composite import CompositeIndex
from agriqa.assess.declaration import IndexDeclaration
from agriqa.assess.declared import absences, graded, standard_errors
from agriqa.assess.part import part
from agriqa.errors import UnknownNameError
from agriqa.project import Language

if TYPE_CHECKING:
    import pandas as pd

    from agriqa.figures.chart import Caption
    from agriqa.workbench.workbench import Workbench


@dataclass(frozen=True, eq=False)
class YearIndex:
    """What is known of a declared index of the counties in one year.

    Attributes
    ----------
    workbench : Workbench
    declaration : IndexDeclaration
        As the file states it.
    index : CompositeIndex
        All years, by the declared choices or those of another version.
    period : int
        The year it shows.
    """

    workbench: Workbench
    declaration: IndexDeclaration
    index: CompositeIndex
    period: int

    @property
    def language(self) -> Language:
        """The project's own language."""
        return self.workbench.project.language

    @property
    def title(self) -> str:
        """Name of the index."""
        return self.declaration.label[self.language]

    @property
    def dimensions(self) -> list[str]:
        """Ids right under the index."""
        return self.children(self.index.framework.top)

    def dimension_of(self, name: str) -> str:
        """Return the id of the dimension that an indicator or group belongs to."""
        framework = self.index.framework
        while (above := framework.node(name).parent) not in (None, framework.top):
            name = str(above)
        return name

    def label(self, name: str) -> str:
        """Return the label of an indicator or group in the project's language."""
        return self.index.framework.node(name).label[self.language]

    def code(self, county: str) -> str:
        """Return the code of a county by its name or code."""
        return self.workbench.county(county).code

    def framework_id(self, name: str | None) -> str:
        """Return the id of an indicator or group by id or label; the index by default.

        Raises
        ------
        UnknownNameError
            If there is no such one.
        """
        framework = self.index.framework
        if name is None:
            return framework.top
        nodes = (*framework.indicators, *framework.groups)
        known = {node.id: node.id for node in nodes}
        known |= {text: node.id for node in nodes for text in (node.label.zh, node.label.en)}
        # A dimension may be called as an indicator is: ids come first.
        known |= {node.id: node.id for node in nodes}
        if name not in known:
            raise UnknownNameError("指标或维度", "indicator or group", name, known)
        return known[name]

    def children(self, name: str) -> list[str]:
        """Return the ids right under a group."""
        return self.index.framework.children(name)

    @cached_property
    def counties(self) -> pd.DataFrame:
        """county, prefecture and prefecture_code by code, all that are in force."""
        register = self.workbench.register
        table = self.workbench.counties.set_index("code")
        codes = table["prefecture_code"]
        table["county"] = table["name" if self.language == "zh" else "name_en"]
        table["prefecture"] = [register.name(code, self.language) for code in codes]
        return table[["county", "prefecture", "prefecture_code"]]

    @cached_property
    def values(self) -> pd.DataFrame:
        """Tidy measures behind the index in its period, all counties."""
        return self.workbench.measures(
            self.index.framework.levels[0], period=self.period, language=self.language
        )

    @property
    def simulated(self) -> bool:
        """Whether a value behind it is simulated."""
        return bool((self.values["status"] == "simulated").any())

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Scores of all indicators, dimensions and the index by code, of the period."""
        import pandas as pd

        return pd.DataFrame(self.index.scores.xs(self.period, level=1))

    def ranks(self, node: str | None = None) -> pd.Series:
        """Return the ranks of the period by code."""
        return self.index.ranks(self.framework_id(node)).xs(self.period, level=1)

    def grades(self, language: Language | None = None) -> pd.Series:
        """Return the grades by code; none where the scale is not the declared one."""
        import pandas as pd

        score = self.scores[self.index.framework.top]
        if not self.has_grades:
            return pd.Series(None, index=score.index, dtype=object, name="grade")
        return graded(score, self.declaration, language=language or self.language)

    @property
    def has_grades(self) -> bool:
        """Whether the declared grades hold: their cuts are meant for the declared scale."""
        same = self.index.choices.normalise == self.declaration.choices.normalise
        return bool(self.declaration.grade) and same

    def absent(self, node: str | None = None) -> pd.Series:
        """Return why counties have no score, in words; None for those that have one."""
        import pandas as pd

        from agriqa.figures.words import status_text

        name, language = self.framework_id(node), self.language
        scored = self.scores[name].dropna().index
        wanted = part(self.index, name).framework.levels[0]
        every = self._absences[wanted].reindex(self.counties.index)
        every = every.where(every.notna() | every.index.isin(self._absences.index)[:, None],
                            "missing")  # fmt: skip
        said = {}
        for code, row in every[~every.index.isin(scored)].iterrows():
            counts = row.value_counts()
            known = len(wanted) - int(counts.sum())
            why = ("、" if language == "zh" else ", ").join(
                f"{status_text(str(status), language)} {count}" for status, count in counts.items()
            )
            said[code] = (
                f"{len(wanted)} 项指标只知 {known} 项：{why}"
                if language == "zh"
                else f"{known} of {len(wanted)} indicators known: {why}"
            )
        texts = [said.get(code) for code in every.index]
        return pd.Series(texts, index=every.index, dtype=object, name="absent")

    @cached_property
    def errors(self) -> pd.DataFrame:
        """Standard errors of the measures, as the index's data."""
        return standard_errors(self.workbench.snapshot, self.declaration)

    @cached_property
    def _absences(self) -> pd.DataFrame:
        import pandas as pd

        every = absences(self.workbench.snapshot, self.declaration)
        return pd.DataFrame(every.xs(self.period, level=1))

    def caption(self) -> Caption:
        """Return the source line of its charts."""
        from agriqa.datasets import dataset
        from agriqa.figures.chart import Caption
        from agriqa.measures import measure

        zh, language = self.language == "zh", self.language
        used = dict.fromkeys(
            name for one in self.index.framework.levels[0] for name in measure(one).datasets
        )
        labels = ("、" if zh else ", ").join(dataset(name).label[language] for name in used)
        mark = ("（含模拟）" if zh else " (partly simulated)") if self.simulated else ""
        line = f"来源：{labels}{mark}" if zh else f"Source: {labels}{mark}"
        snapshot = f"快照 {self.workbench.snapshot.id}" if zh else (
            f"snapshot {self.workbench.snapshot.id}"
        )  # fmt: skip
        return Caption(f"{line}；{snapshot}" if zh else f"{line}; {snapshot}",
                       simulated=self.simulated, language=language)  # fmt: skip
