"""A snapshot of a few hand-written files."""

from __future__ import annotations

from pathlib import Path

from agriqa.store import Snapshot
from agriqa.store.engine import open_engine
from agriqa.store.freeze import freeze
from agriqa.store.load import load_files
from tests.conftest import lay_out


def frozen(folder: Path, files: dict[str, str]) -> Snapshot:
    """Load files into a project of their own, each whole, and freeze it."""
    project = lay_out(folder)
    paths = []
    for name, text in files.items():
        paths.append(project.root / f"{name}.csv")
        paths[-1].write_text(text, "utf-8")
    engine = open_engine(project)
    outcomes = load_files(engine, project, paths)
    snapshot = freeze(engine, project)
    engine.dispose()
    refused = [one for one in outcomes if one.state != "loaded" or one.quarantined]
    assert not refused, refused
    return snapshot


def production(rows: dict[tuple[str, str], dict[int, str]]) -> str:
    """Write returns of sown area [ha] and value [10,000 CNY], the same number for both."""
    lines = ["county_code,year,crop_group,sown_ha,value_10k_cny"]
    for (county, group), years in rows.items():
        lines += [f"{county},{year},{group},{area},{area}" for year, area in years.items()]
    return "\n".join(lines) + "\n"
