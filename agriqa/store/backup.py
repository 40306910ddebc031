"""Copies of the store on the side, and the way back from them."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from agriqa.project import Project
from agriqa.store.engine import StoreError, check_revision, store_url, telling
from agriqa.store.tables import tables

# How long a restore waits for those who use the store [s].
PATIENCE = 5
ENDINGS = {"sqlite": ".db", "postgresql": ".dump"}


@dataclass(frozen=True)
class Restored:
    """What a restore did; `aside` is the store that stood there before, None if none did."""

    revision: str
    aside: Path | None


def backup(project: Project, file: Path | None = None, *, force: bool = False) -> Path:
    """Write the store, as it stands at one moment, to a file; loads may go on meanwhile.

    Parameters
    ----------
    project : Project
        Whose store it is.
    file : Path, optional
        ``data/backups/`` and the time by default. It appears whole or not at all.
    force : bool
        Write over a file that is there.

    Raises
    ------
    StoreError
        If there is no store, a file is there, or the copy fails or is not sound.
    """
    url = store_url(project)
    if file is None:
        time = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
        ending = ENDINGS[url.get_backend_name()]
        file = project.root / "data" / "backups" / f"agriqa-{time}{ending}"
    if file.exists() and not force:
        raise StoreError(
            f"{file} 已存在；换一个文件名，或用 --force 覆盖。"
            f" / {file} is there already; name another file, or write over it with --force."
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    with _beside(file) as part:
        if url.get_backend_name() == "sqlite":
            with closing(sqlite3.connect(_existing(url))) as source:
                _copy_sqlite(source, part)
            _sound(part, file)
        else:
            _run("pg_dump", file, url, "--format=custom", f"--file={part}")
            _dumped_revision(part, file)
        _settle(part, file)
    return file


def restore(project: Project, file: Path) -> Restored:
    """Put a backup in the place of the store; the store that stood there is kept aside.

    Raises
    ------
    StoreError
        If the file is no backup of agriqa's store for this kind of database,
        is damaged or of a newer agriqa, or somebody uses the store.
    """
    if not file.is_file():
        raise StoreError(f"没有文件 {file}。 / There is no file {file}.")
    url = store_url(project)
    if url.get_backend_name() == "sqlite":
        return _restore_sqlite(Path(str(url.database)), file)
    return _restore_postgresql(project, url, file)


@contextmanager
def _beside(file: Path) -> Iterator[Path]:
    """Give a file to build beside the one that is wanted, and leave nothing of it behind."""
    handle, name = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
    os.close(handle)
    part = Path(name)
    try:
        yield part
    finally:
        for left in (part, *_companions(part)):
            left.unlink(missing_ok=True)


def _companions(database: Path) -> list[Path]:
    return [database.with_name(f"{database.name}-{end}") for end in ("wal", "shm", "journal")]


def _settle(part: Path, file: Path) -> None:
    """Move a finished file to its place once the disk has it."""
    with part.open("rb+") as stream:
        os.fsync(stream.fileno())
    part.chmod(0o644)
    part.replace(file)


def _existing(url: sa.URL) -> Path:
    store = Path(str(url.database))
    if not store.is_file():
        raise StoreError(
            f"还没有数据库 {store}：请先运行 agriqa load。"
            f" / There is no store {store} yet: run agriqa load first."
        )
    return store


def _copy_sqlite(source: sqlite3.Connection, target: Path) -> None:
    """Copy a database in one read transaction: as it stands now, whoever writes."""
    try:
        with closing(sqlite3.connect(target)) as new:
            source.backup(new)
            # One file that holds everything.
            new.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise StoreError(
            f"数据库不能复制到 {target.parent}：{error}。"
            f" / The store cannot be copied to {target.parent}: {error}."
        ) from error


def _sound(copy: Path, file: Path) -> str:
    """Return the schema revision of a copy of `file` that is whole; others are refused."""
    try:
        with closing(sqlite3.connect(copy)) as connection:
            found = [row[0] for row in connection.execute("PRAGMA integrity_check(1)")]
            if found != ["ok"]:
                raise sqlite3.DatabaseError(found[0])
            if connection.execute("PRAGMA foreign_key_check").fetchone():
                raise sqlite3.DatabaseError("broken references")
            return _revision(connection, file)
    except sqlite3.DatabaseError as error:
        raise StoreError(
            f"{file.name} 不是完好的 SQLite 数据库：{error}。"
            f" / {file.name} is no sound SQLite database: {error}."
        ) from error


def _revision(connection: sqlite3.Connection, file: Path) -> str:
    names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    if not {"alembic_version", "load", "quarantine"} <= names:
        raise _foreign(file)
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if row is None:
        raise _foreign(file)
    check_revision(row[0])
    return str(row[0])


def _foreign(file: Path) -> StoreError:
    return StoreError(
        f"{file.name} 不是 agriqa 的数据库备份；应是 agriqa backup 写出的文件。"
        f" / {file.name} is no backup of an agriqa store; give a file that agriqa backup wrote."
    )


def _aside(store: Path, ending: str) -> Path:
    time = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    return store.with_name(f"{store.stem}-before-restore-{time}{ending}")


def _restore_sqlite(store: Path, file: Path) -> Restored:
    with file.open("rb") as stream:
        if stream.read(5) == b"PGDMP":
            raise StoreError(
                f"{file.name} 是 PostgreSQL 的备份，而本项目的数据库是 SQLite。"
                f" / {file.name} is a backup of PostgreSQL, but this project's store is SQLite."
            )
    store.parent.mkdir(parents=True, exist_ok=True)
    with _beside(store) as part:
        # The copy is checked, not the original: nothing is written beside a backup.
        shutil.copyfile(file, part)
        revision = _sound(part, file)
        aside = _aside(store, store.suffix)
        if not store.exists():
            _move_companions(store, aside)
            _settle(part, store)
            return Restored(revision, None)
        with _beside(aside) as kept, _alone(store) as connection:
            if connection is None:
                shutil.copyfile(store, kept)
                # A log left behind would be taken for the new store's.
                _move_companions(store, aside)
            else:
                _copy_sqlite(connection, kept)
            _settle(kept, aside)
            _settle(part, store)
    return Restored(revision, aside)


@contextmanager
def _alone(store: Path) -> Iterator[sqlite3.Connection | None]:
    """Hold a database that nobody else uses, as one file; give None if it is damaged."""
    with closing(sqlite3.connect(store, timeout=PATIENCE, isolation_level=None)) as connection:
        held: sqlite3.Connection | None = connection
        try:
            # Leaving the write-ahead log needs every other user gone, and takes it all in.
            connection.execute("PRAGMA journal_mode = DELETE")
            # The lock outlives the transaction, in which nothing could be copied.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise StoreError(
                f"数据库 {store} 正在使用（{error}），没有恢复；请结束其他 agriqa 和笔记本后再试。"
                f" / The store {store} is in use ({error}) and was not restored; end other agriqa"
                " commands and notebooks and try again."
            ) from error
        except sqlite3.DatabaseError:
            held = None
        yield held


def _move_companions(store: Path, aside: Path) -> None:
    for old, new in zip(_companions(store), _companions(aside), strict=True):
        with suppress(FileNotFoundError):
            old.replace(new)


def _restore_postgresql(project: Project, url: sa.URL, file: Path) -> Restored:
    revision = _dumped_revision(file, file)
    check_revision(revision)
    there, newest = _standing(url)
    aside = None
    if "load" in there:
        aside = backup(project, _aside(project.root / "data" / "backups" / "agriqa", ".dump"))
    # All in one transaction, which a load that is under way keeps out.
    begin = [f"SET lock_timeout = '{PATIENCE}s'"]
    begin += [f'LOCK TABLE "{name}"' for name in there]
    if newest is not None:
        begin.append(
            f"DO $$ BEGIN IF (SELECT max(load_id) FROM load) <> {newest} THEN"
            " RAISE 'a file was loaded meanwhile'; END IF; END $$"
        )
    # A backup of an older schema does not know all tables that must give way.
    begin += [f'DROP TABLE "{name}" CASCADE' for name in there]
    with tempfile.TemporaryDirectory(prefix="agriqa-restore-") as folder:
        script = Path(folder) / "restore.sql"
        _run(
            "pg_restore", file, None, "--no-owner", "--no-privileges", f"--file={script}", str(file)
        )
        words = [word for statement in begin for word in ("-c", statement)]
        quiet = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction")
        _run("psql", file, url, *quiet, *words, f"--file={script}")
    return Restored(revision, aside)


def _standing(url: sa.URL) -> tuple[list[str], int | None]:
    """Return which of agriqa's tables stand in the database, and its newest load."""
    engine = sa.create_engine(url)
    try:
        with telling(url), engine.connect() as connection:
            names = set(sa.inspect(connection).get_table_names())
            newest = (
                connection.scalar(sa.text("SELECT max(load_id) FROM load"))
                if "load" in names
                else None
            )
    finally:
        engine.dispose()
    return sorted(names & {*tables().tables, "alembic_version"}), newest


