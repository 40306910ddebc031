"""Intervals that carry a design-based standard error and degrees of freedom."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, require_confidence


def t_interval(
    estimate: npt.ArrayLike,
    standard_error: npt.ArrayLike,
    degrees_of_freedom: npt.ArrayLike,
    *,
    confidence: float = 0.95,
) -> tuple[Floats, Floats]:
    """Estimate plus and minus t times its standard error.

    Parameters
    ----------
    estimate, standard_error : array_like
        Estimates and their standard errors [same unit]; shapes broadcast.
    degrees_of_freedom : array_like
        Degrees of freedom of the standard errors; infinity gives the normal
        interval, none (0 or less) a missing one.
    confidence : float
        Two-sided confidence level, between 0 and 1.

    Returns
    -------
    low, high : ndarray of float
        Limits [unit of the estimate].

    Raises
    ------
    ValueError
        If the level is not in (0, 1).

    Examples
    --------
    >>> low, high = t_interval(10.0, 1.0, 9)
    >>> round(float(low), 3), round(float(high), 3)
    (7.738, 12.262)
    """
    centre = np.asarray(estimate, dtype=np.float64)
    spread = _t_quantile(degrees_of_freedom, confidence) * np.asarray(standard_error)
    return centre - spread, centre + spread


def design_proportion_interval(
    estimate: npt.ArrayLike,
    standard_error: npt.ArrayLike,
    n: npt.ArrayLike,
    *,
    degrees_of_freedom: npt.ArrayLike,
    method: str = "logit",
    confidence: float = 0.95,
    limit_effective_n: bool = False,
) -> tuple[Floats, Floats]:
    """Interval for a proportion estimated from a complex sample.

    Parameters
    ----------
    estimate, standard_error : array_like
        Proportions [0-1] and their design-based standard errors; shapes broadcast.
    n : array_like
        Units sampled [count].
    degrees_of_freedom : array_like
        Of the design: primary sampling units less strata.
    method : str
        "logit" (t interval on the log-odds scale; missing at 0 and 1),
        "korn_graubard" (Clopper-Pearson with the effective sample size adjusted
        for the degrees of freedom) or "wald" (t interval, cut to [0, 1]).
    confidence : float
        Two-sided confidence level, between 0 and 1.
    limit_effective_n : bool
        Let the effective sample size of "korn_graubard" not exceed n, as the US
        National Center for Health Statistics does; R's survey does not.

    Returns
    -------
    low, high : ndarray of float
        Limits [0-1].

    Raises
    ------
    ValueError
        If an estimate is outside [0, 1], the level is not in (0, 1) or the
        method is unknown.

    References
    ----------
    Korn & Graubard (1998), Survey Methodology 24; methods "xlogit" and "beta" of
    svyciprop in the R package survey; Parker et al. (2017), Vital Health Stat. 2(175).

    Examples
    --------
    >>> low, high = design_proportion_interval(0.9, 0.02, 300, degrees_of_freedom=28)
    >>> round(float(low), 4), round(float(high), 4)
    (0.8509, 0.9342)
    """
    rate, error, sampled = (
        np.asarray(values, dtype=np.float64) for values in (estimate, standard_error, n)
    )
    if np.any((rate < 0) | (rate > 1)):
        raise ValueError("proportions must be between 0 and 1")
    quantile = _t_quantile(degrees_of_freedom, confidence)
    if method == "wald":
        low, high = t_interval(rate, error, degrees_of_freedom, confidence=confidence)
        return np.clip(low, 0, 1), np.clip(high, 0, 1)
    if method == "logit":
        inner = np.where((rate > 0) & (rate < 1), rate, np.nan)
        centre, spread = np.log(inner / (1 - inner)), quantile * error / (inner * (1 - inner))
        return 1 / (1 + np.exp(spread - centre)), 1 / (1 + np.exp(-spread - centre))
    if method == "korn_graubard":
        from scipy.special import betaincinv

        tail = (1 - confidence) / 2
        size = effective_n(rate, error, sampled)
        size = size * np.where(
            (rate > 0) & (rate < 1), (_t_quantile(sampled - 1, confidence) / quantile) ** 2, 1.0
        )
        if limit_effective_n:
            size = np.minimum(size, sampled)
        passed, failed = size * rate, size * (1 - rate)
        low = np.where(rate == 0, 0.0, betaincinv(passed, failed + 1, tail))
        high = np.where(rate == 1, 1.0, betaincinv(passed + 1, failed, 1 - tail))
        # Without a standard error, but for rounding, an inner proportion is known exactly.
        exact = size > 1e16
        return np.where(exact, rate, low), np.where(exact, rate, high)
    raise ValueError(f"method must be one of logit, korn_graubard, wald, got {method!r}")


def effective_n(estimate: npt.ArrayLike, standard_error: npt.ArrayLike, n: npt.ArrayLike) -> Floats:
    """Size of the simple random sample that would be as precise: p (1 - p) / se^2.

    Parameters
    ----------
    estimate, standard_error : array_like
        Proportions [0-1] and their design-based standard errors; shapes broadcast.
    n : array_like
        Units sampled [count]; the result where the proportion is 0 or 1, which
        has no standard error.

    Returns
    -------
    ndarray of float
        Effective sample sizes [count]; infinite where the standard error is 0
        though the proportion is not 0 or 1.

    Examples
    --------
    >>> round(float(effective_n(0.5, 0.05, 400)), 6)
    100.0
    """
    rate, error, sampled = np.broadcast_arrays(
        *(np.asarray(values, dtype=np.float64) for values in (estimate, standard_error, n))
    )
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.where((rate == 0) | (rate == 1), sampled, rate * (1 - rate) / error**2)


def _t_quantile(degrees_of_freedom: npt.ArrayLike, confidence: float) -> Floats:
    from scipy.stats import t

    require_confidence(confidence)
    freedom = np.asarray(degrees_of_freedom, dtype=np.float64)
    positive = np.where(freedom > 0, freedom, np.nan)
    return np.asarray(t.ppf(0.5 + confidence / 2, positive), dtype=np.float64)
