"""Series with breaks, and against their projection."""

from __future__ import annotations

import re

import numpy as np
import pytest

from agriqa.figures.chart import Caption, NothingToShowError
from agriqa.figures.segments import counterfactual, segmented_series
from agriqa.stats.breaks import bai_perron
from agriqa.stats.interrupted import interrupted_time_series
from tests.figures.texts import texts

ENGLISH = Caption("Source: yearbook", language="en")
YEARS = np.arange(2010, 2022)
VALUES = np.where(YEARS <= 2015, 100.0, 160.0) - 10.0 * np.maximum(YEARS - 2015, 0)
VALUES = VALUES + np.tile([0.2, -0.2, 0.1], 4)


def test_a_segmented_series_says_where_it_breaks(caption: Caption) -> None:
    found = bai_perron(VALUES, "linear", times=YEARS, breaks=1, minimum_segment=4)
    chart = segmented_series(
        YEARS, VALUES, found, low=VALUES - 5, high=VALUES + 5, what="用量", unit="吨",
        caption=caption,
    )  # fmt: skip
    said = texts(chart)
    assert "用量：2015 年之后有转折" in said
    assert "单位：吨 · 2010—2021 年 · n=12 年 · 竖线为修约范围" in said
    assert chart.axes[0].get_ylim()[0] == 0
    drawn = [line for line in chart.axes[0].lines if line.get_linestyle() == "-"]
    first, second = [line for line in drawn if len(line.get_xdata()) == 6]
    assert first.get_xdata()[-1] == 2015
    np.testing.assert_allclose(second.get_ydata(), VALUES[6:], atol=1)


def test_a_series_without_a_break_has_one_segment(caption: Caption) -> None:
    flat = np.tile([10.0, 10.1, 9.9], 4)
    found = bai_perron(flat, "mean", times=YEARS, breaks=0)
    chart = segmented_series(
        YEARS, flat, found, low=flat, high=flat, what="用量", unit="吨", caption=caption
    )
    assert "用量：没有转折" in texts(chart)


def test_a_series_with_a_gap_is_refused(caption: Caption) -> None:
    found = bai_perron(VALUES, "mean", times=YEARS, breaks=0)
    gap = np.where(YEARS == 2012, np.nan, VALUES)
    with pytest.raises(NothingToShowError, match="用量"):
        segmented_series(
            YEARS, gap, found, low=gap, high=gap, what="用量", unit="吨", caption=caption
        )


def test_the_effect_of_the_last_year_is_in_the_title(caption: Caption) -> None:
    result = interrupted_time_series(VALUES, YEARS, start=2016)
    chart = counterfactual(result, what="用量", unit="吨", caption=caption, decimals=1)
    last = result.effect_at(2021)
    number = f"{float(np.ravel(last.value)[0]):.1f}".replace("-", "−")
    assert any(t.startswith(f"用量：2021 年与外推相差 {number} 吨（95% 区间") for t in texts(chart))
    projected = {line.get_label(): line for line in chart.axes[0].lines}["按此前趋势外推"]
    np.testing.assert_allclose(projected.get_ydata(), result.counterfactual[6:])


def test_english_charts_have_no_chinese_label() -> None:
    found = bai_perron(VALUES, "linear", times=YEARS, breaks=1, minimum_segment=4)
    result = interrupted_time_series(VALUES, YEARS, start=2016)
    ends = {"low": VALUES, "high": VALUES}
    shown = [
        segmented_series(YEARS, VALUES, found, **ends, what="Use", unit="t", caption=ENGLISH),
        counterfactual(result, what="Use", unit="t", caption=ENGLISH),
    ]
    for chart in shown:
        assert not re.search(r"[\u4e00-\u9fff]", chart.svg())
