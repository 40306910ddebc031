"""Runs many notebooks at once, each in a kernel of its own.

Every lane is a thread that owns one worker process, so a worker that dies costs
its own report only (in a process pool it would cost them all). Workers are warm:
papermill and the page renderer are imported once.
"""

from __future__ import annotations

import json
import os
import queue
import shutil
import site
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from agriqa.errors import AgriqaError, UnknownNameError
from agriqa.report.job import Job, Outcome

__all__ = ["Job", "Outcome", "ParameterError", "check_parameters", "run_reports"]

WORKER_ATTEMPTS = 2
GRACE = 2.0  # s a cancelled worker has to kill its kernel
_ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "ARROW_NUM_THREADS",
    "POLARS_MAX_THREADS",
)


class ParameterError(AgriqaError):
    """A parameter's value cannot be handed to a notebook unchanged."""


def run_reports(
    jobs: Sequence[Job],
    *,
    workers: int,
    on_done: Callable[[Outcome], None] | None = None,
    environment: Mapping[str, str] | None = None,
) -> list[Outcome]:
    """Run the notebooks, `workers` at a time.

    All parameters are checked before the first notebook runs. A notebook that
    fails does not stop the others. On an interrupt (Ctrl-C) or an exception
    in `on_done`, the running kernels are killed and finished outputs stay.

    Parameters
    ----------
    jobs : sequence of Job
        What to run; taken in this order.
    workers : int
        How many notebooks run at the same time, at least 1.
    on_done : callable, optional
        Called in this thread with each outcome as it arrives.
    environment : mapping, optional
        Environment variables for the notebooks, beside the inherited ones.

    Returns
    -------
    list of Outcome
        One for each job, in the order of `jobs`.

    Raises
    ------
    UnknownNameError
        If a notebook does not declare a parameter of its job.
    ParameterError
        If a value is none of text, number, true/false, None, list, mapping.
    """
    if workers < 1:
        raise ParameterError(f"workers 须至少为 1，得到 {workers} / workers must be at least 1")
    check_parameters(jobs)
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for position in range(len(jobs)):
        waiting.put(position)
    done: queue.SimpleQueue[tuple[int, Outcome]] = queue.SimpleQueue()
    outcomes: dict[int, Outcome] = {}
    with _lanes(jobs, waiting, done, min(workers, len(jobs)), environment or {}):
        while len(outcomes) < len(jobs):
            position, outcome = done.get()
            outcomes[position] = outcome
            if on_done is not None:
                on_done(outcome)
    return [outcomes[position] for position in range(len(jobs))]


def check_parameters(jobs: Sequence[Job]) -> None:
    """Refuse parameters that a notebook does not declare or that would change on the way.

    papermill itself only logs an unknown name and runs the notebook's default,
    which is a report for the wrong county that looks right.
    """
    declared = {notebook: _declared(notebook) for notebook in {job.notebook for job in jobs}}
    for job in jobs:
        for name, value in job.parameters.items():
            if name not in declared[job.notebook]:
                raise UnknownNameError(
                    f"参数（{job.notebook.name}）",
                    f"parameter of {job.notebook.name}",
                    name,
                    declared[job.notebook],
                )
            _check_value(name, value)


def _declared(notebook: Path) -> frozenset[str]:
    import nbformat
    from papermill import inspect_notebook

    if not notebook.is_file():
        raise ParameterError(f"找不到笔记本：{notebook} / Notebook not found: {notebook}")
    # as a node, because papermill treats a path as a format string
    node = nbformat.read(notebook, as_version=4)
    return frozenset(inspect_notebook(node))


def _check_value(name: str, value: Any) -> None:
    if value is None or type(value) in (str, bool, int, float):
        return
    if type(value) in (list, dict):
        for item in value.values() if isinstance(value, dict) else value:
            _check_value(name, item)
        return
    raise ParameterError(
        f"参数 {name} 的值 {value!r} 类型为 {type(value).__name__}，只接受文本、数字、布尔值、"
        f"None 及其列表或字典。 / Parameter {name} is a {type(value).__name__}; allowed are text, "
        "numbers, true/false, None, and lists and mappings of them."
    )


@contextmanager
def _lanes(
    jobs: Sequence[Job],
    waiting: queue.SimpleQueue[int],
    done: queue.SimpleQueue[tuple[int, Outcome]],
    count: int,
    environment: Mapping[str, str],
) -> Iterator[None]:
    stop = threading.Event()
    with _scratch() as scratch:
        lanes = [
            _Lane(jobs, waiting, done, stop, scratch / f"{n}", environment) for n in range(count)
        ]
        try:
            for lane in lanes:
                lane.start()
            yield
        finally:
            stop.set()
            for lane in lanes:
                lane.hang_up()
            for lane in lanes:
                lane.join()


