"""Opening the store and bringing its schema up to date."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from agriqa.errors import AgriqaError
from agriqa.project import Project

MIGRATIONS = Path(__file__).parent / "migrations"
# How long a writer waits for another one before it gives up [ms].
BUSY_TIMEOUT_MS = 120_000


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
        If the database cannot be reached or migrated.
    """
    url = store_url(project)
    if url.get_backend_name() == "sqlite":
        Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
    try:
        engine = sa.create_engine(url)
        if url.get_backend_name() == "sqlite":
            _configure_sqlite(engine)
        upgrade(engine)
    except (sa.exc.SQLAlchemyError, ImportError) as error:
        shown = url.render_as_string(hide_password=True)
        cause = getattr(error, "orig", None) or error
        raise StoreError(
            f"数据库 {shown} 打不开或不能升级：{cause}。请检查地址、驱动、权限和磁盘空间。"
            f" / The store {shown} cannot be opened or migrated: {cause}."
            " Check its address, driver, permissions and free disk space."
        ) from error
    return engine


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
    """Return the engine for reading only: it does not wait for writers."""
    return engine.execution_options(read_only=True)


def _alembic() -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(engine: sa.Engine, revision: str = "head") -> None:
    """Migrate the schema to `revision`; nothing happens when it is there already."""
    from alembic import command
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = _alembic()
    if revision == "head":
        with reading(engine).connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
        if current == ScriptDirectory.from_config(config).get_current_head():
            return
    _migrate(engine, config, lambda: command.upgrade(config, revision))


def downgrade(engine: sa.Engine, revision: str) -> None:
    """Take the schema back to `revision`; what the older schema has no place for is lost."""
    from alembic import command

    config = _alembic()
    _migrate(engine, config, lambda: command.downgrade(config, revision))


def _migrate(engine: sa.Engine, config: Any, change: Callable[[], None]) -> None:
    """Run one migration command in one transaction."""
    with engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        raw = connection.connection.driver_connection
        if sqlite:
            # SQLite changes a table by making it anew, and its children must not notice.
            raw.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]
        try:
            with connection.begin():
                config.attributes["connection"] = connection
                change()
                if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise StoreError(
                        "升级会使数据库内部引用断开，已退回原状；请先备份并检查数据库。"
                        " / The migration would break references inside the store and was undone;"
                        " back the store up and check it."
                    )
        finally:
            if sqlite:
                raw.execute("PRAGMA foreign_keys = ON")  # type: ignore[union-attr]
