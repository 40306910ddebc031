from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.worksheet.datavalidation import DataValidation

from agriqa.ingest import FileReading, IngestError, find_files, read_file
from agriqa.ingest import marked as marked_module
from agriqa.ingest.findings import FINDING_COLUMNS, findings_of
from agriqa.ingest.marked import mark
from agriqa.ingest.markpage import COMMENT_START, ERROR_FILL, WARNING_FILL, Counts
from agriqa.ingest.readers import Grid, read_grids
from agriqa.ingest.stamp import SHEET, feedback_stamp, is_feedback, is_uncorrected
from tests.ingest.grids import REGISTER, USE, workbook

TITLE = ["2014年农药使用情况"]
GOOD = ["郫县", 2014, "杀虫剂", 12.5]
BAD = ["郫县", 2014, "除草剂", "很多"]


def _read(path: Path) -> FileReading:
    return read_file(path, REGISTER)


def _give_back(source: Path, findings: pd.DataFrame | None = None) -> Path:
    reading = _read(source)
    counts = Counts(reading.read, reading.kept, reading.quarantined, reading.skipped)
    found = findings_of(reading) if findings is None else findings
    return mark(source, found, source.with_name(f"{source.stem}-反馈.xlsx"), counts=counts)


def _finding(**fields: object) -> pd.DataFrame:
    given = dict.fromkeys(FINDING_COLUMNS) | {
        "severity": "error", "sheet": "Sheet1", "row": 3, "col": 1, "header": "商品量（吨）",
        "value": "很多", "message_zh": "不是数字", "message_en": "not a number", "allowed": "数字",
    }  # fmt: skip
    return pd.DataFrame([given | fields])


def _coloured(path: Path, colour: str = ERROR_FILL) -> dict[str, list[str]]:
    book = openpyxl.load_workbook(path)
    return {
        sheet.title: [
            cell.coordinate
            for row in sheet.iter_rows()
            for cell in row
            if str(cell.fill.fgColor.rgb).endswith(colour) and cell.fill.fill_type == "solid"
        ]
        for sheet in book.worksheets
        if sheet.title != SHEET
    }


def _listed(path: Path) -> pd.DataFrame:
    [grid] = [grid for grid in read_grids(path)[1] if is_feedback(grid)]
    head = next(at for at, row in enumerate(grid.rows) if row[0] == "级别 severity")
    names = [str(cell).split()[0] for cell in grid.rows[head]]
    return pd.DataFrame(grid.rows[head + 1 :], columns=names)


def test_the_bad_cell_is_coloured_explained_and_listed(tmp_path: Path) -> None:
    out = _give_back(workbook(tmp_path / "x.xlsx", [TITLE, USE, GOOD, BAD]))
    assert _coloured(out) == {"Sheet1": ["D4"]}
    comment = openpyxl.load_workbook(out)["Sheet1"]["D4"].comment.text
    assert comment.index("错误：") < comment.index("Error:")
    assert "允许" in comment
    [line] = _listed(out).to_dict("records")
    assert (line["工作表"], line["行"], line["列"], line["单元格"]) == ("Sheet1", 4, "D", "D4")
    assert (line["表头"], line["填写的值"]) == ("商品量（吨）", "很多")
    assert line["问题"]
    assert line["English"]


def test_the_sums_stand_above_the_list(tmp_path: Path) -> None:
    out = _give_back(workbook(tmp_path / "x.xlsx", [TITLE, USE, GOOD, BAD]))
    text = str(openpyxl.load_workbook(out)[SHEET]["A2"].value)
    assert "读入 4 = 入库 1 + 隔离 1 + 跳过 2" in text


def test_the_list_links_to_the_cell_and_nowhere_else(tmp_path: Path) -> None:
    out = _give_back(workbook(tmp_path / "x.xlsx", [USE, BAD], sheet="它's"))
    cells = [cell for row in openpyxl.load_workbook(out)[SHEET].iter_rows() for cell in row]
    links = [cell.hyperlink for cell in cells if cell.hyperlink is not None]
    assert [(link.location, link.target) for link in links] == [("'它''s'!D2", None)]


