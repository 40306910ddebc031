"""Sobol indices: which input of a model its outputs' variance goes back to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agriqa.stats.checks import Floats, require_confidence

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class SobolIndices:
    """Share of the variance of an output that goes back to each factor.

    Attributes
    ----------
    factors : tuple of str
        Names of what varies.
    first, total : ndarray of float, shape (factors,) or (outputs, factors)
        Share by the factor alone, and with all its interactions; may stray from 0-1 by
        sampling. 0 throughout for an output that does not vary.
    first_error, total_error : ndarray of float, of the same shape
        Half width of the bootstrap confidence interval.
    confidence : float
        Of the interval [0-1].
    runs : int
        Evaluations behind them.

    References
    ----------
    Saltelli et al. (2010), Computer Physics Communications 181, 259-270; SALib.
    """

    factors: tuple[str, ...]
    first: Floats
    first_error: Floats
    total: Floats
    total_error: Floats
    confidence: float
    runs: int

    def frame(self) -> pd.DataFrame:
        """Tabulate the indices, one row per factor (and output).

        Returns
        -------
        DataFrame
            Columns output (place, if there are several), factor, first, first_error,
            total, total_error.
        """
        import pandas as pd

        numbers = ("first", "first_error", "total", "total_error")
        columns = {name: getattr(self, name).ravel() for name in numbers}
        outputs = self.first.size // len(self.factors)
        table = pd.DataFrame({"factor": list(self.factors) * outputs} | columns)
        if self.first.ndim > 1:
            table.insert(0, "output", np.repeat(np.arange(outputs), len(self.factors)))
        return table


def sobol_indices(
    model: Callable[[Floats], Floats],
    factors: tuple[str, ...],
    *,
    base_draws: int = 512,
    seed: int,
    confidence: float = 0.95,
    resamples: int = 100,
) -> SobolIndices:
    """Estimate first and total Sobol indices of a model on the unit cube, by SALib.

    Parameters
    ----------
    model : callable
        Takes points of shape (runs, factors) in 0-1, returns outputs of shape (runs,) or
        (runs, outputs).
    factors : tuple of str
        Names of the factors.
    base_draws : int
        A power of 2; the model runs base_draws * (factors + 2) times.
    seed : int
        Same seed, same result.
    confidence : float
        Of the bootstrap interval [0-1].
    resamples : int
        Of the bootstrap, 2 or more.

    Returns
    -------
    SobolIndices

    Raises
    ------
    ValueError
        If there are no factors, `base_draws` is no power of 2, or outputs are missing.

    Examples
    --------
    >>> found = sobol_indices(lambda x: 2 * x[:, 0] + x[:, 1], ("a", "b"), seed=1)
    >>> found.total.round(1).tolist()
    [0.8, 0.2]
    """
    from SALib.analyze import sobol as analysis
    from SALib.sample import sobol as sampling

    if not factors:
        raise ValueError("at least one factor must vary")
    if base_draws < 2 or base_draws & (base_draws - 1):
        raise ValueError(f"base_draws must be a power of 2 from 2 on, got {base_draws}")
    if resamples < 2:
        raise ValueError(f"resamples must be 2 or above, got {resamples}")
    require_confidence(confidence)
    k = len(factors)
    problem = {"num_vars": k, "names": list(factors), "bounds": [[0.0, 1.0]] * k}
    points = sampling.sample(problem, base_draws, calc_second_order=False, seed=seed)
    outputs = np.asarray(model(points), dtype=np.float64)
    if outputs.shape[:1] != (len(points),) or not np.isfinite(outputs).all():
        raise ValueError("the model must give a finite output for each run")
    columns = outputs.reshape(len(points), -1).T
    found = np.zeros((4, len(columns), k))
    for place, y in enumerate(columns):
        if np.ptp(y) == 0:  # SALib divides by the deviation
            continue
        # SALib takes seed 0 for none, a generator never.
        indices = analysis.analyze(
            problem,
            y,
            calc_second_order=False,
            num_resamples=resamples,
            conf_level=confidence,
            seed=np.random.default_rng(seed),
        )
        found[:, place] = [indices[name] for name in ("S1", "S1_conf", "ST", "ST_conf")]
    first, first_error, total, total_error = found.reshape(4, *outputs.shape[1:], k)
    return SobolIndices(factors, first, first_error, total, total_error, confidence, len(points))
