"""Fixtures: the project folder, the folder of untidy real files, small and whole stores."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from filelock import FileLock
from hypothesis import settings

from agriqa.project import Project
from tests import postgresql
from tests.schedule import Schedule, place

ROOT = Path(__file__).parents[1]

# The same cases in every run, so that a failure comes back when it is looked into;
# HYPOTHESIS_PROFILE=search tries new ones.
settings.register_profile("search", deadline=None, print_blob=True)
settings.register_profile("repeat", deadline=None, derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeat"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With ``--dist loadgroup``, group the tests as `tests.schedule` says."""
    if config.getoption("dist") != "loadgroup":
        return None
    # The tests stand in their order already, see below.
    config.option.loadscopereorder = False
    return Schedule(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests that share something costly first."""
    items.sort(key=lambda item: place(item.nodeid))


# Counties of the small project: a renamed one, a 市中区, one of a prefecture split in 2013
# and one of the plateau.
SMALL = ["510117", "511002", "511903", "513301"]

# The migrated database that every test's own one is copied from.
TEMPLATE = "migrated"
FILLED = "filled"


@pytest.fixture(scope="session")
def project() -> Project:
    """The repository itself, as the Sichuan project (without its generated data)."""
    return Project.find(ROOT)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of facts and untidy files beside the project; skipped where there is none."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        if os.environ.get("AGRIQA_REQUIRE_SHARED"):
            pytest.fail("the folder ../shared must be there")
        pytest.skip("needs ../shared")
    return folder


def lay_out(folder: Path) -> Project:
    """Copy what makes a project folder, without generated data."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "agriqa.toml", folder)
    for part in ("data/reference", "data/config", "notebooks/reports"):
        shutil.copytree(ROOT / part, folder / part)
    return Project.find(folder)


def _once(base: Path, name: str, make: Callable[[Path], None]) -> Path:
    """Make a folder once for all test processes."""
    folder, done = base / name, base / f"{name}.done"
    with FileLock(base / f"{name}.lock"):
        if not done.exists():
            make(folder)
            done.touch()
    return folder


@pytest.fixture(scope="session")
def session_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One temporary folder for all processes of this test run."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def _load(project: Project, *, counties: list[str] | None) -> None:
    from agriqa.datasets.catalog import reference_files
    from agriqa.demo import write_demo
    from agriqa.ingest import find_files
    from agriqa.store.engine import open_engine
    from agriqa.store.freeze import freeze
    from agriqa.store.load import load_files

    write_demo(project, counties=counties)
    files = [*reference_files(project.reference), *find_files([project.demo])]
    engine = open_engine(project)
    workers = (os.cpu_count() or 1) if counties is None else 1
    outcomes = load_files(engine, project, files, workers=workers)
    listed = [[o.file, o.state, o.read, o.kept, o.quarantined, o.skipped] for o in outcomes]
    (project.root / "outcomes.json").write_text(json.dumps(listed), "utf-8")
    freeze(engine, project)
    engine.dispose()


@pytest.fixture(scope="session")
def small_project(session_folder: Path) -> Project:
    """A project with four counties' demo loaded and frozen. Read only: copy it to change it."""
    folder = _once(session_folder, "small", lambda path: _load(lay_out(path), counties=SMALL))
    return Project.find(folder)


@pytest.fixture(scope="session")
def whole_project(session_folder: Path) -> Project:
    """A project with the whole demo loaded and frozen. Read only."""
    folder = _once(session_folder, "whole", lambda path: _load(lay_out(path), counties=None))
    return Project.find(folder)


@pytest.fixture
def fresh_project(tmp_path: Path) -> Project:
    """A project folder of its own, with an empty store."""
    return lay_out(tmp_path / "project")


@pytest.fixture(scope="session")
def postgresql_server(session_folder: Path) -> postgresql.Server:
    """A PostgreSQL server for this test run, with the migrated database `TEMPLATE`."""
    if postgresql.binaries() is None:
        if os.environ.get("AGRIQA_REQUIRE_POSTGRESQL"):
            pytest.fail("PostgreSQL must be installed")
        pytest.skip("needs PostgreSQL")
    pytest.importorskip("psycopg")
    controller = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    with FileLock(session_folder / "postgresql.lock"):
        server = postgresql.keep(session_folder, controller)
    _once(session_folder, TEMPLATE, lambda _folder: _migrated(server))
    return server


def _migrated(server: postgresql.Server) -> None:
    from agriqa.store.engine import upgrade

    server.run(f"CREATE DATABASE {TEMPLATE}")
    engine = sa.create_engine(server.url(TEMPLATE))
    upgrade(engine)
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_project(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    """A project folder of its own with an empty store, once for each kind of database."""
    laid_out = lay_out(tmp_path / "project")
    if request.param == "sqlite":
        yield laid_out
        return
    server: postgresql.Server = request.getfixturevalue("postgresql_server")
    with server.database(TEMPLATE) as url:
        yield with_store(laid_out, url)


@pytest.fixture
def postgresql_project(
    fresh_project: Project, postgresql_server: postgresql.Server
) -> Iterator[Project]:
    """A project folder of its own with an empty store on PostgreSQL."""
    with postgresql_server.database(TEMPLATE) as url:
        yield with_store(fresh_project, url)


def copy_store(source: Project, target: Project) -> None:
    """Copy a project's SQLite store as one state, whoever else has it open.

    The files beside it (-wal, -shm) come and go with every reader; they are not copied.
    """
    path = Path("data") / "store" / "agriqa.db"
    (target.root / path).parent.mkdir(parents=True, exist_ok=True)
    old, new = sqlite3.connect(source.root / path), sqlite3.connect(target.root / path)
    with closing(old), closing(new):
        old.backup(new)


def with_store(project: Project, url: str) -> Project:
    """Write another store into the project's agriqa.toml, where every process finds it."""
    config = project.root / "agriqa.toml"
    text = config.read_text("utf-8").replace(f'url = "{project.store_url}"', f'url = "{url}"')
    config.write_text(text, "utf-8")
    changed = Project.find(project.root)
    assert changed.store_url == url
    return changed


@pytest.fixture(params=["sqlite", "postgresql"])
def filled_project(
    request: pytest.FixtureRequest, small_project: Project, session_folder: Path, tmp_path: Path
) -> Iterator[Project]:
    """A project of its own with the small project's store, once for each kind of database."""
    laid_out = lay_out(tmp_path / "project")
    if request.param == "sqlite":
        copy_store(small_project, laid_out)
        yield laid_out
        return
    server: postgresql.Server = request.getfixturevalue("postgresql_server")
    _once(session_folder, FILLED, lambda _folder: _copied(small_project, server))
    with server.database(FILLED) as url:
        yield with_store(laid_out, url)


def _copied(project: Project, server: postgresql.Server) -> None:
    """Copy a project's store, row by row, to the database `FILLED`."""
    from agriqa.store.engine import make_engine, reading
    from agriqa.store.tables import tables

    server.run(f"CREATE DATABASE {FILLED} TEMPLATE {TEMPLATE}")
    source, target = make_engine(project), sa.create_engine(server.url(FILLED))
    with reading(source).connect() as old, target.begin() as new:
        for table in tables().sorted_tables:
            rows = [dict(row) for row in old.execute(sa.select(table)).mappings()]
            if rows:
                new.execute(table.insert(), rows)
                key = next(iter(table.primary_key))
                highest = max(row[key.name] for row in rows)
                sequence = sa.func.pg_get_serial_sequence(table.name, key.name)
                new.execute(sa.select(sa.func.setval(sequence, highest)))
    source.dispose()
    target.dispose()


@pytest.fixture
def engine(store_project: Project) -> Iterator[sa.Engine]:
    """The open store of `store_project`."""
    from agriqa.store.engine import open_engine

    engine = open_engine(store_project)
    yield engine
    engine.dispose()
