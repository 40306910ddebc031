from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.assess.scorecard import CardResult, EvidenceError, score_card
from agriqa.assess.scorecard.evidence import STATUSES
from agriqa.errors import UnknownNameError
from tests.assess.scorecard.handmade import evidence, item, make_card

TWO = [item("a", points=40, exemptible=True), item("b", points=60, section="t", exemptible=True)]


def total(result: CardResult, column: str = "points") -> list[Any]:
    return result.totals[column].tolist()


def test_zero_missing_withheld_and_exempt_are_four_things() -> None:
    card = make_card([item("a", points=50), item("b", points=50, exemptible=True)])
    rows = {
        "zero": {"a": 40, "b": 0},
        "missing": {"a": 40},
        "withheld": {"a": 40, "b": "withheld"},
        "few": {"a": 40, "b": "too_few"},
        "exempt": {"a": 40, "b": "exempt"},
    }
    result = score_card(card, evidence(rows))  # type: ignore[arg-type]
    assert total(result) == [40, 40, 40, 40, 80]
    b = result.trace[result.trace["item"] == "b"]
    assert b["status"].tolist() == ["reported", "missing", "withheld", "too_few", "exempt"]
    assert b["treatment"].tolist() == ["scored", "zero", "zero", "zero", "exempt"]
    assert b["points"].fillna(-1).tolist() == [0, 0, 0, 0, -1]
    assert b["out_of"].tolist() == [50, 50, 50, 50, 0]
    assert len(set(b["rule_zh"])) == len(set(b["rule_en"])) == 5
    counts = ["missing_n", "withheld_n", "too_few_n", "exempt_n"]
    assert result.totals[counts].to_numpy().tolist() == np.eye(5, 4, k=-1).tolist()


def test_an_item_says_what_missing_and_withheld_evidence_does() -> None:
    card = make_card(
        [item("a", points=50), item("b", points=50, missing="exempt", withheld="zero")]
    )
    rows = evidence(
        {"m": {"a": 40}, "w": {"a": 40, "b": "withheld"}, "f": {"a": 40, "b": "too_few"}}
    )
    assert total(score_card(card, rows)) == [80, 40, 80]


@pytest.mark.parametrize(("rescale", "expected"), [("section", 85), ("total", 100 * 55 / 70)])
def test_exempt_points_go_to_the_section_or_to_the_total(rescale: str, expected: float) -> None:
    items = [
        item("a", points=10),
        item("b", points=30, exemptible=True),
        item("c", points=60, section="t"),
    ]
    card = make_card(items, rescale=rescale)
    found = score_card(card, evidence({"u": {"a": 10, "b": "exempt", "c": 45}}))
    assert total(found)[0] == pytest.approx(expected)
    assert found.sections["rescaled"].sum() == pytest.approx(expected)
    assert found.sections["available"].tolist() == [10, 60]


@pytest.mark.parametrize("rescale", ["section", "total"])
def test_a_section_without_items_gives_its_points_to_the_others(rescale: str) -> None:
    card = make_card(TWO, rescale=rescale)
    found = score_card(card, evidence({"u": {"a": "exempt", "b": 30}}))
    assert total(found) == [50]


def test_a_unit_without_any_item_left_is_not_graded() -> None:
    found = score_card(make_card(TWO), evidence({"u": {"a": "exempt", "b": "exempt"}}))
    assert found.totals["points"].isna().all()
    assert found.totals["grade"].isna().all()
    assert "不能评定 1 个" in found.summary()


def test_bonus_is_capped_and_penalties_do_not_lead_below_zero() -> None:
    items = [
        item("a"),
        item("x", "per_event", 8, role="bonus", per_event=3),
        item("y", "per_event", 8, role="bonus", per_event=3),
        item("p", "per_event", 20, role="penalty", per_event=10),
    ]
    card = make_card(items, bonus_cap=10, total_cap=100)
    rows = {
        "capped": {"a": 70, "x": 3, "y": 3},
        "full": {"a": 95, "x": 2, "y": 0},
        "fined": {"a": 70, "p": 1},
        "least": {"a": 5, "p": 3},
    }
    found = score_card(card, evidence(rows))  # type: ignore[arg-type]
    assert total(found) == [80, 100, 60, 0]
    assert total(found, "bonus") == [10, 6, 0, 0]
    assert total(found, "penalty") == [0, 0, -10, -20]


