"""The small project's workbench and its index of 2021: four counties have a score."""

from __future__ import annotations

from dataclasses import replace

import pytest

import agriqa
from agriqa.project import Project
from agriqa.workbench import Workbench
from agriqa.workbench.index import IndexView


@pytest.fixture(scope="session")
def wb(small_project: Project) -> Workbench:
    """The small project, opened once. Read only."""
    return agriqa.open(small_project.root)


@pytest.fixture(scope="session")
def view(wb: Workbench) -> IndexView:
    """The index of 2021."""
    return wb.index(2021)


@pytest.fixture(scope="session")
def english(wb: Workbench) -> IndexView:
    """The same for a project in English."""
    project = replace(wb.project, language="en")
    return Workbench(replace(wb.snapshot, project=project)).index(2021)
