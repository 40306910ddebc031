"""A worker process: runs one notebook after another, each in a kernel of its own.

Started by the engine as ``python -m agriqa.report.worker``. Jobs arrive as JSON
lines on standard input, outcomes leave as JSON lines on standard output. The
end of the input means that the parent has gone or has cancelled: the kernel is
killed and the worker leaves at once, so that nothing outlives the run.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from agriqa.report.job import Job

if TYPE_CHECKING:
    from nbformat import NotebookNode

START_ATTEMPTS = 2
START_TIMEOUT = 60  # s
_kernel_pid: int | None = None


class ReportError(Exception):
    """The notebook did not run to its end; the message says where and why."""


def main() -> None:
    """Serve jobs until standard input ends."""
    # Whatever prints to standard output from here on must not break the protocol.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    jobs: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_receive, args=(sys.stdin, jobs), daemon=True).start()
    # On import jsonschema compiles a grammar of RFC 3987 where this package is installed. That
    # takes seconds, and no part of a notebook's schema asks for it.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    _register_engine()
    while (line := jobs.get()) is not None:
        print(json.dumps(_serve(Job.from_message(json.loads(line)))), file=answers, flush=True)


def _receive(stream: TextIO, jobs: queue.Queue[str | None]) -> None:
    for line in stream:
        jobs.put(line)
    jobs.put(None)
    if _kernel_pid is not None:
        _kill_group(_kernel_pid)
        os._exit(1)


def _kill_group(pid: int) -> None:
    try:
        if hasattr(os, "killpg"):
            os.killpg(os.getpgid(pid), signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        pass


def _serve(job: Job) -> dict[str, Any]:
    began = time.perf_counter()
    error: str | None = None
    try:
        _run(job)
    except ReportError as failure:
        error = str(failure)
    except Exception as failure:  # one broken report must not stop the others
        error = f"{type(failure).__name__}: {failure}"
    return {"ok": error is None, "seconds": time.perf_counter() - began, "error": error}


def _run(job: Job) -> None:
    from papermill.exceptions import PapermillExecutionError

    draft = job.output.with_name(f".{job.output.name}.{os.getpid()}")
    draft.parent.mkdir(parents=True, exist_ok=True)
    try:
        try:
            notebook = _execute(job, draft)
        except PapermillExecutionError as error:
            _keep_failed(job, draft)
            place = f"单元 {error.cell_index + 1} / cell {error.cell_index + 1}"
            line = _first_line(error.source)
            raise ReportError(f"{place} [{line}] {error.ename}: {error.evalue}") from error
        except ReportError:
            _keep_failed(job, draft)
            raise
        _clean_metadata(notebook, job)
        _write(draft, job.output, _as_json(notebook))
        if job.page is not None:
            page = _render(notebook, job)
            _write(job.page.with_name(f".{job.page.name}.{os.getpid()}"), job.page, page)
    finally:
        draft.unlink(missing_ok=True)


def _execute(job: Job, draft: Path) -> NotebookNode:
    import papermill

    return papermill.execute_notebook(
        _literal(job.notebook),
        _literal(draft),
        parameters=dict(job.parameters),
        engine_name="agriqa-worker",
        kernel_name="python3",
        language="python",
        progress_bar=False,
        request_save_on_cell_execute=False,
        kernel_cwd=str(job.notebook.parent),
        partial=draft,
    )


def _literal(path: Path) -> str:
    # papermill treats a path as a format string
    return str(path).replace("{", "{{").replace("}", "}}")


def _register_engine() -> None:
    """Teach papermill to run a notebook on a kernel of this very Python."""
    from nbclient.exceptions import DeadKernelError
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import NBClientEngine, NotebookExecutionManager, papermill_engines

    class WorkerEngine(NBClientEngine):
        @classmethod
        def execute_managed_notebook(
            cls,
            nb_man: NotebookExecutionManager,
            kernel_name: str,
            *,
            kernel_cwd: str,
            partial: Path,
            **ignored: Any,
        ) -> None:
            manager, client = _start_kernel(nb_man, PapermillNotebookClient, kernel_cwd)
            try:
                client.execute()
            except DeadKernelError as error:
                partial.write_text(_as_json(nb_man.nb), encoding="utf-8", newline="\n")
                raise ReportError(_cause_of_death(nb_man, manager)) from error
            finally:
                _stop_kernel(manager, client)

    papermill_engines.register("agriqa-worker", WorkerEngine)


def _start_kernel(nb_man: Any, client_class: Any, cwd: str) -> tuple[Any, Any]:
    """Start a kernel; a start that fails is tried once more.

    The kernel is always this Python (a user's own kernelspec named python3
    may be another one). TCP on the loopback with encryption: the IPC
    transport hangs when several kernels start at once.
    """
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager

    global _kernel_pid
    for attempt in range(1, START_ATTEMPTS + 1):
        manager = AsyncKernelManager(
            kernel_name="python3",
            kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
            transport="tcp",
            ip="127.0.0.1",
            transport_encryption="auto",
        )
        client = client_class(
            nb_man, km=manager, kernel_name="python3", timeout=None, startup_timeout=START_TIMEOUT
        )
        try:
            client.start_new_kernel(cwd=cwd)
            _kernel_pid = _process(manager).pid
            client.start_new_kernel_client()
        except Exception as error:
            _stop_kernel(manager, client)
            if attempt == START_ATTEMPTS:
                raise ReportError(
                    f"内核启动失败 / The kernel did not start: {type(error).__name__}: {error}"
                ) from error
        else:
            return manager, client
    raise AssertionError("unreachable")


def _process(manager: Any) -> subprocess.Popen[bytes]:
    process: subprocess.Popen[bytes] = manager.provisioner.process
    return process


def _stop_kernel(manager: Any, client: Any) -> None:
    from jupyter_core.utils import run_sync

    global _kernel_pid
    if manager.has_kernel:
        run_sync(manager.shutdown_kernel)(now=True)
    if client.kc is not None:
        client.kc.stop_channels()
    _kernel_pid = None


def _cause_of_death(nb_man: Any, manager: Any) -> str:
    cells = list(enumerate(nb_man.nb.cells, start=1))
    number, cell = next(
        ((n, c) for n, c in cells if c.metadata.papermill.get("status") == nb_man.RUNNING),
        cells[-1],
    )
    code = _process(manager).poll()
    if code is None:
        cause = "原因不明 / cause unknown"
    elif code < 0:
        name = signal.Signals(-code).name
        cause = f"信号 {-code} / signal {-code} ({name})"
        if -code == signal.SIGKILL:
            cause += "，可能内存不足 / perhaps out of memory"
    else:
        cause = f"退出码 {code} / exit code {code}"
    place = f"单元 {number} / cell {number} [{_first_line(cell.source)}]"
    return f"{place} 内核中止 / the kernel died: {cause}"


def _first_line(source: str, *, limit: int = 60) -> str:
    line = next((text.strip() for text in source.splitlines() if text.strip()), "")
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def _keep_failed(job: Job, draft: Path) -> None:
    """Keep the partly executed notebook for the analyst, if there is one."""
    if job.failed is not None and draft.exists():
        job.failed.parent.mkdir(parents=True, exist_ok=True)
        os.replace(draft, job.failed)


def _clean_metadata(notebook: NotebookNode, job: Job) -> None:
    """Take the machine's paths out of a notebook that will be published."""
    record = notebook.metadata.papermill
    record["input_path"] = job.notebook.name
    record["output_path"] = job.output.name
    record.pop("environment_variables", None)


def _as_json(notebook: NotebookNode) -> str:
    import nbformat

    return str(nbformat.writes(notebook))


def _render(notebook: NotebookNode, job: Job) -> str:
    from agriqa.report.page import PageMeta, render_page

    return render_page(notebook, meta=PageMeta(**job.meta))


def _write(draft: Path, target: Path, text: str) -> None:
    draft.parent.mkdir(parents=True, exist_ok=True)
    draft.write_text(text, encoding="utf-8", newline="\n")
    os.replace(draft, target)


if __name__ == "__main__":
    main()
