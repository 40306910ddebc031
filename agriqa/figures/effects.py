"""The effect of a designation by years since its start, with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agriqa.figures.chart import Caption, Chart, Margins, NothingToShowError
from agriqa.figures.theme import COUNTY, MEDIAN, MUTED, TARGET, drawing
from agriqa.figures.words import Language, number_text

if TYPE_CHECKING:
    from agriqa.measures.evaluation import DesignationEvaluation
    from agriqa.stats.effect import Effect


def event_study(found: DesignationEvaluation, *, caption: Caption) -> Chart:
    """Draw the effect on pesticide use by years since the start, in per cent.

    Years before the start are a check: there the effect should be zero. The
    year before it is the base and has no interval.

    Parameters
    ----------
    found : DesignationEvaluation
        From `evaluate_designation`.
    caption : Caption
        Source line, mark and language.

    Raises
    ------
    NothingToShowError
        If there were too few counties to estimate an effect.
    """
    if found.overall is None or found.by_event_time is None:
        raise NothingToShowError("认定的效应", "effect of designation")
    lang = caption.language
    table = 100 * found.by_event_time.table[["estimate", "low", "high"]].apply(np.expm1)
    years = f"{found.panel['year'].min():.0f}–{found.panel['year'].max():.0f}"
    words = (
        (f"相对开始前一年的变化，% · {years} 年 · n={found.designated} 个被认定县，"
         f"{found.compared} 个对照县 · 竖线为 95% 区间", "开始前（应为零）", "开始后",
         "距开始的年数（0 为认定的次年，−1 为基年）")
        if lang == "zh"
        else (f"% change of pesticide per sown area · {years} · n={found.designated} "
              f"designated, {found.compared} compared · bars: 95 %", "before (should be zero)",
              "from the start on",
              "years since the start (0: the year after designation; −1: the base)")
    )  # fmt: skip
    title = _finding(found.overall, found.pretrend_p, lang)
    ticks = [_signed(event) for event in table.index.tolist()]
    told = [
        f"{tick}: {number_text(change, 1)}%"
        for tick, change in zip(ticks, table["estimate"].tolist(), strict=True)
    ]
    chart = Chart(
        title=title, subtitle=words[0], alt=f"{title}。{'；'.join(told)}", caption=caption,
        height=3.2, margins=Margins(bottom=0.72),
    )  # fmt: skip
    with drawing():
        ax = chart.subplots()
        ax.axhline(0, color=MEDIAN, lw=1)
        ax.axvline(-0.5, color=TARGET, lw=1.2, ls=(0, (2, 2)))
        started = table.index >= 0
        for chosen, colour, label in ((~started, MUTED, words[1]), (started, COUNTY, words[2])):
            rows = table[chosen]
            reach = np.vstack([rows["estimate"] - rows["low"], rows["high"] - rows["estimate"]])
            ax.errorbar(
                rows.index, rows["estimate"], yerr=np.nan_to_num(reach), fmt="o", color=colour,
                ms=5, elinewidth=2, capsize=3, label=label,
            )  # fmt: skip
        ax.set_xticks(table.index, ticks)
        ax.set_xlabel(words[3])
        ax.legend(
            loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderaxespad=0.3, borderpad=0,
            columnspacing=4.0,
        )  # fmt: skip
    return chart


def _finding(overall: Effect, pretrend_p: float, lang: Language) -> str:
    """Say in a title what was found, and whether it may be read as an effect."""
    value, low, high = (number_text(one, 1) for one in overall.in_per_cent())
    if pretrend_p < 1 - overall.confidence:
        return (
            "认定前两边走势已经不同，认定后的变化不宜读作效应"
            if lang == "zh"
            else "Apart before designation already: no effect to be read"
        )
    if overall.low <= 0 <= overall.high:
        return (
            f"认定后单位播种面积农药用量的变化尚不能与零区分（{low}% 至 {high}%）"
            if lang == "zh"
            else f"No effect on pesticide use to be told ({low}% to {high}%)"
        )
    if lang == "zh":
        return f"估计认定使单位播种面积农药用量变化 {value}%（95% 区间 {low}% 至 {high}%）"
    return f"Estimated effect on pesticide use: {value}% ({low}% to {high}%)"


def _signed(event: float) -> str:
    return ("+" if event > 0 else "") + number_text(event, 0)
