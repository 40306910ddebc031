"""The errors put into the sampling files on purpose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from agriqa.datasets import dataset
from agriqa.demo.config import CountyStyle, Defects
from agriqa.demo.defects import FULL_WIDTH, Defect, Expected

PREFECTURE, COUNTY, CODE = "市州", "县（市、区）", "行政区划代码"

# What a loader must do with each kind, and the declared column it is about.
KINDS: dict[str, tuple[Expected, str]] = {
    "sample_foreign": ("quarantined", "county_code"),
    "sample_duplicate": ("skipped", "sample_id"),
    "bad_date": ("quarantined", "sampled_on"),
    "unknown_class": ("quarantined", "product_class"),
    "ambiguous_county": ("quarantined", "county_code"),
    "residue_text": ("quarantined", "value_mg_kg"),
    "residue_full_width": ("kept", "value_mg_kg"),
    "orphan_residue": ("quarantined", "sample_id"),
}
_NOT_A_DATE = ("五月中旬", "2018-13-05", "待补")
_NOT_A_CLASS = "花卉"
_NOT_A_NUMBER = "痕量"
# Numbers of the added rows, beyond those of the samples taken.
_ADDED_SAMPLES, _UNKNOWN_SAMPLES = 900_000, 950_000


@dataclass(frozen=True)
class Change:
    """One defect of a file: another value at row `at`, or a row added below it.

    Attributes
    ----------
    column, value : str
        Header of the column it is about, and what stands there.
    row : mapping of str to str, optional
        The added row; None where only the cell changes.
    """

    kind: str
    at: int
    column: str
    value: str
    row: Mapping[str, str] | None = None


def measured_header(name: str) -> str:
    """Return the header of a measured column with its unit."""
    column = dataset("residue")[name]
    return f"{column.label.zh}（{column.unit}）"


def sample_changes(
    table: pd.DataFrame,
    style: CountyStyle,
    settings: Defects,
    shared_names: frozenset[str],
    counts: Mapping[str, int],
    rng: np.random.Generator,
) -> list[Change]:
    """Choose sample rows to add that a loader must refuse or skip.

    They are added, not changed, so that no residue loses its sample.
    """
    declared = dataset("sample")
    identity = declared["sample_id"].label.zh
    county = CODE if style == "code" else COUNTY
    foreign = settings.foreign_codes if style == "code" else settings.foreign_counties
    wrong: dict[str, tuple[str, Sequence[str]]] = {
        "sample_foreign": (county, foreign),
        "ambiguous_county": (county, sorted(shared_names)),
        "bad_date": (declared["sampled_on"].label.zh, _NOT_A_DATE),
        "unknown_class": (declared["product_class"].label.zh, (_NOT_A_CLASS,)),
    }
    changes: list[Change] = []
    for kind, (column, choices) in wrong.items():
        for _ in range(counts[kind] if choices else 0):
            at, row = _pick(table, rng)
            row[identity] = _numbered(row[identity], _ADDED_SAMPLES + len(changes) + 1)
            row[column] = str(rng.choice(list(choices)))
            if column == COUNTY and PREFECTURE in row:
                row[PREFECTURE] = ""
            changes.append(Change(kind, at, column, row[column], row))
    for _ in range(counts["sample_duplicate"]):
        at, row = _pick(table, rng)
        changes.append(Change("sample_duplicate", at, identity, row[identity], row))
    return changes


def residue_changes(
    table: pd.DataFrame, counts: Mapping[str, int], rng: np.random.Generator
) -> list[Change]:
    """Choose cells to change and rows of unknown samples to add."""
    column, identity = measured_header("value_mg_kg"), dataset("residue")["sample_id"].label.zh
    detected = table[column].str.match(r"^\d").to_numpy()
    changes: list[Change] = []
    for kind, rows in (
        ("residue_text", np.flatnonzero(~detected)),
        ("residue_full_width", np.flatnonzero(detected)),
    ):
        for at in rng.choice(rows, min(counts[kind], len(rows)), replace=False).tolist():
            old = str(table[column].iat[at])
            new = _NOT_A_NUMBER if kind == "residue_text" else old.translate(FULL_WIDTH)
            changes.append(Change(kind, at, column, new))
    for number in range(1, counts["orphan_residue"] + 1):
        at, row = _pick(table, rng)
        row[identity] = _numbered(row[identity], _UNKNOWN_SAMPLES + number)
        changes.append(Change("orphan_residue", at, identity, row[identity], row))
    return changes


def _pick(table: pd.DataFrame, rng: np.random.Generator) -> tuple[int, dict[str, str]]:
    at = int(rng.integers(len(table)))
    return at, {str(header): str(cell) for header, cell in table.iloc[at].items()}


def _numbered(sample: str, number: int) -> str:
    """Give a sample id of the same year another number."""
    return f"{sample[:-6]}{number}"


def apply_changes(
    table: pd.DataFrame, changes: Sequence[Change], relative: str
) -> tuple[pd.DataFrame, list[Defect]]:
    """Return the table with its defects, and where they stand.

    The header is row 1; a CSV file counts as one sheet with the file's name.
    """
    final = table.set_axis(np.arange(len(table), dtype=float), axis=0)
    places = [  # added rows stand between the row below which they go and the next
        float(c.at) if c.row is None else c.at + (i + 1) / (len(changes) + 1)
        for i, c in enumerate(changes)
    ]
    added = {place: c.row for place, c in zip(places, changes, strict=True) if c.row is not None}
    for place, change in zip(places, changes, strict=True):
        if change.row is None:
            final.loc[place, change.column] = change.value
    if added:
        extra = pd.DataFrame(list(added.values()), index=list(added), columns=final.columns)
        final = pd.concat([final, extra]).sort_index()
    defects = [
        _defect(relative, int(final.index.searchsorted(place)) + 2, change)
        for place, change in zip(places, changes, strict=True)
    ]
    return final, sorted(defects, key=lambda d: (d.row or 0, d.kind))


def _defect(relative: str, row: int, change: Change) -> Defect:
    expected, column = KINDS[change.kind]
    return Defect(relative, Path(relative).stem, row, column, change.kind, change.value, expected)
