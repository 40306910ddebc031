"""Funnel plots: areas against a target, with over-dispersion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, Language, in_language, require_choice, require_level
from agriqa.stats.funnel_limits import proportion_limits, ratio_limits
from agriqa.stats.overdispersion import dispersion
from agriqa.stats.proportions import normal_quantile

POSITIONS = ("below 99.8", "below 95", "within", "above 95", "above 99.8")
OVERDISPERSION = ("none", "multiplicative", "additive")


@dataclass(frozen=True)
class _Scale:
    """A scale on which z scores are taken; `error` is the standard error there."""

    forward: Callable[[Floats], Floats]
    inverse: Callable[[Floats], Floats]
    error: Callable[[Floats, float], Floats]


_PROPORTION_SCALES = {
    "none": _Scale(
        lambda value: value,
        lambda value: np.clip(value, 0, 1),
        lambda size, target: np.sqrt(target * (1 - target) / size),
    ),
    "arcsine": _Scale(
        lambda value: np.arcsin(np.sqrt(value)),
        lambda value: np.sin(np.clip(value, 0, np.pi / 2)) ** 2,
        lambda size, target: 0.5 / np.sqrt(size),
    ),
}
_RATIO_SCALES = {
    "none": _Scale(
        lambda value: value,
        lambda value: np.maximum(value, 0),
        lambda size, target: np.sqrt(target / size),
    ),
    "square_root": _Scale(
        np.sqrt,
        lambda value: np.maximum(value, 0) ** 2,
        lambda size, target: 0.5 / np.sqrt(size),
    ),
    "log": _Scale(np.log, np.exp, lambda size, target: 1 / np.sqrt(target * size)),
}


@dataclass(frozen=True)
class Funnel:
    """Areas in a funnel plot.

    Attributes
    ----------
    kind : str
        "proportion" or "ratio".
    target : float
        What the areas are measured by [0-1, or a ratio].
    limit_method, overdispersion, transformation : str
        The options chosen.
    phi : float
        Dispersion ratio, mean of the squared z scores after trimming; 1 is chance.
    tau_squared : float
        Variance between areas beyond chance, on the transformed scale.
    value : ndarray, shape (areas,)
        x / n, or observed / expected; missing for areas without data.
    size : ndarray, shape (areas,)
        n, or the expected count: the x axis of the plot.
    low_95, high_95, low_998, high_998 : ndarray, shape (areas,)
        Control limits, adjusted for over-dispersion if that was asked for.
    z, adjusted_z : ndarray, shape (areas,)
        Distance from the target in standard errors, before and after adjustment.
    p_value : ndarray, shape (areas,)
        Two-sided, of `adjusted_z`; from the exact distribution (twice the smaller tail)
        where limits are exact.
    position : ndarray of str, shape (areas,)
        "below 99.8", "below 95", "within", "above 95", "above 99.8"; "no data" for
        areas without data.
    """

    kind: str
    target: float
    limit_method: str
    overdispersion: str
    transformation: str
    phi: float
    tau_squared: float
    value: Floats = field(repr=False)
    size: Floats = field(repr=False)
    low_95: Floats = field(repr=False)
    high_95: Floats = field(repr=False)
    low_998: Floats = field(repr=False)
    high_998: Floats = field(repr=False)
    z: Floats = field(repr=False)
    adjusted_z: Floats = field(repr=False)
    p_value: Floats = field(repr=False)
    position: npt.NDArray[np.str_] = field(repr=False)

    def limits(self, size: npt.ArrayLike, *, level: float = 0.95) -> tuple[Floats, Floats]:
        """Control limits at any size, to draw the funnel.

        Parameters
        ----------
        size : array_like
            Trials or expected counts, > 0.
        level : float
            Probability inside the limits.

        Returns
        -------
        low, high : ndarray of float
            Limits, of the shape of `size`.
        """
        return _limits(self, np.asarray(size, dtype=np.float64), level)

    def summary(self, language: Language = "zh") -> str:
        """Say in a sentence how many areas lie outside the limits."""
        areas = int(np.sum(self.position != "no data"))
        below, above = (int(np.sum(self.position == f"{side} 99.8")) for side in ("below", "above"))
        return in_language(
            language,
            zh=(
                f"以 {self.target:.4g} 为目标，{areas} 个地区中 {below} 个低于、"
                f"{above} 个高于 99.8% 控制限；离散比 {self.phi:.2f}。"
            ),
            en=(
                f"Against a target of {self.target:.4g}, {below} of {areas} areas are below and "
                f"{above} above the 99.8 % limits; dispersion ratio {self.phi:.2f}."
            ),
        )


def funnel_proportions(
    x: npt.ArrayLike,
    n: npt.ArrayLike,
    *,
    target: float | None = None,
    limits: str = "normal",
    overdispersion: str = "none",
    transformation: str = "none",
    trimming: str = "winsorise",
    trim: float = 0.1,
) -> Funnel:
    """Funnel plot of areas' proportions.

    Parameters
    ----------
    x, n : array_like, shape (areas,)
        Successes and trials [count], 0 <= x <= n. Areas with n = 0 or a missing count
        have no data.
    target : float, optional
        Proportion to measure by, between 0 and 1; sum(x) / sum(n) by default.
    limits : {"normal", "exact", "exact_interval"}
        See `proportion_limits`. Exact limits go with no transformation and no
        adjustment only.
    overdispersion : {"none", "multiplicative", "additive"}
        "multiplicative" widens the limits by sqrt(phi) where phi > 1; "additive" adds
        tau squared to every area's variance (random effects, DerSimonian and Laird).
    transformation : {"none", "arcsine"}
        Scale of z scores and limits: the proportion itself or arcsin(sqrt(p)).
    trimming, trim
        How outer z scores are kept from widening the limits, see `dispersion`.

    Returns
    -------
    Funnel
        Limits, z scores and positions.

    Raises
    ------
    ValueError
        If lengths differ, counts are impossible, no area has data, or an option is
        unknown or does not go with another.

    References
    ----------
    Spiegelhalter (2005), Stat. Med. 24, 1185-1202 and Qual. Saf. Health Care 14,
    347-351; Spiegelhalter et al. (2012), J. R. Stat. Soc. A 175, 1-47.

    Examples
    --------
    >>> funnel = funnel_proportions([90, 480, 70], [100, 500, 100])
    >>> funnel.position.tolist()
    ['within', 'above 99.8', 'below 99.8']
    """
    successes, trials = _pairs(x, n, ("x", "n"))
    if np.any(successes > trials):
        raise ValueError("x must be between 0 and n")
    if target is not None and not 0 < target < 1:
        raise ValueError(f"target must be between 0 and 1, got {target}")
    return _funnel("proportion", successes, trials, target, limits, overdispersion,
                   transformation, trimming, trim)  # fmt: skip


def funnel_ratios(
    observed: npt.ArrayLike,
    expected: npt.ArrayLike,
    *,
    target: float | None = 1.0,
    limits: str = "normal",
    overdispersion: str = "none",
    transformation: str = "none",
    trimming: str = "winsorise",
    trim: float = 0.1,
) -> Funnel:
    """Funnel plot of ratios of observed to expected counts, or of rates.

    Parameters
    ----------
    observed : array_like, shape (areas,)
        Counts >= 0.
    expected : array_like, shape (areas,)
        Expected counts, or exposures, >= 0. Areas with 0 or a missing value have no data.
    target : float or None
        Ratio (or rate) to measure by, above 0; None for sum(observed) / sum(expected).
    limits : {"normal", "exact", "exact_interval", "chi_squared"}
        See `ratio_limits`. All but "normal" go with no transformation and no
        adjustment only.
    overdispersion, trimming, trim
        As for `funnel_proportions`.
    transformation : {"none", "square_root", "log"}
        Scale of z scores and limits. "log" needs observed counts above 0; with
        trimming="truncate" and overdispersion="additive" it is the method of the
        Summary Hospital-level Mortality Indicator.

    Returns
    -------
    Funnel
        Limits, z scores and positions.

    Raises
    ------
    ValueError
        If lengths differ, a count is negative, no area has data, or an option is
        unknown or does not go with another.

    References
    ----------
    As for `funnel_proportions`.

    Examples
    --------
    >>> funnel = funnel_ratios([12, 60, 100], [10.0, 40.0, 102.5])
    >>> funnel.position.tolist()
    ['within', 'above 99.8', 'within']
    """
    counts, exposures = _pairs(observed, expected, ("observed", "expected"))
    if target is not None and not 0 < target < np.inf:
        raise ValueError(f"target must be above 0, got {target}")
    if transformation == "log" and np.any(counts[exposures > 0] == 0):
        raise ValueError("observed must be above 0 for the log transformation")
    return _funnel("ratio", counts, exposures, target, limits, overdispersion,
                   transformation, trimming, trim)  # fmt: skip


def _pairs(
    counts: npt.ArrayLike, sizes: npt.ArrayLike, names: tuple[str, str]
) -> tuple[Floats, Floats]:
    count = np.asarray(counts, dtype=np.float64)
    size = np.asarray(sizes, dtype=np.float64)
    if count.ndim != 1 or count.shape != size.shape:
        raise ValueError(f"{names[0]} and {names[1]} must be one-dimensional and of equal length")
    if np.any(count < 0) or np.any(size < 0) or np.any(np.isinf(count) | np.isinf(size)):
        raise ValueError(f"{names[0]} and {names[1]} must be 0 or above and finite")
    return count, size


def _scales(kind: str) -> dict[str, _Scale]:
    return _PROPORTION_SCALES if kind == "proportion" else _RATIO_SCALES


def _funnel(
    kind: str,
    counts: Floats,
    sizes: Floats,
    target: float | None,
    limits: str,
    overdispersion: str,
    transformation: str,
    trimming: str,
    trim: float,
) -> Funnel:
    require_choice("overdispersion", overdispersion, OVERDISPERSION)
    require_choice("transformation", transformation, tuple(_scales(kind)))
    if limits != "normal" and (overdispersion != "none" or transformation != "none"):
        raise ValueError(f"{limits!r} limits go with no transformation and no overdispersion")
    known = (sizes > 0) & ~np.isnan(counts)
    if not np.any(known):
        raise ValueError("at least one area must have data")
    size = np.where(known, sizes, np.nan)
    value = np.where(known, counts, np.nan) / size
    if target is None:
        target = float(counts[known].sum() / sizes[known].sum())
    scale = _scales(kind)[transformation]
    error = scale.error(size, target)
    distance = scale.forward(value) - scale.forward(np.asarray(target))
    with np.errstate(invalid="ignore", divide="ignore"):
        # Where nothing can vary (all areas at a pooled 0 or 1) all are on target.
        z = np.where(distance == 0, 0.0, distance / error)
    # Without spread, any error will do: all z scores are 0.
    spread = np.where(error > 0, error, 1.0)
    found = dispersion(z, spread, trimming=trimming, trim=trim)
    blank = np.full(size.shape, np.nan)
    funnel = Funnel(
        kind, target, limits, overdispersion, transformation, found.phi, found.tau_squared,
        value, size, blank, blank, blank, blank, z, blank, blank, np.full(size.shape, ""),
    )  # fmt: skip
    return _placed(funnel, z, error, counts)


def _placed(funnel: Funnel, z: Floats, error: Floats, counts: Floats) -> Funnel:
    from dataclasses import replace

    from scipy.stats import norm

    low_95, high_95 = _limits(funnel, funnel.size, 0.95)
    low_998, high_998 = _limits(funnel, funnel.size, 0.998)
    value = funnel.value
    adjusted = z * error / _adjusted_error(funnel, error) if np.any(error > 0) else z
    p_value = 2 * norm.sf(np.abs(adjusted))
    if funnel.limit_method in ("exact", "exact_interval"):
        p_value = _exact_p_value(funnel, counts)
    conditions = [np.isnan(value), value < low_998, value < low_95, value > high_998,
                  value > high_95]  # fmt: skip
    labels = ["no data", *POSITIONS[:2], *POSITIONS[:2:-1]]
    return replace(
        funnel,
        low_95=low_95,
        high_95=high_95,
        low_998=low_998,
        high_998=high_998,
        adjusted_z=adjusted,
        p_value=p_value,
        position=np.select(conditions, labels, default="within"),
    )


def _adjusted_error(funnel: Funnel, error: Floats) -> Floats:
    if funnel.overdispersion == "multiplicative":
        return error * np.sqrt(max(1.0, funnel.phi))
    if funnel.overdispersion == "additive":
        return np.sqrt(error**2 + funnel.tau_squared)
    return error


def _limits(funnel: Funnel, size: Floats, level: float) -> tuple[Floats, Floats]:
    require_level("level", level)
    if funnel.limit_method != "normal":
        plain = proportion_limits if funnel.kind == "proportion" else ratio_limits
        return plain(size, funnel.target, level=level, method=funnel.limit_method)
    if np.any(size <= 0):
        raise ValueError("size must be above 0")
    scale = _scales(funnel.kind)[funnel.transformation]
    centre = scale.forward(np.asarray(funnel.target))
    error = _adjusted_error(funnel, scale.error(size, funnel.target))
    spread = normal_quantile(level) * error
    return scale.inverse(centre - spread), scale.inverse(centre + spread)


def _exact_p_value(funnel: Funnel, counts: Floats) -> Floats:
    from scipy import stats

    if funnel.kind == "proportion":
        known: object = stats.binom(funnel.size, funnel.target)
    else:
        known = stats.poisson(funnel.target * funnel.size)
    smaller = np.minimum(known.cdf(counts), known.sf(counts - 1))  # type: ignore[attr-defined]
    return np.where(np.isnan(funnel.value), np.nan, np.minimum(1.0, 2 * smaller))
