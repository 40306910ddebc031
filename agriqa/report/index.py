"""The edition's index page: what it is, the province, the map and the table of counties."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agriqa.figures.words import NO_VALUE, signed_text
from agriqa.report.choropleth import class_limits, class_of, outlines
from agriqa.report.content import Content, MeasureNote
from agriqa.report.page import FONT_PLACEHOLDER, embed_font
from agriqa.report.reconcile import reconcile

if TYPE_CHECKING:
    import jinja2
    import pandas as pd

TEMPLATES = Path(__file__).parent / "templates" / "index"

# Measures of the table, and of the cards for the whole jurisdiction.
TABLE = (
    "bases_n", "pesticide_intensity_kg_ha", "pesticide_to_3y_mean_pct",
    "fertiliser_intensity_kg_ha", "green_control_pct", "manure_use_pct", "pass_rate_pct",
    "brands_n",
)  # fmt: skip
CARDS = (
    "pass_rate_pct", "pesticide_use_t", "pesticide_intensity_kg_ha", "fertiliser_use_t",
    "green_control_pct", "samples_n", "bases_n", "brands_n",
)  # fmt: skip
MAP_FIRST = "pesticide_intensity_kg_ha"
FEW = 30  # samples; a rate of fewer is shown in grey


@dataclass(frozen=True)
class Cell:
    """One figure as a reader sees it; `order` sorts it [unit of the measure].

    `few` marks a rate of too few samples to compare.
    """

    text: str
    order: float | None
    n: str
    interval: str
    status: str
    few: bool = False


def render_index(content: Content, *, edition: str, errors: Mapping[str, str]) -> str:
    """Return ``index.html``: one file that needs nothing from outside.

    Parameters
    ----------
    content : Content
        The edition's figures.
    edition : str
        Id of the edition.
    errors : mapping
        County code to error, for the reports that failed.
    """
    cells = _cells(content, "county")
    page = (
        _environment(content)
        .get_template("index.html.j2")
        .render(
            content=content,
            edition=edition,
            errors=errors,
            names=content.names(),
            cards=_cards(content),
            reconciled=reconcile(content),
            columns=[m for m in content.measures if m.id in TABLE],
            cells=cells,
            counties=content.counties.to_dict("records"),
            outlines=outlines(content.boundaries, content.counties["code"]),
            map_data=_map_data(content, cells),
            absent_words=_json({s: content.status_word(s) for s in NO_VALUE}),
            datatables=_datatables(),
            few=FEW,
            style=_style(),
            script=(TEMPLATES / "index.js").read_text("utf-8"),
        )
    )
    return embed_font(page)


def render_failure(content: Content, code: str, *, edition: str) -> str:
    """Return the page that stands in the place of a report that failed.

    It shows no figures: not those of an earlier edition either.
    """
    page = (
        _environment(content)
        .get_template("failed.html.j2")
        .render(
            content=content,
            edition=edition,
            name=content.names()[code],
            code=code,
            style=_style(),
        )
    )
    return embed_font(page)


def _environment(content: Content) -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["t"] = content.text
    environment.globals["signed"] = signed_text
    return environment


@cache
def _datatables() -> dict[str, str]:
    """Return script and style of DataTables, which the package itables carries.

    The script is a JSON text, in which no ``</script>`` can end the page's element.
    """
    import itables

    folder = Path(itables.__file__).parent / "html"
    return {
        "script": _json((folder / "dt_bundle.js").read_text("utf-8")),
        "style": (folder / "dt_bundle.css").read_text("utf-8"),
    }


def _style() -> str:
    return FONT_PLACEHOLDER + (TEMPLATES / "index.css").read_text("utf-8")


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def number(value: float, *, decimals: int) -> str:
    """Write a figure with thousands separators.

    Examples
    --------
    >>> number(40974.26, decimals=0), number(99.0, decimals=1)
    ('40,974', '99.0')
    """
    return f"{value:,.{decimals}f}"


def cell(row: Any, note: MeasureNote, content: Content) -> Cell:
    """Make a table cell of one row of the tidy table (None: there is no row).

    Zero, missing and withheld stay three different things.
    """
    if row is None or math.isnan(row.value):
        word = content.status_word(row.status if row is not None else "missing")
        n = "" if row is None or math.isnan(row.n) else number(row.n, decimals=0)
        status = row.status if row is not None else "missing"
        return Cell(text=word, order=None, n=n, interval="", status=status)
    interval = ""
    if not math.isnan(row.low):
        low, high = (number(limit, decimals=note.decimals) for limit in (row.low, row.high))
        interval = f"{low}–{high}"
    return Cell(
        text=number(row.value, decimals=note.decimals),
        order=float(row.value),
        n="" if math.isnan(row.n) else number(row.n, decimals=0),
        interval=interval,
        status=row.status,
        few=note.kind == "proportion" and row.n < FEW,
    )


def _cells(content: Content, level: str) -> dict[tuple[str, str], Cell]:
    """Return the cells of one level by area and measure."""
    rows = {(row.area, row.measure): row for row in content.at(level).itertuples(index=False)}
    areas = [content.area_code] if level == "province" else list(content.counties["code"])
    return {
        (area, note.id): cell(rows.get((area, note.id)), note, content)
        for area in areas
        for note in content.measures
        if note.core
    }


def _cards(content: Content) -> list[dict[str, Any]]:
    cells = _cells(content, "province")
    notes = {note.id: note for note in content.measures if note.core}
    rows = content.at("province").set_index("measure")
    before = content.rows[
        (content.rows["level"] == "province") & (content.rows["period"] == content.period - 1)
    ].set_index("measure")["value"]
    return [
        {
            "note": notes[name],
            "cell": cells[content.area_code, name],
            "basis": _basis(cells[content.area_code, name], notes[name], content),
            "coverage": _coverage(rows, name),
            "change": _change(rows, before, notes[name]),
        }
        for name in CARDS
        if name in notes
    ]


def _basis(figure: Cell, note: MeasureNote, content: Content) -> str:
    """Say in words what the figure rests on; a count of rows is its own basis."""
    if not figure.n or figure.n == figure.text:
        return ""
    one = figure.n == "1"
    if note.kind == "proportion":
        return content.text(f"n = {figure.n} 个样品", f"n = {figure.n} sample{'' if one else 's'}")
    return content.text(
        f"由 {figure.n} 行报表汇总", f"from {figure.n} row{'' if one else 's'} of the returns"
    )


def _coverage(rows: pd.DataFrame, name: str) -> float | None:
    share = rows["coverage"].get(name)
    return None if share is None or math.isnan(share) or share >= 1 else 100 * float(share)


def _change(rows: pd.DataFrame, before: pd.Series, note: MeasureNote) -> str:
    now, then = rows["value"].get(note.id, math.nan), before.get(note.id, math.nan)
    if math.isnan(now) or math.isnan(then):
        return ""
    if note.unit == "%":
        return signed_text(now - then, note.decimals)
    return f"{signed_text(100 * (now - then) / then, 1)} %" if then else ""


def _map_data(content: Content, cells: Mapping[tuple[str, str], Cell]) -> str:
    """Return what the map's script needs: legend and one entry per county for each measure."""
    codes = list(content.counties["code"])
    layers = []
    for note in (m for m in content.measures if m.core):
        found = [cells[code, note.id] for code in codes]
        limits = class_limits(_series(found), decimals=note.decimals)
        legend = _legend(limits, note)
        classes = [
            c.status if c.order is None else class_of(c.order, limits, decimals=note.decimals)
            for c in found
        ]
        layers.append(
            {
                "id": note.id,
                "label": note.label,
                "heading": note.label + content.brackets(note.unit),
                "formula": note.formula,
                "source": note.source,
                "legend": legend,
                "classes": classes,
                "texts": [_hover(c, note, content) for c in found],
            }
        )
    return _json({"codes": codes, "first": MAP_FIRST, "layers": layers})


def _series(cells: list[Cell]) -> pd.Series:
    import pandas as pd

    return pd.Series([c.order for c in cells], dtype="float64")


def _legend(limits: list[float], note: MeasureNote) -> list[str]:
    written = [number(limit, decimals=note.decimals) for limit in limits]
    first = [f"≤ {written[0]}"] if written else []
    return first + [f"> {a} – {b}" for a, b in pairwise(written)]


def _hover(figure: Cell, note: MeasureNote, content: Content) -> str:
    if figure.order is None:
        return figure.text
    parts = [f"{figure.text} {note.unit}".strip()]
    if figure.interval:
        parts.append(f"95% {content.text('区间', 'interval')} {figure.interval}")
    if figure.n:
        parts.append(f"n={figure.n}")
    if figure.few:
        parts.append(content.text("样本少，不宜比较", "too few samples to compare"))
    parts.append(content.status_word(figure.status))
    return content.text("，", ", ").join(parts)
