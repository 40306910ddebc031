"""Weights of indicators and groups in the index at the top of their tree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats


def effective_weights(
    parents: Sequence[npt.ArrayLike], weights: Sequence[npt.ArrayLike]
) -> tuple[Floats, ...]:
    """Weight of each node in the top of the tree, if all means on the way are arithmetic.

    The weights of siblings are made to sum to 1 and multiplied up the tree.

    Parameters
    ----------
    parents : sequence of array_like of int, shape (nodes of the level,)
        Per level from the bottom, the top left out: place of each node's parent in the
        level above, counted from 0.
    weights : sequence of array_like, shape (..., nodes of the level)
        Weight of each node among its siblings, 0 or above and of any sum. Axes before the
        last, such as draws, must be the same or fit by broadcasting.

    Returns
    -------
    tuple of ndarray of float, shape (..., nodes of the level)
        Per level as `weights`; each level sums to 1.

    Raises
    ------
    ValueError
        If levels and weights do not fit, a parent does not exist or has no children, the
        top is not one node, or the weights of siblings are negative or all 0.

    References
    ----------
    COINr, `get_eff_weights`.

    Examples
    --------
    >>> low, high = effective_weights([[0, 0, 1], [0, 0]], [[1, 1, 5], [1, 3]])
    >>> low.tolist(), high.tolist()
    ([0.125, 0.125, 0.75], [0.25, 0.75])
    """
    if len(parents) != len(weights) or not len(parents):
        raise ValueError(
            f"parents and weights must have the same levels, got {len(parents)} and {len(weights)}"
        )
    levels = [np.asarray(p) for p in parents]
    sizes = [*(level.size for level in levels[1:]), 1]
    above: Floats = np.ones(1)
    effective: list[Floats] = []
    for number, (level, size, weight) in reversed(
        list(enumerate(zip(levels, sizes, weights, strict=True)))
    ):
        own = np.asarray(weight, dtype=np.float64)
        _require_level_of_tree(number, level, size, own)
        belongs = level[:, None] == np.arange(size)
        total = own @ belongs.astype(np.float64)
        if (total <= 0).any():
            raise ValueError(f"the weights of some siblings at level {number} are all 0")
        above = own / total[..., level] * above[..., level]
        effective.append(above)
    return tuple(reversed(effective))


def _require_level_of_tree(
    number: int, level: npt.NDArray[np.generic], size: int, weight: Floats
) -> None:
    if level.ndim != 1 or not np.issubdtype(level.dtype, np.integer):
        raise ValueError(f"parents of level {number} must be a list of whole numbers")
    if not np.array_equal(np.unique(level), np.arange(size)):
        raise ValueError(
            f"parents of level {number} must name each of the {size} nodes above, from 0"
        )
    if weight.shape[-1:] != level.shape:
        raise ValueError(f"level {number} needs {level.size} weights, got {weight.shape}")
    if not (np.isfinite(weight).all() and (weight >= 0).all()):
        raise ValueError(f"weights of level {number} must be 0 or above")
