import numpy as np
import pandas as pd
import pytest

from agriqa.assess.composite import CompositeIndex
from agriqa.assess.framework import FrameworkError
from agriqa.errors import NoDataError, UnknownNameError
from agriqa.stats import aggregation, normalisation, weighting
from tests.assess.examples import ASEM, PILLARS, asem_metadata, simple, yearly

GOALPOSTS = {"method": "goalposts"}


def test_a_foreign_data_set_is_two_tables_and_no_code():
    """The six countries' sub-index and index scores as published, from their pillars."""
    data = ASEM.drop(columns=["Index", "Conn", "Sust"])
    index = CompositeIndex.from_tables(data, asem_metadata()).changed(normalise=GOALPOSTS)
    for name in ("Conn", "Sust", "Index"):
        # The pillars are printed to two decimals, so the last one may differ by a unit.
        assert index.score(name).to_numpy() == pytest.approx(ASEM[name].to_numpy(), abs=0.011)
    assert index.ranks().tolist() == [1, 2, 3, 4, 5, 6]


def test_the_index_follows_from_its_parts_by_hand():
    index = simple(normalise=GOALPOSTS, screen={"method": "none"})
    output = (
        2 * np.array([10, 20, 30, 40, 50]) + np.array([50, 83.3333, 66.6667, 16.6667, 33.3333])
    ) / 3
    safety = np.array([(50 + 20) / 2, (75 + 80) / 2, 40, (95 + 60) / 2, (85 + 0) / 2])
    assert index.score("output").to_numpy() == pytest.approx(output, abs=1e-3)
    assert index.score("safety").to_numpy() == pytest.approx(safety)
    assert index.score().to_numpy() == pytest.approx((3 * output + safety) / 4, abs=1e-3)


def test_effective_weights_multiply_up_the_tree():
    weights = simple().effective_weights
    assert weights["yield"] == pytest.approx(0.5)
    assert sum(weights[name] for name in ("yield", "use", "rate", "staff")) == pytest.approx(1)


def test_a_copy_with_another_choice_leaves_the_first_as_it_was():
    first = simple()
    before = first.score().copy()
    second = first.changed(aggregate={"methods": ("geometric",)})
    assert not np.allclose(second.score(), before)
    pd.testing.assert_series_equal(first.score(), before)


def test_a_unit_with_too_little_data_is_left_out_and_named_in_the_log():
    index = simple(screen={"minimum_share": 0.9})
    assert "c" not in index.scores.index
    assert index.log["done"].str.startswith("c:").any()


def test_zeros_can_count_against_a_unit():
    index = simple(screen={"method": "zero", "minimum_share": 0.9})
    assert index.scores.index.tolist() == ["a", "b", "c", "d"]


def test_no_unit_with_enough_data_is_an_error():
    data = pd.DataFrame({name: [np.nan] for name in ("yield", "use", "rate", "staff")})
    index = CompositeIndex(data, simple().framework).changed(screen={"minimum_share": 1.0})
    with pytest.raises(NoDataError, match="100%"):
        index.ranks()


def test_a_group_of_which_too_little_is_known_has_no_score():
    index = simple(aggregate={"minimum_share": 0.6}, screen={"method": "none"})
    assert np.isnan(index.score("safety")["c"])
    assert index.score("output").notna().all()


def test_indicators_are_divided_by_their_denominators():
    metadata = simple().framework.table().assign(denominator=[None, "area", *[None] * 5])
    index = CompositeIndex.from_tables(simple().data, metadata).changed(denominate={"scale": 100})
    table = index.steps["denominate"].table
    assert table["use"].tolist() == [3000.0, 500.0, 1000.0, 1250.0, 800.0]


def test_an_unknown_denominator_is_refused():
    metadata = simple().framework.table().assign(denominator=[None, "aera", *[None] * 5])
    with pytest.raises(UnknownNameError, match="area"):
        CompositeIndex.from_tables(simple().data, metadata).ranks()


@pytest.mark.parametrize(
    ("choice", "value"),
    [
        ({"method": "mean"}, 95.25),
        ({"method": "median"}, 96.0),
        ({"method": "mean", "group": "region"}, 98.0),
        ({"method": "constant", "value": 91.0}, 91.0),
    ],
)
def test_gaps_are_filled_by_the_choice(choice, value):
    assert simple(impute=choice).steps["impute"].table.loc["c", "rate"] == value


