"""Tables of a web page as grids."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from agriqa.ingest.errors import IngestError
from agriqa.ingest.readers.grid import Grid, Merge, check_size, make_grid
from agriqa.ingest.reading import Note

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]+)", re.IGNORECASE)
_GB = re.compile(r"gb[_-]?(2312|k|18030)(-80)?|x-gbk|hz-gb-2312|cp936|windows-936", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\r\n\f]+")
_SILENT = {"script", "style", "noscript", "template", "head", "textarea", "select", "title"}
_BREAKING = {"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6"}
# What HTML itself allows.
_MOST_COLSPAN, _MOST_ROWSPAN = 1000, 65_534
# Lines before a table that may be its title or its unit: how many, how long.
_TITLE_LINES, _TITLE_LENGTH = 3, 60


def read_html(path: Path, stream: BinaryIO, encoding: str | None = None) -> list[Grid]:
    """Read every table of a web page that holds data, as a sheet each (``表1``, ``表2``, …).

    The caption and up to three short lines before a table become its first
    rows: they name the year and the unit. Cells that span rows or columns
    become merged ranges. A table that only lays out others is passed over.

    Raises
    ------
    IngestError
        If the page cannot be decoded or holds no table.
    """
    page = _parsed(path, stream.read(), encoding)
    tables = [t for t in page.iter("table") if not _lays_out(t)]
    grids: list[Grid] = []
    said: tuple[Note, ...] = (_note(path),) if path.suffix.lower() not in (".html", ".htm") else ()
    for table in tables:
        rows, merges = _cells(path, table)
        if any(any(row) for row in rows):
            titles: list[list[object]] = [[line] for line in _titles(table)]
            name, down = f"表{len(grids) + 1}", len(titles)
            moved = [((a + down, b), (c + down, d)) for (a, b), (c, d) in merges]
            grids.append(make_grid(path, name, [*titles, *rows], merges=moved, notes=said))
    if not grids:
        raise IngestError(
            path,
            "其实是网页，而且里面没有带数据的表格。请在浏览器中打开，把表格复制到 Excel 或 WPS，"
            "另存为 .xlsx 再载入。",
            "is a web page without a table that holds data. Open it in a browser, copy the table "
            "into Excel or WPS, save it as .xlsx and load that.",
        )
    return grids


def _note(path: Path) -> Note:
    return Note(
        "html",
        f"扩展名是 {path.suffix}，其实是网页，已按网页表格读取。",
        f"ends in {path.suffix} but is a web page; its tables were read.",
    )


def _parsed(path: Path, data: bytes, encoding: str | None) -> Any:
    from lxml import etree, html

    text = _decoded(path, data, encoding).replace("\0", "")
    # Re-encoded, so that what the page says of its encoding no longer counts.
    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True,
                             remove_pis=True)  # fmt: skip
    try:
        page = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise _broken(path, error) from error
    for entry in parser.error_log:
        # libxml2 stops there, without the rest of the page
        if entry.level_name == "FATAL" or "xcessive" in entry.message or "limit" in entry.message:
            raise _broken(path, entry.message)
    return page


def _broken(path: Path, why: object) -> IngestError:
    return IngestError(
        path,
        f"网页结构异常，无法读取（{why}）。请在浏览器中打开，把表格复制到 Excel 或 WPS，"
        "另存为 .xlsx 再载入。",
        f"the web page is malformed and cannot be read ({why}). Open it in a browser, copy the "
        "table into Excel or WPS, save it as .xlsx and load that.",
    )


def _decoded(path: Path, data: bytes, encoding: str | None) -> str:
    declared = _CHARSET.search(data[:8192])
    names: list[str] = [encoding] if encoding else []
    if not encoding:
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            names.append("utf-16")
        if declared:
            name = declared[1].decode("ascii")
            names.append("gb18030" if _GB.fullmatch(name) else name)
        names += ["utf-8-sig", "gb18030"]
    for name in names:
        try:
            return data.decode(name).removeprefix("\ufeff")
        except (UnicodeError, LookupError):
            continue
    listed = "、".join(names)
    raise IngestError(
        path,
        f"网页不能按 {listed} 解码，请用 --encoding 指明编码，如 gb18030、big5。",
        f"the page cannot be decoded as {listed}; give --encoding, such as gb18030 or big5.",
    )


def _lays_out(table: Any) -> bool:
    """Whether a table only arranges others: it holds one, and little of its own.

    One with a grid of its own (two cells or more in two rows or more, outside
    the inner tables) is data that happens to hold a table in a cell.
    """
    if next(table.iterdescendants("table"), None) is None:
        return False
    full = [sum(bool(_text(cell)) for cell in _own_cells(row)) for row in _own_rows(table)]
    return sum(number > 1 for number in full) < 2


def _own_rows(table: Any) -> Iterator[Any]:
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from child.iterchildren("tr")


def _own_cells(row: Any) -> Iterator[Any]:
    return row.iterchildren("td", "th")


def _cells(path: Path, table: Any) -> tuple[list[list[object]], list[Merge]]:
    """Lay the cells out as HTML does: each goes to the first free place of its row."""
    rows: list[list[object]] = []
    merges: list[Merge] = []
    # column -> row up to which a cell from above reaches
    busy: dict[int, int] = {}
    sources = list(_own_rows(table))
    for at, source in enumerate(sources):
        row: list[object] = []
        for cell in _own_cells(source):
            while busy.get(len(row), -1) >= at:
                row.append(None)
            left = len(row)
            wide = _span(cell, "colspan", _MOST_COLSPAN) or 1
            deep = _span(cell, "rowspan", _MOST_ROWSPAN) or len(sources)
            bottom = min(at + deep, len(sources)) - 1
            row += [_text(cell), *[None] * (wide - 1)]
            check_size(path, path.stem, at + 1, len(row))
            if bottom > at:
                busy.update(dict.fromkeys(range(left, left + wide), bottom))
            if (bottom, wide) != (at, 1):
                merges.append(((at, left), (bottom, left + wide - 1)))
        rows.append(row)
    return rows, merges


def _span(cell: Any, name: str, most: int) -> int:
    found = re.match(r"\s*(\d{1,9})", cell.get(name) or "1")
    return min(int(found[1]), most) if found else 1


def _text(element: Any) -> str | None:
    """Return an element's text as a browser shows it, without tables inside it."""
    parts: list[str] = []
    # Not recursive: pages may be nested as deep as they like.
    for event, node in _walk(element):
        if event == "start":
            if node.tag in _BREAKING:
                parts.append("\n")
            parts.append(_SPACES.sub(" ", node.text or ""))
        else:
            if node.tag in _BREAKING:
                parts.append("\n")
            if node is not element:
                parts.append(_SPACES.sub(" ", node.tail or ""))
    lines = (line.strip(" \xa0") for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line) or None


