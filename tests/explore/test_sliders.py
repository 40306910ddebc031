"""Sliders and the ranking that follows them."""

from __future__ import annotations

import re

import pytest

from agriqa.explore.sliders import WeightSliders
from agriqa.workbench import Workbench
from agriqa.workbench.index import IndexView


@pytest.fixture(scope="module")
def view(wb: Workbench) -> IndexView:
    return wb.index(2021)


@pytest.fixture
def sliders(view: IndexView) -> WeightSliders:
    return WeightSliders(view, county="恩阳区", top=2)


def test_they_begin_at_the_weights_of_the_index(view: IndexView, sliders: WeightSliders) -> None:
    declared = {one.id: one.weight for one in view.declaration.group if one.parent}
    assert sliders.weights == pytest.approx(declared)
    assert (sliders.ranking()["moved"] == 0).all()


def test_moving_one_redraws_the_ranking(view: IndexView, sliders: WeightSliders) -> None:
    before = sliders.table.value
    sliders.sliders["safety"].value = 0
    assert sliders.table.value != before
    expected = view.what_if(weights={"safety": 0})
    table = sliders.ranking()
    assert table["rank"].to_dict() == expected.ranks().to_dict()
    assert table["score"].to_dict() == pytest.approx(expected.scores["quality"].to_dict())
    assert table["moved"].to_dict() == (view.ranks() - expected.ranks()).to_dict()


def test_the_county_that_is_followed_is_shown_though_it_is_last(sliders: WeightSliders) -> None:
    assert sliders.ranking().index[-1] == "511903"
    assert re.search(r"font-weight:bold\"><td>4</td><td>恩阳区", sliders.table.value)
    assert sliders.table.value.count("<tr") == 1 + 2 + 1


def test_ranks_stand_beside_the_band_of_the_index_and_the_mark(
    view: IndexView, sliders: WeightSliders
) -> None:
    band = view.bands().loc["511903"]
    assert f"<td>{band['low']}–{band['high']}</td>" in sliders.table.value
    assert "含模拟数据" in sliders.table.value


def test_a_button_takes_a_declared_set_of_weights_and_back(
    view: IndexView, sliders: WeightSliders
) -> None:
    buttons = {button.description: button for button in sliders.panel.children[-2].children}
    buttons["等权"].click()
    assert sliders.weights == pytest.approx(dict.fromkeys(view.dimensions, 20.0))
    equal = view.what_if(scheme="equal")
    assert sliders.version.scores["quality"].to_dict() == pytest.approx(
        equal.scores["quality"].to_dict()
    )
    buttons["恢复"].click()
    assert (sliders.ranking()["moved"] == 0).all()
    assert sliders.version.scores["quality"].to_dict() == pytest.approx(
        view.scores["quality"].to_dict()
    )


def test_weights_of_nothing_but_0_are_not_computed(sliders: WeightSliders) -> None:
    for slider in sliders.sliders.values():
        slider.value = 0
    assert sliders.table.value == "<p>权重不能全为 0。</p>"


def test_it_shows_itself_as_a_widget(sliders: WeightSliders) -> None:
    assert "application/vnd.jupyter.widget-view+json" in sliders._repr_mimebundle_()


def test_a_scale_taken_from_all_years_keeps_them(view: IndexView) -> None:
    pooled = view.what_if(normalise={"method": "min_max", "scope": "pooled"})
    sliders = WeightSliders(pooled)
    assert sliders.ranking()["score"].to_dict() == pytest.approx(pooled.scores["quality"].to_dict())
