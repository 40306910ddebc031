import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.assess.comparison import compare, contributions
from agriqa.assess.composite import CompositeIndex
from agriqa.assess.framework import FrameworkError
from agriqa.errors import NoDataError
from tests.assess.examples import simple, simple_metadata, yearly

GOALPOSTS = {"normalise": {"method": "goalposts"}, "screen": {"method": "none"}}


def test_two_versions_side_by_side():
    first = simple(**GOALPOSTS)
    second = first.changed(weights={"safety": 30.0})
    table = compare(first, second).table
    assert (table["rank_change"] == table["rank_before"] - table["rank_after"]).all()
    assert table.loc["e", "rank_change"] < 0
    assert compare(first, second).mean_shift == table["rank_change"].abs().mean()


def test_the_same_index_moves_nobody():
    index = simple(**GOALPOSTS)
    assert compare(index, index).mean_shift == 0
    assert "0.0" in compare(index, index).summary("en")


def test_two_years_of_one_index():
    index = yearly()
    table = compare(index, index, period=2021, period_before=2019).table
    assert table.index.tolist() == ["a", "b", "c"]
    assert table.loc["a", "score_change"] > 0


def test_versions_without_a_unit_in_common_say_so():
    index = simple(**GOALPOSTS)
    north, south = (
        CompositeIndex(index.data.loc[list(units)], index.framework, index.choices)
        for units in ("ab", "cde")
    )
    found = compare(north, south)
    assert np.isnan(found.mean_shift)
    assert "No unit" in found.summary("en")
    assert "没有" in found.summary()


def test_a_period_that_is_not_there_is_an_error():
    with pytest.raises(NoDataError, match="2025"):
        compare(yearly(), yearly(), period=2025)


@pytest.mark.parametrize("method", ["arithmetic", "geometric", "harmonic", "generalised"])
@pytest.mark.parametrize("unit", ["a", "b", "c"])
def test_contributions_add_up_to_the_change_of_the_score(method, unit):
    index = yearly(aggregate={"methods": (method,), "power": 2.0}, screen={"method": "none"})
    table = contributions(index, index, unit, period=2021, period_before=2019)
    change = index.score()[(unit, 2021)] - index.score()[(unit, 2019)]
    assert table["total"].sum() == pytest.approx(change)


@settings(max_examples=25)
@given(
    weights=st.lists(st.floats(0.1, 10), min_size=6, max_size=6),
    methods=st.tuples(*[st.sampled_from(["arithmetic", "geometric", "harmonic"])] * 2),
    unit=st.sampled_from("abcde"),
)
def test_contributions_of_changed_weights_add_up(weights, methods, unit):
    first = simple(**GOALPOSTS, aggregate={"methods": methods})
    names = ["yield", "use", "rate", "staff", "output", "safety"]
    second = first.changed(weights=dict(zip(names, weights, strict=True)))
    table = contributions(first, second, unit)
    assert table["total"].sum() == pytest.approx(
        second.score()[unit] - first.score()[unit], abs=1e-8
    )
    assert table["by_value"].abs().max() == 0


def test_what_did_not_change_contributes_nothing():
    index = yearly()
    table = contributions(index, index, "c", period=2020, period_before=2019)
    assert table.loc["yield", "total"] == 0
    assert table.loc["use", "total"] < 0 < table.loc["staff", "total"]
    assert table.loc[["output", "safety"], "by_value"].tolist() == [0, 0]


def test_a_unit_without_a_score_is_an_error():
    with pytest.raises(NoDataError, match="nobody"):
        contributions(simple(), simple(), "nobody")


@pytest.mark.parametrize("method", ["topsis", "copeland"])
def test_what_is_no_mean_cannot_be_split(method):
    index = simple(**GOALPOSTS, aggregate={"methods": (method,)})
    with pytest.raises(FrameworkError, match=method):
        contributions(index, index, "a")


def test_means_that_differ_cannot_be_split():
    first = simple(**GOALPOSTS)
    with pytest.raises(FrameworkError, match="differ"):
        contributions(first, first.changed(aggregate={"methods": ("geometric",)}), "a")
    with pytest.raises(FrameworkError, match="frameworks"):
        contributions(first, first.without("use"), "a")


def test_children_that_were_regrouped_cannot_be_split():
    first = simple(**GOALPOSTS)
    moved = simple_metadata().replace({"parent": {"output": "safety", "safety": "output"}})
    moved.loc[moved["id"].isin(["output", "safety"]), "parent"] = "top"
    second = CompositeIndex.from_tables(first.data, moved, first.choices)
    assert first.score()["a"] != pytest.approx(second.score()["a"])
    with pytest.raises(FrameworkError, match="frameworks"):
        contributions(first, second, "a")


def test_an_index_of_another_name_cannot_be_split():
    first = simple(**GOALPOSTS)
    second = CompositeIndex.from_tables(
        first.data, simple_metadata().replace("top", "summit"), first.choices
    )
    with pytest.raises(FrameworkError, match="frameworks"):
        contributions(first, second, "a")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("power", [0.5, 1.0, 2.0, 3.0])
@pytest.mark.parametrize("above", ["generalised", "arithmetic"])
@pytest.mark.parametrize("unit", ["low", "risen", "fallen", "part"])
def test_contributions_add_up_where_scores_stand_at_zero(power, above, unit):
    values = {  # yield, use, rate and staff, all with their worst value somewhere
        "low": [(0, 60, 80, 2), (0, 60, 80, 5)],
        "risen": [(0, 60, 80, 2), (3, 60, 80, 2)],
        "fallen": [(0, 20, 90, 0), (0, 60, 80, 0)],
        "part": [(0, 60, 90, 0), (0, 60, 95, 0)],
    }
    index = CompositeIndex.from_tables(
        pd.DataFrame(
            [row for rows in values.values() for row in rows],
            index=pd.MultiIndex.from_product([values, [2020, 2021]]),
            columns=["yield", "use", "rate", "staff"],
            dtype=float,
        ),
        simple_metadata(),
    ).changed(normalise={"method": "goalposts"},
              aggregate={"methods": ("generalised", above), "power": power})  # fmt: skip
    after = index.changed(weights={"safety": 2.0})
    table = contributions(index, after, unit, period=2021, period_before=2020)
    change = after.score()[(unit, 2021)] - index.score()[(unit, 2020)]
    assert abs(change) > 1
    assert np.isfinite(table.to_numpy()).all()
    assert table["total"].sum() == pytest.approx(change)


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_an_index_that_stays_at_zero_has_contributions_of_zero(power):
    index = simple(**GOALPOSTS, aggregate={"methods": ("generalised",), "power": power})
    worst = index.data.assign(**{"yield": 0.0, "use": 60.0, "rate": 80.0, "staff": 0.0})
    index = CompositeIndex(worst, index.framework, index.choices)
    table = contributions(index, index.changed(weights={"use": 5.0}), "a")
    assert (table.to_numpy() == 0).all()