@pytest.mark.parametrize(
    ("rule", "grade", "points"), [("none", "B", 89.5), ("half_even", "A", 90), ("half_up", "A", 90)]
)
def test_the_boundary_of_a_band_follows_the_rounding(rule: str, grade: str, points: float) -> None:
    card = make_card([item("a")], total_rounding={"rule": rule})
    found = score_card(card, evidence({"u": {"a": 89.5}}))
    assert (total(found, "grade"), total(found), total(found, "exact")) == (
        [grade],
        [points],
        [89.5],
    )


def test_half_to_even_and_half_up_differ_at_a_half() -> None:
    found = {
        rule: total(score_card(make_card([item("a")], total_rounding={"rule": rule}),
                               evidence({"u": {"a": 88.5}})))
        for rule in ("half_even", "half_up")
    }  # fmt: skip
    assert found == {"half_even": [88], "half_up": [89]}


def test_items_are_rounded_by_their_own_rule_or_the_cards() -> None:
    items = [
        item("a", "ratio", 50, target=3),
        item("b", "ratio", 50, target=3, rounding={"rule": "half_up", "digits": 0}),
    ]
    card = make_card(items, item_rounding={"rule": "half_even", "digits": 2})
    found = score_card(card, evidence({"u": {"a": 1, "b": 1}}))
    assert found.trace["points"].tolist() == [16.67, 17]


def test_a_cut_may_belong_to_the_band_below() -> None:
    grading = {
        "rule": "bands",
        "grades": ["low", "high"],
        "cuts": [60],
        "cut_belongs_to": "band_below",
    }
    found = score_card(
        make_card([item("a")], grading=grading), evidence({"u": {"a": 60}, "v": {"a": 61}})
    )
    assert total(found, "grade") == ["low", "high"]


def test_a_veto_and_a_demotion_change_the_grade_not_the_points() -> None:
    items = [
        item("a"),
        item("v", "yes_no", 0, veto={"above": 0}),
        item("d", "yes_no", 0, demotion={"above": 0}),
    ]
    grading = {
        "rule": "bands",
        "grades": ["D", "C", "B", "A"],
        "cuts": [60, 80, 90],
        "demotion_grade": "C",
    }
    rows = {
        "v": {"a": 95, "v": 1},
        "d": {"a": 95, "d": 1},
        "low": {"a": 10, "d": 1},
        "n": {"a": 95, "v": 0},
    }
    found = score_card(make_card(items, grading=grading), evidence(rows))  # type: ignore[arg-type]
    assert total(found, "grade") == ["D", "C", "D", "A"]
    assert total(found) == [95, 95, 10, 95]
    reasons = ["一票否决：条；1 项无证据按 0 分", "降级：条；1 项无证据按 0 分"]
    assert total(found, "reasons_zh")[:2] == reasons


QUOTA: dict[str, Any] = {
    "rule": "quota", "quota": [{"grade": "A", "places": 2}], "rest": "B", "demotion_grade": "C",
    "veto_grade": "D", "ties": "all",
}  # fmt: skip
RANKED = [item("a", points=90), item("b", points=10), item("d", "yes_no", 0, demotion={"above": 0})]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, ["A", "A", "A", "B"]),
        ({"ties": "none"}, ["A", "B", "B", "B"]),
        ({"tie_break": "b"}, ["A", "B", "A", "B"]),
    ],
)
def test_a_tie_at_a_quota_is_settled_as_the_card_says(
    more: dict[str, Any], expected: list[str]
) -> None:
    rows = evidence({"p": {"a": 90}, "q": {"a": 80, "b": 2}, "r": {"a": 79, "b": 3}, "s": {"a": 5}})
    found = score_card(make_card(RANKED, grading=QUOTA | more), rows)
    assert total(found, "grade") == expected


