"""How a sample was drawn: weights, strata, clusters and finite populations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from agriqa.stats.proportions import Floats
from agriqa.stats.stratified import check_single_unit

Integers = npt.NDArray[np.int64]


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
    single_unit : str
        Policy for strata with one primary sampling unit.
    """

    weights: Floats
    strata: Integers
    clusters: Integers
    stratum_of_cluster: Integers
    clusters_in_population: Floats
    single_unit: str

    @property
    def degrees_of_freedom(self) -> int:
        """Primary sampling units less strata."""
        return len(self.stratum_of_cluster) - len(self.clusters_in_population)

    def total_variance(self, values: npt.ArrayLike) -> float:
        """Variance of the weighted total of `values` [their unit squared]."""
        weighted = self.weights * np.asarray(values, dtype=np.float64)
        totals = np.bincount(self.clusters, weighted)
        stratum = self.stratum_of_cluster
        size = np.bincount(stratum).astype(np.float64)
        mean = np.bincount(stratum, totals) / size
        squares = np.bincount(stratum, (totals - mean[stratum]) ** 2)
        several = size > 1
        correction = (1 - size / self.clusters_in_population)[several]
        parts = correction * size[several] / (size[several] - 1) * squares[several]
        whole = size == self.clusters_in_population
        if self.single_unit == "average" and np.any(~several & ~whole):
            # Each single-unit stratum adds what the others add on average.
            others = several | whole
            return float(parts.sum() * len(size) / others.sum())
        return float(parts.sum())


def survey_design(
    weights: npt.ArrayLike,
    *,
    strata: npt.ArrayLike | None = None,
    clusters: npt.ArrayLike | None = None,
    population: npt.ArrayLike | None = None,
    single_unit: str = "refuse",
) -> SurveyDesign:
    """Describe how a sample was drawn.

    Variances take the first stage only (ultimate clusters): exact for one-stage
    samples, the usual approximation for more stages.

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
    single_unit : str
        Strata with one of several primary sampling units: "refuse", "average"
        (each adds the mean variance of the other strata) or "certainty" (adds
        none). A stratum sampled whole adds none in any case.

    Returns
    -------
    SurveyDesign

    Raises
    ------
    ValueError
        If lengths differ, weights are not above 0, a label is missing, the
        population varies within a stratum or is below the number sampled, or
        the single-unit policy refuses.

    References
    ----------
    Lumley (2010), Complex Surveys; Woodruff (1971), J. Am. Stat. Assoc. 66.

    Examples
    --------
    >>> design = survey_design([3, 3, 4, 4], strata=["a", "a", "b", "b"])
    >>> design.degrees_of_freedom
    2
    """
    check_single_unit(single_unit)
    given = np.asarray(weights, dtype=np.float64)
    if given.ndim != 1 or given.size == 0 or np.any(~(given > 0)) or np.any(np.isinf(given)):
        raise ValueError("weights must be one-dimensional, finite and above 0")
    stratum = _codes(strata, given.size, "strata")
    cluster = (
        np.arange(given.size) if clusters is None else _codes(clusters, given.size, "clusters")
    )
    # The same cluster label in two strata is two clusters.
    pairs, cluster = np.unique(np.column_stack([stratum, cluster]), axis=0, return_inverse=True)
    sampled = np.bincount(pairs[:, 0])
    sizes = np.full(len(sampled), np.inf)
    if population is not None:
        frame = np.asarray(population, dtype=np.float64)
        if frame.shape != given.shape:
            raise ValueError("population must be as long as weights")
        sizes[stratum] = frame
        if np.any(~(frame == sizes[stratum])):
            raise ValueError("population must be known and the same throughout a stratum")
        if np.any(sizes < sampled):
            raise ValueError("population must be at least the units sampled in each stratum")
    single = (sampled == 1) & (sizes > 1)
    if single_unit == "refuse" and single.any():
        raise ValueError(
            f"{single.sum()} strata have a single primary sampling unit, so no variance: "
            "choose single_unit='average' or 'certainty', or merge strata"
        )
    if single_unit == "average" and single.all():
        raise ValueError("single_unit='average' needs a stratum with several units sampled")
    return SurveyDesign(given, stratum, cluster.reshape(-1), pairs[:, 0], sizes, single_unit)


def _codes(labels: npt.ArrayLike | None, units: int, name: str) -> Integers:
    """Labels as numbers from 0."""
    if labels is None:
        return np.zeros(units, dtype=np.int64)
    import pandas as pd

    given: Any = np.asarray(labels)
    if given.shape != (units,):
        raise ValueError(f"{name} must be as long as weights")
    codes, _ = pd.factorize(given)
    if np.any(codes < 0):
        raise ValueError(f"{name} must not be missing")
    return codes.astype(np.int64)
