"""A blank form: filled in as it asks, it loads without a word; left blank, it loads nothing."""

from __future__ import annotations

import datetime as dt
import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.cell import Cell
from openpyxl.workbook import Workbook
from typer.testing import CliRunner

from agriqa.areas import Register
from agriqa.cli import app
from agriqa.datasets import Column, Dataset, code_lists, dataset, datasets
from agriqa.errors import AgriqaError
from agriqa.ingest import FileReading, read_file
from agriqa.ingest.cells import CENSORED, MISSING, WITHHELD
from agriqa.ingest.forms import FormStamp, form_stamp, is_current, write_form
from agriqa.ingest.forms.fields import (
    CENSORED_WORD,
    MISSING_WORDS,
    WITHHELD_WORDS,
    form_columns,
    header,
)
from agriqa.ingest.forms.rows import is_form
from agriqa.ingest.forms.stamp import declaration_version
from tests.conftest import ROOT
from tests.ingest.grids import REGISTER

YEAR = 2024
HEADER = 5  # as a spreadsheet counts
RETURNS = [name for name, declared in datasets().items() if declared.kind == "return"]
FORMS = [name for name, declared in datasets().items() if is_form(declared)]
LISTED = ["production", "pesticide_use", "fertiliser_use", "greening", "enforcement", "capacity"]
FREE = sorted({*FORMS} - {*LISTED})


def blank(folder: Path, name: str, **options: Any) -> Path:
    options = {"year": YEAR, "prefecture": "内江市", **options}
    path = folder / f"{name}.xlsx"
    write_form(path, dataset(name), REGISTER, **options)
    return path


def columns(book: Workbook, declared: Dataset) -> Iterator[tuple[Column, int]]:
    """Yield the columns of the form in order, each with its number on the sheet."""
    headers = [cell.value for cell in book.worksheets[0][HEADER]]
    for number, column in enumerate(form_columns(declared), start=1):
        assert headers[number - 1] == header(column)
        yield column, number


def offered(book: Workbook, cell: Cell) -> list[str]:
    """Return what the cell's drop-down offers."""
    for found in book.worksheets[0].data_validations.dataValidation:
        if cell.coordinate in found.sqref and found.type == "list":
            sheet, _, area = found.formula1.replace("'", "").partition("!")
            return [row[0].value for row in book[sheet][area.replace("$", "")]]
    return []


def written(column: Column, at: int, choices: list[str], key: bool) -> tuple[Any, Any]:
    """Return a valid cell and the value it should become; cells of optional columns vary."""
    optional = not column.required or column.default is not None
    if optional and not key and (at + len(column.name)) % 3 == 0:
        return None, column.default
    if choices:
        return choices[at % len(choices)], choices[at % len(choices)]
    low, high = column.min or 0, column.max if column.max is not None else 1000
    numbers = [low, high, low + (high - low) / 8]
    number: float = numbers[at % 3]
    if column.type in ("integer", "number", "measurement"):
        number = round(number) if column.type == "integer" else number
        if not key and at % 4 == 1:
            return WITHHELD_WORDS[0], "withheld"
        if optional and at % 4 == 3:
            return MISSING_WORDS[0], None
        if column.type == "measurement" and at % 4 == 2:
            return CENSORED_WORD, None
        return number, number
    if column.type == "year":
        return YEAR, YEAR
    if column.type == "date":
        return dt.date(YEAR, 3, 1 + at % 28), dt.date(YEAR, 3, 1 + at % 28)
    return f"{column.label.zh}{at:03}", f"{column.label.zh}{at:03}"


