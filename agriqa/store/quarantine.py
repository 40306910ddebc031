"""What waits for a person: rows that are wrong, and rows that are kept in doubt."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from functools import cache

import pandas as pd
import sqlalchemy as sa

from agriqa.areas import Register
from agriqa.datasets import dataset as declared_dataset
from agriqa.errors import AgriqaError, UnknownNameError
from agriqa.safe import inert
from agriqa.store.tables import tables

COLUMNS = [
    "load_id", "file", "dataset", "sheet", "row", "col", "column", "header", "value", "reason",
    "message_zh", "message_en", "allowed", "state", "resolved_by", "raw",
]  # fmt: skip

WARNINGS = [
    "load_id", "file", "dataset", "sheet", "row", "col", "column", "header", "value", "rule",
    "message_zh", "message_en", "allowed",
]  # fmt: skip


def quarantined(
    connection: sa.Connection,
    *,
    dataset: str | None = None,
    file: str | None = None,
    reason: str | None = None,
    county: str | None = None,
    register: Register | None = None,
    resolved: bool = False,
) -> pd.DataFrame:
    """Return the problems of quarantined rows, by file, sheet and row.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        To the open store.
    dataset, reason : str, optional
        Only these.
    file : str, optional
        Name of a loaded file, whole or its last part; ``*`` stands for any text.
    county : str, optional
        Name or code; rows or files that name it. Needs `register`.
    register : Register, optional
        The county register.
    resolved : bool
        Also those whose file has come again.

    Returns
    -------
    DataFrame
        `COLUMNS`; ``state`` is open or resolved, ``raw`` the row as JSON.

    Raises
    ------
    UnknownNameError
        If no dataset, loaded file or reason in the store is called so.
    """
    quarantine, load = tables().tables["quarantine"], tables().tables["load"]
    state = sa.case((quarantine.c.resolved_by.is_(None), "open"), else_="resolved")
    special = {"file": load.c.file, "state": state.label("state")}
    picked = [special[c] if c in special else quarantine.c[c] for c in COLUMNS]
    query = (
        sa.select(*picked)
        .join(load, quarantine.c.load_id == load.c.load_id)
        .order_by(load.c.load_id, quarantine.c.problem_id)
    )
    if not resolved:
        query = query.where(quarantine.c.resolved_by.is_(None))
    if dataset is not None:
        query = query.where(quarantine.c.dataset == declared_dataset(dataset).name)
    if reason is not None:
        known = connection.scalars(sa.select(quarantine.c.reason).distinct())
        query = query.where(quarantine.c.reason == _known("隔离原因", "reason", reason, known))
    if file is not None:
        query = query.where(quarantine.c.load_id.in_(_loads(connection, file)))
    rows = connection.execute(query).all()
    frame = pd.DataFrame(rows, columns=COLUMNS).astype({"resolved_by": "Int64"})
    if county is not None:
        if register is None:
            raise TypeError("county needs register")
        names = _naming(register, county)
        named = [names(f, raw) for f, raw in zip(frame["file"], frame["raw"], strict=True)]
        frame = frame[pd.Series(named, index=frame.index, dtype=bool)]
    return frame.reset_index(drop=True)


def doubted(
    connection: sa.Connection,
    *,
    dataset: str | None = None,
    file: str | None = None,
    rule: str | None = None,
) -> pd.DataFrame:
    """Return the doubts about rows that were kept, by file, sheet and row.

    Doubts of a load that a later one replaced are left out.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        To the open store.
    dataset, rule : str, optional
        Only these.
    file : str, optional
        Name of a loaded file, whole or its last part; ``*`` stands for any text.

    Returns
    -------
    DataFrame
        `WARNINGS`.

    Raises
    ------
    UnknownNameError
        If no dataset, loaded file or rule in the store is called so.
    """
    warning, load = tables().tables["warning"], tables().tables["load"]
    replaced = sa.select(load.c.replaces).where(load.c.replaces.is_not(None))
    picked = [load.c.file if c == "file" else warning.c[c] for c in WARNINGS]
    query = (
        sa.select(*picked)
        .join(load, warning.c.load_id == load.c.load_id)
        .where(warning.c.load_id.not_in(replaced))
        .order_by(load.c.load_id, warning.c.warning_id)
    )
    if dataset is not None:
        query = query.where(warning.c.dataset == declared_dataset(dataset).name)
    if rule is not None:
        known = connection.scalars(sa.select(warning.c.rule).distinct())
        query = query.where(warning.c.rule == _known("存疑规则", "rule", rule, known))
    if file is not None:
        query = query.where(warning.c.load_id.in_(_loads(connection, file)))
    return pd.DataFrame(connection.execute(query).all(), columns=WARNINGS)


def _known(kind_zh: str, kind_en: str, name: str, known: Iterable[str]) -> str:
    listed = list(known)
    if name not in listed:
        raise UnknownNameError(kind_zh, kind_en, name, listed)
    return name


def _loads(connection: sa.Connection, file: str) -> list[int]:
    load = tables().tables["load"]
    ledger = connection.execute(sa.select(load.c.load_id, load.c.file)).all()
    found = [
        load_id
        for load_id, name in ledger
        if fnmatchcase(name, file) or fnmatchcase(name.rpartition("/")[2], file)
    ]
    if not found:
        raise UnknownNameError("已载入的文件", "loaded file", file, {name for _, name in ledger})
    return found


def _naming(register: Register, county: str) -> Callable[[str, str], bool]:
    """Return the test whether a file's name or a cell of a row names the county."""
    code = register.resolve(county).code
    units = register.units[register.units["current_code"] == code]
    # Only texts that share two characters with one of its names are looked up.
    stems = {name[:2] for name in units["name"]} | set(units["code"])

    @cache
    def means(text: str) -> bool:
        if not any(stem in text for stem in stems):
            return False
        try:
            return register.resolve(text).code == code
        except AgriqaError:
            return False

    @cache
    def in_file(file: str) -> bool:
        return any(name in file for name in units["name"])

    def named(file: str, raw: str) -> bool:
        return in_file(file) or any(means(str(v).strip()) for v in json.loads(raw).values())

    return named


def safe_csv(frame: pd.DataFrame) -> str:
    """Return a frame as CSV that a spreadsheet opens without running anything in it."""
    texts = frame.select_dtypes(include=["str", "object"]).columns
    return frame.assign(**{name: frame[name].map(inert) for name in texts}).to_csv(
        index=False, lineterminator="\r\n"
    )
