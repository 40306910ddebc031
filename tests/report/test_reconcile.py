"""Published totals against ours."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agriqa.errors import UnknownNameError
from agriqa.report.content import Content
from agriqa.report.index import render_index
from agriqa.report.reconcile import reconcile

MakeContent = Callable[..., Content]


def set_total(content: Content, measure: str, value: float) -> None:
    rows = content.rows
    chosen = (rows["measure"] == measure) & (rows["level"] == "province") & (rows["period"] == 2021)
    rows.loc[chosen, "value"] = value


def test_difference_is_ours_less_the_published(make_content: MakeContent) -> None:
    content = make_content(4)
    set_total(content, "pesticide_use_t", 41000.0)
    row = next(
        r for r in reconcile(content) if r.period == 2021 and r.unit == "吨" and "农药" in r.label
    )
    assert row.published == 40974.0  # 中国农村统计年鉴 2022
    assert row.difference == pytest.approx(26.0)
    assert row.difference_pct == pytest.approx(100 * 26 / 40974)


def test_published_unit_is_converted(make_content: MakeContent) -> None:
    rows = reconcile(make_content(4))
    row = next(r for r in rows if r.period == 2021 and "化肥" in r.label)
    assert row.published == pytest.approx(2_072_000)  # 207.2 万吨, 中国农村统计年鉴 2022
    assert row.printed == "207.2 万吨"


def test_year_without_a_total_of_ours_is_listed(make_content: MakeContent) -> None:
    rows = make_content(4).rows
    total = (rows["measure"] == "pesticide_use_t") & (rows["level"] == "province")
    content = make_content(4, rows=rows[~total])
    assert [r.known for r in reconcile(content) if "农药" in r.label] == [False, False]


def test_unknown_unit_is_an_error(make_content: MakeContent) -> None:
    content = make_content(4)
    content.published["unit_of_value"] = "担"
    with pytest.raises(UnknownNameError, match="担"):
        reconcile(content)


def test_share_of_counties_behind_our_total_is_stated(make_content: MakeContent) -> None:
    content = make_content(4)
    content.rows["coverage"] = 0.022
    assert reconcile(content)[0].coverage_pct == pytest.approx(2.2)
    assert "数据完整的县 2.2%" in render_index(content, edition="2021-abcd1234", errors={})


def test_english_reader_gets_the_published_figure_in_our_unit(make_content: MakeContent) -> None:
    rows = reconcile(make_content(4, language="en"))
    row = next(r for r in rows if r.period == 2021 and "Fertiliser" in r.label)
    assert row.printed == "2,072,000 t"  # 207.2 万吨, 中国农村统计年鉴 2022
