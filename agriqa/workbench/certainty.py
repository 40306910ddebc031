"""How sure the counties' ranks and grades are."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from agriqa.assess.declared import grades_of
from agriqa.assess.part import part
from agriqa.assess.uncertainty import RankUncertainty, Variations, rank_uncertainty

if TYPE_CHECKING:
    import pandas as pd

    from agriqa.figures.chart import Chart
    from agriqa.project import Language
    from agriqa.workbench.index import IndexView

_HEADERS: dict[Language, dict[str, str]] = {
    "zh": {
        "code": "代码", "county": "县", "prefecture": "市州", "nominal": "名次", "low": "区间高端",
        "high": "区间低端", "grade": "等级", "stability": "等级概率",
    },
    "en": {
        "code": "Code", "county": "County", "prefecture": "Prefecture", "nominal": "Rank",
        "low": "Band from", "high": "to", "grade": "Grade", "stability": "Its probability",
    },
}  # fmt: skip


@dataclass(frozen=True)
class RankCertainty:
    """Rank bands and probabilities of grades of the counties.

    Attributes
    ----------
    view : IndexView
        The index they belong to.
    drawn : RankUncertainty
        The versions that were drawn.
    """

    view: IndexView
    drawn: RankUncertainty

    def bands(self, *, level: float = 0.9) -> pd.DataFrame:
        """Return the rank and the band of each county.

        Parameters
        ----------
        level : float
            Share of the draws within the band [0-1].

        Returns
        -------
        DataFrame
            By code: nominal, low and high rank, the ends rounded outward.
        """
        import numpy as np
        import pandas as pd

        found = self.drawn.bands(level=level)
        ends = {"low": np.floor(found["low"]), "high": np.ceil(found["high"])}
        return pd.DataFrame({"nominal": found["nominal"], **ends}).astype("Int64")

    def table(self, *, level: float = 0.9) -> pd.DataFrame:
        """Return rank bands and probabilities of grades with the counties' names.

        Returns
        -------
        DataFrame
            By rank: code, county, prefecture, nominal, low and high rank, and where there
            are grades the probability of each, grade, and stability: the probability of the
            county's own grade.
        """
        found = self.bands(level=level)
        if self.drawn.grades is not None:
            found = found.join(self.drawn.grade_probabilities())
        names = self.view.counties[["county", "prefecture"]]
        named = names.join(found, how="right").rename_axis("code")
        return named.sort_values("nominal", kind="stable").reset_index()

    def summary(self, language: Language | None = None) -> str:
        """Return how wide the bands are, and how many grades are stable."""
        return self.drawn.summary(language or self.view.language)

    def plot(self, *, counties: tuple[str, ...] = ()) -> Chart:
        """Draw all ranks with their bands, some counties named."""
        return self.view.plot("bands", counties=counties)

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        words = _HEADERS[self.view.language]
        shown = self.table().head(10).round(2).rename(columns=words)
        return f"<p>{escape(self.summary())}</p>{shown.to_html(index=False, border=0)}"


def rank_certainty(
    view: IndexView, node: str, *, draws: int, seed: int, variations: Variations | None
) -> RankCertainty:
    """Draw versions of the index, or of one of its parts."""
    whole = node == view.index.framework.top
    graded = whole and view.has_grades
    grades = grades_of(view.declaration, language=view.language) if graded else None
    index = view.index if whole else part(view.index, node)
    drawn = rank_uncertainty(
        index,
        period=view.period,
        errors=view.errors,
        grades=grades,
        variations=variations,
        draws=draws,
        seed=seed,
    )
    return RankCertainty(view, drawn)
