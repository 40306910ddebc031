"""What a measure is: its declaration, and the frames it is computed from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from agriqa.datasets import Label
from agriqa.measures.source import Source

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["sum", "ratio", "proportion", "estimate"]
Level = Literal["county", "prefecture", "province"]
Theme = Literal["bases", "inputs", "sampling", "brands", "governance", "evaluation"]
LEVELS: tuple[Level, ...] = get_args(Level)

# Columns of the parts a measure is computed from: one row per county and period
# (county_code is missing for what is known of a prefecture or the province only).
# An `entity` column beside them names what may stand in several counties, to be
# counted once where they are added up.
PARTS = [
    "county_code", "prefecture_code", "period", "numerator", "denominator", "rows", "origin",
    "withheld", "complete",
]  # fmt: skip

# Columns of an estimate, which is computed for every area of every level at once:
# value, low and high in the measure's unit, n, the weakest origin behind it, and
# `absent` where there is no value: one of ABSENT. A `coverage` column beside them
# stands where it is not the share of counties that have a value of their own.
ESTIMATES = ["level", "area", "period", "value", "n", "low", "high", "origin", "absent"]

TIDY = [
    "measure", "level", "area", "period", "value", "n", "low", "high", "status", "coverage",
]  # fmt: skip

# Weakest first: an area's figure is as good as its weakest part.
ORIGINS = ["simulated", "estimated", "reported", "published"]
# Why there is no value: not there; there but not public; not enough to tell; a
# difference that the rounding of the published figures may have made.
ABSENT = ["missing", "withheld", "too_few", "within_rounding"]

_WILSON = Label(zh="95% Wilson 区间", en="95 % Wilson interval")


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One indicator of the registry.

    Attributes
    ----------
    id : str
        Name in tables and parameters; ends in its unit.
    label, formula : Label
        Chinese and English.
    unit : str
        Unit of the value, as a reader sees it.
    direction : {1, -1, 0}
        Whether more is better, worse or neither.
    kind : {"sum", "ratio", "proportion", "estimate"}
        How parts of several counties become one value: added; the ratio of
        the added numerators and denominators; the same with a Wilson interval;
        or computed anew for every area.
    datasets : tuple of str
        Where its data comes from.
    reference : str
        Whose definition or formula it is.
    parts : callable, optional
        From the snapshot's tables to a frame of ``PARTS``; not for an estimate.
    estimate : callable, optional
        From the snapshot's tables to a frame of ``ESTIMATES``; for an estimate only.
    interval : Label, optional
        What low and high are; the Wilson interval of a proportion by default.
    interval_is : {"confidence", "range"}
        A 95 % interval of the sampling error, or the range of what is not known exactly.
    scale : float
        Factor of a ratio, e.g. 100 for percent.
    zero_if_absent : bool
        Whether a county without a row has none (lists), not a missing return.
    minimum_n : int
        With a smaller n there is no value: too few to tell.
    levels : tuple of {"county", "prefecture", "province"}
        The levels of area it is defined for.
    core : bool
        Whether it stands in the short tables of a report.
    """

    id: str
    label: Label
    unit: str
    direction: Literal[1, -1, 0]
    theme: Theme
    kind: Kind
    formula: Label
    datasets: tuple[str, ...]
    reference: str
    parts: Callable[[Source], pd.DataFrame] | None = None
    estimate: Callable[[Source], pd.DataFrame] | None = None
    interval: Label | None = None
    interval_is: Literal["confidence", "range"] = "confidence"
    scale: float = 1.0
    decimals: int = 1
    zero_if_absent: bool = False
    minimum_n: int = 0
    levels: tuple[Level, ...] = LEVELS
    core: bool = False

    def __post_init__(self) -> None:
        given, other = ("estimate", "parts") if self.kind == "estimate" else ("parts", "estimate")
        if getattr(self, given) is None or getattr(self, other) is not None:
            raise ValueError(f"{self.id}: a measure of kind {self.kind} is given by its {given}")
        if self.interval is None and self.kind == "proportion":
            object.__setattr__(self, "interval", _WILSON)

    @property
    def has_sampling_interval(self) -> bool:
        """Whether low and high are a 95 % interval of the sampling error."""
        return self.interval is not None and self.interval_is == "confidence"

    @property
    def absence(self) -> Label:
        """What it returns for missing, withheld and too few, in words."""
        zh, en = "缺报为缺数", "no value where a return is missing"
        if self.zero_if_absent:
            zh, en = "名单中没有的县为 0", "0 for a county that is on no list"
        zh, en = f"{zh}；任一部分不公开则不公开", f"{en}; withheld where any part of it is"
        if self.minimum_n:
            zh += f"；n 小于 {self.minimum_n} 为样本太少，不给值"
            en += f"; too few, and no value, with n below {self.minimum_n}"
        return Label(zh=zh, en=en)


def origin_rank(rows: pd.DataFrame) -> pd.DataFrame:
    """Add the rank of each row's origin, the weakest 0."""
    import pandas as pd

    # Few names stand in many rows: each is looked up once.
    codes, names = pd.factorize(rows["origin"])
    ranks = {origin: float(rank) for rank, origin in enumerate(ORIGINS)}
    known = np.array([*(ranks[name] for name in names), np.nan])
    return rows.assign(rank=known[codes])


def origin_of(rank: pd.Series) -> pd.Series:
    """Return the origins of ranks; missing where there is no rank."""
    return rank.map(dict(enumerate(ORIGINS)))
