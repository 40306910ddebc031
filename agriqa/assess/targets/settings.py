"""What each target is tracked by: the model of ``data/config/targets.toml``."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from agriqa.datasets import Label
from agriqa.measures import registry
from agriqa.measures.settings import Settings, Text, check_codes, load_settings

FILE = "targets.toml"

Mode = Literal["level", "in_year", "every_year", "cumulative"]
Change = Literal[
    "none", "points_from_base", "percent_from_base", "from_year_before", "percent_from_year_before"
]
Why = Literal[
    "not_collected", "qualitative", "other_jurisdiction", "definition", "partial_list",
    "each_unit", "elsewhere",
]  # fmt: skip


class Count(Settings):
    """Entries of a list of designations that are counted.

    Attributes
    ----------
    programme : tuple of str
        Their programmes.
    level : str, optional
        Level of the designation.
    status : tuple of str
        Codes of the status; those that count as in force by default.
    counties : tuple of str
        Only entries of these counties, by their codes; all of the area by default.
    share : bool
        Whether the counties named are set against all counties of the area [%].
    """

    programme: tuple[Text, ...] = Field(min_length=1)
    level: Literal["national", "provincial", "city", "county"] | None = None
    status: tuple[str, ...] = ()
    counties: tuple[str, ...] = ()
    share: bool = False

    @model_validator(mode="after")
    def _known_status(self) -> Self:
        check_codes("base_status", self.status)
        return self


class Treatment(Settings):
    """How one target, or several alike, are tracked.

    A target is read from the first of these that has a value in time: published figures,
    a measure, a count of list entries. Where there is none of them, ``why`` says so.

    Attributes
    ----------
    targets : tuple of str
        Ids of the targets.
    series : tuple of str
        Indicators of the published figures of the target's own area; of several, the value
        least favourable to the target.
    unit : str, optional
        Unit of the published figures, where the target's unit is another.
    measure : str, optional
        Measure of the registry, for areas of the jurisdiction. The dataset's own column
        ``measure`` is used where it names one, and must not be repeated here.
    lowest_of : {"county", "prefecture"}, optional
        The measure's lowest value over these areas: a goal set for each of them.
    rounded : bool
        Whether the measure's low and high are what rounding leaves open.
    count : Count, optional
        Entries of the lists of designations.
    partial : bool
        Whether series or list hold a part only, so that a sum of them is a lower bound:
        it can tell that a target is met, not that it is missed.
    mode : {"level", "in_year", "every_year", "cumulative"}
        Value at the deadline; what was added in the deadline's year; a value every year;
        the sum of the years since ``since``.
    change : str
        What is taken of the series before it is compared: itself, its change from the base
        (in points or percent) or from the year before.
    since : int, optional
        First year of a sum; of "every_year", the first year that counts, so that the year
        least favourable is taken.
    base_years : tuple of int
        Years whose mean is the base.
    base : float, optional
        The base, where the target states it in words; a number in the dataset's own column
        ``baseline`` is read as it is.
    factor : float
        From the unit of the source to the target's.
    goal : float, optional
        Number to reach of a target that is written in words.
    meaning_of_equal : {"at_least", "at_most"}
        How the comparator "=" of this target is read.
    county_measure : str, optional
        Measure of the counties that may be read beside the goal.
    why : str, optional
        Why it has no measure.
    note : Label, optional
        What to mind, or what is missing.
    """

    targets: tuple[Text, ...] = Field(min_length=1)
    series: tuple[Text, ...] = ()
    unit: Text | None = None
    measure: Text | None = None
    lowest_of: Literal["county", "prefecture"] | None = None
    rounded: bool = False
    count: Count | None = None
    partial: bool = False
    mode: Mode = "level"
    change: Change = "none"
    since: int | None = None
    base_years: tuple[int, ...] = ()
    base: float | None = None
    factor: float = 1.0
    goal: float | None = None
    meaning_of_equal: Literal["at_least", "at_most"] = "at_least"
    county_measure: Text | None = None
    why: Why | None = None
    note: Label | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        unknown = {self.measure, self.county_measure} - {None, *registry()}
        if unknown:
            raise ValueError(f"{self.targets[0]}: unknown measures {sorted(map(str, unknown))}")
        if self.why is not None and (self.series or self.measure or self.count):
            raise ValueError(f"{self.targets[0]}: a target with a source has no reason for none")
        if self.why is not None and self.note is None and self.why != "qualitative":
            raise ValueError(f"{self.targets[0]}: a reason needs a note")
        if self.mode == "cumulative" and self.since is None and self.count is None:
            raise ValueError(f"{self.targets[0]}: a sum needs the year it begins (since)")
        if self.change.endswith("from_base") and not (self.base_years or self.base is not None):
            raise ValueError(f"{self.targets[0]}: a change from the base needs base or base_years")
        return self


class SettingYear(Settings):
    """Targets that were set in one year.

    Attributes
    ----------
    targets : tuple of str
        Their ids.
    year : int
        Before it they are not judged.
    """

    targets: tuple[Text, ...] = Field(min_length=1)
    year: int


class TargetSettings(Settings):
    """The whole file.

    Attributes
    ----------
    counting_units : tuple of str
        Units of counted things, whose figures are exact; others stand for a range.
    on_track_from : float
        Least probability of hitting of a target on track.
    window : int
        Years of a series, counted back from its last, that a forecast is made of.
    minimum_points : int
        A shorter series has no forecast.
    set_in : tuple of SettingYear
        When targets were set, where that is known; the others are judged in every year.
    treatment : tuple of Treatment
    """

    counting_units: tuple[Text, ...]
    on_track_from: float = Field(default=0.8, gt=0, lt=1)
    window: int = Field(default=8, ge=3)
    minimum_points: int = Field(default=4, ge=3)
    set_in: tuple[SettingYear, ...] = ()
    treatment: tuple[Treatment, ...]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for lists, what in ((self.treatment, "treated"), (self.set_in, "set")):
            named = Counter(target for one in lists for target in one.targets)
            twice = sorted(target for target, times in named.items() if times > 1)
            if twice:
                raise ValueError(f"{what} twice: {twice}")
        return self

    @property
    def by_target(self) -> dict[str, Treatment]:
        """The treatment of each target, by its id."""
        return {target: one for one in self.treatment for target in one.targets}

    @property
    def year_set(self) -> dict[str, int]:
        """The year in which each target was set, by its id, where it is known."""
        return {target: one.year for one in self.set_in for target in one.targets}


def load_target_settings(folder: Path) -> TargetSettings:
    """Read ``targets.toml`` of the configuration folder.

    Raises
    ------
    SettingsError
        If the file is missing, has an unknown key, measure or status, a target is treated
        twice, or keys contradict each other.
    """
    return load_settings(folder / FILE, TargetSettings)
