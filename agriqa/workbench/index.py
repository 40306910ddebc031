"""A declared index of the counties: who stands where, why, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

from agriqa.assess.comparison import Comparison, compare
from agriqa.assess.declaration import index_ids, load_index
from agriqa.assess.declared import declared_index
from agriqa.assess.diagnosis import diagnose
from agriqa.assess.framework import FrameworkError
from agriqa.assess.sensitivity import RankSensitivity, rank_sensitivity
from agriqa.assess.shortfall import shortfalls
from agriqa.assess.uncertainty import Variations, alternatives
from agriqa.errors import NoDataError, UnknownNameError
from agriqa.workbench.certainty import RankCertainty, rank_certainty
from agriqa.workbench.yearindex import YearIndex

if TYPE_CHECKING:
    import pandas as pd

    from agriqa.figures.chart import Chart
    from agriqa.workbench.movement import Movement
    from agriqa.workbench.standing import CountyStanding
    from agriqa.workbench.workbench import Workbench


@dataclass(frozen=True, eq=False)
class IndexView(YearIndex):
    """An index of one period, or another version of it.

    Attributes
    ----------
    workbench : Workbench
    declaration : IndexDeclaration
        As the file states it.
    index : CompositeIndex
        All years, by the declared choices or those of this version.
    period : int
        The year it shows.
    base : IndexView or None
        The version that this one was changed from.
    """

    base: IndexView | None = None

    def rank(self, node: str | None = None, *, bands: bool = True) -> pd.DataFrame:
        """Return the counties by rank, each with its rank band.

        Parameters
        ----------
        node : str, optional
            A dimension or indicator, by id or label, to rank by; the index by default.
        bands : bool
            Whether to draw the bands: 90 % of 1,000 versions of the index.

        Returns
        -------
        DataFrame
            rank, code, county, prefecture, score, grade (of the index on its own scale),
            rank_low, rank_high, the score of each dimension, and absent: why a county has
            no score. Those stand last.

        Raises
        ------
        UnknownNameError
            If there is no such dimension or indicator.
        """
        name = self.framework_id(node)
        scores = self.scores
        names = self.counties[["county", "prefecture"]]
        table = names.join(self.ranks(name)).assign(score=scores[name])
        whole = name == self.index.framework.top
        if whole:
            table["grade"] = self.grades()
        if bands:
            table = table.join(self.bands(name).add_prefix("rank_"))
        below = self.dimensions if whole else [n for n in self.children(name) if n in scores]
        table = table.join(scores[below])
        table["absent"] = self.absent(name)
        table = table.rename_axis("code").reset_index().sort_values(["rank", "code"])
        order = ["rank", *(column for column in table.columns if column != "rank")]
        return table[order].reset_index(drop=True)

    def explain(self, county: str, *, peers: str | Sequence[str] | None = None) -> CountyStanding:
        """Explain where a county stands and why.

        Parameters
        ----------
        county : str
            Name or code, old ones too.
        peers : {"prefecture", "neighbours"} or sequence of str, optional
            Whom it is compared with, or their names or codes; all counties by default.

        Raises
        ------
        UnknownAreaError, AmbiguousAreaError
            If no county, or more than one, has that name.
        UnknownNameError
            If the peers are none of these.
        """
        from agriqa.workbench.standing import county_standing

        return county_standing(self, county, peers=peers)

    def what_if(
        self,
        *,
        weights: Mapping[str, float] | None = None,
        scheme: str | None = None,
        normalise: str | Mapping[str, Any] | None = None,
        aggregate: str | Sequence[str] | Mapping[str, Any] | None = None,
        treat: str | Mapping[str, Any] | None = None,
    ) -> IndexView:
        """Return another version of the index; `changes` says who moves.

        Parameters
        ----------
        weights : mapping of str to float, optional
            By id or label of a dimension or indicator, on the scale of the declared ones;
            the others stay.
        scheme : str, optional
            A declared set of weights, by id or label, to begin from.
        normalise, aggregate, treat : str or mapping, optional
            Another method, or fields of the step: ``normalise="min_max"``,
            ``aggregate="arithmetic"``; see `agriqa.assess.choices`.

        Raises
        ------
        UnknownNameError
            If a name is unknown.
        FrameworkError
            If a value is not allowed.

        Examples
        --------
        >>> wb.index(2021).what_if(weights={"质量安全": 50}).changes()  # doctest: +SKIP
        """
        given: dict[str, float] = {}
        if scheme is not None:
            given |= self.declaration.alternative(self._scheme_id(scheme)).values
        given |= {self.framework_id(name): value for name, value in (weights or {}).items()}
        steps: dict[str, Mapping[str, Any]] = {}
        for step, choice in (("normalise", normalise), ("treat", treat)):
            if choice is not None:
                steps[step] = {"method": choice} if isinstance(choice, str) else choice
        if aggregate is not None:
            methods = (aggregate,) if isinstance(aggregate, str) else aggregate
            is_step = isinstance(methods, Mapping)
            steps["aggregate"] = methods if is_step else {"methods": tuple(methods)}  # type: ignore[assignment]
        changed = self.index.changed(weights=given or None, **steps)  # type: ignore[arg-type]
        return replace(self, index=changed, base=self)

    def changes(self, *, bands: bool = True) -> Comparison:
        """Return who moved, and how far, against the version this one was changed from.

        Parameters
        ----------
        bands : bool
            See `compare`.

        Raises
        ------
        NoDataError
            If it was not changed.
        """
        if self.base is None:
            raise NoDataError(
                "这是原来的指数，没有可比的前一版：先用 what_if。"
                " / This is the index itself: make another version with what_if first."
            )
        return self.base.compare(self, bands=bands)

    def compare(self, other: IndexView, *, bands: bool = True) -> Comparison:
        """Return who moved, and how far, from this version or year to another.

        Parameters
        ----------
        other : IndexView
        bands : bool
            Whether to draw the rank bands of both: low_before, high_before, low_after and
            high_after.

        Returns
        -------
        Comparison
            Its table is sorted by the places moved, the furthest first.
        """
        found = compare(
            self.index, other.index, period=other.period, period_before=self.period
        ).table
        names = self.counties[["county", "prefecture"]]
        named = names.join(found, how="right")
        if bands:
            named = named.join(self.bands().add_suffix("_before"))
            named = named.join(other.bands().add_suffix("_after"))
        named = named.rename_axis("code").reset_index()
        order = named["rank_change"].abs().sort_values(ascending=False, kind="stable").index
        return Comparison(named.loc[order].reset_index(drop=True))

    def moved(self, county: str, *, since: int) -> Movement:
        """Return what moved a county's score since an earlier year, indicator by indicator.

        Raises
        ------
        NoDataError
            If the county has no score in one of the years.
        FrameworkError
            If the index is not aggregated by means.
        """
        from agriqa.workbench.movement import county_movement

        return county_movement(self, county, since=since)

    def uncertainty(
        self,
        *,
        draws: int = 1000,
        seed: int = 0,
        node: str | None = None,
        variations: Variations | None = None,
    ) -> RankCertainty:
        """Return how sure ranks and grades are, over the choices and the sampling errors.

        Parameters
        ----------
        draws : int
            Number of versions drawn.
        seed : int
            Same seed, same result.
        node : str, optional
            A dimension or indicator instead of the index.
        variations : Variations, optional
            What else could have been chosen.

        Raises
        ------
        FrameworkError
            If this version is built in a way that cannot be drawn.
        """
        name = self.framework_id(node)
        key = (draws, seed, name, variations)
        if key not in self._drawn:
            self._drawn[key] = rank_certainty(
                self, name, draws=draws, seed=seed, variations=variations
            )
        return self._drawn[key]

    def bands(self, node: str | None = None) -> pd.DataFrame:
        """Return the 90 % rank bands by code, rounded outward.

        Returns
        -------
        DataFrame
            low and high rank; missing for a version that cannot be drawn.
        """
        import pandas as pd

        try:
            return self.uncertainty(node=node).bands()[["low", "high"]]
        except FrameworkError:
            return pd.DataFrame(index=self.scores.index, columns=["low", "high"], dtype="Int64")

    def sensitivity(
        self, *, base_draws: int = 128, seed: int = 0, variations: Variations | None = None
    ) -> RankSensitivity:
        """Return which choice moves the ranks most, by Sobol indices."""
        choices = alternatives(
            self.index, period=self.period, errors=self.errors, variations=variations
        )
        return rank_sensitivity(choices, base_draws=base_draws, seed=seed)

    def diagnose(self) -> pd.DataFrame:
        """Return what each indicator does in the index, with labels; see `assess.diagnosis`."""
        table = diagnose(self.index, period=self.period)
        table.insert(0, "label", [self.label(name) for name in table.index])
        return table

    def plot(self, kind: str = "bands", *, counties: Sequence[str] = (), top: int = 15) -> Chart:
        """Draw the index.

        Parameters
        ----------
        kind : {"bands", "ranking", "shortfalls", "map"}
            All ranks with their bands; the first ones, or those named, with their bands;
            what keeps them from the full score, by dimension; a map of grades or fifths.
        counties : sequence of str
            Names or codes: marked among all bands; shown instead of the first ones.
        top : int
            How many of the first ones.

        Raises
        ------
        UnknownNameError
            If the kind is unknown.
        """
        from agriqa.workbench.pictures import draw

        return draw(self, kind, counties=[self.code(name) for name in counties], top=top)

    def shortfalls(self) -> pd.DataFrame:
        """Return what keeps each county from the full score, by dimension [points]."""
        return shortfalls(self.index, period=self.period)

    def _scheme_id(self, name: str) -> str:
        known = {text: one.id for one in self.declaration.weights
                 for text in (one.id, one.label.zh, one.label.en)}  # fmt: skip
        if name not in known:
            raise UnknownNameError("权重方案", "set of weights", name, known)
        return known[name]

    @cached_property
    def _drawn(self) -> dict[Any, RankCertainty]:
        return {}

    def __repr__(self) -> str:
        scored = int(self.scores[self.index.framework.top].notna().sum())
        of = len(self.counties)
        if self.language == "zh":
            version = "" if self.base is None else "（改动版）"
            return f"<{self.title}{version} {self.period} 年：{scored}/{of} 个县有得分>"
        version = "" if self.base is None else " (changed)"
        return f"<{self.title}{version} {self.period}: {scored} of {of} scored>"

    def _repr_html_(self) -> str:
        import pandas as pd

        zh = self.language == "zh"
        tops = self.dimensions
        weights = [f"{100 * self.index.weights[name]:.1f}" for name in tops]
        medians = [f"{self.scores[name].median():.1f}" for name in tops]
        columns = (
            ["维度", "权重 %", "中位得分"] if zh else ["Dimension", "Weight %", "Median score"]
        )
        table = pd.DataFrame([[self.label(n) for n in tops], weights, medians], columns).T
        mark = ("；含模拟数据" if zh else "; partly simulated") if self.simulated else ""
        lines = [repr(self)[1:-1] + mark, self.declaration.basis[self.language]]
        if self.has_grades:
            counts = self.grades().value_counts()
            names = [one.label[self.language] for one in self.declaration.grade]
            lines.append(" · ".join(f"{name} {counts.get(name, 0)}" for name in names))
        head = "".join(f"<p>{escape(line)}</p>" for line in lines)
        return head + table.to_html(index=False, border=0)


def open_index(wb: Workbench, period: int | None = None, *, name: str | None = None) -> IndexView:
    """Open a declared index, see `Workbench.index`."""
    ids = index_ids(wb.project.config)
    if not ids:
        raise NoDataError(
            f"项目没有声明指数：{wb.project.config / 'indexes'} 里没有 .toml 文件。"
            " / The project declares no index."
        )
    declaration = load_index(wb.project.config, name or ids[0])
    index = declared_index(wb.snapshot, declaration)
    periods = sorted(index.scores.index.get_level_values(1).unique())
    if period is None:
        period = wb.project.period if wb.project.period in periods else periods[-1]
    if period not in periods:
        raise NoDataError(
            f"“{declaration.label.zh}”没有 {period} 年，有 {periods[0]}–{periods[-1]} 年。"
            f" / {declaration.label.en} has no {period}; years are {periods[0]} to {periods[-1]}."
        )
    return IndexView(wb, declaration, index, int(period))
