"""What items of every kind have."""

from __future__ import annotations

from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from agriqa.assess.scorecard.conditions import Condition, KeyThreshold, Number, RoundingRule
from agriqa.datasets import Label
from agriqa.measures.settings import Positive, Settings, Text
from agriqa.stats.checks import Floats, Language

Role = Literal["base", "bonus", "penalty"]
# What becomes of an item without evidence: no points, or its points leave the total.
Missing = Literal["zero", "exempt"]
# Whose value of a measure counts: the assessed year's, the one of the year before, or
# the last there is up to the assessed year.
Period = Literal["year", "year_before", "latest"]


class BaseItem(Settings):
    """What items of every kind have.

    Attributes
    ----------
    id, label, note
        Name in evidence sheets; as a reader sees it; where it comes from.
    section : str, optional
        For the role "base" only: bonus and penalty stand outside the sections.
    points : float
        The most it gives, or takes as a penalty; 0 for a mere condition.
    key, veto, demotion : optional
        The threshold of a key item (★); what evidence vetoes or demotes a unit.
    measure, scale, period
        The measure that is its evidence, by what its value is multiplied, and of which
        period. Without a measure the evidence comes from a sheet.
    missing, withheld : {"zero", "exempt"}
        What absent evidence does; withheld evidence as missing one, by default.
    exemptible : bool
        Whether a sheet may say that the item does not apply to a unit (合理缺项).
    minimum, maximum : float, optional
        Bounds of evidence beside those of the kind.
    example : bool
        Whether it was made up here, and is not an item of the document.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    label: Label
    section: Text | None = None
    role: Role = "base"
    points: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    key: KeyThreshold | None = None
    veto: Condition | None = None
    demotion: Condition | None = None
    measure: Text | None = None
    scale: Positive = 1.0
    period: Period = "year"
    missing: Missing = "zero"
    withheld: Missing | None = None
    exemptible: bool = False
    unit: Text | None = None
    minimum: Number | None = None
    maximum: Number | None = None
    rounding: RoundingRule | None = None
    example: bool = False
    note: Label | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.role == "base") != (self.section is not None):
            raise ValueError(f"{self.id}: a base item stands in a section, and only a base item")
        if self.key is not None and "exempt" in (self.missing, self.withheld):
            raise ValueError(f"{self.id}: a key item asks for evidence, it cannot do without")
        if self.key is not None and (self.role != "base" or (self.key.share and not self.points)):
            raise ValueError(f"{self.id}: a key item is a base item; a share needs points")
        if self.example and "示例" not in self.label.zh:
            raise ValueError(f"{self.id}: the label of an example says 示例")
        return self

    @property
    def bounds(self) -> tuple[float, float]:
        """The least and the greatest value its evidence may have."""
        low = -np.inf if self.minimum is None else self.minimum
        return low, np.inf if self.maximum is None else self.maximum

    @property
    def whole(self) -> bool:
        """Whether its evidence is a whole number."""
        return False

    def earned(self, values: Floats) -> Floats:
        """Return the points of evidence, shape (units,); missing where it is missing."""
        raise NotImplementedError

    def words(self, language: Language) -> str:
        """Return how evidence becomes points, in words."""
        raise NotImplementedError


class CountedItem(BaseItem):
    """Evidence is a number of 0 and more."""

    @property
    def bounds(self) -> tuple[float, float]:
        """At least 0."""
        low, high = super().bounds
        return max(low, 0.0), high
