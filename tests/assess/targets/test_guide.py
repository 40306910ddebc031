"""The guide's example runs as it is written."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

import agriqa
from agriqa.project import Project
from agriqa.store import Snapshot


def test_the_example_of_the_guide_runs(
    project: Project, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide = project.root / "docs" / "targets.md"
    (code,) = re.findall(r"```python\n(.*?)```", guide.read_text("utf-8"), re.DOTALL)
    monkeypatch.setattr(agriqa, "open", lambda: SimpleNamespace(snapshot=snapshot))
    names: dict[str, object] = {}
    exec(code, names)
    assert "found" in names
