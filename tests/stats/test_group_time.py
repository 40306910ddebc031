import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.event_study import sun_abraham
from agriqa.stats.group_time import group_time_effects
from tests.stats.published_panels import employment_panel
from tests.stats.simulated_panels import staggered_panel

PANEL = {"outcome": "y", "unit": "unit", "time": "t", "cohort": "start"}
EMPLOYMENT = {**PANEL, "time": "year"}


def by_definition(frame, group, moment, origin, control, weights=False):
    """Compare the change of the cohort with that of its controls, unit by unit."""
    wide = frame.pivot(index="unit", columns="t", values="y")
    start = frame.groupby("unit")["start"].first()
    weight = frame.groupby("unit")["w"].first() if weights else start * 0 + 1
    weight = weight.fillna(1.0)
    change = (wide[moment] - wide[origin]).dropna()
    start, weight = start[change.index], weight[change.index]
    controls = start.isna()
    if control == "not_yet_treated":
        controls |= (start > max(moment, origin)) & (start != group)
    if not controls.any() or not (start == group).any():
        return np.nan

    def mean(chosen):
        return np.average(change[chosen], weights=weight[chosen])

    return mean(start == group) - mean(controls)


@settings(max_examples=15)
@given(
    st.integers(0, 10**6),
    st.sampled_from(["never_treated", "not_yet_treated"]),
    st.sampled_from(["varying", "universal"]),
    st.booleans(),
)
def test_every_cell_is_its_definition(seed, control, base, weighted):
    frame = staggered_panel(seed, n_units=24, n_periods=5, starts=(2.0, 3.0, np.nan), gaps=0.1)
    table = group_time_effects(
        frame, control=control, base=base, weights="w" if weighted else None, **PANEL
    ).table
    for row in table.itertuples():
        origin = row.cohort - 1 if base == "universal" or row.time >= row.cohort else row.time - 1
        expected = by_definition(frame, row.cohort, row.time, origin, control, weighted)
        if row.time == origin:
            expected = 0.0
        assert row.estimate == pytest.approx(expected, nan_ok=True)


def test_the_employment_panel_has_its_published_effects_and_errors():
    # R package did, README, att_gt(..., xformla = ~1): estimates and test as printed; its
    # errors are bootstrapped and vary with the draws, these are analytic.
    effects = group_time_effects(employment_panel(), balanced=True, **EMPLOYMENT)
    assert effects.table[["cohort", "time"]].to_numpy().tolist() == [
        [g, t] for g in (2004, 2006, 2007) for t in (2004, 2005, 2006, 2007)
    ]
    assert effects.table["estimate"].round(4).tolist() == [
        -0.0105, -0.0704, -0.1373, -0.1008, 0.0065, -0.0028, -0.0046, -0.0412,
        0.0305, -0.0027, -0.0311, -0.0261,
    ]  # fmt: skip
    printed = [
        0.0235, 0.0328, 0.0378, 0.0331, 0.0236, 0.0205, 0.0192, 0.0200,
        0.0162, 0.0174, 0.0194, 0.0178,
    ]  # fmt: skip
    assert effects.table["standard_error"].tolist() == pytest.approx(printed, rel=0.09)
    assert effects.pretrend.p_value == pytest.approx(0.16812, abs=5e-6)
    assert effects.table["n_treated"].unique().tolist() == [20, 40, 131]
    assert effects.table["n_control"].unique().tolist() == [309]


def test_the_employment_panel_has_its_published_effects_with_a_universal_base():
    # R did, att_gt(..., base_period = "universal"), in B. Callaway's material on two-way
    # fixed effects weights. The test of trends is the same for both bases.
    effects = group_time_effects(employment_panel(), base="universal", **EMPLOYMENT)
    cells = effects.table.set_index(["cohort", "time"])["estimate"].round(4)
    assert cells[2006].tolist() == [-0.0038, 0.0028, 0.0, -0.0046, -0.0412]
    assert cells[2007].tolist() == [0.0033, 0.0338, 0.0311, 0.0, -0.0261]
    assert effects.table["standard_error"].isna().sum() == 3
    assert effects.pretrend.p_value == pytest.approx(0.16812, abs=5e-6)


