"""Open a project's data, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from agriqa.datasets import datasets
from agriqa.errors import AgriqaError, NoDataError, UnknownNameError
from agriqa.measures import LEVELS, Level, measure, measure_table, registry
from agriqa.project import Language, Project
from agriqa.store import Snapshot
from agriqa.workbench.county import CountyView

if TYPE_CHECKING:
    import pandas as pd

    from agriqa.areas import Register
    from agriqa.ingest.preview import Preview
    from agriqa.measures.evaluation import DesignationEvaluation
    from agriqa.workbench.index import IndexView


def open(folder: str | Path | None = None, *, snapshot: str | None = None) -> Workbench:
    """Open a project's data.

    Parameters
    ----------
    folder : path, optional
        The project folder; the current one, or one above it, by default.
    snapshot : str, optional
        Id of a snapshot; the latest by default.

    Raises
    ------
    ProjectError
        If there is no project there.
    SnapshotError
        If nothing has been frozen yet.
    """
    return Workbench(Snapshot.open(Project.find(folder), snapshot))


def preview(
    path: str | Path,
    *,
    folder: str | Path | None = None,
    sender: str | None = None,
    source: str | None = None,
    encoding: str | None = None,
) -> Preview:
    """Show what would be understood of a file, before anything is loaded.

    The file is read, held against the store and taken back; the store stays
    as it is. In a notebook the result is shown as tables.

    Parameters
    ----------
    path : path
        The file.
    folder : path, optional
        The project folder; the current one, or one above it, by default.
    sender, source, encoding : str, optional
        As for ``agriqa load``.

    Raises
    ------
    AgriqaError
        If the file cannot be read; the message says what to do.
    """
    from agriqa.store.engine import opened_store
    from agriqa.store.load import LoadOptions, try_file

    project = Project.find(folder)
    options = LoadOptions(encoding=encoding, sender=sender, source=source)
    with opened_store(project) as engine:
        trial = try_file(engine, project, Path(path), options)
    if trial.reading is None:
        raise AgriqaError(trial.outcome.message)
    return trial.preview()


@dataclass(frozen=True)
class Workbench:
    """A project's data as of one snapshot."""

    snapshot: Snapshot

    def __repr__(self) -> str:
        project = self.project
        rows = sum(self.snapshot.manifest["tables"][name]["rows"] for name in datasets())
        return (
            f"<agriqa {project.name['zh']} {project.title['zh']}：{len(self.counties)} 个县，"
            f"{rows:,} 行，快照 {self.snapshot.id}>"
        )

    @property
    def project(self) -> Project:
        """The project folder."""
        return self.snapshot.project

    @property
    def register(self) -> Register:
        """The county register."""
        return self.project.register

    @property
    def counties(self) -> pd.DataFrame:
        """Counties in force today: code, name, prefecture and economic zone."""
        return self.register.counties.copy()

    @cached_property
    def periods(self) -> list[int]:
        """Years that the counties' measures cover; published figures may reach further."""
        tidy = measure_table(self.snapshot)
        return sorted(int(year) for year in tidy.loc[tidy["level"] == "county", "period"].unique())

    def table(self, name: str) -> pd.DataFrame:
        """Return one dataset; each row knows its file, sheet and row.

        Raises
        ------
        UnknownNameError
            If there is no such dataset.
        """
        return self.snapshot.table(name)

    def sql(self, query: str) -> pd.DataFrame:
        """Answer a SQL query over the datasets, each a view by its name.

        Examples
        --------
        >>> wb.sql("select year, sum(use_t) from pesticide_use group by year")  # doctest: +SKIP
        """
        import duckdb

        with duckdb.connect() as connection:
            for name in self.snapshot.manifest["tables"]:
                path = self.snapshot.folder / f"{name}.parquet"
                connection.read_parquet(str(path)).create_view(name)
            return connection.execute(query).df()

    def measures(
        self,
        ids: str | Iterable[str] | None = None,
        *,
        level: Level = "county",
        period: int | None = None,
        area: str | None = None,
        language: Language = "zh",
    ) -> pd.DataFrame:
        """Return measures as a tidy frame.

        Parameters
        ----------
        ids : str or iterable of str, optional
            Which measures; all by default.
        level : {"county", "prefecture", "province"}
            Level of area.
        period : int, optional
            One year; all by default.
        area : str, optional
            Code or name of one area; all by default.
        language : {"zh", "en"}
            Language of names and labels.

        Returns
        -------
        DataFrame
            area, name, period, measure, label, unit, value, low, high, n,
            status, coverage.

        Raises
        ------
        UnknownNameError
            If a measure or level is unknown.
        NoDataError
            If the data does not cover the period.
        """
        chosen = list(registry()) if ids is None else [ids] if isinstance(ids, str) else list(ids)
        labels = {name: measure(name).label[language] for name in chosen}
        if level not in LEVELS:
            raise UnknownNameError("层级", "level", level, LEVELS)
        areas = None if area is None else [self._area(area, level)]
        tidy = measure_table(self.snapshot, areas=areas)
        tidy = tidy[(tidy["level"] == level) & tidy["measure"].isin(chosen)]
        if period is not None:
            known = sorted({*self.periods, *tidy["period"].tolist()})
            if period not in known:
                raise NoDataError(
                    f"数据不含 {period} 年，只有 {known[0]}–{known[-1]} 年。"
                    f" / No data for {period}; years are {known[0]} to {known[-1]}."
                )
            tidy = tidy[tidy["period"] == period]
        names = {code: self._name(code, level, language) for code in tidy["area"].unique()}
        tidy = tidy.assign(
            name=tidy["area"].map(names),
            label=tidy["measure"].map(labels),
            unit=tidy["measure"].map(lambda name: registry()[name].unit),
        )
        order = [
            "area", "name", "period", "measure", "label", "unit", "value", "low", "high", "n",
            "status", "coverage",
        ]  # fmt: skip
        return tidy[order].reset_index(drop=True)

    def designation_evaluation(self) -> DesignationEvaluation:
        """Evaluate what designation did to pesticide use: panel, effects, conclusion in words."""
        from agriqa.measures.evaluation import evaluate_designation
        from agriqa.measures.source import Source

        return evaluate_designation(Source(self.snapshot))

    def index(self, period: int | None = None, *, name: str | None = None) -> IndexView:
        """Return a declared index of the counties: ranks, explanations, what if.

        Parameters
        ----------
        period : int, optional
            The year; by default that of the edition, or the latest there is.
        name : str, optional
            Which of the indexes of ``data/config/indexes``; the first by default.

        Raises
        ------
        UnknownNameError
            If there is no such index.
        NoDataError
            If the project declares none, or it does not cover the period.

        Examples
        --------
        >>> wb.index(2021).explain("郫都区")  # doctest: +SKIP
        """
        from agriqa.workbench.index import open_index

        return open_index(self, period, name=name)

    def county(self, text: str, *, prefecture: str | None = None) -> CountyView:
        """Find a county by code or name, old ones too.

        Raises
        ------
        UnknownAreaError, AmbiguousAreaError
            If no county, or more than one, has that name.
        """
        return CountyView(self, self.register.resolve(text, prefecture=prefecture))

    def _area(self, text: str, level: Level) -> str:
        if level == "province":
            return self.project.code
        if level == "prefecture":
            return self.register.resolve_prefecture(text)
        return self.register.resolve(text).code

    def _name(self, code: str, level: Level, language: Language) -> str:
        if level == "province":
            return self.project.name[language]
        return self.register.name(code, language)
