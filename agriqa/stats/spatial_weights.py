"""Spatial weights from a table of neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Flags, Floats, require_choice

if TYPE_CHECKING:
    import pandas as pd
    from scipy.sparse import csr_array

Style = Literal["row", "binary", "global", "variance"]


@dataclass(frozen=True)
class SpatialWeights:
    """Weights of the links between areas.

    Attributes
    ----------
    areas : ndarray, shape (n,)
        Labels of the areas, in the order of the values they go with.
    links : csr_array, shape (n, n)
        Weights as given, before the style; row i holds the neighbours of area i.
    matrix : csr_array, shape (n, n)
        Weights in the style.
    style : {"row", "binary", "global", "variance"}
        "row": each row sums to 1 (W in spdep); "binary": as given (B); "global": all sum to
        the number of areas that have neighbours (C); "variance": variance-stabilising (S).
    """

    areas: npt.NDArray[np.object_]
    links: csr_array
    matrix: csr_array
    style: Style

    @property
    def n(self) -> int:
        """Number of areas."""
        return int(self.links.shape[0])

    @property
    def neighbours(self) -> npt.NDArray[np.intp]:
        """Number of neighbours of each area."""
        return np.diff(self.links.indptr).astype(np.intp)

    @property
    def islands(self) -> npt.NDArray[np.object_]:
        """Labels of the areas without neighbours."""
        return self.areas[self.neighbours == 0]

    @property
    def is_symmetric(self) -> bool:
        """Whether both directions of each link have the same weight, before the style."""
        difference = abs(self.links - self.links.T)
        return bool(difference.nnz == 0 or difference.max() < 1e-12)

    def constants(self) -> tuple[float, float, float]:
        """S0, S1 and S2 of Cliff and Ord: sums over all links, pairs and areas.

        Returns
        -------
        s0, s1, s2 : float
            sum w, sum (w_ij + w_ji)^2 / 2 and sum (w_i. + w_.i)^2.
        """
        w = self.matrix
        both = w + w.T
        margins = np.asarray(w.sum(axis=1)).ravel() + np.asarray(w.sum(axis=0)).ravel()
        return float(w.sum()), float((both.data**2).sum() / 2), float((margins**2).sum())

    def subset(self, keep: npt.ArrayLike) -> SpatialWeights:
        """Weights among some of the areas, in the same style.

        Parameters
        ----------
        keep : array_like of bool, shape (n,)
            Areas that stay; links to the others are dropped, and some may become islands.

        Returns
        -------
        SpatialWeights

        Raises
        ------
        ValueError
            If `keep` is of another length.
        """
        kept = np.asarray(keep, dtype=bool)
        if kept.shape != (self.n,):
            raise ValueError(f"keep must have one entry for each of the {self.n} areas")
        links = self.links[kept][:, kept]
        return SpatialWeights(self.areas[kept], links, _styled(links, self.style), self.style)

    def with_self(self, weight: float = 1.0) -> SpatialWeights:
        """Weights in which each area is a neighbour of itself, as Getis and Ord's G* needs.

        Parameters
        ----------
        weight : float
            Weight of the link to itself, before the style, above 0.

        Returns
        -------
        SpatialWeights

        Raises
        ------
        ValueError
            If the weight is not above 0.
        """
        from scipy.sparse import diags_array

        if not weight > 0:
            raise ValueError(f"weight must be above 0, got {weight}")
        links = (self.links + diags_array(np.full(self.n, weight))).tocsr()
        return SpatialWeights(self.areas, links, _styled(links, self.style), self.style)


def spatial_weights(
    pairs: pd.DataFrame,
    areas: Sequence[object] | npt.NDArray[np.object_],
    *,
    area: str = "area",
    neighbour: str = "neighbour",
    weight: str | None = None,
    listed: Literal["both", "once"] = "both",
    style: Style = "row",
) -> SpatialWeights:
    """Build spatial weights from pairs of neighbours.

    Parameters
    ----------
    pairs : DataFrame
        One row per link.
    areas : sequence, shape (n,)
        Labels of all areas, each once, in the order of the values they will go with. Areas
        that no pair names are islands.
    area, neighbour : str
        Columns with the labels of an area and of its neighbour.
    weight : str, optional
        Column of weights, above 0 (border length, 1/distance ...); by default 1.
    listed : {"both", "once"}
        "both": the pairs are all there is, and a link may go one way only, as among nearest
        neighbours. "once": each pair stands for both directions.
    style : {"row", "binary", "global", "variance"}
        See `SpatialWeights`.

    Returns
    -------
    SpatialWeights

    Raises
    ------
    ValueError
        If a column is lacking, areas are repeated, a pair is repeated, names an area that is
        not among `areas` or joins an area to itself, a weight is not above 0, or an option is
        unknown.

    References
    ----------
    Tiefelsdorf, Griffith and Boots (1999), Environment and Planning A 31 (variance style);
    Bivand and Wong (2018), TEST 27.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"area": ["a", "b"], "neighbour": ["b", "c"]})
    >>> spatial_weights(table, ["a", "b", "c"], listed="once").matrix.toarray().tolist()
    [[0.0, 1.0, 0.0], [0.5, 0.0, 0.5], [0.0, 1.0, 0.0]]
    """
    import pandas as pd
    from scipy.sparse import coo_array

    require_choice("style", style, get_args(Style))
    require_choice("listed", listed, ("both", "once"))
    lacking = [name for name in (area, neighbour, weight) if name and name not in pairs.columns]
    if lacking:
        raise ValueError(f"the pairs lack the columns {lacking}")
    index = pd.Index(areas)
    if not index.is_unique:
        raise ValueError(f"areas are repeated: {index[index.duplicated()].unique().tolist()[:5]}")
    rows = index.get_indexer(pd.Index(pairs[area]))
    columns = index.get_indexer(pd.Index(pairs[neighbour]))
    unknown = pd.concat([pairs[area][rows < 0], pairs[neighbour][columns < 0]])
    if len(unknown):
        raise ValueError(f"pairs name unknown areas: {unknown.unique().tolist()[:5]}")
    if np.any(rows == columns):
        raise ValueError("a pair joins an area to itself; see SpatialWeights.with_self")
    w = np.ones(len(rows)) if weight is None else pairs[weight].to_numpy(dtype=np.float64)
    if not np.all((w > 0) & np.isfinite(w)):
        raise ValueError("weights must be finite and above 0")
    if listed == "once":
        rows, columns, w = np.r_[rows, columns], np.r_[columns, rows], np.r_[w, w]
    if len(np.unique(rows * len(index) + columns)) < len(rows):
        raise ValueError("a pair is repeated")
    links = coo_array((w, (rows, columns)), shape=(len(index),) * 2).tocsr()
    return SpatialWeights(index.to_numpy(dtype=object), links, _styled(links, style), style)


def spatial_lag(values: npt.ArrayLike, weights: SpatialWeights) -> Floats:
    """Weighted sum of the values of each area's neighbours; their mean in the row style.

    Parameters
    ----------
    values : array_like, shape (n,) or (n, k)
        Values of the areas, or several columns of them; a missing one makes the lags of
        its neighbours missing.
    weights : SpatialWeights

    Returns
    -------
    ndarray of float, of the shape of `values`
        0 for islands.

    Raises
    ------
    ValueError
        If there is not one value per area.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"area": ["a", "b"], "neighbour": ["b", "c"]})
    >>> spatial_lag([1, 2, 5], spatial_weights(table, ["a", "b", "c"], listed="once")).tolist()
    [2.0, 3.0, 2.0]
    """
    x = np.asarray(values, dtype=np.float64)
    if x.ndim == 0 or x.shape[0] != weights.n:
        raise ValueError(f"there must be one value for each of the {weights.n} areas")
    return np.asarray(weights.matrix @ x)


def areas_with_values(
    values: npt.ArrayLike, weights: SpatialWeights
) -> tuple[Flags, Floats, SpatialWeights]:
    """Areas that have a value, their values, and the weights among them, restyled.

    Parameters
    ----------
    values : array_like, shape (n,)
        Values of the areas; missing where an area has none.
    weights : SpatialWeights

    Returns
    -------
    known : ndarray of bool, shape (n,)
    values : ndarray of float, shape (kept,)
    weights : SpatialWeights

    Raises
    ------
    ValueError
        If there is not one value per area, a value is infinite, fewer than four areas have
        one, no two of them are linked, or the values do not vary.

    Examples
    --------
    >>> import pandas as pd
    >>> chain = pd.DataFrame({"area": [0, 1, 2, 3], "neighbour": [1, 2, 3, 4]})
    >>> w = spatial_weights(chain, range(5), listed="once")
    >>> areas_with_values([1, 2, 3, 4, None], w)[2].n
    4
    """
    x = np.asarray(values, dtype=np.float64)
    if x.shape != (weights.n,):
        raise ValueError(f"there must be one value for each of the {weights.n} areas")
    if np.any(np.isinf(x)):
        raise ValueError("values must be finite")
    known = ~np.isnan(x)
    x, kept = x[known], weights if known.all() else weights.subset(known)
    if len(x) < 4 or kept.links.nnz == 0:
        raise ValueError("at least four areas with values, and a link among them, are needed")
    if np.ptp(x) <= 1e-12 * np.abs(x).max():
        raise ValueError("the values do not vary")
    return known, x, kept


def _styled(links: csr_array, style: Style) -> csr_array:
    from scipy.sparse import diags_array

    if style == "binary" or links.nnz == 0:
        return links
    linked = np.count_nonzero(np.diff(links.indptr))
    if style == "global":
        return links * (linked / links.sum())
    squares = style == "variance"
    sums = np.asarray((links**2 if squares else links).sum(axis=1)).ravel()
    if squares:
        sums = np.sqrt(sums)
    inverse = np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)
    scaled = (diags_array(inverse) @ links).tocsr()
    return scaled * (linked / scaled.sum()) if squares else scaled
