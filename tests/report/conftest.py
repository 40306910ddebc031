"""Made figures, a stub notebook and a project folder for the report tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

from agriqa.areas import Register
from agriqa.measures import registry
from agriqa.project import Language
from agriqa.report.content import Content, measure_note, prefecture_names

ROOT = Path(__file__).parents[2]

MakeContent = Callable[..., Content]


def write_notebook(folder: Path, name: str, *cells: str, parameters: str = 'county = ""') -> Path:
    """Write a tiny notebook: a parameters cell, then the given cells."""
    first = nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})
    notebook = nbformat.v4.new_notebook(
        cells=[first, *map(nbformat.v4.new_code_cell, cells)],
        # a kernelspec that no machine has: the engine brings its own
        metadata={"kernelspec": {"name": "nowhere", "language": "python", "display_name": ""}},
    )
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / f"{name}.ipynb")
    return folder / f"{name}.ipynb"


def made_rows(codes: list[str], periods: list[int], *, province: str) -> pd.DataFrame:
    """Return a tidy table with every measure; seeded."""
    random = np.random.default_rng(7)
    rows = []
    for measure in registry().values():
        for period in periods:
            for level, areas in (("county", codes), ("province", [province])):
                for area in areas:
                    value = float(random.gamma(3, 20 if measure.kind != "proportion" else 1))
                    value = 100 - value % 30 if measure.unit == "%" else value
                    limits = (value - 1, min(value + 1, 100.0))
                    low, high = limits if measure.kind == "proportion" else (np.nan, np.nan)
                    rows.append(
                        (measure.id, level, area, period, value, 40.0, low, high, "simulated", 1.0)
                    )
    columns = ["measure", "level", "area", "period", "value", "n", "low", "high", "status"]
    return pd.DataFrame(rows, columns=[*columns, "coverage"])


@pytest.fixture
def make_content() -> MakeContent:
    """Make the figures of an edition over the first counties of the register."""

    def make(
        count: int | None = 4,
        *,
        language: Language = "zh",
        rows: pd.DataFrame | None = None,
        period: int = 2021,
    ) -> Content:
        register = Register.load(ROOT / "data" / "reference")
        counties = register.counties.sort_values("code", ignore_index=True).head(count or 999)
        prefectures = prefecture_names(register, language)
        counties = counties.assign(prefecture=counties["prefecture_code"].map(prefectures))
        published = pd.read_csv(
            ROOT / "data/reference/published_figures.csv", dtype={"area_code": str}
        )
        if rows is None:
            rows = made_rows(list(counties["code"]), [2020, 2021], province="510000")
        return Content(
            title={"zh": "农产品质量与品牌分析", "en": "Agricultural quality"}[language],
            area={"zh": "四川省", "en": "Sichuan"}[language],
            area_code="510000",
            language=language,
            period=period,
            snapshot_id="0123456789ab",
            snapshot_created="2025-01-01",
            counties=counties,
            prefectures=prefectures,
            measures=tuple(measure_note(m, language) for m in registry().values()),
            rows=rows,
            published=published.rename(columns={"unit": "unit_of_value"}),
            boundaries=ROOT / "data" / "reference",
        )

    return make


@pytest.fixture
def project_folder(tmp_path: Path) -> Path:
    """Return an empty project folder with the register and the boundaries."""
    root = tmp_path / "project"
    root.mkdir()
    shutil.copy(ROOT / "agriqa.toml", root)
    shutil.copytree(ROOT / "data" / "reference", root / "data" / "reference")
    return root
