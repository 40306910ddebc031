"""Decomposition of a change into the effects of its factors (LMDI)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, Language, in_language, require_choice


@dataclass(frozen=True)
class Decomposition:
    """Change of a total, split into one effect per factor without a rest.

    Attributes
    ----------
    total : ndarray of float, shape (periods,)
        Sum over sectors of the product of their factors, in every period.
    additive : ndarray of float, shape (periods - 1, factors)
        Effect of each factor in every step [unit of the total]; each row adds up
        to the change of the total.
    multiplicative : ndarray of float, shape (periods - 1, factors)
        Effect of each factor in every step [-]; each row multiplies to the ratio
        of the totals. Missing where one of the two totals is 0.
    sector_effects : ndarray of float, shape (periods - 1, sectors, factors)
        The additive effects by sector.
    base : str
        "chained" (each period against the one before) or "fixed" (each period
        against the first).
    """

    total: Floats
    additive: Floats
    multiplicative: Floats
    sector_effects: Floats
    base: str

    def summary(self, language: Language = "zh") -> str:
        """Return the change from first to last period and its largest effect."""
        effects = self.additive.sum(axis=0) if self.base == "chained" else self.additive[-1]
        change = float(self.total[-1] - self.total[0])
        largest = int(np.argmax(np.abs(effects)))
        return in_language(
            language,
            zh=(
                f"总量变化{change:.4g}；{effects.size}个因素中第{largest + 1}个贡献最大，"
                f"为{effects[largest]:.4g}。"
            ),
            en=(
                f"The total changed by {change:.4g}; factor {largest + 1} of {effects.size} "
                f"contributed most, {effects[largest]:.4g}."
            ),
        )


def logarithmic_mean(a: npt.ArrayLike, b: npt.ArrayLike) -> Floats:
    """Logarithmic mean L(a, b) = (a - b) / ln(a / b), with L(a, a) = a, L(0, b) = 0.

    Parameters
    ----------
    a, b : array_like
        Values, 0 or more; they broadcast.

    Raises
    ------
    ValueError
        If a value is negative.

    References
    ----------
    Ang (2005), Energy Policy 33, 867-871.

    Examples
    --------
    >>> logarithmic_mean([2, 0], [2, 5]).tolist()
    [2.0, 0.0]
    >>> round(float(logarithmic_mean(1, np.e)), 6) == round(np.e - 1, 6)
    True
    """
    x, y = np.broadcast_arrays(np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64))
    if np.any((x < 0) | (y < 0)):
        raise ValueError("values must be 0 or more")
    smaller, larger = np.minimum(x, y), np.maximum(x, y)
    with np.errstate(divide="ignore", invalid="ignore"):
        # log1p keeps the digits that (a - b) / ln(a / b) loses when a is close to b.
        mean = (larger - smaller) / np.log1p((larger - smaller) / smaller)
    mean = np.where(smaller == larger, smaller, mean)
    return np.where(smaller == 0, np.where(np.isnan(larger), np.nan, 0.0), mean)


def _step_effects(start: Floats, end: Floats) -> Floats:
    """Additive effects of one step by sector, zeros by their analytical limits.

    A sector that is zero at one end only owes its whole change to the factors
    that are zero there, in equal parts if they are several (all of them let go
    to zero alike); a sector that is zero at both ends has no effects.
    """
    value_start, value_end = start.prod(axis=1), end.prod(axis=1)
    weight = logarithmic_mean(value_start, value_end)[:, np.newaxis]
    with np.errstate(divide="ignore", invalid="ignore"):
        effects = np.where(weight == 0, 0.0, weight * np.log(end / start))
    zero_start, zero_end = start == 0, end == 0
    one_end = zero_start.any(axis=1) != zero_end.any(axis=1)
    zero = (zero_start | zero_end)[one_end]
    change = (value_end - value_start)[one_end, np.newaxis]
    effects[one_end] = change * zero / zero.sum(axis=1, keepdims=True)
    return effects


def _step_effects_by_share(start: Floats, end: Floats) -> Floats:
    """Additive effects of one step by sector, weighted by the shares in the totals."""
    value_start, value_end = start.prod(axis=1), end.prod(axis=1)
    share = logarithmic_mean(value_start / value_start.sum(), value_end / value_end.sum())
    weight = share / share.sum() * logarithmic_mean(value_start.sum(), value_end.sum())
    return np.asarray(weight[:, np.newaxis] * np.log(end / start))


def lmdi_decomposition(
    factors: npt.ArrayLike,
    *,
    method: Literal["LMDI-I", "LMDI-II"] = "LMDI-I",
    base: Literal["chained", "fixed"] = "chained",
    zeros: Literal["analytical limits", "small value"] = "analytical limits",
    small_value: float = 1e-20,
) -> Decomposition:
    """Additive and multiplicative LMDI of sum over sectors of a product of factors.

    The effect of factor x is the sum over sectors of w ln(x' / x), where w is L(V', V)
    with V the sector's product; the multiplicative effect is exp of that sum divided
    by the logarithmic mean of the totals. Both leave no residual.

    Parameters
    ----------
    factors : array_like, shape (periods, sectors, factors)
        Factor values, 0 or more. No value may be missing.
    method : {"LMDI-I", "LMDI-II"}
        Weights w. "LMDI-II" takes L of the sectors' shares in the totals instead,
        scaled to sum to the logarithmic mean of the totals; unlike "LMDI-I", its
        effects do not add up within a sector. It needs factors above 0.
    base : {"chained", "fixed"}
        Compare each period with the one before, or with the first.
    zeros : {"analytical limits", "small value"}
        Zeros by their analytical limits (the eight cases of Ang, Zhang and Choi,
        and Ang and Liu for several zeros in one product), or replaced by
        `small_value`, which nears them only as 1 / log of that value.
    small_value : float
        Replacement for zeros under "small value".

    Returns
    -------
    Decomposition
        One row per step.

    Raises
    ------
    ValueError
        If the shape is not periods x sectors x factors with at least two periods,
        a value is negative, missing or infinite, or 0 with "LMDI-II" (unless replaced),
        or an option is not one of those above.

    References
    ----------
    Ang (2005), Energy Policy 33, 867-871; Ang (2015), Energy Policy 86, 233-238; Ang,
    Zhang and Choi (1998), Energy 23, 489-495, and Ang and Liu (2007), Energy Policy 35,
    238-246 (zero values).

    Examples
    --------
    >>> result = lmdi_decomposition([[[1, 10, 2], [4, 5, 3]], [[4, 5, 3], [5, 6, 4]]])
    >>> result.additive.round(4).tolist()
    [[69.7901, -9.4551, 39.6651]]
    """
    x = np.array(factors, dtype=np.float64)
    if x.ndim != 3 or x.shape[0] < 2 or 0 in x.shape:
        raise ValueError(
            "factors must have the shape (periods, sectors, factors) with two or more "
            f"periods, got {x.shape}"
        )
    if not np.all(np.isfinite(x)) or np.any(x < 0):
        raise ValueError("factors must be finite and 0 or more")
    require_choice("method", method, ("LMDI-I", "LMDI-II"))
    require_choice("base", base, ("chained", "fixed"))
    require_choice("zeros", zeros, ("analytical limits", "small value"))
    if zeros == "small value":
        if not small_value > 0:
            raise ValueError(f"small_value must be above 0, got {small_value}")
        x[x == 0] = small_value
    if method == "LMDI-II" and np.any(x == 0):
        raise ValueError("LMDI-II needs factors above 0; take zeros='small value'")
    total = x.prod(axis=2).sum(axis=1)
    starts = x[:-1] if base == "chained" else np.broadcast_to(x[0], x[1:].shape)
    step = _step_effects if method == "LMDI-I" else _step_effects_by_share
    sector_effects = np.stack([step(s, e) for s, e in zip(starts, x[1:], strict=True)])
    additive = sector_effects.sum(axis=1)
    first = total[:-1] if base == "chained" else np.full(total.size - 1, total[0])
    mean = logarithmic_mean(first, total[1:])[:, np.newaxis]
    with np.errstate(divide="ignore", invalid="ignore"):
        multiplicative = np.where(mean > 0, np.exp(additive / mean), np.nan)
    return Decomposition(total, additive, multiplicative, sector_effects, base)
