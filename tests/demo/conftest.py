"""Fixtures: the simulation of the repository's own project, drawn once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from agriqa.demo import DemoConfig, load_config, write_demo
from agriqa.demo.returns import Frames, build_returns
from agriqa.demo.sampling import build_residues, build_samples
from agriqa.demo.structure import Structure, build_structure
from agriqa.project import Project

# A renamed county, one of two 市中区, a county cut out of another in 2013, a plateau county.
FEW = ("510117", "511002", "511903", "513301")
YEARS = (2012, 2014, 2018)


@pytest.fixture(scope="session")
def config(project: Project) -> DemoConfig:
    return load_config(project.config)


@pytest.fixture(scope="session")
def structure(project: Project, config: DemoConfig) -> Structure:
    return build_structure(project, config, seed=config.seed)


@pytest.fixture(scope="session")
def frames(structure: Structure, config: DemoConfig) -> Frames:
    return build_returns(structure, config, seed=config.seed)


@pytest.fixture(scope="session")
def samples(structure: Structure, config: DemoConfig) -> pd.DataFrame:
    return build_samples(structure, config, seed=config.seed)


@pytest.fixture(scope="session")
def residues(samples: pd.DataFrame, config: DemoConfig) -> pd.DataFrame:
    return build_residues(samples, config, seed=config.seed)


@pytest.fixture(scope="session")
def few(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo of four counties and three years."""
    out = tmp_path_factory.mktemp("demo") / "few"
    write_demo(project, out=out, counties=FEW, years=YEARS)
    return out


@pytest.fixture(scope="session")
def truth(few: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((few / "truth.json").read_text("utf-8"))
    return loaded
