"""SQL tables: one per declared dataset, and the load ledger."""

from __future__ import annotations

from functools import cache
from typing import Any

import sqlalchemy as sa

from agriqa.datasets import Column, Dataset, datasets

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

_SQL_TYPES: dict[str, type[sa.types.TypeEngine[Any]]] = {
    "text": sa.Text,
    "code": sa.Text,
    "county": sa.Text,
    "prefecture": sa.Text,
    "integer": sa.Integer,
    "year": sa.Integer,
    "number": sa.Double,
    "measurement": sa.Double,
    "date": sa.Date,
    "boolean": sa.Boolean,
}


def _sql_column(column: Column, dataset: Dataset) -> sa.Column[object]:
    # A required value may still be withheld, so only keys are NOT NULL.
    fixed = column.name in dataset.key or column.name == "origin"
    return sa.Column(column.name, _SQL_TYPES[column.type](), nullable=not fixed)


def dataset_table(dataset: Dataset, metadata: sa.MetaData) -> sa.Table:
    """Make the SQL table of one declared dataset.

    Every row knows its load, sheet, row and first column, so that a number in
    a report can be followed to the cell it came from. A row that a later load
    replaced stays and names that load; only rows in force share no key.
    """
    table = sa.Table(
        dataset.name,
        metadata,
        sa.Column("row_id", sa.Integer, primary_key=True),
        *[_sql_column(column, dataset) for column in dataset],
        sa.Column("load_id", sa.Integer, sa.ForeignKey("load.load_id"), nullable=False),
        sa.Column("sheet", sa.Text, nullable=False),
        sa.Column("row", sa.Integer, nullable=False),
        sa.Column("col", sa.Integer, nullable=False, server_default="1"),
        sa.Column(
            "superseded_by",
            sa.Integer,
            sa.ForeignKey("load.load_id", name=f"fk_{dataset.name}_superseding_load"),
        ),
    )
    current = in_force(table)
    key = [table.c[name] for name in dataset.key]
    sa.Index(
        f"uq_{dataset.name}", *key, unique=True, sqlite_where=current, postgresql_where=current
    )
    replaced = table.c.superseded_by.is_not(None)
    sa.Index(
        f"ix_{dataset.name}_superseded_by",
        table.c.superseded_by,
        sqlite_where=replaced,
        postgresql_where=replaced,
    )
    return table


def in_force(table: sa.FromClause) -> sa.ColumnElement[bool]:
    """Return the condition that a row of a dataset was not replaced by a later load."""
    return table.c.superseded_by.is_(None)


def _place() -> tuple[sa.Column[Any], sa.Column[Any]]:
    """Return the columns that say which load and sheet a ledger row is about."""
    load = sa.ForeignKey("load.load_id")
    return (
        sa.Column("load_id", sa.Integer, load, nullable=False, index=True),
        sa.Column("sheet", sa.Text, nullable=False),
    )


def _cell() -> tuple[sa.Column[Any], sa.Column[Any]]:
    """Return the columns that say where on its sheet a record begins."""
    return (
        sa.Column("row", sa.Integer, nullable=False),
        sa.Column("col", sa.Integer, nullable=False, server_default="1"),
    )


def _finding(why: str) -> tuple[sa.Column[Any], ...]:
    """Return the columns that say what is wrong with a cell, or doubtful."""
    return (
        sa.Column("column", sa.Text),
        sa.Column("header", sa.Text),
        sa.Column("value", sa.Text),
        sa.Column(why, sa.Text, nullable=False),
        sa.Column("message_zh", sa.Text, nullable=False),
        sa.Column("message_en", sa.Text, nullable=False),
        sa.Column("allowed", sa.Text),
    )


def _ledger_tables(metadata: sa.MetaData) -> None:
    sa.Table(
        "load",
        metadata,
        sa.Column("load_id", sa.Integer, primary_key=True),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        # The same file again, after its headers or corrections were decided on.
        sa.Column("attempt", sa.Integer, nullable=False, server_default="1"),
        sa.Column("sender", sa.Text),
        sa.Column("source", sa.Text),
        sa.Column(
            "replaces", sa.Integer, sa.ForeignKey("load.load_id", name="fk_load_replaced_load")
        ),
        sa.Column("loaded_at", sa.Text, nullable=False),
        sa.Column("agriqa_version", sa.Text, nullable=False),
        sa.Column("rows_read", sa.Integer, nullable=False),
        sa.Column("rows_kept", sa.Integer, nullable=False),
        sa.Column("rows_quarantined", sa.Integer, nullable=False),
        sa.Column("rows_skipped", sa.Integer, nullable=False),
        sa.CheckConstraint(
            "rows_read = rows_kept + rows_quarantined + rows_skipped", name="accounted"
        ),
        sa.UniqueConstraint("sha256", "attempt"),
    )
    # A snapshot's id depends on the order of the columns, which therefore stays.
    load_id, sheet = _place()
    sa.Table(
        "quarantine",
        metadata,
        sa.Column("problem_id", sa.Integer, primary_key=True),
        load_id,
        sa.Column("dataset", sa.Text),
        sheet,
        *_cell(),
        *_finding("reason"),
        sa.Column("raw", sa.Text, nullable=False),
        # The load that took the row's file in again; empty while the row waits.
        sa.Column(
            "resolved_by",
            sa.Integer,
            sa.ForeignKey("load.load_id", name="fk_quarantine_resolving_load"),
        ),
    )
    load_id, sheet = _place()
    sa.Table(
        "warning",
        metadata,
        sa.Column("warning_id", sa.Integer, primary_key=True),
        load_id,
        sa.Column("dataset", sa.Text),
        sheet,
        *_cell(),
        *_finding("rule"),
    )
    sa.Table(
        "skipped",
        metadata,
        sa.Column("skip_id", sa.Integer, primary_key=True),
        *_place(),
        *_cell(),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("text", sa.Text),
    )
    sa.Table(
        "load_note",
        metadata,
        sa.Column("note_id", sa.Integer, primary_key=True),
        *_place(),
        sa.Column("message_zh", sa.Text, nullable=False),
        sa.Column("message_en", sa.Text, nullable=False),
    )


@cache
def tables() -> sa.MetaData:
    """Return the whole SQL schema: the declared datasets and the ledger."""
    metadata = sa.MetaData(naming_convention=NAMING)
    _ledger_tables(metadata)
    for dataset in datasets().values():
        dataset_table(dataset, metadata)
    return metadata
