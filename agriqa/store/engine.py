"""Opening the store and bringing its schema up to date."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from agriqa._version import __version__
from agriqa.errors import AgriqaError
from agriqa.project import Project

MIGRATIONS = Path(__file__).parent / "migrations"
# How long a writer waits for another one before it gives up [ms].
BUSY_TIMEOUT_MS = 120_000
# The number of PostgreSQL's advisory lock that one migration at a time holds ("agri").
MIGRATION_LOCK = 0x61677269


class StoreError(AgriqaError):
    """The store cannot be opened or is not as this agriqa expects it."""


def store_url(project: Project) -> sa.URL:
    """Return the store's URL; a relative SQLite path is inside the project folder."""
    try:
        url = sa.make_url(project.store_url)
    except sa.exc.ArgumentError as error:
        raise StoreError(
            f"数据库地址“{project.store_url}”有误，应像 sqlite:///data/store/agriqa.db"
            " 或 postgresql+psycopg://用户@主机/库名。"
            f" / {project.store_url!r} is no database URL; write it like"
            " sqlite:///data/store/agriqa.db or postgresql+psycopg://user@host/name."
        ) from error
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        url = url.set(database=str((project.root / url.database).resolve()))
    return url


def open_engine(project: Project) -> sa.Engine:
    """Open the project's store and migrate it to the newest schema.

    Raises
    ------
    StoreError
        If the database cannot be reached or migrated, or a newer agriqa made it.
    """
    engine = make_engine(project)
    try:
        if engine.dialect.name == "sqlite":
            Path(str(engine.url.database)).parent.mkdir(parents=True, exist_ok=True)
        with telling(engine.url):
            upgrade(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def opened_store(project: Project) -> Iterator[sa.Engine]:
    """Open the project's store as :func:`open_engine` does, and close it again."""
    engine = open_engine(project)
    try:
        yield engine
    finally:
        engine.dispose()


def make_engine(project: Project) -> sa.Engine:
    """Return the engine of the project's store as it is: nothing is made or migrated yet."""
    url = store_url(project)
    with telling(url):
        engine = sa.create_engine(url)
    if url.get_backend_name() == "sqlite":
        _configure_sqlite(engine)
    return engine


@contextmanager
def telling(url: sa.URL) -> Iterator[None]:
    """Turn what a database or its driver raises into a message that names the store."""
    try:
        yield
    except (sa.exc.SQLAlchemyError, ImportError) as error:
        shown = url.render_as_string(hide_password=True)
        cause = getattr(error, "orig", None) or error
        raise StoreError(
            f"数据库 {shown} 打不开或不能升级：{cause}。请检查地址、驱动、权限和磁盘空间。"
            f" / The store {shown} cannot be opened or migrated: {cause}."
            " Check its address, driver, permissions and free disk space."
        ) from error


def _configure_sqlite(engine: sa.Engine) -> None:
    """Give SQLite real transactions, so that a load is all or nothing."""

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        # sqlite3 must not open transactions by itself: `begin` below does.
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        # IMMEDIATE makes a second writer wait at the start, not fail at the end.
        deferred = connection.get_execution_options().get("read_only", False)
        connection.exec_driver_sql("BEGIN" if deferred else "BEGIN IMMEDIATE")


def reading(engine: sa.Engine) -> sa.Engine:
    """Return the engine for reading only: one state of the store, without waiting for writers."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(read_only=True)
    # PostgreSQL would show each query what has been written since the last one.
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _alembic() -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def known_revisions() -> list[str]:
    """Return the revisions of the schema that this agriqa knows, the newest first."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(_alembic())
    return [script.revision for script in scripts.walk_revisions()]


def schema_revision(connection: sa.Connection) -> str | None:
    """Return the revision of the store's schema; None where there is no schema yet."""
    from alembic.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()


def check_revision(revision: str | None) -> None:
    """Refuse a store that another agriqa made in a way this one does not know."""
    known = known_revisions()
    if revision is not None and revision not in known:
        raise StoreError(
            f"数据库结构的版本是 {revision}，本版 agriqa（{__version__}）只认到 {known[0]}："
            "它由更新的 agriqa 建立或升级过。请升级 agriqa，或用旧备份恢复（agriqa restore）。"
            f" / The store's schema is at revision {revision}, but this agriqa ({__version__})"
            f" knows none after {known[0]}: a newer agriqa made or migrated it. Update agriqa,"
            " or restore an older backup (agriqa restore)."
        )


def upgrade(engine: sa.Engine, revision: str = "head") -> None:
    """Migrate the schema to `revision`; nothing happens when it is there already."""
    from alembic import command

    with reading(engine).connect() as connection:
        current = schema_revision(connection)
    check_revision(current)
    if revision == "head" and current == known_revisions()[0]:
        return
    _migrate(engine, command.upgrade, revision)


def downgrade(engine: sa.Engine, revision: str) -> None:
    """Take the schema back to `revision`; what the older schema has no place for is lost."""
    from alembic import command

    _migrate(engine, command.downgrade, revision)


def _migrate(engine: sa.Engine, change: Callable[[Any, str], None], revision: str) -> None:
    """Run one migration command in one transaction, one process at a time."""
    config = _alembic()
    with engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        raw = connection.connection.driver_connection
        if sqlite:
            # SQLite changes a table by making it anew, and its children must not notice.
            raw.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]
        try:
            with connection.begin():
                if not sqlite:
                    # SQLite's BEGIN IMMEDIATE keeps a second process waiting; here a lock does.
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
                # Another process may have migrated the store while this one waited.
                check_revision(schema_revision(connection))
                config.attributes["connection"] = connection
                change(config, revision)
                if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise StoreError(
                        "升级会使数据库内部引用断开，已退回原状；请先备份并检查数据库。"
                        " / The migration would break references inside the store and was undone;"
                        " back the store up and check it."
                    )
        finally:
            if sqlite:
                raw.execute("PRAGMA foreign_keys = ON")  # type: ignore[union-attr]
