from __future__ import annotations

from pathlib import Path

import pytest

from agriqa.demo import DemoConfig, DemoError, load_config
from agriqa.project import Project


def _changed(project: Project, folder: Path, old: str, new: str) -> Path:
    text = (project.config / "demo.toml").read_text("utf-8")
    assert old in text
    (folder / "demo.toml").write_text(text.replace(old, new), "utf-8")
    return folder


def test_the_projects_own_settings_are_valid(config: DemoConfig) -> None:
    assert config.years == range(2012, 2022)
    assert config.sampling_years == range(2016, 2022)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("county_noise", "county_noize", "county_noize"),
        ("grain = 0.50, oil", "grain = 0.60, oil", "add up to 1"),
        ('"510104" = "urban"', '"510104" = "lunar"', "unknown landform"),
        ("[pesticides.herbicide]", "[pesticides.herbicid]", "pesticide_category"),
        ('"孔雀石绿" = {', '"孔雀石緑" = {', "孔雀石緑"),
        ("share = 0.47", "share = 1.47", "less than or equal to 1"),
    ],
)
def test_a_wrong_setting_is_refused(
    project: Project, tmp_path: Path, old: str, new: str, said: str
) -> None:
    with pytest.raises(DemoError, match=said):
        load_config(_changed(project, tmp_path, old, new))


def test_missing_settings_are_named(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match=r"demo\.toml is missing"):
        load_config(tmp_path)
