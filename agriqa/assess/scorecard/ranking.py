"""Places by rank, and who gets one when units are equal."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from agriqa.assess.scorecard.conditions import PLACES
from agriqa.stats.checks import Floats

Ties = Literal["all", "none"]


def ranks(
    values: npt.ArrayLike, *, ties: Ties | Literal["average"], highest: bool = True
) -> Floats:
    """Rank units from 1, the best.

    Parameters
    ----------
    values : array_like, shape (n,)
        A missing value has no rank and takes no place.
    ties : {"all", "none", "average"}
        Equal units all get the best of their ranks, so that a quota that reaches one
        takes all; or the worst, so that a quota they do not all fit in takes none; or
        the mean.
    highest : bool
        Whether the highest value is the best.

    Returns
    -------
    ndarray of float, shape (n,)

    Examples
    --------
    >>> ranks([7, 9, 7], ties="all").tolist(), ranks([7, 9, 7], ties="none").tolist()
    ([2.0, 1.0, 2.0], [3.0, 1.0, 3.0])
    """
    from scipy.stats import rankdata

    x = np.round(np.asarray(values, dtype=np.float64), PLACES)
    method = {"all": "min", "none": "max", "average": "average"}[ties]
    found = rankdata(-x if highest else x, method=method, nan_policy="omit")
    return np.asarray(found, dtype=np.float64)


def ordered(keys: list[Floats]) -> Floats:
    """Return one number a unit that ranks as the keys do, one after the other.

    Parameters
    ----------
    keys : list of ndarray, shape (n,)
        Higher is better; a later key tells apart what the earlier ones leave equal. A
        unit without the first key stays missing; a later one that is missing is the worst.

    Examples
    --------
    >>> ordered([np.array([90.0, 90, 80]), np.array([3.0, 5, 9])]).tolist()
    [2.0, 3.0, 1.0]
    """
    found = ranks(keys[0], ties="all", highest=False)
    for key in keys[1:]:
        later = ranks(np.where(np.isnan(key), -np.inf, key), ties="all", highest=False)
        found = ranks(found + later / (2 * later.size), ties="all", highest=False)
    return found
