"""One file on its way into the store: whole, or nothing of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from agriqa._version import __version__
from agriqa.datasets import dataset, datasets
from agriqa.errors import UnknownNameError
from agriqa.ingest import FileReading, LargeReading, Note, SheetReading
from agriqa.ingest.errors import display_name
from agriqa.ingest.stamp import feedback_stamp
from agriqa.project import Project
from agriqa.store.admit import Admission
from agriqa.store.engine import StoreError
from agriqa.store.outcome import LoadOptions, LoadOutcome, Reading, Trial, unchanged
from agriqa.store.plausible import against_store
from agriqa.store.staging import FINDINGS, Stage, prepared, records, stage_for
from agriqa.store.tables import tables


class _UndoneError(Exception):
    """Takes a transaction back and carries what it would have given."""

    def __init__(self, outcome: LoadOutcome, trial: Trial | None = None) -> None:
        self.outcome, self.trial = outcome, trial


class Intake:
    """One file on its way into the store: whole, or nothing of it."""

    def __init__(
        self, engine: sa.Engine, project: Project, reading: Reading, options: LoadOptions
    ) -> None:
        self.engine, self.project, self.reading, self.options = engine, project, reading, options
        self.file = ledger_name(reading.path, project.root)
        self.large = isinstance(reading, LargeReading)

    def run(self) -> LoadOutcome:
        """Load the file."""
        try:
            return self._transact(trial=False)
        except _UndoneError as undone:
            return undone.outcome

    def trial(self) -> Trial:
        """Load the file and take it back."""
        try:
            return Trial(self._transact(trial=True), self.reading)
        except _UndoneError as undone:
            return undone.trial or Trial(undone.outcome, self.reading)

    def _transact(self, *, trial: bool) -> LoadOutcome:
        if isinstance(self.reading, FileReading) and not datasets_of(self.reading):
            raise _UndoneError(_unrecognised(self.file, self.reading))
        try:
            with stage_for(self.engine, large=self.large) as stage, self._connect() as connection:
                with connection.begin():
                    outcome = self._take_in(connection, stage)
                    if trial:
                        found = self._findings(connection)
                        raise _UndoneError(outcome, Trial(outcome, self.reading, **found))
                return outcome
        except sa.exc.DBAPIError as error:
            raise StoreError(
                f"{self.reading.path.name} 没有载入，数据库保持原状：{error.orig}。"
                "先前的文件已入库，排除故障后重新运行即可。"
                f" / {self.reading.path.name} was not loaded and the store is as before: "
                f"{error.orig}. The files before it are in; run the command again when this is "
                "mended."
            ) from error

    def _take_in(self, connection: sa.Connection, stage: Stage) -> LoadOutcome:
        """Write rows, findings and the ledger entry."""
        load = tables().tables["load"]
        if connection.dialect.name == "postgresql":
            # One load at a time, as in SQLite; readers do not wait.
            connection.execute(sa.text("LOCK TABLE load IN SHARE ROW EXCLUSIVE MODE"))
        same = sa.select(sa.func.max(load.c.attempt)).where(load.c.sha256 == self.reading.sha256)
        attempts = connection.scalar(same) or 0
        if attempts and not self.options.again:
            raise _UndoneError(unchanged(self.file))
        chain = self._chain(connection)
        self.load_id = connection.scalars(
            load.insert()
            .values(
                file=self.file,
                sha256=self.reading.sha256,
                attempt=attempts + 1,
                sender=self.options.sender,
                source=self.options.source,
                replaces=chain[-1] if chain else None,
                loaded_at=dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
                agriqa_version=__version__,
                rows_read=0,
                rows_kept=0,
                rows_quarantined=0,
                rows_skipped=0,
            )
            .returning(load.c.load_id)
        ).one()
        outcome = self._parts(connection, stage, chain)
        notes = [*outcome.warnings, *self._resolve(connection, outcome, chain)]
        outcome = replace(outcome, warnings=tuple(notes))
        counts = {
            f"rows_{name}": getattr(outcome, name)
            for name in ("read", "kept", "quarantined", "skipped")
        }
        connection.execute(load.update().where(load.c.load_id == self.load_id).values(**counts))
        return outcome

    def _parts(self, connection: sa.Connection, stage: Stage, chain: list[int]) -> LoadOutcome:
        """Take the parts of the reading in, one after the other."""
        admissions: dict[str, Admission] = {}
        notes: dict[tuple[str, Note], None] = {}
        read = quarantined = skipped = warned = 0
        for group in prepared(stage, self._ordered(), expected=self._expected):
            if group.dataset is not None:
                admission = admissions.setdefault(
                    group.dataset, Admission(connection, group.dataset, self.load_id, chain)
                )
                if group.rows:
                    with stage.table(connection, group.dataset, group.ready) as table:
                        admission.take(table, group.rows)
            for sheet, name, frame in group.findings:
                of = {} if name == "skipped" else {"dataset": group.dataset}
                self._insert(connection, name, frame, sheet=sheet, **of)
                warned += len(frame) if name == "warning" else 0
            notes |= dict.fromkeys(group.notes)
            read += group.read
            quarantined += group.quarantined
            skipped += group.skipped
        done = [admission.settle() for admission in admissions.values()]
        # Last of all: a rate needs the other datasets of the same file.
        for name in admissions:
            doubts = against_store(connection, dataset(name), self.load_id, self.project)
            self._insert(connection, "warning", doubts, dataset=name)
            warned += len(doubts)
        self._note(connection, notes)
        return LoadOutcome(
            self.file,
            "loaded",
            read=read,
            kept=sum(one.kept for one in done),
            quarantined=quarantined + sum(one.quarantined for one in done),
            skipped=skipped + sum(one.skipped for one in done),
            replaced=sum(one.replaced for one in done),
            warned=warned,
            datasets=tuple(admissions),
            warnings=_warnings(notes),
        )

    def _ordered(self) -> Iterable[SheetReading]:
        """Return the parts, samples before the residues that refer to them."""
        if isinstance(self.reading, LargeReading):
            return self.reading.sheets
        order = list(datasets())
        return sorted(
            self.reading.sheets, key=lambda s: order.index(s.dataset) if s.dataset else -1
        )

    @property
    def _expected(self) -> int:
        return self.reading.expected if isinstance(self.reading, LargeReading) else 1

    @contextmanager
    def _connect(self) -> Iterator[sa.Connection]:
        with self.engine.connect() as connection:
            try:
                yield connection
            finally:
                if self.large:
                    # What was attached and set for this load goes with its connection.
                    connection.invalidate()

    def _chain(self, connection: sa.Connection) -> list[int]:
        """Return the loads of the file that this one corrects, oldest first; none if it is new."""
        load = tables().tables["load"]
        wanted = self.options.replaces
        columns = ("load_id", "replaces", "file", "sha256", "sender")
        ledger = connection.execute(
            sa.select(*[load.c[name] for name in columns]).order_by(load.c.load_id)
        ).all()
        if wanted is not None:
            found = [e.load_id for e in ledger if wanted in (e.file, str(e.load_id))]
            if not found:
                names = [e.file for e in ledger]
                raise UnknownNameError("已载入的文件", "loaded file", wanted, names)
        elif (stamp := feedback_stamp(self.reading.path)) is not None:
            # A stamp may come from anybody: it corrects only what the same sender sent.
            found = [
                e.load_id
                for e in ledger
                if e.sha256 in stamp.sha256s and e.sender == self.options.sender
            ]
        else:
            # Inside the project a name is a place; a bare name may be anybody's.
            found = [
                e.load_id
                for e in ledger
                if e.sha256 == self.reading.sha256 or (e.file == self.file and "/" in self.file)
            ]
        line = set(found)
        for entry in ledger:
            if entry.replaces in line:
                line.add(entry.load_id)
        for entry in reversed(ledger):
            if entry.load_id in line and entry.replaces is not None:
                line.add(entry.replaces)
        return sorted(line)

    def _insert(
        self, connection: sa.Connection, name: str, found: pd.DataFrame, **constants: object
    ) -> None:
        if len(found):
            rows = records(found, load_id=self.load_id, **constants)
            connection.execute(tables().tables[name].insert(), rows)

    def _note(self, connection: sa.Connection, notes: Iterable[tuple[str, Note]]) -> None:
        lines = [
            {
                "load_id": self.load_id,
                "sheet": sheet,
                "message_zh": note.message_zh,
                "message_en": note.message_en,
            }
            for sheet, note in notes
        ]
        if lines:
            connection.execute(tables().tables["load_note"].insert(), lines)

    def _resolve(
        self, connection: sa.Connection, outcome: LoadOutcome, chain: list[int]
    ) -> list[str]:
        """Close what waited in the file's earlier loads; say what the new one lacks."""
        if not chain:
            return []
        meta = tables().tables
        load, quarantine = meta["load"], meta["quarantine"]
        before = connection.execute(
            sa.select(load.c.rows_kept + load.c.rows_quarantined).where(load.c.load_id == chain[-1])
        ).scalar_one()
        repeated = connection.execute(
            sa.select(sa.func.count()).where(
                meta["skipped"].c.load_id == self.load_id,
                meta["skipped"].c.reason == "already_loaded",
            )
        ).scalar_one()
        waiting = [quarantine.c.load_id.in_(chain), quarantine.c.resolved_by.is_(None)]
        now = outcome.kept + outcome.quarantined + repeated
        if now < before:
            return [
                f"更正文件只有 {now} 行数据，原文件有 {before} 行：文件里没有的行仍按原样保留，"
                "原来隔离的行也仍在等待。"
                f" / the corrected file has {now} rows of data, the earlier one {before}: rows it "
                "lacks stay as they were, and the quarantined ones go on waiting."
            ]
        connection.execute(quarantine.update().where(*waiting).values(resolved_by=self.load_id))
        return []

    def _findings(self, connection: sa.Connection) -> dict[str, pd.DataFrame]:
        found = {}
        for name in FINDINGS:
            table = tables().tables[name]
            result = connection.execute(sa.select(table).where(table.c.load_id == self.load_id))
            found[name] = pd.DataFrame(result.fetchall(), columns=list(result.keys()))
        return found


def _warnings(notes: Iterable[tuple[str, Note]]) -> tuple[str, ...]:
    return tuple(
        f"{sheet}：{note.message_zh} / {note.message_en}"
        for sheet, note in notes
        if note.level == "warning"
    )


def _unrecognised(file: str, reading: FileReading) -> LoadOutcome:
    """Return the outcome of a file without a known table; it is not in the ledger.

    It may be read once its headers are known.
    """
    notes = [(sheet.sheet, note) for sheet in reading.sheets for note in sheet.notes]
    return LoadOutcome(
        file, "unrecognised", reading.read, skipped=reading.skipped, warnings=_warnings(notes)
    )


def datasets_of(reading: Reading) -> set[str]:
    """Return the datasets that a reading has rows of."""
    if isinstance(reading, LargeReading):
        return {reading.dataset.name}
    return {sheet.dataset for sheet in reading.sheets if sheet.dataset is not None}


def ledger_name(path: Path, root: Path) -> str:
    """Return the name the ledger keeps: inside the project its path, else the bare name."""
    resolved = path.resolve()
    if resolved.is_relative_to(root):
        return resolved.relative_to(root).as_posix()
    return display_name(resolved)
