import numpy as np
import pandas as pd
import pytest

from agriqa.assess.part import part
from agriqa.assess.uncertainty import rank_uncertainty
from agriqa.errors import UnknownNameError
from tests.assess.examples import simple, yearly


@pytest.mark.parametrize("mean", ["arithmetic", "geometric", "topsis"])
def test_a_part_has_the_scores_of_its_node(mean):
    index = simple(aggregate={"methods": (mean, "arithmetic")}, denominate={"method": "none"})
    for level in index.framework.levels[:-1]:
        for node in level:
            own = part(index, node)
            if node in index.framework.levels[0]:
                own = own.changed(aggregate={"methods": ("arithmetic",)})
            np.testing.assert_allclose(own.score(), index.score(node), rtol=1e-12)


def test_a_part_keeps_years_weights_and_the_units_left_out():
    index = yearly(weigh={"method": "entropy"})
    group = index.framework.levels[1][0]
    own = part(index, group)
    assert own.scores.index.equals(index.scores.index)
    assert {n: own.weights[n] for n in own.framework.children(group)} == pytest.approx(
        {n: index.weights[n] for n in index.framework.children(group)}
    )
    pd.testing.assert_series_equal(own.score(), index.score(group))


def test_units_that_the_index_leaves_out_stay_out():
    index = simple(screen={"minimum_share": 1.0})
    assert "c" not in index.scores.index
    assert "c" not in part(index, "yield").scores.index


def test_the_whole_is_a_part_of_itself():
    index = simple()
    pd.testing.assert_series_equal(part(index, index.framework.top).score(), index.score())


def test_one_indicator_is_drawn_by_its_errors():
    index = part(simple(normalise={"method": "min_max", "lower": 1}), "staff")
    errors = pd.DataFrame({"staff": 2.0}, index=index.data.index)
    bands = rank_uncertainty(index, errors=errors, draws=200).bands()
    assert (bands["high"] > bands["low"]).all()


def test_an_unknown_node_names_the_nearest():
    with pytest.raises(UnknownNameError, match="staff"):
        part(simple(), "stafff")
