"""Global spatial autocorrelation: Moran's I and Geary's C."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, Language, in_language, require_choice
from agriqa.stats.spatial_weights import SpatialWeights, areas_with_values, spatial_lag

Assumption = Literal["randomisation", "normality"]
Alternative = Literal["two-sided", "positive", "negative"]
Islands = Literal["left out", "counted"]

BATCH = 200


@dataclass(frozen=True)
class SpatialAutocorrelation:
    """Test of global spatial autocorrelation.

    Attributes
    ----------
    measure : str
        "Moran's I", "Geary's C" or "Moran's I of rates".
    statistic : float
        The measure. Moran's I is above its expectation, Geary's C below, where neighbours
        are alike.
    expectation, variance : float
        Under no autocorrelation and the assumption; missing for rates.
    z : float
        Distance from the expectation in standard deviations, positive where neighbours are
        alike, for Geary's C too.
    p_value : float
        From the normal distribution of z, for the alternative.
    permutation_p : float
        (r + 1) / (permutations + 1), r permutations being as extreme; missing without any.
    permutations : int
        Permutations of the values over the areas [count].
    areas : int
        Areas with a value [count].
    islands : int
        Those of them without neighbours [count].
    assumption : {"randomisation", "normality"}
    alternative : {"two-sided", "positive", "negative"}
    """

    measure: str
    statistic: float
    expectation: float
    variance: float
    z: float
    p_value: float
    permutation_p: float
    permutations: int
    areas: int
    islands: int
    assumption: Assumption
    alternative: Alternative

    def summary(self, language: Language = "zh") -> str:
        """Say the result in one sentence."""
        p = self.p_value if np.isnan(self.permutation_p) else self.permutation_p
        return in_language(
            language,
            zh=(
                f"{self.areas}个地区（其中无邻接{self.islands}个）的{self.measure}为"
                f"{self.statistic:.4f}，P={p:.4f}。"
            ),
            en=(
                f"{self.measure} of {self.areas} areas ({self.islands} without neighbours) is "
                f"{self.statistic:.4f}, p={p:.4f}."
            ),
        )


def morans_i(
    values: npt.ArrayLike,
    weights: SpatialWeights,
    *,
    assumption: Assumption = "randomisation",
    alternative: Alternative = "two-sided",
    permutations: int = 0,
    seed: int = 0,
    islands: Islands = "left out",
) -> SpatialAutocorrelation:
    """Moran's I: correlation of values with those of their neighbours.

    Parameters
    ----------
    values : array_like, shape (n,)
        Values in the order of the areas. Areas with a missing value are left out and the
        weights restyled.
    weights : SpatialWeights
        Weights; the variances hold for asymmetric ones too.
    assumption : {"randomisation", "normality"}
        For the variance: all orders of the values are as likely, or they are normal.
    alternative : {"two-sided", "positive", "negative"}
        Autocorrelation to look for.
    permutations : int
        Permutations of the values, for `permutation_p`; 0 for none.
    seed : int
        Start of the random numbers.
    islands : {"left out", "counted"}
        Whether areas without neighbours count in n: left out by spdep (adjust.n), counted
        by PySAL. They count in the mean and sum of squares in both.

    Returns
    -------
    SpatialAutocorrelation

    Raises
    ------
    ValueError
        If there is not one value per area, fewer than four count, there are no links, the
        values do not vary, or an option is unknown.

    References
    ----------
    Cliff and Ord (1981), Spatial Processes, pp. 17-21; Bivand and Wong (2018), TEST 27.

    Examples
    --------
    >>> import pandas as pd
    >>> from agriqa.stats.spatial_weights import spatial_weights
    >>> chain = pd.DataFrame({"area": [0, 1, 2, 3], "neighbour": [1, 2, 3, 4]})
    >>> w = spatial_weights(chain, range(5), listed="once")
    >>> round(morans_i([1, 2, 3, 4, 5], w).statistic, 3)
    0.6
    """
    _check_options(assumption, alternative, islands, permutations)
    _, x, w = areas_with_values(values, weights)
    n = _counted(w, islands)
    z = x - x.mean()
    s0, s1, s2 = w.constants()
    scale = n / s0 / float(z @ z)

    def measure(columns: Floats) -> Floats:
        return np.asarray(scale * np.einsum("ik,ik->k", columns, spatial_lag(columns, w)))

    expectation = -1 / (n - 1)
    if assumption == "normality":
        square = (n**2 * s1 - n * s2 + 3 * s0**2) / (s0**2 * (n**2 - 1))
    else:
        kurtosis = _kurtosis(z)
        square = (
            n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3 * s0**2)
            - kurtosis * ((n**2 - n) * s1 - 2 * n * s2 + 6 * s0**2)
        ) / ((n - 1) * (n - 2) * (n - 3) * s0**2)
    return _test(
        "Moran's I",
        measure,
        z,
        expectation,
        square - expectation**2,
        sign=1,
        weights=w,
        assumption=assumption,
        alternative=alternative,
        permutations=permutations,
        seed=seed,
    )


def gearys_c(
    values: npt.ArrayLike,
    weights: SpatialWeights,
    *,
    assumption: Assumption = "randomisation",
    alternative: Alternative = "two-sided",
    permutations: int = 0,
    seed: int = 0,
    islands: Islands = "left out",
) -> SpatialAutocorrelation:
    """Geary's C: squared differences between neighbours, relative to those of all areas.

    Parameters
    ----------
    values, weights, assumption, alternative, permutations, seed, islands
        As in `morans_i`.

    Returns
    -------
    SpatialAutocorrelation
        The statistic is 1 without autocorrelation and below 1 where neighbours are alike;
        z is (1 - C) / standard deviation, so that it has the sign of Moran's, as in spdep.

    Raises
    ------
    ValueError
        As `morans_i`.

    References
    ----------
    Cliff and Ord (1981), Spatial Processes, pp. 17-21.

    Examples
    --------
    >>> import pandas as pd
    >>> from agriqa.stats.spatial_weights import spatial_weights
    >>> chain = pd.DataFrame({"area": [0, 1, 2, 3], "neighbour": [1, 2, 3, 4]})
    >>> w = spatial_weights(chain, range(5), listed="once")
    >>> round(gearys_c([1, 2, 3, 4, 5], w).statistic, 3)
    0.2
    """
    _check_options(assumption, alternative, islands, permutations)
    _, x, w = areas_with_values(values, weights)
    n = _counted(w, islands)
    z = x - x.mean()
    s0, s1, s2 = w.constants()
    margins = np.asarray(w.matrix.sum(axis=1)).ravel() + np.asarray(w.matrix.sum(axis=0)).ravel()
    scale = (n - 1) / (2 * s0) / float(z @ z)

    def measure(columns: Floats) -> Floats:
        # sum w (a - b)^2 = sum of squares by their margins less twice the cross products.
        cross = np.einsum("ik,ik->k", columns, spatial_lag(columns, w))
        return np.asarray(scale * (margins @ columns**2 - 2 * cross))

    if assumption == "normality":
        variance = ((2 * s1 + s2) * (n - 1) - 4 * s0**2) / (2 * (n + 1) * s0**2)
    else:
        kurtosis = _kurtosis(z)
        variance = (
            (n - 1) * s1 * (n**2 - 3 * n + 3 - (n - 1) * kurtosis)
            - (n - 1) * s2 * (n**2 + 3 * n - 6 - (n**2 - n + 2) * kurtosis) / 4
            + s0**2 * (n**2 - 3 - (n - 1) ** 2 * kurtosis)
        ) / (n * (n - 2) * (n - 3) * s0**2)
    return _test(
        "Geary's C",
        measure,
        z,
        1.0,
        variance,
        sign=-1,
        weights=w,
        assumption=assumption,
        alternative=alternative,
        permutations=permutations,
        seed=seed,
    )


def _check_options(assumption: str, alternative: str, islands: str, permutations: int) -> None:
    require_choice("assumption", assumption, get_args(Assumption))
    require_choice("alternative", alternative, get_args(Alternative))
    require_choice("islands", islands, get_args(Islands))
    if permutations < 0:
        raise ValueError("permutations must be 0 or above")


def _counted(weights: SpatialWeights, islands: Islands) -> int:
    n = weights.n - (len(weights.islands) if islands == "left out" else 0)
    if n < 4:
        raise ValueError("at least four areas are needed")
    return n


def _kurtosis(z: Floats) -> float:
    return float(len(z) * np.sum(z**4) / np.sum(z**2) ** 2)


def _test(
    name: str,
    measure: Callable[[Floats], Floats],
    z: Floats,
    expectation: float,
    variance: float,
    *,
    sign: int,
    weights: SpatialWeights,
    assumption: Assumption,
    alternative: Alternative,
    permutations: int,
    seed: int,
) -> SpatialAutocorrelation:
    from scipy import stats

    statistic = float(measure(z[:, None])[0])
    deviate = sign * (statistic - expectation) / np.sqrt(variance) if variance > 0 else np.nan
    upper, lower = float(stats.norm.sf(deviate)), float(stats.norm.cdf(deviate))
    draws = np.empty(permutations)
    random = np.random.default_rng(seed)
    # In batches, so that three thousand areas do not need all permutations in memory.
    for begin in range(0, permutations, BATCH):
        size = min(BATCH, permutations - begin)
        columns = random.permuted(np.repeat(z[:, None], size, axis=1), axis=0)
        draws[begin : begin + size] = measure(columns)
    # Orders that give the same statistic differ by rounding.
    margin = 1e-10 * (1 + abs(statistic))
    above = (np.count_nonzero(sign * (draws - statistic) >= -margin) + 1) / (permutations + 1)
    below = (np.count_nonzero(sign * (draws - statistic) <= margin) + 1) / (permutations + 1)

    def tail(high: float, low: float) -> float:
        if alternative == "two-sided":
            return min(1.0, 2 * min(high, low))
        return high if alternative == "positive" else low

    return SpatialAutocorrelation(
        measure=name,
        statistic=statistic,
        expectation=float(expectation),
        variance=float(variance),
        z=float(deviate),
        p_value=tail(upper, lower),
        permutation_p=tail(above, below) if permutations else float("nan"),
        permutations=permutations,
        areas=weights.n,
        islands=len(weights.islands),
        assumption=assumption,
        alternative=alternative,
    )