def test_the_original_is_not_touched(tmp_path: Path) -> None:
    source = workbook(tmp_path / "x.xlsx", [USE, BAD])
    before = source.read_bytes()
    _give_back(source)
    assert source.read_bytes() == before
    with pytest.raises(IngestError, match="原文件"):
        mark(source, _finding(), source)
    with pytest.raises(IngestError, match=r"\.xlsx"):
        mark(source, _finding(), tmp_path / "x.csv")


def test_a_warning_is_yellow_and_an_error_on_the_same_cell_wins(tmp_path: Path) -> None:
    source = workbook(tmp_path / "x.xlsx", [USE, GOOD, GOOD])
    found = pd.concat([
        _finding(severity="warning", row=2, value="12.5"),
        _finding(severity="warning", row=3, value="12.5"),
        _finding(row=3, value="12.5"),
    ])  # fmt: skip
    out = _give_back(source, found)
    assert _coloured(out, WARNING_FILL) == {"Sheet1": ["D2"]}
    assert _coloured(out) == {"Sheet1": ["D3"]}
    assert "无误则不必改" in openpyxl.load_workbook(out)["Sheet1"]["D2"].comment.text


@pytest.mark.parametrize(
    ("fields", "cell"),
    [
        ({"position": 2}, "B3"),
        ({"header": "商品量（吨）"}, "D3"),
        ({"header": "商品量", "dataset": "pesticide_use", "column": "use_t"}, "D3"),
        ({"header": "use_t", "dataset": "pesticide_use", "column": "use_t"}, "D3"),
        ({"header": "农药商品量（吨）"}, "D3"),
        ({"header": "#3"}, "C3"),
        ({"header": "没有的表头", "value": "除草剂"}, "C3"),
        ({"header": "", "value": "没有的值"}, "A3"),
        ({"header": "", "value": "没有的值", "col": 3}, "C3"),
        ({"row": 9, "col": 2, "header": "", "value": ""}, "B9"),
    ],
)
def test_the_cell_is_found(tmp_path: Path, fields: dict[str, object], cell: str) -> None:
    source = workbook(tmp_path / "x.xlsx", [TITLE, USE, BAD])
    assert _coloured(_give_back(source, _finding(**fields))) == {"Sheet1": [cell]}


def test_of_two_columns_with_one_header_the_one_with_the_value_is_marked(tmp_path: Path) -> None:
    rows = [[*USE, "商品量（吨）"], [*GOOD, "很多"]]
    source = workbook(tmp_path / "x.xlsx", rows)
    assert _coloured(_give_back(source, _finding(row=2))) == {"Sheet1": ["E2"]}


def test_of_two_stacked_tables_the_nearer_header_counts(tmp_path: Path) -> None:
    rows = [USE, GOOD, ["商品量（吨）", "县（市、区）"], [1, "没有县"]]
    source = workbook(tmp_path / "x.xlsx", rows)
    found = _finding(row=4, header="县（市、区）", value="没有县")
    assert _coloured(_give_back(source, found)) == {"Sheet1": ["B4"]}


def test_a_cell_inside_a_merged_range_gives_way_to_its_first(tmp_path: Path) -> None:
    source = workbook(tmp_path / "x.xlsx", [USE, GOOD, BAD])
    book = openpyxl.load_workbook(source)
    book["Sheet1"].merge_cells("D2:D3")
    book.save(source)
    assert _coloured(_give_back(source, _finding(row=3)))["Sheet1"][0] == "D2"


