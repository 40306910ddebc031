"""Charts of distributions: left-censored values, waiting times, concentration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from agriqa.figures.chart import Caption, Chart, Margins, NothingToShowError
from agriqa.figures.theme import CATEGORIES, COUNTY, MEDIAN, MUTED, TARGET, drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from agriqa.stats.censored.kaplan_meier import KaplanMeier
    from agriqa.stats.inequality import LorenzCurve
    from agriqa.stats.survival import SurvivalCurve

_ROOM = Margins(bottom=0.68)
_DAYS = 365.25
_STYLES = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)), (0, (3, 1)))


def censored_distribution(
    groups: Mapping[str, KaplanMeier],
    *,
    what: str,
    unit: str,
    caption: Caption,
    limit: float | None = None,
) -> Chart:
    """Draw the share of values at or below each level, as far as it is known.

    Below the smallest detected value only the share is known, not the level: there
    the curve ends.

    Parameters
    ----------
    groups : mapping of str to KaplanMeier
        One curve for each name.
    what, unit : str
        The values and their unit, for the reader.
    caption : Caption
        Source line, mark and language.
    limit : float, optional
        A limit to draw [unit of the values].

    Raises
    ------
    NothingToShowError
        If nothing was detected.
    """
    known = {name: one for name, one in groups.items() if one.values.size}
    if not known:
        raise NothingToShowError(what, what)
    zh = caption.language == "zh"
    shares = "、".join(f"{name} {100 * one.residual:.1f}%" for name, one in known.items())
    n = sum(one.n for one in known.values())
    chart = Chart(
        title=f"{what}：低于最小检出值的占 {shares}"
        if zh
        else f"{what}: below the smallest detected value {shares.replace('、', ', ')}",
        subtitle=f"横轴：{unit}（对数）；纵轴：不高于该值的比例（%）· n={n:,} 个测定"
        if zh
        else f"{unit} (log); share at or below (%) · n={n:,} measurements",
        alt="；".join(f"{name}：{one.summary(caption.language)}" for name, one in known.items()),
        caption=caption,
        height=3.3,
        margins=_ROOM,
    )
    with drawing():
        ax = chart.subplots()
        for (name, one), colour, style in zip(
            known.items(), (COUNTY, TARGET, *CATEGORIES), _STYLES * 2, strict=False
        ):
            ax.step(
                one.values, 100 * one.at_or_below, where="post", color=colour, ls=style, lw=1.6,
                label=f"{name}（n={one.n:,}）" if zh else f"{name} (n={one.n:,})",
            )  # fmt: skip
        if limit is not None:
            word = "限量" if zh else "limit"
            ax.axvline(limit, color=MUTED, lw=1.1, ls=":", label=f"{word} {limit:g}")
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter("{x:g}")
        lowest = min(100 * one.residual for one in known.values())
        ax.set_ylim(max(0.0, lowest - 0.1 * (100 - lowest)), 101)
        ax.set_xlabel(unit)
        _key(ax)
    return chart


def lorenz(
    curves: Mapping[str, LorenzCurve], gini: Mapping[str, float], *, what: str, n: int,
    caption: Caption,
) -> Chart:  # fmt: skip
    """Draw Lorenz curves against the line of equal shares.

    Parameters
    ----------
    curves : mapping of str to LorenzCurve
        One curve for each name.
    gini : mapping of str to float
        Their Gini coefficients.
    what : str
        What is shared out, for the reader.
    n : int
        Number of units.
    caption : Caption
        Source line, mark and language.
    """
    zh = caption.language == "zh"
    said = ("、" if zh else ", ").join(f"{name} {value:.2f}" for name, value in gini.items())
    chart = Chart(
        title=f"{what}：基尼系数 {said}" if zh else f"{what}: Gini coefficient {said}",
        subtitle=f"单位：累计 % · n={n} 个县 · 名单全数，没有抽样误差"
        if zh
        else f"cumulative % · n={n} counties · the whole lists, no sampling error",
        alt=f"{what}：{said}",
        caption=caption,
        height=4.0,
        width=4.9,
        margins=_ROOM,
    )
    with drawing():
        ax = chart.subplots()
        ax.plot([0, 100], [0, 100], color=MEDIAN, lw=1, label="平均分布" if zh else "equal shares")
        for (name, curve), colour, style in zip(
            curves.items(), (COUNTY, TARGET, *CATEGORIES), _STYLES * 2, strict=False
        ):
            ax.plot(100 * curve.population, 100 * curve.value, color=colour, ls=style, label=name)
        ax.set(xlim=(0, 100), ylim=(0, 100))
        ax.set_xlabel("县数累计（%，由少到多）" if zh else "counties (%), fewest first")
        _key(ax)
    return chart


def waiting_time(
    whole: SurvivalCurve,
    groups: Mapping[str, SurvivalCurve],
    *,
    what: str,
    since: int,
    caption: Caption,
) -> Chart:
    """Draw the share of counties still waiting at the end of each year.

    Parameters
    ----------
    whole : SurvivalCurve
        Of all counties; times are days from the start of `since`.
    groups : mapping of str to SurvivalCurve
        Of their groups, by name.
    what : str
        What is waited for, for the reader.
    since : int
        Year in which time starts.
    caption : Caption
        Source line, mark and language.
    """
    zh, n = caption.language == "zh", int(whole.at_risk[0])
    left = 100 * float(whole.survival[-1])
    chart = Chart(
        title=f"{what}：仍有 {left:.0f}% 的县没有"
        if zh
        else f"{what}: {left:.0f} % of counties still without",
        subtitle=f"单位：% · 自 {since} 年初起，各年末 · n={n} 个县"
        if zh
        else f"% · from the start of {since}, at year ends · n={n} counties",
        alt=whole.summary(caption.language),
        caption=caption,
        height=3.2,
        margins=Margins(top=0.58, right=2.0),
    )
    with drawing():
        ax = chart.subplots()
        for (name, curve), colour, style in zip(
            {"全省" if zh else "all": whole, **groups}.items(),
            (COUNTY, TARGET, *CATEGORIES),
            _STYLES * 2,
            strict=False,
        ):
            when = since - 1 + np.r_[0.0, curve.time] / _DAYS
            ax.step(
                when, 100 * np.r_[1.0, curve.survival], where="post", color=colour, ls=style,
                lw=1.6, label=f"{name} n={int(curve.at_risk[0])}",
            )  # fmt: skip
        ax.set_ylim(0, 102)
        ax.locator_params(axis="x", integer=True)
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return chart


def _key(ax: Axes) -> None:
    ax.legend(
        loc="lower left", bbox_to_anchor=(0, 1.0), ncols=4, borderaxespad=0.3, borderpad=0,
        handlelength=1.8, columnspacing=2.0,
    )  # fmt: skip
