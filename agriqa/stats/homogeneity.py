"""Whether proportions of several groups are alike, or follow an order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Flags, Floats, Integers, Language, in_language, require_choice
from agriqa.stats.proportions import broadcast_counts

# Tables up to which the exact p value is computed by listing them all.
_MOST_TABLES = 200_000
# Tables whose chances differ by rounding only count as equally likely.
_TIE = 1e-7


@dataclass(frozen=True)
class HomogeneityTest:
    """Test that all groups share one proportion.

    Attributes
    ----------
    statistic : float
        Pearson's chi-square; missing when all units, or none, are successes.
    degrees_of_freedom : int
        Groups less one.
    p_value : float
        By the method named in `method`.
    method : str
        "chi_square", "exact" or "monte_carlo".
    pooled : float
        Proportion of all groups together [0-1].
    groups : int
        Groups compared; those without trials are left out.
    smallest_expected : float
        Smallest expected count of successes or failures.
    few_expected : bool
        Whether chi-square is in doubt by Cochran's rule: an expected count
        below 1, or more than a fifth of them below 5.
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float
    method: str
    pooled: float
    groups: int
    smallest_expected: float
    few_expected: bool

    def summary(self, language: Language = "zh") -> str:
        """Return the result in one sentence."""
        return in_language(
            language,
            zh=(
                f"比较 {self.groups} 组的比例（合计 {self.pooled:.2%}）："
                f"p = {self.p_value:.4f}（{self.method}）。"
            ),
            en=(
                f"The proportions of {self.groups} groups (together {self.pooled:.2%}) were "
                f"compared: p = {self.p_value:.4f} ({self.method})."
            ),
        )


@dataclass(frozen=True)
class ProportionTrend:
    """Cochran-Armitage test for a trend of proportions along scores.

    Attributes
    ----------
    z : float
        Standardised trend; its square is the chi-square of one degree of
        freedom. Positive when the proportion grows with the score.
    p_value : float
        Normal p value of the chosen alternative.
    slope : float
        Weighted least-squares change of the proportion [0-1] per unit of score.
    residual_chi_square : float
        Chi-square for departure from the straight line: Pearson's less the trend's.
    residual_degrees_of_freedom : int
        Groups less two.
    groups : int
        Groups used; those without trials are left out.
    """

    z: float
    p_value: float
    slope: float
    residual_chi_square: float
    residual_degrees_of_freedom: int
    groups: int

    def summary(self, language: Language = "zh") -> str:
        """Return the result in one sentence."""
        return in_language(
            language,
            zh=(
                f"{self.groups} 组之间，得分每增加 1，比例变化 {self.slope:+.4f}"
                f"（z = {self.z:.2f}，p = {self.p_value:.4f}）。"
            ),
            en=(
                f"Along {self.groups} groups the proportion changes by {self.slope:+.4f} per unit "
                f"of score (z = {self.z:.2f}, p = {self.p_value:.4f})."
            ),
        )