def test_formats_formulas_validations_and_protection_are_kept(tmp_path: Path) -> None:
    source = workbook(tmp_path / "x.xlsx", [USE, GOOD, BAD, ["合计", None, None, "=SUM(D2:D3)"]])
    book = openpyxl.load_workbook(source)
    sheet = book["Sheet1"]
    sheet["A1"].font = Font(bold=True, name="宋体")
    rule = DataValidation("list", formula1='"杀虫剂,除草剂"')
    rule.add("C2:C9")
    sheet.add_data_validation(rule)
    sheet.merge_cells("F1:G2")
    sheet.protection.sheet = True
    sheet.protection.password = "x"
    book.save(source)
    copy = openpyxl.load_workbook(_give_back(source))["Sheet1"]
    assert copy["A1"].font.name == "宋体"
    assert copy["D4"].value == "=SUM(D2:D3)"
    assert [str(one.sqref) for one in copy.data_validations.dataValidation] == ["C2:C9"]
    assert [str(one) for one in copy.merged_cells.ranges] == ["F1:G2"]
    assert copy.protection.sheet
    assert copy.protection.password == sheet.protection.password


def test_only_the_list_is_selected(tmp_path: Path) -> None:
    out = _give_back(workbook(tmp_path / "x.xlsx", [USE, BAD]))
    book = openpyxl.load_workbook(out)
    assert [s.title for s in book.worksheets if s.sheet_view.tabSelected] == [SHEET]


def test_the_senders_own_comment_stays_before_ours(tmp_path: Path) -> None:
    source = workbook(tmp_path / "x.xlsx", [USE, BAD])
    book = openpyxl.load_workbook(source)
    book["Sheet1"]["D2"].comment = Comment("约数", "王某")
    book.save(source)
    out = _give_back(source)
    for _ in range(2):
        text = openpyxl.load_workbook(out)["Sheet1"]["D2"].comment.text
        assert text.startswith("约数\n")
        assert text.count(COMMENT_START) == 1
        out = _give_back(out)


def test_a_second_round_piles_nothing_up_and_knows_every_round(tmp_path: Path) -> None:
    source = workbook(tmp_path / "x.xlsx", [USE, BAD, ["没有县", 2014, "杀虫剂", 1]])
    first = _give_back(source)
    book = openpyxl.load_workbook(first)
    book["Sheet1"]["D2"] = 3
    book.save(first)
    second = _give_back(first)
    assert _coloured(second) == {"Sheet1": ["A3"]}
    book = openpyxl.load_workbook(second)
    assert book.sheetnames == [SHEET, "Sheet1"]
    assert book["Sheet1"]["D2"].comment is None
    stamp = feedback_stamp(second)
    assert stamp is not None
    hashes = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (first, source)]
    assert list(stamp.sha256s) == hashes


def test_the_copy_says_which_file_it_corrects(tmp_path: Path) -> None:
    for source in (
        workbook(tmp_path / "x.xlsx", [USE, BAD]),
        _csv(tmp_path / "y.csv", [USE, BAD]),
    ):
        out = mark(source, _finding(row=2), tmp_path / "out.xlsx", name="data/in/x")
        stamp = feedback_stamp(out)
        assert stamp is not None
        assert stamp.file == "data/in/x"
        assert stamp.sha256s == (hashlib.sha256(source.read_bytes()).hexdigest(),)
        assert feedback_stamp(source) is None


def test_whether_anything_was_corrected_is_known(tmp_path: Path) -> None:
    rows = [USE, BAD, ["合计", None, None, "=SUM(D2:D2)"]]
    for source in (workbook(tmp_path / "x.xlsx", rows), _csv(tmp_path / "y.csv", rows)):
        out = _give_back(source)
        assert is_uncorrected(out)
        assert not is_uncorrected(source)
        book = openpyxl.load_workbook(out)
        book.worksheets[1]["D2"] = 3
        book.save(out)
        assert not is_uncorrected(out)


@pytest.mark.parametrize(
    "part",
    ["<x>", "<!DOCTYPE a [<!ENTITY b 'c'>]><Properties/>", "x" * 200_000, "<Properties/>"],
)
def test_a_stamp_that_is_not_whole_is_none(tmp_path: Path, part: str) -> None:
    path = tmp_path / "x.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("docProps/custom.xml", part)
    assert feedback_stamp(path) is None


