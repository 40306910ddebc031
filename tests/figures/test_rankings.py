"""Rankings, what scores lack, what moved them."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from agriqa.figures.chart import Caption, NothingToShowError
from agriqa.figures.rankings import moved, rank_bands, ranking, shortfall_bars
from tests.figures.texts import texts

ENGLISH = Caption("Source: returns", simulated=True, language="en")
WORDS = {"what": "质量指数", "period": "2021 年"}
N = 40


@pytest.fixture
def table() -> pd.DataFrame:
    ranks = np.arange(1, N + 1)
    made = pd.DataFrame(
        {
            "name": [f"县{rank}" for rank in ranks], "rank": ranks,
            "low": np.maximum(ranks - 5, 1), "high": np.minimum(ranks + 15, N),
            "score": 90.0 - ranks, "of": N,
        },
        index=[f"c{rank:02d}" for rank in ranks],
    )  # fmt: skip
    unscored = pd.DataFrame({"name": ["缺"], "rank": [np.nan], "of": [N]}, index=["c99"])
    return pd.concat([made, unscored]).sample(frac=1, random_state=1)


def test_all_ranks_are_drawn_in_order_with_their_bands(
    table: pd.DataFrame, caption: Caption
) -> None:
    chart = rank_bands(table, caption=caption, **WORDS)
    said = texts(chart)
    assert "半数县的名次区间宽 20 位以上" in said
    assert "质量指数，名次，1 为最高 · 2021 年 · n=40 县 · 竖线为 90% 名次区间" in said
    [dots] = chart.axes[0].lines
    assert dots.get_ydata().tolist() == list(range(1, N + 1))
    bands = chart.axes[0].collections[0].get_segments()
    assert [segment[:, 1].tolist() for segment in bands[:2]] == [[1, 16], [1, 17]]


def test_highlighted_ones_are_named_with_their_band_and_do_not_overlap(
    table: pd.DataFrame, caption: Caption
) -> None:
    chart = rank_bands(table, caption=caption, highlight=["c39", "c40", "c99"], **WORDS)
    said = texts(chart)
    assert "县39 39 (34–40)" in said
    assert "县40 40 (35–40)" in said
    assert "县39 39 (34–40)" in chart.alt
    heights = sorted(note.xy[1] for note in chart.axes[0].texts)
    assert heights[1] - heights[0] >= 0.08 * N - 1e-9


def test_a_version_without_bands_says_so(table: pd.DataFrame, caption: Caption) -> None:
    bare = table.assign(low=np.nan, high=np.nan)
    assert "这种做法没有名次区间" in texts(rank_bands(bare, caption=caption, **WORDS))
    assert "县1第 1 名" in texts(ranking(bare.dropna(subset=["rank"]), caption=caption, **WORDS))


def test_a_ranking_says_whether_the_first_is_clear_of_the_second(
    table: pd.DataFrame, caption: Caption
) -> None:
    first = table.dropna(subset=["rank"]).sort_values("rank").head(3)
    said = texts(ranking(first, caption=caption, **WORDS))
    assert "县1居首，与第二的区间重叠" in said
    assert "县1  89.0" in said
    clear = first.assign(low=[1, 2, 3], high=[1, 3, 3])
    assert "县1居首，与第二的区间不重叠" in texts(ranking(clear, caption=caption, **WORDS))
    some = texts(ranking(first.tail(2), caption=caption, **WORDS))
    assert "所示县中县2居首，与第二的区间重叠" in some


def test_nothing_to_rank_is_refused(table: pd.DataFrame, caption: Caption) -> None:
    nobody = table.assign(rank=np.nan)
    for draw in (rank_bands, ranking):
        with pytest.raises(NothingToShowError, match="质量指数"):
            draw(nobody, caption=caption, **WORDS)


PARTS = pd.DataFrame({"安全": [10.0, 30.0], "品牌": [5.0, np.nan]}, index=["甲县", "乙县"])
SCORES = pd.Series([85.0, 70.0], index=["甲县", "乙县"])


def test_scores_and_what_they_lack_fill_the_bar(caption: Caption) -> None:
    chart = shortfall_bars(PARTS, SCORES, of=5, caption=caption, **WORDS)
    said = texts(chart)
    assert "平均失分最多的是安全" in said
    assert "质量指数，单位：分 · 2021 年 · 所示 2 县，共 5 县 · 各段合计为满分" in said
    bars = chart.axes[0].patches
    assert [bar.get_width() for bar in bars] == [85, 70, 10, 30, 5, 0]
    assert [bar.get_x() for bar in bars] == [0, 0, 85, 70, 95, 100]
    assert "乙县 70.0: 安全 −30.0" in chart.alt
    with pytest.raises(NothingToShowError, match="质量指数"):
        shortfall_bars(PARTS.head(0), SCORES, of=5, caption=caption, **WORDS)


def test_small_moves_share_one_bar(caption: Caption) -> None:
    table = pd.DataFrame({"label": list("甲乙丙丁"), "total": [0.1, -3.0, 4.0, 0.2]})
    chart = moved(
        table, name="某县", scores=(70.0, 71.3), periods=(2018, 2021), caption=caption, top=2
    )
    said = texts(chart)
    assert "某县：2018—2021 年得分由 70.0 到 71.3，+1.3" in said
    assert "单位：分，各项合计为得分的变化 · n=4 项" in said
    widths = [bar.get_width() for bar in chart.axes[0].patches]
    assert widths == pytest.approx([4.0, -3.0, 0.3])
    assert "其余 2 项" in said


def test_english_charts_have_no_chinese_label(table: pd.DataFrame) -> None:
    named = table.assign(name=table.index)
    words = {"what": "Quality index", "period": "2021", "caption": ENGLISH}
    lacking = PARTS.set_axis(["A", "B"]).set_axis(["safety", "brands"], axis=1)
    shown = [
        rank_bands(named, highlight=["c03"], **words),
        ranking(named.dropna(subset=["rank"]).head(4), **words),
        shortfall_bars(lacking, SCORES.set_axis(["A", "B"]), of=5, **words),
        moved(
            pd.DataFrame({"label": ["a", "b"], "total": [1.0, -2.0]}), name="A",
            scores=(3.0, 2.0), periods=(2018, 2021), caption=ENGLISH, top=1,
        ),
    ]  # fmt: skip
    for chart in shown:
        assert not re.search(r"[\u4e00-\u9fff]", chart.svg() + chart.alt)
