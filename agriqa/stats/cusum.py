"""Cumulative sum charts, which find small and lasting shifts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Flags, Floats, Integers, Language, in_language


@dataclass(frozen=True)
class Cusum:
    """Cumulative sums; the last axis is time.

    Attributes
    ----------
    upper, lower : ndarray of float, shape (..., points)
        Sums of what goes beyond the reference value upwards and downwards,
        neither negative; in standard deviations for measurements, in events
        for counts. Missing where the value is. A chart for one direction has
        a lower sum of 0.
    upper_run, lower_run : ndarray of int, shape (..., points)
        Points since the sum was last 0: a shift began about so many points ago.
    decision : float
        Decision interval: a sum above it is a signal.
    """

    upper: Floats
    lower: Floats
    upper_run: Integers
    lower_run: Integers
    decision: float

    @property
    def above(self) -> Flags:
        """Points that signal a shift upwards, shape (..., points)."""
        return np.asarray(self.upper > self.decision)

    @property
    def below(self) -> Flags:
        """Points that signal a shift downwards, shape (..., points)."""
        return np.asarray(self.lower > self.decision)

    @property
    def signals(self) -> Flags:
        """Points that signal a shift, shape (..., points)."""
        return self.above | self.below

    def summary(self, language: Language = "zh") -> str:
        """Say in a sentence when the first signal comes, in any series."""
        points = np.nonzero(self.signals)[-1]
        if points.size == 0:
            return in_language(
                language, zh="累积和未超过判定界限。", en="No sum passes its decision limit."
            )
        first = int(points.min()) + 1
        return in_language(
            language,
            zh=f"累积和在第 {first} 个点首次超过判定界限 {self.decision:g}。",
            en=f"A sum first passes its decision limit of {self.decision:g} at point {first}.",
        )


def cusum(
    values: npt.ArrayLike,
    *,
    target: npt.ArrayLike,
    sigma: npt.ArrayLike,
    reference: float = 0.5,
    decision: float = 5.0,
    head_start: float = 0.0,
    restart: bool = False,
) -> Cusum:
    """Tabular CUSUM of measurements, in both directions.

    Parameters
    ----------
    values : array_like, shape (..., points)
        Measurements in time order along the last axis; a missing one is
        passed over.
    target, sigma : array_like
        Mean and standard deviation in control, in the values' unit; broadcast
        with `values`.
    reference : float
        Reference value k [standard deviations], half the shift to be found.
    decision : float
        Decision interval h [standard deviations].
    head_start : float
        Value of both sums before the first point, as a share of the decision
        interval [0-1); 0.5 gives the fast initial response.
    restart : bool
        Begin again (from the head start) after each signal.

    Returns
    -------
    Cusum
        In standard deviations.

    Raises
    ------
    ValueError
        If sigma, the decision or the reference is out of range.

    References
    ----------
    Montgomery, Introduction to Statistical Quality Control, chapter 9;
    Lucas and Crosier (1982), Technometrics 24 (head start).

    Examples
    --------
    >>> cusum([9.45, 7.99, 9.29, 11.66], target=10, sigma=1).upper.round(2)
    array([0.  , 0.  , 0.  , 1.16])
    """
    x, mean, spread = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(v, dtype=np.float64)) for v in (values, target, sigma))
    )
    if np.any(spread <= 0):
        raise ValueError("sigma must be above 0")
    if not reference >= 0:
        raise ValueError(f"reference must not be negative, got {reference}")
    z = (x - mean) / spread
    upper, upper_run, lower, lower_run = _accumulate(
        z - reference, -z - reference, decision, head_start, restart
    )
    return Cusum(upper, lower, upper_run, lower_run, float(decision))


def poisson_cusum(
    counts: npt.ArrayLike,
    *,
    in_control: float,
    out_of_control: float,
    decision: float,
    exposure: npt.ArrayLike = 1.0,
    head_start: float = 0.0,
    restart: bool = False,
) -> Cusum:
    """CUSUM of event counts, for a rise or a fall of the rate.

    Parameters
    ----------
    counts : array_like, shape (..., points)
        Events [count]; a missing count is passed over.
    in_control, out_of_control : float
        Events per unit of exposure, expected and to be found. A lower
        `out_of_control` looks for a fall, kept in the lower sum.
    decision : float
        Decision interval [events].
    exposure : array_like
        Units observed, above 0; broadcasts with `counts`.
    head_start, restart
        As in `cusum`.

    Returns
    -------
    Cusum
        In events, with the reference value (m1 - m0) / (ln m1 - ln m0) per unit.

    Raises
    ------
    ValueError
        If a count is negative, an exposure or a rate is not above 0, or the
        rates are equal.

    References
    ----------
    Lucas (1985), Counted data CUSUM's, Technometrics 27.

    Examples
    --------
    >>> poisson_cusum([1, 4, 3], in_control=1, out_of_control=2, decision=4).upper.round(3)
    array([0.   , 2.557, 4.115])
    """
    if not (in_control > 0 and out_of_control > 0 and in_control != out_of_control):
        raise ValueError("in_control and out_of_control must be above 0 and differ")
    reference = (out_of_control - in_control) / np.log(out_of_control / in_control)
    return _count_cusum(
        counts, exposure, reference, out_of_control > in_control, decision, head_start, restart
    )


def binomial_cusum(
    counts: npt.ArrayLike,
    sizes: npt.ArrayLike = 1,
    *,
    in_control: float,
    out_of_control: float,
    decision: float,
    head_start: float = 0.0,
    restart: bool = False,
) -> Cusum:
    """CUSUM of units with a property, for a rise or a fall of their proportion.

    With sizes of 1 it is the Bernoulli CUSUM, which judges every unit as it comes.

    Parameters
    ----------
    counts : array_like, shape (..., points)
        Units with the property [count]; a missing count is passed over.
    sizes : array_like
        Units examined [count], above 0; broadcasts with `counts`.
    in_control, out_of_control : float
        Proportions [0-1], expected and to be found.
    decision : float
        Decision interval [units].
    head_start, restart
        As in `cusum`.

    Returns
    -------
    Cusum
        In units, with the reference value r1 / r2 per unit examined, where
        r1 = -ln((1 - p1) / (1 - p0)) and r2 = ln(p1 (1 - p0) / (p0 (1 - p1))).

    Raises
    ------
    ValueError
        If a count is outside 0 to its size, or the proportions are equal or
        not between 0 and 1.

    References
    ----------
    Reynolds and Stoumbos (1999), A CUSUM chart for monitoring a proportion when
    inspecting continuously, J. Quality Technology 31.

    Examples
    --------
    >>> bernoulli = binomial_cusum([0, 1, 1], in_control=0.01, out_of_control=0.02, decision=2)
    >>> bernoulli.upper.round(4)
    array([0.    , 0.9856, 1.9711])
    """
    if not (0 < in_control < 1 and 0 < out_of_control < 1 and in_control != out_of_control):
        raise ValueError("in_control and out_of_control must be between 0 and 1 and differ")
    if np.any(np.asarray(counts, dtype=np.float64) > np.asarray(sizes, dtype=np.float64)):
        raise ValueError("counts must not be above their sizes")
    stay = -np.log((1 - out_of_control) / (1 - in_control))
    odds = np.log(out_of_control * (1 - in_control) / (in_control * (1 - out_of_control)))
    return _count_cusum(
        counts, sizes, stay / odds, out_of_control > in_control, decision, head_start, restart
    )


def _count_cusum(
    counts: npt.ArrayLike,
    exposure: npt.ArrayLike,
    reference: float,
    rise: bool,
    decision: float,
    head_start: float,
    restart: bool,
) -> Cusum:
    x, units = np.broadcast_arrays(
        np.atleast_1d(np.asarray(counts, dtype=np.float64)), np.asarray(exposure, dtype=np.float64)
    )
    if np.any(x < 0):
        raise ValueError("counts must not be negative")
    if np.any(units <= 0):
        raise ValueError("sizes and exposures must be above 0")
    excess = x - reference * units
    # A sum that is never fed stays at 0: each of these charts looks one way.
    idle = np.where(np.isfinite(excess), -np.inf, np.nan)
    upper, upper_run, lower, lower_run = _accumulate(
        excess if rise else idle, idle if rise else -excess, decision, head_start, restart
    )
    return Cusum(upper, lower, upper_run, lower_run, float(decision))


def _accumulate(
    up: Floats, down: Floats, decision: float, head_start: float, restart: bool
) -> tuple[Floats, Integers, Floats, Integers]:
    if not decision > 0:
        raise ValueError(f"decision must be above 0, got {decision}")
    if not 0 <= head_start < 1:
        raise ValueError(f"head_start must be at least 0 and below 1, got {head_start}")
    steps = np.stack([up, down])
    sums, runs = np.full(steps.shape, np.nan), np.zeros(steps.shape, dtype=np.int64)
    start = head_start * decision
    state = np.full(steps.shape[:-1], start)
    run = np.zeros(steps.shape[:-1], dtype=np.int64)
    for point in range(steps.shape[-1]):
        step = steps[..., point]
        seen = np.isfinite(step) | np.isinf(step)
        following = np.maximum(state + np.where(seen, step, 0.0), 0.0)
        state = np.where(seen, following, state)
        run = np.where(seen, np.where(state > 0, run + 1, 0), run)
        sums[..., point] = np.where(seen, state, np.nan)
        runs[..., point] = run
        if restart:
            # Either signal stops the process, and both sums begin again.
            over = np.any(seen & (state > decision), axis=0)
            state, run = np.where(over, start, state), np.where(over, 0, run)
    return sums[0], runs[0], sums[1], runs[1]
