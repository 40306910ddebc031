"""Maximum likelihood for left- and interval-censored values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from agriqa.stats.censored.observations import left_censored
from agriqa.stats.checks import (
    Flags,
    Floats,
    Language,
    in_language,
    require_choice,
    require_confidence,
)

Distribution = Literal["log-normal", "normal", "gamma"]
MeanInterval = Literal["delta", "cox"]
DISTRIBUTIONS = ("log-normal", "normal", "gamma")


@dataclass(frozen=True)
class LikelihoodFit:
    """Distribution fitted to censored values by maximum likelihood.

    Attributes
    ----------
    distribution : str
        "log-normal", "normal" or "gamma".
    location, scale : float
        Mean and standard deviation (of the logarithms for "log-normal"), or
        shape and scale for "gamma". The maximum-likelihood values: the scale
        is not corrected for its bias (as R's survreg and NADA).
    covariance : ndarray of float, shape (2, 2)
        Of (location, log scale), or of (log shape, log scale) for "gamma";
        inverse observed information.
    log_likelihood : float
        At the maximum.
    mean, median, sd : float
        Of the fitted distribution [unit of the input]. For "log-normal"
        exp(m + s²/2), exp(m) and sqrt(exp(2m + s²)(exp(s²) - 1)), without a
        correction for bias (as NADA's cenmle).
    n, n_censored, n_missing : int
        Observations used, those of them censored, and those left out [count].
    """

    distribution: str
    location: float
    scale: float
    covariance: Floats
    log_likelihood: float
    mean: float
    median: float
    sd: float
    n: int
    n_censored: int
    n_missing: int

    @property
    def akaike(self) -> float:
        """Akaike's information criterion, two parameters."""
        return 4 - 2 * self.log_likelihood

    @property
    def standard_error(self) -> float:
        """Standard error of the mean by the delta method [unit of the input]."""
        gradient = _mean_gradient(self)
        return float(np.sqrt(gradient @ self.covariance @ gradient))

    def mean_interval(
        self, *, confidence: float = 0.95, method: MeanInterval = "delta"
    ) -> tuple[float, float]:
        """Confidence interval of the mean.

        Parameters
        ----------
        confidence : float
            Two-sided level, between 0 and 1.
        method : {"delta", "cox"}
            Delta method, on the logarithm of the mean unless "normal"; or
            Cox's method with s²/n + s⁴/(2(n + 1)), log-normal only, as NADA
            (which takes no account of the information lost by censoring).

        Returns
        -------
        low, high : float

        Raises
        ------
        ValueError
            If an option is not allowed, or "cox" meets another distribution.
        """
        from scipy import stats

        require_confidence(confidence)
        require_choice("method", method, ("delta", "cox"))
        if method == "cox" and self.distribution != "log-normal":
            raise ValueError('method "cox" is only for the log-normal distribution')
        z = float(stats.norm.ppf(0.5 + confidence / 2))
        if self.distribution == "normal":
            return self.mean - z * self.standard_error, self.mean + z * self.standard_error
        spread = self.standard_error / self.mean
        if method == "cox":
            spread = float(np.sqrt(self.scale**2 / self.n + self.scale**4 / (2 * (self.n + 1))))
        return self.mean * float(np.exp(-z * spread)), self.mean * float(np.exp(z * spread))

    def quantile(self, probability: npt.ArrayLike) -> Floats:
        """Quantiles of the fitted distribution.

        Parameters
        ----------
        probability : array_like of float
            Probabilities in (0, 1).

        Returns
        -------
        ndarray of float, of the same shape

        Raises
        ------
        ValueError
            If a probability is outside (0, 1).
        """
        wanted = np.asarray(probability, dtype=np.float64)
        if not np.all((wanted > 0) & (wanted < 1)):
            raise ValueError("probability must be between 0 and 1")
        return _quantile(self.distribution, self.location, self.scale, wanted)

    def quantile_interval(
        self, probability: float, *, confidence: float = 0.95
    ) -> tuple[float, float]:
        """Confidence interval of a quantile by the delta method.

        Parameters
        ----------
        probability : float
            Probability of the quantile, 0.5 for the median.
        confidence : float
            Two-sided level, between 0 and 1.

        Returns
        -------
        low, high : float
            Taken on the logarithm of the quantile unless "normal" (as NADA
            for "log-normal").

        Raises
        ------
        ValueError
            If a probability is outside (0, 1).
        """
        from scipy import special

        require_confidence(confidence)
        middle = float(self.quantile(probability))
        # Derivatives of the quantile, or its logarithm, by the parameters of the covariance.
        gradient = np.array([1.0, self.scale * float(special.ndtri(probability))])
        if self.distribution == "gamma":
            step = 1e-4
            near = special.gammaincinv(self.location * np.exp([-step, step]), probability)
            gradient = np.array([np.log(near[1] / near[0]) / (2 * step), 1.0])
        half = float(special.ndtri(0.5 + confidence / 2)) * float(
            np.sqrt(gradient @ self.covariance @ gradient)
        )
        if self.distribution == "normal":
            return middle - half, middle + half
        return middle * float(np.exp(-half)), middle * float(np.exp(half))

    def summary(self, language: Language = "zh") -> str:
        """One plain sentence with the numbers in it."""
        share = 100 * self.n_censored / self.n
        low, high = self.mean_interval()
        names = {"log-normal": "对数正态", "normal": "正态", "gamma": "伽马"}
        return in_language(
            language,
            zh=(
                f"{self.n}个数据中{share:.1f}%未检出；{names[self.distribution]}分布最大似然"
                f"均值{self.mean:.4g}（95%置信区间{low:.4g}至{high:.4g}）。"
            ),
            en=(
                f"{share:.1f}% of {self.n} values are censored; the {self.distribution} mean by "
                f"maximum likelihood is {self.mean:.4g} (95% interval {low:.4g} to {high:.4g})."
            ),
        )


def maximum_likelihood(
    values: npt.ArrayLike,
    censored: npt.ArrayLike,
    *,
    lower: npt.ArrayLike | None = None,
    distribution: Distribution = "log-normal",
) -> LikelihoodFit:
    """Fit a distribution to left- or interval-censored values.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        Value where detected, upper limit where censored; NaN is left out.
    censored : array_like of bool, shape (n,)
        True where only known to lie below `values`.
    lower : array_like of float, shape (n,), optional
        Lower limits of the censored values (a detection limit below a limit
        of quantification); NaN for none. Not read where detected.
    distribution : {"log-normal", "normal", "gamma"}

    Returns
    -------
    LikelihoodFit

    Raises
    ------
    ValueError
        If lengths differ, fewer than two different values are detected (the
        likelihood then has no maximum in general), a value is not positive
        where it must be, a lower limit is not below its upper one, the option
        is not allowed, or no maximum is found.

    References
    ----------
    Cohen (1959), Technometrics 1; Helsel (2012), Statistics for Censored
    Environmental Data, 2nd ed., ch. 6.

    Examples
    --------
    >>> fit = maximum_likelihood([1.0, 2.0, 4.0], [False, False, False])
    >>> round(fit.median, 6)
    2.0
    """
    require_choice("distribution", distribution, DISTRIBUTIONS)
    sample = left_censored(values, censored)
    found, flags = sample.values, sample.censored
    floor = -np.inf if distribution == "normal" else 0.0
    lows = np.full(found.size, floor)
    if lower is not None:
        given = np.asarray(lower, dtype=np.float64)
        if given.shape != sample.kept.shape:
            raise ValueError(f"lower must have the length of values, got {given.shape}")
        lows = np.where(np.isnan(given[sample.kept]), floor, given[sample.kept])
        if np.any(flags & (lows >= found)):
            raise ValueError("a lower limit must be below its upper limit")
    if np.unique(sample.detected).size < 2:
        raise ValueError("at least two different detected values are needed")
    if distribution != "normal":
        if np.any(found <= 0):
            raise ValueError(f"values must be positive for the {distribution} distribution")
        lows = np.maximum(lows, 0.0)
    if distribution == "log-normal":
        with np.errstate(divide="ignore"):
            found, lows = np.log(found), np.log(lows)
    point, covariance, height = _maximum(found, lows, flags, distribution)
    if distribution == "log-normal":
        height -= float(found[~flags].sum())
    location, scale = float(point[0]), float(np.exp(point[1]))
    if distribution == "gamma":
        location = float(np.exp(location))
    mean, sd = _moments(distribution, location, scale)
    median = float(_quantile(distribution, location, scale, np.float64(0.5)))
    return LikelihoodFit(
        distribution=distribution,
        location=location,
        scale=scale,
        covariance=covariance,
        log_likelihood=height,
        mean=mean,
        median=median,
        sd=sd,
        n=found.size,
        n_censored=int(flags.sum()),
        n_missing=sample.missing,
    )


def _maximum(
    high: Floats, low: Floats, flags: Flags, distribution: str
) -> tuple[Floats, Floats, float]:
    """Maximum of the log-likelihood: simplex to come near, Newton to arrive."""
    from scipy import optimize

    # On the scale of the data all parameters are of order one.
    unit = float(np.std(high[~flags])) if distribution != "gamma" else float(high.mean())
    shift = float(np.mean(high)) if distribution != "gamma" else 0.0
    upper, bottom = (high - shift) / unit, (low - shift) / unit
    terms = _gamma_terms if distribution == "gamma" else _normal_terms

    def objective(point: Floats) -> float:
        return -terms(point, upper[~flags], bottom[flags], upper[flags])

    simplex = [[0.0, 0.0], [0.5, 0.0], [0.0, 0.5]]
    near = {"xatol": 1e-2, "fatol": 1e-2, "initial_simplex": simplex}
    start = optimize.minimize(objective, np.zeros(2), method="Nelder-Mead", options=near)
    point = np.asarray(start.x, dtype=np.float64)
    for _ in range(20):
        information = _hessian(objective, point)
        if not np.all(np.isfinite(information)) or np.linalg.det(information) <= 0:
            raise ValueError("the likelihood has no maximum for these values")
        # The Hessian costs four gradients and serves for two steps.
        for _ in range(2):
            step = np.linalg.solve(information, _gradient(objective, point))
            point = point - step
        if np.max(np.abs(step)) < 1e-10:
            break
    # Rounding may keep the steps of a large sample, or of a large shape, above the limit.
    if np.max(np.abs(step)) > 1e-5:
        raise ValueError("the likelihood has no maximum for these values")
    covariance: Floats = np.asarray(np.linalg.inv(_hessian(objective, point)), np.float64)
    height = -objective(point) - float(np.count_nonzero(~flags)) * np.log(unit)
    point = point + np.array([0.0, np.log(unit)])
    if distribution != "gamma":
        point[0] = point[0] * unit + shift
        covariance = covariance * np.outer([unit, 1.0], [unit, 1.0])
    return point, covariance, float(height)


def _gradient(function: Callable[[Floats], float], point: Floats) -> Floats:
    """Gradient by five-point central differences."""
    step = 2e-3
    weights = {-2: 1.0, -1: -8.0, 1: 8.0, 2: -1.0}
    return np.array(
        [
            sum(w * function(point + k * step * axis) for k, w in weights.items()) / (12 * step)
            for axis in np.eye(2)
        ]
    )


def _hessian(function: Callable[[Floats], float], point: Floats) -> Floats:
    """Hessian by central differences of the gradient."""
    step = 2e-3
    rows = np.array(
        [
            (_gradient(function, point + step * axis) - _gradient(function, point - step * axis))
            / (2 * step)
            for axis in np.eye(2)
        ]
    )
    return np.asarray((rows + rows.T) / 2)


def _normal_terms(point: Floats, exact: Floats, low: Floats, high: Floats) -> float:
    from scipy import special

    sigma = np.exp(point[1])
    z = (exact - point[0]) / sigma
    total = float(-0.5 * z @ z - z.size * (point[1] + 0.5 * np.log(2 * np.pi)))
    a, b = (low - point[0]) / sigma, (high - point[0]) / sigma
    # Above the mean the tail is taken from the other side, where it keeps its digits.
    flip = a > 0
    a, b = np.where(flip, -b, a), np.where(flip, -a, b)
    top = special.log_ndtr(b)
    with np.errstate(divide="ignore"):
        total += float(np.sum(top + np.log1p(-np.exp(special.log_ndtr(a) - top))))
    return total


def _gamma_terms(point: Floats, exact: Floats, low: Floats, high: Floats) -> float:
    from scipy import special

    shape, scale = np.exp(point)
    density = (shape - 1) * np.log(exact) - exact / scale
    total = float(np.sum(density)) - exact.size * float(
        special.gammaln(shape) + shape * np.log(scale)
    )
    inside = special.gammainc(shape, high / scale) - special.gammainc(shape, low / scale)
    outside = special.gammaincc(shape, low / scale) - special.gammaincc(shape, high / scale)
    mass = np.where(low / scale > shape, outside, inside)
    return total + float(np.sum(np.log(np.maximum(mass, np.finfo(float).tiny))))


def _moments(distribution: str, location: float, scale: float) -> tuple[float, float]:
    """Mean and standard deviation."""
    if distribution == "normal":
        return location, scale
    if distribution == "gamma":
        return location * scale, float(np.sqrt(location)) * scale
    mean = float(np.exp(location + scale**2 / 2))
    return mean, mean * float(np.sqrt(np.expm1(scale**2)))


def _mean_gradient(fit: LikelihoodFit) -> Floats:
    """Derive the mean by the two parameters of the covariance."""
    if fit.distribution == "normal":
        return np.array([1.0, 0.0])
    if fit.distribution == "gamma":
        return np.array([fit.mean, fit.mean])
    return np.array([fit.mean, fit.mean * fit.scale**2])


def _quantile(distribution: str, location: float, scale: float, p: npt.ArrayLike) -> Floats:
    from scipy import special

    if distribution == "gamma":
        return np.asarray(special.gammaincinv(location, p) * scale)
    found = location + scale * special.ndtri(p)
    return np.asarray(np.exp(found) if distribution == "log-normal" else found)
