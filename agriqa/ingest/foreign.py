"""Finding a declared source's table on a sheet: header, columns, units, context."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

from agriqa.datasets.units import canonical, split_unit
from agriqa.errors import nearest
from agriqa.ingest.cells import tidy, written
from agriqa.ingest.errors import IngestError
from agriqa.ingest.header import UNIT_LINE, bare_unit, plain
from agriqa.ingest.readers import Cell, Grid
from agriqa.ingest.records import is_blank
from agriqa.ingest.sourcemodel import Source
from agriqa.ingest.sources import Sources

# How many rows from the top a header may start.
DEPTH = 30
# How many rows it may take.
MOST_ROWS = 5


@dataclass(frozen=True)
class Foreign:
    """A column of a foreign sheet.

    Attributes
    ----------
    position : int
        From 0.
    levels : tuple of str
        What stands above it, the group first, without units.
    text : str
        Its own header as written, with the unit.
    unit : str or None
        The unit that the header states, the nearest level's.
    """

    position: int
    levels: tuple[str, ...]
    text: str
    unit: str | None

    @property
    def path(self) -> str:
        """All levels, joined by ``/``."""
        return "/".join(self.levels)

    @property
    def spellings(self) -> tuple[str, ...]:
        """How a declaration may name it, the most specific first."""
        own = self.levels[-1] if self.levels else ""
        return tuple(dict.fromkeys(map(plain, (self.path, self.text, own))))


@dataclass(frozen=True)
class Located:
    """A sheet with the source that fits it.

    Attributes
    ----------
    source : Source
        The declaration.
    path : Path
        The file.
    grid : Grid
        The sheet; one without a header has the declared one put in.
    start : int
        Row of the grid, from 0, where the header begins.
    span : int
        How many rows it takes.
    added : bool
        Whether the header was put in.
    """

    source: Source
    path: Path
    grid: Grid
    start: int
    span: int = 1
    added: bool = False

    @property
    def header_rows(self) -> tuple[int, ...]:
        """Rows of the grid that are the header."""
        return tuple(range(self.start, self.start + self.span))

    def row_number(self, at: int) -> int:
        """Return the row of the sheet, from 1, that a row of the grid is."""
        return at + 1 - (self.added and at > self.start)

    @cached_property
    def columns(self) -> tuple[Foreign, ...]:
        """The columns that have a header."""
        return _columns(self.grid, self.start, self.span)

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The texts above the header."""
        return tuple(
            tidy(c) for row in self.grid.rows[: self.start] for c in row if not is_blank(c)
        )

    def find(self, names: Sequence[str]) -> Foreign | None:
        """Return the column that the first of `names` on this sheet means.

        Raises
        ------
        IngestError
            If two columns fit a name equally well.
        """
        for name in names:
            for rank in range(3):
                found = [c for c in self.columns if c.spellings[rank : rank + 1] == (plain(name),)]
                if len(found) > 1:
                    raise self._refusal(*_twice(name, found))
                if found:
                    return found[0]
        return None

    def context(self, name: str) -> Cell:
        """Return a field of the sheet's surroundings, None when it is none or not found."""
        texts = {"file": self.path.stem, "sheet": self.grid.name, "title": " ".join(self.lines)}
        if name in texts:
            return texts[name] or None
        pattern = self.source.context.get(name)
        if pattern is None:
            return None
        for text in (*self.lines, self.grid.name, self.path.stem):
            if found := re.search(pattern, text):
                return found[1] if found.re.groups else found[0]
        return None

    def gives(self, name: str) -> bool:
        """Whether the sheet or its surroundings have the field."""
        return self.find((name,)) is not None or self.context(name) is not None

    def lacking(self, names: Sequence[str]) -> IngestError:
        """Return the refusal of a sheet in which a needed field is not found."""
        wanted = "、".join(names)
        if any(name in self.source.context for name in names):
            return self._refusal(
                f"来源声明要的“{wanted}”在标题、工作表名和文件名中都找不到",
                f"the source's field {wanted!r} is in neither title, sheet nor file name",
            )
        headers = [column.path for column in self.columns]
        near = "、".join(nearest(names[0], headers, limit=3)) or "无"
        return self._refusal(
            f"没有来源声明要的列“{wanted}”，相近的有：{near}；请核对版式，或改来源声明",
            f"lacks the column {wanted!r} that the source needs; nearest: {near}; "
            "check the layout, or correct the source's declaration",
        )

    def _refusal(self, zh: str, en: str) -> IngestError:
        name, sheet = self.source.name, self.grid.name
        return IngestError(
            self.path, f"工作表“{sheet}”（来源 {name}）：{zh}。", f"sheet {sheet!r} ({name}): {en}."
        )


