"""Workbooks and archives put together part by part, sound ones and hostile ones."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_RELS = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
SHEET, STRINGS, STYLES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"


def sheet(rows: str, *, before: str = "", after: str = "") -> str:
    """Return a sheet's XML around its rows."""
    return f"{_HEAD}<worksheet {_MAIN}>{before}<sheetData>{rows}</sheetData>{after}</worksheet>"


def strings(items: str) -> str:
    """Return the XML of the shared strings."""
    return f"{_HEAD}<sst {_MAIN}>{items}</sst>"


def styles(*codes: str) -> str:
    """Return the XML of the styles: cell style n + 1 has the n-th number format."""
    forms = "".join(f'<numFmt numFmtId="{200 + n}" formatCode="{c}"/>' for n, c in enumerate(codes))
    used = "".join(f'<xf numFmtId="{200 + n}"/>' for n in range(len(codes)))
    return (
        f"{_HEAD}<styleSheet {_MAIN}><numFmts>{forms}</numFmts>"
        f'<cellXfs><xf numFmtId="0"/>{used}</cellXfs></styleSheet>'
    )


def parts(rows: str, **more: str | bytes) -> dict[str, str | bytes]:
    """Return the parts of a workbook of one sheet."""
    return {
        "[Content_Types].xml": f"{_HEAD}<Types/>",
        "_rels/.rels": f'{_HEAD}<Relationships {_RELS}><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{_HEAD}<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="表" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships {_RELS}><Relationship Id="rId1" '
        f'Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
        f'<Relationship Id="rId3" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        SHEET: sheet(rows),
        **more,
    }


def packed(members: dict[str, str | bytes]) -> bytes:
    """Return a zip container with these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def write_xlsx(path: Path, rows: str, more: dict[str, str | bytes] | None = None) -> Path:
    """Write a workbook of one sheet, with parts added or replaced."""
    path.write_bytes(packed({**parts(rows), **(more or {})}))
    return path


def text_cell(reference: str, text: str) -> str:
    """Return a cell with its text in it."""
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'
