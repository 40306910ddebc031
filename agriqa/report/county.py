"""The county report: each method is one line of the notebook and shows itself."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import pandas as pd
from IPython.display import HTML

from agriqa.figures import charts, maps, tables
from agriqa.figures.chart import Caption, Chart
from agriqa.figures.position import position_strip
from agriqa.figures.words import Language
from agriqa.measures import core_measures, registry
from agriqa.report.advice import Case, advise, verdicts
from agriqa.report.cards import standing_card
from agriqa.report.drawings import Drawings, nothing
from agriqa.report.evidence import CountyEvidence
from agriqa.report.findings import FEW_SAMPLES, summary
from agriqa.report.growth import zero_growth_words
from agriqa.report.listing import listing_table
from agriqa.report.notes import data_notes
from agriqa.report.parameters import CountyParameters, ask_for_county
from agriqa.report.samples import samples_table
from agriqa.report.sections import section_table

CARDS = (
    "pesticide_intensity_kg_ha", "pesticide_to_3y_mean_pct", "pass_rate_pct", "green_control_pct",
    "bases_n",
)  # fmt: skip
STRIP = (
    "pesticide_intensity_kg_ha", "fertiliser_intensity_kg_ha", "green_control_pct",
    "unified_control_pct", "manure_use_pct", "pass_rate_pct", "detection_rate_pct",
)  # fmt: skip


class CountyReport:
    """Everything the county report shows.

    Parameters
    ----------
    county : str
        Code or name.
    period : int
        The year.
    language : {"zh", "en"}
        Of all texts and labels.
    project : str
        Project folder; empty means the current one.
    snapshot : str
        Snapshot id, or ``"latest"``.

    Raises
    ------
    ParameterValueError
        If no county is given, or a value is of the wrong kind.
    AgriqaError
        If county, period, project or snapshot is unknown.

    Examples
    --------
    >>> report = CountyReport("郫都区", period=2021)  # doctest: +SKIP
    >>> report.headline()  # doctest: +SKIP
    """

    def __init__(
        self,
        county: str,
        *,
        period: int,
        language: Language = "zh",
        project: str = "",
        snapshot: str = "latest",
    ) -> None:
        ask_for_county(county, project)
        given = CountyParameters.given(
            county=county, period=period, language=language, project=project, snapshot=snapshot
        )
        self.evidence = CountyEvidence(given)
        self._drawings = Drawings(self.evidence)

    def __repr__(self) -> str:
        e = self.evidence
        return f"<CountyReport {e.name} {e.code} {e.period}>"

    # The first screen

    def locator(self) -> Chart:
        """Show where the county lies."""
        e = self.evidence
        caption = Caption("", language=e.language)
        return maps.locator(e.project.reference, e.code, name=e.name, caption=caption)

    def headline(self) -> HTML:
        """Show name, place and one paragraph on how the county stands."""
        e = self.evidence
        where = [
            e.say(
                f"{e.project.name['zh']} {e.prefecture}", f"{e.prefecture}, {e.project.name['en']}"
            ),
            e.say(f"代码 {e.code}", f"code {e.code}"),
            e.say(f"{e.period} 年", f"{e.period}"),
            e.say("含模拟数据", "contains simulated data") if e.simulated else "",
        ]
        lead = summary(e.name, e.period, [e.standings[id_] for id_ in STRIP], e.language)
        lead += e.say("", " ") + e.say("", " ").join(verdicts(self._case()))
        return HTML(
            f'<header class="masthead"><p class="eyebrow">'
            f"{escape(e.project.title[e.language])}</p><h1>{escape(e.name)}</h1>"
            f'<p class="where">{escape(" · ".join(w for w in where if w))}</p>'
            f'<p class="lead">{escape(lead)}</p></header>'
        )

    def cards(self) -> HTML:
        """Show five key figures, each with its place among counties."""
        shown = "".join(standing_card(self.evidence, id_) for id_ in CARDS)
        return HTML(f'<ul class="cards">{shown}</ul>')

    def advice(self) -> HTML:
        """Show what to do next, each with the number that calls for it."""
        e = self.evidence
        found = advise(self._case())
        if not found:
            return nothing(
                e,
                "没有指标触发建议：能判断的各项都不差于全省多数县，保持监测即可。",
                "No measure calls for action: none that can be judged is worse than most counties.",
            )
        items = "".join(
            f'<li>{escape(a.what)}<span class="why">{e.say("依据：", "Because: ")}'
            f"{escape(a.why)}</span></li>"
            for a in found
        )
        return HTML(f'<ol class="advice">{items}</ol>')

    def position(self) -> Chart | HTML:
        """Show where the county stands among all counties, several measures."""
        e = self.evidence
        return self._drawings.chart_or_words(
            lambda: position_strip(
                e.counties,
                [registry()[id_] for id_ in STRIP],
                area=e.code,
                name=e.name,
                period=e.period,
                caption=self._drawings.caption(*STRIP),
            )
        )

    def key_figures(self) -> HTML:
        """Show all measures of the year with unit, interval, n and the median of counties."""
        e = self.evidence
        return HTML(
            tables.key_figures(
                e.own[e.own["period"] == e.period],
                e.bands,
                core_measures(),
                caption=e.say(
                    f"{e.name} {e.period} 年主要指标", f"{e.name}, main measures, {e.period}"
                ),
                references=e.references,
                tones=self._tones(),
                language=e.language,
            )
        )

    def figures_of(self, section: str) -> HTML:
        """Show every measure of one section with interval, the year before and the province."""
        e = self.evidence
        shown = section_table(e, section)
        if not shown:
            return nothing(
                e,
                f"{e.period} 年没有任何县有这一部分的数据。",
                f"No county has figures of this section in {e.period}.",
            )
        return HTML(shown)

    # Bases

    def bases(self) -> HTML:
        """Show the county's designations, as published."""
        e = self.evidence
        own = e.table("base")
        if own.empty:
            return nothing(
                e,
                "所收的公开名单中没有本县的基地或园区。名单不全，没有列出不等于没有。",
                "The public lists held name no base or park of this county. They are incomplete: "
                "not listed does not mean there is none.",
            )
        return self._listing(
            own.sort_values(["year_from", "programme"], ascending=[False, True]),
            "base",
            ["name", "programme", "product", "level", "grade", "status", "year_from", "source"],
            e.say("公开名单中的基地与园区", "Bases and parks on public lists"),
        )

    # Inputs

    def zero_growth(self) -> HTML:
        """Say whether pesticide use kept to zero growth."""
        return HTML(f"<p>{escape(zero_growth_words(self.evidence))}</p>")

    def pesticide(self) -> Chart | HTML:
        """Show pesticide use per sown area over the years."""
        return self._drawings.trend("pesticide_intensity_kg_ha")

    def pesticide_growth(self) -> Chart | HTML:
        """Show pesticide use against the zero-growth line."""
        label = self.evidence.say("零增长线 100%", "zero growth, 100 %")
        return self._drawings.trend("pesticide_to_3y_mean_pct", line=charts.Line(100.0, label))

    def pesticide_mix(self) -> Chart | HTML:
        """Show pesticide use by category."""
        return self._drawings.mix(
            "pesticide_use", "分类别农药使用量（商品量）", "pesticide use by category"
        )

    def green_control(self) -> Chart | HTML:
        """Show the coverage of green control over the years."""
        return self._drawings.trend("green_control_pct")

    def fertiliser(self) -> Chart | HTML:
        """Show fertiliser use per sown area over the years."""
        return self._drawings.trend("fertiliser_intensity_kg_ha")

    def fertiliser_mix(self) -> Chart | HTML:
        """Show fertiliser use by nutrient."""
        return self._drawings.mix(
            "fertiliser_use", "分种类化肥施用量（折纯）", "fertiliser use by nutrient"
        )

    # Sampling

    def sampling(self) -> Chart | HTML:
        """Show the pass rate by year with its interval, n, the province and the target."""
        e, measure = self.evidence, registry()["pass_rate_pct"]
        whole = e.province_rows(measure.id)
        return self._drawings.chart_or_words(
            lambda: charts.rate_interval(
                e.measure_rows(measure.id),
                whole,
                measure,
                name=e.name,
                caption=self._drawings.caption(measure.id),
                line=self._drawings.target_line(measure.id),
            )
        )

    def samples_by_product(self) -> HTML:
        """Show samples and pass rates of the year by product class and scheme."""
        e = self.evidence
        own = e.samples
        own = own[pd.to_datetime(own["sampled_on"]).dt.year == e.period]
        if own.empty:
            return nothing(
                e,
                f"{e.period} 年没有本县的样品记录。",
                f"There is no record of samples of this county in {e.period}.",
            )
        return HTML(samples_table(own, e.period, e.language))

    # Brands

    def brands(self) -> HTML:
        """Show the county's brands on record."""
        e = self.evidence
        own = e.table("brand")
        if own.empty:
            return nothing(
                e,
                "所收的公开资料中没有落实到本县的品牌。资料不全，没有列出不等于没有。",
                "The public material held names no brand of this county. It is incomplete: not "
                "listed does not mean there is none.",
            )
        columns = ["name", "kind", "category", "holder", "source", "source_date"]
        return self._listing(own, "brand", columns, e.say("在册品牌", "Brands on record"))

    def certificates(self) -> HTML:
        """Show the county's certificates and listings."""
        e = self.evidence
        own = e.table("certification").sort_values("year", ascending=False, kind="stable")
        if own.empty:
            return nothing(
                e,
                "所收的公开资料中没有落实到本县的认证或登记。",
                "The public material held names no certificate of this county.",
            )
        return self._listing(
            own,
            "certification",
            ["product", "scheme", "scheme_kind", "year", "holder", "source"],
            e.say("认证、登记与名录", "Certificates, registrations and listings"),
        )

    # Notes

    def data_notes(self) -> HTML:
        """Show sources, statuses, breaks, rows set aside, formulas and the snapshot."""
        return HTML(data_notes(self.evidence))

    # Helpers

    def _case(self) -> Case:
        e = self.evidence
        return Case(
            e.standings,
            e.targets,
            e.period,
            e.language,
            absences=e.absences,
            wrong=e.set_aside,
            failed={str(k): int(n) for k, n in e.failed_samples["product"].value_counts().items()},
            rises=e.rises("pesticide_use"),
        )

    def _tones(self) -> dict[str, str]:
        """Return the colour of each value; grey where the year alone has too few samples."""
        tones: dict[str, str] = {id_: s.tone for id_, s in self.evidence.standings.items()}
        now = self.evidence.own[self.evidence.own["period"] == self.evidence.period]
        few = now[(now["measure"] == "pass_rate_pct") & (now["n"] < FEW_SAMPLES)]
        return tones | dict.fromkeys(few["measure"], "none")

    def _listing(self, rows: pd.DataFrame, name: str, columns: Sequence[str], caption: str) -> HTML:
        counted = self.evidence.say(f"{caption}（{len(rows)} 条）", f"{caption} ({len(rows)})")
        language = self.evidence.language
        return HTML(listing_table(rows, name, columns, caption=counted, language=language))
