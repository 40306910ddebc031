"""The exceptions a user of agriqa may meet."""

from __future__ import annotations

from collections.abc import Iterable


class AgriqaError(Exception):
    """Base of every error agriqa raises on purpose.

    The message is bilingual, Chinese first, and says what is allowed.
    """


class UnknownNameError(AgriqaError):
    """A name, parameter, column, unit or category that agriqa does not know.

    Parameters
    ----------
    kind_zh, kind_en : str
        What sort of name it is, e.g. ``"指标"`` and ``"measure"``.
    name : object
        The name as it was written.
    known : iterable of str
        All the allowed names; the nearest are quoted in the message.
    """

    def __init__(self, kind_zh: str, kind_en: str, name: object, known: Iterable[str]) -> None:
        self.name = name
        self.nearest = nearest(str(name), known)
        hint = "、".join(self.nearest) or "—"
        hint_en = ", ".join(self.nearest) or "none"
        super().__init__(
            f"未知的{kind_zh}“{name}”，相近的有：{hint}。"
            f" / Unknown {kind_en} {name!r}; nearest known: {hint_en}."
        )


class NoDataError(AgriqaError):
    """The data does not cover what was asked for."""


def nearest(name: str, known: Iterable[str], *, limit: int = 5) -> list[str]:
    """Return the known names closest to `name`, best first.

    Examples
    --------
    >>> nearest("pass_rat", ["pass_rate", "samples", "bases"], limit=1)
    ['pass_rate']
    """
    from rapidfuzz import fuzz, process

    found = process.extract(name, sorted(set(known)), scorer=fuzz.WRatio, limit=None)
    # A name that holds it and much besides is less near than one that is hardly longer.
    ranked = sorted(found, key=lambda one: -(one[1] + fuzz.ratio(name, one[0])))
    return [text for text, score, _ in ranked[:limit] if score >= 40]
