"""Sheets read as a declaration says."""

from __future__ import annotations

from pathlib import Path

import pytest

from agriqa.errors import UnknownNameError
from agriqa.ingest import IngestError, read_file
from agriqa.ingest.sources import Sources
from tests.ingest.foreigners import COLUMNS, FIGURES, HEAD, TABLE, declare, read_as
from tests.ingest.grids import REGISTER, reasons, skips, workbook

HEADER = ["地区", "数量(万吨)"]


def with_columns(old: str, new: str) -> str:
    assert old in COLUMNS
    return FIGURES.replace(old, new)


def test_a_figure_is_converted_and_says_its_unit(tmp_path: Path) -> None:
    [sheet] = read_as(tmp_path, [HEADER, ["四 川", 1848.2]], FIGURES).sheets
    [row] = sheet.kept.to_dict("records")
    assert (row["value"], row["unit_of_value"]) == (18_482_000.0, "t")
    assert (row["area"], row["area_code"], row["area_level"]) == ("四川省", "510000", "province")
    assert row["figure_id"] == "f-四川"
    assert {c.how for c in sheet.columns} == {"source"}
    assert "source" in {note.kind for note in sheet.notes}


@pytest.mark.parametrize(
    ("header", "lines", "stored"),
    [
        ("数量(公斤)", [], 0.001),
        ("数量", [["单位：万吨"]], 10_000.0),
        ("数量", [], 1.0),
        ("数量/斤", [["单位：万吨"]], 0.0005),
    ],
)
def test_the_header_s_unit_goes_before_a_line_s_and_that_before_the_declared(
    tmp_path: Path, header: str, lines: list[list[object]], stored: float
) -> None:
    rows = [*lines, ["地区", header], ["全国", 1]]
    [sheet] = read_as(tmp_path, rows, FIGURES).sheets
    assert sheet.kept["value"].tolist() == [stored]


def test_a_unit_that_cannot_be_converted_sets_the_records_aside(tmp_path: Path) -> None:
    [sheet] = read_as(tmp_path, [["地区", "数量(亩)"], ["全国", 1]], FIGURES).sheets
    assert reasons(sheet) == [(2, "value", "unknown_unit")]
    assert '"数量": "1"' in sheet.problems["raw"].item()


@pytest.mark.parametrize(
    ("written", "name", "code", "level"),
    [
        ("全　国", "全国", None, "national"),
        ("北 京", "北京市", "110000", "other_province"),
        ("北京市", "北京市", "110000", "other_province"),
        ("内蒙古", "内蒙古自治区", "150000", "other_province"),
        ("510000", "四川省", "510000", "province"),
    ],
)
def test_provinces_are_read_however_they_are_spelt(
    tmp_path: Path, written: str, name: str, code: str | None, level: str
) -> None:
    [sheet] = read_as(tmp_path, [HEADER, [written, 1]], FIGURES).sheets
    row = sheet.kept.iloc[0]
    assert (row["area"], row["area_level"]) == (name, level)
    assert row["area_code"] == code or (code is None and sheet.kept["area_code"].isna().all())


def test_what_is_no_province_is_quarantined(tmp_path: Path) -> None:
    [sheet] = read_as(tmp_path, [HEADER, ["大连", 1], ["全国", 2]], FIGURES).sheets
    assert reasons(sheet) == [(2, "area_level", "unknown_area")]
    assert len(sheet.kept) == 1


def test_title_unit_blank_total_and_foot_are_skipped(tmp_path: Path) -> None:
    rows = [
        ["某年鉴"], ["单位：吨"], HEADER, ["全国", 3], [None, None], ["合 计", 3], ["东部地区", 2],
        ["资料来源：某局"],
    ]  # fmt: skip
    declaration = FIGURES.replace("[match]", 'totals = ["东部地区"]\n[match]')
    [sheet] = read_as(tmp_path, rows, declaration).sheets
    assert skips(sheet) == [
        (1, "title"), (2, "unit"), (3, "header"), (5, "blank"), (6, "total"), (7, "total"),
        (8, "note"),
    ]  # fmt: skip
    assert len(sheet.kept) == 1


@pytest.mark.parametrize(
    ("condition", "kept"),
    [('"四川"', [1.0]), ('["四川", "北京"]', [1.0, 2.0]), ('{ except = "四川" }', [2.0]),
     ("{ matches = '^北' }", [2.0])],
)  # fmt: skip
def test_records_that_a_condition_leaves_out_are_skipped_as_filtered(
    tmp_path: Path, condition: str, kept: list[float]
) -> None:
    rows = [HEADER, ["四川", 0.0001], ["北 京", 0.0002]]
    declaration = FIGURES.replace("[[table]]", f'[where]\n"地区" = {condition}\n[[table]]')
    [sheet] = read_as(tmp_path, rows, declaration).sheets
    assert sheet.kept["value"].tolist() == kept
    assert set(sheet.skipped["reason"]) <= {"header", "filtered"}
    assert len(sheet.skipped) == 3 - len(kept)


