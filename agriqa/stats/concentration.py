"""Concentration of a market: Herfindahl-Hirschman index and its relatives.

Functions of shares work along the last axis, so that one call serves one market (a
vector) or many (one row each, padded with missing values). Missing units are
left out. A row without units, or whose total is zero, has a missing result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, require_choice
from agriqa.stats.inequality import gini_coefficient, nonnegative

if TYPE_CHECKING:
    import pandas as pd

Given = Literal["sizes", "fractions", "percentages"]

# 2023 US Merger Guidelines, Guideline 1: above 1,800 points is highly concentrated,
# from 1,000 to 1,800 moderately.
MODERATE, HIGH = 1000.0, 1800.0
# Printed shares are rounded, so their sum may miss the whole by this much.
ROUNDING = 0.01


def herfindahl_hirschman_index(
    values: npt.ArrayLike, *, given: Given, scale: Literal[1, 10_000] = 10_000
) -> Floats:
    """Herfindahl-Hirschman index: the sum of the squared shares.

    Parameters
    ----------
    values : array_like, shape (..., units)
        Sizes [any unit], or shares of the whole market.
    given : {"sizes", "fractions", "percentages"}
        What `values` are. Sizes are divided by their total. Shares are taken as they
        are: if they sum to less than the whole, the rest is held to be spread over
        so many units that its squares are nil.
    scale : {10000, 1}
        10000 for points (squares of percentages), 1 for squares of fractions.

    Returns
    -------
    ndarray of float, shape (...)
        The index, from scale/units to scale.

    Raises
    ------
    ValueError
        If there are no units, a value is negative or infinite, or shares sum to
        more than the whole.

    References
    ----------
    US Department of Justice and FTC (2023), Merger Guidelines, section 2.1.

    Examples
    --------
    >>> float(herfindahl_hirschman_index([30, 30, 20, 20], given="percentages"))
    2600.0
    """
    require_choice("scale", scale, (1, 10_000))
    shares = _shares(values, given)
    # In points the shares are squared as percentages, which are often whole numbers.
    unit = 100.0 if scale == 10_000 else 1.0
    return _total((shares * unit) ** 2)


def normalised_herfindahl(values: npt.ArrayLike, *, given: Given) -> Floats:
    """Herfindahl index rescaled to 0 for equal shares and 1 for a single unit.

    (H - 1/n) / (1 - 1/n), where n counts the units given, those of size zero too.

    Parameters
    ----------
    values : array_like, shape (..., units)
        Sizes, or shares that sum to the whole.
    given : {"sizes", "fractions", "percentages"}
        What `values` are.

    Returns
    -------
    ndarray of float, shape (...)
        Between 0 and 1; missing for a single unit, where it is not defined.

    Raises
    ------
    ValueError
        As `herfindahl_hirschman_index`; also if shares do not sum to the whole.

    Examples
    --------
    >>> float(normalised_herfindahl([5, 5, 5, 5], given="sizes"))
    0.0
    """
    shares = _shares(values, given, complete=True)
    n = np.sum(~np.isnan(shares), axis=-1).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        index = (_total(shares**2) - 1 / n) / (1 - 1 / n)
    # Rounded shares may give a sum of squares a trifle below 1/n.
    return np.asarray(np.where(n > 1, np.clip(index, 0.0, 1.0), np.nan))


def effective_number(values: npt.ArrayLike, *, given: Given) -> Floats:
    """Effective number of units: how many equal ones would have the same Herfindahl index.

    Parameters
    ----------
    values : array_like, shape (..., units)
        Sizes, or shares that sum to the whole.
    given : {"sizes", "fractions", "percentages"}
        What `values` are.

    Returns
    -------
    ndarray of float, shape (...)
        1/H, from 1 to the number of units.

    Raises
    ------
    ValueError
        As `normalised_herfindahl`.

    References
    ----------
    Adelman (1969), Rev. Econ. Stat. 51.

    Examples
    --------
    >>> float(effective_number([50, 50, 0], given="percentages"))
    2.0
    """
    return np.asarray(1 / _total(_shares(values, given, complete=True) ** 2))


def concentration_ratio(values: npt.ArrayLike, k: int, *, given: Given) -> Floats:
    """Share of the k largest units (CR-k).

    Parameters
    ----------
    values : array_like, shape (..., units)
        Sizes, or shares of the whole.
    k : int
        Number of largest units, 1 or more. If there are fewer, all are counted.
    given : {"sizes", "fractions", "percentages"}
        What `values` are.

    Returns
    -------
    ndarray of float, shape (...)
        The joint share [0-1].

    Raises
    ------
    ValueError
        As `herfindahl_hirschman_index`; also if k is below 1.

    Examples
    --------
    >>> round(float(concentration_ratio([30, 30, 20, 20], 3, given="percentages")), 3)
    0.8
    """
    if k < 1:
        raise ValueError(f"k must be 1 or more, got {k}")
    # Sorting the negatives puts the largest first and the missing ones last.
    return _total(-np.sort(-_shares(values, given), axis=-1)[..., :k])


def concentration_band(
    index: npt.ArrayLike, *, scale: Literal[1, 10_000] = 10_000
) -> npt.NDArray[np.object_]:
    """Band of a Herfindahl-Hirschman index in the 2023 US merger guidelines.

    Parameters
    ----------
    index : array_like
        Herfindahl-Hirschman index.
    scale : {10000, 1}
        Scale of `index`.

    Returns
    -------
    ndarray of str or None
        "high" above 1800 points, "moderate" from 1000 to 1800, "low" below 1000;
        None where the index is missing.

    Raises
    ------
    ValueError
        If an index is outside 0 to `scale`, or the scale is unknown.

    References
    ----------
    US Department of Justice and FTC (2023), Merger Guidelines, section 2.1.

    Examples
    --------
    >>> concentration_band([900, 1000, 2600]).tolist()
    ['low', 'moderate', 'high']
    """
    require_choice("scale", scale, (1, 10_000))
    points = np.asarray(index, dtype=np.float64) * (10_000 / scale)
    if np.any((points < 0) | (points > 10_000 * (1 + 2 * ROUNDING))):
        raise ValueError(f"the index must be between 0 and {scale}")
    bands = np.full(points.shape, None, dtype=object)
    bands[points < MODERATE] = "low"
    bands[(points >= MODERATE) & (points <= HIGH)] = "moderate"
    bands[points > HIGH] = "high"
    return bands


def shannon_entropy(
    values: npt.ArrayLike, *, given: Given, relative: bool = False, base: float = np.e
) -> Floats:
    """Shannon entropy of the shares; high where no unit dominates.

    Parameters
    ----------
    values : array_like, shape (..., units)
        Sizes, or shares that sum to the whole.
    given : {"sizes", "fractions", "percentages"}
        What `values` are.
    relative : bool
        Divide by the entropy of equal shares (Pielou's evenness, 0-1); missing for a
        single unit. Units of size zero count as units.
    base : float
        Base of the logarithm: e for nats, 2 for bits.

    Returns
    -------
    ndarray of float, shape (...)
        Entropy, from 0 to log(units).

    Raises
    ------
    ValueError
        As `normalised_herfindahl`; also if the base is not above 1.

    References
    ----------
    Shannon (1948), Bell Syst. Tech. J. 27; Pielou (1966), J. Theor. Biol. 13.

    Examples
    --------
    >>> float(shannon_entropy([1, 1, 1, 1], given="sizes", base=2))
    2.0
    """
    if not base > 1:
        raise ValueError(f"base must be above 1, got {base}")
    shares = _shares(values, given, complete=True)
    n = np.sum(~np.isnan(shares), axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(shares > 0, np.log(shares), np.where(np.isnan(shares), np.nan, 0.0))
        entropy = np.maximum(-_total(shares * logs), 0.0)
        if relative:
            return np.asarray(np.where(n > 1, entropy / np.log(n), np.nan))
    return np.asarray(entropy / np.log(base))


def concentration_table(sizes: npt.ArrayLike, groups: npt.ArrayLike, *, k: int = 4) -> pd.DataFrame:
    """Concentration within each group, from a long list of sizes.

    Parameters
    ----------
    sizes : array_like, shape (n,)
        Size of each unit [any unit], 0 or above. Missing sizes are left out.
    groups : array_like, shape (n,)
        Group of each unit.
    k : int
        Number of units in the concentration ratio.

    Returns
    -------
    DataFrame
        One row per group, sorted, with columns `units` [count], `total`, `hhi` [0-10000],
        `normalised`, `effective_number`, `concentration_ratio`, `gini`, `entropy` and `band`.

    Raises
    ------
    ValueError
        If lengths differ, a group is missing, a size is negative, or there are no units.

    Examples
    --------
    >>> table = concentration_table([3, 1, 2, 2], ["a", "a", "b", "b"])
    >>> table["hhi"].tolist()
    [6250.0, 5000.0]
    """
    import pandas as pd

    size = np.asarray(sizes, dtype=np.float64)
    codes, labels = pd.factorize(np.asarray(groups), sort=True)
    if size.ndim != 1 or size.shape != codes.shape:
        raise ValueError("sizes and groups must be vectors of one length")
    if size.size == 0:
        raise ValueError("at least one unit is needed")
    if np.any(codes < 0):
        raise ValueError("a group is missing")
    # One row per group, padded with missing values.
    order = np.argsort(codes, kind="stable")
    counts = np.bincount(codes, minlength=len(labels))
    place = np.arange(size.size) - np.repeat(np.cumsum(counts) - counts, counts)
    rows = np.full((len(labels), counts.max()), np.nan)
    rows[codes[order], place] = size[order]
    hhi = herfindahl_hirschman_index(rows, given="sizes")
    return pd.DataFrame(
        {
            "units": np.sum(~np.isnan(rows), axis=1),
            "total": np.nansum(rows, axis=1),
            "hhi": hhi,
            "normalised": normalised_herfindahl(rows, given="sizes"),
            "effective_number": effective_number(rows, given="sizes"),
            "concentration_ratio": concentration_ratio(rows, k, given="sizes"),
            "gini": gini_coefficient(rows),
            "entropy": shannon_entropy(rows, given="sizes"),
            "band": concentration_band(hhi),
        },
        index=pd.Index(labels, name="group"),
    )


def _shares(values: npt.ArrayLike, given: Given, *, complete: bool = False) -> Floats:
    """Shares as fractions; missing units stay missing, a row without a total is missing."""
    require_choice("given", given, get_args(Given))
    array = nonnegative(values, "values")
    total = np.nansum(array, axis=-1, keepdims=True)
    if given == "sizes":
        return np.divide(array, total, out=np.full(array.shape, np.nan), where=total > 0)
    whole = 1.0 if given == "fractions" else 100.0
    if np.any(total > whole * (1 + ROUNDING)):
        raise ValueError(f"the {given} sum to {total.max():g}, more than {whole:g}")
    if complete and np.any((total > 0) & (total < whole * (1 - ROUNDING))):
        raise ValueError(f"the {given} must sum to {whole:g}; give every unit")
    return np.asarray(np.where(total > 0, array / whole, np.nan))


def _total(terms: Floats) -> Floats:
    """Sum along the last axis, missing if every term is."""
    return np.asarray(np.where(np.all(np.isnan(terms), axis=-1), np.nan, np.nansum(terms, axis=-1)))
