"""Dataset declarations: each dataset is described once, as data.

The SQL table, the validation schema, the header recognition and the data
dictionary page are all made from the TOML files in ``declared/``.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agriqa.datasets.rules import Rules
from agriqa.errors import UnknownNameError

DECLARED = Path(__file__).parent / "declared"

ColumnType = Literal[
    "text", "integer", "number", "measurement", "date", "year", "code", "county", "prefecture",
    "boolean",
]  # fmt: skip


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Label(_Frozen):
    """A text in Chinese and English."""

    zh: str
    en: str

    def __getitem__(self, lang: str) -> str:
        return str(getattr(self, lang))


class Code(_Frozen):
    """One allowed value of a code list.

    ``synonyms`` are other spellings that sources use for it; ``counts`` says
    whether a row with this code counts as in force (for status lists).
    """

    label: Label
    synonyms: tuple[str, ...] = ()
    counts: bool = True


class CodeList(_Frozen):
    """A named list of allowed values."""

    name: str
    label: Label
    codes: dict[str, Code]

    def spelling(self) -> dict[str, str]:
        """Map every accepted spelling to its code."""
        spelled: dict[str, str] = {}
        for code, entry in self.codes.items():
            for text in (code, entry.label.zh, entry.label.en, *entry.synonyms):
                spelled.setdefault(text, code)
        return spelled

    def label_of(self, code: str, lang: str = "zh") -> str:
        """Return the label of `code`; raises UnknownNameError for another value."""
        if code not in self.codes:
            raise UnknownNameError(self.label.zh, self.label.en, code, self.codes)
        return self.codes[code].label[lang]


class Column(_Frozen):
    """One column of a dataset.

    A number's name ends in its unit (``use_t``, ``area_ha``); `unit` is the
    unit the value is stored in, and ingest converts to it. ``min`` and ``max``
    of a date are years; ``past`` says that it cannot lie in the future.
    ``limits`` are the columns that hold a measurement's own limits, in which
    the 0.01 of "<0.01" is kept. Outside ``usual_min`` and ``usual_max`` a value
    is kept with a warning. The rows of an ``additive`` column add up to a total.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    label: Label
    type: ColumnType
    meaning: Label | None = None
    unit: str | None = None
    codes: str | None = None
    required: bool = False
    min: float | None = None
    max: float | None = None
    usual_min: float | None = None
    usual_max: float | None = None
    additive: bool = False
    past: bool = False
    default: str | None = None
    synonyms: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    censored_by: str | None = None
    limits: tuple[str, ...] = ()
    references: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.type == "code") != (self.codes is not None):
            raise ValueError(f"{self.name}: a code column names its list, and only a code column")
        if self.type in ("number", "measurement") and self.unit is None:
            raise ValueError(f"{self.name}: a number states its unit (use '1' for none)")
        if (self.censored_by is not None or self.limits) and self.type != "measurement":
            raise ValueError(f"{self.name}: only a measurement is censored")
        if self.past and self.type not in ("year", "date"):
            raise ValueError(f"{self.name}: only a year or a date can lie in the future")
        if (self.has_usual or self.additive) and not self.is_amount:
            raise ValueError(f"{self.name}: only an amount has usual limits or adds up")
        low = -math.inf if self.min is None else self.min
        high = math.inf if self.max is None else self.max
        usual = [v for v in (self.usual_min, self.usual_max) if v is not None]
        if usual != sorted(usual) or not all(low <= value <= high for value in usual):
            raise ValueError(f"{self.name}: usual limits lie in order inside min and max")
        return self

    @property
    def has_usual(self) -> bool:
        """Whether values are usual only within limits."""
        return self.usual_min is not None or self.usual_max is not None

    @property
    def is_amount(self) -> bool:
        """Whether the stored value is a number that is no year."""
        return self.type in ("integer", "number", "measurement")

    @property
    def numeric(self) -> bool:
        """Whether the stored value is a number."""
        return self.type in ("integer", "number", "measurement", "year")


def _kind(column: Column) -> str | None:
    """Return what a column's values can be compared with."""
    return (
        "amount" if column.is_amount else column.type if column.type in ("year", "date") else None
    )