def test_an_unforeseen_column_sets_the_table_aside(tmp_path: Path) -> None:
    rows = [[*HEADER, "折百量"], ["全国", 1, 2]]
    [sheet] = read_as(tmp_path, rows, FIGURES).sheets
    assert reasons(sheet) == [(2, "折百量", "unknown_column")]
    declaration = FIGURES.replace("[match]", 'ignore = ["折*"]\n[match]')
    [sheet] = read_as(tmp_path, rows, declaration).sheets
    assert len(sheet.kept) == 1
    assert "ignored" in {note.kind for note in sheet.notes}


def test_a_value_without_header_is_quarantined(tmp_path: Path) -> None:
    [sheet] = read_as(tmp_path, [[*HEADER, None], ["全国", 1, 2]], FIGURES).sheets
    assert reasons(sheet) == [(2, "", "unknown_column")]


def test_the_source_s_own_words_for_missing_and_withheld(tmp_path: Path) -> None:
    declaration = FIGURES.replace("[match]", 'missing = ["空缺"]\nwithheld = ["(D)"]\n[match]')
    rows = [HEADER, ["全国", "空缺"], ["四川", "(D)"], ["北京", "(C)"]]
    [sheet] = read_as(tmp_path, rows, declaration).sheets
    assert reasons(sheet) == [(2, "value", "required"), (4, "value", "not_a_number")]
    assert sheet.kept["withheld"].tolist() == ["value"]


def test_a_template_with_an_empty_part_sets_the_record_aside(tmp_path: Path) -> None:
    declaration = with_columns('"f-{地区}"', '"f-{备注}"').replace("headers", "file = '*'\nheaders")
    rows = [[*HEADER, "备注"], ["全国", 1, None], ["四川", 1, "甲"]]
    [sheet] = read_as(tmp_path, rows, declaration).sheets
    assert reasons(sheet) == [(2, "figure_id", "required")]
    assert sheet.kept["figure_id"].tolist() == ["f-甲"]


def test_a_replacement_that_is_closed_sets_other_cells_aside(tmp_path: Path) -> None:
    replaced = 'period = { from = "期", closed = true, replace = { "上(.)年" = "\\\\1" } }'
    declaration = with_columns('period = { value = "2020" }', replaced)
    rows = [[*HEADER, "期"], ["全国", 1, "上半年"], ["四川", 1, "全年"]]
    [sheet] = read_as(tmp_path, rows, declaration).sheets
    assert sheet.kept["period"].tolist() == ["半"]
    assert reasons(sheet) == [(3, "period", "unknown_code")]


def test_codes_stay_text_with_their_zeros(tmp_path: Path) -> None:
    declaration = with_columns("indicator =", 'note = { from = "fips", digits = 5 }\nindicator =')
    [sheet] = read_as(tmp_path, [[*HEADER, "fips"], ["全国", 1, 1001]], declaration).sheets
    assert sheet.kept["note"].tolist() == ["01001"]


def test_empty_cells_repeat_the_one_above_where_declared(tmp_path: Path) -> None:
    declaration = with_columns('"f-{地区}"', '"f-{批}-{地区}"').replace(
        "[match]", 'fill = ["批"]\n[match]'
    )
    rows = [["批", *HEADER], ["一", "全国", 1], [None, "四川", 2], ["二", "北京", 3]]
    [sheet] = read_as(tmp_path, rows, declaration).sheets
    assert sheet.kept["figure_id"].tolist() == ["f-一-全国", "f-一-四川", "f-二-北京"]


def test_a_field_from_the_title_or_the_file_s_name(tmp_path: Path) -> None:
    declaration = with_columns('period = { value = "2020" }', 'period = "年"').replace(
        "[[table]]", "[context]\n\"年\" = '(\\d{4})年'\n[[table]]"
    )
    rows = [HEADER, ["全国", 1]]
    [sheet] = read_as(tmp_path, [["某局2019年数字"], *rows], declaration).sheets
    assert sheet.kept["period"].tolist() == ["2019"]
    [sheet] = read_as(tmp_path, rows, declaration, file="2018年.xlsx").sheets
    assert sheet.kept["period"].tolist() == ["2018"]
    with pytest.raises(IngestError, match="年"):
        read_as(tmp_path, rows, declaration)


def test_a_column_that_is_needed_and_not_there_refuses_the_sheet(tmp_path: Path) -> None:
    declaration = with_columns('{ value = "数量" }', '"项目名称"')
    with pytest.raises(IngestError, match=r"项目名称.*项目"):
        read_as(tmp_path, [[*HEADER, "项目"], ["全国", 1, "x"]], declaration)


