"""The cards that come with the project, and the published cases through them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from agriqa.assess.scorecard import (
    Card,
    card_ids,
    evidence_from_measures,
    load_card,
    read_evidence,
    score_card,
)
from agriqa.measures import registry
from agriqa.project import Project
from tests.assess.scorecard.handmade import evidence

YEAR = 2023


@pytest.fixture(scope="module")
def cards(project: Project) -> Path:
    return project.config / "scorecards"


@pytest.fixture(scope="module")
def safety(cards: Path) -> Card:
    return load_card(cards, "safety_county", YEAR)


@pytest.fixture(scope="module")
def goldens(shared: Path) -> dict[str, Any]:
    return json.loads((shared / "goldens.json").read_text("utf-8"))


def read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))


def grades(card: Card, rows: dict[str, dict[str, float]]) -> list[str]:
    return score_card(card, evidence(rows)).totals["grade"].tolist()  # type: ignore[arg-type]


def assessed(card: Card, rows: dict[str, float]) -> Any:
    return score_card(card, evidence({"u": rows})).totals.iloc[0]  # type: ignore[dict-item]


def full_marks(card: Card) -> dict[str, float]:
    """Evidence that gives every item of the safety county all its points."""
    best = {"pass_rate": 100.0, "pesticide_use": 90, "banned_substances": 0}
    best |= {"unanswered_complaints": 0, "major_incident": 0}
    by_kind = {"yes_no": 1.0, "linear": 100, "ratio": 100, "bands": 1, "rank": 1}
    return {one.id: best.get(one.id, by_kind.get(one.kind, one.points)) for one in card.item}


def test_the_cards_that_come_with_the_project(cards: Path) -> None:
    assert card_ids(cards) == [
        "food_safety_city", "food_safety_review", "quality_work", "safety_county",
        "vegetable_basket",
    ]  # fmt: skip
    assert [load_card(cards, name, YEAR).example for name in card_ids(cards)] == [0, 0, 0, 1, 0]


def test_published_bands_of_quality_work(cards: Path, goldens: dict[str, Any]) -> None:
    case = goldens["assessment.grade_bands_quality_work"]["case"]
    rows = {
        str(n): {"goals_and_measures": points, "systemic_incident": float(incident)}
        for n, (points, incident, _) in enumerate(case)
    }
    assert grades(load_card(cards, "quality_work", YEAR), rows) == [grade for *_, grade in case]


def test_published_bands_of_the_vegetable_basket(cards: Path, goldens: dict[str, Any]) -> None:
    case = goldens["assessment.grade_bands_vegetable_basket"]["case"]
    rows = {str(n): {"base_and_performance": points} for n, (points, _) in enumerate(case)}
    found = grades(load_card(cards, "vegetable_basket", YEAR), rows)
    assert found == [grade for _, grade in case]


def test_published_rule_of_the_safety_county(safety: Card, goldens: dict[str, Any]) -> None:
    for case in goldens["assessment.safety_county"]["case"]:
        rows = full_marks(safety) | {
            "pass_rate": 100 * case["pass_rate"],
            "unanswered_complaints": 2,
        }
        if not case["key_items_met"]:
            rows["in_plans"] = 0
        # The published cases give the total: two items without conditions make it up.
        surplus = assessed(safety, rows)["points"] - case["points"]
        rows["rest_of_duty"] -= min(5, surplus)
        rows["yearly_reviews"] -= max(0, surplus - 5)
        found = assessed(safety, rows)
        assert found["points"] == pytest.approx(case["points"], abs=0.005)
        assert found["passes"] == case["passes"]


def test_eighty_nine_and_a_half_is_rounded_before_it_is_graded(cards: Path) -> None:
    card = load_card(cards, "quality_work", YEAR)
    points = {"a": 89.5, "b": 89.49, "c": 79.5, "d": 60.5, "e": 59.4}
    rows = {unit: {"goals_and_measures": p, "systemic_incident": 0.0} for unit, p in points.items()}
    assert grades(card, rows) == ["A", "B", "B", "C", "D"]


def test_the_food_review_grades_by_rank_without_passing_places_on(cards: Path) -> None:
    card = load_card(cards, "food_safety_review", YEAR)
    rows = {str(n): {"review_points": 99.0 - n} for n in range(6)}
    rows["1"]["demoting_cases"] = 2
    rows["5"]["vetoing_cases"] = 1
    assert grades(card, rows) == ["A", "C", "A", "A", "B", "D"]


def test_the_food_city_passes_with_every_key_item_and_without_a_veto(cards: Path) -> None:
    card = load_card(cards, "food_safety_city", YEAR)
    best = {"key_points": 58.0, "basic_points": 31.0, "encouragement_points": 1.0}
    best |= {"key_items_under_60": 0, "vetoing_cases": 0}
    rows = {
        "all": best,
        "points": best | {"encouragement_points": 0.9},
        "key": best | {"key_items_under_60": 1},
        "veto": best | {"vetoing_cases": 1},
    }
    assert grades(card, rows) == ["通过", "不通过", "不通过", "不通过"]


def test_the_published_items_stand_as_they_were_published(safety: Card, project: Project) -> None:
    path = project.root / "data/reference/scorecard_nasx.csv"
    published = read(path)
    ours = [one for one in safety.item if not one.example]
    assert [(one.label.zh, one.points, one.key is not None) for one in ours] == [
        (row["item"], float(row["points"]), row["key_item"] == "*") for row in published
    ]
    section = next(one for one in safety.section if not one.example)
    assert section.label.zh == published[0]["first_level_indicator"]
    assert section.points == float(published[0]["first_level_points"])


def test_every_measure_of_a_card_is_in_the_registry(cards: Path) -> None:
    known = set(registry())
    for name in card_ids(cards):
        named = {one.measure for one in load_card(cards, name, YEAR).item} - {None}
        assert named <= known


def test_the_example_sheet_is_read_as_an_example(
    cards: Path, safety: Card, project: Project
) -> None:
    path = cards / "example_safety_county.csv"
    rows = read_evidence(path, safety)
    with_value = rows[rows["value"].notna()]
    assert set(with_value["status"]) == {"example"}
    assert set(rows["status"]) == {"example", "missing", "withheld", "exempt"}
    counties = read(project.root / "data/reference/counties.csv")
    codes = {row["code"]: row["name"] for row in counties if not row["valid_to"]}
    sheet = list(csv.DictReader(path.read_text("utf-8").splitlines()[1:]))
    assert all(codes[row["单位代码"]] == row["单位"] for row in sheet)
    labels = {one.id: (one.label.zh, f"{one.points:g}") for one in safety.item}
    assert all(labels[row["条目"]] == (row["条目内容"], row["分值"]) for row in sheet)


def test_an_example_reaches_every_reader(cards: Path, safety: Card) -> None:
    found = score_card(safety, read_evidence(cards / "example_safety_county.csv", safety))
    assert found.totals["example"].all()
    assert found.trace.loc[found.trace["item"] == "staff", "example"].all()
    for text in (found.summary(), found.explain("510117")):
        assert "示例条目" in text
        assert "虚构" in text
    for text in (found.summary("en"), found.explain("510117", "en")):
        assert "made-up example items" in text
        assert "Some evidence is a made-up" in text


def test_simulated_measures_reach_the_reader(safety: Card) -> None:
    rows = [(one.measure, "county", "u", YEAR, 1.0, "simulated") for one in safety.item]
    columns = ["measure", "level", "area", "period", "value", "status"]
    measures = pd.DataFrame([row for row in rows if row[0]], columns=columns)
    found = score_card(safety, evidence_from_measures(safety, measures, YEAR))
    assert found.totals["status"].tolist() == ["simulated"]
    assert "部分证据来自模拟数据" in found.summary()


def test_the_card_in_the_documentation_is_one(project: Project, tmp_path: Path) -> None:
    page = (project.root / "docs/scorecards.md").read_text("utf-8")
    text = page.split("```toml\n")[1].split("```")[0]
    (tmp_path / "river_chief.toml").write_text(text, "utf-8")
    card = load_card(tmp_path, "river_chief", 2022)
    assert grades(card, {"u": {"good_sections": 95}}) == ["优秀"]
    assert all(f"`{name}`" in page for name in card_ids(project.config / "scorecards"))
