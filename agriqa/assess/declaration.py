"""The declaration of an index over measures: a file of ``data/config/indexes``."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from agriqa.assess.choices import Choices
from agriqa.assess.framework import Framework, FrameworkError, Group, Indicator, Number, Weight
from agriqa.datasets import Label
from agriqa.errors import UnknownNameError
from agriqa.measures import Measure, measure
from agriqa.measures.settings import Settings, SettingsError, Text, load_settings

FOLDER = "indexes"


class DeclaredGroup(Group):
    """A dimension, or the index itself, and why it weighs what it does."""

    reason: Label | None = None

    @model_validator(mode="after")
    def _defended(self) -> Self:
        if self.parent is not None and self.reason is None:
            raise ValueError(f"{self.id}: state the reason of its weight")
        return self


class DeclaredIndicator(Settings):
    """A measure in the index, and why.

    Attributes
    ----------
    measure : str
        Id in the registry, which gives the label and the unit.
    parent : str
    weight : float
        Among those of the same dimension; any sum.
    direction : {1, -1} or None
        Only where the registry has none.
    worst, best : float or None
        Goalposts [unit of the measure].
    possible_low, possible_high : float or None
        Least and greatest value there can be [unit of the measure].
    reason, goalposts_reason : Label
        Why it is in the index, and where its goalposts come from.
    sources : tuple of str
        Ids of published targets and figures that the goalposts rest on.
    """

    measure: Text
    parent: Text
    weight: Weight = 1.0
    direction: Literal[1, -1] | None = None
    worst: Number | None = None
    best: Number | None = None
    possible_low: Number | None = None
    possible_high: Number | None = None
    reason: Label
    goalposts_reason: Label | None = None
    sources: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _stated(self) -> Self:
        known = measure(self.measure)
        if known.direction and self.direction is not None:
            raise ValueError(f"{self.measure}: its direction is the registry's: leave it out")
        if not (known.direction or self.direction):
            raise ValueError(f"{self.measure}: the registry has no direction: state 1 or -1")
        if (self.worst is None) != (self.goalposts_reason is None):
            raise ValueError(f"{self.measure}: goalposts and their reason go together")
        return self

    @property
    def registered(self) -> Measure:
        """The measure."""
        return measure(self.measure)

    def indicator(self) -> Indicator:
        """Return what the framework holds of it."""
        one = self.registered
        return Indicator(
            id=one.id,
            parent=self.parent,
            label=one.label,
            weight=self.weight,
            direction=self.direction or one.direction,  # type: ignore[arg-type]
            unit=one.unit,
            worst=self.worst,
            best=self.best,
            possible=(self.possible_low, self.possible_high),
        )


class Alternative(Settings):
    """Another full set of weights."""

    id: Text
    label: Label
    reason: Label
    values: dict[str, Weight]


class Grade(Settings):
    """A grade and the least score that gets it; the lowest has none."""

    label: Label
    at_least: Number | None = None


class LeftOut(Settings):
    """Measures that were considered, and why they are not in the index."""

    measures: tuple[Text, ...] = Field(min_length=1)
    reason: Label


class IndexDeclaration(Settings):
    """An index over measures, as a file states it.

    Attributes
    ----------
    id : str
        Name of the file.
    label, basis : Label
        What it is called; whose it is.
    first_year : int or None
        Years before it are not scored, for the stated reason.
    group : tuple of DeclaredGroup
        Dimensions and the index itself.
    indicator : tuple of DeclaredIndicator
    choices : Choices
        How each step is done.
    reasons : dict of str to Label
        Why, by step; every step has one.
    grade : tuple of Grade
        From the highest down.
    grades_reason : Label or None
    weights : tuple of Alternative
        Other sets of weights.
    left_out : tuple of LeftOut
    """

    id: Text
    label: Label
    basis: Label
    first_year: int | None = None
    first_year_reason: Label | None = None
    group: tuple[DeclaredGroup, ...] = Field(min_length=1)
    indicator: tuple[DeclaredIndicator, ...] = Field(min_length=1)
    choices: Choices = Choices()
    reasons: dict[str, Label]
    grade: tuple[Grade, ...] = ()
    grades_reason: Label | None = None
    weights: tuple[Alternative, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        framework = self.framework
        _same(self.reasons, Choices.model_fields, "步骤", "step", "reasons")
        if self.choices.normalise.method == "goalposts":
            bare = [one.id for one in framework.indicators if one.worst is None]
            if bare:
                raise ValueError(f"goalposts are chosen, but {', '.join(bare)} have none")
        for what, reason in (
            ("first_year", self.first_year_reason),
            ("grade", self.grades_reason),
        ):
            if bool(getattr(self, what)) != (reason is not None):
                raise ValueError(f"{what} and its reason go together")
        self._check_grades()
        ids = [one.id for one in self.weights]
        if len(set(ids)) < len(ids):
            raise ValueError(f"weights: an id stands twice in {ids}")
        for one in self.weights:
            _same(one.values, framework.weights, "指标或维度", "indicator or group", one.id)
            framework.weighted(one.values)
        for name in (name for one in self.left_out for name in one.measures):
            if measure(name).id in framework.levels[0]:
                raise ValueError(f"{name} is left out and in the index at once")
        return self

    def _check_grades(self) -> None:
        cuts = [one.at_least for one in self.grade]
        if not cuts:
            return
        above = [cut for cut in cuts[:-1] if cut is not None]
        falls = all(a > b for a, b in pairwise(above))
        if len(above) < len(cuts) - 1 or cuts[-1] is not None or not falls:
            raise ValueError(f"grades go from the highest down, the lowest without a cut: {cuts}")
        for language in ("zh", "en"):
            names = [one.label[language] for one in self.grade]
            if len(set(names)) < len(names):
                raise ValueError(f"grade: a name stands twice in {names}")

    @property
    def framework(self) -> Framework:
        """Indicators and groups, with the main weights."""
        return Framework.of(
            indicators=[one.indicator() for one in self.indicator],
            groups=[Group(**one.model_dump(exclude={"reason"})) for one in self.group],
        )

    @property
    def measures(self) -> list[str]:
        """Ids of the indicators' measures."""
        return [one.measure for one in self.indicator]

    def alternative(self, name: str) -> Alternative:
        """Return another set of weights; an unknown id is an error with the nearest ones."""
        known = {one.id: one for one in self.weights}
        if name not in known:
            raise UnknownNameError("权重方案", "set of weights", name, known)
        return known[name]


