"""What rounded published figures can and cannot tell.

A figure printed as 4.0 stands for any value from 3.95 to 4.05. Every function
here carries that range along; a verdict is given only where the whole range
agrees with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, Language, in_language, require_choice

Texts = npt.NDArray[np.str_]

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
# Full-width digits and signs, and the minus sign of typeset tables.
_PLAIN = str.maketrans("０１２３４５６７８９．－＋，−", "0123456789.-+,-")
# Limits that meet in exact arithmetic differ by rounding error in floating point.
_RELATIVE_ROUNDING_ERROR = 1e-12


@dataclass(frozen=True)
class PublishedFigures:
    """Figures as printed, with the range of true values each stands for.

    Attributes
    ----------
    value : ndarray of float
        The figure as printed, or what was computed from such figures.
    low, high : ndarray of float
        Least and greatest true value, same shape as `value`; missing where the
        range is not bounded.
    """

    value: Floats
    low: Floats
    high: Floats

    def summary(self, language: Language = "zh") -> str:
        """Return the figure and its range in one sentence; for a single figure."""
        if self.value.size != 1:
            raise ValueError(f"a summary is of one figure, got {self.value.size}")
        value, low, high = (float(x.item()) for x in (self.value, self.low, self.high))
        open_sign = change_verdict(self).item() == "not known"
        chinese = "，是增是减无法判断" if open_sign else ""
        english = "; whether it is above or below 0 is not known" if open_sign else ""
        return in_language(
            language,
            zh=f"数值为{value:.6g}，因数据修约，真值在{low:.6g}至{high:.6g}之间{chinese}。",
            en=f"The figure is {value:.6g}; rounding leaves {low:.6g} to {high:.6g}{english}.",
        )


def rounding_unit(
    text: str,
    *,
    trailing_zeros: Literal["significant", "not significant"] = "significant",
    significant_digits: int | None = None,
) -> tuple[float, float]:
    """Read a printed figure and the unit it was rounded to.

    Parameters
    ----------
    text : str
        The figure as printed, such as "4.0", "59,885" or "1.20e3".
    trailing_zeros : {"significant", "not significant"}
        How the zeros at the end of a whole number are read: "40000" was rounded
        to 1 when they are significant and to 10000 when they are not. Zeros
        after a decimal point always count.
    significant_digits : int, optional
        Known number of significant digits; overrides what the text shows.

    Returns
    -------
    value, unit : float
        The figure and its rounding unit, in the units of the text.

    Raises
    ------
    ValueError
        If the text is not a number, or an option is not one of those above.

    Examples
    --------
    >>> rounding_unit("4.0")
    (4.0, 0.1)
    >>> rounding_unit("40000", significant_digits=2)
    (40000.0, 1000.0)
    """
    require_choice("trailing_zeros", trailing_zeros, ("significant", "not significant"))
    if significant_digits is not None and significant_digits < 1:
        raise ValueError(f"significant_digits must be at least 1, got {significant_digits}")
    plain = re.sub(r"(?<=\d)[,\s](?=\d{3}(?!\d))", "", text.translate(_PLAIN).strip())
    if not _NUMBER.fullmatch(plain):
        raise ValueError(f"not a printed number: {text!r}")
    number = Decimal(plain)
    exponent = int(number.as_tuple().exponent)
    if significant_digits is not None:
        exponent = number.adjusted() - significant_digits + 1
    elif trailing_zeros == "not significant" and exponent == 0 and "." not in plain and number:
        exponent = int(number.normalize().as_tuple().exponent)
    return float(number), float(Decimal(1).scaleb(exponent))


def published_figures(
    value: npt.ArrayLike, unit: npt.ArrayLike, *, rounding: Literal["nearest", "down"] = "nearest"
) -> PublishedFigures:
    """Range of true values behind figures rounded to a unit.

    Parameters
    ----------
    value : array_like
        Figures as printed; missing values stay missing.
    unit : array_like
        Rounding unit, 0 or more, broadcast against `value`; 0 means exact.
    rounding : {"nearest", "down"}
        "nearest" gives [v - u/2, v + u/2]; "down" is for figures cut off towards
        zero ("more than 1200 t"), which give [v, v + u] and [v - u, v] below zero.

    Returns
    -------
    PublishedFigures
        Of the broadcast shape.

    Raises
    ------
    ValueError
        If a unit is negative or missing, or `rounding` is not one of those above.

    Examples
    --------
    >>> figure = published_figures(4.0, 0.1)
    >>> round(float(figure.low), 2), round(float(figure.high), 2)
    (3.95, 4.05)
    """
    require_choice("rounding", rounding, ("nearest", "down"))
    values, units = np.broadcast_arrays(
        np.asarray(value, dtype=np.float64), np.asarray(unit, dtype=np.float64)
    )
    if not np.all(units >= 0):
        raise ValueError("every unit must be 0 or more")
    if rounding == "nearest":
        return PublishedFigures(values.copy(), values - units / 2, values + units / 2)
    low = np.where(values > 0, values, values - units)
    high = np.where(values < 0, values, values + units)
    return PublishedFigures(values.copy(), low, high)


def parse_figures(
    texts: Iterable[str],
    *,
    trailing_zeros: Literal["significant", "not significant"] = "significant",
    significant_digits: int | None = None,
) -> PublishedFigures:
    """Read printed figures together with their rounding ranges.

    Options and errors are those of `rounding_unit`.

    Examples
    --------
    >>> parse_figures(["4.0", "59,885"]).high.round(2).tolist()
    [4.05, 59885.5]
    """
    pairs = [
        rounding_unit(t, trailing_zeros=trailing_zeros, significant_digits=significant_digits)
        for t in texts
    ]
    values, units = np.array(pairs, dtype=np.float64).reshape(-1, 2).T
    return published_figures(values, units)


def figure_difference(new: PublishedFigures, old: PublishedFigures) -> PublishedFigures:
    """Difference new - old of figures rounded independently of each other.

    Examples
    --------
    >>> four = published_figures(4.0, 0.1)
    >>> difference = figure_difference(four, four)
    >>> round(float(difference.low), 2), round(float(difference.high), 2)
    (-0.1, 0.1)
    """
    value, low, high = new.value - old.value, new.low - old.high, new.high - old.low
    scale = _RELATIVE_ROUNDING_ERROR * np.maximum(
        np.maximum(np.abs(new.low), np.abs(new.high)), np.maximum(np.abs(old.low), np.abs(old.high))
    )
    return PublishedFigures(*(np.where(np.abs(x) <= scale, 0.0, x) for x in (value, low, high)))


def figure_ratio(numerator: PublishedFigures, denominator: PublishedFigures) -> PublishedFigures:
    """Ratio of two figures rounded independently of each other.

    Where the denominator's range reaches zero, the ratio has no bounded range:
    its limits are missing (and so is its value, for a denominator printed as 0).

    Examples
    --------
    >>> half = figure_ratio(published_figures(2.0, 0.1), published_figures(4.0, 0.1))
    >>> round(float(half.low), 4), round(float(half.high), 4)
    (0.4815, 0.519)
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        corners = np.stack(
            np.broadcast_arrays(
                *(
                    n / d
                    for n in (numerator.low, numerator.high)
                    for d in (denominator.low, denominator.high)
                )
            )
        )
        value = numerator.value / denominator.value
    reaches_zero = (denominator.low <= 0) & (denominator.high >= 0)
    low = np.where(reaches_zero, np.nan, corners.min(axis=0))
    high = np.where(reaches_zero, np.nan, corners.max(axis=0))
    value = np.where(denominator.value == 0, np.nan, value)
    return PublishedFigures(value, low, high)


