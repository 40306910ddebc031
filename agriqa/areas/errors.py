"""What can go wrong when a piece of text should name an area."""

from __future__ import annotations

from agriqa.errors import AgriqaError, UnknownNameError


class AmbiguousAreaError(AgriqaError):
    """The text fits several areas; `codes` and `candidates` list them.

    Parameters
    ----------
    message : str
        The bilingual message.
    codes : tuple of str
        Today's codes of the areas that fit.
    candidates : tuple of str
        The same areas in words, with their prefecture.
    """

    def __init__(
        self, message: str, *, codes: tuple[str, ...] = (), candidates: tuple[str, ...] = ()
    ) -> None:
        self.codes = codes
        self.candidates = candidates
        AgriqaError.__init__(self, message)


class UnknownAreaError(UnknownNameError):
    """The text names no area of this register; `nearest` lists similar ones.

    Parameters
    ----------
    message : str
        The bilingual message.
    name : str
        The text as it was written.
    nearest : tuple of str
        Similar areas in words, with their prefecture, best first.
    """

    def __init__(self, message: str, *, name: str = "", nearest: tuple[str, ...] = ()) -> None:
        self.name = name
        self.nearest = list(nearest)
        AgriqaError.__init__(self, message)
