"""Farrington's detection of outbreaks in series of counts, first and flexible form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Flags, Floats, Integers, Language, in_language
from agriqa.stats.prediction_bounds import Bound, Power, check_bound, prediction_bounds
from agriqa.stats.quasi_poisson import QuasiPoisson, quasi_poisson


@dataclass(frozen=True)
class FarringtonSignals:
    """Signals of Farrington's method, of the shape of the counts (time last).

    All are NaN (alarm false) at time points without enough history, with a
    missing count, or where no model could be fitted.

    Attributes
    ----------
    expected : ndarray of float, shape (..., time)
        Expected count.
    lower, upper : ndarray of float, shape (..., time)
        One-sided prediction bounds [count].
    p_value : ndarray of float, shape (..., time)
        Probability of a count as large, without an outbreak [0-1].
    score : ndarray of float, shape (..., time)
        (count - expected) / (upper - expected).
    dispersion : ndarray of float, shape (..., time)
        Of the reference counts, at least 1.
    trend : ndarray of float, shape (..., time)
        Change of the log expectation per time point; 0 where left out.
    enough : ndarray of bool, shape (..., time)
        Whether the latest time points had the minimum of cases.
    alarm : ndarray of bool, shape (..., time)
        Count above `upper` and above 0, with enough cases.
    """

    expected: Floats
    lower: Floats
    upper: Floats
    p_value: Floats
    score: Floats
    dispersion: Floats
    trend: Floats
    enough: Flags
    alarm: Flags

    def summary(self, language: Language = "zh") -> str:
        """One plain sentence with the numbers in it."""
        tested, alarms = int((~np.isnan(self.upper)).sum()), int(self.alarm.sum())
        return in_language(
            language,
            zh=f"Farrington法：{tested}个时点中{alarms}个预警。",
            en=f"Farrington's method signals at {alarms} of {tested} time points.",
        )


@dataclass(frozen=True)
class _Options:
    period: int
    years: int
    half_window: int
    blocks: int
    excluded: int
    reweight: bool
    reweight_above: float
    trend: bool
    trend_p: float


def farrington(
    counts: npt.ArrayLike,
    *,
    period: int = 52,
    years: int = 5,
    half_window: int = 3,
    blocks: int = 10,
    excluded: int = 26,
    reweight: bool = True,
    reweight_above: float = 2.58,
    trend: bool = True,
    trend_p: float = 1.0,
    bound: Bound = "negative_binomial",
    power: Power = "2/3",
    alpha: float = 0.01,
    minimum_cases: int = 5,
    minimum_span: int = 4,
    population: npt.ArrayLike | None = None,
    start: int | None = None,
) -> FarringtonSignals:
    """Compare each count with what the same season of past years leads to expect.

    A quasi-Poisson regression with trend is fitted to the reference counts,
    past outbreaks are given less weight, and the count is compared with an
    upper bound. The defaults are those of Farrington flexible as Noufaily et
    al. (2013) propose; Farrington et al. (1996) is blocks=1, excluded=3,
    reweight_above=1, trend_p=0.05, bound="power", alpha=0.005 (their two-sided
    0.01).

    Parameters
    ----------
    counts : array_like of float, shape (..., time)
        Counts, time on the last axis; NaN for missing.
    period : int
        Time points in a year: 52 weeks, 12 months, 4 quarters.
    years : int
        Years of history used. Trends need at least 3.
    half_window : int
        Time points around the same point of each past year.
    blocks : int
        With 1 only these windows are reference; with more the rest of each
        year is, too, in blocks - 1 seasonal levels of equal length.
    excluded : int
        Latest time points, besides the one tested, that are no reference;
        from `half_window` on with blocks=1 none of the running season is.
    reweight : bool
        Weigh down past counts with standardised Anscombe residuals s above
        `reweight_above`, by s⁻².
    reweight_above : float
        See `reweight`.
    trend : bool
        Try a log-linear trend. It is kept if its p-value is at most `trend_p`,
        `years` is at least 3, and the expectation does not exceed every
        reference count.
    trend_p : float
        See `trend`; 1 keeps every trend that meets the other two conditions.
    bound : str
        "power": normal on the power scale (`power`), with the uncertainty of
        the expectation; "negative_binomial": quantile with the expectation
        plugged in; "negative_binomial_upper": with its 1 - alpha limit
        (R's surveillance: delta, nbPlugin, muan).
    power : {"2/3", "1/2", "1"}
        Transformation for "power".
    alpha : float
        One-sided level of the bounds.
    minimum_cases, minimum_span : int
        Signal only with at least so many cases in so many latest time points,
        the tested one included; missing counts are none.
    population : array_like of float, optional
        Offset, broadcast to the counts; positive.
    start : int, optional
        First time point (from 0) tested; by default the first with enough
        history, period x years + half_window.

    Returns
    -------
    FarringtonSignals

    Raises
    ------
    ValueError
        If a count is negative or infinite, a population is not positive, an
        option is outside its range, or `start` lacks history.

    Notes
    -----
    The names in R's surveillance: freq is period, b years, w half_window,
    noPeriods blocks, pastWeeksNotIncluded excluded, weightsThreshold
    reweight_above, pThresholdTrend trend_p, limit54 minimum_cases and
    minimum_span. Reference points are whole periods back, not calendar dates.
    The standard error of the expectation uses the dispersion of at least 1,
    and the score counts on the scale of the counts also for quantile bounds,
    where surveillance subtracts the logarithm of the expectation.

    References
    ----------
    Farrington et al. (1996), J. R. Stat. Soc. A 159; Noufaily et al. (2013),
    Stat. Med. 32; Salmon, Schumacher and Höhle (2016), J. Stat. Softw. 70(10).

    Examples
    --------
    >>> monthly = [4.0] * 61 + [20.0]
    >>> found = farrington(monthly, period=12, half_window=1, blocks=1, excluded=2)
    >>> found.alarm.tolist()[-1], round(float(found.expected[-1]), 3)
    (True, 4.0)
    """
    found = np.asarray(counts, dtype=np.float64)
    if found.ndim == 0:
        raise ValueError("counts must have a time axis")
    if np.any((found < 0) | np.isinf(found)):
        raise ValueError("counts must not be negative or infinite")
    people = np.broadcast_to(
        1.0 if population is None else np.asarray(population, dtype=np.float64), found.shape
    )
    if not np.all((people > 0) & np.isfinite(people)):
        raise ValueError("population must be positive and finite")
    options = _Options(
        period, years, half_window, blocks, excluded, reweight, reweight_above, trend, trend_p
    )
    _check(options, minimum_cases, minimum_span)
    check_bound(bound, power, alpha)
    history = period * years + half_window
    first = history if start is None else start
    if first < history:
        raise ValueError(f"start must be at least {history}, got {first}")
    result = {
        name: np.full(found.shape, np.nan)
        for name in ("expected", "lower", "upper", "p_value", "score", "dispersion", "trend")
    }
    enough = _recent(found, minimum_span) >= minimum_cases
    for series in np.ndindex(found.shape[:-1]):
        for t in range(first, found.shape[-1]):
            if np.isnan(found[series][t]):
                continue
            prediction = _predict(found[series], people[series], t, options)
            if prediction is None:
                continue
            expected, se, dispersion, slope = prediction
            low, high, p = prediction_bounds(
                expected, se, dispersion, found[series][t], bound=bound, power=power, alpha=alpha
            )
            distance = high - expected
            score = (found[series][t] - expected) / distance if distance > 0 else np.nan
            numbers = (expected, low, high, p, score, dispersion, slope)
            for name, number in zip(result, numbers, strict=True):
                result[name][(*series, t)] = number
    alarm = (found > result["upper"]) & (found > 0) & enough
    return FarringtonSignals(**result, enough=enough, alarm=alarm)


def outbreak_weights(residuals: npt.ArrayLike, *, above: float = 2.58) -> Floats:
    """Weights that take past outbreaks down: s⁻² above a limit, their sum n.

    Parameters
    ----------
    residuals : array_like of float, shape (n,)
        Standardised Anscombe residuals.
    above : float
        Residuals up to this keep full weight.

    Returns
    -------
    ndarray of float, shape (n,)

    References
    ----------
    Farrington et al. (1996), J. R. Stat. Soc. A 159.

    Examples
    --------
    >>> outbreak_weights([0.0, 2.0], above=1).tolist()
    [1.6, 0.4]
    """
    s = np.asarray(residuals, dtype=np.float64)
    raw = np.where(s > above, np.where(s > above, s, 1.0) ** -2.0, 1.0)
    return np.asarray(raw * s.size / raw.sum())


def _check(options: _Options, cases: int, span: int) -> None:
    for name, number, least in (
        ("period", options.period, 1),
        ("years", options.years, 1),
        ("half_window", options.half_window, 0),
        ("blocks", options.blocks, 1),
        ("excluded", options.excluded, 0),
        ("minimum_cases", cases, 0),
        ("minimum_span", span, 1),
    ):
        if number < least:
            raise ValueError(f"{name} must be at least {least}, got {number}")
    if 2 * options.half_window + 1 > options.period:
        raise ValueError("the window, 2 half_window + 1, must not be longer than the period")
    most = options.period - 2 * options.half_window
    if options.blocks > most:
        raise ValueError(
            f"blocks must be at most {most} with this period and half_window, got {options.blocks}"
        )


def _recent(counts: Floats, span: int) -> Floats:
    """Cases in the `span` latest time points, as far as there are any."""
    total = np.cumsum(np.nan_to_num(counts), axis=-1)
    earlier = np.zeros_like(total)
    earlier[..., span:] = total[..., :-span]
    return np.asarray(np.round(total - earlier, 9))


def _reference(t: int, options: _Options) -> tuple[Integers, Integers]:
    """List reference time points and seasonal levels; level 0 is the season of t."""
    levels = np.full(t + 1, -1, dtype=np.int64)
    width = options.half_window
    for year in range(1, options.years + 1):
        centre = t - year * options.period
        if options.blocks > 1:
            between = np.arange(centre + width + 1, centre + options.period - width)
            # The first blocks are one longer where the year does not divide.
            for level, part in enumerate(np.array_split(between, options.blocks - 1), start=1):
                levels[part] = level
        levels[centre - width : centre + width + 1] = 0
    levels[t - width :] = 0
    levels[max(t - options.excluded, 0) :] = -1
    chosen = np.flatnonzero(levels >= 0)
    return chosen, levels[chosen]


def _predict(
    counts: Floats, people: Floats, t: int, options: _Options
) -> tuple[float, float, float, float] | None:
    """Give expected count at t, standard error of its logarithm, dispersion, slope."""
    points, levels = _reference(t, options)
    known = ~np.isnan(counts[points])
    points, levels = points[known], levels[known]
    if points.size < 2:
        return None
    y, offset = counts[points], np.log(people[points])
    if not y.any():
        return 0.0, 0.0, 1.0, 0.0
    seasons = (levels[:, None] == np.unique(levels[levels > 0])).astype(np.float64)
    flat = np.column_stack([np.ones(points.size), seasons])
    now = np.zeros(flat.shape[1])
    now[0] = 1.0
    if options.trend and options.years >= 3:
        # Counted from t, the slope has no part in the expectation at t.
        fit = _fit(y, np.column_stack([flat, points - float(t)]), offset, options)
        if fit is not None:
            expected, *rest = _at(fit, np.append(now, 0.0), people[t])
            if _trend_p(fit) <= options.trend_p and expected <= y.max():
                return expected, rest[0], rest[1], float(fit.coefficients[-1])
    fit = _fit(y, flat, offset, options)
    if fit is None:
        return None
    return *_at(fit, now, people[t]), 0.0


def _fit(y: Floats, design: Floats, offset: Floats, options: _Options) -> QuasiPoisson | None:
    """Fit, and fit again with past outbreaks weighed down."""
    fit = quasi_poisson(y, design, offset=offset)
    if fit is None or not options.reweight or fit.degrees_of_freedom == 0:
        return fit
    raw = 1.5 * (y ** (2 / 3) * fit.fitted ** (-1 / 6) - np.sqrt(fit.fitted))
    spread = max(fit.dispersion, 1.0) * np.maximum(1 - fit.leverages, 1e-12)
    weights = outbreak_weights(raw / np.sqrt(spread), above=options.reweight_above)
    return quasi_poisson(y, design, weights=weights, offset=offset)


def _at(fit: QuasiPoisson, row: Floats, people: float) -> tuple[float, float, float]:
    """Give expectation, standard error of its logarithm, dispersion of at least 1."""
    dispersion = 1.0 if np.isnan(fit.dispersion) else max(fit.dispersion, 1.0)
    expected = float(np.exp(row @ fit.coefficients)) * float(people)
    variance = dispersion * float(row @ fit.unscaled_covariance @ row)
    return expected, float(np.sqrt(variance)), dispersion


def _trend_p(fit: QuasiPoisson) -> float:
    """P-value of the last coefficient, by Student's t."""
    from scipy import stats

    if fit.degrees_of_freedom == 0:
        return 1.0
    se = np.sqrt(fit.dispersion * fit.unscaled_covariance[-1, -1])
    if not se > 0:
        return 1.0
    return float(2 * stats.t.sf(abs(fit.coefficients[-1]) / se, fit.degrees_of_freedom))