def proportion_homogeneity(
    x: npt.ArrayLike,
    n: npt.ArrayLike,
    *,
    method: str = "auto",
    continuity_correction: bool = False,
    resamples: int = 20_000,
    seed: int = 0,
) -> HomogeneityTest:
    """Test that several groups share one proportion.

    Parameters
    ----------
    x, n : array_like
        Successes and trials of each group [whole count], one dimension. Groups
        with no trials or a missing value are left out.
    method : str
        "chi_square" (Pearson), "exact" (Fisher-Freeman-Halton, all tables with
        the same margins), "monte_carlo" (the same over random tables) or
        "auto": chi-square where the expected counts allow it, else exact where
        there are few enough tables, else Monte Carlo.
    continuity_correction : bool
        Yates's correction of chi-square, for two groups only: each count moves
        half a unit, at most to its expectation (the default of R's prop.test).
    resamples : int
        Random tables of "monte_carlo".
    seed : int
        Seed of "monte_carlo".

    Returns
    -------
    HomogeneityTest

    Raises
    ------
    ValueError
        If fewer than two groups have trials, counts are not whole, some x is
        outside 0 to n, the method is unknown, resamples is below 1, "exact" is
        asked for more tables than can be listed or the continuity correction for
        more than two groups.

    References
    ----------
    Cochran (1954), Biometrics 10; Freeman & Halton (1951), Biometrika 38; Yates
    (1934), J. R. Stat. Soc. Suppl. 1.

    Examples
    --------
    >>> round(proportion_homogeneity([83, 90, 129, 70], [86, 93, 136, 82]).p_value, 4)
    0.0056
    """
    require_choice("method", method, ("auto", "chi_square", "exact", "monte_carlo"))
    if resamples < 1:
        raise ValueError(f"resamples must be 1 or more, got {resamples}")
    successes, trials = _groups(x, n, fewest=2)
    if np.any(successes % 1) or np.any(trials % 1):
        raise ValueError("x and n must be whole counts")
    from scipy.stats import chi2

    pooled = successes.sum() / trials.sum()
    expected = np.concatenate([trials * pooled, trials * (1 - pooled)])
    few = bool(expected.min() < 1 or np.mean(expected < 5) > 0.2)
    if continuity_correction and len(trials) > 2:
        raise ValueError("the continuity correction is for two groups only")
    statistic = _pearson(successes, trials, correction=0.5 if continuity_correction else 0.0)
    freedom = len(trials) - 1
    if method == "auto":
        if not few:
            method = "chi_square"
        else:
            listable = _number_of_tables(successes, trials) <= _MOST_TABLES
            method = "exact" if listable else "monte_carlo"
    if method == "chi_square":
        p_value = float(chi2.sf(statistic, freedom))
    elif method == "exact":
        if _number_of_tables(successes, trials) > _MOST_TABLES:
            raise ValueError(f"more than {_MOST_TABLES} tables to list: use method='monte_carlo'")
        chances = _log_chances(_all_tables(successes, trials), trials)
        observed = _log_chances(successes, trials)
        weights = np.exp(chances - chances.max())
        p_value = float(weights[chances <= observed + _TIE].sum() / weights.sum())
    else:
        generator = np.random.default_rng(seed)
        tables = generator.multivariate_hypergeometric(
            trials.astype(np.int64), int(successes.sum()), size=resamples, method="marginals"
        )
        unlikely = _log_chances(tables, trials) <= _log_chances(successes, trials) + _TIE
        # The observed table is one of the tables, so the p value is never 0.
        p_value = float((unlikely.sum() + 1) / (resamples + 1))
    return HomogeneityTest(
        statistic,
        freedom,
        p_value,
        method,
        float(pooled),
        len(trials),
        float(expected.min()),
        few,
    )


def cochran_armitage_trend(
    x: npt.ArrayLike,
    n: npt.ArrayLike,
    *,
    scores: npt.ArrayLike | None = None,
    alternative: str = "two-sided",
    variance: str = "population",
) -> ProportionTrend:
    """Cochran-Armitage test for a linear trend of proportions.

    Parameters
    ----------
    x, n : array_like
        Successes and trials of each group [count], one dimension, in order.
        Groups with no trials or a missing value are left out.
    scores : array_like, optional
        Position of each group [any unit]; 0, 1, 2, ... if not given.
    alternative : str
        "two-sided", "increasing" or "decreasing".
    variance : str
        "population" divides by N as in Cochran's and Armitage's papers and R's
        prop.trend.test; "sample" by N - 1, the Mantel-Haenszel form.

    Returns
    -------
    ProportionTrend
        With all or no successes z and the p value are missing.

    Raises
    ------
    ValueError
        If fewer than two groups have trials, lengths differ, scores are missing
        or all equal, some x is outside 0 to n, or an option is unknown.

    References
    ----------
    Armitage (1955), Biometrics 11; Agresti (2013), Categorical Data Analysis,
    3rd ed., section 5.3.5.

    Examples
    --------
    >>> found = cochran_armitage_trend([83, 90, 129, 70], [86, 93, 136, 82])
    >>> round(found.z**2, 4), round(found.p_value, 6)
    (8.2249, 0.004132)
    """
    require_choice("alternative", alternative, ("two-sided", "increasing", "decreasing"))
    require_choice("variance", variance, ("population", "sample"))
    given = np.asarray(x, dtype=np.float64)
    places = np.arange(given.size) if scores is None else np.asarray(scores, dtype=np.float64)
    if places.shape != given.shape:
        raise ValueError("scores must be as many as the groups")
    kept = _has_trials(x, n)
    successes, trials = _groups(x, n, fewest=2)
    places = places[kept]
    if not np.all(np.isfinite(places)) or np.ptp(places) == 0:
        raise ValueError("scores must be finite numbers that are not all equal")
    total = trials.sum()
    pooled = successes.sum() / total
    centred = places - (trials * places).sum() / total
    spread = (trials * centred**2).sum()
    covered = (centred * successes).sum()
    divisor = (
        pooled * (1 - pooled) * spread * (1 if variance == "population" else total / (total - 1))
    )
    z = float(covered / np.sqrt(divisor)) if divisor > 0 else float("nan")
    from scipy.stats import norm

    tail = {"two-sided": 2 * norm.sf(abs(z)), "increasing": norm.sf(z), "decreasing": norm.cdf(z)}
    linear = covered**2 / (pooled * (1 - pooled) * spread) if divisor > 0 else float("nan")
    return ProportionTrend(
        z,
        float(tail[alternative]),
        float(covered / spread),
        max(_pearson(successes, trials) - float(linear), 0.0) if divisor > 0 else float("nan"),
        len(trials) - 2,
        len(trials),
    )