class Dataset(_Frozen):
    """A dataset: what one row is, its key, its columns and what they keep to."""

    name: str
    label: Label
    description: Label
    grain: Label
    theme: Literal["register", "bases", "inputs", "sampling", "brands", "governance"]
    kind: Literal["reference", "return"]
    key: tuple[str, ...]
    title_words: tuple[str, ...] = ()
    column: tuple[Column, ...]
    rules: Rules = Rules()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [c.name for c in self.column]
        if len(names) != len(set(names)):
            raise ValueError(f"{self.name}: a column is declared twice")
        unknown = [k for k in self.key if k not in names]
        if unknown:
            raise ValueError(f"{self.name}: key names undeclared columns {unknown}")
        if any(not self[k].required and self[k].default is None for k in self.key):
            raise ValueError(f"{self.name}: every key column is required or has a default")
        self._rules_fit()
        return self

    def _rules_fit(self) -> None:
        """Check that the rules name columns that can be compared."""
        rules = self.rules
        for name in rules.names():
            self[name]
        for relation in rules.relation:
            left, right = self[relation.left], self[relation.right]
            alike = {_kind(left), _kind(right)}
            if len(alike) > 1 or None in alike or (relation.factor != 1 and not left.is_amount):
                raise ValueError(f"{self.name}: {left.name} and {right.name} cannot be compared")
        for rule in rules.compared:
            if not self[rule.column].is_amount:
                raise ValueError(f"{self.name}: {rule.column} is no amount")
        summed = [rule.column for rule in rules.parts] + [rule.column for rule in rules.published]
        for name in summed:
            if not self[name].additive:
                raise ValueError(f"{self.name}: {name} does not add up")
        for parts in rules.parts:
            if parts.over not in self.key:
                raise ValueError(f"{self.name}: {parts.over} does not tell rows apart")
        if rules.need_the_store and not {"county_code", "year"} <= set(self.key):
            raise ValueError(f"{self.name}: only rows of a county and year have a history")

    def __getitem__(self, name: str) -> Column:
        for column in self.column:
            if column.name == name:
                return column
        raise UnknownNameError("列", "column", name, self.columns)

    def __iter__(self) -> Iterator[Column]:  # type: ignore[override]
        return iter(self.column)

    @property
    def columns(self) -> list[str]:
        """Names of the columns, in order."""
        return [c.name for c in self.column]


class _CodeLists(_Frozen):
    list: tuple[CodeList, ...]


@cache
def code_lists() -> dict[str, CodeList]:
    """All code lists by name."""
    raw = tomllib.loads((DECLARED / "codes.toml").read_text("utf-8"))
    return {entry.name: entry for entry in _CodeLists.model_validate(raw).list}


@cache
def datasets() -> dict[str, Dataset]:
    """All declared datasets by name, in load order (referenced ones first).

    Examples
    --------
    >>> datasets()["pesticide_use"]["use_t"].unit
    't'
    """
    common = tomllib.loads((DECLARED / "common.toml").read_text("utf-8"))["column"]
    found: dict[str, Dataset] = {}
    for path in sorted(DECLARED.glob("[0-9]*.toml")):
        raw = tomllib.loads(path.read_text("utf-8"))
        raw["column"] = [*raw["column"], *common]
        declared = Dataset.model_validate(raw)
        found[declared.name] = declared
    for declared in found.values():
        for column in declared:
            if column.codes is not None and column.codes not in code_lists():
                raise UnknownNameError("代码表", "code list", column.codes, code_lists())
        for rule in declared.rules.neighbours:
            if rule.per is not None:
                _check_base(rule.per, found)
    return found


def _check_base(per: str, found: dict[str, Dataset]) -> None:
    """Check that what a rule divides by is an amount by county and year that adds up."""
    name, column = per.split(".")
    if name not in found:
        raise UnknownNameError("数据集", "dataset", name, found)
    base = found[name]
    if not base[column].additive or not {"county_code", "year"} <= set(base.key):
        raise ValueError(f"{per} is no amount that adds up by county and year")


def dataset(name: str) -> Dataset:
    """Return one declaration; an unknown name is an error with the nearest names."""
    if name not in datasets():
        raise UnknownNameError("数据集", "dataset", name, datasets())
    return datasets()[name]
