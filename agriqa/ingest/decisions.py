"""The two files in which people decide what an unknown name or header means."""

from __future__ import annotations

import csv
import io
import os
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeVar

from agriqa.errors import AgriqaError

NAMES, HEADERS = "names.csv", "headers.csv"
# Stands in the column `column` of headers.csv for "there is nothing to store in it".
IGNORE = "-"

Verdict = Literal["yes", "no", ""]
# Spreadsheets run text that starts like this as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST = 120


class DecisionError(AgriqaError):
    """A reviewed file that contradicts itself or names what agriqa does not know."""


@lru_cache(maxsize=65536)
def spelled(text: object) -> str:
    """Return a name the way decisions are compared: one width and case, without spaces.

    Examples
    --------
    >>> spelled(" 商品 两（吨）* ")
    '商品两(吨)'
    """
    bare = re.sub(r"[\s*]+", "", unicodedata.normalize("NFKC", str(text))).casefold()
    # Taking out a space may bring a letter and its accent together.
    return unicodedata.normalize("NFKC", bare)


@dataclass(frozen=True, slots=True)
class NameDecision:
    """One line of names.csv: whether `text`, written by `sender`, means `target`.

    Attributes
    ----------
    kind : str
        ``county``, ``brand``, ``analyte``, ``product`` or ``code:`` and the
        name of a code list.
    sender : str
        Who writes it; empty for everybody.
    text : str
        What stands in the file.
    target : str
        A county's code, a brand's id, a code of the list, or the right
        spelling; empty in a line that refuses every suggestion.
    decision : str
        ``yes``, ``no``, or empty as long as nobody has decided.
    decided_on : str
        The day, as a date.
    note : str
        Anything a later reader should know.
    """

    kind: str
    sender: str
    text: str
    target: str
    decision: Verdict = ""
    decided_on: str = ""
    note: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What is decided: kind, sender and text as they are compared."""
        return self.kind, spelled(self.sender), spelled(self.text)

    @property
    def answer(self) -> tuple[str, str]:
        """What it is said to mean."""
        return self.target, ""


@dataclass(frozen=True, slots=True)
class HeaderDecision:
    """One line of headers.csv: whether `header` of `sender` means `column` of `dataset`.

    Attributes
    ----------
    sender, dataset, header : str
        Who writes what above a column of which dataset; an empty sender is everybody.
    column : str
        The declared column; ``-`` for a column that holds nothing to store.
    unit : str
        The unit of the numbers, where the header does not say it.
    decision, decided_on, note : str
        As in `NameDecision`.
    """

    sender: str
    dataset: str
    header: str
    column: str
    unit: str = ""
    decision: Verdict = ""
    decided_on: str = ""
    note: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What is decided: dataset, sender and header as they are compared."""
        return self.dataset, spelled(self.sender), spelled(self.header)

    @property
    def answer(self) -> tuple[str, str]:
        """What it is said to mean."""
        return self.column, self.unit


Decision = NameDecision | HeaderDecision
D = TypeVar("D", NameDecision, HeaderDecision)


def read_decisions(path: Path, made: type[D]) -> list[tuple[int, D]]:
    """Return the decisions of a reviewed file, each with its line; none when it is missing.

    Lines that start with ``#`` and empty lines are passed over.

    Raises
    ------
    DecisionError
        If the file is not UTF-8, its columns are not the declared ones, or a
        line has more or fewer cells.
    """
    columns = _columns(made)
    found: list[tuple[int, D]] = []
    for line, _text, cells in _records(path, columns)[1:]:
        if cells is None:
            continue
        values = dict(zip(columns, (cell.strip() for cell in cells), strict=True))
        found.append((line, made(**values)))  # type: ignore[arg-type]
    return found


def add_decisions(path: Path, added: Iterable[D], made: type[D]) -> int:
    """Add lines to a reviewed file, each at its place in the order; return how many.

    The lines there are stay as they are. A line that says nothing new, and one
    that a spreadsheet would take for a formula, is not added. The file appears
    whole or not at all.
    """
    columns = _columns(made)
    held = {_identity(d) for _, d in read_decisions(path, made)}
    fresh = {_identity(d): d for d in added if is_writable(d) and _identity(d) not in held}
    if not fresh:
        return 0
    records = _records(path, columns) or [(1, _line(columns, "\n"), None)]
    (_, head, _), *body = records
    ending = "\r\n" if head.endswith("\r\n") else "\n"
    # A remark belongs to the line below it, and is never parted from it.
    blocks: list[tuple[tuple[str, ...], str]] = []
    remark = ""
    for _, text, cells in body:
        text = text if text.endswith("\n") else text + ending
        if cells is None:
            remark += text
        else:
            blocks.append((tuple(cells), remark + text))
            remark = ""
    for decision in fresh.values():
        line = _cells(decision)
        at = bisect_right(blocks, line, key=lambda block: block[0])
        blocks.insert(at, (line, _line(line, ending)))
    head = head if head.endswith("\n") else head + ending
    _replace(path, head + "".join(text for _, text in blocks) + remark)
    return len(fresh)


def is_writable(decision: Decision) -> bool:
    """Whether what a file wrote can stand in a reviewed file that a spreadsheet opens."""
    written = decision.text if isinstance(decision, NameDecision) else decision.header
    fits = 0 < len(written) <= _LONGEST and written.isprintable()
    return fits and bool(spelled(written)) and not written.startswith(_FORMULA)


def _columns(made: type[Decision]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(made))


def _cells(decision: Decision) -> tuple[str, ...]:
    return tuple(getattr(decision, name) for name in _columns(type(decision)))


def _identity(decision: Decision) -> tuple[object, ...]:
    return (*decision.key, decision.answer[0])


def _line(cells: Sequence[str], ending: str) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator=ending).writerow(cells)
    return stream.getvalue()


def _records(path: Path, columns: tuple[str, ...]) -> list[tuple[int, str, list[str] | None]]:
    """Return (line, text as it stands, cells); the header first; None for what is no decision."""
    if not path.is_file():
        return []
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DecisionError(
            f"{path.name} 不是 UTF-8：请在 Excel 中另存为“CSV UTF-8”。"
            f" / {path.name} is not UTF-8: save it in Excel as 'CSV UTF-8'."
        ) from error
    lines = io.StringIO(text, newline="").readlines()
    reader = csv.reader(lines)
    records: list[tuple[int, str, list[str] | None]] = []
    start = 0
    for cells in reader:
        written = "".join(lines[start : reader.line_num])
        # Excel fills a remark's line up with commas.
        aside = not any(cells) or (bool(records) and cells[0].startswith("#"))
        if not records and tuple(cells) != columns:
            raise _wrong(path, start + 1, ",".join(cells), ",".join(columns))
        if records and not aside and len(cells) != len(columns):
            raise _wrong(path, start + 1, written.strip(), f"{len(columns)}")
        records.append((start + 1, written, None if aside else cells))
        start = reader.line_num
    return records


def _wrong(path: Path, line: int, written: str, wanted: str) -> DecisionError:
    return DecisionError(
        f"{path.name} 第 {line} 行：列不对：“{written}”，应为：{wanted}"
        f" / {path.name} line {line}: wrong columns {written!r}; expected {wanted}"
    )


def _replace(path: Path, text: str) -> None:
    """Write a file whole; with the mark by which Excel knows UTF-8."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8-sig", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
