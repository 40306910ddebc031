"""What a county report rests on: the county's rows and their place among all."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from agriqa.figures.charts import quartiles
from agriqa.figures.words import Language
from agriqa.measures import measure_table, registry
from agriqa.project import Project
from agriqa.report.advice import Target
from agriqa.report.findings import Standing, standing
from agriqa.report.parameters import CountyParameters
from agriqa.store.snapshot import Snapshot

if TYPE_CHECKING:
    from pandas import DataFrame


class CountyEvidence:
    """The data of one county and year, from one snapshot.

    Parameters
    ----------
    given : CountyParameters
        County, year, language, project and snapshot.

    Attributes
    ----------
    rows : DataFrame
        Tidy measure rows of all areas.
    counties, own : DataFrame
        Those of all counties, and of this one.

    Raises
    ------
    AgriqaError
        If county, period, project or snapshot is unknown.
    """

    def __init__(self, given: CountyParameters) -> None:
        self.project = Project.find(given.project or None)
        self.snapshot = Snapshot.open(self.project, given.snapshot)
        self.rows = measure_table(self.snapshot)
        self.counties = self.rows[self.rows["level"] == "county"]
        match = given.check(self.project.register, self.counties["period"].unique())
        self.code, self.period = match.code, given.period
        self.language: Language = given.language
        self.name = self.project.register.name(match.code, self.language)
        self.prefecture = self.project.register.name(match.prefecture_code, self.language)
        self.own = self.counties[self.counties["area"] == self.code]

    @property
    def simulated(self) -> bool:
        """Whether any figure of the county is simulated."""
        return bool((self.own["status"] == "simulated").any())

    @cached_property
    def now(self) -> DataFrame:
        """All counties' rows of the year."""
        return self.counties[self.counties["period"] == self.period]

    @cached_property
    def bands(self) -> DataFrame:
        """Quartiles over counties in the year, by measure: q1, median, q3, n."""
        by_measure = self.now[["measure", "value"]].rename(columns={"measure": "period"})
        return quartiles(by_measure).rename_axis("measure")

    @cached_property
    def standings(self) -> dict[str, Standing]:
        """How each measure of the year stands among all counties, by id."""
        rows = self.now[self.now["area"] == self.code]
        own = {str(row["measure"]): row for _, row in rows.iterrows()}
        bands = {str(measure): band for measure, band in self.bands.iterrows()}
        return {
            id_: standing(measure, own.get(id_), bands.get(id_))
            for id_, measure in registry().items()
        }

    @cached_property
    def targets(self) -> dict[str, Target]:
        """The jurisdiction's next published target of each measure."""
        rows = self.snapshot.table("target")
        rows = rows[
            (rows["area_code"] == self.project.code)
            & rows["measure"].notna()
            & rows["value"].notna()
            & (rows["deadline_year"].isna() | (rows["deadline_year"] >= self.period))
        ].sort_values("deadline_year", na_position="last", kind="stable")
        return {
            str(row["measure"]): Target(
                value=float(row["value"]),
                comparator=str(row["comparator"]),
                deadline=None if pd.isna(row["deadline_year"]) else int(row["deadline_year"]),
                programme=str(row["programme"]),
            )
            for _, row in rows.drop_duplicates("measure").iterrows()
        }

    @cached_property
    def breaks(self) -> list[int]:
        """Years from which the county's series are not comparable with before."""
        changes = self.project.register.changes(self.code)
        return sorted({int(y) for y in changes.loc[changes["breaks_series"], "year"]})

    def measure_rows(self, *ids: str) -> DataFrame:
        """Return the county's tidy rows of some measures."""
        return self.own[self.own["measure"].isin(ids)]

    def table(self, name: str) -> DataFrame:
        """Return the county's rows of one dataset."""
        rows = self.snapshot.table(name)
        if name == "brand":
            listed = rows["county_codes"].fillna("").str.split(";")
            return rows[[self.code in codes for codes in listed]]
        return rows[rows["county_code"] == self.code]

    def say(self, zh: str, en: str) -> str:
        """Return the text in the report's language."""
        return zh if self.language == "zh" else en