def test_a_column_that_is_not_needed_and_not_there_is_noted(tmp_path: Path) -> None:
    declaration = with_columns("indicator =", 'note = "备考"\nindicator =')
    [sheet] = read_as(tmp_path, [HEADER, ["全国", 1]], declaration).sheets
    assert [n.level for n in sheet.notes if n.kind == "lacking"] == ["warning"]
    assert sheet.kept["note"].isna().all()


def test_a_header_that_stands_twice_must_be_named_with_its_group(tmp_path: Path) -> None:
    rows = [["地区", "甲", "乙"], [None, "数量(吨)", "数量(吨)"], ["全国", 1, 2]]
    two = FIGURES.replace("[[table]]", "[header]\nrows = 2\n[[table]]")
    with pytest.raises(IngestError, match="甲/数量"):
        read_as(tmp_path, rows, two)
    named = (
        two.replace('from = "数量"', 'from = "乙/数量"')
        .replace("[match]", 'ignore = ["数量*"]\n[match]')
        .replace('headers = ["地区", "数量"]', 'headers = ["地区"]')
    )
    [sheet] = read_as(tmp_path, rows, named).sheets
    assert sheet.kept["value"].tolist() == [2.0]


def test_two_sources_that_fit_one_sheet_are_named(tmp_path: Path) -> None:
    one = declare(tmp_path)
    two = one.model_copy(update={"name": "others"})
    path = workbook(tmp_path / "x.xlsx", [HEADER, ["全国", 1]])
    both = Sources({"figures": one, "others": two})
    with pytest.raises(IngestError, match="figures、others"):
        read_file(path, REGISTER, sources=both)
    assert read_file(path, REGISTER, sources=both, source="others").kept == 1


def test_a_source_that_is_asked_for_must_fit_some_sheet(tmp_path: Path) -> None:
    narrow = FIGURES.replace("[match]", "[match]\nfile = 'a*.xlsx'\ntitle = '年鉴'")
    assert read_as(tmp_path, [HEADER, ["全国", 1]], narrow, source="figures").kept == 1
    with pytest.raises(IngestError, match="地区、数量"):
        read_as(tmp_path, [["省", "数量"], ["全国", 1]], narrow, source="figures")
    with pytest.raises(UnknownNameError, match="figures"):
        read_as(tmp_path, [HEADER, ["全国", 1]], narrow, source="figure")


@pytest.mark.parametrize("line", ["file = 'a*.xlsx'", "sheet = '^表'", "title = '年鉴'"])
def test_a_sheet_that_the_match_leaves_out_is_read_as_usual(tmp_path: Path, line: str) -> None:
    declaration = FIGURES.replace("[match]", f"[match]\n{line}")
    rows = [["某年鉴"], HEADER, ["全国", 1]]
    fitting = read_as(tmp_path, rows, declaration, file="a1.xlsx", sheet="表1")
    assert fitting.kept == 1
    other = read_as(tmp_path, [["某书"], *rows[1:]], declaration, file="b.xlsx", sheet="x")
    assert [sheet.dataset for sheet in other.sheets] == [None]


def test_the_header_stands_in_the_row_that_is_declared(tmp_path: Path) -> None:
    declaration = FIGURES.replace("[[table]]", "[header]\nrow = 2\n[[table]]")
    assert read_as(tmp_path, [["题"], HEADER, ["全国", 1]], declaration).kept == 1
    assert read_as(tmp_path, [HEADER, ["全国", 1]], declaration).kept == 0


@pytest.mark.parametrize(
    "header",
    [
        [["地区", "油/2020年(吨)"]],
        [["地区", "油(吨)"], [None, "2020年"]],
        [["地区", "油"], [None, "2020年"], [None, "吨"]],
        [["地区", "油(吨)"], [None, 2020]],
        [["某表"], ["单位：吨"], ["地区", "油"], [None, "2020年"]],
    ],
)
def test_the_header_goes_on_where_its_columns_are_empty(
    tmp_path: Path, header: list[list[object]]
) -> None:
    declaration = HEAD + '[match]\nheaders = ["地区"]\n' + WIDE
    [sheet] = read_as(tmp_path, [*header, ["全国", 5]], declaration).sheets
    assert sheet.kept[["indicator", "period", "value"]].to_numpy().tolist() == [["油", "2020", 5]]


def test_a_row_that_lacks_its_name_is_no_header(tmp_path: Path) -> None:
    declaration = HEAD + '[match]\nheaders = ["地区"]\n' + WIDE
    rows = [["地区", "油/2020年(吨)"], [None, 3.5], ["全国", 5]]
    [sheet] = read_as(tmp_path, rows, declaration).sheets
    assert len(sheet.kept) == 1
    assert sheet.quarantined == 1


