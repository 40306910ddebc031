"""Battese-Harter-Fuller unit-level model: small-area means from sampled units."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, Integers, Language, in_language
from agriqa.stats.nested_error import NestedErrorFit, complete_units, nested_error_fit


@dataclass(frozen=True)
class AreaMeans:
    """Means of areas under a Battese-Harter-Fuller model.

    Attributes
    ----------
    fit : NestedErrorFit
        The model.
    areas : ndarray, shape (targets,)
        Labels of the areas, in the order asked for.
    estimate : ndarray, shape (targets,)
        EBLUP of the areas' means [unit of y].
    synthetic : ndarray, shape (targets,)
        Regression prediction of the means [unit of y].
    weight : ndarray, shape (targets,)
        Weight of the area's own residual mean [0-1]; 0 for areas without units.
    mse : ndarray, shape (targets,)
        Estimated mean squared error of `estimate` [unit of y, squared].
    sizes : ndarray of int, shape (targets,)
        Units sampled in each area.
    """

    fit: NestedErrorFit
    areas: npt.NDArray[np.generic] = field(repr=False)
    estimate: Floats = field(repr=False)
    synthetic: Floats = field(repr=False)
    weight: Floats = field(repr=False)
    mse: Floats = field(repr=False)
    sizes: Integers = field(repr=False)

    @property
    def coefficient_of_variation(self) -> Floats:
        """Root mean squared error over estimate, shape (targets,) [share]."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.sqrt(self.mse) / np.abs(self.estimate)

    def summary(self, language: Language = "zh") -> str:
        """Say in a sentence how much of the variation lies between areas."""
        between, within = self.fit.area_variance, self.fit.unit_variance
        share, empty = between / (between + within), int(np.sum(self.sizes == 0))
        return in_language(
            language,
            zh=(
                f"剔除协变量后，差异的 {share:.0%} 在地区之间；"
                f"{self.areas.size} 个地区中 {empty} 个没有样本，取回归估计。"
            ),
            en=(
                f"Given the covariates, {share:.0%} of the variation lies between areas; "
                f"{empty} of {self.areas.size} areas have no sample and take the "
                f"regression estimate."
            ),
        )


def battese_harter_fuller(
    y: npt.ArrayLike,
    areas: npt.ArrayLike,
    covariates: npt.ArrayLike | None = None,
    *,
    target_areas: npt.ArrayLike,
    target_means: npt.ArrayLike | None = None,
    population_sizes: npt.ArrayLike | None = None,
    intercept: bool = True,
    method: str = "reml",
) -> AreaMeans:
    """Means of areas from sampled units and known population means of covariates.

    Parameters
    ----------
    y, areas, covariates, intercept, method
        As for `nested_error_fit`.
    target_areas : array_like, shape (targets,)
        Labels of the areas to estimate, each once; areas without units get the
        regression estimate.
    target_means : array_like, shape (targets,) or (targets, k), optional
        Population means of the covariates in these areas.
    population_sizes : array_like, shape (targets,), optional
        Units in the population of each area. Given, the sampled units count as known
        and the mean is that of the finite population; otherwise it is the expectation
        x beta + v, as for a negligible sampling fraction.

    Returns
    -------
    AreaMeans
        EBLUPs with mean squared errors.

    Raises
    ------
    ValueError
        As for `nested_error_fit`; also if a target's means are missing, do not match the
        covariates, or its population is smaller than its sample.

    Notes
    -----
    The mean squared error is g1 + g2 + 2 g3, less the bias of the variances for "ml"
    (Rao and Molina 2015, section 7.2); for finite populations of N units, n sampled,
    (1 - n/N)^2 times that at the means of the unsampled units, plus
    (N - n) / N^2 times the unit variance. `bootstrap_mse` gives an alternative.

    References
    ----------
    Battese, Harter and Fuller (1988), J. Am. Stat. Assoc. 83, 28-36; Prasad and Rao
    (1990), J. Am. Stat. Assoc. 85, 163-171.

    Examples
    --------
    >>> means = battese_harter_fuller(
    ...     [1, 3, 5, 7], ["a", "a", "b", "b"], target_areas=["a", "b", "c"]
    ... )
    >>> means.estimate.round(2)
    array([2.25, 5.75, 4.  ])
    """
    fit = nested_error_fit(y, areas, covariates, intercept=intercept, method=method)
    targets = _targets(fit, target_areas, target_means, population_sizes, intercept=intercept)
    estimate, synthetic, weight = _predict(fit, targets)
    return AreaMeans(
        fit=fit,
        areas=targets.areas,
        estimate=estimate,
        synthetic=synthetic,
        weight=weight,
        mse=_mean_squared_error(fit, targets, weight),
        sizes=targets.sampled.astype(np.int64),
    )


@dataclass(frozen=True)
class _Targets:
    areas: npt.NDArray[np.generic]
    means: Floats
    sampled: Floats
    position: Integers
    population: Floats

    @property
    def fraction(self) -> Floats:
        return self.sampled / self.population