def figure_change(new: PublishedFigures, old: PublishedFigures) -> PublishedFigures:
    """Percentage change 100 (new - old) / old [%] of two rounded figures.

    Defined for an old figure whose whole range is above zero; elsewhere the
    limits are missing, since the sign of a change on a negative base misleads.

    Examples
    --------
    >>> change = figure_change(published_figures(3.9, 0.1), published_figures(4.0, 0.1))
    >>> round(float(change.low), 2), round(float(change.high), 2)
    (-4.94, 0.0)
    """
    ratio = figure_ratio(new, old)
    positive = old.low > 0

    def per_cent(x: Floats) -> Floats:
        change = np.where(positive, 100 * (x - 1), np.nan)
        return np.where(np.abs(change) <= 100 * _RELATIVE_ROUNDING_ERROR, 0.0, change)

    return PublishedFigures(per_cent(ratio.value), per_cent(ratio.low), per_cent(ratio.high))


def figure_mean(
    figures: PublishedFigures, *, axis: int = -1, weights: npt.ArrayLike | None = None
) -> PublishedFigures:
    """Mean of several rounded figures; a missing figure makes the mean missing.

    Parameters
    ----------
    figures : PublishedFigures
        Figures to average.
    axis : int
        Axis that is averaged over.
    weights : array_like, optional
        Weights, 0 or more and not all 0, as numpy.average takes them.

    Raises
    ------
    ValueError
        If there is no figure, or the weights are negative or all zero.

    Examples
    --------
    >>> mean = figure_mean(parse_figures(["4.0", "4.2"]))
    >>> round(float(mean.low), 2), round(float(mean.high), 2)
    (4.05, 4.15)
    """
    if figures.value.ndim == 0 or figures.value.shape[axis] == 0:
        raise ValueError("a mean needs at least one figure along the axis")
    w = None if weights is None else np.asarray(weights, dtype=np.float64)
    # A negative weight would exchange the limits.
    if w is not None and (not np.all(w >= 0) or not np.all(w.sum(axis=-1) > 0)):
        raise ValueError("weights must be 0 or more and not all 0")
    return PublishedFigures(
        *(
            np.asarray(np.average(x, axis=axis, weights=w))
            for x in (figures.value, figures.low, figures.high)
        )
    )


