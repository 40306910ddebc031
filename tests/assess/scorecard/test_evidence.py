from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from agriqa.assess.scorecard import evidence_from_measures
from agriqa.errors import UnknownNameError
from tests.assess.scorecard.handmade import item, make_card

TABLE = pd.DataFrame(
    [
        ("rate_pct", "county", "u", 2020, 95.0, "reported"),
        ("rate_pct", "county", "u", 2021, None, "withheld"),
        ("rate_pct", "county", "v", 2021, 97.0, "simulated"),
        ("rate_pct", "county", "v", 2022, 99.0, "simulated"),
        ("rate_pct", "county", "w", 2020, None, "missing"),
        ("rate_pct", "county", "w", 2021, None, "too_few"),
        ("rate_pct", "province", "p", 2021, 96.0, "estimated"),
    ],
    columns=["measure", "level", "area", "period", "value", "status"],
)


def found(period: int | None = None, level: Any = "county", **fields: Any) -> dict[str, Any]:
    card = make_card([item("a", measure="rate_pct", **fields), item("b", points=0)])
    rows = evidence_from_measures(card, TABLE, period, level=level)
    values = rows["value"].astype(object).where(rows["value"].notna(), None)
    return dict(
        zip(rows["unit"], zip(values, rows["status"], rows["source"], strict=True), strict=True)
    )


def test_a_measure_brings_its_value_status_and_period() -> None:
    assert found() == {
        "u": (None, "withheld", "rate_pct@2021"),
        "v": (97, "simulated", "rate_pct@2021"),
        "w": (None, "too_few", "rate_pct@2021"),
    }


def test_an_item_may_take_the_year_before() -> None:
    card = make_card([item("a", measure="rate_pct", period="year_before")])
    rows = evidence_from_measures(card, TABLE)
    assert rows["unit"].tolist() == ["u", "w"]


def test_the_latest_value_is_not_later_than_the_year() -> None:
    card = make_card([item("a", measure="rate_pct", period="latest")])
    rows = evidence_from_measures(card, TABLE).set_index("unit")
    assert rows["source"].tolist() == ["rate_pct@2020", "rate_pct@2021", "rate_pct@2021"]
    assert rows["status"].tolist() == ["reported", "simulated", "too_few"]


def test_another_level_and_period_may_be_asked_for() -> None:
    assert found(level="province") == {"p": (96, "estimated", "rate_pct@2021")}
    assert list(found(2022)) == ["v"]


def test_a_scale_leaves_no_noise() -> None:
    assert found(scale=0.01)["v"][0] == 0.97


def test_a_measure_that_is_not_there_is_named_with_the_nearest() -> None:
    card = make_card([item("a", measure="rate_pc")])
    with pytest.raises(UnknownNameError, match="nearest known: rate_pct"):
        evidence_from_measures(card, TABLE)


def test_a_card_without_measures_has_no_evidence_from_them() -> None:
    assert evidence_from_measures(make_card([item("a")]), TABLE).empty
