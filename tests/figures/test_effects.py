"""The chart of an effect: what its title says, and when it refuses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from agriqa.figures.chart import Caption, NothingToShowError
from agriqa.figures.effects import event_study
from agriqa.figures.words import Language, number_text
from agriqa.measures.evaluation import evaluate_panel
from tests.measures.designation_panels import made_panel


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_title_states_the_estimate_with_its_interval(
    language: Language, caption: Caption
) -> None:
    found = evaluate_panel(made_panel(effect=-0.1))
    chart = event_study(found, caption=replace(caption, language=language))
    assert found.overall is not None
    for value in found.overall.in_per_cent():
        assert number_text(value, 1) in chart.title


@pytest.mark.parametrize(("language", "words"), [("zh", "尚不能与零区分"), ("en", "No effect")])
def test_the_title_claims_no_effect_where_zero_is_inside(
    language: Language, words: str, caption: Caption
) -> None:
    found = evaluate_panel(made_panel(effect=0.0))
    assert words in event_study(found, caption=replace(caption, language=language)).title


@pytest.mark.parametrize(("language", "words"), [("zh", "不宜读作效应"), ("en", "Apart before")])
def test_the_title_warns_where_trends_were_apart_before(
    language: Language, words: str, caption: Caption
) -> None:
    found = evaluate_panel(made_panel(apart=-0.03))
    assert words in event_study(found, caption=replace(caption, language=language)).title


def test_it_draws_every_year_to_the_start_in_per_cent(caption: Caption) -> None:
    found = evaluate_panel(made_panel(effect=-0.1))
    chart = event_study(found, caption=caption)
    assert found.by_event_time is not None
    before, after = (one.lines[0].get_xydata() for one in chart.axes[0].containers)
    drawn = np.vstack([np.asarray(before), np.asarray(after)])
    table = found.by_event_time.table
    np.testing.assert_allclose(drawn[:, 0], table.index)
    np.testing.assert_allclose(drawn[:, 1], 100 * np.expm1(table["estimate"]))


def test_it_says_period_n_source_and_that_data_is_simulated(caption: Caption) -> None:
    svg = event_study(evaluate_panel(made_panel()), caption=caption).svg()
    for words in ("2012–2021 年", "n=24 个被认定县", "24 个对照县", "模拟", caption.source):
        assert words in svg


def test_too_few_counties_leave_nothing_to_draw(caption: Caption) -> None:
    few = evaluate_panel(made_panel().query("county_code < 'c05'"))
    with pytest.raises(NothingToShowError):
        event_study(few, caption=caption)
