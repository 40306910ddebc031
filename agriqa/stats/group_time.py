"""Effects by cohort and period where treatment starts at different times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from agriqa.stats.checks import (
    Flags,
    Floats,
    Integers,
    Language,
    in_language,
    require_choice,
    require_confidence,
)
from agriqa.stats.doubly_robust import Method, effect_on_treated
from agriqa.stats.effect import pretrend_sentence
from agriqa.stats.event_study import JointTest, wald_test
from agriqa.stats.influence import influence_covariance, multiplier_bootstrap
from agriqa.stats.panel import first_treated_periods, require_columns, require_panel

if TYPE_CHECKING:
    import pandas as pd

ControlGroup = Literal["never_treated", "not_yet_treated"]
BasePeriod = Literal["varying", "universal"]


@dataclass(frozen=True)
class GroupTimeEffects:
    """Average effects on the treated by cohort and period.

    Attributes
    ----------
    table : DataFrame
        One row per cell: cohort, time [periods], estimate, standard_error,
        low, high [outcome's unit] (pointwise), band_low, band_high
        (simultaneous; missing without a bootstrap), n_treated, n_control
        [count]. Cells without a comparison are missing; the base period of a
        universal base has estimate 0 and a missing error.
    influence : ndarray, (units, cells)
        Influence function of each cell; its mean square over the number of
        units is the squared standard error.
    unit_cohorts : ndarray, (units,)
        First treated period of each unit, infinite for the never treated.
    unit_weights : ndarray, (units,)
        Sampling weight of each unit, mean 1.
    unit_clusters : ndarray of int, (units,)
        Code of each unit's cluster.
    periods : ndarray
        Periods of the panel in order.
    pretrend : JointTest
        Wald test that all effects before treatment (and anticipation) are zero.
    anticipation : int
        Periods before the start in which effects were allowed.
    confidence : float
        Level of the intervals [0-1].
    n_observations : int
        Rows used [count].
    """

    table: pd.DataFrame
    influence: Floats
    unit_cohorts: Floats
    unit_weights: Floats
    unit_clusters: Integers
    periods: Floats
    pretrend: JointTest
    anticipation: int
    confidence: float
    n_observations: int

    def summary(self, language: Language = "zh") -> str:
        """Say how many cells were estimated and what the periods before show."""
        estimated = int(self.table["standard_error"].notna().sum())
        cohorts = int(self.table["cohort"].nunique())
        test = pretrend_sentence(self.pretrend.p_value, self.confidence, language)
        return in_language(
            language,
            zh=f"共 {cohorts} 个处理批次,估计了 {estimated} 个批次—时期效应。{test}",
            en=f"{estimated} effects by cohort and period, from {cohorts} cohorts. {test}",
        )


@dataclass(frozen=True)
class _WidePanel:
    outcome: Floats  # units x periods, missing where not seen
    covariates: Floats  # units x periods x covariates
    cohorts: Floats
    weights: Floats
    clusters: Integers
    periods: Floats


def _widen(
    frame: pd.DataFrame,
    outcome: str,
    unit: str,
    time: str,
    cohort: str,
    covariates: Sequence[str],
    weights: str | None,
    cluster: str | None,
) -> _WidePanel:
    import pandas as pd

    values = [outcome, *covariates]
    extra = [name for name in (weights, cluster) if name]
    require_columns(frame, [*values, unit, time, cohort, *extra])
    rows = frame.loc[frame[[unit, time]].notna().all(axis=1)]
    require_panel(rows, unit, time)
    complete = rows[values].apply(pd.to_numeric).replace([np.inf, -np.inf], np.nan)
    rows = rows.loc[complete.notna().all(axis=1)]
    if rows.empty:
        raise ValueError("no complete row is left")
    codes, units = pd.factorize(rows[unit])
    moments, periods = pd.factorize(pd.to_numeric(rows[time]).astype(float), sort=True)
    start = first_treated_periods(rows, unit=unit, time=time, cohort=cohort)
    weight = pd.to_numeric(rows[weights]).astype(float).groupby(codes).first() if weights else None
    unit_weights = np.ones(len(units)) if weight is None else weight.to_numpy()
    if not (unit_weights >= 0).all() or unit_weights.sum() == 0:
        raise ValueError("weights must be non-negative, not missing, and not all zero")
    groups = rows[cluster].groupby(codes) if cluster else None
    if groups is not None and not (groups.nunique(dropna=False) == 1).all():
        raise ValueError(f"{cluster} must be the same in all rows of a unit")
    clusters = np.arange(len(units)) if groups is None else pd.factorize(groups.first())[0]
    wide = np.full((len(units), len(periods)), np.nan)
    wide[codes, moments] = rows[outcome].to_numpy(dtype=np.float64)
    deep = np.full((len(units), len(periods), len(covariates)), np.nan)
    deep[codes, moments] = rows[list(covariates)].to_numpy(dtype=np.float64)
    return _WidePanel(
        outcome=wide,
        covariates=deep,
        cohorts=np.asarray(start.groupby(codes).first(), dtype=np.float64),
        weights=unit_weights / unit_weights.mean(),
        clusters=clusters.astype(np.int64),
        periods=np.asarray(periods, dtype=np.float64),
    )


def _restrict(panel: _WidePanel, keep: Flags) -> _WidePanel:
    _, clusters = np.unique(panel.clusters[keep], return_inverse=True)
    weights = panel.weights[keep]
    return _WidePanel(
        outcome=panel.outcome[keep],
        covariates=panel.covariates[keep],
        cohorts=panel.cohorts[keep],
        weights=weights / weights.mean(),
        clusters=clusters.astype(np.int64),
        periods=panel.periods,
    )


def _base_index(
    periods: Floats, group: float, time: float, base: BasePeriod, anticipation: int
) -> int:
    """Position of the base period, or -1 where there is none."""
    limit = group - anticipation if base == "universal" or time >= group else time
    return int(np.searchsorted(periods, limit)) - 1


def group_time_effects(
    frame: pd.DataFrame,
    *,
    outcome: str,
    unit: str,
    time: str,
    cohort: str,
    control: ControlGroup = "never_treated",
    base: BasePeriod = "varying",
    anticipation: int = 0,
    covariates: Sequence[str] = (),
    method: Method = "doubly_robust",
    weights: str | None = None,
    cluster: str | None = None,
    balanced: bool = False,
    n_bootstrap: int = 0,
    seed: int = 0,
    confidence: float = 0.95,
) -> GroupTimeEffects:
    """Effects by cohort g and period t: change of the cohort less change of its controls.

    ATT(g, t) = E[Y(t) - Y(b) | cohort g] - E[Y(t) - Y(b) | controls] with base
    period b, the last one before g (less anticipation).

    Parameters
    ----------
    frame : DataFrame
        Long panel, one row per unit and period; rows with a missing outcome or
        covariate are left out.
    outcome, unit, time, cohort : str
        Columns; time is numeric, the cohort is the unit's first treated
        period, missing or infinite for the never treated. Units treated from
        the first period on are left out: they have no base.
    control : {"never_treated", "not_yet_treated"}
        Comparison units: never treated; or those and all that have not
        started (nor anticipate) by the later of t and b.
    base : {"varying", "universal"}
        For periods before the start: compare with the period before (R did's
        default), or always with b.
    anticipation : int
        Periods before the start in which effects may already show.
    covariates : sequence of str
        Numeric columns, taken at the earlier of t and b.
    method : {"doubly_robust", "regression", "weighting"}
        How covariates adjust; without covariates all three are the same.
    weights : str, optional
        Sampling weights; the first value of each unit is used.
    cluster : str, optional
        Column of clusters of units; the unit where not given.
    balanced : bool
        Use only units seen in every period (R did's default). Otherwise each
        cell uses the units seen in both its periods.
    n_bootstrap : int
        Draws of the multiplier bootstrap; 0 gives analytic standard errors
        and no simultaneous band.
    seed : int
        Of the bootstrap.
    confidence : float
        Two-sided level, normal distribution.

    Raises
    ------
    ValueError
        If a column is absent, a unit has two rows in one period or changes
        cohort, no cohort starts within the panel, there is no control unit,
        or an option is unknown.

    References
    ----------
    Callaway, Sant'Anna (2021), J. Econometrics 225: 200-230; R package did.

    Examples
    --------
    >>> import pandas as pd
    >>> panel = pd.DataFrame({"u": [1, 1, 2, 2, 3, 3, 4, 4], "t": [0, 1] * 4,
    ...                       "start": [1.0] * 4 + [None] * 4, "y": [1, 5, 2, 8, 3, 4, 4, 5]})
    >>> effects = group_time_effects(panel, outcome="y", unit="u", time="t", cohort="start")
    >>> effects.table[["cohort", "time", "estimate"]].values.tolist()
    [[1.0, 1.0, 4.0]]
    """
    import pandas as pd
    from scipy import stats

    require_choice("control", control, ("never_treated", "not_yet_treated"))
    require_choice("base", base, ("varying", "universal"))
    require_choice("method", method, ("doubly_robust", "regression", "weighting"))
    if anticipation < 0:
        raise ValueError("anticipation must not be negative")
    require_confidence(confidence)
    panel = _widen(frame, outcome, unit, time, cohort, covariates, weights, cluster)
    keep = panel.cohorts > panel.periods[0] + anticipation
    if balanced:
        keep &= ~np.isnan(panel.outcome).any(axis=1)
    if not keep.any():
        raise ValueError("no unit is left that is seen before its treatment")
    panel = _restrict(panel, keep)
    # A start after the last period is, in this panel, no start at all.
    panel.cohorts[panel.cohorts > panel.periods[-1] + anticipation] = np.inf
    groups = np.unique(panel.cohorts[panel.cohorts <= panel.periods[-1]])
    if len(groups) == 0:
        raise ValueError("no cohort starts within the panel after its first period")
    if control == "never_treated" and not np.isinf(panel.cohorts).any():
        raise ValueError("no unit is never treated: use control='not_yet_treated'")
    records = []
    columns = []
    for group in groups:
        for position, moment in enumerate(panel.periods):
            origin = _base_index(panel.periods, group, moment, base, anticipation)
            if origin < 0:
                continue
            cell, influence = _cell(panel, group, position, origin, control, anticipation, method)
            records.append({"cohort": group, "time": moment, **cell})
            columns.append(influence)
    table = pd.DataFrame(records)
    influence = np.column_stack(columns)
    covariance = influence_covariance(influence, panel.clusters)
    errors = np.sqrt(np.diag(covariance))
    critical = np.nan
    if n_bootstrap:
        errors, critical = multiplier_bootstrap(
            influence, panel.clusters, n_draws=n_bootstrap, confidence=confidence, seed=seed
        )
    # The base period of a universal base is zero by definition, not an estimate.
    errors = np.where(np.diag(covariance) > 0, errors, np.nan)
    z = stats.norm.ppf(0.5 + confidence / 2)
    estimate = table["estimate"].to_numpy()
    table = table.assign(
        standard_error=errors,
        low=estimate - z * errors,
        high=estimate + z * errors,
        band_low=estimate - critical * errors,
        band_high=estimate + critical * errors,
    )
    early = (table["time"] < table["cohort"] - anticipation) & table["standard_error"].notna()
    chosen = np.flatnonzero(early)
    return GroupTimeEffects(
        table=table,
        influence=influence,
        unit_cohorts=panel.cohorts,
        unit_weights=panel.weights,
        unit_clusters=panel.clusters,
        periods=panel.periods,
        pretrend=wald_test(estimate[chosen], covariance[np.ix_(chosen, chosen)]),
        anticipation=anticipation,
        confidence=confidence,
        n_observations=int(np.isfinite(panel.outcome).sum()),
    )


def _cell(
    panel: _WidePanel,
    group: float,
    position: int,
    origin: int,
    control: ControlGroup,
    anticipation: int,
    method: Method,
) -> tuple[dict[str, float], Floats]:
    """One cohort and period: the estimate with its counts, and its influence on all units."""
    n = len(panel.cohorts)
    change = panel.outcome[:, position] - panel.outcome[:, origin]
    treated = panel.cohorts == group
    horizon = panel.periods[max(position, origin)] + anticipation
    controls = np.isinf(panel.cohorts)
    if control == "not_yet_treated":
        controls |= (panel.cohorts > horizon) & ~treated
    use = np.isfinite(change) & (treated | controls) & (panel.weights > 0)
    influence = np.zeros(n)
    counts = {"n_treated": int((use & treated).sum()), "n_control": int((use & controls).sum())}
    if 0 in counts.values():
        return {"estimate": np.nan, **counts}, influence
    design = np.column_stack(
        [np.ones(n), panel.covariates[:, min(position, origin)]],
    )[use]
    if position == origin:
        return {"estimate": 0.0, **counts}, influence
    estimate, part = effect_on_treated(
        change[use], treated[use], design, weights=panel.weights[use], method=method
    )
    if np.isfinite(estimate):
        influence[use] = part * n / use.sum()
    return {"estimate": estimate, **counts}, influence
