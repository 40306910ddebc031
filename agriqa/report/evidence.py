"""What a county report rests on: the county's rows and their place among all."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from agriqa.datasets import code_lists, dataset
from agriqa.figures.charts import quartiles
from agriqa.figures.words import Language
from agriqa.measures import Measure, core_measures, measure_table, registry
from agriqa.project import Project
from agriqa.report.absence import Absence, Filing, absence
from agriqa.report.advice import Target
from agriqa.report.findings import LIMITS, POOLED_YEARS, Standing, pooled, standing
from agriqa.report.parameters import CountyParameters
from agriqa.report.setaside import SetAside, set_aside
from agriqa.store.snapshot import Snapshot

if TYPE_CHECKING:
    from pandas import DataFrame

# Rates that are judged over several years together.
POOLED = ("pass_rate_pct",)
# Category and amount of the returns that are drawn by category.
AMOUNTS = {"pesticide_use": ("category", "use_t"), "fertiliser_use": ("nutrient", "pure_t")}


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
        """How each measure of the year stands, by id."""
        return {measure.id: self._standing(measure) for measure in core_measures()}

    def _standing(self, measure: Measure) -> Standing:
        years = POOLED_YEARS if measure.id in POOLED else 1
        rows, whole = (
            frame[frame["period"].between(self.period - years + 1, self.period)]
            for frame in (self.measure_rows(measure.id), self.province_rows(measure.id))
        )
        if measure.kind != "proportion":
            row = None if rows.empty else rows.iloc[0]
            return standing(measure, row, self._bands_by_measure.get(measure.id))
        found, all_of_it = pooled(rows), pooled(whole)
        if found is None:
            return standing(measure, None if rows.empty else rows.iloc[-1], None)
        samples = self.residue_samples if "residue" in measure.datasets else None
        province = None if all_of_it is None else float(all_of_it["value"])
        placed = standing(measure, found, None, province=province, samples=samples)
        known = rows.loc[rows["value"].notna(), "period"]
        span = (int(known.min()), int(known.max()))
        return replace(placed, years=span if span[0] < span[1] else None)

    @cached_property
    def _bands_by_measure(self) -> dict[str, pd.Series]:
        return {str(measure): band for measure, band in self.bands.iterrows()}

    @cached_property
    def residue_samples(self) -> int:
        """How many different samples of the year were measured for residues."""
        return len(self._samples_of("residue", self.period))

    def _samples_of(self, name: str, period: int) -> set[str]:
        own = self.samples
        own = own[pd.to_datetime(own["sampled_on"]).dt.year == period]
        ids = set(own["sample_id"])
        if name == "residue":
            ids &= set(self.snapshot.table("residue", columns=["sample_id"])["sample_id"])
        return ids

    @cached_property
    def samples(self) -> DataFrame:
        """The county's samples of all years."""
        return self.table("sample")

    @cached_property
    def failed_samples(self) -> DataFrame:
        """The county's samples of the year that did not pass."""
        own = self.samples
        now = pd.to_datetime(own["sampled_on"]).dt.year == self.period
        return own[now & (own["result"] == "fail")]

    @cached_property
    def set_aside(self) -> tuple[SetAside, ...]:
        """The county's rows that were set aside for an error."""
        return set_aside(self.snapshot, self.code)

    @cached_property
    def founded(self) -> int | None:
        """The county's first year; None if it stood before the register begins."""
        units = self.project.register.units
        starts = units.loc[units["current_code"] == self.code, "valid_from"]
        return None if starts.isna().any() else int(starts.min())

    @cached_property
    def absences(self) -> dict[str, Absence]:
        """Why a measure of the short tables has no figure, by id."""
        return {id_: self.why_absent(s.measure) for id_, s in self.standings.items() if not s.known}

    def why_absent(self, measure: Measure) -> Absence:
        """Find out why a measure has no figure in the year."""
        rows = self.measure_rows(measure.id)
        status = rows.loc[rows["period"] == self.period, "status"]
        if not status.empty and status.iloc[0] != "missing":
            return Absence(measure, status=str(status.iloc[0]))
        return absence(
            measure, self.period, wrong=self.set_aside, filing=self._filing, founded=self.founded
        )

    def figure(self, id_: str) -> float | None:
        """Return the county's value of a measure in the year, if it has one."""
        rows = self.measure_rows(id_)
        found = rows.loc[rows["period"] == self.period, "value"].dropna()
        return None if found.empty else float(found.iloc[0])

    def _filing(self, name: str, year: int) -> Filing:
        """Say what became of a return in a year."""
        if name in ("sample", "residue"):
            everyone = self.snapshot.table("sample", columns=["sampled_on"])["sampled_on"]
            due = bool((pd.to_datetime(everyone).dt.year == year).any())
            return "filed" if self._samples_of(name, year) else "lacking" if due else "not due"
        rows = self.snapshot.table(name, columns=["county_code", "year"])
        filed = set(rows.loc[rows["year"] == year, "county_code"])
        return "filed" if self.code in filed else "lacking" if filed else "not due"

    def amounts(self, name: str) -> DataFrame:
        """Return a return's amounts: a row per year, a column per category by label.

        Years with an empty category are left out.
        """
        key, amount = AMOUNTS[name]
        rows = self.table(name)
        if "active_ingredient" in rows:
            rows = rows[rows["active_ingredient"] == "all"]
        codes = code_lists()[str(dataset(name)[key].codes)].codes
        labels = {code: entry.label[self.language] for code, entry in codes.items()}
        wide = rows.set_index(["year", key])[amount].unstack()
        wide = wide.reindex(columns=[c for c in labels if c in wide]).rename(columns=labels)
        return wide[wide.notna().all(axis=1)]

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

    def rises(self, name: str) -> dict[str, float]:
        """Return by how much each category lies above its mean of the three years before [t].

        Only categories that rose, largest first; empty where a year is lacking.
        """
        wide = self.amounts(name)
        before = [self.period - lag for lag in (1, 2, 3)]
        if not {self.period, *before} <= set(wide.index):
            return {}
        more = [
            (str(kind), float(use[self.period] - use[before].mean())) for kind, use in wide.items()
        ]
        return {kind: t for kind, t in sorted(more, key=lambda found: -found[1]) if t > 0}

    @cached_property
    def references(self) -> dict[str, float]:
        """What measures of the year are held against, where it is not the median."""
        now = self.rows[(self.rows["level"] == "province") & (self.rows["period"] == self.period)]
        rates = {str(m): float(v) for m, v in zip(now["measure"], now["value"], strict=True)}
        rates = {m: v for m, v in rates.items() if registry()[m].kind == "proportion"}
        return {m: v for m, v in rates.items() if pd.notna(v)} | dict(LIMITS)

    def province_rows(self, id_: str) -> DataFrame:
        """Return the province's own tidy rows of a measure."""
        return self.rows[(self.rows["level"] == "province") & (self.rows["measure"] == id_)]

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