@pytest.mark.parametrize(("pass_on", "third"), [(False, "B"), (True, "A")])
def test_the_place_of_a_demoted_unit_is_passed_on_only_where_the_card_says(
    pass_on: bool, third: str
) -> None:
    rows = evidence({"p": {"a": 90, "d": 1}, "q": {"a": 80}, "r": {"a": 70}})
    card = make_card(RANKED, grading=QUOTA | {"places_pass_on": pass_on})
    assert total(score_card(card, rows), "grade") == ["C", "A", third]


def test_a_key_item_without_evidence_is_not_met_but_an_exempt_one_is() -> None:
    items = [item("a", points=50), item("k", points=50, key={"share": 0.6}, exemptible=True)]
    grading = {"rule": "pass", "minimum_points": 50, "passed": "yes", "failed": "no"}
    rows = {
        "met": {"a": 50, "k": 30}, "short": {"a": 50, "k": 29.9}, "none": {"a": 50},
        "exempt": {"a": 50, "k": "exempt"},
    }  # fmt: skip
    found = score_card(make_card(items, grading=grading), evidence(rows))  # type: ignore[arg-type]
    assert total(found, "passes") == [True, False, False, True]
    assert "无证据" in total(found, "reasons_zh")[2]


def test_claimed_points_stand_beside_verified_ones() -> None:
    card = make_card([item("a", "linear", 50, floor=0, target=10), item("b", points=50)])
    rows = pd.DataFrame(
        {
            "unit": ["u", "u", "v"], "item": ["a", "b", "a"], "value": [5.0, 40, 5],
            "self_value": [8.0, np.nan, 10], "self_points": [np.nan, 45, np.nan],
        }
    )  # fmt: skip
    found = score_card(card, rows)
    assert found.differences["self_points"].tolist() == [40, 45, 50]
    assert found.differences["difference"].tolist() == [-15, -5, -25]
    assert total(found, "difference") == [-20, -25]
    assert found.totals["self_points"].fillna(-1).tolist() == [85, -1]


def test_an_adjustment_is_added_and_recorded() -> None:
    log = pd.DataFrame(
        {"unit": ["u", "u"], "item": ["a", "a"], "points": [3, 2], "reason": ["申诉", "复核"]}
    )
    found = score_card(
        make_card([item("a")]), evidence({"u": {"a": 88}, "v": {"a": 88}}), adjustments=log
    )
    assert total(found) == [93, 88]
    assert found.trace["adjustment"].tolist() == [5, 0]
    assert found.trace["note"].tolist() == ["调整 +3：申诉；调整 +2：复核", ""]
    assert "申诉" in found.explain("u")


@pytest.mark.parametrize(
    ("row", "error", "said"),
    [
        (("u", "a", 20.0, "x"), EvidenceError, "within 0 to 100"),
        (("u", "a", 1.0, " "), EvidenceError, "points and a reason"),
        (("u", "a", np.nan, "x"), EvidenceError, "points and a reason"),
        (("u", "b", 1.0, "x"), UnknownNameError, "Unknown item 'b'"),
        (("w", "a", 1.0, "x"), UnknownNameError, "Unknown unit 'w'"),
    ],
)
def test_an_adjustment_that_cannot_be_is_refused(row: Any, error: Any, said: str) -> None:
    log = pd.DataFrame([row], columns=["unit", "item", "points", "reason"])
    with pytest.raises(error, match=said):
        score_card(make_card([item("a")]), evidence({"u": {"a": 88}}), adjustments=log)


