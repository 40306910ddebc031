"""The assessment of a year as tables: indexes, score cards and targets, with their traces."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from agriqa.figures.words import status_text
from agriqa.measures import measure_table
from agriqa.report.tablefiles import Table

if TYPE_CHECKING:
    import pandas as pd

    from agriqa.assess.composite import CompositeIndex
    from agriqa.project import Language
    from agriqa.store import Snapshot

CARDS = "scorecards"

_HEADERS = {
    "code": ("代码", "Code"), "name": ("县", "County"), "prefecture": ("市州", "Prefecture"),
    "period": ("年份", "Year"), "score": ("得分", "Score"), "grade": ("等级", "Grade"),
    "grade_probability": ("等级的概率", "Probability of the grade"),
    "rank": ("名次", "Rank"), "rank_low": ("名次区间下限", "Rank band, best"),
    "rank_high": ("名次区间上限", "Rank band, worst"),
    "known": ("有数的指标数", "Indicators known"),
    "of": ("指标总数", "Indicators"), "simulated": ("含模拟数据", "Simulated data in it"),
    "indicator": ("指标或维度代码", "Indicator or group"), "label": ("名称", "Label"),
    "level": ("层", "Level"), "value": ("数值", "Value"), "unit": ("单位", "Unit"),
    "n": ("样本量 n", "n"), "low": ("区间下限", "Low"), "high": ("区间上限", "High"),
    "status": ("数据状态代码", "Status"), "status_label": ("数据状态", "Status label"),
    "weight": ("组内权重", "Weight in its group"), "effective": ("总权重", "Weight in the index"),
    "step": ("步骤", "Step"), "choice": ("选择", "Choice"), "done": ("做了什么", "What was done"),
    "points": ("得分", "Points"), "out_of": ("满分", "Out of"), "passes": ("达标", "Passes"),
    "index_score": ("指数得分", "Index score"), "index_rank": ("指数名次", "Index rank"),
    "card_points": ("评分表得分", "Card points"), "card_rank": ("评分表名次", "Card rank"),
    "difference": ("名次差（正：指数更高）", "Rank difference (above 0: index kinder)"),
    "reasons_zh": ("理由", "Reasons (zh)"), "reasons_en": ("理由（英）", "Reasons (en)"),
}  # fmt: skip
HEADERS = {name: Label(zh=zh, en=en) for name, (zh, en) in _HEADERS.items()}


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
        if cards is None and not builder.has_version(name):
            continue
        points = builder.add_card(name, evidence)
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
        tidy = measure_table(snapshot)
        self.measures = tidy[tidy["level"] == "county"]
        self.tables: list[Table] = []
        self.findings: list[str] = []
        self.example = False

    def assessment(self) -> Assessment:
        simulated = any(
            bool((table.frame[name] == "simulated").any())
            for table in self.tables
            for name in ("status", "current_status")
            if name in table.frame
        )
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
        table["rank_low"], table["rank_high"] = bands["low"].array, bands["high"].array
        if declaration.grade:
            stable = uncertainty.grade_probabilities()["stability"].reindex(score.index)
            table["grade_probability"] = stable.array
        table["known"] = here[indicators].notna().to_numpy().sum(axis=1)
        table["of"] = len(indicators)
        marked = trace.loc[trace["status"] == "simulated", "code"].unique()
        table["simulated"] = table["code"].isin(marked)
        headers = dict(HEADERS)
        for name in (name for level in groups for name in level):
            table[name] = here[name].array
            headers[name] = index.framework.node(name).label
        table = table.sort_values(["rank", "code"], na_position="last", ignore_index=True)
        label = declaration.label
        self._add(f"index_{declaration.id}", label.zh, label.en, table, headers)
        self._add(f"index_{declaration.id}_trace", f"{label.zh}·逐项", f"{label.en}, trace", trace)
        log = index.log
        self._add(f"index_{declaration.id}_log", f"{label.zh}·步骤", f"{label.en}, steps", log)
        self.findings.append(f"{label[self.language]}：{uncertainty.summary(self.language)}")
        return score

    def _index_trace(self, index: CompositeIndex, declaration: IndexDeclaration) -> pd.DataFrame:
        """Return every county's every indicator and group: value, status, score and weight."""
        import pandas as pd

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
        trace["unit"] = [getattr(named[name], "unit", "") for name in trace["indicator"]]
        trace["status_label"] = [
            "" if pd.isna(status) else status_text(status, self.language)
            for status in trace["status"]
        ]
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
        return trace.assign(period=self.period)

    def has_version(self, name: str) -> bool:
        """Tell whether a card holds in the year; a finding says so where it does not."""
        try:
            load_card(self.snapshot.project.config / CARDS, name, self.period)
        except CardError as error:
            self.findings.append(str(error))
            return False
        return True

    def add_card(self, name: str, sheets: Sequence[Path]) -> pd.Series | None:
        """Add a score card; without any evidence it has no result, and a finding says so."""
        import pandas as pd

        config = self.snapshot.project.config
        card = load_card(config / CARDS, name, self.period)
        register = self.snapshot.register
        known = register.in_force(self.period)["current_code"].drop_duplicates().tolist()
        parts = [evidence_from_measures(card, self.measures, self.period)]
        parts += [read_evidence(path, card, known_units=set(known)) for path in sheets]
        stated = [part for part in parts if len(part)]
        if not stated:
            self.findings.append(
                f"{card.label.zh}：没有证据，未评分；请用 --evidence 给出证据表。"
                if self.language == "zh"
                else f"{card.label.en}: no evidence, not scored; give sheets by --evidence."
            )
            return None
        result = score_card(card, pd.concat(stated, ignore_index=True), units=known)
        self.example |= bool(result.totals["example"].any())
        for part, zh, en, frame in (
            ("", "", "", result.totals),
            ("_trace", "·逐项", ", trace", result.trace),
            ("_sections", "·分节", ", sections", result.sections),
            ("_self_scores", "·自评差异", ", self scores", result.differences),
        ):
            named = self._named(frame["unit"])
            table = pd.concat(
                [named.drop(columns="period"), frame.drop(columns="unit").reset_index(drop=True)],
                axis=1,
            )
            label = card.label
            self._add(f"card_{name}{part}", label.zh + zh, label.en + en, table)
        self.findings.append(result.summary(self.language))
        return result.totals.set_index("unit")["points"]

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
        totals = self.results_of(card)
        for name in ("reasons_zh", "reasons_en"):
            table[name] = totals[name].reindex(found.table.index).array
        self._add(f"disagreement_{index}_{card}", f"{index}·{card}", f"{index}, {card}", table)
        self.findings.append(f"{index} – {card}：{found.summary(self.language)}")

    def results_of(self, card: str) -> pd.DataFrame:
        frame = next(table.frame for table in self.tables if table.name == f"card_{card}")
        return frame.set_index("code")

    def add_targets(self) -> None:
        """Add the targets: how each stands, and each county's own value beside them."""
        import pandas as pd

        result = track_targets(self.snapshot, period=self.period)
        self._add("targets", "目标", "Targets", result.frame)
        traces = [frame.assign(target_id=target) for target, frame in result.traces.items()]
        if traces:
            trace = pd.concat(traces, ignore_index=True)
            self._add("targets_trace", "目标·依据", "Targets, trace", trace)
        counties = county_progress(self.snapshot, period=self.period)
        self._add("targets_counties", "目标·各县参考", "Targets, counties", counties)
        self.findings.append(result.summary(self.language))

    def _add(
        self,
        name: str,
        zh: str,
        en: str,
        frame: pd.DataFrame,
        headers: dict[str, Label] | None = None,
    ) -> None:
        self.tables.append(Table(name, Label(zh=zh, en=en), frame, headers or HEADERS))

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


def _long(table: Any, value: str) -> pd.DataFrame:
    """Lay a table of units by indicators out in one column."""
    named = table.rename_axis(index="code", columns="indicator")
    return named.reset_index().melt(id_vars="code", var_name="indicator", value_name=value)
