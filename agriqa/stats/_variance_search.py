"""One-dimensional search for a variance component."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def most_likely_variance(log_likelihood: Callable[[float], float], scale: float) -> float:
    """Find the variance >= 0 at which a log likelihood is largest.

    Profile likelihoods of variance components can have their top at 0 and can have
    two tops, so a grid over sixteen orders of magnitude around `scale` comes first.

    Parameters
    ----------
    log_likelihood : callable
        Takes a variance, gives the log likelihood.
    scale : float
        A value of the variance's order of magnitude, > 0.

    Returns
    -------
    float
        The variance; exactly 0 where no positive one is more likely.

    Examples
    --------
    >>> round(most_likely_variance(lambda v: -((v - 3) ** 2), 1.0), 6)
    3.0
    """
    from scipy import optimize

    grid = np.log(scale) + np.linspace(np.log(1e-8), np.log(1e8), 41)
    heights = np.array([log_likelihood(float(np.exp(point))) for point in grid])
    top = int(np.argmax(heights))
    found = optimize.minimize_scalar(
        lambda point: -log_likelihood(float(np.exp(point))),
        bounds=(grid[max(top - 1, 0)], grid[min(top + 1, grid.size - 1)]),
        method="bounded",
        options={"xatol": 1e-10},
    )
    # A gain within rounding is no sign of variation.
    if -found.fun <= log_likelihood(0.0) + 1e-10:
        return 0.0
    return float(np.exp(found.x))
