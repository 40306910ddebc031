"""Where two judgements of the same units disagree: an index and a score card, say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agriqa.stats.checks import Language, in_language

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Disagreement:
    """Two rankings of the same units.

    Attributes
    ----------
    table : DataFrame
        By unit, the largest disagreement first: first, second (scores), first_rank,
        second_rank (1 the best, among the units that have both) and difference (second rank
        less first: above 0 where the first judgement is the kinder).
    correlation : float
        Kendall's tau-b of the scores; missing with fewer than 2 units or one's scores all equal.
    """

    table: pd.DataFrame
    correlation: float

    def summary(self, language: Language = "zh") -> str:
        """Return how far the two agree, in one sentence."""
        apart, units = self.table["difference"].abs(), len(self.table)
        if units == 0:
            return in_language(
                language, zh="没有两种评价都有结果的单元。", en="No unit has both judgements."
            )
        zh = en = ""
        if self.correlation == self.correlation:
            zh = f"（肯德尔 τ={self.correlation:.2f}）"
            en = f" (Kendall's tau {self.correlation:.2f})"
        return in_language(
            language,
            zh=(
                f"{units}个单元两种评价的名次平均相差{apart.mean():.1f}位，"
                f"最多{apart.max():.0f}位{zh}。"
            ),
            en=(
                f"The two ranks of {units} units are {apart.mean():.1f} places apart on average, "
                f"{apart.max():.0f} at most{en}."
            ),
        )


def disagreement(first: pd.Series, second: pd.Series) -> Disagreement:
    """Set two judgements side by side.

    Parameters
    ----------
    first, second : Series
        Scores by unit, more is better. Units that lack one are left out.

    Examples
    --------
    >>> import pandas as pd
    >>> index = pd.Series([70.0, 60, 50], index=["a", "b", "c"])
    >>> card = pd.Series([80.0, 85, 90], index=["a", "b", "c"])
    >>> disagreement(index, card).table["difference"].tolist()
    [2, -2, 0]
    """
    import pandas as pd

    table = pd.DataFrame({"first": first, "second": second}).dropna()
    for name in ("first", "second"):
        # Noise of floating-point sums must not part equal units.
        ranks = table[name].round(9).rank(ascending=False, method="min")
        table[f"{name}_rank"] = ranks.astype("int64")
    table["difference"] = table["second_rank"] - table["first_rank"]
    order = table["difference"].abs().sort_values(ascending=False, kind="stable").index
    correlation = (
        table["first"].round(9).corr(table["second"].round(9), method="kendall", min_periods=2)
    )
    return Disagreement(table.loc[order], float(correlation))