def change_verdict(change: PublishedFigures) -> Texts:
    """Say whether a difference or percentage change is one at all.

    Returns
    -------
    ndarray of str
        "increase" or "decrease" where the whole range is on one side of 0, "no
        change" where both limits are 0 (exact figures), otherwise "not known":
        0 lies inside or on the edge of the range, or the range is missing.

    Examples
    --------
    >>> four, five = published_figures(4.0, 0.1), published_figures(5.0, 0.1)
    >>> change_verdict(figure_difference(four, four)).item()
    'not known'
    >>> change_verdict(figure_change(five, four)).item()
    'increase'
    """
    return np.select(
        [change.low > 0, change.high < 0, (change.low == 0) & (change.high == 0)],
        ["increase", "decrease", "no change"],
        "not known",
    )


def compare_with_limit(
    figures: PublishedFigures,
    limit: PublishedFigures | npt.ArrayLike,
    *,
    sense: Literal["at most", "at least"] = "at most",
) -> Texts:
    """Compare rounded figures with a limit, itself exact or a rounded figure.

    Parameters
    ----------
    figures : PublishedFigures
        Figures that are to keep the limit.
    limit : PublishedFigures or array_like
        The limit, in the unit of the figures; plain numbers are exact.
    sense : {"at most", "at least"}
        Whether the figure must not exceed the limit or must reach it; a figure
        equal to its limit keeps it.

    Returns
    -------
    ndarray of str
        "met", "not met", or "not known" where the ranges overlap or one is missing.

    Raises
    ------
    ValueError
        If `sense` is not one of those above.

    Examples
    --------
    >>> compare_with_limit(parse_figures(["3.9", "4.0", "4.1"]), 4.0).tolist()
    ['met', 'not known', 'not met']
    """
    require_choice("sense", sense, ("at most", "at least"))
    bound = limit if isinstance(limit, PublishedFigures) else published_figures(limit, 0)
    over = figure_difference(figures, bound)
    if sense == "at least":
        over = figure_difference(bound, figures)
    return np.select([over.high <= 0, over.low > 0], ["met", "not met"], "not known")
