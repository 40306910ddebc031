"""The assessment of a year as tables: indexes, score cards and targets, with their traces."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from agriqa.assess.declaration import IndexDeclaration, index_ids, load_index
from agriqa.assess.declared import absences, declared_index, graded, grades_of, standard_errors
from agriqa.assess.disagreement import disagreement
from agriqa.assess.scorecard import (
    CardError,
    card_ids,
    evidence_from_measures,
    load_card,
    read_evidence,
    score_card,
)
from agriqa.assess.targets import county_progress, track_targets
from agriqa.assess.uncertainty import rank_uncertainty
from agriqa.datasets import Label
from agriqa.errors import NoDataError, UnknownNameError
from agriqa.figures.words import status_text, unit_text
from agriqa.measures import measure_table
from agriqa.report.assessmentcolumns import headers
from agriqa.report.tablefiles import Table

if TYPE_CHECKING:
    import pandas as pd

    from agriqa.assess.composite import CompositeIndex
    from agriqa.project import Language
    from agriqa.store import Snapshot

CARDS = "scorecards"
# What evidence of a score card can be besides a measure's statuses.
_OF_CARDS = {
    "example": Label(zh="示例（虚构）", en="made-up example"),
    "exempt": Label(zh="免评", en="exempt"),
}


@dataclass(frozen=True)
class Assessment:
    """The assessment of one year.

    Attributes
    ----------
    period : int
    tables : tuple of Table
        Results, each with its trace.
    findings : tuple of str
        One sentence for each index, card and comparison, and for the targets.
    simulated : bool
        Whether any of it rests on simulated data.
    example : bool
        Whether a score card holds made-up items or evidence.
    """

    period: int
    tables: tuple[Table, ...]
    findings: tuple[str, ...]
    simulated: bool
    example: bool
    _frames: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)

    def table(self, name: str) -> pd.DataFrame:
        """Return one table; an unknown name is an error with the nearest ones."""
        frames = {table.name: table.frame for table in self.tables}
        if name not in frames:
            raise UnknownNameError("表", "table", name, frames)
        return frames[name]

    def warning(self, language: Language) -> str:
        """Return what stands above every sheet: simulated data, made-up examples."""
        said = []
        if self.simulated:
            said.append(
                (
                    "含模拟数据，不是任何县的真实情况",
                    "Holds simulated data: nothing real",
                )
            )
        if self.example:
            said.append(
                ("含示例评分条目或示例证据，仅作演示", "Holds made-up example items or evidence")
            )
        if language == "zh":
            return "；".join(zh for zh, _ in said)
        return "; ".join(en for _, en in said)


def assess(
    snapshot: Snapshot,
    *,
    period: int,
    indexes: Iterable[str] | None = None,
    cards: Iterable[str] | None = None,
    evidence: Sequence[Path] = (),
    draws: int = 1000,
    seed: int = 0,
    language: Language = "zh",
) -> Assessment:
    """Assess every county of a snapshot in one year.

    Parameters
    ----------
    snapshot : Snapshot
        The frozen data.
    period : int
        The year.
    indexes, cards : iterable of str, optional
        Ids of declared indexes and score cards; all by default.
    evidence : sequence of path
        Sheets of evidence for the card, of which then there must be exactly one.
    draws : int
        Rebuilds of each index for its rank bands.
    seed : int
        0 or above; same seed, same result.
    language : {"zh", "en"}
        Of names, grades and findings.

    Returns
    -------
    Assessment

    Raises
    ------
    UnknownNameError
        If an index or a card is unknown.
    NoDataError
        If an index has no score in the year, or sheets are given without one card.
    """
    config = snapshot.project.config
    builder = _Builder(snapshot, period, language)
    scores = {}
    for name in index_ids(config) if indexes is None else list(indexes):
        scores[name] = builder.add_index(load_index(config, name), draws, seed)
    chosen = card_ids(config / CARDS) if cards is None else list(cards)
    if evidence and len(chosen) != 1:
        raise NoDataError(
            "有证据表时请用 --card 指明一个评分表。"
            " / Name the one score card (--card) that the evidence belongs to."
        )
    for name in chosen:
        points = builder.add_card(name, evidence, required=cards is not None)
        if points is None:
            continue
        for index, score in scores.items():
            builder.add_disagreement(index, name, score, points)
    builder.add_targets()
    return builder.assessment()


class _Builder:
    """The tables of an assessment in the making."""

    def __init__(self, snapshot: Snapshot, period: int, language: Language) -> None:
        self.snapshot, self.period, self.language = snapshot, period, language
        self.tidy = measure_table(snapshot)
        self.measures = self.tidy[self.tidy["level"] == "county"]
        self.tables: list[Table] = []
        self.findings: list[str] = []
        self.example = False
        self.simulated: set[str] = set()

    def assessment(self) -> Assessment:
        simulated = bool(self.simulated)
        for table in self.tables:
            if "status" in table.frame:
                simulated |= bool((table.frame["status"] == "simulated").any())
        return Assessment(
            self.period, tuple(self.tables), tuple(self.findings), simulated, self.example
        )

    def add_index(self, declaration: IndexDeclaration, draws: int, seed: int) -> pd.Series:
        """Add an index: ranks with bands and grades, trace, and log of its steps."""
        index = declared_index(self.snapshot, declaration)
        index.at(self.period)  # a year without scores is refused here
        errors = standard_errors(self.snapshot, declaration)
        uncertainty = rank_uncertainty(
            index,
            period=self.period,
            errors=errors,
            grades=grades_of(declaration, language=self.language),
            draws=draws,
            seed=seed,
        )
        score = index.score().xs(self.period, level=1)
        ranks = index.ranks().xs(self.period, level=1)
        indicators = index.framework.levels[0]
        groups = index.framework.levels[1:-1]
        here = index.scores.xs(self.period, level=1)
        trace = self._index_trace(index, declaration)
        table = self._named(score.index).assign(
            score=score.to_numpy(), grade=graded(score, declaration, language=self.language).array,
            rank=ranks.array,
        )  # fmt: skip
        bands = uncertainty.bands().reindex(score.index)
        # Rounded outward: a place is a whole number.
        table["rank_low"] = np.floor(bands["low"]).astype("Int64").array
        table["rank_high"] = np.ceil(bands["high"]).astype("Int64").array
        if declaration.grade:
            stable = uncertainty.grade_probabilities()["stability"].reindex(score.index)
            table["grade_probability"] = stable.array
        table["known"] = here[indicators].notna().to_numpy().sum(axis=1)
        table["of"] = len(indicators)
        self._mark(trace)
        table["simulated"] = table["code"].isin(self.simulated)
        shown = headers("index", self.language)
        for name in (name for level in groups for name in level):
            table[name] = here[name].array
            shown[name] = index.framework.node(name).label
        table = table.sort_values(["rank", "code"], na_position="last", ignore_index=True)
        label = declaration.label
        own = f"index_{declaration.id}"
        self._add(own, label, table, shown)
        self._add(f"{own}_trace", _part(label, "逐项", "trace"), trace, "index_trace")
        self._add(f"{own}_log", _part(label, "步骤", "steps"), index.log)
        self._find(
            f"{label.zh}：{uncertainty.summary()}", f"{label.en}: {uncertainty.summary('en')}"
        )
        return score

    def _index_trace(self, index: CompositeIndex, declaration: IndexDeclaration) -> pd.DataFrame:
        """Return every county's every indicator and group: value, status, score and weight."""
        scores = index.scores.xs(self.period, level=1)
        nodes = [name for level in index.framework.levels for name in level]
        long = _long(scores[nodes], "score")
        measured = self.measures[self.measures["period"] == self.period]
        measured = measured.astype({"measure": str, "area": str, "status": str})
        measured = measured.rename(columns={"area": "code", "measure": "indicator"})
        columns = ["code", "indicator", "value", "n", "low", "high", "status"]
        trace = long.merge(measured[columns], on=["code", "indicator"], how="left")
        absent = absences(self.snapshot, declaration).xs(self.period, level=1)
        trace = trace.merge(_long(absent, "why"), on=["code", "indicator"], how="left")
        trace["status"] = trace["status"].fillna(trace.pop("why"))
        named = {name: index.framework.node(name) for name in nodes}
        depth = {name: at for at, level in enumerate(index.framework.levels) for name in level}
        trace["label"] = [named[name].label[self.language] for name in trace["indicator"]]
        trace["level"] = trace["indicator"].map(depth)
        units = {name: getattr(node, "unit", "") for name, node in named.items()}
        said = {name: unit and unit_text(unit, self.language) for name, unit in units.items()}
        trace["unit"] = trace["indicator"].map(said)
        trace["status_label"] = self._words(trace["status"])
        weights, effective = index.weights, index.effective_weights
        top = index.framework.top
        trace["weight"] = trace["indicator"].map({**weights, top: 1.0})
        trace["effective"] = trace["indicator"].map({**effective, top: 1.0})
        order = [
            "code", "indicator", "label", "level", "value", "unit", "n", "low", "high", "status",
            "status_label", "score", "weight", "effective",
        ]  # fmt: skip
        trace = trace[order].sort_values(["code", "level"], kind="stable", ignore_index=True)
        names = self._named(trace["code"])
        trace.insert(1, "name", names["name"].array)
        trace.insert(2, "prefecture", names["prefecture"].array)
        return trace.assign(period=self.period)

    def add_card(self, name: str, sheets: Sequence[Path], *, required: bool) -> pd.Series | None:
        """Add a score card; without a version or evidence a finding says so instead.

        A required card must have a version of the year.
        """
        import pandas as pd

        try:
            card = load_card(self.snapshot.project.config / CARDS, name, self.period)
        except CardError as error:
            if required:
                raise
            self._find(*str(error).split(" / ", 1))
            return None
        register = self.snapshot.register
        known = register.in_force(self.period)["current_code"].drop_duplicates().tolist()
        parts = [evidence_from_measures(card, self.measures, self.period)]
        parts += [read_evidence(path, card, known_units=set(known)) for path in sheets]
        stated = [part for part in parts if len(part)]
        if not stated:
            self._find(
                f"{card.label.zh}：没有证据，未评分；请用 --evidence 给出证据表。",
                f"{card.label.en}: no evidence, not scored; give sheets by --evidence.",
            )
            return None
        result = score_card(card, pd.concat(stated, ignore_index=True), units=known)
        self.example |= bool(result.totals["example"].any())
        trace = result.trace.assign(status_label=self._words(result.trace["status"]))
        self._mark(trace.rename(columns={"unit": "code"}))
        totals = result.totals
        if self.language == "en":
            totals = totals.assign(grade=totals["grade"].replace(card.grade_labels))
        own = f"card_{name}"
        sections = {one.id: one.label[self.language] for one in card.section}
        items = {one.id: one.label[self.language] for one in card.item}
        self._add(own, card.label, self._by_county(totals), "card")
        for part, zh, en, frame in (
            ("trace", "逐项", "trace", trace),
            ("sections", "分部分", "sections", result.sections),
            ("self_scores", "自评差异", "self scores", result.differences),
        ):
            named = self._by_county(frame)
            if "section" in named:
                named["section_label"] = named["section"].map(sections)
            if "item" in named:
                named["item_label"] = named["item"].map(items)
            self._add(f"{own}_{part}", _part(card.label, zh, en), named, f"card_{part}")
        self._find(result.summary("zh"), result.summary("en"))
        without = totals["missing_n"].mean()
        if without:
            self._find(
                f"{card.label.zh}：每县平均有 {without:.0f} 项没有证据，按规则多记 0 分；"
                "证据表齐了，总分和是否达标才有意义。",
                f"{card.label.en}: {without:.0f} items a county lack evidence and mostly count 0;"
                " totals mean little until the sheets of evidence are there.",
            )
        return result.totals.set_index("unit")["points"]

    def _by_county(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Put the counties' names before a table by unit, and mark the simulated ones."""
        import pandas as pd

        named = self._named(frame["unit"]).drop(columns="period")
        table = pd.concat([named, frame.drop(columns="unit").reset_index(drop=True)], axis=1)
        return table.assign(simulated=table["code"].isin(self.simulated))

    def add_disagreement(self, index: str, card: str, score: pd.Series, points: pd.Series) -> None:
        """Add where an index and a score card judge counties differently."""
        found = disagreement(score, points)
        table = self._named(found.table.index).drop(columns="period")
        columns = {
            "first": "index_score", "second": "card_points", "first_rank": "index_rank",
            "second_rank": "card_rank", "difference": "difference",
        }  # fmt: skip
        for column, name in columns.items():
            table[name] = found.table[column].array
        tables = {one.name: one for one in self.tables}
        judged, carded = tables[f"index_{index}"].label, tables[f"card_{card}"]
        reasons = carded.frame.set_index("code").reindex(found.table.index)
        for name in ("reasons_zh", "reasons_en"):
            table[name] = reasons[name].array
        table["simulated"] = table["code"].isin(self.simulated)
        label = Label(
            zh=f"分歧：{judged.zh}与{carded.label.zh}",
            en=f"Disagreement: {judged.en}, {carded.label.en}",
        )
        self._add(f"disagreement_{index}_{card}", label, table, "disagreement")
        self._find(f"{label.zh}：{found.summary()}", f"{label.en}: {found.summary('en')}")

    def add_targets(self) -> None:
        """Add the targets: how each stands, and each county's own value beside them."""
        import pandas as pd

        result = track_targets(self.snapshot, period=self.period, tidy=self.tidy)
        frame = result.frame.assign(status_label=self._words(result.frame["status"]))
        self._add("targets", Label(zh="目标", en="Targets"), frame, "targets")
        traces = [frame.assign(target_id=target) for target, frame in result.traces.items()]
        if traces:
            trace = pd.concat(traces, ignore_index=True)
            self._add("targets_trace", Label(zh="目标·依据", en="Targets, trace"), trace)
        counties = county_progress(self.snapshot, period=self.period, tidy=self.tidy)
        counties = counties.assign(status_label=self._words(counties["status"]))
        label = Label(zh="目标·各县参考", en="Targets, counties")
        self._add("targets_counties", label, counties, "targets_counties")
        self._find(result.summary("zh"), result.summary("en"))

    def _add(
        self, name: str, label: Label, frame: pd.DataFrame, shown: str | dict[str, Label] = ""
    ) -> None:
        columns = headers(shown, self.language) if isinstance(shown, str) and shown else shown
        self.tables.append(Table(name, label, frame, columns or {}))

    def _find(self, zh: str, en: str) -> None:
        self.findings.append(zh if self.language == "zh" else en)

    def _mark(self, trace: pd.DataFrame) -> None:
        """Remember which counties' results rest on simulated data."""
        self.simulated |= set(trace.loc[trace["status"] == "simulated", "code"])

    def _words(self, statuses: pd.Series) -> list[str]:
        """Return the reader's words for statuses."""
        known = {
            status: _OF_CARDS[status][self.language]
            if status in _OF_CARDS
            else status_text(status, self.language)
            for status in statuses.dropna().unique()
            if status
        }
        return [known.get(status, "") for status in statuses]

    def _named(self, codes: Iterable[str]) -> pd.DataFrame:
        """Return code, county, prefecture and period of each."""
        import pandas as pd

        register = self.snapshot.register
        listed = list(codes)
        above = register.counties.set_index("code")["prefecture_code"].to_dict()
        prefectures = {
            code: register.name(above[code], self.language) for code in dict.fromkeys(listed)
        }
        return pd.DataFrame(
            {
                "code": listed,
                "name": [register.name(code, self.language) for code in listed],
                "prefecture": [prefectures[code] for code in listed],
                "period": self.period,
            }
        )


def _part(label: Label, zh: str, en: str) -> Label:
    return Label(zh=f"{label.zh}·{zh}", en=f"{label.en}, {en}")


def _long(table: Any, value: str) -> pd.DataFrame:
    """Lay a table of units by indicators out in one column."""
    named = table.rename_axis(index="code", columns="indicator")
    return named.reset_index().melt(id_vars="code", var_name="indicator", value_name=value)
