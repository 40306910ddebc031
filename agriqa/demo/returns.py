"""The simulated yearly returns as tidy frames, by the unit that reported them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from agriqa.datasets import dataset
from agriqa.demo import governance, inputs
from agriqa.demo.config import DemoConfig
from agriqa.demo.structure import Structure

Frames = dict[str, pd.DataFrame]

# Numbers that are means, not sums, where two counties of today were one unit.
_MEANS = ("quality_grade", *governance.PERCENTS)
_DECIMALS = {"quality_grade": 2, **dict.fromkeys(governance.PERCENTS, 1)}
UNIT_COLUMNS = ["unit_code", "unit_name", "current_code", "prefecture_code", "prefecture"]


def build_returns(structure: Structure, config: DemoConfig, *, seed: int) -> Frames:
    """Draw every yearly return.

    Returns
    -------
    dict of str to DataFrame
        By dataset name: year, the reporting unit (unit_code, unit_name,
        current_code, prefecture_code, prefecture), then the declared columns.
        Sorted by year, prefecture, unit and key.
    """
    areas = inputs.sown_areas(structure, config, seed=seed)
    by_county = {
        "production": inputs.production(areas, config, seed=seed),
        "pesticide_use": inputs.pesticide_use(structure, areas, config, seed=seed),
        "fertiliser_use": inputs.fertiliser_use(structure, areas, config, seed=seed),
        "greening": governance.greening(structure, areas, config, seed=seed),
        "enforcement": governance.enforcement(structure, config, seed=seed),
        "capacity": governance.capacity(structure, config, seed=seed),
        "benchmark": governance.benchmark(structure, config, seed=seed),
    }
    return {name: _by_unit(name, frame, structure.units) for name, frame in by_county.items()}


def select(
    frames: Mapping[str, pd.DataFrame],
    *,
    codes: Collection[str] | None,
    years: Collection[int] | None,
) -> Frames:
    """Keep the rows of some counties of today and some years (None keeps all)."""
    kept = {}
    for name, frame in frames.items():
        rows = np.ones(len(frame), dtype=bool)
        if codes is not None:
            rows &= frame["current_code"].isin(list(codes)).to_numpy()
        if years is not None:
            rows &= frame["year"].isin(list(years)).to_numpy()
        kept[name] = frame[rows].reset_index(drop=True)
    return kept


def _by_unit(name: str, frame: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Hand each county's numbers to the unit that reported in that year."""
    declared = dataset(name)
    merged = frame.merge(units, on=["code", "year"], validate="many_to_one")
    keys = [k for k in declared.key if k not in ("county_code", "year") and k in frame]
    index = ["year", *UNIT_COLUMNS, *keys]
    shared = merged.duplicated(index, keep=False)
    alone = merged[~shared]
    joined = _joined(merged[shared], index) if shared.any() else merged[:0]
    every = pd.concat([alone, joined], ignore_index=True)
    for key in keys:
        column = declared[key]
        if column.codes is not None:
            order = {value: i for i, value in enumerate(frame[key].unique())}
            every[f"_{key}"] = every[key].map(order)
    by = ["year", "prefecture_code", "unit_code", *_sorting(every, keys)]
    every = every.sort_values(by, ignore_index=True, kind="stable")
    values = [c for c in declared.columns if c in frame and c not in ("year", *keys)]
    return every[["year", *UNIT_COLUMNS, *keys, *values]]


def _sorting(frame: pd.DataFrame, keys: list[str]) -> list[str]:
    return [f"_{key}" if f"_{key}" in frame else key for key in keys]


def _joined(rows: pd.DataFrame, index: list[str]) -> pd.DataFrame:
    """Add up what counties of today reported as one unit."""
    texts = [c for c in rows if not pd.api.types.is_numeric_dtype(rows[c]) and c not in index]
    numbers = [c for c in rows if c not in (*index, *texts, *_MEANS)]
    grouped = rows.groupby(index, sort=False, observed=True)
    joined = grouped[numbers].sum().round(3)
    if "own_value" in rows:  # a benchmark is not additive: the unit's first county stands for it
        joined = grouped[[*numbers, *texts]].first()
    for column in [c for c in _MEANS if c in rows]:
        weighted = (
            (rows[column] * rows["cultivated_ha"])
            .groupby([rows[c] for c in index], sort=False)
            .sum()
        )
        joined[column] = (weighted / joined["cultivated_ha"]).round(_DECIMALS[column])
    return joined.reset_index()
