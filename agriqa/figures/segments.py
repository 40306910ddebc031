"""Charts of a series with breaks: segments, and what was to be expected without a measure."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from agriqa.figures.chart import Caption, Chart, NothingToShowError
from agriqa.figures.theme import BAND, COUNTY, MUTED, TARGET, drawing
from agriqa.figures.words import number_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from agriqa.stats.breaks import Segmentation
    from agriqa.stats.interrupted import InterruptedSeries

Floats = npt.NDArray[np.float64]


def segmented_series(
    years: npt.ArrayLike,
    values: npt.ArrayLike,
    found: Segmentation,
    *,
    low: npt.ArrayLike,
    high: npt.ArrayLike,
    what: str,
    unit: str,
    caption: Caption,
) -> Chart:
    """Draw a published series, the range of its rounding, and its segments.

    Parameters
    ----------
    years, values : array_like, shape (n,)
        The series without gaps [unit].
    found : Segmentation
        Its breaks; a mean or a line in time within each segment.
    low, high : array_like, shape (n,)
        Range that rounding leaves open [unit].
    what, unit : str
        The series and its unit, for the reader.
    caption : Caption
        Source line, mark and language.

    Raises
    ------
    NothingToShowError
        If the series has gaps or is empty.
    """
    when, series = (np.asarray(x, dtype=np.float64) for x in (years, values))
    if series.size == 0 or np.isnan(series).any():
        raise NothingToShowError(what, what)
    zh = caption.language == "zh"
    after = [f"{time:g}" for time in found.times]
    if zh:
        finding = f"{'、'.join(after)} 年之后有转折" if after else "没有转折"
    else:
        finding = f"a break after {', '.join(after)}" if after else "no break"
    chart = Chart(
        title=f"{what}：{finding}" if zh else f"{what}: {finding}",
        subtitle=_span(when, unit, zh=zh, note="竖线为修约范围" if zh else "bars: rounding"),
        alt=found.summary(caption.language),
        caption=caption,
        height=3.2,
    )
    with drawing():
        ax = chart.subplots()
        reach = np.vstack([series - np.asarray(low), np.asarray(high) - series]).clip(min=0)
        ax.errorbar(when, series, yerr=reach, fmt="o", color=COUNTY, ms=4.5, capsize=3)
        edges = [0, *found.breaks, series.size]
        for place, (start, stop) in enumerate(pairwise(edges)):
            own = when[start:stop]
            design = np.column_stack([np.ones(own.size), own])[:, : found.regressors]
            ax.plot(own, design @ found.coefficients[place], color=TARGET, lw=1.6)
        for time in found.times:
            ax.axvline(time + 0.5, color=MUTED, lw=1, ls=":")
        _amounts(ax, series)
        ax.set_xticks(when[::2], [f"{year:g}" for year in when[::2]])
    return chart


def counterfactual(
    result: InterruptedSeries, *, what: str, unit: str, caption: Caption, decimals: int = 0
) -> Chart:
    """Draw an interrupted series against what it would have been without the measure.

    Parameters
    ----------
    result : InterruptedSeries
        The fitted series.
    what, unit : str
        The series and its unit, for the reader.
    caption : Caption
        Source line, mark and language.
    decimals : int
        Of the effect printed.
    """
    zh = caption.language == "zh"
    last = result.effect_at(float(result.times[-1]))
    value, low, high = (
        number_text(float(np.ravel(x)[0]), decimals) for x in (last.value, last.low, last.high)
    )
    year = f"{result.times[-1]:g}"
    chart = Chart(
        title=f"{what}：{year} 年与外推相差 {value} {unit}（95% 区间 {low} 至 {high}）"
        if zh
        else f"{what}: {value} {unit} against the projection in {year} (95 %: {low} to {high})",
        subtitle=_span(
            result.times, unit, zh=zh,
            note=f"自 {result.start:g} 年起" if zh else f"measure from {result.start:g}",
        ),
        alt=result.summary(caption.language),
        caption=caption,
        height=3.2,
    )  # fmt: skip
    with drawing():
        ax = chart.subplots()
        words = (
            ("公布数", "拟合", "按此前趋势外推")
            if zh
            else ("published", "fitted", "earlier trend projected")
        )
        after = result.times >= result.start
        ax.axvspan(result.start - 0.5, result.times[-1] + 0.5, color=BAND, alpha=0.4, lw=0)
        ax.plot(result.times, result.observed, "o", color=COUNTY, ms=4.5, label=words[0])
        ax.plot(result.times, result.fitted, color=COUNTY, lw=1.4, label=words[1])
        ax.plot(
            result.times[after], result.counterfactual[after], color=TARGET, lw=1.4,
            ls=(0, (5, 2)), label=words[2],
        )  # fmt: skip
        _amounts(ax, np.r_[result.observed, result.counterfactual])
        ax.set_xticks(result.times[::2], [f"{year:g}" for year in result.times[::2]])
        ax.legend(
            loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, borderaxespad=0.3, borderpad=0
        )
    return chart


def _span(when: Floats, unit: str, *, zh: bool, note: str) -> str:
    if zh:
        return f"单位：{unit} · {when[0]:g}—{when[-1]:g} 年 · n={when.size} 年 · {note}"
    return f"{unit} · {when[0]:g}–{when[-1]:g} · n={when.size} years · {note}"


def _amounts(ax: Axes, values: Floats) -> None:
    """Start the axis of amounts at zero, with thousands separators."""
    ax.set_ylim(0, 1.08 * float(values.max()))
    ax.yaxis.set_major_formatter(lambda value, _: number_text(float(value), 0))
