"""Price premium: log-linear hedonic model and matched pairs of prices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, Language, in_language, require_choice, require_confidence
from agriqa.stats.high_dimensional_effects import demean, fixed_effect_rank, group_codes

if TYPE_CHECKING:
    import pandas as pd

Estimator = Literal["kennedy", "halvorsen-palmquist", "van-garderen-shah"]
Errors = Literal["classical", "hc1"]


@dataclass(frozen=True)
class PricePremium:
    """Premium of the marked units over the others, other things equal.

    Attributes
    ----------
    premium : float
        Relative price difference; 0.12 is 12 % dearer.
    low, high : float
        Limits of the premium, exp of those of the coefficient, less 1.
    premium_standard_error : float
        Standard error of the premium (van Garderen and Shah's approximation).
    coefficient : float
        Difference of the log prices.
    standard_error : float
        Standard error of `coefficient`, of the kind in `errors`.
    p_value : float
        Two-sided, for a coefficient of zero.
    degrees_of_freedom : int
        Of the t distribution: clusters - 1, or rows less estimated parameters.
    observations : int
        Rows used [count].
    marked : int
        Marked rows among them [count].
    clusters : int or None
        Clusters [count].
    errors : str
        "classical", "hc1" or "cluster".
    """

    premium: float
    low: float
    high: float
    premium_standard_error: float
    coefficient: float
    standard_error: float
    p_value: float
    degrees_of_freedom: int
    observations: int
    marked: int
    clusters: int | None
    errors: str

    def summary(self, language: Language = "zh") -> str:
        """Say the premium in one sentence."""
        return in_language(
            language,
            zh=(
                f"在其他条件相同时，溢价为{self.premium:.1%}"
                f"（区间{self.low:.1%}至{self.high:.1%}，P={self.p_value:.3f}，"
                f"样本{self.observations}个）。"
            ),
            en=(
                f"Other things equal, the premium is {self.premium:.1%} "
                f"(interval {self.low:.1%} to {self.high:.1%}, p={self.p_value:.3f}, "
                f"{self.observations} prices)."
            ),
        )


def premium_from_coefficient(
    coefficient: npt.ArrayLike,
    variance: npt.ArrayLike = 0.0,
    *,
    estimator: Estimator = "kennedy",
    degrees_of_freedom: float | None = None,
) -> Floats:
    """Relative effect of a dummy variable in a regression of a logarithm.

    Parameters
    ----------
    coefficient : array_like
        Estimated coefficient c of the dummy variable.
    variance : array_like
        Its estimated variance V.
    estimator : {"kennedy", "halvorsen-palmquist", "van-garderen-shah"}
        exp(c - V/2) - 1, almost unbiased; exp(c) - 1, biased upwards;
        exp(c) 0F1(m; -mV/2) - 1 with m half the degrees of freedom, unbiased under
        normal errors.
    degrees_of_freedom : float, optional
        Residual degrees of freedom; only van Garderen and Shah's needs it.

    Returns
    -------
    ndarray of float
        Relative difference; -0.1 is 10 % lower.

    Raises
    ------
    ValueError
        If a variance is negative, the estimator is unknown, or it lacks its degrees
        of freedom.

    References
    ----------
    Halvorsen and Palmquist (1980), Am. Econ. Rev. 70; Kennedy (1981), Am. Econ. Rev. 71;
    van Garderen and Shah (2002), Econometrics Journal 5.

    Examples
    --------
    >>> round(float(premium_from_coefficient(0.3, 0.02)), 4)
    0.3364
    """
    require_choice("estimator", estimator, get_args(Estimator))
    c, v = np.asarray(coefficient, dtype=np.float64), np.asarray(variance, dtype=np.float64)
    if np.any(v < 0):
        raise ValueError("a variance must be 0 or above")
    if estimator == "halvorsen-palmquist":
        return np.asarray(np.expm1(c))
    if estimator == "kennedy":
        return np.asarray(np.expm1(c - v / 2))
    if degrees_of_freedom is None or degrees_of_freedom <= 0:
        raise ValueError("van-garderen-shah needs degrees_of_freedom above 0")
    # scipy's hyp0f1 overflows from some hundred thousand degrees of freedom; the series in
    # V/2 does not, and 100 terms are exact far beyond any usable variance.
    m = degrees_of_freedom / 2
    term = np.ones(np.broadcast(c, v).shape)
    series = term.copy()
    for j in range(100):
        term = term * (-v / 2) / ((j + 1) * (1 + j / m))
        series += term
    return np.asarray(np.exp(c) * series - 1)


def hedonic_premium(
    data: pd.DataFrame,
    *,
    price: str,
    mark: str,
    covariates: Sequence[str] = (),
    fixed_effects: Sequence[str | tuple[str, ...]] = (),
    cluster: str | None = None,
    weight: str | None = None,
    errors: Errors = "hc1",
    estimator: Estimator = "kennedy",
    confidence: float = 0.95,
) -> PricePremium:
    """Premium by least squares of log prices on a mark, covariates and fixed effects.

    Rows where a used column is missing are left out. Fixed effects are swept out, so
    that many products and periods cost little.

    Parameters
    ----------
    data : DataFrame
        One row per price.
    price : str
        Column of prices [any currency], above 0.
    mark : str
        Column that is 1 or True for the marked units and 0 or False for the others.
    covariates : sequence of str
        Columns of the model: numbers as they are, texts and categories as dummies.
    fixed_effects : sequence of str or tuple of str
        Each a column, or columns that are crossed: `[("product", "week")]` for one effect
        per product and week, `["product", "week"]` for one per product plus one per week.
    cluster : str, optional
        Column by whose values errors may correlate; gives cluster-robust errors with the
        factor G/(G-1) (N-1)/(N-K). Effects nested in the clusters are not counted in K,
        as in fixest and reghdfe.
    weight : str, optional
        Column of weights, above 0.
    errors : {"hc1", "classical"}
        Standard errors without clusters.
    estimator : {"kennedy", "halvorsen-palmquist", "van-garderen-shah"}
        See `premium_from_coefficient`.
    confidence : float
        Two-sided confidence level, between 0 and 1.

    Returns
    -------
    PricePremium

    Raises
    ------
    ValueError
        If a column is lacking, a price or weight is not above 0, the mark is not 0/1 or
        does not vary within the fixed effects, there are fewer than two clusters, no
        degrees of freedom are left, or an option is unknown.

    References
    ----------
    Kennedy (1981), Am. Econ. Rev. 71; Cameron and Miller (2015), J. Hum. Resour. 50.

    Examples
    --------
    >>> import pandas as pd
    >>> shop = pd.DataFrame({"p": [10.0, 12, 11, 12, 9, 11], "gi": [0, 1, 0, 1, 0, 1]})
    >>> round(hedonic_premium(shop, price="p", mark="gi").premium, 3)
    0.167
    """
    from scipy import stats
    from statsmodels.regression.linear_model import WLS

    require_choice("errors", errors, get_args(Errors))
    require_confidence(confidence)
    effects = [(entry,) if isinstance(entry, str) else tuple(entry) for entry in fixed_effects]
    used = [price, mark, *covariates, *(name for entry in effects for name in entry)]
    used += [name for name in (cluster, weight) if name is not None]
    lacking = sorted(set(used) - set(data.columns))
    if lacking:
        raise ValueError(f"the data lack the columns {lacking}")
    rows = data[list(dict.fromkeys(used))].dropna()
    log_price, marked = _outcome(rows, price, mark)
    weights = np.ones(len(rows)) if weight is None else rows[weight].to_numpy(dtype=np.float64)
    if not np.all(weights > 0):
        raise ValueError("weights must be above 0")
    codes = [group_codes(rows, entry) for entry in effects] or [np.zeros(len(rows), dtype=np.intp)]
    design = np.column_stack([marked, *_columns(rows, covariates)])
    swept = demean(np.column_stack([log_price, design]), codes, weights=weights)
    y, x = swept[:, 0], swept[:, 1:]
    if np.linalg.norm(x[:, 0]) <= 1e-8 * np.linalg.norm(marked):
        raise ValueError("the mark must vary within the fixed effects")
    x = x[:, _independent(x)]
    groups = None if cluster is None else group_codes(rows, (cluster,))
    parameters = x.shape[1] + fixed_effect_rank(codes)
    left = len(rows) - parameters
    if left < 1:
        raise ValueError(f"{len(rows)} prices leave no degree of freedom for {parameters} effects")
    model = WLS(y, x, weights=weights)
    if groups is None:
        # The sweep hides the fixed effects from statsmodels, so the factors are ours.
        fit = model.fit(cov_type="nonrobust" if errors == "classical" else "HC0")
        factor = (len(rows) - x.shape[1] if errors == "classical" else len(rows)) / left
        freedom = left
    else:
        number = int(groups.max()) + 1
        if number < 2:
            raise ValueError("at least two clusters are needed")
        fit = model.fit(cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False})
        counted = x.shape[1] + fixed_effect_rank(codes, nested_in=groups)
        factor = number / (number - 1) * (len(rows) - 1) / (len(rows) - counted)
        freedom = number - 1
    coefficient = float(fit.params[0])
    variance = float(fit.cov_params()[0, 0]) * factor
    error = float(np.sqrt(variance))
    reach = float(stats.t.ppf(0.5 + confidence / 2, freedom)) * error
    return PricePremium(
        premium=float(
            premium_from_coefficient(
                coefficient, variance, estimator=estimator, degrees_of_freedom=left
            )
        ),
        low=float(np.expm1(coefficient - reach)),
        high=float(np.expm1(coefficient + reach)),
        premium_standard_error=float(
            np.exp(coefficient) * np.sqrt(np.exp(-variance) - np.exp(-2 * variance))
        ),
        coefficient=coefficient,
        standard_error=error,
        p_value=float(2 * stats.t.sf(abs(coefficient) / error, freedom)) if error > 0 else 0.0,
        degrees_of_freedom=int(freedom),
        observations=len(rows),
        marked=int(marked.sum()),
        clusters=None if groups is None else int(groups.max()) + 1,
        errors=errors if groups is None else "cluster",
    )


def _outcome(rows: pd.DataFrame, price: str, mark: str) -> tuple[Floats, Floats]:
    prices = rows[price].to_numpy(dtype=np.float64)
    if not np.all((prices > 0) & np.isfinite(prices)):
        raise ValueError("prices must be finite and above 0")
    marked = rows[mark].to_numpy(dtype=np.float64)
    if not np.isin(marked, (0.0, 1.0)).all():
        raise ValueError("the mark must be 0 or 1")
    if not 0 < marked.sum() < len(marked):
        raise ValueError("there must be marked prices and others")
    return np.log(prices), marked


def _columns(rows: pd.DataFrame, covariates: Sequence[str]) -> list[Floats]:
    import pandas as pd

    columns = []
    for name in covariates:
        if pd.api.types.is_numeric_dtype(rows[name]):
            columns.append(rows[name].to_numpy(dtype=np.float64))
        else:
            dummies = pd.get_dummies(rows[name], drop_first=True, dtype=np.float64)
            columns.extend(dummies.to_numpy().T)
    return columns


def _independent(x: Floats) -> list[int]:
    """Columns that those before them, the mark first, do not already explain."""
    kept = [0]
    for column in range(1, x.shape[1]):
        before = x[:, kept]
        solution = np.linalg.lstsq(before, x[:, column], rcond=None)[0]
        unexplained = float(np.linalg.norm(x[:, column] - before @ solution))
        if unexplained > 1e-8 * max(float(np.linalg.norm(x[:, column])), 1e-8):
            kept.append(column)
    return kept
