"""Where one county stands in an index, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from agriqa.assess.standing import breakdown, downwards, strengths, weaknesses
from agriqa.datasets import Label
from agriqa.errors import UnknownNameError
from agriqa.figures.words import number_text, signed_text, status_text, value_text
from agriqa.measures import measure
from agriqa.measures.measure import ABSENT
from agriqa.stats.checks import in_language

if TYPE_CHECKING:
    import pandas as pd

    from agriqa.figures.chart import Chart
    from agriqa.project import Language
    from agriqa.workbench.index import IndexView

PEERS = ("prefecture", "neighbours")
_HEADERS: dict[Language, tuple[str, ...]] = {
    "zh": ("维度和指标", "数值", "区间", "n", "得分", "占总分 %", "同组中位得分", "差", "性质"),
    "en": ("Dimension, indicator", "Value", "Interval", "n", "Score", "% of index",
           "Peers' median score", "Difference", "Status"),
}  # fmt: skip


@dataclass(frozen=True)
class CountyStanding:
    """A county's score from the index down to its indicators, beside its peers.

    Attributes
    ----------
    view : IndexView
    code : str
    peers : Label
        Whom it is compared with, in words.
    table : DataFrame
        From the index down, by id: label, level, parent, value, low, high [unit], unit, n,
        status, score, weight, effective (weight in the index), rank and of among the peers,
        peers (median score), difference.
    """

    view: IndexView
    code: str
    peers: Label
    table: pd.DataFrame

    @property
    def score(self) -> float:
        """Score of the index; NaN if too little is known."""
        return float(self.table["score"].iloc[0])

    @property
    def strengths(self) -> pd.DataFrame:
        """Indicators furthest above the peers' median."""
        return strengths(self.table)

    @property
    def weaknesses(self) -> pd.DataFrame:
        """Indicators furthest below the peers' median."""
        return weaknesses(self.table)

    @property
    def missing(self) -> pd.DataFrame:
        """Indicators without a value: label and status."""
        rows = self.table[(self.table["level"] == 0) & self.table["status"].isin(ABSENT)]
        return rows[["label", "status"]]

    @property
    def simulated(self) -> bool:
        """Whether a value of the county is simulated."""
        return bool((self.table["status"] == "simulated").any())

    def summary(self, language: Language | None = None) -> str:
        """Return the verdict: score, rank with its band, grade with its probability, why."""
        language = language or self.view.language
        zh = language == "zh"
        return (
            (" " if not zh else "")
            .join([self._verdict(language), self._reasons(language), self._caution(language)])
            .strip()
        )

    def plot(self) -> Chart:
        """Draw all ranks with their bands, this county named."""
        return self.view.plot("bands", counties=[self.code])

    def _verdict(self, language: Language) -> str:
        register = self.view.workbench.register
        county, place = (
            register.name(code, language)
            for code in (self.code, str(self.view.counties.at[self.code, "prefecture_code"]))
        )
        name, year = self.view.declaration.label[language], self.view.period
        if self.score != self.score:
            why = self.view.absent()[self.code]
            return in_language(
                language,
                zh=f"{county}（{place}）{year} 年{name}没有得分：{why}。",
                en=f"{county} ({place}) has no score of the {name} in {year}: {why}.",
            )
        ranks = self.view.ranks()
        band = self.view.bands().loc[self.code]
        low, high, known = band["low"], band["high"], band.notna().all()
        score, of = number_text(self.score, 1), int(ranks.notna().sum())
        rank = int(ranks[self.code])
        return in_language(
            language,
            zh=(
                f"{county}（{place}）{year} 年{name} {score} 分，在 {of} 个县中第 {rank} 名"
                + (f"（90% 区间 {low}—{high}）" if known else "（没有名次区间）")
                + self._grade(language) + "。"
            ),
            en=(
                f"{county} ({place}), {name} {year}: {score} points, rank {rank} of {of}"
                + (f" (90 % band {low}–{high})" if known else " (no band)")
                + self._grade(language) + "."
            ),
        )  # fmt: skip

    def _grade(self, language: Language) -> str:
        if not self.view.has_grades:
            return ""
        grade = self.view.grades(language)[self.code]
        drawn = self.view.uncertainty().drawn.grade_probabilities().loc[self.code]
        sure = f"{100 * drawn['stability']:.0f}"
        return in_language(
            language,
            zh=f"，等级“{grade}”（重算中占 {sure}%）",
            en=f", grade “{grade}” (in {sure} % of the draws)",
        )

    def _reasons(self, language: Language) -> str:
        joined = "；" if language == "zh" else "; "
        node = self.view.index.framework.node
        said = []
        for rows, zh, en in ((self.strengths, "强项", "Strong"), (self.weaknesses, "弱项", "Weak")):
            told = [
                f"{node(str(name)).label[language]}（{signed_text(row['difference'], 0)}）"
                if language == "zh"
                else f"{node(str(name)).label[language]} ({signed_text(row['difference'], 0)})"
                for name, row in rows.iterrows()
            ]
            if told:
                said.append(
                    in_language(
                        language,
                        zh=f"{zh}（与{self.peers.zh}的中位得分相差）：{joined.join(told)}。",
                        en=f"{en} (from the median of {self.peers.en}): {joined.join(told)}.",
                    )
                )
        return ("" if language == "zh" else " ").join(said)

    def _caution(self, language: Language) -> str:
        node, missing = self.view.index.framework.node, self.missing
        told = [
            f"{node(str(name)).label[language]} {status_text(status, language)}"
            for name, status in missing["status"].items()
        ]
        zh = f"没有数：{'；'.join(told)}。" if told else ""
        en = f"No figure: {'; '.join(told)}." if told else ""
        if self.simulated:
            zh, en = f"{zh}含模拟数据。", f"{en} Partly simulated.".strip()
        return in_language(language, zh=zh, en=en)

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        import pandas as pd

        from agriqa.figures.tables import html_table

        language = self.view.language
        rows = [self._cells(str(name), row, language) for name, row in self.table.iterrows()]
        headers = _HEADERS[language]
        name = self.view.workbench.register.name(self.code, language)
        caption = in_language(
            language,
            zh=f"{name} {self.view.period} 年，与{self.peers.zh}相比",
            en=f"{name}, {self.view.period}, beside {self.peers.en}",
        )
        table = html_table(
            pd.DataFrame(rows, columns=list(headers)), caption=caption, numeric=headers[1:8]
        )
        return f"<p>{escape(self.summary())}</p>{table}"

    def _cells(self, name: str, row: pd.Series, language: Language) -> list[str]:
        depth = int(self.table["level"].max()) - int(row["level"])
        label = "　" * depth + str(row["label"])
        value = interval = n = status = "—"
        if row["level"] == 0:
            one = measure(name)
            status = status_text(str(row["status"]), language)
            if row["status"] not in ABSENT:
                value = value_text(row["value"], one.decimals, one.unit, language)
            if row["low"] == row["low"]:
                low, high = (number_text(row[end], one.decimals) for end in ("low", "high"))
                interval, n = f"{low}–{high}", f"{row['n']:,.0f}"
        score, peers = (
            "—" if row[column] != row[column] else number_text(row[column], 1)
            for column in ("score", "peers")
        )
        apart = "—" if row["difference"] != row["difference"] else signed_text(row["difference"], 1)
        share = number_text(100 * row["effective"], 1)
        return [label, value, interval, n, score, share, peers, apart, status]


