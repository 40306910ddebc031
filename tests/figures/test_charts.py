"""Charts: what they show, say and refuse."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from agriqa.figures import charts
from agriqa.figures.chart import Caption, Chart, NothingToShowError
from agriqa.figures.fonts import MissingGlyphError
from agriqa.figures.position import position_strip
from agriqa.measures import registry

AREA = "c07"
INTENSITY = "pesticide_intensity_kg_ha"
PASS = "pass_rate_pct"


def _trend(rows: pd.DataFrame, caption: Caption, **options: object) -> Chart:
    everyone = rows[rows["measure"] == INTENSITY]
    own = everyone[everyone["area"] == AREA]
    return charts.trend(
        own, everyone, registry()[INTENSITY], name="郫都区", caption=caption, **options
    )


def _texts(chart: Chart) -> list[str]:
    root = ET.fromstring(chart.svg())
    return [t.text or "" for t in root.iter("{http://www.w3.org/2000/svg}text")]


def test_trend_says_title_unit_period_n_and_source(rows: pd.DataFrame, caption: Caption) -> None:
    texts = _texts(_trend(rows, caption))
    assert "郫都区：单位播种面积农药用量" in texts
    assert "单位：公斤/公顷 · 2012—2021 年 · 全省 n=40 县" in texts
    assert caption.source in texts


def test_trend_tells_missing_from_withheld(rows: pd.DataFrame, caption: Caption) -> None:
    texts = _texts(_trend(rows, caption))
    assert texts.count("缺数") == 1
    assert texts.count("不公开") == 1


def test_amounts_per_area_start_at_zero(rows: pd.DataFrame, caption: Caption) -> None:
    assert _trend(rows, caption).axes[0].get_ylim()[0] == 0


def test_a_page_may_enlarge_the_letters(rows: pd.DataFrame, caption: Caption) -> None:
    svg = _trend(rows, caption).svg()
    assert "font-size: calc(9px * var(--type, 1))" in svg
    assert not re.search(r"font-size: [\d.]+px", svg)


def test_trend_marks_a_break_within_its_years_only(rows: pd.DataFrame, caption: Caption) -> None:
    texts = _texts(_trend(rows, caption, breaks=[2005, 2018]))
    assert texts.count("区划调整") == 1


def test_simulated_figures_carry_the_mark(rows: pd.DataFrame, caption: Caption) -> None:
    real = Caption(caption.source)
    assert "模拟" in _texts(_trend(rows, caption))
    assert "模拟" not in _texts(_trend(rows, real))


def test_english_chart_has_no_chinese_label(rows: pd.DataFrame) -> None:
    everyone = rows[rows["measure"] == INTENSITY]
    caption = Caption("Source: county returns", simulated=True, language="en")
    chart = charts.trend(
        everyone[everyone["area"] == AREA], everyone, registry()[INTENSITY], name="Pidu",
        caption=caption,
    )  # fmt: skip
    assert not re.search(r"[\u4e00-\u9fff]", chart.svg())


def test_trend_refuses_an_area_without_any_value(rows: pd.DataFrame, caption: Caption) -> None:
    empty = rows.assign(value=np.nan, status="missing")
    with pytest.raises(NothingToShowError, match="单位播种面积农药用量"):
        _trend(empty, caption)


def test_rate_prints_n_under_each_year(rows: pd.DataFrame, caption: Caption) -> None:
    own = rows[(rows["measure"] == PASS) & (rows["area"] == AREA)]
    province = rows[rows["measure"] == PASS].groupby("period", as_index=False)["value"].mean()
    chart = charts.rate_interval(
        own, province, registry()[PASS], name="郫都区", caption=caption,
        line=charts.Line(98, "目标 ≥98%"),
    )  # fmt: skip
    texts = _texts(chart)
    assert [t for t in texts if t.startswith("n=")] == [f"n={n:.0f}" for n in own["n"]]
    assert "目标 ≥98%" in texts


def test_position_leaves_out_a_measure_the_area_has_no_value_of(
    rows: pd.DataFrame, caption: Caption
) -> None:
    gone = rows[~((rows["area"] == AREA) & (rows["measure"] == PASS))]
    chart = position_strip(
        gone, [registry()[INTENSITY], registry()[PASS]], area=AREA, name="郫都区", period=2021,
        caption=caption,
    )  # fmt: skip
    assert "单位播种面积农药用量" in chart.alt
    assert "例行监测合格率" not in chart.alt


def test_position_prints_n_in_each_row_and_marks_what_is_clipped(
    rows: pd.DataFrame, caption: Caption
) -> None:
    far = rows["measure"].eq(INTENSITY) & rows["area"].eq("c01")
    texts = _texts(
        position_strip(
            rows.assign(value=rows["value"].mask(far, 900.0)),
            [registry()[INTENSITY], registry()[PASS]],
            area=AREA, name="郫都区", period=2021, caption=caption,
        )
    )  # fmt: skip
    assert texts.count("n=40 县") == 2
    assert any(re.search(r"\(n=\d+\)$", t) for t in texts)
    assert any("▶ 超出刻度" in t for t in texts)


def test_position_of_equal_values_is_drawn(rows: pd.DataFrame, caption: Caption) -> None:
    equal = rows.assign(value=3.0)
    chart = position_strip(
        equal, [registry()["bases_n"]], area=AREA, name="郫都区", period=2021, caption=caption
    )
    assert "3 项" in _texts(chart)


def test_composition_writes_totals_and_marks_years_without_a_return(caption: Caption) -> None:
    amounts = pd.DataFrame({"杀虫剂": [2.0, np.nan], "杀菌剂": [1.5, np.nan]}, index=[2020, 2021])
    texts = _texts(
        charts.composition(amounts, title="用量", unit="吨", decimals=1, caption=caption)
    )
    assert "3.5" in texts
    assert "缺数" in texts


def test_a_character_no_font_has_is_an_error(caption: Caption) -> None:
    chart = Chart(title="\U0001f33e", alt="", caption=caption, height=2)
    with pytest.raises(MissingGlyphError, match=r"U\+1F33E"):
        chart.svg()


def test_svg_carries_its_words_escaped(caption: Caption) -> None:
    svg = Chart(title="a<b", alt='x "<y>"', caption=caption, height=2).svg()
    root = ET.fromstring(svg)
    assert root.attrib["aria-label"] == 'x "<y>"'


def test_svg_is_the_same_bytes_each_time(rows: pd.DataFrame, caption: Caption) -> None:
    assert _trend(rows, caption).svg() == _trend(rows, caption).svg()


def test_notebook_shows_svg_and_png(rows: pd.DataFrame, caption: Caption) -> None:
    bundle = _trend(rows, caption)._repr_mimebundle_()
    assert set(bundle) == {"image/svg+xml", "image/png", "text/plain"}
    assert bundle["text/plain"].startswith("郫都区单位播种面积农药用量折线图：2012 年")


def test_charts_leave_the_session_settings_alone(rows: pd.DataFrame, caption: Caption) -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    _trend(rows, caption).svg()
    assert dict(mpl.rcParams) == before


def test_quartiles_leave_missing_values_out(rows: pd.DataFrame) -> None:
    found = charts.quartiles(rows[rows["measure"] == INTENSITY])
    assert found.loc[2015, "n"] == 39
    assert (found["q1"] <= found["median"]).all()
    assert (found["median"] <= found["q3"]).all()
