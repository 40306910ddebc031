"""Fay-Herriot area-level model: direct estimates combined with a regression."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from agriqa.stats._variance_search import most_likely_variance
from agriqa.stats.checks import Flags, Floats, Language, in_language, require_choice

METHODS = ("reml", "ml", "fay_herriot", "prasad_rao")


@dataclass(frozen=True)
class FayHerriotEstimates:
    """Area estimates under a Fay-Herriot model.

    Attributes
    ----------
    method : str
        How the variance between areas was estimated.
    area_variance : float
        Variance A of the area effects around the regression [unit of y, squared].
    coefficients, standard_errors, p_values : ndarray, shape (p,)
        Regression coefficients, intercept first if there is one, their standard
        errors and two-sided normal p values.
    estimate : ndarray, shape (areas,)
        EBLUP, weight * y + (1 - weight) * synthetic [unit of y].
    synthetic : ndarray, shape (areas,)
        Regression prediction x beta [unit of y].
    weight : ndarray, shape (areas,)
        Weight of the direct estimate, A / (A + variance) [0-1]; 0 where there is none.
    mse : ndarray, shape (areas,)
        Estimated mean squared error of `estimate` [unit of y, squared].
    sampled : ndarray of bool, shape (areas,)
        Whether the area has a direct estimate; the others are synthetic.
    log_likelihood, aic, bic : float
        Log likelihood (the full one, for REML too) of the direct estimates and the
        information criteria with p + 1 parameters.
    """

    method: str
    area_variance: float
    coefficients: Floats
    standard_errors: Floats
    p_values: Floats = field(repr=False)
    estimate: Floats = field(repr=False)
    synthetic: Floats = field(repr=False)
    weight: Floats = field(repr=False)
    mse: Floats = field(repr=False)
    sampled: Flags = field(repr=False)
    log_likelihood: float
    aic: float
    bic: float

    @property
    def coefficient_of_variation(self) -> Floats:
        """Root mean squared error over estimate, shape (areas,) [share]."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.sqrt(self.mse) / np.abs(self.estimate)

    def summary(self, language: Language = "zh") -> str:
        """Say in a sentence how much the direct estimates count."""
        areas, sampled = self.sampled.size, int(self.sampled.sum())
        weight = float(np.median(self.weight[self.sampled]))
        return in_language(
            language,
            zh=(
                f"{areas} 个地区中 {sampled} 个有直接估计，直接估计的权重中位数为 {weight:.2f}，"
                f"地区间方差 {self.area_variance:.4g}；其余 {areas - sampled} 个取回归估计。"
            ),
            en=(
                f"{sampled} of {areas} areas have a direct estimate, of median weight "
                f"{weight:.2f} (variance between areas {self.area_variance:.4g}); "
                f"the other {areas - sampled} take the regression estimate."
            ),
        )


def fay_herriot(
    y: npt.ArrayLike,
    variances: npt.ArrayLike,
    covariates: npt.ArrayLike | None = None,
    *,
    intercept: bool = True,
    method: str = "reml",
) -> FayHerriotEstimates:
    """Small-area estimates from direct estimates, their variances and covariates.

    The model is y = theta + e, theta = x beta + v, with e ~ N(0, variances) known
    and v ~ N(0, A).

    Parameters
    ----------
    y : array_like, shape (areas,)
        Direct estimates [any unit]; missing for areas without a sample.
    variances : array_like, shape (areas,)
        Their sampling variances > 0 [unit of y, squared]. An area whose y or variance
        is missing has no part in the fit and gets the synthetic estimate. A variance
        of 0 (all samples alike) is refused: smooth the variances first.
    covariates : array_like, shape (areas,) or (areas, k), optional
        Known for every area.
    intercept : bool
        Whether to put a column of ones before the covariates.
    method : {"reml", "ml", "fay_herriot", "prasad_rao"}
        Estimator of A: restricted or full maximum likelihood, the moment equation
        solved by Fay and Herriot, or the closed moment estimator of Prasad and Rao.
        Negative solutions become 0, and then every estimate is synthetic.

    Returns
    -------
    FayHerriotEstimates
        EBLUPs with their mean squared errors, coefficients and fit.

    Raises
    ------
    ValueError
        If lengths differ, a variance is not positive, a covariate is missing, the
        areas with direct estimates do not outnumber the coefficients, the covariates
        are collinear, or the method is unknown.

    Notes
    -----
    Mean squared errors: g1 + g2 + 2 g3 for "reml" and "prasad_rao"; with the bias of
    A taken off for "ml" and "fay_herriot" (Datta and Lahiri 2000; Datta, Rao and Smith
    2005), as in the R package sae. For areas without a direct estimate they are the
    limit of the same formulae for an infinite variance: A + x Var(beta) x' (less
    the bias).

    References
    ----------
    Fay and Herriot (1979), J. Am. Stat. Assoc. 74; Prasad and Rao (1990), J. Am. Stat.
    Assoc. 85; Rao and Molina (2015), Small Area Estimation, 2nd ed., chapter 6.

    Examples
    --------
    >>> result = fay_herriot([1.0, 2.0, 4.5, 4.0, 5.0], [0.1] * 5, [1, 2, 3, 4, 5])
    >>> result.estimate.round(2)
    array([1.05, 2.05, 4.3 , 4.05, 5.05])
    """
    require_choice("method", method, METHODS)
    direct = np.asarray(y, dtype=np.float64)
    known = np.asarray(variances, dtype=np.float64)
    if direct.ndim != 1 or direct.shape != known.shape:
        raise ValueError("y and variances must be one-dimensional and of equal length")
    if np.any(known <= 0) or np.any(np.isinf(known)) or np.any(np.isinf(direct)):
        raise ValueError("variances must be above 0 and, like y, finite")
    design = _design(covariates, direct.size, intercept=intercept)
    sampled = ~np.isnan(direct) & ~np.isnan(known)
    areas, terms = int(sampled.sum()), design.shape[1]
    if areas <= terms:
        raise ValueError(
            f"areas with a direct estimate ({areas}) must outnumber the coefficients ({terms})"
        )
    observed, error, x = direct[sampled], known[sampled], design[sampled]
    if np.linalg.matrix_rank(x) < terms:
        raise ValueError("covariates must not be collinear among the areas with an estimate")

    area_variance = _area_variance(observed, error, x, method)
    coefficients, covariance, residual = _regression(observed, error, x, area_variance)
    standard_errors = np.sqrt(np.diag(covariance))
    synthetic = design @ coefficients
    weight = np.where(sampled, area_variance / (area_variance + known), 0.0)
    total = area_variance + error
    log_likelihood = -0.5 * float(np.sum(np.log(2 * np.pi * total) + residual**2 / total))
    from scipy.stats import norm

    return FayHerriotEstimates(
        method=method,
        area_variance=area_variance,
        coefficients=coefficients,
        standard_errors=standard_errors,
        p_values=2 * norm.sf(np.abs(coefficients / standard_errors)),
        estimate=np.where(sampled, synthetic + weight * (direct - synthetic), synthetic),
        synthetic=synthetic,
        weight=weight,
        mse=_mean_squared_error(
            np.where(sampled, known, np.inf), design, x, error, area_variance, covariance, method
        ),
        sampled=sampled,
        log_likelihood=log_likelihood,
        aic=-2 * log_likelihood + 2 * (terms + 1),
        bic=-2 * log_likelihood + float(np.log(areas)) * (terms + 1),
    )


