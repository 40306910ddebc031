"""Who borders on whom, as weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from agriqa.stats.spatial_weights import SpatialWeights, spatial_weights

if TYPE_CHECKING:
    from agriqa.stats.spatial_weights import Style
    from agriqa.workbench import Workbench


def neighbour_weights(wb: Workbench, areas: pd.Index, *, style: Style = "row") -> SpatialWeights:
    """Return the weights of the borders between the counties of a panel.

    Parameters
    ----------
    wb : Workbench
    areas : Index
        Codes of the counties, or an index with a level ``area``, in the order of
        the values.
    style : {"row", "binary", "global", "variance"}
        As in `spatial_weights`.

    Returns
    -------
    SpatialWeights
        Borders with counties that are not among the areas are left out.
    """
    codes = areas.get_level_values("area") if "area" in areas.names else areas
    here = set(codes)
    pairs = [
        (code, near)
        for code, others in wb.project.neighbours.items()
        for near in others
        if code in here and near in here
    ]
    table = pd.DataFrame(pairs, columns=["area", "neighbour"])
    return spatial_weights(table, list(codes), style=style)
