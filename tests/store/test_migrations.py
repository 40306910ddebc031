from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations

from agriqa.project import Project
from agriqa.store.engine import (
    StoreError,
    downgrade,
    known_revisions,
    make_engine,
    open_engine,
    schema_revision,
    upgrade,
)
from agriqa.store.tables import tables
from tests.conftest import with_store
from tests.postgresql import Server
from tests.processes import FORKSERVER
from tests.store.written import write_history

Contents = dict[str, tuple[int, str]]


def contents(engine: sa.Engine, *, without: tuple[str, ...] = ()) -> Contents:
    """Every table's number of rows and checksum, its columns by name."""
    found: Contents = {}
    with engine.connect() as connection:
        meta = sa.MetaData()
        meta.reflect(connection)
        for name, table in meta.tables.items():
            columns = sorted((c for c in table.c if c.name not in without), key=lambda c: c.name)
            rows = sorted(repr(tuple(row)) for row in connection.execute(sa.select(*columns)))
            found[name] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
    return found


def schema(engine: sa.Engine) -> dict[str, object]:
    """All that the database says of its tables, in no order of columns."""
    inspector = sa.inspect(engine)
    found: dict[str, object] = {}
    for name in inspector.get_table_names():
        if name == "alembic_version":
            continue
        found[name] = {
            "columns": {
                c["name"]: (str(c["type"]), c["nullable"], _plain(c["default"]))
                for c in inspector.get_columns(name)
            },
            "key": inspector.get_pk_constraint(name),
            "indexes": sorted(map(_index, inspector.get_indexes(name))),
            "unique": sorted(
                (u["name"], u["column_names"]) for u in inspector.get_unique_constraints(name)
            ),
            "references": sorted(
                (f["name"], f["constrained_columns"], f["referred_table"], f["referred_columns"])
                for f in inspector.get_foreign_keys(name)
            ),
            "checks": sorted(
                (c["name"], c["sqltext"]) for c in inspector.get_check_constraints(name)
            ),
        }
    return found


def _plain(default: str | None) -> str | None:
    return None if default is None else default.strip("'")


def _index(index: dict[str, object]) -> tuple[object, ...]:
    options: dict[str, object] = index["dialect_options"]  # type: ignore[assignment]
    where = {key: str(value) for key, value in options.items() if key.endswith("_where")}
    return index["name"], index["column_names"], bool(index["unique"]), sorted(where.items())


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_project(request: pytest.FixtureRequest, fresh_project: Project) -> Iterator[Project]:
    """A project whose database has no table yet."""
    if request.param == "sqlite":
        (fresh_project.root / "data" / "store").mkdir()
        yield fresh_project
        return
    server: Server = request.getfixturevalue("postgresql_server")
    with server.database() as url:
        yield with_store(fresh_project, url)


@pytest.fixture
def bare(bare_project: Project) -> Iterator[sa.Engine]:
    engine = make_engine(bare_project)
    yield engine
    engine.dispose()


def test_the_migrations_make_what_the_declarations_say(bare: sa.Engine) -> None:
    upgrade(bare)
    with bare.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, tables()) == []
    migrated = schema(bare)
    with bare.begin() as connection:
        tables().drop_all(connection)
        tables().create_all(connection)
    assert migrated == schema(bare)


def test_down_and_up_again_keeps_what_the_older_schema_has_a_place_for(bare: sa.Engine) -> None:
    upgrade(bare)
    write_history(bare)
    before, made = contents(bare), schema(bare)
    downgrade(bare, "0001")
    with bare.connect() as connection:
        rows = connection.execute(sa.text("SELECT use_t, row FROM pesticide_use")).all()
        assert sorted(tuple(row) for row in rows) == [(2.5, 2), (4.0, 2)]
        assert connection.scalar(sa.text("SELECT count(*) FROM quarantine")) == 2
        hashes = connection.scalars(sa.text("SELECT sha256 FROM load ORDER BY load_id")).all()
        assert hashes == ["x", "x#2", "y"]
    lower = contents(bare)
    upgrade(bare)
    assert schema(bare) == made
    after = contents(bare)
    same = set(before) - {"load", "quarantine", "pesticide_use", "warning", "alembic_version"}
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert after["warning"][0] == 0
    downgrade(bare, "0001")
    assert contents(bare) == lower
    downgrade(bare, "base")
    assert sa.inspect(bare).get_table_names() == ["alembic_version"]