@pytest.mark.parametrize(
    ("method", "b_2020", "b_2019"), [("latest", 4.0, np.nan), ("linear", 5.0, 98.0)]
)
def test_gaps_are_filled_from_the_units_other_years(method, b_2020, b_2019):
    table = yearly(impute={"method": method}).steps["impute"].table
    assert table.loc[("b", 2020), "yield"] == b_2020
    assert table.loc[("b", 2019), "rate"] == pytest.approx(b_2019, nan_ok=True)


def test_a_panel_method_needs_periods():
    with pytest.raises(FrameworkError, match="periods"):
        simple(impute={"method": "linear"}).ranks()


def test_outliers_are_treated_and_logged():
    data = pd.DataFrame({"x": [1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 30, 100], "y": range(12)})
    metadata = pd.DataFrame({"id": ["x", "y", "i"], "parent": ["i", "i", None]})
    index = CompositeIndex.from_tables(data, metadata).changed(treat={"method": "winsorise"})
    table = index.steps["treat"].table
    assert table["x"].max() == 30
    assert table["x"].skew() < 2
    assert index.log["done"].str.contains("winsorised").any()


@pytest.mark.parametrize(
    "method",
    ["min_max", "z_score", "rank", "borda", "percentile", "distance_to_target",
     "distance_to_reference", "fraction_of_maximum", "goalposts"],
)  # fmt: skip
def test_every_normalisation_puts_the_better_value_higher(method):
    table = simple(
        normalise={"method": method, "reference": "b"}, screen={"method": "none"}
    ).normalised
    assert table["yield"].is_monotonic_increasing
    assert table["use"].rank().tolist() == [3, 5, 4, 1, 2]
    assert table["rate"].isna().tolist() == [False, False, True, False, False]


def test_a_score_against_fixed_goalposts_does_not_depend_on_other_years():
    index = yearly()
    alone = CompositeIndex(
        index.data.xs(2021, level=1, drop_level=False), index.framework, index.choices
    )
    pd.testing.assert_series_equal(index.score().loc[alone.scores.index], alone.score())


def test_scales_of_each_period_pooled_and_fixed_differ():
    each, pooled, fixed = (
        yearly(normalise={"method": "min_max", **scope}).normalised["staff"]
        for scope in ({"scope": "period"}, {"scope": "pooled"}, {"scope": "fixed", "fixed": 2019})
    )
    assert each.loc[("c", 2019)] == each.loc[("c", 2021)] == 100
    assert pooled.loc[("c", 2019)] == 75
    assert fixed.loc[("c", 2021)] == pytest.approx((9 - 1) / (7 - 1) * 100)


def test_a_unit_of_reference_that_is_not_there_is_an_error():
    with pytest.raises(UnknownNameError, match="reference"):
        simple(normalise={"method": "distance_to_reference", "reference": "z"}).ranks()


def test_a_period_may_be_a_text():
    index = yearly()
    data = index.data.rename(index=str, level=1)
    choices = {"normalise": {"method": "min_max", "scope": "fixed", "fixed": "2019"}}
    named = CompositeIndex(data, index.framework).changed(**choices)
    numbered = index.changed(**{"normalise": {**choices["normalise"], "fixed": 2019}})
    assert named.score().tolist() == numbered.score().tolist()
    quarters = {"2019": "2019Q1", "2020": "2019Q2", "2021": "2019Q3"}
    later = CompositeIndex(data.rename(index=quarters, level=1), index.framework)
    assert later.changed(impute={"method": "linear"}).steps["impute"].table.loc[
        ("b", "2019Q2"), "yield"
    ] == pytest.approx(5)


def test_all_beyond_their_target_have_it_met():
    index = simple(normalise={"method": "distance_to_target"})
    met = CompositeIndex(index.data.assign(rate=99.0), index.framework, index.choices)
    assert (met.normalised["rate"] == 100).all()


def test_a_base_period_that_is_not_there_is_an_error():
    with pytest.raises(NoDataError, match="2015"):
        yearly(normalise={"method": "min_max", "scope": "fixed", "fixed": 2015}).ranks()


def test_a_normalisation_that_lacks_its_goalposts_names_the_indicators():
    metadata = asem_metadata().drop(columns=["worst", "best"])
    index = CompositeIndex.from_tables(ASEM, metadata).changed(normalise=GOALPOSTS)
    with pytest.raises(FrameworkError, match="Physical"):
        index.ranks()