def _has_trials(x: npt.ArrayLike, n: npt.ArrayLike) -> Flags:
    return (np.asarray(n, dtype=np.float64) > 0) & ~np.isnan(np.asarray(x, dtype=np.float64))


def _groups(x: npt.ArrayLike, n: npt.ArrayLike, *, fewest: int) -> tuple[Floats, Floats]:
    if np.shape(x) != np.shape(n) or np.ndim(x) != 1:
        raise ValueError("x and n must be one-dimensional and of one length")
    successes, trials = broadcast_counts(x, n)
    kept = _has_trials(x, n)
    if kept.sum() < fewest:
        raise ValueError(f"at least {fewest} groups must have trials, got {kept.sum()}")
    return successes[kept], trials[kept]


def _pearson(successes: Floats, trials: Floats, *, correction: float = 0.0) -> float:
    pooled = successes.sum() / trials.sum()
    if pooled in (0, 1):
        return float("nan")
    distance = np.maximum(np.abs(successes - trials * pooled) - correction, 0)
    return float((distance**2 / (trials * pooled * (1 - pooled))).sum())


def _number_of_tables(successes: Floats, trials: Floats) -> float:
    """How many ways the successes can be spread over the groups."""
    total = int(min(successes.sum(), (trials - successes).sum()))
    ways = np.zeros(total + 1)
    ways[0] = 1
    for size in trials.astype(int):
        summed = np.cumsum(ways)
        ways = summed - np.concatenate([np.zeros(min(size + 1, total + 1)), summed])[: total + 1]
    return float(ways[total])


def _all_tables(successes: Floats, trials: Floats) -> Integers:
    """Every way to spread the successes over the groups, one a row."""
    sizes = trials.astype(np.int64)
    tables = np.zeros((1, 0), dtype=np.int64)
    left = np.array([int(successes.sum())])
    for place, size in enumerate(sizes):
        room = sizes[place + 1 :].sum()
        fewest, most = np.maximum(left - room, 0), np.minimum(left, size)
        choices = most - fewest + 1
        row = np.repeat(np.arange(len(left)), choices)
        step = np.arange(len(row)) - np.repeat(np.cumsum(choices) - choices, choices)
        chosen = fewest[row] + step
        tables = np.column_stack([tables[row], chosen])
        left = left[row] - chosen
    return tables


def _log_chances(tables: npt.NDArray[np.generic], trials: Floats) -> Floats:
    """Log chance of tables with the same margins, up to a constant."""
    from scipy.special import gammaln

    counts = np.asarray(tables, dtype=np.float64)
    return -np.sum(gammaln(counts + 1) + gammaln(trials - counts + 1), axis=-1)
