"""Averages of effects by cohort and period: overall, by event time, cohort, or calendar period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from agriqa.stats.checks import Floats, Language, in_language, require_choice
from agriqa.stats.effect import Effect, effect_from_standard_error, pretrend_sentence
from agriqa.stats.event_study import JointTest, wald_test
from agriqa.stats.group_time import GroupTimeEffects
from agriqa.stats.influence import influence_covariance, multiplier_bootstrap

if TYPE_CHECKING:
    import pandas as pd

Aggregation = Literal["simple", "dynamic", "group", "calendar"]

_LABELS = {"simple": "cell", "dynamic": "event_time", "group": "cohort", "calendar": "time"}


@dataclass(frozen=True)
class AggregatedEffects:
    """Averages of group-time effects.

    Attributes
    ----------
    kind : str
        "simple", "dynamic", "group" or "calendar".
    overall : Effect
        The one number: for "simple" the mean over treated cells, else the
        mean of the table's rows (of event times from 0 on; of cohorts by size;
        of periods).
    table : DataFrame
        Indexed by event_time, cohort or time; estimate, standard_error, low,
        high, band_low, band_high in the outcome's unit. Empty for "simple".
    pretrend : JointTest
        Carried over from the group-time effects.
    leads : JointTest
        Wald test that the averages at event times before the start (less
        anticipation) are all zero; missing unless "dynamic". It pools cohorts
        and so holds its level where cohorts of a few units ruin `pretrend`,
        whose covariance then rests on one or two units a cell.
    """

    kind: Aggregation
    overall: Effect
    table: pd.DataFrame
    pretrend: JointTest
    leads: JointTest

    def summary(self, language: Language = "zh", *, log_outcome: bool = False) -> str:
        """Say the overall effect and what the periods before treatment show."""
        first = self.overall.summary(language, log_outcome=log_outcome)
        test = pretrend_sentence(self.pretrend.p_value, self.overall.confidence, language)
        return in_language(language, zh=first + test, en=f"{first} {test}")


def _share_average(
    effects: GroupTimeEffects, cohorts: Floats, estimates: Floats, influence: Floats
) -> tuple[float, Floats]:
    """Average estimates by the size of their cohorts; the influence includes the sizes'."""
    member = (effects.unit_cohorts[:, None] == cohorts[None, :]) * effects.unit_weights[:, None]
    shares = member.mean(axis=0)
    total = shares.sum()
    average = float(shares @ estimates / total)
    # Derivative of sum(p a) / sum(p) in the shares p, at each unit.
    by_share = (member - shares) @ (estimates - average) / total
    return average, influence @ (shares / total) + by_share


def _equal_average(estimates: Floats, influence: Floats) -> tuple[float, Floats]:
    return float(estimates.mean()), influence.mean(axis=1)


