"""Effects by time since the start of treatment: leads and lags, and a test of the leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agriqa.stats.checks import Floats, Language, in_language
from agriqa.stats.effect import Effect, effect_from_standard_error, pretrend_sentence
from agriqa.stats.fixed_effects import (
    FixedEffectsFit,
    SmallSample,
    fit_fixed_effects,
)
from agriqa.stats.panel import first_treated_periods, require_columns

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class JointTest:
    """Wald test that several effects are all zero.

    Attributes
    ----------
    statistic : float
        Wald statistic; chi-squared under the null. NaN where nothing is tested.
    degrees_of_freedom : int
        Effects tested (rank of their covariance) [count].
    p_value : float
        [0-1], NaN where nothing is tested.
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float


def wald_test(estimates: Floats, covariance: Floats) -> JointTest:
    """Test that all the estimates are zero, with the chi-squared distribution.

    Parameters
    ----------
    estimates : ndarray, (k,)
        Estimates; none gives a test that is missing.
    covariance : ndarray, (k, k)
        Their covariance; where it is singular its pseudo-inverse and rank are used.

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Examples
    --------
    >>> round(wald_test(np.array([1.96]), np.eye(1)).p_value, 3)
    0.05
    """
    from scipy import stats

    if covariance.shape != (len(estimates), len(estimates)):
        raise ValueError("covariance must be square with one row per estimate")
    if len(estimates) == 0:
        return JointTest(np.nan, 0, np.nan)
    rank = int(np.linalg.matrix_rank(covariance, hermitian=True))
    if rank == 0:
        return JointTest(np.nan, 0, np.nan)
    statistic = float(estimates @ np.linalg.pinv(covariance, hermitian=True) @ estimates)
    return JointTest(statistic, rank, float(stats.chi2.sf(statistic, rank)))


@dataclass(frozen=True)
class EventStudy:
    """Effects by event time.

    Attributes
    ----------
    table : DataFrame
        Indexed by event_time [periods since the start, 0 is the first treated];
        estimate, standard_error, low, high in the outcome's unit. Reference
        periods stand in it with estimate 0 and a missing standard error.
    covariance : DataFrame
        Of the estimates, event times x event times, without the references.
    pretrend : JointTest
        Wald test that the effects before treatment are all zero.
    overall : Effect
        Mean of the effects from event time 0 on: of event times for the
        dynamic regression, of treated observations for `sun_abraham`.
    """

    table: pd.DataFrame
    covariance: pd.DataFrame
    pretrend: JointTest
    overall: Effect

    def summary(self, language: Language = "zh", *, log_outcome: bool = False) -> str:
        """Say the overall effect and what the periods before treatment show."""
        test = pretrend_sentence(self.pretrend.p_value, self.overall.confidence, language)
        first = self.overall.summary(language, log_outcome=log_outcome)
        return in_language(language, zh=first + test, en=f"{first} {test}")


def _event_panel(
    frame: pd.DataFrame, time: str, cohort: str, unit: str
) -> tuple[pd.DataFrame, Floats]:
    """Rows with a period, and their event time (missing for those never treated in it)."""
    import pandas as pd

    start = first_treated_periods(frame, unit=unit, time=time, cohort=cohort)
    rows = frame.loc[frame[time].notna()]
    period = pd.to_numeric(rows[time]).astype(float)
    start = start.loc[frame[time].notna()]
    relative = (period - start).mask(start > period.max())
    if relative.isna().all():
        raise ValueError("no unit is ever treated")
    if (relative % 1 > 0).any():
        raise ValueError("periods must be whole numbers apart: number them in order")
    return rows, np.asarray(relative, dtype=np.float64)


