from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agriqa.stats.multiplicity import adjusted_p_values

# Benjamini & Hochberg (1995), J. R. Stat. Soc. B 57, section 4.1: 15 p values.
BENJAMINI_HOCHBERG = [
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459),
    *(0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000),
]
METHODS = ["benjamini_hochberg", "benjamini_yekutieli", "holm", "bonferroni"]


@pytest.mark.parametrize(("method", "findings"), [("benjamini_hochberg", 4), ("bonferroni", 3)])
def test_the_thrombolysis_example_has_the_published_findings(method: str, findings: int) -> None:
    assert (adjusted_p_values(BENJAMINI_HOCHBERG, method=method) <= 0.05).sum() == findings


def _by_definition(p: np.ndarray, method: str) -> np.ndarray:
    """Adjusted p values written out from the papers."""
    count = len(p)
    order = np.argsort(p)
    rank = np.empty(count)
    rank[order] = np.arange(1, count + 1)
    if method == "bonferroni":
        return np.minimum(count * p, 1)
    if method == "holm":
        stepped = (count - rank + 1) * p
        return np.array([min(1, stepped[p <= own].max()) for own in p])
    factor = count * (np.sum(1 / np.arange(1, count + 1)) if "yekutieli" in method else 1)
    stepped = factor * p / rank
    return np.array([min(1, stepped[p >= own].min()) for own in p])


@pytest.mark.parametrize("method", METHODS)
@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=30, unique=True))
def test_adjusted_p_values_follow_their_definition(method: str, p: list[float]) -> None:
    values = np.array(p)
    assert adjusted_p_values(values, method=method) == pytest.approx(_by_definition(values, method))


@pytest.mark.parametrize("method", METHODS)
def test_missing_p_values_stay_missing_and_are_not_counted(method: str) -> None:
    adjusted = adjusted_p_values([0.01, np.nan, 0.2, np.nan], method=method)
    assert np.isnan(adjusted).tolist() == [False, True, False, True]
    assert adjusted[[0, 2]] == pytest.approx(adjusted_p_values([0.01, 0.2], method=method))


def test_the_shape_is_kept() -> None:
    assert adjusted_p_values([[0.1, np.nan], [0.2, 0.3]]).shape == (2, 2)
    assert np.isnan(adjusted_p_values([np.nan])).all()


def test_bad_p_values_and_methods_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        adjusted_p_values([0.5, 1.2])
    with pytest.raises(ValueError, match="benjamini_hochberg"):
        adjusted_p_values([0.5], method="fdr")
