"""Simulated returns of greening, enforcement, capacity and benchmarks by county of today."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from agriqa.demo.config import DemoConfig
from agriqa.demo.streams import Floats, Ints, anchored, apportion, shares_with_mean, stream
from agriqa.demo.structure import Structure

PERCENTS = (
    "green_control_pct",
    "unified_control_pct",
    "straw_pct",
    "manure_pct",
    "film_pct",
)
QUARTER_SHARES = (0.18, 0.27, 0.30, 0.25)


def greening(
    structure: Structure, areas: Mapping[int, pd.DataFrame], config: DemoConfig, *, seed: int
) -> pd.DataFrame:
    """Return greening rows: code, year, cultivated_ha, high_standard_ha, quality_grade, rates [%].

    The rates' means, weighted by cultivated area, are the provincial anchors.
    """
    counties, n = structure.counties, len(structure.counties)
    rng = stream(seed, "greening")
    last = max(areas)
    cultivated = (areas[last].sum(axis=1) / counties["cropping_index"]).round(1).to_numpy()
    lasting = {name: rng.normal(0.0, 0.45, n) for name in (*PERCENTS, "high_standard_ha")}
    grade = np.clip(rng.normal(0.0, 0.9, n), -2, 2)
    frames = []
    for year in areas:
        frame = pd.DataFrame({"code": counties.index, "year": year, "cultivated_ha": cultivated})
        built = anchored(config.greening["high_standard_ha"], year) / cultivated.sum()
        shares = shares_with_mean(built, lasting["high_standard_ha"], cultivated)
        frame["high_standard_ha"] = (shares * cultivated).round(1)
        middle = anchored(config.greening["quality_grade"], year)
        frame["quality_grade"] = np.clip(middle + grade, 1, 10).round(2)
        for name in PERCENTS:
            wobble = lasting[name] + rng.normal(0.0, 0.06, n)
            mean = anchored(config.greening[name], year) / 100
            frame[name] = (100 * shares_with_mean(mean, wobble, cultivated)).round(1)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def enforcement(structure: Structure, config: DemoConfig, *, seed: int) -> pd.DataFrame:
    """Return enforcement rows by quarter and field; cases of a year add up to the anchor."""
    rng = stream(seed, "enforcement")
    settings = config.enforcement
    size = _size(structure) * np.exp(rng.normal(0.0, 0.35, len(structure.counties)))
    frames = []
    for year in config.years:
        grid = _quarter_grid(structure, settings.case_shares, size)
        n, weights = len(grid), grid.pop("weight").to_numpy()
        cases = rng.multinomial(round(anchored(settings.cases, year)), weights / weights.sum())
        firms = rng.multinomial(round(anchored(settings.firms, year)), weights / weights.sum())
        closed = rng.binomial(cases, settings.closed_rate)
        grid.insert(1, "year", year)
        grid["inspections_n"] = rng.poisson(firms * settings.inspections_per_firm)
        grid["firms_n"] = firms
        grid["cases_n"] = cases
        grid["closed_n"] = closed
        grid["referred_n"] = rng.binomial(closed, settings.referred_rate)
        tested, failed = np.zeros(n, np.int64), np.zeros(n, np.int64)
        for field, anchors in settings.batches.items():
            of_field = grid["field"].eq(field).to_numpy()
            share = weights[of_field] / weights[of_field].sum()
            tested[of_field], failed[of_field] = _batches(
                rng, round(anchored(anchors, year)), settings.batch_fail_rate[field], share
            )
        grid["batches_tested_n"] = tested
        grid["batches_failed_n"] = failed
        frames.append(grid)
    return pd.concat(frames, ignore_index=True)


def _batches(
    rng: np.random.Generator, total: int, fail_rate: float, share: Floats
) -> tuple[Ints, Ints]:
    """Share out the batches, and exactly the stated rate of failures among them."""
    tested = rng.multinomial(total, share)
    failed = rng.multivariate_hypergeometric(tested, round(total * fail_rate))
    return tested, failed


def _quarter_grid(
    structure: Structure, field_shares: Mapping[str, float], size: Floats
) -> pd.DataFrame:
    fields = list(field_shares)
    rows = pd.MultiIndex.from_product(
        [structure.counties.index, range(1, 5), fields], names=["code", "quarter", "field"]
    ).to_frame(index=False)
    per_county = np.outer(QUARTER_SHARES, [field_shares[f] for f in fields]).ravel()
    rows["weight"] = np.outer(size, per_county).ravel()
    return rows


def capacity(structure: Structure, config: DemoConfig, *, seed: int) -> pd.DataFrame:
    """Return capacity rows: code, year and the five counts, whose sums are the anchors."""
    rng = stream(seed, "capacity")
    n = len(structure.counties)
    order = rng.permutation(n)
    weights = {
        name: _size(structure) * np.exp(rng.normal(0.0, 0.4, n))
        for name in ("staff_n", "traceable_firms_n", "standards_n")
    }
    frames = []
    for year in config.years:
        frame = pd.DataFrame({"code": structure.counties.index, "year": year})
        for name, anchors in config.capacity.items():
            total = round(anchored(anchors, year))
            frame[name] = (
                apportion(total, weights[name]) if name in weights else _in_turn(total, order)
            )
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def _in_turn(total: int, order: Ints) -> Ints:
    """Give one body to each county in a fixed order, then a second round: counts never fall."""
    counts = np.full(len(order), total // len(order), dtype=np.int64)
    counts[order[: total % len(order)]] += 1
    return counts


def benchmark(structure: Structure, config: DemoConfig, *, seed: int) -> pd.DataFrame:
    """Return benchmark rows: two or three of the simulated comparisons in each county."""
    rng = stream(seed, "benchmark")
    frames = []
    counties, n = structure.counties, len(structure.counties)
    for number, item in enumerate(config.benchmark, start=1):
        takes_part = rng.random(n) < 0.65 if number > 1 else np.ones(n, dtype=bool)
        own = rng.normal(0.0, item.spread, n)
        progress = (item.national - item.start) / 12
        for year in config.years:
            level = item.start + progress * (year - config.first_year) + own
            value = level + rng.normal(0.0, item.spread / 5, n)
            value = np.clip(value, 0.3 * item.start, 99.9 if item.unit == "%" else None).round(1)
            ahead = value >= item.national if item.direction == "higher" else value <= item.national
            days = pd.to_datetime(f"{year}-01-01") + pd.to_timedelta(rng.integers(90, 330, n), "D")
            frame = pd.DataFrame(
                {
                    "code": counties.index,
                    "year": year,
                    "subject": item.subject,
                    "subject_kind": item.kind,
                    "indicator": item.indicator,
                    "unit_of_value": item.unit,
                    "direction": item.direction,
                    "own_value": value,
                    "national_value": item.national,
                    "international_value": item.international,
                    "standard": f"模拟标准 SIM {number:03d}-{config.first_year}",
                    "compared_on": days,
                    "met": ahead,
                }
            )
            frames.append(frame[takes_part])
    return pd.concat(frames, ignore_index=True)


def _size(structure: Structure) -> Floats:
    """Weigh counties in administrative counts: less than in proportion to sown area."""
    sown: Floats = structure.counties["sown_ha"].to_numpy(dtype=np.float64)
    return np.sqrt(sown + 2000)
