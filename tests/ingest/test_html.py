"""Tables of web pages, and Parquet files: read as grids."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from agriqa.ingest import read_file
from agriqa.ingest.readers import Grid, read_grids
from tests.ingest.grids import REGISTER, USE

TABLE = "<table><tr><th>县名<th>用量（吨）</tr><tr><td>郫县<td>1.5</tr></table>"


def read(path: Path, page: str, name: str = "表.html", encoding: str = "utf-8") -> list[Grid]:
    """Write a page and read its tables."""
    (path / name).write_bytes(page.encode(encoding))
    return read_grids(path / name)[1]


def test_a_page_named_xls_is_read_with_a_note(tmp_path: Path) -> None:
    [grid] = read(tmp_path, f"<!-- x --><html>{TABLE}", "表.xls")
    assert grid.rows == [["县名", "用量（吨）"], ["郫县", "1.5"]]
    assert [(note.kind, note.level) for note in grid.notes] == [("html", "info")]


def test_every_table_is_a_sheet_and_empty_ones_are_none(tmp_path: Path) -> None:
    grids = read(tmp_path, f"{TABLE}<table><tr><td> </table>{TABLE}")
    assert [grid.name for grid in grids] == ["表1", "表2"]


def test_spans_become_merged_ranges(tmp_path: Path) -> None:
    page = (
        "<table><tr><td rowspan=2>地区<td colspan=2>用量<td>注"
        "<tr><td>2013<td>2014<td rowspan=0>甲<tr><td colspan=3>乙</table>"
    )
    [grid] = read(tmp_path, page)
    assert grid.rows == [["地区", "用量", None, "注"], [None, "2013", "2014", "甲"],
                         ["乙", None, None, None]]  # fmt: skip
    assert grid.merges == (
        ((0, 0), (1, 0)), ((0, 1), (0, 2)), ((1, 3), (2, 3)), ((2, 0), (2, 2)),
    )  # fmt: skip


def test_a_table_that_lays_out_others_is_passed_over(tmp_path: Path) -> None:
    [grid] = read(tmp_path, f"<table><tr><td>栏目<td>{TABLE}</table>")
    assert grid.rows[0] == ["县名", "用量（吨）"]


def test_a_table_inside_a_data_cell_does_not_hide_the_data(tmp_path: Path) -> None:
    page = f"<table><tr><td>a<td>b<tr><td>1<td>2<tr><td>3<td>4{TABLE}</table>"
    outer, inner = read(tmp_path, page)
    assert outer.rows == [["a", "b"], ["1", "2"], ["3", "4"]]
    assert inner.rows[1] == ["郫县", "1.5"]


def test_title_and_unit_before_a_table_are_rows_above_it(tmp_path: Path) -> None:
    page = f"<div>首页 | 登录</div><h3>2014年农药</h3><p>单位：<b>吨</b></p><div>{TABLE}</div>"
    [grid] = read(tmp_path, page)
    assert [row[0] for row in grid.rows[:3]] == ["首页 | 登录", "2014年农药", "单位：吨"]
    captioned = TABLE.replace("<table>", "<table><caption>2015年农药</caption>")
    assert read(tmp_path, captioned)[0].rows[0] == ["2015年农药", None]


def test_text_is_read_as_a_browser_shows_it(tmp_path: Path) -> None:
    page = (
        "<table><tr><td>一&nbsp;<br>二<script>x</script><p> 三\n 四</p><td>&lt;b&gt;&amp;</table>"
    )
    assert read(tmp_path, page)[0].rows == [["一\n二\n三 四", "<b>&"]]


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("gb2312", "gb18030"),
        ("GBK", "gb18030"),
        ("big5", "big5"),
        ("utf-8", "gb18030"),
        ("", "utf-16"),
    ],
)
def test_the_encoding_a_page_declares_is_used(tmp_path: Path, declared: str, written: str) -> None:
    page = f"<html><meta charset='{declared}'>" + TABLE.replace("县名", "縣名").replace("吨", "噸")
    assert read(tmp_path, page.replace("县", "縣"), encoding=written)[0].rows[0][0] == "縣名"


def test_rows_of_a_page_reach_the_dataset(tmp_path: Path) -> None:
    cells = "".join(f"<td>{text}" for text in ["郫县", 2014, "杀虫剂", 1.5])
    page = f"<table><tr>{''.join(f'<td>{text}' for text in USE)}<tr>{cells}</table>"
    (tmp_path / "a.htm").write_text(page, "utf-8")
    assert read_file(tmp_path / "a.htm", REGISTER).kept == 1


def test_the_real_pages_are_read(shared: Path) -> None:
    folder = shared / "samples"
    [page] = (folder / "yearbook").glob("*raw-2020-2021.xls")
    [grid] = read_grids(page)[1]
    assert "其实是网页" in grid.notes[0].message_zh
    [book] = (folder / "yearbook").glob("*raw-2020-2021.xlsx")
    [same] = read_grids(book)[1]
    figures = [row[1:] for row in grid.rows if row[0] == "全国"]
    assert figures == [["1848.2", "1802.0", "1313303", "1239177"]]
    assert grid.rows[0][0] == same.rows[0][0]
    [machine] = (folder / "lists").glob("moa-machine-county__html*")
    rows = read_grids(machine)[1][0].rows
    assert rows[3][0] == "北京市"
    assert "名单" in str(rows[2][0])


def test_a_numbered_list_without_a_table_is_read(shared: Path) -> None:
    [page] = (shared / "samples" / "lists").glob("moa-agrimodern-zone__html*")
    [grid] = read_grids(page)[1]
    assert grid.rows[:3] == [
        ["2022年农业现代化示范区创建名单", None], ["序号", "名称"], [1, "北京市密云区"],
    ]  # fmt: skip
    assert len(grid.rows) == 102
    assert [note.kind for note in grid.notes] == ["list"]


def test_a_parquet_file_is_read(tmp_path: Path) -> None:
    frame = pd.DataFrame([["郫县", 2014, "杀虫剂", 1.5], ["双流县", 2014, None, None]], columns=USE)
    frame.to_parquet(tmp_path / "a.parquet")
    [grid] = read_grids(tmp_path / "a.parquet")[1]
    assert grid.rows == [USE, ["郫县", 2014, "杀虫剂", 1.5], ["双流县", 2014, None, None]]
    assert read_file(tmp_path / "a.parquet", REGISTER).kept == 1
