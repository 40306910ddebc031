"""Notebooks are thin, clean and run."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from agriqa.project import Project
from tests.conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").rglob("*.ipynb"))
# Four counties, none bordering on another, are too few for these.
WHOLE = {"evaluation", "spatial"}


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


@pytest.mark.parametrize(
    "path", sorted((ROOT / "notebooks/explore").glob("*.ipynb")), ids=lambda path: path.stem
)
def test_an_exploring_notebook_runs(
    path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    fixture = "whole_project" if path.stem in WHOLE else "small_project"
    project: Project = request.getfixturevalue(fixture)
    monkeypatch.setenv("AGRIQA_PROJECT", str(project.root))
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120).execute()
    shown = [o for c in notebook.cells if c.cell_type == "code" for o in c.outputs]
    assert len(shown) >= 5
