from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.run_rules import NELSON, WESTERN_ELECTRIC, Rule, run_rules

Series = list[float | None]
# A coarse grid makes runs, ties and values exactly at a threshold frequent.
series = st.lists(
    st.one_of(st.sampled_from([x / 2 for x in range(-7, 8)]), st.none()), max_size=45, min_size=1
)
biased = st.lists(st.sampled_from([0.25, 0.5, 1.5, 2.5, 3.5, None]), min_size=1, max_size=45)


def complete(z: Series, end: int, rule: Rule) -> bool:
    """Whether the pattern is complete at a point, from the words of the rule."""
    if z[end] is None:
        return False
    if rule.pattern == "beyond":
        window = [v for v in z[max(0, end - rule.window + 1) : end + 1] if v is not None]
        up = z[end] > rule.sigma and sum(v > rule.sigma for v in window) >= rule.count
        down = z[end] < -rule.sigma and sum(v < -rule.sigma for v in window) >= rule.count
        return up or down
    window = z[end - rule.window + 1 : end + 1] if end + 1 >= rule.window else []
    if not window or any(v is None for v in window):
        return False
    if rule.pattern == "within":
        return all(abs(v) < rule.sigma for v in window)
    if rule.pattern == "outside":
        return all(abs(v) > rule.sigma for v in window)
    steps = [np.sign(b - a) for a, b in pairwise(window)]
    if rule.pattern == "trend":
        return all(s > 0 for s in steps) or all(s < 0 for s in steps)
    turns = all(s * t < 0 for s, t in pairwise(steps))
    return steps[0] != 0 and turns


@given(st.one_of(series, biased))
@settings(max_examples=50)
def test_every_rule_flags_what_its_words_say(z: Series) -> None:
    rules = {**NELSON, **WESTERN_ELECTRIC}
    found = run_rules(np.array(z, dtype=float), rules=rules)
    for name, flags in zip(found.rules, found.flags, strict=True):
        assert flags.tolist() == [complete(z, end, rules[name]) for end in range(len(z))], name


@pytest.mark.parametrize(
    ("name", "values", "flagged"),
    [
        ("nelson_1", [0, 3.0, 3.01, -3.2], [2, 3]),
        ("nelson_2", [0.1] * 8 + [0.0] + [0.1] * 9, [17]),
        ("nelson_3", [0, 0.1, 0.2, 0.3, 0.4, 0.5], [5]),
        ("nelson_3", [0, 0.1, 0.2, 0.3, 0.4, 0.4], []),
        ("nelson_4", [0.5, -0.5] * 7, [13]),
        ("nelson_4", [0.5, -0.5] * 6 + [0.5], []),
        ("nelson_5", [2.1, 0, 2.1, -2.1], [2]),
        ("nelson_6", [1.5, 1.5, 0, 1.5, 1.5, 0], [4]),
        ("nelson_7", [0.9, -0.9] * 7 + [0.2], [14]),
        ("nelson_8", [1.1, -1.1] * 4, [7]),
        ("western_electric_4", [-0.1] * 8, [7]),
    ],
)
def test_a_rule_flags_the_point_at_which_it_is_complete(
    name: str, values: list[float], flagged: list[int]
) -> None:
    assert run_rules(values, rules=[name]).points(name).tolist() == flagged


def test_all_points_of_a_pattern_may_be_marked() -> None:
    rising = run_rules([5, 0, 0.1, 0.2, 0.3, 0.4, 0.5, 0], rules="nelson_3", mark="all")
    assert rising.points("nelson_3").tolist() == [1, 2, 3, 4, 5, 6]
    near = run_rules([0, 2.5, 0, 2.5, 0], rules="nelson_5", mark="all")
    assert near.points("nelson_5").tolist() == [1, 3]


@given(st.one_of(series, biased))
@settings(max_examples=30)
def test_marking_all_points_marks_the_last_ones_too(z: Series) -> None:
    values = np.array(z, dtype=float)
    last, whole = run_rules(values), run_rules(values, mark="all")
    assert np.all(whole.flags >= last.flags)
    np.testing.assert_array_equal(whole.flags.any(axis=1), last.flags.any(axis=1))


@given(series)
@settings(max_examples=30)
def test_a_chart_turned_over_has_the_same_flags(z: Series) -> None:
    values = np.array(z, dtype=float)
    np.testing.assert_array_equal(run_rules(values).flags, run_rules(-values).flags)


def test_areas_are_judged_each_by_its_own_series() -> None:
    z = np.random.default_rng(2).normal(0, 1.5, (5, 60))
    together = run_rules(z)
    for row in range(5):
        np.testing.assert_array_equal(together.flags[:, row], run_rules(z[row]).flags)


def test_the_false_alarms_of_nine_in_a_row_are_as_rare_as_coins_say() -> None:
    z = np.random.default_rng(5).normal(size=(200, 500))
    share = run_rules(z, rules=["nelson_2"]).flags[0][:, 8:].mean()
    assert share == pytest.approx(2 * 0.5**9, rel=0.15)


def test_a_series_without_points_has_no_flags() -> None:
    assert run_rules([]).flags.shape == (8, 0)
    assert not run_rules([np.nan] * 3).flagged.any()


def test_rules_of_ones_own_can_be_applied() -> None:
    seven = {"seven_on_a_side": Rule("beyond", 7, 7)}
    assert run_rules([1] * 7, rules=seven).flagged.tolist() == [False] * 6 + [True]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: run_rules([1], rules="nelson_9"), "nelson_9"),
        (lambda: run_rules([1], mark="first"), "last, all"),  # type: ignore[arg-type]
        (lambda: run_rules([1], rules={"x": Rule("trend", 1, 1)}), "at least 2"),
        (lambda: Rule("cycle", 2, 2), "beyond"),  # type: ignore[arg-type]
        (lambda: Rule("beyond", 4, 3), "between 1 and window"),
        (lambda: Rule("trend", 4, 5), "must equal"),
        (lambda: run_rules([1]).points("nelson_x"), "nelson_1"),
        (lambda: run_rules([1]).summary("fr"), "zh, en"),  # type: ignore[arg-type]
    ],
)
def test_bad_input_is_refused(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]


def test_the_summary_names_the_rules() -> None:
    found = run_rules([4.0, 0.0])
    assert found.summary("en") == "1 points are flagged: 1 by nelson_1."
    assert found.summary() == "共标出 1 个点：nelson_1 1 个。"
    assert run_rules([0.0]).summary("en") == "No point is flagged."
