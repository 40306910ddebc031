"""Did designation help? Counties before and after it, against those not yet designated."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np

from agriqa.datasets import Label
from agriqa.measures.bases import designations
from agriqa.measures.measure import ESTIMATES, Measure
from agriqa.measures.parts import weakest
from agriqa.measures.pesticides import per_sown
from agriqa.measures.source import Source
from agriqa.stats.checks import Language, require_choice
from agriqa.stats.effect import Effect, effect_from_standard_error, pretrend_sentence
from agriqa.stats.group_time import group_time_effects
from agriqa.stats.group_time_aggregation import AggregatedEffects, aggregate_group_time

if TYPE_CHECKING:
    import pandas as pd

# With fewer counties on either side errors clustered by county are not to be trusted.
LEAST = 10

What = Literal["overall", "naive", "pretrend"]


@dataclass(frozen=True)
class DesignationEvaluation:
    """What designation did to pesticide use per sown area; effects are on its logarithm.

    Attributes
    ----------
    panel : DataFrame
        What the effects are estimated from, see `designation_panel`.
    designated, compared : int
        Counties seen before and after the designation, and those never
        designated within the panel [count].
    overall : Effect or None
        Mean over designated counties and their years from the start on, of
        the effects by cohort and year with counties not yet designated as
        controls; None where there are too few counties.
    by_event_time : AggregatedEffects or None
        The same by years since the start, and the test of the years before.
    naive : Effect or None
        Mean change of the designated counties alone: no estimate of the effect.
    """

    panel: pd.DataFrame
    designated: int
    compared: int
    overall: Effect | None
    by_event_time: AggregatedEffects | None
    naive: Effect | None

    @property
    def pretrend_p(self) -> float:
        """Of the test that both sides moved alike before the start; missing if not tested."""
        return np.nan if self.by_event_time is None else self.by_event_time.leads.p_value

    @property
    def simulated(self) -> bool:
        """Whether any of the data is simulated."""
        return bool(self.panel["origin"].eq("simulated").any())

    def conclusion(self, language: Language = "zh") -> str:
        """Say the estimate, whether trends were parallel before, and what is not said.

        Raises
        ------
        ValueError
            If the language is neither "zh" nor "en".
        """
        require_choice("language", language, ("zh", "en"))
        if self.overall is None or self.naive is None:
            return _TOO_FEW[language].format(self.designated, self.compared, LEAST)
        sentences = [
            _SUBJECT[language].format(self.designated),
            self.overall.summary(language, log_outcome=True),
            pretrend_sentence(self.pretrend_p, self.overall.confidence, language),
            _NAIVE[language].format(self.naive.in_per_cent()[0]).replace("-", "−"),
            _SILENT[language],
            _SIMULATED[language] if self.simulated else "",
        ]
        return ("" if language == "zh" else " ").join(sentences).strip()


_SUBJECT = Label(
    zh="{} 个县被认定国家级或省级基地后的单位播种面积农药用量，与同期尚未认定和未认定的县相比：",
    en="Pesticide use per sown area of {} counties after a national or provincial designation, "
    "against counties not yet or never designated:",
)
_NAIVE = Label(
    zh="只看被认定县，前后变化为 {:.1f} %，其中含各县共有的走势，不是认定的效应。",
    en="The designated counties alone changed by {:.1f} %, which holds what all counties went "
    "through and is no effect of designation.",
)
_SILENT = Label(
    zh="这里没有说：同时到来的资金、项目各起多大作用；未认定的县若认定会怎样；"
    "产品质量是否改善。名单不全，漏列的认定会使估计偏向零。",
    en="Not said here: what funds and projects that came along did of it; what designation would "
    "do elsewhere; whether produce became better. The lists are incomplete, and designations "
    "left off them draw the estimate towards zero.",
)
_SIMULATED = Label(
    zh="用药数据是模拟的：这只检验方法，不说明任何县。",
    en="The use is simulated: this tries the method and says nothing of any county.",
)
_TOO_FEW = Label(
    zh="数据不足，不作结论：认定前后都有数的县 {} 个，可比的未认定县 {} 个，各需至少 {} 个。",
    en="Not enough data, so no conclusion: {} counties with figures before and after a "
    "designation and {} to compare with; at least {} of each are needed.",
)


def designation_panel(source: Source) -> pd.DataFrame:
    """Lay out pesticide use per sown area by county and year, beside the designations.

    Only whole county-years: withheld, incomplete and zero totals are left out,
    and so are years before the last change of a county's territory.

    Returns
    -------
    DataFrame
        county_code, prefecture_code, year, log_intensity (natural logarithm of
        t per ha), designated (year of the first dated national or provincial
        designation counted as in force), cohort (the year after it, from which
        it is held to work; missing for those never designated within the
        panel), origin. Counties designated before the panel begins are left out.
    """
    parts = per_sown(source)
    amounts = parts[["numerator", "denominator"]]
    whole = parts["complete"].astype(bool) & ~parts["withheld"].astype(bool)
    rows = parts[whole & (amounts > 0).all(axis=1)].rename(columns={"period": "year"})
    known = designations(source).dropna(subset=["county_code", "year_from"])
    designated = known.groupby("county_code")["year_from"].min().astype(float)
    first, last = rows["year"].min(), rows["year"].max()
    changed = {
        code: max(past)
        for code, years in source.snapshot.register.breaks.items()
        if (past := [year for year in years if year <= last])
    }
    start = rows["county_code"].map(designated).astype(float)
    rows = rows.assign(
        log_intensity=np.log((rows["numerator"] / rows["denominator"]).astype(float)),
        designated=start,
        cohort=(start + 1).where(start < last),
    )
    same = rows["year"] >= rows["county_code"].map(changed).astype(float).fillna(first)
    kept = rows[same & ~(rows["cohort"] <= first)]
    columns = [
        "county_code", "prefecture_code", "year", "log_intensity", "designated", "cohort", "origin",
    ]  # fmt: skip
    return kept[columns].sort_values(["county_code", "year"], ignore_index=True)


def evaluate_designation(source: Source) -> DesignationEvaluation:
    """Estimate what designation did to pesticide use per sown area, see `evaluate_panel`."""
    return evaluate_panel(source.once(designation_panel))


def evaluate_panel(panel: pd.DataFrame) -> DesignationEvaluation:
    """Estimate the effect of a designation from the panel that `designation_panel` lays out.

    Effects by cohort and year (Callaway, Sant'Anna 2021), controls not yet
    designated, the year before the start as base, errors clustered by county.
    """
    keyed = panel.assign(after=(panel["year"] >= panel["cohort"]).astype(int))
    both = keyed.groupby("county_code")["after"].transform("nunique") == 2
    several = keyed.groupby("county_code")["year"].transform("size") >= 2
    treated = keyed[both]
    designated = int(treated["county_code"].nunique())
    compared = int(panel.loc[several & panel["cohort"].isna(), "county_code"].nunique())
    if min(designated, compared) < LEAST:
        return DesignationEvaluation(panel, designated, compared, None, None, None)
    effects = group_time_effects(
        panel,
        outcome="log_intensity",
        unit="county_code",
        time="year",
        cohort="cohort",
        control="not_yet_treated",
        base="universal",
    )
    started = effects.table[effects.table["time"] >= effects.table["cohort"]]
    if started["estimate"].isna().all():
        return DesignationEvaluation(panel, designated, compared, None, None, None)
    return DesignationEvaluation(
        panel=panel,
        designated=designated,
        compared=compared,
        overall=aggregate_group_time(effects).overall,
        by_event_time=aggregate_group_time(effects, "dynamic"),
        naive=_before_after(treated),
    )


def _before_after(treated: pd.DataFrame) -> Effect:
    """Average over counties their own mean after less their own mean before."""
    means = treated.groupby(["county_code", "after"])["log_intensity"].mean().unstack()
    change = (means[1] - means[0]).to_numpy(dtype=np.float64)
    return effect_from_standard_error(
        float(change.mean()),
        float(change.std(ddof=1) / np.sqrt(len(change))),
        degrees_of_freedom=len(change) - 1,
        n_observations=len(treated),
        n_units=len(change),
    )


def _row(source: Source, *, what: What) -> pd.DataFrame:
    """Return the one value for the province, dated with the panel's last year."""
    import pandas as pd

    found = source.once(evaluate_designation)
    effect = found.naive if what == "naive" else found.overall
    value, low, high = (np.nan,) * 3 if effect is None else effect.in_per_cent()
    if what == "pretrend":
        value, low, high = found.pretrend_p, np.nan, np.nan
    panel, area = found.panel, source.snapshot.project.code
    origin = weakest(panel.assign(area=area), ["area"])
    row = {
        "level": "province",
        "area": area,
        "period": source.periods[-1] if panel.empty else int(panel["year"].max()),
        "value": value,
        "n": found.designated if effect is None or what == "naive" else effect.n_units,
        "low": low,
        "high": high,
        "origin": origin.get(area),
        "absent": "too_few" if np.isnan(value) else None,
    }
    return pd.DataFrame([row])[ESTIMATES]


def _measure(id_: str, what: What, label: Label, formula: Label, **given: object) -> Measure:
    few_zh = f"两边各少于 {LEAST} 个县时样本太少"
    few_en = f"too few to tell with fewer than {LEAST} counties on either side"
    return Measure(
        id=id_,
        label=label,
        direction=0,
        theme="evaluation",
        kind="estimate",
        formula=Label(zh=f"{formula.zh}；{few_zh}", en=f"{formula.en}; {few_en}"),
        datasets=("base", "pesticide_use", "production"),
        estimate=partial(_row, what=what),
        levels=("province",),
        **given,  # type: ignore[arg-type]
    )


_CLUSTERED = Label(zh="95% 区间，误差按县聚类", en="95 % interval, errors clustered by county")
_CALLAWAY = "Callaway、Sant’Anna（2021）J. Econometrics 225: 200–230"

MEASURES = (
    _measure(
        "designation_effect_pct",
        "overall",
        Label(zh="认定对单位播种面积农药用量的效应", en="Effect of designation on pesticide use"),
        Label(
            zh="首次国家级或省级基地认定的次年起，单位播种面积农药用量的对数相对认定前一年的变化，"
            "减去同期尚未认定和未认定县的变化；按批次和年份估计，以县数加权平均，换算为百分比；"
            "n 为县数",
            en="change of the logarithm of pesticide use per sown area from the year before the "
            "start (the year after the first national or provincial designation), less that of "
            "counties not yet or never designated; by cohort and year, averaged by counties, in "
            "per cent; n counts counties",
        ),
        unit="%",
        reference=_CALLAWAY,
        interval=_CLUSTERED,
    ),
    _measure(
        "designation_effect_naive_pct",
        "naive",
        Label(
            zh="被认定县前后变化（不是效应估计）",
            en="Designated counties before and after (no estimate of an effect)",
        ),
        Label(
            zh="被认定县认定后各年与认定前各年对数均值之差，换算为百分比；只作对照，含各县共有的走势，"
            "不是认定的效应；n 为被认定的县数",
            en="mean of the logarithm after less that before, of designated counties alone, in per "
            "cent; for contrast only: it holds what all counties went through and is no estimate "
            "of the effect; n counts designated counties",
        ),
        unit="%",
        reference=_CALLAWAY,
        interval=_CLUSTERED,
    ),
    _measure(
        "designation_pretrend_p",
        "pretrend",
        Label(zh="认定前走势平行检验的 p 值", en="Test of trends before designation, p value"),
        Label(
            zh="认定前各年效应（按距开始的年数平均）全为零的联合 Wald 检验；小于 0.05 时"
            "两边此前已有不同走势，效应估计不宜作因果解读；不小于 0.05 也不证明平行；n 为县数",
            en="joint Wald test that the effects before the start, averaged by years to it, are "
            "all zero; below 0.05 both sides already moved apart and the estimate should not be "
            "read as an effect; 0.05 and above does not prove that trends were parallel; n counts "
            "counties",
        ),
        unit="概率",
        reference=_CALLAWAY,
        decimals=3,
    ),
)
