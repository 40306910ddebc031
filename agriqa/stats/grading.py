"""Rules that turn points into verdicts: grade bands, targets, passing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Flags, Floats, Language, in_language, require_choice

CutBelongsTo = Literal["band_above", "band_below"]
Rounding = Literal["none", "half_even", "half_up"]

# Sums of item scores carry noise, 89.99999999999999 for 90: points are read to this place.
_PLACES = 9


def round_decimal(values: npt.ArrayLike, *, rounding: Rounding, digits: int = 0) -> Floats:
    """Round numbers as they are printed in decimals.

    Parameters
    ----------
    values : array_like
        Missing values stay missing.
    rounding : {"none", "half_even", "half_up"}
        What becomes of a half: to the even neighbour (as ISO 80000-1), away from 0 (as
        taught in school), or nothing is rounded.
    digits : int
        Decimal places to keep.

    Returns
    -------
    ndarray of float, same shape
        Unlike binary rounding, 0.285 to two places is 0.28 or 0.29 as the rule says.

    Raises
    ------
    ValueError
        If a value is infinite or `rounding` is unknown.

    Examples
    --------
    >>> round_decimal([89.5, 88.5], rounding="half_even").tolist()
    [90.0, 88.0]
    """
    require_choice("rounding", rounding, get_args(Rounding))
    x = np.asarray(values, dtype=np.float64)
    if np.isinf(x).any():
        raise ValueError("values must not be infinite")
    if rounding == "none":
        return x.copy()
    mode = ROUND_HALF_EVEN if rounding == "half_even" else ROUND_HALF_UP
    place = Decimal(1).scaleb(-digits)
    rounded = [
        np.nan if np.isnan(v) else float(Decimal(repr(v)).quantize(place, rounding=mode))
        for v in np.round(x, _PLACES).ravel().tolist()
    ]
    return np.array(rounded, dtype=np.float64).reshape(x.shape)


def grade_points(
    points: npt.ArrayLike,
    *,
    grades: Sequence[str],
    cuts: Sequence[float],
    cut_belongs_to: CutBelongsTo = "band_above",
    rounding: Rounding = "none",
    digits: int = 0,
    vetoed: npt.ArrayLike = False,
    veto_grade: str | None = None,
) -> npt.NDArray[np.object_]:
    """Grade points by bands.

    The bands are half open and meet at the cuts, so that every number of points has
    exactly one grade. Rules printed with gaps ("90 and more", "80 to 89") mean rounded
    points: state the rounding.

    Parameters
    ----------
    points : array_like
        A missing value has no grade.
    grades : sequence of str
        Names of the bands from the lowest to the highest, one more than the cuts.
    cuts : sequence of float
        Points at which the next band begins, ascending.
    cut_belongs_to : {"band_above", "band_below"}
        Which band holds a cut itself: the one above ("90 and more is an A") or below.
    rounding : {"none", "half_even", "half_up"}
        How points are rounded before they are graded, see `round_decimal`.
    digits : int
        Decimal places that rounding keeps.
    vetoed : bool or array_like of bool
        Units that get the `veto_grade` whatever their points, missing ones too.
    veto_grade : str, optional
        One of `grades`; the lowest by default.

    Returns
    -------
    ndarray of str, shape of points and vetoed
        Grade, or None where points are missing.

    Raises
    ------
    ValueError
        If the cuts do not ascend or do not fit the grades, a grade is named twice or
        unknown, points are infinite, or an option is unknown.

    Examples
    --------
    >>> rule = {"grades": ["D", "C", "B", "A"], "cuts": [60, 80, 90]}
    >>> grade_points([90, 89.5, 59], **rule).tolist()
    ['A', 'B', 'D']
    >>> grade_points([89.5], rounding="half_up", **rule).tolist()
    ['A']
    """
    require_choice("cut_belongs_to", cut_belongs_to, get_args(CutBelongsTo))
    edges = np.asarray(cuts, dtype=np.float64)
    if edges.ndim != 1 or not np.isfinite(edges).all() or not (np.diff(edges) > 0).all():
        raise ValueError(f"cuts must be ascending numbers, got {list(cuts)}")
    if len(grades) != edges.size + 1 or len(set(grades)) != len(grades):
        raise ValueError(f"{edges.size} cuts need {edges.size + 1} different grades, lowest first")
    lowest = grades[0] if veto_grade is None else veto_grade
    if lowest not in grades:
        raise ValueError(f"veto_grade must be one of {list(grades)}, got {veto_grade!r}")
    x = np.round(round_decimal(points, rounding=rounding, digits=digits), _PLACES)
    x, veto = np.broadcast_arrays(x, _flags("vetoed", vetoed))
    side: Literal["left", "right"] = "right" if cut_belongs_to == "band_above" else "left"
    band = np.searchsorted(np.round(edges, _PLACES), x, side=side)
    graded = np.array([*grades, None], dtype=object)[np.where(np.isnan(x), len(grades), band)]
    return np.asarray(np.where(veto, lowest, graded), dtype=object)


def target_achievement(
    values: npt.ArrayLike,
    *,
    base: npt.ArrayLike,
    target: npt.ArrayLike,
    direction: Literal[1, -1] | None = None,
    limited: bool = False,
) -> Floats:
    """Part of the way from base to target that has been gone.

    Parameters
    ----------
    values, base, target : array_like
        Now, at the start and at the goal, in one unit; broadcast.
    direction : {1, -1}, optional
        Whether more is better (1) or worse (-1). By default the target says so: one below
        the base is to be reached by a fall.
    limited : bool
        Keep the result within 0-1; else it is negative where things got worse, and above 1
        beyond the target.

    Returns
    -------
    ndarray of float
        (value - base) / (target - base) [fraction]; missing where the target is the base,
        or a number is missing. With a `direction`, where the base met the target already:
        1 as long as the target is met, missing otherwise.

    Raises
    ------
    ValueError
        If a number is infinite, or `direction` is neither 1 nor -1.

    Examples
    --------
    >>> target_achievement([38.8, 8], base=[36.6, 10], target=[40, 6]).round(3).tolist()
    [0.647, 0.5]
    """
    x, start, goal = (np.asarray(a, dtype=np.float64) for a in (values, base, target))
    if any(np.isinf(a).any() for a in (x, start, goal)):
        raise ValueError("values, base and target must not be infinite")
    require_choice("direction", direction, (None, 1, -1))
    way = goal - start
    achieved = (x - start) / np.where(way == 0, np.nan, way)
    if direction is not None:
        kept = np.where(direction * (x - goal) >= 0, 1.0, np.nan)
        achieved = np.where(direction * way <= 0, kept, achieved)
    return np.asarray(np.clip(achieved, 0, 1) if limited else achieved)


@dataclass(frozen=True)
class PassResult:
    """Which units pass, and which conditions each meets.

    Attributes
    ----------
    passes : ndarray of bool
        All conditions are met.
    points_met, share_met, key_items_met : ndarray of bool, same shape
        Each condition. A missing value does not meet one.
    """

    passes: Flags
    points_met: Flags
    share_met: Flags
    key_items_met: Flags

    def summary(self, language: Language = "zh") -> str:
        """Return how many units pass and how many miss each condition."""
        conditions = (self.points_met, self.share_met, self.key_items_met)
        points, share, items = (int(np.sum(~met)) for met in conditions)
        passed, n = int(self.passes.sum()), self.passes.size
        return in_language(
            language,
            zh=(
                f"{n}个单元中{passed}个达标；{points}个分数不够，{share}个比率不够，"
                f"{items}个重点项不符。"
            ),
            en=(
                f"{passed} of {n} units pass; {points} miss the points, {share} the share, "
                f"{items} a key item."
            ),
        )


def pass_all(
    *,
    points: npt.ArrayLike,
    minimum_points: float,
    share: npt.ArrayLike,
    minimum_share: float,
    key_items_met: npt.ArrayLike,
) -> PassResult:
    """Apply a rule of which every condition must be met.

    Parameters
    ----------
    points : array_like
        Points of each unit; at least `minimum_points`.
    share : array_like
        A rate of each unit in the unit of `minimum_share`; at least that.
    key_items_met : array_like of bool
        Whether every key item is met; for a table of units by items, call with
        ``met.all(axis=1)``.

    Returns
    -------
    PassResult
        Of the common shape. Points and share are read to nine decimals, so that noise
        of floating-point sums fails nobody; nothing else is rounded.

    Raises
    ------
    ValueError
        If shapes do not fit, a minimum is not a number, or `key_items_met` is not boolean.

    Examples
    --------
    >>> rule = {"minimum_points": 90, "minimum_share": 0.98}
    >>> pass_all(points=[92, 92], share=[0.979, 0.98], key_items_met=True, **rule).passes.tolist()
    [False, True]
    """
    if not (np.isfinite(minimum_points) and np.isfinite(minimum_share)):
        raise ValueError("minimum_points and minimum_share must be numbers")
    x, s, items = np.broadcast_arrays(
        np.round(np.asarray(points, dtype=np.float64), _PLACES),
        np.round(np.asarray(share, dtype=np.float64), _PLACES),
        _flags("key_items_met", key_items_met),
    )
    enough, rate = x >= round(minimum_points, _PLACES), s >= round(minimum_share, _PLACES)
    return PassResult(enough & rate & items, np.asarray(enough), np.asarray(rate), items.copy())


def _flags(name: str, values: npt.ArrayLike) -> Flags:
    flags = np.asarray(values)
    if flags.dtype != np.bool_:
        raise ValueError(f"{name} must be true or false, got {flags.dtype}")
    return flags
