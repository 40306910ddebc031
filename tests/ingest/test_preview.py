from __future__ import annotations

from pathlib import Path

import pytest

from agriqa.ingest import read_file
from agriqa.ingest.preview import SKIPPED, Preview, preview
from agriqa.ingest.reading import Skip
from tests.ingest.grids import REGISTER, workbook

ROWS = [
    ["成都市2014年农药使用情况表"],
    ["县名", "农药类别", "商品量（公斤）", "折百两<b>"],
    ["郫县", "杀虫剂", 1200, None],
    ["双流县", "<script>", 1, None],
    ["合计", None, 1201, None],
]


@pytest.fixture
def seen(tmp_path: Path) -> Preview:
    return preview([read_file(workbook(tmp_path / "a<i>.xlsx", ROWS), REGISTER)])


def line(seen: Preview, part: str) -> str:
    [found] = [text for text in seen.lines() if part in text]
    return found


def test_the_place_the_dataset_and_the_counts_are_shown(seen: Preview) -> None:
    text = str(seen)
    assert "A2:D4：农药使用 / pesticide_use" in text
    assert "读 read 5，可入库 kept 1，待改 quarantined 1，跳过 skipped 3" in text
    assert "合计 total 1" in text


def test_each_column_shows_header_unit_and_how_it_was_known(seen: Preview) -> None:
    found = line(seen, "商品量 use_t").split()
    assert found == [
        "3",
        "商品量（公斤）",
        "商品量",
        "use_t",
        "公斤",
        "→",
        "吨",
        "声明",
        "declared",
    ]
    assert "标题或名称" in line(seen, "年份 year")


def test_what_was_not_understood_comes_with_the_nearest_names(seen: Preview) -> None:
    at = next(at for at, text in enumerate(seen.lines()) if "unknown columns" in text)
    assert seen.lines()[at + 2].split()[:2] == ["4", "折百两<b>"]
    assert "折百量" in seen.lines()[at + 2]


def test_first_rows_and_first_problems_are_shown(seen: Preview) -> None:
    text = str(seen)
    assert "510117" in text
    assert "unknown_code" in text


def test_a_sheet_without_table_says_so(tmp_path: Path) -> None:
    shown = str(preview([read_file(workbook(tmp_path / "a.xlsx", [["说明"]]), REGISTER)]))
    assert "没有认出表格" in shown


def test_html_escapes_everything(seen: Preview) -> None:
    html = seen._repr_html_()
    for raw in ("<script>", "<b>", "<i>"):
        assert raw not in html
    assert "&lt;script&gt;" in html
    assert html.count("<table>") == html.count("</table>") >= 3


def test_every_reason_to_skip_has_a_label() -> None:
    assert set(SKIPPED) == set(Skip)
