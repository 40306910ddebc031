"""The notebook engine: outcomes, errors named, nothing half done, nothing left running."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import nbformat
import numpy as np
import pytest

from agriqa.errors import UnknownNameError
from agriqa.report.engine import Job, Outcome, ParameterError, check_parameters, run_reports
from tests.report.conftest import write_notebook

CELLS = {
    "good": ("import os, sys", "print(county, sys.executable, os.environ['OMP_NUM_THREADS'])"),
    "raising": ("print('before')", "value = 1\nraise KeyError('没有这一列')", "print('after')"),
    "killed": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",),
    "left": ("import os\nos._exit(3)",),
    "worker_killer": ("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)",),
}


def make_job(notebook: Path, folder: Path, **parameters: object) -> Job:
    name = notebook.stem
    return Job(
        key=name,
        notebook=notebook,
        parameters=parameters or {"county": "010101"},
        output=folder / "out" / f"{name}.ipynb",
        failed=folder / "failed" / f"{name}.ipynb",
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, Outcome]]:
    """Run one notebook of each kind, in a folder whose name papermill would misread."""
    folder = tmp_path_factory.mktemp("engine") / "a{b}"
    jobs = [make_job(write_notebook(folder, name, *cells), folder) for name, cells in CELLS.items()]
    outcomes = run_reports(jobs, workers=2)
    return folder, {outcome.job.key: outcome for outcome in outcomes}


Run = tuple[Path, Mapping[str, Outcome]]


def test_parameters_reach_the_notebook_unchanged(run: Run) -> None:
    _, outcomes = run
    executed = nbformat.read(outcomes["good"].job.output, as_version=4)
    assert 'county = "010101"' in executed.cells[1].source
    assert executed.cells[3].outputs[0].text.split()[0] == "010101"


def test_kernel_is_this_python_with_one_thread(run: Run) -> None:
    _, outcomes = run
    executed = nbformat.read(outcomes["good"].job.output, as_version=4)
    assert executed.cells[3].outputs[0].text.split()[1:] == [sys.executable, "1"]


def test_executed_notebook_names_no_folder_of_the_machine(run: Run) -> None:
    folder, outcomes = run
    record = nbformat.read(outcomes["good"].job.output, as_version=4).metadata.papermill
    assert str(folder) not in str(record)


def test_one_failure_does_not_stop_the_others(run: Run) -> None:
    _, outcomes = run
    assert {name: outcome.ok for name, outcome in outcomes.items()} == {
        "good": True,
        "raising": False,
        "killed": False,
        "left": False,
        "worker_killer": False,
    }


def test_error_names_cell_and_exception(run: Run) -> None:
    _, outcomes = run
    assert outcomes["raising"].error == ("单元 4 / cell 4 [value = 1] KeyError: '没有这一列'")


@pytest.mark.parametrize(
    ("name", "cause"), [("killed", "signal 9 (SIGKILL)"), ("left", "exit code 3")]
)
def test_cause_of_a_dead_kernel_is_named(run: Run, name: str, cause: str) -> None:
    _, outcomes = run
    assert cause in str(outcomes[name].error)
    assert "cell 3 [import os" in str(outcomes[name].error)


def test_dead_worker_costs_its_own_report_only(run: Run) -> None:
    _, outcomes = run
    assert "the worker process died (-9)" in str(outcomes["worker_killer"].error)
    assert outcomes["good"].ok


def test_failure_leaves_no_output_but_keeps_the_partial_notebook(run: Run) -> None:
    folder, _ = run
    assert [path.name for path in (folder / "out").glob("[!.]*")] == ["good.ipynb"]
    kept = nbformat.read(folder / "failed" / "raising.ipynb", as_version=4)
    assert any("before" in str(cell.get("outputs")) for cell in kept.cells)
    assert (folder / "failed" / "killed.ipynb").is_file()


def test_unknown_parameter_is_refused_before_anything_runs(tmp_path: Path) -> None:
    good = make_job(write_notebook(tmp_path, "first", "1"), tmp_path)
    wrong = make_job(write_notebook(tmp_path, "second", "1"), tmp_path, conty="510117")
    with pytest.raises(UnknownNameError, match=r"conty.*county"):
        run_reports([good, wrong], workers=1)
    assert not good.output.exists()


@pytest.mark.parametrize("value", [np.int64(2021), np.float64(1.5), Path("a"), ["x", np.int64(1)]])
def test_value_that_would_change_on_the_way_is_refused(tmp_path: Path, value: object) -> None:
    with pytest.raises(ParameterError, match="county"):
        check_parameters([make_job(write_notebook(tmp_path, "n", "1"), tmp_path, county=value)])


def test_interrupt_kills_kernels_and_keeps_what_is_finished(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    write = f"import os, pathlib, time\npathlib.Path({str(note)!r}).write_text(str(os.getpid()))"
    wait = f"import pathlib, time\nwhile not pathlib.Path({str(note)!r}).exists(): time.sleep(0.05)"
    jobs = [
        make_job(write_notebook(tmp_path, "slow", f"{write}\ntime.sleep(60)"), tmp_path),
        make_job(write_notebook(tmp_path, "quick", wait), tmp_path),
    ]

    def interrupt(outcome: Outcome) -> None:
        raise KeyboardInterrupt

    began = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        run_reports(jobs, workers=2, on_done=interrupt)
    assert time.perf_counter() - began < 30
    assert jobs[1].output.exists()
    assert not jobs[0].output.exists()
    assert not is_running(int(note.read_text()))


def is_running(pid: int) -> bool:
    """Say whether a process still runs (a zombie that nobody has collected does not)."""
    for _ in range(20):
        try:
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat")
            if state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return False
        except (ProcessLookupError, FileNotFoundError):
            return False
        time.sleep(0.1)
    return True


def test_outcomes_stand_in_the_order_of_the_jobs(tmp_path: Path) -> None:
    jobs = [
        make_job(write_notebook(tmp_path, "late", "import time; time.sleep(1)"), tmp_path),
        make_job(write_notebook(tmp_path, "early", "1"), tmp_path),
    ]
    seen: list[str] = []
    outcomes = run_reports(jobs, workers=2, on_done=lambda outcome: seen.append(outcome.job.key))
    assert [outcome.job.key for outcome in outcomes] == ["late", "early"]
    assert sorted(seen) == ["early", "late"]


def test_no_workers_is_an_error() -> None:
    with pytest.raises(ParameterError, match="workers"):
        run_reports([], workers=0)
