import numpy as np
import pandas as pd
import pytest

from agriqa.assess.composite import CompositeIndex
from agriqa.assess.diagnosis import consistency, correlations, diagnose
from tests.assess.examples import simple


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
