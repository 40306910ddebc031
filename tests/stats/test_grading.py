from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agriqa.stats.grading import grade_points, pass_all, round_decimal, target_achievement

# 省级政府质量工作考核办法, http://jsqa.org/news_view.asp?id=5996.
QUALITY_WORK = {"grades": ["D", "C", "B", "A"], "cuts": [60, 80, 90]}
# “菜篮子”市长负责制考核办法: 优秀≥90, 良好 75–<90, 合格 60–<75, 不合格<60.
VEGETABLE_BASKET = {"grades": ["不合格", "合格", "良好", "优秀"], "cuts": [60, 75, 90]}

POINTS = st.integers(-200, 1200).map(lambda x: x / 10)


def test_bands_of_quality_work_and_their_veto() -> None:
    points = [95, 90, 89, 80, 79, 60, 59, 95]
    incident = [False] * 7 + [True]
    graded = grade_points(points, vetoed=incident, **QUALITY_WORK)
    assert graded.tolist() == ["A", "A", "B", "B", "C", "C", "D", "D"]


def test_bands_of_the_vegetable_basket() -> None:
    graded = grade_points([90, 89.99, 75, 74.99, 60, 59.99], **VEGETABLE_BASKET)
    assert graded.tolist() == ["优秀", "良好", "良好", "合格", "合格", "不合格"]


@given(st.lists(POINTS, min_size=1, max_size=30), st.sampled_from(["band_above", "band_below"]))
def test_every_number_of_points_has_the_grade_of_its_band(points: list[float], side: str) -> None:
    graded = grade_points(points, cut_belongs_to=side, **QUALITY_WORK)
    for value, grade in zip(points, graded, strict=True):
        passed = [value >= c if side == "band_above" else value > c for c in (60, 80, 90)]
        assert grade == "DCBA"[sum(passed)]


@given(st.lists(POINTS, min_size=2, max_size=30), st.sampled_from(["half_even", "half_up"]))
def test_more_points_never_get_a_lower_grade(points: list[float], rounding: str) -> None:
    ordered = sorted(points)
    graded = grade_points(ordered, rounding=rounding, **QUALITY_WORK)
    places = ["DCBA".index(g) for g in graded]
    assert places == sorted(places)


def test_the_rounding_rule_decides_at_a_half() -> None:
    # "80 to 89" and "90 and more" say nothing of 89.5; 79.5 and 89.5 round to even alike.
    assert grade_points([89.5], **QUALITY_WORK).tolist() == ["B"]
    assert grade_points([89.5], rounding="half_up", **QUALITY_WORK).tolist() == ["A"]
    rule = {"grades": ["fail", "pass"], "cuts": [89]}
    assert grade_points([88.5], rounding="half_even", **rule).tolist() == ["fail"]
    assert grade_points([88.5], rounding="half_up", **rule).tolist() == ["pass"]


def test_noise_of_a_sum_costs_no_grade() -> None:
    total = sum([0.1] * 900)
    assert total < 90
    assert grade_points([total], **QUALITY_WORK).tolist() == ["A"]
    passed = pass_all(
        points=[total], minimum_points=90, share=[1], minimum_share=0, key_items_met=True
    )
    assert passed.passes.all()


def test_missing_points_have_no_grade_but_a_veto_holds() -> None:
    graded = grade_points([np.nan, np.nan], vetoed=[False, True], **QUALITY_WORK)
    assert graded.tolist() == [None, "D"]
    named = grade_points([95], vetoed=True, veto_grade="C", **QUALITY_WORK)
    assert named.tolist() == ["C"]


@given(
    st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=20),
    st.sampled_from(["half_even", "half_up"]),
)
def test_decimals_are_rounded_as_printed(thousandths: list[int], rounding: str) -> None:
    rounded = round_decimal([x / 1000 for x in thousandths], rounding=rounding, digits=2)
    for x, found in zip(thousandths, rounded, strict=True):
        whole, rest = divmod(abs(x), 10)
        up = rest > 5 or (rest == 5 and (rounding == "half_up" or whole % 2 == 1))
        assert found == pytest.approx(np.sign(x) * (whole + up) / 100, abs=1e-12)


def test_nothing_is_rounded_unless_asked() -> None:
    assert round_decimal([0.285], rounding="none").tolist() == [0.285]
    assert np.isnan(round_decimal([np.nan], rounding="half_up")[0])


