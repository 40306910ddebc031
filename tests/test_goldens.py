"""Every published case of ../shared/goldens.json, to its printed digits.

One test per key of the file, named after it; the last test fails on a key without one.
"""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from agriqa.stats.aggregation import topsis
from agriqa.stats.beta_binomial import beta_binomial_rates
from agriqa.stats.censored.kaplan_meier import kaplan_meier
from agriqa.stats.censored.likelihood import maximum_likelihood
from agriqa.stats.censored.order_statistics import regression_on_order_statistics
from agriqa.stats.concentration import herfindahl_hirschman_index
from agriqa.stats.control_charts import p_chart
from agriqa.stats.grading import grade_points, pass_all, target_achievement
from agriqa.stats.lmdi import lmdi_decomposition
from agriqa.stats.outliers import excess_kurtosis, skewness, treat_outliers
from agriqa.stats.pairwise_judgements import hierarchy_weights, reciprocal_matrix
from agriqa.stats.precision import (
    change_verdict,
    compare_with_limit,
    figure_change,
    figure_mean,
    parse_figures,
    published_figures,
)
from agriqa.stats.proportions import clopper_pearson_interval, wilson_interval
from agriqa.stats.weighting import critic_weights, entropy_weights


class Printed(float):
    """A number that remembers the unit of its last printed digit."""

    unit: float

    def __new__(cls, text: str) -> Printed:
        number = super().__new__(cls, text)
        exponent = Decimal(text).as_tuple().exponent
        assert isinstance(exponent, int)
        number.unit = 10.0**exponent
        return number


def agrees(found: npt.ArrayLike, expected: Any, *, places: int | None = None) -> bool:
    """Whether numbers round to the printed ones; whole numbers must be met exactly.

    JSON drops zeros at the end: `places` are those of the source's table.
    """
    values = np.asarray(found, dtype=float).ravel().tolist()
    printed = expected if isinstance(expected, list) else [expected]
    printed = [p for row in printed for p in (row if isinstance(row, list) else [row])]
    assert len(values) == len(printed)
    units = [10.0**-places if places is not None else getattr(p, "unit", 0.0) for p in printed]
    return all(
        abs(v - p) <= unit / 2 + 1e-12 * max(1.0, abs(p))
        for v, p, unit in zip(values, printed, units, strict=True)
    )


@pytest.fixture(scope="module")
def goldens(shared: Path) -> dict[str, Any]:
    """The file's keys with their cases."""
    text = (shared / "goldens.json").read_text("utf-8")
    return json.loads(text, parse_float=Printed)


def test_composite_index_outlier_test(goldens: dict[str, Any]) -> None:
    case = goldens["composite_index.outlier_test"]["case"]
    assert agrees(skewness(case["x"]), case["skew"])
    assert agrees(excess_kurtosis(case["x"]), case["kurt"])
    treated = treat_outliers(case["x"], max_points=2)
    assert agrees([treated.skewness, treated.kurtosis], case["after_winsorise2"])


def test_weights_critic(goldens: dict[str, Any]) -> None:
    case = goldens["weights.critic"]["case"]
    assert agrees(critic_weights(case["X"]), case["pearson"])
    assert agrees(critic_weights(case["X"], correlation="spearman"), case["spearman"])


def test_weights_entropy(goldens: dict[str, Any]) -> None:
    case = goldens["weights.entropy"]["case"]
    assert agrees(entropy_weights(case["X"]), case["w"])


def test_aggregation_topsis(goldens: dict[str, Any]) -> None:
    case = goldens["aggregation.topsis"]["case"]
    assert agrees(topsis(case["X"], weights=case["w"]), case["C"], places=4)


def test_weights_ahp(goldens: dict[str, Any]) -> None:
    case = goldens["weights.ahp"]["case"]
    order = case["order"]
    pairs = [f"{a}-{b}" for i, a in enumerate(order) for b in order[i + 1 :]]
    found = hierarchy_weights(reciprocal_matrix([case["upper"][pair] for pair in pairs]))
    assert agrees(found.weights, [case["w"][name] for name in order], places=3)
    assert agrees(found.consistency_ratio, case["CR"])


def test_intervals_proportion(goldens: dict[str, Any]) -> None:
    for case in goldens["intervals.proportion"]["case"]:
        assert agrees(wilson_interval(case["x"], case["n"]), case["wilson"])
        assert agrees(clopper_pearson_interval(case["x"], case["n"]), case["cp"])


def test_small_area_beta_binomial_rats(goldens: dict[str, Any]) -> None:
    case = goldens["small_area.beta_binomial_rats"]["case"]
    y, n = case["y"], case["n"]
    moments = beta_binomial_rates(y[:70], n[:70], method="moments")
    assert agrees([moments.alpha, moments.beta], case["moments_first70"])
    rates = beta_binomial_rates(y, n)
    # The printed beta was not iterated to its seventh decimal: the derivatives of the
    # likelihood are 1e-6 and -2e-7 there, and 2e-14 at ours, 5e-7 below.
    assert agrees(rates.alpha, case["mmle"][0])
    assert rates.beta == pytest.approx(case["mmle"][1], abs=1e-6)
    # The file's 0.2082183 contradicts its own alpha and beta, which give 0.2082193.
    alpha, beta = case["mmle"]
    assert agrees(rates.rate[-1], (alpha + y[-1]) / (alpha + beta + n[-1]), places=7)
    assert agrees(rates.rate[-1], case["shrunk_last"], places=5)


