"""What in the store waits for a person's decision: unknown names and headers, double brands."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from agriqa.areas import Register
from agriqa.datasets import code_lists, datasets
from agriqa.errors import AgriqaError
from agriqa.ingest.brandpairs import PAIR_COLUMNS, brand_pairs
from agriqa.ingest.decisions import (
    HEADERS,
    NAMES,
    Decision,
    HeaderDecision,
    NameDecision,
    add_decisions,
    is_writable,
    read_decisions,
    spelled,
)
from agriqa.ingest.mappings import Mappings, kind_of, sender_of
from agriqa.ingest.suggest import (
    Suggestion,
    likeliest,
    suggest_brand,
    suggest_code,
    suggest_column,
    suggest_county,
)
from agriqa.store.engine import reading
from agriqa.store.tables import tables

_NAMED = ("unknown_county", "ambiguous_county", "unknown_code", "unknown_reference")
_HEADED = "unknown_column"
# Enough to have some left when the likeliest have been refused.
_ALL = 50


@dataclass(frozen=True)
class Waiting:
    """A name or header nobody has decided on.

    Attributes
    ----------
    kind : str
        As in names.csv, or ``header``.
    sender, text : str
        Who wrote what.
    dataset : str
        Where a header stands; empty for names, which mean the same everywhere.
    rows : int
        How many quarantined rows it is in; 0 for a pair of brands.
    suggestions : tuple of Suggestion
        What it may mean, the likeliest first; refused ones are left out.
    """

    kind: str
    sender: str
    text: str
    dataset: str
    rows: int
    suggestions: tuple[Suggestion, ...]

    def lines(self) -> list[Decision]:
        """Return the lines to put before a person; one without a meaning if none is known."""
        return [self._line(one) for one in self.suggestions or (Suggestion("", "", 0.0),)]

    def _line(self, one: Suggestion) -> Decision:
        note = f"建议 suggested: {one}" if one.target else "无相近 nothing like it is known"
        if self.kind == "header":
            return HeaderDecision(
                self.sender, self.dataset, self.text, one.target, one.unit, note=note
            )
        return NameDecision(self.kind, self.sender, self.text, one.target, note=note)


def known_brands(engine: sa.Engine) -> pd.DataFrame:
    """Return the brands the store holds, in their declared columns."""
    table = tables().tables["brand"]
    columns = [table.c[name] for name in datasets()["brand"].columns]
    with reading(engine).connect() as connection:
        return pd.read_sql(sa.select(*columns).order_by(table.c.brand_id), connection)


def waiting(engine: sa.Engine, register: Register, mappings: Mappings) -> list[Waiting]:
    """Return what waits for a decision, what most rows wait for first, brands last.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        The open store; its quarantine and its brands are read.
    register : Register
        For suggesting counties.
    mappings : Mappings
        What has been decided: it is not asked again.
    """
    brands = known_brands(engine)
    found = [
        one
        for (kind, sender, text, dataset), rows in _unknown(engine, register).items()
        if (one := _asked(kind, sender, text, dataset, rows, register, mappings, brands))
    ]
    found.sort(key=lambda one: (-one.rows, one.kind, one.sender, one.text))
    return [*found, *_double_brands(brands, register, mappings)]


def write_pending(folder: Path, found: Iterable[Waiting]) -> int:
    """Add what waits to names.csv and headers.csv; return how many lines were added.

    What has an open line already is not added again, and no line there is
    changes.
    """
    names = [d for _, d in read_decisions(folder / NAMES, NameDecision)]
    headers = [d for _, d in read_decisions(folder / HEADERS, HeaderDecision)]
    open_names = {d.key for d in names if not d.decision}
    open_headers = {d.key for d in headers if not d.decision}
    new_names: list[NameDecision] = []
    new_headers: list[HeaderDecision] = []
    for line in (line for one in found for line in one.lines()):
        if isinstance(line, NameDecision):
            if line.key not in open_names:
                new_names.append(line)
        elif line.key not in open_headers:
            new_headers.append(line)
    return add_decisions(folder / NAMES, new_names, NameDecision) + add_decisions(
        folder / HEADERS, new_headers, HeaderDecision
    )


def unwritable(found: Iterable[Waiting]) -> list[Waiting]:
    """Return what cannot stand in a file that a spreadsheet opens: formulas, long texts."""
    return [one for one in found if not all(map(is_writable, one.lines()))]


def _unknown(engine: sa.Engine, register: Register) -> dict[tuple[str, str, str, str], int]:
    """Count the quarantined rows by kind, sender, text and dataset of what is unknown."""
    table, load = tables().tables["quarantine"], tables().tables["load"]
    names = ("dataset", "column", "header", "value", "reason")
    columns = [table.c[name] for name in names]
    query = (
        sa.select(load.c.file, *columns, sa.func.min(table.c.raw), sa.func.count())
        .join(load, table.c.load_id == load.c.load_id)
        .where(
            table.c.resolved_by.is_(None),
            table.c.reason.in_((*_NAMED, _HEADED)),
            table.c.dataset.is_not(None),
        )
        .group_by(load.c.file, *columns)
    )
    counts: dict[tuple[str, str, str, str], int] = {}
    texts: dict[tuple[str, str, str, str], str] = {}
    with reading(engine).connect() as connection:
        for row in connection.execute(query):
            file, dataset, column, header, value, reason, raw, rows = tuple(row)
            what = _what(dataset, column, header, value, reason, raw)
            if what is None:
                continue
            kind, text = what
            where = dataset if kind == "header" else ""
            # Spellings that are compared as one are asked about once, by the plainest of them.
            key = (kind, sender_of(Path(file), register), spelled(text), where)
            texts[key] = min(texts.get(key, text), text, key=lambda one: (len(one), one))
            counts[key] = counts.get(key, 0) + rows
    return {
        (kind, who, texts[key], at): counts[key] for key in counts for kind, who, _, at in [key]
    }


def _what(
    dataset: str, column: str, header: str, value: str, reason: str, raw: str
) -> tuple[str, str] | None:
    """Return the kind and the text of what is unknown in a quarantined row."""
    if reason == _HEADED:
        # A column without any header has a number for a name.
        text = " ".join((header or "").split())
        return ("header", text) if column and text else None
    declared = datasets().get(dataset)
    if declared is None or column not in declared.columns:
        return None
    kind = kind_of(declared[column])
    if kind is None or (reason == "unknown_reference" and kind != "brand"):
        return None
    if kind == "county":
        # Name and code stand together in the value; the header's own cell is the name.
        value = json.loads(raw).get(header) or value
    text = " ".join((value or "").split())
    return (kind, text) if text else None


def _asked(
    kind: str,
    sender: str,
    text: str,
    dataset: str,
    rows: int,
    register: Register,
    mappings: Mappings,
    brands: pd.DataFrame,
) -> Waiting | None:
    """Return what to ask about an unknown name; None when it is decided already."""
    first = dataset if kind == "header" else kind
    if kind == "header":
        decided: Decision | None = mappings.headed(sender, dataset, text)
        found = suggest_column(text, datasets()[dataset], limit=_ALL)
    else:
        decided = mappings.named(kind, sender, text)
        found = _suggested(kind, sender, text, register, brands)
    keys = [(first, spelled(sender), spelled(text)), (first, "", spelled(text))]
    if decided is not None or any((key, "") in mappings.refused for key in keys):
        return None
    left = [s for s in found if not any((key, s.target) in mappings.refused for key in keys)]
    return Waiting(kind, sender, text, dataset, rows, tuple(likeliest(left)))


def _suggested(
    kind: str, sender: str, text: str, register: Register, brands: pd.DataFrame
) -> list[Suggestion]:
    if kind == "county":
        return suggest_county(text, register, prefecture=_prefecture(sender, register), limit=_ALL)
    if kind == "brand":
        return suggest_brand(text, brands, limit=_ALL)
    if kind.startswith("code:"):
        return suggest_code(text, code_lists()[kind.removeprefix("code:")], limit=_ALL)
    return []


def _prefecture(sender: str, register: Register) -> str | None:
    try:
        return register.resolve_prefecture(sender) if sender else None
    except AgriqaError:
        return None


def _double_brands(
    brands: pd.DataFrame, register: Register, mappings: Mappings
) -> Iterator[Waiting]:
    """Yield the brands that are probably one, unless somebody has decided on them."""
    ids: dict[str, set[str]] = {}
    for brand_id, name in zip(brands["brand_id"], brands["name"], strict=True):
        ids.setdefault(name, set()).add(brand_id)

    def refused(text: str, meant: str) -> bool:
        key = ("brand", "", spelled(text))
        return (key, "") in mappings.refused or any(
            (key, brand_id) in mappings.refused for brand_id in ids[meant]
        )

    asked: dict[str, list[Suggestion]] = {}
    pairs = brand_pairs(brands, register)
    for name, brand_id, other, other_id, score in zip(
        *(pairs[c] for c in PAIR_COLUMNS), strict=True
    ):
        said = [mappings.name("brand", "", one) for one in (name, other)]
        if said[0] in ids[other] or said[1] is not None:
            continue
        if refused(name, other) or refused(other, name):
            continue
        label = f"{name}（{brand_id}），另一写法 other spelling {other_id}"
        asked.setdefault(other, []).append(Suggestion(brand_id, label, score))
    for text, found in asked.items():
        yield Waiting("brand", "", text, "", 0, tuple(found))
