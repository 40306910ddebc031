"""County and prefecture polygons, their areas and who borders on whom."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from agriqa.errors import AgriqaError, UnknownNameError

if TYPE_CHECKING:
    import geopandas

_FILES = {"county": "counties.geojson", "prefecture": "prefectures.geojson"}


def load_boundaries(folder: Path, level: str = "county") -> geopandas.GeoDataFrame:
    """Read the boundary polygons of one level.

    Parameters
    ----------
    folder : Path
        The reference folder (``data/reference``).
    level : {"county", "prefecture"}
        Which polygons.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns code, name, geometry; sorted by code; longitude and latitude
        [degrees], EPSG:4490.

    Raises
    ------
    UnknownNameError
        If `level` is neither of the two.
    AgriqaError
        If the file is missing.
    """
    import geopandas

    if level not in _FILES:
        raise UnknownNameError("行政级别", "level", level, _FILES)
    path = Path(folder) / "boundaries" / _FILES[level]
    if not path.is_file():
        raise AgriqaError(f"缺少边界文件：{path} / Boundary file not found: {path}")
    frame = geopandas.read_file(path)[["code", "name", "geometry"]]
    return frame.sort_values("code", ignore_index=True)


def area_km2(gdf: geopandas.GeoDataFrame) -> pd.Series:
    """Return the area of each polygon [km2], indexed by code.

    The projection is Lambert's azimuthal equal-area one, centred on the extent
    of `gdf`, so it serves any jurisdiction.
    """
    west, south, east, north = gdf.to_crs(4490).total_bounds
    equal_area = (
        f"+proj=laea +lat_0={(south + north) / 2} +lon_0={(west + east) / 2} +ellps=GRS80 +units=m"
    )
    areas = gdf.to_crs(equal_area).area / 1e6
    return pd.Series(areas.to_numpy(), index=pd.Index(gdf["code"], name="code"), name="area_km2")


def neighbour_table(gdf: geopandas.GeoDataFrame) -> pd.DataFrame:
    """Return the pairs of polygons that touch in a line or a point (queen contiguity).

    Returns
    -------
    DataFrame
        Columns code, neighbour_code; each pair stands in both directions;
        sorted.

    Examples
    --------
    >>> import geopandas
    >>> from shapely.geometry import box
    >>> squares = geopandas.GeoDataFrame(
    ...     {"code": ["a", "b", "c"]},
    ...     geometry=[box(0, 0, 1, 1), box(1, 1, 2, 2), box(3, 0, 4, 1)],
    ... )
    >>> neighbour_table(squares).to_numpy().tolist()
    [['a', 'b'], ['b', 'a']]
    """
    left, right = gdf.sindex.query(gdf.geometry, predicate="intersects")
    codes = gdf["code"].astype("str").to_numpy()
    pairs = pd.DataFrame({"code": codes[left], "neighbour_code": codes[right]})
    pairs = pairs[pairs["code"] != pairs["neighbour_code"]].drop_duplicates()
    return pairs.sort_values(["code", "neighbour_code"], ignore_index=True)


def load_neighbours(folder: Path) -> dict[str, tuple[str, ...]]:
    """Read who borders on whom (``neighbours.csv``, made by `neighbour_table`).

    Returns
    -------
    dict of str to tuple of str
        The neighbours' codes by the county's code.

    Raises
    ------
    AgriqaError
        If the file is missing.

    Examples
    --------
    >>> load_neighbours(Path("data/reference"))["510104"][:2]
    ('510105', '510106')
    """
    path = Path(folder) / "neighbours.csv"
    if not path.is_file():
        raise AgriqaError(f"缺少相邻县文件：{path} / File of neighbours not found: {path}")
    pairs = pd.read_csv(path, dtype="str")
    found = pairs.groupby("code")["neighbour_code"].agg(tuple)
    return {str(code): codes for code, codes in found.items()}
