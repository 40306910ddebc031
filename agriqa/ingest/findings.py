"""What was found in a file, one line a problem or doubt, and the cell that shows it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd

from agriqa.datasets import datasets
from agriqa.ingest.cells import written
from agriqa.ingest.header import plain
from agriqa.ingest.readers import Grid
from agriqa.ingest.reading import FileReading, SheetReading

# `row` and `col` are where the record begins, `position` is the cell's own column (empty when
# it is not known); all from 1. `reason` is the reason of an error, the rule of a warning.
FINDING_COLUMNS = (
    "severity", "dataset", "sheet", "row", "col", "column", "header", "value", "reason",
    "message_zh", "message_en", "allowed", "position",
)  # fmt: skip
# A header is looked for in so many rows; below stands nothing but data.
HEADER_ROWS = 20_000
# In so many of them a header may also be written differently from the finding's.
LOOSE_ROWS = 60

Place = tuple[int, int]
Headers = dict[str, list[Place]]


class Finding(NamedTuple):
    """One problem or doubt; the fields are `FINDING_COLUMNS`, missing texts are empty."""

    severity: str
    dataset: str
    sheet: str
    row: int
    col: int
    column: str
    header: str
    value: str
    reason: str
    message_zh: str
    message_en: str
    allowed: str
    position: int

    @property
    def is_error(self) -> bool:
        """Whether the record was set aside for it."""
        return self.severity == "error"


def findings_of(reading: FileReading) -> pd.DataFrame:
    """Return the problems and doubts of a file as it was read.

    Parameters
    ----------
    reading : FileReading
        The file.

    Returns
    -------
    DataFrame
        Columns `FINDING_COLUMNS`.
    """
    sheets = reading.sheets
    return placed(
        joined(
            [s.problems.assign(dataset=s.dataset, sheet=s.sheet) for s in sheets],
            [s.warnings.assign(dataset=s.dataset, sheet=s.sheet) for s in sheets],
        ),
        sheets,
    )


def joined(problems: Iterable[pd.DataFrame], warnings: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return problems and doubts as one frame of findings in the order of the file."""
    parts = [frame.assign(severity="error") for frame in problems if not frame.empty]
    parts += [
        frame.rename(columns={"rule": "reason"}).assign(severity="warning")
        for frame in warnings
        if not frame.empty
    ]
    if not parts:
        return pd.DataFrame(columns=list(FINDING_COLUMNS))
    found = pd.concat([part.reindex(columns=list(FINDING_COLUMNS)).astype("object")
                       for part in parts])  # fmt: skip
    order = {sheet: at for at, sheet in enumerate(dict.fromkeys(found["sheet"]))}
    found = found.assign(_sheet=found["sheet"].map(order)).sort_values(
        ["_sheet", "row", "col"], kind="stable"
    )
    return found.drop(columns="_sheet").reset_index(drop=True)


def placed(findings: pd.DataFrame, sheets: Iterable[SheetReading]) -> pd.DataFrame:
    """Add the column of each finding's cell where the reading tells it apart."""
    at: dict[tuple[str, str], set[int]] = defaultdict(set)
    for sheet in sheets:
        for one in sheet.columns:
            at[sheet.sheet, one.header].add(one.position)
            if one.column is not None:
                at[sheet.sheet, one.column].add(one.position)
    sure = {name: min(found) for name, found in at.items() if len(found) == 1}
    named = zip(findings["sheet"], findings["header"], findings["column"], strict=True)
    positions = [sure.get((s, h)) or sure.get((s, c)) for s, h, c in named]
    return findings.assign(position=pd.Series(positions, findings.index, dtype="Int64"))


def as_findings(frame: pd.DataFrame) -> list[Finding]:
    """Return the lines of a frame of findings; columns that it lacks are empty."""
    plain_frame = frame.reindex(columns=list(FINDING_COLUMNS)).astype("object")
    plain_frame = plain_frame.where(plain_frame.notna(), None)
    found = []
    for line in plain_frame.itertuples(index=False, name=None):
        fields = dict(zip(FINDING_COLUMNS, line, strict=True))
        for name, value in fields.items():
            if name in ("row", "col", "position"):
                fields[name] = int(value) if value is not None else 0
            else:
                fields[name] = "" if value is None else str(value)
        fields["col"] = fields["col"] or 1
        found.append(Finding(**fields))
    return found


