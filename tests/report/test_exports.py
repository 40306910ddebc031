"""The indicator files: same figures in each, text that no spreadsheet runs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from agriqa.figures.words import status_text
from agriqa.report.content import Content
from agriqa.report.exports import HEADERS, indicator_table, write_exports

MakeContent = Callable[..., Content]


@pytest.fixture
def content(make_content: MakeContent) -> Content:
    made = make_content(4)
    chosen = (made.rows["measure"] == "bases_n") & (made.rows["area"] == "510104")
    made.rows.loc[chosen, "value"] = np.nan
    made.rows.loc[chosen, "status"] = "withheld"
    made.counties.loc[1, "name"] = "=cmd|'/c calc'!A1"
    return made


def test_files_hold_the_same_figures(content: Content, tmp_path: Path) -> None:
    csv, parquet, workbook = write_exports(content, tmp_path)
    tables = [
        pd.read_csv(csv, dtype={"area": str}),
        pd.read_parquet(parquet),
        pd.read_excel(workbook, sheet_name="全部指标", engine="calamine", header=1),
    ]
    assert len({len(table) for table in tables}) == 1
    values = [table.iloc[:, list(HEADERS).index("value")].to_numpy(float) for table in tables]
    np.testing.assert_allclose(values[0], values[1])
    np.testing.assert_allclose(values[2], values[1])


def test_csv_opens_in_excel_with_chinese_text(content: Content, tmp_path: Path) -> None:
    csv = write_exports(content, tmp_path)[0]
    assert csv.read_bytes().startswith(b"\xef\xbb\xbf")


def test_county_code_stays_text(content: Content, tmp_path: Path) -> None:
    workbook = write_exports(content, tmp_path)[2]
    sheet = pd.read_excel(
        workbook, sheet_name="2021年各县", engine="calamine", dtype=object, header=1
    )
    assert sheet["代码"].tolist() == content.counties["code"].tolist()


def test_text_that_looks_like_a_formula_is_escaped(content: Content, tmp_path: Path) -> None:
    csv, parquet, workbook = write_exports(content, tmp_path)
    assert "'=cmd" in csv.read_text("utf-8")
    assert (pd.read_parquet(parquet)["area_name"] == "=cmd|'/c calc'!A1").any()
    sheet = pd.read_excel(workbook, sheet_name="2021年各县", engine="calamine", header=1)
    assert "'=cmd|'/c calc'!A1" in sheet["县"].tolist()


def test_withheld_is_a_word_in_the_wide_sheet(content: Content, tmp_path: Path) -> None:
    workbook = write_exports(content, tmp_path)[2]
    sheet = pd.read_excel(workbook, sheet_name="2021年各县", engine="calamine", header=1)
    sheet = sheet.set_index("代码")
    assert "不公开" in sheet.loc[510104 if 510104 in sheet.index else "510104"].tolist()


def test_notes_state_units_and_that_data_are_simulated(content: Content, tmp_path: Path) -> None:
    workbook = write_exports(content, tmp_path)[2]
    notes = pd.read_excel(workbook, sheet_name="说明", engine="calamine", header=None)
    texts = {str(text) for text in notes.to_numpy().ravel()}
    assert {"公斤/公顷", status_text("missing"), "不公开"} <= texts
    assert any("含模拟数据" in text for text in texts)


def test_same_edition_gives_the_same_bytes(content: Content, tmp_path: Path) -> None:
    first = [path.read_bytes() for path in write_exports(content, tmp_path / "a")]
    second = [path.read_bytes() for path in write_exports(content, tmp_path / "b")]
    assert first == second


def sheets(workbook: Path) -> list[Worksheet]:
    return load_workbook(workbook).worksheets


def test_every_sheet_begins_by_saying_that_data_are_simulated(
    content: Content, tmp_path: Path
) -> None:
    tops = [str(sheet["A1"].value) for sheet in sheets(write_exports(content, tmp_path)[2])]
    assert [top.startswith("含模拟数据") for top in tops] == [True, True, True]


def test_no_sheet_says_so_without_simulated_data(content: Content, tmp_path: Path) -> None:
    content.rows["status"] = "reported"
    tops = [str(sheet["A1"].value) for sheet in sheets(write_exports(content, tmp_path)[2])]
    assert not any("模拟" in top for top in tops)


def test_numbers_have_the_places_of_their_measure(content: Content, tmp_path: Path) -> None:
    wide, tidy = sheets(write_exports(content, tmp_path)[2])[1:]
    formats = {
        wide.cell(2, c).value: wide.cell(4, c).number_format for c in range(4, wide.max_column + 1)
    }
    assert formats["单位播种面积农药用量（公斤/公顷）"] == "#,##0.00"
    assert formats["化肥施用量（折纯）（吨）"] == "#,##0"
    assert formats["例行监测合格率（%）"] == "#,##0.0"
    header = [cell.value for cell in tidy[2]]
    row = {name: cell.number_format for name, cell in zip(header, tidy[3], strict=True)}
    assert row["年份"] == "General"
    assert row["覆盖率（数据完整的县）"] == "0.0%"


def test_values_carry_no_float_noise(content: Content, tmp_path: Path) -> None:
    content.rows["value"] = 0.1 + 0.2 + 99
    content.rows["coverage"] = 182 / 183
    csv, parquet, workbook = write_exports(content, tmp_path)
    assert {line.split(",")[8] for line in csv.read_text("utf-8-sig").splitlines()[1:]} == {"99.3"}
    assert set(pd.read_parquet(parquet)["coverage"]) == {0.994536}
    assert sheets(workbook)[1]["D3"].value == 99.3


def test_coverage_is_explained_where_it_is_given(content: Content, tmp_path: Path) -> None:
    csv, _, workbook = write_exports(content, tmp_path)
    assert "coverage" in pd.read_csv(csv).columns
    texts = [str(cell.value) for row in sheets(workbook)[0].iter_rows() for cell in row]
    assert any("县级一列相加可能少于全省合计" in text for text in texts)


def test_english_files_have_english_names_and_units(
    make_content: MakeContent, tmp_path: Path
) -> None:
    csv, _, workbook = write_exports(make_content(4, language="en"), tmp_path)
    assert not re.search("[\u4e00-\u9fff]", csv.read_text("utf-8-sig"))
    written = [str(c.value) for s in sheets(workbook) for row in s.iter_rows() for c in row]
    assert [text for text in written if re.search("[\u4e00-\u9fff（]", text)] == []
    assert "Pesticide use per sown area (kg/ha)" in written


def test_prefecture_of_no_chosen_county_has_its_name(make_content: MakeContent) -> None:
    made = make_content(1)
    other = made.rows.head(1).assign(level="prefecture", area="510300")
    table = indicator_table(replace(made, rows=pd.concat([made.rows, other], ignore_index=True)))
    assert set(table.loc[table["area"] == "510300", "area_name"]) == {"自贡市"}
