"""What only the store can check: staged rows against each other and the rows it holds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from agriqa.datasets import Column, Dataset, dataset
from agriqa.store.tables import in_force, tables

# How many rows are looked at in Python at a time.
BATCH = 10_000
Row = sa.RowMapping
T = TypeVar("T")


@dataclass(frozen=True)
class Admitted:
    """What became of one dataset's staged rows; they add up to the staged ones.

    `replaced` are rows of earlier loads that these took the place of.
    """

    kept: int
    quarantined: int
    skipped: int
    replaced: int


def admit(
    connection: sa.Connection,
    name: str,
    staged: sa.Table,
    count: int,
    load_id: int,
    replaces: Sequence[int] = (),
) -> Admitted:
    """Take staged rows into the store, inside the load's transaction.

    A row that says again what the store holds, or an earlier row of the file
    said, is skipped. Rows of one file that contradict each other are
    quarantined, all of them. A row that contradicts an earlier load is
    quarantined too, unless this load replaces that one: then the earlier row
    stays in the table as history. A row that refers to a row the store does
    not hold is quarantined.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Inside the transaction.
    name : str
        The dataset.
    staged : sqlalchemy.Table
        Its staged rows.
    count : int
        How many they are.
    load_id : int
        The load.
    replaces : sequence of int
        Loads whose rows may be replaced.
    """
    return _Admission(connection, name, staged, load_id).run(count, replaces)


class _Admission:
    """The steps of taking one dataset's staged rows in."""

    def __init__(
        self, connection: sa.Connection, name: str, staged: sa.Table, load_id: int
    ) -> None:
        self.connection, self.staged, self.load_id = connection, staged, load_id
        self.declared: Dataset = dataset(name)
        self.table = tables().tables[name]
        self.quarantined = self.skipped = 0

    def run(self, count: int, replaces: Sequence[int]) -> Admitted:
        replaced = self._replace(replaces) if replaces else 0
        kept = self._take_in()
        if kept < count:
            self._orphans()
            kept -= self._contradictions()
            self._repeats()
            self._conflicts()
        return Admitted(kept, self.quarantined, self.skipped, replaced)

    def _same_key(self, other: sa.FromClause) -> sa.ColumnElement[bool]:
        return sa.and_(*[self.staged.c[name] == other.c[name] for name in self.declared.key])

    def _differs(self, other: sa.FromClause) -> sa.ColumnElement[bool]:
        values = [name for name in self.declared.columns if name not in self.declared.key]
        return sa.or_(*[self.staged.c[n].is_distinct_from(other.c[n]) for n in values])

    def _is_itself(self, other: sa.FromClause) -> sa.ColumnElement[bool]:
        place = [self.staged.c[name] == other.c[name] for name in ("sheet", "row", "col")]
        return sa.and_(other.c.load_id == self.load_id, *place)

    def _replace(self, replaces: Sequence[int]) -> int:
        """Make the replaced loads' rows that now say something else history."""
        key = [self.staged.c[name] for name in self.declared.key]
        sa.Index(f"ix_{self.staged.name}", *key).create(self.connection)
        corrected = sa.exists().where(self._same_key(self.table), self._differs(self.table))
        change = (
            self.table.update()
            .where(in_force(self.table), self.table.c.load_id.in_(replaces), corrected)
            .values(superseded_by=self.load_id)
        )
        return self.connection.execute(change).rowcount

    def _take_in(self) -> int:
        """Insert the rows whose key is free and whose references are known."""
        names = [*self.declared.columns, "sheet", "row", "col"]
        known = [self._known(column) for column in self._references()]
        query = sa.select(*[self.staged.c[name] for name in names], sa.literal(self.load_id)).where(
            sa.true(), *known
        )
        dialect = postgresql if self.connection.dialect.name == "postgresql" else sqlite
        insert = dialect.insert(self.table).from_select([*names, "load_id"], query)
        return self.connection.execute(insert.on_conflict_do_nothing()).rowcount

    def _references(self) -> list[Column]:
        return [column for column in self.declared if column.references is not None]

    def _known(self, column: Column) -> sa.ColumnElement[bool]:
        target = tables().tables[str(column.references)]
        value = self.staged.c[column.name]
        held = sa.exists().where(target.c[column.name] == value, in_force(target))
        return sa.or_(value.is_(None), held)

    def _orphans(self) -> None:
        """Quarantine the rows that refer to what the store does not hold."""
        for column in self._references():
            label = dataset(str(column.references)).label
            query = sa.select(self.staged).where(~self._known(column))
            self._quarantine(
                self._finding(
                    row,
                    column,
                    reason="unknown_reference",
                    zh=f"{row[column.name]} 在“{label.zh}”中不存在，请先载入",
                    en=f"{row[column.name]} is not in dataset {column.references}; load it first",
                    allowed=f"{label.zh}中的编号 ids of {column.references}",
                )
                for row in self._rows(query)
            )
            orphan = sa.and_(self.staged.c[column.name].is_not(None), ~self._known(column))
            self.connection.execute(self.staged.delete().where(orphan))

    def _contradictions(self) -> int:
        """Quarantine all rows of this file that share a key and differ; return how many were in."""
        own = self.table.alias("own")
        clash = sa.and_(
            self._same_key(own),
            in_force(own),
            own.c.load_id == self.load_id,
            self._differs(own),
        )
        keys = [self.staged.c[name] for name in self.declared.key]
        query = sa.select(*keys).join(own, clash).distinct()
        clashing = self.connection.execute(query).fetchall()
        taken_out = 0
        for names in clashing:
            is_key = sa.and_(*[c == value for c, value in zip(keys, names, strict=True)])
            rows = list(self._rows(sa.select(self.staged).where(is_key)))
            listed = "、".join(f"{row['sheet']}!{row['row']}" for row in rows)
            self._quarantine(
                self._finding(
                    row,
                    self.declared[self.declared.key[0]],
                    reason="conflicting_rows",
                    zh=f"{listed} 行主键相同而数值不同，请只留一行",
                    en=f"rows {listed} share a key but differ; keep one of them",
                    allowed="一个主键一行 one row a key",
                )
                for row in rows
            )
            self.connection.execute(self.staged.delete().where(is_key))
            mine = [
                self.table.c[name] == value
                for name, value in zip(self.declared.key, names, strict=True)
            ]
            out = self.table.delete().where(self.table.c.load_id == self.load_id, *mine)
            taken_out += self.connection.execute(out).rowcount
        return taken_out

    def _held(self) -> tuple[sa.FromClause, sa.Select[Any]]:
        """Return the rows left outside beside the rows that hold their key."""
        held, load = self.table.alias("held"), tables().tables["load"]
        query = (
            sa.select(
                *self.staged.c,
                load.c.file.label("held_file"),
                *[held.c[name].label(f"held_{name}") for name in self.declared.columns],
                *[held.c[name].label(f"held_{name}") for name in ("load_id", "sheet", "row")],
            )
            .join(held, sa.and_(self._same_key(held), in_force(held)))
            .join(load, load.c.load_id == held.c.load_id)
            .where(~self._is_itself(held))
        )
        return held, query

    def _repeats(self) -> None:
        """Skip the rows that say again what is held."""
        held, query = self._held()
        skipped = tables().tables["skipped"]
        for rows in _batches(self._rows(query.where(~self._differs(held)))):
            self.connection.execute(skipped.insert(), [self._repeat(row) for row in rows])
            self.skipped += len(rows)

    def _repeat(self, row: Row) -> dict[str, object]:
        where = f"{row['held_sheet']}!{row['held_row']}"
        if row["held_load_id"] == self.load_id:
            reason, text = "duplicate", f"与 {where} 行相同 / same as row {where}"
        else:
            reason = "already_loaded"
            text = f"同一行已由以下文件入库：{row['held_file']} {where}"
        place = {name: row[name] for name in ("sheet", "row", "col")}
        return {**place, "load_id": self.load_id, "reason": reason, "text": text}

    def _conflicts(self) -> None:
        """Quarantine the rows that contradict what an earlier load said."""
        held, query = self._held()
        self._quarantine(map(self._conflict, self._rows(query.where(self._differs(held)))))

    def _conflict(self, row: Row) -> dict[str, object]:
        column = next(c for c in self.declared if row[c.name] != row[f"held_{c.name}"])
        new, old = _shown(row[column.name]), _shown(row[f"held_{column.name}"])
        where = f"{row['held_file']} {row['held_sheet']}!{row['held_row']}"
        return self._finding(
            row,
            column,
            reason="conflicts_with_loaded",
            zh=f"“{column.label.zh}”为 {new}，与已入库的 {old} 不同（{where}）；已入库的值不变",
            en=f"{column.name} is {new} but {old} is held already ({where}); the held value stays",
            allowed=old,
        )

    def _rows(self, query: sa.Select[Any]) -> Iterator[Row]:
        """Yield the rows of a query a batch at a time, read before anything is written."""
        # The cursor stays open while rows are written to other tables.
        result = self.connection.execute(query, execution_options={"yield_per": BATCH})
        yield from result.mappings()

    def _quarantine(self, found: Iterable[dict[str, object]]) -> None:
        quarantine = tables().tables["quarantine"]
        for rows in _batches(found):
            self.connection.execute(quarantine.insert(), rows)
            self.quarantined += len(rows)

    def _finding(
        self, row: Row, column: Column, *, reason: str, zh: str, en: str, allowed: str
    ) -> dict[str, object]:
        """Return the quarantine record of one row."""
        raw = {
            self.declared[name].label.zh: row[name]
            for name in self.declared.columns
            if row[name] is not None
        }
        return {
            **{name: row[name] for name in ("sheet", "row", "col")},
            "load_id": self.load_id,
            "dataset": self.declared.name,
            "column": column.name,
            "header": column.label.zh,
            "value": _shown(row[column.name]),
            "reason": reason,
            "message_zh": zh,
            "message_en": en,
            "allowed": allowed,
            "raw": json.dumps(raw, ensure_ascii=False, default=str),
        }


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    return iter(lambda: list(islice(iterator, BATCH)), [])


def _shown(value: Any) -> str:
    return "空 (empty)" if pd.isna(value) else str(value)
