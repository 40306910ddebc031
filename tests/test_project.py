from __future__ import annotations

from pathlib import Path

import pytest

from agriqa.project import Project, ProjectError


def test_a_project_is_found_from_a_folder_inside_it(
    fresh_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AGRIQA_PROJECT", raising=False)
    monkeypatch.chdir(fresh_project.root / "data" / "reference")
    assert Project.find().root == fresh_project.root


def test_no_project_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="--project"):
        Project.find(tmp_path)


def test_an_unknown_key_is_refused(fresh_project: Project) -> None:
    path = fresh_project.root / "agriqa.toml"
    path.write_text(path.read_text("utf-8").replace("period =", "perod ="), "utf-8")
    with pytest.raises(ProjectError, match="perod"):
        Project.find(fresh_project.root)


def test_the_store_can_be_set_from_outside(
    fresh_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGRIQA_STORE_URL", "sqlite:///elsewhere.db")
    assert Project.find(fresh_project.root).store_url == "sqlite:///elsewhere.db"
