"""Small indices: two made by hand, and one of published scores."""

import numpy as np
import pandas as pd

from agriqa.assess.composite import CompositeIndex

# COINr's vignette "Presenting Results": pillar, sub-index and index scores of the ASEM
# sustainable connectivity index, six of its 51 countries, and the tree they stand in.
PILLARS = {
    "Conn": ["Physical", "ConEcFin", "Political", "Instit", "P2P"],
    "Sust": ["Environ", "Social", "SusEcFin"],
}
ASEM = pd.DataFrame(
    [
        ("CHE", 68.38, 62.79, 73.98, 63.41, 32.87, 74.78, 85.94, 56.93, 77.21, 87.85, 56.88),
        ("NLD", 64.82, 61.94, 67.70, 64.87, 46.62, 84.55, 71.74, 41.92, 58.73, 86.58, 57.78),
        ("DNK", 64.80, 57.10, 72.51, 50.52, 30.43, 78.13, 75.35, 51.04, 69.83, 86.40, 61.29),
        ("NOR", 64.47, 57.44, 71.50, 58.18, 25.70, 80.03, 89.46, 33.80, 70.90, 87.00, 56.59),
        ("BEL", 63.54, 63.99, 63.09, 71.97, 48.22, 80.84, 75.60, 43.32, 53.01, 86.17, 50.09),
        ("SWE", 63.00, 53.87, 72.12, 51.51, 23.87, 80.98, 74.51, 38.50, 66.37, 87.74, 62.27),
    ],
    columns=["uCode", "Index", "Conn", "Sust", *PILLARS["Conn"], *PILLARS["Sust"]],
)  # fmt: skip


def asem_metadata() -> pd.DataFrame:
    """Return the tree in COINr's own columns; scores are on 0-100 already."""
    rows = [
        {"iCode": pillar, "Type": "Indicator", "Parent": part, "Level": 1, "Direction": 1,
         "Weight": 1, "worst": 0, "best": 100}
        for part, pillars in PILLARS.items()
        for pillar in pillars
    ]  # fmt: skip
    rows += [
        {"iCode": part, "Type": "Aggregate", "Parent": "Index", "Level": 2, "Weight": 1}
        for part in PILLARS
    ]
    return pd.DataFrame([*rows, {"iCode": "Index", "Type": "Aggregate", "Level": 3, "Weight": 1}])


def simple(**choices) -> CompositeIndex:
    """Five units, four indicators in two groups, one less-is-better, one gap."""
    data = pd.DataFrame(
        {
            "yield": [1.0, 2.0, 3.0, 4.0, 5.0],
            "use": [30.0, 10.0, 20.0, 50.0, 40.0],
            "rate": [90.0, 95.0, np.nan, 99.0, 97.0],
            "staff": [2.0, 8.0, 4.0, 6.0, 0.0],
            "area": [1.0, 2.0, 2.0, 4.0, 5.0],
            "region": ["n", "n", "s", "s", "s"],
        },
        index=["a", "b", "c", "d", "e"],
    )
    return CompositeIndex.from_tables(data, simple_metadata()).changed(**choices)


def simple_metadata() -> pd.DataFrame:
    """Return the metadata of `simple`."""
    return pd.DataFrame(
        [
            ("yield", "output", 1, 2.0, 0, 10, 8),
            ("use", "output", -1, 1.0, 60, 0, 10),
            ("rate", "safety", 1, 1.0, 80, 100, 98),
            ("staff", "safety", 1, 1.0, 0, 10, 8),
            ("output", "top", None, 3.0, None, None, None),
            ("safety", "top", None, 1.0, None, None, None),
            ("top", None, None, 1.0, None, None, None),
        ],
        columns=["id", "parent", "direction", "weight", "worst", "best", "target"],
    )


def yearly(**choices) -> CompositeIndex:
    """Three units over three years, goalposts fixed."""
    rows = pd.MultiIndex.from_product([["a", "b", "c"], [2019, 2020, 2021]])
    data = pd.DataFrame(
        {
            "yield": [1.0, 2, 3, 4, np.nan, 6, 5, 5, 5],
            "use": [50.0, 45, 40, 30, 30, 30, 20, 25, 35],
            "rate": [91.0, 92, 97, np.nan, 98, 99, 96, 95, 94],
            "staff": [1.0, 2, 3, 4, 5, 6, 7, 8, 9],
        },
        index=rows,
    )
    index = CompositeIndex.from_tables(data, simple_metadata())
    return index.changed(normalise={"method": "goalposts"}).changed(**choices)
