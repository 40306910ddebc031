"""An estimated effect: its interval, its test, and the sentence that reports it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from agriqa.stats.checks import Language, in_language, require_confidence, require_level


def per_cent_of_log(effect: float) -> float:
    """Express an effect on a natural logarithm as a change in per cent.

    Parameters
    ----------
    effect : float
        Effect on the logarithm of the outcome.

    Returns
    -------
    float
        100 (exp(effect) - 1) [%].

    Examples
    --------
    >>> round(per_cent_of_log(-0.08), 2)
    -7.69
    """
    return float(100 * np.expm1(effect))


@dataclass(frozen=True)
class Effect:
    """An effect with its uncertainty.

    Attributes
    ----------
    estimate : float
        Effect, in the outcome's unit (on the log scale where the outcome is a logarithm).
    standard_error : float
        Standard error, same unit.
    low, high : float
        Limits of the interval, same unit.
    p_value : float
        Two-sided p value of "no effect" [0-1].
    confidence : float
        Level of the interval [0-1].
    degrees_of_freedom : float
        Of the t distribution used; infinite where the normal is used.
    n_observations : int
        Rows used [count].
    n_units : int
        Units (or clusters, where only those are known) used [count].
    """

    estimate: float
    standard_error: float
    low: float
    high: float
    p_value: float
    confidence: float
    degrees_of_freedom: float
    n_observations: int
    n_units: int

    def in_per_cent(self) -> tuple[float, float, float]:
        """Estimate, low and high limit as a change in per cent, for a log outcome."""
        return per_cent_of_log(self.estimate), per_cent_of_log(self.low), per_cent_of_log(self.high)

    def summary(self, language: Language = "zh", *, log_outcome: bool = False) -> str:
        """Say the effect in one sentence.

        Parameters
        ----------
        language : {"zh", "en"}
            Chinese or English.
        log_outcome : bool
            The outcome is a natural logarithm: express the effect in per cent.

        Raises
        ------
        ValueError
            If the language is another.
        """
        values = self.in_per_cent() if log_outcome else (self.estimate, self.low, self.high)
        unit = " %" if log_outcome else ""
        estimate, low, high = (f"{_signed(value, log_outcome)}{unit}" for value in values)
        level = f"{100 * self.confidence:g} %"
        clear = self.p_value < 1 - self.confidence
        chinese = "与零有明显差别" if clear else "尚不能与零区分"
        english = "clearly different from zero" if clear else "not distinguishable from zero"
        p = _p_value(self.p_value)
        return in_language(
            language,
            zh=(
                f"估计效应 {estimate}({level} 区间 {low} 至 {high},{p}),"
                f"{chinese};基于 {self.n_units} 个单元、{self.n_observations} 条观测。"
            ),
            en=(
                f"Estimate {estimate} ({level} {low} to {high}, {p}), {english};"
                f" from {self.n_units} units and {self.n_observations} observations."
            ),
        )


def _signed(value: float, per_cent: bool) -> str:
    text = f"{value:.1f}" if per_cent else f"{value:.4g}"
    return text.replace("-", "−")


def _p_value(value: float) -> str:
    return "p<0.001" if value < 0.001 else f"p={value:.3f}"


def pretrend_sentence(p_value: float, confidence: float, language: Language) -> str:
    """Say what a test of the periods before treatment found, without overstating it.

    Parameters
    ----------
    p_value : float
        Of the joint test; NaN where no period before treatment could be tested.
    confidence : float
        Level; trends are called parallel-rejected where p < 1 - level.
    language : {"zh", "en"}
        Chinese or English.

    Examples
    --------
    >>> pretrend_sentence(0.168, 0.95, "en")
    'Pre-trends not rejected (p=0.168), which does not prove that trends were parallel.'
    """
    if np.isnan(p_value):
        return in_language(
            language,
            zh="处理前时期不足,平行趋势无法检验。",
            en="Pre-trends could not be tested.",
        )
    p = _p_value(p_value)
    if p_value < 1 - confidence:
        return in_language(
            language,
            zh=f"处理前趋势检验被拒绝({p}),两组此前已有不同走势,估计不宜作因果解读。",
            en=(
                f"Pre-trends rejected ({p}): the groups already moved apart before treatment,"
                " so the estimate should not be read as an effect."
            ),
        )
    return in_language(
        language,
        zh=f"处理前趋势检验未被拒绝({p}),但不等于证明趋势平行。",
        en=f"Pre-trends not rejected ({p}), which does not prove that trends were parallel.",
    )


def effect_from_standard_error(
    estimate: float,
    standard_error: float,
    *,
    degrees_of_freedom: float = np.inf,
    confidence: float = 0.95,
    n_observations: int,
    n_units: int,
) -> Effect:
    """Build an effect's interval and test from its standard error.

    Parameters
    ----------
    estimate, standard_error : float
        In the outcome's unit. A standard error of zero gives a p value of 0
        (1 where the estimate is zero too).
    degrees_of_freedom : float
        Of the t distribution; infinite for the normal.
    confidence : float
        Two-sided level, between 0 and 1.
    n_observations, n_units : int
        Carried over [count].

    Raises
    ------
    ValueError
        If the level is not in (0, 1).

    Examples
    --------
    >>> effect = effect_from_standard_error(-0.04, 0.0123, n_observations=2500, n_units=500)
    >>> round(effect.low, 4), round(effect.high, 4)
    (-0.0641, -0.0159)
    """
    from scipy import stats

    require_confidence(confidence)
    reach = stats.t.ppf(0.5 + confidence / 2, degrees_of_freedom) * standard_error
    if standard_error > 0:
        p_value = 2 * stats.t.sf(abs(estimate) / standard_error, degrees_of_freedom)
    else:
        p_value = np.nan if np.isnan(standard_error) else float(estimate == 0)
    return Effect(
        estimate=float(estimate),
        standard_error=float(standard_error),
        low=float(estimate - reach),
        high=float(estimate + reach),
        p_value=float(p_value),
        confidence=confidence,
        degrees_of_freedom=float(degrees_of_freedom),
        n_observations=int(n_observations),
        n_units=int(n_units),
    )


def minimum_detectable_effect(
    standard_error: float,
    *,
    power: float = 0.8,
    confidence: float = 0.95,
    degrees_of_freedom: float = np.inf,
) -> float:
    """Smallest true effect that a two-sided test would find with the given power.

    Parameters
    ----------
    standard_error : float
        Of the estimator, in the outcome's unit; positive.
    power, confidence : float
        Between 0 and 1.
    degrees_of_freedom : float
        Of the t distribution; infinite for the normal.

    Returns
    -------
    float
        (t[1 - a/2] + t[power]) times the standard error, in its unit.

    Raises
    ------
    ValueError
        If the standard error is not positive or a level is not in (0, 1).

    References
    ----------
    Bloom (1995), Evaluation Review 19: 547-556.

    Examples
    --------
    >>> round(minimum_detectable_effect(1.0), 2)
    2.8
    """
    from scipy import stats

    if not standard_error > 0:
        raise ValueError(f"standard_error must be positive, got {standard_error}")
    require_level("power", power)
    require_confidence(confidence)
    t = stats.t(degrees_of_freedom)
    return float((t.ppf(0.5 + confidence / 2) + t.ppf(power)) * standard_error)
