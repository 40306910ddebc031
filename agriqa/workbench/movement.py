"""What moved a county's score between two years."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from agriqa.assess.comparison import contributions
from agriqa.figures.words import number_text, signed_text
from agriqa.stats.checks import in_language

if TYPE_CHECKING:
    import pandas as pd

    from agriqa.figures.chart import Chart
    from agriqa.project import Language
    from agriqa.workbench.index import IndexView


_HEADERS: dict[Language, list[str]] = {
    "zh": ["部分", "维度", "之前得分", "之后得分", "因得分", "因权重", "合计"],
    "en": ["Part", "Dimension", "Score before", "after", "By score", "By weight", "Total"],
}


@dataclass(frozen=True)
class Movement:
    """A county's score of two years, and what moved it.

    Attributes
    ----------
    view : IndexView
        The index, of the later year.
    code : str
        Of the county.
    since : int
        The earlier year.
    scores : tuple of two float
        Before and after.
    table : DataFrame
        By indicator or group: label, dimension, before and after (scores), by_value,
        by_weight and total [points of the index]; all totals add up to the change.
        Weights change where a value came or went: `part` says so beside the label.
    """

    view: IndexView
    code: str
    since: int
    scores: tuple[float, float]
    table: pd.DataFrame

    @property
    def county(self) -> str:
        """Name of the county."""
        return str(self.view.counties.at[self.code, "county"])

    @property
    def change(self) -> float:
        """Points gained or lost."""
        return self.scores[1] - self.scores[0]

    def summary(self, language: Language | None = None) -> str:
        """Return the change and its largest parts, in words."""
        language = language or self.view.language
        parts = self.table["total"]
        parts = parts[parts.abs().round(1) > 0]
        order = parts.abs().sort_values(ascending=False).index[:3]
        told = [
            f"{_part(self.view, self.since, str(name), self.table.loc[name], language)} "
            f"{signed_text(parts[name], 1)}"
            for name in order
        ]
        before, after = (number_text(score, 1) for score in self.scores)
        change = signed_text(self.change, 1)
        years = f"{self.since}—{self.view.period}"
        mark = self.view.simulated
        return in_language(
            language,
            zh=(
                f"{self.county} {years} 年得分由 {before} 到 {after}（{change}）。"
                f"主要来自：{'；'.join(told) or '无'}。{'含模拟数据。' if mark else ''}"
            ),
            en=(
                f"{self.county}, {years}: score {before} to {after} "
                f"({change}). Mainly: {'; '.join(told) or 'nothing'}."
                f"{' Partly simulated.' if mark else ''}"
            ),
        )

    def plot(self, *, top: int = 10) -> Chart:
        """Draw the parts of the change, the largest ones by name."""
        from agriqa.figures.rankings import moved

        return moved(
            self.table.assign(label=self.table["part"]), name=self.county, scores=self.scores,
            top=top, periods=(self.since, self.view.period), caption=self.view.caption(),
        )  # fmt: skip

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        order = self.table["total"].abs().sort_values(ascending=False, kind="stable").index
        columns = ["part", "dimension", "before", "after", "by_value", "by_weight", "total"]
        shown = (
            self.table.loc[order, columns].round(2).set_axis(_HEADERS[self.view.language], axis=1)
        )
        return f"<p>{escape(self.summary())}</p>{shown.to_html(index=False, border=0, na_rep='')}"


def county_movement(view: IndexView, county: str, *, since: int) -> Movement:
    """Split a county's change of score since an earlier year, see `IndexView.moved`."""
    code, index, top = view.code(county), view.index, view.index.framework.top
    table = contributions(index, index, code, period=view.period, period_before=since)
    first, last = (index.scores.xs(year, level=1).T[code] for year in (since, view.period))
    table.insert(0, "label", [view.label(name) for name in table.index])
    table.insert(1, "dimension", [view.label(view.dimension_of(name)) for name in table.index])
    table.insert(2, "before", first[table.index])
    table.insert(3, "after", last[table.index])
    # What nothing moved through is left out: groups whose members' weights stayed.
    table = table[(table["total"].abs() > 1e-12) | table.index.isin(index.framework.levels[0])]
    table["part"] = [
        _part(view, since, str(name), row, view.language) for name, row in table.iterrows()
    ]
    return Movement(
        view=view,
        code=code,
        since=since,
        scores=(float(first[top]), float(last[top])),
        table=table,
    )


def _part(view: IndexView, since: int, name: str, row: pd.Series, language: Language) -> str:
    """Name a part, and say where it is no change of the score itself."""
    zh, label = language == "zh", view.index.framework.node(name).label[language]
    for year, score in ((since, row["before"]), (view.period, row["after"])):
        if score != score:
            # A group may lack a score though some of it is known.
            group = name not in view.index.framework.levels[0]
            why_zh, why_en = ("没有得分", "no score") if group else ("缺数", "no figure")
            return f"{label}（{year} 年{why_zh}）" if zh else f"{label} ({why_en} in {year})"
    if abs(row["by_weight"]) > abs(row["by_value"]) + 1e-9:
        return f"{label}（权重随缺数变动）" if zh else f"{label} (weight, by gaps elsewhere)"
    return label
