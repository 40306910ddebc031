"""Censored distributions, Lorenz curves, waiting times."""

from __future__ import annotations

import re

import numpy as np
import pytest

from agriqa.figures.chart import Caption, NothingToShowError
from agriqa.figures.distributions import censored_distribution, lorenz, waiting_time
from agriqa.stats import survival
from agriqa.stats.censored.kaplan_meier import kaplan_meier
from agriqa.stats.inequality import gini_coefficient, lorenz_curve
from tests.figures.texts import texts

ENGLISH = Caption("Source: lists", language="en")
VALUES, CENSORED = [0.01, 0.01, 0.02, 0.05, 0.3], [True, True, False, False, False]


def test_a_censored_distribution_says_what_lies_below_detection(caption: Caption) -> None:
    curve = kaplan_meier(VALUES, CENSORED)
    chart = censored_distribution(
        {"基地": curve}, what="毒死蜱", unit="mg/kg", caption=caption, limit=0.2
    )
    said = texts(chart)
    assert "毒死蜱：低于最小检出值的占 基地 40.0%" in said
    assert "横轴：mg/kg（对数）；纵轴：不高于该值的比例（%）· n=5 个测定" in said
    assert "限量 0.2" in said
    line = chart.axes[0].lines[0]
    np.testing.assert_allclose(line.get_xdata(), [0.02, 0.05, 0.3])
    np.testing.assert_allclose(line.get_ydata(), [60, 80, 100])


def test_a_substance_never_detected_has_no_distribution(caption: Caption) -> None:
    curve = kaplan_meier([0.01, 0.01], [True, True])
    with pytest.raises(NothingToShowError, match="毒死蜱"):
        censored_distribution({"基地": curve}, what="毒死蜱", unit="mg/kg", caption=caption)


def test_a_lorenz_curve_lies_below_equal_shares(caption: Caption) -> None:
    sizes = [0, 0, 1, 3]
    curves, gini = {"品牌": lorenz_curve(sizes)}, {"品牌": float(gini_coefficient(sizes))}
    chart = lorenz(curves, gini, what="各县拥有数", n=4, caption=caption)
    assert f"各县拥有数：基尼系数 品牌 {gini['品牌']:.2f}" in texts(chart)
    equal, own = chart.axes[0].lines
    assert equal.get_label() == "平均分布"
    assert (own.get_ydata() <= own.get_xdata() + 1e-9).all()


def test_a_waiting_time_falls_at_the_end_of_the_year(caption: Caption) -> None:
    whole = survival.kaplan_meier([365.25, 730.5, 1461], [True, True, False])
    chart = waiting_time(whole, {"东": whole}, what="第一个标志", since=2008, caption=caption)
    said = texts(chart)
    assert "第一个标志：仍有 33% 的县没有" in said
    assert "单位：% · 自 2008 年初起，各年末 · n=3 个县" in said
    line = chart.axes[0].lines[0]
    np.testing.assert_allclose(line.get_xdata(), [2007, 2008, 2009, 2011])
    np.testing.assert_allclose(line.get_ydata(), [100, 200 / 3, 100 / 3, 100 / 3])


def test_english_charts_have_no_chinese_label() -> None:
    curve = kaplan_meier(VALUES, CENSORED)
    whole = survival.kaplan_meier([365.25, 730.5], [True, False])
    shown = [
        censored_distribution({"base": curve}, what="Level", unit="mg/kg", caption=ENGLISH),
        lorenz({"brands": lorenz_curve([1, 3])}, {"brands": 0.25}, what="By county", n=2,
               caption=ENGLISH),
        waiting_time(whole, {"east": whole}, what="First", since=2008, caption=ENGLISH),
    ]  # fmt: skip
    for chart in shown:
        assert not re.search(r"[\u4e00-\u9fff]", chart.svg())
