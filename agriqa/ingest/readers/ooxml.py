"""What is inside an .xlsx: looked through before anything reads it for good.

Every part is unpacked once, piece by piece, so that a bomb is found while it is
small, and so that cells are known that the reader would turn into something
else: errors, formulas without a result, percentages.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from agriqa.ingest.errors import IngestError
from agriqa.ingest.readers.facts import BUILT_IN, SheetFacts, percent_factor, scaled
from agriqa.ingest.readers.guards import Budget, damaged, unpacked
from agriqa.ingest.readers.sheetxml import Sheets, Style, string_lengths

_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_REL_STRICT = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_BOOK = re.compile(r"(xl/)?workbook\d*\.xml")
# A count that no workbook has; readers reserve memory for what it claims.
_CLAIM = re.compile(rb"ount\s{0,4}=\s{0,4}[\"'](\s{0,4}\+?\d{8,20}|[^\"'<>&]{0,20}&)")
_DOCTYPE = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
# Bytes of the parts that are read whole: styles, list of sheets.
_SMALL_PART = 50_000_000


@dataclass
class Inside:
    """What was seen in a workbook's container."""

    sheets: dict[str, SheetFacts]
    macros: bool = False
    links: list[str] = field(default_factory=list)


def look_through(path: Path, archive: zipfile.ZipFile) -> Inside:
    """Check every part of a workbook and find what its cells hold beyond their values.

    Raises
    ------
    IngestError
        If a part is damaged, declares a document type, or holds too much.
    """
    parts = _Parts(path, archive)
    parts.sort_out()
    about = _Book(path, parts.small)
    inside = Inside({}, macros="xl/vbaproject.bin" in parts.infos, links=_links(path, parts.small))
    seen = Sheets(path, _styles(path, about.styles), parts.lengths)
    for name, part, hidden in about.sheets:
        if part in parts.sheets:
            inside.sheets[name] = seen.sheet(SheetFacts(name, hidden=hidden), parts.open(part))
    for part in parts.sheets - {part for _, part, _ in about.sheets}:
        # A sheet that the list of sheets does not name is checked all the same.
        seen.sheet(SheetFacts(part), parts.open(part))
    return inside


class _Parts:
    """The parts of a workbook, told apart by what is in them."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.path, self.archive, self.budget = path, archive, Budget(path)
        self.infos = {info.filename.lower().lstrip("/"): info for info in archive.infolist()}
        if len(self.infos) < len(archive.infolist()):
            raise damaged(path, "two parts of one name")
        self.small: dict[str, bytes] = {}
        self.lengths: array[int] = array("l")
        self.sheets: set[str] = set()

    def open(self, name: str) -> Iterator[bytes]:
        """Unpack a part of XML piece by piece, with every check."""
        pieces = unpacked(self.path, self.archive, self.infos[name], self.budget)
        return _checked(self.path, pieces)

    def sort_out(self) -> None:
        """Unpack every part but the sheets, which come when their styles are known."""
        for name, info in self.infos.items():
            if name.startswith("xl/worksheets/sheet") and name.endswith(".xml"):
                self.sheets.add(name)
            elif name.endswith((".rels", "styles.xml")) or _BOOK.fullmatch(name):
                self.small[name] = _whole(self.path, self.open(name))
            elif name.endswith(".xml"):
                self._sort(name, self.open(name))
            else:
                for _ in unpacked(self.path, self.archive, info, self.budget):
                    pass

    def _sort(self, name: str, pieces: Iterator[bytes]) -> None:
        first = next(pieces, b"")
        rest = chain((first,), pieces)
        if re.search(rb"<(\w+:)?sst\b", first[:4096]):
            if self.lengths:
                raise damaged(self.path, "two tables of strings")
            self.lengths = string_lengths(self.path, rest)
            return
        tail = b""
        for piece in rest:
            if b"sheetData" in tail + piece:
                self.sheets.add(name)
            tail = piece[-10:]


class _Book:
    """What the workbook's own part and its relations say: styles and sheets."""

    def __init__(self, path: Path, small: dict[str, bytes]) -> None:
        self.path = path
        main = "xl/workbook.xml"
        for relation in _tree(path, small.get("_rels/.rels")):
            if relation.get("Type", "").endswith("/officeDocument"):
                main = relation.get("Target", "").lstrip("/").lower()
        self.folder = main.rpartition("/")[0]
        relations = f"{self.folder}/_rels/{main.rpartition('/')[2]}.rels".lstrip("/")
        self.targets: dict[str | None, str] = {}
        self.styles: bytes | None = None
        for relation in _tree(path, small.get(relations)):
            part = self._part(relation.get("Target", ""))
            self.targets[relation.get("Id")] = part
            if relation.get("Type", "").endswith("/styles"):
                self.styles = small.get(part)
        self.sheets = self._sheets(_tree(path, small.get(main)))

    def _part(self, target: str) -> str:
        if target.startswith("/"):
            return target.lstrip("/").lower()
        return posixpath.normpath(f"{self.folder}/{target}").lstrip("/").lower()

    def _sheets(self, book: ET.Element) -> list[tuple[str, str, bool]]:
        """Return each sheet's name, part and whether it is hidden."""
        found = []
        for sheet in book.iter():
            if _local(sheet) == "sheet":
                number = sheet.get(_REL) or sheet.get(_REL_STRICT)
                hidden = sheet.get("state", "visible") != "visible"
                found.append((sheet.get("name", ""), self.targets.get(number, ""), hidden))
        return found


