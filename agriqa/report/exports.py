"""The indicator files of an edition: CSV, Parquet and Excel."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agriqa.report.content import Content
from agriqa.safe import inert

if TYPE_CHECKING:
    import pandas as pd
    import xlsxwriter

HEADERS = {
    "measure": ("指标代码", "measure"),
    "label": ("指标", "label"),
    "unit": ("单位", "unit"),
    "level": ("地区层级", "level"),
    "area": ("地区代码", "area"),
    "area_name": ("地区", "area name"),
    "prefecture": ("所属市州", "prefecture"),
    "period": ("年份", "period"),
    "value": ("数值", "value"),
    "n": ("样本量 n", "n"),
    "low": ("区间下限", "low"),
    "high": ("区间上限", "high"),
    "status": ("数据状态代码", "status"),
    "status_label": ("数据状态", "status label"),
    "coverage": ("覆盖率（数据完整的县）", "coverage (counties with whole figures)"),
}
_PLACES = 6  # decimals kept in the files: beyond them there is only noise
WORKBOOK_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "default_format_properties": {"font_name": "Noto Sans SC", "font_size": 10},
}

# Gives the number format of so many decimals.
Formats = Callable[[int], Any]


def write_exports(content: Content, folder: Path) -> list[Path]:
    """Write ``indicators.csv``, ``.parquet`` and ``.xlsx`` into `folder`.

    The CSV starts with a byte-order mark, so that Excel opens the Chinese
    text. Text that a spreadsheet would take for a formula is escaped there
    and in the workbook; the Parquet file has the plain text.
    """
    folder.mkdir(parents=True, exist_ok=True)
    table = indicator_table(content)
    csv, parquet, workbook = (folder / f"indicators.{kind}" for kind in ("csv", "parquet", "xlsx"))
    escaped = escape_formulas(table)
    escaped.to_csv(csv, index=False, encoding="utf-8-sig", lineterminator="\n")
    table.to_parquet(parquet, index=False, compression="zstd")
    _write_workbook(content, escaped, workbook)
    return [csv, parquet, workbook]


def indicator_table(content: Content) -> pd.DataFrame:
    """Return every figure of the edition in one tidy frame, with names, labels and units.

    Values [unit], low, high [unit] and coverage [share, 0-1] have six decimals.
    """
    import pandas as pd

    notes = pd.DataFrame(
        [{"measure": m.id, "label": m.label, "unit": m.unit} for m in content.measures]
    )
    rows = content.rows.merge(notes, on="measure", how="left", validate="many_to_one")
    names, prefectures = _area_names(content)
    rows["area_name"] = rows["area"].map(names)
    rows["prefecture"] = rows["area"].map(prefectures)
    rows["status_label"] = rows["status"].map(content.status_word)
    rows = rows.round(dict.fromkeys(("value", "low", "high", "coverage"), _PLACES))
    return rows[list(HEADERS)].sort_values(
        ["measure", "level", "area", "period"], ignore_index=True
    )


def _area_names(content: Content) -> tuple[dict[str, str], dict[str, str]]:
    counties = content.counties
    names = {content.area_code: content.area, **content.prefectures, **content.names()}
    return names, dict(zip(counties["code"], counties["prefecture"], strict=True))


def escape_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    """Put an apostrophe before text that a spreadsheet would run as a formula.

    Examples
    --------
    >>> import pandas as pd
    >>> escape_formulas(pd.DataFrame({"a": ["=1+1", "郫都区"], "b": [-1, 2]}))["a"].tolist()
    ["'=1+1", '郫都区']
    """
    texts = {
        name: frame[name].map(inert, na_action="ignore")
        for name in frame.select_dtypes(include=["str", "object"]).columns
    }
    return frame.assign(**texts)


def _write_workbook(content: Content, table: pd.DataFrame, path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), WORKBOOK_OPTIONS) as workbook:
        # the same edition gives the same bytes
        workbook.set_properties({"created": dt.datetime(2000, 1, 1)})
        head = workbook.add_format({"bold": True, "bottom": 1, "text_wrap": True})

        @cache
        def formats(decimals: int) -> Any:
            places = "." + "0" * decimals if decimals else ""
            return workbook.add_format({"num_format": f"#,##0{places}"})

        _write_notes(workbook, content, head)
        _write_wide(workbook, content, head, formats)
        _write_tidy(workbook, content, table, head, formats)


def _add_sheet(workbook: xlsxwriter.Workbook, content: Content, name: str) -> Any:
    """Add a sheet; its first row says what it is, and that the data are simulated."""
    sheet = workbook.add_worksheet(name)
    what = f"{content.area} {content.title} {content.period}"
    style: dict[str, Any] = {"bold": True}
    if content.simulated:
        what = content.simulated_note()
        style |= {"font_color": "#6b4a00", "bg_color": "#fff3d6"}
    sheet.write_string(0, 0, inert(what), workbook.add_format(style))
    return sheet


def _write_notes(workbook: xlsxwriter.Workbook, content: Content, head: Any) -> None:
    sheet = _add_sheet(workbook, content, content.text("说明", "Notes"))
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 3, 44)
    lines: list[tuple[str, ...]] = [
        (f"{content.area}{content.text('', ' – ')}{content.title}", str(content.period)),
        (content.text("数据快照", "Snapshot"), content.snapshot_id),
        (content.text("快照日期", "Snapshot of"), content.snapshot_created),
        (content.text("覆盖率", "Coverage"), content.coverage_note()),
        (),
        (content.text("数据状态", "Status"), content.text("含义", "Meaning")),
        *content.statuses().items(),
        (),
        tuple(
            content.text(*title)
            for title in (("指标", "Measure"), ("单位", "Unit"), ("算法", "Formula"),
                          ("来源", "Source"))
        ),
    ]  # fmt: skip
    header_rows = {0, 5, len(lines) - 1}
    lines += [(m.label, m.unit, m.formula, m.source) for m in content.measures]
    for number, line in enumerate(lines):
        for column, text in enumerate(line):
            form = head if number in header_rows else None
            sheet.write_string(number + 1, column, inert(text), form)


def _write_wide(
    workbook: xlsxwriter.Workbook, content: Content, head: Any, formats: Formats
) -> None:
    sheet = _add_sheet(
        workbook, content, content.text(f"{content.period}年各县", str(content.period))
    )
    sheet.freeze_panes(2, 2)
    sheet.set_column(0, 2, 12)
    sheet.set_column(3, 2 + len(content.measures), 15)
    fixed = [content.text(*pair) for pair in (("代码", "Code"), ("县", "County"))]
    fixed.append(content.text("市州", "Prefecture"))
    titles = fixed + [m.label + content.brackets(m.unit) for m in content.measures]
    for column, text in enumerate(titles):
        sheet.write_string(1, column, inert(text), head)
    cells = {
        (row["area"], row["measure"]): (round(row["value"], _PLACES), row["status"])
        for row in content.at("county").to_dict("records")
    }
    name = content.text("name", "name_en")
    for number, county in enumerate(content.counties.to_dict("records"), start=2):
        for column, text in enumerate((county["code"], county[name], county["prefecture"])):
            sheet.write_string(number, column, inert(text))
        for column, measure in enumerate(content.measures, start=3):
            value, status = cells.get((county["code"], measure.id), (None, "missing"))
            word = content.status_word(status)
            write_cell(sheet, number, column, value, word, formats(measure.decimals))


def _write_tidy(
    workbook: xlsxwriter.Workbook,
    content: Content,
    table: pd.DataFrame,
    head: Any,
    formats: Formats,
) -> None:
    sheet = _add_sheet(workbook, content, content.text("全部指标", "All figures"))
    sheet.freeze_panes(2, 0)
    sheet.set_column(0, len(table.columns) - 1, 14)
    for column, header in enumerate(table.columns):
        sheet.write_string(1, column, content.text(*HEADERS[header]), head)
    sheet.autofilter(1, 0, len(table) + 1, len(table.columns) - 1)
    decimals = {m.id: m.decimals for m in content.measures}
    percent = workbook.add_format({"num_format": "0.0%"})
    for number, row in enumerate(table.to_dict("records"), start=2):
        figure = formats(decimals[row["measure"]])
        form = {"value": figure, "low": figure, "high": figure, "n": formats(0)}
        form["coverage"] = percent
        for column, (name, value) in enumerate(row.items()):
            write_cell(sheet, number, column, value, "", form.get(str(name)))


def write_cell(
    sheet: Any, row: int, column: int, value: Any, missing: str, form: Any = None
) -> None:
    """Write text as text and a number as a number; `missing` stands for no value."""
    if isinstance(value, str):
        sheet.write_string(row, column, value)
    elif value is None or value != value:
        sheet.write_string(row, column, missing)
    else:
        sheet.write_number(row, column, float(value), form)
