"""Effect on the treated of one change over time, adjusted for covariates."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, require_choice

Method = Literal["doubly_robust", "regression", "weighting"]

# Controls this alike to the treated would carry nearly all the weight (R did's limit).
LARGEST_PROPENSITY = 0.995


def logistic_fit(design: Floats, treated: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Weighted logistic regression by Newton's method.

    Parameters
    ----------
    design : ndarray, (n, k)
        Columns of full rank.
    treated, weights : ndarray, (n,)
        0 or 1; non-negative.

    Returns
    -------
    probabilities : ndarray, (n,)
        Fitted.
    inverse_information : ndarray, (k, k)
        Covariance of the coefficients.

    Raises
    ------
    ValueError
        If the covariates separate the groups, so that no fit exists.

    Examples
    --------
    >>> p, _ = logistic_fit(np.ones((4, 1)), np.array([1.0, 0, 0, 0]), np.ones(4))
    >>> p.round(6).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    scale = np.maximum(np.abs(design).max(axis=0), 1e-300)
    scaled = design / scale
    beta = np.zeros(design.shape[1])
    separated = ValueError("the covariates separate treated and controls: no propensity score")
    for _ in range(50):
        probabilities = 1 / (1 + np.exp(-np.clip(scaled @ beta, -500, 500)))
        information = scaled.T @ (scaled * (weights * probabilities * (1 - probabilities))[:, None])
        try:
            inverse = np.linalg.inv(information)
        except np.linalg.LinAlgError:
            raise separated from None
        step = inverse @ (scaled.T @ (weights * (treated - probabilities)))
        if np.abs(step).max() > 1e4:
            raise separated
        beta = beta + step
        if np.abs(step).max() <= 1e-9 * max(1.0, np.abs(beta).max()):
            return probabilities, inverse / np.outer(scale, scale)
    raise separated


def effect_on_treated(
    change: npt.ArrayLike,
    treated: npt.ArrayLike,
    design: npt.ArrayLike,
    *,
    weights: npt.ArrayLike | None = None,
    method: Method = "doubly_robust",
) -> tuple[float, Floats]:
    """Mean change of the treated less the change they would have had.

    Parameters
    ----------
    change : array_like, (n,)
        Outcome after less outcome before, per unit [outcome's unit].
    treated : array_like of bool, (n,)
        True for the treated, False for controls.
    design : array_like, (n, k)
        Constant and covariates.
    weights : array_like, (n,), optional
        Sampling weights.
    method : {"doubly_robust", "regression", "weighting"}
        Outcome regression among controls, normalised inverse probability
        weighting (logistic), or both: consistent when either is right.

    Returns
    -------
    estimate : float
        Missing where the controls are too few for the covariates.
    influence : ndarray, (n,)
        Its influence function.

    Raises
    ------
    ValueError
        If the method is unknown, lengths differ, a group is empty, or the
        covariates separate the groups.

    References
    ----------
    Sant'Anna, Zhao (2020), J. Econometrics 219: 101-122; R package DRDID
    (drdid_panel, reg_did_panel, std_ipw_did_panel).

    Examples
    --------
    >>> effect_on_treated([4.0, 6, 1, 1], [True, True, False, False], np.ones((4, 1)))[0]
    4.0
    """
    require_choice("method", method, ("doubly_robust", "regression", "weighting"))
    y = np.asarray(change, dtype=np.float64)
    d = np.asarray(treated, dtype=np.float64)
    x = np.asarray(design, dtype=np.float64)
    w = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=np.float64)
    if not len(y) == len(d) == len(x) == len(w):
        raise ValueError("change, treated, design and weights must have the same length")
    if not 0 < d.sum() < len(d):
        raise ValueError("treated and controls must both be present")
    n = len(y)
    control_weight = w * (1 - d)
    gram = x.T @ (x * control_weight[:, None]) / n
    size = np.sqrt(np.maximum(np.diag(gram), 1e-300))
    if np.linalg.matrix_rank(gram / np.outer(size, size), hermitian=True, tol=1e-10) < x.shape[1]:
        return np.nan, np.zeros(n)
    treated_weight = w * d
    # Without covariates the three methods are one; the regression needs no iteration.
    plain = x.shape[1] == 1
    fitted = np.zeros(n)
    regression_score = np.zeros_like(x)
    if method != "weighting" or plain:
        bread = np.linalg.inv(gram)
        fitted = x @ (bread @ (x.T @ (control_weight * y) / n))
        regression_score = (x * (control_weight * (y - fitted))[:, None]) @ bread
    residual = y - fitted
    mean_treated = treated_weight.mean()
    eta_treated = (treated_weight * residual).mean() / mean_treated
    slope = (x * treated_weight[:, None]).mean(axis=0)
    influence_treated = (
        treated_weight * (residual - eta_treated) - regression_score @ slope
    ) / mean_treated
    if method == "regression" or plain:
        return float(eta_treated), influence_treated
    probability, inverse = logistic_fit(x, d, w)
    keep = probability < LARGEST_PROPENSITY
    odds = np.where(keep, probability / (1 - np.minimum(probability, LARGEST_PROPENSITY)), 0.0)
    control_odds = control_weight * odds
    mean_control = control_odds.mean()
    if mean_control == 0:
        return np.nan, np.zeros(n)
    eta_control = (control_odds * residual).mean() / mean_control
    propensity_score = (x * (w * (d - probability))[:, None]) @ (inverse * n)
    by_propensity = (x * (control_odds * (residual - eta_control))[:, None]).mean(axis=0)
    by_regression = (x * control_odds[:, None]).mean(axis=0)
    influence_control = (
        control_odds * (residual - eta_control)
        + propensity_score @ by_propensity
        - regression_score @ by_regression
    ) / mean_control
    return float(eta_treated - eta_control), influence_treated - influence_control
