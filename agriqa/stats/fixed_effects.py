"""Regression with unit and period effects taken out, and cluster-robust errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, Integers, require_choice
from agriqa.stats.effect import Effect, effect_from_standard_error
from agriqa.stats.panel import complete_rows, require_panel

if TYPE_CHECKING:
    import pandas as pd

SmallSample = Literal["nested", "full", "clusters", "none"]


@dataclass(frozen=True)
class FixedEffectsFit:
    """A fitted regression with unit and period effects.

    Attributes
    ----------
    coefficients : Series
        One per regressor, in outcome units per regressor unit.
    covariance : DataFrame
        Cluster-robust covariance of the coefficients, regressors x regressors.
    residuals : Series
        Residuals on the index of the rows used.
    n_observations, n_units, n_periods, n_clusters : int
        Rows, units, periods and clusters used [count].
    """

    coefficients: pd.Series[float]
    covariance: pd.DataFrame
    residuals: pd.Series[float]
    n_observations: int
    n_units: int
    n_periods: int
    n_clusters: int

    @property
    def standard_errors(self) -> pd.Series[float]:
        """Roots of the covariance's diagonal, one per regressor."""
        import pandas as pd

        return pd.Series(np.sqrt(np.diag(self.covariance)), index=self.coefficients.index)

    def effect(self, regressor: str, *, confidence: float = 0.95) -> Effect:
        """One coefficient with interval and test, t on (clusters - 1) degrees of freedom."""
        require_choice("regressor", regressor, tuple(self.coefficients.index))
        return effect_from_standard_error(
            float(self.coefficients[regressor]),
            float(self.standard_errors[regressor]),
            degrees_of_freedom=self.n_clusters - 1,
            confidence=confidence,
            n_observations=self.n_observations,
            n_units=self.n_units,
        )


def without_two_way_means(
    values: npt.ArrayLike,
    units: npt.ArrayLike,
    periods: npt.ArrayLike,
    *,
    weights: npt.ArrayLike | None = None,
) -> Floats:
    """Take unit and period effects out of columns, exactly, also where the panel has gaps.

    Parameters
    ----------
    values : array_like, (n,) or (n, k)
        Columns to residualise.
    units, periods : array_like of int, (n,)
        Codes from 0.
    weights : array_like, (n,), optional
        Positive weights.

    Returns
    -------
    ndarray of float
        Residuals of the weighted regression on unit and period dummies, shape of `values`.

    Notes
    -----
    Unit means go first; the period dummies, which are few, are then taken out
    by least squares (Frisch-Waugh-Lovell), so nothing is iterated.

    Examples
    --------
    >>> without_two_way_means([1, 2, 3, 8], [0, 0, 1, 1], [0, 1, 0, 1]).tolist()
    [1.0, -1.0, -1.0, 1.0]
    """
    unit_codes = np.asarray(units, dtype=np.int64)
    period_codes = np.asarray(periods, dtype=np.int64)
    array = np.asarray(values, dtype=np.float64)
    columns = array.reshape(len(unit_codes), -1)
    weight = np.ones(len(unit_codes)) if weights is None else np.asarray(weights, dtype=np.float64)
    totals = np.bincount(unit_codes, weights=weight)
    n_units = len(totals)

    def within(block: Floats) -> Floats:
        sums = np.zeros((n_units, block.shape[1]))
        np.add.at(sums, unit_codes, block * weight[:, None])
        return block - (sums / np.where(totals > 0, totals, 1)[:, None])[unit_codes]

    dummies = within(np.eye(int(period_codes.max()) + 1)[period_codes])
    demeaned = within(columns)
    gram = dummies.T @ (dummies * weight[:, None])
    # The dummies sum to zero, so the Gram matrix is singular by design.
    effects = np.linalg.lstsq(gram, dummies.T @ (demeaned * weight[:, None]), rcond=1e-10)[0]
    return (demeaned - dummies @ effects).reshape(array.shape)


def cluster_scores(
    design: Floats, residuals: Floats, clusters: Integers, weights: Floats
) -> Floats:
    """Sum the scores design x residual x weight within each cluster, (clusters, k)."""
    scores = np.zeros((int(clusters.max()) + 1, design.shape[1]))
    np.add.at(scores, clusters, design * (residuals * weights)[:, None])
    return scores


def small_sample_factor(
    kind: SmallSample,
    *,
    n_observations: int,
    n_regressors: int,
    n_units: int,
    n_periods: int,
    n_clusters: int,
    units_nested: bool,
) -> float:
    """Correction of a cluster-robust covariance for a finite sample.

    Parameters
    ----------
    kind : {"nested", "full", "clusters", "none"}
        With G clusters, n rows and K parameters: "nested" and "full" are
        G/(G-1) (n-1)/(n-K). "full" counts every unit and period effect in K
        (Stata areg, a dummy regression in R or statsmodels); "nested" leaves
        out the unit effects where units lie within clusters (Stata reghdfe,
        R fixest default). "clusters" is G/(G-1); "none" is 1.
    n_observations, n_regressors, n_units, n_periods, n_clusters : int
        Counts.
    units_nested : bool
        Every unit lies in one cluster.

    Raises
    ------
    ValueError
        If the kind is unknown, there are fewer than two clusters, or no
        degrees of freedom are left.

    References
    ----------
    Berge, "On standard-errors", vignette of R fixest.

    Examples
    --------
    >>> counts = dict(n_observations=100, n_regressors=1, n_units=10, n_periods=10, n_clusters=10)
    >>> round(small_sample_factor("nested", units_nested=True, **counts), 4)
    1.236
    """
    require_choice("small_sample", kind, ("nested", "full", "clusters", "none"))
    if n_clusters < 2:
        raise ValueError("cluster-robust errors need at least two clusters")
    if kind == "none":
        return 1.0
    between = n_clusters / (n_clusters - 1)
    if kind == "clusters":
        return between
    parameters = n_regressors + n_periods + n_units - 1
    if kind == "nested" and units_nested:
        parameters = n_regressors + n_periods
    if n_observations <= parameters:
        raise ValueError(f"{n_observations} rows leave no degrees of freedom")
    return between * (n_observations - 1) / (n_observations - parameters)


