"""Excel workbooks as grids: .xlsx, .xlsm, .xls and the .et of WPS."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, BinaryIO

from agriqa.ingest.errors import IngestError
from agriqa.ingest.readers import biff, ooxml
from agriqa.ingest.readers.container import wrapped
from agriqa.ingest.readers.facts import SheetFacts
from agriqa.ingest.readers.grid import Grid, make_grid
from agriqa.ingest.readers.guards import open_zip
from agriqa.ingest.readers.kind import is_other
from agriqa.ingest.reading import Note

# What a zip container is that holds such a part.
_CONTAINERS = (
    ("xl/workbook.bin", "二进制工作簿（.xlsb）", "a binary workbook (.xlsb)", False),
    ("word/document.xml", "Word 文档（.docx）", "a Word document (.docx)", True),
    ("ppt/presentation.xml", "演示文稿（.pptx）", "a presentation (.pptx)", True),
    ("ofd.xml", "版式文档（OFD）", "a fixed-layout document (OFD)", True),
    ("content.xml", "OpenDocument 文件", "an OpenDocument file", False),
)
_MOST_LINKS = 5


def read_zipped(path: Path, stream: BinaryIO) -> list[Grid]:
    """Read a workbook that is a zip container (.xlsx, .xlsm).

    Raises
    ------
    IngestError
        If it is something else, damaged, or built to overwhelm.
    """
    with open_zip(path, stream) as archive:
        names = {name.lower() for name in archive.namelist()}
        for part, zh, en, document in _CONTAINERS:
            if part in names:
                raise is_other(path, zh, en, document=document)
        if "xl/workbook.xml" not in names:
            raise IngestError(
                path,
                "其实是压缩包，请把扩展名改为 .zip 后再载入。",
                "is really a zip archive; rename it to .zip and load it again.",
            )
        inside = ooxml.look_through(path, archive)
    notes = []
    if inside.links:
        named = [Path(link.replace("\\", "/")).name for link in inside.links[:_MOST_LINKS]]
        notes.append(
            Note(
                "links",
                f"引用了外部文件（{'、'.join(named)}）。没有打开它们，用的是文件里存的数值。",
                f"refers to other files ({', '.join(named)}). They were not opened; the values "
                "stored in this file were used.",
            )
        )
    stream.seek(0)
    grids = _grids(path, stream, inside.sheets)
    return _noted(path, grids, inside.macros, notes)


def read_ole(path: Path, data: bytes) -> list[Grid]:
    """Read a workbook that is an OLE container (.xls, .et).

    Raises
    ------
    IngestError
        If it is encrypted, something else, damaged, or larger than allowed.
    """
    inside = biff.look_through(path, data)
    grids = _grids(path, io.BytesIO(wrapped(inside.stream)), inside.sheets)
    return _noted(path, grids, inside.macros, [])


def _noted(path: Path, grids: list[Grid], macros: bool, notes: list[Note]) -> list[Grid]:
    """Put what concerns the whole workbook on its first sheet."""
    if macros:
        notes.append(
            Note(
                "macros",
                "工作簿带有宏。宏没有运行，只读取了单元格里的数值。",
                "the workbook has macros. They were not run; only the cells' values were read.",
            )
        )
    if not grids:
        raise biff.broken(path, "没有工作表 no worksheet")
    first = grids[0]
    return [Grid(first.name, first.rows, first.merges, (*notes, *first.notes)), *grids[1:]]


def _grids(
    path: Path, stream: BinaryIO, facts: dict[str, SheetFacts] | list[SheetFacts]
) -> list[Grid]:
    try:
        return _calamine(path, stream, facts)
    except IngestError:
        raise
    except Exception as error:
        raise _why(path, error) from error
    except BaseException as error:
        # A panic of the reader on a damaged file is no reason to stop the others.
        if type(error).__name__ != "PanicException":
            raise
        raise biff.broken(path, error) from None


def _why(path: Path, error: Exception) -> IngestError:
    from python_calamine import PasswordError

    return biff.encrypted(path) if isinstance(error, PasswordError) else biff.broken(path, error)


def _calamine(
    path: Path, stream: BinaryIO, facts: dict[str, SheetFacts] | list[SheetFacts]
) -> list[Grid]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum

    workbook = CalamineWorkbook.from_filelike(stream)
    names = [m.name for m in workbook.sheets_metadata if m.typ == SheetTypeEnum.WorkSheet]
    if isinstance(facts, list):
        facts = dict(zip(names, facts, strict=True))
    grids = []
    for name in names:
        seen = facts[name]
        seen.name = name
        sheet: Any = workbook.get_sheet_by_name(name)
        rows: Any = sheet.to_python(skip_empty_area=False)
        merges = tuple(sheet.merged_cell_ranges or ())
        del sheet
        seen.apply(rows)
        grids.append(make_grid(path, name, rows, merges=merges, notes=seen.notes()))
    return grids
