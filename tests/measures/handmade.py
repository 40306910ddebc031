"""Snapshots and measures of a few hand-written files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from agriqa.measures import compute
from agriqa.store import Snapshot
from agriqa.store.engine import open_engine
from agriqa.store.freeze import freeze
from agriqa.store.load import load_files
from tests.conftest import lay_out

SAMPLES = "样品编号,县（市、区）,抽样日期,产品名称,产品大类,抽样环节,监测类型,判定结果\n"
RESIDUES = "样品编号,检测项目,测定值（mg/kg）,检出限（mg/kg）,限量值（mg/kg）\n"
PRODUCTION = "县（市、区）,年份,作物类别,播种面积（公顷）,产量（吨）\n"


def sample_rows(prefix: str, county: str, day: str, passed: int, failed: int) -> str:
    """Write rows of vegetable samples of routine monitoring, some of which failed."""
    results = ["合格"] * passed + ["不合格"] * failed
    return "".join(
        f"{prefix}{i},{county},{day},萝卜,蔬菜,生产基地,例行监测,{result}\n"
        for i, result in enumerate(results)
    )


def frozen(folder: Path, files: dict[str, str], *, reference: Sequence[str] = ()) -> Snapshot:
    """Load files into a project of their own, each whole, and freeze it.

    Files of the reference folder are loaded after them.
    """
    project = lay_out(folder)
    paths = []
    for name, text in files.items():
        paths.append(project.root / f"{name}.csv")
        paths[-1].write_text(text, "utf-8")
    paths += [project.reference / name for name in reference]
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


def measured(folder: Path, files: dict[str, str], ids: list[str]) -> pd.DataFrame:
    """Load texts into a new project and compute measures, by measure, area and period."""
    snapshot = frozen(folder / "project", files, reference=["substances.csv"])
    return compute(snapshot, ids).set_index(["measure", "area", "period"]).sort_index()