def _walk(element: Any) -> Iterator[tuple[str, Any]]:
    from lxml import etree

    walker = etree.iterwalk(element, events=("start", "end"))
    for event, node in walker:
        if event == "start" and node is not element and node.tag in (*_SILENT, "table"):
            walker.skip_subtree()
            node = _Hollow(node.tail)
        elif event == "end" and node is not element and node.tag in (*_SILENT, "table"):
            node = _Hollow(node.tail)
        yield event, node


class _Hollow:
    """Stands for an element whose text does not count."""

    tag, text = "hollow", None

    def __init__(self, tail: str | None) -> None:
        self.tail = tail


def _titles(table: Any) -> list[str]:
    """Return the caption, or the short lines between the table and the one before it."""
    caption = table.find("caption")
    if caption is not None and (text := _text(caption)):
        return text.split("\n")
    lines: list[str] = []
    for text in _before(table):
        for line in reversed(text.split("\n")):
            if len(line) > _TITLE_LENGTH:
                return lines[::-1]
            lines.append(line)
            if len(lines) == _TITLE_LINES:
                return lines[::-1]
    return lines[::-1]


def _before(table: Any) -> Iterator[str]:
    """Yield what stands before a table, nearest first, up to another table."""
    node = table
    while node is not None and node.tag != "body":
        for sibling in node.itersiblings(preceding=True):
            if sibling.tag in _SILENT:
                continue
            if sibling.tag == "table" or next(sibling.iterdescendants("table"), None) is not None:
                return
            if text := _text(sibling):
                yield text
        parent = node.getparent()
        if parent is not None and parent.tag in ("td", "th"):
            return
        node = parent
