import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.bacon_decomposition import bacon_decomposition
from agriqa.stats.difference_in_differences import two_way_fixed_effects
from tests.stats.published_panels import employment_panel
from tests.stats.simulated_panels import staggered_panel

PANEL = {"outcome": "y", "unit": "unit", "time": "t", "cohort": "start"}
STARTS = [(2.0, 4.0, np.nan), (1.0, 3.0, 3.0, 5.0), (0.0, 3.0, np.nan), (0.0, 2.0), (3.0, 99.0)]


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from(STARTS))
def test_the_comparisons_add_up_to_the_two_way_estimate(seed, starts):
    frame = staggered_panel(seed, starts=starts, n_units=25)
    split = bacon_decomposition(frame, **PANEL)
    whole = two_way_fixed_effects(frame, outcome="y", treatment="d", unit="unit", time="t")
    assert split.estimate == pytest.approx(whole.estimate, abs=1e-8)
    assert split.table["weight"].sum() == pytest.approx(1)
    assert (split.table["weight"] > 0).all()


def test_the_comparisons_of_the_employment_panel_agree_with_diff_diff():
    from diff_diff.bacon import BaconDecomposition

    panel = employment_panel()
    table = bacon_decomposition(panel, **{**PANEL, "time": "year"}).table
    other = BaconDecomposition().fit(
        panel.assign(g=panel["start"].fillna(0)),
        outcome="y",
        unit="unit",
        time="year",
        first_treat="g",
    )
    found = {
        (c.treated_group, np.inf if c.control_group == "never_treated" else c.control_group): c
        for c in other.comparisons
    }
    assert len(table) == len(found) == 9
    for row in table.itertuples():
        pair = found[row.treated_cohort, row.control_cohort]
        assert row.estimate == pytest.approx(pair.estimate)
        assert row.weight == pytest.approx(pair.weight)


def test_growing_effects_bias_only_comparisons_with_the_already_treated():
    frame = staggered_panel(1, n_periods=8, starts=(2.0, 5.0, np.nan), noise=0.0, slope=1.0)
    table = bacon_decomposition(frame, **PANEL).table.set_index("kind")
    assert (table.drop("later vs earlier treated")["estimate"] > 0).all()
    assert table.loc["later vs earlier treated", "estimate"] < 0


def test_the_summary_names_the_weight_of_the_already_treated():
    split = bacon_decomposition(staggered_panel(2, starts=(2.0, 4.0)), **PANEL)
    later = split.table.set_index("kind")["weight"]["later vs earlier treated"]
    assert f"already treated carry {100 * later:.1f} %" in split.summary("en")
    assert f"占 {100 * later:.1f} %" in split.summary()


def test_bad_input_is_refused():
    frame = staggered_panel(1)
    with pytest.raises(ValueError, match="every period"):
        bacon_decomposition(frame.drop(5), **PANEL)
    with pytest.raises(ValueError, match="second group"):
        bacon_decomposition(frame.assign(start=2.0), **PANEL)
    with pytest.raises(ValueError, match="same in all rows"):
        bacon_decomposition(frame.assign(start=frame["t"]), **PANEL)
    with pytest.raises(ValueError, match="no column start"):
        bacon_decomposition(frame.drop(columns="start"), **PANEL)
    with pytest.raises(ValueError, match="zh, en"):
        bacon_decomposition(frame, **PANEL).summary("fr")
