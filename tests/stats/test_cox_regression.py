from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.cox_regression import cox_regression
from tests.stats.test_survival import PLACEBO, SIX_MP, SIX_MP_EVENT

TRIAL = pd.DataFrame(
    {
        "weeks": SIX_MP + PLACEBO,
        "relapse": SIX_MP_EVENT + [1] * 21,
        "arm": ["6-MP"] * 21 + ["placebo"] * 21,
    }
)


@pytest.mark.parametrize(
    ("ties", "coefficient", "error"),
    # R: coxph(Surv(time, cens) ~ treat, MASS::gehan, method = ties); Venables and Ripley
    # (2002), section 13.3, and Cox and Oakes (1984).
    [("efron", 1.5721, 0.4124), ("breslow", 1.5092, 0.4096)],
)
def test_the_regression_reproduces_the_6_mp_trial(
    ties: str, coefficient: float, error: float
) -> None:
    found = cox_regression(
        TRIAL,
        duration="weeks",
        event="relapse",
        covariates=["arm"],
        ties=ties,  # type: ignore[arg-type]
    )
    row = found.coefficients.loc["arm_placebo"]
    assert round(row["coefficient"], 4) == coefficient
    assert round(row["standard_error"], 4) == error
    assert (found.observations, found.events) == (42, 30)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000))
def test_the_score_is_zero_at_the_estimate(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 40
    data = pd.DataFrame({"start": rng.uniform(0, 1, n), "x": rng.normal(size=n)})
    data["end"] = data["start"] + rng.exponential(size=n) * np.exp(-0.5 * data["x"])
    data["event"] = rng.random(n) < 0.8
    found = cox_regression(data, duration="end", event="event", entry="start", covariates=["x"])
    ratio = np.exp(found.coefficients.loc["x", "coefficient"] * data["x"])
    score = 0.0
    for _, row in data[data["event"]].iterrows():
        risk = (data["start"] < row["end"]) & (data["end"] >= row["end"])
        score += row["x"] - np.average(data["x"][risk], weights=ratio[risk])
    assert score == pytest.approx(0, abs=1e-4)


def test_the_regression_reproduces_rs_ovarian_cancer_trial() -> None:
    # R's survival::ovarian: coxph(Surv(futime, fustat) ~ age) gives 0.16162 (0.04974).
    days = [59, 115, 156, 268, 329, 353, 365, 377, 421, 431, 448, 464, 475]
    days += [477, 563, 638, 744, 769, 770, 803, 855, 1040, 1106, 1129, 1206, 1227]
    died = [1] * 7 + [0, 0, 1, 0, 1, 1, 0, 1, 1] + [0] * 10
    age = [72.3315, 74.4932, 66.4658, 74.5041, 43.137, 63.2192, 64.4247, 58.3096, 53.3644]
    age += [50.3397, 56.4301, 56.937, 59.8548, 64.1753, 55.1781, 56.7562, 50.1096, 59.6301]
    age += [57.0521, 39.2712, 43.1233, 38.8932, 44.6, 53.9068, 44.2055, 59.589]
    frame = pd.DataFrame({"days": days, "died": died, "age": age})
    fit = cox_regression(frame, duration="days", event="died", covariates=["age"])
    assert round(float(fit.coefficients.loc["age", "coefficient"]), 5) == 0.16162
    assert round(float(fit.coefficients.loc["age", "standard_error"]), 5) == 0.04974


def test_a_category_that_no_row_has_gets_no_term() -> None:
    kind = pd.Categorical(list("babaab"), categories=["unused", "a", "b", "also unused"])
    frame = pd.DataFrame({"t": range(1, 7), "e": 1, "kind": kind})
    fit = cox_regression(frame, duration="t", event="e", covariates=["kind"])
    assert fit.coefficients.index.tolist() == ["kind_b"]


def test_rows_with_missing_values_are_left_out() -> None:
    trial = TRIAL.astype({"weeks": float})
    trial.loc[0, "weeks"] = np.nan
    found = cox_regression(trial, duration="weeks", event="relapse", covariates=["arm"])
    assert found.observations == 41


def test_strata_have_hazards_of_their_own() -> None:
    doubled = pd.concat([TRIAL.assign(pair=1), TRIAL.assign(pair=2, weeks=TRIAL["weeks"] * 100)])
    single = cox_regression(TRIAL, duration="weeks", event="relapse", covariates=["arm"])
    found = cox_regression(
        doubled, duration="weeks", event="relapse", covariates=["arm"], strata="pair"
    )
    assert found.coefficients["coefficient"].iloc[0] == pytest.approx(
        single.coefficients["coefficient"].iloc[0], abs=1e-6
    )
    assert found.coefficients["standard_error"].iloc[0] == pytest.approx(
        single.coefficients["standard_error"].iloc[0] / np.sqrt(2), abs=1e-6
    )


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({}, {"covariates": ["colour"]}, "colour"),
        ({}, {"covariates": []}, "at least one covariate"),
        ({"arm": "a"}, {}, "vary"),
        ({"relapse": 0}, {}, "at least one"),
        ({"weeks": -1}, {}, "above its entry"),
        ({}, {"ties": "exact"}, "efron"),
        ({}, {"confidence": 95}, "between 0 and 1"),
    ],
)
def test_bad_input_is_refused(
    change: dict[str, object], options: dict[str, object], message: str
) -> None:
    arguments = {"duration": "weeks", "event": "relapse", "covariates": ["arm"], **options}
    with pytest.raises(ValueError, match=message):
        cox_regression(TRIAL.assign(**change), **arguments)  # type: ignore[arg-type]
