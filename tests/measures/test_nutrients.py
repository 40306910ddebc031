from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from agriqa.datasets import code_lists
from agriqa.measures.nutrients import P2O5_PER_P, Grade, Uptake, load_nutrients
from agriqa.measures.settings import SettingsError
from agriqa.project import Project


def test_a_group_is_the_simple_mean_of_its_crops(project: Project) -> None:
    uptake = load_nutrients(project.config).uptake_kg_t()
    # (2.25 + 3.00 + 2.57) / 3, (1.10 + 1.25 + 0.86) / 3, (2.70 + 2.50 + 2.14) / 3, per 100 kg.
    assert uptake["grain"] == pytest.approx({"N": 26.0667, "P2O5": 10.7, "K2O": 24.4667}, rel=1e-5)
    assert uptake["oil"] == pytest.approx({"N": 58.0, "P2O5": 25.0, "K2O": 43.0})


def test_elemental_phosphorus_becomes_phosphate(project: Project) -> None:
    # P2O5: 2 * 30.974 + 5 * 15.999 over 2 * 30.974.
    assert pytest.approx((2 * 30.974 + 5 * 15.999) / (2 * 30.974), abs=1e-4) == P2O5_PER_P
    tea = load_nutrients(project.config).uptake_kg_t()["tea"]
    assert tea == pytest.approx({"N": 64.0, "P2O5": 8.8 * P2O5_PER_P})


def test_a_nutrient_that_a_source_does_not_state_is_left_out_of_the_group(
    project: Project,
) -> None:
    nutrients = load_nutrients(project.config)
    mixed = nutrients.model_copy(update={"groups": {"other": ("茶叶", "水稻")}})
    assert set(mixed.uptake_kg_t()["other"]) == {"N", "P2O5"}


def test_every_group_but_the_others_has_an_uptake_and_every_crop_a_source(
    project: Project,
) -> None:
    nutrients = load_nutrients(project.config)
    assert set(nutrients.groups) == set(code_lists()["crop_group"].codes) - {"other"}
    assert {crop.source for crop in nutrients.crops.values()} == set(nutrients.sources)
    used = {crop for crops in nutrients.groups.values() for crop in crops}
    assert used == set(nutrients.crops)


def test_compound_fertiliser_is_divided_into_equal_thirds(project: Project) -> None:
    shares = load_nutrients(project.config).compound.shares()
    assert shares == pytest.approx({"N": 1 / 3, "P2O5": 1 / 3, "K2O": 1 / 3})
    assert set(shares) == set(code_lists()["nutrient"].codes) - {"compound"}


def test_shares_follow_the_grade_and_add_up_to_one() -> None:
    shares = Grade(N=20, P2O5=10, K2O=10).shares()
    assert shares == {"N": 0.5, "P2O5": 0.25, "K2O": 0.25}


@pytest.mark.parametrize("phosphorus", [{}, {"P": 1.0, "P2O5": 2.3}])
def test_phosphorus_is_stated_once(phosphorus: dict[str, float]) -> None:
    with pytest.raises(ValidationError, match="state phosphorus once"):
        Uptake(source="x", N=1.0, **phosphorus)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("grain = [", "grains = [", "crop_group: unknown.*'grains'.*'grain'"),
        ('oil = ["油菜"]', 'oil = ["油莱"]', "unknown crops.*油莱"),
        ('oil = ["油菜"]', "oil = []", "groups.oil"),
        ("N = 2.25", "N = -2.25", "greater than 0"),
        ("K2O = 2.70", "K20 = 2.70", "K20"),
        ('source = "guideline"', 'source = "guide"', "cited.*'guide'"),
        ("15.0", "0.0", "holds some nutrient"),
    ],
)
def test_a_wrong_setting_is_refused(
    project: Project, tmp_path: Path, old: str, new: str, said: str
) -> None:
    text = (project.config / "nutrients.toml").read_text("utf-8")
    assert old in text
    (tmp_path / "nutrients.toml").write_text(text.replace(old, new), "utf-8")
    with pytest.raises(SettingsError, match=said):
        load_nutrients(tmp_path)
