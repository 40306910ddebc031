"""Whether an index holds together: what its indicators share, repeat and contradict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from agriqa.assess.composite import CompositeIndex

if TYPE_CHECKING:
    import pandas as pd

# COINr's flags: the same thing measured twice, and indicators that work against each other.
REDUNDANT, OPPOSED = 0.9, -0.4


def diagnose(index: CompositeIndex, *, period: Any = None) -> pd.DataFrame:
    """Show what each indicator does in the index.

    Parameters
    ----------
    index : CompositeIndex
    period : optional
        Not for an index without periods.

    Returns
    -------
    DataFrame
        By indicator: missing [share of the units], at_worst and at_best [share of the known
        ones at the lowest and the highest score there are], effective (weight in the
        index), with_group and with_index (Spearman's correlation of its score with those),
        redundant_with and opposed_to (ids of indicators of the same group with a
        correlation above 0.9 or below -0.4).

    References
    ----------
    COINr, `get_corr_flags` and `get_stats`.
    """
    import pandas as pd

    rows = index.at(period)
    scores = index.scores.loc[rows]
    indicators = index.framework.levels[0]
    # An indicator without spread has no correlation, and needs no warning.
    correlation = scores.corr(method="spearman")
    lines = []
    for name in indicators:
        own = scores[name].dropna()
        parent = str(index.framework.node(name).parent)
        siblings = [other for other in index.framework.children(parent) if other != name]
        together = correlation.loc[siblings, name]
        lines.append(
            {
                "id": name,
                "missing": 1 - len(own) / len(rows),
                "at_worst": float((own <= own.min() + 1e-9).mean()),
                "at_best": float((own >= own.max() - 1e-9).mean()),
                "effective": index.effective_weights[name],
                "with_group": correlation.at[name, parent],
                "with_index": correlation.at[name, index.framework.top],
                "redundant_with": tuple(together.index[together > REDUNDANT]),
                "opposed_to": tuple(together.index[together < OPPOSED]),
            }
        )
    return pd.DataFrame(lines).set_index("id")


def correlations(
    index: CompositeIndex,
    *,
    level: int = 0,
    period: Any = None,
    method: Literal["pearson", "spearman", "kendall"] = "spearman",
) -> pd.DataFrame:
    """Return the correlations of the scores of a level, 0 for the indicators.

    Parameters
    ----------
    index : CompositeIndex
    level : int
        0 for the indicators, 1 for the groups above them, and so on.
    period : optional
        Not for an index without periods.
    method : {"pearson", "spearman", "kendall"}

    Raises
    ------
    ValueError
        If there is no such level.
    """
    levels = index.framework.levels
    if not 0 <= level < len(levels):
        raise ValueError(f"level must be 0 to {len(levels) - 1}, got {level}")
    return index.scores.loc[index.at(period), levels[level]].corr(method=method)


def consistency(index: CompositeIndex, *, period: Any = None) -> pd.Series:
    """Return Cronbach's alpha of every group with two children or more.

    A group that is meant as one thing seen from several sides should reach 0.7; one that
    adds up different duties need not.
    """
    import pandas as pd

    from agriqa.stats.reliability import cronbach_alpha

    scores = index.scores.loc[index.at(period)]
    found = {}
    for level in index.framework.levels[1:]:
        for group in level:
            children = index.framework.children(group)
            if len(children) > 1:
                found[group] = cronbach_alpha(scores[children].to_numpy(float))
    return pd.Series(found, name="alpha", dtype=float)
