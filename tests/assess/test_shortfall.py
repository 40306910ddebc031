import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.assess.composite import CompositeIndex
from agriqa.assess.framework import FrameworkError
from agriqa.assess.shortfall import shortfalls
from tests.assess.examples import simple, yearly

META = pd.DataFrame(
    {"id": ["a", "b", "c", "top"], "parent": ["top", "top", "top", None],
     "weight": [1, 2, 3, 1], "worst": [0, 0, 0, None], "best": [100, 100, 100, None]}
)  # fmt: skip


def index_of(rows, method, **more):
    data = pd.DataFrame(rows, columns=["a", "b", "c"], dtype=float)
    return CompositeIndex.from_tables(data, META).changed(
        normalise={"method": "goalposts"}, screen={"method": "none"},
        aggregate={"methods": (method,), "minimum_share": 0.3, **more},
    )  # fmt: skip


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(*[st.one_of(st.floats(0, 100), st.just(np.nan), st.just(100.0))] * 3),
        min_size=1, max_size=4,
    ),
    st.sampled_from(["arithmetic", "geometric", "harmonic", "generalised"]),
)  # fmt: skip
def test_shortfalls_add_up_to_what_the_score_lacks(rows, method):
    index = index_of([(*rows[0][:2], 50.0), *rows[1:]], method, power=0.5, floor=5)
    score = index.score()
    lost = shortfalls(index)
    known = score.notna()
    np.testing.assert_allclose(lost[known].sum(axis=1), 100 - score[known], atol=1e-8)
    assert lost[known].min(axis=None) > -1e-9


def test_of_an_arithmetic_mean_they_are_weight_times_lack():
    lost = shortfalls(index_of([(40, 100, 70)], "arithmetic"))
    np.testing.assert_allclose(lost.to_numpy(), [[10, 0, 15]], atol=1e-12)


def test_of_a_geometric_mean_they_are_the_logarithmic_split():
    index = index_of([(40, 100, 70)], "geometric")
    logs = -np.array([1, 2, 3]) / 6 * np.log([0.4, 1, 0.7])
    score = 100 * np.exp(-logs.sum())
    expected = (100 - score) / np.log(100 / score) * logs
    np.testing.assert_allclose(shortfalls(index).to_numpy()[0], expected, rtol=1e-12)


def test_a_missing_dimension_lacks_nothing_that_is_known():
    lost = shortfalls(index_of([(40, np.nan, 70)], "arithmetic"))
    assert lost["b"].isna().all()
    np.testing.assert_allclose(lost[["a", "c"]].to_numpy(), [[15, 22.5]])


def test_one_year_is_laid_out_by_unit():
    assert shortfalls(yearly(), period=2021).index.tolist() == ["a", "b", "c"]


def test_scores_that_are_no_mean_are_refused():
    with pytest.raises(FrameworkError, match="topsis"):
        shortfalls(simple(aggregate={"methods": ("arithmetic", "topsis")}))
