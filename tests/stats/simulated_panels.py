"""Made panels with known effects, for the tests of programme evaluation."""

from __future__ import annotations

import numpy as np
import pandas as pd


def staggered_panel(
    seed: int,
    *,
    n_units: int = 40,
    n_periods: int = 6,
    starts: tuple[float, ...] = (2.0, 4.0, np.nan),
    effect: float = 0.0,
    slope: float = 0.0,
    noise: float = 1.0,
    gaps: float = 0.0,
) -> pd.DataFrame:
    """Unit and period effects, noise, and effect + slope x periods since the start."""
    random = np.random.default_rng(seed)
    unit = np.repeat(np.arange(n_units), n_periods)
    t = np.tile(np.arange(n_periods), n_units).astype(float)
    start = np.asarray(starts)[unit % len(starts)]
    treated = t >= np.where(np.isnan(start), np.inf, start)
    y = (
        random.normal(size=n_units)[unit] * 2
        + random.normal(size=n_periods)[t.astype(int)]
        + noise * random.normal(size=len(unit))
        + treated * (effect + slope * np.nan_to_num(t - start))
    )
    frame = pd.DataFrame(
        {
            "unit": unit,
            "t": t,
            "start": start,
            "d": treated.astype(float),
            "y": y,
            "x": random.normal(size=len(unit)),
            "w": random.uniform(0.5, 2.0, size=n_units)[unit],
            "group": unit % 8,
        }
    )
    return frame[random.uniform(size=len(frame)) >= gaps].reset_index(drop=True)
