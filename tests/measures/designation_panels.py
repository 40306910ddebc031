"""Made panels of counties, some designated, with a known effect."""

from __future__ import annotations

import numpy as np
import pandas as pd


def made_panel(
    *,
    effect: float = -0.1,
    trend: float = 0.0,
    apart: float = 0.0,
    noise: float = 0.02,
    seed: int = 0,
) -> pd.DataFrame:
    """Lay out 48 counties over ten years, half of them designated in 2015 or 2018.

    `trend` is every county's yearly change, `apart` what the designated ones
    change beyond it, before and after.
    """
    random = np.random.default_rng(seed)
    county, year = np.divmod(np.arange(480), 10)
    year = year + 2012
    cohort = np.select([county < 12, county < 24], [2016.0, 2019.0], np.nan)
    log_intensity = (
        -5
        + 0.1 * (county % 5)
        + trend * (year - 2012)
        + apart * (year - 2012) * ~np.isnan(cohort)
        + effect * (year >= cohort)
        + noise * random.normal(size=480)
    )
    return pd.DataFrame(
        {
            "county_code": [f"c{one:02d}" for one in county],
            "prefecture_code": [f"p{one % 6}" for one in county],
            "year": year,
            "log_intensity": log_intensity,
            "designated": cohort - 1,
            "cohort": cohort,
            "origin": "simulated",
        }
    )
