"""A score card: the rules of one assessment in one year, as data."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from agriqa.assess.scorecard.conditions import RoundingRule
from agriqa.assess.scorecard.grading import Grading, PassGrades, QuotaGrades
from agriqa.assess.scorecard.items import Item
from agriqa.datasets import Label
from agriqa.errors import AgriqaError, UnknownNameError
from agriqa.measures.settings import Positive, Settings, Text, load_settings

Year = Annotated[int, Field(ge=1949, le=2100)]


class CardError(AgriqaError):
    """A card has no version for a year, or its file does not hold what its name says."""


class Basis(Settings):
    """The document that a version follows.

    `verified` says whether the issuer's own text was read; `note` what was not found in
    it and was chosen here.
    """

    document: Text
    number: Text | None = None
    date: Text | None = None
    source: Text
    verified: bool
    note: Label | None = None


class Section(Settings):
    """A block of items whose points add up to its own."""

    id: Text
    label: Label
    points: Positive
    example: bool = False


class Rules(Settings):
    """What a version of a card says.

    Attributes
    ----------
    first_year, last_year : int
        The years it is applied to, both included; the last may be open.
    out_of : float
        Points of all sections.
    rescale : {"section", "total"}
        Where the points of exempt items go: the section's other items count for the whole
        section (for the whole card where the section has none left), or those of the card.
    bonus_cap, total_cap : float, optional
        The most that bonus items add together, and that a total reaches.
    item_rounding, total_rounding : RoundingRule
        Of every item that has no rule of its own; of the total, before it is graded.
    grade_labels : dict of str to str
        English names of the grades.
    """

    first_year: Year
    last_year: Year | None = None
    basis: Basis
    out_of: Positive = 100.0
    rescale: Literal["section", "total"] = "section"
    bonus_cap: Positive | None = None
    total_cap: Positive | None = None
    item_rounding: RoundingRule = RoundingRule()
    total_rounding: RoundingRule = RoundingRule()
    grading: Grading
    grade_labels: dict[str, str] = Field(default_factory=dict)
    section: Annotated[tuple[Section, ...], Field(min_length=1)]
    item: Annotated[tuple[Item, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for kind, ids in (("section", self.section), ("item", self.item)):
            twice = [name for name, n in Counter(one.id for one in ids).items() if n > 1]
            if twice:
                raise ValueError(f"{kind} {', '.join(twice)} stands twice")
        self._check_sums()
        items = {one.id for one in self.item}
        named = set()
        if isinstance(self.grading, PassGrades):
            named = {self.grading.share_item}
        elif isinstance(self.grading, QuotaGrades):
            named = {self.grading.tie_break}
        unknown = named - items - {None}
        if unknown:
            raise ValueError(f"the grading names {unknown}, which is no item: {sorted(items)}")
        demotes = [one.id for one in self.item if one.demotion is not None]
        if demotes and getattr(self.grading, "demotion_grade", None) is None:
            raise ValueError(f"{', '.join(demotes)} demotes, but there is no demotion_grade")
        if self.last_year is not None and self.last_year < self.first_year:
            raise ValueError("last_year is before first_year")
        return self

    def _check_sums(self) -> None:
        sections = {one.id: one for one in self.section}
        sums = dict.fromkeys(sections, 0.0)
        for one in self.item:
            if one.section is not None and one.section not in sections:
                raise ValueError(f"{one.id}: no section {one.section!r}: {sorted(sections)}")
            if one.section is not None:
                sums[one.section] += one.points
        for name, found in sums.items():
            if abs(found - sections[name].points) > 1e-9:
                raise ValueError(
                    f"the items of section {name} have {found:g} points, "
                    f"not {sections[name].points:g}"
                )
        total = sum(one.points for one in self.section)
        if abs(total - self.out_of) > 1e-9:
            raise ValueError(f"the sections have {total:g} points, not {self.out_of:g}")


class Card(Rules):
    """The version of a card that holds in a year.

    `example` says that part of it was made up here: whoever reads a result must see it.
    """

    id: Text
    label: Label
    example: bool
    year: Year

    @property
    def grades(self) -> tuple[str, ...]:
        """The grades there are, the best first."""
        return self.grading.names

    def find(self, item: str) -> Item:
        """Return an item; UnknownNameError names the nearest."""
        found = {one.id: one for one in self.item}
        if item not in found:
            raise UnknownNameError("条目", "item", item, found)
        return found[item]


class CardFile(Settings):
    """A card with all its versions; their years meet and do not overlap."""

    id: Text
    label: Label
    example: bool
    version: Annotated[tuple[Rules, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for one, after in pairwise(self.version):
            if one.last_year is None or one.last_year + 1 != after.first_year:
                raise ValueError(
                    f"the version from {after.first_year} does not follow the one that ends "
                    f"{one.last_year or 'never'}: years overlap or are left out"
                )
        parts = [part for one in self.version for part in (*one.section, *one.item)]
        made_up = [part.id for part in parts if part.example]
        if made_up and not self.example:
            raise ValueError(f"{', '.join(made_up)} are examples, so the card is one")
        return self

    def in_year(self, year: int) -> Card:
        """Return the version of a year.

        Raises
        ------
        CardError
            If there is none.
        """
        for one in self.version:
            if one.first_year <= year and (one.last_year is None or year <= one.last_year):
                return Card(
                    id=self.id, label=self.label, example=self.example, year=year, **dict(one)
                )
        first, last = self.version[0].first_year, self.version[-1].last_year
        raise CardError(
            f"评分表“{self.id}”没有 {year} 年的版本，有的是 {first}–{last or ''} 年。"
            f" / Card {self.id!r} has no version for {year}; it has {first}–{last or ''}."
        )


def card_ids(folder: Path) -> list[str]:
    """Return the ids of the cards in a folder, in order."""
    return sorted(path.stem for path in folder.glob("*.toml"))


def load_card(folder: Path, card_id: str, year: int) -> Card:
    """Read a card and take its version of a year.

    Parameters
    ----------
    folder : Path
        Holds a file ``<id>.toml`` for each card.
    card_id : str
    year : int
        The assessed year.

    Raises
    ------
    UnknownNameError
        If there is no such card; the nearest are named.
    SettingsError
        If the file has an unknown key or a value out of bounds, its points do not add up,
        or years overlap or are left out.
    CardError
        If no version holds in the year.

    Examples
    --------
    >>> load_card(Path("data/config/scorecards"), "vegetable_basket", 2018).grading.cuts
    (60.0, 75.0, 90.0)
    """
    if card_id not in card_ids(folder):
        raise UnknownNameError("评分表", "score card", card_id, card_ids(folder))
    found = load_settings(folder / f"{card_id}.toml", CardFile)
    if found.id != card_id:
        raise CardError(
            f"{card_id}.toml 里的 id 是“{found.id}”。 / {card_id}.toml holds the id {found.id!r}."
        )
    return found.in_year(year)