def _design(covariates: npt.ArrayLike | None, areas: int, *, intercept: bool) -> Floats:
    columns = [np.ones((areas, 1))] if intercept else []
    if covariates is not None:
        given = np.asarray(covariates, dtype=np.float64)
        columns.append(given[:, None] if given.ndim == 1 else given)
    if not columns:
        raise ValueError("covariates must be given where there is no intercept")
    if any(column.ndim != 2 or column.shape[0] != areas for column in columns):
        raise ValueError("covariates must have one row for each area")
    design = np.hstack(columns)
    if not np.all(np.isfinite(design)):
        raise ValueError("covariates must be known and finite for every area")
    return design


def _regression(
    y: Floats, error: Floats, x: Floats, area_variance: float
) -> tuple[Floats, Floats, Floats]:
    precision = 1 / (area_variance + error)
    covariance = np.asarray(np.linalg.inv((x.T * precision) @ x), dtype=np.float64)
    coefficients = covariance @ (x.T @ (precision * y))
    return coefficients, covariance, y - x @ coefficients


def _area_variance(y: Floats, error: Floats, x: Floats, method: str) -> float:
    from scipy import optimize

    freedom = x.shape[0] - x.shape[1]
    if method == "prasad_rao":
        hat = np.einsum("ij,ji->i", x, np.linalg.pinv(x))
        residual = y - x @ (np.linalg.pinv(x) @ y)
        return max(0.0, float(np.sum(residual**2) - np.sum(error * (1 - hat))) / freedom)
    if method == "fay_herriot":

        def excess(area_variance: float) -> float:
            residual = _regression(y, error, x, area_variance)[2]
            return float(np.sum(residual**2 / (area_variance + error))) - freedom

        if excess(0.0) <= 0:
            return 0.0
        # The weighted sum of squares is at most the unweighted one over A.
        residual = _regression(y, np.ones_like(y), x, 0.0)[2]
        return float(optimize.brentq(excess, 0.0, 2 * np.sum(residual**2) / freedom, xtol=1e-15))

    def log_likelihood(area_variance: float) -> float:
        _, covariance, residual = _regression(y, error, x, area_variance)
        total = area_variance + error
        value = -0.5 * float(np.sum(np.log(total) + residual**2 / total))
        if method == "reml":
            value += 0.5 * float(np.linalg.slogdet(covariance)[1])
        return value

    return most_likely_variance(log_likelihood, float(np.median(error)))


def _mean_squared_error(
    known: Floats,
    design: Floats,
    x: Floats,
    error: Floats,
    area_variance: float,
    covariance: Floats,
    method: str,
) -> Floats:
    """g1 + g2 + 2 g3 less the bias term; `known` is infinite for areas without y."""
    precision = 1 / (area_variance + error)
    first, second = precision.sum(), np.sum(precision**2)
    areas = error.size
    if method == "prasad_rao":
        variance, bias = 2 / areas**2 * np.sum(precision**-2), 0.0
    elif method == "fay_herriot":
        variance = 2 * areas / first**2
        bias = 2 * (areas * second - first**2) / first**3
    else:
        variance = 2 / second
        bias = -np.sum(covariance * ((x.T * precision**2) @ x)) / second if method == "ml" else 0.0
    shrunk = 1 / (1 + area_variance / known)
    chance = area_variance * shrunk
    regression = shrunk**2 * np.einsum("ij,jk,ik->i", design, covariance, design)
    estimation = shrunk**2 * variance / (area_variance + known)
    return chance + regression + 2 * estimation - bias * shrunk**2
