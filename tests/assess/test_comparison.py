import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.assess.comparison import compare, contributions
from agriqa.assess.framework import FrameworkError
from agriqa.errors import NoDataError
from tests.assess.examples import simple, yearly

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
