"""The index page's map: county outlines as SVG, and each measure cut into classes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

WIDTH = 1000.0
CLASSES = 5
_TOLERANCE = 0.01  # degrees


@dataclass(frozen=True)
class Outlines:
    """SVG paths of the counties in a box of `width` by `height`."""

    width: float
    height: float
    paths: Mapping[str, str]
    prefectures: tuple[str, ...]


def outlines(folder: Path, codes: Iterable[str]) -> Outlines:
    """Draw the counties `codes` and all prefectures as SVG paths.

    Shared borders are simplified together, so that no gap opens between
    neighbours. The projection is equirectangular at the middle latitude.

    Parameters
    ----------
    folder : Path
        The reference folder with ``boundaries/``.
    codes : iterable of str
        Counties to draw.
    """
    from agriqa.areas import load_boundaries

    counties = load_boundaries(folder, "county")
    prefectures = load_boundaries(folder, "prefecture")
    west, south, east, north = counties.total_bounds
    stretch = math.cos(math.radians((south + north) / 2))
    scale = WIDTH / ((east - west) * stretch)

    def place(x: float, y: float) -> tuple[int, int]:
        return round((x - west) * stretch * scale), round((north - y) * scale)

    wanted = set(codes)
    counties["geometry"] = counties.geometry.simplify_coverage(_TOLERANCE)
    prefectures["geometry"] = prefectures.geometry.simplify_coverage(_TOLERANCE)
    shapes = zip(counties["code"], counties.geometry, strict=True)
    return Outlines(
        width=WIDTH,
        height=math.ceil((north - south) * scale),
        paths={code: _path(shape, place) for code, shape in shapes if code in wanted},
        prefectures=tuple(_path(shape, place) for shape in prefectures.geometry),
    )


def _path(shape: Any, place: Any) -> str:
    polygons = getattr(shape, "geoms", [shape])
    rings = [ring for p in polygons for ring in (p.exterior, *p.interiors)]
    return "".join(_ring([place(x, y) for x, y in ring.coords]) for ring in rings)


def _ring(points: list[tuple[int, int]]) -> str:
    """Write one closed ring with relative steps; repeated points are dropped.

    Examples
    --------
    >>> _ring([(0, 0), (10, 0), (10, 0), (10, 5), (0, 0)])
    'M0,0l10,0 0,5z'
    """
    last = points[0]
    steps = []
    for point in points[1:-1]:
        step = (point[0] - last[0], point[1] - last[1])
        if step != (0, 0):
            steps.append(f"{step[0]},{step[1]}")
            last = point
    return f"M{points[0][0]},{points[0][1]}l{' '.join(steps)}z" if steps else ""


def class_limits(values: pd.Series, *, decimals: int) -> list[float]:
    """Return the upper limits of up to five classes of about equal size.

    The limits are rounded as the values are shown, so that the legend and the
    colours agree; equal limits fall together.

    Examples
    --------
    >>> import pandas as pd
    >>> class_limits(pd.Series([0, 0, 0, 0, 0, 0, 1, 2, 3, 9]), decimals=0)
    [0.0, 2.0, 9.0]
    """
    rounded = values.dropna().round(decimals)
    if rounded.empty:
        return []
    shares = [(number + 1) / CLASSES for number in range(CLASSES)]
    limits = rounded.quantile(shares, interpolation="lower")
    return sorted({float(limit) for limit in limits})


def class_of(value: float, limits: list[float], *, decimals: int) -> int:
    """Return the class of a value, from 0.

    Examples
    --------
    >>> [class_of(v, [0.0, 1.0, 9.0], decimals=0) for v in (0, 1, 2, 9)]
    [0, 1, 2, 2]
    """
    return next(i for i, limit in enumerate(limits) if round(value, decimals) <= limit)
