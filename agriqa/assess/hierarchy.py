"""The tree of indicators and groups above them, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Floats


@dataclass(frozen=True)
class Hierarchy:
    """A tree of indicators and groups as arrays, level by level from the bottom.

    All indicators stand at level 0, each parent exactly one level higher, and the last
    level is the index alone.

    Attributes
    ----------
    parents : tuple of ndarray of int
        Per level but the top: place of each node's parent in the level above.
    weights : tuple of ndarray of float
        Of the same shapes: weight of each node among its siblings, 0 or above, of any sum
        above 0.

    Raises
    ------
    ValueError
        If there is no level, shapes do not match, a parent is not in the level above, a
        group has no children, or a group's weights are negative, missing or all 0.

    Examples
    --------
    >>> tree = Hierarchy(parents=([0, 0, 1], [0, 0]), weights=([1, 1, 1], [3, 1]))
    >>> tree.levels, tree.n_indicators, tree.effective().tolist()
    (3, 3, [0.375, 0.375, 0.25])
    """

    parents: tuple[npt.NDArray[np.intp], ...]
    weights: tuple[Floats, ...]

    def __post_init__(self) -> None:
        """Keep the arrays unchangeable, and refuse what is no tree."""
        if len(self.parents) == 0 or len(self.parents) != len(self.weights):
            raise ValueError(
                "parents and weights need one array for each level but the top, "
                f"got {len(self.parents)} and {len(self.weights)}"
            )
        parents = tuple(_places(level, given) for level, given in enumerate(self.parents))
        weights = tuple(np.array(given, dtype=np.float64) for given in self.weights)
        for level, (above, w) in enumerate(zip(parents, weights, strict=True)):
            groups = len(parents[level + 1]) if level + 1 < len(parents) else 1
            _require_groups(level, above, w, groups)
            above.flags.writeable = w.flags.writeable = False
        object.__setattr__(self, "parents", parents)
        object.__setattr__(self, "weights", weights)

    @property
    def levels(self) -> int:
        """Number of levels, the indicators and the index included."""
        return len(self.parents) + 1

    @property
    def n_indicators(self) -> int:
        """Number of indicators."""
        return len(self.parents[0])

    def normalised(self) -> tuple[Floats, ...]:
        """Weights that sum to 1 among siblings, level by level.

        Returns
        -------
        tuple of ndarray of float
            Of the shapes of `weights`.
        """
        return tuple(
            w / np.bincount(above, weights=w)[above]
            for above, w in zip(self.parents, self.weights, strict=True)
        )

    def effective(self, level: int = 0) -> Floats:
        """Weight of each node of a level in the index: the product up the tree.

        Parameters
        ----------
        level : int
            0 for the indicators, 1 for the groups above them, and so on.

        Returns
        -------
        ndarray of float, shape (nodes of the level,)
            Sums to 1. With other means than the arithmetic one, weights within the mean.

        Raises
        ------
        ValueError
            If there is no such level.

        References
        ----------
        COINr, `get_eff_weights`.
        """
        if not 0 <= level < self.levels:
            raise ValueError(f"level must be 0 to {self.levels - 1}, got {level}")
        weight = np.ones(1)
        for above, w in list(zip(self.parents, self.normalised(), strict=True))[level:][::-1]:
            weight = w * weight[above]
        return weight


def _places(level: int, given: npt.ArrayLike) -> npt.NDArray[np.intp]:
    above = np.asarray(given)
    if above.ndim != 1 or above.size == 0 or not np.issubdtype(above.dtype, np.integer):
        raise ValueError(f"level {level}: parents must be whole numbers, one per node")
    return above.astype(np.intp)


def _require_groups(level: int, above: npt.NDArray[np.intp], w: Floats, groups: int) -> None:
    if w.shape != above.shape:
        raise ValueError(
            f"level {level}: one weight for each of {above.size} nodes is needed, got {w.shape}"
        )
    if above.min() < 0 or above.max() >= groups:
        raise ValueError(f"level {level}: parents must be 0 to {groups - 1}, got {above.tolist()}")
    children = np.bincount(above, minlength=groups)
    if (children == 0).any():
        lonely = np.flatnonzero(children == 0).tolist()
        raise ValueError(f"level {level + 1}: groups {lonely} have no children")
    if not (np.isfinite(w).all() and (w >= 0).all()):
        raise ValueError(f"level {level}: weights must be 0 or above, got {w.tolist()}")
    weightless = np.bincount(above, weights=w, minlength=groups) == 0
    if weightless.any():
        raise ValueError(
            f"level {level}: the weights in group {np.flatnonzero(weightless).tolist()} are all 0"
        )
