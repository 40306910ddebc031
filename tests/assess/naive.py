"""The index built draw by draw from the statistics, in the plainest way."""

import numpy as np
from scipy.stats import rankdata

from agriqa.stats.aggregation import generalised_mean
from agriqa.stats.normalisation import min_max, standardise
from agriqa.stats.ordinal_scales import percentile_rank


def scaled(values, table, kind, choices):
    """Scores of one draw, shape (units, indicators)."""
    lower, upper, signs = choices.lower, choices.upper, choices.directions
    both = np.vstack([values, table.pool])
    if kind == "min_max":
        scores = min_max(both, directions=signs, lower=lower, upper=upper)
        return scores[: len(values)]
    if kind == "z_score":
        middle, deviation = (lower + upper) / 2, (upper - lower) / 2 / choices.deviations
        return standardise(values, directions=signs, mean=middle, deviation=deviation, over=both)
    if kind == "goalposts":
        share = (values - table.worst) / (table.best - table.worst)
        return lower + (upper - lower) * np.clip(share, 0, 1)
    share = percentile_rank(values, directions=signs, ties="average", over=both)
    return lower + (upper - lower) * share


def index(scores, choices, *, powers, weights=None, dropped=-1):
    """Index of one draw, shape (units,)."""
    tree = choices.hierarchy
    there = np.arange(tree.n_indicators) != dropped
    for level, above in enumerate(tree.parents):
        w = tree.weights[level] if weights is None else weights[level]
        if powers[level] != 1:
            least = choices.floor or choices.lower
            scores = np.maximum(scores, least if powers[level] <= 0 else 0)
        groups = above.max() + 1
        above_there = np.array([(there & (above == g)).any() for g in range(groups)])
        higher = np.full((len(scores), groups), np.nan)
        for g in np.flatnonzero(above_there):
            own = there & (above == g)
            if w[own].sum() > 0:
                higher[:, g] = generalised_mean(
                    scores[:, own],
                    power=powers[level],
                    weights=w[own],
                    minimum_share=choices.minimum_share,
                )
        scores, there = higher, above_there
    return scores[:, 0]


def ranks(scores):
    """Competition ranks of one draw, 0 where the score is missing."""
    known = ~np.isnan(scores)
    placed = np.zeros(len(scores), dtype=int)
    placed[known] = rankdata(-np.round(scores[known], 9), method="min")
    return placed
