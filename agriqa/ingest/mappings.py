"""What people have decided that unknown names and headers mean."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from agriqa.areas import Register
from agriqa.datasets import Column
from agriqa.ingest.checks import check_headers, check_names
from agriqa.ingest.context import prefecture_named
from agriqa.ingest.decisions import (
    HEADERS,
    IGNORE,
    NAMES,
    Decision,
    DecisionError,
    HeaderDecision,
    NameDecision,
    read_decisions,
    spelled,
)

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Mappings:
    """The decisions in force, by what they decide; only ``yes`` is ever used.

    A decision for one sender goes before one for everybody, and a sender's
    ``no`` keeps the one for everybody from being used for them.

    Attributes
    ----------
    names : dict
        (kind, sender, text) -> the decision.
    headers : dict
        (dataset, sender, header) -> the decision.
    refused : frozenset
        Keys and targets of the lines that say ``no``.

    Examples
    --------
    >>> Mappings.of(names=[
    ...     NameDecision("county", "成都市", "浦江县", "510131", "yes", "2024-05-01"),
    ... ]).name("county", "成都市", "浦 江 县")
    '510131'
    """

    names: dict[Key, NameDecision] = field(default_factory=dict)
    headers: dict[Key, HeaderDecision] = field(default_factory=dict)
    refused: frozenset[tuple[Key, str]] = frozenset()

    @classmethod
    def of(
        cls, names: Iterable[NameDecision] = (), headers: Iterable[HeaderDecision] = ()
    ) -> Mappings:
        """Make the mappings from decisions that have been checked."""
        names, headers = tuple(names), tuple(headers)
        lines: list[Decision] = [*names, *headers]
        refused = {(d.key, d.answer[0]) for d in lines if d.decision == "no"}
        return cls(
            {d.key: d for d in names if d.decision == "yes"},
            {d.key: d for d in headers if d.decision == "yes"},
            frozenset(refused),
        )

    @classmethod
    def load(
        cls, folder: Path, register: Register, *, brands: Collection[str] | None = None
    ) -> Mappings:
        """Read names.csv and headers.csv of a folder; a missing file decides nothing.

        Parameters
        ----------
        folder : Path
            The project's ``data/config``.
        register : Register
            Has the counties in force.
        brands : collection of str, optional
            The ids of the known brands; without them a brand's id is checked
            only when its row is stored.

        Raises
        ------
        DecisionError
            If a line names what agriqa does not know, or two contradict each
            other; every such line is named, with its file, value and the
            nearest that is allowed.
        """
        names = read_decisions(folder / NAMES, NameDecision)
        headers = read_decisions(folder / HEADERS, HeaderDecision)
        wrong = [*check_names(names, register, brands), *check_headers(headers)]
        if wrong:
            raise DecisionError("\n".join(wrong))
        return cls.of((d for _, d in names), (d for _, d in headers))

    def named(self, kind: str, sender: str, text: object) -> NameDecision | None:
        """Return the decision on what a sender calls `text`."""
        if not self.names:
            return None
        own, common = (kind, spelled(sender), spelled(text)), (kind, "", spelled(text))
        if own in self.names:
            return self.names[own]
        found = self.names.get(common)
        return None if found is None or self._refuses(own, found) else found

    def headed(self, sender: str, dataset: str, text: object) -> HeaderDecision | None:
        """Return the decision on a sender's header."""
        if not self.headers:
            return None
        own, common = (dataset, spelled(sender), spelled(text)), (dataset, "", spelled(text))
        if own in self.headers:
            return self.headers[own]
        found = self.headers.get(common)
        return None if found is None or self._refuses(own, found) else found

    def _refuses(self, own: Key, found: Decision) -> bool:
        return bool({(own, found.answer[0]), (own, "")} & self.refused)

    def name(self, kind: str, sender: str, text: object) -> str | None:
        """Return what a sender's `text` means: a code, an id or the right spelling."""
        found = self.named(kind, sender, text)
        return None if found is None else found.target

    def header(
        self, sender: str, dataset: str, text: object
    ) -> tuple[str | None, str | None] | None:
        """Return the column a sender's header means, and the unit of its numbers.

        Returns
        -------
        tuple or None
            The column, None for one that holds nothing to store, and the unit,
            None where the header says it itself; None when nothing is decided.
        """
        found = self.headed(sender, dataset, text)
        if found is None:
            return None
        return (None if found.column == IGNORE else found.column), found.unit or None

    def unused(self, used: Collection[Decision]) -> tuple[Decision, ...]:
        """Return the decisions in force that are not among the `used` ones."""
        every: list[Decision] = [*self.names.values(), *self.headers.values()]
        return tuple(d for d in every if d not in used)


def kind_of(column: Column) -> str | None:
    """Return the kind of decision that is about a column's values, if any.

    Examples
    --------
    >>> from agriqa.datasets import dataset
    >>> kind_of(dataset("pesticide_use")["category"]), kind_of(dataset("residue")["analyte"])
    ('code:pesticide_category', 'analyte')
    """
    if column.type == "county":
        return "county"
    if column.type == "code":
        return f"code:{column.codes}"
    if column.references == "brand":
        return "brand"
    return column.name if column.name in ("analyte", "product") else None


def sender_of(path: Path, register: Register) -> str:
    """Return who sent a file: the prefecture that its name or its folder's names, else "".

    Examples
    --------
    >>> register = Register.load(Path("data/reference"))
    >>> sender_of(Path("泸州市/农药2014.xlsx"), register), sender_of(Path("a.csv"), register)
    ('泸州市', '')
    """
    for text in (path.stem, path.parent.name):
        if name := prefecture_named(text, register):
            return name
    return ""


class Reviewed:
    """The decisions as they apply to one sender's table; keeps which were used.

    Parameters
    ----------
    mappings : Mappings
        All decisions.
    sender : str
        Whose table it is.
    """

    def __init__(self, mappings: Mappings, sender: str) -> None:
        self.mappings, self.sender = mappings, sender
        self.used: dict[Decision, str] = {}

    def name(self, kind: str, text: str) -> str | None:
        """Return what `text` means, and keep that the decision was used."""
        found = self.mappings.named(kind, self.sender, text)
        if found is None:
            return None
        self.used.setdefault(found, text)
        return found.target

    @property
    def remarks(self) -> list[tuple[str, str]]:
        """What a reader should know of the decisions used, in Chinese and English."""
        return [
            (
                f"“{text}”按人工决定（{d.decided_on}）读作“{d.answer[0]}”",
                f"{text!r} was read as {d.answer[0]!r} by a reviewed decision of {d.decided_on}",
            )
            for d, text in self.used.items()
        ]