def _targets(
    fit: NestedErrorFit,
    target_areas: npt.ArrayLike,
    target_means: npt.ArrayLike | None,
    population_sizes: npt.ArrayLike | None,
    *,
    intercept: bool,
) -> _Targets:
    labels = np.asarray(target_areas)
    if labels.ndim != 1 or np.unique(labels).size != labels.size:
        raise ValueError("target_areas must be one-dimensional and name each area once")
    columns = [np.ones((labels.size, 1))] if intercept else []
    if target_means is not None:
        given = np.asarray(target_means, dtype=np.float64)
        columns.append(given[:, None] if given.ndim == 1 else given)
    if any(column.ndim != 2 or column.shape[0] != labels.size for column in columns):
        raise ValueError("target_means must have one row for each target area")
    means = np.hstack(columns) if columns else np.empty((labels.size, 0))
    if means.shape[1] != fit.coefficients.size or not np.all(np.isfinite(means)):
        raise ValueError("target_means must hold a finite mean of every covariate")
    position = np.clip(np.searchsorted(fit.areas, labels), 0, fit.areas.size - 1)
    sampled = np.where(fit.areas[position] == labels, fit.sizes[position], 0).astype(np.float64)
    population = np.full(labels.shape, np.inf)
    if population_sizes is not None:
        population = np.asarray(population_sizes, dtype=np.float64)
        if population.shape != labels.shape:
            raise ValueError("population_sizes must have one number for each target area")
    if not np.all((population >= sampled) & (population > 0)):
        raise ValueError("population_sizes must be above 0 and at least the sample sizes")
    return _Targets(labels, means, sampled, position, population)


def _predict(fit: NestedErrorFit, targets: _Targets) -> tuple[Floats, Floats, Floats]:
    here = targets.sampled > 0
    fraction = targets.fraction
    y_means = np.where(here, fit.y_means[targets.position], 0.0)
    x_means = np.where(here[:, None], fit.x_means[targets.position], 0.0)
    effects = np.where(here, fit.area_effects[targets.position], 0.0)
    synthetic = targets.means @ fit.coefficients
    unsampled = synthetic - fraction * (x_means @ fit.coefficients)
    estimate = fraction * y_means + unsampled + (1 - fraction) * effects
    loaded = targets.sampled * fit.area_variance
    return estimate, synthetic, loaded / (fit.unit_variance + loaded)


def _mean_squared_error(fit: NestedErrorFit, targets: _Targets, weight: Floats) -> Floats:
    area, unit = fit.area_variance, fit.unit_variance
    sampled, fraction = targets.sampled, targets.fraction
    total = unit + sampled * area
    x_means = np.where(sampled[:, None] > 0, fit.x_means[targets.position], 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        rest = (targets.means - fraction[:, None] * x_means) / (1 - fraction)[:, None]
    # An area sampled in full leaves nothing to predict.
    rest = np.where(fraction[:, None] < 1, rest, 0.0)
    gap = rest - weight[:, None] * x_means
    variances = fit.variance_covariance
    joint = unit**2 * variances[0, 0] + area**2 * variances[1, 1]
    joint -= 2 * unit * area * variances[0, 1]
    chance = area * unit / total
    regression = np.einsum("ij,jk,ik->i", gap, fit.covariance, gap)
    estimation = sampled * joint / total**3
    slopes = np.stack([(1 - weight) ** 2, sampled * area**2 / total**2], axis=1)
    error = chance + regression + 2 * estimation - slopes @ fit.variance_bias
    finite = unit * (1 - fraction) / targets.population
    return (1 - fraction) ** 2 * error + finite


def bootstrap_mse(
    y: npt.ArrayLike,
    areas: npt.ArrayLike,
    covariates: npt.ArrayLike | None = None,
    *,
    target_areas: npt.ArrayLike,
    target_means: npt.ArrayLike | None = None,
    population_sizes: npt.ArrayLike | None = None,
    intercept: bool = True,
    method: str = "reml",
    replicates: int = 200,
    seed: int = 0,
) -> Floats:
    """Mean squared errors of `battese_harter_fuller` by parametric bootstrap.

    Parameters
    ----------
    y, areas, covariates, target_areas, target_means, population_sizes, intercept, method
        As for `battese_harter_fuller`.
    replicates : int
        Samples to draw from the fitted model, at least 1.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    ndarray, shape (targets,)
        Mean squared errors [unit of y, squared].

    Raises
    ------
    ValueError
        As for `battese_harter_fuller`, or if `replicates` is below 1.

    References
    ----------
    Gonzalez-Manteiga et al. (2008), J. Stat. Comput. Simul. 78, 443-462.

    Examples
    --------
    >>> bootstrap_mse(
    ...     [1, 3, 5, 7], ["a", "a", "b", "b"], target_areas=["a", "b"], replicates=20
    ... ).shape
    (2,)
    """
    if replicates < 1:
        raise ValueError(f"replicates must be at least 1, got {replicates}")
    values, labels, design = complete_units(y, areas, covariates, intercept=intercept)
    fit = nested_error_fit(values, labels, design, intercept=False, method=method)
    targets = _targets(fit, target_areas, target_means, population_sizes, intercept=intercept)
    unit_of = np.searchsorted(fit.areas, labels)
    here, known = targets.sampled > 0, np.isfinite(targets.population)
    unsampled = np.where(known, targets.population - targets.sampled, 0.0)
    rng = np.random.default_rng(seed)
    squares = np.zeros(targets.areas.size)
    for _ in range(replicates):
        effects = rng.normal(0, np.sqrt(fit.area_variance), fit.areas.size)
        errors = rng.normal(0, np.sqrt(fit.unit_variance), values.size)
        elsewhere = rng.normal(0, np.sqrt(fit.area_variance), targets.areas.size)
        others = rng.normal(0, np.sqrt(fit.unit_variance * unsampled))
        drawn = np.bincount(unit_of, errors)[targets.position]
        truth = targets.means @ fit.coefficients
        truth += np.where(here, effects[targets.position], elsewhere)
        truth += np.where(known, (np.where(here, drawn, 0.0) + others) / targets.population, 0.0)
        sample = design @ fit.coefficients + effects[unit_of] + errors
        again = nested_error_fit(sample, labels, design, intercept=False, method=method)
        squares += (_predict(again, targets)[0] - truth) ** 2
    return squares / replicates