def test_a_table_without_header_gets_the_declared_one(tmp_path: Path) -> None:
    declaration = HEAD + "[match]\nfile = '*'\n[header]\nnames = ['地区', '数量']\n" + TABLE
    [sheet] = read_as(tmp_path, [["题"], ["全国", 1], ["四川", 2]], declaration).sheets
    assert sheet.kept[["row", "value"]].to_numpy().tolist() == [[2, 1.0], [3, 2.0]]
    assert skips(sheet) == [(1, "title")]


WIDE = """
[[table]]
dataset = "published_figure"
wide = { columns = '(?P<item>.+)/(?P<year>\\d{4})年?' }
[table.column]
figure_id = { template = "f-{area}-{item}-{year}" }
indicator = "item"
area_level = { from = "地区", read_as = "province_level" }
area = { from = "地区", read_as = "province_name" }
period = "year"
value = { from = "value", to = ["t", "ha"] }
unit_of_value = { unit_of = "value" }
"""


def test_values_across_become_records_each_in_its_own_unit(tmp_path: Path) -> None:
    declaration = HEAD + '[match]\nheaders = ["地区"]\n[header]\nrows = 2\n' + WIDE
    rows = [
        ["地区", "油(万吨)", None, "面积(万亩)"],
        [None, "2020年", "2021年", "2021年"],
        ["全国", 1, None, 15],
    ]
    [sheet] = read_as(tmp_path, rows, declaration).sheets
    kept = sheet.kept[["col", "indicator", "period", "value", "unit_of_value"]]
    assert kept.to_numpy().tolist() == [
        [2, "油", "2020", 10_000.0, "t"], [4, "面积", "2021", 10_000.0, "ha"],
    ]  # fmt: skip
    assert sheet.skipped[["row", "col", "reason"]].to_numpy().tolist()[-1] == [3, 3, "blank"]


def test_parts_of_a_wide_column_make_one_record(tmp_path: Path) -> None:
    declaration = (
        HEAD
        + '[match]\nheaders = ["样品编号"]\n[header]\nrows = 2\n'
        + """
[[table]]
dataset = "residue"
wide = { columns = '(?P<analyte>.+)/(?P<part>结果|限量)' }
[table.column]
sample_id = "样品编号"
analyte = "analyte"
value_mg_kg = { from = "结果", unit = "mg/kg" }
mrl_mg_kg = { from = "限量", unit = "mg/kg" }
"""
    )
    rows = [
        ["样品编号", "毒死蜱", None, "克百威", None],
        [None, "结果", "限量", "结果(μg/kg)", "限量"],
        ["S1", 0.5, 0.02, 20, 0.1],
    ]
    [sheet] = read_as(tmp_path, rows, declaration).sheets
    kept = sheet.kept[["analyte", "value_mg_kg", "mrl_mg_kg"]]
    assert kept.to_numpy().tolist() == [["毒死蜱", 0.5, 0.02], ["克百威", 0.02, 0.1]]


def test_columns_across_that_say_the_same_are_held_against_each_other(tmp_path: Path) -> None:
    declaration = HEAD + '[match]\nheaders = ["地区"]\n[header]\nrows = 2\n' + WIDE
    rows = [["地区", "油(吨)", None], [None, "2020年", "2020"], ["全国", 1, 1], ["四川", 1, 2]]
    [sheet] = read_as(tmp_path, rows, declaration).sheets
    assert skips(sheet)[-1] == (3, "duplicate")
    assert {reason for _, _, reason in reasons(sheet)} == {"conflicting_rows"}
    assert sheet.quarantined == 2


LISTS = """
[[table]]
dataset = "residue"
split = { items = '[;\\n]', lists = { item = "不合格项目", result = "检验结果" } }
[table.column]
sample_id = "编号"
analyte = "item"
value_mg_kg = { from = "result", unit = "mg/kg" }
"""


def test_lists_in_parallel_are_taken_item_by_item(tmp_path: Path) -> None:
    declaration = HEAD + '[match]\nheaders = ["编号"]\n' + LISTS
    rows = [
        ["编号", "不合格项目", "检验结果"],
        ["S1", "毒死蜱；氧乐果", "0.15mg/kg;0.3 mg/kg"],
        ["S2", "毒死蜱;氧乐果", "0.15mg/kg"],
        ["S3", None, None],
    ]
    [sheet] = read_as(tmp_path, rows, declaration).sheets
    kept = sheet.kept[["row", "col", "analyte", "value_mg_kg"]]
    assert kept.to_numpy().tolist() == [[2, 1, "毒死蜱", 0.15], [2, 2, "氧乐果", 0.3]]
    assert [reason for _, _, reason in reasons(sheet)] == ["uneven_lists"]
    assert skips(sheet)[-1] == (4, "note")
