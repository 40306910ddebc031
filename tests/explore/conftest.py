"""The small project's workbench."""

from __future__ import annotations

import pytest

import agriqa
from agriqa.project import Project
from agriqa.workbench import Workbench


@pytest.fixture(scope="session")
def wb(small_project: Project) -> Workbench:
    """The small project, opened once. Read only."""
    return agriqa.open(small_project.root)
