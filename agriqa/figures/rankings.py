"""Rankings of areas: every rank with its band, what is lacking, what moved a score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from agriqa.figures.chart import Caption, Chart, Margins, NothingToShowError
from agriqa.figures.theme import BAND, CATEGORIES, COUNTY, DOT, MEDIAN, MUTED, TARGET, drawing
from agriqa.figures.words import number_text, signed_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROW = 0.25  # inches of a line with a name


def rank_bands(
    table: pd.DataFrame, *, what: str, period: str, caption: Caption, highlight: Sequence[str] = ()
) -> Chart:
    """Draw all ranks in order, each with its band.

    Parameters
    ----------
    table : DataFrame
        Indexed by code: name, rank, low and high (of its band; missing if none is known).
    what, period : str
        The index and its period, for the reader.
    caption : Caption
        Source line, mark and language.
    highlight : sequence of str
        Codes of the areas to name.

    Raises
    ------
    NothingToShowError
        If no area has a rank.
    """
    ranked = _ranked(table, what)
    zh, n = caption.language == "zh", len(ranked)
    width = (ranked["high"] - ranked["low"]).median()
    if np.isnan(width):
        finding = "这种做法没有名次区间" if zh else "No bands for this version"
    else:
        finding = (
            f"半数县的名次区间宽 {width:.0f} 位以上"
            if zh
            else f"Half of the rank bands are {width:.0f} places or wider"
        )
    named = [code for code in highlight if code in ranked.index]
    told = [
        f"{row['name']} {row['rank']:.0f} ({_band(row)})"
        for _, row in ranked[ranked.index.isin(named)].iterrows()
    ]
    chart = Chart(
        title=finding,
        subtitle=f"{what}，名次，1 为最高 · {period} · n={n} 县 · 竖线为 90% 名次区间"
        if zh
        else f"{what}, rank, 1 is best · {period} · n={n} counties · bars: 90 % bands",
        alt=_alt(what, finding, told, zh=zh),
        caption=caption,
        height=3.6,
        margins=Margins(top=0.72, bottom=0.6),
    )
    with drawing():
        ax = chart.subplots()
        x = np.arange(1, n + 1)
        ax.vlines(x, ranked["low"], ranked["high"], color=BAND, lw=2.2)
        ax.plot(x, ranked["rank"], "o", ms=2.4, color=MEDIAN)
        places = {code: place for place, code in enumerate(ranked.index, start=1)}
        room = 1.0 * n  # names of neighbours in rank would lie on each other
        for code in sorted(named, key=lambda code: -places[code]):
            row, at = pd.Series(ranked.loc[code]), places[code]
            room = min(room - 0.08 * n, float(row["rank"]))
            right = at < 0.7 * n
            ax.vlines(at, row["low"], row["high"], color=COUNTY, lw=2.4, zorder=3)
            ax.plot(at, row["rank"], "o", ms=5.5, color=COUNTY, mec="white", zorder=4)
            ax.annotate(
                f"{row['name']} {row['rank']:.0f} ({_band(row)})", (at, room),
                xytext=(7 if right else -7, 0), textcoords="offset points",
                ha="left" if right else "right", va="center", color=COUNTY, size=9,
                bbox={"facecolor": "white", "alpha": 0.75, "pad": 1}, zorder=5,
            )  # fmt: skip
        ax.set(xlim=(0, n + 1), ylim=(n + 1, 0))
        ax.set_xlabel("各县，按名次从高到低" if zh else "counties in order of rank")
        ax.set_yticks([1, *range(20, n + 1, 20)] if n >= 30 else sorted({1, n}))
    return chart


def ranking(table: pd.DataFrame, *, what: str, period: str, caption: Caption) -> Chart:
    """Draw some areas by rank, a line each: score, rank and band.

    Parameters
    ----------
    table : DataFrame
        As for `rank_bands`, only the areas to show, with score and `of`, the number of
        areas that have a rank.
    what, period, caption
        As for `rank_bands`.

    Raises
    ------
    NothingToShowError
        If no area has a rank.
    """
    ranked = _ranked(table, what)
    zh, n, of = caption.language == "zh", len(ranked), int(ranked["of"].iloc[0])
    first, second = ranked.iloc[0], ranked.iloc[min(1, n - 1)]
    apart = bool(n > 1 and first["high"] < second["low"])
    if n == 1 or np.isnan(first["high"]):
        finding = f"{first['name']}第 {first['rank']:.0f} 名" if zh else (
            f"{first['name']} ranks {first['rank']:.0f}"
        )  # fmt: skip
    elif zh:
        among = "" if first["rank"] == 1 else "所示县中"
        finding = f"{among}{first['name']}居首，与第二的区间{'不' if apart else ''}重叠"
    else:
        among = "" if first["rank"] == 1 else " of those shown"
        verb = "do not overlap" if apart else "overlap"
        finding = f"{first['name']} leads{among}; its band and the next {verb}"
    told = [
        f"{row['rank']:.0f} {row['name']} {number_text(row['score'], 1)} ({_band(row)})"
        for _, row in ranked.iterrows()
    ]
    room = Margins(left=1.5 if zh else 2.0, right=0.3, top=0.62, bottom=0.66)
    chart = Chart(
        title=finding,
        subtitle=f"{what}，得分（名字后）和名次 · {period} · n={of} 县 · 横线为 90% 名次区间"
        if zh
        else f"{what}, score and rank · {period} · n={of} counties · bars: 90 %",
        alt=_alt(what, finding, told, zh=zh),
        caption=caption,
        height=room.top + room.bottom + _ROW * n,
        margins=room,
    )
    with drawing():
        ax = chart.subplots()
        y = np.arange(n)
        ax.hlines(y, ranked["low"], ranked["high"], color=DOT, lw=4)
        ax.plot(ranked["rank"], y, "o", color=COUNTY, ms=5.5, mec="white")
        labels = [f"{row['name']}  {number_text(row['score'], 1)}" for _, row in ranked.iterrows()]
        ax.set_yticks(y, labels)
        ax.set(ylim=(n - 0.5, -0.5), xlim=(0, of + 1))
        ax.grid(visible=True, axis="x")
        ax.grid(visible=False, axis="y")
        ax.set_xlabel("名次" if zh else "rank")
    return chart


def shortfall_bars(
    parts: pd.DataFrame, scores: pd.Series, *, what: str, period: str, of: int, caption: Caption
) -> Chart:
    """Draw scores, and what keeps them from the highest one, stacked by dimension.

    Parameters
    ----------
    parts : DataFrame
        Areas by name, in drawing order; a column for each dimension by label [points
        lacking], missing where the dimension is.
    scores : Series
        Score of the areas.
    what, period : str
        The index and its period, for the reader.
    of : int
        Number of areas there are.
    caption : Caption
        Source line, mark and language.

    Raises
    ------
    NothingToShowError
        If there is no area.
    """
    if parts.empty:
        raise NothingToShowError(what, what)
    zh, n = caption.language == "zh", len(parts)
    most = parts.mean().fillna(0).idxmax()
    finding = f"平均失分最多的是{most}" if zh else f"Most is lost to {most}"
    told = [
        f"{name} {number_text(scores.to_dict()[name], 1)}: "
        + ", ".join(f"{c} −{number_text(v, 1)}" for c, v in row.dropna().items())
        for name, row in parts.iterrows()
    ]
    room = Margins(left=1.5 if zh else 2.0, right=0.3, top=0.84 if zh else 1.04, bottom=0.5)
    chart = Chart(
        title=finding,
        subtitle=f"{what}，单位：分 · {period} · 所示 {n} 县，共 {of} 县 · 各段合计为满分"
        if zh
        else f"{what}, points · {period} · {n} of {of} counties · with parts: full marks",
        alt=_alt(what, finding, told, zh=zh),
        caption=caption,
        height=room.top + room.bottom + _ROW * n,
        margins=room,
    )
    with drawing():
        ax = chart.subplots()
        y = np.arange(n)
        left = scores.loc[parts.index].to_numpy(float)
        ax.barh(y, left, color=BAND, height=0.72, label="得分" if zh else "score")
        for place, score in enumerate(left.tolist()):
            ax.text(score - 1, place, number_text(score, 1), ha="right", va="center", size=8)
        for label, colour in zip(parts.columns, CATEGORIES, strict=False):
            lost = parts[label].fillna(0).to_numpy(float)
            ax.barh(y, lost, left=left, color=colour, height=0.72, label=str(label))
            left = left + lost
        ax.set_yticks(y, [str(name) for name in parts.index])
        ax.set(ylim=(n - 0.5, -0.5), xlim=(0, max(float(left.max()), 1.0)))
        ax.grid(visible=False, axis="y")
        ax.legend(
            loc="lower left", bbox_to_anchor=(0, 1.0), ncols=6 if zh else 3, borderaxespad=0.3,
            borderpad=0, handlelength=1.2, columnspacing=1.6,
        )  # fmt: skip
    return chart


def moved(
    table: pd.DataFrame,
    *,
    name: str,
    scores: tuple[float, float],
    periods: tuple[int, int],
    caption: Caption,
    top: int = 10,
) -> Chart:
    """Draw what moved a score between two periods, one bar for each part.

    Parameters
    ----------
    table : DataFrame
        label and total [points]; the parts add up to the change.
    name : str
        The area's name.
    scores : tuple of two float
        Before and after.
    periods : tuple of two int
        Before and after.
    caption : Caption
        Source line, mark and language.
    top : int
        The largest parts; the others are added up in one bar.
    """
    zh = caption.language == "zh"
    parts = table.set_index("label")["total"].sort_values(key=np.abs, ascending=False)
    shown, rest = parts.iloc[:top], parts.iloc[top:]
    shown = shown.sort_values(ascending=False, kind="stable")
    if len(rest):
        other = f"其余 {len(rest)} 项" if zh else f"{len(rest)} others"
        shown = pd.concat([shown, pd.Series({other: rest.sum()})])
    change = signed_text(scores[1] - scores[0], 1)
    before, after = (number_text(score, 1) for score in scores)
    years = f"{periods[0]}—{periods[1]}" if zh else f"{periods[0]}–{periods[1]}"
    title = (
        f"{name}：{years} 年得分由 {before} 到 {after}，{change}"
        if zh
        else f"{name}: score {before} to {after} in {years}, {change}"
    )
    told = [f"{label} {signed_text(value, 1)}" for label, value in shown.items()]
    room = Margins(left=2.5 if zh else 3.3, right=0.5, top=0.6, bottom=0.5)
    chart = Chart(
        title=title,
        subtitle=f"单位：分，各项合计为得分的变化 · n={len(parts)} 项"
        if zh
        else f"points, adding up to the change · n={len(parts)} parts",
        alt=_alt(title, "", told, zh=zh),
        caption=caption,
        height=room.top + room.bottom + _ROW * len(shown),
        margins=room,
    )
    with drawing():
        ax = chart.subplots()
        y = np.arange(len(shown))
        values = shown.to_numpy(float)
        ax.barh(y, values, color=np.where(values >= 0, COUNTY, TARGET), height=0.7)
        for place, value in enumerate(values.tolist()):
            ax.annotate(
                signed_text(value, 1), (value, place), xytext=(3 if value >= 0 else -3, 0),
                textcoords="offset points", ha="left" if value >= 0 else "right", va="center",
                size=8,
            )  # fmt: skip
        ax.axvline(0, color=MUTED, lw=0.8)
        ax.set_yticks(y, [str(label) for label in shown.index])
        reach = max(float(np.abs(values).max()), 0.1)
        ax.set(
            ylim=(len(shown) - 0.5, -0.5),
            xlim=(min(values.min(), 0) - 0.15 * reach, max(values.max(), 0) + 0.15 * reach),
        )
        _plain_grid(ax)
    return chart


def _plain_grid(ax: Axes) -> None:
    ax.grid(visible=True, axis="x")
    ax.grid(visible=False, axis="y")


def _ranked(table: pd.DataFrame, what: str) -> pd.DataFrame:
    ranked = table.dropna(subset=["rank"]).sort_values("rank", kind="stable")
    if ranked.empty:
        raise NothingToShowError(what, what)
    columns = [name for name in ("rank", "low", "high", "score") if name in ranked]
    return ranked.astype(dict.fromkeys(columns, float))


def _alt(what: str, finding: str, told: Sequence[str], *, zh: bool) -> str:
    """Say in words what is drawn."""
    head = [part for part in (what, finding) if part]
    if zh:
        return f"{'：'.join(head)}。{'；'.join(told)}"
    return f"{': '.join(head)}. {'; '.join(told)}"


def _band(row: pd.Series) -> str:
    return "—" if np.isnan(row["low"]) else f"{row['low']:.0f}–{row['high']:.0f}"