def _checked(path: Path, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Pass pieces of XML on; refuse a document type, entities, and other encodings than UTF-8."""
    tail = b""
    for piece in pieces:
        if _DOCTYPE.search(tail + piece):
            raise IngestError(
                path,
                "工作簿里的 XML 带有 DOCTYPE 或实体定义，正常的工作簿没有，可能是恶意文件，"
                "已拒绝。请向报送单位核实，或用 Excel、WPS 另存后再载入。",
                "XML inside the workbook declares a DOCTYPE or entities, which no normal workbook "
                "does; it may be malicious and was refused. Ask the sender, or save it anew in "
                "Excel or WPS.",
            )
        if b"\0" in piece:
            raise damaged(path, "XML ≠ UTF-8")
        if claim := _CLAIM.search(tail + piece):
            raise damaged(path, claim[0].decode("utf-8", "replace"))
        tail = piece[-64:]
        yield piece


def _whole(path: Path, pieces: Iterator[bytes]) -> bytes:
    data = bytearray()
    for piece in pieces:
        data += piece
        if len(data) > _SMALL_PART:
            raise damaged(path, f"> {_SMALL_PART:,}")
    return bytes(data)


def _tree(path: Path, data: bytes | None) -> ET.Element:
    try:
        return ET.fromstring(data or b"<none/>")
    except ET.ParseError as error:
        raise damaged(path, error) from error


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _links(path: Path, small: dict[str, bytes]) -> list[str]:
    return [
        unquote(relation.get("Target", ""))
        for name, data in small.items()
        if "externallinks/_rels/" in name
        for relation in _tree(path, data)
        if relation.get("TargetMode") == "External"
    ]


def _styles(path: Path, data: bytes | None) -> dict[bytes, Style]:
    """Return the cell styles that show a number otherwise than it is stored."""
    tree = _tree(path, data)
    forms = dict(BUILT_IN)
    for form in tree.iter():
        if _local(form) == "numFmt":
            forms[_whole_number(form.get("numFmtId"))] = form.get("formatCode", "")
    found = {}
    for formats in tree:
        if _local(formats) == "cellXfs":
            for number, xf in enumerate(formats):
                code = forms.get(_whole_number(xf.get("numFmtId")), "")
                style = Style(percent_factor(code), scaled(code))
                if style.factor or style.scaled:
                    found[str(number).encode()] = style
    return found


def _whole_number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0
