"""The choices by which an index can be built, all of them defensible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from agriqa.assess.hierarchy import Hierarchy
from agriqa.stats.checks import Floats, require_choice
from agriqa.stats.normalisation import directed, indicator_table

Normalisation = Literal["min_max", "z_score", "percentile_rank", "goalposts"]
MEANS: Mapping[str, float] = MappingProxyType({"arithmetic": 1, "geometric": 0, "harmonic": -1})

# A mean of larger power than this is the best or the worst value for all purposes, and
# powers of values must stay in range.
_LARGEST_POWER = 50


def _none() -> Floats:
    return np.array(np.nan)


@dataclass(frozen=True)
class IndicatorTable:
    """Indicators in their own units, as one treatment of outliers leaves them.

    Errors, bounds, goalposts and further rows are in the units of these values: after a
    logarithm they are those of the logarithm.

    Attributes
    ----------
    values : ndarray of float, shape (units, indicators)
        NaN where missing.
    errors : ndarray of float, shape (units, indicators)
        Standard error of each value, or one per indicator; 0 or NaN where none is known.
    lowest, highest : ndarray of float, shape (units, indicators)
        Ends of what a value can be (0 and 100 of a percentage), or one per indicator; NaN
        for none.
    worst, best : ndarray of float, shape (indicators,)
        Goalposts; NaN throughout if there are none.
    pool : ndarray of float, shape (rows, indicators)
        Further rows, other years for instance: min-max, z-scores and percentile ranks are
        taken over the units and these.

    Raises
    ------
    ValueError
        If shapes do not match, an error is negative, or a value is out of bounds.

    Examples
    --------
    >>> IndicatorTable([[98.0, 2], [95, 7]], errors=[[1, 0], [1, 0]], highest=[100, np.nan])
    IndicatorTable(2 units, 2 indicators)
    """

    values: Floats
    errors: Floats = field(default_factory=lambda: np.array(0.0), kw_only=True)
    lowest: Floats = field(default_factory=_none, kw_only=True)
    highest: Floats = field(default_factory=_none, kw_only=True)
    worst: Floats = field(default_factory=_none, kw_only=True)
    best: Floats = field(default_factory=_none, kw_only=True)
    pool: Floats = field(default_factory=_none, kw_only=True)

    def __post_init__(self) -> None:
        """Bring all to full shape, and refuse what does not fit."""
        values = indicator_table(self.values).copy()
        kept = {"values": values}
        shapes = dict.fromkeys(("errors", "lowest", "highest"), values.shape)
        shapes |= dict.fromkeys(("worst", "best"), values.shape[1:])
        for name, shape in shapes.items():
            given = np.asarray(getattr(self, name), dtype=np.float64)
            if given.ndim and given.shape not in (shape, shape[-1:]):
                raise ValueError(f"{name} must have shape {shape}, got {given.shape}")
            kept[name] = np.array(np.broadcast_to(given, shape))
        rows = values[:0] if np.ndim(self.pool) == 0 else indicator_table(self.pool).copy()
        if rows.shape[1] != values.shape[1]:
            raise ValueError(f"pool must have {values.shape[1]} indicators, got {rows.shape[1]}")
        kept["pool"] = rows
        kept["errors"] = np.nan_to_num(kept["errors"], nan=0.0, posinf=np.inf)
        if not (np.isfinite(kept["errors"]).all() and (kept["errors"] >= 0).all()):
            raise ValueError("errors must be 0 or above, or missing")
        if (values < kept["lowest"]).any() or (values > kept["highest"]).any():
            raise ValueError("values must be within lowest and highest")
        if np.isinf(kept["worst"]).any() or np.isinf(kept["best"]).any():
            raise ValueError("goalposts must be finite")
        for name, array in kept.items():
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    def __repr__(self) -> str:
        return f"IndicatorTable({len(self.values)} units, {self.values.shape[1]} indicators)"


@dataclass(frozen=True)
class Alternatives:
    """All the choices for an index: the first of each kind makes the nominal index.

    Attributes
    ----------
    treatments : mapping of str to IndicatorTable
        The same units and indicators as each treatment of outliers leaves them.
    hierarchy : Hierarchy
        Groups and given weights.
    directions : ndarray of {1, -1}, shape (indicators,)
        Whether more is better (1) or worse (-1).
    normalisations : tuple of str
        All give scores from `lower` for worst to `upper` for best, over the units and the
        pool: "min_max"; "z_score", the middle for the mean and the ends for `deviations`
        sample standard deviations, beyond which scores may lie; "percentile_rank",
        (rank - 1) / (n - 1) with ties shared; and "goalposts", cut there, whatever the
        units are. (Ranks and Borda points are percentile ranks on another scale.)
    aggregations : mapping of str to float or tuple of float
        Power of the generalised mean, for all levels or from the bottom up; see `MEANS`.
    weight_noise : tuple of float
        Per level but the top, f [0-1) of weights times a uniform number from 1-f to 1+f.
        A number is meant for all levels.
    drop : bool
        Whether one indicator may be left out.
    minimum_share : float
        Least part of a group's members that must be known [0-1]; below it the group is
        missing. Otherwise the weights of the known ones are scaled up.
    lower, upper : float
        Ends of the scale.
    floor : float
        Values below it are raised to it before a mean of a power of 0 or below, which needs
        this or the lower end above 0; if it is 0, to the lower end. (Before a mean of
        another power than 1, values below 0 are raised to 0.)
    deviations : float
        See "z_score".

    Raises
    ------
    ValueError
        If the parts do not fit each other, a name is unknown or stands twice, or a
        number is out of range.

    References
    ----------
    COINr, `get_sensitivity`, `get_noisy_weights`, `n_minmax`, `n_prank`, `n_goalposts`;
    Saisana, Saltelli and Tarantola (2005), J. R. Statist. Soc. A 168(2), 307-323.
    """

    treatments: Mapping[str, IndicatorTable]
    hierarchy: Hierarchy
    directions: npt.NDArray[np.float64]
    normalisations: tuple[Normalisation, ...] = ("min_max",)
    aggregations: Mapping[str, float | tuple[float, ...]] = field(
        default_factory=lambda: {"arithmetic": 1.0}
    )
    weight_noise: tuple[float, ...] = 0.0  # type: ignore[assignment]
    drop: bool = False
    minimum_share: float = 0.0
    lower: float = 1.0
    upper: float = 100.0
    floor: float = 0.0
    deviations: float = 3.0

    def __post_init__(self) -> None:
        """Bring powers and noise to one per level, and refuse what does not fit."""
        tables = dict(self.treatments)
        if not tables:
            raise ValueError("at least one treatment is needed")
        first = next(iter(tables.values()))
        k, steps = self.hierarchy.n_indicators, self.hierarchy.levels - 1
        for name, table in tables.items():
            if table.values.shape != (len(first.values), k):
                raise ValueError(
                    f"treatment {name!r} must have shape {(len(first.values), k)}, "
                    f"got {table.values.shape}"
                )
        if not 0 < len(first.values) < 2**15:
            raise ValueError(f"1 to 32767 units are allowed, got {len(first.values)}")
        directed(first.values, self.directions)
        signs = np.array(self.directions, dtype=np.float64)
        names = tuple(self.normalisations)
        for name in names:
            require_choice("normalisation", name, get_args(Normalisation))
        if not names or len(set(names)) < len(names):
            raise ValueError(f"normalisations must be one or more, each once, got {names}")
        if "goalposts" in names:
            for table in tables.values():
                if not (signs * (table.best - table.worst) > 0).all():
                    raise ValueError("goalposts need a best beyond the worst, by direction")
        powers = {name: _per_level(name, p, steps) for name, p in self.aggregations.items()}
        if not powers:
            raise ValueError("at least one aggregation is needed")
        noise = _per_level("weight_noise", self.weight_noise, steps)
        if not all(0 <= f < 1 for f in noise):
            raise ValueError(f"weight_noise must be within 0-1, 1 excluded, got {noise}")
        if not 0 <= self.minimum_share <= 1:
            raise ValueError(f"minimum_share must be within 0-1, got {self.minimum_share}")
        self._require_scale(min(min(p) for p in powers.values()), powers)
        if self.drop and k < 2:
            raise ValueError("at least 2 indicators are needed to leave one out")
        kept = {"treatments": MappingProxyType(tables), "directions": signs}
        kept |= {"normalisations": names, "aggregations": MappingProxyType(powers)}
        for name, value in (kept | {"weight_noise": noise}).items():
            object.__setattr__(self, name, value)

    def _require_scale(self, least: float, powers: Mapping[str, tuple[float, ...]]) -> None:
        if not self.lower < self.upper <= 1e6:
            raise ValueError(f"lower must be below upper, got {self.lower} and {self.upper}")
        if not self.deviations > 0:
            raise ValueError(f"deviations must be above 0, got {self.deviations}")
        if not 0 <= self.floor < self.upper:
            raise ValueError(f"floor must be from 0 to below upper, got {self.floor}")
        if least <= 0 and max(self.lower, self.floor) < 1e-6:
            raise ValueError("lower or floor must be above 0 for powers of 0 and below: 1, say")
        if self.lower < 0 and any(p > 0 and p != 1 for power in powers.values() for p in power):
            raise ValueError("lower must be 0 or above unless all powers are 1")

    @property
    def units(self) -> int:
        """Number of units."""
        return len(next(iter(self.treatments.values())).values)

    @property
    def has_errors(self) -> bool:
        """Whether a sampling error is known."""
        return any((table.errors > 0).any() for table in self.treatments.values())


def _per_level(name: str, given: float | tuple[float, ...], levels: int) -> tuple[float, ...]:
    numbers = np.asarray(given, dtype=np.float64)
    if numbers.ndim and numbers.shape != (levels,):
        raise ValueError(f"{name} needs 1 number, or {levels} from the bottom up, got {given}")
    if not (np.abs(numbers) <= _LARGEST_POWER).all():
        raise ValueError(f"{name} must be within -{_LARGEST_POWER} and {_LARGEST_POWER}")
    return tuple(np.broadcast_to(numbers, (levels,)).tolist())
