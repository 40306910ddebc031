"""How a sample was drawn: weights, strata, clusters and finite populations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, Integers, require_choice
from agriqa.stats.stratified import SINGLE_UNIT_POLICIES


@dataclass(frozen=True, eq=False)
class SurveyDesign:
    """How the units of a sample were drawn; made by `survey_design`.

    Attributes
    ----------
    weights : ndarray of float, shape (units,)
        Population units that each sampled unit stands for.
    strata : ndarray of int, shape (units,)
        Stratum of each unit, numbered from 0.
    clusters : ndarray of int, shape (units,)
        Primary sampling unit of each unit, numbered from 0 over all strata.
    stratum_of_cluster : ndarray of int, shape (clusters,)
        Stratum of each primary sampling unit.
    clusters_in_population : ndarray of float, shape (strata,)
        Primary sampling units in each stratum of the population; infinite where
        no finite population correction applies.
    units_in_cluster : ndarray of float, shape (clusters,)
        Units in each primary sampling unit of the population; missing where the
        second stage is left out of the variance.
    single_unit : str
        Policy for strata with one primary sampling unit.
    """

    weights: Floats
    strata: Integers
    clusters: Integers
    stratum_of_cluster: Integers
    clusters_in_population: Floats
    units_in_cluster: Floats
    single_unit: str

    @property
    def degrees_of_freedom(self) -> int:
        """Primary sampling units less strata."""
        return len(self.stratum_of_cluster) - len(self.clusters_in_population)

    def total_variance(self, values: npt.ArrayLike) -> float:
        """Variance of the weighted total of `values` [their unit squared]."""
        weighted = self.weights * np.asarray(values, dtype=np.float64)
        totals = np.bincount(self.clusters, weighted).astype(np.float64)
        stratum = self.stratum_of_cluster
        first = self._variances(totals, stratum, self.clusters_in_population)
        second = self._variances(weighted, self.clusters, self.units_in_cluster)
        sampled = np.bincount(stratum) / self.clusters_in_population
        return float(first.sum() + (sampled[stratum] * second).sum())

    def _variances(self, values: Floats, groups: Integers, population: Floats) -> Floats:
        """Variance of the total of each group; none where its population is missing."""
        size = np.bincount(groups).astype(np.float64)
        mean = np.bincount(groups, values) / size
        squares = np.bincount(groups, (values - mean[groups]) ** 2)
        counted = ~np.isnan(population)
        several = counted & (size > 1)
        found = np.zeros(size.shape)
        found[several] = ((1 - size / population) * size)[several] / (size - 1)[several]
        found *= squares
        single = counted & (size == 1) & (population > 1)
        if self.single_unit == "average" and single.any():
            # Each group of a single unit adds what the others add on average.
            found[single] = found[counted & ~single].mean()
        return found


def survey_design(
    weights: npt.ArrayLike,
    *,
    strata: npt.ArrayLike | None = None,
    clusters: npt.ArrayLike | None = None,
    population: npt.ArrayLike | None = None,
    units_in_cluster: npt.ArrayLike | None = None,
    single_unit: str = "refuse",
) -> SurveyDesign:
    """Describe how a sample was drawn.

    Variances take the first stage only (ultimate clusters): exact for one-stage
    samples and where no finite population correction applies, the usual
    approximation for more stages. With `units_in_cluster` they add the second
    stage, a simple random sample within each primary sampling unit.

    Parameters
    ----------
    weights : array_like, shape (units,)
        Population units that each sampled unit stands for, above 0.
    strata : array_like, optional
        Label of each unit's stratum; one stratum if not given.
    clusters : array_like, optional
        Label of each unit's primary sampling unit, counted within its stratum;
        each unit is its own if not given.
    population : array_like, optional
        Primary sampling units in each unit's stratum of the population [count],
        for the finite population correction; none if not given.
    units_in_cluster : array_like, optional
        Units in each unit's primary sampling unit of the population [count], for
        two-stage samples; `population` must be given too.
    single_unit : str
        Strata with one of several primary sampling units, and primary sampling
        units with one of several units: "refuse", "average" (each adds the mean
        variance of the others) or "certainty" (adds none). What is sampled whole
        adds none in any case.

    Returns
    -------
    SurveyDesign

    Raises
    ------
    ValueError
        If lengths differ, weights are not above 0, a label is missing, the
        population varies within a stratum (the units within a cluster) or is
        below the number sampled, or the single-unit policy refuses.

    References
    ----------
    Lumley (2010), Complex Surveys; Woodruff (1971), J. Am. Stat. Assoc. 66;
    Cochran (1977), Sampling Techniques, 3rd ed., section 11.8 (two stages).

    Examples
    --------
    >>> design = survey_design([3, 3, 4, 4], strata=["a", "a", "b", "b"])
    >>> design.degrees_of_freedom
    2
    """
    require_choice("single_unit", single_unit, SINGLE_UNIT_POLICIES)
    given = np.asarray(weights, dtype=np.float64)
    if given.ndim != 1 or given.size == 0 or np.any(~(given > 0)) or np.any(np.isinf(given)):
        raise ValueError("weights must be one-dimensional, finite and above 0")
    stratum = _codes(strata, given.size, "strata")
    cluster = (
        np.arange(given.size) if clusters is None else _codes(clusters, given.size, "clusters")
    )
    # The same cluster label in two strata is two clusters.
    pairs, cluster = np.unique(np.column_stack([stratum, cluster]), axis=0, return_inverse=True)
    cluster = cluster.reshape(-1)
    sizes, units = np.full(stratum.max() + 1, np.inf), np.full(len(pairs), np.nan)
    if population is not None:
        sizes = _sizes(population, stratum, np.bincount(pairs[:, 0]), "population", "stratum")
    if units_in_cluster is not None:
        if population is None:
            raise ValueError("units_in_cluster needs the population")
        units = _sizes(
            units_in_cluster, cluster, np.bincount(cluster), "units_in_cluster", "cluster"
        )
    for sampled, among, name in (
        (np.bincount(pairs[:, 0]), sizes, "strata"),
        (np.bincount(cluster), units, "clusters"),
    ):
        single = (sampled == 1) & (among > 1)
        if single_unit == "refuse" and single.any():
            raise ValueError(
                f"{single.sum()} {name} have a single sampling unit, so no variance: "
                f"choose single_unit='average' or 'certainty', or merge {name}"
            )
        if single_unit == "average" and single.all():
            raise ValueError(f"single_unit='average' needs {name} with several units sampled")
    return SurveyDesign(given, stratum, cluster, pairs[:, 0], sizes, units, single_unit)


def _sizes(
    given: npt.ArrayLike, groups: Integers, sampled: Integers, name: str, group: str
) -> Floats:
    """Size of each group in the population, stated for each unit."""
    frame = np.asarray(given, dtype=np.float64)
    if frame.shape != groups.shape:
        raise ValueError(f"{name} must be as long as weights")
    sizes = np.zeros(len(sampled))
    sizes[groups] = frame
    if np.any(~(frame == sizes[groups])):
        raise ValueError(f"{name} must be known and the same throughout a {group}")
    if np.any(sizes < sampled):
        raise ValueError(f"{name} must be at least the units sampled in each {group}")
    return sizes


def _codes(labels: npt.ArrayLike | None, units: int, name: str) -> Integers:
    """Labels as numbers from 0."""
    if labels is None:
        return np.zeros(units, dtype=np.int64)
    import pandas as pd

    # numpy would turn a missing label among texts into the text "nan".
    codes, _ = pd.factorize(pd.Series(labels))
    if codes.shape != (units,):
        raise ValueError(f"{name} must be as long as weights")
    if np.any(codes < 0):
        raise ValueError(f"{name} must not be missing")
    return codes.astype(np.int64)
