from __future__ import annotations

import dataclasses

import pytest
import sqlalchemy as sa

from agriqa.project import Project
from agriqa.store.engine import StoreError, open_engine
from agriqa.store.tables import tables


def test_opening_twice_keeps_the_data(store_project: Project, engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            tables().tables["load"].insert().values(
                file="x", sha256="x", loaded_at="x", agriqa_version="x",
                rows_read=0, rows_kept=0, rows_quarantined=0, rows_skipped=0,
            )
        )  # fmt: skip
    again = open_engine(store_project)
    with again.connect() as connection:
        assert connection.scalar(sa.text("select count(*) from load")) == 1
    again.dispose()


def test_a_file_that_is_no_database_is_refused(fresh_project: Project) -> None:
    path = fresh_project.root / "data" / "store" / "agriqa.db"
    path.parent.mkdir(parents=True)
    path.write_text("这不是数据库" * 200, "utf-8")
    with pytest.raises(StoreError, match=r"agriqa\.db"):
        open_engine(fresh_project)


def test_the_password_is_not_shown(fresh_project: Project) -> None:
    url = "postgresql+psycopg://user:secret@127.0.0.1:1/none?connect_timeout=1"
    with pytest.raises(StoreError) as caught:
        open_engine(dataclasses.replace(fresh_project, store_url=url))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["foo", "foo://x", "sqlite+nosuch:///x.db"])
def test_a_wrong_url_says_how_to_write_one(fresh_project: Project, url: str) -> None:
    with pytest.raises(StoreError, match=r"foo|nosuch"):
        open_engine(dataclasses.replace(fresh_project, store_url=url))
