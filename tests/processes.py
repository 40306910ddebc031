"""Processes of their own that have imported agriqa before they begin."""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import sys
from pathlib import Path

# A child of the fork server starts in milliseconds and holds none of the tests' connections.
FORKSERVER = multiprocessing.get_context("forkserver")
FORKSERVER.set_forkserver_preload(
    ["agriqa.cli", "agriqa.store.load", "agriqa.store.freeze", "alembic.command", "openpyxl",
     "pandera.pandas", "pint", "psycopg", "rich.table", "sqlalchemy.dialects.postgresql"]
)  # fmt: skip


def start(*words: str | Path, log: Path, limit: int | None = None) -> multiprocessing.Process:
    """Start ``agriqa WORDS``; what it prints goes to `log`.

    `limit` is the most bytes that a file may have: the disk's end for this process.
    """
    process = FORKSERVER.Process(target=_agriqa, args=([str(w) for w in words], log, limit))
    process.start()
    return process  # type: ignore[return-value]


def _agriqa(words: list[str], log: Path, limit: int | None) -> None:
    from agriqa.cli import main

    if limit is not None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    sys.argv = ["agriqa", *words]
    said, code = io.StringIO(), 0
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        except BaseException as error:
            said.write(f"Traceback {error!r}")
            code = 70
    log.write_text(said.getvalue(), "utf-8")
    sys.exit(code)
