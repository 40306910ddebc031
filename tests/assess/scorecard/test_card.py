from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from agriqa.assess.scorecard import CardError, card_ids, load_card
from agriqa.errors import UnknownNameError
from agriqa.measures.settings import SettingsError
from tests.assess.scorecard.handmade import item, make_card

VERSION = """
[[version]]
first_year = {first}
{last}
basis = {{ document = "d", source = "s", verified = false }}
grading = {{ rule = "bands", grades = ["low", "high"], cuts = [{cut}] }}
section = [{{ id = "s", label = {{ zh = "部", en = "part" }}, points = 100 }}]

[[version.item]]
id = "a"
label = {{ zh = "条", en = "item" }}
section = "s"
kind = "given"
points = 100
"""


def write(folder: Path, *versions: tuple[int, int | None, int], head: str = 'id = "card"') -> Path:
    text = f'{head}\nlabel = {{ zh = "表", en = "card" }}\nexample = false\n'
    for first, last, cut in versions:
        end = "" if last is None else f"last_year = {last}"
        text += VERSION.format(first=first, last=end, cut=cut)
    (folder / "card.toml").write_text(text, "utf-8")
    return folder


def test_a_year_takes_its_version(tmp_path: Path) -> None:
    write(tmp_path, (2017, 2019, 50), (2020, None, 60))
    cuts = {
        year: load_card(tmp_path, "card", year).grading.cuts for year in (2017, 2019, 2020, 2030)
    }  # type: ignore[union-attr]
    assert cuts == {2017: (50,), 2019: (50,), 2020: (60,), 2030: (60,)}
    assert card_ids(tmp_path) == ["card"]


@pytest.mark.parametrize(
    "versions",
    [
        [(2017, 2019, 50), (2019, None, 60)],
        [(2017, 2018, 50), (2020, None, 60)],
        [(2017, None, 50), (2020, None, 60)],
        [(2020, None, 50), (2017, 2019, 60)],
    ],
)
def test_years_that_overlap_or_are_left_out_are_refused(tmp_path: Path, versions: Any) -> None:
    with pytest.raises(SettingsError, match="overlap or are left out"):
        load_card(write(tmp_path, *versions), "card", 2018)


def test_a_year_without_a_version_and_an_unknown_card_say_what_there_is(tmp_path: Path) -> None:
    write(tmp_path, (2017, 2019, 50))
    with pytest.raises(CardError, match="it has 2017–2019"):
        load_card(tmp_path, "card", 2020)
    with pytest.raises(UnknownNameError, match="nearest known: card"):
        load_card(tmp_path, "cart", 2018)


def test_the_id_is_the_files_name(tmp_path: Path) -> None:
    with pytest.raises(CardError, match="holds the id 'other'"):
        load_card(write(tmp_path, (2017, None, 50), head='id = "other"'), "card", 2018)


def test_an_unknown_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="exampel"):
        load_card(write(tmp_path, (2017, None, 50), head='id = "card"\nexampel = 1'), "card", 2018)


PASS = {"rule": "pass", "minimum_points": 90, "passed": "p", "failed": "f"}
QUOTA = {
    "rule": "quota",
    "quota": [{"grade": "A", "places": 1}],
    "rest": "B",
    "veto_grade": "D",
    "ties": "all",
}


@pytest.mark.parametrize(
    ("items", "more", "said"),
    [
        ([item("a"), item("a")], {}, "item a stands twice"),
        ([item("a")], {"out_of": 90}, "sections have 100 points, not 90"),
        (
            [item("a")],
            {"section": [{"id": "s", "label": {"zh": "z", "en": "e"}, "points": 9}]},
            "not 9",
        ),
        (
            [item("a")],
            {"section": [{"id": "t", "label": {"zh": "z", "en": "e"}, "points": 9}]},
            "no section 's'",
        ),
        (
            [item("a")],
            {"grading": PASS | {"share_item": "b", "minimum_share": 9}},
            "which is no item",
        ),
        ([item("a")], {"grading": PASS | {"share_item": "a"}}, "belong together"),
        ([item("a")], {"grading": QUOTA | {"tie_break": "b"}}, "which is no item"),
        (
            [item("a")],
            {
                "grading": QUOTA
                | {"quota": [{"grade": "A", "places": 2}, {"grade": "B", "places": 2}]}
            },
            "ascend",
        ),
        ([item("a", demotion={"above": 1})], {}, "no demotion_grade"),
        ([item("a")], {"last_year": 2020}, "last_year is before first_year"),
        (
            [item("a")],
            {"grading": {"rule": "bands", "grades": ["D", "A"], "cuts": [1, 2]}},
            "different grades",
        ),
        (
            [item("a")],
            {
                "grading": {
                    "rule": "bands",
                    "grades": ["D", "A"],
                    "cuts": [1],
                    "demotion_grade": "C",
                }
            },
            "demotion_grade is one of",
        ),
    ],
)
def test_rules_that_do_not_fit_each_other_are_refused(items: Any, more: Any, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        make_card(items, **more)


def test_an_example_item_makes_the_card_an_example(tmp_path: Path) -> None:
    path = write(tmp_path, (2017, None, 50)) / "card.toml"
    text = path.read_text("utf-8").replace('zh = "条"', 'zh = "示例：条"')
    path.write_text(text.replace("kind =", "example = true\nkind ="), "utf-8")
    with pytest.raises(SettingsError, match="so the card is one"):
        load_card(tmp_path, "card", 2018)
