"""The known effect of the demo is found again; too few counties give no verdict."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from agriqa.measures import compute
from agriqa.measures.evaluation import (
    LEAST,
    MEASURES,
    DesignationEvaluation,
    designation_panel,
    evaluate_designation,
    evaluate_panel,
)
from agriqa.measures.parts import counted_codes
from agriqa.measures.source import Source
from agriqa.project import Project
from agriqa.stats.difference_in_differences import (
    before_after,
    treatment_status,
    two_way_fixed_effects,
)
from agriqa.store import Snapshot
from tests.measures.designation_panels import made_panel


@pytest.fixture(scope="module")
def found(whole_project: Project) -> DesignationEvaluation:
    return evaluate_designation(Source(Snapshot.open(whole_project)))


@pytest.fixture(scope="module")
def truth(whole_project: Project) -> dict[str, object]:
    known: dict[str, object] = json.loads((whole_project.demo / "truth.json").read_text("utf-8"))[
        "effect"
    ]
    return known


@pytest.fixture(scope="module")
def small_panel(small_project: Project) -> pd.DataFrame:
    return designation_panel(Source(Snapshot.open(small_project)))


def test_the_interval_holds_the_true_effect(
    found: DesignationEvaluation, truth: dict[str, object]
) -> None:
    assert found.overall is not None
    assert found.overall.low <= truth["log_effect"] <= found.overall.high < 0


def test_the_change_of_the_designated_alone_misses_the_true_effect(
    found: DesignationEvaluation, truth: dict[str, object]
) -> None:
    assert found.naive is not None
    assert not found.naive.low <= truth["log_effect"] <= found.naive.high


def test_two_way_fixed_effects_hold_the_true_effect_too(
    found: DesignationEvaluation, truth: dict[str, object]
) -> None:
    names = {"unit": "county_code", "time": "year"}
    treated = treatment_status(found.panel, cohort="cohort", **names)
    effect = two_way_fixed_effects(
        found.panel.assign(treated=treated), outcome="log_intensity", treatment="treated", **names
    )
    assert effect.low <= truth["log_effect"] <= effect.high < 0


def test_trends_before_designation_are_those_of_the_demo_parallel(
    found: DesignationEvaluation,
) -> None:
    assert found.pretrend_p > 0.05


def test_the_designated_are_those_of_the_truth(
    found: DesignationEvaluation, truth: dict[str, object]
) -> None:
    first = found.panel.dropna(subset=["cohort"]).set_index("county_code")["designated"].to_dict()
    assert isinstance(truth["treated"], dict)
    assert isinstance(truth["earlier"], dict)
    since = found.panel["year"].min()
    seen = {code: year for code, year in truth["earlier"].items() if year >= since}
    assert first == {**truth["treated"], **seen}


def test_the_measures_are_the_evaluation(
    whole_project: Project, found: DesignationEvaluation
) -> None:
    tidy = compute(Snapshot.open(whole_project), [one.id for one in MEASURES])
    rows = tidy.set_index("measure")
    assert found.overall is not None
    assert rows.loc["designation_effect_pct", ["value", "low", "high"]].tolist() == list(
        found.overall.in_per_cent()
    )
    assert rows.loc["designation_pretrend_p", "value"] == found.pretrend_p
    assert set(rows["status"]) == {"simulated"}
    assert rows.loc["designation_effect_pct", "n"] == found.panel["county_code"].nunique()


def test_four_counties_are_too_few(small_project: Project) -> None:
    snapshot = Snapshot.open(small_project)
    rows = compute(snapshot, [one.id for one in MEASURES])
    assert rows["value"].isna().all()
    assert rows["status"].eq("too_few").all()
    found = evaluate_designation(Source(snapshot))
    assert "数据不足" in found.conclusion("zh")
    assert "Not enough data" in found.conclusion("en")


def test_the_panel_holds_the_logarithm_of_use_per_sown_area(
    small_project: Project, small_panel: pd.DataFrame
) -> None:
    tidy = compute(
        Snapshot.open(small_project), ["pesticide_intensity_kg_ha"], levels=["county"]
    ).dropna(subset=["value"])
    use = tidy.set_index(["area", "period"])["value"]
    own = small_panel.set_index(["county_code", "year"])["log_intensity"]
    np.testing.assert_allclose(own, np.log(use.loc[own.index] / 1000))
    since = small_project.register.breaks["511903"][-1]
    assert set(use.index) - set(own.index) <= {("511903", year) for year in range(since)}


def test_the_panel_dates_a_county_by_its_first_counted_designation(
    small_project: Project, small_panel: pd.DataFrame
) -> None:
    base = Snapshot.open(small_project).table("base")
    counted = base[
        base["status"].isin(counted_codes("base_status"))
        & base["level"].isin(["national", "provincial"])
    ]
    last = small_panel["year"].max()
    for code, rows in small_panel.groupby("county_code"):
        years = counted.loc[counted["county_code"] == code, "year_from"].dropna()
        first = years.min() if len(years) else np.nan
        start = first + 1 if first < last else np.nan
        np.testing.assert_array_equal(rows["designated"], [first] * len(rows))
        np.testing.assert_array_equal(rows["cohort"], [start] * len(rows))


def test_an_effect_without_noise_is_found_exactly() -> None:
    found = evaluate_panel(made_panel(effect=-0.1, noise=0.0))
    assert found.overall is not None
    assert found.overall.estimate == pytest.approx(-0.1)
    assert (found.designated, found.compared) == (24, 24)


def test_the_naive_change_holds_what_all_counties_went_through() -> None:
    panel = made_panel(effect=-0.1, trend=-0.05)
    naive = evaluate_panel(panel).naive
    assert naive is not None
    assert naive.estimate < -0.2
    after = (panel["year"] >= panel["cohort"]).astype(int)
    means = panel[panel["cohort"].notna()].assign(after=after)
    means = means.groupby(["county_code", "after"], as_index=False)["log_intensity"].mean()
    same = before_after(means, outcome="log_intensity", post="after", cluster="county_code")
    assert naive.estimate == pytest.approx(same.estimate)
    assert naive.standard_error == pytest.approx(same.standard_error, rel=0.02)


@pytest.mark.parametrize("side", ["designated", "compared"])
def test_too_few_on_either_side_give_no_verdict(side: str) -> None:
    panel = made_panel()
    of_side = panel["cohort"].notna() if side == "designated" else panel["cohort"].isna()
    kept = panel.loc[of_side, "county_code"].unique()[: LEAST - 1]
    found = evaluate_panel(panel[~of_side | panel["county_code"].isin(kept)])
    assert getattr(found, side) == LEAST - 1
    assert found.overall is None
    assert np.isnan(found.pretrend_p)


def test_an_empty_panel_gives_no_verdict() -> None:
    found = evaluate_panel(made_panel().iloc[:0])
    assert (found.designated, found.compared, found.overall) == (0, 0, None)
    assert not found.simulated


def test_no_verdict_where_no_year_after_can_be_compared() -> None:
    panel = made_panel()
    early = panel["cohort"].isna() & (panel["year"] < 2016)
    found = evaluate_panel(panel[panel["cohort"].eq(2016) | early])
    assert (found.designated, found.compared, found.overall) == (12, 24, None)


def test_the_conclusion_says_estimate_interval_and_what_it_does_not_say() -> None:
    found = evaluate_panel(made_panel(effect=-0.1))
    assert found.overall is not None
    for language in ("zh", "en"):
        text = found.conclusion(language)
        for value in found.overall.in_per_cent():
            assert f"{value:.1f}".replace("-", "−") in text
    assert "Not said here" in found.conclusion("en")
    assert "这里没有说" in found.conclusion("zh")


def test_the_conclusion_warns_where_trends_were_apart_before() -> None:
    found = evaluate_panel(made_panel(apart=-0.03))
    assert found.pretrend_p < 0.001
    assert "should not be read as an effect" in found.conclusion("en")


def test_only_simulated_data_is_called_simulated() -> None:
    panel = made_panel()
    assert "simulated" in evaluate_panel(panel).conclusion("en")
    reported = evaluate_panel(panel.assign(origin="reported"))
    assert "simulated" not in reported.conclusion("en")


def test_an_unknown_language_is_refused() -> None:
    found = replace(evaluate_panel(made_panel()), overall=None)
    with pytest.raises(ValueError, match="zh, en"):
        found.conclusion("fr")  # type: ignore[arg-type]