def aggregate_group_time(
    effects: GroupTimeEffects,
    kind: Aggregation = "simple",
    *,
    earliest: float = -np.inf,
    latest: float = np.inf,
    balance: int | None = None,
    n_bootstrap: int = 0,
    seed: int = 0,
) -> AggregatedEffects:
    """Average group-time effects.

    Parameters
    ----------
    effects : GroupTimeEffects
        From `group_time_effects`; cells that could not be estimated are left out.
    kind : {"simple", "dynamic", "group", "calendar"}
        "simple": all cells from the start on, by cohort size. "dynamic": by
        periods since the start, overall the plain mean from 0 on. "group": by
        cohort, overall by cohort size. "calendar": by period, overall the
        plain mean.
    earliest, latest : float
        Event times to use. `earliest` concerns "dynamic" only.
    balance : int, optional
        For "dynamic": use only cohorts seen at this event time, and only event
        times at which all of them are seen, up to it, so that the mix of
        cohorts is the same throughout.
    n_bootstrap, seed
        As in `group_time_effects`.

    Raises
    ------
    ValueError
        If the kind is unknown or nothing is left to average.

    References
    ----------
    Callaway, Sant'Anna (2021), section 3; R package did, aggte.

    Examples
    --------
    >>> import pandas as pd
    >>> from agriqa.stats.group_time import group_time_effects
    >>> panel = pd.DataFrame({"u": [1, 1, 2, 2, 3, 3, 4, 4], "t": [0, 1] * 4,
    ...                       "start": [1.0] * 4 + [None] * 4, "y": [1, 5, 2, 8, 3, 4, 4, 5]})
    >>> effects = group_time_effects(panel, outcome="y", unit="u", time="t", cohort="start")
    >>> aggregate_group_time(effects, "dynamic").overall.estimate
    4.0
    """
    import pandas as pd
    from scipy import stats

    require_choice("kind", kind, ("simple", "dynamic", "group", "calendar"))
    if balance is not None and (kind != "dynamic" or balance < 0):
        raise ValueError("balance is a non-negative event time, for the dynamic average only")
    table = effects.table
    event = (table["time"] - table["cohort"]).to_numpy()
    usable = table["estimate"].notna().to_numpy() & (event <= latest)
    if kind == "dynamic":
        usable &= event >= earliest
        if balance is not None:
            last = effects.periods[-1]
            usable &= ((last - table["cohort"] >= balance) & (event <= balance)).to_numpy()
            usable &= event >= balance - last + effects.periods[0]
    else:
        usable &= event >= 0
    if not (usable & (event >= 0)).any():
        raise ValueError("no estimated effect from the start of treatment on is left")
    key = {
        "simple": np.zeros(len(table)),
        "dynamic": event,
        "group": table["cohort"].to_numpy(),
        "calendar": table["time"].to_numpy(),
    }[kind]
    levels = np.unique(key[usable])
    estimates = np.empty(len(levels))
    columns = []
    for row, level in enumerate(levels):
        cells = np.flatnonzero(usable & (key == level))
        values, parts = table["estimate"].to_numpy()[cells], effects.influence[:, cells]
        if kind == "group":
            estimates[row], part = _equal_average(values, parts)
        else:
            cohorts = table["cohort"].to_numpy()[cells]
            estimates[row], part = _share_average(effects, cohorts, values, parts)
        columns.append(part)
    influence = np.column_stack(columns)
    early = np.flatnonzero((levels < -effects.anticipation) & (kind == "dynamic"))
    covariance = influence_covariance(influence[:, early], effects.unit_clusters)
    if kind == "group":
        overall, overall_influence = _share_average(effects, levels, estimates, influence)
    else:
        counted = levels >= 0 if kind == "dynamic" else np.ones(len(levels), dtype=bool)
        overall, overall_influence = _equal_average(estimates[counted], influence[:, counted])
    errors, critical = _errors(effects, influence, n_bootstrap, seed)
    overall_error = _errors(effects, overall_influence[:, None], n_bootstrap, seed)[0][0]
    z = stats.norm.ppf(0.5 + effects.confidence / 2)
    rows = pd.DataFrame(
        {
            "estimate": estimates,
            "standard_error": errors,
            "low": estimates - z * errors,
            "high": estimates + z * errors,
            "band_low": estimates - critical * errors,
            "band_high": estimates + critical * errors,
        },
        index=pd.Index(levels, name=_LABELS[kind]),
    )
    return AggregatedEffects(
        kind=kind,
        overall=effect_from_standard_error(
            overall,
            float(overall_error),
            confidence=effects.confidence,
            n_observations=effects.n_observations,
            n_units=len(effects.unit_cohorts),
        ),
        table=rows.iloc[:0] if kind == "simple" else rows,
        pretrend=effects.pretrend,
        leads=wald_test(estimates[early], covariance),
    )


def _errors(
    effects: GroupTimeEffects, influence: Floats, n_bootstrap: int, seed: int
) -> tuple[Floats, float]:
    """Give standard errors, and the critical value of the band where bootstrapped."""
    analytic = np.sqrt(np.diag(influence_covariance(influence, effects.unit_clusters)))
    analytic = np.where(analytic > 0, analytic, np.nan)
    if not n_bootstrap:
        return analytic, np.nan
    return multiplier_bootstrap(
        influence,
        effects.unit_clusters,
        n_draws=n_bootstrap,
        confidence=effects.confidence,
        seed=seed,
    )
