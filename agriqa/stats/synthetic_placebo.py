"""Placebo tests of a synthetic control: other units, and an earlier date."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agriqa.stats.checks import Language, in_language
from agriqa.stats.synthetic_control import SyntheticControl, synthetic_control

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class PlaceboInSpace:
    """The treated unit among donors treated in its stead.

    Attributes
    ----------
    table : DataFrame
        Indexed by unit, largest ratio first: pre_error, post_error, effect
        [outcome's unit], error_ratio (mean squared gap after over before),
        kept (fits well enough to be compared).
    gaps : DataFrame
        Periods x units, observed less synthetic [outcome's unit].
    treated : Hashable
        Label of the treated unit.
    rank : int
        Place of the treated unit's ratio among the kept, 1 the largest; ties
        count against it.
    p_value : float
        Rank over the number kept [0-1].
    """

    table: pd.DataFrame
    gaps: pd.DataFrame
    treated: Hashable
    rank: int
    p_value: float

    def summary(self, language: Language = "zh") -> str:
        """Say where the treated unit ranks and what p that makes."""
        kept = int(self.table["kept"].sum())
        return in_language(
            language,
            zh=(
                f"{self.treated} 处理后与处理前的误差比在 {kept} 个单元中排第 {self.rank},"
                f"相当于 p={self.p_value:.3f};单元数决定 p 不会小于 {1 / kept:.3f}。"
            ),
            en=(
                f"The error ratio of {self.treated} ranks {self.rank} of {kept} units,"
                f" p={self.p_value:.3f}; with so many units p cannot be below {1 / kept:.3f}."
            ),
        )


def placebo_in_space(
    outcomes: pd.DataFrame,
    *,
    treated: Hashable,
    first_treated: object,
    donors: Sequence[Hashable] | None = None,
    treated_as_donor: bool = False,
    largest_pre_ratio: float = np.inf,
    predictors: pd.DataFrame | None = None,
    predictor_weights: Sequence[float] | None = None,
    ridge: float = 0.0,
) -> PlaceboInSpace:
    """Treat every donor as if it were the treated unit and rank the error ratios.

    Parameters
    ----------
    outcomes, treated, first_treated, donors, predictors, predictor_weights, ridge
        As in `synthetic_control`. Units that cannot be fitted are left out.
    treated_as_donor : bool
        Let placebo units use the truly treated unit as donor (Abadie et al.
        2010); by default not, as its outcomes hold the effect.
    largest_pre_ratio : float
        Compare only with placebos whose mean squared gap before is at most this
        multiple of the treated unit's (Abadie et al. use 20, 5 and 2).

    Raises
    ------
    ValueError
        As `synthetic_control`, and if there are fewer than two donors.

    References
    ----------
    Abadie, Diamond, Hainmueller (2010), J. Am. Stat. Assoc. 105: 493-505.

    Examples
    --------
    >>> import pandas as pd
    >>> outcomes = pd.DataFrame({"a": [1.0, 2, 9], "b": [1.0, 3, 3], "c": [2.0, 2, 2]})
    >>> placebo_in_space(outcomes, treated="a", first_treated=2).rank
    1
    """
    import pandas as pd

    if not largest_pre_ratio > 0:
        raise ValueError("largest_pre_ratio must be positive")

    def fit(unit: Hashable, pool: list[Hashable]) -> SyntheticControl:
        return synthetic_control(
            outcomes,
            treated=unit,
            first_treated=first_treated,
            donors=pool,
            predictors=predictors,
            predictor_weights=predictor_weights,
            ridge=ridge,
        )

    remaining = [name for name in outcomes.columns if name != treated]
    pool: list[Hashable] = [*(remaining if donors is None else donors)]
    fits = {treated: fit(treated, pool)}
    if len(fits[treated].weights) < 2:
        raise ValueError("a placebo test needs at least two donors")
    usable = list(fits[treated].weights.index)
    for unit in usable:
        others: list[Hashable] = [name for name in usable if name != unit]
        try:
            fits[unit] = fit(unit, [*others, treated] if treated_as_donor else others)
        except ValueError:
            continue  # not seen from the start of treatment on
    table = pd.DataFrame(
        {
            "pre_error": {unit: item.pre_error for unit, item in fits.items()},
            "post_error": {unit: item.post_error for unit, item in fits.items()},
            "effect": {unit: item.effect for unit, item in fits.items()},
            "error_ratio": {unit: item.error_ratio for unit, item in fits.items()},
        }
    )
    limit = largest_pre_ratio * fits[treated].pre_error ** 2
    own = table.index == treated
    table["kept"] = (table["pre_error"] ** 2 <= limit) | own
    kept = table.loc[table["kept"], "error_ratio"]
    rank = int((kept >= kept[treated]).sum())
    return PlaceboInSpace(
        table=table.sort_values("error_ratio", ascending=False),
        gaps=pd.DataFrame({unit: item.paths["gap"] for unit, item in fits.items()}),
        treated=treated,
        rank=rank,
        p_value=rank / len(kept),
    )


def placebo_in_time(
    outcomes: pd.DataFrame,
    *,
    treated: Hashable,
    first_treated: object,
    placebo_start: object,
    donors: Sequence[Hashable] | None = None,
    predictors: pd.DataFrame | None = None,
    predictor_weights: Sequence[float] | None = None,
    ridge: float = 0.0,
) -> SyntheticControl:
    """Pretend that treatment began earlier, with the truly treated periods cut off.

    A gap that opens at the pretended start speaks against the design.

    Parameters
    ----------
    outcomes, treated, first_treated, donors, predictors, predictor_weights, ridge
        As in `synthetic_control`; predictors must be from before the pretended start.
    placebo_start : object
        Pretended first treated period, before `first_treated`.

    Raises
    ------
    ValueError
        As `synthetic_control`, and if the pretended start is not before the true one.

    References
    ----------
    Abadie, Diamond, Hainmueller (2015), Am. J. Polit. Sci. 59: 495-510.

    Examples
    --------
    >>> import pandas as pd
    >>> outcomes = pd.DataFrame({"a": [2.0, 4, 9], "b": [1.0, 3, 5], "c": [3.0, 5, 7]})
    >>> placebo_in_time(outcomes, treated="a", first_treated=2, placebo_start=1).effect
    0.0
    """
    early = outcomes.loc[np.asarray(outcomes.index < first_treated)]
    if not (np.asarray(early.index) >= placebo_start).any():
        raise ValueError("placebo_start must be a period before first_treated")
    return synthetic_control(
        early,
        treated=treated,
        first_treated=placebo_start,
        donors=donors,
        predictors=predictors,
        predictor_weights=predictor_weights,
        ridge=ridge,
    )
