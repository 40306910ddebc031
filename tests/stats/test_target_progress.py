"""Every target has one state, by the first rule that fits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.target_progress import required_pace, target_state

AHEAD: dict[str, Any] = {
    "target": 40, "comparator": ">=", "period": 2018, "now": 2018, "deadline": 2020,
}  # fmt: skip


def state(value: float, **options: Any) -> tuple[str, str]:
    found = target_state(value, **AHEAD | options)
    return str(found.state), str(found.rule)


def test_progress_of_2017_on_the_ministrys_goals() -> None:
    # Ministry of agriculture: pesticide utilisation 36.6 % in 2015, 38.8 % in 2017, goal 40 % by
    # 2020; green control 23.1 %, 27.2 %, goal 30 %.
    found = target_state(
        [38.8, 27.2],
        target=[40, 30],
        comparator=">=",
        period=2017,
        now=2017,
        deadline=2020,
        base=[36.6, 23.1],
        base_period=2015,
    )
    assert found.achievement.round(3).tolist() == [0.647, 0.594]
    assert found.elapsed.tolist() == [0.4, 0.4]
    assert found.state.tolist() == ["on_track", "on_track"]
    assert set(found.rule) == {"pace"}


def test_zero_growth_of_2017_against_the_mean_of_three_years() -> None:
    # 中国农村统计年鉴: 60317, 59954 and 59385 t in 2012-2014, 55751 t in 2017, 40974 t in 2021.
    mean = float(np.mean([60317, 59954, 59385]))
    assert round(mean, 3) == 59885.333
    found = target_state(
        [55751, 40974],
        target=mean,
        comparator="<=",
        period=[2017, 2021],
        now=[2017, 2021],
        deadline=[2017, 2021],
        low=[55750.5, 40973.5],
        high=[55751.5, 40974.5],
    )
    assert found.state.tolist() == ["met", "met"]


def test_a_goal_within_the_rounding_cannot_be_told() -> None:
    # 4.0 (10,000 t) printed in 2022 and 2023: no more than 4.0 is not knowable.
    options = {"target": 4.0, "comparator": "<=", "low": 3.95, "high": 4.05}
    assert state(4.0, **options) == ("within_rounding", "rounding")
    assert state(4.0, **options | {"target": 4.05}) == ("met", "reached")
    assert state(4.0, **options | {"target": 3.9, "now": 2020, "period": 2020}) == (
        "missed", "not_reached_by_deadline",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "options", "expected"),
    [
        (np.nan, {}, ("not_measurable", "no_value")),
        (39, {"target": np.nan}, ("not_measurable", "no_value")),
        (40, {}, ("met", "reached")),
        (39, {"period": 2020, "now": 2020}, ("missed", "not_reached_by_deadline")),
        (39, {"period": 2020, "now": 2023}, ("missed", "not_reached_by_deadline")),
        (39, {"now": 2020}, ("not_measurable", "no_value_at_deadline")),
        (40, {"now": 2020}, ("met", "reached")),
        (39, {"deadline": np.nan}, ("open", "no_deadline")),
        (39, {"probability": 0.8}, ("on_track", "probability")),
        (39, {"probability": 0.79}, ("at_risk", "probability")),
        (39, {"probability": 0.6, "on_track_from": 0.5}, ("on_track", "probability")),
        (36, {"base": 30, "base_period": 2016}, ("on_track", "pace")),
        (34, {"base": 30, "base_period": 2016}, ("at_risk", "pace")),
        (39, {"base": 39, "base_period": 2018}, ("open", "base_only")),
        (39, {"base": 39, "base_period": 2019}, ("open", "base_only")),
        (39, {"base": 30}, ("open", "nothing_to_judge_by")),
        (39, {"base_period": 2018}, ("open", "nothing_to_judge_by")),
        (39, {}, ("open", "nothing_to_judge_by")),
    ],
)
def test_the_first_rule_that_fits_gives_the_state(
    value: float, options: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert state(value, **options) == expected


@pytest.mark.parametrize(
    ("comparator", "meets"),
    [(">=", [False, True, True]), (">", [False, False, True]), ("<=", [True, True, False]),
     ("<", [True, False, False]), ("=", [False, True, True])],
)  # fmt: skip
def test_each_comparator_at_its_limit(comparator: str, meets: list[bool]) -> None:
    found = target_state([39, 40, 41], **AHEAD | {"comparator": comparator})
    assert (found.state == "met").tolist() == meets


def test_equal_may_mean_at_most_or_what_rounds_to_it() -> None:
    at_most = target_state([39, 40, 41], meaning_of_equal="at_most", **AHEAD | {"comparator": "="})
    assert (at_most.state == "met").tolist() == [True, True, False]
    close = target_state(
        [39.9, 40.1, 41.0], meaning_of_equal="within_precision", low=[39.4, 39.6, 40.5],
        high=[40.4, 40.6, 41.5], **AHEAD | {"comparator": "="},
    )  # fmt: skip
    assert (close.state == "met").tolist() == [True, True, False]


def test_a_fall_is_progress_where_less_is_better() -> None:
    options = {"comparator": "<=", "base": 60, "base_period": 2016}
    assert state(48, **options) == ("on_track", "pace")
    assert state(55, **options) == ("at_risk", "pace")


@settings(max_examples=50)
@given(st.floats(0, 80), st.floats(0.1, 80), st.floats(0, 5), st.sampled_from([">=", ">"]))
def test_turning_the_numbers_round_turns_the_comparator(
    value: float, goal: float, half: float, comparator: str
) -> None:
    options = AHEAD | {"low": value - half, "high": value + half}
    up = target_state(value, **options | {"target": goal, "comparator": comparator})
    turned = {">=": "<=", ">": "<"}[comparator]
    down = target_state(
        -value, **AHEAD | {"target": -goal, "comparator": turned, "low": -value - half,
                           "high": -value + half},
    )  # fmt: skip
    assert up.state == down.state


@settings(max_examples=50)
@given(st.floats(1, 1000), st.floats(1, 1000), st.integers(1, 12))
def test_the_pace_leads_from_the_value_to_the_target(value: float, goal: float, years: int) -> None:
    pace = required_pace(value, target=goal, period=2018, deadline=2018 + years)
    assert value + years * float(pace.absolute) == pytest.approx(goal)
    assert value * (1 + float(pace.percent) / 100) ** years == pytest.approx(goal)


def test_there_is_no_pace_after_the_deadline_nor_growth_from_nothing() -> None:
    pace = required_pace([10, 0, -5], target=20, period=2018, deadline=[2018, 2020, 2020])
    assert np.isnan(pace.absolute).tolist() == [True, False, False]
    assert np.isnan(pace.percent).all()


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"comparator": "=>"}, "comparator must be one of"),
        ({"meaning_of_equal": "more"}, "meaning_of_equal must be one of"),
        ({"period": 2019}, "later than now"),
        ({"low": 41}, "must hold the value"),
        ({"target": np.inf}, "infinite"),
        ({"on_track_from": 1.0}, "on_track_from"),
    ],
)
def test_bad_input_is_refused(options: dict[str, Any], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        target_state(40, **AHEAD | options)
    with pytest.raises(ValueError, match="infinite"):
        required_pace(np.inf, target=1, period=1, deadline=2)
