"""Maps: where a county lies, which counties form clusters, and how each one stands.

Drawn from the GeoJSON itself: importing geopandas would cost each report more
than the drawing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from agriqa.errors import UnknownNameError
from agriqa.figures.chart import Caption, Chart, Margins
from agriqa.figures.theme import BAND, COUNTY, MUTED, drawing
from agriqa.figures.words import Language

Ring = npt.NDArray[np.float64]

_STEP = 0.1  # degrees: finer detail would be smaller than a dot of the printed map


def locator(folder: Path, code: str, *, name: str, caption: Caption) -> Chart:
    """Draw the prefectures' outlines and one county within them.

    Parameters
    ----------
    folder : Path
        The reference folder (``data/reference``).
    code : str
        Code of the county.
    name : str
        Its name, for the alternative text.
    caption : Caption
        The note that the map approval number is not verified is added.

    Raises
    ------
    UnknownNameError
        If the boundary file has no such code.
    """
    from matplotlib.collections import PathCollection
    from matplotlib.path import Path as Outline

    counties = _polygons(folder / "boundaries" / "counties.geojson")
    if code not in counties:
        raise UnknownNameError("边界代码", "boundary code", code, counties)
    prefectures = _polygons(folder / "boundaries" / "prefectures.geojson")
    ground = [ring for rings in prefectures.values() for ring in map(thinned, rings)]
    own = [thinned(ring, step=_STEP / 4) for ring in counties[code]]
    zh = caption.language == "zh"
    note = "审图号未核实" if zh else "map approval number not verified"
    alt = f"{name}在全省的位置图，{note}" if zh else f"Where {name} lies in the province; {note}"
    room = Margins(left=0.02, right=0.02, top=0.02, bottom=0.2)
    chart = Chart(title="", alt=alt, caption=Caption(note), height=2.1, width=2.4, margins=room)
    with drawing():
        ax = chart.subplots()
        paths = [Outline(ring) for ring in ground]
        ax.add_collection(PathCollection(paths, facecolor=BAND, edgecolor="white", linewidth=0.6))
        ax.add_collection(
            PathCollection([Outline(r) for r in own], facecolor=COUNTY, edgecolor=COUNTY, lw=0.8)
        )
        every = np.vstack(ground)
        centre = np.vstack(own).mean(axis=0)
        ax.plot(*centre, "o", ms=15, mfc="none", mec=MUTED, mew=0.9)
        ax.set(xlim=_span(every[:, 0]), ylim=_span(every[:, 1]))
        ax.set_aspect(1 / math.cos(math.radians(float(every[:, 1].mean()))))
        ax.axis("off")
    return chart


# Local Moran classes: colour (Okabe and Ito, for the colour-blind) and name.
_CLASSES: dict[str, tuple[str, dict[Language, str]]] = {
    "HH": ("#D55E00", {"zh": "高值聚集", "en": "high among high"}),
    "LL": ("#0072B2", {"zh": "低值聚集", "en": "low among low"}),
    "HL": ("#E69F00", {"zh": "低中之高", "en": "high among low"}),
    "LH": ("#56B4E9", {"zh": "高中之低", "en": "low among high"}),
}
_NO_VALUE = "#FFFFFF"


def clusters(
    folder: Path, classes: Mapping[str, str | None], known: Sequence[str], *, what: str,
    period: str, caption: Caption,
) -> Chart:  # fmt: skip
    """Draw the counties of local clusters on the map.

    Parameters
    ----------
    folder : Path
        The reference folder (``data/reference``).
    classes : mapping of str to {"HH", "LL", "HL", "LH", None}
        Class of each county by its code; None where it is not significant.
    known : sequence of str
        Codes of the counties that have a value; the others are left white.
    what, period : str
        The value and its period, for the reader.
    caption : Caption
        Source line, mark and language; the note that the map approval number is
        not verified is added.

    Raises
    ------
    UnknownNameError
        If a class is unknown.
    """
    for name in classes.values():
        if name is not None and name not in _CLASSES:
            raise UnknownNameError("聚集类别", "class of clusters", name, _CLASSES)
    zh, language = caption.language == "zh", caption.language
    counts = {name: sum(own == name for own in classes.values()) for name in _CLASSES}
    comma, note = ("，", "审图号未核实") if zh else (", ", "map approval number not verified")
    said = comma.join(
        f"{words[language]} {counts[name]}" for name, (_, words) in _CLASSES.items() if counts[name]
    )
    found = said or ("没有显著的局部聚集" if zh else "no significant local cluster")
    chart = Chart(
        title=f"{what}：{found}" if zh else f"{what}: {found}",
        subtitle=f"{period} · n={len(known)} 个县 · 灰为不显著，白为缺数"
        if zh
        else f"{period} · n={len(known)} counties · grey: not significant, white: no figure",
        alt=f"{what}：{found}",
        caption=Caption(
            f"{caption.source}{'；' if zh else '; '}{note}", caption.simulated, language
        ),
        height=5.2,
        width=6.0,
        margins=Margins(left=0.1, right=0.1, top=0.6, bottom=0.3),
    )
    colours = dict.fromkeys(known, BAND)
    colours |= {code: _CLASSES[name][0] for code, name in classes.items() if name}
    legend = [
        (colour, f"{words[language]} {counts[name]}") for name, (colour, words) in _CLASSES.items()
    ]
    with drawing():
        _draw_counties(chart, folder, colours, legend)
    return chart


# From low to high; told apart by the colour-blind and in grey (ColorBrewer's YlGnBu).
_STEPS = ("#FFFFCC", "#A1DAB4", "#41B6C4", "#2C7FB8", "#253494")


def choropleth(
    folder: Path,
    classes: Mapping[str, str],
    names: Sequence[str],
    *,
    what: str,
    finding: str,
    period: str,
    of: int,
    caption: Caption,
) -> Chart:
    """Draw the counties on the map by ordered classes.

    Parameters
    ----------
    folder : Path
        The reference folder (``data/reference``).
    classes : mapping of str to str
        Class of each county by its code; a county that is not in it is left white.
    names : sequence of str
        All classes from the lowest to the highest, at most five.
    what, finding, period : str
        What is shown with its unit, what the map says of it, and the period.
    of : int
        Number of counties there are.
    caption : Caption
        Source line, mark and language; the note that the map approval number is
        not verified is added.

    Raises
    ------
    UnknownNameError
        If a class is not among the names.
    ValueError
        If there are none or more than five classes.
    """
    if not 1 <= len(names) <= len(_STEPS):
        raise ValueError(f"1 to {len(_STEPS)} classes can be told apart, got {len(names)}")
    for name in classes.values():
        if name not in names:
            raise UnknownNameError("类别", "class", name, names)
    zh, language = caption.language == "zh", caption.language
    shades = dict(zip(names, _STEPS, strict=False))
    counts = {name: sum(own == name for own in classes.values()) for name in names}
    note = "审图号未核实" if zh else "map approval number not verified"
    told = ("；" if zh else "; ").join(f"{name} {counts[name]}" for name in reversed(names))
    chart = Chart(
        title=finding,
        subtitle=f"{what} · {period} · n={len(classes)} 县，共 {of} 县 · 白为缺数"
        if zh
        else f"{what} · {period} · n={len(classes)} of {of} counties · white: no figure",
        alt=f"{what}：{finding}。{told}" if zh else f"{what}: {finding}. {told}",
        caption=Caption(
            f"{caption.source}{'；' if zh else '; '}{note}", caption.simulated, language
        ),
        height=5.2,
        width=6.0,
        margins=Margins(left=0.1, right=0.1, top=0.6, bottom=0.3),
    )
    legend = [(shades[name], f"{name} {counts[name]}") for name in reversed(names)]
    with drawing():
        _draw_counties(
            chart, folder, {code: shades[name] for code, name in classes.items()}, legend
        )
    return chart


def _draw_counties(
    chart: Chart, folder: Path, colours: Mapping[str, str], legend: Sequence[tuple[str, str]]
) -> None:
    """Fill the counties with their colours, white those that have none."""
    from matplotlib.collections import PathCollection
    from matplotlib.patches import Patch
    from matplotlib.path import Path as Outline

    ax = chart.subplots()
    ground = []
    for code, rings in _polygons(folder / "boundaries" / "counties.geojson").items():
        drawn = [thinned(ring, step=_STEP / 4) for ring in rings]
        ground += drawn
        ax.add_collection(
            PathCollection(
                [Outline(ring) for ring in drawn],
                facecolor=colours.get(code, _NO_VALUE),
                edgecolor=MUTED,
                linewidth=0.25,
            )
        )
    every = np.vstack(ground)
    ax.set(xlim=_span(every[:, 0]), ylim=_span(every[:, 1]))
    ax.set_aspect(1 / math.cos(math.radians(float(every[:, 1].mean()))))
    ax.axis("off")
    handles = [Patch(facecolor=colour, edgecolor=MUTED, label=text) for colour, text in legend]
    ax.legend(handles=handles, loc="lower left")


def thinned(ring: Ring, *, step: float = _STEP) -> Ring:
    """Drop points of a ring that fall into the same cell of a grid.

    Parameters
    ----------
    ring : ndarray, shape (n, 2)
        Longitude and latitude [degrees], closed.
    step : float
        Size of a cell [degrees].

    Returns
    -------
    ndarray, shape (m, 2)
        m <= n; closed; points stay where they were.

    Examples
    --------
    >>> ring = np.array([[0, 0], [0.001, 0], [1, 0], [1, 1], [0, 0]])
    >>> len(thinned(ring))
    4
    """
    cells = np.floor(ring / step)
    kept = np.r_[True, (cells[1:] != cells[:-1]).any(axis=1)]
    kept[-1] = True
    return ring[kept]


def _polygons(path: Path) -> dict[str, list[Ring]]:
    """Read the outer rings of every feature of a GeoJSON file, by code."""
    found: dict[str, list[Ring]] = {}
    for feature in json.loads(path.read_text("utf-8"))["features"]:
        shape = feature["geometry"]
        parts = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
        rings = [np.asarray(part[0], dtype=np.float64) for part in parts]
        found[str(feature["properties"]["code"])] = rings
    return found


def _span(values: Iterable[float]) -> tuple[float, float]:
    found = list(values)
    return min(found) - 0.1, max(found) + 0.1
