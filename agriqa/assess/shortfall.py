"""What keeps a score from the highest there is, part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from agriqa.assess.alternatives import MEANS
from agriqa.assess.composite import CompositeIndex
from agriqa.assess.framework import FrameworkError

if TYPE_CHECKING:
    import pandas as pd


def shortfalls(index: CompositeIndex, *, period: Any = None) -> pd.DataFrame:
    """Split what each unit lacks to the upper end of the scale among the dimensions.

    For a mean of power p, f(upper) - f(score) is the weighted sum of f(upper) - f(x) over
    the dimensions, f the power or the logarithm; times the rate at which the score rises
    with f it adds up to the points lacking, exactly. For an arithmetic mean these are the
    weight times what the dimension lacks.

    Parameters
    ----------
    index : CompositeIndex
        Its highest level aggregated by a mean.
    period : optional
        Not for an index without periods.

    Returns
    -------
    DataFrame, shape (units, dimensions)
        Points of the index; missing for a dimension, or a unit, without a score.

    Raises
    ------
    FrameworkError
        If the dimensions are not aggregated by a mean.

    References
    ----------
    The multiplicative case is the logarithmic mean Divisia split: Ang (2005), Energy
    Policy 33, 867-871.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame({"a": [1.0, 2, 3], "b": [30.0, 10, 20]}, index=["x", "y", "z"])
    >>> meta = pd.DataFrame({"id": ["a", "b", "top"], "parent": ["top", "top", None]})
    >>> shortfalls(CompositeIndex.from_tables(data, meta)).loc["y"].tolist()
    [25.0, 50.0]
    """
    import pandas as pd

    choice, upper = index.choices.aggregate, index.choices.normalise.upper
    method = choice.methods[-1]
    power = choice.power if method == "generalised" else MEANS.get(method)
    if power is None:
        raise FrameworkError(
            f"“{method}”合成的得分不能分解。 / Scores aggregated by {method} cannot be split."
        )
    names = index.framework.children(index.framework.top)
    rows = index.scores.loc[index.at(period)]
    score, x = rows[index.framework.top].to_numpy(float), rows[names].to_numpy(float)
    if power <= 0:
        x = np.maximum(x, choice.floor)

    def f(value: Any) -> Any:
        return np.log(value) if power == 0 else np.power(value, power)

    weights = np.where(np.isnan(x), 0.0, [index.weights[name] for name in names])
    weights = weights / weights.sum(axis=1, keepdims=True).clip(min=1e-300)
    gap = f(upper) - f(score)
    full = np.abs(gap) < 1e-12
    slope = upper ** (1 - power) / (power or 1.0)  # where the score is the upper end itself
    rate = np.where(full, slope, (upper - score) / np.where(full, 1.0, gap))
    lost = weights * (f(upper) - f(x)) * rate[:, None]
    table = pd.DataFrame(lost, index=rows.index, columns=names)
    return table if table.index.nlevels == 1 else table.droplevel(1)
