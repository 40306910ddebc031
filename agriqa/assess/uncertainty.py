"""How sure the ranks and grades of an index are: its choices and errors, drawn many times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

import numpy as np
from pydantic import Field, model_validator

from agriqa.assess import steps
from agriqa.assess.alternatives import MEANS, Alternatives, IndicatorTable, Normalisation
from agriqa.assess.choices import Treat
from agriqa.assess.composite import CompositeIndex
from agriqa.assess.framework import FrameworkError
from agriqa.assess.simulation import Simulation, simulate
from agriqa.errors import NoDataError, UnknownNameError
from agriqa.measures.settings import Settings, Text
from agriqa.stats.checks import Floats, Language, in_language

if TYPE_CHECKING:
    import pandas as pd

# Names that the rebuilding gives to the normalisations it knows.
_KNOWN: dict[str, Normalisation] = {
    **{name: name for name in get_args(Normalisation)},
    "percentile": "percentile_rank",
}


class Grades(Settings):
    """Grades by bands of the score.

    Attributes
    ----------
    names : tuple of str
        From the lowest to the highest.
    cuts : tuple of float
        Scores at which the next grade begins, ascending; one fewer than the names.
    """

    names: Annotated[tuple[Text, ...], Field(min_length=2)]
    cuts: tuple[float, ...]

    @model_validator(mode="after")
    def _fit(self) -> Grades:
        from agriqa.stats.grading import grade_points

        grade_points([], grades=self.names, cuts=self.cuts)
        return self


class Variations(Settings):
    """What else could have been chosen, beside what was.

    Attributes
    ----------
    treatments : tuple of {"none", "winsorise"}
        Of outliers. A logarithm is none of them: goalposts and errors hold for the values
        as measured.
    normalisations : tuple of str
        min_max, z_score, percentile and goalposts, the latter if the framework has them.
    aggregations : tuple of {"arithmetic", "geometric", "harmonic"}
        Each for all levels.
    weight_noise : float
        Weights are multiplied by a number between 1 less and 1 plus this.
    drop : bool
        Whether one indicator may be left out.
    """

    treatments: tuple[Literal["none", "winsorise"], ...] = ("none", "winsorise")
    normalisations: tuple[str, ...] = ("min_max", "percentile")
    aggregations: tuple[Literal["arithmetic", "geometric", "harmonic"], ...] = (
        "arithmetic",
        "geometric",
    )
    weight_noise: Annotated[float, Field(ge=0, lt=1)] = 0.25
    drop: bool = True


@dataclass(frozen=True)
class RankUncertainty:
    """Rank bands and probabilities of grades.

    Attributes
    ----------
    simulation : Simulation
    units : tuple
        Names of the simulation's units.
    grades : Grades or None
    """

    simulation: Simulation
    units: tuple[Any, ...]
    grades: Grades | None = None

    def bands(self, *, level: float = 0.9) -> pd.DataFrame:
        """Return the rank band of each unit.

        Parameters
        ----------
        level : float
            Share of the draws within the band [0-1].

        Returns
        -------
        DataFrame
            By unit: nominal, median, mean, low and high rank, and draws.
        """
        return self.simulation.rank_bands(level=level).set_axis(list(self.units))

    def grade_probabilities(self) -> pd.DataFrame:
        """Return the probability of each grade per unit.

        Counted over the draws on the index's own scale, to which the cuts belong.

        Returns
        -------
        DataFrame
            By unit: one column per grade from the lowest to the highest [0-1], grade (the
            nominal one) and stability (its probability).

        Raises
        ------
        ValueError
            If the index has no grades.
        """
        import pandas as pd

        if self.grades is None:
            raise ValueError("the index has no grades: state names and cuts")
        found = self.simulation.grade_probabilities(grades=self.grades.names, cuts=self.grades.cuts)
        table = pd.DataFrame(
            found.probability, index=list(self.units), columns=list(self.grades.names)
        )
        return table.assign(grade=found.nominal, stability=found.stability)

    def summary(self, language: Language = "zh") -> str:
        """Return how wide the rank bands are, and how many grades are stable."""
        text = self.simulation.summary(language)
        if self.grades is None:
            return text
        stable = self.grade_probabilities()["stability"].dropna()
        if stable.empty:
            return text
        sure, units = int((stable >= 0.9).sum()), len(stable)
        return text + in_language(
            language,
            zh=f"{units}个单元中，{sure}个的等级在九成以上的重算中不变。",
            en=f" The grade of {sure} of {units} units holds in nine rebuilds of ten or more.",
        )


def alternatives(
    index: CompositeIndex,
    *,
    period: Any = None,
    errors: pd.DataFrame | None = None,
    variations: Variations | None = None,
) -> Alternatives:
    """Collect what an index of one period could also have been.

    Parameters
    ----------
    index : CompositeIndex
        Aggregated by means; normalised by min_max, z_score, percentile or goalposts.
    period : optional
        Not for an index without periods.
    errors : DataFrame, optional
        Standard errors of the indicators in the data [their units, before any
        denominator], of rows and columns of the data; none where missing.
    variations : Variations, optional

    Raises
    ------
    FrameworkError
        If the index is built in a way that cannot be rebuilt many times at once.
    UnknownNameError
        If a column of the errors is none of the data.
    NoDataError
        If no row of the errors is of a unit of the index, in the period.
    """
    varied = variations or Variations()
    names, choices = index.framework.levels[0], index.choices
    rows = index.at(period)
    untreated = index.steps["impute"].table
    own = choices.treat.method
    if own not in ("none", "winsorise"):
        raise FrameworkError(
            f"“{own}”处理过的指数不能反复重算。 / An index treated by {own} cannot be redrawn."
        )
    known = _errors(index, rows, errors)
    tables: dict[str, IndicatorTable] = {}
    for method in dict.fromkeys((own, *varied.treatments)):
        treat = Treat(**{**choices.treat.model_dump(), "method": method})
        tables[method] = _indicator_table(index, steps.treated(untreated, treat).table, rows, known)
    methods = (choices.normalise.method, *varied.normalisations)
    unknown = [name for name in methods if name not in _KNOWN]
    if unknown:
        raise FrameworkError(
            f"“{unknown[0]}”归一化的指数不能反复重算，可用：{'、'.join(_KNOWN)}。"
            f" / Normalisation {unknown[0]} cannot be redrawn; these can: {', '.join(_KNOWN)}."
        )
    powers = {"/".join(choices.aggregate.methods): _powers(index)}
    depth = len(index.framework.levels) - 1
    for name in varied.aggregations:
        power = (float(MEANS[name]),) * depth
        if power not in powers.values():
            powers[name] = power
    return Alternatives(
        tables,
        index.hierarchy,
        np.array(index.framework.directions, dtype=np.float64),
        normalisations=tuple(dict.fromkeys(_KNOWN[name] for name in methods)),
        aggregations=powers,
        weight_noise=varied.weight_noise,  # type: ignore[arg-type]
        drop=varied.drop and len(names) > 1,
        minimum_share=choices.aggregate.minimum_share,
        lower=choices.normalise.lower,
        upper=choices.normalise.upper,
        floor=choices.aggregate.floor,
        deviations=choices.normalise.deviations,
    )


def rank_uncertainty(
    index: CompositeIndex,
    *,
    period: Any = None,
    errors: pd.DataFrame | None = None,
    grades: Grades | None = None,
    variations: Variations | None = None,
    draws: int = 1000,
    seed: int = 0,
) -> RankUncertainty:
    """Rebuild an index many times over its choices and errors.

    Parameters
    ----------
    index, period, errors, variations
        See `alternatives`.
    grades : Grades, optional
        On the scale of the index.
    draws : int
        Number of rebuilds.
    seed : int
        0 or above; same seed, same result.

    Raises
    ------
    FrameworkError, UnknownNameError, NoDataError
        As `alternatives`.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"a": [1.0, 2, 3], "b": [1.0, 2, 4]}, index=["x", "y", "z"])
    >>> meta = pd.DataFrame({"id": ["a", "b", "top"], "parent": ["top", "top", None]})
    >>> rank_uncertainty(CompositeIndex.from_tables(data, meta), draws=50).bands()["high"].tolist()
    [3.0, 2.0, 1.0]
    """
    choices = alternatives(index, period=period, errors=errors, variations=variations)
    return RankUncertainty(
        simulate(choices, draws=draws, seed=seed),
        tuple(row[0] if isinstance(row, tuple) else row for row in index.at(period)),
        grades,
    )


def _indicator_table(
    index: CompositeIndex, table: pd.DataFrame, rows: list[Any], errors: Floats
) -> IndicatorTable:
    indicators = index.framework.indicators
    names = [one.id for one in indicators]
    if index.choices.normalise.scope == "fixed" and index.choices.normalise.method != "goalposts":
        raise FrameworkError(
            "固定基期的指数不能反复重算。 / An index scaled by a base period cannot be redrawn."
        )
    # The units themselves are in the scale as they are drawn, the other periods as measured.
    pool = table.drop(index=rows) if index.choices.normalise.scope == "pooled" else table[:0]
    values = table.loc[rows, names].to_numpy(float)
    lowest, highest = (_possible(index, rows, end) for end in (0, 1))
    # What is filled in or winsorised may be beyond what the unit's own denominator allows.
    divided = [one.denominator is not None for one in indicators]
    return IndicatorTable(
        values,
        errors=errors,
        lowest=np.where(divided, np.minimum(lowest, values), lowest),
        highest=np.where(divided, np.maximum(highest, values), highest),
        worst=_numbers(one.worst for one in indicators),
        best=_numbers(one.best for one in indicators),
        pool=pool[names].to_numpy(float) if len(pool) else np.array(np.nan),
    )


def _errors(index: CompositeIndex, rows: list[Any], errors: pd.DataFrame | None) -> Floats:
    """Return the standard errors of the indicators, divided as these are."""
    names = index.framework.levels[0]
    if errors is None:
        return np.zeros((len(rows), len(names)))
    for name in errors.columns:
        if name not in index.data.columns:
            raise UnknownNameError(
                "标准误的列", "column of errors", name, map(str, index.data.columns)
            )
    if not errors.index.isin(rows).any():
        raise NoDataError(
            f"标准误的行与指数的单元无一相符：{errors.index[:3].tolist()}，应如 {rows[:3]}。"
            f" / No row of the errors is of a unit of the index: {errors.index[:3].tolist()};"
            f" its rows are like {rows[:3]}."
        )
    return _divided(index, errors.reindex(index=_labels(index, rows), columns=names))


def _possible(index: CompositeIndex, rows: list[Any], end: Literal[0, 1]) -> Floats:
    """Return the least (0) or greatest (1) values there can be, divided as the indicators."""
    import pandas as pd

    ends = _numbers(one.possible[end] for one in index.framework.indicators)
    given = np.tile(ends, (len(rows), 1))
    return _divided(
        index, pd.DataFrame(given, index=_labels(index, rows), columns=index.framework.levels[0])
    )


def _labels(index: CompositeIndex, rows: list[Any]) -> pd.Index:
    return index.data.loc[rows].index


def _divided(index: CompositeIndex, table: pd.DataFrame) -> Floats:
    data = index.data.loc[table.index]
    choice = index.choices.denominate
    return steps.denominated(table, data, index.framework, choice).table.to_numpy(float)


def _numbers(values: Any) -> Any:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _powers(index: CompositeIndex) -> tuple[float, ...]:
    choice, depth = index.choices.aggregate, len(index.framework.levels) - 1
    methods = choice.methods * depth if len(choice.methods) == 1 else choice.methods
    found = []
    for method in methods:
        power = choice.power if method == "generalised" else MEANS.get(method)
        if power is None:
            raise FrameworkError(
                f"“{method}”合成的指数不能反复重算。 / An index of {method} cannot be redrawn."
            )
        found.append(float(power))
    return tuple(found)
