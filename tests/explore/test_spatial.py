"""Weights of the borders."""

from __future__ import annotations

import pandas as pd

from agriqa.explore.spatial import neighbour_weights
from agriqa.workbench import Workbench


def test_every_county_has_its_neighbours(wb: Workbench) -> None:
    codes = pd.Index(wb.counties["code"])
    weights = neighbour_weights(wb, codes)
    assert weights.is_symmetric
    listed = [len(wb.project.neighbours.get(code, ())) for code in codes]
    assert weights.neighbours.tolist() == listed


def test_borders_with_counties_left_out_are_left_out(wb: Workbench) -> None:
    code = wb.counties["code"].iloc[0]
    near = wb.project.neighbours[code]
    index = pd.MultiIndex.from_tuples([(near[0], "近"), (code, "本")], names=["area", "name"])
    weights = neighbour_weights(wb, index)
    assert weights.areas.tolist() == [near[0], code]
    assert weights.neighbours.tolist() == [1, 1]