def _tabulate(
    names: Sequence[float],
    estimates: Floats,
    covariance: Floats,
    references: Sequence[int],
    overall_weights: Floats,
    fit: FixedEffectsFit,
    confidence: float,
) -> EventStudy:
    import pandas as pd

    def effect(estimate: float, variance: float) -> Effect:
        return effect_from_standard_error(
            estimate,
            float(np.sqrt(variance)),
            degrees_of_freedom=fit.n_clusters - 1,
            confidence=confidence,
            n_observations=fit.n_observations,
            n_units=fit.n_units,
        )

    index = pd.Index(np.asarray(names, dtype=int), name="event_time")
    effects = [effect(b, v) for b, v in zip(estimates, np.diag(covariance), strict=True)]
    columns = ["estimate", "standard_error", "low", "high"]
    table = pd.DataFrame(
        [[getattr(item, column) for column in columns] for item in effects], index, columns
    )
    zero = pd.DataFrame(
        {"estimate": 0.0, "standard_error": np.nan, "low": np.nan, "high": np.nan},
        index=pd.Index(list(references), name="event_time"),
    )
    before = np.asarray(index) < 0
    return EventStudy(
        table=pd.concat([table, zero]).sort_index(),
        covariance=pd.DataFrame(covariance, index=index, columns=index),
        pretrend=wald_test(estimates[before], covariance[np.ix_(before, before)]),
        overall=effect(
            float(overall_weights @ estimates),
            float(overall_weights @ covariance @ overall_weights),
        ),
    )


def _references(reference: int | Sequence[int]) -> list[int]:
    references = [reference] if isinstance(reference, int) else sorted(set(reference))
    if not references or any(value >= 0 for value in references):
        raise ValueError("the reference must be event times before 0")
    return references


def event_study(
    frame: pd.DataFrame,
    *,
    outcome: str,
    unit: str,
    time: str,
    cohort: str,
    reference: int | Sequence[int] = -1,
    earliest: int | None = None,
    latest: int | None = None,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    weights: str | None = None,
    small_sample: SmallSample = "nested",
    confidence: float = 0.95,
) -> EventStudy:
    """Regress on leads and lags of the start of treatment with unit and period effects.

    Where units start at different times and effects differ between cohorts the
    leads and lags mix each other's effects; see `sun_abraham`.

    Parameters
    ----------
    frame : DataFrame
        Long panel, gaps allowed; rows with a missing outcome are left out.
    outcome, unit, time, cohort : str
        Columns; time is numeric, the cohort is the unit's first treated
        period, missing or infinite for the never treated; a start after the
        panel's last period counts as never.
    reference : int or sequence of int
        Event times set to zero, before 0. Without never-treated units two are
        needed unless an end is binned.
    earliest, latest : int, optional
        All event times at or beyond these share one coefficient.
    covariates, cluster, weights, small_sample
        As in `fit_fixed_effects`.
    confidence : float
        Two-sided level; t on clusters - 1 degrees of freedom.

    Raises
    ------
    ValueError
        If no unit is treated, a cohort changes within a unit, a reference is
        not among the event times, or the effects cannot be told apart.

    References
    ----------
    Schmidheiny, Siegloch (2023), J. Appl. Econometrics 38: 695-713 (binning).

    Examples
    --------
    >>> import pandas as pd
    >>> panel = pd.DataFrame({"u": [1, 1, 1, 2, 2, 2, 3, 3, 3], "t": [0, 1, 2] * 3,
    ...                       "start": [2.0] * 3 + [None] * 6, "y": [1, 1, 6, 3, 4, 4, 2, 1, 2]})
    >>> study = event_study(panel, outcome="y", unit="u", time="t", cohort="start")
    >>> round(study.overall.estimate, 6)
    4.5
    """
    references = _references(reference)
    low = -np.inf if earliest is None else earliest
    high = np.inf if latest is None else latest
    if not low <= min(references) or not high >= 0:
        raise ValueError("earliest must not be after the reference, latest not before 0")
    rows, relative = _event_panel(frame, time, cohort, unit)
    binned = np.clip(relative, low, high)
    # Only rows with an outcome can carry a coefficient.
    seen = {int(value) for value in np.unique(binned[rows[outcome].notna() & ~np.isnan(binned)])}
    if not set(references) <= seen:
        raise ValueError(f"reference must be among the event times {sorted(seen)}")
    times = sorted(seen - set(references))
    if not any(value >= 0 for value in times):
        raise ValueError("no treated unit is seen from its start on")
    names = [f"event time {value}" for value in times]
    dummies = {
        name: (binned == value).astype(float) for name, value in zip(names, times, strict=True)
    }
    fit = fit_fixed_effects(
        rows.assign(**dummies),
        outcome=outcome,
        regressors=[*names, *covariates],
        unit=unit,
        time=time,
        cluster=cluster,
        weights=weights,
        small_sample=small_sample,
    )
    post = np.asarray(times) >= 0
    return _tabulate(
        times,
        np.asarray(fit.coefficients[names], dtype=np.float64),
        np.asarray(fit.covariance.loc[names, names], dtype=np.float64),
        references,
        post / post.sum(),
        fit,
        confidence,
    )


