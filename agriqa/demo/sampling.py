"""Simulated monitoring samples and residue measurements."""

from __future__ import annotations

import numpy as np
import pandas as pd

from agriqa.demo.config import Analyte, DemoConfig, DemoError
from agriqa.demo.streams import Floats, stream
from agriqa.demo.structure import Structure

UNIT_COLUMNS = ["unit_code", "unit_name", "current_code", "prefecture_code", "prefecture"]
LOQ_OVER_LOD = 3
SMALLEST_WEIGHT = 25.0
DAYS = (15, 345)
TEA_ELSEWHERE = 0.01  # tea is sampled in markets of counties that grow none


def counts_for_rate(target: int, rate: float, *, tolerance: float) -> tuple[int, int]:
    """Return (samples, failures) nearest to `target` whose pass rate rounds to `rate`.

    Parameters
    ----------
    target : int
        Wished number of samples.
    rate : float
        Pass rate [%], to one decimal.
    tolerance : float
        Largest relative distance from `target`.

    Raises
    ------
    DemoError
        If no number of samples that near gives the rate.

    Examples
    --------
    >>> counts_for_rate(300, 99.3, tolerance=0.1)
    (300, 2)
    """
    for distance in range(int(target * tolerance) + 1):
        for n in (target - distance, target + distance):
            failed = round(n * (100 - rate) / 100)
            if n > 0 and round(100 * (n - failed) / n, 1) == round(rate, 1):
                return n, failed
    raise DemoError(
        f"{target} 个左右的样品得不到 {rate}% 的合格率"
        f" / no number of samples near {target} gives a pass rate of {rate} %"
    )


def build_samples(structure: Structure, config: DemoConfig, *, seed: int) -> pd.DataFrame:
    """Draw the samples of all years.

    Returns
    -------
    DataFrame
        year, the sampled unit, then sample_id, sampled_on, product,
        product_class, stage, scheme, result; sorted by date within a year.
        Routine pass rates by class and year are those of demo.toml, to the
        0.1 percentage point; failures gather in counties by a beta risk.
    """
    rng = stream(seed, "sampling")
    n = len(structure.counties)
    risk = rng.beta(config.sampling.county_risk.a, config.sampling.county_risk.b, n)
    sown = structure.counties["sown_ha"].to_numpy()
    weight = (np.sqrt(sown) + SMALLEST_WEIGHT) * np.exp(rng.normal(0.0, 0.5, n))
    frames = [
        _year(structure, config, year, weight / weight.sum(), risk, seed)
        for year in config.sampling_years
    ]
    return pd.concat(frames, ignore_index=True)


def _year(
    structure: Structure,
    config: DemoConfig,
    year: int,
    weight: Floats,
    risk: Floats,
    seed: int,
) -> pd.DataFrame:
    rng = stream(seed, "sampling", year)
    tea = np.sqrt(structure.counties["crop_tea"].to_numpy()) + TEA_ELSEWHERE
    groups = []
    for scheme, product_class, n, failed in _plan(config, year):
        chances = weight * tea if product_class == "tea" else weight
        counties = rng.choice(len(weight), n, p=chances / chances.sum())
        fails = np.zeros(n, dtype=bool)
        chance = risk[counties] / risk[counties].sum()
        fails[rng.choice(n, failed, replace=False, p=chance)] = True
        groups.append(
            pd.DataFrame(
                {
                    "code": structure.counties.index.to_numpy()[counties],
                    "day": rng.integers(*DAYS, n),
                    "product": rng.choice(config.sampling.products[product_class], n),
                    "product_class": product_class,
                    "stage": rng.choice(config.sampling.stages[product_class], n),
                    "scheme": scheme,
                    "result": np.where(fails, "fail", "pass"),
                }
            )
        )
    frame = pd.concat(groups, ignore_index=True).sort_values(
        "day", ignore_index=True, kind="stable"
    )
    frame.insert(0, "year", year)
    frame["sample_id"] = [f"M{year}{number:06d}" for number in range(1, len(frame) + 1)]
    frame["sampled_on"] = pd.Timestamp(year, 1, 1) + pd.to_timedelta(frame["day"], "D")
    frame = frame.merge(structure.units, on=["code", "year"], how="left", validate="many_to_one")
    values = ["sample_id", "sampled_on", "product", "product_class", "stage", "scheme", "result"]
    return frame[["year", *UNIT_COLUMNS, *values]]


