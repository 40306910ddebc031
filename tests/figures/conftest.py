"""Made measure rows: 40 areas, ten years, three measures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from agriqa.figures.chart import Caption

AREA = "c07"


@pytest.fixture(scope="session")
def rows() -> pd.DataFrame:
    random = np.random.default_rng(3)
    made = []
    for area in (f"c{i:02d}" for i in range(40)):
        for period in range(2012, 2022):
            use, n = float(random.gamma(9, 1)), int(random.integers(5, 60))
            passed = 100 * float(random.binomial(n, 0.97)) / n
            made += [
                ("pesticide_intensity_kg_ha", area, period, use, 6, np.nan, np.nan, "simulated"),
                ("pass_rate_pct", area, period, passed, n, passed - 5, 100.0, "simulated"),
                ("bases_n", area, period, float(random.poisson(1)), 1, np.nan, np.nan, "published"),
            ]
    columns = ["measure", "area", "period", "value", "n", "low", "high", "status"]
    frame = pd.DataFrame(made, columns=columns)
    gap = (frame["area"] == AREA) & (frame["measure"] == "pesticide_intensity_kg_ha")
    frame.loc[gap & (frame["period"] == 2015), ["value", "status"]] = [np.nan, "missing"]
    frame.loc[gap & (frame["period"] == 2016), ["value", "status"]] = [np.nan, "withheld"]
    return frame


@pytest.fixture
def caption() -> Caption:
    return Caption("来源：县级报表（模拟）：农药使用；快照 1a2b3c", simulated=True)
