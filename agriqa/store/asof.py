"""What the store knew at a past moment, and which load replaced which."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from agriqa.datasets import dataset, datasets
from agriqa.errors import AgriqaError, UnknownNameError
from agriqa.store.tables import tables


class MomentError(AgriqaError):
    """A moment is not written as it should be, or has not come yet."""


def moment(text: str, *, now: dt.datetime | None = None) -> dt.datetime:
    """Read the moment that a question about the past is about.

    A date means the end of that day; days and times are in UTC, as in the
    ledger, unless an offset is written behind the time.

    Raises
    ------
    MomentError
        If it is not a date or time, or lies in the future.

    Examples
    --------
    >>> str(moment("2026-05-01"))
    '2026-05-01 23:59:59.999000+00:00'
    >>> str(moment("2026-05-01T12:00+08:00"))
    '2026-05-01 04:00:00+00:00'
    """
    now = now or dt.datetime.now(dt.UTC)
    try:
        day = dt.date.fromisoformat(text)
        start = dt.datetime.combine(day, dt.time(), dt.UTC)
        when = start + dt.timedelta(days=1, milliseconds=-1)
    except ValueError:
        try:
            when = dt.datetime.fromisoformat(text)
        except ValueError as error:
            raise MomentError(
                f"“{text}”不是日期或时间，应写作 2026-05-01 或 2026-05-01T12:00（世界时）。"
                f" / {text!r} is no date or time; write 2026-05-01 or 2026-05-01T12:00 (UTC)."
            ) from error
        when = when.replace(tzinfo=when.tzinfo or dt.UTC).astimezone(dt.UTC)
        start = when
    if start > now:
        raise MomentError(f"{text} 还没有到（按世界时）。 / {text} has not come yet (in UTC).")
    return when


def _stamp(when: dt.datetime) -> str:
    """Write a moment as the ledger does, so that the two compare as texts."""
    return when.astimezone(dt.UTC).isoformat(timespec="milliseconds")


def made_by(when: dt.datetime) -> sa.ColumnElement[bool]:
    """Return the condition that a load of the ledger was made at `when` or before."""
    return tables().tables["load"].c.loaded_at <= _stamp(when)


def in_force_at(table: sa.Table, when: dt.datetime, *, until: str) -> sa.ColumnElement[bool]:
    """Return the condition that a row was there at `when` and had not been replaced yet.

    `until` is the column that names the load that ended it: ``superseded_by``
    of a dataset, ``resolved_by`` of the quarantine.
    """
    later = sa.select(tables().tables["load"].c.load_id).where(~made_by(when))
    ended = table.c[until]
    return table.c.load_id.not_in(later) & (ended.is_(None) | ended.in_(later))


def rows_as_of(name: str, when: dt.datetime) -> sa.Select[tuple[object, ...]]:
    """Return the query for the rows of a dataset that were in force at a moment.

    Parameters
    ----------
    name : str
        The dataset; or ``quarantine`` for the rows that waited there.
    when : datetime
        With a time zone; see :func:`moment`.

    Examples
    --------
    >>> query = rows_as_of("pesticide_use", moment("2026-05-01"))
    >>> "superseded_by" in str(query)
    True
    """
    until = "resolved_by" if name == "quarantine" else "superseded_by"
    table = tables().tables[name if name == "quarantine" else dataset(name).name]
    return sa.select(table).where(in_force_at(table, when, until=until))


@dataclass(frozen=True)
class Replacement:
    """Some rows of one dataset that one load replaced."""

    load_id: int
    file: str
    dataset: str
    rows: int


@dataclass(frozen=True)
class LoadHistory:
    """What became of one load.

    Attributes
    ----------
    kept : dict
        Rows it brought, by dataset.
    replaced_by : tuple of Replacement
        Which later loads replaced rows of it, and how many.
    replaced : tuple of Replacement
        Which earlier loads' rows it replaced, and how many.
    earlier : tuple of int
        The loads that it stands for, the newest first: the one it replaces,
        the one that that one replaced, and so on.
    later : tuple of int
        The loads that stand for it, the oldest first.
    """

    load_id: int
    file: str
    loaded_at: str
    kept: dict[str, int]
    replaced_by: tuple[Replacement, ...]
    replaced: tuple[Replacement, ...]
    earlier: tuple[int, ...]
    later: tuple[int, ...]


def load_history(connection: sa.Connection, load_id: int) -> LoadHistory:
    """Return who replaced what, as seen from one load of the ledger.

    Raises
    ------
    UnknownNameError
        If the ledger has no such load.
    """
    load = tables().tables["load"]
    columns = (load.c.load_id, load.c.file, load.c.loaded_at, load.c.replaces)
    ledger = {row.load_id: row for row in connection.execute(sa.select(*columns))}
    if load_id not in ledger:
        raise UnknownNameError("入库编号", "load", load_id, map(str, ledger))
    kept: dict[str, int] = {}
    replaced_by: list[Replacement] = []
    replaced: list[Replacement] = []
    for name in datasets():
        table = tables().tables[name]
        mine, ender = table.c.load_id == load_id, table.c.superseded_by
        count = sa.func.count()
        for by, rows in connection.execute(
            sa.select(ender, count).where(mine).group_by(ender).order_by(ender)
        ):
            kept[name] = kept.get(name, 0) + rows
            if by is not None:
                replaced_by.append(Replacement(by, ledger[by].file, name, rows))
        for of, rows in connection.execute(
            sa.select(table.c.load_id, count)
            .where(ender == load_id)
            .group_by(table.c.load_id)
            .order_by(table.c.load_id)
        ):
            replaced.append(Replacement(of, ledger[of].file, name, rows))
    standing_for = {row.replaces: row.load_id for row in ledger.values()}
    return LoadHistory(
        load_id,
        ledger[load_id].file,
        ledger[load_id].loaded_at,
        kept,
        tuple(replaced_by),
        tuple(replaced),
        _chain(load_id, {row.load_id: row.replaces for row in ledger.values()}),
        _chain(load_id, standing_for),
    )


def _chain(start: int, following: dict[int, int | None]) -> tuple[int, ...]:
    found: list[int] = []
    here = following.get(start)
    while here is not None and here not in found:
        found.append(here)
        here = following.get(here)
    return tuple(found)
