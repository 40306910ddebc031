"""A declared index from the workbench."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agriqa.assess.framework import FrameworkError
from agriqa.errors import NoDataError, UnknownNameError
from agriqa.workbench import Workbench
from agriqa.workbench.index import IndexView
from tests.conftest import SMALL


def test_scored_counties_stand_first_each_with_its_band(view: IndexView) -> None:
    table = view.rank()
    scored = table.head(4)
    assert sorted(scored["code"]) == sorted(SMALL)
    assert scored["rank"].tolist() == [1, 2, 3, 4]
    assert scored["score"].is_monotonic_decreasing
    assert (scored["rank_low"] <= scored["rank_high"]).all()
    assert scored[["rank_low", "rank_high"]].isin([1, 2, 3, 4]).all(axis=None)
    assert set(view.dimensions) <= set(table.columns)


def test_counties_without_a_score_stand_last_with_the_reason(view: IndexView) -> None:
    rest = view.rank().iloc[4:]
    assert len(rest) == 179
    assert rest["rank"].isna().all()
    assert rest["rank_low"].isna().all()
    indicators = len(view.index.framework.indicators)
    for text in rest["absent"]:
        found = re.fullmatch(rf"{indicators} 项指标只知 (\d+) 项：缺数 (\d+).*", text)
        assert found is not None
        assert int(found[1]) + int(found[2]) == indicators
    assert view.rank().head(4)["absent"].isna().all()


def test_a_dimension_is_ranked_by_label_or_id(view: IndexView) -> None:
    by_label = view.rank("质量安全", bands=False)
    pd.testing.assert_frame_equal(by_label, view.rank("safety", bands=False))
    scores = by_label.set_index("code")["score"].dropna()
    pd.testing.assert_series_equal(
        scores.sort_index(), view.scores["safety"].sort_index(), check_names=False
    )
    assert "grade" not in by_label
    assert view.rank("safety")["rank_high"].notna().sum() == 4


def test_an_unknown_dimension_names_the_nearest(view: IndexView) -> None:
    with pytest.raises(UnknownNameError, match="质量安全"):
        view.rank("质量安金")
    with pytest.raises(UnknownNameError, match="质量安全"):
        view.what_if(weights={"质量安金": 50})


def test_weights_may_be_named_by_label_and_the_others_stay(view: IndexView) -> None:
    declared = {one.id: one.weight for one in view.declaration.group}
    changed = view.what_if(weights={"质量安全": 50})
    total = sum(declared[name] for name in view.dimensions) - declared["safety"] + 50
    for name in view.dimensions:
        weight = 50 if name == "safety" else declared[name]
        assert changed.index.weights[name] == pytest.approx(weight / total)
    assert view.index.weights["safety"] == pytest.approx(declared["safety"] / 100)


def test_a_declared_set_of_weights_is_a_version(view: IndexView) -> None:
    found = view.what_if(scheme="等权")
    assert [found.index.weights[name] for name in view.dimensions] == pytest.approx([0.2] * 5)
    pd.testing.assert_frame_equal(found.scores, view.what_if(scheme="equal").scores)
    with pytest.raises(UnknownNameError, match="safety_first"):
        view.what_if(scheme="safety_frist")


def test_weights_go_before_the_set_they_begin_from(view: IndexView) -> None:
    found = view.what_if(scheme="equal", weights={"safety": 6})
    assert found.index.weights["safety"] == pytest.approx(0.6)


def test_methods_may_be_changed_by_name_or_field(view: IndexView) -> None:
    arithmetic = view.what_if(aggregate="arithmetic")
    expected = sum(view.index.weights[name] * view.scores[name] for name in view.dimensions)
    pd.testing.assert_series_equal(arithmetic.scores["quality"], expected, check_names=False)
    assert view.what_if(aggregate=["arithmetic", "harmonic"]).index.choices.aggregate.methods == (
        "arithmetic", "harmonic",
    )  # fmt: skip
    assert view.what_if(aggregate={"floor": 20}).index.choices.aggregate.floor == 20
    assert view.what_if(treat="winsorise").index.choices.treat.method == "winsorise"
    with pytest.raises(FrameworkError, match="normalise"):
        view.what_if(normalise="no_such")


def test_grades_hold_on_the_declared_scale_only(view: IndexView) -> None:
    assert view.rank(bands=False)["grade"].notna().sum() == 4
    other = view.what_if(normalise="min_max")
    assert not other.has_grades
    assert other.rank(bands=False)["grade"].isna().all()


def test_a_version_that_cannot_be_drawn_has_ranks_without_a_band(view: IndexView) -> None:
    table = view.what_if(normalise="rank").rank()
    assert table["rank"].notna().sum() == 4
    assert table["rank_low"].isna().all()


def test_changes_are_counted_from_the_version_before(view: IndexView) -> None:
    changed = view.what_if(scheme="safety_first")
    table = changed.changes().table.set_index("code")
    moved = view.ranks() - changed.ranks()
    assert table["rank_change"].to_dict() == moved.to_dict()
    assert table["rank_change"].abs().is_monotonic_decreasing
    assert table[["low_before", "high_after"]].notna().all(axis=None)
    assert table.loc["510117", "county"] == "郫都区"
    with pytest.raises(NoDataError, match="what_if"):
        view.changes()


def test_two_years_are_compared(wb: Workbench, view: IndexView) -> None:
    table = wb.index(2019).compare(view, bands=False).table.set_index("code")
    before = wb.index(2019).scores["quality"]
    np.testing.assert_allclose(
        table["score_change"], (view.scores["quality"] - before)[table.index]
    )


def test_the_year_is_that_of_the_edition_unless_stated(wb: Workbench) -> None:
    assert wb.index().period == wb.project.period
    with pytest.raises(NoDataError, match="2021"):
        wb.index(1999)


def test_an_unknown_index_names_the_nearest(wb: Workbench) -> None:
    assert wb.index(name="county_quality").declaration.id == "county_quality"
    with pytest.raises(UnknownNameError, match="county_quality"):
        wb.index(name="county_qualty")


def test_a_project_without_an_index_says_so(wb: Workbench, tmp_path: Path) -> None:
    empty = Workbench(replace(wb.snapshot, project=replace(wb.project, root=tmp_path)))
    with pytest.raises(NoDataError, match="indexes"):
        empty.index()


def test_uncertainty_is_drawn_once_and_the_same_for_a_seed(view: IndexView) -> None:
    first = view.uncertainty(draws=60, seed=4)
    assert view.uncertainty(draws=60, seed=4) is first
    again = replace(view).uncertainty(draws=60, seed=4)
    pd.testing.assert_frame_equal(first.table(), again.table())
    assert "60 次" in first.summary()
    assert "60 times" in first.summary("en")


def test_probabilities_of_grades_stand_beside_the_bands(view: IndexView) -> None:
    table = view.uncertainty().table()
    names = [one.label.zh for one in view.declaration.grade]
    np.testing.assert_allclose(table[names].sum(axis=1), 1)
    assert table["nominal"].tolist() == [1, 2, 3, 4]
    assert "郫都区" in view.uncertainty()._repr_html_()


def test_sensitivity_counts_every_choice(view: IndexView) -> None:
    table = view.sensitivity(base_draws=16).frame()
    assert set(table["factor"]) >= {"normalisation", "aggregation", "weights", "errors"}


def test_a_diagnosis_names_the_indicators(view: IndexView) -> None:
    table = view.diagnose()
    assert table.index.tolist() == view.index.framework.levels[0]
    assert table.loc["green_control_pct", "label"] == "绿色防控覆盖率"


def test_it_introduces_itself_and_says_that_it_is_simulated(view: IndexView) -> None:
    assert repr(view) == "<县域农业质量指数 2021 年：4/183 个县有得分>"
    assert "改动版" in repr(view.what_if(scheme="equal"))
    html = view._repr_html_()
    for word in ("含模拟数据", "质量安全", "35.0", "未经任何部门发布"):
        assert word in html


def test_an_english_project_is_answered_in_english(english: IndexView) -> None:
    said = [repr(english), english._repr_html_(), english.rank(bands=False).to_string()]
    said += [
        english.uncertainty().table().to_string(),
        english.what_if(scheme="equal")._repr_html_(),
    ]
    assert not re.search(r"[\u4e00-\u9fff]", "".join(said))
    assert "no figure" in english.rank(bands=False)["absent"].iloc[-1]