def test_control_chart_p_chart_orange_juice(goldens: dict[str, Any]) -> None:
    case = goldens["control_chart.p_chart_orange_juice"]["case"]
    chart = p_chart(case["D"], case["n"])
    limits = [chart.centre[0], chart.lower[0], chart.upper[0]]
    assert agrees(limits, [case["pbar"], case["lcl"], case["ucl"]])
    assert (np.flatnonzero(chart.signals) + 1).tolist() == case["out"]
    revised = p_chart(case["D"], case["n"], leave_out=[i - 1 for i in case["out"]])
    assert agrees([revised.centre[0], revised.lower[0], revised.upper[0]], case["revised"])


def test_residues_censored_oahu_arsenic(goldens: dict[str, Any]) -> None:
    case = goldens["residues.censored_oahu_arsenic"]["case"]
    obs, cen = case["oahu"]["obs"], case["oahu"]["cen"]
    km = kaplan_meier(obs, cen)
    assert agrees([km.median, km.mean, km.sd_from_standard_error], case["KM"])
    for key, fit in (
        ("ROS", regression_on_order_statistics(obs, cen)),
        ("MLE", maximum_likelihood(obs, cen)),
    ):
        assert agrees([fit.median, fit.mean, fit.sd], case[key])


def test_decomposition_lmdi_toy_panel(goldens: dict[str, Any]) -> None:
    case = goldens["decomposition.lmdi_toy_panel"]["case"]
    found = lmdi_decomposition([case["X"][year] for year in sorted(case["X"])])
    assert agrees(found.additive, case["dV"])
    assert agrees(found.multiplicative, case["D"])


def test_concentration_hhi(goldens: dict[str, Any]) -> None:
    for case in goldens["concentration.hhi"]["case"]:
        found = herfindahl_hirschman_index(case["s"], given="percentages")
        assert agrees(found, case["hhi"])


def test_assessment_grade_bands_quality_work(goldens: dict[str, Any]) -> None:
    points, incident, grade = zip(
        *goldens["assessment.grade_bands_quality_work"]["case"], strict=True
    )
    graded = grade_points(
        points, grades=["D", "C", "B", "A"], cuts=[60, 80, 90], vetoed=list(incident)
    )
    assert graded.tolist() == list(grade)


def test_assessment_grade_bands_vegetable_basket(goldens: dict[str, Any]) -> None:
    points, grade = zip(*goldens["assessment.grade_bands_vegetable_basket"]["case"], strict=True)
    graded = grade_points(points, grades=["不合格", "合格", "良好", "优秀"], cuts=[60, 75, 90])
    assert graded.tolist() == list(grade)


def test_assessment_safety_county(goldens: dict[str, Any]) -> None:
    for case in goldens["assessment.safety_county"]["case"]:
        result = pass_all(
            points=case["points"],
            minimum_points=90,
            share=case["pass_rate"],
            minimum_share=0.98,
            key_items_met=case["key_items_met"],
        )
        assert bool(result.passes) == case["passes"]


def test_targets_progress_2017(goldens: dict[str, Any]) -> None:
    for case in goldens["targets.progress_2017"]["case"]:
        found = target_achievement(
            case["value_2017"], base=case["base_2015"], target=case["target_2020"]
        )
        assert agrees(found, case["achievement"])


def test_zero_growth_sichuan(goldens: dict[str, Any], shared: Path) -> None:
    case = goldens["zero_growth.sichuan"]["case"]
    with (shared / "facts" / "published_figures.csv").open(encoding="utf-8", newline="") as file:
        use = {
            row["period"]: row["value"]
            for row in csv.DictReader(file)
            if (row["indicator"], row["area"]) == ("农药使用量", "四川省")
        }
    mean = figure_mean(parse_figures([use[year] for year in ("2012", "2013", "2014")]))
    assert agrees(mean.value, case["mean_2012_2014_t"])
    for year in ("2017", "2021"):
        assert float(use[year]) == case[f"use_{year}_t"]
        assert compare_with_limit(parse_figures([use[year]]), mean).tolist() == ["met"]
    before = figure_mean(parse_figures([use[year] for year in ("2014", "2015", "2016")]))
    verdict = compare_with_limit(parse_figures([use["2017"]]), before)
    assert verdict.tolist() == [case["verdict_2017"]]
    # The note: 4.0 (10 000 t) in both years, to a tenth of that.
    tonnes = [published_figures(float(use[year]) * 10_000, 1000) for year in ("2022", "2023")]
    assert float(tonnes[0].value) == float(tonnes[1].value) == 40_000
    assert change_verdict(figure_change(tonnes[1], tonnes[0])).item() == "not known"


def test_pass_rate_published(goldens: dict[str, Any]) -> None:
    for case in goldens["pass_rate.published"]["case"]:
        n = case["n"]
        passed = case["passed"] if "passed" in case else n - case["failed"]
        printed = case["pass_pct"] if "pass_pct" in case else case["pass_pct_published"]
        assert agrees(100 * passed / n, printed)
        low, high = wilson_interval(passed, n)
        assert 100 * low < printed < 100 * high


def test_every_key_of_the_file_has_a_test(goldens: dict[str, Any]) -> None:
    missing = [key for key in goldens if f"test_{key.replace('.', '_')}" not in globals()]
    assert not missing


def test_agreement_is_to_the_last_printed_digit() -> None:
    assert agrees([0.12349, 2], [Printed("0.1235"), 2])
    assert not agrees([0.1236], [Printed("0.1235")])
    assert not agrees([2.001], [2])
    assert not agrees([0.3344], [Printed("0.334")], places=4)
