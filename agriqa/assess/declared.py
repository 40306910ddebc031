"""A declared index over the measures of a snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from agriqa.assess.composite import CompositeIndex
from agriqa.assess.declaration import IndexDeclaration
from agriqa.assess.uncertainty import Grades
from agriqa.errors import NoDataError
from agriqa.measures import Level, measure, measure_table
from agriqa.measures.measure import ABSENT
from agriqa.stats.grading import grade_points

if TYPE_CHECKING:
    import pandas as pd

    from agriqa.store import Snapshot

# Half the width of a 95 % interval of the normal distribution, in standard errors.
_HALF_WIDTH = 1.959963984540054


def declared_index(
    snapshot: Snapshot, declaration: IndexDeclaration, *, level: Level = "county"
) -> CompositeIndex:
    """Make the declared index of a snapshot's areas.

    Parameters
    ----------
    snapshot : Snapshot
        The frozen data.
    declaration : IndexDeclaration
        Indicators, weights and choices.
    level : {"county", "prefecture", "province"}
        Which areas are the units.

    Returns
    -------
    CompositeIndex
        Its data have a row per unit (code of the area) and period, NaN where there is no
        value: `absences` says why.

    Raises
    ------
    NoDataError
        If a measure is not defined for the level, or there is no value at all.
    """
    data = _wide(snapshot, declaration, level, "value").astype(float)
    if not data.notna().any(axis=None):
        raise NoDataError(
            f"快照中没有“{declaration.label.zh}”所用指标的数据。"
            f" / The snapshot has no value of any measure of {declaration.id}."
        )
    return CompositeIndex(data, declaration.framework, declaration.choices)


def standard_errors(
    snapshot: Snapshot, declaration: IndexDeclaration, *, level: Level = "county"
) -> pd.DataFrame:
    """Return the standard errors of the measures that have a 95 % interval.

    Returns
    -------
    DataFrame
        Rows and columns as the index's data [units of the measures]: a quarter, nearly, of
        the interval's width. NaN for measures without an interval, and for those whose range
        is no interval of sampling, as between two treatments of what was not detected.
    """
    low = _wide(snapshot, declaration, level, "low").astype(float)
    high = _wide(snapshot, declaration, level, "high").astype(float)
    errors = (high - low) / (2 * _HALF_WIDTH)
    no_interval = [name for name in declaration.measures if not measure(name).has_sampling_interval]
    errors[no_interval] = np.nan
    return errors


def absences(
    snapshot: Snapshot, declaration: IndexDeclaration, *, level: Level = "county"
) -> pd.DataFrame:
    """Return why values are absent.

    Returns
    -------
    DataFrame
        Rows and columns as the index's data: missing, withheld, too_few or within_rounding;
        None where there is a value.
    """
    status = _wide(snapshot, declaration, level, "status")
    # A measure without any row of a period has nothing there.
    return status.fillna("missing").where(lambda table: table.isin(ABSENT), None)


def graded(
    scores: pd.Series, declaration: IndexDeclaration, *, language: Literal["zh", "en"] = "zh"
) -> pd.Series:
    """Return the grade of each score; missing where there is none.

    Raises
    ------
    NoDataError
        If the declaration has no grades.
    """
    import pandas as pd

    rule = grades_of(declaration, language=language)
    if rule is None:
        raise NoDataError(f"“{declaration.label.zh}”没有分级。 / {declaration.id} has no grades.")
    grades = grade_points(scores.to_numpy(float), grades=rule.names, cuts=rule.cuts)
    return pd.Series(grades, index=scores.index, name="grade", dtype=object)


def _wide(
    snapshot: Snapshot, declaration: IndexDeclaration, level: Level, column: str
) -> pd.DataFrame:
    """Lay one column of the measures out, units and periods down, measures across."""
    names = declaration.measures
    for name in names:
        if level not in measure(name).levels:
            raise NoDataError(
                f"指标 {name} 没有这一级（{level}）的值。 / {name} is not defined for {level}."
            )
    table = measure_table(snapshot)
    rows = table[(table["level"] == level) & table["measure"].isin(names)]
    if declaration.first_year is not None:
        rows = rows[rows["period"] >= declaration.first_year]
    rows = rows.astype({"measure": str, "area": str, "status": str})
    keyed = rows.set_index(["area", "period", "measure"])[column]
    wide = keyed.unstack("measure").reindex(columns=names).sort_index()
    return wide.rename_axis(index=["unit", "period"], columns=None)


def grades_of(
    declaration: IndexDeclaration, *, language: Literal["zh", "en"] = "zh"
) -> Grades | None:
    """Return the declared grades with their cuts, lowest first; None where there are none."""
    if not declaration.grade:
        return None
    lowest_first = declaration.grade[::-1]
    return Grades(
        names=tuple(one.label[language] for one in lowest_first),
        cuts=tuple(one.at_least for one in lowest_first if one.at_least is not None),
    )
