"""The small map that says where a county lies.

Drawn from the GeoJSON itself: importing geopandas would cost each report more
than the drawing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from agriqa.errors import UnknownNameError
from agriqa.figures.chart import Caption, Chart, Margins
from agriqa.figures.theme import BAND, COUNTY, MUTED, drawing

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
