from __future__ import annotations

import pandas as pd

from agriqa.demo.defects import Edit
from agriqa.demo.returns import Frames, select
from agriqa.demo.sheets import Sheet, Style, build_sheet

STYLE = Style(
    year_column=True, total_first=False, wide_brackets=True, date_cells=False, spaced_total=False
)


def _rows(frames: Frames, name: str) -> pd.DataFrame:
    return select({name: frames[name]}, codes=["510117"], years=[2014])[name]


def _sheet(frames: Frames, name: str, *edits: Edit, style: Style = STYLE) -> Sheet:
    return build_sheet(name, _rows(frames, name), edits, style, prefecture="成都市", year=2014)


def test_headers_come_from_the_declaration(frames: Frames) -> None:
    sheet = _sheet(frames, "pesticide_use")
    assert [(f.group, f.header) for f in sheet.fields] == [
        (None, "县（市、区）"),
        (None, "年份"),
        (None, "农药类别"),
        ("农药使用量", "商品量（吨）"),
        ("农药使用量", "折百量（吨）"),
        ("防治情况", "防治面积（公顷次）"),
        (None, "数据性质"),
    ]
    assert sheet.header_rows == 2
    assert sheet.title == "成都市2014年农药使用情况表（模拟数据）"


def test_every_row_is_marked_and_the_total_is_last(frames: Frames) -> None:
    sheet = _sheet(frames, "pesticide_use")
    assert {row[-1] for row in sheet.rows} == {"模拟"}
    assert [row[0] for row in sheet.rows] == ["郫县"] * 7 + ["合计"]
    assert sheet.rows[-1][3] == round(sum(row[3] for row in sheet.rows[:-1]), 6)  # type: ignore[misc]


def test_kilograms_are_written_for_tonnes_and_treated_area_left(frames: Frames) -> None:
    edit = Edit("kilogram", "converted", "units", "use_t", value="公斤")
    plain, changed = _sheet(frames, "pesticide_use"), _sheet(frames, "pesticide_use", edit)
    headers = [f.header for f in changed.fields]
    assert headers[3:6] == ["商品量（公斤）", "折百量（公斤）", "防治面积（公顷次）"]
    assert changed.rows[0][3] == round(plain.rows[0][3] * 1000, 6)  # type: ignore[operator]
    assert changed.rows[0][5] == plain.rows[0][5]


def test_a_year_without_column_stands_in_the_title(frames: Frames) -> None:
    style = Style(False, True, False, True, True)
    sheet = _sheet(frames, "greening", style=style)
    assert "年份" not in [f.header for f in sheet.fields]
    assert "2014年" in sheet.title
    assert sheet.rows[0][0] == "合　计"
    assert sheet.fields[1].header == "耕地面积(公顷)"


def test_an_edit_is_found_where_it_was_put(frames: Frames) -> None:
    edits = (
        Edit("foreign", "quarantined", "insert", "county_code", 1, "外县"),
        Edit("text", "quarantined", "set", "sown_ha", 3, "约30"),
    )
    style = Style(True, True, True, True, False)
    sheet = _sheet(frames, "production", *edits, style=style)
    assert {e.kind: sheet.rows[row] for row, e in sheet.edited.items()} == {
        "foreign": ("外县", *sheet.rows[2][1:]),
        "text": (*sheet.rows[5][:3], "约30", *sheet.rows[5][4:]),
    }
    assert len(sheet.rows) == 6 + 1 + 1
