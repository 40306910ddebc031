"""Simulated returns of crops, pesticides and fertilisers by county of today."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from agriqa.demo.config import DemoConfig
from agriqa.demo.streams import Floats, stream
from agriqa.demo.structure import Structure

SOWN_NOISE = 0.008
SHARE_SPREAD = 0.12
BASE_YEAR = 2015  # the year the category shares of demo.toml stand for
PRICE_YEAR = 2020  # the year the yields and values of demo.toml stand for


def sown_areas(structure: Structure, config: DemoConfig, *, seed: int) -> dict[int, pd.DataFrame]:
    """Return by year the sown area [ha] of each county (rows) and crop group (columns).

    Grain adds up to the published area, or to the stated trend from the
    nearest published year; the other groups follow in proportion.
    """
    counties = structure.counties
    groups = list(config.crops)
    shares = counties[[f"crop_{g}" for g in groups]].to_numpy()
    rng = stream(seed, "sown")
    areas = {}
    for year in config.years:
        noise = np.exp(rng.normal(0.0, SOWN_NOISE, shares.shape))
        raw = counties["sown_ha"].to_numpy()[:, None] * shares * noise
        target = _on_trend(structure.published["grain_sown_ha"], year, config)
        scaled = raw * target / raw[:, groups.index("grain")].sum()
        areas[year] = pd.DataFrame(scaled.round(2), index=counties.index, columns=groups)
    return areas


def _on_trend(published: pd.Series, year: int, config: DemoConfig) -> float:
    nearest = min((int(known) for known in published.index), key=lambda known: abs(known - year))
    growth = 1 + config.trend.grain_area_growth
    return float(published[nearest] * growth ** (year - nearest))


def production(areas: Mapping[int, pd.DataFrame], config: DemoConfig, *, seed: int) -> pd.DataFrame:
    """Return production rows: code, year, crop_group, sown_ha, output_t, value_10k_cny."""
    rng = stream(seed, "production")
    trend = config.trend
    frames = []
    for year, sown in areas.items():
        for group, crop in config.crops.items():
            n, since = len(sown), year - PRICE_YEAR
            area = sown[group].to_numpy()
            yields = crop.yield_t_ha * (1 + trend.yield_growth) ** since * _noise(rng, n, 0.05)
            value = crop.value_10k_cny_ha * (1 + trend.price_growth) ** since * _noise(rng, n, 0.06)
            frames.append(
                pd.DataFrame(
                    {
                        "code": sown.index,
                        "year": year,
                        "crop_group": group,
                        "sown_ha": area,
                        "output_t": (area * yields).round(1),
                        "value_10k_cny": (area * value).round(1),
                    }
                )
            )
    return pd.concat(frames, ignore_index=True)


def pesticide_use(
    structure: Structure, areas: Mapping[int, pd.DataFrame], config: DemoConfig, *, seed: int
) -> pd.DataFrame:
    """Return pesticide rows: code, year, category, use_t, active_t, treated_ha.

    Use per sown hectare is the county's own level, its reduction after the
    stated year, the designation effect and a little noise; one factor a year
    then makes the province's sum the published one, which leaves all ratios
    between counties as they were.
    """
    counties, n = structure.counties, len(structure.counties)
    slopes = stream(seed, "reduction").normal(config.reduction.mean, config.reduction.spread, n)
    rng = stream(seed, "pesticide")
    own = np.array([p.share for p in config.pesticides.values()]) * _noise(
        rng, n * len(config.pesticides), SHARE_SPREAD
    ).reshape(n, -1)
    frames = []
    for year, sown in areas.items():
        logs = (
            -slopes * max(0, year - config.reduction.after)
            + config.effect.log_effect * structure.under_effect(config, year)
            + rng.normal(0.0, config.trend.county_noise, n)
        )
        total = counties["pesticide_kg_ha"].to_numpy() * sown.sum(axis=1).to_numpy() * np.exp(logs)
        total *= structure.published["pesticide_t"][year] / total.sum()
        moved = own + np.array([p.change for p in config.pesticides.values()]) * (year - BASE_YEAR)
        split = np.clip(moved, 0.002, None)
        use = (total[:, None] * split / split.sum(axis=1, keepdims=True)).round(3)
        for column, (category, kind) in enumerate(config.pesticides.items()):
            frames.append(
                pd.DataFrame(
                    {
                        "code": counties.index,
                        "year": year,
                        "category": category,
                        "use_t": use[:, column],
                        "active_t": (use[:, column] * kind.active * _noise(rng, n, 0.06)).round(3),
                        "treated_ha": (
                            use[:, column] * 1000 / kind.dose_kg_ha * _noise(rng, n, 0.08)
                        ).round(1),
                    }
                )
            )
    return pd.concat(frames, ignore_index=True)


def fertiliser_use(
    structure: Structure, areas: Mapping[int, pd.DataFrame], config: DemoConfig, *, seed: int
) -> pd.DataFrame:
    """Return fertiliser rows: code, year, nutrient, pure_t, product_t."""
    counties, n = structure.counties, len(structure.counties)
    rng = stream(seed, "fertiliser")
    own = np.array([f.share for f in config.nutrients.values()]) * _noise(
        rng, n * len(config.nutrients), SHARE_SPREAD
    ).reshape(n, -1)
    own /= own.sum(axis=1, keepdims=True)
    slopes = rng.normal(config.reduction.mean / 2, config.reduction.spread / 2, n)
    frames = []
    for year, sown in areas.items():
        logs = -slopes * max(0, year - config.reduction.after) + rng.normal(0.0, 0.02, n)
        total = counties["fertiliser_kg_ha"].to_numpy() * sown.sum(axis=1).to_numpy() * np.exp(logs)
        total *= structure.published["fertiliser_t"][year] / total.sum()
        for column, (nutrient, kind) in enumerate(config.nutrients.items()):
            pure = (total * own[:, column]).round(2)
            frames.append(
                pd.DataFrame(
                    {
                        "code": counties.index,
                        "year": year,
                        "nutrient": nutrient,
                        "pure_t": pure,
                        "product_t": (pure / kind.content * _noise(rng, n, 0.03)).round(1),
                    }
                )
            )
    return pd.concat(frames, ignore_index=True)


def _noise(rng: np.random.Generator, n: int, sigma: float) -> Floats:
    return np.exp(np.clip(rng.normal(0.0, sigma, n), -2.5 * sigma, 2.5 * sigma))
