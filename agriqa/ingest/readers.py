"""From the bytes of a file to grids of cells."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from agriqa.ingest.errors import IngestError
from agriqa.ingest.reading import Note

Cell = str | float | dt.date | dt.datetime | dt.time | None
Merge = tuple[tuple[int, int], tuple[int, int]]

WORKBOOK_ENDINGS = (".xlsx", ".xlsm", ".xls")
ENDINGS = (*WORKBOOK_ENDINGS, ".csv")
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCODINGS = ("utf-8-sig", "gb18030")
# Invisible characters that copying from web pages and documents leaves behind.
_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060\x00"))


@dataclass(frozen=True)
class Grid:
    """The used range of one sheet, from its first row and column on.

    Attributes
    ----------
    name : str
        The sheet.
    rows : list of list
        Cells, all rows equally long; an empty cell is None.
    merges : tuple
        Merged ranges, ((first row, first column), (last row, last column)), from 0.
    notes : tuple of Note
        About the reading itself.
    """

    name: str
    rows: list[list[Cell]]
    merges: tuple[Merge, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def width(self) -> int:
        """Number of columns."""
        return len(self.rows[0]) if self.rows else 0


def find_files(paths: Iterable[Path]) -> list[Path]:
    """Return the loadable files among `paths` and in the folders among them, sorted.

    Hidden files and the lock files of an open workbook (``~$…``) are left out.
    A file that is named itself is always returned, so that reading it says why
    it cannot be read; for files inside folders see `other_files`.

    Raises
    ------
    IngestError
        If a path does not exist.
    """
    found = {p for path in paths for p in _expand(path) if path == p or _loadable(p)}
    return sorted(found)


def other_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files inside the folders among `paths` whose ending is not loadable, sorted."""
    return sorted({p for path in paths if path.is_dir() for p in _expand(path) if not _loadable(p)})


