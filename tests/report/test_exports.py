"""The indicator files: same figures in each, text that no spreadsheet runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agriqa.report.content import Content
from agriqa.report.exports import HEADERS, escape_formula, write_exports

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
        pd.read_excel(workbook, sheet_name="全部指标", engine="calamine"),
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
    sheet = pd.read_excel(workbook, sheet_name="2021年各县", engine="calamine", dtype=object)
    assert sheet["代码"].tolist() == content.counties["code"].tolist()


def test_text_that_looks_like_a_formula_is_escaped(content: Content, tmp_path: Path) -> None:
    csv, parquet, workbook = write_exports(content, tmp_path)
    assert "'=cmd" in csv.read_text("utf-8")
    assert (pd.read_parquet(parquet)["area_name"] == "=cmd|'/c calc'!A1").any()
    sheet = pd.read_excel(workbook, sheet_name="2021年各县", engine="calamine")
    assert "'=cmd|'/c calc'!A1" in sheet["县"].tolist()


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
def test_each_start_of_a_formula_is_escaped(text: str) -> None:
    assert escape_formula(text) == f"'{text}"


@pytest.mark.parametrize("value", ["郫都区", "", -1.5, None])
def test_other_values_stay(value: object) -> None:
    assert escape_formula(value) == value


def test_withheld_is_a_word_in_the_wide_sheet(content: Content, tmp_path: Path) -> None:
    workbook = write_exports(content, tmp_path)[2]
    sheet = pd.read_excel(workbook, sheet_name="2021年各县", engine="calamine").set_index("代码")
    assert "不公开" in sheet.loc[510104 if 510104 in sheet.index else "510104"].tolist()


def test_notes_state_units_and_that_data_are_simulated(content: Content, tmp_path: Path) -> None:
    workbook = write_exports(content, tmp_path)[2]
    notes = pd.read_excel(workbook, sheet_name="说明", engine="calamine", header=None)
    texts = {str(text) for text in notes.to_numpy().ravel()}
    assert {"公斤/公顷", "缺报", "不公开"} <= texts
    assert any("含模拟数据" in text for text in texts)


def test_same_edition_gives_the_same_bytes(content: Content, tmp_path: Path) -> None:
    first = [path.read_bytes() for path in write_exports(content, tmp_path / "a")]
    second = [path.read_bytes() for path in write_exports(content, tmp_path / "b")]
    assert first == second
