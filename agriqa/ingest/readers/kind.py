"""What a file is by its content, whatever its name says."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

from agriqa.ingest.errors import IngestError
from agriqa.ingest.readers.find import ENDINGS

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SAVE_AS = (
    "请在 Excel 或 WPS 中打开，另存为 .xlsx 再载入。",
    "Open it in Excel or WPS, save it as .xlsx and load that.",
)
_COPY_TABLE = (
    "请把其中的表格复制到 Excel 或 WPS 表格中，存为 .xlsx 再载入。",
    "Copy its table into Excel or WPS, save that as .xlsx and load it.",
)
_UNPACK = ("请先解压，再载入解压出的文件。", "Unpack it and load the files.")
_SPREADSHEET_XML = b"urn:schemas-microsoft-com:office:spreadsheet"
_MARKUP = re.compile(rb"\s*(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|meta|table|div|p\b)",
                     re.IGNORECASE | re.DOTALL)  # fmt: skip


class Kind(StrEnum):
    """What can be told from the first bytes."""

    EMPTY = "empty"
    ZIP = "zip"
    OLE = "ole"
    PARQUET = "parquet"
    HTML = "html"
    SPREADSHEET_XML = "spreadsheet_xml"
    XML = "xml"
    MHTML = "mhtml"
    PDF = "pdf"
    IMAGE = "image"
    RTF = "rtf"
    RAR = "rar"
    TEXT = "text"
    BINARY = "binary"


_SIGNATURES = (
    (b"PK\x03\x04", Kind.ZIP), (b"PK\x05\x06", Kind.ZIP), (OLE, Kind.OLE),
    (b"PAR1", Kind.PARQUET), (b"%PDF", Kind.PDF), (b"{\\rtf", Kind.RTF),
    (b"\x89PNG", Kind.IMAGE), (b"\xff\xd8\xff", Kind.IMAGE), (b"GIF8", Kind.IMAGE),
    (b"II*\x00", Kind.IMAGE), (b"MM\x00*", Kind.IMAGE), (b"BM", Kind.IMAGE),
    (b"Rar!", Kind.RAR), (b"7z\xbc\xaf\x27\x1c", Kind.RAR), (b"\x1f\x8b", Kind.RAR),
)  # fmt: skip

# Kinds that are refused wherever they stand: what it is, what to do.
_REFUSED = {
    Kind.PDF: (("PDF 文件", "a PDF file"), _COPY_TABLE),
    Kind.IMAGE: (("图片", "an image"), ("请向报送单位要电子表格（.xlsx 或 CSV）。",
                 "Ask the sender for the spreadsheet (.xlsx or CSV).")),
    Kind.RTF: (("文档（RTF）", "a document (RTF)"), _COPY_TABLE),
    Kind.RAR: (("压缩包（RAR、7z 或 gzip）", "an archive (RAR, 7z or gzip)"), _UNPACK),
    Kind.SPREADSHEET_XML: (("“XML 电子表格 2003”", "an 'XML Spreadsheet 2003'"), _SAVE_AS),
    Kind.XML: (("XML 文件", "an XML file"), _SAVE_AS),
    Kind.MHTML: (("“单个文件网页”（MHTML）", "a 'single file web page' (MHTML)"), _SAVE_AS),
}  # fmt: skip


def kind_of(head: bytes) -> Kind:
    """Tell what a file is from its first bytes.

    Examples
    --------
    >>> kind_of(b"%PDF-1.7"), kind_of(b"<!-- x --><html>"), kind_of("县名,年份".encode())
    (<Kind.PDF: 'pdf'>, <Kind.HTML: 'html'>, <Kind.TEXT: 'text'>)
    """
    for signature, kind in _SIGNATURES:
        # "BM" may begin a text; an image has NUL bytes in its header.
        if head.startswith(signature) and (kind != Kind.IMAGE or b"\0" in head):
            return kind
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = head.decode("utf-16", "ignore").encode()
    else:
        text = head.removeprefix(b"\xef\xbb\xbf")
    if not text.strip(b" \t\r\n\0\x0b\x0c\x1a"):
        return Kind.EMPTY
    lowered = text.lstrip().lower()
    if lowered.startswith(b"<") and _SPREADSHEET_XML in lowered and b"<html" not in lowered:
        return Kind.SPREADSHEET_XML
    if lowered.startswith(b"<?xml"):
        return Kind.HTML if b"<html" in lowered or b"<!doctype html" in lowered else Kind.XML
    if _MARKUP.match(text) or (lowered.startswith(b"<") and b"<html" in lowered):
        return Kind.HTML
    if lowered.startswith(b"mime-version:"):
        return Kind.MHTML
    return Kind.BINARY if _binary(text) else Kind.TEXT


def _binary(text: bytes) -> bool:
    """Whether bytes are no text: one in twenty is a control character other than NUL."""
    odd = sum(byte < 9 or 14 <= byte < 32 for byte in text if byte)
    return odd > len(text) / 20


def refuse(path: Path, kind: Kind) -> None:
    """Refuse a file that is empty or of a kind that holds no table we can read.

    Raises
    ------
    IngestError
        Says what the file is and what to do.
    """
    if kind == Kind.EMPTY:
        raise IngestError(
            path,
            "文件是空的（没有内容），请重新导出，或请报送单位再报一次。",
            "the file is empty; export it again or ask the sender for it again.",
        )
    if kind in _REFUSED:
        (zh, en), (todo_zh, todo_en) = _REFUSED[kind]
        raise IngestError(path, f"其实是{zh}，不能载入。{todo_zh}", f"is really {en}. {todo_en}")


def wrong_ending(path: Path, zh: str, en: str, ending: str) -> IngestError:
    """Return the error for a file whose content is not what its ending says."""
    return IngestError(
        path,
        f"扩展名是 {path.suffix}，内容却是{zh}，请把扩展名改为 {ending} 后再载入。",
        f"ends in {path.suffix} but is {en}; rename it to {ending} and load it again.",
    )


def unsupported(path: Path) -> IngestError:
    """Return the error for a file of a type that is not read."""
    ending = path.suffix.lower()
    todo = _SAVE_AS
    if ending in (".doc", ".docx", ".wps", ".ppt", ".pptx", ".ofd", ".pdf"):
        todo = _COPY_TABLE
    return IngestError(
        path,
        f"不支持的文件类型“{ending or '无扩展名'}”，可读：{'、'.join(ENDINGS)}。{todo[0]}",
        f"unsupported file type {ending!r}; readable: {', '.join(ENDINGS)}. {todo[1]}",
    )


def is_other(path: Path, zh: str, en: str, *, document: bool = False) -> IngestError:
    """Return the error for a container that is recognised but not read (Word, ODS, …)."""
    todo = _COPY_TABLE if document else _SAVE_AS
    return IngestError(path, f"其实是{zh}，不能载入。{todo[0]}", f"is really {en}. {todo[1]}")
