from __future__ import annotations

import re
from pathlib import Path

import pytest

from agriqa.measures.exposure import load_exposure
from agriqa.measures.settings import SettingsError
from agriqa.project import Project


def items(project: Project) -> dict[str, float]:
    """The whole table of food consumption as the file's comment lists it [kg/day]."""
    text = (project.config / "exposure.toml").read_text("utf-8").replace("\n# ", "")
    return {name: float(amount) for name, amount in re.findall(r"(\w+) (0\.\d{4})", text)}


def test_the_consumer_is_the_one_of_the_registration_table(project: Project) -> None:
    exposure = load_exposure(project.config)
    table = items(project)
    assert exposure.body_weight_kg == 63.0
    assert exposure.consumption_kg_day == pytest.approx(
        {
            "vegetable": table["深色蔬菜"] + table["浅色蔬菜"],
            "fruit": table["水果"],
            "livestock": table["畜禽类"] + table["奶及其制品"] + table["蛋及其制品"],
            "aquatic": table["鱼虾类"],
        }
    )


def test_the_foods_add_up_to_the_tables_total(project: Project) -> None:
    table = items(project)
    assert len(table) == 19
    assert sum(table.values()) == pytest.approx(1.0286)


def test_tea_which_the_table_lacks_is_left_out(project: Project) -> None:
    assert "tea" not in load_exposure(project.config).consumption_kg_day


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("fruit = 0.0457", "fruits = 0.0457", "product_class: unknown.*'fruits'.*'fruit'"),
        ("fruit = 0.0457", "fruit = 0.0", "greater than 0"),
        ("body_weight_kg", "body_wieght_kg", "body_wieght_kg"),
        ("body_weight_kg = 63.0", "body_weight_kg = nan", "body_weight_kg"),
    ],
)
def test_a_wrong_setting_is_refused(
    project: Project, tmp_path: Path, old: str, new: str, said: str
) -> None:
    text = (project.config / "exposure.toml").read_text("utf-8")
    assert old in text
    (tmp_path / "exposure.toml").write_text(text.replace(old, new), "utf-8")
    with pytest.raises(SettingsError, match=said):
        load_exposure(tmp_path)