def sun_abraham(
    frame: pd.DataFrame,
    *,
    outcome: str,
    unit: str,
    time: str,
    cohort: str,
    reference: int | Sequence[int] = -1,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    weights: str | None = None,
    small_sample: SmallSample = "nested",
    confidence: float = 0.95,
) -> EventStudy:
    """Event study that estimates each cohort's own path and averages by cohort share.

    The comparison is with the never treated or, where there are none, with
    the last cohort before it starts. Cohorts never seen before their start are
    left out. The shares are taken as known (R fixest convention).

    Parameters
    ----------
    frame, outcome, unit, time, cohort, reference, covariates, cluster, weights
        As in `event_study`.
    small_sample, confidence
        As in `event_study`.

    Raises
    ------
    ValueError
        As `event_study`, and where there is only one cohort and nothing to
        compare it with.

    References
    ----------
    Sun, Abraham (2021), J. Econometrics 225: 175-199.

    Examples
    --------
    >>> import pandas as pd
    >>> panel = pd.DataFrame({"u": [1, 1, 1, 2, 2, 2, 3, 3, 3], "t": [0, 1, 2] * 3,
    ...                       "start": [2.0] * 3 + [None] * 6, "y": [1, 1, 6, 3, 4, 4, 2, 1, 2]})
    >>> study = sun_abraham(panel, outcome="y", unit="u", time="t", cohort="start")
    >>> round(study.overall.estimate, 6)
    4.5
    """
    import pandas as pd

    references = _references(reference)
    rows, relative = _event_panel(frame, time, cohort, unit)
    needed = [outcome, *covariates, *([weights] if weights else [])]
    require_columns(rows, needed)
    complete = rows[needed].notna().all(axis=1).to_numpy()
    rows, relative = rows[complete], relative[complete]
    start = pd.to_numeric(rows[time]).to_numpy(dtype=np.float64) - relative
    if not np.isnan(start).any():
        last = np.nanmax(start)
        keep = rows[time].to_numpy(dtype=np.float64) < last
        rows, relative, start = rows[keep], relative[keep], start[keep]
        relative = np.where(start == last, np.nan, relative)
    # A cohort never seen before its start has no reference of its own.
    seen_before = {g for g in np.unique(start) if (relative[start == g] < 0).any()}
    keep = np.isnan(relative) | np.isin(start, list(seen_before))
    rows, relative, start = rows[keep], relative[keep], start[keep]
    weight = rows[weights].to_numpy(dtype=np.float64) if weights else np.ones(len(rows))
    own = pd.DataFrame({"cohort": start, "event": relative, "mass": weight})
    own = own[~np.isnan(relative) & ~own["event"].isin(references) & (weight > 0)]
    pairs = own.groupby(["cohort", "event"])["mass"].sum()
    if not (pairs.index.get_level_values("event") >= 0).any():
        raise ValueError("no cohort can be compared with units not yet or never treated")
    names = [f"cohort {g:g} at {e:g}" for g, e in pairs.index]
    dummies = {
        name: ((start == g) & (relative == e)).astype(float)
        for name, (g, e) in zip(names, pairs.index, strict=True)
    }
    fit = fit_fixed_effects(
        pd.concat([rows, pd.DataFrame(dummies, index=rows.index)], axis=1),
        outcome=outcome,
        regressors=[*names, *covariates],
        unit=unit,
        time=time,
        cluster=cluster,
        weights=weights,
        small_sample=small_sample,
    )
    event = pairs.index.get_level_values("event").to_numpy()
    times = np.unique(event)
    shares = (event[None, :] == times[:, None]) * pairs.to_numpy()
    mass = shares.sum(axis=1)
    shares = shares / mass[:, None]
    post_mass = np.where(times >= 0, mass, 0.0)
    return _tabulate(
        times.tolist(),
        shares @ fit.coefficients[names].to_numpy(dtype=np.float64),
        shares @ fit.covariance.loc[names, names].to_numpy(dtype=np.float64) @ shares.T,
        references,
        post_mass / post_mass.sum(),
        fit,
        confidence,
    )
