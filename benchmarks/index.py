"""Rebuild an index 10,000 times over its choices, beside a pandas loop over the draws.

The loop does what a script would: for each draw it perturbs, scales and aggregates a
frame with pandas' own vectorised methods. Its random numbers are drawn beforehand and not
counted. It runs on some of the draws only and its time is multiplied up. Both build the
same draws, and their scores and ranks are compared. Units and indicators are made up.

    python benchmarks/index.py --draws 10000 --loop 60
"""

from __future__ import annotations

import argparse
import os
import platform
import time
import tracemalloc

import numpy as np
import pandas as pd

from agriqa.assess.alternatives import MEANS, Alternatives, IndicatorTable
from agriqa.assess.design import Design
from agriqa.assess.hierarchy import Hierarchy
from agriqa.assess.realisations import error_realisations, weight_realisations
from agriqa.assess.simulation import Simulation, simulate

UNITS, INDICATORS, GROUPS, SEED = 183, 25, 5, 1
NOISE = 0.25


def made_up() -> Alternatives:
    """Make indicators with outliers, gaps and sampling errors, and all choices for them."""
    rng = np.random.default_rng(SEED)
    values = rng.lognormal(3, 0.8, (UNITS, INDICATORS))
    values[rng.random(values.shape) < 0.03] = np.nan
    directions = np.where(np.arange(INDICATORS) % 5 == 4, -1, 1)
    low, high = np.nanquantile(values, [0.02, 0.98], axis=0)
    more = {
        "errors": 0.05 * values,
        "lowest": np.zeros(INDICATORS),
        "worst": np.where(directions > 0, low, high),
        "best": np.where(directions > 0, high, low),
    }
    return Alternatives(
        treatments={
            "none": IndicatorTable(values, **more),
            "winsorised": IndicatorTable(np.minimum(values, high), **more),
        },
        hierarchy=Hierarchy(
            (np.arange(INDICATORS) * GROUPS // INDICATORS, np.zeros(GROUPS, dtype=int)),
            (rng.integers(1, 6, INDICATORS), rng.integers(1, 6, GROUPS)),
        ),
        directions=directions,
        normalisations=("min_max", "z_score", "percentile_rank", "goalposts"),
        aggregations=MEANS,
        weight_noise=NOISE,
        drop=True,
    )


def weighted_mean(x: pd.DataFrame, weights: pd.Series, power: float) -> pd.Series:
    """Mean of the known columns."""
    w = x.notna().mul(weights)
    if power <= 0:
        x = x.clip(lower=1)  # z-scores reach below the scale
    if power == 0:
        return np.exp((np.log(x) * w).sum(axis=1) / w.sum(axis=1))
    return ((x**power * w).sum(axis=1) / w.sum(axis=1)) ** (1 / power)


def scaled(
    x: pd.DataFrame, table: IndicatorTable, kind: str, choices: Alternatives
) -> pd.DataFrame:
    """Scale the columns to 1-100."""
    if kind == "goalposts":
        share = ((x - table.worst) / (table.best - table.worst)).clip(0, 1)
    else:
        x = x * choices.directions
        if kind == "min_max":
            share = (x - x.min()) / (x.max() - x.min())
        elif kind == "z_score":
            share = (x - x.mean()) / x.std() / (2 * choices.deviations) + 0.5
        else:
            share = (x.rank() - 1) / (x.count() - 1)
    return 1 + 99 * share


def loop(choices: Alternatives, design: Design, draws: int) -> tuple[float, list[pd.Series]]:
    """Build the index draw by draw; return seconds and scores."""
    tree = choices.hierarchy
    tables = list(choices.treatments.values())
    frames = [(pd.DataFrame(t.values), pd.DataFrame(t.errors)) for t in tables]
    powers = list(MEANS.values())
    noise = weight_realisations(draws, INDICATORS + GROUPS, seed=SEED)
    errors = error_realisations(design.errors[:draws], (INDICATORS, UNITS), seed=SEED)
    members = [np.flatnonzero(tree.parents[0] == g).tolist() for g in range(GROUPS)]
    started = time.perf_counter()
    found = []
    for d in range(draws):
        table, (values, spread) = tables[design.treatment[d]], frames[design.treatment[d]]
        kind = choices.normalisations[design.normalisation[d]]
        power = powers[design.aggregation[d]]
        x = (values + spread * errors[d].T).clip(lower=0)
        scores = scaled(x, table, kind, choices)
        weights = pd.Series(tree.weights[0] * (1 + NOISE * noise[d, :INDICATORS]))
        kept = [[i for i in own if i != design.dropped[d]] for own in members]
        groups = pd.DataFrame(
            {g: weighted_mean(scores[own], weights[own], power) for g, own in enumerate(kept)}
        )
        above = pd.Series(tree.weights[1] * (1 + NOISE * noise[d, INDICATORS:]))
        found.append(weighted_mean(groups, above, power))
    for scores in found:
        scores.rank(ascending=False, method="min")
    return time.perf_counter() - started, found


def compare(simulation: Simulation, found: list[pd.Series]) -> None:
    """Stop where the two ways do not agree."""
    for d, scores in enumerate(found):
        np.testing.assert_allclose(simulation.scores[d], scores, rtol=1e-5)
        ranks = scores.round(9).rank(ascending=False, method="min")
        np.testing.assert_array_equal(simulation.ranks[d], ranks)


def main() -> None:
    """Time both ways and print the ratio."""
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("--draws", type=int, default=10_000, help="rebuilds at once")
    given.add_argument("--loop", type=int, default=60, help="rebuilds of the loop")
    chosen = given.parse_args()
    choices = made_up()

    started, computing = time.perf_counter(), time.process_time()
    simulation = simulate(choices, draws=chosen.draws, seed=SEED)
    wall, cpu = time.perf_counter() - started, time.process_time() - computing
    print(
        f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}, "
        f"numpy {np.__version__}"
    )
    print(
        f"{chosen.draws:,} rebuilds, {UNITS} units x {INDICATORS} indicators x 3 levels, "
        f"all choices varying: {wall:.2f} s, {cpu:.2f} s of processor time"
    )

    tracemalloc.start()
    simulate(choices, draws=chosen.draws, seed=SEED)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"most memory in use at once: {peak / 2**20:.0f} MiB")

    draws = min(chosen.loop, chosen.draws)
    seconds, found = loop(choices, simulation.design, draws)
    compare(simulation, found)
    whole = seconds / draws * chosen.draws
    print(
        f"pandas, draw by draw: {1000 * seconds / draws:.1f} ms a draw over {draws} draws, "
        f"that is {whole:.0f} s for {chosen.draws:,}; ratio {whole / wall:.0f}"
    )
    print(f"scores and ranks of {draws} draws agree")


if __name__ == "__main__":
    main()