def locate(grid: Grid, findings: Iterable[Finding]) -> list[Place]:
    """Return for each finding of a sheet the cell that shows it, row and column from 1.

    That is the finding's position, else the record's cell below the header it
    names, else the one with its value, else the record's first filled cell; a
    cell inside a merged range gives way to the range's first.
    """
    findings = list(findings)
    spelled = {f: _spellings(f) for f in {f[:7] for f in findings}}
    wanted = {name for names in spelled.values() for name in names}
    exact = _header_cells(grid, HEADER_ROWS, wanted)
    loose = _header_cells(grid, LOOSE_ROWS, None)
    places = [_cell(grid, f, spelled[f[:7]], exact, loose) for f in findings]
    return _outside_merges(grid, places)


def _spellings(finding: tuple[object, ...]) -> tuple[str, ...]:
    """Return how the finding's header may be written, as written first."""
    _, dataset, _, _, _, column, header = map(str, finding)
    names = [header]
    declared = datasets().get(dataset)
    if declared is not None and column in declared.columns:
        known = declared[column]
        names += [known.name, known.label.zh, known.label.en, *known.synonyms]
    return tuple(dict.fromkeys(name for name in map(plain, names) if name))


def _header_cells(grid: Grid, rows: int, wanted: set[str] | None) -> Headers:
    found: Headers = defaultdict(list)
    for at, row in enumerate(grid.rows[:rows], start=1):
        for position, cell in enumerate(row, start=1):
            if isinstance(cell, str) and (wanted is None or plain(cell) in wanted):
                found[plain(cell)].append((at, position))
    return found


def _cell(
    grid: Grid, finding: Finding, names: tuple[str, ...], exact: Headers, loose: Headers
) -> Place:
    """Return the cell of one finding, merged ranges aside."""
    row = finding.row
    if finding.position:
        return row, finding.position
    number = finding.header.rpartition("#")[2]
    if "#" in finding.header and number.isdigit():
        return row, int(number)
    cells = grid.rows[row - 1] if 0 < row <= len(grid.rows) else []
    shown = [written(cell) for cell in cells]
    for name in names:
        if below := _below(exact.get(name, ()), row):
            return row, _best(below, shown, finding)
    header = plain(finding.header)
    parts = [name for name in loose if len(name) > 1 and header and _alike(name, header)]
    for name in sorted(parts, key=len, reverse=True):
        if below := _below(loose[name], row):
            return row, _best(below, shown, finding)
    own = range(finding.col, len(shown) + 1)
    same = [at for at in own if finding.value and shown[at - 1] == finding.value]
    filled = [at for at in own if shown[at - 1].strip()]
    return row, next(iter((*same, *filled)), finding.col)


def _alike(name: str, header: str) -> bool:
    """Whether a cell may be one line of a header of several, or the header with its unit."""
    return header.startswith(name) or header.endswith(name) or name.startswith(header + "(")


def _below(headers: Iterable[Place], row: int) -> list[int]:
    """Return the columns of the headers nearest above a row."""
    above = [place for place in headers if place[0] < row]
    nearest = max((at for at, _ in above), default=0)
    return [position for at, position in above if at == nearest]


def _best(positions: list[int], shown: list[str], finding: Finding) -> int:
    """Of several columns below the same header return the one that holds the value."""

    def rank(position: int) -> tuple[bool, bool, int]:
        text = shown[position - 1] if position <= len(shown) else ""
        return text != finding.value, position < finding.col, position

    return min(positions, key=rank)


def _outside_merges(grid: Grid, places: list[Place]) -> list[Place]:
    if not grid.merges:
        return places
    rows = sorted({row for row, _ in places})
    by_row: dict[int, list[tuple[int, int, Place]]] = defaultdict(list)
    for (top, left), (bottom, right) in grid.merges:
        for row in rows[bisect_left(rows, top + 1) : bisect_right(rows, bottom + 1)]:
            by_row[row].append((left + 1, right + 1, (top + 1, left + 1)))
    return [
        next((first for left, right, first in by_row[row] if left <= at <= right), (row, at))
        for row, at in places
    ]
