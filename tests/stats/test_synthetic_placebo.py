import numpy as np
import pytest

from agriqa.stats.synthetic_control import synthetic_control
from agriqa.stats.synthetic_placebo import placebo_in_space, placebo_in_time
from tests.stats.published_panels import cigarette_sales
from tests.stats.test_synthetic_control import made

CASE = {"treated": "treated", "first_treated": 8}


def noisy(seed: int, effect: float):
    outcomes = made(seed, effect=effect, n_donors=9)
    return outcomes + np.random.default_rng(seed).normal(size=outcomes.shape)


def test_a_large_effect_ranks_first():
    test = placebo_in_space(noisy(1, 30.0), **CASE)
    assert (test.rank, test.p_value) == (1, pytest.approx(1 / 10))
    assert test.table.index[0] == "treated"


def test_every_placebo_is_its_own_synthetic_control_without_the_treated_unit():
    outcomes = noisy(2, 3.0)
    test = placebo_in_space(outcomes, **CASE)
    own = synthetic_control(outcomes.drop(columns="treated"), treated="donor 4", first_treated=8)
    assert test.table.loc["donor 4", "error_ratio"] == pytest.approx(own.error_ratio)
    assert test.gaps["donor 4"].tolist() == pytest.approx(own.paths["gap"].tolist())
    with_treated = placebo_in_space(outcomes, treated_as_donor=True, **CASE)
    other = synthetic_control(outcomes, treated="donor 4", first_treated=8)
    assert with_treated.table.loc["donor 4", "error_ratio"] == pytest.approx(other.error_ratio)


def test_rank_and_p_count_the_ratios_at_least_as_large():
    test = placebo_in_space(noisy(3, 1.0), **CASE)
    ratios = test.table["error_ratio"]
    assert test.rank == (ratios >= ratios["treated"]).sum()
    assert test.p_value == test.rank / 10
    assert ratios.is_monotonic_decreasing


def test_without_an_effect_the_p_value_is_spread_over_its_range():
    values = [placebo_in_space(noisy(seed, 0.0), **CASE).p_value for seed in range(12)]
    assert 0.3 < np.mean(values) < 0.8


def test_placebos_that_fit_badly_can_be_set_aside():
    outcomes = noisy(4, 3.0)
    test = placebo_in_space(outcomes, largest_pre_ratio=1.5, **CASE)
    limit = 1.5 * test.table.loc["treated", "pre_error"] ** 2
    assert (test.table["kept"] == (test.table["pre_error"] ** 2 <= limit)).all()
    assert test.p_value == test.rank / test.table["kept"].sum()


def test_a_placebo_in_time_never_sees_the_true_effect():
    outcomes = noisy(5, 0.0)
    changed = outcomes.assign(treated=outcomes["treated"] + 50.0 * (outcomes.index >= 8))
    first = placebo_in_time(outcomes, placebo_start=5, **CASE)
    second = placebo_in_time(changed, placebo_start=5, **CASE)
    assert first.effect == second.effect
    assert second.paths.index.max() == 7
    assert second.first_treated == 5


def test_proposition_99_shows_little_before_its_time():
    sales = cigarette_sales()
    early = placebo_in_time(sales, treated="California", first_treated=1989, placebo_start=1980)
    true = synthetic_control(sales, treated="California", first_treated=1989)
    assert abs(early.effect) < abs(true.effect) / 3


def test_the_summary_says_how_small_p_can_be():
    test = placebo_in_space(noisy(6, 30.0), **CASE)
    assert "ranks 1 of 10 units, p=0.100; with so many units p cannot be below 0.100" in (
        test.summary("en")
    )
    assert "排第 1" in test.summary()


def test_bad_input_is_refused():
    outcomes = noisy(7, 0.0)
    with pytest.raises(ValueError, match="two donors"):
        placebo_in_space(outcomes, donors=["donor 1"], **CASE)
    with pytest.raises(ValueError, match="positive"):
        placebo_in_space(outcomes, largest_pre_ratio=0, **CASE)
    with pytest.raises(ValueError, match="before first_treated"):
        placebo_in_time(outcomes, placebo_start=9, **CASE)
    with pytest.raises(ValueError, match="zh, en"):
        placebo_in_space(outcomes, **CASE).summary("fr")