@contextmanager
def _scratch() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="agriqa-run-"))
    try:
        yield folder
    finally:
        # a killed kernel may still be removing its own connection file
        shutil.rmtree(folder, ignore_errors=True)


class _Lane(threading.Thread):
    """A thread that feeds one worker process."""

    def __init__(
        self,
        jobs: Sequence[Job],
        waiting: queue.SimpleQueue[int],
        done: queue.SimpleQueue[tuple[int, Outcome]],
        stop: threading.Event,
        folder: Path,
        environment: Mapping[str, str],
    ) -> None:
        super().__init__(daemon=True)
        self.jobs, self.waiting, self.done, self.halt = jobs, waiting, done, stop
        self.folder = folder
        self.environment = environment
        self.worker: subprocess.Popen[str] | None = None
        # Closed by this thread alone, which may be reading one when another hangs up.
        self.answers: list[IO[str]] = []
        self.lock = threading.Lock()

    def run(self) -> None:
        try:
            self._serve()
        finally:
            self.hang_up()
            for answers in self.answers:
                answers.close()

    def _serve(self) -> None:
        while not self.halt.is_set():
            try:
                position = self.waiting.get_nowait()
            except queue.Empty:
                break
            job = self.jobs[position]
            try:
                outcome = self._attempt(job)
            except Exception as error:  # the caller waits for an outcome of every job
                problem = f"{type(error).__name__}: {error}"
                outcome = Outcome(job=job, ok=False, seconds=0.0, error=problem)
            if not self.halt.is_set():
                self.done.put((position, outcome))

    def _attempt(self, job: Job) -> Outcome:
        problem = ""
        for _ in range(WORKER_ATTEMPTS):
            try:
                answer = self._ask(job)
            except OSError as error:
                problem = f"{type(error).__name__}: {error}"
                answer = ""
            if answer:
                return Outcome(job=job, **json.loads(answer))
            if self.halt.is_set():
                break
            problem = problem or self._obituary()
            self.hang_up()
        return Outcome(job=job, ok=False, seconds=0.0, error=problem)

    def _ask(self, job: Job) -> str:
        worker = self._worker()
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.write(json.dumps(job.to_message()) + "\n")
        worker.stdin.flush()
        return worker.stdout.readline()

    def _worker(self) -> subprocess.Popen[str]:
        with self.lock:
            if self.worker is None and not self.halt.is_set():
                self.folder.mkdir(exist_ok=True)
                with (self.folder / "log").open("w", encoding="utf-8") as log:
                    self.worker = subprocess.Popen(
                        [sys.executable, "-m", "agriqa.report.worker"],
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                        stderr=log,
                        encoding="utf-8",
                        env=_environment(self.folder, self.environment),
                        # Ctrl-C reaches the parent only, which then hangs up.
                        start_new_session=True,
                    )
                assert self.worker.stdout is not None
                self.answers.append(self.worker.stdout)
            if self.worker is None:
                raise BrokenPipeError("cancelled")
            return self.worker

    def _obituary(self) -> str:
        code = self.worker.wait() if self.worker else None
        log = (self.folder / "log").read_text("utf-8", errors="replace").strip()
        last = log.splitlines()[-1] if log else ""
        return f"工作进程中止（{code}） / the worker process died ({code}) {last}".strip()

    def hang_up(self) -> None:
        """Close the worker's input, which makes it kill its kernel and leave."""
        with self.lock:
            worker, self.worker = self.worker, None
        if worker is None:
            return
        assert worker.stdin is not None
        with suppress(OSError):
            worker.stdin.close()
        try:
            worker.wait(GRACE)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()


def _environment(folder: Path, extra: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a worker and its kernels.

    One thread per process (the reports run side by side), no start-up files or
    history of the user, the same string hashes in every run.
    """
    kept = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    package_root = str(Path(__file__).resolve().parents[2])
    if package_root not in site.getsitepackages():
        kept["PYTHONPATH"] = os.pathsep.join(filter(None, [package_root, kept.get("PYTHONPATH")]))
    return {
        **kept,
        **extra,
        **dict.fromkeys(_ONE_THREAD, "1"),
        "PYTHONHASHSEED": "0",
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
    }
