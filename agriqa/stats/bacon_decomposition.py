"""What a two-way fixed effects estimate averages where treatment starts at different times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from agriqa.stats.checks import Floats, Language, in_language
from agriqa.stats.panel import complete_rows, first_treated_periods, require_panel

if TYPE_CHECKING:
    import pandas as pd

_KINDS_ZH = {
    "treated vs never treated": "处理组与从未处理组",
    "earlier vs later treated": "先处理组与后处理组",
    "later vs earlier treated": "后处理组与先处理组",
    "treated vs always treated": "处理组与始终处理组",
}
# Their controls are already treated, so changing effects bias them.
_FORBIDDEN = ("later vs earlier treated", "treated vs always treated")


@dataclass(frozen=True)
class BaconDecomposition:
    """Two-by-two comparisons behind a two-way fixed effects estimate.

    Attributes
    ----------
    table : DataFrame
        One row per comparison: kind, treated_cohort, control_cohort (infinite
        for the never treated), estimate [outcome's unit], weight [0-1, sum 1].
    estimate : float
        Weighted sum of the comparisons: the two-way fixed effects coefficient.
    """

    table: pd.DataFrame
    estimate: float

    def summary(self, language: Language = "zh") -> str:
        """Say how much weight each kind of comparison has."""
        shares = self.table.groupby("kind")["weight"].sum()
        forbidden = float(shares.reindex(list(_FORBIDDEN)).fillna(0).sum())
        chinese = "、".join(f"{_KINDS_ZH[str(kind)]} {100 * w:.1f} %" for kind, w in shares.items())
        english = ", ".join(f"{kind} {100 * w:.1f} %" for kind, w in shares.items())
        return in_language(
            language,
            zh=(
                f"双向固定效应估计 {self.estimate:.4g} 由以下比较加权而成:{chinese}。"
                f"以已处理单元作对照的比较占 {100 * forbidden:.1f} %,效应随时间变化时会带来偏误。"
            ),
            en=(
                f"The two-way fixed effects estimate {self.estimate:.4g} averages: {english}."
                f" Comparisons with units already treated carry {100 * forbidden:.1f} %;"
                " they mislead where effects change over time."
            ),
        )


def bacon_decomposition(
    frame: pd.DataFrame, *, outcome: str, unit: str, time: str, cohort: str
) -> BaconDecomposition:
    """Split a two-way fixed effects estimate into its two-by-two comparisons.

    Parameters
    ----------
    frame : DataFrame
        Long panel in which every unit is seen in every period.
    outcome, unit, time, cohort : str
        Columns; time is numeric, the cohort is the unit's first treated
        period, missing or infinite for the never treated.

    Raises
    ------
    ValueError
        If the panel has gaps, a unit changes cohort, or treatment never varies.

    References
    ----------
    Goodman-Bacon (2021), J. Econometrics 225: 254-277, theorem 1.

    Examples
    --------
    >>> import pandas as pd
    >>> panel = pd.DataFrame({"u": [1, 1, 2, 2, 3, 3], "t": [0, 1] * 3,
    ...                       "start": [1.0] * 2 + [None] * 4, "y": [1, 5, 2, 3, 4, 5]})
    >>> bacon_decomposition(panel, outcome="y", unit="u", time="t", cohort="start").estimate
    3.0
    """
    import pandas as pd

    rows = complete_rows(frame, [outcome, time], [unit], weights=None)
    require_panel(rows, unit, time)
    by_unit = first_treated_periods(rows, unit=unit, time=time, cohort=cohort).groupby(rows[unit])
    wide = rows.pivot(index=unit, columns=time, values=outcome)
    if wide.isna().to_numpy().any():
        raise ValueError("every unit must be seen in every period: leave out units with gaps")
    periods = wide.columns.to_numpy(dtype=np.float64)
    starts = by_unit.first().loc[wide.index].to_numpy(dtype=np.float64)
    starts = np.where(starts <= periods[0], -np.inf, starts)
    starts = np.where(starts > periods[-1], np.inf, starts)
    levels = np.unique(starts)
    means = {g: wide.to_numpy()[starts == g].mean(axis=0) for g in levels}
    size = {g: float((starts == g).mean()) for g in levels}
    treated_share = {g: float((periods >= g).mean()) for g in levels}
    records = []
    for early in levels[np.isfinite(levels)]:
        for other in levels[levels != early]:
            if other > early:
                window = periods < other  # the later cohort before its start, or all periods
                kind = "treated vs never treated" if np.isinf(other) else "earlier vs later treated"
                overlap = 1 - treated_share[other]
                inside = (treated_share[early] - treated_share[other]) / overlap
            else:
                window = periods >= other  # after the earlier cohort's start, or all periods
                always = np.isinf(other)
                kind = "treated vs always treated" if always else "later vs earlier treated"
                overlap = treated_share[other]
                inside = treated_share[early] / overlap
            records.append(
                {
                    "kind": kind,
                    "treated_cohort": early,
                    "control_cohort": other,
                    "estimate": _two_by_two(
                        means[early][window], means[other][window], periods[window] >= early
                    ),
                    # (n_a + n_b)^2 times the share of each is their plain product.
                    "weight": size[early] * size[other] * overlap**2 * inside * (1 - inside),
                }
            )
    if not records:
        raise ValueError("treatment must start within the panel and there must be a second group")
    table = pd.DataFrame(records)
    table["weight"] /= table["weight"].sum()
    return BaconDecomposition(table, float((table["estimate"] * table["weight"]).sum()))


def _two_by_two(treated: Floats, control: Floats, post: np.ndarray) -> float:
    gap = treated - control
    return float(gap[post].mean() - gap[~post].mean())
