"""Charts of samples: funnel, control chart and operating characteristic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from agriqa.figures.chart import Caption, Chart, Margins, NothingToShowError
from agriqa.figures.theme import BAND, COUNTY, DOT, INK, MEDIAN, MUTED, TARGET, drawing
from agriqa.figures.words import number_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from agriqa.stats.funnel import Funnel
    from agriqa.stats.shewhart import ControlChart

_ROOM = Margins(bottom=0.68)
_MOST_NAMED = 6
_LABEL_ROOM = 72  # characters that fit under the points


def funnel_plot(
    funnel: Funnel, names: Sequence[str], *, what: str, period: str, caption: Caption
) -> Chart:
    """Draw areas against their number of samples, with the limits that chance allows.

    Parameters
    ----------
    funnel : Funnel
        Of proportions.
    names : sequence of str
        Names of the areas, in its order.
    what : str
        The proportion, for the reader, such as "不合格率".
    period : str
        Period, such as "2021 年".
    caption : Caption
        Source line, mark and language.

    Raises
    ------
    NothingToShowError
        If no area has data.
    """
    shown = np.isfinite(funnel.value)
    if not shown.any():
        raise NothingToShowError(what, what)
    zh = caption.language == "zh"
    above, below = (int((funnel.position == f"{s} 99.8").sum()) for s in ("above", "below"))
    areas, samples = int(shown.sum()), int(funnel.size[shown].sum())
    chart = Chart(
        title=f"{what}：{above} 个县高于、{below} 个低于 99.8% 控制限"
        if zh
        else f"{what}: {above} counties above and {below} below the 99.8 % limits",
        subtitle=f"单位：% · {period} · {areas} 个县，n={samples:,} 个样品"
        if zh
        else f"% · {period} · {areas} counties, n={samples:,} samples",
        alt=funnel.summary(caption.language),
        caption=caption,
        height=3.6,
        margins=_ROOM,
    )
    with drawing():
        ax = chart.subplots()
        _funnel_limits(ax, funnel, shown, zh=zh)
        outside = np.char.endswith(funnel.position.astype(str), "99.8")
        for chosen, colour in ((shown & ~outside, MUTED), (outside, TARGET)):
            ax.scatter(
                funnel.size[chosen], 100 * funnel.value[chosen], s=22, color=colour, alpha=0.75,
                linewidths=0, zorder=3,
            )  # fmt: skip
        for place in np.argsort(-np.abs(np.where(outside, funnel.adjusted_z, 0)))[:_MOST_NAMED]:
            if outside[place]:
                ax.annotate(
                    names[place], (funnel.size[place], 100 * funnel.value[place]), xytext=(5, 2),
                    textcoords="offset points", size=8, color=TARGET,
                )  # fmt: skip
        ax.set_xlabel("样品数（个）" if zh else "samples")
        highest = 100 * float(funnel.value[shown].max())
        ax.set(ylim=(0, max(1.15 * highest, 300 * funnel.target, 0.1)), xlim=(0, None))
        _key(ax)
    return chart


def control_chart(
    chart: ControlChart,
    times: Sequence[str],
    *,
    what: str,
    unit: str,
    caption: Caption,
    flagged: npt.ArrayLike | None = None,
    scale: float = 1.0,
    decimals: int = 1,
) -> Chart:
    """Draw a control chart with its limits; signals and flagged points stand out.

    Parameters
    ----------
    chart : ControlChart
        Of one series.
    times : sequence of str
        Label of each point.
    what, unit : str
        The statistic and its unit, for the reader.
    caption : Caption
        Source line, mark and language.
    flagged : array_like of bool, optional
        Points that a run rule marks.
    scale : float
        What the values are multiplied by: 100 for shares in per cent.
    decimals : int
        Of the numbers printed.

    Raises
    ------
    NothingToShowError
        If the series has no point.
    """
    present = np.isfinite(chart.statistic)
    if not present.any():
        raise NothingToShowError(what, what)
    zh, n, labels = caption.language == "zh", int(present.sum()), list(times)
    signals = chart.signals
    runs = np.zeros_like(signals) if flagged is None else np.asarray(flagged, dtype=bool) & ~signals
    outside, marked = int(signals.sum()), int(runs.sum())
    also = (f"，另 {marked} 点成型" if zh else f", {marked} more in a run") if marked else ""
    centre = number_text(float(scale * np.nanmean(chart.centre)), decimals)
    drawn = Chart(
        title=f"{what}：{outside} 点越出控制限{also}"
        if zh
        else f"{what}: {outside} points outside the limits{also}",
        subtitle=f"单位：{unit} · {labels[0]}—{labels[-1]} · n={n} 点 · 中心线 {centre}"
        if zh
        else f"{unit} · {labels[0]} to {labels[-1]} · n={n} points · centre {centre}",
        alt=chart.summary(caption.language),
        caption=caption,
        height=3.2,
    )
    with drawing():
        ax = drawn.subplots()
        at = np.arange(len(labels))
        for edge in (chart.lower, chart.upper):
            ax.step(at, scale * edge, where="mid", color=MEDIAN, lw=1, ls=(0, (4, 2)))
        ax.plot(at, scale * chart.centre, color=MEDIAN, lw=1)
        ax.plot(at, scale * chart.statistic, color=COUNTY, lw=1.2, marker="o", ms=3)
        words = ("越限", "成型") if zh else ("outside", "in a run")
        for chosen, marker, word in ((signals, "o", words[0]), (runs, "D", words[1])):
            if chosen.any():
                ax.plot(
                    at[chosen], scale * chart.statistic[chosen], marker, color=TARGET, ms=6,
                    label=word,
                )  # fmt: skip
        step = -(-len(labels) // max(1, _LABEL_ROOM // len(labels[0])))
        ax.set_xticks(at[::step], labels[::step])
        _key(ax)
    return drawn


def operating_characteristic(
    proportion: npt.ArrayLike,
    acceptance: Sequence[npt.ArrayLike],
    labels: Sequence[str],
    *,
    what: str,
    caption: Caption,
) -> Chart:
    """Draw the probability that a lot is accepted against its share of failures.

    Parameters
    ----------
    proportion : array_like, shape (points,)
        True share of failures [0-1], ascending.
    acceptance : sequence of array_like, each of shape (points,)
        Probability of acceptance under each plan [0-1].
    labels : sequence of str
        Name of each plan with its n and acceptance number.
    what : str
        Title: what the plans can tell apart.
    caption : Caption
        Source line, mark and language.
    """
    zh = caption.language == "zh"
    shares = np.asarray(proportion, dtype=np.float64)
    subtitle = (
        "纵轴：接收概率（%）；横轴：真实不合格率（%）；由方案算出，没有抽样误差"
        if zh
        else "probability of acceptance (%) by true share of failures (%); computed, no sampling"
    )
    alt = f"{what}；{'；'.join(labels)}" if zh else f"{what}; {'; '.join(labels)}"
    chart = Chart(
        title=what, subtitle=subtitle, alt=alt, caption=caption, height=3.2, margins=_ROOM
    )
    with drawing():
        ax = chart.subplots()
        for (style, colour), curve, label in zip(
            (("-", COUNTY), ((0, (5, 2)), TARGET), ((0, (1, 1.5)), INK)),
            acceptance, labels, strict=False,
        ):  # fmt: skip
            curve = 100 * np.asarray(curve, dtype=np.float64)
            ax.plot(100 * shares, curve, ls=style, color=colour, lw=1.8, label=label)
        ax.set(ylim=(0, 102), xlim=(0, 100 * float(shares.max())))
        ax.set_xlabel("真实不合格率（%）" if zh else "true share of failures (%)")
        _key(ax)
    return chart


def _funnel_limits(ax: Axes, funnel: Funnel, shown: npt.NDArray[np.bool_], *, zh: bool) -> None:
    most = 1.05 * float(funnel.size[shown].max())
    sizes = np.unique(np.linspace(1, most, 300).round())  # exact limits take whole numbers
    for level, style, words in (
        (0.95, (0, (5, 2)), ("95% 控制限", "95 % limits")),
        (0.998, "-", ("99.8% 控制限", "99.8 % limits")),
    ):
        low, high = funnel.limits(sizes, level=level)
        label = words[0] if zh else words[1]
        ax.plot(sizes, 100 * high, color=MEDIAN, lw=1.1, ls=style, label=label)
        ax.plot(sizes, 100 * low, color=MEDIAN, lw=1.1, ls=style)
        ax.fill_between(sizes, 100 * low, 100 * high, color=BAND, alpha=0.35, lw=0)
    target = 100 * funnel.target
    word = f"全省 {target:.2f}%" if zh else f"province {target:.2f} %"
    ax.axhline(target, color=DOT, lw=1.2, label=word)


def _key(ax: Axes) -> None:
    if ax.get_legend_handles_labels()[0]:
        ax.legend(
            loc="lower left", bbox_to_anchor=(0, 1.0), ncols=4, borderaxespad=0.3, borderpad=0,
            handlelength=1.8, columnspacing=2.5,
        )  # fmt: skip
