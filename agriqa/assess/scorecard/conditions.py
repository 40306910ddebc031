"""Conditions on evidence or points, and how points are rounded: what items are made of."""

from __future__ import annotations

from typing import Annotated, Self

import numpy as np
from pydantic import Field, model_validator

from agriqa.measures.settings import Settings
from agriqa.stats.checks import Flags, Floats, Language, in_language
from agriqa.stats.grading import Rounding, round_decimal

Number = Annotated[float, Field(allow_inf_nan=False)]
# Noise of floating-point sums decides nothing.
PLACES = 9

_WORDS = {
    "at_least": ("不低于", "at least"),
    "at_most": ("不高于", "at most"),
    "above": ("高于", "above"),
    "below": ("低于", "below"),
}


class Condition(Settings):
    """A limit that evidence is held against; exactly one is given.

    Examples
    --------
    >>> Condition(at_least=98).met([97.9, 98, float("nan")]).tolist()
    [False, True, False]
    """

    at_least: Number | None = None
    at_most: Number | None = None
    above: Number | None = None
    below: Number | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self._given()) != 1:
            raise ValueError(f"exactly one of {', '.join(type(self).model_fields)} is given")
        return self

    def _given(self) -> dict[str, float]:
        return {name: value for name, value in self if value is not None}

    def met(self, values: Floats | list[float]) -> Flags:
        """Return where values meet the condition; a missing one never does."""
        ((name, limit),) = self._given().items()
        x = np.round(np.asarray(values, dtype=np.float64), PLACES)
        compare = {
            "at_least": np.greater_equal,
            "at_most": np.less_equal,
            "above": np.greater,
            "below": np.less,
        }[name]
        return np.asarray(compare(x, round(limit, PLACES)))

    def words(self, language: Language) -> str:
        """Return the condition in words."""
        ((name, limit),) = self._given().items()
        zh, en = _WORDS[name]
        return in_language(language, zh=f"证据{zh} {limit:g}", en=f"evidence {en} {limit:g}")


class KeyThreshold(Condition):
    """What a key item asks: a share of its own points, or a limit of its evidence."""

    share: Annotated[float, Field(gt=0, le=1)] | None = None

    def met_by(self, values: Floats, points: Floats, out_of: float) -> Flags:
        """Return where evidence (or points, for a share) meets the threshold."""
        if self.share is None:
            return self.met(values)
        return np.asarray(np.round(points, PLACES) >= round(self.share * out_of, PLACES))

    def words(self, language: Language) -> str:
        """Return the threshold in words."""
        if self.share is None:
            return super().words(language)
        percent = f"{100 * self.share:g} %"
        return in_language(
            language, zh=f"得分不低于本项的 {percent}", en=f"at least {percent} of its points"
        )


class RoundingRule(Settings):
    """How points are rounded; not at all by default."""

    rule: Rounding = "none"
    digits: Annotated[int, Field(ge=0, le=6)] = 0

    def rounded(self, points: Floats) -> Floats:
        """Return rounded points; missing ones stay missing."""
        return round_decimal(points, rounding=self.rule, digits=self.digits)
