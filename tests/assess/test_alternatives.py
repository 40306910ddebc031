import numpy as np
import pytest

from agriqa.assess.alternatives import IndicatorTable
from agriqa.assess.design import Design, nominal_design, random_design
from agriqa.assess.hierarchy import Hierarchy


def test_an_unknown_error_is_none():
    table = IndicatorTable([[1, 2], [3, 4]], errors=[[np.nan, 1], [0, np.nan]])
    assert table.errors.tolist() == [[0, 1], [0, 0]]


def test_tables_given_are_neither_kept_nor_changeable():
    values = np.ones((2, 2))
    table = IndicatorTable(values)
    values[0, 0] = 7
    assert table.values[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        table.values[0, 0] = 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"errors": [1, -1]}, "errors must be 0"),
        ({"errors": [1, np.inf]}, "errors must be 0"),
        ({"errors": [[1, 1]]}, "errors must have shape"),
        ({"errors": [1, 2, 3]}, "errors must have shape"),
        ({"lowest": [0, 3]}, "within lowest and highest"),
        ({"highest": [0, 3]}, "within lowest and highest"),
        ({"worst": [0]}, "worst must have shape"),
        ({"best": [np.inf, 0]}, "goalposts must be finite"),
        ({"pool": [[1, 2, 3]]}, "pool must have 2"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        IndicatorTable([[1, 2], [1, 2]], **options)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"treatments": {}}, "at least one treatment"),
        ({"treatments": {"none": IndicatorTable([[1, 2]])}}, "must have shape"),
        ({"directions": [1, 1]}, "directions must be"),
        ({"directions": [0] * 6}, "directions must be"),
        ({"normalisations": ("min_max", "min-max")}, "must be one of min_max"),
        ({"normalisations": ("min_max", "min_max")}, "each once"),
        ({"normalisations": ()}, "one or more"),
        ({"directions": [1] * 6}, "best beyond the worst"),
        ({"aggregations": {}}, "at least one aggregation"),
        ({"aggregations": {"a": (1, 0)}}, "or 3 from the bottom up"),
        ({"aggregations": {"a": np.inf}}, "within -50"),
        ({"aggregations": {"a": np.nan}}, "within -50"),
        ({"weight_noise": 1.0}, "1 excluded"),
        ({"weight_noise": (0.1, -0.1, 0)}, "within 0-1"),
        ({"minimum_share": 1.1}, "within 0-1"),
        ({"lower": 0}, "above 0 for powers"),
        ({"floor": 100}, "floor must be"),
        ({"lower": -1, "aggregations": {"a": 0.5}}, "0 or above unless"),
        ({"lower": 100}, "lower must be below"),
        ({"deviations": 0}, "deviations must be above 0"),
    ],
)
def test_choices_that_do_not_fit_are_refused(make, changes, message):
    with pytest.raises(ValueError, match=message):
        make(**changes)


def test_an_index_of_one_indicator_has_none_to_leave_out(make):
    with pytest.raises(ValueError, match="at least 2 indicators"):
        make(
            treatments={"none": IndicatorTable([[1], [2]])},
            hierarchy=Hierarchy(([0],), ([1],)),
            directions=[1],
            normalisations=("min_max",),
            aggregations={"a": 1},
        )


def test_random_choices_are_uniform_and_each_draw_has_its_own_noise(make):
    design = random_design(make(), 7000, seed=1)
    for name, first, size in [
        ("treatment", 0, 2),
        ("normalisation", 0, 4),
        ("aggregation", 0, 5),
        ("dropped", -1, 7),
    ]:
        places, counts = np.unique(getattr(design, name), return_counts=True)
        assert places.tolist() == list(range(first, first + size))
        np.testing.assert_allclose(counts, 7000 / size, atol=4 * (7000 / size) ** 0.5)
    assert len(set(design.weights)) == len(set(design.errors)) == 7000


def test_what_has_no_alternative_stays_nominal(make):
    choices = make(errors=False, weight_noise=0, drop=False)
    design = random_design(choices, 50, seed=1)
    for name in ("weights", "dropped", "errors"):
        assert (getattr(design, name) == -1).all()


def test_the_same_seed_gives_the_same_design(make):
    one, same, other = (random_design(make(), 50, seed=seed).dropped for seed in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        (([0], [0], [0], [-1], [-1], [-1, 0]), "same number of draws"),
        (([-1], [0], [0], [-1], [-1], [-1]), "treatment must be 0 or above"),
        (([0], [0], [0], [-2], [-1], [-1]), "weights must be -1 or above"),
        (([0.5], [0], [0], [-1], [-1], [-1]), "whole numbers"),
        (([], [], [], [], [], []), "whole numbers"),
    ],
)
def test_a_design_that_is_none_is_refused(choices, message):
    with pytest.raises(ValueError, match=message):
        Design(*choices)


def test_a_design_without_draws_is_refused(make):
    with pytest.raises(ValueError, match="at least 1 draw"):
        random_design(make(), 0, seed=1)


def test_the_nominal_design_takes_the_first_of_all(make):
    design = nominal_design(2)
    assert design.draws == 2
    assert design.treatment.tolist() == design.normalisation.tolist() == [0, 0]
    assert design.weights.tolist() == design.errors.tolist() == [-1, -1]
