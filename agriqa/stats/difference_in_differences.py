"""Effect of a measure by comparing changes: before-after, two by two, two-way fixed effects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from agriqa.stats.checks import require_choice
from agriqa.stats.effect import Effect, effect_from_standard_error
from agriqa.stats.fixed_effects import SmallSample, fit_fixed_effects
from agriqa.stats.panel import complete_rows, first_treated_periods

if TYPE_CHECKING:
    import pandas as pd

CellErrors = Literal["classical", "hc1", "hc2"]


def before_after(
    frame: pd.DataFrame,
    *,
    outcome: str,
    post: str,
    cluster: str | None = None,
    weights: str | None = None,
    errors: CellErrors = "hc2",
    confidence: float = 0.95,
) -> Effect:
    """Mean after less mean before, of the treated alone: the naive comparison.

    Whatever else changed over time counts as effect; shown for contrast only.

    Parameters
    ----------
    frame : DataFrame
        Rows of the treated; rows with a missing value are left out.
    outcome, post : str
        Columns; `post` is 0 before and 1 after.
    cluster, weights, errors, confidence
        As in `two_by_two`.

    Raises
    ------
    ValueError
        As `two_by_two`.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"y": [1.0, 3.0, 6.0, 8.0], "after": [0, 0, 1, 1]})
    >>> round(before_after(rows, outcome="y", post="after").estimate, 6)
    5.0
    """
    return _fit_indicator(
        frame,
        outcome=outcome,
        indicators=[post],
        covariates=(),
        cluster=cluster,
        weights=weights,
        errors=errors,
        confidence=confidence,
    )


def two_by_two(
    frame: pd.DataFrame,
    *,
    outcome: str,
    treated: str,
    post: str,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    weights: str | None = None,
    errors: CellErrors = "hc2",
    confidence: float = 0.95,
) -> Effect:
    """Difference-in-differences of two groups over two spans of time.

    Without covariates the estimate is (treated after - before) - (others
    after - before), differences of (weighted) means. With covariates it is the
    interaction's coefficient in a regression that adds them linearly.

    Parameters
    ----------
    frame : DataFrame
        One row per observation; rows with a missing value are left out.
    outcome : str
        Column of the outcome.
    treated, post : str
        Columns of 0 and 1.
    covariates : sequence of str
        Numeric columns to adjust for.
    cluster : str, optional
        Column of clusters, typically the unit: errors are then cluster-robust
        with G/(G-1) (n-1)/(n-K) and t on G-1 degrees of freedom (Stata
        regress, vce(cluster)). Needed where a unit is seen more than once.
    weights : str, optional
        Column of weights; rows with weight 0 are left out.
    errors : {"classical", "hc1", "hc2"}
        Without clusters: one variance for all; heteroskedasticity-robust with
        n/(n-K); or HC2, which without covariates is the root of the summed
        squared standard errors of the four means. t on n-K degrees of freedom.
    confidence : float
        Two-sided level.

    Raises
    ------
    ValueError
        If a column is absent, an indicator is not 0 or 1, one of the four
        cells is empty, too few rows are left, or an option is unknown.

    References
    ----------
    Card, Krueger (1994), Am. Econ. Rev. 84: 772-793, table 3; Angrist,
    Pischke (2009), Mostly Harmless Econometrics, 5.2.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"y": [1.0, 1, 2, 2, 5, 7, 3, 3], "post": [0, 0, 0, 0, 1, 1, 1, 1],
    ...                      "treated": [1, 1, 0, 0, 1, 1, 0, 0]})
    >>> round(two_by_two(rows, outcome="y", treated="treated", post="post").estimate, 6)
    4.0
    """
    return _fit_indicator(
        frame,
        outcome=outcome,
        indicators=[treated, post],
        covariates=covariates,
        cluster=cluster,
        weights=weights,
        errors=errors,
        confidence=confidence,
    )


def _fit_indicator(
    frame: pd.DataFrame,
    *,
    outcome: str,
    indicators: list[str],
    covariates: Sequence[str],
    cluster: str | None,
    weights: str | None,
    errors: CellErrors,
    confidence: float,
) -> Effect:
    """Coefficient of the product of the indicators, with their main effects."""
    import pandas as pd
    import statsmodels.api as sm

    require_choice("errors", errors, ("classical", "hc1", "hc2"))
    labels = [] if cluster is None else [cluster]
    rows = complete_rows(frame, [outcome, *indicators, *covariates], labels, weights=weights)
    flags = rows[indicators].to_numpy(dtype=np.float64)
    if not np.isin(flags, (0.0, 1.0)).all():
        raise ValueError(f"{' and '.join(indicators)} must be 0 or 1")
    cells = {tuple(cell) for cell in flags.tolist()}
    if len(cells) < 2 ** len(indicators):
        raise ValueError(f"every combination of {' and '.join(indicators)} needs rows")
    main = flags if len(indicators) > 1 else np.empty((len(rows), 0))
    design = np.column_stack(
        [
            flags.prod(axis=1),
            np.ones(len(rows)),
            main,
            rows[list(covariates)].to_numpy(dtype=np.float64),
        ]
    )
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise ValueError("the covariates are collinear with the groups or with each other")
    if len(rows) <= design.shape[1]:
        raise ValueError(f"{len(rows)} rows are too few for {design.shape[1]} coefficients")
    weight = rows[weights].to_numpy() if weights else np.ones(len(rows))
    model = sm.WLS(rows[outcome].to_numpy(), design, weights=weight)
    if cluster is None:
        kind = {"classical": "nonrobust", "hc1": "HC1", "hc2": "HC2"}[errors]
        fit = model.fit(cov_type=kind)
        degrees_of_freedom = float(fit.df_resid)
        n_units = len(rows)
    else:
        codes, found = pd.factorize(rows[cluster])
        n_units = len(found)
        if n_units < 2:
            raise ValueError("cluster-robust errors need at least two clusters")
        fit = model.fit(cov_type="cluster", cov_kwds={"groups": codes, "use_correction": True})
        degrees_of_freedom = float(n_units - 1)
    return effect_from_standard_error(
        float(fit.params[0]),
        float(fit.bse[0]),
        degrees_of_freedom=degrees_of_freedom,
        confidence=confidence,
        n_observations=len(rows),
        n_units=n_units,
    )


def treatment_status(
    frame: pd.DataFrame, *, unit: str, time: str, cohort: str, anticipation: int = 0
) -> pd.Series[float]:
    """Mark the periods from the first treated one on.

    Parameters
    ----------
    frame : DataFrame
        Long panel.
    unit, time, cohort : str
        Columns, as in `first_treated_periods`.
    anticipation : int
        Periods before the start that count as treated.

    Returns
    -------
    Series of float
        1 where time >= cohort - anticipation, else 0; missing where time is.

    Raises
    ------
    ValueError
        As `first_treated_periods`.

    Examples
    --------
    >>> import pandas as pd
    >>> panel = pd.DataFrame({"u": [1, 1, 2], "year": [2019, 2020, 2021],
    ...                       "start": [2020, 2020, float("nan")]})
    >>> treatment_status(panel, unit="u", time="year", cohort="start").tolist()
    [0.0, 1.0, 0.0]
    """
    import pandas as pd

    start = first_treated_periods(frame, unit=unit, time=time, cohort=cohort)
    period = pd.to_numeric(frame[time]).astype(float)
    return (period >= start - anticipation).astype(float).where(period.notna())


def two_way_fixed_effects(
    frame: pd.DataFrame,
    *,
    outcome: str,
    treatment: str,
    unit: str,
    time: str,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    weights: str | None = None,
    small_sample: SmallSample = "nested",
    drop_singletons: bool = True,
    confidence: float = 0.95,
) -> Effect:
    """Coefficient of a treatment in a regression with unit and period effects.

    Where units start at different times and effects change with time since
    the start, this average weights some comparisons negatively: see
    `bacon_decomposition`, and prefer `group_time_effects`.

    Parameters
    ----------
    frame : DataFrame
        Long panel, gaps allowed; rows with a missing value are left out.
    outcome, treatment, unit, time : str
        Column names; the treatment is 0 and 1 or a dose.
    covariates : sequence of str
        Further numeric columns.
    cluster, weights, small_sample, drop_singletons
        As in `fit_fixed_effects`.
    confidence : float
        Two-sided level; t on clusters - 1 degrees of freedom.

    Raises
    ------
    ValueError
        As `fit_fixed_effects`.

    Examples
    --------
    >>> import pandas as pd
    >>> panel = pd.DataFrame({"u": [1, 1, 2, 2, 3, 3], "t": [0, 1] * 3,
    ...                       "d": [0, 1, 0, 0, 0, 0], "y": [1, 5, 2, 3, 4, 5]})
    >>> effect = two_way_fixed_effects(panel, outcome="y", treatment="d", unit="u", time="t")
    >>> round(effect.estimate, 6)
    3.0
    """
    return fit_fixed_effects(
        frame,
        outcome=outcome,
        regressors=[treatment, *covariates],
        unit=unit,
        time=time,
        cluster=cluster,
        weights=weights,
        small_sample=small_sample,
        drop_singletons=drop_singletons,
    ).effect(treatment, confidence=confidence)