def asem(**choices) -> CompositeIndex:
    return CompositeIndex.from_tables(ASEM, asem_metadata()).changed(**choices)


def test_weights_by_data_are_those_of_the_statistics():
    index = asem(weigh={"method": "entropy", "shift": 0.01})
    expected = weighting.entropy_weights(
        index.normalised[PILLARS["Sust"]], scaling="min_max", shift=0.01
    )
    assert [index.weights[name] for name in PILLARS["Sust"]] == pytest.approx(expected.tolist())
    critic = asem(weigh={"method": "critic"})
    expected = weighting.critic_weights(critic.normalised[PILLARS["Conn"]])
    assert [critic.weights[name] for name in PILLARS["Conn"]] == pytest.approx(expected.tolist())


def test_component_weights_are_refused_where_a_loading_is_negative():
    with pytest.raises(FrameworkError, match=r"Conn|Sust"):
        asem(weigh={"method": "component"}).ranks()


def test_balanced_weights_make_indicators_count_as_their_given_weights_say():
    index = asem(weigh={"method": "balanced"})
    group = index.normalised[PILLARS["Sust"]]
    together = group.corrwith(index.score("Sust"))
    assert together.max() - together.min() < 0.02
    assert index.log["done"].str.contains("missed by").any()


def test_equal_weights_at_all_levels():
    index = simple(weigh={"method": "equal", "levels": "all"})
    assert index.weights["output"] == index.weights["safety"] == 0.5
    assert simple(weigh={"method": "equal"}).weights["output"] == 0.75


def test_judgements_become_weights_with_their_consistency():
    judged = {"Sust": {"Environ/Social": 2, "Environ/SusEcFin": 4, "Social/SusEcFin": 2}}
    index = asem(weigh={"method": "analytic_hierarchy", "judgements": judged})
    weights = [index.weights[name] for name in PILLARS["Sust"]]
    assert weights == pytest.approx([4 / 7, 2 / 7, 1 / 7])
    assert index.log["done"].str.contains("consistency ratio 0.000").any()


@pytest.mark.parametrize(
    ("judged", "error", "message"),
    [
        (
            {"Environ/Social": 9, "Environ/SusEcFin": 1, "Social/SusEcFin": 9},
            FrameworkError,
            "ratio",
        ),
        ({"Environ/Social": 2}, FrameworkError, "Environ/SusEcFin"),
        ({"Environ/Socail": 2}, UnknownNameError, "Social"),
        ({"Environ/Social": 2, "Social/Environ": 2}, FrameworkError, "twice"),
    ],
)
def test_judgements_that_do_not_do_are_refused(judged, error, message):
    with pytest.raises(error, match=message):
        asem(weigh={"method": "analytic_hierarchy", "judgements": {"Sust": judged}}).ranks()


def test_found_and_given_weights_are_combined():
    index = asem(weigh={"method": "critic", "combine_with_given": "linear", "share": 0.25})
    critic = weighting.critic_weights(index.normalised[PILLARS["Sust"]])
    found = [index.weights[name] for name in PILLARS["Sust"]]
    assert found == pytest.approx((0.25 / 3 + 0.75 * critic).tolist())


@pytest.mark.parametrize(
    ("method", "function"),
    [
        ("harmonic", aggregation.harmonic_mean),
        ("topsis", lambda x: 100 * aggregation.topsis(x)),
        # Defined on 70-130, and back.
        (
            "mazziotta_pareto",
            lambda x: (aggregation.mazziotta_pareto_index(70 + 0.6 * x) - 70) / 0.6,
        ),
        ("copeland", lambda x: 50 + 10 * aggregation.copeland_score(x)),
    ],
)
def test_every_aggregation_is_that_of_the_statistics(method, function):
    index = asem(normalise=GOALPOSTS, aggregate={"methods": (method, "arithmetic")})
    values = index.normalised[PILLARS["Sust"]].to_numpy()
    assert index.score("Sust").to_numpy() == pytest.approx(function(values))


def test_each_level_can_have_its_own_aggregation():
    index = asem(normalise=GOALPOSTS, aggregate={"methods": ("arithmetic", "geometric")})
    both = index.scores[["Conn", "Sust"]]
    assert index.score().to_numpy() == pytest.approx(np.sqrt(both.prod(axis=1)).to_numpy())


