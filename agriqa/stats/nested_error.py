"""Nested-error regression: units within areas, one random effect for each area."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from agriqa.stats._variance_search import most_likely_variance
from agriqa.stats.checks import Floats, Integers, require_choice

METHODS = ("reml", "ml", "fitting_of_constants")


@dataclass(frozen=True)
class NestedErrorFit:
    """Fit of y = x beta + v(area) + e.

    Attributes
    ----------
    method : str
        How the variances were estimated.
    coefficients, standard_errors : ndarray, shape (p,)
        Regression coefficients, intercept first if there is one.
    covariance : ndarray, shape (p, p)
        Covariance of the coefficients.
    area_variance, unit_variance : float
        Variances of the area effects v and the unit errors e [unit of y, squared].
    variance_covariance : ndarray, shape (2, 2)
        Asymptotic (exact for "fitting_of_constants") covariance of the two variances'
        estimators, area first.
    variance_bias : ndarray, shape (2,)
        Bias of the two estimators to first order; zero but for "ml".
    log_likelihood : float
        Maximised log likelihood, the restricted one for "reml".
    areas : ndarray, shape (areas,)
        Labels of the sampled areas, sorted.
    sizes : ndarray of int, shape (areas,)
        Units sampled in each area.
    y_means : ndarray, shape (areas,)
        Sample means of y.
    x_means : ndarray, shape (areas, p)
        Sample means of the covariates.
    area_effects : ndarray, shape (areas,)
        Predicted area effects [unit of y].
    """

    method: str
    coefficients: Floats
    standard_errors: Floats
    covariance: Floats = field(repr=False)
    area_variance: float
    unit_variance: float
    variance_covariance: Floats = field(repr=False)
    variance_bias: Floats = field(repr=False)
    log_likelihood: float
    areas: npt.NDArray[np.generic] = field(repr=False)
    sizes: Integers = field(repr=False)
    y_means: Floats = field(repr=False)
    x_means: Floats = field(repr=False)
    area_effects: Floats = field(repr=False)


@dataclass(frozen=True)
class _Sample:
    """The sums a fit needs: between areas, and within them (w)."""

    sizes: Floats
    y: Floats
    x: Floats
    xx_w: Floats
    xy_w: Floats
    yy_w: float

    @property
    def units(self) -> int:
        return int(self.sizes.sum())

    def regression(self, area: float, unit: float) -> tuple[Floats, Floats, float]:
        """Coefficients, their covariance and the weighted residual sum of squares."""
        weight = self.sizes / (unit + self.sizes * area)
        covariance = np.asarray(np.linalg.inv(self.xx_w / unit + (self.x.T * weight) @ self.x))
        beta = covariance @ (self.xy_w / unit + self.x.T @ (weight * self.y))
        within = self.yy_w - 2 * beta @ self.xy_w + beta @ self.xx_w @ beta
        squares = within / unit + np.sum(weight * (self.y - self.x @ beta) ** 2)
        return beta, covariance, float(squares)


def nested_error_fit(
    y: npt.ArrayLike,
    areas: npt.ArrayLike,
    covariates: npt.ArrayLike | None = None,
    *,
    intercept: bool = True,
    method: str = "reml",
) -> NestedErrorFit:
    """Fit a nested-error regression to units within areas.

    Parameters
    ----------
    y : array_like, shape (units,)
        Values of the sampled units [any unit].
    areas : array_like, shape (units,)
        Area label of each unit.
    covariates : array_like, shape (units,) or (units, k), optional
        Covariates of each unit. Units with a missing y, label or covariate are left out.
    intercept : bool
        Whether to put a column of ones before the covariates.
    method : {"reml", "ml", "fitting_of_constants"}
        Restricted or full maximum likelihood, or the moment estimator by fitting of
        constants (Henderson's method 3), negative area variances set to 0.

    Returns
    -------
    NestedErrorFit
        Coefficients, variances and the areas' effects.

    Raises
    ------
    ValueError
        If lengths differ, values are infinite, there are fewer than two areas, no
        residual degrees of freedom within areas, covariates are collinear, units within
        areas do not vary around the regression, or the method is unknown.

    References
    ----------
    Battese, Harter and Fuller (1988), J. Am. Stat. Assoc. 83, 28-36; Rao and Molina
    (2015), Small Area Estimation, 2nd ed., section 7.1.

    Examples
    --------
    >>> fit = nested_error_fit([1, 3, 5, 7], ["a", "a", "b", "b"])
    >>> round(fit.area_variance, 4), round(fit.unit_variance, 4)
    (7.0, 2.0)
    """
    require_choice("method", method, METHODS)
    values, labels, design = complete_units(y, areas, covariates, intercept=intercept)
    sampled, position = np.unique(labels, return_inverse=True)
    sizes = np.bincount(position).astype(np.float64)
    indicator = np.eye(sampled.size)[position]
    y_means, x_means = indicator.T @ values / sizes, indicator.T @ design / sizes[:, None]
    y_within, x_within = values - y_means[position], design - x_means[position]
    freedom = values.size - sampled.size - int(np.linalg.matrix_rank(x_within))
    if sampled.size < 2:
        raise ValueError("units must come from at least two areas")
    if freedom < 1:
        raise ValueError("some areas must have more units, to tell variation within from between")
    if np.linalg.matrix_rank(design) < design.shape[1] or values.size <= design.shape[1]:
        raise ValueError("covariates must not be collinear and be fewer than the units")
    slope = np.linalg.lstsq(x_within, y_within, rcond=None)[0]
    unit_variance = float(np.sum((y_within - x_within @ slope) ** 2)) / freedom
    if unit_variance <= 1e-12 * max(float(np.sum(y_within**2)), 1e-300):
        raise ValueError("units within areas do not vary around the regression")

    sample = _Sample(
        sizes=sizes,
        y=y_means,
        x=x_means,
        xx_w=x_within.T @ x_within,
        xy_w=x_within.T @ y_within,
        yy_w=float(y_within @ y_within),
    )
    if method == "fitting_of_constants":
        area_variance, spread = _fitting_of_constants(sample, unit_variance, freedom)
        bias = np.zeros(2)
    else:
        area_variance, unit_variance = _maximum_likelihood(sample, restricted=method == "reml")
        spread = _inverse_information(sample, area_variance, unit_variance)
        bias = np.zeros(2)
        if method == "ml":
            bias = _bias_of_maximum_likelihood(sample, area_variance, unit_variance, spread)
    beta, covariance, _ = sample.regression(area_variance, unit_variance)
    share = area_variance * sizes / (unit_variance + area_variance * sizes)
    return NestedErrorFit(
        method=method,
        coefficients=beta,
        standard_errors=np.asarray(np.sqrt(np.diag(covariance))),
        covariance=covariance,
        area_variance=area_variance,
        unit_variance=unit_variance,
        variance_covariance=spread,
        variance_bias=bias,
        log_likelihood=_log_likelihood(
            sample, area_variance, unit_variance, restricted=method == "reml"
        ),
        areas=sampled,
        sizes=sizes.astype(np.int64),
        y_means=y_means,
        x_means=x_means,
        area_effects=share * (y_means - x_means @ beta),
    )


def complete_units(
    y: npt.ArrayLike, areas: npt.ArrayLike, covariates: npt.ArrayLike | None, *, intercept: bool
) -> tuple[Floats, npt.NDArray[np.generic], Floats]:
    """Values, labels and design matrix of the units that lack nothing.

    Parameters
    ----------
    y, areas, covariates, intercept
        As for `nested_error_fit`.

    Returns
    -------
    y, areas, design : ndarray
        Of one length; the design has a column of ones first if asked for.

    Raises
    ------
    ValueError
        If lengths differ, values are infinite, or there are no columns at all.

    Examples
    --------
    >>> complete_units([1.0, None], ["a", "b"], None, intercept=True)[1].tolist()
    ['a']
    """
    import pandas as pd

    # numpy would turn a missing label among texts into the text "nan".
    values, labels = np.asarray(y, dtype=np.float64), pd.Series(areas).to_numpy()
    if values.ndim != 1 or labels.shape != values.shape:
        raise ValueError("y and areas must be one-dimensional and of equal length")
    columns = [np.ones((values.size, 1))] if intercept else []
    if covariates is not None:
        given = np.asarray(covariates, dtype=np.float64)
        columns.append(given[:, None] if given.ndim == 1 else given)
    if not columns:
        raise ValueError("covariates must be given where there is no intercept")
    if any(column.ndim != 2 or column.shape[0] != values.size for column in columns):
        raise ValueError("covariates must have one row for each unit")
    design = np.hstack(columns)
    if np.any(np.isinf(values)) or np.any(np.isinf(design)):
        raise ValueError("y and covariates must be finite")
    kept = ~np.isnan(values) & ~np.isnan(design).any(axis=1) & ~np.asarray(pd.isna(labels))
    return values[kept], labels[kept], design[kept]


def _log_likelihood(sample: _Sample, area: float, unit: float, *, restricted: bool) -> float:
    _, covariance, squares = sample.regression(area, unit)
    total = sample.units * np.log(2 * np.pi) + squares
    total += (sample.units - sample.sizes.size) * np.log(unit)
    total += np.sum(np.log(unit + sample.sizes * area))
    if restricted:
        total -= np.linalg.slogdet(covariance)[1] + covariance.shape[0] * np.log(2 * np.pi)
    return -0.5 * float(total)


def _maximum_likelihood(sample: _Sample, *, restricted: bool) -> tuple[float, float]:
    """Profile over the ratio of the variances: given it, the unit variance is closed."""
    freedom = sample.units - (sample.x.shape[1] if restricted else 0)

    def profile(ratio: float) -> float:
        _, covariance, squares = sample.regression(ratio, 1.0)
        total = freedom * np.log(squares) + np.sum(np.log1p(sample.sizes * ratio))
        if restricted:
            total -= np.linalg.slogdet(covariance)[1]
        return -0.5 * float(total)

    ratio = most_likely_variance(profile, 1.0)
    unit = sample.regression(ratio, 1.0)[2] / freedom
    return ratio * unit, unit


def _inverse_information(sample: _Sample, area: float, unit: float) -> Floats:
    total = unit + sample.sizes * area
    cross = np.sum(sample.sizes / total**2)
    own = np.sum((sample.sizes - 1) / unit**2 + 1 / total**2)
    information = 0.5 * np.array([[np.sum(sample.sizes**2 / total**2), cross], [cross, own]])
    return np.asarray(np.linalg.inv(information))


def _bias_of_maximum_likelihood(
    sample: _Sample, area: float, unit: float, spread: Floats
) -> Floats:
    total = unit + sample.sizes * area
    covariance = sample.regression(area, unit)[1]
    by_area = (sample.x.T * (sample.sizes / total) ** 2) @ sample.x
    by_unit = sample.xx_w / unit**2 + (sample.x.T * (sample.sizes / total**2)) @ sample.x
    traces = np.array([np.sum(covariance * by_area), np.sum(covariance * by_unit)])
    return -0.5 * spread @ traces


def _fitting_of_constants(sample: _Sample, unit: float, freedom: int) -> tuple[float, Floats]:
    """Area variance, and the covariance of both estimators under normality."""
    _, inverse, squares = sample.regression(0.0, 1.0)
    loaded = sample.sizes[:, None] * sample.x
    # Z'MZ, with Z the areas' indicators and M the projection off the covariates.
    projected = np.diag(sample.sizes) - loaded @ inverse @ loaded.T
    left = sample.units - sample.x.shape[1]
    scale = float(np.trace(projected))
    area = max(0.0, (squares - left * unit) / scale)
    unit_spread = 2 * unit**2 / freedom
    squares_spread = 2 * (
        left * unit**2 + 2 * unit * area * scale + area**2 * float(np.sum(projected**2))
    )
    area_spread = (squares_spread + left**2 * unit_spread - 4 * left * unit**2) / scale**2
    cross = (2 * unit**2 - left * unit_spread) / scale
    return area, np.array([[area_spread, cross], [cross, unit_spread]])
