"""A PostgreSQL server of the tests' own: on a private socket, gone with the test run.

``python -m tests.postgresql FOLDER PID`` keeps a server for as long as the process PID lives.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

USER = "agriqa"
STARTS_WITHIN = 60
# Nothing here must survive a power cut, so nothing waits for the disk; a stopped server's commits
# must hold all the same.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "32MB",
}


def binaries() -> Path | None:
    """The folder of PostgreSQL's server programs, or None."""
    folders = [Path(p).parent for p in (shutil.which("postgres"), shutil.which("initdb")) if p]
    if config := shutil.which("pg_config"):
        done = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        folders.append(Path(done.stdout.strip()))
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next(
        (f for f in folders if (f / "initdb").is_file() and (f / "postgres").is_file()), None
    )


def _owner() -> dict[str, Any]:
    """Who runs the server: it refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise RuntimeError("PostgreSQL needs a user other than root")


@dataclass
class Server:
    """One server in a folder of its own."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @classmethod
    def make(cls) -> Server:
        """Lay out a new server. Its folder is short: a socket's path may have 107 bytes."""
        found = binaries()
        assert found is not None
        folder = Path(tempfile.mkdtemp(prefix="agriqa-pg-"))
        if owner := _owner():
            os.chown(folder, owner["user"], owner["group"])
        # A collation other than the bytes' order, so that an ORDER BY that matters is found out.
        command = [found / "initdb", "--no-sync", "-D", folder / "data", "-U", USER, "-A", "trust",
                   "-E", "UTF8", "--locale=C", "--locale-provider=icu", "--icu-locale=zh",
        ]  # fmt: skip
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=folder, **_owner()
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        return cls(folder)

    def start(self) -> None:
        """Start it and wait until it answers."""
        found = binaries()
        assert found is not None
        settings = [f"{key}={value}" for key, value in SETTINGS.items()]
        settings.append(f"unix_socket_directories={self.folder}")
        command = [found / "postgres", "-D", self.folder / "data"]
        command += [word for setting in settings for word in ("-c", setting)]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                start_new_session=True, **_owner(),
            )  # fmt: skip
        self.wait()

    def wait(self) -> None:
        """Wait until it answers."""
        engine = sa.create_engine(self.url("postgres"))
        end = time.monotonic() + STARTS_WITHIN
        while True:
            try:
                with engine.connect():
                    break
            except sa.exc.OperationalError:
                if time.monotonic() > end or (self.process and self.process.poll() is not None):
                    raise
                time.sleep(0.05)
        engine.dispose()

    def stop(self) -> None:
        """Stop it at once, whoever is connected."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()
            self.process = None

    def remove(self) -> None:
        """Stop it and remove all of it."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """The URL of a database on it."""
        return f"postgresql+psycopg://{USER}@/{database}?host={self.folder}"

    def run(self, statement: str) -> None:
        """Run a statement that no transaction may hold."""
        engine = sa.create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()

    @contextlib.contextmanager
    def database(self, template: str | None = None) -> Iterator[str]:
        """Give the URL of a fresh database, for as long as the block lasts."""
        name = f"t_{uuid.uuid4().hex[:12]}"
        copied = f"TEMPLATE {template} STRATEGY file_copy" if template else ""
        self.run(f"CREATE DATABASE {name} {copied}")
        try:
            yield self.url(name)
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")


def keep(base: Path, pid: int) -> Server:
    """Return this test run's server, started at the first call by any of its processes.

    A process of its own runs the server and ends it when `pid` has gone, so
    that an interrupted or killed test run leaves nothing behind either.
    """
    note = base / "postgresql.json"
    if not note.exists():
        keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.postgresql", str(base), str(pid)],
            cwd=Path(__file__).parents[1],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        end = time.monotonic() + STARTS_WITHIN
        while not note.exists():
            if keeper.poll() is not None or time.monotonic() > end:
                log = base / "postgresql.log"
                raise RuntimeError(log.read_text("utf-8") if log.exists() else "no server")
            time.sleep(0.05)
        # It outlives this process on purpose; Popen must not complain about that.
        keeper.returncode = 0
    return Server(Path(json.loads(note.read_text("utf-8"))["folder"]))


def _main(base: Path, pid: int) -> None:
    server = None
    try:
        server = Server.make()
        server.start()
        part = base / "postgresql.part"
        part.write_text(json.dumps({"folder": str(server.folder)}), "utf-8")
        part.replace(base / "postgresql.json")
        assert server.process is not None
        while _alive(pid) and server.process.poll() is None:
            time.sleep(0.2)
    except Exception as error:
        (base / "postgresql.log").write_text(repr(error), "utf-8")
        raise
    finally:
        if server is not None:
            server.remove()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    _main(Path(sys.argv[1]), int(sys.argv[2]))