def _same(
    named: Iterable[str], wanted: Iterable[str], kind_zh: str, kind_en: str, where: str
) -> None:
    """Check that a table names what it should: nothing else, and all of it."""
    names, allowed = set(named), list(wanted)
    for name in sorted(names - set(allowed)):
        raise UnknownNameError(kind_zh, kind_en, name, allowed)
    lacking = [name for name in allowed if name not in names]
    if lacking:
        raise ValueError(f"{where}: {', '.join(lacking)} not stated")


def index_ids(folder: Path) -> list[str]:
    """Return the ids of the indexes that a configuration folder declares."""
    return sorted(path.stem for path in (folder / FOLDER).glob("*.toml"))


def load_index(folder: Path, name: str) -> IndexDeclaration:
    """Read the declaration of an index from the configuration folder.

    Raises
    ------
    UnknownNameError
        If there is no such index, or the file names an unknown measure, step or indicator.
    SettingsError
        If the file has an unknown key or a value that is not allowed.
    """
    if name not in index_ids(folder):
        raise UnknownNameError("指数", "index", name, index_ids(folder))
    path = folder / FOLDER / f"{name}.toml"
    try:
        declaration = load_settings(path, IndexDeclaration)
    except FrameworkError as error:
        raise SettingsError(f"{path}：{error} / {path.name} is not valid: see above.") from error
    if declaration.id != name:
        raise SettingsError(
            f"{path}：id 应为文件名 {name}，现为 {declaration.id}。"
            f" / Its id must be the file's name, {name}."
        )
    return declaration
