"""Fisher's exact test of two proportions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, require_choice, require_confidence
from agriqa.stats.proportions import broadcast_counts


@dataclass(frozen=True)
class FisherTest:
    """Fisher's exact test of two proportions.

    Attributes
    ----------
    p_value : ndarray of float
        Conditional p value.
    odds_ratio : ndarray of float
        Conditional maximum likelihood odds ratio, as R's fisher.test gives it.
    low, high : ndarray of float
        Exact conditional limits of the odds ratio; one of them 0 or infinite
        for a one-sided alternative.
    """

    p_value: Floats
    odds_ratio: Floats
    low: Floats
    high: Floats


def fisher_exact(
    x1: npt.ArrayLike,
    n1: npt.ArrayLike,
    x2: npt.ArrayLike,
    n2: npt.ArrayLike,
    *,
    alternative: str = "two-sided",
    confidence: float = 0.95,
) -> FisherTest:
    """Fisher's exact test of two proportions, for each pair of groups.

    Parameters
    ----------
    x1, n1, x2, n2 : array_like
        Successes and trials [whole count] of the first and second group; shapes
        broadcast. Where a value is missing or a group has no trials the result
        is missing.
    alternative : str
        "two-sided" (tables no likelier than the one seen), "greater" (the first
        proportion is larger) or "less". The limits are those of the alternative:
        "greater" has a lower limit only, "less" an upper one, as in R.
    confidence : float
        Level of the limits of the odds ratio, between 0 and 1.

    Returns
    -------
    FisherTest
        Arrays of the broadcast shape. With no successes, or no failures, in
        either group the odds ratio is missing and its limits are 0 and infinity.

    Raises
    ------
    ValueError
        If counts are not whole or some x is outside 0 to n, the level is not in
        (0, 1) or the alternative is unknown.

    References
    ----------
    Fisher (1935), The Design of Experiments; Agresti (2013), section 3.5.

    Examples
    --------
    >>> found = fisher_exact(3, 4, 1, 4)
    >>> round(float(found.p_value), 4), round(float(found.odds_ratio), 3)
    (0.4857, 6.408)
    """
    require_choice("alternative", alternative, ("two-sided", "greater", "less"))
    require_confidence(confidence)
    a, m = broadcast_counts(x1, n1)
    b, n = broadcast_counts(x2, n2)
    if any(np.any(counts % 1 > 0) for counts in (a, m, b, n)):
        raise ValueError("x and n must be whole counts")
    a, m, b, n = np.broadcast_arrays(a, m, b, n)
    found = np.full((4, *a.shape), np.nan)
    from scipy.stats import fisher_exact as scipy_fisher_exact
    from scipy.stats.contingency import odds_ratio

    known = (a >= 0) & (m > 0) & (b >= 0) & (n > 0)
    for place in np.ndindex(a.shape):
        if not known[place]:
            continue
        table = np.array(
            [[a[place], m[place] - a[place]], [b[place], n[place] - b[place]]], dtype=np.int64
        )
        ratio = odds_ratio(table)
        limits = ratio.confidence_interval(confidence, alternative)
        p_value = scipy_fisher_exact(table, alternative=alternative).pvalue
        found[(slice(None), *place)] = (p_value, ratio.statistic, limits.low, limits.high)
    return FisherTest(*found)