def _dumped_revision(copy: Path, file: Path) -> str:
    """Read the schema revision inside a dump of `file`; what is none is refused."""
    with copy.open("rb") as stream:
        if stream.read(5) != b"PGDMP":
            raise _foreign(file)
    options = ("--data-only", "--table=alembic_version", "--file=-", str(copy))
    lines = _run("pg_restore", file, None, *options).splitlines()
    for number, line in enumerate(lines):
        if line.startswith("COPY ") and "alembic_version" in line and number + 1 < len(lines):
            return lines[number + 1].strip()
    raise _foreign(file)


def _run(program: str, file: Path, url: sa.URL | None, *options: str) -> str:
    """Run one of PostgreSQL's own programs; the password does not go on its command line."""
    if shutil.which(program) is None:
        raise StoreError(
            f"找不到 {program}：备份和恢复 PostgreSQL 要用它，请安装 PostgreSQL 客户端"
            "（Debian：postgresql-client）。"
            f" / {program} is not there: PostgreSQL is backed up and restored with it; install"
            " PostgreSQL's client programs (Debian: postgresql-client)."
        )
    environment = dict(os.environ)
    command = [program, *options]
    if url is not None:
        if url.password is not None:
            environment["PGPASSWORD"] = str(url.password)
        plain = url.set(drivername="postgresql")._replace(password=None)
        command.append(f"--dbname={plain.render_as_string()}")
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip()
        raise StoreError(
            f"{file.name}：{program} 没有完成，数据库和已有的备份保持原状：{said}"
            f" / {file.name}: {program} failed; the store and earlier backups are as before: {said}"
        )
    return done.stdout
