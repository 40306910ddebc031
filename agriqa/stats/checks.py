"""What the statistics ask of their options, and the types that they share."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import numpy as np
import numpy.typing as npt

Language = Literal["zh", "en"]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def require_choice(name: str, value: object, allowed: Collection[object]) -> None:
    """Refuse an option value that is not one of the allowed ones.

    Raises
    ------
    ValueError
        If `value` is not in `allowed`; the message lists what is.

    Examples
    --------
    >>> require_choice("method", "exact", ("exact", "normal"))
    """
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(str, allowed))}, got {value!r}")


def require_level(name: str, level: float) -> None:
    """Refuse a probability that is not between 0 and 1, both excluded.

    Raises
    ------
    ValueError
        If `level` is 0 or below, 1 or above, or NaN.

    Examples
    --------
    >>> require_level("significance", 0.05)
    """
    if not 0 < level < 1:
        raise ValueError(f"{name} must be between 0 and 1, got {level}")


def require_confidence(confidence: float) -> None:
    """Refuse a confidence level that is not between 0 and 1, both excluded.

    Raises
    ------
    ValueError
        As `require_level`.

    Examples
    --------
    >>> require_confidence(0.95)
    """
    require_level("confidence", confidence)


def in_language(language: Language, *, zh: str, en: str) -> str:
    """Pick a text by its language.

    Parameters
    ----------
    language : {"zh", "en"}
        Chinese or English.
    zh, en : str
        The text in each.

    Raises
    ------
    ValueError
        If the language is another.

    Examples
    --------
    >>> in_language("en", zh="无趋势", en="no trend")
    'no trend'
    """
    require_choice("language", language, ("zh", "en"))
    return zh if language == "zh" else en
