import numpy as np
import pandas as pd
import pytest

from agriqa.assess.disagreement import disagreement


def series(*values: float) -> pd.Series:
    return pd.Series(values, index=list("abcd")[: len(values)], dtype=float)


def test_equal_judgements_agree():
    found = disagreement(series(1, 2, 3), series(10, 20, 30))
    assert found.correlation == pytest.approx(1)
    assert (found.table["difference"] == 0).all()


def test_the_largest_disagreement_stands_first():
    found = disagreement(series(4, 3, 2, 1), series(1, 4, 3, 2))
    assert found.table.index[0] == "a"
    assert found.table.loc["a", "difference"] == 3


def test_units_that_lack_a_judgement_are_left_out_of_the_ranks():
    found = disagreement(series(4, 3, np.nan, 1), series(1, 2, 9, 3))
    assert sorted(found.table["second_rank"]) == [1, 2, 3]


def test_equal_scores_share_the_better_place():
    assert disagreement(series(1, 1, 0), series(1, 2, 3)).table.loc["b", "first_rank"] == 1


def test_the_summary_says_how_far_apart_they_are():
    assert "2.0" in disagreement(series(4, 3, 2, 1), series(1, 2, 3, 4)).summary("en")
    assert "没有" in disagreement(series(np.nan), series(1)).summary()


def test_one_unit_has_no_correlation():
    found = disagreement(series(1), series(5))
    assert np.isnan(found.correlation)
    assert found.table["difference"].tolist() == [0]
    assert found.summary("en") == (
        "The two ranks of 1 units are 0.0 places apart on average, 0 at most."
    )
    assert "τ" not in found.summary()


def test_equal_scores_throughout_have_no_correlation():
    found = disagreement(series(1, 1, 1), series(5, 6, 7))
    assert np.isnan(found.correlation)
    assert "nan" not in found.summary("en")
