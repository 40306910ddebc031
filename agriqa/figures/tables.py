"""HTML tables of the reports, made with the pandas Styler; every cell is escaped."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

import pandas as pd
from pandas.io.formats.style import Styler

from agriqa.figures.words import NO_VALUE, Language, number_text, status_text, unit_text

if TYPE_CHECKING:
    from agriqa.measures import Measure

_KEY_HEADERS: dict[Language, list[str]] = {
    "zh": [
        "指标", "单位", "本县", "95% 区间", "n", "年份", "参照", "全省各县中间一半", "性质",
    ],
    "en": [
        "Measure", "Unit", "County", "95 % interval", "n", "Year", "Reference",
        "Middle half of counties", "Status",
    ],
}  # fmt: skip
_WIDE = 5  # a table of more columns scrolls on a phone
_SHORT = 8  # a table of so many rows stays on one page


def html_table(
    frame: pd.DataFrame,
    *,
    caption: str,
    numeric: Collection[str] = (),
    classes: pd.DataFrame | None = None,
    notes: Sequence[str] = (),
    compact: bool = False,
) -> str:
    """Return a frame of texts as an HTML table with a caption and footnotes.

    Parameters
    ----------
    frame : DataFrame
        Texts as they shall be read; the index is not shown.
    caption : str
        What the table shows, with period and unit where they hold for all.
    numeric : collection of str
        Columns set flush right.
    classes : DataFrame, optional
        CSS classes of single cells, same shape as `frame`.
    notes : sequence of str
        Footnotes.
    compact : bool
        Whether rows are low and columns after the first equally wide, as suits
        several tables of the same columns.

    Examples
    --------
    >>> "&lt;b&gt;" in html_table(pd.DataFrame({"a": ["<b>"]}), caption="x")
    True
    """
    plain = frame.reset_index(drop=True)
    css = pd.DataFrame("", index=plain.index, columns=plain.columns)
    if classes is not None:
        css = css.add(classes.set_axis(plain.index))
    for column in numeric:
        css[column] = css[column] + " num"
    shown = plain.rename(columns={c: escape(str(c)) for c in plain.columns})
    styler = (
        Styler(shown, cell_ids=False)
        .hide(axis="index")
        .format(escape="html")
        .set_caption(escape(caption))
    )
    styler = styler.set_td_classes(css.set_axis(shown.columns, axis=1))
    html = styler.to_html(bold_headers=False, table_uuid="t", doctype_html=False)
    html = html[html.index("<table") :].replace('<table id="T_t">', "<table>")
    # Only our own classes: a long report has thousands of cells.
    html = re.sub(r' class="data row\d+ col\d+ *([^"]*)"', _own_classes, html)
    for position, column in enumerate(plain.columns):
        kind = ' class="num"' if column in numeric else ""
        html = html.replace(
            f'<th class="col_heading level0 col{position}" >', f'<th scope="col"{kind}>'
        )
    foot = "".join(f'<p class="foot">{escape(note)}</p>' for note in notes if note)
    kind = "scroll wide" if len(plain.columns) > _WIDE else "scroll"
    kind += " short" if len(plain) <= _SHORT else ""
    kind += " compact" if compact else ""
    return f'<div class="{kind}" tabindex="0">{html}</div>{foot}'


def _own_classes(found: re.Match[str]) -> str:
    return f' class="{found[1].strip()}"' if found[1].strip() else ""


def key_figures(
    rows: pd.DataFrame,
    bands: pd.DataFrame,
    measures: Sequence[Measure],
    *,
    caption: str,
    references: Mapping[str, float] | None = None,
    tones: Mapping[str, str] | None = None,
    language: Language = "zh",
) -> str:
    """Return one area's figures of one period beside those of all areas.

    Parameters
    ----------
    rows : DataFrame
        The area's tidy rows of the period, at most one a measure.
    bands : DataFrame
        Indexed by measure: q1, median, q3 [unit of the measure], n areas.
    measures : sequence of Measure
        What to list, in this order; one without a row is 缺数.
    caption : str
        What the table shows.
    references : mapping, optional
        What a measure is held against instead of the median, by measure: the
        whole jurisdiction's own rate, or a limit [unit of the measure].
    tones : mapping, optional
        ``good``, ``poor``, ``near`` or ``none`` by measure: colour of the value.
    """
    own = {str(row["measure"]): row for _, row in rows.iterrows()}
    known = {str(measure): band for measure, band in bands.iterrows()}
    headers = _KEY_HEADERS[language]
    against, colours = references or {}, tones or {}
    cells = [
        _key_cells(m, own.get(m.id), known.get(m.id), against.get(m.id), language) for m in measures
    ]
    absent = [not (m.id in own and own[m.id]["status"] not in NO_VALUE) for m in measures]
    classes = pd.DataFrame("", index=range(len(measures)), columns=headers)
    classes[headers[2]] = [
        "absent" if missing else f"own is-{colours.get(m.id, 'none')}"
        for m, missing in zip(measures, absent, strict=True)
    ]
    note = {
        "zh": "缺数：未报、报了但有误未采用，或缺比较年份，不等于 0；不公开：有数不便公开；"
        "0 是上报的零。n 为合格率等比率的样品数或测定数，区间为 95% Wilson 区间。参照：这类比率为"
        "全省合计，与前三年均值之比为零增长线，其余为各县中位数。灰色的数不作判断。",
        "en": "no figure: not filed, filed with an error and not used, or years to compare with "
        "are lacking; it is not 0. withheld: known, not public. 0 was reported as zero. n counts "
        "samples or measurements of pass rates and the like, with 95 % Wilson intervals; their "
        "reference is the rate of the whole; of zero growth it is 100, of others the median of "
        "counties. Grey figures are not judged.",
    }[language]
    return html_table(
        pd.DataFrame(cells, columns=headers),
        caption=caption,
        numeric=[headers[i] for i in (2, 3, 4, 6, 7)],
        classes=classes,
        notes=[note],
    )


def _key_cells(
    measure: Measure,
    row: pd.Series | None,
    band: pd.Series | None,
    reference: float | None,
    language: Language,
) -> list[str]:
    status = "missing" if row is None else str(row["status"])
    absent = row is None or status in NO_VALUE
    word = status_text(status, language)
    middle, span = "—", "—"
    if reference is not None:
        middle = number_text(reference, measure.decimals)
    elif band is not None:
        middle = number_text(float(band["median"]), measure.decimals)
        span = _range(band, measure.decimals)
    return [
        measure.label[language],
        unit_text(measure.unit, language) or "—",
        word if absent or row is None else number_text(float(row["value"]), measure.decimals),
        interval_text(row, 1),
        "—" if absent or row is None or measure.kind != "proportion" else f"{row['n']:,.0f}",
        "—" if row is None else f"{row['period']:.0f}",
        middle,
        span,
        word,
    ]


def card(
    measure: Measure,
    row: pd.Series | None,
    *,
    verdict: str,
    tone: str,
    notes: Sequence[str],
    language: Language = "zh",
) -> str:
    """Return one key figure as a card: label, value with unit, verdict, notes.

    `tone` is ``good``, ``poor`` or ``near``, and ``none`` where nothing is judged.
    """
    status = "missing" if row is None else str(row["status"])
    absent = row is None or status in NO_VALUE
    kind = " is-none" if absent else f" is-{tone}"
    if absent or row is None:
        shown = escape(status_text(status, language))
    else:
        unit = escape(unit_text(measure.unit, language))
        shown = f"{number_text(row['value'], measure.decimals)}<small>{unit}</small>"
    small = "<br>".join(escape(note) for note in notes)
    return (
        f'<li class="card{kind}"><span class="label">{escape(measure.label[language])}</span>'
        f'<span class="value">{shown}</span><span class="verdict">{escape(verdict)}</span>'
        f'<span class="note">{small}</span></li>'
    )


def interval_text(row: pd.Series | None, decimals: int) -> str:
    """Write an interval, or a dash where there is none.

    Examples
    --------
    >>> interval_text(pd.Series({"low": 91.23, "high": 98.0}), 1)
    '91.2–98.0'
    """
    if row is None or pd.isna(row["low"]) or pd.isna(row["high"]):
        return "—"
    return f"{number_text(row['low'], decimals)}–{number_text(row['high'], decimals)}"


def _range(band: pd.Series, decimals: int) -> str:
    return f"{number_text(band['q1'], decimals)}–{number_text(band['q3'], decimals)}"