def test_achievement_of_the_2020_goals_in_2017() -> None:
    # 农业部 2017: 农药利用率 and 绿色防控覆盖率, 2015 base, 2020 goal.
    achieved = target_achievement([38.8, 27.2], base=[36.6, 23.1], target=[40, 30])
    assert achieved.round(3).tolist() == [0.647, 0.594]


@given(POINTS, POINTS, POINTS)
def test_achievement_runs_from_base_to_target_either_way(
    value: float, base: float, target: float
) -> None:
    if base == target:
        assert np.isnan(target_achievement(value, base=base, target=target))
        return
    achieved = float(target_achievement(value, base=base, target=target))
    assert base + achieved * (target - base) == pytest.approx(value, abs=1e-9)
    mirrored = target_achievement(-value, base=-base, target=-target)
    assert float(mirrored) == pytest.approx(achieved)
    limited = float(target_achievement(value, base=base, target=target, limited=True))
    assert limited == pytest.approx(min(1, max(0, achieved)))


def test_a_target_met_from_the_start_is_kept_or_not() -> None:
    kept = target_achievement([8, 9, 12, 7], base=8, target=10, direction=-1)
    assert kept[[0, 1, 3]].tolist() == [1, 1, 1]
    assert np.isnan(kept[2])
    assert target_achievement(8, base=10, target=6, direction=-1) == 0.5
    assert target_achievement(10, base=10, target=10, direction=1) == 1


def test_a_safety_county_meets_all_conditions() -> None:
    # 国家农产品质量安全县 (农质发〔2014〕15号): 90 points, key items, pass rate 98 %.
    result = pass_all(
        points=[92, 92, 92, 89.9],
        minimum_points=90,
        share=[0.979, 0.98, 0.99, 0.99],
        minimum_share=0.98,
        key_items_met=[True, True, False, True],
    )
    assert result.passes.tolist() == [False, True, False, False]
    assert result.summary("en").startswith("1 of 4 units pass; 1 miss the points, 1 the share, 1")
    assert result.summary().startswith("4个单元中1个达标")
    with pytest.raises(ValueError, match="zh, en"):
        result.summary("fr")


@given(POINTS, st.floats(0, 1), st.booleans())
def test_passing_is_the_conjunction(points: float, share: float, met: bool) -> None:
    result = pass_all(
        points=points, minimum_points=90, share=share, minimum_share=0.5, key_items_met=met
    )
    assert result.passes == (result.points_met & result.share_met & result.key_items_met)
    assert result.points_met == (points >= 90)
    assert result.key_items_met == met


def test_a_missing_value_does_not_pass() -> None:
    result = pass_all(
        points=[np.nan, 95],
        minimum_points=90,
        share=[1, np.nan],
        minimum_share=0.98,
        key_items_met=True,
    )
    assert result.passes.tolist() == [False, False]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: grade_points([1], grades=["b", "a"], cuts=[1, 2]), "2 cuts need 3"),
        (lambda: grade_points([1], grades=["a", "a"], cuts=[1]), "different grades"),
        (lambda: grade_points([1], grades=["c", "b", "a"], cuts=[2, 1]), "ascending"),
        (lambda: grade_points([1], grades=["c", "b", "a"], cuts=[1, 1]), "ascending"),
        (lambda: grade_points([1], veto_grade="E", **QUALITY_WORK), "veto_grade"),
        (lambda: grade_points([1], vetoed=[1], **QUALITY_WORK), "true or false"),
        (lambda: grade_points([1], rounding="up", **QUALITY_WORK), "half_even"),
        (lambda: grade_points([1], cut_belongs_to="left", **QUALITY_WORK), "band_above"),
        (lambda: grade_points([np.inf], **QUALITY_WORK), "infinite"),
        (lambda: target_achievement(np.inf, base=1, target=2), "infinite"),
        (lambda: target_achievement(1, base=1, target=2, direction=0), "direction"),
    ],
)
def test_bad_input_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_a_rule_without_a_minimum_is_refused() -> None:
    with pytest.raises(ValueError, match="must be numbers"):
        pass_all(points=1, minimum_points=np.nan, share=1, minimum_share=1, key_items_met=True)
    with pytest.raises(ValueError, match="key_items_met must be true or false"):
        pass_all(points=1, minimum_points=1, share=1, minimum_share=1, key_items_met=[0.5])
