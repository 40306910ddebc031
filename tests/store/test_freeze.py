from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from agriqa.errors import UnknownNameError
from agriqa.project import Project
from agriqa.store import Snapshot, SnapshotError
from agriqa.store.engine import open_engine
from agriqa.store.freeze import EmptyStoreError, freeze


def test_an_unchanged_store_gives_the_same_snapshot(small_project: Project) -> None:
    first = Snapshot.open(small_project)
    engine = open_engine(small_project)
    assert freeze(engine, small_project).id == first.id
    engine.dispose()


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


def test_an_empty_store_is_refused(fresh_project: Project) -> None:
    engine = open_engine(fresh_project)
    with pytest.raises(EmptyStoreError, match="agriqa load"):
        freeze(engine, fresh_project)
    engine.dispose()
    assert not list(fresh_project.snapshots.glob("*"))


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
