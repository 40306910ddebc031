"""Left-censored observations: a value, or a limit below which it lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agriqa.stats.checks import Flags, Floats


@dataclass(frozen=True)
class LeftCensored:
    """Observations without the missing ones.

    Attributes
    ----------
    values : ndarray of float, shape (n,)
        The value where detected, the limit where censored [unit of the input].
    censored : ndarray of bool, shape (n,)
        True where the true value lies below `values`.
    kept : ndarray of bool, shape (n + missing,)
        Which of the observations given are kept.
    missing : int
        Observations left out because their value is NaN [count].
    """

    values: Floats
    censored: Flags
    kept: Flags
    missing: int

    @property
    def detected(self) -> Floats:
        """The detected values, in the order given."""
        return self.values[~self.censored]


def left_censored(values: npt.ArrayLike, censored: npt.ArrayLike) -> LeftCensored:
    """Check left-censored observations and leave out the missing ones.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        Value where detected, limit where censored; NaN is left out.
    censored : array_like of bool, shape (n,)
        True (or 1) where the value is only known to lie below `values`.

    Returns
    -------
    LeftCensored

    Raises
    ------
    ValueError
        If the shapes differ, a flag is neither true nor false, a value is
        infinite, or no value is left.

    Examples
    --------
    >>> left_censored([0.5, float("nan"), 2.0], [True, True, False]).missing
    1
    """
    found = np.asarray(values, dtype=np.float64)
    flags = np.asarray(censored)
    if found.ndim != 1 or found.shape != flags.shape:
        raise ValueError(
            f"values and censored must be one-dimensional and of one length, "
            f"got {found.shape} and {flags.shape}"
        )
    if flags.dtype != np.bool_ and not np.all((flags == 0) | (flags == 1)):
        raise ValueError("censored must hold only true and false (1 and 0)")
    if np.any(np.isinf(found)):
        raise ValueError("values must be finite; missing values are NaN")
    kept = ~np.isnan(found)
    if not kept.any():
        raise ValueError("at least one value must not be missing")
    return LeftCensored(
        found[kept], flags[kept].astype(np.bool_), kept, int(np.count_nonzero(~kept))
    )
