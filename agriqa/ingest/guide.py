"""What a file is read by besides the register: what people declared and decided."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from agriqa.areas import Register
from agriqa.ingest.context import Context
from agriqa.ingest.corrections import Corrected, Corrections
from agriqa.ingest.header import Names, Table
from agriqa.ingest.mappings import Mappings, Reviewed, sender_of
from agriqa.ingest.records import Records
from agriqa.ingest.sources import Sources

CORRECTIONS = "corrections.toml"


@dataclass(frozen=True)
class Guide:
    """What people declared and decided about files; nothing by default.

    Attributes
    ----------
    mappings : Mappings
        What unknown names and headers mean.
    sources : Sources
        Foreign layouts.
    corrections : Corrections
        Known errors of files.
    source : str or None
        Name of the only source to try.
    sender : str or None
        Who sent the files; by default the prefecture that a file's name or
        folder names.
    """

    mappings: Mappings = field(default_factory=Mappings)
    sources: Sources = field(default_factory=lambda: Sources({}))
    corrections: Corrections = field(default_factory=Corrections)
    source: str | None = None
    sender: str | None = None

    @classmethod
    def load(
        cls,
        config: Path,
        register: Register,
        *,
        source: str | None = None,
        sender: str | None = None,
    ) -> Guide:
        """Read what a project declares.

        Parameters
        ----------
        config : Path
            The project's ``data/config``.
        register : Register
            Decisions are checked against it.
        source, sender : str, optional
            See the attributes.

        Raises
        ------
        AgriqaError
            If a declaration or a decision is wrong, or there is no such source.
        """
        sources = Sources.load(config)
        if source is not None:
            sources[source]  # An unknown one is an error.
        corrections = Corrections.load(config / CORRECTIONS)
        return cls(Mappings.load(config, register), sources, corrections, source, sender)


@dataclass(frozen=True)
class Subject:
    """One file that is being read, and what it is read by.

    Attributes
    ----------
    path : Path
        The file.
    name, sha256 : str
        Its name in the ledger and the hash of its content.
    register : Register
        Resolves counties.
    guide : Guide
        What was declared and decided.
    used : set of int
        Numbers of the corrections that found their record.
    """

    path: Path
    name: str
    sha256: str
    register: Register
    guide: Guide
    used: set[int] = field(default_factory=set)

    @property
    def sender(self) -> str:
        """Who sent it."""
        return self.guide.sender or sender_of(self.path, self.register)

    @property
    def names(self) -> Names:
        """The headers that were decided on for its sender."""
        return Names(self.guide.mappings, self.sender)

    def reviewed(self) -> Reviewed:
        """Return the decisions on its sender's names, for one table."""
        return Reviewed(self.guide.mappings, self.sender)

    def corrected(self, sheet: str, table: Table, records: Records, context: Context) -> Corrected:
        """Return a table's records with the declared corrections made."""
        done = self.guide.corrections.apply(
            self.name, self.sha256, sheet, table, records, context, self.register
        )
        self.used.update(done.used)
        return done
