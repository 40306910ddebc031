"""Weights from pairwise judgements: the analytic hierarchy process (AHP)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats, Language, in_language

#: Mean consistency index of random matrices by number of items, after Saaty (1980).
RANDOM_INDEX = {
    1: 0.0, 2: 0.0, 3: 0.58, 4: 0.90, 5: 1.12, 6: 1.24, 7: 1.32, 8: 1.41, 9: 1.45, 10: 1.49,
    11: 1.51, 12: 1.48, 13: 1.56, 14: 1.57, 15: 1.59,
}  # fmt: skip


@dataclass(frozen=True)
class HierarchyWeights:
    """Weights from pairwise judgements, and how consistent these are.

    Attributes
    ----------
    weights : ndarray of float, shape (items,)
        Principal eigenvector; sums to 1.
    largest_eigenvalue : float
        The number of items if judgements are consistent, else more [-].
    consistency_index : float
        (largest eigenvalue - n) / (n - 1) [-].
    consistency_ratio : float
        Consistency index over that of random judgements [-]; 0 for one or two items.
    limit : float
        Highest consistency ratio that is accepted [-].
    acceptable : bool
        Whether the consistency ratio is below the limit.
    """

    weights: Floats
    largest_eigenvalue: float
    consistency_index: float
    consistency_ratio: float
    limit: float
    acceptable: bool

    def summary(self, language: Language = "zh") -> str:
        """Return the consistency of the judgements in one sentence."""
        ratio, limit = self.consistency_ratio, self.limit
        chinese = "可以接受" if self.acceptable else "不可接受，请修改判断"
        english = "acceptable" if self.acceptable else "not acceptable, revise the judgements"
        return in_language(
            language,
            zh=f"一致性比率{ratio:.3f}（限值{limit:g}）：{chinese}。",
            en=f"Consistency ratio {ratio:.3f} (limit {limit:g}): {english}.",
        )


def reciprocal_matrix(upper: npt.ArrayLike) -> Floats:
    """Complete a matrix of judgements from its upper triangle.

    Parameters
    ----------
    upper : array_like, shape (n (n-1) / 2,)
        Row by row, how many times as important the item of the row is as that of the
        column: items 1-2, 1-3, ..., 2-3, ...

    Returns
    -------
    ndarray of float, shape (n, n)
        With ones on the diagonal and reciprocals below it.

    Raises
    ------
    ValueError
        If the number of judgements fits no n, or one is not above 0.

    Examples
    --------
    >>> reciprocal_matrix([2, 4, 2]).tolist()
    [[1.0, 2.0, 4.0], [0.5, 1.0, 2.0], [0.25, 0.5, 1.0]]
    """
    a = np.asarray(upper, dtype=np.float64)
    n = round((1 + np.sqrt(1 + 8 * a.size)) / 2)
    if a.ndim != 1 or a.size == 0 or n * (n - 1) // 2 != a.size:
        raise ValueError(f"{a.size} judgements fill no upper triangle: 1, 3, 6, 10, ... do")
    matrix = np.ones((n, n))
    rows, columns = np.triu_indices(n, 1)
    matrix[rows, columns] = a
    matrix[columns, rows] = 1 / np.where(a > 0, a, np.nan)
    return _judgements(matrix)


def group_judgements(matrices: npt.ArrayLike, *, weights: npt.ArrayLike | None = None) -> Floats:
    """Aggregate the judgements of several people by their geometric mean.

    Parameters
    ----------
    matrices : array_like, shape (people, n, n)
        One reciprocal matrix per person.
    weights : array_like, shape (people,), optional
        Weight of each person, 0 or above; equal by default.

    Returns
    -------
    ndarray of float, shape (n, n)
        Reciprocal again, as no other mean of judgements is.

    Raises
    ------
    ValueError
        If a matrix is not reciprocal, or the weights do not fit.

    References
    ----------
    Aczel and Saaty (1983), J. Mathematical Psychology 27, 93-102.

    Examples
    --------
    >>> group_judgements([[[1, 2], [0.5, 1]], [[1, 8], [0.125, 1]]]).tolist()
    [[1.0, 4.0], [0.25, 1.0]]
    """
    stacked = np.asarray(matrices, dtype=np.float64)
    if stacked.ndim != 3 or len(stacked) == 0:
        raise ValueError(f"matrices must have shape (people, n, n), got {stacked.shape}")
    logs = np.log([_judgements(matrix) for matrix in stacked])
    w = np.ones(len(stacked)) if weights is None else np.asarray(weights, dtype=np.float64)
    if w.shape != (len(stacked),) or not (w >= 0).all() or not 0 < w.sum() < np.inf:
        raise ValueError(f"weights must be 0 or above, one for each of {len(stacked)} people")
    return np.asarray(np.exp(np.tensordot(w / w.sum(), logs, axes=1)))


def hierarchy_weights(
    judgements: npt.ArrayLike, *, limit: float = 0.1, random_index: float | None = None
) -> HierarchyWeights:
    """Weights of items from a matrix of pairwise judgements.

    Parameters
    ----------
    judgements : array_like, shape (n, n)
        Entry (i, j): how many times as important item i is as item j, above 0; entry
        (j, i) its reciprocal (printed decimals will do: 0.333 for 1/3).
    limit : float
        Highest consistency ratio to accept.
    random_index : float, optional
        Mean consistency index of random matrices; Saaty's for up to 15 items by default.

    Returns
    -------
    HierarchyWeights

    Raises
    ------
    ValueError
        If the matrix is not square, positive and reciprocal, or there are more than 15
        items and no random index is given.

    References
    ----------
    Saaty (1980), The Analytic Hierarchy Process.

    Examples
    --------
    >>> hierarchy_weights([[1, 2, 4], [0.5, 1, 2], [0.25, 0.5, 1]]).weights.round(4).tolist()
    [0.5714, 0.2857, 0.1429]
    """
    matrix = _judgements(np.asarray(judgements, dtype=np.float64))
    n = len(matrix)
    if random_index is None:
        if n not in RANDOM_INDEX:
            raise ValueError(f"random_index must be given for {n} items: known up to 15")
        random_index = RANDOM_INDEX[n]
    elif not random_index > 0:
        raise ValueError(f"random_index must be above 0, got {random_index}")
    eigenvalues, vectors = np.linalg.eig(matrix)
    # A positive matrix has one real eigenvalue above all others, and a positive vector.
    first = int(np.argmax(eigenvalues.real))
    largest = float(eigenvalues[first].real)
    weights = np.abs(vectors[:, first].real)
    index = max(0.0, (largest - n) / (n - 1)) if n > 2 else 0.0
    ratio = index / random_index if n > 2 else 0.0
    return HierarchyWeights(
        weights=weights / weights.sum(),
        largest_eigenvalue=largest,
        consistency_index=index,
        consistency_ratio=ratio,
        limit=limit,
        acceptable=ratio < limit,
    )


def _judgements(matrix: Floats) -> Floats:
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.size == 0:
        raise ValueError(f"judgements must be a square matrix, got shape {matrix.shape}")
    if not (np.isfinite(matrix).all() and (matrix > 0).all()):
        raise ValueError("judgements must be above 0")
    # 0.33 for 1/3 is off by 1 %, 0.11 and 0.17 for 1/9 and 1/6 by 2 %.
    if not np.allclose(matrix * matrix.T, 1, atol=0.03, rtol=0):
        raise ValueError("judgements must be reciprocal: entry (j, i) is 1 over entry (i, j)")
    return matrix