def test_a_filled_store_of_the_first_schema_comes_up_whole(
    bare: sa.Engine, bare_project: Project
) -> None:
    upgrade(bare, "0001")
    with bare.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO load (file, sha256, loaded_at, agriqa_version, rows_read, rows_kept,"
            " rows_quarantined, rows_skipped) VALUES ('a.csv', 'x', '2026-01-01', '0', 2, 2, 0, 0)"
        )
        connection.exec_driver_sql(
            "INSERT INTO sample (sample_id, origin, load_id, sheet, row, sampled_on)"
            " VALUES ('S1', 'reported', 1, 'a', 2, '2016-03-01')"
        )
        connection.exec_driver_sql(
            "INSERT INTO residue (sample_id, analyte, censored, lod_mg_kg, origin, load_id, sheet,"
            " row) VALUES ('S1', '毒死蜱', TRUE, 0.01, 'reported', 1, 'a', 3)"
        )
    new = ("col", "superseded_by", "resolved_by", "attempt", "sender", "source", "replaces")
    before = contents(bare)
    engine = open_engine(bare_project)
    after = contents(engine, without=new)
    for name in ("load", "sample", "residue"):
        assert after[name] == before[name]
    with engine.connect() as connection:
        residue = tables().tables["residue"]
        assert connection.execute(sa.select(residue.c.col, residue.c.superseded_by)).all() == [
            (1, None)
        ]
        assert connection.scalar(sa.text("SELECT attempt FROM load")) == 1
    engine.dispose()


def test_a_loaded_store_goes_down_and_up_without_a_change(filled_project: Project) -> None:
    engine = make_engine(filled_project)
    later = ("rounded_to",)
    before = contents(engine, without=later)
    assert before["residue"][0] > 100
    downgrade(engine, "0001")
    kept = before.keys() - {"warning", "substance"}
    counts = {name: rows for name, (rows, _) in contents(engine).items()}
    assert counts == {name: before[name][0] for name in kept}
    upgrade(engine)
    after = contents(engine, without=later)
    for name in kept:
        assert after[name] == before[name], name
    engine.dispose()


def test_a_store_of_the_second_schema_gains_the_substances(
    bare: sa.Engine, bare_project: Project
) -> None:
    upgrade(bare, "0002")
    assert "substance" not in sa.inspect(bare).get_table_names()
    write_history(bare)
    before = contents(bare)
    open_engine(bare_project).dispose()
    after = contents(bare)
    assert after["substance"][0] == 0
    same = before.keys() - {"alembic_version"}
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    downgrade(bare, "0002")
    assert contents(bare) == before


def test_a_failed_migration_leaves_the_store_as_before(
    bare: sa.Engine, bare_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade(bare, "0001")
    with bare.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO load (file, sha256, loaded_at, agriqa_version, rows_read, rows_kept,"
            " rows_quarantined, rows_skipped) VALUES ('a.csv', 'x', '2026-01-01', '0', 2, 2, 0, 0)"
        )
    before = (contents(bare), schema(bare))
    create_table = Operations.create_table

    def failing(self: Operations, name: str, *columns: object, **options: object) -> object:
        if name == "warning":
            raise sa.exc.OperationalError("create", {}, Exception("disk is full"))
        return create_table(self, name, *columns, **options)

    # By then `load` and all datasets have been made anew.
    monkeypatch.setattr(Operations, "create_table", failing)
    with pytest.raises(StoreError, match="disk is full"):
        open_engine(bare_project)
    assert (contents(bare), schema(bare)) == before
    monkeypatch.undo()
    open_engine(bare_project).dispose()
    with bare.connect() as connection:
        assert schema_revision(connection) == known_revisions()[0]
        if bare.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_store_of_a_newer_agriqa_is_refused_in_words(
    store_project: Project, engine: sa.Engine
) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"9999.*agriqa restore"):
        open_engine(store_project)
    with pytest.raises(StoreError, match="9999"):
        downgrade(engine, "0001")
    with engine.connect() as connection:
        assert schema_revision(connection) == "9999"


def test_processes_that_open_an_empty_store_at_once_make_it_once(
    bare: sa.Engine, bare_project: Project
) -> None:
    with ProcessPoolExecutor(4, mp_context=FORKSERVER) as pool:
        assert set(pool.map(_open, [bare_project] * 4)) == {known_revisions()[0]}


def _open(project: Project) -> str | None:
    engine = open_engine(project)
    with engine.connect() as connection:
        revision = schema_revision(connection)
    engine.dispose()
    return revision