def test_the_returned_copy_reads_like_a_corrected_original(tmp_path: Path) -> None:
    source = workbook(tmp_path / "2014.xlsx", [TITLE, USE, GOOD, BAD])
    out = _give_back(source)
    book = openpyxl.load_workbook(out)
    book["Sheet1"]["D4"] = 3
    book.save(out)
    sheets = {sheet.sheet: sheet for sheet in _read(out).sheets}
    assert sheets["Sheet1"].kept["use_t"].tolist() == [12.5, 3.0]
    assert sheets["Sheet1"].notes == ()
    # Nothing of the list may ever be taken for data.
    assert all(sheet.dataset is None for name, sheet in sheets.items() if name == SHEET)


def test_text_like_a_formula_goes_out_as_text(tmp_path: Path) -> None:
    texts = ["=1+1", "+86-28", "-x", "@SUM(A1)"]
    source = _csv(tmp_path / "x.csv", [USE, *(["郫县", 2014, "杀虫剂", text] for text in texts)])
    for path in (source, _give_back(source)):
        out = _give_back(path)
        book = openpyxl.load_workbook(out)
        assert _listed(out)["填写的值"].tolist() == texts
        cells = [c for sheet in book for row in sheet.iter_rows() for c in row if c.value in texts]
        assert len(cells) == 2 * len(texts)
        assert all(cell.data_type == "s" and cell.quotePrefix for cell in cells)


def _csv(path: Path, rows: list[list[object]]) -> Path:
    lines = [",".join("" if cell is None else str(cell) for cell in row) for row in rows]
    path.write_text("\n".join(lines), "utf-8")
    return path


def test_a_csv_comes_back_as_a_workbook_with_the_same_rows(tmp_path: Path) -> None:
    source = _csv(
        tmp_path / "a[b]很长的文件名很长的文件名很长的文件名很长.csv", [TITLE, USE, GOOD, BAD]
    )
    out = _give_back(source)
    [sheet] = [grid for grid in read_grids(out)[1] if not is_feedback(grid)]
    assert [[str(c) for c in row if c] for row in sheet.rows] == [
        [str(c) for c in row] for row in (TITLE, USE, GOOD, BAD)
    ]
    assert list(_coloured(out).values()) == [["D4"]]


def test_a_macro_workbook_comes_back_without_macros(tmp_path: Path) -> None:
    plain = workbook(tmp_path / "x.xlsx", [USE, BAD])
    source = tmp_path / "x.xlsm"
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(source, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        new.writestr("xl/vbaProject.bin", b"macro")
    out = _give_back(source)
    with zipfile.ZipFile(out) as archive:
        assert not [name for name in archive.namelist() if "vba" in name.lower()]
    top = [str(row[0].value) for row in openpyxl.load_workbook(out)[SHEET].iter_rows(max_row=6)]
    assert any("不含宏" in text for text in top)


def test_formulas_that_read_other_files_become_values(tmp_path: Path) -> None:
    source = workbook(tmp_path / "x.xlsx", [USE, BAD, [None, None, None, "=[1]别处!A1+1"]])
    out = _give_back(source)
    assert not str(openpyxl.load_workbook(out)["Sheet1"]["D3"].value).startswith("=")


def test_a_workbook_that_openpyxl_cannot_open_is_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = workbook(tmp_path / "x.xlsx", [USE, BAD])

    def refuse(*_args: object, **_options: object) -> None:
        raise KeyError("xl/drawings/drawing1.xml")

    found = findings_of(_read(source))
    with monkeypatch.context() as patch:
        patch.setattr(openpyxl, "load_workbook", refuse)
        out = mark(source, found, tmp_path / "out.xlsx")
    assert _coloured(out) == {"Sheet1": ["D2"]}


def test_beyond_the_most_comments_all_are_coloured_and_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marked_module, "MOST_COMMENTS", 3)
    source = workbook(tmp_path / "x.xlsx", [USE, *[BAD] * 10])
    out = _give_back(source)
    sheet = openpyxl.load_workbook(out)["Sheet1"]
    assert len(_coloured(out)["Sheet1"]) == len(_listed(out)) == 10
    assert sum(cell.comment is not None for cell in sheet["D"]) == 3


