"""From the bytes of a file to grids of cells."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from agriqa.ingest.errors import IngestError
from agriqa.ingest.readers.archive import (
    ARCHIVE_ENDING,
    content_hash,
    digest,
    in_archive,
    open_file,
)
from agriqa.ingest.readers.columnar import read_parquet
from agriqa.ingest.readers.find import (
    ENDINGS,
    HTML_ENDINGS,
    PARQUET_ENDINGS,
    TABLE_ENDINGS,
    WORKBOOK_ENDINGS,
    find_files,
    other_files,
)
from agriqa.ingest.readers.grid import Cell, Grid, Merge
from agriqa.ingest.readers.guards import open_zip
from agriqa.ingest.readers.html import read_html
from agriqa.ingest.readers.kind import Kind, kind_of, refuse, unsupported, wrong_ending
from agriqa.ingest.readers.limits import MAX_FILE, MAX_PAGE
from agriqa.ingest.readers.text import read_csv
from agriqa.ingest.readers.workbook import read_ole, read_zipped

__all__ = [
    "ENDINGS",
    "Cell",
    "Grid",
    "Merge",
    "content_hash",
    "find_files",
    "open_file",
    "other_files",
    "read_grids",
]

_HEAD = 8192
_WORKBOOK = ("Excel 工作簿", "an Excel workbook")


def read_grids(path: Path, *, encoding: str | None = None) -> tuple[str, list[Grid]]:
    """Return the SHA-256 of the file and the grid of every sheet.

    Parameters
    ----------
    path : Path
        A workbook, CSV, Parquet or HTML file, on its own or in an archive
        (``returns.zip/用量.xlsx``).
    encoding : str, optional
        Forces the encoding of a CSV or HTML file; else UTF-8, then GB18030, both strict.

    Raises
    ------
    IngestError
        If the file cannot be read as what its ending says; the message says what to do.
    """
    with open_file(path) as stream:
        sha256 = digest(stream)
        stream.seek(0)
        return sha256, _grids(path, stream, encoding)


def _grids(path: Path, stream: BinaryIO, encoding: str | None) -> list[Grid]:
    head = stream.read(_HEAD)
    kind = kind_of(head)
    size = stream.seek(0, 2)
    stream.seek(0)
    ending = path.suffix.lower()
    if ending == ARCHIVE_ENDING:
        raise _archive(path, stream, kind)
    if ending in TABLE_ENDINGS or kind == Kind.EMPTY:
        refuse(path, kind)
    if ending not in TABLE_ENDINGS:
        raise unsupported(path)
    if kind == Kind.PARQUET:
        if ending not in PARQUET_ENDINGS:
            raise wrong_ending(path, " Parquet 文件", "a Parquet file", ".parquet")
        return [read_parquet(path, stream)]
    # Text in another encoding than UTF-8 may look like anything.
    other = kind == Kind.BINARY and (encoding is not None or b"\0" in head)
    if ending == ".csv" and (kind == Kind.TEXT or other):
        return [read_csv(path, stream, encoding)]
    if size > (most := MAX_PAGE if kind == Kind.HTML else MAX_FILE):
        raise _large(path, size, most)
    if kind == Kind.HTML and ending in (*WORKBOOK_ENDINGS, *HTML_ENDINGS, ".csv"):
        return read_html(path, stream, encoding)
    return _workbook(path, stream, kind, ending)


def _workbook(path: Path, stream: BinaryIO, kind: Kind, ending: str) -> list[Grid]:
    if kind in (Kind.ZIP, Kind.OLE) and ending in WORKBOOK_ENDINGS:
        return read_zipped(path, stream) if kind == Kind.ZIP else read_ole(path, stream.read())
    if kind in (Kind.ZIP, Kind.OLE):
        grids = read_zipped(path, stream) if kind == Kind.ZIP else read_ole(path, stream.read())
        right = ".xlsx" if kind == Kind.ZIP else ".xls"
        del grids  # read only to say what it is
        raise wrong_ending(path, *_WORKBOOK, right)
    if kind == Kind.TEXT:
        raise wrong_ending(path, "文本", "text", ".csv")
    raise IngestError(
        path,
        "内容不是表格，可能已损坏，或扩展名不对。请用 Excel 或 WPS 打开后另存为 .xlsx 再载入；"
        "打不开时请报送单位重新发送。",
        "its content is no table; it is damaged, or has the wrong ending. Open it in Excel or "
        "WPS, save it as .xlsx and load that; if it does not open, ask the sender for it again.",
    )


def _archive(path: Path, stream: BinaryIO, kind: Kind) -> IngestError:
    """Return why an archive was not taken apart."""
    refuse(path, kind)
    if in_archive(path):
        return IngestError(
            path,
            "压缩包里还有压缩包，不再往下解。请解压后直接载入里面的文件。",
            "is an archive inside an archive and is not unpacked. Unpack it and load its files.",
        )
    open_zip(path, stream).close()
    return IngestError(
        path,
        f"压缩包里没有可读取的文件，可读：{'、'.join(TABLE_ENDINGS)}。",
        f"the archive holds no file that is read; readable: {', '.join(TABLE_ENDINGS)}.",
    )


def _large(path: Path, size: int, most: int) -> IngestError:
    return IngestError(
        path,
        f"文件有 {size // 1_000_000:,} MB，最多 {most // 1_000_000:,} MB。"
        "请拆成几个文件，或另存为 CSV 再载入。",
        f"the file has {size // 1_000_000:,} MB, {most // 1_000_000:,} MB at most. "
        "Split it or save it as CSV.",
    )