def test_a_generalised_mean_has_its_power():
    index = asem(normalise=GOALPOSTS, aggregate={"methods": ("generalised",), "power": 2.0})
    expected = np.sqrt((index.scores[["Conn", "Sust"]] ** 2).mean(axis=1))
    assert index.score().to_numpy() == pytest.approx(expected.to_numpy())


def test_more_of_an_indicator_never_lowers_the_adjusted_pareto_score():
    data = pd.DataFrame({"x": [1.0, 1], "y": [1.0, 1], "z": [1.0, 100]}, index=["low", "high"])
    metadata = pd.DataFrame(
        {"id": [*"xyz", "i"], "parent": ["i", "i", "i", None], "worst": [0, 0, 0, None],
         "best": [100, 100, 100, None]}
    )  # fmt: skip
    index = CompositeIndex.from_tables(data, metadata).changed(
        normalise=GOALPOSTS, aggregate={"methods": ("mazziotta_pareto",)}
    )
    assert index.score()["high"] > index.score()["low"] > 0
    assert index.log["done"].str.contains("uses no weights").any()


@pytest.mark.parametrize("method", ["topsis", "mazziotta_pareto", "copeland"])
def test_a_group_of_one_passes_its_score_on(method):
    data = pd.DataFrame({"x": [80.0, 81, 82]})
    metadata = pd.DataFrame({"id": ["x", "i"], "parent": ["i", None], "worst": [0, None],
                             "best": [100, None]})  # fmt: skip
    index = CompositeIndex.from_tables(data, metadata).changed(
        normalise=GOALPOSTS, aggregate={"methods": (method,)}
    )
    assert index.score().tolist() == [80, 81, 82]


def test_contests_count_the_units_that_are_there():
    data = pd.DataFrame({"x": [1.0, 2, np.nan], "y": [1.0, 2, np.nan]})
    metadata = pd.DataFrame({"id": ["x", "y", "i"], "parent": ["i", "i", None]})
    index = CompositeIndex.from_tables(data, metadata).changed(
        screen={"method": "none"}, aggregate={"methods": ("copeland",), "minimum_share": 0.0}
    )
    assert index.score().tolist()[:2] == [0, 100]


def test_an_indicator_that_does_not_vary_weighs_nothing_and_the_log_says_so():
    data = pd.DataFrame({"x": [1.0, 2, 3], "y": [3.0, 1, 2], "z": [5.0, 5, 5]})
    metadata = pd.DataFrame({"id": [*"xyz", "i"], "parent": ["i", "i", "i", None]})
    index = CompositeIndex.from_tables(data, metadata).changed(weigh={"method": "critic"})
    assert index.weights["z"] == 0
    assert index.log["done"].str.contains("z does not vary").any()
    assert index.log["done"].str.contains("z: 3 values without a scale").any()


def test_benefit_of_the_doubt_gives_the_best_unit_100():
    index = asem(
        normalise=GOALPOSTS,
        aggregate={"methods": ("benefit_of_the_doubt", "arithmetic"), "lower_share": 0.1},
    )
    assert index.score("Conn").max() == pytest.approx(100)
    assert (index.score("Conn") <= 100 + 1e-9).all()


def test_a_number_of_aggregations_that_fits_no_level_is_refused():
    with pytest.raises(FrameworkError, match="levels"):
        asem(aggregate={"methods": ("arithmetic",) * 3})


def test_equal_scores_share_the_better_place():
    data = pd.DataFrame({"x": [1.0, 3, 3, 0]}, index=list("abcd"))
    metadata = pd.DataFrame({"id": ["x", "i"], "parent": ["i", None]})
    assert CompositeIndex.from_tables(data, metadata).ranks().tolist() == [3, 1, 1, 4]


def test_ranks_are_within_each_period():
    ranks = yearly().ranks("staff")
    assert ranks.xs(2019, level=1).tolist() == [3, 2, 1]
    assert ranks.xs(2021, level=1).tolist() == [3, 2, 1]


def test_an_indicator_is_left_out_and_its_empty_group_with_it():
    index = simple()
    assert index.without("use").framework.levels[0] == ["yield", "rate", "staff"]
    assert index.without("use").without("yield").framework.levels[1] == ["safety"]


