from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from agriqa.assess.scorecard.items import Item
from tests.assess.scorecard.handmade import item

ITEM: TypeAdapter[Any] = TypeAdapter(Item)


def points(values: list[float], **fields: Any) -> list[float]:
    found = ITEM.validate_python(item("one", **fields)).earned(np.array(values, dtype=float))
    return [round(v, 9) if v == v else None for v in found.tolist()]  # type: ignore[misc]


CASES = [
    ({"kind": "yes_no", "points": 2}, [0, 1], [0, 2]),
    ({"kind": "given", "points": 4}, [0, 3.5, 4], [0, 3.5, 4]),
    (
        {"kind": "bands", "points": 5, "cuts": [90, 98], "scores": [0, 3, 5]},
        [89.99, 90, 97.9, 98],
        [0, 3, 3, 5],
    ),
    (
        {
            "kind": "bands",
            "points": 6,
            "cuts": [0],
            "scores": [6, 0],
            "cut_belongs_to": "band_below",
        },
        [0, 0.01],
        [6, 0],
    ),
    (
        {"kind": "linear", "points": 6, "floor": 90, "target": 98},
        [80, 90, 94, 98, 99],
        [0, 0, 3, 6, 6],
    ),
    ({"kind": "linear", "points": 4, "floor": 10, "target": 2}, [12, 10, 4, 0], [0, 0, 3, 4]),
    ({"kind": "ratio", "points": 8, "target": 40}, [-1, 0, 30, 40, 80], [0, 0, 6, 8, 8]),
    (
        {"kind": "deduction", "points": 4, "per_event": 1.5, "floor": 1},
        [0, 1, 2, 9],
        [4, 2.5, 1, 1],
    ),
    ({"kind": "per_event", "points": 5, "per_event": 2}, [0, 1, 2, 3], [0, 2, 4, 5]),
    (
        {"kind": "rank", "points": 5, "top": [1, 3], "scores": [5, 2]},
        [7, 9, 7, 1],
        [2, 5, 2, 0],
    ),
    ({"kind": "rank", "points": 5, "top": [2], "scores": [5]}, [7, 9, 7, 1], [5, 5, 5, 0]),
    (
        {"kind": "rank", "points": 5, "top": [2], "scores": [5], "ties": "none"},
        [7, 9, 7, 1],
        [0, 5, 0, 0],
    ),
    (
        {"kind": "rank", "points": 5, "by": "share", "top": [0.5], "scores": [5], "highest": False},
        [1, 2, 3, 4, 5],
        [5, 5, 0, 0, 0],
    ),
    ({"kind": "rank", "points": 6, "by": "linear"}, [1, 2, 2, 4], [0, 3, 3, 6]),
    ({"kind": "rank", "points": 6, "by": "linear"}, [3], [6]),
]


@pytest.mark.parametrize(("fields", "values", "expected"), CASES)
def test_a_kind_turns_evidence_into_points(
    fields: dict[str, Any], values: list[float], expected: list[float]
) -> None:
    assert points(values, **fields) == expected


@pytest.mark.parametrize("fields", [case[0] for case in CASES])
def test_missing_evidence_has_no_points_and_takes_no_place(fields: dict[str, Any]) -> None:
    with_gap = points([1, np.nan, 0], **fields)
    assert with_gap[1] is None
    assert [with_gap[0], with_gap[2]] == points([1, 0], **fields)


@pytest.mark.parametrize("fields", [case[0] for case in CASES])
@settings(max_examples=20)
@given(values=st.lists(st.integers(0, 120), min_size=2, max_size=8))
def test_points_stay_within_the_items_and_follow_the_evidence(
    fields: dict[str, Any], values: list[int]
) -> None:
    one = ITEM.validate_python(item("one", **fields))
    low, high = one.bounds
    x = np.clip(np.sort(np.array(values, dtype=float)), low, min(high, 1e9))
    found = one.earned(x)
    assert ((found >= 0) & (found <= one.points)).all()
    steps = np.diff(found)
    assert (steps >= -1e-9).all() or (steps <= 1e-9).all()


@pytest.mark.parametrize("fields", [case[0] for case in CASES])
def test_a_rule_can_be_said_in_both_languages(fields: dict[str, Any]) -> None:
    one = ITEM.validate_python(item("one", **fields))
    assert "分" in one.words("zh")
    assert (
        one.words("en").isascii()
        or "÷" in one.words("en")
        or "≤" in one.words("en")
        or ("≥" in one.words("en"))
    )


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "bands", "cuts": [1], "scores": [0, 90]}, "highest of them 100"),
        ({"kind": "bands", "cuts": [2, 1], "scores": [0, 1, 100]}, "cuts ascend"),
        ({"kind": "linear", "floor": 1, "target": 1}, "floor and target differ"),
        ({"kind": "ratio", "target": 0}, "greater than 0"),
        ({"kind": "deduction", "per_event": 1, "floor": 101}, "floor is at most 100"),
        ({"kind": "rank", "by": "linear", "top": [1], "scores": [100]}, "neither top nor scores"),
        ({"kind": "rank"}, "at least one"),
        ({"kind": "rank", "top": [2, 1], "scores": [100, 1]}, "top ascends"),
        ({"kind": "rank", "top": [1, 2], "scores": [100, 101]}, "do not rise"),
        ({"kind": "rank", "top": [1.5], "scores": [100]}, "whole numbers"),
        ({"kind": "rank", "by": "share", "top": [2], "scores": [100]}, "at most 1"),
        ({"kind": "slope"}, "slope"),
        ({"kind": "given", "key": {}}, "exactly one of"),
        ({"kind": "given", "veto": {"above": 0, "below": 1}}, "exactly one of"),
        ({"kind": "given", "key": {"share": 1}, "missing": "exempt"}, "cannot do without"),
        ({"kind": "given", "key": {"share": 1}, "points": 0}, "a share needs points"),
        ({"kind": "given", "role": "bonus", "section": "s"}, "only a base item"),
        ({"kind": "given", "example": True}, "says 示例"),
    ],
)
def test_an_item_that_cannot_be_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        ITEM.validate_python(item("one", **fields))