def locate(
    grids: Sequence[Grid], path: Path, sources: Sources | None, *, forced: str | None = None
) -> list[Located | None]:
    """Return for each sheet the table of the one source that fits it, or None.

    Parameters
    ----------
    grids : sequence of Grid
        The sheets.
    path : Path
        Their file.
    sources : Sources, optional
        The declared ones.
    forced : str, optional
        Name of the only source to try; its header alone must fit.

    Raises
    ------
    IngestError
        If several sources fit a sheet, or the forced one fits none.
    UnknownNameError
        If there is no source called `forced`.
    """
    known = sources if sources is not None else Sources({})
    if forced is None:
        return [_only(grid, path, known) for grid in grids]
    source = known[forced]
    found = [_locate(source, grid, path, True) for grid in grids]
    if not any(found):
        wanted = "、".join(source.match.headers or source.header.names)
        raise IngestError(
            path,
            f"没有一张工作表符合来源 {forced}，它的表头须有：{wanted}。",
            f"no sheet fits source {forced}, whose header must have: {wanted}.",
        )
    return found


def _only(grid: Grid, path: Path, sources: Sources) -> Located | None:
    fitting = [found for one in sources if (found := _locate(one, grid, path, False))]
    if len(fitting) > 1:
        names = "、".join(one.source.name for one in fitting)
        raise IngestError(
            path,
            f"工作表“{grid.name}”同时符合几个来源：{names}；请用 --source 指定一个，"
            "或把来源声明的 match 写得更窄。",
            f"sheet {grid.name!r} fits several sources: {names}; choose one with --source, "
            "or make their match narrower.",
        )
    return fitting[0] if fitting else None


def _locate(source: Source, grid: Grid, path: Path, forced: bool) -> Located | None:
    match = source.match
    if not forced:
        if match.file and not any(fnmatchcase(path.name, glob) for glob in match.file):
            return None
        if match.sheet is not None and not re.search(match.sheet, grid.name):
            return None
    found = _without_header(source, grid, path) if source.header.names else None
    if found is None and match.headers and not source.header.names:
        found = _with_header(source, grid, path)
    if found is None or forced or match.title is None:
        return found
    return found if any(re.search(match.title, line) for line in found.lines) else None


def _with_header(source: Source, grid: Grid, path: Path) -> Located | None:
    wanted = set(map(plain, source.match.headers))
    # Most sheets are not the source's, and trying every row is slow.
    first = (source.header.row or 1) - 1
    rows = grid.rows[first : first + DEPTH + MOST_ROWS]
    top = "\n".join(plain(cell) for row in rows for cell in row if isinstance(cell, str))
    if not all(part in top for text in wanted for part in text.split("/")):
        return None
    row = source.header.row
    starts = range(min(DEPTH, len(grid.rows))) if row is None else [row - 1]
    for start in starts:
        for span in _spans(source, grid, start):
            found = Located(source, path, grid, start, span)
            known = {spelling for column in found.columns for spelling in column.spellings}
            if wanted <= known:
                return found
    return None


