"""What moved a county between two years."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agriqa.errors import NoDataError
from agriqa.workbench import Workbench
from agriqa.workbench.index import IndexView
from tests.figures.texts import texts


def test_parts_add_up_to_the_change_of_the_score(wb: Workbench, view: IndexView) -> None:
    found = view.moved("郫都区", since=2019)
    before = wb.index(2019).scores.loc["510117", "quality"]
    assert found.scores == pytest.approx((before, view.scores.loc["510117", "quality"]))
    assert found.table["total"].sum() == pytest.approx(found.change)
    assert set(found.table["dimension"]) <= {view.label(name) for name in view.dimensions}


def test_the_largest_parts_are_named(view: IndexView) -> None:
    found = view.moved("郫都区", since=2019)
    most = found.table.loc[found.table["total"].abs().idxmax(), "part"]
    text = found.summary()
    assert repr(found) == text
    assert f"主要来自：{most}" in text
    assert "含模拟数据" in text
    assert f"{found.scores[0]:.1f} to {found.scores[1]:.1f}" in found.summary("en")
    assert most in found._repr_html_()


def test_its_picture_shows_the_rest_in_one_bar(view: IndexView) -> None:
    found = view.moved("郫都区", since=2019)
    chart = found.plot(top=5)
    said = texts(chart)
    assert f"其余 {len(found.table) - 5} 项" in said
    assert "模拟" in said


def test_a_value_that_came_is_told_from_one_that_rose(wb: Workbench, view: IndexView) -> None:
    index = view.index.changed(screen={"method": "none"})
    data = index.data.copy()
    gone = [one.id for one in index.framework.indicators if one.parent == "brands"]
    data.loc[("510117", 2019), gone] = float("nan")
    data.loc[("510117", 2019), "green_control_pct"] = float("nan")
    found = replace(view, index=replace(index, data=data)).moved("郫都区", since=2019)
    parts = found.table["part"]
    assert parts["brands"] == "品牌（2019 年没有得分）"
    assert parts["green_control_pct"] == "绿色防控覆盖率（2019 年缺数）"
    assert parts["safety"] == "质量安全（权重随缺数变动）"
    assert parts["high_standard_farmland_pct"] == "高标准农田占耕地比重"
    assert found.table["total"].sum() == pytest.approx(found.change)
    assert "（2019 年没有得分）" in " ".join(texts(found.plot()))


def test_a_county_without_a_score_has_not_moved(view: IndexView) -> None:
    with pytest.raises(NoDataError, match="510104"):
        view.moved("锦江区", since=2019)
