"""Measures of a project made by hand in a test."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from agriqa.measures import compute
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


def measured(folder: Path, files: dict[str, str], ids: list[str]) -> pd.DataFrame:
    """Load texts into a new project and compute measures, by measure, area and period."""
    project = lay_out(folder / "project")
    for name, text in files.items():
        (project.root / f"{name}.csv").write_text(text, "utf-8")
    engine = open_engine(project)
    paths = [*sorted(project.root.glob("*.csv")), project.reference / "substances.csv"]
    outcomes = load_files(engine, project, paths)
    assert all(outcome.quarantined == 0 for outcome in outcomes)
    snapshot = freeze(engine, project)
    engine.dispose()
    return compute(snapshot, ids).set_index(["measure", "area", "period"]).sort_index()
