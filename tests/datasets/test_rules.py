from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from agriqa.datasets import Dataset, dataset, datasets
from agriqa.datasets.dictionary import dictionary_page
from agriqa.datasets.units import mistaken
from agriqa.errors import UnknownNameError
from agriqa.measures.registry import registry


def _changed(rules: dict[str, Any]) -> Dataset:
    return Dataset.model_validate(dataset("pesticide_use").model_dump() | {"rules": rules})


@pytest.mark.parametrize("name", list(datasets()))
def test_rules_name_columns_that_exist(name: str) -> None:
    assert set(datasets()[name].rules.names()) <= set(datasets()[name].columns)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (
            {"relation": [{"left": "use_t", "right": "county_code", "severity": "error"}]},
            "compared",
        ),
        ({"relation": [{"left": "use_t", "right": "active_t", "severity": "fatal"}]}, "severity"),
        ({"relation": [{"left": "use_t", "right": "use_t", "severity": "error"}]}, "two columns"),
        ({"jump": [{"column": "use_t", "factor": 5.0, "years": 3}]}, "floor"),
        ({"jump": [{"column": "use_t", "factor": 0.5, "floor": 1.0, "years": 3}]}, "factor"),
        ({"jump": [{"column": "category", "factor": 5.0, "floor": 1.0, "years": 3}]}, "no amount"),
        ({"neighbour": []}, "neighbour"),
        (
            {"parts": [{"column": "use_t", "over": "treated_ha", "whole": "all"}]},
            "does not tell rows apart",
        ),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(rules: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        _changed(rules)


def test_a_rule_about_an_unknown_column_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="use_t"):
        _changed({"relation": [{"left": "use_tt", "right": "active_t", "severity": "error"}]})


@pytest.mark.parametrize("usual", [{"usual_max": 9000.0}, {"usual_min": 9.0, "usual_max": 2.0}])
def test_usual_limits_outside_the_hard_ones_are_refused(usual: dict[str, float]) -> None:
    raw = dataset("pesticide_use").model_dump()
    column = next(c for c in raw["column"] if c["name"] == "use_t")
    column.update(usual)
    with pytest.raises(ValidationError, match="usual limits"):
        Dataset.model_validate(raw)


@pytest.mark.parametrize(
    "link", [link for d in datasets().values() for link in d.rules.published], ids=str
)
def test_a_published_figure_is_linked_to_a_measure_that_exists(link: Any) -> None:
    assert link.measure in registry()


def test_every_rule_stands_in_the_data_dictionary() -> None:
    page = dictionary_page()
    for declared in datasets().values():
        section = page.split(f"`{declared.name}`\n", 1)[1].split("\n## ", 1)[0]
        lines = [line for line in section.splitlines() if line.startswith("- `")]
        rules = declared.rules
        assert len(lines) == len(rules.relation) + len(rules.parts) + len(rules.compared)


@pytest.mark.parametrize(
    ("ratio", "unit", "word"),
    [
        (1000, "t", "公斤当成吨"),
        (0.001, "t", "吨当成公斤"),
        (2000, "t", "斤当成吨"),
        (15, "ha", "亩当成公顷"),
        (1 / 15, "ha", "公顷当成亩"),
        (1 / 667, "ha", "万亩当成公顷"),
        (10_000, "10k_cny", "元当成万元"),
        (0.01, "%", "小数当成百分数"),
    ],
)
def test_a_ratio_gives_a_slip_of_units_away(ratio: float, unit: str, word: str) -> None:
    said = mistaken(ratio, unit)
    assert said is not None
    assert word in said[0]


@pytest.mark.parametrize("ratio", [0.0, 0.4, 1.0, 4.0, 5e7, float("inf"), float("nan")])
def test_another_ratio_is_no_slip_of_units(ratio: float) -> None:
    assert mistaken(ratio, "t") is None
