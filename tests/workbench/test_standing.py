"""Why a county stands where it does."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from agriqa.areas import UnknownAreaError
from agriqa.errors import UnknownNameError
from agriqa.figures.words import number_text
from agriqa.measures import measure
from agriqa.workbench import Workbench
from agriqa.workbench.index import IndexView
from tests.conftest import SMALL


def test_a_verdict_has_rank_band_grade_and_mark(view: IndexView) -> None:
    found = view.explain("郫县")
    row = view.rank().set_index("code").loc["510117"]
    text = found.summary()
    assert repr(found) == text
    assert f"郫都区（成都市）2021 年县域农业质量指数 {row['score']:.1f} 分" in text
    assert f"第 {row['rank']} 名（90% 区间 {row['rank_low']}—{row['rank_high']}）" in text
    stable = view.uncertainty().table().set_index("code").loc["510117", "stability"]
    assert f"等级“{row['grade']}”（重算中占 {100 * stable:.0f}%）" in text
    assert "含模拟数据" in text


def test_the_table_goes_from_the_index_to_its_measures(wb: Workbench, view: IndexView) -> None:
    table = view.explain("510117").table
    assert table.index[0] == "quality"
    rows = wb.county("510117").measures(period=2021).set_index("measure")
    own = table[table["level"] == 0]
    np.testing.assert_allclose(own["value"], rows.loc[own.index, "value"])
    assert own["status"].tolist() == rows.loc[own.index, "status"].tolist()
    known = own["low"].notna()
    np.testing.assert_allclose(own["high"][known], rows.loc[own.index[known], "high"])
    assert own["effective"].sum() == pytest.approx(1)


def test_strengths_and_weaknesses_are_those_against_the_peers(view: IndexView) -> None:
    found = view.explain("郫都区", peers=["康定市", "恩阳区"])
    names = found.strengths.index
    among = view.scores.loc[["510117", "513301", "511903"], names].median()
    np.testing.assert_allclose(
        found.strengths["difference"], view.scores.loc["510117", names] - among
    )
    assert "康定市、恩阳区" in found.summary()
    assert "Kangding" in found.summary("en")


@pytest.mark.parametrize(
    ("peers", "words"), [("prefecture", "成都市各县"), ("neighbours", "相邻各县")]
)
def test_a_county_alone_among_its_peers_is_neither_strong_nor_weak(
    view: IndexView, peers: str, words: str
) -> None:
    found = view.explain("郫都区", peers=peers)
    assert found.peers.zh == words
    assert found.strengths.empty
    assert found.weaknesses.empty


def test_unknown_peers_and_counties_are_refused(view: IndexView) -> None:
    with pytest.raises(UnknownNameError, match="neighbours"):
        view.explain("郫都区", peers="neighbors")
    with pytest.raises(UnknownAreaError, match="郫都区"):
        view.explain("郫都去")


def test_a_county_without_a_score_is_told_what_is_missing(view: IndexView) -> None:
    found = view.explain("锦江区")
    assert np.isnan(found.score)
    assert "没有得分" in found.summary()
    assert len(found.missing) > 10
    assert "绿色防控覆盖率 缺数" in found.summary()
    assert "缺数" in found._repr_html_()
    assert "has no score" in found.summary("en")


def test_its_table_is_laid_out_as_that_of_a_scored_county(view: IndexView) -> None:
    unscored, scored = (view.explain(name, peers=SMALL).table for name in ("锦江区", "郫都区"))
    same = ["label", "level", "parent", "unit", "effective", "peers", "of"]
    pd.testing.assert_frame_equal(unscored[same], scored[same])
    assert list(unscored.columns) == list(scored.columns)


def test_a_page_shows_value_interval_and_n(view: IndexView) -> None:
    found = view.explain("郫都区")
    html, known = found._repr_html_(), found.table.dropna(subset=["low"])
    assert len(known) >= 2
    name, row = known.index[0], known.iloc[0]
    low, high = (number_text(row[end], measure(name).decimals) for end in ("low", "high"))
    assert f"{low}–{high}" in html
    assert f">{row['n']:.0f}<" in html
    for word in ("同组中位得分", "模拟", "绿色生产", "35.0"):
        assert word in html


def test_a_version_without_bands_says_so(view: IndexView) -> None:
    text = view.what_if(normalise="rank").explain("郫都区").summary()
    assert "没有名次区间" in text
    assert "等级" not in text.split("。")[0]


def test_english_has_no_chinese(english: IndexView) -> None:
    found = english.explain("Pidu", peers="prefecture")
    scored = found.summary() + found._repr_html_() + english.explain("锦江区").summary()
    assert not re.search(r"[\u4e00-\u9fff]", scored)
