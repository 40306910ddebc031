"""Estimates from weighted, stratified and clustered samples by Taylor linearisation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Flags, Floats, Language, in_language
from agriqa.stats.surveydesign import SurveyDesign
from agriqa.stats.surveyintervals import design_proportion_interval, effective_n, t_interval

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class SurveyEstimate:
    """A design-based estimate.

    Attributes
    ----------
    estimate, standard_error, low, high : float
        Estimate with its standard error and limits [unit of the estimate].
    degrees_of_freedom : int
        Of the design: primary sampling units less strata.
    design_effect : float
        Variance over that of a simple random sample of as many units drawn
        without replacement (Kish's deff); missing where the weights do not sum
        to more than the units, or nothing varies.
    design_effect_with_replacement : float
        The same against a sample drawn with replacement; weights may be of any scale.
    effective_n : float
        For a proportion p (1 - p) / se^2, otherwise the units used over the
        design effect with replacement [count].
    n : int
        Units used: those in the domain with the values known [count].
    """

    estimate: float
    standard_error: float
    low: float
    high: float
    degrees_of_freedom: int
    design_effect: float
    design_effect_with_replacement: float
    effective_n: float
    n: int

    def summary(self, language: Language = "zh") -> str:
        """Return the estimate with its interval in one sentence."""
        return in_language(
            language,
            zh=(
                f"估计值为 {self.estimate:.4g}（区间 {self.low:.4g} 至 {self.high:.4g}，"
                f"标准误 {self.standard_error:.3g}），依据 {self.n} 个样本。"
            ),
            en=(
                f"Estimate {self.estimate:.4g} (interval {self.low:.4g} to {self.high:.4g}, "
                f"standard error {self.standard_error:.3g}) from {self.n} units."
            ),
        )


def survey_mean(
    y: npt.ArrayLike,
    design: SurveyDesign,
    *,
    domain: npt.ArrayLike | None = None,
    population_size: float | None = None,
    confidence: float = 0.95,
) -> SurveyEstimate:
    """Weighted mean, in the whole population or in a domain.

    Parameters
    ----------
    y : array_like, shape (units,)
        Values [any unit]. Units without a value count as outside the domain.
    design : SurveyDesign
        How the sample was drawn.
    domain : array_like of bool, optional
        Units to estimate for; the variance still knows the whole design.
    population_size : float, optional
        Known number of units in the population or domain [count]: the total is
        divided by it (Horvitz-Thompson). Without it by the sum of the weights
        (Hajek), which is usually more precise.
    confidence : float
        Two-sided confidence level of the t interval, between 0 and 1.

    Returns
    -------
    SurveyEstimate

    Raises
    ------
    ValueError
        If lengths differ, the domain holds no unit with a value, the population
        size is not above 0 or the level is not in (0, 1).

    References
    ----------
    Sarndal, Swensson & Wretman (1992), Model Assisted Survey Sampling, sections
    5.7 and 5.8; svymean of the R package survey.

    Examples
    --------
    >>> from agriqa.stats.surveydesign import survey_design
    >>> design = survey_design([10, 10, 20], population=[40, 40, 40])
    >>> survey_mean([1.0, 2.0, 3.0], design).estimate
    2.25
    """
    values, inside = _values(y, design, domain)
    if population_size is None:
        count = design.weights[inside].sum()
        mean = (design.weights * values).sum() / count
        return _estimate(
            mean, np.where(inside, values - mean, 0.0) / count, inside, design, confidence
        )
    if not population_size > 0:
        raise ValueError(f"population_size must be above 0, got {population_size}")
    mean = (design.weights * values).sum() / population_size
    return _estimate(mean, values / population_size, inside, design, confidence)


def survey_total(
    y: npt.ArrayLike,
    design: SurveyDesign,
    *,
    domain: npt.ArrayLike | None = None,
    confidence: float = 0.95,
) -> SurveyEstimate:
    """Weighted (Horvitz-Thompson) total, in the population or in a domain.

    Parameters
    ----------
    y, design, domain, confidence
        As in `survey_mean`; units without a value add nothing to the total.

    Returns
    -------
    SurveyEstimate

    Raises
    ------
    ValueError
        As `survey_mean`.

    References
    ----------
    Horvitz & Thompson (1952), J. Am. Stat. Assoc. 47; svytotal of the R package survey.

    Examples
    --------
    >>> from agriqa.stats.surveydesign import survey_design
    >>> survey_total([1.0, 2.0, 3.0], survey_design([10, 10, 20])).estimate
    90.0
    """
    values, inside = _values(y, design, domain)
    return _estimate((design.weights * values).sum(), values, inside, design, confidence)


def survey_ratio(
    y: npt.ArrayLike,
    x: npt.ArrayLike,
    design: SurveyDesign,
    *,
    domain: npt.ArrayLike | None = None,
    confidence: float = 0.95,
) -> SurveyEstimate:
    """Ratio of two weighted totals, y over x.

    Parameters
    ----------
    y, x : array_like, shape (units,)
        Numerator and denominator [any units]. Units that lack either count as
        outside the domain.
    design, domain, confidence
        As in `survey_mean`.

    Returns
    -------
    SurveyEstimate

    Raises
    ------
    ValueError
        As `survey_mean`; also if the total of x is 0.

    References
    ----------
    Cochran (1977), Sampling Techniques, 3rd ed., section 6.3; svyratio of the R
    package survey.

    Examples
    --------
    >>> from agriqa.stats.surveydesign import survey_design
    >>> survey_ratio([1.0, 2.0], [2.0, 4.0], survey_design([5, 5])).estimate
    0.5
    """
    numerator, inside_y = _values(y, design, domain)
    denominator, inside_x = _values(x, design, domain)
    inside = inside_y & inside_x
    if not inside.any():
        raise ValueError("the domain holds no unit with both values")
    numerator, denominator = np.where(inside, numerator, 0), np.where(inside, denominator, 0)
    below = (design.weights * denominator).sum()
    if below == 0:
        raise ValueError("the total of x must not be 0")
    ratio = (design.weights * numerator).sum() / below
    return _estimate(ratio, (numerator - ratio * denominator) / below, inside, design, confidence)


def survey_proportion(
    success: npt.ArrayLike,
    design: SurveyDesign,
    *,
    domain: npt.ArrayLike | None = None,
    interval: str = "logit",
    confidence: float = 0.95,
) -> SurveyEstimate:
    """Weighted proportion of units with a property.

    Parameters
    ----------
    success : array_like, shape (units,)
        1 or true where a unit has the property, 0 or false where not. Missing
        units count as outside the domain.
    design, domain, confidence
        As in `survey_mean`.
    interval : str
        "logit", "korn_graubard" or "wald", see `design_proportion_interval`.

    Returns
    -------
    SurveyEstimate

    Raises
    ------
    ValueError
        As `survey_mean`; also if a value is neither 0 nor 1 or the interval is
        unknown.

    References
    ----------
    svyciprop of the R package survey.

    Examples
    --------
    >>> from agriqa.stats.surveydesign import survey_design
    >>> survey_proportion([1, 0, 1, 1], survey_design([10, 10, 20, 20])).estimate > 0.8
    True
    """
    given = np.asarray(success, dtype=np.float64)
    if np.any(~np.isnan(given) & (given != 0) & (given != 1)):
        raise ValueError("success must be 0 or 1")
    found = survey_mean(given, design, domain=domain, confidence=confidence)
    rate = min(max(found.estimate, 0.0), 1.0)
    low, high = design_proportion_interval(
        rate,
        found.standard_error,
        found.n,
        degrees_of_freedom=found.degrees_of_freedom,
        method=interval,
        confidence=confidence,
    )
    return replace(
        found,
        estimate=rate,
        low=float(low),
        high=float(high),
        effective_n=float(effective_n(rate, found.standard_error, found.n)),
    )


def domain_estimates(
    labels: npt.ArrayLike, estimate: Callable[[Flags], SurveyEstimate]
) -> pd.DataFrame:
    """One estimate for each domain, such as each area.

    Parameters
    ----------
    labels : array_like, shape (units,)
        Domain of each unit; units without a label belong to none.
    estimate : callable
        Makes the estimate from the mask of a domain.

    Returns
    -------
    DataFrame
        One row a domain, indexed by its label; columns as in `SurveyEstimate`.

    Examples
    --------
    >>> from agriqa.stats.surveydesign import survey_design
    >>> design = survey_design([5, 5, 5, 5])
    >>> y = [1.0, 3.0, 5.0, 9.0]
    >>> found = domain_estimates(list("aabb"), lambda a: survey_mean(y, design, domain=a))
    >>> found["estimate"].tolist()
    [2.0, 7.0]
    """
    import pandas as pd

    codes, names = pd.factorize(pd.Series(labels), sort=True)
    rows = [vars(estimate(codes == code)) for code in range(len(names))]
    return pd.DataFrame(rows, index=pd.Index(names, name="domain"))


def _values(
    y: npt.ArrayLike, design: SurveyDesign, domain: npt.ArrayLike | None
) -> tuple[Floats, Flags]:
    """Values with 0 outside the domain, and which units are in it."""
    values = np.asarray(y, dtype=np.float64)
    if values.shape != design.weights.shape:
        raise ValueError("values must be as long as the design's weights")
    inside = ~np.isnan(values)
    if domain is not None:
        mask = np.asarray(domain)
        if mask.shape != values.shape or mask.dtype != np.bool_:
            raise ValueError("domain must be true or false for each unit")
        inside = inside & mask
    if not inside.any():
        raise ValueError("the domain holds no unit with a value")
    return np.where(inside, values, 0.0), inside


def _estimate(
    estimate: float,
    influence: Floats,
    inside: Flags,
    design: SurveyDesign,
    confidence: float,
) -> SurveyEstimate:
    variance = design.total_variance(influence)
    error = float(np.sqrt(variance))
    freedom = design.degrees_of_freedom
    low, high = t_interval(estimate, error, freedom, confidence=confidence)
    weights, units = design.weights[inside], int(inside.sum())
    size = weights.sum()
    centred = influence[inside] - (weights * influence[inside]).sum() / size
    spread = (weights * centred**2).sum() / size
    simple = size**2 * spread / (units - 1) if units > 1 else np.nan
    effect = variance / simple if simple > 0 else np.nan
    return SurveyEstimate(
        float(estimate),
        error,
        float(low),
        float(high),
        freedom,
        float(effect / (1 - units / size)) if size > units else float("nan"),
        float(effect),
        units / float(effect) if effect > 0 else float("nan"),
        units,
    )
