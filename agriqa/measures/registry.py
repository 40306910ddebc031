"""The registry of measures, and the tidy table of their values."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from agriqa.errors import UnknownNameError
from agriqa.measures import (
    base_crops,
    bases,
    benchmarks,
    brands,
    capacity,
    certificates,
    enforcement,
    evaluation,
    exposure,
    fertilisers,
    greening,
    intake,
    nutrient_balance,
    nutrients,
    pass_rates,
    pesticides,
    products,
    published,
    residue_levels,
    residues,
    sampling,
    sampling_plan,
    trends,
)
from agriqa.measures.measure import LEVELS, Level, Measure
from agriqa.measures.source import Source
from agriqa.measures.values import values
from agriqa.project import Project
from agriqa.store import Snapshot

if TYPE_CHECKING:
    import pandas as pd

# In the order in which a report shows them.
FAMILIES = (
    bases, base_crops, pesticides, fertilisers, nutrient_balance, trends, greening, sampling,
    pass_rates, residues, residue_levels, intake, sampling_plan, brands, certificates, enforcement,
    capacity, benchmarks, published, evaluation,
)  # fmt: skip


@cache
def registry() -> dict[str, Measure]:
    """Return all measures by id.

    Examples
    --------
    >>> registry()["pass_rate_pct"].label.zh
    '例行监测合格率'
    """
    return {measure.id: measure for family in FAMILIES for measure in family.MEASURES}


def core_measures() -> list[Measure]:
    """Return the measures that stand in the short tables of a report.

    Examples
    --------
    >>> all(measure.core for measure in core_measures())
    True
    """
    return [measure for measure in registry().values() if measure.core]


def measure(name: str) -> Measure:
    """Return one measure; an unknown id is an error with the nearest ones."""
    if name not in registry():
        raise UnknownNameError("指标", "measure", name, registry())
    return registry()[name]


def compute(
    snapshot: Snapshot,
    ids: Iterable[str] | None = None,
    *,
    levels: Sequence[Level] = LEVELS,
) -> pd.DataFrame:
    """Compute measures over a snapshot.

    Parameters
    ----------
    snapshot : Snapshot
        The frozen data.
    ids : iterable of str, optional
        Which measures; all by default.
    levels : sequence of {"county", "prefecture", "province"}
        Which levels of area.

    Returns
    -------
    DataFrame
        One row per measure, area and period: value [unit of the measure], n,
        low, high, status and coverage (share of the area's counties behind
        the value).
    """
    chosen = [measure(name) for name in (ids if ids is not None else registry())]
    return values(chosen, Source(snapshot), levels)


def measure_table(snapshot: Snapshot, *, areas: Sequence[str] | None = None) -> pd.DataFrame:
    """Return every measure of a snapshot, computed once and kept beside it.

    Parameters
    ----------
    snapshot : Snapshot
        The frozen data.
    areas : sequence of str, optional
        Codes of counties, prefectures or the province; all by default.
    """
    import pandas as pd

    path = snapshot.folder / f"measures-{_definition(snapshot.project)}.parquet"
    if not path.is_file():
        found = compute(snapshot)
        try:
            handle, name = tempfile.mkstemp(prefix=".measures-", dir=snapshot.folder)
        except PermissionError:
            # Somebody who may only read the snapshot computes anew each time.
            return found if areas is None else found[found["area"].isin(list(areas))]
        os.close(handle)
        found.to_parquet(name, index=False)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    filters = None if areas is None else [("area", "in", list(areas))]
    return pd.read_parquet(path, filters=filters)


def _definition(project: Project) -> str:
    """Hash what the values depend on besides the data: program, register and settings."""
    register = ("counties.csv", "prefectures.csv", "county_changes.csv")
    paths = [project.reference / name for name in register]
    paths += [project.config / name for name in (products.FILE, nutrients.FILE, exposure.FILE)]
    digest = hashlib.sha256(_program())
    for path in paths:
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()[:12]


@cache
def _program() -> bytes:
    """Hash the measures, the statistics and the declarations, which stay as they were imported."""
    package = Path(__file__).parents[1]
    sources = ["measures/*.py", "stats/**/*.py", "datasets/declared/*.toml", "areas/*.py"]
    digest = hashlib.sha256()
    for path in (path for pattern in sources for path in sorted(package.glob(pattern))):
        digest.update(path.read_bytes())
    return digest.digest()