def read_grids(path: Path, *, encoding: str | None = None) -> tuple[str, list[Grid]]:
    """Return the SHA-256 of the file and the grid of every sheet.

    Parameters
    ----------
    path : Path
        An Excel workbook or a CSV file.
    encoding : str, optional
        Forces the encoding of a CSV file; else UTF-8, then GB18030, both strict.

    Raises
    ------
    IngestError
        If the file cannot be read as what its ending says.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise IngestError(
            path,
            f"打不开文件（{error.strerror}），请检查路径和权限。",
            f"cannot open the file ({error.strerror}); check path and permissions.",
        ) from error
    ending = path.suffix.lower()
    if not data.strip():
        raise IngestError(
            path,
            "文件是空的（没有内容），请重新导出，或请报送单位再报一次。",
            "the file is empty; export it again or ask the sender for it again.",
        )
    if ending == ".csv":
        grids = [_read_csv(path, data, encoding)]
    elif ending in WORKBOOK_ENDINGS:
        grids = _read_workbook(path, data)
    else:
        raise IngestError(
            path,
            f"不支持的文件类型“{ending or '无扩展名'}”，可读：{'、'.join(ENDINGS)}。",
            f"unsupported file type {ending!r}; readable: {', '.join(ENDINGS)}.",
        )
    return hashlib.sha256(data).hexdigest(), grids


def _expand(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise IngestError(path, "没有这个文件或文件夹。", "no such file or folder.")
    return [
        p
        for p in path.rglob("*")
        if p.is_file()
        and not p.name.startswith("~$")
        and not any(part.startswith(".") for part in p.relative_to(path).parts)
    ]


def _loadable(path: Path) -> bool:
    return path.suffix.lower() in ENDINGS


def _read_csv(path: Path, data: bytes, encoding: str | None) -> Grid:
    if data.startswith((_ZIP, _OLE)):
        raise IngestError(
            path,
            "扩展名是 .csv，内容却是 Excel 工作簿，请把扩展名改为 .xlsx 或 .xls 后再载入。",
            "ends in .csv but is an Excel workbook; rename it to .xlsx or .xls and load it again.",
        )
    if _looks_like_html(data):
        raise _html_error(path)
    text, used = _decode(path, data, encoding)
    try:
        rows = [
            [_clean(cell) for cell in record]
            for record in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
        ]
    except csv.Error as error:
        raise IngestError(
            path,
            f"不是完好的 CSV（{error}），请重新导出。",
            f"not a well-formed CSV file ({error}); export it again.",
        ) from error
    notes: tuple[Note, ...] = ()
    if used != "utf-8-sig":
        notes = (Note("encoding", f"按 {used} 编码读取。", f"read as {used}."),)
    return Grid(path.stem, _padded(rows), notes=notes)


def _decode(path: Path, data: bytes, encoding: str | None) -> tuple[str, str]:
    for name in (encoding,) if encoding else _ENCODINGS:
        try:
            return data.decode(name), name
        except LookupError:
            raise IngestError(
                path,
                f"没有名为“{encoding}”的编码，常用：utf-8、gb18030、big5。",
                f"there is no encoding {encoding!r}; common ones: utf-8, gb18030, big5.",
            ) from None
        except UnicodeDecodeError:
            continue
    tried = encoding or "、".join(_ENCODINGS)
    raise IngestError(
        path,
        f"不能按 {tried} 解码，请用 --encoding 指明编码，或另存为 UTF-8。",
        f"cannot be decoded as {tried}; give --encoding, or save it as UTF-8.",
    )


def _delimiter(text: str) -> str:
    """Return the separator that the first lines use most; a comma unless another wins."""
    head = text[:5000]
    return max(",\t;", key=head.count) if "," not in head.split("\n", 1)[0] else ","


def _read_workbook(path: Path, data: bytes) -> list[Grid]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    if _looks_like_html(data):
        raise _html_error(path)
    if _encrypted(data):
        raise _encrypted_error(path)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [workbook.get_sheet_by_name(name) for name in _worksheets(workbook)]
        grids = [
            Grid(
                sheet.name,
                _padded([list(map(_clean, row)) for row in sheet.to_python(skip_empty_area=False)]),
                tuple(sheet.merged_cell_ranges or ()),
            )
            for sheet in sheets
        ]
    except PasswordError as error:
        raise _encrypted_error(path) from error
    except (CalamineError, OSError, ValueError) as error:
        raise IngestError(
            path,
            f"不是 Excel 工作簿或已损坏（{error}），请用 Excel 或 WPS 打开后另存为 .xlsx 再载入。",
            f"not an Excel workbook, or a damaged one ({error}); "
            "open it in Excel or WPS, save it as .xlsx and load that.",
        ) from error
    return _with_error_cells(data, grids)


def _worksheets(workbook: object) -> list[str]:
    from python_calamine import SheetTypeEnum

    return [
        meta.name
        for meta in workbook.sheets_metadata  # type: ignore[attr-defined]
        if meta.typ == SheetTypeEnum.WorkSheet
    ]


def _with_error_cells(data: bytes, grids: list[Grid]) -> list[Grid]:
    """Put ``#DIV/0!`` and the like back: calamine returns them as empty cells.

    An empty cell is a missing value; a formula that failed is not.
    """
    if not data.startswith(_ZIP):
        return grids
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        suspects = [n for n in archive.namelist() if n.startswith("xl/worksheets/sheet")]
        if not any(b't="e"' in archive.read(name) for name in suspects):
            return grids
    from openpyxl import load_workbook

    workbook = load_workbook(io.BytesIO(data), data_only=True)
    for grid in grids:
        for cells in workbook[grid.name].iter_rows():
            for cell in cells:
                if cell.data_type == "e" and cell.row <= len(grid.rows):
                    row = grid.rows[cell.row - 1]
                    row += [None] * (cell.column - len(row))
                    row[cell.column - 1] = str(cell.value)
    return [Grid(g.name, _padded(g.rows), g.merges, g.notes) for g in grids]


def _clean(cell: object) -> Cell:
    if isinstance(cell, str):
        return cell.translate(_INVISIBLE).strip() or None if cell else None
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if cell is None or isinstance(cell, (float, int, dt.date, dt.time)):
        return cell
    return str(cell)


def _padded(rows: list[list[Cell]]) -> list[list[Cell]]:
    width = max(map(len, rows), default=0)
    return [row if len(row) == width else row + [None] * (width - len(row)) for row in rows]


def _looks_like_html(data: bytes) -> bool:
    head = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return head.startswith((b"<!doctype", b"<html", b"<table", b"<meta", b"<?xml", b"<!--"))


def _html_error(path: Path) -> IngestError:
    return IngestError(
        path,
        "其实是网页（HTML 或 XML），不是表格文件。请在 Excel 或 WPS 中打开，另存为 .xlsx 再载入。",
        "is really a web page (HTML or XML), not a spreadsheet. "
        "Open it in Excel or WPS, save it as .xlsx and load that.",
    )


def _encrypted(data: bytes) -> bool:
    """Whether an OLE file is an encrypted workbook, of the new or the old format."""
    if not data.startswith(_OLE):
        return False
    if "EncryptedPackage".encode("utf-16-le") in data:
        return True
    # BIFF8: the record after BOF (20 bytes) is FILEPASS when the stream is encrypted.
    start = data.find(b"\x09\x08\x10\x00\x00\x06\x05\x00")
    return start >= 0 and data[start + 20 : start + 22] == b"\x2f\x00"


def _encrypted_error(path: Path) -> IngestError:
    return IngestError(
        path,
        "工作簿已加密。请在 Excel 或 WPS 中用密码打开，去掉密码后另存，再载入；"
        "没有密码时请向报送单位要未加密的文件。",
        "the workbook is encrypted. Open it with its password in Excel or WPS, save it without "
        "one and load that; without the password ask the sender for an unprotected file.",
    )
