"""How the children of a group become one score: their weights, and the aggregation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from agriqa.assess.alternatives import MEANS
from agriqa.assess.choices import Choices, Weigh
from agriqa.assess.framework import Framework, FrameworkError
from agriqa.errors import UnknownNameError

if TYPE_CHECKING:
    import pandas as pd

UNWEIGHTED = ("mazziotta_pareto", "benefit_of_the_doubt")
# The scale on which the index of Mazziotta and Pareto is defined.
_PARETO_LOWER, _PARETO_UPPER = 70.0, 130.0


def group_weights(
    table: pd.DataFrame, framework: Framework, group: str, choice: Weigh, *, lowest: bool
) -> tuple[dict[str, float], tuple[str, ...]]:
    """Return the weights of a group's children, of sum 1, and what was done."""
    from agriqa.stats import weighting
    from agriqa.stats.pairwise_judgements import hierarchy_weights

    names = framework.children(group)
    given = np.array([framework.weights[name] for name in names])
    given = given / given.sum()
    if choice.method == "given" or (choice.levels == "indicators" and not lowest):
        return dict(zip(names, given.tolist(), strict=True)), ()
    values, log = table[names].to_numpy(float), []
    if len(names) == 1 or choice.method == "equal":
        found = np.full(len(names), 1 / len(names))
    elif choice.method == "analytic_hierarchy":
        if group not in choice.judgements:
            return dict(zip(names, given.tolist(), strict=True)), ()
        result = hierarchy_weights(
            _judged(choice.judgements[group], names, group), limit=choice.consistency
        )
        ratio = result.consistency_ratio
        log.append(f"{group}: consistency ratio {ratio:.3f}")
        if not result.acceptable:
            raise FrameworkError(
                f"“{group}”的判断矩阵一致性比率 {ratio:.3f} 不低于"
                f" {choice.consistency:g}，请修改判断。 / The judgements of {group} are not"
                f" consistent: ratio {ratio:.3f}, {choice.consistency:g} or more."
            )
        found = result.weights
    else:
        # What is the same for all tells nobody apart.
        spread = np.array(
            [np.ptp(x[~np.isnan(x)]) > 0 if (~np.isnan(x)).any() else False for x in values.T]
        )
        log += [f"{group}: {name} does not vary, weight 0" for name in np.array(names)[~spread]]
        found = np.zeros(len(names))
        try:
            found[spread], line = _from_data(values[:, spread], given[spread], choice)
        except ValueError as error:
            raise FrameworkError(
                f"“{group}”不能用 {choice.method} 定权：{error}"
                f" / No {choice.method} weights for {group}: see above."
            ) from error
        log.append(f"{group}: {choice.method} weights over all periods{line}")
    if choice.combine_with_given != "none":
        found = weighting.combine_weights(
            given, found, method=choice.combine_with_given, share=choice.share
        )
    return dict(zip(names, np.asarray(found).tolist(), strict=True)), tuple(log)


def _from_data(values: Any, given: Any, choice: Weigh) -> tuple[Any, str]:
    """Return weights from the values of indicators that vary, and what to say of them."""
    from agriqa.stats import optimised_weights, weighting

    if values.shape[1] == 1:
        return np.ones(1), ""
    if choice.method == "entropy":
        weights = weighting.entropy_weights(values, scaling="min_max", shift=choice.shift)
        return weights, f", shift {choice.shift:g}"
    if choice.method == "critic":
        return weighting.critic_weights(values), ""
    if choice.method == "balanced":
        found = optimised_weights.balanced_weights(values, importances=given)
        return found.weights, f", importances missed by {found.largest_gap:.3f}"
    return weighting.principal_component_weights(values, scheme="squared_loading").weights, ""


def _judged(judgements: dict[str, float], names: list[str], group: str) -> Any:
    matrix = np.full((len(names), len(names)), np.nan)
    np.fill_diagonal(matrix, 1.0)
    for pair, times in judgements.items():
        parts = [part.strip() for part in pair.split("/")]
        for part in parts:
            if part not in names:
                raise UnknownNameError("判断的对象", "item judged", part, names)
        if len(parts) != 2:
            raise FrameworkError(f"判断写成“甲/乙”：{pair} / A judgement is written a/b: {pair}")
        i, j = names.index(parts[0]), names.index(parts[1])
        if not np.isnan(matrix[i, j]):
            raise FrameworkError(f"{group}：{pair} 判断了两次或与自己相比。 / {pair} judged twice.")
        matrix[i, j], matrix[j, i] = times, 1 / times
    lacking = [f"{names[i]}/{names[j]}" for i, j in np.argwhere(np.isnan(matrix)) if i < j]
    if lacking:
        raise FrameworkError(
            f"“{group}”缺判断：{'、'.join(lacking)}。 / Judgements lacking: {', '.join(lacking)}."
        )
    return matrix


def group_score(values: Any, weights: Any, method: str, choices: Choices, group: str) -> Any:
    """Make one score per row of a group's children.

    Parameters
    ----------
    values : ndarray, shape (units, children)
        On one scale, more better.
    weights : ndarray, shape (children,)
    method : str
        See `Aggregate`.
    choices : Choices
        Power, floor, shares; the scale.
    group : str
        For messages.

    Returns
    -------
    ndarray, shape (units,)
        On the same scale. Missing where less than the minimum share of the children is
        known; for what is no mean, and no count of contests, where any is missing.

    Raises
    ------
    FrameworkError
        If the values do not allow the method.
    """
    from agriqa.stats import aggregation

    choice = choices.aggregate
    powers = {**MEANS, "generalised": choice.power}
    try:
        if method in powers:
            power = powers[method]
            raised = np.maximum(values, choice.floor) if power <= 0 else values
            return aggregation.generalised_mean(
                raised, power=power, weights=weights, minimum_share=choice.minimum_share
            )
        if values.shape[1] == 1:
            return values[:, 0]
        low, width = choices.normalise.lower, choices.normalise.upper - choices.normalise.lower
        return low + width * _placed(values, weights, method, choices)
    except ValueError as error:
        raise FrameworkError(
            f"“{group}”不能用 {method} 合成：{error} / {group} cannot be aggregated by {method}:"
            " see above."
        ) from error


def _placed(values: Any, weights: Any, method: str, choices: Choices) -> Any:
    """Aggregate by contests, distances, unevenness or best light, on 0-1."""
    from agriqa.stats import aggregation
    from agriqa.stats.benefit_of_the_doubt import benefit_of_the_doubt

    choice, scale = choices.aggregate, choices.normalise
    if method == "topsis":
        return aggregation.topsis(values, weights=weights)
    if method == "mazziotta_pareto":
        spread = _PARETO_UPPER - _PARETO_LOWER
        share = (values - scale.lower) / (scale.upper - scale.lower)
        found = aggregation.mazziotta_pareto_index(_PARETO_LOWER + spread * share)
        return (found - _PARETO_LOWER) / spread
    known = ~np.isnan(values)
    if method == "benefit_of_the_doubt":
        if not known.all(axis=1).any():
            return np.full(len(values), np.nan)
        return benefit_of_the_doubt(
            values, lower_share=choice.lower_share, upper_share=choice.upper_share
        ).score
    enough = known.any(axis=1) & (known.mean(axis=1) >= choice.minimum_share - 1e-12)
    compared = np.where(enough[:, None], values, np.nan)
    score = aggregation.copeland_score(compared, weights=weights)
    # From -(units-1) to units-1.
    span = max(int(enough.sum()) - 1, 1)
    return np.where(enough, 0.5 + score / (2 * span), np.nan)
