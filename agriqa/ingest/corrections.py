"""Declared corrections: known errors of a source, mended on the way in and only there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agriqa.areas import Register
from agriqa.datasets import Column, Dataset
from agriqa.ingest.cells import converter, tidy, written
from agriqa.ingest.context import Context
from agriqa.ingest.correction import Correction, Scalar, read_corrections
from agriqa.ingest.header import Table
from agriqa.ingest.places import CountyCells, PrefectureCells
from agriqa.ingest.readers import Cell
from agriqa.ingest.reading import Note, Skip
from agriqa.ingest.records import Coded, Records


@dataclass(frozen=True)
class Corrected:
    """A table after its corrections.

    Attributes
    ----------
    records : Records
        The records that are read on.
    skipped : mapping
        The records left out: (row, column) -> reason and text.
    notes : tuple of Note
        What was done, and what was not done and why.
    used : frozenset of int
        The corrections that found their record.
    """

    records: Records
    skipped: Mapping[tuple[int, int], tuple[Skip, str]] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    used: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Corrections:
    """All declared corrections of a project."""

    entries: tuple[Correction, ...] = ()

    @classmethod
    def load(cls, path: Path) -> Corrections:
        """Read a file of corrections, see `agriqa.ingest.correction.read_corrections`."""
        return cls(read_corrections(path))

    def apply(
        self,
        file: str,
        sha256: str,
        sheet: str,
        table: Table,
        records: Records,
        context: Context,
        register: Register,
    ) -> Corrected:
        """Mend the cells of a table before anything is made of them.

        Parameters
        ----------
        file, sha256 : str
            The file's name in the ledger and the hash of its content.
        sheet : str
            The sheet's name.
        table, records, context
            The recognised table, its cells, and what stands around it.
        register : Register
            Resolves counties, for corrections by key.

        Returns
        -------
        Corrected
            The records to read on; these very ones when nothing concerns them.
        """
        mine = [
            (number, one)
            for number, one in enumerate(self.entries)
            if one.dataset == table.dataset.name and one.concerns(file, sha256)
        ]
        if not mine:
            return Corrected(records)
        work = _Work(sheet, table, records, context, register)
        for number, one in mine:
            work.mend(number, one)
        return work.result()

    def unused(self, file: str, sha256: str, used: Collection[int]) -> tuple[Note, ...]:
        """Return a note for each correction of a file that found no record on any sheet.

        `used` are the numbers that `apply` returned for all of its tables.
        """
        return tuple(
            Note(
                "correction",
                f"更正“{one.place}”在文件中没有找到对应的记录，请核对位置或删去该条。",
                f"the correction of {one.place} found no record in the file; check its place or "
                "remove it.",
                "warning",
            )
            for number, one in enumerate(self.entries)
            if number not in used and one.concerns(file, sha256)
        )


class _Work:
    """The corrections of one table, each held against the cells as they were written."""

    def __init__(
        self, sheet: str, table: Table, records: Records, context: Context, register: Register
    ) -> None:
        self.sheet, self.table, self.records = sheet, table, records
        self.context, self.register = context, register
        self.changed: dict[int, dict[int, Cell]] = {}
        self.dropped: dict[int, str] = {}
        self.notes: list[Note] = []
        self.used: set[int] = set()

    def mend(self, number: int, one: Correction) -> None:
        """Apply one correction, or say why not."""
        found = self._found(one)
        if not len(found):
            return
        self.used.add(number)
        positions = [
            heading.position
            for heading in self.table.headings
            if heading.column is not None and heading.column.name == one.column
        ]
        cells = [(int(r), p) for r in found for p in positions]
        due = [(r, p) for r, p in cells if _same(self.records.cells[p][r], one.expect)]
        if len(due) == 1:
            self._change(one, *due[0])
        elif due:
            self._warn(one, f"有 {len(due)} 个单元格符合，请写明 row、col 或完整的 key",
                       f"{len(due)} cells fit; give row, col or the whole key")  # fmt: skip
        elif not cells:
            self._warn(one, "表中没有这一列", "the table has no such column")
        else:
            seen = "、".join(dict.fromkeys(written(self.records.cells[p][r]) for r, p in cells))
            self._warn(one, f"原文现在是“{seen}”，不是“{one.expect}”，来源已变，请核对或删去该条",
                       f"the source now says {seen!r}, not {str(one.expect)!r}: it has changed; "
                       "check or remove the correction")  # fmt: skip

    def _change(self, one: Correction, record: int, position: int) -> None:
        row, by = int(self.records.rows[record]), f"{one.by}，{one.on.isoformat()}"
        if record in self.dropped or record in self.changed.get(position, {}):
            self._warn(one, "该单元格已由另一条更正", "another correction has the cell")
            return
        at = (f"“{self.sheet}”第 {row} 行“{one.column}”", f"{self.sheet!r} row {row} {one.column}")
        if one.drop:
            self.dropped[record] = f"{one.reason}（{by}）"
            what = ("整条不入库", "the record is left out")
        else:
            value = None if one.value == "" else one.value
            self.changed.setdefault(position, {})[record] = value
            what = (f"由“{one.expect}”改读“{one.value}”", f"{one.expect!s} read as {one.value!s}")
        self.notes.append(
            Note("correction", f"更正：{at[0]}{what[0]}，原因：{one.reason}（{by}）。",
                 f"corrected: {at[1]}, {what[1]}; reason: {one.reason} ({by}).")
        )  # fmt: skip

    def _warn(self, one: Correction, zh: str, en: str) -> None:
        self.notes.append(
            Note("correction", f"更正“{one.place}”没有执行：{zh}。",
                 f"the correction of {one.place} was not applied: {en}.", "warning")
        )  # fmt: skip

    def _found(self, one: Correction) -> NDArray[np.int64]:
        """Return the records that a correction is about."""
        here = np.ones(len(self.records), dtype=bool)
        if one.at is not None:
            if one.at.sheet not in (None, self.sheet):
                here[:] = False
            here &= self.records.rows == one.at.row
            if one.at.col is not None:
                here &= self.records.cols == one.at.col
            return np.flatnonzero(here)
        declared = self.table.dataset
        for name, wanted in one.key.items():
            if declared[name].type != "county":
                here &= self._holds(declared[name], wanted)
        found = np.flatnonzero(here)
        for name, wanted in one.key.items():
            if declared[name].type == "county":
                found = found[self._county(declared, found, str(wanted), one.key.get("year"))]
        return found

    def _columns(self, name: str) -> Iterator[Coded]:
        for heading in self.table.headings:
            if heading.column is not None and heading.column.name == name:
                yield self.records.cells[heading.position]

    def _holds(self, column: Column, wanted: Scalar) -> NDArray[np.bool_]:
        """Return which records hold a key's value, as the column itself reads it."""
        convert = converter(column, None)
        target = convert(wanted).value

        def fits(cell: Cell) -> bool:
            value = convert(cell).value
            return (column.default if value is None else value) == target

        for cells in self._columns(column.name):
            return cells.where(fits)
        # Not on the sheet: the title says the year, the declaration the default.
        given: object = column.default
        if column.name == "year" and len(self.context.years) == 1:
            given = self.context.years[0]
        return np.full(len(self.records), given is not None and given == target)

    def _county(
        self, declared: Dataset, found: NDArray[np.int64], wanted: str, year: Scalar | None
    ) -> NDArray[np.bool_]:
        """Return which of the records are about a county, named by today's code or a name."""
        counties = CountyCells(self.register, self.context.prefecture)
        when = year if isinstance(year, int) else None
        target = counties.convert([wanted], when, None).value
        column = next(c.name for c in declared if c.type == "county")
        cells = list(self._columns(column))
        prefectures = PrefectureCells(self.register)
        beside = [self.records.cells[h.position] for h in self.table.headings
                  if h.part == "prefecture"]  # fmt: skip
        fits = []
        for record in found.tolist():
            named = next((prefectures.convert(c[record]).value for c in beside), None)
            own = counties.convert(
                [c[record] for c in cells], when, None if named is None else str(named)
            )
            fits.append(target is not None and own.value == target)
        return np.array(fits, dtype=bool)

    def result(self) -> Corrected:
        """Return the records with their cells changed, without those left out."""
        cells = dict(self.records.cells)
        for position, values in self.changed.items():
            column = cells[position]
            whole = [values.get(at, column[at]) for at in range(len(column))]
            cells[position] = Coded.of(whole)
        skipped = {
            (int(self.records.rows[at]), int(self.records.cols[at])): (Skip.CORRECTED_OUT, why)
            for at, why in self.dropped.items()
        }
        keep = np.array([at for at in range(len(self.records)) if at not in self.dropped], "int64")
        records = Records(
            self.records.rows[keep],
            self.records.cols[keep],
            {position: column.take(keep) for position, column in cells.items()},
        )
        return Corrected(records, skipped, tuple(self.notes), frozenset(self.used))


def _same(cell: Cell, expect: Scalar) -> bool:
    """Whether a cell says what a correction expects, whatever the width of its characters."""
    wanted: Any = expect
    return tidy(cell) == tidy(wanted)
