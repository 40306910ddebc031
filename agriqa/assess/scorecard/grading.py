"""From totals to grades: by bands, by quota of rank, or by a rule to pass."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from agriqa.assess.scorecard.conditions import PLACES, Number
from agriqa.assess.scorecard.ranking import Ties, ordered, ranks
from agriqa.measures.settings import Settings, Text
from agriqa.stats.checks import Flags, Floats
from agriqa.stats.grading import CutBelongsTo, grade_points, pass_all


class Standing(NamedTuple):
    """What is graded, all of shape (units,)."""

    points: Floats
    vetoed: Flags
    demoted: Flags
    keys_met: Flags
    # Evidence of the pass rule's share item, points of the quota's tie-break item.
    share: Floats
    tie_break: Floats


class BandGrades(Settings):
    """Grades by bands of points, the lowest first.

    A demoted unit gets `demotion_grade` at best, a vetoed one `veto_grade` (the lowest
    by default).
    """

    rule: Literal["bands"]
    grades: Annotated[tuple[Text, ...], Field(min_length=2)]
    cuts: tuple[Number, ...]
    cut_belongs_to: CutBelongsTo = "band_above"
    demotion_grade: Text | None = None
    veto_grade: Text | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        # An empty table is graded for its checks.
        self._graded(np.zeros(0), np.zeros(0, dtype=bool))
        if self.demotion_grade is not None and self.demotion_grade not in self.grades:
            raise ValueError(f"demotion_grade is one of {list(self.grades)}")
        return self

    def _graded(self, points: Floats, vetoed: Flags) -> npt.NDArray[np.object_]:
        return grade_points(
            points,
            grades=self.grades,
            cuts=self.cuts,
            cut_belongs_to=self.cut_belongs_to,
            vetoed=vetoed,
            veto_grade=self.veto_grade,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The grades, the best first."""
        return tuple(reversed(self.grades))

    def graded(self, standing: Standing) -> npt.NDArray[np.object_]:
        """Return a grade a unit; None without points."""
        grades = self._graded(standing.points, standing.vetoed)
        if self.demotion_grade is not None:
            place = {grade: rank for rank, grade in enumerate(self.grades)}
            most = place[self.demotion_grade]
            high = np.array([grade is not None and place[grade] > most for grade in grades], bool)
            grades[standing.demoted & high] = self.demotion_grade
        return grades


class Quota(Settings):
    """A grade for the first so many, counted from the best."""

    grade: Text
    places: Annotated[int, Field(gt=0)]


class QuotaGrades(Settings):
    """Grades by rank of the total, the best quota first, places counted from the first unit.

    Demoted and vetoed units keep their rank: the place of one among the first is passed
    on to the next only where `places_pass_on` says so. Units that are equal at the end of
    a quota are told apart by the points of the item `tie_break`; those still equal are
    all in, or all out, as `ties` says.
    """

    rule: Literal["quota"]
    quota: Annotated[tuple[Quota, ...], Field(min_length=1)]
    rest: Text
    demotion_grade: Text | None = None
    veto_grade: Text
    places_pass_on: bool = False
    ties: Ties
    tie_break: Text | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if any(one.places >= other.places for one, other in pairwise(self.quota)):
            raise ValueError("the places of the quotas are counted from the first and ascend")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The grades, the best first."""
        best, low = (*(one.grade for one in self.quota), self.rest), self.demotion_grade
        return tuple(dict.fromkeys((*best, *(() if low is None else (low,)), self.veto_grade)))

    def graded(self, standing: Standing) -> npt.NDArray[np.object_]:
        """Return a grade a unit; None without points."""
        points = standing.points
        if self.places_pass_on:
            points = np.where(standing.vetoed | standing.demoted, np.nan, points)
        keys = [points] if self.tie_break is None else [points, standing.tie_break]
        place = ranks(ordered(keys), ties=self.ties)
        names = np.array([*(one.grade for one in self.quota), self.rest], dtype=object)
        step = np.searchsorted([one.places for one in self.quota], place, side="left")
        grades = names[np.minimum(step, len(self.quota))]
        grades[np.isnan(standing.points)] = None
        if self.demotion_grade is not None:
            grades[standing.demoted] = self.demotion_grade
        grades[standing.vetoed] = self.veto_grade
        return grades


class PassGrades(Settings):
    """Passed or not: points, every key item, a share that one item's evidence gives, no veto."""

    rule: Literal["pass"]
    minimum_points: Number
    share_item: Text | None = None
    minimum_share: Number | None = None
    passed: Text
    failed: Text

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.share_item is None) != (self.minimum_share is None):
            raise ValueError("share_item and minimum_share belong together")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The grades, the best first."""
        return self.passed, self.failed

    def graded(self, standing: Standing) -> npt.NDArray[np.object_]:
        """Return passed or failed; a unit without points fails."""
        without = self.minimum_share is None
        found = pass_all(
            points=standing.points,
            minimum_points=self.minimum_points,
            share=np.zeros_like(standing.points) if without else standing.share,
            minimum_share=0.0 if self.minimum_share is None else self.minimum_share,
            key_items_met=standing.keys_met,
        )
        names = np.where(found.passes & ~standing.vetoed, self.passed, self.failed)
        return np.asarray(names, dtype=object)

    def short_of_share(self, share: Floats) -> Flags:
        """Return where the share is not met."""
        if self.minimum_share is None:
            return np.zeros(share.shape, dtype=bool)
        return ~(np.round(share, PLACES) >= round(self.minimum_share, PLACES))


Grading = Annotated[BandGrades | QuotaGrades | PassGrades, Field(discriminator="rule")]
