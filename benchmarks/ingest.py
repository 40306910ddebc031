"""Load residue measurements from a CSV file end to end, beside pandas' own way.

Writes a file of measurements and loads it into SQLite, and into PostgreSQL when
a URL is given: recognised, validated, held against the samples it refers to, and
stored with its ledger entry. The same file goes through ``pandas.read_csv`` and
``to_sql`` in the same run, without any check. Each way runs in a process of its
own, in turn; wall time, rows per second and peak memory are printed, and how many
times as fast agriqa was.

    python benchmarks/ingest.py --rows 5000000 --rounds 1
    python benchmarks/ingest.py --postgresql postgresql+psycopg://user@host/empty_database
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[1]
ANALYTES = 20
BLOCK = 500_000
# What a county's sample says besides its number; only there to be referred to.
SAMPLE = "郫都区,2021-03-01,萝卜,蔬菜,生产基地,例行监测,合格"
SAMPLE_HEADER = "样品编号,县（市、区）,抽样日期,产品名称,产品大类,抽样环节,监测类型,判定结果"


def write_files(folder: Path, rows: int) -> None:
    """Write measurements, four of five not detected, and the samples they refer to."""
    rng = np.random.default_rng(20261124)
    numbers = [f"S2021{number:07d}" for number in range(-(-rows // ANALYTES))]
    with (folder / "samples.csv").open("w", encoding="utf-8") as file:
        file.write(SAMPLE_HEADER + "\n")
        file.writelines(f"{number},{SAMPLE}\n" for number in numbers)
    analytes = np.array([f"农药{number:02d}" for number in range(ANALYTES)])
    limits = rng.choice([0.05, 0.1, 0.2, 0.5, 1.0], ANALYTES)
    for first in range(0, rows, BLOCK):
        at = np.arange(first, min(first + BLOCK, rows))
        values = [f"{value:.3g}" for value in rng.lognormal(-4, 1, len(at))]
        block = pd.DataFrame(
            {
                "样品编号": np.array(numbers)[at // ANALYTES],
                "检测项目": analytes[at % ANALYTES],
                "测定值（mg/kg）": np.where(rng.random(len(at)) < 0.8, "未检出", values),
                "检出限（mg/kg）": 0.005,
                "定量限（mg/kg）": 0.01,
                "限量值（mg/kg）": limits[at % ANALYTES],
            }
        )
        block.to_csv(folder / "residues.csv", mode="a", header=first == 0, index=False)


def with_agriqa(folder: Path, url: str) -> float:
    """Load the measurements with agriqa; return the seconds it took."""
    os.environ["AGRIQA_STORE_URL"] = url
    from agriqa.project import Project
    from agriqa.store.engine import open_engine
    from agriqa.store.load import load_files

    project = Project.find(folder)
    engine = open_engine(project)
    load_files(engine, project, [folder / "samples.csv"])
    started = time.perf_counter()
    [outcome] = load_files(engine, project, [folder / "residues.csv"])
    seconds = time.perf_counter() - started
    if outcome.kept != outcome.read - 1 or outcome.quarantined:
        raise SystemExit(f"not everything was loaded: {outcome}")
    return seconds


def with_pandas(folder: Path, url: str) -> float:
    """Read the measurements with pandas and write them with to_sql."""
    import sqlalchemy as sa

    engine = sa.create_engine(url)
    started = time.perf_counter()
    pd.read_csv(folder / "residues.csv").to_sql("residues_by_pandas", engine, index=False)
    return time.perf_counter() - started


WAYS = {"agriqa": with_agriqa, "pandas": with_pandas}


def measure(way: str, folder: Path, url: str) -> dict[str, float]:
    """Run one way in a process of its own."""
    command = [sys.executable, __file__, "--way", way, "--folder", str(folder), "--url", url]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr or done.stdout)
    return json.loads(done.stdout.splitlines()[-1])


def compare(folder: Path, rows: int, name: str, url: str) -> None:
    """Measure both ways into one database and print them side by side."""
    found = {way: measure(way, folder, url) for way in WAYS}
    for way, figures in found.items():
        print(
            f"{name:11}{way:8}{figures['seconds']:9.1f} s{rows / figures['seconds']:12,.0f} rows/s"
            f"{figures['peak_mb']:9,.0f} MB",
            flush=True,
        )
    ratio = found["pandas"]["seconds"] / found["agriqa"]["seconds"]
    print(f"{name:11}agriqa, with validation, is {ratio:.2f} times as fast as pandas", flush=True)


def _project(folder: Path) -> None:
    shutil.copy(ROOT / "agriqa.toml", folder)
    for part in ("data/reference", "data/config"):
        shutil.copytree(ROOT / part, folder / part)


def _empty(url: str) -> None:
    import sqlalchemy as sa

    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    engine.dispose()


def main() -> None:
    """Write the files and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000, help="measurements")
    parser.add_argument("--rounds", type=int, default=1, help="how often each way runs, in turn")
    parser.add_argument("--postgresql", help="URL of a database that may be emptied")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.way:
        seconds = WAYS[asked.way](asked.folder, asked.url)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        print(json.dumps({"seconds": seconds, "peak_mb": peak}))
        return
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {asked.rows:,} rows")
    with tempfile.TemporaryDirectory() as held:
        folder = Path(held)
        _project(folder)
        write_files(folder, asked.rows)
        print(f"{(folder / 'residues.csv').stat().st_size / 1e6:,.0f} MB of CSV", flush=True)
        for number in range(asked.rounds):
            compare(folder, asked.rows, "SQLite", f"sqlite:///{folder}/round{number}.db")
            if asked.postgresql:
                _empty(asked.postgresql)
                compare(folder, asked.rows, "PostgreSQL", asked.postgresql)


if __name__ == "__main__":
    main()
