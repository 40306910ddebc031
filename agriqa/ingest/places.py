"""Counties and prefectures as they stand in cells."""

from __future__ import annotations

from collections.abc import Sequence

from agriqa.areas import AmbiguousAreaError, Match, Register, UnknownAreaError
from agriqa.errors import AgriqaError
from agriqa.ingest.cells import MISSED, Converted, Trouble, tidy
from agriqa.ingest.mappings import Reviewed
from agriqa.ingest.readers import Cell
from agriqa.ingest.reading import Reason


class PrefectureCells:
    """Turns prefecture names into codes, each text once."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self._memo: dict[str, Converted] = {}

    def convert(self, cell: Cell) -> Converted:
        """Return the prefecture's code, or why there is none."""
        text = tidy(cell)
        if text not in self._memo:
            self._memo[text] = self._resolve(text)
        return self._memo[text]

    def _resolve(self, text: str) -> Converted:
        if text in ("", "-", "—"):
            return MISSED
        try:
            return Converted(self.register.resolve_prefecture(text))
        except AgriqaError as error:
            return Converted(trouble=_trouble(Reason.UNKNOWN_PREFECTURE, error))


class CountyCells:
    """Turns county names and codes into today's codes, each combination once.

    `reviewed` are people's decisions, asked only about what the register does not know.
    """

    def __init__(
        self, register: Register, prefecture: str | None, reviewed: Reviewed | None = None
    ) -> None:
        self.register = register
        self.prefecture = prefecture
        self.reviewed = reviewed
        self.remarks: dict[tuple[str, str], None] = {}
        self._memo: dict[tuple[object, ...], Converted] = {}

    def convert(self, cells: Sequence[Cell], year: int | None, named: str | None) -> Converted:
        """Return today's code of the county that name and code cells agree on.

        Parameters
        ----------
        cells : sequence
            The row's cells that name the county: a name, a code, or both.
        year : int or None
            The row's year, in which the name is read.
        named : str or None
            Code of the prefecture that the row names.
        """
        texts = tuple(text for text in map(tidy, cells) if text not in ("", "-", "—"))
        key = (texts, year, named)
        if key not in self._memo:
            self._memo[key] = self._resolve(texts, year, named)
        return self._memo[key]

    def _resolve(self, texts: tuple[str, ...], year: int | None, named: str | None) -> Converted:
        if not texts:
            return MISSED
        found = []
        for text in texts:
            area = named or self.prefecture
            try:
                match = self.register.resolve(text, year=year, prefecture=area)
            except (AmbiguousAreaError, UnknownAreaError) as error:
                decided = self._decided(text, area, error)
                if decided is None:
                    ambiguous = isinstance(error, AmbiguousAreaError)
                    reason = Reason.AMBIGUOUS_COUNTY if ambiguous else Reason.UNKNOWN_COUNTY
                    return Converted(trouble=_trouble(reason, error))
                match = decided
            found.append(match)
            if match.remark:
                self.remarks[(f"{text}：{match.remark}", f"{text}: read as {match.code}")] = None
        if len({match.code for match in found}) > 1:
            shown = " / ".join(f"{m.name} {m.code}" for m in found)
            return Converted(
                trouble=Trouble(
                    Reason.COUNTY_MISMATCH,
                    f"县名与代码不是同一个县：{shown}",
                    f"name and code are different counties: {shown}",
                    "同一个县 one county",
                )
            )
        return Converted(found[0].code)

    def _decided(
        self, text: str, area: str | None, error: AmbiguousAreaError | UnknownAreaError
    ) -> Match | None:
        """Return the county people have decided on, if it can be meant here."""
        code = self.reviewed.name("county", text) if self.reviewed else None
        if code is None or (isinstance(error, AmbiguousAreaError) and code not in error.codes):
            return None
        try:
            # A decision for elsewhere says nothing about this prefecture.
            return self.register.resolve(code, prefecture=area)
        except AgriqaError:
            return None


def _trouble(reason: Reason, error: AgriqaError) -> Trouble:
    zh, _, en = str(error).partition(" / ")
    return Trouble(reason, zh, en or zh, "、".join(getattr(error, "nearest", ())))
