"""Fixed effects of any number of groupings with many levels, taken out by iteration.

For units and periods of a panel `fixed_effects` is exact without iterating, but holds a
column per period; here no column is added, however many groups there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats

if TYPE_CHECKING:
    import pandas as pd

Codes = npt.NDArray[np.intp]


def group_codes(data: pd.DataFrame, columns: Sequence[str]) -> Codes:
    """Whole numbers from 0 for the groups that crossed columns make.

    Parameters
    ----------
    data : DataFrame, shape (n, ...)
        Rows without missing values in the columns.
    columns : sequence of str
        Columns whose values are crossed.

    Returns
    -------
    ndarray of int, shape (n,)

    Raises
    ------
    ValueError
        If no column is named or a value is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> group_codes(pd.DataFrame({"a": [1, 1, 2], "b": ["x", "y", "x"]}), ["a", "b"]).tolist()
    [0, 1, 2]
    """
    if not columns:
        raise ValueError("at least one column is needed")
    if data[list(columns)].isna().to_numpy().any():
        raise ValueError(f"values of {list(columns)} are missing")
    grouped = data.groupby(list(columns), sort=True, observed=True)
    return np.asarray(grouped.ngroup(), dtype=np.intp)


def demean(
    columns: npt.ArrayLike,
    codes: Sequence[Codes],
    *,
    weights: npt.ArrayLike | None = None,
    tolerance: float = 1e-10,
    rounds: int = 10_000,
) -> Floats:
    """Columns less the effects of every grouping (residuals on the groups' dummies).

    Means are taken out by one grouping after the other until nothing moves (alternating
    projections); one grouping takes one round.

    Parameters
    ----------
    columns : array_like, shape (n, k)
        Columns of numbers.
    codes : sequence of ndarray of int, each shape (n,)
        Groupings, each with codes from 0.
    weights : array_like, shape (n,), optional
        Weights above 0.
    tolerance : float
        Largest change of a round, in standard deviations of the column.
    rounds : int
        Most rounds.

    Returns
    -------
    ndarray of float, shape (n, k)

    Raises
    ------
    ValueError
        If no grouping is given, lengths differ, or it does not converge.

    References
    ----------
    Guimaraes and Portugal (2010), Stata Journal 10; Gaure (2013), Comput. Stat. Data
    Anal. 66.

    Examples
    --------
    >>> demean([[1.0], [3.0], [7.0]], [np.array([0, 0, 1])]).ravel().tolist()
    [-1.0, 1.0, 0.0]
    """
    x = np.array(columns, dtype=np.float64)
    w = np.ones(len(x)) if weights is None else np.asarray(weights, dtype=np.float64)
    if not codes:
        raise ValueError("at least one grouping is needed")
    if w.shape != (len(x),) or any(code.shape != (len(x),) for code in codes):
        raise ValueError("columns, groupings and weights must have one length")
    scale = np.maximum(x.std(axis=0), np.finfo(float).tiny)
    totals = [np.bincount(code, weights=w) for code in codes]
    for _ in range(rounds):
        before = x.copy()
        for code, total in zip(codes, totals, strict=True):
            for j in range(x.shape[1]):
                means = np.bincount(code, weights=w * x[:, j]) / total
                x[:, j] -= means[code]
        if len(codes) == 1 or np.all(np.abs(x - before) <= tolerance * scale):
            return x
    raise ValueError(f"the fixed effects did not converge in {rounds} rounds")


def fixed_effect_rank(codes: Sequence[Codes], *, nested_in: Codes | None = None) -> int:
    """Parameters that the fixed effects take up, the constant among them.

    Exact for one or two groupings (groups less the connected parts of their graph); each
    further one is counted as its groups less one, which is exact but for rare nestings.

    Parameters
    ----------
    codes : sequence of ndarray of int, each shape (n,)
        Groupings, each with codes from 0.
    nested_in : ndarray of int, shape (n,), optional
        Clusters. Groupings of which no group spans two clusters then count no more than
        the constant, as robust errors already allow for them.

    Returns
    -------
    int

    Examples
    --------
    >>> fixed_effect_rank([np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])])
    3
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    counted = list(codes)
    if nested_in is not None:
        counted = [code for code in codes if not _is_nested(code, nested_in)]
        if len(counted) < len(codes):
            # The groupings that stay are normalised by those that left.
            return 1 + sum(int(code.max()) for code in counted)
    sizes = [int(code.max()) + 1 for code in counted]
    rank = sizes[0]
    if len(sizes) > 1:
        first, second = counted[0], counted[1]
        links = coo_array(
            (np.ones(len(first)), (first, sizes[0] + second)), shape=(sum(sizes[:2]),) * 2
        )
        rank += sizes[1] - int(connected_components(links, directed=False)[0])
    return rank + sum(size - 1 for size in sizes[2:])


def _is_nested(code: Codes, clusters: Codes) -> bool:
    pairs = np.unique(np.column_stack([code, clusters]), axis=0)
    return len(pairs) == len(np.unique(code))
