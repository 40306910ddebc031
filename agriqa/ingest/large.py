"""Tables too large for a grid: read part by part, in bounded memory."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from agriqa.areas import Register
from agriqa.datasets import Dataset
from agriqa.ingest.body import classify, line_words
from agriqa.ingest.context import Context, context_of
from agriqa.ingest.errors import IngestError
from agriqa.ingest.guide import Guide, Subject
from agriqa.ingest.header import Table
from agriqa.ingest.layout import regions
from agriqa.ingest.readers import Cell, Grid, content_hash, open_file
from agriqa.ingest.readers.grid import clean, make_grid
from agriqa.ingest.readers.text import TextForm, form_of, records
from agriqa.ingest.reading import SheetReading, Skip
from agriqa.ingest.recognition import lines_above
from agriqa.ingest.records import Coded, Records
from agriqa.ingest.rows import without_unfilled
from agriqa.ingest.table import TableReader

if TYPE_CHECKING:
    import pyarrow as pa

# Bytes from which a CSV or Parquet file is read in parts.
LARGE = 32_000_000
# Rows from which the table is recognised.
HEAD = 200
# Bytes and rows of one part.
BLOCK = 16_000_000
ROWS = 250_000

# A part of a table: its columns and the row of the file before its first.
Part = tuple[list[Coded], int]


@dataclass(frozen=True)
class LargeReading:
    """A file of one long table, read as its parts are asked for.

    Attributes
    ----------
    subject : Subject
        The file.
    table : Table
        What its first rows were recognised as.
    context : Context
        What they say besides.
    head : Grid
        The rows themselves.
    form : TextForm or None
        How the text is written; None for Parquet.
    size : int
        Bytes.
    """

    subject: Subject
    table: Table
    context: Context
    head: Grid
    form: TextForm | None
    size: int

    @property
    def path(self) -> Path:
        """The file."""
        return self.subject.path

    @property
    def sha256(self) -> str:
        """Hash of its content."""
        return self.subject.sha256

    @property
    def expected(self) -> int:
        """About how many parts there are."""
        return max(1, self.size // BLOCK)

    @property
    def dataset(self) -> Dataset:
        """The dataset it holds."""
        return self.table.dataset

    @property
    def sheets(self) -> Iterator[SheetReading]:
        """Yield the parts of the table, every row of each accounted for."""
        with open_file(self.path) as stream:
            parts = _text_parts(self, stream) if self.form else _columnar_parts(stream)
            part = next(parts, None)
            first = True
            while part is not None:
                following = next(parts, None)
                yield self._read(*part, first=first, last=following is None)
                part, first = following, False

    def _read(self, columns: list[Coded], before: int, *, first: bool, last: bool) -> SheetReading:
        """Read one part."""
        count = len(columns[0]) if columns else 0
        lines = self._lines(columns, last)
        rows = np.arange(before + 1, before + count + 1)
        skipped = {(int(rows[at]), 1): why for at, why in lines.items()}
        if first:
            above, _ = classify(self._grid([], []), self.table, self.subject.register)
            skipped |= {(at + 1, 1): why for at, why in above.items()}
        body = np.delete(np.arange(count), list(lines))
        held = Records(
            rows[body],
            np.ones(len(body), dtype="int64"),
            {at: column.take(body) for at, column in enumerate(columns)},
        )
        held, unfilled = without_unfilled(held, self.table)
        skipped |= unfilled
        done = self.subject.corrected(self.head.name, self.table, held, self.context)
        notes = (*(self.head.notes if first else ()), *done.notes)
        if last:
            corrections = self.subject.guide.corrections
            notes += corrections.unused(self.subject.name, self.sha256, self.subject.used)
        return TableReader(
            self.head.name,
            self.table,
            done.records,
            {**skipped, **done.skipped},
            self.context,
            self.subject.register,
            reviewed=self.subject.reviewed(),
            whole=False,
            notes=notes,
        ).read()

    def _lines(self, columns: list[Coded], last: bool) -> dict[int, tuple[Skip, str]]:
        """Return the rows that hold no data: only those that may be such are looked at closely."""
        filled = sum((~column.blank).astype(int) for column in columns)
        doubtful = np.asarray(filled) <= 1
        words = line_words(self._grid([], []), self.table, self.subject.register)
        for column in columns:
            doubtful |= column.where(lambda cell: isinstance(cell, str) and words(cell))
        full = np.flatnonzero(np.asarray(filled) > 1)
        # Remarks stand below the last full row of the file.
        end = int(full[-1]) if last and len(full) else len(doubtful)
        at = np.flatnonzero(doubtful)
        above, below = at[at <= end], at[at > end]
        if not last:
            above, below = at, at[:0]
        cells = [
            [[column[int(row)] for column in columns] for row in part] for part in (above, below)
        ]
        lines, _ = classify(self._grid(*cells), self.table, self.subject.register)
        start = self.table.first
        places = [*above.tolist(), None, *below.tolist()]
        found = {places[row - start]: why for row, why in lines.items() if row >= start}
        return {row: why for row, why in found.items() if row is not None}

    def _grid(self, above: list[list[Cell]], below: list[list[Cell]]) -> Grid:
        """Return a small sheet: the lines down to the header, then rows, a full one between."""
        top = self.head.rows[: self.table.first]
        width = max([self.head.width, 2, *map(len, above), *map(len, below)])
        full: list[Cell] = ["·"] * width
        rows = [[*row, *[None] * (width - len(row))] for row in (*top, *above, full, *below)]
        return Grid(self.head.name, rows, self.head.merges)


def is_large(path: Path) -> bool:
    """Whether a file is read in parts."""
    ending = path.suffix.lower()
    if ending not in (".csv", ".parquet"):
        return False
    try:
        with open_file(path) as stream:
            return stream.seek(0, io.SEEK_END) >= LARGE
    except (OSError, IngestError):
        # For the reader to say why.
        return False


def read_large(
    path: Path,
    register: Register,
    guide: Guide | None = None,
    *,
    encoding: str | None = None,
    name: str | None = None,
) -> LargeReading:
    """Recognise the table of a large CSV or Parquet file; its rows are read later.

    Parameters
    ----------
    path, register, guide, encoding, name
        As for `read_file`. A foreign layout is not looked for.

    Raises
    ------
    IngestError
        If it cannot be read, or its first rows hold no table that is known.
    """
    guide = guide or Guide()
    if guide.source is not None:
        raise IngestError(
            path,
            f"文件超过 {LARGE // 1_000_000} MB，不能按来源“{guide.source}”读取，请拆成小文件。",
            f"the file has more than {LARGE // 1_000_000} MB and cannot be read as source "
            f"{guide.source!r}; split it.",
        )
    subject = Subject(path, name or path.name, content_hash(path), register, guide)
    with open_file(path) as stream:
        size = stream.seek(0, io.SEEK_END)
        form = form_of(path, stream, encoding) if path.suffix.lower() == ".csv" else None
        if form is not None:
            head = make_grid(
                path, path.stem, islice(records(path, stream, form), HEAD), notes=form.notes
            )
        else:
            head = make_grid(path, path.stem, _columnar_head(stream))
    table = _long_table(head, subject)
    if table is None:
        raise IngestError(
            path,
            f"文件超过 {LARGE // 1_000_000} MB，前 {HEAD} 行里没有认得的长表（一行一条记录）。"
            "请改正表头，或拆成小文件再载入。",
            f"the file has more than {LARGE // 1_000_000} MB and its first {HEAD} rows hold no "
            "long table (one record a row) that is known. Mend the header, or split the file.",
        )
    context = context_of(lines_above(head, min(table.header_rows)), head.name, path, register)
    return LargeReading(subject, table, context, head, form, size)


def _long_table(head: Grid, subject: Subject) -> Table | None:
    """Return the table of the first rows, if it is one that goes on below them."""
    found = [
        region.table.moved(region.row, region.col)
        for region in regions(head, head.name + subject.path.stem, names=subject.names)
        if region.table is not None
    ]
    # Its header may be repeated; another table may not follow or stand beside it.
    if not found or any(t.blocks or t.dataset != found[0].dataset for t in found):
        return None
    positions = [{h.position for h in table.headings} for table in found]
    return found[0] if all(one == positions[0] for one in positions) else None


def _text_parts(reading: LargeReading, stream: BinaryIO) -> Iterator[Part]:
    """Yield the parts of a CSV file; by columns as long as it is regular, then row by row."""
    import pyarrow as pa

    assert reading.form is not None
    done = reading.table.first
    try:
        for columns in _regular(reading, reading.form, stream, done):
            yield columns, done
            done += len(columns[0])
        return
    except pa.ArrowInvalid:
        # A ragged or blank line: the strict reader goes on where the quick one stopped.
        pass
    rest = islice(records(reading.path, stream, reading.form), done, None)
    while rows := list(islice(rest, ROWS)):
        columns = [Coded.of(map(clean, column)) for column in zip_longest(*rows)]
        width = reading.head.width
        columns += [Coded.of([None] * len(rows)) for _ in range(width - len(columns))]
        yield columns, done
        done += len(rows)


def _regular(
    reading: LargeReading, form: TextForm, stream: BinaryIO, header: int
) -> Iterator[list[Coded]]:
    """Yield the columns of a CSV file whose rows all have as many cells as its header."""
    import pyarrow as pa
    import pyarrow.csv as pc

    names = [str(at) for at in range(reading.head.width)]
    above = form.lead + _lines_of(stream, form, header)
    stream.seek(0)
    with pc.open_csv(
        stream,
        read_options=pc.ReadOptions(
            encoding="utf8" if form.encoding == "utf-8-sig" else form.encoding,
            column_names=names,
            skip_rows=above,
            block_size=BLOCK,
        ),
        parse_options=pc.ParseOptions(
            delimiter=form.delimiter, newlines_in_values=True, ignore_empty_lines=False
        ),
        convert_options=pc.ConvertOptions(
            column_types=dict.fromkeys(names, pa.dictionary(pa.int32(), pa.string())),
            strings_can_be_null=False,
            check_utf8=False,
        ),
    ) as batches:
        for batch in batches:
            yield [_coded(column) for column in batch.columns]


def _lines_of(stream: BinaryIO, form: TextForm, header: int) -> int:
    """Return how many lines of the file its first `header` rows take."""
    stream.seek(0)
    text = io.TextIOWrapper(stream, form.encoding, newline="")
    try:
        for _ in range(form.lead):
            text.readline()
        reader = csv.reader(iter(text.readline, ""), delimiter=form.delimiter)
        for _ in islice(reader, header):
            pass
        return reader.line_num
    finally:
        text.detach()


def _coded(column: pa.Array) -> Coded:
    """Code a column of Arrow; every distinct cell is cleaned once."""
    import pyarrow as pa

    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    distinct = [clean(cell) for cell in encoded.dictionary.to_pylist()]
    codes = encoded.indices.fill_null(len(distinct)).to_numpy(zero_copy_only=False)
    return Coded(codes.astype("int64"), [*distinct, None])


def _columnar_head(stream: BinaryIO) -> list[list[object]]:
    import pyarrow.parquet as pq

    file = pq.ParquetFile(stream)
    batch = next(file.iter_batches(batch_size=HEAD), None)
    rows = [] if batch is None else [list(row.values()) for row in batch.to_pylist()]
    return [list(file.schema_arrow.names), *rows]


def _columnar_parts(stream: BinaryIO) -> Iterator[Part]:
    """Yield the parts of a Parquet file; its column names are row 1."""
    import pyarrow.parquet as pq

    done = 1
    for batch in pq.ParquetFile(stream).iter_batches(batch_size=ROWS):
        yield [_coded(column) for column in batch.columns], done
        done += batch.num_rows