def test_a_comment_is_never_too_long(tmp_path: Path) -> None:
    source = workbook(tmp_path / "x.xlsx", [USE, BAD])
    out = _give_back(source, _finding(row=2, message_zh="长" * 40_000, message_en="x" * 40_000))
    assert len(openpyxl.load_workbook(out)["Sheet1"]["D2"].comment.text) <= 1_020


def test_control_characters_do_no_harm(tmp_path: Path) -> None:
    source = workbook(tmp_path / "x.xlsx", [USE, BAD])
    out = _give_back(source, _finding(row=2, value="\x00\x0b\uffff坏", message_zh="a\x01b"))
    assert _listed(out)["填写的值"].tolist() == ["坏"]


def test_a_small_excel_limit_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agriqa.ingest.markednew.MOST_ROWS", 2)
    out = _give_back(_csv(tmp_path / "x.csv", [USE, BAD, BAD]))
    assert len(_listed(out)) == 2
    text = "".join(str(row[0].value) for row in openpyxl.load_workbook(out)[SHEET].iter_rows())
    assert "放不下" in text


_cells = st.one_of(
    st.none(),
    st.sampled_from(["郫县", "没有县", "杀虫剂", "保密", "合计", "未检出", "=A1", "12,5"]),
    st.integers(-5, 3000), st.floats(-1e3, 1e6, allow_nan=False),
)  # fmt: skip


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(st.lists(_cells, min_size=4, max_size=5), min_size=1, max_size=8),
    title=st.booleans(),
    ending=st.sampled_from(["xlsx", "csv"]),
)
def test_every_quarantined_row_has_a_marked_cell_and_a_line(
    tmp_path: Path, rows: list[list[object]], title: bool, ending: str
) -> None:
    path = tmp_path / f"2014.{ending}"
    every = [*([TITLE] if title else []), USE, *rows]
    source = workbook(path, every) if ending == "xlsx" else _csv(path, every)
    reading = _read(source)
    out = _give_back(source)
    bad = {int(row) for sheet in reading.sheets for row in sheet.problems["row"]}
    [cells] = _coloured(out).values()
    assert {int("".join(filter(str.isdigit, cell))) for cell in cells} == bad
    assert {int(row) for row in _listed(out)["行"]} == bad


def test_real_files_come_back(shared: Path, tmp_path: Path) -> None:
    done = 0
    for source in find_files([shared / "samples"]):
        try:
            grids: list[Grid] = read_grids(source)[1]
        except IngestError:
            continue
        grid = max(grids, key=lambda one: len(one.rows))
        last = len(grid.rows)
        found = pd.concat([_finding(sheet=grid.name, row=r, header="") for r in (1, last)])
        out = mark(source, found, tmp_path / "out.xlsx")
        assert len(_listed(out)) == 2
        assert any(_coloured(out).values())
        assert is_uncorrected(out)
        done += 1
    assert done


def test_a_file_read_in_parts_comes_back_as_a_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = _csv(tmp_path / "x.csv", [USE, BAD])
    monkeypatch.setattr("agriqa.ingest.large.LARGE", 10)
    out = mark(source, _finding(row=2), tmp_path / "out.xlsx")
    assert _listed(out)["填写的值"].tolist() == ["很多"]
    assert openpyxl.load_workbook(out).sheetnames == [SHEET]


def test_a_file_in_an_archive_comes_back(tmp_path: Path) -> None:
    inner = workbook(tmp_path / "x.xlsx", [USE, BAD])
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.write(inner, "x.xlsx")
    out = mark(tmp_path / "all.zip" / "x.xlsx", _finding(row=2), tmp_path / "out.xlsx")
    assert _coloured(out) == {"Sheet1": ["D2"]}
