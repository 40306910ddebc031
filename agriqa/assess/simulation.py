"""How sure ranks and grades are: an index rebuilt over the choices for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from agriqa.assess.alternatives import Alternatives
from agriqa.assess.design import Design, nominal_design, random_design
from agriqa.assess.rebuilding import DECIMALS, rebuild
from agriqa.stats.checks import Floats, Language, in_language, require_choice, require_level
from agriqa.stats.grading import CutBelongsTo, grade_points

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class GradeProbabilities:
    """Share of rebuilds in which each unit has each grade.

    Attributes
    ----------
    grades : tuple of str
        From the lowest to the highest.
    probability : ndarray of float, shape (units, grades)
        [0-1]; missing for a unit that has a score in no draw.
    nominal : ndarray of str, shape (units,)
        Grade of the nominal score; None where that is missing.
    draws : int
        Rebuilds counted: those whose scale the cuts are meant for.
    """

    grades: tuple[str, ...]
    probability: Floats
    nominal: npt.NDArray[np.object_]
    draws: int

    @property
    def stability(self) -> Floats:
        """Probability of the nominal grade [0-1], shape (units,); missing without one."""
        place = {grade: k for k, grade in enumerate(self.grades)}
        return np.array(
            [
                np.nan if grade is None else row[place[grade]]
                for grade, row in zip(self.nominal, self.probability, strict=True)
            ]
        )


@dataclass(frozen=True)
class Simulation:
    """Scores and ranks of an index rebuilt many times.

    Attributes
    ----------
    scores : ndarray of float, shape (draws, units)
        On the scale of the alternatives; missing where too little is known.
    ranks : ndarray of int16, shape (draws, units)
        1 is best, equal scores (to 9 decimals) share the best rank; 0 where the score is
        missing.
    nominal_scores : ndarray of float, shape (units,)
        Of the nominal index.
    nominal_ranks : ndarray of int16, shape (units,)
        As `ranks`.
    design : Design
        What each draw chose.
    alternatives : Alternatives
        What there was to choose from.
    """

    scores: Floats
    ranks: npt.NDArray[np.int16]
    nominal_scores: Floats
    nominal_ranks: npt.NDArray[np.int16]
    design: Design
    alternatives: Alternatives

    def rank_bands(self, *, level: float = 0.9) -> pd.DataFrame:
        """Where each unit's ranks lie.

        Parameters
        ----------
        level : float
            Share of the draws within the band [0-1], equal shares being outside on
            either side.

        Returns
        -------
        DataFrame, one row per unit
            nominal, median, mean, low, high: ranks, missing for a unit without a score;
            draws: rebuilds in which the unit has one.

        Raises
        ------
        ValueError
            If `level` is not between 0 and 1.

        References
        ----------
        COINr, `get_sensitivity` (5th and 95th percentile, as here by default).
        """
        import pandas as pd

        require_level("level", level)
        tail = (1 - level) / 2
        ranked = self.ranks > 0
        quantiles = np.full((3, self.ranks.shape[1]), np.nan)
        always = ranked.all(axis=0)
        quantiles[:, always] = np.quantile(self.ranks[:, always], [tail, 0.5, 1 - tail], axis=0)
        for unit in np.flatnonzero(ranked.any(axis=0) & ~always):
            own = self.ranks[ranked[:, unit], unit]
            quantiles[:, unit] = np.quantile(own, [tail, 0.5, 1 - tail])
        draws = ranked.sum(axis=0)
        total = self.ranks.sum(axis=0, dtype=np.int64)
        return pd.DataFrame(
            {
                "nominal": np.where(self.nominal_ranks > 0, self.nominal_ranks, np.nan),
                "median": quantiles[1],
                "mean": total / np.where(draws > 0, draws, np.nan),
                "low": quantiles[0],
                "high": quantiles[2],
                "draws": draws,
            }
        )

    def probability_above(self, rank: int) -> Floats:
        """Probability of a place at or above a rank.

        Parameters
        ----------
        rank : int
            10 for a place among the first ten.

        Returns
        -------
        ndarray of float, shape (units,)
            Share of the draws in which the unit has a score [0-1]; missing if none.

        Raises
        ------
        ValueError
            If `rank` is below 1.
        """
        if rank < 1:
            raise ValueError(f"rank must be 1 or above, got {rank}")
        ranked = self.ranks > 0
        draws = ranked.sum(axis=0)
        within = (ranked & (self.ranks <= rank)).sum(axis=0)
        return np.asarray(within / np.where(draws > 0, draws, np.nan))

    def grade_probabilities(
        self,
        *,
        grades: Sequence[str],
        cuts: Sequence[float],
        cut_belongs_to: CutBelongsTo = "band_above",
        normalisations: Sequence[str] | None = None,
    ) -> GradeProbabilities:
        """Probability of each grade.

        Cuts mean something on one scale only: 60 of 100 between fixed goalposts is not 60
        by rank. Only draws with the normalisations named are counted.

        Parameters
        ----------
        grades, cuts, cut_belongs_to
            See `agriqa.stats.grading.grade_points`.
        normalisations : sequence of str, optional
            Whose scale the cuts are meant for; the nominal one by default.

        Returns
        -------
        GradeProbabilities

        Raises
        ------
        ValueError
            If grades and cuts do not fit, a normalisation is not among the alternatives,
            or no draw has one of them.
        """
        offered = self.alternatives.normalisations
        chosen = offered[:1] if normalisations is None else tuple(normalisations)
        for name in chosen:
            require_choice("normalisations", name, offered)
        rule = {"grades": grades, "cuts": cuts, "cut_belongs_to": cut_belongs_to}
        nominal = grade_points(self.nominal_scores, **rule)  # type: ignore[arg-type]
        comparable = np.isin(self.design.normalisation, [offered.index(name) for name in chosen])
        if not comparable.any():
            raise ValueError(f"no draw has one of the normalisations {chosen}")
        # Rounded as the nominal scores are in their grades.
        scores = np.round(self.scores[comparable], DECIMALS)
        known = ~np.isnan(scores)
        edges = np.round(np.asarray(cuts, dtype=np.float64), DECIMALS)
        side = np.less_equal if cut_belongs_to == "band_above" else np.less
        reached = np.array([side(edge, scores).sum(axis=0) for edge in edges])
        passed = np.vstack([known.sum(axis=0), reached.reshape(len(edges), -1)])
        counts = -np.diff(np.vstack([passed, np.zeros_like(passed[:1])]), axis=0)
        return GradeProbabilities(
            grades=tuple(grades),
            probability=(counts / np.where(passed[0] > 0, passed[0], np.nan)).T,
            nominal=nominal,
            draws=int(comparable.sum()),
        )

    def summary(self, language: Language = "zh") -> str:
        """Say how far ranks move."""
        change = mean_rank_change(self.ranks, self.nominal_ranks)
        if np.isnan(change).all():
            return no_ranks(language)
        bands = self.rank_bands()
        width = (bands["high"] - bands["low"]).median()
        draws, units = self.ranks.shape
        return in_language(
            language,
            zh=(
                f"{units} 个单元的指数在各种可选做法下重算 {draws} 次：名次与基准相比平均变动 "
                f"{np.nanmean(change):.1f} 位；90% 名次区间宽度的中位数为 {width:.0f} 位。"
            ),
            en=(
                f"The index of {units} units was rebuilt {draws} times over its choices: ranks "
                f"move by {np.nanmean(change):.1f} places on average against the nominal ones, "
                f"and half of the 90 % rank bands are at most {width:.0f} places wide."
            ),
        )


def mean_rank_change(ranks: npt.NDArray[np.int16], nominal: npt.NDArray[np.int16]) -> Floats:
    """Mean over the units of the absolute change of rank.

    Parameters
    ----------
    ranks : ndarray of int, shape (draws, units)
        0 where missing; a unit counts where it has both ranks.
    nominal : ndarray of int, shape (units,)
        What to compare with.

    Returns
    -------
    ndarray of float, shape (draws,)
        [places]; missing where no unit has both.

    References
    ----------
    Saisana, Saltelli and Tarantola (2005), J. R. Statist. Soc. A 168(2), 307-323, equation
    for the average shift in rank; COINr, `get_sensitivity`.

    Examples
    --------
    >>> mean_rank_change(np.array([[1, 2, 3], [2, 1, 0]]), np.array([1, 2, 3])).tolist()
    [0.0, 1.0]
    """
    both = (ranks > 0) & (nominal > 0)
    moved = np.abs(ranks.astype(np.int32) - nominal)
    count = both.sum(axis=1)
    return np.asarray(np.sum(moved, axis=1, where=both) / np.where(count > 0, count, np.nan))


def no_ranks(language: Language) -> str:
    """Say that there is no rank to move.

    Parameters
    ----------
    language : {"zh", "en"}
        Chinese or English.

    Raises
    ------
    ValueError
        If the language is another.

    Examples
    --------
    >>> no_ranks("en")
    'Nothing can be said of changes of rank: no unit has a rank in the index and a draw of it.'
    """
    return in_language(
        language,
        zh="无从说明名次变动：没有名次可与基准相比的单元。",
        en="Nothing can be said of changes of rank: no unit has a rank in the index and a draw "
        "of it.",
    )


def simulate(
    alternatives: Alternatives,
    *,
    draws: int = 1000,
    seed: int,
    design: Design | None = None,
    threads: int | None = None,
) -> Simulation:
    """Rebuild an index over the choices for it.

    Treatment is not done again on perturbed values: each treated table takes the errors
    that belong to it.

    Parameters
    ----------
    alternatives : Alternatives
        The first of each kind makes the nominal index, from given weights, all indicators
        and the values as measured.
    draws : int
        Number of random rebuilds, see `random_design`.
    seed : int
        0 or above; same seed, same result.
    design : Design, optional
        What to rebuild instead of random choices; `draws` is not used then.
    threads : int, optional
        As many as processors by default.

    Returns
    -------
    Simulation

    Raises
    ------
    ValueError
        If the design goes beyond the alternatives, or a number is out of range.

    Examples
    --------
    >>> from agriqa.assess.alternatives import IndicatorTable
    >>> from agriqa.assess.hierarchy import Hierarchy
    >>> table = IndicatorTable([[90, 1.0], [95, 8.0], [99, 3.0]], errors=[2.0, 0.5])
    >>> tree = Hierarchy(([0, 0],), ([1, 1],))
    >>> simulate(Alternatives({"none": table}, tree, [1, -1]), seed=1).nominal_ranks.tolist()
    [2, 3, 1]
    """
    if design is None:
        design = random_design(alternatives, draws, seed=seed)
    nominal_scores, nominal_ranks = rebuild(alternatives, nominal_design(), seed=seed)
    scores, ranks = rebuild(alternatives, design, seed=seed, threads=threads)
    return Simulation(
        scores=scores,
        ranks=ranks,
        nominal_scores=nominal_scores[0],
        nominal_ranks=nominal_ranks[0],
        design=design,
        alternatives=alternatives,
    )
