"""Early Aberration Reporting System (EARS) C1, C2 and C3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Flags, Floats, Language, in_language, require_choice, require_level

Method = Literal["C1", "C2", "C3"]
ThirdForm = Literal["fricker", "surveillance"]
# Baselines end right before the day tested, or leave two days between.
LAGS = {"C1": 0, "C2": 2, "C3": 2}
THRESHOLDS = {"C1": 3.0, "C2": 3.0, "C3": 2.0}


@dataclass(frozen=True)
class EarsSignals:
    """Signals of one EARS method, of the shape of the counts (time last).

    Attributes
    ----------
    method : str
        "C1", "C2" or "C3".
    threshold : float
        Standard deviations above which the statistic signals.
    baseline_mean, baseline_sd : ndarray of float, shape (..., time)
        Of the baseline, the latter not below the minimum; NaN where the
        baseline is incomplete [count].
    statistic : ndarray of float, shape (..., time)
        C1, C2 or C3; NaN where it cannot be formed. With a standard deviation
        of 0 a count above the mean gives infinity, one at the mean 0.
    upper : ndarray of float, shape (..., time)
        Largest count that does not signal [count]. For C3 it is 0 where the
        two days before suffice for a signal by themselves.
    alarm : ndarray of bool, shape (..., time)
        True where there is a signal.
    """

    method: str
    threshold: float
    baseline_mean: Floats
    baseline_sd: Floats
    statistic: Floats
    upper: Floats
    alarm: Flags

    def summary(self, language: Language = "zh") -> str:
        """One plain sentence with the numbers in it."""
        tested, alarms = int((~np.isnan(self.upper)).sum()), int(self.alarm.sum())
        return in_language(
            language,
            zh=f"EARS {self.method}（阈值{self.threshold:.3g}）：{tested}个时点中{alarms}个预警。",
            en=(
                f"EARS {self.method} (threshold {self.threshold:.3g}) signals at "
                f"{alarms} of {tested} time points."
            ),
        )


def ears(
    counts: npt.ArrayLike,
    *,
    method: Method = "C2",
    baseline: int = 7,
    threshold: float | None = None,
    alpha: float | None = None,
    minimum_sd: float = 0.0,
    third_form: ThirdForm = "fricker",
) -> EarsSignals:
    """EARS signals of one or many series of counts.

    Parameters
    ----------
    counts : array_like of float, shape (..., time)
        Counts or rates, time on the last axis. NaN makes every result NaN
        that needs it.
    method : {"C1", "C2", "C3"}
        C1 takes its baseline from t - baseline .. t - 1, C2 leaves out the two
        latest: t - baseline - 2 .. t - 3; C3 adds up the C2 of three days.
    baseline : int
        Time points of the baseline, at least 3.
    threshold : float, optional
        Standard deviations; by default 3, 3 and 2, those of CDC.
    alpha : float, optional
        Instead of a threshold, its one-sided normal tail (R's surveillance:
        0.001, 0.001 and 0.025).
    minimum_sd : float
        Smallest standard deviation used. With 0, any count above a constant
        baseline signals.
    third_form : {"fricker", "surveillance"}
        C3 as the sum of max(0, C2 - 1) over t - 2 .. t against the threshold,
        or the bound of R's surveillance: mean + sd (threshold - the sum over
        t - 2 and t - 1), not below 0, where the statistic is C2 plus that sum.

    Returns
    -------
    EarsSignals

    Raises
    ------
    ValueError
        If a count is negative or infinite, an option is not allowed, or both
        a threshold and alpha are given.

    References
    ----------
    Hutwagner et al. (2003), J. Urban Health 80; Fricker, Hegler and Dunfee
    (2008), Stat. Med. 27; Salmon, Schumacher and Höhle (2016), J. Stat.
    Softw. 70(10).

    Examples
    --------
    >>> found = ears([1, 2, 1, 2, 1, 2, 1, 9], method="C1")
    >>> found.alarm.tolist()[-1], round(float(found.upper[-1]), 3)
    (True, 3.032)
    """
    from scipy import stats

    require_choice("method", method, LAGS)
    require_choice("third_form", third_form, ("fricker", "surveillance"))
    if baseline < 3:
        raise ValueError(f"baseline must be at least 3, got {baseline}")
    if not minimum_sd >= 0:
        raise ValueError(f"minimum_sd must not be negative, got {minimum_sd}")
    if threshold is not None and alpha is not None:
        raise ValueError("give a threshold or alpha, not both")
    if alpha is not None:
        require_level("alpha", alpha)
        limit = float(stats.norm.isf(alpha))
    else:
        limit = THRESHOLDS[method] if threshold is None else float(threshold)
    found = np.asarray(counts, dtype=np.float64)
    if found.ndim == 0:
        raise ValueError("counts must have a time axis")
    if np.any((found < 0) | np.isinf(found)):
        raise ValueError("counts must not be negative or infinite")
    mean, sd = _baseline(found, baseline, LAGS[method])
    sd = np.maximum(sd, minimum_sd)
    excess = found - mean
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(excess == 0, 0.0, excess / sd)
    upper = mean + limit * sd
    if method == "C3":
        part = np.maximum(statistic - 1, 0)
        earlier = _delayed(part, 1) + _delayed(part, 2)
        if third_form == "fricker":
            statistic = part + earlier
            rest = 1 + limit - earlier
        else:
            statistic = statistic + earlier
            rest = limit - earlier
        # An infinite excess of an earlier day stays one, whatever today's deviation.
        with np.errstate(invalid="ignore"):
            upper = np.where(np.isinf(earlier), 0.0, np.maximum(mean + rest * sd, 0.0))
        upper = np.where(np.isnan(earlier), np.nan, upper)
    alarm = found > upper
    if method == "C3" and third_form == "fricker":
        # The sum may signal whatever today's count, which no bound on it expresses.
        alarm = statistic > limit
        upper = np.where(earlier > limit, 0.0, upper)
    return EarsSignals(
        method=method,
        threshold=limit,
        baseline_mean=mean,
        baseline_sd=sd,
        statistic=statistic,
        upper=upper,
        alarm=alarm,
    )


def _baseline(counts: Floats, length: int, lag: int) -> tuple[Floats, Floats]:
    """Mean and standard deviation (n - 1) of the window that ends lag + 1 before t."""
    mean, sd = np.full(counts.shape, np.nan), np.full(counts.shape, np.nan)
    first = length + lag
    if counts.shape[-1] > first:
        windows = np.lib.stride_tricks.sliding_window_view(counts, length, axis=-1)
        windows = windows[..., : counts.shape[-1] - first, :]
        mean[..., first:] = windows.mean(axis=-1)
        sd[..., first:] = windows.std(axis=-1, ddof=1)
        # Rounding must not leave a trace of spread in a constant baseline.
        constant = np.ptp(windows, axis=-1) == 0
        mean[..., first:][constant] = windows[..., 0][constant]
        sd[..., first:][constant] = 0.0
    return mean, sd


def _delayed(values: Floats, by: int) -> Floats:
    moved = np.full(values.shape, np.nan)
    moved[..., by:] = values[..., :-by]
    return moved
