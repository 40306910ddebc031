"""CSV and other separated text: its encoding, its separator and its rows.

`form_of` finds out how a file is written, `records` yields its rows one by one
in bounded memory; `read_csv` puts them together as a grid.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from agriqa.ingest.errors import IngestError
from agriqa.ingest.readers.grid import Grid, check_size, make_grid
from agriqa.ingest.readers.limits import (
    MAX_CELL_LINES,
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_LINE,
    MAX_TEXT,
)
from agriqa.ingest.reading import Note

DELIMITERS = (",", "\t", ";", "|")
_ENCODINGS = ("utf-8-sig", "gb18030")
_CHUNK = 1 << 20
# Characters and lines from which the separator is told.
_HEAD, _HEAD_LINES = 65_536, 50
# Excel's own first line that names the separator.
_SEP = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


@dataclass(frozen=True)
class TextForm:
    """How a separated text is written.

    Attributes
    ----------
    encoding, delimiter : str
        As :func:`open` and :func:`csv.reader` take them.
    lead : int
        Lines before the first row that are no rows (``sep=;``): 0 or 1.
    notes : tuple of Note
        What a person should know of it.
    """

    encoding: str
    delimiter: str = ","
    lead: int = 0
    notes: tuple[Note, ...] = ()


def form_of(path: Path, stream: BinaryIO, encoding: str | None = None) -> TextForm:
    """Find out how a separated text is written; the whole of it is decoded once, strictly.

    Parameters
    ----------
    path : Path
        Named in messages.
    stream : binary file
        The text; it can be sought.
    encoding : str, optional
        Forces the encoding; else a UTF-16 mark counts, then UTF-8, then GB18030.

    Raises
    ------
    IngestError
        If it cannot be decoded.
    """
    used, notes = _encoding(path, stream, encoding)
    stream.seek(0)
    head = io.TextIOWrapper(stream, used, newline="")
    try:
        text = head.read(_HEAD)
    finally:
        head.detach()
    if sep := _SEP.fullmatch(text.partition("\n")[0]):
        said = Note(
            "separator",
            f"首行“{sep[0].strip()}”说明分隔符，不算作一行。",
            f"the first line {sep[0].strip()!r} names the separator and is not counted as a row.",
        )
        return TextForm(used, sep[1], 1, (*notes, said))
    return TextForm(used, _delimiter(text), 0, notes)


def records(path: Path, stream: BinaryIO, form: TextForm) -> Iterator[list[str]]:
    """Yield the rows of a separated text one by one; the n-th one is row n.

    Raises
    ------
    IngestError
        On an unclosed quote, a line or a row that is too long; names the row.
    """
    stream.seek(0)
    text = io.TextIOWrapper(stream, form.encoding, newline="")
    lines = _Lines(path, text, form.lead)
    reader = csv.reader(lines, delimiter=form.delimiter, strict=True)
    try:
        for record in reader:
            lines.row += 1
            lines.since = 0
            if len(record) > MAX_COLUMNS:
                check_size(path, f"第 {lines.row} 行 / row {lines.row}", 1, len(record))
            yield record
    except csv.Error as error:
        raise lines.broken(error) from error
    finally:
        text.detach()


def read_csv(path: Path, stream: BinaryIO, encoding: str | None = None) -> Grid:
    """Read a separated text whole, as one sheet named like the file.

    Raises
    ------
    IngestError
        If it cannot be decoded, is broken, or is larger than a grid may be.
    """
    form = form_of(path, stream, encoding)
    return make_grid(path, path.stem, _bounded(path, records(path, stream, form)), notes=form.notes)


def _bounded(path: Path, rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """Stop at the first row with which the grid would be too large."""
    width = size = 0
    for number, row in enumerate(rows, start=1):
        width = max(width, len(row))
        size += sum(map(len, row))
        if number * width > MAX_CELLS:
            check_size(path, path.stem, number, width)
        if size > MAX_TEXT:
            raise too_much_text(path)
        yield row


def too_much_text(path: Path) -> IngestError:
    """Return the error for a file whose cells hold too many characters together."""
    return IngestError(
        path,
        f"单元格里的文字合计超过 {MAX_TEXT:,} 字，请拆成几个文件再载入。",
        f"the cells hold more than {MAX_TEXT:,} characters together; split the file.",
    )


class _Lines:
    """The physical lines of a text, watched on their way to the CSV reader."""

    def __init__(self, path: Path, text: io.TextIOWrapper, lead: int) -> None:
        self.path, self.text = path, text
        self.row = 0  # rows that are complete
        self.since = 0  # lines since then
        self.line = lead
        for _ in range(lead):
            text.readline(MAX_LINE)

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self.text.readline(MAX_LINE)
        if not line:
            raise StopIteration
        self.line += 1
        self.since += 1
        if len(line) >= MAX_LINE:
            raise IngestError(
                self.path,
                f"第 {self.line} 行超过 {MAX_LINE:,} 字，不像表格。请检查换行符，重新导出。",
                f"line {self.line} has more than {MAX_LINE:,} characters and is no table's row. "
                "Check the line ends and export it again.",
            )
        if self.since > MAX_CELL_LINES:
            raise self.broken("quote")
        return line

    def broken(self, error: object) -> IngestError:
        """Return the error for the row that is being read."""
        row, line = self.row + 1, self.line - max(self.since, 1) + 1
        if "field limit" in str(error):
            return IngestError(
                self.path,
                f"第 {row} 行（文件第 {line} 行）有一个单元格超过 {csv.field_size_limit():,} 字，"
                "多半是引号没有配对。请改正这一行后重新导出。",
                f"a cell in row {row} (line {line} of the file) has more than "
                f"{csv.field_size_limit():,} characters, most likely for a quote that is not "
                "closed. Mend that row and export it again.",
            )
        return IngestError(
            self.path,
            f"第 {row} 行（文件第 {line} 行）的引号没有配对，其后的行会被当成同一格。"
            "请改正这一行（单元格内的引号要写两遍）后重新导出。",
            f"a quote that opens in row {row} (line {line} of the file) is not closed properly "
            "and would swallow the rows after it. Mend that row (a quote inside a cell is written "
            "twice) and export it again.",
        )


def _encoding(path: Path, stream: BinaryIO, forced: str | None) -> tuple[str, tuple[Note, ...]]:
    """Return the encoding and what to say of it."""
    stream.seek(0)
    head = stream.read(4096)
    tried: tuple[str, ...] = (forced,) if forced else _ENCODINGS
    if not forced and head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        tried = ("utf-16",)
    elif not forced and head.count(0) > len(head) / 8:
        raise IngestError(
            path,
            "含有大量 NUL 字节，像是没有标记的 UTF-16 文本。请用 --encoding utf-16-le 载入，"
            "或另存为 UTF-8 的 CSV。",
            "holds many NUL bytes, as UTF-16 text without a mark does. Give --encoding utf-16-le, "
            "or save it as CSV in UTF-8.",
        )
    for name in tried:
        if _decodes(path, stream, name):
            if name == _ENCODINGS[0]:
                return name, ()
            return name, (Note("encoding", f"按 {name} 编码读取。", f"read as {name}."),)
    listed = "、".join(tried)
    raise IngestError(
        path,
        f"不能按 {listed} 解码，请用 --encoding 指明编码（如 big5），或另存为 UTF-8。",
        f"cannot be decoded as {listed}; give --encoding (such as big5), or save it as UTF-8.",
    )


def _decodes(path: Path, stream: BinaryIO, name: str) -> bool:
    try:
        # refuses what is no text encoding (base64), too
        b"a".decode(name, "ignore")
        decoder = codecs.getincrementaldecoder(name)("strict")
    except (LookupError, ValueError):
        raise IngestError(
            path,
            f"没有名为“{name}”的编码，常用：utf-8、gb18030、big5。",
            f"there is no encoding {name!r}; common ones: utf-8, gb18030, big5.",
        ) from None
    stream.seek(0)
    try:
        while chunk := stream.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _delimiter(text: str) -> str:
    """Return the separator that parts the first lines most evenly; a comma if none does."""

    def evenness(delimiter: str) -> int:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
        except csv.Error:
            return 0
        return max((widths.count(w) * (w - 1) for w in set(widths) if w), default=0)

    lines = text.splitlines(keepends=True)[:_HEAD_LINES]
    return max(DELIMITERS, key=evenness)
