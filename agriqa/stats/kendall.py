"""Kendall's score: its value, variance and null distribution, many series at once."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats


def as_series(
    values: npt.ArrayLike, times: npt.ArrayLike | None
) -> tuple[Floats, Floats, tuple[int, ...]]:
    """Bring values and times to the shape (series, points); missing times drop values."""
    x = np.array(values, dtype=np.float64)
    if x.ndim == 0 or 0 in x.shape:
        raise ValueError(f"values must hold at least one point per series, got shape {x.shape}")
    if times is None:
        t = np.arange(x.shape[-1], dtype=np.float64)
    else:
        # As floats dates would be counted in a unit that depends on how they are stored.
        if np.asarray(times).dtype.kind == "M":
            raise ValueError("times must be numbers (years, days), not dates")
        t = np.asarray(times, dtype=np.float64)
        if t.shape not in (x.shape, x.shape[-1:]):
            raise ValueError(
                f"times must have the shape {x.shape[-1:]} or {x.shape}, got {t.shape}"
            )
    if np.any(np.isinf(x)) or np.any(np.isinf(t)):
        raise ValueError("values and times must be finite or missing")
    t = np.broadcast_to(t, x.shape)
    missing = np.isnan(x) | np.isnan(t)
    x, t = np.where(missing, np.nan, x), np.where(missing, np.nan, t)
    return x.reshape(-1, x.shape[-1]), t.reshape(-1, x.shape[-1]), x.shape[:-1]


def _tie_sums(x: Floats) -> tuple[Floats, Floats, Floats]:
    """Sum t(t-1), t(t-1)(t-2) and t(t-1)(2t+5) over tied groups of size t, per row."""
    size = np.zeros_like(x)
    for k in range(x.shape[1]):
        size += x == x[:, k : k + 1]
    # Each group is met once per member, hence without the factor t.
    present = ~np.isnan(x)
    size = np.where(present, size, 1)
    two = (size - 1).sum(axis=1)
    three = ((size - 1) * (size - 2)).sum(axis=1)
    weighted = ((size - 1) * (2 * size + 5)).sum(axis=1)
    return two, three, weighted


def score_and_variance(x: Floats, t: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Kendall's score, its variance and the pairs not tied in values, in times, per row."""
    s = np.zeros(x.shape[0])
    for k in range(x.shape[1] - 1):
        rise = np.sign(x[:, k + 1 :] - x[:, k : k + 1]) * np.sign(t[:, k + 1 :] - t[:, k : k + 1])
        s += np.nansum(rise, axis=1)
    n = (~np.isnan(x)).sum(axis=1).astype(np.float64)
    x2, x3, xw = _tie_sums(x)
    t2, t3, tw = _tie_sums(t)
    pairs = n * (n - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = (pairs * (2 * n + 5) - xw - tw) / 18
        variance += np.where(n > 2, x3 * t3 / (9 * pairs * (n - 2)), 0.0)
        variance += np.where(n > 1, x2 * t2 / (2 * pairs), 0.0)
    return s, variance, (pairs - x2) / 2, (pairs - t2) / 2


@lru_cache(maxsize=512)
def _upper_tail(tie_sizes: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Possible scores, falling, and P(S >= score) for distinct times.

    The number of falling pairs of a random order of values with the tie sizes
    t_1, t_2, ... has the q-multinomial coefficient as generating function; whole
    numbers keep it exact.
    """
    n = sum(tie_sizes)
    degree = (n * n - sum(t * t for t in tie_sizes)) // 2
    counts = [1] + [0] * degree
    factors = list(range(2, n + 1))
    for divisor in (j for t in tie_sizes for j in range(2, t + 1)):
        factors.remove(divisor) if divisor in factors else factors.append(-divisor)
    for factor in factors:
        size = abs(factor)
        if factor > 0:  # multiply by 1 + q + ... + q^(size-1)
            cumulative = np.cumsum(np.array(counts, dtype=object))
            shifted = np.concatenate([[0] * size, cumulative[:-size]])[: degree + 1]
            counts = list(cumulative - shifted)
        else:  # divide by it: multiply by 1 - q, then divide by 1 - q^size
            counts = [c - (counts[i - 1] if i else 0) for i, c in enumerate(counts)]
            for i in range(size, degree + 1):
                counts[i] += counts[i - size]
    total = sum(counts)
    tail, running = [], 0
    for c in counts:
        running += c
        tail.append(running / total)
    return degree - 2.0 * np.arange(degree + 1, dtype=np.float64), np.array(tail)


def exact_tail(x: Floats) -> tuple[Floats, Floats]:
    """Possible scores of one series, falling, and the chance of at least each."""
    sizes = np.unique(x[~np.isnan(x)], return_counts=True)[1]
    return _upper_tail(tuple(sorted(int(size) for size in sizes)))


def standardised_score(s: Floats, variance: Floats, *, continuity: bool = True) -> Floats:
    """Standardise scores, drawn one towards 0 by the continuity correction."""
    shift = np.sign(s) if continuity else 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(variance == 0, 0.0, (s - shift) / np.sqrt(variance))


def normal_p(z: Floats, alternative: str = "two-sided") -> Floats:
    """p-value of standard normal scores."""
    from scipy.special import ndtr

    if alternative == "two-sided":
        return np.asarray(2 * ndtr(-np.abs(z)))
    return np.asarray(ndtr(z if alternative == "decreasing" else -z))
