"""Wild cluster bootstrap: a test that holds with few clusters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Literal

import numpy as np

from agriqa.stats.checks import Floats, Language, in_language, require_choice
from agriqa.stats.effect import Effect
from agriqa.stats.fixed_effects import fit_fixed_effects, without_two_way_means
from agriqa.stats.panel import complete_rows

if TYPE_CHECKING:
    import pandas as pd

Signs = Literal["rademacher", "webb"]


@dataclass(frozen=True)
class WildBootstrap:
    """A coefficient tested by the wild cluster bootstrap.

    Attributes
    ----------
    effect : Effect
        Estimate and cluster-robust standard error as usual; `low`, `high` and
        `p_value` from the bootstrap. A limit is infinite where the draws are
        too few to exclude any value.
    t_statistic : float
        Estimate over its cluster-robust standard error.
    n_clusters : int
        Clusters [count].
    n_draws : int
        Draws used; all 2^clusters of them where that is fewer than asked for.
    """

    effect: Effect
    t_statistic: float
    n_clusters: int
    n_draws: int

    def summary(self, language: Language = "zh", *, log_outcome: bool = False) -> str:
        """Say the effect and how many clusters stand behind the test."""
        first = self.effect.summary(language, log_outcome=log_outcome)
        return in_language(
            language,
            zh=f"{first}区间与 p 值由 {self.n_clusters} 个聚类的野自助法得出。",
            en=f"{first} Interval and p from the wild bootstrap of {self.n_clusters} clusters.",
        )


def bootstrap_signs(kind: Signs, n_clusters: int, n_draws: int, seed: int) -> Floats:
    """Random multipliers of the clusters, (draws, clusters).

    Parameters
    ----------
    kind : {"rademacher", "webb"}
        -1 and 1 (all combinations, once each, where they are no more than
        `n_draws`); or six points, for fewer than about ten clusters.
    n_clusters, n_draws : int
        At least 2 and 1.
    seed : int
        Of the draws.

    Raises
    ------
    ValueError
        If the kind is unknown or a count is too small.

    References
    ----------
    Webb (2023), Canadian J. Econ. 56: 839-858.

    Examples
    --------
    >>> len(bootstrap_signs("rademacher", 3, 999, 0))
    8
    """
    require_choice("signs", kind, ("rademacher", "webb"))
    if n_clusters < 2 or n_draws < 1:
        raise ValueError("the bootstrap needs at least two clusters and one draw")
    if kind == "rademacher" and 2**n_clusters <= n_draws:
        return np.array(list(product((-1.0, 1.0), repeat=n_clusters)))
    random = np.random.default_rng(seed)
    points = np.array([-1.0, 1.0])
    if kind == "webb":
        points = np.array([-1, 1]).repeat(3) * np.sqrt([1.5, 1.0, 0.5, 1.5, 1.0, 0.5])
    return random.choice(points, size=(n_draws, n_clusters))


def wild_cluster_bootstrap(
    frame: pd.DataFrame,
    *,
    outcome: str,
    treatment: str,
    unit: str,
    time: str,
    cluster: str | None = None,
    covariates: Sequence[str] = (),
    weights: str | None = None,
    signs: Signs = "rademacher",
    null_imposed: bool = True,
    n_draws: int = 9999,
    seed: int = 0,
    confidence: float = 0.95,
) -> WildBootstrap:
    """Test a two-way fixed effects coefficient by the wild cluster bootstrap of its t.

    Parameters
    ----------
    frame, outcome, treatment, unit, time, covariates, weights
        As in `two_way_fixed_effects`.
    cluster : str, optional
        Column of clusters; the unit where not given.
    signs : {"rademacher", "webb"}
        Distribution of the multipliers; Webb's for fewer than about ten clusters.
    null_imposed : bool
        Draw from residuals of the model without effect (recommended), or of
        the fitted model.
    n_draws : int
        Draws.
    seed : int
        Of the draws.
    confidence : float
        Level of the interval: all values that the same test does not reject.

    Raises
    ------
    ValueError
        As `two_way_fixed_effects`, and if an option is unknown or there are so
        many clusters that the draws do not fit in memory.

    Notes
    -----
    The p value is the share of draws with |t*| above |t| (ties within rounding
    are no excess); small-sample factors cancel. Where the treatment varies in
    very few clusters the null-imposed test hardly ever rejects (MacKinnon, Webb).

    References
    ----------
    Cameron, Gelbach, Miller (2008), Rev. Econ. Stat. 90: 414-427; Roodman et
    al. (2019), Stata J. 19: 4-60.

    Examples
    --------
    >>> import pandas as pd
    >>> panel = pd.DataFrame({"u": [1, 1, 2, 2, 3, 3, 4, 4], "t": [0, 1] * 4,
    ...                       "d": [0, 1, 0, 1, 0, 0, 0, 0], "y": [1, 5, 2, 5, 4, 5, 2, 4]})
    >>> wild_cluster_bootstrap(panel, outcome="y", treatment="d", unit="u", time="t").n_draws
    16
    """
    import pandas as pd

    group = unit if cluster is None else cluster
    fit = fit_fixed_effects(
        frame,
        outcome=outcome,
        regressors=[treatment, *covariates],
        unit=unit,
        time=time,
        cluster=group,
        weights=weights,
    )
    rows = complete_rows(
        frame.loc[fit.residuals.index],
        [outcome, treatment, *covariates],
        [unit, time, group],
        weights=weights,
    )
    root = np.sqrt(rows[weights].to_numpy()) if weights else np.ones(len(rows))
    units, times = pd.factorize(rows[unit])[0], pd.factorize(rows[time])[0]
    codes, labels = pd.factorize(rows[group])
    n_clusters = len(labels)
    if n_clusters * len(rows) > 5e7:
        raise ValueError(
            f"{n_clusters} clusters are too many to draw and need no bootstrap:"
            " use two_way_fixed_effects"
        )

    def reduced(columns: Floats) -> Floats:
        return without_two_way_means(columns, units, times, weights=root**2) * root[:, None]

    controls = reduced(rows[list(covariates)].to_numpy(dtype=np.float64))

    def partialled(columns: Floats) -> Floats:
        within = reduced(columns)
        return within - controls @ np.linalg.lstsq(controls, within, rcond=None)[0]

    both = partialled(rows[[outcome, treatment]].to_numpy(dtype=np.float64))
    y, x = both[:, 0], both[:, 1]
    information = float(x @ x)
    estimate = float(x @ y) / information
    member = (codes[:, None] == np.arange(n_clusters)).astype(np.float64)
    leverage = member.T @ x**2

    def masked_scores(residuals: Floats) -> Floats:
        # Score of cluster g when only the residuals of cluster h are drawn.
        spread = partialled(member * (residuals / root)[:, None])
        return member.T @ (x[:, None] * spread)

    def t_square(estimates: Floats, scores: Floats) -> Floats:
        variance = (scores**2).sum(axis=-1) / information**2
        with np.errstate(divide="ignore", invalid="ignore"):
            return estimates**2 / variance

    drawn = bootstrap_signs(signs, n_clusters, n_draws, seed)
    by_outcome, by_treatment = masked_scores(y), masked_scores(x)
    fitted_scores = member.T @ (x * (y - estimate * x))

    def p_value(null: float) -> float:
        offset = null if null_imposed else estimate
        cross = by_outcome - offset * by_treatment
        shift = drawn @ cross.sum(axis=0) / information
        scores = drawn @ cross.T - shift[:, None] * leverage
        observed = t_square(np.asarray(estimate - null), fitted_scores)
        # A draw that repeats the data ties with it; rounding must not decide.
        return float((t_square(shift, scores) > observed * (1 + 1e-9)).mean())

    standard_error = float(fit.standard_errors[treatment])
    low, high = (
        _limit(p_value, estimate, side * standard_error, 1 - confidence) for side in (-1, 1)
    )
    return WildBootstrap(
        effect=Effect(
            estimate=estimate,
            standard_error=standard_error,
            low=low,
            high=high,
            p_value=p_value(0.0),
            confidence=confidence,
            degrees_of_freedom=float(n_clusters - 1),
            n_observations=fit.n_observations,
            n_units=fit.n_units,
        ),
        t_statistic=estimate / standard_error,
        n_clusters=n_clusters,
        n_draws=len(drawn),
    )


def _limit(p_value: Callable[[float], float], estimate: float, step: float, level: float) -> float:
    """Value on one side of the estimate at which the p value falls to the level."""
    inside, outside = estimate, estimate + step
    for _ in range(12):
        if p_value(outside) <= level:
            break
        inside, outside = outside, estimate + 2 * (outside - estimate)
    else:
        return float(np.sign(step) * np.inf)
    while abs(outside - inside) > 1e-6 * abs(step):
        middle = (inside + outside) / 2
        if p_value(middle) <= level:
            outside = middle
        else:
            inside = middle
    return float((inside + outside) / 2)
