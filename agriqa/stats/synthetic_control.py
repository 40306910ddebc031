"""Synthetic control: one treated unit against a weighted mix of untreated ones."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, Language, in_language

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class SyntheticControl:
    """A treated unit and its synthetic counterpart.

    Attributes
    ----------
    treated : Hashable
        Label of the treated unit.
    first_treated : object
        First treated period, as in the index of the outcomes.
    weights : Series
        Weight of each donor [0-1], sum 1.
    paths : DataFrame
        By period: observed, synthetic, gap (observed less synthetic)
        [outcome's unit]. A period in which a donor with weight is missing is missing.
    pre_error, post_error : float
        Root mean squared gap before and from the first treated period on
        [outcome's unit].
    effect : float
        Mean gap from the first treated period on [outcome's unit].
    """

    treated: Hashable
    first_treated: object
    weights: pd.Series[float]
    paths: pd.DataFrame
    pre_error: float
    post_error: float
    effect: float

    @property
    def error_ratio(self) -> float:
        """Mean squared gap after over that before; infinite for a perfect fit before."""
        if self.pre_error == 0:
            return np.inf if self.post_error > 0 else np.nan
        return (self.post_error / self.pre_error) ** 2

    def summary(self, language: Language = "zh") -> str:
        """Say the mean gap, the donors that matter and how well they fit before."""
        chief = self.weights[self.weights >= 0.005].sort_values(ascending=False).head(5)
        donors = [f"{name} {weight:.2f}" for name, weight in chief.items()]
        return in_language(
            language,
            zh=(
                f"{self.treated} 自 {self.first_treated} 起比合成对照平均相差 {self.effect:.4g}"
                f"(处理前拟合误差 {self.pre_error:.3g});对照主要由 {'、'.join(donors)} 构成。"
            ),
            en=(
                f"From {self.first_treated} on {self.treated} differs from its synthetic control"
                f" by {self.effect:.4g} on average (fit before: {self.pre_error:.3g});"
                f" mix of {', '.join(donors)}."
            ),
        )


def simplex_weights(target: npt.ArrayLike, donors: npt.ArrayLike, *, ridge: float = 0.0) -> Floats:
    """Non-negative weights with sum one whose mix of donors is nearest to a target.

    Parameters
    ----------
    target : array_like, (m,)
        What to match.
    donors : array_like, (m, n)
        One column per donor.
    ridge : float
        Penalty on the sum of squared weights, in squared units of the target.
        Above 0 the weights are unique also where many mixes fit equally well.

    Returns
    -------
    ndarray, (n,)

    Raises
    ------
    ValueError
        If shapes do not fit, a value is missing, there is no donor or row, or
        the penalty is negative.

    Notes
    -----
    With C = donors - target, |donors w - target| is |C w| on the simplex, and
    the minimiser of |C u|^2 + (sum u - 1)^2 over u >= 0 is a multiple of it
    (Haskell, Hanson 1981): one non-negative least squares, exact.

    Examples
    --------
    >>> simplex_weights([2.0, 4.0], [[1.0, 5.0], [3.0, 7.0]]).round(6).tolist()
    [0.75, 0.25]
    """
    from scipy.optimize import nnls

    aim = np.asarray(target, dtype=np.float64)
    pool = np.asarray(donors, dtype=np.float64)
    if aim.ndim != 1 or pool.ndim != 2 or len(pool) != len(aim) or pool.size == 0:
        raise ValueError("donors must have one row per value of the target and at least one column")
    if not np.isfinite(aim).all() or not np.isfinite(pool).all():
        raise ValueError("target and donors must not have missing values")
    if ridge < 0:
        raise ValueError("ridge must not be negative")
    n = pool.shape[1]
    stacked = np.vstack([pool - aim[:, None], np.sqrt(ridge) * np.eye(n)])
    # Distances of order one next to the row of ones keep the problem well conditioned.
    size = np.sqrt((stacked**2).sum(axis=0).mean())
    if size > 0:
        stacked = stacked / size
    system = np.vstack([stacked, np.ones(n)])
    goal = np.append(np.zeros(len(stacked)), 1.0)
    solution = nnls(system, goal, maxiter=max(30 * n, 1000))[0]
    return solution / solution.sum()


def synthetic_control(
    outcomes: pd.DataFrame,
    *,
    treated: Hashable,
    first_treated: object,
    donors: Sequence[Hashable] | None = None,
    predictors: pd.DataFrame | None = None,
    predictor_weights: Sequence[float] | None = None,
    ridge: float = 0.0,
) -> SyntheticControl:
    """Weight donors so that their mix follows the treated unit before its treatment.

    Parameters
    ----------
    outcomes : DataFrame
        Periods (in order) x units [outcome's unit].
    treated : Hashable
        Column of the treated unit.
    first_treated : object
        First treated period; at least one period before and one from then on.
    donors : sequence, optional
        Columns to mix; all others where not given. Donors with a missing value
        before treatment are left out, as are periods before treatment in
        which the treated unit is missing.
    predictors : DataFrame, optional
        Units x predictors, matched instead of the outcomes before treatment;
        each is divided by its standard deviation over treated and donors, so
        means of outcomes over spans of time may stand beside other traits.
    predictor_weights : sequence of float, optional
        Non-negative importance of each predictor; equal where not given.
    ridge : float
        See `simplex_weights`.

    Raises
    ------
    ValueError
        If a unit or period is unknown, no donor is left, or no period is
        before or after.

    References
    ----------
    Abadie, Diamond, Hainmueller (2010), J. Am. Stat. Assoc. 105: 493-505.

    Examples
    --------
    >>> import pandas as pd
    >>> outcomes = pd.DataFrame({"a": [2.0, 4, 9], "b": [1.0, 3, 5], "c": [3.0, 5, 7]})
    >>> synthetic_control(outcomes, treated="a", first_treated=2).effect
    3.0
    """
    import pandas as pd

    if not outcomes.index.is_monotonic_increasing or not outcomes.index.is_unique:
        raise ValueError("the periods of the outcomes must be in order, each once")
    pool = [name for name in outcomes.columns if name != treated] if donors is None else donors
    absent = [str(name) for name in [treated, *pool] if name not in outcomes.columns]
    if absent or treated in list(pool):
        raise ValueError(f"treated and donors must be different columns; absent: {absent}")
    before = np.asarray(outcomes.index < first_treated)
    observed = outcomes[treated].astype(float)
    fitted = before & observed.notna().to_numpy()
    if not fitted.any() or not (~before & observed.notna().to_numpy()).any():
        raise ValueError("the treated unit must be seen before and from first_treated on")
    complete = outcomes.loc[fitted, list(pool)].notna().all()
    pool = [name for name, whole in zip(pool, complete, strict=True) if whole]
    if predictors is not None:
        unknown = [str(name) for name in [treated, *pool] if name not in predictors.index]
        if unknown:
            raise ValueError(f"predictors lack {', '.join(unknown)}")
    if not pool:
        raise ValueError("no donor is complete before treatment")
    if predictors is None:
        if predictor_weights is not None:
            raise ValueError("predictor_weights need predictors")
        target = observed[fitted].to_numpy()
        matrix = outcomes.loc[fitted, pool].to_numpy(dtype=np.float64)
    else:
        target, matrix = _scaled_predictors(predictors.loc[[treated, *pool]], predictor_weights)
    weights = simplex_weights(target, matrix, ridge=ridge)
    # A donor without weight may be missing later on.
    used = weights > 0
    mix = outcomes[pool].to_numpy(dtype=np.float64)[:, used] @ weights[used]
    gap = observed.to_numpy() - mix
    if not np.isfinite(gap[~before]).any():
        raise ValueError("no period after first_treated has all the donors that carry weight")
    return SyntheticControl(
        treated=treated,
        first_treated=first_treated,
        weights=pd.Series(weights, index=pd.Index(pool)),
        paths=pd.DataFrame(
            {"observed": observed.to_numpy(), "synthetic": mix, "gap": gap}, index=outcomes.index
        ),
        pre_error=float(np.sqrt(np.nanmean(gap[fitted] ** 2))),
        post_error=float(np.sqrt(np.nanmean(gap[~before] ** 2))),
        effect=float(np.nanmean(gap[~before])),
    )


def _scaled_predictors(
    predictors: pd.DataFrame, importance: Sequence[float] | None
) -> tuple[Floats, Floats]:
    values = predictors.to_numpy(dtype=np.float64)
    spread = values.std(axis=0, ddof=1)
    if not np.isfinite(values).all():
        raise ValueError("predictors must not have missing values")
    weight = np.ones(values.shape[1]) if importance is None else np.asarray(importance, dtype=float)
    if weight.shape != spread.shape or not (weight >= 0).all() or weight.sum() == 0:
        raise ValueError("predictor_weights must be one non-negative number per predictor")
    # A predictor that is the same everywhere cannot tell donors apart.
    scaled = values / np.where(spread > 0, spread, 1) * np.sqrt(weight / weight.sum())
    return scaled[0], scaled[1:].T