def fill(path: Path, declared: Dataset, *, rows: int = 12) -> dict[int, dict[str, Any]]:
    """Fill in the form as it allows; return what each row should become."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    sheet["B2"], sheet["E2"], sheet["E3"] = "内江市农业农村局", "王芳", "2025-03-01"
    places = list(columns(book, declared))
    given = sum(
        sheet.cell(row, 1).value is not None for row in range(HEADER + 1, sheet.max_row + 1)
    )
    expected: dict[int, dict[str, Any]] = {}
    for row in range(HEADER + 1, HEADER + 1 + (given or rows)):
        expected[row] = {}
        for column, number in places:
            cell = sheet.cell(row, number)
            value = cell.value
            if not cell.protection.locked:
                choices = offered(book, cell)
                cell.value, value = written(column, row, choices, column.name in declared.key)
            expected[row][column.name] = value
    book.save(path)
    return expected


def stored(column: Column, value: Any) -> Any:
    """Return what a value of the form is held as."""
    if value is None or value == "withheld":
        return None
    if column.type == "county":
        return REGISTER.resolve(value, year=YEAR, prefecture="内江市").code
    if column.type == "prefecture":
        return REGISTER.resolve_prefecture(value)
    if column.type == "boolean":
        return value == "是"
    if column.codes is not None:
        return code_lists()[column.codes].spelling()[value]
    return value


def held(value: Any) -> Any:
    if value is None or value != value or str(value) == "<NA>":
        return None
    return value.date() if isinstance(value, dt.datetime) else value


def silent(file: FileReading) -> None:
    assert not file.sheets[0].notes
    # That the list of choices is a hidden sheet may be said, but is nothing to worry about.
    assert all(note.level == "info" for sheet in file.sheets for note in sheet.notes)
    assert file.quarantined == 0
    assert [sheet.dataset for sheet in file.sheets[1:]] == [None, None]


@pytest.mark.parametrize("name", FORMS)
def test_a_filled_form_loads_without_a_word(tmp_path: Path, name: str) -> None:
    declared, path = dataset(name), blank(tmp_path, name)
    expected = fill(path, declared)
    file = read_file(path, REGISTER)
    silent(file)
    table = file.sheets[0]
    assert table.dataset == name
    rows = {row["row"]: row for row in table.kept.to_dict("records")}
    assert list(rows) == list(expected)
    assert len(rows) >= 4
    for number, values in expected.items():
        hidden = [column for column, value in values.items() if value == "withheld"]
        assert (held(rows[number]["withheld"]) or "").split(";") == (hidden or [""])
        for column, value in values.items():
            assert held(rows[number][column]) == stored(declared[column], value), column


def test_a_measurement_may_be_below_its_limit(tmp_path: Path) -> None:
    path = blank(tmp_path, "residue")
    book = openpyxl.load_workbook(path)
    for row, value in ((6, "<0.01"), (7, "未检出"), (8, 0.2)):
        for at, cell in enumerate([f"NJ{row}", "毒死蜱", value], start=1):
            book.worksheets[0].cell(row, at, cell)
    book.save(path)
    file = read_file(path, REGISTER)
    silent(file)
    assert file.sheets[0].kept["censored"].tolist() == [True, True, False]
    assert held(file.sheets[0].kept["lod_mg_kg"][0]) == 0.01


@pytest.mark.parametrize("name", FREE)
def test_a_blank_form_of_empty_rows_loads_nothing(tmp_path: Path, name: str) -> None:
    file = read_file(blank(tmp_path, name), REGISTER)
    silent(file)
    assert file.kept == 0
    assert file.sheets[0].dataset == name


@pytest.mark.parametrize("name", LISTED)
def test_a_blank_form_of_listed_rows_loads_nothing(tmp_path: Path, name: str) -> None:
    file = read_file(blank(tmp_path, name), REGISTER)
    silent(file)
    assert file.kept == 0
    reasons = file.sheets[0].skipped["reason"]
    assert set(reasons) == {"title", "header", "unfilled"}


def test_the_returns_are_forms_and_those_by_county_and_year_list_their_rows(
    tmp_path: Path,
) -> None:
    assert {*RETURNS} < {*FORMS}
    for name in FORMS:
        sheet = openpyxl.load_workbook(blank(tmp_path, name)).worksheets[0]
        assert (sheet.cell(HEADER + 1, 1).value is not None) == (name in LISTED), name


def test_the_rows_are_all_counties_and_categories_of_the_year(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(blank(tmp_path, "fertiliser_use", year=2016)).worksheets[0]
    keys = [row[:3] for row in sheet.iter_rows(min_row=HEADER + 1, values_only=True)]
    counties = ["市中区（内江市）", "东兴区", "威远县", "资中县", "隆昌县"]
    kinds = ["氮肥", "磷肥", "钾肥", "复合肥"]
    assert keys == [(county, 2016, kind) for county in counties for kind in kinds]


def test_a_key_of_free_text_leaves_room_below_the_listed_rows(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(blank(tmp_path, "pesticide_use", rows=7)).worksheets[0]
    assert sheet.max_row == HEADER + 5 * 7 + 7
    first = [sheet.cell(HEADER + 1, at) for at in range(1, 6)]
    assert [cell.protection.locked for cell in first] == [True, True, True, True, False]
    assert first[3].value == "all"
    assert not sheet.cell(sheet.max_row, 1).protection.locked


@pytest.mark.parametrize("year", [2005, 2013, 2024])
def test_every_county_of_the_province_is_written_so_that_it_is_found(
    tmp_path: Path, year: int
) -> None:
    path = blank(tmp_path, "capacity", prefecture=None, year=year)
    file = read_file(path, REGISTER)
    assert file.quarantined == 0
    sheet = openpyxl.load_workbook(path).worksheets[0]
    names = [sheet.cell(row, 1).value for row in range(HEADER + 1, sheet.max_row + 1)]
    found = [REGISTER.resolve(name, year=year).code for name in names]
    in_force = REGISTER.in_force(year).sort_values("code")
    assert found == in_force["current_code"].tolist()
    assert {"市中区（内江市）", "市中区（乐山市）"} <= {*names}


def test_only_entry_cells_can_be_changed(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(blank(tmp_path, "greening"))
    sheet = book.worksheets[0]
    for each in book.worksheets:
        assert each.protection.sheet
        assert each.protection.password is None
    # openpyxl: False is what the user may do.
    assert (sheet.protection.formatColumns, sheet.protection.sort) == (False, False)
    open_cells = {c.coordinate for row in sheet.iter_rows() for c in row if not c.protection.locked}
    body = {f"{column}{row}" for column in "CDEFGHIJK" for row in range(6, 11)}
    assert open_cells == body | {"B2", "E2", "B3", "E3"}


def test_it_prints_and_scrolls_with_its_header(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(blank(tmp_path, "greening")).worksheets[0]
    assert sheet.title == "绿色发展与耕地"
    assert sheet.freeze_panes == "C6"
    assert sheet.print_title_rows == "$5:$5"
    assert sheet.page_setup.orientation == "landscape"
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (None, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert all(cell.alignment.wrap_text for cell in sheet[HEADER])


def test_the_choices_are_on_a_hidden_sheet(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(blank(tmp_path, "sample"))
    assert [sheet.sheet_state for sheet in book] == ["visible", "visible", "hidden"]
    places = {column.name: number for column, number in columns(book, dataset("sample"))}
    sheet = book.worksheets[0]
    for row in (HEADER + 1, sheet.max_row):
        assert offered(book, sheet.cell(row, places["stage"])) == [
            "生产基地", "散户", "批发市场", "运输车", "屠宰场",
        ]  # fmt: skip
        assert "市中区（内江市）" in offered(book, sheet.cell(row, places["county_code"]))


def check_of(path: Path, column: str, name: str) -> Any:
    book = openpyxl.load_workbook(path)
    number = {c.name: n for c, n in columns(book, dataset(name))}[column]
    cell = book.worksheets[0].cell(HEADER + 1, number).coordinate
    [found] = [v for v in book.worksheets[0].data_validations.dataValidation if cell in v.sqref]
    return found


@pytest.mark.parametrize(
    ("name", "column", "kind", "parts"),
    [
        ("greening", "straw_pct", "custom", ["H6>=0", "H6<=100", 'H6="—"', 'H6="保密"']),
        ("capacity", "staff_n", "custom", ["IFERROR(E6=INT(E6),FALSE)", "E6<=5000"]),
        ("residue", "value_mg_kg", "custom", ['C6="未检出"', 'LEFT(C6,1)="<"']),
        ("base", "year_from", "whole", ["1990"]),
        ("sample", "sampled_on", "date", ["32874"]),
        ("sample", "sample_id", None, []),
    ],
)
def test_a_cell_takes_what_the_declaration_allows(
    tmp_path: Path, name: str, column: str, kind: str | None, parts: list[str]
) -> None:
    found = check_of(blank(tmp_path, name), column, name)
    assert found.type == kind
    assert all(part in found.formula1 for part in parts)


def test_a_required_number_may_be_withheld_but_not_missing(tmp_path: Path) -> None:
    formula = check_of(blank(tmp_path, "greening"), "cultivated_ha", "greening").formula1
    assert '"保密"' in formula
    assert '"—"' not in formula


def test_what_is_past_ends_today(tmp_path: Path) -> None:
    path = blank(tmp_path, "benchmark")
    assert check_of(path, "year", "benchmark").formula2 == "YEAR(TODAY())"
    path = blank(tmp_path, "sample")
    assert check_of(path, "sampled_on", "sample").formula2 == "TODAY()"


def test_a_cell_says_what_to_write(tmp_path: Path) -> None:
    found = check_of(blank(tmp_path, "greening"), "quality_grade", "greening")
    assert found.promptTitle == "耕地质量等级（等）"
    for part in ("1 最好", "1–10", "单位：等", "没有数据填“—”", "不公开填“保密”", "零填 0"):
        assert part in found.prompt
    assert "1–10" in found.error


@pytest.mark.parametrize("name", FORMS)
def test_every_entry_cell_is_checked_and_explained(tmp_path: Path, name: str) -> None:
    sheet = openpyxl.load_workbook(blank(tmp_path, name)).worksheets[0]
    checks = sheet.data_validations.dataValidation
    for row in (HEADER + 1, sheet.max_row):
        for cell in sheet[row]:
            covering = [check for check in checks if cell.coordinate in check.sqref]
            assert len(covering) == (not cell.protection.locked), cell.coordinate
            assert all(check.prompt and check.error for check in covering)
    assert all(len(check.formula1 or "") <= 255 for check in checks)


def test_the_reader_knows_the_words_the_form_asks_for() -> None:
    assert {*MISSING_WORDS} <= MISSING
    assert {*WITHHELD_WORDS} <= WITHHELD
    assert CENSORED_WORD in CENSORED


@pytest.mark.parametrize("name", ["greening", "sample"])
def test_the_same_call_gives_the_same_bytes(tmp_path: Path, name: str) -> None:
    first = blank(tmp_path, name).read_bytes()
    (tmp_path / f"{name}.xlsx").unlink()
    assert blank(tmp_path, name).read_bytes() == first


def test_a_filled_form_is_never_overwritten(tmp_path: Path) -> None:
    path = blank(tmp_path, "greening")
    blank(tmp_path, "greening")
    fill(path, dataset("greening"))
    filled = path.read_bytes()
    with pytest.raises(AgriqaError, match="已存在"):
        blank(tmp_path, "greening")
    assert path.read_bytes() == filled


def test_the_stamp_outlives_filling_in(tmp_path: Path) -> None:
    path = blank(tmp_path, "greening")
    fill(path, dataset("greening"))
    stamp = form_stamp(path)
    assert stamp is not None
    assert (stamp.dataset, stamp.form) == ("greening", "greening-2024-511000")
    assert is_current(stamp)
    assert form_stamp(io.BytesIO(path.read_bytes())) == stamp
    texts = [str(row[0]) for row in openpyxl.load_workbook(path).worksheets[0].values]
    assert any(f"表式版本 {stamp.declaration}" in text for text in texts)


def test_a_form_of_another_declaration_is_not_current() -> None:
    declared = dataset("greening")
    now = FormStamp("greening", declaration_version(declared), "0.1.0", "greening-2024-511000")
    narrower = declared["straw_pct"].model_copy(update={"max": 99.0})
    changed = declared.model_copy(
        update={"column": tuple(narrower if c.name == narrower.name else c for c in declared)}
    )
    assert is_current(now)
    assert not is_current(FormStamp("greening", declaration_version(changed), "", ""))
    assert not is_current(FormStamp("nothing", now.declaration, "", ""))


def test_a_new_synonym_keeps_the_version() -> None:
    declared = dataset("greening")
    column = declared["straw_pct"].model_copy(update={"synonyms": ("秸秆利用",)})
    changed = declared.model_copy(
        update={"column": tuple(column if c.name == column.name else c for c in declared)}
    )
    assert declaration_version(changed) == declaration_version(declared)


def _bomb(path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("docProps/custom.xml", b"<p>" + b" " * 50_000_000 + b"</p>")


def _entities(path: Path) -> None:
    import zipfile

    text = '<!DOCTYPE p [<!ENTITY a "aaaa">]><p><x name="agriqa_dataset">&a;</x></p>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("docProps/custom.xml", text)


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"PK\x03\x04 cut off"),
        lambda path: openpyxl.Workbook().save(path),
        lambda path: None,
        _bomb,
        _entities,
    ],
    ids=["empty", "cut", "no form", "no file", "bomb", "entities"],
)
def test_a_file_that_is_no_form_has_no_stamp(tmp_path: Path, make: Callable[[Path], Any]) -> None:
    path = tmp_path / "file.xlsx"
    make(path)
    assert form_stamp(path) is None


def test_a_dataset_nobody_reports_has_no_form(tmp_path: Path) -> None:
    with pytest.raises(AgriqaError, match="pesticide_use") as caught:
        blank(tmp_path, "published_figure")
    assert "county " not in str(caught.value)


def test_a_year_the_dataset_does_not_take_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AgriqaError, match="1990–2100"):
        blank(tmp_path, "greening", year=2204)
    with pytest.raises(AgriqaError, match="名录"):
        blank(tmp_path, "greening", year=1995)


def test_an_unknown_prefecture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AgriqaError, match="内江市"):
        blank(tmp_path, "greening", prefecture="内汀市")


def test_a_name_of_the_register_is_never_a_formula(tmp_path: Path) -> None:
    folder = tmp_path / "reference"
    shutil.copytree(ROOT / "data" / "reference", folder)
    for file in folder.glob("*.csv"):
        text = file.read_text("utf-8").replace("东兴区", "=1+1").replace("内江市", "{=2+2}")
        file.write_text(text, "utf-8")
    path = tmp_path / "form.xlsx"
    register = Register.load(folder)
    write_form(path, dataset("greening"), register, year=YEAR, prefecture="511000")
    book = openpyxl.load_workbook(path)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert sum(cell.value == "=1+1" for cell in cells) == 1
    assert all(cell.data_type != "f" for cell in cells)


def test_the_command_writes_the_form_where_it_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["form", "capacity", "--prefecture", "Neijiang", "--year", "2023", "-p", str(ROOT)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    [path] = tmp_path.iterdir()
    assert path.name == "监管能力_内江市_2023.xlsx"
    stamp = form_stamp(path)
    assert stamp is not None
    assert stamp.form == "capacity-2023-511000"
    assert stamp.declaration in done.output


def test_a_form_of_an_older_declaration_is_read_with_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import agriqa.ingest.file as reading

    path = blank(tmp_path, "greening")
    assert "form" not in {n.kind for s in read_file(path, REGISTER).sheets for n in s.notes}
    monkeypatch.setattr(reading, "is_current", lambda _stamp: False)
    [note] = [n for s in read_file(path, REGISTER).sheets for n in s.notes if n.kind == "form"]
    assert note.level == "warning"
    assert "agriqa form" in note.message_zh