@pytest.mark.parametrize("control", ["never_treated", "not_yet_treated"])
@pytest.mark.parametrize("base", ["varying", "universal"])
@pytest.mark.parametrize("anticipation", [0, 1])
@pytest.mark.parametrize(
    ("method", "short"), [("doubly_robust", "dr"), ("regression", "reg"), ("weighting", "ipw")]
)
def test_cells_with_covariates_agree_with_diff_diff(control, base, anticipation, method, short):
    from diff_diff import CallawaySantAnna

    frame = staggered_panel(7, n_units=120, starts=(3.0, 4.0, np.nan))
    frame["z"] = frame.groupby("unit")["x"].transform("first")
    mine = group_time_effects(
        frame,
        control=control,
        base=base,
        anticipation=anticipation,
        method=method,
        covariates=["z"],
        **PANEL,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Its default clips propensities at 0.01, which R DRDID does not.
        other = CallawaySantAnna(
            control_group=control,
            base_period=base,
            anticipation=anticipation,
            estimation_method=short,
            pscore_trim=1e-6,
        ).fit(
            frame.assign(g=frame["start"].fillna(0)),
            outcome="y",
            unit="unit",
            time="t",
            first_treat="g",
            covariates=["z"],
        )
    # Its doubly robust estimate divides by the treated weight; R DRDID, followed here,
    # divides the controls' part by their own, which differs a little.
    near = 1e-3 if method == "doubly_robust" else 1e-6
    compared = 0
    for row in mine.table.dropna(subset="standard_error").itertuples():
        found = other.group_time_effects[row.cohort, row.time]
        assert row.estimate == pytest.approx(found["effect"], abs=near)
        assert row.standard_error == pytest.approx(found["se"], rel=10 * near)
        compared += 1
    assert compared >= 8


def test_one_cohort_with_a_universal_base_is_the_event_study():
    frame = staggered_panel(8, starts=(3.0, np.nan))
    cells = group_time_effects(frame, base="universal", **PANEL).table
    study = sun_abraham(frame, **PANEL).table
    assert cells["estimate"].tolist() == pytest.approx(study["estimate"].tolist())


def test_a_planted_effect_is_recovered_where_two_way_effects_would_fail():
    frame = staggered_panel(9, n_units=300, effect=1.0, slope=1.0)
    table = group_time_effects(frame, control="not_yet_treated", **PANEL).table
    after = table[table["time"] >= table["cohort"]]
    truth = 1.0 + after["time"] - after["cohort"]
    assert ((after["estimate"] - truth).abs() < 4 * after["standard_error"]).all()


def test_units_treated_from_the_first_period_are_left_out():
    frame = staggered_panel(10, starts=(0.0, 3.0, np.nan))
    first = group_time_effects(frame, **PANEL)
    same = group_time_effects(frame[frame["start"] != 0], **PANEL)
    assert first.table.to_numpy() == pytest.approx(same.table.to_numpy(), nan_ok=True)


def test_a_start_after_the_panel_counts_as_never():
    frame = staggered_panel(11, starts=(3.0, 99.0))
    never = frame.assign(start=frame["start"].where(frame["start"] < 99))
    first = group_time_effects(frame, **PANEL).table["estimate"]
    assert first.tolist() == group_time_effects(never, **PANEL).table["estimate"].tolist()


def test_a_balanced_panel_uses_only_units_without_gaps():
    frame = staggered_panel(12, n_units=60, gaps=0.1)
    whole = frame.groupby("unit")["t"].transform("count") == 6
    first = group_time_effects(frame, balanced=True, **PANEL).table
    same = group_time_effects(frame[whole], **PANEL).table
    assert first.to_numpy() == pytest.approx(same.to_numpy(), nan_ok=True)
    assert group_time_effects(frame, **PANEL).table["n_treated"].max() > first["n_treated"].max()


def test_calendar_gaps_use_the_last_period_that_was_seen():
    frame = staggered_panel(13, starts=(4.0, np.nan))
    sparse = frame[frame["t"] != 3]
    table = group_time_effects(sparse, **PANEL).table
    found = table.loc[table["time"] == 4, "estimate"].iloc[0]
    assert found == pytest.approx(by_definition(sparse, 4.0, 4.0, 2.0, "never_treated"))


def test_clusters_of_units_sum_their_influence():
    frame = staggered_panel(14)
    effects = group_time_effects(frame, cluster="group", **PANEL)
    group = frame.groupby("unit")["group"].first().to_numpy()
    sums = np.array([effects.influence[group == g].sum(axis=0) for g in range(8)])
    expected = np.sqrt((sums**2).sum(axis=0)) / len(group)
    assert effects.table["standard_error"].tolist() == pytest.approx(expected.tolist())


def test_the_influence_gives_the_error_of_a_difference_of_means():
    frame = staggered_panel(15, n_periods=2, starts=(1.0, np.nan))
    wide = frame.pivot(index="unit", columns="t", values="y")
    treated = frame.groupby("unit")["start"].first().notna()
    change = wide[1.0] - wide[0.0]
    expected = sum(change[mask].var(ddof=0) / mask.sum() for mask in (treated, ~treated)) ** 0.5
    found = group_time_effects(frame, **PANEL).table["standard_error"][0]
    assert found == pytest.approx(expected)


def test_the_bootstrap_is_repeatable_near_the_analytic_error_and_has_a_wider_band():
    frame = staggered_panel(16, n_units=100)
    first = group_time_effects(frame, n_bootstrap=1000, seed=3, **PANEL).table
    again = group_time_effects(frame, n_bootstrap=1000, seed=3, **PANEL).table
    analytic = group_time_effects(frame, **PANEL).table
    assert first.equals(again)
    assert first["standard_error"].to_numpy() == pytest.approx(
        analytic["standard_error"].to_numpy(), rel=0.15
    )
    assert (first["band_low"] < first["low"]).all()
    assert analytic["band_low"].isna().all()


def test_the_summary_counts_cohorts_and_cells():
    effects = group_time_effects(employment_panel(), **EMPLOYMENT)
    assert effects.summary("en").startswith("12 effects by cohort and period, from 3 cohorts.")
    assert "3 个处理批次" in effects.summary()


def test_bad_input_is_refused():
    frame = staggered_panel(1)
    for option, allowed in (
        ({"control": "all"}, "never_treated, not_yet_treated"),
        ({"base": "fixed"}, "varying, universal"),
        ({"method": "ols"}, "doubly_robust"),
        ({"anticipation": -1}, "anticipation"),
        ({"confidence": 95}, "confidence"),
        ({"n_bootstrap": 5}, "at least 100"),
        ({"weights": "z"}, "no column z"),
    ):
        with pytest.raises(ValueError, match=allowed):
            group_time_effects(frame, **option, **PANEL)
    with pytest.raises(ValueError, match="not_yet_treated"):
        group_time_effects(frame.dropna(), **PANEL)
    with pytest.raises(ValueError, match="no cohort starts"):
        group_time_effects(frame.assign(start=np.nan), **PANEL)
    with pytest.raises(ValueError, match="seen before"):
        group_time_effects(frame.assign(start=0), **PANEL)
    with pytest.raises(ValueError, match="same in all rows of a unit"):
        group_time_effects(frame.assign(start=frame["t"]), **PANEL)
    with pytest.raises(ValueError, match="group must be the same"):
        group_time_effects(frame.assign(group=frame.index), cluster="group", **PANEL)
    with pytest.raises(ValueError, match="weights"):
        group_time_effects(frame.assign(w=-1), weights="w", **PANEL)
    with pytest.raises(ValueError, match="no complete row"):
        group_time_effects(frame.assign(y=np.nan), **PANEL)
