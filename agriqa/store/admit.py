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


class Admission:
    """Takes the staged rows of one dataset into the store, inside the load's transaction.

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
    load_id : int
        The load.
    replaces : sequence of int
        Loads whose rows may be replaced.
    """

    def __init__(
        self, connection: sa.Connection, name: str, load_id: int, replaces: Sequence[int] = ()
    ) -> None:
        self.connection, self.load_id, self.replaces = connection, load_id, replaces
        self.declared: Dataset = dataset(name)
        self.table = tables().tables[name]
        self.kept = self.quarantined = self.skipped = self.replaced = 0
        # Rows that did not get in, of all parts; made when there is one.
        self.left: sa.Table | None = None

    def take(self, staged: sa.Table, rows: int) -> None:
        """Take in the `rows` rows of one part, or keep them for `settle` to say why not."""
        if self.replaces:
            self.replaced += self._replace(staged)
        taken = self._take_in(staged)
        self.kept += taken
        if taken < rows:
            self._leave(staged)

    def settle(self) -> Admitted:
        """Account for the rows that did not get in, once all parts were taken."""
        if self.left is not None:
            self._orphans(self.left)
            self._contradictions(self.left)
            self._repeats(self.left)
            self._conflicts(self.left)
            self.left.drop(self.connection)
        return Admitted(self.kept, self.quarantined, self.skipped, self.replaced)

    def _same_key(self, rows: sa.FromClause, others: sa.FromClause) -> sa.ColumnElement[bool]:
        return sa.and_(*[rows.c[name] == others.c[name] for name in self.declared.key])

    def _differs(self, rows: sa.FromClause, others: sa.FromClause) -> sa.ColumnElement[bool]:
        values = [name for name in self.declared.columns if name not in self.declared.key]
        return sa.or_(*[rows.c[n].is_distinct_from(others.c[n]) for n in values])

    def _replace(self, staged: sa.Table) -> int:
        """Make the replaced loads' rows that now say something else history."""
        key = [staged.c[name] for name in self.declared.key]
        sa.Index(f"ix_{staged.name}", *key).create(self.connection)
        corrected = sa.exists().where(
            self._same_key(staged, self.table), self._differs(staged, self.table)
        )
        change = (
            self.table.update()
            .where(in_force(self.table), self.table.c.load_id.in_(self.replaces), corrected)
            .values(superseded_by=self.load_id)
        )
        return self.connection.execute(change).rowcount

    def _take_in(self, staged: sa.Table) -> int:
        """Insert the rows whose key is free and whose references are known."""
        names = [column.name for column in staged.columns]
        known = [self._known(staged, column) for column in self._references()]
        query = sa.select(*staged.c, sa.literal(self.load_id)).where(sa.true(), *known)
        dialect = postgresql if self.connection.dialect.name == "postgresql" else sqlite
        insert = dialect.insert(self.table).from_select([*names, "load_id"], query)
        options = {"preserve_rowcount": True}
        done = self.connection.execute(insert.on_conflict_do_nothing(), execution_options=options)
        return done.rowcount

    def _leave(self, staged: sa.Table) -> None:
        """Keep the rows of a part that did not get in."""
        if self.left is None:
            columns = [sa.Column(column.name, column.type) for column in staged.columns]
            name = f"left_{self.declared.name}"
            self.left = sa.Table(name, sa.MetaData(), *columns, prefixes=["TEMPORARY"])
            self.left.create(self.connection)
        place = [staged.c[name] == self.table.c[name] for name in ("sheet", "row", "col")]
        inside = sa.exists().where(
            # Only with the first condition does the key's index serve.
            in_force(self.table),
            self._same_key(staged, self.table),
            self.table.c.load_id == self.load_id,
            *place,
        )
        query = sa.select(*staged.c).where(~inside)
        names = [column.name for column in staged.columns]
        self.connection.execute(self.left.insert().from_select(names, query))

    def _references(self) -> list[Column]:
        return [column for column in self.declared if column.references is not None]

    def _known(self, rows: sa.Table, column: Column) -> sa.ColumnElement[bool]:
        target = tables().tables[str(column.references)]
        value = rows.c[column.name]
        held = sa.exists().where(target.c[column.name] == value, in_force(target))
        return sa.or_(value.is_(None), held)

    def _orphans(self, left: sa.Table) -> None:
        """Quarantine the rows that refer to what the store does not hold."""
        for column in self._references():
            label = dataset(str(column.references)).label
            orphan = ~self._known(left, column)
            self._quarantine(
                self._finding(
                    row,
                    column,
                    reason="unknown_reference",
                    zh=f"{row[column.name]} 在“{label.zh}”中不存在，请先载入",
                    en=f"{row[column.name]} is not in dataset {column.references}; load it first",
                    allowed=f"{label.zh}中的编号 ids of {column.references}",
                )
                for row in self._rows(sa.select(left).where(orphan))
            )
            self.connection.execute(left.delete().where(orphan))

    def _contradictions(self, left: sa.Table) -> None:
        """Quarantine all rows of this file that share a key and differ, the one inside too."""
        own = self.table.alias("own")
        clash = sa.and_(
            self._same_key(left, own),
            in_force(own),
            own.c.load_id == self.load_id,
            self._differs(left, own),
        )
        keys = [left.c[name] for name in self.declared.key]
        query = sa.select(*keys).join(own, clash).distinct()
        for names in self.connection.execute(query).fetchall():
            left_too, inside = (
                sa.and_(*[t.c[k] == v for k, v in zip(self.declared.key, names, strict=True)])
                for t in (left, self.table)
            )
            inside = sa.and_(in_force(self.table), inside, self.table.c.load_id == self.load_id)
            rows = [*self._rows(sa.select(self.table).where(inside))]
            rows += self._rows(sa.select(left).where(left_too))
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
            self.connection.execute(left.delete().where(left_too))
            self.kept -= self.connection.execute(self.table.delete().where(inside)).rowcount

    def _held(self, left: sa.Table) -> tuple[sa.FromClause, sa.Select[Any]]:
        """Return the rows left outside beside the rows that hold their key."""
        held, load = self.table.alias("held"), tables().tables["load"]
        query = (
            sa.select(
                *left.c,
                load.c.file.label("held_file"),
                *[held.c[name].label(f"held_{name}") for name in self.declared.columns],
                *[held.c[name].label(f"held_{name}") for name in ("load_id", "sheet", "row")],
            )
            .join(held, sa.and_(self._same_key(left, held), in_force(held)))
            .join(load, load.c.load_id == held.c.load_id)
        )
        return held, query

    def _repeats(self, left: sa.Table) -> None:
        """Skip the rows that say again what is held."""
        held, query = self._held(left)
        skipped = tables().tables["skipped"]
        for rows in _batches(self._rows(query.where(~self._differs(left, held)))):
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

    def _conflicts(self, left: sa.Table) -> None:
        """Quarantine the rows that contradict what an earlier load said."""
        held, query = self._held(left)
        rows = self._rows(query.where(self._differs(left, held)))
        self._quarantine(map(self._conflict, rows))

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
