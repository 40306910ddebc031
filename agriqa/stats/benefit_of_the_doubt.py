"""Benefit of the doubt: each unit weighed in its own best light, by linear programming."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, Language, in_language
from agriqa.stats.normalisation import indicator_table


@dataclass(frozen=True)
class BenefitOfTheDoubt:
    """Scores of units under their own most favourable weights.

    Attributes
    ----------
    score : ndarray of float, shape (units,)
        1 for a unit that no other beats under its weights, less for others [0-1];
        missing for a unit with a missing value.
    weights : ndarray of float, shape (units, indicators)
        Weights per unit of the indicators; may not be the only best ones.
    shares : ndarray of float, shape (units, indicators)
        Part of each indicator in the score [0-1]; missing where the score is 0.
    """

    score: Floats
    weights: Floats
    shares: Floats

    def summary(self, language: Language = "zh") -> str:
        """Return how many units nobody beats, and the lowest score."""
        known = self.score[~np.isnan(self.score)]
        best = int(np.sum(known > 1 - 1e-9))
        return in_language(
            language,
            zh=f"{known.size}个单元中{best}个得分为1，最低{known.min():.3f}。",
            en=f"{best} of {known.size} units reach 1; the lowest score is {known.min():.3f}.",
        )


def benefit_of_the_doubt(
    values: npt.ArrayLike,
    *,
    lower_share: npt.ArrayLike = 0.0,
    upper_share: npt.ArrayLike = 1.0,
) -> BenefitOfTheDoubt:
    """Score each unit with the weights that suit it best.

    The score of unit k is the highest sum of w x_k over weights w, 0 or above, under
    which no unit's sum passes 1. Without bounds a unit can rest on the one indicator it
    is best in; bounds on the shares of the score keep every indicator in it.

    Parameters
    ----------
    values : array_like, shape (units, indicators)
        More is better, 0 or above. Scores do not depend on the indicators' units of
        measurement. A unit with a missing value is left out, of comparison too.
    lower_share, upper_share : float or array_like, shape (indicators,)
        Bounds of each indicator's part in the score [0-1]. A unit that has 0 of an
        indicator with a lower bound above 0 scores 0.

    Returns
    -------
    BenefitOfTheDoubt

    Raises
    ------
    ValueError
        If a value is negative, no unit is complete, all units have 0 of an indicator, or
        the bounds leave no shares that sum to 1.
    RuntimeError
        If the linear program is not solved.

    References
    ----------
    Melyn and Moesen (1991); Cherchye et al. (2007), Social Indicators Research 82,
    111-145.

    Examples
    --------
    >>> benefit_of_the_doubt([[4, 1], [1, 4], [2, 2]]).score.round(3).tolist()
    [1.0, 1.0, 0.8]
    """
    from scipy.optimize import linprog

    table = indicator_table(values)
    if (table < 0).any():
        raise ValueError("values must be 0 or above")
    shape = table.shape[1:]
    low = np.broadcast_to(np.asarray(lower_share, dtype=np.float64), shape)
    high = np.broadcast_to(np.asarray(upper_share, dtype=np.float64), shape)
    if not ((low >= 0).all() and (low <= high).all() and (high <= 1).all()):
        raise ValueError("shares must be within 0-1, each lower one at most the upper one")
    if low.sum() > 1 + 1e-12 or high.sum() < 1 - 1e-12:
        raise ValueError("lower shares must sum to at most 1 and upper shares to at least 1")
    complete = ~np.isnan(table).any(axis=1)
    if not complete.any():
        raise ValueError("at least one unit without missing values is needed")
    largest = table[complete].max(axis=0)
    if (largest == 0).any():
        raise ValueError("an indicator is 0 for all units")
    # The solver's tolerances are absolute: give it numbers of order 1.
    peers = table[complete] / largest
    n, m = table.shape
    score, weights, shares = np.full(n, np.nan), np.full((n, m), np.nan), np.full((n, m), np.nan)
    for k in np.flatnonzero(complete):
        x = table[k] / largest
        # w_j x_j - high_j sum(w x) <= 0 and low_j sum(w x) - w_j x_j <= 0.
        own = np.diag(x)
        bounds = [own - np.outer(high, x), np.outer(low, x) - own]
        ceiling = np.vstack([peers, *bounds])
        limits = np.concatenate([np.ones(len(peers)), np.zeros(2 * m)])
        solved = linprog(-x, A_ub=ceiling, b_ub=limits, bounds=(0, None), method="highs")
        if not solved.success:
            raise RuntimeError(f"unit {k} (counted from 0): {solved.message}")
        score[k] = min(1.0, max(0.0, -solved.fun))
        weights[k] = solved.x / largest
        if score[k] > 0:
            shares[k] = solved.x * x / np.sum(solved.x * x)
    return BenefitOfTheDoubt(score, weights, shares)
