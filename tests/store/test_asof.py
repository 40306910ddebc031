from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
import sqlalchemy as sa

from agriqa.errors import UnknownNameError
from agriqa.project import Project
from agriqa.store import Snapshot
from agriqa.store.asof import MomentError, load_history, moment, rows_as_of
from agriqa.store.engine import reading
from agriqa.store.freeze import EmptyStoreError, freeze
from tests.store.written import write_history

NOW = dt.datetime(2026, 5, 10, 12, 0, tzinfo=dt.UTC)


def _known(engine: sa.Engine, name: str, day: str) -> list[tuple[object, ...]]:
    with reading(engine).connect() as connection:
        frame = pd.read_sql(rows_as_of(name, moment(day, now=NOW)), connection)
    column = "use_t" if name == "pesticide_use" else "load_id"
    return sorted(frame[column].tolist())


def test_a_moment_shows_what_was_in_force_then(engine: sa.Engine) -> None:
    first, second, third = write_history(engine)
    assert _known(engine, "pesticide_use", "2026-04-30") == []
    assert _known(engine, "pesticide_use", "2026-05-01") == [1.0]
    assert _known(engine, "pesticide_use", "2026-05-02T07:59:59.999") == [1.0]
    assert _known(engine, "pesticide_use", "2026-05-02T08:00") == [2.5]
    assert _known(engine, "pesticide_use", "2026-05-04") == [2.5, 4.0]
    assert _known(engine, "quarantine", "2026-05-01") == [first]
    assert _known(engine, "quarantine", "2026-05-03") == [second, third]


def test_a_snapshot_of_a_past_day_is_the_one_that_was_made_then(
    store_project: Project, engine: sa.Engine
) -> None:
    load = sa.table("load", sa.column("load_id"))
    write_history(engine)
    everything = freeze(engine, store_project)
    then = freeze(engine, store_project, as_of=moment("2026-05-02", now=NOW))
    assert then.id != everything.id
    assert then.table("pesticide_use")["use_t"].tolist() == [2.5]
    assert then.table("load")["file"].tolist() == ["a.csv", "a.csv"]
    assert len(then.table("quarantine")) == 1
    assert then.manifest["as_of"] == "2026-05-02T23:59:59.999000+00:00"
    assert everything.manifest["as_of"] is None
    # A look back does not change what reports rest on.
    assert Snapshot.open(store_project).id == everything.id
    # The store as it stood on that day freezes to the same snapshot.
    with engine.begin() as connection:
        for name in ("pesticide_use", "quarantine", "skipped"):
            connection.execute(sa.text(f"DELETE FROM {name} WHERE sheet = 'a' AND load_id = 3"))
        connection.execute(sa.delete(load).where(load.c.load_id == 3))
    assert freeze(engine, store_project).id == then.id


def test_before_the_first_load_nothing_was_known(store_project: Project, engine: sa.Engine) -> None:
    write_history(engine)
    with pytest.raises(EmptyStoreError, match="2026-04-30"):
        freeze(engine, store_project, as_of=moment("2026-04-30", now=NOW))


@pytest.mark.parametrize("text", ["05/01/2026", "2026-13-01", "昨天", "", "2026-05-01T25:00"])
def test_a_moment_that_cannot_be_read_says_how_to_write_one(text: str) -> None:
    with pytest.raises(MomentError, match="2026-05-01T12:00"):
        moment(text, now=NOW)


def test_the_future_is_not_known_but_today_is() -> None:
    assert moment("2026-05-10", now=NOW).hour == 23
    for text in ("2026-05-11", "2026-05-10T12:01", "2026-05-10T21:00+08:00"):
        with pytest.raises(MomentError, match=r"2026"):
            moment(text, now=NOW)
    assert moment("2026-05-10T20:00+08:00", now=NOW) == NOW


def test_the_ledger_says_who_replaced_what(engine: sa.Engine) -> None:
    first, second, third = write_history(engine)
    with reading(engine).connect() as connection:
        old, new = load_history(connection, first), load_history(connection, second)
        other = load_history(connection, third)
    assert old.kept == {"pesticide_use": 1}
    [by] = old.replaced_by
    assert (by.load_id, by.file, by.dataset, by.rows) == (second, "a.csv", "pesticide_use", 1)
    assert (old.earlier, old.later) == ((), (second,))
    [of] = new.replaced
    assert (of.load_id, of.rows) == (first, 1)
    assert (new.replaced_by, new.earlier, new.later) == ((), (first,), ())
    assert (other.replaced_by, other.replaced, other.earlier, other.later) == ((), (), (), ())


def test_an_unknown_load_is_refused(engine: sa.Engine) -> None:
    write_history(engine)
    with reading(engine).connect() as connection, pytest.raises(UnknownNameError, match="99"):
        load_history(connection, 99)


def test_a_reader_sees_one_state_while_a_load_goes_on(engine: sa.Engine) -> None:
    count = sa.text("SELECT count(*) FROM load")
    with reading(engine).connect() as connection:
        assert connection.scalar(count) == 0
        write_history(engine)
        assert connection.scalar(count) == 0
    with reading(engine).connect() as connection:
        assert connection.scalar(count) == 3
