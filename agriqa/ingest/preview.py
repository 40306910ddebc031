"""What was understood of a file, for people to check before anything is loaded."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from agriqa.datasets import Dataset, dataset
from agriqa.datasets.units import canonical, unit_label
from agriqa.errors import nearest
from agriqa.ingest.cells import written
from agriqa.ingest.reading import ColumnReading, FileReading, Note, SheetReading

# How many kept rows, problems and warnings are shown.
MOST = 5
HOW = {
    "synonym": "声明 declared",
    "mapping": "已确认的对应 reviewed mapping",
    "source": "来源声明 source",
    "context": "标题或名称 title or name",
    "across": "横排的表头 header across",
    "total": "合计，不入库 sum, not stored",
    "ignored": "不入库 not stored",
    "unknown": "不认识 unknown",
}
SKIPPED = {
    "blank": "空行 blank",
    "title": "标题 title",
    "header": "表头 header",
    "unit": "单位 unit",
    "total": "合计 total",
    "note": "附注 note",
    "duplicate": "重复 duplicate",
    "unfilled": "未填报 unfilled",
    "no_table": "不在表内 no table",
    "filtered": "不属本项目 filtered",
    "corrected_out": "按更正剔除 corrected out",
}
_PLACES = frozenset({"sheet", "row", "col"})


@dataclass(frozen=True)
class Part:
    """One part of a preview: a title and, if it has any, a small table."""

    title: str
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Preview:
    """What was understood of some files: printed as lines, shown in a notebook as tables.

    Attributes
    ----------
    readings : tuple of FileReading
        The files, read but not loaded.
    most : int
        How many kept rows, problems and warnings of a table are shown.
    """

    readings: tuple[FileReading, ...]
    most: int = MOST

    def lines(self) -> list[str]:
        """Return the preview as lines of text for a terminal."""
        found: list[str] = []
        for reading in self.readings:
            found.append(_file(reading))
            for sheet in reading.sheets:
                for level, part in enumerate(sheet_parts(sheet, self.most)):
                    indent = "  " if level == 0 else "    "
                    found.append(indent + part.title)
                    found += [f"{indent}  {line}" for line in _aligned(part)]
        return found

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        found = []
        for reading in self.readings:
            found.append(f"<h3>{escape(_file(reading))}</h3>")
            for sheet in reading.sheets:
                head, *parts = sheet_parts(sheet, self.most)
                found.append(f"<h4>{escape(head.title)}</h4>")
                found += [_html(part) for part in parts]
        return f'<div class="agriqa-preview">{"".join(found)}</div>'


def preview(readings: Iterable[FileReading], *, most: int = MOST) -> Preview:
    """Return what was understood of files that were read but not loaded."""
    return Preview(tuple(readings), most)


def sheet_parts(sheet: SheetReading, most: int = MOST) -> list[Part]:
    """Return the parts of a table's preview; the first is its heading.

    Parameters
    ----------
    sheet : SheetReading
        One table of a sheet, or a sheet without any.
    most : int
        How many kept rows, problems and warnings to show.
    """
    declared = dataset(sheet.dataset) if sheet.dataset else None
    parts = [Part(_heading(sheet, declared)), Part(_counts(sheet))]
    if declared is not None:
        parts += [_columns(sheet, declared), *_unknown(sheet, declared)]
    parts += [
        Part(f"{'注意' if n.level == 'warning' else '说明'}：{_both(n)}") for n in sheet.notes
    ]
    if declared is not None and len(sheet.kept):
        parts.append(_kept(sheet, declared, most))
    parts += _listed("问题 problems", sheet.problems, "reason", most)
    parts += _listed("存疑 warnings", sheet.warnings, "rule", most)
    return parts


def _file(reading: FileReading) -> str:
    return (
        f"{reading.path.name}：读 {reading.read}，可入库 {reading.kept}，"
        f"待改 {reading.quarantined}，跳过 {reading.skipped}"
        f" / read {reading.read}, kept {reading.kept}, quarantined {reading.quarantined}, "
        f"skipped {reading.skipped}"
    )


def _heading(sheet: SheetReading, declared: Dataset | None) -> str:
    where = f"“{sheet.sheet}”{f' {sheet.place}' if sheet.place else ''}"
    if declared is None:
        return f"{where}：没有认出表格 / no table recognised"
    return f"{where}：{declared.label.zh} / {declared.name}"


def _counts(sheet: SheetReading) -> str:
    reasons = sheet.skipped["reason"].astype(str).value_counts()
    skips = "，".join(f"{SKIPPED.get(str(r), str(r))} {n}" for r, n in reasons.items())
    return (
        f"读 read {sheet.rows_read}，可入库 kept {len(sheet.kept)}，"
        f"待改 quarantined {sheet.quarantined}，跳过 skipped {len(sheet.skipped)}"
        f"{f'（{skips}）' if skips else ''}"
    )


def _columns(sheet: SheetReading, declared: Dataset) -> Part:
    header = ("列 column", "表头 as written", "读作 read as", "单位 unit", "依据 how")
    rows = tuple(
        (
            str(one.position) if one.position > 0 else "—",
            one.header,
            f"{declared[one.column].label.zh} {one.column}" if one.column else "—",
            _unit(one, declared),
            HOW.get(one.how, one.how),
        )
        for one in sheet.columns
    )
    return Part("列 columns", header, rows)


def _unit(one: ColumnReading, declared: Dataset) -> str:
    """Return the unit as written and, where it differs, the one it is stored in."""
    if one.column is None or one.unit is None:
        return ""
    stored = declared[one.column].unit
    if stored is None or canonical(one.unit) == stored:
        return one.unit
    return f"{one.unit} → {unit_label(stored)}"


def _unknown(sheet: SheetReading, declared: Dataset) -> Iterator[Part]:
    labels = [*(column.label.zh for column in declared), *declared.columns]
    rows = [
        (
            str(one.position),
            one.header,
            "、".join(nearest(one.header, labels, limit=3)) or "无 none",
        )
        for one in sheet.columns
        if one.how == "unknown"
    ]
    if rows:
        yield Part("不认识的列 unknown columns", ("列 column", "表头", "相近 nearest"), tuple(rows))


def _kept(sheet: SheetReading, declared: Dataset, most: int) -> Part:
    head = sheet.kept.head(most)
    names = [n for n in head.columns if n in _PLACES - {"sheet"} or n in declared.columns]
    names = [n for n in names if n in _PLACES or bool(head[n].notna().any())]
    rows = tuple(
        tuple("" if pd.isna(value) else _shown(value) for value in row)
        for row in head[names].itertuples(index=False, name=None)
    )
    labels = tuple(n if n in _PLACES else declared[n].label.zh for n in names)
    return Part(f"前 {len(head)} 行 first rows", labels, rows)


def _listed(title: str, frame: pd.DataFrame, kind: str, most: int) -> Iterator[Part]:
    if frame.empty:
        return
    rows = tuple(
        (str(one["row"]), str(one["header"]), str(one["value"]), str(one[kind]), _message(one))
        for one in frame.head(most).to_dict("records")
    )
    header = ("行 row", "列 column", "值 value", "类别 kind", "说明 message")
    yield Part(f"{title}（{len(frame)}）", header, rows)


def _message(one: Mapping[Any, Any]) -> str:
    return f"{one['message_zh']} / {one['message_en']}"


def _both(note: Note) -> str:
    return f"{note.message_zh} / {note.message_en}"


def _shown(value: object) -> str:
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return written(value) if isinstance(value, str | float) else str(value)


def _aligned(part: Part) -> list[str]:
    """Return a part's table as lines with columns under each other."""
    lines = [part.header, *part.rows] if part.rows else []
    if not lines:
        return []
    cells = [[" ".join(cell.split()) for cell in line] for line in lines]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(c + " " * (w - _width(c)) for c, w in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]


def _width(text: str) -> int:
    """Return how many places a text takes in a terminal."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _html(part: Part) -> str:
    title = f"<p>{escape(part.title)}</p>"
    if not part.rows:
        return title
    head = _html_row("th", part.header)
    return f"{title}<table>{head}{''.join(_html_row('td', row) for row in part.rows)}</table>"


def _html_row(tag: str, cells: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"
