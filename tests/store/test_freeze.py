from __future__ import annotations

import dataclasses
import datetime as dt
import json
import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from agriqa.errors import UnknownNameError
from agriqa.project import Project
from agriqa.store import Snapshot, SnapshotError
from agriqa.store.engine import open_engine
from agriqa.store.freeze import EmptyStoreError, freeze
from agriqa.store.tables import tables
from tests.postgresql import Server


def test_equal_stores_give_the_same_snapshot_whatever_the_database(
    filled_project: Project, small_project: Project
) -> None:
    engine = open_engine(filled_project)
    for _ in range(2):
        assert freeze(engine, filled_project).id == Snapshot.open(small_project).id
    engine.dispose()


def test_values_that_databases_hold_differently_freeze_the_same(
    fresh_project: Project, postgresql_server: Server
) -> None:
    ids = set()
    with postgresql_server.database() as url:
        for project in (fresh_project, dataclasses.replace(fresh_project, store_url=url)):
            engine = open_engine(project)
            _write_awkward_values(engine)
            snapshot = freeze(engine, project)
            engine.dispose()
            assert snapshot.table("pesticide_use")["category"].tolist() == [
                "á", "-b", "A", "_", "a", "杀虫剂", "阿",
            ]  # fmt: skip
            ids.add(snapshot.id)
    assert len(ids) == 1


def _write_awkward_values(engine: sa.Engine) -> None:
    load, use, sample, residue = (
        tables().tables[name] for name in ("load", "pesticide_use", "sample", "residue")
    )
    row = {"origin": "reported", "load_id": 1, "sheet": "a", "row": 1}
    with engine.begin() as connection:
        connection.execute(
            load.insert().values(
                file="a", sha256="x", loaded_at="2026-05-01T08:00:00+00:00", agriqa_version="0",
                rows_read=0, rows_kept=0, rows_quarantined=0, rows_skipped=0,
            )
        )  # fmt: skip
        for year, category, tonnes in (
            (2014, "杀虫剂", 0.1), (2014, "A", -0.0), (2014, "a", 1e-17), (2014, "_", None),
            (2013, "á", 12345678.9), (2014, "阿", 1 / 3), (2014, "-b", 5e300),
        ):  # fmt: skip
            connection.execute(
                use.insert().values(
                    **row, county_code="510117", year=year, category=category,
                    active_ingredient="all", use_t=tonnes,
                )
            )  # fmt: skip
        connection.execute(
            sample.insert().values(**row, sample_id="s", sampled_on=dt.date(2016, 2, 29))
        )
        for analyte, censored in (("毒死蜱", True), ("阿维菌素", False), ("B", None)):
            connection.execute(
                residue.insert().values(**row, sample_id="s", analyte=analyte, censored=censored)
            )


def test_the_id_depends_on_the_content_not_on_the_order_of_loading(
    small_project: Project, tmp_path: Path
) -> None:
    from agriqa.datasets.catalog import reference_files
    from agriqa.ingest import find_files
    from agriqa.store.load import load_files

    from ..conftest import lay_out

    other = lay_out(tmp_path / "other")
    shutil.copytree(small_project.demo, other.demo)
    engine = open_engine(other)
    files = [*reference_files(other.reference), *find_files([other.demo])]
    load_files(engine, other, list(reversed(files)))
    assert freeze(engine, other).id == Snapshot.open(small_project).id
    engine.dispose()


def test_an_empty_store_is_refused(store_project: Project, engine: sa.Engine) -> None:
    with pytest.raises(EmptyStoreError, match="agriqa load"):
        freeze(engine, store_project)
    assert not list(store_project.snapshots.glob("*"))


def test_a_project_without_snapshot_says_what_to_do(fresh_project: Project) -> None:
    with pytest.raises(SnapshotError, match="agriqa freeze"):
        Snapshot.open(fresh_project)


def test_an_unknown_snapshot_names_those_there_are(small_project: Project) -> None:
    with pytest.raises(SnapshotError, match=Snapshot.open(small_project).id):
        Snapshot.open(small_project, "000000000000")


def test_the_manifest_counts_the_rows(small_project: Project) -> None:
    snapshot = Snapshot.open(small_project)
    for name, table in snapshot.manifest["tables"].items():
        assert len(snapshot.table(name)) == table["rows"]
    written = json.loads((snapshot.folder / "manifest.json").read_text("utf-8"))
    assert written["id"] == snapshot.id


def test_an_unknown_table_names_the_nearest(small_project: Project) -> None:
    with pytest.raises(UnknownNameError, match="pesticide_use"):
        Snapshot.open(small_project).table("pesticides")


def test_rows_can_be_followed_to_their_cell(small_project: Project) -> None:
    rows = Snapshot.open(small_project).table("pesticide_use")
    for name in rows["source_file"].unique():
        assert (small_project.root / name).is_file()
    assert (rows["row"] > 0).all()
