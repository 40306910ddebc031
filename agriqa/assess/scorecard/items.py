"""The kinds of items: how each turns evidence into points."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from agriqa.assess.scorecard.conditions import Number
from agriqa.assess.scorecard.item import BaseItem, CountedItem
from agriqa.assess.scorecard.ranking import Ties, ranks
from agriqa.measures.settings import Positive
from agriqa.stats.checks import Floats, Language, in_language
from agriqa.stats.grading import CutBelongsTo, grade_points, target_achievement


class YesNo(BaseItem):
    """All its points for a yes (1), none for a no (0)."""

    kind: Literal["yes_no"]

    @property
    def bounds(self) -> tuple[float, float]:
        """No and yes."""
        return 0.0, 1.0

    @property
    def whole(self) -> bool:
        """Nothing stands between."""
        return True

    def earned(self, values: Floats) -> Floats:
        """Return all or nothing."""
        return self.points * values

    def words(self, language: Language) -> str:
        """Return the rule."""
        return in_language(
            language,
            zh=f"是得 {self.points:g} 分，否得 0 分",
            en=f"yes {self.points:g} points, no 0",
        )


class Given(CountedItem):
    """The points themselves are the evidence."""

    kind: Literal["given"]

    @property
    def bounds(self) -> tuple[float, float]:
        """From 0 to all its points."""
        return 0.0, self.points

    def earned(self, values: Floats) -> Floats:
        """Return the evidence."""
        return values.copy()

    def words(self, language: Language) -> str:
        """Return the rule."""
        return in_language(
            language,
            zh=f"按评定得分计，满分 {self.points:g}",
            en=f"points as assessed, at most {self.points:g}",
        )


class Bands(BaseItem):
    """Steps: `scores` holds the points of each band, from the lowest evidence to the highest."""

    kind: Literal["bands"]
    cuts: Annotated[tuple[Number, ...], Field(min_length=1)]
    scores: tuple[Annotated[float, Field(ge=0)], ...]
    cut_belongs_to: CutBelongsTo = "band_above"

    @model_validator(mode="after")
    def _steps(self) -> Self:
        if len(self.scores) != len(self.cuts) + 1 or max(self.scores) != self.points:
            raise ValueError(
                f"{self.id}: one score more than cuts, the highest of them {self.points:g}"
            )
        if any(low >= high for low, high in pairwise(self.cuts)):
            raise ValueError(f"{self.id}: cuts ascend")
        return self

    def earned(self, values: Floats) -> Floats:
        """Return the points of the band."""
        names = [str(band) for band in range(len(self.scores))]
        bands = grade_points(
            values, grades=names, cuts=self.cuts, cut_belongs_to=self.cut_belongs_to
        )
        points = dict(zip(names, self.scores, strict=True))
        return np.array([np.nan if band is None else points[band] for band in bands], dtype=float)

    def words(self, language: Language) -> str:
        """Return the rule."""
        below, above = ("<", "≥") if self.cut_belongs_to == "band_above" else ("≤", ">")
        steps = [f"{below}{self.cuts[0]:g}: {self.scores[0]:g}"]
        steps += [
            f"{above}{cut:g}: {score:g}"
            for cut, score in zip(self.cuts, self.scores[1:], strict=True)
        ]
        return in_language(
            language, zh=f"分档得分（{'；'.join(steps)}）", en=f"steps ({'; '.join(steps)})"
        )


class Linear(BaseItem):
    """From no points at `floor` to all of them at `target`, which may be the lower one."""

    kind: Literal["linear"]
    floor: Number
    target: Number

    @model_validator(mode="after")
    def _way(self) -> Self:
        if self.floor == self.target:
            raise ValueError(f"{self.id}: floor and target differ")
        return self

    def earned(self, values: Floats) -> Floats:
        """Return the part of the way, within 0 and all points."""
        gone = target_achievement(values, base=self.floor, target=self.target, limited=True)
        return self.points * gone

    def words(self, language: Language) -> str:
        """Return the rule."""
        return in_language(
            language,
            zh=f"{self.floor:g} 得 0 分，{self.target:g} 得 {self.points:g} 分，其间按比例",
            en=f"{self.floor:g} gives 0, {self.target:g} gives {self.points:g}, linear between",
        )


class Ratio(BaseItem):
    """Evidence as a share of `target`, at most all points, at least none."""

    kind: Literal["ratio"]
    target: Positive

    def earned(self, values: Floats) -> Floats:
        """Return the share of the points."""
        return self.points * np.clip(values / self.target, 0, 1)

    def words(self, language: Language) -> str:
        """Return the rule."""
        return in_language(
            language,
            zh=f"证据 ÷ {self.target:g} × {self.points:g} 分，最多 {self.points:g} 分",
            en=f"evidence ÷ {self.target:g} × {self.points:g} points, {self.points:g} at most",
        )


class Deduction(CountedItem):
    """All its points but `per_event` for each event, not below `floor`."""

    kind: Literal["deduction"]
    per_event: Positive
    floor: Annotated[float, Field(ge=0)] = 0.0

    @model_validator(mode="after")
    def _room(self) -> Self:
        if self.floor > self.points:
            raise ValueError(f"{self.id}: the floor is at most {self.points:g}")
        return self

    @property
    def whole(self) -> bool:
        """Events are counted."""
        return True

    def earned(self, values: Floats) -> Floats:
        """Return what is left."""
        return np.maximum(self.points - self.per_event * values, self.floor)

    def words(self, language: Language) -> str:
        """Return the rule."""
        return in_language(
            language,
            zh=f"满分 {self.points:g}，每起扣 {self.per_event:g} 分，扣至 {self.floor:g} 分为止",
            en=(
                f"{self.points:g} points less {self.per_event:g} for each event, "
                f"not below {self.floor:g}"
            ),
        )


class PerEvent(CountedItem):
    """`per_event` points for each event, at most all its points (bonus, penalty)."""

    kind: Literal["per_event"]
    per_event: Positive

    @property
    def whole(self) -> bool:
        """Events are counted."""
        return True

    def earned(self, values: Floats) -> Floats:
        """Return the points of the events."""
        return np.minimum(self.per_event * values, self.points)

    def words(self, language: Language) -> str:
        """Return the rule."""
        return in_language(
            language,
            zh=f"每起 {self.per_event:g} 分，最多 {self.points:g} 分",
            en=f"{self.per_event:g} points for each event, {self.points:g} at most",
        )


class Rank(BaseItem):
    """Points by the rank of the evidence among all units that have some.

    Attributes
    ----------
    by : {"places", "share", "linear"}
        The best so many units, the best such share of them (rounded down), or from all
        points for the first to none for the last, equal ranks their mean.
    top, scores : tuple of float
        Up to which place or share of units, ascending, and the points to there; after
        the last of them 0. Not for "linear".
    ties : {"all", "none"}
        Whether equal units of which a place is reached by some all get its points, or none.
    """

    kind: Literal["rank"]
    by: Literal["places", "share", "linear"] = "places"
    top: tuple[Positive, ...] = ()
    scores: tuple[Annotated[float, Field(ge=0)], ...] = ()
    highest: bool = True
    ties: Ties = "all"

    @model_validator(mode="after")
    def _places(self) -> Self:
        if self.by == "linear":
            if self.top or self.scores:
                raise ValueError(f"{self.id}: a linear rank has neither top nor scores")
            return self
        if not self.top or len(self.top) != len(self.scores):
            raise ValueError(f"{self.id}: top and scores are equally many, at least one")
        if any(low >= high for low, high in pairwise(self.top)):
            raise ValueError(f"{self.id}: top ascends")
        if self.scores[0] != self.points or any(a < b for a, b in pairwise(self.scores)):
            raise ValueError(f"{self.id}: scores begin with {self.points:g} and do not rise")
        if self.by == "places" and any(place != int(place) for place in self.top):
            raise ValueError(f"{self.id}: places are whole numbers")
        if self.by == "share" and self.top[-1] > 1:
            raise ValueError(f"{self.id}: a share is at most 1")
        return self

    def earned(self, values: Floats) -> Floats:
        """Return the points of each rank."""
        n = int(np.sum(~np.isnan(values)))
        if self.by == "linear":
            place = ranks(values, ties="average", highest=self.highest)
            return self.points * (n - place) / (n - 1) if n > 1 else 0 * values + self.points
        place = ranks(values, ties=self.ties, highest=self.highest)
        last = np.array(self.top) * (n if self.by == "share" else 1)
        step = np.searchsorted(np.floor(np.round(last, 9)), place, side="left")
        points = np.array([*self.scores, 0.0])[np.minimum(step, len(self.scores))]
        return np.where(np.isnan(values), np.nan, points)

    def words(self, language: Language) -> str:
        """Return the rule."""
        order = in_language(
            language,
            zh="从高到低" if self.highest else "从低到高",
            en="highest first" if self.highest else "lowest first",
        )
        if self.by == "linear":
            return in_language(
                language,
                zh=f"按名次（{order}）：第一 {self.points:g} 分，末位 0 分，其间按比例",
                en=f"by rank ({order}): the first {self.points:g}, the last 0, linear between",
            )
        shown = [f"{100 * t:g} %" if self.by == "share" else f"{t:g}" for t in self.top]
        steps = list(zip(shown, self.scores, strict=True))
        zh_ties = "都算" if self.ties == "all" else "都不算"
        return in_language(
            language,
            zh=f"按名次（{order}，并列{zh_ties}）："
            + "，".join(f"前 {t} {score:g} 分" for t, score in steps),
            en=f"by rank ({order}, of equal ones {self.ties}): "
            + ", ".join(f"top {t} {score:g}" for t, score in steps),
        )


Item = Annotated[
    YesNo | Given | Bands | Linear | Ratio | Deduction | PerEvent | Rank,
    Field(discriminator="kind"),
]
