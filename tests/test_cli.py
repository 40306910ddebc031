from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
import typer
from typer.testing import CliRunner

from agriqa.cli import app
from agriqa.project import Project
from tests.conftest import ROOT

COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def agriqa(*words: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:agriqa", "-c",
         "from agriqa.cli import main; main()", *map(str, words)],
        cwd=cwd, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def own_project(small_project: Project, tmp_path: Path) -> Project:
    """A copy of the small project with its demo but an empty store."""
    folder = tmp_path / "own"
    ignored = shutil.ignore_patterns("store", "snapshots")
    shutil.copytree(small_project.root, folder, ignore=ignored)
    return Project.find(folder)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_and_option_explains_itself(name: str) -> None:
    command: click.Command = COMMANDS[name]
    assert command.help
    for parameter in command.params:
        text = getattr(parameter, "help", None)
        assert text, f"{name} {parameter.name}"
    shown = CliRunner().invoke(app, [name, "--help"])
    assert shown.exit_code == 0


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_readme_or_docs_name_every_command(name: str) -> None:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    assert any(f"agriqa {name}" in page.read_text("utf-8") for page in pages)


def test_outside_a_project_it_says_so(tmp_path: Path) -> None:
    done = agriqa("freeze", "--project", tmp_path)
    assert done.returncode == 2
    assert "agriqa.toml" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_option_is_refused() -> None:
    assert agriqa("load", "--wrokers", "2").returncode == 2


def test_load_accounts_for_every_row_and_changes_nothing_twice(own_project: Project) -> None:
    [returns] = own_project.demo.glob("returns/513300_*")
    first = agriqa("load", returns, "--project", own_project.root)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "合计 total" in first.stdout
    # Long work shows how far it is, without a terminal too.
    lines = [line for line in first.stdout.splitlines() if line.startswith("载入 load")]
    assert 5 <= len(lines) <= 11
    again = agriqa("load", returns, "--project", own_project.root)
    assert again.returncode == 0
    assert "已载入" not in again.stdout


def test_a_refused_file_makes_the_exit_code_one(own_project: Project, tmp_path: Path) -> None:
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04 cut off")
    done = agriqa("load", broken, "--project", own_project.root)
    assert done.returncode == 1
    assert "拒收" in done.stdout


def test_freezing_nothing_says_what_to_do(own_project: Project) -> None:
    done = agriqa("freeze", "--project", own_project.root)
    assert done.returncode == 2
    assert "agriqa load" in done.stderr


def test_the_outcomes_of_the_small_project_add_up(small_project: Project) -> None:
    outcomes = json.loads((small_project.root / "outcomes.json").read_text("utf-8"))
    assert all(state == "loaded" for _, state, *_ in outcomes)
    for _, _, read, kept, quarantined, skipped in outcomes:
        assert read == kept + quarantined + skipped


def test_a_system_error_is_a_message(tmp_path: Path) -> None:
    done = agriqa("dictionary", "--out", tmp_path / "nowhere" / "x.md")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "nowhere" in done.stderr


def test_the_dictionary_is_printed() -> None:
    assert "`pesticide_use`" in agriqa("dictionary").stdout


def test_the_methods_are_printed() -> None:
    assert "`pass_rate_pct`" in agriqa("methods").stdout


def test_sources_lists_what_is_declared(fresh_project: Project) -> None:
    arguments = ["sources", "--project", str(fresh_project.root)]
    shown = CliRunner().invoke(app, arguments).stdout
    assert "rural-yearbook-by-province" in shown
    assert "published_figure" in shown
    declared = fresh_project.config / "sources" / "residue-wide.toml"
    declared.write_text(declared.read_text("utf-8").replace("wide =", "wid ="), "utf-8")
    failed = CliRunner().invoke(app, arguments)
    assert failed.exit_code != 0
    assert "residue-wide.toml" in str(failed.exception)
