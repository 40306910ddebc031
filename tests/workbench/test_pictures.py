"""The pictures of an index."""

from __future__ import annotations

import re

import pytest

from agriqa.errors import UnknownNameError
from agriqa.workbench.index import IndexView
from agriqa.workbench.pictures import PICTURES
from tests.figures.texts import texts


@pytest.mark.parametrize("kind", PICTURES)
def test_every_picture_says_what_when_and_that_it_is_simulated(view: IndexView, kind: str) -> None:
    chart = view.plot(kind)
    said = " ".join(texts(chart))
    for word in ("县域农业质量指数", "2021 年", "快照", "模拟"):
        assert word in said
    assert "县域农业质量指数" in chart.alt


@pytest.mark.parametrize("kind", PICTURES)
def test_english_pictures_have_no_chinese(english: IndexView, kind: str) -> None:
    assert not re.search(r"[\u4e00-\u9fff]", english.plot(kind).svg())


def test_counties_are_marked_or_chosen_by_name(view: IndexView) -> None:
    [named] = [t for t in texts(view.plot(counties=["郫县"])) if t.startswith("郫都区")]
    assert re.fullmatch(r"郫都区 1 \(1–\d\)", named)
    shown = " ".join(texts(view.plot("ranking", counties=["康定市", "恩阳区"])))
    assert "康定市" in shown
    assert "郫都区" not in shown
    assert "恩阳区" in " ".join(texts(view.explain("恩阳区").plot()))


def test_a_map_shows_fifths_where_grades_do_not_hold(view: IndexView) -> None:
    assert "按得分分为五等份" in texts(view.what_if(normalise="min_max").plot("map"))
    assert any("待提升" in text for text in texts(view.plot("map")))


def test_an_unknown_picture_names_the_nearest(view: IndexView) -> None:
    with pytest.raises(UnknownNameError, match="ranking"):
        view.plot("rankings")
