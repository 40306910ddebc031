"""Notebooks are thin, clean and run."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from agriqa.project import Project
from tests.conftest import ROOT, load_demo

NOTEBOOKS = sorted((ROOT / "notebooks").rglob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_thin_and_stripped(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
            assert len(cell.source.splitlines()) <= 10
            assert not any(line.startswith(("def ", "class ")) for line in cell.source.split("\n"))


# Counties that border on each other: the small project's do not.
ADJACENT = ["511321", "511302", "511323", "511324", "511325", "511381"]


@pytest.fixture(scope="session")
def adjacent_project(session_folder: Path) -> Project:
    """A project with the demo of six adjacent counties loaded and frozen. Read only."""
    return load_demo(session_folder, "adjacent", counties=ADJACENT)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "notebooks/explore").glob("*.ipynb")), ids=lambda path: path.stem
)
def test_an_exploring_notebook_runs(
    path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "adjacent_project" if path.stem == "spatial" else "small_project"
    project: Project = request.getfixturevalue(name)
    monkeypatch.setenv("AGRIQA_PROJECT", str(project.root))
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120).execute()
    shown = [o for c in notebook.cells if c.cell_type == "code" for o in c.outputs]
    assert len(shown) >= 5