@pytest.mark.parametrize(
    ("choices", "error", "message"),
    [
        ({"normalize": {"method": "rank"}}, UnknownNameError, "normalise"),
        ({"normalise": {"metod": "rank"}}, UnknownNameError, "method"),
        ({"normalise": {"method": "ranks"}}, FrameworkError, "rank"),
        ({"weights": {"yeild": 1.0}}, UnknownNameError, "yield"),
    ],
)
def test_an_unknown_choice_is_refused_with_the_nearest(choices, error, message):
    with pytest.raises(error, match=message):
        simple().changed(**choices)


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"normalise": {"lower": 100, "upper": 0}}, "below upper"),
        ({"normalise": {"upper": float("nan")}}, "upper"),
        ({"normalise": {"upper": 1.0}}, "floor"),
        ({"normalise": {"method": "goalposts"}, "treat": {"method": "log"}}, "logarithm"),
        ({"weights": {"top": 5.0}}, "no weight"),
        ({"aggregate": {"power": float("inf")}}, "power"),
    ],
)
def test_choices_that_do_not_fit_each_other_are_refused(choices, message):
    with pytest.raises(FrameworkError, match=message):
        simple(**choices)


def test_judgements_of_a_group_that_is_not_judged_are_refused():
    judged = {"outptu": {"yield/use": 2}}
    with pytest.raises(UnknownNameError, match="output"):
        simple(weigh={"method": "analytic_hierarchy", "judgements": judged})
    upper = {"top": {"output/safety": 2}}
    with pytest.raises(UnknownNameError, match="top"):
        simple(weigh={"method": "analytic_hierarchy", "judgements": upper})
    index = simple(weigh={"method": "analytic_hierarchy", "judgements": upper, "levels": "all"})
    assert index.weights["output"] == pytest.approx(2 / 3)


def test_judgements_of_an_indicator_go_with_it():
    judged = {"Sust": {"Environ/Social": 2, "Environ/SusEcFin": 4, "Social/SusEcFin": 2}}
    index = asem(weigh={"method": "analytic_hierarchy", "judgements": judged}).without("Social")
    assert index.weights["Environ"] == pytest.approx(0.8)


def test_later_changes_of_the_data_do_not_reach_the_index():
    data = simple().data.copy()
    index = CompositeIndex(data, simple().framework)
    before = index.score().tolist()
    data.loc["a", "yield"] = 100.0
    assert CompositeIndex(data, simple().framework).score().tolist() != before
    assert index.changed().score().tolist() == before


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (simple().data.rename(index={"a": np.nan}), "no name"),
        (pd.concat([simple().data, simple().data["area"]], axis=1), "Columns stand twice"),
    ],
)
def test_rows_and_columns_that_cannot_be_told_are_refused(data, message):
    with pytest.raises(FrameworkError, match=message):
        CompositeIndex(data, simple().framework)


def test_a_period_asked_of_an_index_without_periods_is_an_error():
    with pytest.raises(NoDataError, match="no periods"):
        simple().at(1999)


def test_periods_without_units_are_refused():
    with pytest.raises(UnknownNameError, match="uCode"):
        CompositeIndex.from_tables(ASEM.rename(columns={"uCode": "Time"}), asem_metadata())


def test_a_column_of_an_indicator_that_is_not_there_is_refused():
    with pytest.raises(UnknownNameError, match="yield"):
        CompositeIndex(simple().data.rename(columns={"yield": "yeild"}), simple().framework)


def test_rows_that_stand_twice_are_refused():
    data = pd.concat([simple().data, simple().data.iloc[:1]])
    with pytest.raises(FrameworkError, match="twice"):
        CompositeIndex(data, simple().framework)


def test_the_log_names_every_step_and_its_choice():
    log = simple(normalise={"method": "rank"}).log
    assert list(dict.fromkeys(log["step"])) == [
        "raw", "denominate", "screen", "impute", "treat", "normalise", "weigh", "aggregate",
    ]  # fmt: skip
    assert (log.loc[log["step"] == "normalise", "choice"] == "method rank").all()


def test_min_max_of_the_index_is_that_of_the_statistics():
    index = simple(screen={"method": "none"})
    expected = normalisation.min_max(
        index.data[index.framework.levels[0]], directions=index.framework.directions
    )
    np.testing.assert_allclose(index.normalised.to_numpy(), 100 * expected)