def fit_fixed_effects(
    frame: pd.DataFrame,
    *,
    outcome: str,
    regressors: Sequence[str],
    unit: str,
    time: str,
    cluster: str | None = None,
    weights: str | None = None,
    small_sample: SmallSample = "nested",
    drop_singletons: bool = True,
) -> FixedEffectsFit:
    """Regress an outcome on regressors with unit and period effects.

    Parameters
    ----------
    frame : DataFrame
        Long panel, one row per unit and period; gaps are allowed, rows with a
        missing value are left out.
    outcome, unit, time : str
        Column names.
    regressors : sequence of str
        Numeric columns.
    cluster : str, optional
        Column of clusters; the unit where not given.
    weights : str, optional
        Column of analytic weights; rows with weight 0 are left out.
    small_sample : {"nested", "full", "clusters", "none"}
        See `small_sample_factor`.
    drop_singletons : bool
        Leave out units and periods seen once, which carry no information but
        count as rows and clusters (Stata reghdfe does, R fixest keeps them).

    Raises
    ------
    ValueError
        If a column is absent, a unit has two rows in one period, an option is
        unknown, or the unit and period effects explain a regressor wholly.

    References
    ----------
    Cameron, Miller (2015), J. Human Resources 50: 317-372.

    Examples
    --------
    >>> import pandas as pd
    >>> panel = pd.DataFrame({"u": [1, 1, 2, 2, 3, 3], "t": [0, 1] * 3,
    ...                       "d": [0, 1, 0, 0, 0, 0], "y": [1, 5, 2, 3, 4, 5]})
    >>> fit = fit_fixed_effects(panel, outcome="y", regressors=["d"], unit="u", time="t")
    >>> round(fit.effect("d").estimate, 6)
    3.0
    """
    import pandas as pd

    names = list(regressors)
    if not names or len(set(names)) < len(names):
        raise ValueError("regressors must be distinct and at least one")
    group = unit if cluster is None else cluster
    rows = complete_rows(frame, [outcome, *names], [unit, time, group], weights=weights)
    require_panel(rows, unit, time)
    while drop_singletons:
        single = ~(rows.duplicated(unit, keep=False) & rows.duplicated(time, keep=False))
        if not single.any():
            break
        rows = rows[~single]
    if rows.empty:
        raise ValueError("no unit is seen in two periods")
    unit_codes, unit_labels = pd.factorize(rows[unit])
    period_codes, period_labels = pd.factorize(rows[time])
    cluster_codes, cluster_labels = pd.factorize(rows[group])
    weight = rows[weights].to_numpy() if weights else np.ones(len(rows))
    # A common scale of the weights changes nothing; mean 1 keeps the tolerances meaningful.
    weight = weight / weight.mean()
    columns = rows[[outcome, *names]].to_numpy(dtype=np.float64)
    reduced = without_two_way_means(columns, unit_codes, period_codes, weights=weight)
    y, x = reduced[:, 0], reduced[:, 1:]
    root = np.sqrt(weight)[:, None]
    scale = np.linalg.norm(columns[:, 1:] * root, axis=0)
    flat = np.linalg.norm(x * root, axis=0) <= 1e-9 * np.where(scale > 0, scale, 1)
    normed = x * root / np.where(flat, 1, np.linalg.norm(x * root, axis=0))
    if flat.any() or np.linalg.matrix_rank(normed, tol=1e-8) < len(names):
        guilty = [name for name, is_flat in zip(names, flat, strict=True) if is_flat] or names
        raise ValueError(
            f"{', '.join(map(str, guilty))} cannot be told apart from the unit and period effects"
            " or from each other"
        )
    bread = np.linalg.inv(x.T @ (x * weight[:, None]))
    beta = bread @ (x.T @ (y * weight))
    residuals = y - x @ beta
    scores = cluster_scores(x, residuals, cluster_codes, weight)
    nested = int(rows.groupby(unit)[group].nunique().max()) == 1
    factor = small_sample_factor(
        small_sample,
        n_observations=len(rows),
        n_regressors=len(names),
        n_units=len(unit_labels),
        n_periods=len(period_labels),
        n_clusters=len(cluster_labels),
        units_nested=nested,
    )
    covariance = factor * bread @ (scores.T @ scores) @ bread
    return FixedEffectsFit(
        coefficients=pd.Series(beta, index=names),
        covariance=pd.DataFrame(covariance, index=names, columns=names),
        residuals=pd.Series(residuals, index=rows.index),
        n_observations=len(rows),
        n_units=len(unit_labels),
        n_periods=len(period_labels),
        n_clusters=len(cluster_labels),
    )
