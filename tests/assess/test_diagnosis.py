import numpy as np
import pandas as pd
import pytest

from agriqa.assess.composite import CompositeIndex
from agriqa.assess.diagnosis import consistency, correlations, diagnose
from agriqa.stats.reliability import correlation_matrix, opposed_pairs, redundant_pairs
from tests.assess.examples import simple, simple_metadata, yearly


def repeated() -> CompositeIndex:
    rng = np.random.default_rng(1)
    x = rng.normal(size=50)
    data = pd.DataFrame({"x": x, "twin": x + rng.normal(scale=0.01, size=50), "against": -x})
    metadata = pd.DataFrame({"id": ["x", "twin", "against", "i"], "parent": ["i", "i", "i", None]})
    return CompositeIndex.from_tables(data, metadata)


def test_indicators_that_repeat_or_contradict_each_other_are_flagged():
    table = diagnose(repeated())
    assert table.loc["x", "redundant_with"] == ("twin",)
    assert table.loc["x", "opposed_to"] == ("against",)


def test_missing_values_and_weights_are_told():
    table = diagnose(simple(screen={"method": "none"}))
    assert table["missing"].to_dict() == {
        "yield": 0,
        "use": 0,
        "rate": pytest.approx(0.2),
        "staff": 0,
    }
    assert table["effective"].sum() == pytest.approx(1)
    assert table.loc["yield", "at_best"] == 0.2


def test_what_was_filled_in_or_left_out_still_counts_as_missing():
    filled = simple(screen={"method": "none"}, impute={"method": "mean"})
    assert diagnose(filled).loc["rate", "missing"] == pytest.approx(0.2)
    screened = simple(screen={"minimum_share": 1.0})
    assert diagnose(screened).loc["rate", "missing"] == pytest.approx(0.2)


def test_an_indicator_without_spread_is_not_missing():
    index = simple(screen={"method": "none"})
    index = CompositeIndex(index.data.assign(use=7.0), index.framework, index.choices)
    table = diagnose(index)
    assert table.loc["use", "missing"] == 0
    assert np.isnan(table.loc["use", "with_index"])


def test_missing_values_are_those_of_the_period():
    shares = [diagnose(yearly(), period=year)["missing"] for year in (2019, 2020)]
    assert shares[0].to_dict() == pytest.approx({"yield": 0, "use": 0, "rate": 1 / 3, "staff": 0})
    assert shares[1].to_dict() == pytest.approx({"yield": 1 / 3, "use": 0, "rate": 0, "staff": 0})


def test_a_value_that_lacks_its_denominator_is_missing():
    metadata = simple_metadata().assign(denominator=["area", *[None] * 6])
    data = simple().data.assign(area=[1.0, 0.0, np.nan, 4.0, 5.0])
    index = CompositeIndex.from_tables(data, metadata).changed(screen={"method": "none"})
    assert diagnose(index).loc["yield", "missing"] == pytest.approx(0.4)


def test_flags_are_the_pairs_of_the_statistics_at_their_own_limits():
    index = repeated()
    scores = index.scores[["x", "twin", "against"]].to_numpy(float)
    names, table = ["x", "twin", "against"], diagnose(index)
    for column, pairs in [
        ("redundant_with", redundant_pairs(scores, method="spearman")),
        ("opposed_to", opposed_pairs(scores, method="spearman")),
    ]:
        found = {(name, other) for name in names for other in table.loc[name, column]}
        flagged = {(names[p.first], names[p.second]) for p in pairs}
        assert found == flagged | {(b, a) for a, b in flagged}


def test_pairs_are_flagged_within_their_group_only():
    rng = np.random.default_rng(1)
    x = rng.normal(size=50)
    data = pd.DataFrame({"x": x, "other": rng.normal(size=50), "twin": x})
    metadata = pd.DataFrame(
        {
            "id": ["x", "other", "twin", "one", "two", "i"],
            "parent": ["one", "one", "two", "i", "i", None],
        }
    )
    assert diagnose(CompositeIndex.from_tables(data, metadata)).loc["x", "redundant_with"] == ()


def test_correlations_need_two_units_and_stay_within_their_range():
    index = simple(screen={"method": "none"})
    alone = CompositeIndex(index.data.loc[["a"]], index.framework, index.choices)
    for method in ("pearson", "spearman", "kendall"):
        assert correlations(alone, method=method).isna().all(axis=None)
        found = correlations(index, method=method).to_numpy()
        expected = correlation_matrix(index.normalised.to_numpy(float), method=method)
        np.testing.assert_array_equal(found, expected.coefficients)


def test_correlations_are_of_the_level_asked_for():
    assert correlations(repeated()).loc["x", "against"] == pytest.approx(-1)
    assert correlations(simple(), level=1).columns.tolist() == ["output", "safety"]
    with pytest.raises(ValueError, match="0 to 2"):
        correlations(simple(), level=3)


def test_alpha_is_given_for_every_group_of_several():
    assert consistency(simple(screen={"method": "none"})).index.tolist() == [
        "output",
        "safety",
        "top",
    ]
