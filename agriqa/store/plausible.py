"""Whether a load's rows are plausible beside the rows the store holds.

A county's value is compared with its own last years and with its neighbours,
and the total of a year that all counties have reported with published figures.
The rows are kept; what is doubtful is returned as warnings.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import sqlalchemy as sa

from agriqa.datasets import Dataset
from agriqa.ingest.doubts import gathered
from agriqa.ingest.reading import WARNING_COLUMNS
from agriqa.project import Project
from agriqa.store.held import Held, held_around, loaded_rows, sums_by_year
from agriqa.store.history import SPAN, jumps
from agriqa.store.neighbours import odd_ones
from agriqa.store.published import against_published


def against_store(
    connection: sa.Connection, declared: Dataset, load_id: int, project: Project
) -> pd.DataFrame:
    """Find what is doubtful in the rows that a load brought, beside the store's others.

    Call it in the load's transaction after the rows were written. Its cost
    goes with the counties and years of the load; a dataset that declares no
    such rule costs nothing.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        Inside the load's transaction.
    declared : Dataset
        The dataset.
    load_id : int
        The load; its rows in force are looked at.
    project : Project
        Gives register, neighbours and the jurisdiction's code.

    Returns
    -------
    DataFrame
        `WARNING_COLUMNS` and ``sheet``, in the order of the rows. A warning
        about the whole dataset stands at row 0, column 0 of its first sheet.
    """
    rules = declared.rules
    empty = pd.DataFrame(columns=[*WARNING_COLUMNS, "sheet"])
    if not rules.need_the_store:
        return empty
    rows = loaded_rows(connection, declared, load_id)
    if not len(rows["row"]):
        return empty
    found: list[pd.DataFrame] = []
    if rules.jump or rules.neighbours:
        own = set(rows["county_code"])
        near = project.neighbours if rules.neighbours else {}
        around = {code for county in own for code in near.get(county, ())}
        earlier = SPAN * max((rule.years for rule in rules.jump), default=0)
        held = held_around(connection, declared, rows, more=around, earlier=earlier)
        found += [jumps(held, rule, declared, project.register) for rule in rules.jump]
        bases = _bases(connection, declared, held)
        found += [
            odd_ones(held, rule, bases.get(rule.per), declared, project)
            for rule in rules.neighbours
        ]
    for link in rules.published:
        found.append(against_published(connection, rows, link, declared, project))
    return gathered(found, "sheet")


def _bases(
    connection: sa.Connection, declared: Dataset, held: Held
) -> dict[str | None, np.ndarray]:
    """Return what the rules divide by, by county and year."""
    wanted = {rule.per for rule in declared.rules.neighbours if rule.per is not None}
    return {
        per: sums_by_year(connection, per, held.counties, held.first, held.years)
        for per in sorted(wanted)
    }
