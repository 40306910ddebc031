"""Interrupted time series: change of level and slope at a known date."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, Language, in_language, require_choice, require_confidence

Model = Literal["linear", "log-linear", "quasi-poisson"]

_MODELS = ("linear", "log-linear", "quasi-poisson")


@dataclass(frozen=True)
class Estimate:
    """Estimates with confidence limits; scalars or arrays of one shape.

    Attributes
    ----------
    value, low, high : ndarray of float
        Estimate and its limits.
    p : ndarray of float
        Two-sided p-value of no effect.
    """

    value: Floats
    low: Floats
    high: Floats
    p: Floats


@dataclass(frozen=True)
class InterruptedSeries:
    """Fitted interrupted time series.

    Attributes
    ----------
    times, observed, fitted, counterfactual : ndarray of float, shape (n,)
        The series without missing values, the model, and the model without the
        intervention (equal to the model before it) [unit of y].
    level_change : Estimate
        Jump at the start [unit of y; for the two log models of ln y].
    slope_change : Estimate
        Change of the slope [per unit of time; for the log models of ln y]; missing
        if the model has none.
    effect : Estimate, shape (n_after,)
        Model less counterfactual at every time from the start on [unit of y].
    cumulative : Estimate
        Sum of `effect` [unit of y].
    parameters : ndarray of float, shape (k,)
        Constant, slope, level change, slope change (if any), then a sine and a
        cosine per harmonic.
    covariance : ndarray of float, shape (k, k)
        Their covariance.
    start : float
        First time after the intervention.
    model : str
        "linear", "log-linear" or "quasi-poisson".
    lags : int
        Newey-West lags (0 for quasi-Poisson).
    dispersion : float
        Residual variance, or Pearson dispersion for quasi-Poisson.
    degrees_of_freedom : float
        Of the t distribution behind the limits; infinite for the normal one.
    period, harmonics, has_slope_change, confidence
        As asked for.
    """

    times: Floats
    observed: Floats
    fitted: Floats
    counterfactual: Floats
    level_change: Estimate
    slope_change: Estimate
    effect: Estimate
    cumulative: Estimate
    parameters: Floats
    covariance: Floats
    start: float
    model: str
    lags: int
    dispersion: float
    degrees_of_freedom: float
    period: float | None
    harmonics: int
    has_slope_change: bool
    confidence: float

    def effect_at(self, time: float, *, exposure: float = 1.0) -> Estimate:
        """Model less counterfactual at any time from the start on [unit of y]."""
        if not time >= self.start:
            raise ValueError(f"time must be {self.start:g} or later, got {time}")
        values, gradient = _effects(self, np.array([float(time)]), np.array([float(exposure)]))
        return _estimate(
            values, gradient, self.covariance, self.confidence, self.degrees_of_freedom
        )

    def ratio_at(self, time: float) -> Estimate:
        """Model over counterfactual at any time from the start on; log models only."""
        if self.model == "linear":
            raise ValueError("a linear model has no constant ratio; use effect_at")
        if not time >= self.start:
            raise ValueError(f"time must be {self.start:g} or later, got {time}")
        contrast = _design(self, np.array([float(time)]), True)
        contrast = contrast - _design(self, np.array([float(time)]), False)
        log_ratio = _estimate(
            contrast @ self.parameters,
            contrast,
            self.covariance,
            self.confidence,
            self.degrees_of_freedom,
        )
        return Estimate(
            np.exp(log_ratio.value), np.exp(log_ratio.low), np.exp(log_ratio.high), log_ratio.p
        )

    def summary(self, language: Language = "zh") -> str:
        """Return the effect at the last time and in sum, in one sentence."""
        last = [float(x[-1]) for x in (self.effect.value, self.effect.low, self.effect.high)]
        total = [
            float(x) for x in (self.cumulative.value, self.cumulative.low, self.cumulative.high)
        ]
        level = f"{self.confidence:.0%}"
        return in_language(
            language,
            zh=(
                f"自{self.start:g}起：{self.times[-1]:g}的效应为{last[0]:.4g}（{level}区间"
                f"{last[1]:.4g}至{last[2]:.4g}），累计{total[0]:.4g}（{total[1]:.4g}至{total[2]:.4g}）。"
            ),
            en=(
                f"From {self.start:g} on: effect at {self.times[-1]:g} {last[0]:.4g} ({level}: "
                f"{last[1]:.4g} to {last[2]:.4g}); cumulative {total[0]:.4g} "
                f"({total[1]:.4g} to {total[2]:.4g})."
            ),
        )


def _columns(
    times: Floats,
    after: Floats,
    *,
    start: float,
    slope_change: bool,
    period: float | None,
    harmonics: int,
) -> Floats:
    """Design of segmented regression; `after` switches the intervention on.

    Time counts from the start, which leaves the two changes as they are and keeps
    calendar years well conditioned.
    """
    since = times - start
    columns = [np.ones(times.size), since, after]
    if slope_change:
        columns.append(since * after)
    for j in range(1, harmonics + 1):
        angle = 2 * np.pi * j * times / float(period or 1)
        if 2 * j != period:  # there the sine is 0 at every whole time
            columns.append(np.sin(angle))
        columns.append(np.cos(angle))
    return np.column_stack(columns)


def _design(series: InterruptedSeries, times: Floats, intervention: bool) -> Floats:
    after = (times >= series.start).astype(np.float64) * intervention
    return _columns(
        times,
        after,
        start=series.start,
        slope_change=series.has_slope_change,
        period=series.period,
        harmonics=series.harmonics,
    )


def _effects(series: InterruptedSeries, times: Floats, exposure: Floats) -> tuple[Floats, Floats]:
    """Model less counterfactual and its derivatives by the parameters."""
    with_it, without = _design(series, times, True), _design(series, times, False)
    if series.model == "linear":
        return (with_it - without) @ series.parameters, with_it - without
    model = exposure * np.exp(with_it @ series.parameters)
    base = exposure * np.exp(without @ series.parameters)
    return model - base, model[:, np.newaxis] * with_it - base[:, np.newaxis] * without


def _estimate(
    values: Floats, gradient: Floats, covariance: Floats, confidence: float, freedom: float
) -> Estimate:
    """Limits by the delta method."""
    from scipy.stats import norm, t

    reference = norm() if np.isinf(freedom) else t(freedom)
    error = np.sqrt(np.einsum("...i,ij,...j->...", gradient, covariance, gradient))
    half = reference.ppf((1 + confidence) / 2) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * reference.sf(np.abs(values / error))
    return Estimate(values, values - half, values + half, p)


def newey_west_lags(n: int) -> int:
    """Return floor(4 (n / 100)^(2/9)), the usual number of lags for n points.

    References
    ----------
    Newey and West (1994), Review of Economic Studies 61, 631-653.

    Examples
    --------
    >>> newey_west_lags(100)
    4
    """
    if n < 1:
        raise ValueError(f"n must be at least 1, got {n}")
    return int(np.floor(4 * (n / 100) ** (2 / 9) + 1e-12))


def interrupted_time_series(
    y: npt.ArrayLike,
    times: npt.ArrayLike | None = None,
    *,
    start: float,
    model: Model = "linear",
    exposure: npt.ArrayLike | None = None,
    slope_change: bool = True,
    period: float | None = None,
    harmonics: int = 0,
    lags: int | None = None,
    reference: Literal["t", "normal"] = "t",
    confidence: float = 0.95,
) -> InterruptedSeries:
    """Segmented regression of an interrupted time series.

    g(y) = b0 + b1 (t - start) + b2 post + b3 (t - start) post + season, with post = 1
    from `start` on: b2 is the jump at the start, b3 the change of the slope.

    Parameters
    ----------
    y : array_like, shape (n,)
        The series in order of time; missing values are left out.
    times : array_like, shape (n,), optional
        Rising times, at best equally spaced. Default 1, 2, 3, ...
    start : float
        First time after the intervention; at least two times lie on either side.
    model : {"linear", "log-linear", "quasi-poisson"}
        Least squares of y or of ln y (y above 0; effects then are on medians), both
        with Newey-West errors; or Poisson regression with log link and errors
        scaled by the Pearson dispersion, which take residuals to be independent.
    exposure : array_like, shape (n,), optional
        Population or volume at risk, above 0, quasi-Poisson only.
    slope_change : bool
        Whether the slope may change as well as the level.
    period : float, optional
        Length of the season in units of time, with `harmonics` pairs of sine and
        cosine; at most half as many as the period has units.
    harmonics : int
        Number of pairs, 0 for no season.
    lags : int, optional
        Newey-West lags (Bartlett weights, no small-sample factor); default
        floor(4 (n / 100)^(2/9)).
    reference : {"t", "normal"}
        Distribution behind limits and p: t with n - k degrees of freedom, or normal.
    confidence : float
        Confidence level, between 0 and 1.

    Returns
    -------
    InterruptedSeries

    Raises
    ------
    ValueError
        If shapes do not fit, times do not rise, there are too few points on a side
        or for the parameters, values suit not the model, or an option is out of
        its range.

    References
    ----------
    Bernal, Cummins and Gasparrini (2017), Int. J. Epidemiol. 46, 348-355; Newey and
    West (1987), Econometrica 55, 703-708.

    Examples
    --------
    >>> result = interrupted_time_series([1, 2, 3.1, 4, 8, 9.1, 10, 11], start=5)
    >>> round(float(result.level_change.value), 2)
    2.99
    """
    import statsmodels.api as sm

    require_choice("model", model, _MODELS)
    require_choice("reference", reference, ("t", "normal"))
    require_confidence(confidence)
    if harmonics and (harmonics < 0 or period is None or 2 * harmonics > period):
        raise ValueError("harmonics need a period at least twice as long as their number")
    value, when, at_risk = clean_series(y, times, exposure, model)
    x = _columns(
        when,
        (when >= start).astype(np.float64),
        start=start,
        slope_change=slope_change,
        period=period,
        harmonics=harmonics,
    )
    n, k = x.shape
    if min(np.sum(when < start), np.sum(when >= start)) < 2 or n <= k:
        raise ValueError(f"{n} points are too few for {k} parameters and two sides of the start")
    if np.linalg.matrix_rank(x) < k:
        raise ValueError("level, slope and season cannot be told apart with these times")
    used_lags = 0
    if model == "quasi-poisson":
        fit = sm.GLM(value, x, family=sm.families.Poisson(), exposure=at_risk).fit(scale="X2")
    else:
        used_lags = newey_west_lags(n) if lags is None else lags
        if not 0 <= used_lags < n:
            raise ValueError(f"lags must be between 0 and {n - 1}, got {used_lags}")
        response = np.log(value) if model == "log-linear" else value
        fit = sm.OLS(response, x).fit(cov_type="HAC", cov_kwds={"maxlags": used_lags})
    parameters, covariance = np.asarray(fit.params), np.asarray(fit.cov_params())
    freedom = float(n - k) if reference == "t" else np.inf
    changes = _estimate(parameters, np.eye(k), covariance, confidence, freedom)
    missing = Estimate(*(np.asarray(np.nan) for _ in range(4)))
    none = Estimate(*(np.empty(0) for _ in range(4)))
    draft = InterruptedSeries(
        times=when,
        observed=value,
        fitted=value,
        counterfactual=value,
        level_change=_entry(changes, 2),
        slope_change=_entry(changes, 3) if slope_change else missing,
        effect=none,
        cumulative=missing,
        parameters=parameters,
        covariance=covariance,
        start=start,
        model=model,
        lags=used_lags,
        dispersion=float(fit.scale),
        degrees_of_freedom=freedom,
        period=period,
        harmonics=harmonics,
        has_slope_change=slope_change,
        confidence=confidence,
    )
    linear = x @ parameters
    fitted = linear if model == "linear" else at_risk * np.exp(linear)
    after = when >= start
    effects, gradient = _effects(draft, when[after], at_risk[after])
    without = fitted.copy()
    without[after] -= effects
    return replace(
        draft,
        fitted=fitted,
        counterfactual=without,
        effect=_estimate(effects, gradient, covariance, confidence, freedom),
        cumulative=_estimate(
            np.asarray(effects.sum()), gradient.sum(axis=0), covariance, confidence, freedom
        ),
    )


def _entry(estimates: Estimate, i: int) -> Estimate:
    return Estimate(
        *(np.asarray(a[i]) for a in (estimates.value, estimates.low, estimates.high, estimates.p))
    )


def clean_series(
    y: npt.ArrayLike, times: npt.ArrayLike | None, exposure: npt.ArrayLike | None, model: str
) -> tuple[Floats, Floats, Floats]:
    """Values, times and exposure (1 if none) without missing values, checked."""
    value = np.asarray(y, dtype=np.float64)
    when = np.arange(1.0, value.size + 1) if times is None else np.asarray(times, np.float64)
    at_risk = np.ones(value.shape) if exposure is None else np.asarray(exposure, np.float64)
    if value.ndim != 1 or value.shape != when.shape or value.shape != at_risk.shape:
        raise ValueError("y, times and exposure must be one-dimensional and equally long")
    present = ~(np.isnan(value) | np.isnan(when) | np.isnan(at_risk))
    value, when, at_risk = value[present], when[present], at_risk[present]
    if np.any(np.diff(when) <= 0):
        raise ValueError("times must rise")
    if exposure is not None and (model != "quasi-poisson" or np.any(at_risk <= 0)):
        raise ValueError("exposure must be above 0 and is for the quasi-poisson model only")
    if model == "log-linear" and np.any(value <= 0):
        raise ValueError("the log-linear model needs values above 0")
    if model == "quasi-poisson" and (np.any(value < 0) or not np.any(value > 0)):
        raise ValueError("the quasi-poisson model needs values of 0 or more, not all 0")
    return value, when, at_risk
