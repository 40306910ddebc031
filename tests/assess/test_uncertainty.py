import numpy as np
import pandas as pd
import pytest

from agriqa.assess.composite import CompositeIndex
from agriqa.assess.framework import FrameworkError
from agriqa.assess.simulation import simulate
from agriqa.assess.uncertainty import Grades, Variations, alternatives, rank_uncertainty
from agriqa.errors import NoDataError, UnknownNameError
from tests.assess.examples import simple, simple_metadata, yearly

NOTHING = Variations(
    treatments=(), normalisations=(), aggregations=(), weight_noise=0.0, drop=False
)
GRADES = Grades(names=("low", "middle", "high"), cuts=(40, 60))


def scored(**choices):
    return simple(
        normalise={"method": "goalposts", "lower": 1}, screen={"method": "none"}, **choices
    )


def tied(**choices):
    """Make an index of 30 units over three years, with ties, gaps and a constant."""
    rng = np.random.default_rng(3)
    rows = pd.MultiIndex.from_product([range(30), [2019, 2020, 2021]])
    data = pd.DataFrame(
        {
            "yield": rng.integers(0, 6, 90).astype(float),
            "use": rng.lognormal(3, 0.8, 90),
            "rate": rng.integers(88, 100, 90).astype(float),
            "staff": 5.0,
        },
        index=rows,
    )
    data.loc[rng.random(90) < 0.1, "rate"] = np.nan
    index = CompositeIndex.from_tables(data, simple_metadata())
    return index.changed(screen={"method": "none"}, **choices)


@pytest.mark.parametrize("method", ["goalposts", "min_max", "percentile", "z_score"])
@pytest.mark.parametrize("mean", ["arithmetic", "geometric"])
def test_the_nominal_draw_is_the_index_itself(method, mean):
    index = scored(aggregate={"methods": (mean, "arithmetic")})
    index = index.changed(normalise={"method": method})
    found = simulate(alternatives(index, variations=NOTHING), draws=2, seed=0)
    np.testing.assert_allclose(found.nominal_scores, index.score(), rtol=1e-9)
    assert found.nominal_ranks.tolist() == index.ranks().tolist()


@pytest.mark.parametrize("scope", ["period", "pooled"])
@pytest.mark.parametrize("method", ["goalposts", "min_max", "percentile", "z_score"])
@pytest.mark.parametrize("mean", ["arithmetic", "geometric", "harmonic"])
def test_the_nominal_draw_of_each_period_is_the_index_of_that_period(method, scope, mean):
    index = tied(
        normalise={"method": method, "scope": scope, "lower": 1, "deviations": 0.8},
        aggregate={"methods": ("arithmetic", mean)},
    )
    index_scores, index_ranks = index.score(), index.ranks()
    for period in (2019, 2020, 2021):
        choices = alternatives(index, period=period, variations=NOTHING)
        found = simulate(choices, draws=2, seed=0)
        own = index_scores.xs(period, level=1)
        assert own.notna().sum() > 20
        np.testing.assert_allclose(found.nominal_scores, own, rtol=1e-9)
        ranks = index_ranks.xs(period, level=1).fillna(0)
        assert found.nominal_ranks.tolist() == ranks.tolist()


def test_without_alternatives_nothing_moves():
    found = rank_uncertainty(scored(), variations=NOTHING, grades=GRADES, draws=20)
    bands = found.bands()
    assert (bands["low"] == bands["high"]).all()
    assert (found.grade_probabilities()["stability"] == 1).all()


def test_errors_alone_move_ranks_that_are_close():
    index = scored()
    errors = pd.DataFrame({"staff": 3.0, "rate": 2.0}, index=index.data.index)
    found = rank_uncertainty(index, errors=errors, variations=NOTHING, draws=400)
    bands = found.bands()
    assert (bands["low"] < bands["high"]).any()
    assert bands.index.tolist() == ["a", "b", "c", "d", "e"]


def test_a_wider_choice_never_narrows_the_bands_of_all():
    narrow = rank_uncertainty(scored(), variations=NOTHING, draws=300).bands()
    wide = rank_uncertainty(scored(), draws=300).bands()
    assert (wide["high"] - wide["low"]).sum() > (narrow["high"] - narrow["low"]).sum()


def test_probabilities_of_grades_sum_to_one():
    table = rank_uncertainty(scored(), grades=GRADES, draws=200).grade_probabilities()
    np.testing.assert_allclose(table[list(GRADES.names)].sum(axis=1), 1)
    assert set(table["grade"]) <= set(GRADES.names)


@pytest.mark.parametrize("mean", ["arithmetic", "geometric", "harmonic"])
def test_scores_of_a_scale_from_0_are_raised_to_the_floor_as_in_the_index(mean):
    index = simple(
        normalise={"method": "goalposts"},
        screen={"method": "none"},
        aggregate={"methods": ("arithmetic", mean), "floor": 10},
    )
    found = rank_uncertainty(index, grades=GRADES, draws=50)
    np.testing.assert_allclose(found.simulation.nominal_scores, index.score(), rtol=1e-9)
    grades = found.grade_probabilities()["grade"]
    expected = pd.cut(index.score(), [-1, 40, 60, 101], right=False, labels=list(GRADES.names))
    assert grades.tolist() == expected.tolist()


def test_one_year_of_several_is_drawn_with_the_scale_of_all():
    index = yearly(normalise={"method": "min_max", "scope": "pooled", "lower": 1})
    found = rank_uncertainty(index, period=2021, draws=50)
    assert found.units == ("a", "b", "c")
    np.testing.assert_allclose(
        found.simulation.nominal_scores, index.score().xs(2021, level=1), rtol=1e-9
    )