def test_units_without_evidence_are_assessed_when_they_are_named() -> None:
    found = score_card(make_card([item("a")]), evidence({"u": {"a": 88}}), units=["v", "u"])
    assert found.totals[["unit", "points", "status"]].to_numpy().tolist() == [
        ["v", 0, "missing"], ["u", 88, "reported"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "error", "said"),
    [
        ({"unit": ["u"], "item": ["ab"], "value": [1]}, UnknownNameError, "Unknown item 'ab'"),
        (
            {"unit": ["u"], "item": ["a"], "value": [101]},
            EvidenceError,
            "101 is not a number of 0 to 100",
        ),
        ({"unit": ["u"], "item": ["a"], "value": [np.inf]}, EvidenceError, "inf is not"),
        ({"unit": ["u", "u"], "item": ["a", "a"], "value": [1, 1]}, EvidenceError, "stands twice"),
        ({"unit": ["u"], "item": ["a"]}, EvidenceError, "lacks .'value'"),
        (
            {"unit": ["u"], "item": ["a"], "value": [1], "x": [1]},
            EvidenceError,
            "does not know .'x'",
        ),
        (
            {"unit": ["u"], "item": ["a"], "value": [1], "status": ["mising"]},
            EvidenceError,
            "nearest: missing",
        ),
        (
            {"unit": ["u"], "item": ["a"], "value": [1], "status": ["missing"]},
            EvidenceError,
            "does not fit",
        ),
        (
            {"unit": ["u"], "item": ["a"], "value": [None], "status": ["exempt"]},
            EvidenceError,
            "may not be exempt",
        ),
        (
            {"unit": ["u"], "item": ["a"], "value": [1], "self_points": [101]},
            EvidenceError,
            "within 0 to 100",
        ),
        (
            {"unit": ["u"], "item": ["a"], "value": [1], "self_points": [1], "self_value": [1]},
            EvidenceError,
            "not both",
        ),
    ],
)
def test_evidence_that_is_not_allowed_is_refused(rows: Any, error: Any, said: str) -> None:
    with pytest.raises(error, match=said):
        score_card(make_card([item("a")]), pd.DataFrame(rows))


def test_evidence_of_a_unit_that_is_not_assessed_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="nearest known: 510117"):
        score_card(make_card([item("a")]), evidence({"51011": {"a": 1}}), units=["510117"])


@pytest.mark.parametrize("units", [None, []])
def test_without_a_unit_there_is_nothing_to_assess(units: list[str] | None) -> None:
    with pytest.raises(EvidenceError, match="no unit to assess"):
        score_card(make_card([item("a")]), evidence({}), units=units)


def test_units_given_twice_are_refused() -> None:
    with pytest.raises(EvidenceError, match="given twice"):
        score_card(make_card([item("a")]), evidence({}), units=["u", "u"])


def test_the_evidence_is_not_changed() -> None:
    rows = evidence({"u": {"a": 88}})
    before = rows.copy(deep=True)
    score_card(make_card([item("a")]), rows)
    pd.testing.assert_frame_equal(rows, before)


def test_a_unit_is_explained_in_both_languages_and_others_are_refused() -> None:
    found = score_card(make_card([item("a")]), evidence({"510117": {"a": 88}}))
    assert (
        found.explain("510117")
        == "510117：88 / 100 分，B。\n- 条: 88 → 88/100 (按评定得分计，满分 100)"
    )
    assert "88 of 100 points, B" in found.explain("510117", "en")
    with pytest.raises(UnknownNameError, match="510117"):
        found.explain("51011")
    with pytest.raises(ValueError, match="language"):
        found.explain("510117", "fr")  # type: ignore[arg-type]


@settings(max_examples=12)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.floats(0, 40), st.sampled_from(["missing", "withheld", "exempt"])),
            st.one_of(st.floats(0, 60), st.sampled_from(["missing", "withheld", "exempt"])),
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(["section", "total"]),
)
def test_totals_are_within_bounds_and_the_sum_of_the_sections(rows: Any, rescale: str) -> None:
    units = {f"u{n}": {"a": a, "b": b} for n, (a, b) in enumerate(rows)}
    found = score_card(make_card(TWO, rescale=rescale), evidence(units))
    points = found.totals["points"]
    assert points.dropna().between(0, 100).all()
    sums = found.sections.groupby("unit", sort=False)["rescaled"].sum().to_numpy()
    assert np.allclose(sums, points.fillna(0), atol=1e-6)
    assert set(found.trace["status"]) <= set(STATUSES)
    assert (found.trace["points"].fillna(0) <= found.trace["out_of"]).all()
