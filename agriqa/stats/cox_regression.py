"""Cox proportional hazards regression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from agriqa.stats.checks import require_choice, require_confidence

if TYPE_CHECKING:
    import pandas as pd

Ties = Literal["efron", "breslow"]


@dataclass(frozen=True)
class CoxRegression:
    """Fitted proportional hazards.

    Attributes
    ----------
    coefficients : DataFrame
        One row per term, with columns `coefficient` (log hazard ratio), `standard_error`,
        `hazard_ratio`, `low`, `high` (limits of the ratio) and `p_value`.
    log_likelihood : float
        Partial log likelihood at the estimate.
    observations : int
        Units used [count].
    events : int
        Events among them [count].
    """

    coefficients: pd.DataFrame
    log_likelihood: float
    observations: int
    events: int


def cox_regression(
    data: pd.DataFrame,
    *,
    duration: str,
    event: str,
    covariates: Sequence[str],
    entry: str | None = None,
    strata: str | None = None,
    ties: Ties = "efron",
    confidence: float = 0.95,
) -> CoxRegression:
    """Fit hazards that are proportional to exp(covariates x coefficients), by statsmodels.

    Parameters
    ----------
    data : DataFrame
        One row per unit. Rows where a used column is missing are left out.
    duration, event, entry : str
        Columns as the arguments of `kaplan_meier`.
    covariates : sequence of str
        Columns of the model: numbers as they are, texts and categories as dummies, the
        first value in order being the reference.
    strata : str, optional
        Column by which the baseline hazards may differ.
    ties : {"efron", "breslow"}
        Approximation of the likelihood where events share a time.
    confidence : float
        Two-sided confidence level, between 0 and 1.

    Returns
    -------
    CoxRegression

    Raises
    ------
    ValueError
        If a column is lacking, times or events are not as in `kaplan_meier`, there is no
        event or no covariate, a covariate does not vary, or an option is unknown.

    References
    ----------
    Cox (1972), J. R. Stat. Soc. B 34; Efron (1977), J. Am. Stat. Assoc. 72.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"t": [1, 2, 3, 4], "e": [1, 1, 1, 1], "x": [1, 0, 1, 0]})
    >>> fit = cox_regression(data, duration="t", event="e", covariates=["x"])
    >>> round(float(fit.coefficients.loc["x", "hazard_ratio"]), 3)
    2.562
    """
    import pandas as pd
    from scipy import stats
    from statsmodels.duration.hazard_regression import PHReg

    from agriqa.stats.survival import checked_times

    require_choice("ties", ties, get_args(Ties))
    require_confidence(confidence)
    used = [duration, event, *covariates, *(name for name in (entry, strata) if name is not None)]
    lacking = sorted(set(used) - set(data.columns))
    if lacking:
        raise ValueError(f"the data lack the columns {lacking}")
    if not covariates:
        raise ValueError("at least one covariate is needed")
    rows = data[list(dict.fromkeys(used))].dropna()
    start, end, kind, _ = checked_times(
        rows[duration], rows[event], entry=None if entry is None else rows[entry]
    )
    if not np.isin(kind, (0.0, 1.0)).all() or not kind.any():
        raise ValueError("an event must be 0 or 1, and at least one must be 1")
    columns = rows[list(covariates)].copy()
    for name in columns.select_dtypes("category"):
        # A category that no row has left must not be the reference, nor get a column.
        columns[name] = columns[name].cat.remove_unused_categories()
    design = pd.get_dummies(columns, drop_first=True, dtype=float).astype(float)
    if (design.nunique() < 2).any() or design.shape[1] == 0:
        raise ValueError("every covariate must vary")
    fit = PHReg(
        end,
        design.to_numpy(),
        status=kind,
        entry=None if entry is None else start,
        strata=None if strata is None else pd.factorize(rows[strata])[0],
        ties=ties,
    ).fit()
    coefficient, error = np.asarray(fit.params), np.asarray(fit.bse)
    reach = float(stats.norm.ppf(0.5 + confidence / 2)) * error
    table = pd.DataFrame(
        {
            "coefficient": coefficient,
            "standard_error": error,
            "hazard_ratio": np.exp(coefficient),
            "low": np.exp(coefficient - reach),
            "high": np.exp(coefficient + reach),
            "p_value": 2 * stats.norm.sf(np.abs(coefficient / error)),
        },
        index=pd.Index(design.columns, name="term"),
    )
    return CoxRegression(
        coefficients=table,
        log_likelihood=float(fit.llf),
        observations=len(rows),
        events=int(kind.sum()),
    )
