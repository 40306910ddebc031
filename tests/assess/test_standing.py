import pytest

from agriqa.assess.composite import CompositeIndex
from agriqa.assess.standing import breakdown, strengths, weaknesses
from agriqa.errors import NoDataError, UnknownNameError
from tests.assess.examples import simple, yearly

CHOICES = {"normalise": {"method": "goalposts"}, "screen": {"method": "none"}}


def test_a_breakdown_goes_from_the_index_to_the_indicators():
    table = breakdown(simple(**CHOICES), "b")
    assert table.index.tolist() == ["top", "output", "yield", "use", "safety", "rate", "staff"]
    assert table.loc["use", "value"] == 10
    assert table.loc["use", "score"] == pytest.approx(100 * 50 / 60)
    assert table.loc["use", "rank"] == 1
    assert table.loc["rate", "of"] == 4
    assert table.loc["top", "effective"] == 1


def test_a_missing_indicator_has_no_place():
    table = breakdown(simple(**CHOICES), "c")
    assert table["rank"].isna().tolist() == [False] * 5 + [True, False]


def test_peers_are_those_of_a_column_or_named():
    index = simple(**CHOICES)
    assert breakdown(index, "a", peers="region").loc["top", "of"] == 2
    assert breakdown(index, "a", peers=["d", "e"]).loc["top", "of"] == 3
    with pytest.raises(UnknownNameError, match="region"):
        breakdown(index, "a", peers="regoin")


@pytest.mark.parametrize("nothing", [None, float("nan")])
def test_a_unit_that_belongs_to_no_group_has_no_peers_to_be_set_beside(nothing):
    index = simple(**CHOICES)
    region = ["n", nothing, "s", "s", nothing]
    index = CompositeIndex(index.data.assign(region=region), index.framework, index.choices)
    assert breakdown(index, "c", peers="region").loc["top", "of"] == 2
    with pytest.raises(NoDataError, match="region"):
        breakdown(index, "b", peers="region")


def test_a_peer_that_nobody_knows_is_an_error():
    with pytest.raises(UnknownNameError, match="dd"):
        breakdown(simple(**CHOICES), "a", peers=["e", "dd"])
    with pytest.raises(UnknownNameError, match="aa"):
        breakdown(yearly(), "a", period=2019, peers=["b", "aa"])


def test_a_peer_with_too_little_data_is_left_out():
    index = simple(normalise={"method": "goalposts"}, screen={"minimum_share": 1.0})
    assert "c" not in index.scores.index
    assert breakdown(index, "a", peers=["c", "d"]).loc["top", "of"] == 2


def test_peers_of_a_period_are_named_as_units_or_as_rows():
    for peers in (["b"], [("b", 2019)]):
        assert breakdown(yearly(), "a", period=2019, peers=peers).loc["top", "of"] == 2


def test_strengths_stand_above_the_peers_and_weaknesses_below():
    table = breakdown(simple(**CHOICES), "d")
    assert strengths(table, n=2).index.tolist() == ["staff", "rate"]
    assert weaknesses(table).index.tolist() == ["use"]


def test_a_year_is_compared_within_itself():
    table = breakdown(yearly(), "a", period=2019)
    assert table.loc["staff", "rank"] == 3
    with pytest.raises(NoDataError, match="2030"):
        breakdown(yearly(), "a", period=2030)
    with pytest.raises(NoDataError, match="nobody"):
        breakdown(yearly(), "nobody", period=2019)
