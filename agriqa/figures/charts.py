"""Charts of a county over the years: trends, rates, composition.

All take tidy measure rows (columns area, period, value, n, low, high, status)
and return a `Chart`, which is a matplotlib Figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from agriqa.figures.chart import Caption, Chart, Margins, NothingToShowError
from agriqa.figures.theme import (
    BAND,
    CATEGORIES,
    COUNTY,
    MEDIAN,
    MUTED,
    TARGET,
    drawing,
)
from agriqa.figures.words import NO_VALUE, Language, number_text, status_text, unit_text, value_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from agriqa.measures import Measure


@dataclass(frozen=True)
class Line:
    """A target or limit to draw: its value in the measure's unit and its name."""

    value: float
    label: str


def quartiles(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the quartiles over areas of each period.

    Parameters
    ----------
    rows : DataFrame
        Tidy rows of one measure, all counties: period, value.

    Returns
    -------
    DataFrame
        Indexed by period: q1, median, q3 [unit of the measure], n (areas with
        a value).

    Examples
    --------
    >>> rows = pd.DataFrame({"period": [2020] * 3, "value": [1.0, 2.0, 4.0]})
    >>> quartiles(rows).loc[2020].tolist()
    [1.5, 2.0, 3.0, 3.0]
    """
    grouped = rows.dropna(subset=["value"]).groupby("period")["value"]
    shares = {"q1": 0.25, "median": 0.5, "q3": 0.75}
    found = {name: grouped.quantile(share) for name, share in shares.items()}
    return pd.DataFrame({**found, "n": grouped.size()})


def trend(
    rows: pd.DataFrame,
    everyone: pd.DataFrame,
    measure: Measure,
    *,
    name: str,
    caption: Caption,
    line: Line | None = None,
    breaks: Sequence[int] = (),
) -> Chart:
    """Draw one area's values over the years against the middle half of all areas.

    Parameters
    ----------
    rows : DataFrame
        Tidy rows of the area and measure.
    everyone : DataFrame
        Tidy rows of all areas of the level, same measure.
    measure : Measure
        Gives label, unit and decimals.
    name : str
        The area's name.
    caption : Caption
        Source line, mark and language.
    line : Line, optional
        A target or limit.
    breaks : sequence of int
        Years from which figures are not comparable with those before.

    Raises
    ------
    NothingToShowError
        If the area has no value at all.
    """
    lang = caption.language
    own = _by_period(rows, measure)
    band = quartiles(everyone).reindex(own.index)
    span = f"{own.index[0]}—{own.index[-1]}" if lang == "zh" else f"{own.index[0]}–{own.index[-1]}"
    unit = unit_text(measure.unit, lang)
    title = f"{name}：{measure.label.zh}" if lang == "zh" else f"{name}: {measure.label.en}"
    last = own["value"].last_valid_index()
    alt = _trend_alt(own, band, measure, name, lang)
    many = int(band["n"].max()) if band["n"].notna().any() else 0
    text = (
        ("全省各县中间一半", "全省中位数", f"单位：{unit} · {span} 年 · 全省 n={many} 县")
        if lang == "zh"
        else ("middle half of counties", "median", f"{unit} · {span} · n={many} counties")
    )
    chart = Chart(title=title, subtitle=text[2], alt=alt, caption=caption, height=3.0)
    with drawing():
        ax = chart.subplots()
        ax.fill_between(band.index, band["q1"], band["q3"], color=BAND, label=text[0])
        ax.plot(band.index, band["median"], color=MEDIAN, lw=1.2, ls=(0, (5, 2)), label=text[1])
        ax.plot(own.index, own["value"], color=COUNTY, marker="o", ms=4.5, label=name)
        ax.annotate(
            number_text(own["value"][last], measure.decimals), (last, own["value"][last]),
            xytext=(7, 0), textcoords="offset points", va="center", color=COUNTY, size=10,
        )  # fmt: skip
        _draw_line(ax, line)
        _year_axis(ax, own.index)
        if measure.unit != "%":
            ax.set_ylim(bottom=0)
        _mark_absent(ax, own, lang)
        _mark_breaks(ax, breaks, own.index, lang)
        _legend_above(ax)
    return chart


def rate_interval(
    rows: pd.DataFrame,
    province: pd.DataFrame,
    measure: Measure,
    *,
    name: str,
    caption: Caption,
    line: Line | None = None,
) -> Chart:
    """Draw a rate by year with its interval, its n, and the province's rate.

    Parameters are those of `trend`; `province` holds the tidy rows of the
    province itself.
    """
    lang = caption.language
    own = _by_period(rows, measure)
    whole = province.set_index("period")["value"].reindex(own.index)
    known = own.dropna(subset=["value"])
    title = f"{name}：{measure.label.zh}" if lang == "zh" else f"{name}: {measure.label.en}"
    shown = [
        f"{year}: {value_text(float(row['value']), measure.decimals, measure.unit, lang)} "
        f"({number_text(float(row['low']), 1)}–{number_text(float(row['high']), 1)}, "
        f"n={row['n']:.0f})"
        for year, row in known.iterrows()
    ]
    words = (
        ("95% 区间", "全省", "单位：% · 竖线为 95% Wilson 区间 · n 为样品数")
        if lang == "zh"
        else ("95 % interval", "province", "% · bars are 95 % Wilson intervals · n is samples")
    )
    alt = f"{title}。{'；'.join(shown)}"
    room = Margins(bottom=0.62)
    chart = Chart(
        title=title, subtitle=words[2], alt=alt, caption=caption, height=3.0, margins=room
    )
    with drawing():
        ax = chart.subplots()
        reach = np.vstack([known["value"] - known["low"], known["high"] - known["value"]])
        label = f"{name}（{words[0]}）" if lang == "zh" else f"{name} ({words[0]})"
        ax.errorbar(
            known.index, known["value"], yerr=reach.clip(min=0), fmt="o", color=COUNTY, ms=6,
            elinewidth=2.2, capsize=4, label=label,
        )  # fmt: skip
        ax.plot(whole.index, whole, color=MEDIAN, lw=1.2, ls=(0, (5, 2)), label=words[1], zorder=1)
        _draw_line(ax, line)
        _year_axis(ax, own.index)
        ax.set_xticks(own.index, [_with_n(y, r, lang) for y, r in own.iterrows()])
        _mark_absent(ax, own, lang)
        low = min(known["low"].min(), whole.min(), line.value if line else 100.0)
        ax.set_ylim(max(0.0, low - 0.12 * (100 - low)), 100 + 0.06 * (100 - low))
        _legend_above(ax)
    return chart


def composition(
    amounts: pd.DataFrame, *, title: str, unit: str, decimals: int = 0, caption: Caption
) -> Chart:
    """Draw stacked bars: how a yearly total is made up.

    Parameters
    ----------
    amounts : DataFrame
        Index: years; columns: categories by label, in drawing order [unit].
        A year without a complete return is all missing.
    title : str
        What is shown.
    unit : str
        Unit of the amounts, for the reader.

    Raises
    ------
    NothingToShowError
        If there is no value at all.
    """
    if amounts.isna().all(axis=None):
        raise NothingToShowError(title, title)
    lang = caption.language
    kept = amounts.loc[:, amounts.fillna(0).sum() > 0]
    if kept.sum(axis=1).max() >= 1000:
        decimals = 0  # totals of neighbouring years would run into each other
    last = int(kept.dropna(how="all").index[-1])
    amounts_now = kept.loc[[last]].dropna(axis=1)
    parts = [f"{c} {number_text(float(v.iloc[0]), decimals)}" for c, v in amounts_now.items()]
    alt = f"{title}。{last}：{'，'.join(parts)} {unit}"
    span = f"{kept.index[0]}—{kept.index[-1]}"
    subtitle = f"单位：{unit} · {span} 年" if lang == "zh" else f"{unit} · {span}"
    room = Margins(top=0.58, right=1.7 if lang == "zh" else 1.9)
    chart = Chart(
        title=title, subtitle=subtitle, alt=alt, caption=caption, height=3.0, margins=room
    )
    with drawing():
        ax = chart.subplots()
        base = np.zeros(len(kept))
        for label, colour in zip(kept.columns, CATEGORIES, strict=False):
            heights = kept[label].fillna(0).to_numpy()
            ax.bar(
                kept.index, heights, bottom=base, color=colour, width=0.72, label=str(label),
                edgecolor="white", linewidth=0.6,
            )  # fmt: skip
            base = base + heights
        for year, total in zip(kept.index, base, strict=True):
            if total > 0:
                text = number_text(float(total), decimals)
                ax.text(year, total, text, ha="center", va="bottom", size=7.5, color=MUTED)
        _year_axis(ax, kept.index)
        absent = kept.isna().all(axis=1).map({True: "missing", False: "reported"})
        _mark_absent(ax, pd.DataFrame({"status": absent}), lang)
        handles, labels = ax.get_legend_handles_labels()
        ax.legend(handles[::-1], labels[::-1], loc="center left", bbox_to_anchor=(1.0, 0.5))
    return chart


def _legend_above(ax: Axes) -> None:
    ax.legend(
        loc="lower left", bbox_to_anchor=(0, 1.0), ncols=4, borderaxespad=0.3, borderpad=0,
        handlelength=1.8, columnspacing=4.0,
    )  # fmt: skip


def _by_period(rows: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """Index one area's rows by every year of their span; absent years are missing."""
    if rows["value"].isna().all():
        raise NothingToShowError(measure.label.zh, measure.label.en)
    own = rows.set_index("period").sort_index()
    years = range(int(own.index[0]), int(own.index[-1]) + 1)
    own = own.reindex(pd.Index(years, name="period"))
    return own.assign(status=own["status"].fillna("missing"))


def _trend_alt(
    own: pd.DataFrame, band: pd.DataFrame, measure: Measure, name: str, lang: Language
) -> str:
    known = own["value"].dropna()
    first, last = known.index[0], known.index[-1]
    ends = [value_text(known[y], measure.decimals, measure.unit, lang) for y in (first, last)]
    middle = band["median"].get(last, float("nan"))
    shown = "—" if np.isnan(middle) else number_text(middle, measure.decimals)
    if lang == "zh":
        return (
            f"{name}{measure.label.zh}折线图：{first} 年 {ends[0]}，{last} 年 {ends[1]}；"
            f"{last} 年全省各县中位数 {shown}"
        )
    return (
        f"{name}, {measure.label.en}: {ends[0]} in {first}, {ends[1]} in {last}; "
        f"median of counties in {last}: {shown}"
    )


def _with_n(year: object, row: pd.Series, lang: Language) -> str:
    if row["status"] in NO_VALUE or pd.isna(row["n"]):
        return f"{year}\n—"
    return f"{year}\nn={row['n']:.0f}"


def _year_axis(ax: Axes, years: pd.Index) -> None:
    ax.set_xticks(list(years))
    ax.set_xlim(years[0] - 0.6, years[-1] + 0.8)


def _draw_line(ax: Axes, line: Line | None) -> None:
    if line is not None:
        ax.axhline(line.value, color=TARGET, lw=1.2, ls=(0, (2, 2)), label=line.label)


def _mark_absent(ax: Axes, own: pd.DataFrame, lang: Language) -> None:
    """Write 缺数 or 不公开 at the foot of the years without a value."""
    for year, status in zip(own.index, own["status"], strict=True):
        if status in NO_VALUE:
            ax.text(
                int(year), 0.03, status_text(status, lang), transform=ax.get_xaxis_transform(),
                ha="center", va="bottom", rotation=90, size=7.5, color=TARGET,
            )  # fmt: skip


def _mark_breaks(ax: Axes, breaks: Sequence[int], years: pd.Index, lang: Language) -> None:
    for year in sorted({y for y in breaks if years[0] < y <= years[-1]}):
        ax.axvline(year - 0.5, color=MUTED, lw=1, ls=":")
        ax.text(
            year - 0.45, 0.98, "区划调整" if lang == "zh" else "boundary change",
            transform=ax.get_xaxis_transform(), va="top", size=7.5, color=MUTED,
        )  # fmt: skip
