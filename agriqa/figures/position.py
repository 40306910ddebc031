"""Where one area stands among all: a row of dots for each measure."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.collections import PathCollection
from matplotlib.path import Path as Outline
from matplotlib.ticker import MaxNLocator

from agriqa.figures.chart import Caption, Chart, Margins, NothingToShowError
from agriqa.figures.theme import BAND, COUNTY, DOT, MEDIAN, MUTED, drawing
from agriqa.figures.words import Language, number_text, value_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from agriqa.measures import Measure


def position_strip(
    everyone: pd.DataFrame,
    measures: Sequence[Measure],
    *,
    area: str,
    name: str,
    period: int,
    caption: Caption,
) -> Chart:
    """Draw where one area stands among all, a row of dots for each measure.

    Axes run from the 2nd to the 98th percentile, wider if the area lies
    outside; an arrowhead at the edge stands for each area beyond.

    Parameters
    ----------
    everyone : DataFrame
        Tidy rows of all areas of the level, several measures.
    measures : sequence of Measure
        One row each, in this order.
    area : str
        Code of the area to show.
    period : int
        The year.
    """
    lang = caption.language
    now = everyone[everyone["period"] == period].dropna(subset=["value"])
    rows = {m.id: now[now["measure"] == m.id].set_index("area") for m in measures}
    values = {id_: found["value"] for id_, found in rows.items()}
    drawn = [m for m in measures if area in values[m.id].index]
    if not drawn:
        raise NothingToShowError("全省位置", "position among counties")
    title = f"{name}在全省各县中的位置，{period} 年" if lang == "zh" else (
        f"{name} among all counties, {period}"
    )  # fmt: skip
    told = [
        f"{m.label[lang]} {value_text(values[m.id][area], m.decimals, m.unit, lang)}"
        f"（{'中位数' if lang == 'zh' else 'median'} "
        f"{number_text(float(values[m.id].median()), m.decimals)}）"
        for m in drawn
    ]
    alt = f"{title}。{'；'.join(told)}"
    subtitle = (
        "灰点：各县 · 灰带：中间一半 · 竖线：中位数 · 深色点：本县 · ▶ 超出刻度的县"
        if lang == "zh"
        else "dots: counties · band: middle half · line: median · dark: own · ▶ beyond the axis"
    )
    room = Margins(left=2.0, right=0.75 if lang == "zh" else 1.1, top=0.55, bottom=0.32)
    chart = Chart(
        title=title, subtitle=subtitle, alt=alt, caption=caption,
        height=room.top + room.bottom + 0.62 * len(drawn), margins=room,
    )  # fmt: skip
    with drawing():
        ax = chart.subplots()
        for row, measure in enumerate(drawn):
            n = float(rows[measure.id]["n"][area]) if measure.kind == "proportion" else None
            _strip(ax, row, values[measure.id], measure, area, lang, n=n)
        ax.set(xlim=(-0.015, 1.015), ylim=(len(drawn) - 0.4, -0.5), xticks=[], yticks=[])
        ax.grid(visible=False)
        ax.spines["bottom"].set_visible(False)
    return chart


def _strip(
    ax: Axes,
    row: int,
    values: pd.Series,
    measure: Measure,
    area: str,
    lang: Language,
    *,
    n: float | None,
) -> None:
    """Draw one row of dots, its own scale laid over the width 0 to 1."""
    own = float(values[area])
    low, high = values.quantile([0.02, 0.98])
    low, high = min(low, own), max(high, own)
    scaled = (values.clip(low, high) - low) / ((high - low) or 1.0)
    left, middle, right = scaled.quantile([0.25, 0.5, 0.75])
    # Golden-ratio steps spread the dots evenly and the same way every time.
    spread = ((np.arange(len(values)) * 0.618034) % 1 - 0.5) * 0.5
    ax.fill_between([left, right], row - 0.34, row + 0.34, color=BAND, lw=0)
    ax.plot([middle, middle], [row - 0.34, row + 0.34], color=MEDIAN, lw=1.2)
    beyond = (values < low) | (values > high)
    ax.add_collection(_dots(scaled[~beyond].to_numpy(), (row + spread)[~beyond]))
    for edge, place, marker in ((values < low, -0.008, "<"), (values > high, 1.008, ">")):
        heights = (row + spread)[edge]
        ax.plot([place] * len(heights), heights, marker, ms=3.4, color=MEDIAN, clip_on=False)
    ax.plot(
        scaled[area], row, "o", ms=8.5, color=COUNTY, mec="white", mew=1.2, zorder=5,
        clip_on=False,
    )  # fmt: skip
    ticks = MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    inside = [t for t in ticks if low <= t <= high] if high > low else [own]
    decimals = max(0, min(2, -math.floor(math.log10((high - low) or 1.0))))
    for tick in inside:
        place = (tick - low) / ((high - low) or 1.0)
        text = number_text(tick, decimals)
        ax.text(place, row + 0.36, text, ha="center", va="top", size=7, color=MUTED)
    better = {
        ("zh", 1): "越高越好", ("zh", -1): "越低越好", ("en", 1): "higher is better",
        ("en", -1): "lower is better",
    }.get((lang, measure.direction), "")  # fmt: skip
    shown = value_text(own, measure.decimals, measure.unit, lang)
    shown += "" if n is None else f" (n={n:,.0f})"
    lines = textwrap.wrap(measure.label[lang], 10 if lang == "zh" else 24)
    for above, line in enumerate(reversed(lines)):
        # A text of two lines would not stay flush right where a page enlarges it.
        ax.annotate(
            line, (-0.03, row), xytext=(0, 12.5 * above), textcoords="offset points", ha="right",
            va="bottom", size=8.5, annotation_clip=False,
        )  # fmt: skip
    ax.text(-0.03, row + 0.06, shown, ha="right", va="top", size=8.5, color=COUNTY)
    ax.text(1.03, row - 0.03, better, va="bottom", size=7.5, color=MUTED)
    many = f"n={len(values)} 县" if lang == "zh" else f"n={len(values)} counties"
    ax.text(1.03, row + 0.06, many, va="top", size=7.5, color=MUTED)


def _dots(x: np.ndarray, y: np.ndarray) -> PathCollection:
    """Draw points as very short lines with round ends: a third of a scatter's SVG."""
    start = np.column_stack([x, y])
    vertices = np.stack([start, start + np.array([1e-4, 0])], axis=1).reshape(-1, 2)
    codes = np.tile([Outline.MOVETO, Outline.LINETO], len(x))
    return PathCollection(
        [Outline(vertices, codes)], facecolor="none", edgecolor=DOT, linewidth=2.8,
        capstyle="round",
    )  # fmt: skip