def county_standing(
    view: IndexView, county: str, *, peers: str | Sequence[str] | None = None
) -> CountyStanding:
    """Explain a county, see `IndexView.explain`."""
    code = view.code(county)
    named, words = _peers(view, code, peers)
    known = view.values[view.values["area"] == code].set_index("measure")
    if code in view.scores.index:
        table = breakdown(view.index, code, period=view.period, peers=named)
    else:
        table = _unscored(view, code, named)
    table.insert(0, "label", [view.label(name) for name in table.index])
    for column in ("low", "high", "n", "status"):
        table[column] = known[column].reindex(table.index)
    table["unit"] = [getattr(view.index.framework.node(name), "unit", None) for name in table.index]
    is_indicator = table["level"] == 0
    # What no one filed has no row among the measures.
    table["status"] = (
        table["status"].astype(object).where(table["status"].notna() | ~is_indicator, "missing")
    )
    return CountyStanding(view, code, words, table)


def _unscored(view: IndexView, code: str, peers: list[str] | None) -> pd.DataFrame:
    """Lay out what is known of a county that too little is known of to score."""
    import pandas as pd

    framework = view.index.framework
    values = view.values[view.values["area"] == code].set_index("measure")["value"]
    scores = view.scores if peers is None else view.scores[view.scores.index.isin(peers)]
    effective = {framework.top: 1.0, **view.index.effective_weights}
    depth = {name: at for at, level in enumerate(framework.levels) for name in level}
    lines = [
        {
            "id": name, "level": depth[name], "parent": framework.node(name).parent,
            "value": values.get(name), "score": float("nan"),
            "weight": view.index.weights.get(name, 1.0), "effective": effective[name],
            "rank": pd.NA, "of": int(scores[name].notna().sum()),
            "peers": scores[name].median(), "difference": float("nan"),
        }
        for name in downwards(framework, framework.top)
    ]  # fmt: skip
    return pd.DataFrame(lines).set_index("id").astype({"rank": "Int64", "value": float})


def _peers(
    view: IndexView, code: str, peers: str | Sequence[str] | None
) -> tuple[list[str] | None, Label]:
    """Return the codes of the peers, None for all, and what they are in words."""
    register = view.workbench.register
    if peers is None:
        return None, Label(zh="全部有得分的县", en="all counties scored")
    if isinstance(peers, str):
        if peers not in PEERS:
            raise UnknownNameError("同组", "peers", peers, PEERS)
        if peers == "neighbours":
            near = [code, *view.workbench.project.neighbours.get(code, ())]
            return near, Label(zh="相邻各县", en="its neighbours")
        own = str(view.counties.at[code, "prefecture_code"])
        rows = view.counties[view.counties["prefecture_code"] == own]
        zh, en = register.name(own), register.name(own, "en")
        return rows.index.tolist(), Label(zh=f"{zh}各县", en=f"the counties of {en}")
    codes = [view.code(name) for name in peers]
    zh, en = (
        joined.join(register.name(one, language) for one in codes)
        for joined, language in (("、", "zh"), (", ", "en"))
    )
    return codes, Label(zh=zh, en=en)
