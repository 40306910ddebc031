"""Funnel, control chart and operating characteristic."""

from __future__ import annotations

import re

import numpy as np
import pytest

from agriqa.figures.chart import Caption, NothingToShowError
from agriqa.figures.surveillance import control_chart, funnel_plot, operating_characteristic
from agriqa.stats.acceptance import acceptance_probability
from agriqa.stats.control_charts import p_chart
from agriqa.stats.funnel import funnel_proportions
from tests.figures.texts import texts

ENGLISH = Caption("Source: samples", simulated=True, language="en")
FAILED, SAMPLES = [30, 1, 2, 1, 0], [100, 100, 150, 80, 60]
NAMES = ["甲县", "乙县", "丙县", "丁县", "戊县"]


def test_a_funnel_names_the_areas_outside_its_limits(caption: Caption) -> None:
    funnel = funnel_proportions(FAILED, SAMPLES, target=0.02)
    said = texts(funnel_plot(funnel, NAMES, what="不合格率", period="2021 年", caption=caption))
    assert "不合格率：1 个县高于、0 个低于 99.8% 控制限" in said
    assert "单位：% · 2021 年 · 5 个县，n=490 个样品" in said
    assert [name for name in NAMES if name in said] == ["甲县"]
    assert caption.source in said


@pytest.mark.parametrize("limits", ["exact", "normal"])
def test_a_funnel_draws_its_own_limits(caption: Caption, limits: str) -> None:
    funnel = funnel_proportions(FAILED, SAMPLES, target=0.02, limits=limits)
    chart = funnel_plot(funnel, NAMES, what="不合格率", period="2021 年", caption=caption)
    sizes, high = chart.axes[0].lines[2].get_data()
    np.testing.assert_allclose(high, 100 * funnel.limits(sizes, level=0.998)[1])


def test_a_funnel_leaves_out_an_area_without_samples(caption: Caption) -> None:
    funnel = funnel_proportions([*FAILED[:4], 0], [*SAMPLES[:4], 0], target=0.02)
    said = texts(funnel_plot(funnel, NAMES, what="不合格率", period="2021 年", caption=caption))
    assert "单位：% · 2021 年 · 4 个县，n=430 个样品" in said


def test_a_control_chart_marks_signals_and_runs_apart(caption: Caption) -> None:
    chart = p_chart([1, 2, 1, 30, 2], [100] * 5, centre=0.02)
    months = [f"2021-0{month}" for month in range(1, 6)]
    drawn = control_chart(
        chart, months, what="不合格率", unit="%", scale=100, caption=caption,
        flagged=[False, True, False, True, False],
    )  # fmt: skip
    said = texts(drawn)
    assert "不合格率：1 点越出控制限，另 1 点成型" in said
    assert "单位：% · 2021-01—2021-05 · n=5 点 · 中心线 2.0" in said
    marked = {line.get_label(): line.get_data() for line in drawn.axes[0].lines}
    assert marked["越限"][0].tolist() == [3]
    assert marked["越限"][1].tolist() == [30]
    assert marked["成型"][0].tolist() == [1]


def test_labels_of_many_points_do_not_run_into_each_other(caption: Caption) -> None:
    days = [f"2021-01-{1 + day % 28:02d}" for day in range(200)]
    chart = p_chart([1] * 200, [100] * 200)
    drawn = control_chart(chart, days, what="不合格率", unit="%", caption=caption)
    labels = [label.get_text() for label in drawn.axes[0].get_xticklabels()]
    assert 2 <= len(labels) <= 8


def test_a_series_without_a_point_has_nothing_to_show(caption: Caption) -> None:
    chart = p_chart([1, 2], [100, 100])
    empty = type(chart)(**{**vars(chart), "statistic": np.full(2, np.nan)})
    with pytest.raises(NothingToShowError, match="不合格率"):
        control_chart(empty, ["a", "b"], what="不合格率", unit="%", caption=caption)


def test_an_operating_characteristic_draws_each_plan() -> None:
    shares = np.linspace(0, 0.2, 5)
    curves = [acceptance_probability(shares, n, 0) for n in (5, 30)]
    chart = operating_characteristic(
        shares, curves, ["n=5, c=0", "n=30, c=0"], what="Two plans", caption=ENGLISH
    )
    lines = {line.get_label(): line.get_ydata() for line in chart.axes[0].lines}
    np.testing.assert_allclose(lines["n=30, c=0"], 100 * (1 - shares) ** 30)
    assert "Two plans" in texts(chart)


def test_english_charts_have_no_chinese_label() -> None:
    funnel = funnel_proportions(FAILED, SAMPLES, target=0.02)
    names = ["A", "B", "C", "D", "E"]
    shown = [
        funnel_plot(funnel, names, what="Failure rate", period="2021", caption=ENGLISH),
        control_chart(
            p_chart([1, 2, 30], [100] * 3), ["1", "2", "3"], what="Rate", unit="%", caption=ENGLISH
        ),
        operating_characteristic([0, 0.1], [[1, 0.5]], ["n=5"], what="Plan", caption=ENGLISH),
    ]
    for chart in shown:
        assert not re.search(r"[\u4e00-\u9fff]", chart.svg())
        assert "SIMULATED" in texts(chart)
