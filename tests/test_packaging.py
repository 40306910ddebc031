"""The same packages everywhere, and imports that run one way."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

import yaml
from packaging.requirements import Requirement

from tests.conftest import ROOT

# conda-forge calls some packages by another name.
CONDA_NAMES = {
    "brotli-python": "brotli",
    "matplotlib-base": "matplotlib",
    "nbconvert-core": "nbconvert",
    "python-duckdb": "duckdb",
}


def _declared() -> dict[str, str]:
    raw = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return {r.name: str(r.specifier) for r in map(Requirement, raw["dependencies"])}


def test_environment_names_the_same_packages_as_pyproject() -> None:
    raw = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    listed = [entry for entry in raw["dependencies"] if isinstance(entry, str)]
    listed += [e for e in raw["dependencies"][-1]["pip"] if not e.startswith("-e")]
    found = {}
    for requirement in map(Requirement, listed):
        if requirement.name not in ("python", "pip"):
            name = CONDA_NAMES.get(requirement.name, requirement.name)
            found[name] = str(requirement.specifier)
    assert found == _declared()


def test_constraints_pin_every_dependency_by_version_only() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.+!-]+", line) for line in pins)
    pinned = {Requirement(line).name.lower().replace("_", "-"): line for line in pins}
    for name, specifier in _declared().items():
        assert name in pinned
        version = pinned[name].split("==")[1]
        assert Requirement(f"{name}{specifier}").specifier.contains(version)


def test_imports_run_one_way() -> None:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_importing_agriqa_is_light() -> None:
    code = "import sys, agriqa, agriqa.cli; print(sorted(set(sys.modules) & set(sys.argv[1:])))"
    heavy = ["pandas", "numpy", "matplotlib", "sqlalchemy", "geopandas", "pandera", "nbconvert"]
    done = subprocess.run(
        [sys.executable, "-c", code, *heavy], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
