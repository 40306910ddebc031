"""Which choice moves the ranks: Sobol indices, and indicators left out one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from agriqa.assess.alternatives import Alternatives
from agriqa.assess.design import Design, Places, nominal_design
from agriqa.assess.rebuilding import rebuild
from agriqa.assess.simulation import mean_rank_change, no_ranks
from agriqa.assess.sobol import SobolIndices, sobol_indices
from agriqa.stats.checks import Floats, Language, in_language

if TYPE_CHECKING:
    import pandas as pd

Factor = Literal["treatment", "normalisation", "aggregation", "weights", "dropped", "errors"]
_WORDS: dict[str, tuple[str, str]] = {
    "treatment": ("异常值处理", "treatment of outliers"),
    "normalisation": ("标准化方法", "normalisation"),
    "aggregation": ("合成方法", "aggregation"),
    "weights": ("权重", "weights"),
    "dropped": ("剔除指标", "indicator left out"),
    "errors": ("抽样误差", "sampling error"),
}


@dataclass(frozen=True)
class RankSensitivity:
    """What the choices for an index do to its ranks.

    Attributes
    ----------
    overall : SobolIndices
        Of the mean absolute rank change against the nominal index.
    by_unit : SobolIndices or None
        Of each unit's rank, outputs being units, if asked for.
    mean_change : float
        Mean of the output over the draws [places].
    """

    overall: SobolIndices
    by_unit: SobolIndices | None
    mean_change: float

    def frame(self) -> pd.DataFrame:
        """Tabulate the overall indices, see `SobolIndices.frame`."""
        return self.overall.frame()

    def summary(self, language: Language = "zh") -> str:
        """Name the choice that matters most."""
        indices = self.overall
        most = int(np.argmax(indices.total))
        zh, en = _WORDS[indices.factors[most]]
        share, error = indices.total[most], indices.total_error[most]
        if not indices.total.any():
            return in_language(
                language,
                zh=f"各种可选做法都不改变平均名次变动（{self.mean_change:.1f} 位）。",
                en=f"No choice alters the mean change of rank ({self.mean_change:.1f} places).",
            )
        return in_language(
            language,
            zh=(
                f"名次平均变动 {self.mean_change:.1f} 位；影响最大的是{zh}："
                f"总效应指数 {share:.2f}（±{error:.2f}），单独效应 {indices.first[most]:.2f}。"
            ),
            en=(
                f"Ranks move by {self.mean_change:.1f} places on average; the {en} matters most: "
                f"total index {share:.2f} (±{error:.2f}), alone {indices.first[most]:.2f}."
            ),
        )


@dataclass(frozen=True)
class IndicatorRemoval:
    """What each indicator does to the ranks.

    Attributes
    ----------
    mean_change : ndarray of float, shape (indicators,)
        Mean absolute rank change when the indicator is left out [places].
    changes : ndarray of int, shape (indicators, units)
        Rank without it minus nominal rank: above 0 where the unit loses places; NaN where
        either rank is missing.
    """

    mean_change: Floats
    changes: Floats

    def frame(self) -> pd.DataFrame:
        """Tabulate mean and largest change, one row per indicator in the order given."""
        import pandas as pd

        largest = np.max(np.abs(np.nan_to_num(self.changes)), axis=1)
        return pd.DataFrame({"mean_change": self.mean_change, "largest_change": largest})

    def summary(self, language: Language = "zh") -> str:
        """Say which indicator moves the ranks most when left out, counted from 1."""
        if np.isnan(self.mean_change).all():
            return no_ranks(language)
        most = int(np.nanargmax(self.mean_change))
        change = self.mean_change[most]
        return in_language(
            language,
            zh=f"逐个剔除指标时，剔除第 {most + 1} 个指标影响最大：名次平均变动 {change:.1f} 位。",
            en=(
                f"Of the indicators left out one by one, number {most + 1} matters most: ranks "
                f"move by {change:.1f} places on average."
            ),
        )


def rank_sensitivity(
    alternatives: Alternatives,
    *,
    base_draws: int = 512,
    seed: int,
    by_unit: bool = False,
    confidence: float = 0.95,
    resamples: int = 100,
    threads: int | None = None,
) -> RankSensitivity:
    """Estimate which choice for an index moves its ranks, by Sobol indices.

    Factors with one alternative only are left out. A realisation of noise in the weights,
    or of the sampling errors, is one value of its factor.

    Parameters
    ----------
    alternatives : Alternatives
        What there is to choose from; the first of each kind makes the nominal index.
    base_draws, confidence, resamples
        See `sobol_indices`.
    seed : int
        0 or above; same seed, same result.
    by_unit : bool
        Also give indices of the rank of each unit; 0 for a unit whose rank never moves,
        or is missing in a draw.
    threads : int, optional
        As many as processors by default.

    Returns
    -------
    RankSensitivity

    Raises
    ------
    ValueError
        If nothing varies, no unit has a rank in some draw, or a number is out of range.

    References
    ----------
    COINr, `get_sensitivity` with `SA_type = "SA"`; Saisana, Saltelli and Tarantola (2005),
    J. R. Statist. Soc. A 168(2), 307-323.
    """
    factors = varying_factors(alternatives)
    nominal = rebuild(alternatives, nominal_design(), seed=seed)[1][0]
    changes: list[Floats] = []

    def model(points: Floats) -> Floats:
        design = _design(alternatives, factors, points)
        ranks = rebuild(alternatives, design, seed=seed, threads=threads)[1]
        changes.append(mean_rank_change(ranks, nominal))
        if not by_unit:
            return changes[0][:, None]
        always = (ranks > 0).all(axis=0)
        return np.column_stack([changes[0], np.where(always, ranks, 0)])

    found = sobol_indices(
        model,
        factors,
        base_draws=base_draws,
        seed=seed,
        confidence=confidence,
        resamples=resamples,
    )

    def part(rows: int | slice) -> SobolIndices:
        return SobolIndices(
            factors,
            found.first[rows],
            found.first_error[rows],
            found.total[rows],
            found.total_error[rows],
            confidence,
            found.runs,
        )

    return RankSensitivity(
        overall=part(0),
        by_unit=part(slice(1, None)) if by_unit else None,
        mean_change=float(changes[0].mean()),
    )


def varying_factors(alternatives: Alternatives) -> tuple[Factor, ...]:
    """Name the factors that have more than one alternative.

    Parameters
    ----------
    alternatives : Alternatives
        What there is to choose from.

    Returns
    -------
    tuple of str
    """
    varies: dict[Factor, bool] = {
        "treatment": len(alternatives.treatments) > 1,
        "normalisation": len(alternatives.normalisations) > 1,
        "aggregation": len(alternatives.aggregations) > 1,
        "weights": any(alternatives.weight_noise),
        "dropped": alternatives.drop,
        "errors": alternatives.has_errors,
    }
    return tuple(factor for factor, more in varies.items() if more)


def remove_indicators(
    alternatives: Alternatives, *, threads: int | None = None
) -> IndicatorRemoval:
    """Leave the indicators out one by one, all else nominal.

    Parameters
    ----------
    alternatives : Alternatives
        The first of each kind makes the nominal index.
    threads : int, optional
        As many as processors by default.

    Returns
    -------
    IndicatorRemoval

    Raises
    ------
    ValueError
        If there is one indicator only.

    References
    ----------
    COINr, `remove_elements`.
    """
    k = alternatives.hierarchy.n_indicators
    none = nominal_design(k + 1)
    design = Design(
        none.treatment,
        none.normalisation,
        none.aggregation,
        none.weights,
        np.arange(-1, k),
        none.errors,
    )
    ranks = rebuild(alternatives, design, seed=0, threads=threads)[1]
    both = (ranks[1:] > 0) & (ranks[0] > 0)
    changes = np.where(both, ranks[1:].astype(np.float64) - ranks[0], np.nan)
    return IndicatorRemoval(mean_change=mean_rank_change(ranks[1:], ranks[0]), changes=changes)


def _design(alternatives: Alternatives, factors: tuple[Factor, ...], points: Floats) -> Design:
    """Turn points of the unit cube into choices."""
    sizes = {
        "treatment": len(alternatives.treatments),
        "normalisation": len(alternatives.normalisations),
        "aggregation": len(alternatives.aggregations),
        "dropped": alternatives.hierarchy.n_indicators + 1,
    }
    none = np.full(len(points), -1)
    places: dict[str, Places] = dict.fromkeys(("weights", "dropped", "errors"), none)
    places |= dict.fromkeys(("treatment", "normalisation", "aggregation"), none + 1)
    for factor, u in zip(factors, points.T, strict=True):
        if factor in sizes:
            places[factor] = np.minimum((u * sizes[factor]).astype(np.int64), sizes[factor] - 1)
        else:
            # Realisations have no order: one of its own for each distinct value.
            places[factor] = np.unique(u, return_inverse=True)[1]
    if "dropped" in factors:
        places["dropped"] = places["dropped"] - 1
    return Design(**places)