def _spans(source: Source, grid: Grid, start: int) -> Iterator[int]:
    """Yield how many rows a header that starts there may take."""
    if start >= len(grid.rows):
        return
    declared = source.header.rows
    if declared is not None:
        fits = start + declared <= len(grid.rows)
        if fits and not (
            declared > 1 and source.header.row is None and _is_title(grid.rows[start])
        ):
            yield declared
        return
    wanted = set(map(plain, source.match.headers))
    named = [c.position for c in _columns(grid, start, 1) if wanted & set(c.spellings)]
    if named:
        span = 1
        for row in grid.rows[start + 1 : start + MOST_ROWS]:
            if not all(is_blank(row[at]) for at in named) or not _is_heading(row):
                break
            span += 1
        yield span


def _is_heading(row: Sequence[Cell]) -> bool:
    """Whether a row holds texts and years alone, and some."""
    full = [cell for cell in row if not is_blank(cell)]
    years = (cell for cell in full if not isinstance(cell, str))
    return bool(full) and all(isinstance(c, float) and 1900 <= c <= 2100 for c in years)


def _is_title(row: Sequence[Cell]) -> bool:
    """Whether a row is a title or states a unit, and so is no group header."""
    texts = [tidy(cell) for cell in row if not is_blank(cell)]
    return len(texts) < 2 or any(map(UNIT_LINE.search, texts))


def _without_header(source: Source, grid: Grid, path: Path) -> Located | None:
    """Put the declared header above the first row that fills all its columns."""
    names = source.header.names
    if grid.width < len(names):
        return None
    for start, row in enumerate(grid.rows[:DEPTH]):
        if not any(map(is_blank, row[: len(names)])):
            header: list[Cell] = [*names, *[None] * (grid.width - len(names))]
            moved = tuple(
                ((a + (a >= start), b), (c + (c >= start), d)) for (a, b), (c, d) in grid.merges
            )
            rows = [*grid.rows[:start], header, *grid.rows[start:]]
            return Located(source, path, replace(grid, rows=rows, merges=moved), start, added=True)
    return None


def _columns(grid: Grid, start: int, span: int) -> tuple[Foreign, ...]:
    rows = [list(row) for row in grid.rows[start : start + span]]
    ends = {first: last[1] for first, last in grid.merges}
    for level, row in enumerate(rows[:-1]):
        group, end = None, -1
        for position, cell in enumerate(row):
            if not is_blank(cell):
                group, end = cell, ends.get((start + level, position), len(row))
            elif position <= end and any(
                not is_blank(below[position]) for below in rows[level + 1 :]
            ):
                row[position] = group
    found = (_column(at, list(texts)) for at, texts in enumerate(zip(*rows, strict=True)))
    return tuple(column for column in found if column is not None)


def _column(position: int, cells: list[Cell]) -> Foreign | None:
    texts = [re.sub(r"\s+", " ", tidy(cell)) for cell in cells if not is_blank(cell)]
    if not texts:
        return None
    text, unit, levels = texts[-1], None, []
    for own in texts:
        if len(texts) > 1 and (bare := bare_unit(own)) is not None:
            unit = bare
            continue
        name, stated = next(
            ((n, u) for n, u in split_unit(own) if canonical(u) is not None and u), (own, None)
        )
        unit = stated or unit
        levels.append(name)
    return Foreign(position, tuple(dict.fromkeys(levels)) or (text,), text, unit)


def _twice(name: str, found: list[Foreign]) -> tuple[str, str]:
    paths = Counter(column.path for column in found)
    listed = "、".join(f"{column.path}（第 {column.position + 1} 列）" for column in found)
    if len(paths) > 1:
        return (
            f"“{name}”可指几列：{listed}；请在来源声明中写出上级表头",
            f"{name!r} may be any of {listed}; name the group header too",
        )
    return f"“{name}”出现几次：{listed}", f"{name!r} stands more than once: {listed}"


def shown(row: Sequence[Cell]) -> str:
    """Return a row as one line of text."""
    return " ".join(written(cell) for cell in row if not is_blank(cell))
