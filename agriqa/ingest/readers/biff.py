"""What is inside an .xls (BIFF records in an OLE container), looked through beforehand."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

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
from agriqa.ingest.readers.kind import is_other
from agriqa.ingest.readers.limits import MAX_CELLS, MAX_TEXT
from agriqa.ingest.readers.text import too_much_text

_FORMULA, _EOF, _BOF, _FILEPASS, _CONTINUE = 0x06, 0x0A, 0x809, 0x2F, 0x3C
_COLINFO, _BOUNDSHEET, _FILTERMODE, _XF, _SST = 0x7D, 0x85, 0x9B, 0xE0, 0xFC
_NUMBER, _LABEL, _BOOLERR, _ROW, _FORMAT, _RK = 0x203, 0x204, 0x205, 0x208, 0x41E, 0x27E
_LABELSST, _RSTRING, _MULRK = 0xFD, 0xD6, 0xBD
_FILLED = {_FORMULA, _NUMBER, _LABEL, _BOOLERR, _RK, _LABELSST, _RSTRING}
_NUMERIC = {_FORMULA, _NUMBER, _RK}
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!",
           42: "#N/A"}  # fmt: skip
_WORKSHEET = 0
_DIMENSIONS, _UNUSED = 0x200, 0x5A5A


@dataclass
class Inside:
    """What was seen in a workbook.

    Attributes
    ----------
    sheets : list of SheetFacts
        Its worksheets in order.
    stream : bytes
        Its records, without claims of sizes that a reader would believe.
    macros : bool
        Whether it has macros.
    """

    sheets: list[SheetFacts]
    stream: bytes
    macros: bool = False


def look_through(path: Path, data: bytes) -> Inside:
    """Check an OLE workbook and find what its cells hold beyond their values.

    Raises
    ------
    IngestError
        If it is encrypted, no workbook, damaged, or larger than allowed.
    """
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as container:
            names = {name.lower(): name for name in map("/".join, container.listdir())}
            _refuse_others(path, set(names))
            book = names.get("workbook") or names["book"]
            stream = container.openstream(book).read()
            macros = any(name.startswith(("_vba_project_cur/", "macros/")) for name in names)
            walk = _Walk(path, stream)
            return Inside(walk.sheets(), bytes(walk.stream), macros)
    except IngestError:
        raise
    except Exception as error:
        # Damage shows itself in any way: a record cut short, a directory in a circle.
        raise broken(path, error) from error


def _refuse_others(path: Path, names: set[str]) -> None:
    if "encryptedpackage" in names:
        raise encrypted(path)
    if "worddocument" in names:
        raise is_other(path, "Word 或 WPS 文字文档", "a Word or WPS document", document=True)
    if "powerpoint document" in names:
        raise is_other(path, "演示文稿", "a presentation", document=True)
    if not names & {"workbook", "book"}:
        raise is_other(path, "其他程序的文件", "a file of another program")


def encrypted(path: Path) -> IngestError:
    """Return the error for an encrypted workbook."""
    return IngestError(
        path,
        "工作簿已加密。请在 Excel 或 WPS 中用密码打开，去掉密码后另存，再载入；"
        "没有密码时请向报送单位要未加密的文件。",
        "the workbook is encrypted. Open it with its password in Excel or WPS, save it without "
        "one and load that; without the password ask the sender for an unprotected file.",
    )


def broken(path: Path, error: object) -> IngestError:
    """Return the error for a workbook that cannot be read."""
    return IngestError(
        path,
        f"不是 Excel 工作簿或已损坏（{error}），请用 Excel 或 WPS 打开后另存为 .xlsx 再载入。",
        f"not an Excel workbook, or a damaged one ({error}); "
        "open it in Excel or WPS, save it as .xlsx and load that.",
    )


class _Walk:
    """Goes through the records of one workbook stream."""

    def __init__(self, path: Path, stream: bytes) -> None:
        self.path, self.stream = path, bytearray(stream)
        self.forms: dict[int, str] = dict(BUILT_IN)
        self.cell_forms: list[int] = []
        self.lengths: list[int] = []
        self.cells = self.text = 0

    def sheets(self) -> list[SheetFacts]:
        found: list[tuple[int, SheetFacts]] = []
        strings: list[bytes] = []
        before = 0
        for kind, body in self._records(0):
            if kind == _FILEPASS:
                raise encrypted(self.path)
            if kind == _FORMAT:
                self.forms[struct.unpack_from("<H", body)[0]] = _format_text(body)
            elif kind == _XF:
                self.cell_forms.append(struct.unpack_from("<H", body, 2)[0])
            elif kind == _BOUNDSHEET and body[5] == _WORKSHEET:
                facts = SheetFacts(f"{len(found) + 1}", hidden=bool(body[4] & 3))
                found.append((struct.unpack_from("<I", body)[0], facts))
            elif kind == _SST or (kind == _CONTINUE and before == _SST):
                strings.append(body)
                kind = _SST
            before = kind
        if strings:
            claimed = struct.unpack_from("<I", strings[0], 4)[0]
            if claimed * 3 > sum(map(len, strings)):
                raise ValueError(f"{claimed:,} strings")
            self.lengths = list(_lengths(strings))
        for start, facts in found:
            self._sheet(start, facts)
            facts.check(self.path)
            self.cells += (facts.last_row + 1) * (facts.last_column + 1)
            if self.cells > MAX_CELLS:
                check_size(self.path, f"{facts.name}…", self.cells, 1)
        return [facts for _, facts in found]

    def _records(self, at: int) -> Iterator[tuple[int, bytes]]:
        """Yield the records from `at` to the end of that part, embedded parts left out."""
        depth = 0
        while at + 4 <= len(self.stream):
            kind, length = struct.unpack_from("<HH", self.stream, at)
            at += 4 + length
            if kind == _BOF:
                depth += 1
            elif kind == _EOF:
                depth -= 1
                if depth <= 0:
                    return
            elif depth == 1:
                if kind == _DIMENSIONS:
                    # A claim only, but memory would be reserved for it.
                    struct.pack_into("<H", self.stream, at - length - 4, _UNUSED)
                yield kind, bytes(self.stream[at - length : at])

    def _sheet(self, start: int, facts: SheetFacts) -> None:
        for kind, body in self._records(start):
            if kind in _FILLED:
                row, column, form = struct.unpack_from("<HHH", body)
                facts.fill(row, column)
                self._cell(facts, kind, row, column, body)
                if kind in _NUMERIC:
                    self._shown(facts, row, column, form)
            elif kind == _MULRK:
                row, first = struct.unpack_from("<HH", body)
                for number in range((len(body) - 6) // 6):
                    facts.fill(row, first + number)
                    form = struct.unpack_from("<H", body, 4 + 6 * number)[0]
                    self._shown(facts, row, first + number, form)
            elif kind == _ROW:
                facts.hidden_rows += bool(struct.unpack_from("<H", body, 12)[0] & 0x20)
            elif kind == _COLINFO and struct.unpack_from("<H", body, 8)[0] & 1:
                low, high = struct.unpack_from("<HH", body)
                facts.hidden_columns += [letters(n) for n in range(low, min(high, low + 100) + 1)]
            elif kind == _FILTERMODE:
                facts.filtered = True

    def _cell(self, facts: SheetFacts, kind: int, row: int, column: int, body: bytes) -> None:
        error = None
        if kind == _BOOLERR and body[7]:
            error = body[6]
        elif kind == _FORMULA and body[12:14] == b"\xff\xff" and body[6] == 2:
            error = body[8]
        elif kind == _LABELSST:
            index = struct.unpack_from("<I", body, 6)[0]
            self.text += self.lengths[index] if index < len(self.lengths) else 0
            if self.text > MAX_TEXT:
                raise too_much_text(self.path)
        if error is not None:
            facts.texts[place(row, column)] = _ERRORS.get(error, "#N/A")

    def _shown(self, facts: SheetFacts, row: int, column: int, form: int) -> None:
        known = self.cell_forms[form] if form < len(self.cell_forms) else 0
        code = self.forms.get(known, "")
        if code and (factor := percent_factor(code)):
            facts.percent(row, column, factor)
        facts.scaled += bool(code) and scaled(code)


def _format_text(body: bytes) -> str:
    """Return a FORMAT record's text, of BIFF8 or the one before."""
    if len(body) >= 5 and body[4] in (0, 1) and body[2] + 256 * body[3] <= len(body):
        return body[5:].decode("utf-16-le" if body[4] else "latin-1", "replace")
    return body[3:].decode("latin-1")


def _lengths(records: list[bytes]) -> Iterator[int]:
    """Yield the length of each shared string [characters]; strings run on over records."""
    numbers = iter(range(1, len(records)))
    record, at = records[0], 8
    while True:
        while at >= len(record):
            following = next(numbers, None)
            if following is None:
                return
            record, at = records[following], at - len(record)
        count, flags = struct.unpack_from("<HB", record, at)
        at += 3
        runs = extra = 0
        if flags & 8:
            runs = struct.unpack_from("<H", record, at)[0]
            at += 2
        if flags & 4:
            extra = struct.unpack_from("<I", record, at)[0]
            at += 4
        yield count
        left, wide = count, 1 + (flags & 1)
        while left:
            here = min(left, max(0, len(record) - at) // wide)
            left, at = left - here, at + here * wide
            if left:
                following = next(numbers, None)
                if following is None:
                    return
                # the rest starts with flags of its own
                record, at = records[following], 1
                wide = 1 + (record[0] & 1)
        at += 4 * runs + extra
