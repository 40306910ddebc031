"""Forecast of a target's value at its deadline, from a short series."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import (
    Floats,
    Integers,
    Language,
    in_language,
    require_choice,
    require_confidence,
)

Comparator = Literal[">=", "<=", ">", "<", "="]
MeaningOfEqual = Literal["at_least", "at_most", "within_precision"]
Scale = Literal["linear", "logit"]

# Limits that meet in exact arithmetic differ by rounding error in floating point.
NOISE = 1e-9


@dataclass(frozen=True)
class Forecast:
    """Value expected at a deadline if the trend goes on.

    Attributes
    ----------
    value, low, high : ndarray of float
        Forecast and prediction interval of a single observation, in the unit of the values.
    probability : ndarray of float
        That the value at the deadline meets the target [fraction].
    n : ndarray of int, same shape
        Points the trend was fitted to.
    confidence : float
        Of the interval.
    """

    value: Floats
    low: Floats
    high: Floats
    probability: Floats
    n: Integers
    confidence: float

    def summary(self, language: Language = "zh") -> str:
        """Return the forecast in a sentence; for a single series."""
        if self.value.size != 1:
            raise ValueError(f"a summary is of one series, got {self.value.size}")
        value, low, high, hit = (
            float(x.item()) for x in (self.value, self.low, self.high, self.probability)
        )
        n, level = int(self.n.item()), f"{100 * self.confidence:g}"
        if np.isnan(value):
            return in_language(
                language,
                zh=f"只有{n}个点，太少，不作预测。",
                en=f"{n} points are too few for a forecast.",
            )
        return in_language(
            language,
            zh=(
                f"按{n}个点的趋势，期限年预测为{value:.4g}（{level}%预测区间{low:.4g}–{high:.4g}），"
                f"达标概率{100 * hit:.0f}%。"
            ),
            en=(
                f"The trend of {n} points leads to {value:.4g} at the deadline ({level} % "
                f"prediction interval {low:.4g} to {high:.4g}); it meets the target with "
                f"probability {100 * hit:.0f} %."
            ),
        )


def forecast_target(
    periods: npt.ArrayLike,
    values: npt.ArrayLike,
    *,
    deadline: float,
    target: npt.ArrayLike,
    comparator: Comparator,
    meaning_of_equal: MeaningOfEqual = "at_least",
    precision: npt.ArrayLike = 0.0,
    scale: Scale = "linear",
    bounds: tuple[float, float] = (0.0, 100.0),
    edge: float = 0.05,
    window: int | None = None,
    minimum_points: int = 4,
    confidence: float = 0.95,
) -> Forecast:
    """Extrapolate a short series to a deadline by its linear trend.

    The trend is fitted by least squares. The interval and the probability are those of a
    single new observation, with the t distribution of n - 2 degrees of freedom: what a
    short series does not tell widens them. Errors are taken as independent, equal in size
    and normal, and the trend as lasting; neither can be checked on a few points.

    Parameters
    ----------
    periods : array_like, shape (n,)
        Such as years; not all the same.
    values : array_like, shape (..., n)
        One series a row. Missing values are left out.
    deadline : float
        Period of the forecast.
    target : array_like
        What is to be met; one number, or one a series.
    comparator : {">=", "<=", ">", "<", "="}
        How the value is to stand to the target.
    meaning_of_equal : {"at_least", "at_most", "within_precision"}
        How "=" is met: by the target or more (things to be built), by it or less, or by
        what rounds to it.
    precision : array_like
        Rounding unit of the target, for "within_precision"; 0 gives probability 0.
    scale : {"linear", "logit"}
        "logit" keeps the forecast of a bounded value, such as a percentage, within bounds.
    bounds : tuple of float
        Least and greatest value on the logit scale.
    edge : float
        A value at a bound has no logit: it is moved this far inside. The default is half
        the unit of a percentage printed to 0.1.
    window : int, optional
        Use only the last `window` periods, counted back from the last one; all by default.
    minimum_points : int
        A series with fewer points has no forecast; at least 3.
    confidence : float
        Of the prediction interval.

    Returns
    -------
    Forecast
        Of the shape of the series; missing where there are too few points, or all of a
        series stand in one period.

    Raises
    ------
    ValueError
        If shapes do not fit, a number is infinite, a value is out of bounds on the logit
        scale, or an option is unknown or out of range.

    References
    ----------
    Draper, N. R. and Smith, H. (1998). Applied Regression Analysis, 3rd ed., section 3.1.

    Examples
    --------
    >>> found = forecast_target(
    ...     [1, 2, 3, 4], [10, 12, 13, 15], deadline=6, target=16, comparator=">=")
    >>> round(float(found.value), 2), round(float(found.probability), 2)
    (18.1, 0.96)
    """
    from scipy import special, stats

    require_choice("comparator", comparator, get_args(Comparator))
    require_choice("meaning_of_equal", meaning_of_equal, get_args(MeaningOfEqual))
    require_choice("scale", scale, get_args(Scale))
    require_confidence(confidence)
    if minimum_points < 3:
        raise ValueError(f"minimum_points must be at least 3, got {minimum_points}")
    if window is not None and window < 3:
        raise ValueError(f"window must be at least 3 periods, got {window}")
    t, y, goal, unit = finite_arrays(
        np.asarray(x, dtype=np.float64) for x in (periods, values, target, precision)
    )
    if t.ndim != 1 or y.ndim == 0 or y.shape[-1] != t.size or t.size == 0 or np.isnan(t).any():
        raise ValueError(f"values must end in one number a period, got {y.shape} for {t.shape}")
    if not np.isfinite(deadline):
        raise ValueError(f"deadline must be a number, got {deadline}")
    if (unit < 0).any():
        raise ValueError("precision must be 0 or more")
    if window is not None:
        y = np.where(t > t.max() - window, y, np.nan)
    lower, upper = goal - unit / 2, goal + unit / 2
    if scale == "logit":
        if ((y < bounds[0]) | (y > bounds[1])).any():
            raise ValueError(f"on the logit scale values must lie within {bounds}")
        y, goal, lower, upper = (_logit(x, bounds, edge) for x in (y, goal, lower, upper))
    known = ~np.isnan(y)
    n = known.sum(axis=-1)
    count = np.where(n >= minimum_points, n, np.nan)
    mean_t = np.where(known, t, 0).sum(axis=-1) / count
    mean_y = np.where(known, y, 0).sum(axis=-1) / count
    dt = np.where(known, t - mean_t[..., None], 0)
    dy = np.where(known, y - mean_y[..., None], 0)
    spread = (dt**2).sum(axis=-1)
    spread = np.where(spread > 0, spread, np.nan)
    slope = (dt * dy).sum(axis=-1) / spread
    squares = ((dy - slope[..., None] * dt) ** 2).sum(axis=-1)
    # What is left of a series on a straight line is noise of the arithmetic.
    squares = np.where(squares <= (NOISE**2) * (dy**2).sum(axis=-1), 0, squares)
    ahead = deadline - mean_t
    error = np.sqrt(squares / (count - 2) * (1 + 1 / count + ahead**2 / spread))
    middle = mean_y + slope * ahead
    reach = stats.t.ppf((1 + confidence) / 2, count - 2) * error

    upward = met_direction(comparator, meaning_of_equal)

    def beyond(limit: Floats, sign: int, *, strict: bool = False) -> Floats:
        """Return the probability of a value on the far side of a limit, seen upward for 1."""
        over = sign * (middle - limit)
        noise = NOISE * np.maximum(1, np.abs(limit))
        sure = np.where(strict, over > noise, over >= -noise).astype(float)
        with np.errstate(divide="ignore", invalid="ignore"):
            chance = stats.t.sf(-over / error, count - 2)
        return np.where(np.isnan(over), np.nan, np.where(error > 0, chance, sure))

    if upward is None:
        hit = beyond(lower, 1) - beyond(upper, 1)
    else:
        hit = beyond(goal, upward, strict=comparator in (">", "<"))
    ends = [np.asarray(x, dtype=np.float64) for x in (middle, middle - reach, middle + reach)]
    if scale == "logit":
        ends = [bounds[0] + (bounds[1] - bounds[0]) * special.expit(x) for x in ends]
    middle, low, high = ends
    return Forecast(middle, low, high, np.asarray(hit), np.asarray(n, dtype=np.int64), confidence)


def met_direction(comparator: Comparator, meaning: MeaningOfEqual) -> Literal[1, -1] | None:
    """Return whether more (1) or less (-1) meets a target; None where both may miss it."""
    if comparator == "=" and meaning == "within_precision":
        return None
    more = meaning == "at_least" if comparator == "=" else comparator in (">=", ">")
    return 1 if more else -1


def finite_arrays(arrays: Iterable[Floats]) -> list[Floats]:
    """Refuse infinite numbers; missing ones pass."""
    found = list(arrays)
    if any(np.isinf(x).any() for x in found):
        raise ValueError("numbers must not be infinite")
    return found


def _logit(x: Floats, bounds: tuple[float, float], edge: float) -> Floats:
    least, most = bounds
    if not (least < most and 0 < 2 * edge < most - least):
        raise ValueError(f"bounds must ascend and hold the edge, got {bounds} and {edge}")
    # A goal at a bound, 100 %, is met by what rounds to it, as its values are moved too.
    inside = np.clip(x, least + edge, most - edge)
    return np.asarray(np.log((inside - least) / (most - inside)))
