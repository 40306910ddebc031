"""Rules that a dataset's values keep to, declared beside its columns.

A broken rule of severity ``error`` sets the row aside; a ``warning`` keeps the
row and lists the doubt. Every threshold stands in the TOML file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Severity = Literal["error", "warning"]
_ColumnName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Relation(_Rule):
    """Within a row `left` is at most `factor` times `right`, where both are given."""

    left: _ColumnName
    right: _ColumnName
    factor: Annotated[float, Field(gt=0)] = 1.0
    severity: Severity

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.left == self.right:
            raise ValueError(f"{self.left}: a relation is between two columns")
        return self


class Parts(_Rule):
    """The rows of a file that differ in column `over` add up to at most the `whole` row."""

    column: _ColumnName
    over: _ColumnName
    whole: str


class Jump(_Rule):
    """A county's value is within `factor` of the median of its last `years` reported years.

    Amounts below `floor` count as `floor`, so that small ones may vary freely.
    Years before a change of the county's territory do not count.
    """

    column: _ColumnName
    factor: Annotated[float, Field(gt=1)]
    floor: Annotated[float, Field(gt=0)]
    years: Annotated[int, Field(ge=1, le=10)]


class Neighbours(_Rule):
    """A county's value is like its neighbours' of the same year.

    The distance from the neighbours' median is at most `z` times their spread
    (1.4826 times the median absolute deviation, and at least `spread`). With
    `per`, a ``dataset.column`` summed by county and year, values are divided by
    it and compared as ratios: `spread` is then a factor.
    """

    column: _ColumnName
    per: Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z0-9_]+$")] | None = None
    z: Annotated[float, Field(gt=0)]
    spread: Annotated[float, Field(gt=0)]
    least: Annotated[int, Field(ge=3)]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.per is not None and self.spread <= 1:
            raise ValueError(f"{self.column}: with per, spread is a factor above 1")
        return self


class Published(_Rule):
    """The jurisdiction's total of a year is within a tolerance of a published figure.

    `indicator` is the figure's name in dataset ``published_figure``; `measure`
    is the measure that reports set beside the same figure.
    """

    column: _ColumnName
    indicator: str
    measure: str
    tolerance_pct: Annotated[float, Field(gt=0)]


class Rules(_Rule):
    """All rules of one dataset, apart from the limits of its columns."""

    relation: tuple[Relation, ...] = ()
    parts: tuple[Parts, ...] = ()
    jump: tuple[Jump, ...] = ()
    neighbours: tuple[Neighbours, ...] = ()
    published: tuple[Published, ...] = ()

    def names(self) -> Iterator[str]:
        """Yield every column that a rule names."""
        for relation in self.relation:
            yield from (relation.left, relation.right)
        for parts in self.parts:
            yield from (parts.column, parts.over)
        yield from (rule.column for rule in self.compared)

    @property
    def compared(self) -> tuple[Jump | Neighbours | Published, ...]:
        """The rules that compare with rows of other files."""
        return (*self.jump, *self.neighbours, *self.published)

    @property
    def need_the_store(self) -> bool:
        """Whether any rule compares with rows of other files."""
        return bool(self.compared)
