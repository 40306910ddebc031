"""Local spatial autocorrelation: local Moran's I and Getis and Ord's G."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Flags, Floats, require_choice, require_level
from agriqa.stats.spatial_weights import SpatialWeights, areas_with_values, spatial_lag

Scaling = Literal["n", "n-1"]
Tail = Literal["two-sided", "directed"]


@dataclass(frozen=True)
class LocalMoran:
    """Local Moran's I of each area; arrays of shape (n,), missing for areas without a value.

    Attributes
    ----------
    statistic : ndarray of float
        Local Moran's I; 0 for islands.
    expectation, variance : ndarray of float
        Over all placements of the other values, the area keeping its own.
    z : ndarray of float
        Distance from the expectation in standard deviations; missing for islands.
    p_value : ndarray of float
        Permutation p-value; missing for islands.
    adjusted_p : ndarray of float
        p-value after Benjamini and Hochberg, over the areas with neighbours.
    quadrant : ndarray of str or None
        "HH" high among high, "LL" low among low, "HL" high among low, "LH" low among high;
        None for islands and areas without a value.
    significant : ndarray of bool
        Whether the adjusted p-value (or the plain one) is at most alpha.
    permutations : int
    alpha : float
    """

    statistic: Floats
    expectation: Floats
    variance: Floats
    z: Floats
    p_value: Floats
    adjusted_p: Floats
    quadrant: npt.NDArray[np.object_]
    significant: Flags
    permutations: int
    alpha: float


@dataclass(frozen=True)
class LocalG:
    """Getis and Ord's local G; arrays of shape (n,), missing for areas without a value.

    Attributes
    ----------
    z : ndarray of float
        Standard deviate: high in a cluster of high values, low in one of low values.
    p_value, adjusted_p : ndarray of float
        Two-sided, from the normal distribution, and after Benjamini and Hochberg.
    """

    z: Floats
    p_value: Floats
    adjusted_p: Floats


def local_morans_i(
    values: npt.ArrayLike,
    weights: SpatialWeights,
    *,
    permutations: int = 999,
    seed: int = 0,
    tail: Tail = "two-sided",
    scaling: Scaling = "n",
    alpha: float = 0.05,
    false_discovery_rate: bool = True,
) -> LocalMoran:
    """Local Moran's I with conditional permutation p-values.

    Parameters
    ----------
    values : array_like, shape (n,)
        Values in the order of the areas. Areas with a missing value are left out and the
        weights restyled.
    weights : SpatialWeights
    permutations : int
        Draws of the neighbours' values from all other areas, 1 or more.
    seed : int
        Start of the random numbers.
    tail : {"two-sided", "directed"}
        Twice the smaller tail, or the smaller tail itself, as GeoDa and PySAL report.
    scaling : {"n", "n-1"}
        Divisor of the variance in the statistic: n in spdep, so that the statistics of
        row-styled weights average to Moran's I; n - 1 in PySAL and GeoDa. p-values are
        the same.
    alpha : float
        Level of significance, between 0 and 1.
    false_discovery_rate : bool
        Whether `significant` goes by the adjusted p-values.

    Returns
    -------
    LocalMoran

    Raises
    ------
    ValueError
        If there is not one value per area, there are too few areas or no links, the values
        do not vary, or an option is not allowed.

    References
    ----------
    Anselin (1995), Geogr. Anal. 27; Sokal, Oden and Thomson (1998), Geogr. Anal. 30, eqs. A7
    and A8; Benjamini and Hochberg (1995), J. R. Stat. Soc. B 57.

    Examples
    --------
    >>> import pandas as pd
    >>> from agriqa.stats.spatial_weights import spatial_weights
    >>> chain = pd.DataFrame({"area": [0, 1, 2, 3], "neighbour": [1, 2, 3, 4]})
    >>> found = local_morans_i([1, 1, 2, 9, 8], spatial_weights(chain, range(5), listed="once"))
    >>> found.quadrant.tolist()
    ['LL', 'LL', 'LH', 'HH', 'HH']
    """
    require_choice("tail", tail, get_args(Tail))
    require_choice("scaling", scaling, get_args(Scaling))
    if permutations < 1:
        raise ValueError("permutations must be 1 or more")
    require_level("alpha", alpha)
    known, x, w = areas_with_values(values, weights)
    n = len(x)
    z = x - x.mean()
    moment = float(z @ z) / (n if scaling == "n" else n - 1)
    lag = spatial_lag(z, w)
    linked = w.neighbours > 0
    total, squares = (np.asarray(m.sum(axis=1)).ravel() for m in (w.matrix, w.matrix**2))
    expectation = -(z**2) * total / ((n - 1) * moment)
    spread = float(z @ z) / n - z**2 / (n - 1)
    variance = (z / moment) ** 2 * n / (n - 2) * (squares - total**2 / (n - 1)) * spread
    # Two areas that are each other's only others leave no room for chance.
    variance = np.where(variance > 1e-12 * np.maximum(expectation**2, 1e-300), variance, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        deviate = (z * lag / moment - expectation) / np.sqrt(variance)
    p = np.full(n, np.nan)
    p[linked] = _conditional_p(z, lag, w, linked, permutations, seed, tail)
    adjusted = _adjusted(p)
    high, among = z > 0, lag > 0
    names = np.array([["LL", "LH"], ["HL", "HH"]], dtype=object)
    quadrant = np.where(linked, names[high.astype(int), among.astype(int)], None)
    with np.errstate(invalid="ignore"):
        significant = (adjusted if false_discovery_rate else p) <= alpha
    return LocalMoran(
        statistic=_placed(z * lag / moment, known),
        expectation=_placed(expectation, known),
        variance=_placed(variance, known),
        z=_placed(np.where(linked & (variance > 0), deviate, np.nan), known),
        p_value=_placed(p, known),
        adjusted_p=_placed(adjusted, known),
        quadrant=_placed(quadrant, known, None),
        significant=_placed(significant, known, False),
        permutations=permutations,
        alpha=alpha,
    )


def getis_ord_g(
    values: npt.ArrayLike, weights: SpatialWeights, *, star: bool = True, self_weight: float = 1.0
) -> LocalG:
    """Local G (hot and cold spots) of Getis and Ord.

    Parameters
    ----------
    values : array_like, shape (n,)
        Values in the order of the areas. Areas with a missing value are left out and the
        weights restyled.
    weights : SpatialWeights
        Weights without links of an area to itself.
    star : bool
        G*, which counts the area among its own neighbours, or G, which leaves it out of
        its mean and variance too.
    self_weight : float
        Weight of the area itself in G*, before the style.

    Returns
    -------
    LocalG
        Variances are divided by n (spdep); islands have a missing G, and a G* of their own
        value.

    Raises
    ------
    ValueError
        As `local_morans_i`.

    References
    ----------
    Ord and Getis (1995), Geogr. Anal. 27; Getis and Ord (1996), eq. 14.2.

    Examples
    --------
    >>> import pandas as pd
    >>> from agriqa.stats.spatial_weights import spatial_weights
    >>> chain = pd.DataFrame({"area": [0, 1, 2, 3], "neighbour": [1, 2, 3, 4]})
    >>> w = spatial_weights(chain, range(5), listed="once", style="binary")
    >>> getis_ord_g([1, 1, 2, 9, 8], w).z.round(2).tolist()
    [-1.47, -1.98, -0.14, 1.47, 1.98]
    """
    from scipy import stats

    known, x, w = areas_with_values(values, weights)
    n = len(x)
    if star:
        w = w.with_self(self_weight)
        mean, variance, size = np.full(n, x.mean()), np.full(n, x.var()), n
    else:
        mean = (x.sum() - x) / (n - 1)
        variance, size = (np.sum(x**2) - x**2) / (n - 1) - mean**2, n - 1
    total, squares = (np.asarray(m.sum(axis=1)).ravel() for m in (w.matrix, w.matrix**2))
    chance = variance * (size * squares - total**2) / (size - 1)
    # An area that neighbours all others equally leaves nothing to chance but rounding.
    possible = chance > 1e-12 * variance * np.maximum(total**2, 1e-300)
    spread = np.sqrt(np.where(possible, chance, np.nan))
    z = (spatial_lag(x, w) - total * mean) / spread
    p = 2 * stats.norm.sf(np.abs(z))
    return LocalG(_placed(z, known), _placed(p, known), _placed(_adjusted(p), known))


def _conditional_p(
    z: Floats,
    lag: Floats,
    weights: SpatialWeights,
    linked: Flags,
    permutations: int,
    seed: int,
    tail: Tail,
) -> Floats:
    random = np.random.default_rng(seed)
    others, most = len(z) - 1, int(weights.neighbours.max())
    # One set of draws serves all areas: each takes the first places, passing over itself.
    draws = np.argsort(random.random((permutations, others)), axis=1)[:, :most]
    pointer, weight = weights.matrix.indptr, weights.matrix.data
    p = []
    for area in np.flatnonzero(linked):
        own = weight[pointer[area] : pointer[area + 1]]
        chosen = draws[:, : len(own)]
        drawn = z[chosen + (chosen >= area)] @ own
        margin = 1e-10 * (1 + abs(lag[area]))
        above = np.count_nonzero(drawn >= lag[area] - margin)
        below = np.count_nonzero(drawn <= lag[area] + margin)
        p.append((min(above, below) + 1) / (permutations + 1))
    return np.array(p) if tail == "directed" else np.minimum(1.0, 2 * np.array(p))


def _adjusted(p: Floats) -> Floats:
    from scipy import stats

    adjusted = np.full(p.shape, np.nan)
    known = ~np.isnan(p)
    if known.any():
        adjusted[known] = stats.false_discovery_control(p[known])
    return adjusted


def _placed(values: npt.ArrayLike, known: Flags, missing: object = np.nan) -> Any:
    """Values at the places of the known areas, the missing one elsewhere."""
    array = np.asarray(values)
    result = np.full(known.shape, missing, dtype=array.dtype)
    result[known] = array
    return result