def test_errors_of_a_column_that_is_none_are_refused():
    index = scored()
    errors = pd.DataFrame({"Staff": 3.0}, index=index.data.index)
    with pytest.raises(UnknownNameError, match="staff"):
        rank_uncertainty(index, errors=errors, draws=10)


def test_errors_of_data_that_are_no_indicator_are_left_aside():
    index = scored()
    errors = pd.DataFrame({"area": 3.0, "staff": 1.0}, index=index.data.index)
    found = alternatives(index, errors=errors).treatments["none"].errors
    assert found.tolist() == [[0, 0, 0, 1]] * 5


@pytest.mark.parametrize(
    ("index", "rows"),
    [
        (tied(), pd.MultiIndex.from_product([["0", "1"], [2021]])),
        (tied(), pd.MultiIndex.from_product([[0, 1], [2020]])),
        (tied(), pd.Index([0, 1])),
        (scored(), pd.Index([0, 1])),
    ],
    ids=["other type", "other period", "no periods", "numbered"],
)
def test_errors_none_of_which_is_of_a_unit_asked_for_are_refused(index, rows):
    errors = pd.DataFrame({"staff": 3.0}, index=rows)
    period = 2021 if index.data.index.nlevels == 2 else None
    with pytest.raises(NoDataError, match="errors"):
        rank_uncertainty(index, period=period, errors=errors, draws=10)


def test_errors_of_some_units_leave_the_others_without():
    index = scored()
    errors = pd.DataFrame({"staff": [1.0, 2.0]}, index=["b", "z"])
    found = alternatives(index, errors=errors).treatments["none"].errors
    assert found[:, 3].tolist() == [0, 1, 0, 0, 0]


def denominated(**choices):
    """Make the small index with staff per area, of which 10 is the most there can be."""
    metadata = simple_metadata().assign(denominator=None, possible_low=None, possible_high=None)
    staff = metadata["id"] == "staff"
    metadata.loc[staff, ["denominator", "possible_low", "possible_high"]] = ["area", 0, 10]
    return CompositeIndex.from_tables(simple().data, metadata).changed(
        screen={"method": "none"}, **choices
    )


def test_errors_and_bounds_are_divided_as_their_indicator_is():
    index = denominated(denominate={"scale": 100})
    errors = pd.DataFrame({"staff": 2.0, "use": 3.0}, index=index.data.index)
    found = alternatives(index, errors=errors).treatments["none"]
    per_area = 100 / index.data["area"]
    np.testing.assert_allclose(found.errors[:, 3], 2 * per_area)
    np.testing.assert_allclose(found.highest[:, 3], 10 * per_area)
    assert (found.lowest[:, 3] == 0).all()
    assert (found.errors[:, 1] == 3).all()
    assert np.isnan(found.highest[:, :3]).all()


def test_an_index_is_drawn_alike_whoever_divides_its_indicator():
    index = denominated(denominate={"scale": 100})
    errors = pd.DataFrame({"staff": 2.0}, index=index.data.index)
    per_area = 100 / index.data["area"]
    divided = simple(screen={"method": "none"})
    data = divided.data.assign(staff=divided.data["staff"] * per_area)
    divided = CompositeIndex(data, divided.framework, divided.choices)
    first = rank_uncertainty(index, errors=errors, variations=NOTHING, draws=300)
    other = rank_uncertainty(
        divided, errors=errors.mul(per_area, axis=0), variations=NOTHING, draws=300
    )
    assert (first.bands()["low"] < first.bands()["high"]).any()
    np.testing.assert_allclose(first.simulation.nominal_scores, other.simulation.nominal_scores)
    np.testing.assert_allclose(
        alternatives(index, errors=errors).treatments["none"].errors,
        alternatives(divided, errors=errors.mul(per_area, axis=0)).treatments["none"].errors,
    )


def test_a_value_filled_in_beyond_its_own_bound_is_drawn_all_the_same():
    index = denominated(impute={"method": "constant", "value": 50})
    data = index.data.assign(staff=[2.0, 8, 4, 6, np.nan])
    index = CompositeIndex(data, index.framework, index.choices)
    errors = pd.DataFrame({"staff": 1.0}, index=data.index)
    table = alternatives(index, errors=errors).treatments["none"]
    assert table.highest[4, 3] == table.values[4, 3] == 50


def test_one_unit_has_a_summary_without_changes_of_rank():
    data = pd.DataFrame({"a": [1.0], "b": [2.0]}, index=["x"])
    meta = pd.DataFrame({"id": ["a", "b", "top"], "parent": ["top", "top", None]})
    found = rank_uncertainty(CompositeIndex.from_tables(data, meta), grades=GRADES, draws=20)
    assert "没有名次" in found.summary()
    assert "no unit has a rank" in found.summary("en")


def test_the_same_seed_gives_the_same_bands():
    first, second = (rank_uncertainty(scored(), draws=100, seed=3).bands() for _ in range(2))
    pd.testing.assert_frame_equal(first, second)


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"treat": {"method": "log"}}, "log"),
        ({"normalise": {"method": "rank"}}, "rank"),
        ({"aggregate": {"methods": ("topsis",)}}, "topsis"),
    ],
)
def test_an_index_that_cannot_be_redrawn_says_why(choices, message):
    index = simple(**{"normalise": {"method": "min_max"}, **choices})
    with pytest.raises(FrameworkError, match=message):
        alternatives(index)


def test_grades_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="cuts"):
        Grades(names=("low", "high"), cuts=(60, 40))
    with pytest.raises(ValueError, match="no grades"):
        rank_uncertainty(scored(), draws=10).grade_probabilities()


def test_the_summary_says_how_far_ranks_move():
    text = rank_uncertainty(scored(), grades=GRADES, draws=50).summary("zh")
    assert "50 次" in text
    assert "5个单元中" in text
