"""What is inside an .xlsx: looked through before anything reads it for good.

Every part is unpacked once, piece by piece, so that a bomb is found while it is
small, and so that cells are known that the reader would turn into something
else: errors, formulas without a result, percentages.
"""

from __future__ import annotations

import re
import zipfile
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET
from xml.sax.saxutils import unescape

from agriqa.ingest.errors import IngestError
from agriqa.ingest.readers.facts import (
    BUILT_IN,
    SheetFacts,
    letters,
    percent_factor,
    place,
    scaled,
)
from agriqa.ingest.readers.grid import check_size
from agriqa.ingest.readers.guards import Budget, damaged, unpacked
from agriqa.ingest.readers.limits import MAX_CELLS, MAX_COLUMNS, MAX_TEXT
from agriqa.ingest.readers.text import too_much_text

_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_REL_STRICT = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_ATTRIBUTE = re.compile(rb"([\w:]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_REFERENCE = re.compile(rb"([A-Za-z]{1,3})([0-9]{1,7})")
# The opening of a cell as Excel and most libraries write it; what follows "<c".
_USUAL = re.compile(
    rb'\s+r="([A-Z]{1,3})([0-9]{1,7})"(?:\s+s="([0-9]+)")?(?:\s+t="(\w+)")?\s*(/?)>'
)
_DOCTYPE = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
# Bytes of the parts that are read whole (styles, list of sheets), and of one row.
_SMALL_PART, _LONG_ROW = 50_000_000, 64_000_000


@dataclass
class Inside:
    """What was seen in a workbook's container."""

    sheets: dict[str, SheetFacts]
    macros: bool = False
    links: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Style:
    factor: int
    scaled: bool


def look_through(path: Path, archive: zipfile.ZipFile) -> Inside:
    """Check every part of a workbook and find what its cells hold beyond their values.

    Raises
    ------
    IngestError
        If a part is damaged, declares a document type, or holds too much.
    """
    budget = Budget(path)
    small: dict[str, bytes] = {}
    infos = {info.filename.lower().lstrip("/"): info for info in archive.infolist()}
    if len(infos) < len(archive.infolist()):
        raise damaged(path, "two parts of one name")
    lengths: array[int] | None = None
    for name, info in infos.items():
        if not name.endswith((".xml", ".rels")) or name.startswith("xl/worksheets/sheet"):
            continue
        pieces = _checked(path, unpacked(path, archive, info, budget))
        if name == "xl/sharedstrings.xml":
            lengths = _string_lengths(path, pieces)
        elif name in _WHOLE or name.startswith("xl/externallinks/_rels/"):
            small[name] = _whole(path, pieces)
        else:
            for _ in pieces:
                pass
    for name, info in infos.items():
        if not name.endswith((".xml", ".rels")):
            for _ in unpacked(path, archive, info, budget):
                pass
    styles = _styles(path, small.get("xl/styles.xml"))
    inside = Inside({}, macros="xl/vbaproject.bin" in infos, links=_links(path, small))
    seen = _Seen(path, styles, lengths or array("l"))
    parts = _sheet_parts(path, small)
    for name, part, hidden in parts:
        if part in infos:
            pieces = _checked(path, unpacked(path, archive, infos[part], budget))
            inside.sheets[name] = seen.sheet(SheetFacts(name, hidden=hidden), pieces)
    known = {part for _, part, _ in parts}
    for name, info in infos.items():
        # A part that no sheet names is checked all the same.
        if name.startswith("xl/worksheets/sheet") and name not in known:
            seen.sheet(SheetFacts(name), _checked(path, unpacked(path, archive, info, budget)))
    return inside


_WHOLE = {"xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"}


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
        tail = piece[-12:]
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


def _sheet_parts(path: Path, small: dict[str, bytes]) -> list[tuple[str, str, bool]]:
    """Return each sheet's name, part and whether it is hidden."""
    targets = {
        relation.get("Id"): relation.get("Target", "")
        for relation in _tree(path, small.get("xl/_rels/workbook.xml.rels"))
    }
    found = []
    for sheet in _tree(path, small.get("xl/workbook.xml")).iter():
        if _local(sheet) != "sheet":
            continue
        target = targets.get(sheet.get(_REL) or sheet.get(_REL_STRICT), "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        hidden = sheet.get("state", "visible") != "visible"
        found.append((sheet.get("name", ""), part.lower(), hidden))
    return found


def _links(path: Path, small: dict[str, bytes]) -> list[str]:
    return [
        unquote(relation.get("Target", ""))
        for name, data in small.items()
        if name.startswith("xl/externallinks/_rels/")
        for relation in _tree(path, data)
        if relation.get("TargetMode") == "External"
    ]


def _styles(path: Path, data: bytes | None) -> dict[bytes, _Style]:
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
                style = _Style(percent_factor(code), scaled(code))
                if style.factor or style.scaled:
                    found[str(number).encode()] = style
    return found


def _whole_number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0


def _string_lengths(path: Path, pieces: Iterator[bytes]) -> array[int]:
    """Return how long each shared string is, markup included [bytes]."""
    lengths: array[int] = array("l")
    opening = re.compile(rb"<(?:\w+:)?si(?=[\s/>])")
    carry, before, started = b"", 0, False
    for piece in pieces:
        *whole, rest = opening.split(carry + piece)
        if whole:
            if started:
                lengths.append(before + len(whole[0]))
            lengths.extend(map(len, whole[1:]))
            before, started = 0, True
        # enough to see a tag that is cut in two
        before, carry = before + max(0, len(rest) - 64), rest[-64:]
        if len(lengths) > MAX_CELLS:
            check_size(path, "sharedStrings", len(lengths), 1)
    if started:
        lengths.append(before + len(carry))
    return lengths


class _Seen:
    """Goes through the sheets of one workbook and counts what they hold together."""

    def __init__(self, path: Path, styles: dict[bytes, _Style], lengths: array[int]) -> None:
        self.path, self.styles, self.lengths = path, styles, lengths
        self.cells = self.text = 0
        self.prefixed = False

    def sheet(self, facts: SheetFacts, pieces: Iterator[bytes]) -> SheetFacts:
        """Go through one sheet row by row."""
        shared: dict[bytes, str] = {}
        row = -1
        for chunk in self._rows(facts, pieces):
            head, *cells = self._cell.split(chunk)
            about = _attributes(head.partition(b">")[0])
            number = about.get(b"r", b"")
            row = int(number) - 1 if number.isdigit() and len(number) < 9 else row + 1
            facts.hidden_rows += about.get(b"hidden") in (b"1", b"true")
            self._row(facts, row, cells, shared)
            facts.check(self.path)
        area = (facts.last_row + 1) * (facts.last_column + 1)
        self.cells += area
        if self.cells > MAX_CELLS:
            check_size(self.path, f"{facts.name}…", self.cells, 1)
        return facts

    def _rows(self, facts: SheetFacts, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield what follows each ``<row``; take note of what stands before the first."""
        carry, rows, head = b"", None, True
        for piece in pieces:
            carry += piece
            if rows is None:
                if b"sheetData" not in carry and len(carry) < 1 << 22:
                    continue
                prefix = re.search(rb"<(\w+:)?sheetData", carry)
                start = b"<" + ((prefix[1] or b"") if prefix else b"")
                rows = re.compile(start + rb"row(?=[\s/>])")
                self.prefixed = len(start) > 1
                self._cell = re.compile(start + rb"c(?=[\s/>])")
                self._value = re.compile(start + rb"v(?=[\s/>])")
                self._formula = re.compile(start + rb"f(?=[\s/>])")
            *whole, carry = rows.split(carry)
            if head and whole:
                self._head(facts, whole.pop(0))
                head = False
            yield from whole
            if len(carry) > _LONG_ROW:
                raise damaged(self.path, f"row > {_LONG_ROW:,}")
        if head:
            self._head(facts, carry)
        else:
            yield carry.partition(b"sheetData>")[0]
        facts.filtered |= b"autoFilter" in carry

    def _head(self, facts: SheetFacts, head: bytes) -> None:
        for tag in re.findall(rb"<(?:\w+:)?col\s([^>]*)>", head):
            about = _attributes(tag)
            low, high = (about.get(key, b"") for key in (b"min", b"max"))
            if about.get(b"hidden") in (b"1", b"true") and low.isdigit() and high.isdigit():
                last = min(int(high), int(low) + 100, MAX_COLUMNS)
                facts.hidden_columns += [letters(n - 1) for n in range(int(low), last + 1)]

    def _row(
        self, facts: SheetFacts, row: int, cells: list[bytes], shared: dict[bytes, str]
    ) -> None:
        column = -1
        for cell in cells:
            usual = _USUAL.match(cell)
            if usual:
                at, digits, style, kind, empty = usual.groups()
                end = usual.end()
            else:
                at, digits, style, kind, empty, end = _unusual(self.path, cell)
            column = _column(at) if at else column + 1
            here = int(digits) - 1 if digits else row
            if empty or cell.startswith(b"</", end):
                continue
            facts.fill(here, column)
            if b"<f" in cell or self.prefixed or kind == b"e" or style in self.styles:
                self._cell_facts(facts, here, column, style, kind, cell[end:], shared)
            elif kind == b"s":
                self._string(cell[end:].removeprefix(b"<v>").partition(b"<")[0])
        if column >= MAX_COLUMNS:
            check_size(self.path, facts.name, row + 1, column + 1)

    def _string(self, index: bytes) -> None:
        """Count the text of a shared string that a cell refers to."""
        if index.isdigit() and len(index) < 9 and int(index) < len(self.lengths):
            self.text += self.lengths[int(index)]
            if self.text > MAX_TEXT:
                raise too_much_text(self.path)

    def _cell_facts(
        self,
        facts: SheetFacts,
        row: int,
        column: int,
        style: bytes | None,
        kind: bytes | None,
        body: bytes,
        shared: dict[bytes, str],
    ) -> None:
        value = self._value.search(body)
        text = _content(body, value.start()) if value else None
        formula = self._formula.search(body)
        written = _formula_text(body, formula.start(), shared) if formula else None
        if kind == b"s" and text:
            self._string(text)
        elif kind == b"e":
            facts.texts[place(row, column)] = (text or b"#N/A").decode("utf-8", "replace")
        elif written is not None and not text and not (kind == b"str" and value):
            facts.texts[place(row, column)] = written
            facts.uncalculated += 1
        elif kind in (None, b"n") and (shown := self.styles.get(style or b"")):
            if shown.factor:
                facts.percent(row, column, shown.factor)
            facts.scaled += shown.scaled


def _attributes(tag: bytes) -> dict[bytes, bytes]:
    return {name: one or other for name, one, other in _ATTRIBUTE.findall(tag)}


def _unusual(path: Path, cell: bytes) -> tuple[bytes, bytes, bytes | None, bytes | None, bool, int]:
    """Read the opening of a cell that is not written as Excel writes it."""
    opening = cell.partition(b">")[0]
    about = _attributes(opening)
    where = about.get(b"r")
    at = _REFERENCE.fullmatch(where) if where is not None else None
    if where is not None and at is None:
        raise damaged(path, where.decode("utf-8", "replace")[:40])
    letters_, digits = at.groups() if at else (b"", b"")
    empty = opening.endswith(b"/")
    return letters_, digits, about.get(b"s"), about.get(b"t"), empty, len(opening) + 1


@lru_cache(maxsize=1 << 15)
def _column(text: bytes) -> int:
    number = 0
    for letter in text.upper():
        number = number * 26 + letter - 64
    return number - 1


def _content(body: bytes, start: int) -> bytes:
    """Return what an element holds that begins at `start` and holds only text."""
    opening, _, rest = body[start:].partition(b">")
    return b"" if opening.endswith(b"/") else rest.partition(b"<")[0].strip()


def _formula_text(body: bytes, start: int, shared: dict[bytes, str]) -> str:
    """Return a formula as written; one that is shared is written only where it stands first."""
    about = _attributes(body[start:].partition(b">")[0])
    text = "=" + unescape(_content(body, start).decode("utf-8", "replace"))
    group = about.get(b"si")
    if group is not None:
        text = shared.setdefault(group, text) if text == "=" else text
        shared.setdefault(group, text)
    return text
