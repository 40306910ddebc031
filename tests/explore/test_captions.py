"""Captions say what a chart rests on."""

from __future__ import annotations

from agriqa.explore.captions import caption
from agriqa.workbench import Workbench


def test_a_caption_names_the_datasets_and_the_snapshot(wb: Workbench) -> None:
    found = caption(wb, "sample", "residue")
    assert found.source == f"来源：抽样、残留检测（模拟）；快照 {wb.snapshot.id}"
    assert found.simulated


def test_public_facts_carry_no_mark_of_simulation(wb: Workbench) -> None:
    found = caption(wb, "published_figure", language="en")
    assert not found.simulated
    assert "simulated" not in found.source
    assert found.language == "en"
