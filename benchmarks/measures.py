"""Compute all measures for all counties and years, beside a loop over the counties.

The loop does what a script would: it takes one county's rows after the other and
computes the same measures of that county. Only measures that need no other county
are compared; estimates that borrow strength from all counties have no loop. Both run
in this process, in turn, over the same snapshot, and their values are compared.

    python benchmarks/measures.py --project . --counties 20
"""

from __future__ import annotations

import argparse
import platform
import time
from pathlib import Path

import numpy as np
import pandas as pd

from agriqa.datasets import dataset
from agriqa.measures import compute, registry
from agriqa.measures.source import Source
from agriqa.measures.values import values
from agriqa.project import Project
from agriqa.store import Snapshot

# A plan divides what all counties take together.
OTHERS = {"samples_next_year_n"}


class OneCounty(Source):
    """The tables of a source with the rows of one county only."""

    def __init__(self, whole: Source, code: str) -> None:
        super().__init__(whole.snapshot)
        self.whole, self.code = whole, code

    def table(self, name: str) -> pd.DataFrame:
        """Return the county's rows of a dataset; all where it has no county."""
        rows = self.whole.table(name)
        if "county_code" in rows:
            return rows[rows["county_code"] == self.code]
        if name == "residue":
            return rows[rows["sample_id"].isin(self.table("sample")["sample_id"])]
        return rows


def main() -> None:
    """Time both ways and print the ratio."""
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("--project", type=Path, default=Path(), help="a project with a snapshot")
    given.add_argument("--counties", type=int, default=183, help="counties of the loop")
    chosen = given.parse_args()
    snapshot = Snapshot.open(Project.find(chosen.project))

    started = time.perf_counter()
    every = compute(snapshot)
    whole = time.perf_counter() - started
    shape = every[every["level"] == "county"]
    print(f"{platform.machine()}, Python {platform.python_version()}, snapshot {snapshot.id}")
    print(
        f"all {len(registry())} measures, {shape['area'].nunique()} counties x "
        f"{shape['period'].nunique()} years, 3 levels: {whole:.2f} s, {len(every):,} values"
    )

    # What a county's own returns decide, with no list and no other county in it.
    alone = [
        m
        for m in registry().values()
        if m.parts is not None
        and m.id not in OTHERS
        and all(dataset(name).kind == "return" for name in m.datasets)
    ]
    source = Source(snapshot)
    started = time.perf_counter()
    together = values(alone, source, ["county"])
    vectorised = time.perf_counter() - started

    codes = list(snapshot.register.counties["code"])[: chosen.counties]
    tables = Source(snapshot)
    for name in {name for m in alone for name in m.datasets}:
        tables.table(name)
    started = time.perf_counter()
    frames = []
    for code in codes:
        own = OneCounty(tables, code)
        own.__dict__["periods"] = source.periods
        found = values(alone, own, ["county"])
        frames.append(found[found["area"] == code])
    loop = (time.perf_counter() - started) * len(snapshot.register.counties) / len(codes)

    keys = ["measure", "area", "period"]
    both = pd.concat(frames).merge(together, on=keys, suffixes=("_loop", ""))
    # Which categories make a total whole is known from all counties only.
    both = both.dropna(subset=["value_loop", "value"])
    np.testing.assert_allclose(both["value_loop"], both["value"], rtol=1e-9)
    print(
        f"{len(alone)} measures of single counties: at once {vectorised:.2f} s; county by county "
        f"{loop:.1f} s (from {len(codes)} counties); ratio {loop / vectorised:.1f}"
    )
    print(f"{len(both):,} values agree")


if __name__ == "__main__":
    main()
