import numpy as np
import pytest

from agriqa.assess.alternatives import MEANS, Alternatives, IndicatorTable
from agriqa.assess.hierarchy import Hierarchy


@pytest.fixture
def make():
    """Make alternatives over 12 units, 6 indicators, 3 groups and 4 levels."""

    def alternatives(*, missing=False, errors=True, table=None, **changes):
        rng = np.random.default_rng(5)
        raw = rng.lognormal(1, 0.6, (12, 6))
        raw[:, 2] = np.round(raw[:, 2])  # with ties
        signs = np.array([1, -1, 1, 1, -1, 1])
        if missing:
            raw[rng.random(raw.shape) < 0.25] = np.nan
            raw[0] = np.nan
            raw[:, 3] = np.where(np.isnan(raw[:, 3]), np.nan, 7.0)  # without spread
        error = np.where(np.arange(6) == 4, 0.0, 0.2) * np.nan_to_num(raw)
        error[:, 3] = 0
        low, high = np.full(6, 0.5), np.full(6, 6.0)
        options = {
            "errors": error if errors else 0.0,
            "lowest": np.where(np.arange(6) == 0, 0.0, np.nan),
            "worst": np.where(signs > 0, low, high),
            "best": np.where(signs > 0, high, low),
            "pool": raw[:4] * 1.3,
        } | (table or {})
        capped = np.minimum(raw, 5)
        choices = {
            "treatments": {
                "none": IndicatorTable(raw, **options),
                "capped": IndicatorTable(capped, **options),
            },
            "hierarchy": Hierarchy(
                ([0, 0, 0, 1, 1, 2], [0, 0, 1], [0, 0]),
                ([3, 1, 2, 1, 0, 5], [60, 40, 10], [2, 1]),
            ),
            "directions": signs,
            "normalisations": ("min_max", "z_score", "percentile_rank", "goalposts"),
            "aggregations": {**MEANS, "between": 0.5, "mixed": (1, 0, -1)},
            "weight_noise": 0.25,
            "drop": True,
        }
        return Alternatives(**choices | changes)

    return alternatives