def _plan(config: DemoConfig, year: int) -> list[tuple[str, str, int, int]]:
    """List scheme, class, samples and failures of a year."""
    settings = config.sampling
    plan = []
    targets = {name: routine.samples[year] for name, routine in settings.routine.items()}
    for name, routine in settings.routine.items():
        n, failed = counts_for_rate(
            targets[name], routine.pass_rate[year], tolerance=settings.routine_share_tolerance
        )
        plan.append(("routine", name, n, failed))
    for scheme, total in settings.other.items():
        rate = settings.pass_rate_other[scheme][year]
        shares = np.array(list(targets.values())) / sum(targets.values())
        for name, n in zip(targets, (shares * total).round().astype(int), strict=True):
            plan.append((scheme, name, int(n), round(n * (100 - rate) / 100)))
    return plan


def build_residues(samples: pd.DataFrame, config: DemoConfig, *, seed: int) -> pd.DataFrame:
    """Draw the measurements of every sample.

    Returns
    -------
    DataFrame
        year, current_code, sample_id, analyte, value_mg_kg (NaN where not
        detected), lod_mg_kg, loq_mg_kg, mrl_mg_kg (NaN where there is no
        limit). A failed sample has one value or more above its limit, a
        passed one none.
    """
    rng = stream(seed, "residue")
    frames = []
    for product_class, panel in config.sampling.panel.items():
        rows = samples[samples["product_class"] == product_class]
        failed = rows["result"].eq("fail").to_numpy()
        culprit = _culprits(panel, config, failed, rng)
        for column, name in enumerate(panel):
            values = _values(config.sampling.analytes[name], len(rows), culprit[:, column], rng)
            frames.append(
                rows[["year", "current_code", "sample_id"]].assign(
                    analyte=name, order=column, **values
                )
            )
    every = pd.concat(frames, ignore_index=True)
    every = every.sort_values(["sample_id", "order"], ignore_index=True, kind="stable")
    return every.drop(columns="order")


def _culprits(
    panel: tuple[str, ...], config: DemoConfig, failed: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Choose which analyte of each failed sample exceeds its limit: one, sometimes two."""
    analytes = [config.sampling.analytes[name] for name in panel]
    weight = np.array([a.weight if a.mrl is not None else 0.0 for a in analytes])
    chosen = np.zeros((len(failed), len(panel)), dtype=bool)
    for row in np.flatnonzero(failed):
        many = 1 + int(rng.random() < 0.12)
        chosen[row, rng.choice(len(panel), many, replace=False, p=weight / weight.sum())] = True
    return chosen


def _values(
    analyte: Analyte, n: int, exceeds: np.ndarray, rng: np.random.Generator
) -> dict[str, Floats]:
    """Draw measured values: not detected, detected up to the limit, or above it where told."""
    top = analyte.mrl if analyte.mrl is not None else analyte.lod * 200
    detected = rng.random(n) < analyte.detect
    # log-uniform between the two limits, leaning to the low end
    position = rng.beta(1.2, 2.4, n)
    within = analyte.lod * (top / analyte.lod * 0.95) ** position
    above = top * (1.08 + rng.lognormal(-0.8, 0.8, n))
    values = np.where(exceeds, above, np.where(detected, within, np.nan))
    return {
        "value_mg_kg": _significant(values, 3),
        "lod_mg_kg": np.full(n, analyte.lod),
        "loq_mg_kg": np.full(n, round(analyte.lod * LOQ_OVER_LOD, 6)),
        "mrl_mg_kg": np.full(n, np.nan if analyte.mrl is None else analyte.mrl),
    }


def _significant(values: Floats, digits: int) -> Floats:
    """Round to significant digits; NaN stays NaN."""
    with np.errstate(invalid="ignore"):
        places = digits - 1 - np.floor(np.log10(np.where(np.isnan(values), 1.0, values)))
    factor = 10.0**places
    return np.round(np.round(values * factor) / factor, 8)
