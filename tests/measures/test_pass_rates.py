"""Pass rates that make areas comparable: shrunk, in a funnel, weighted by output."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta

from agriqa.measures import compute
from agriqa.project import Project
from agriqa.stats.beta_binomial import beta_binomial_rates
from agriqa.stats.funnel import funnel_proportions
from agriqa.stats.proportions import jeffreys_interval, wilson_interval
from agriqa.store import Snapshot
from tests.measures.handmade import PRODUCTION, SAMPLES, measured, sample_rows

SHRUNK, BELOW = "pass_rate_shrunk_pct", "pass_rate_below_98_prob_pct"
FUNNEL, WEIGHTED = "pass_rate_funnel_z", "pass_rate_weighted_pct"
IDS = [SHRUNK, BELOW, FUNNEL, WEIGHTED]
PIDU, SHUANGLIU, XINJIN, DAYI, PUJIANG = "510117", "510116", "510118", "510129", "510131"
CHENGDU, SICHUAN = "510100", "510000"

SAMPLE_ROWS = "".join(
    [
        sample_rows("A", "郫县", "2014-05-01", 18, 2),
        sample_rows("B", "双流县", "2014-05-01", 20, 0),
        sample_rows("C", "新津县", "2014-05-01", 1, 0),
        sample_rows("D", "蒲江县", "2014-05-01", 9, 0),
        sample_rows("E", "郫县", "2016-05-01", 10, 0),
        sample_rows("F", "郫县", "2017-05-01", 5, 0),
        sample_rows("G", "郫县", "2020-05-01", 10, 0),
        sample_rows("H", "双流县", "2020-05-01", 10, 0),
        sample_rows("I", "郫县", "2021-05-01", 1, 0),
    ]
)


def _crops(county: str, year: int, *outputs: str) -> str:
    return "".join(
        f"{county},{year},{crop},10,{output}\n"
        for crop, output in zip(("蔬菜", "水果", "茶叶"), outputs, strict=True)
    )


PRODUCTION_ROWS = "".join(
    [
        _crops("郫县", 2014, "200", "100", "0"),
        _crops("双流县", 2014, "100", "0", "0"),
        _crops("新津县", 2014, "50", "30", "20"),
        _crops("大邑县", 2014, "900", "0", "0"),
        _crops("蒲江县", 2014, "保密", "0", "0"),
        _crops("郫县", 2016, "保密", "0", "0"),
        _crops("郫县", 2021, "100", "0", "0"),
    ]
)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    files = {"sample": SAMPLES + SAMPLE_ROWS, "production": PRODUCTION + PRODUCTION_ROWS}
    return measured(tmp_path_factory.mktemp("rates"), files, IDS)


def test_counties_are_shrunk_towards_all_counties(found: pd.DataFrame) -> None:
    fit = beta_binomial_rates([18, 20, 1, 9], [20, 20, 1, 9])
    low, high = fit.credible_interval()
    for place, area in enumerate((PIDU, SHUANGLIU, XINJIN, PUJIANG)):
        row = found.loc[(SHRUNK, area, 2014)]
        assert row["value"] == pytest.approx(100 * fit.rate[place])
        assert row["low"] == pytest.approx(100 * low[place])
        assert row["high"] == pytest.approx(100 * high[place])
    assert found.loc[(SHRUNK, XINJIN, 2014)]["n"] == 1


def test_three_years_are_taken_together_and_the_fourth_drops_out(found: pd.DataFrame) -> None:
    assert found.loc[(SHRUNK, PIDU, 2016)]["n"] == 30
    assert found.loc[(SHRUNK, SHUANGLIU, 2016)]["n"] == 20
    assert found.loc[(SHRUNK, PIDU, 2017)]["n"] == 15


def test_a_county_without_samples_is_missing(found: pd.DataFrame) -> None:
    assert found.loc[(SHRUNK, DAYI, 2014)]["status"] == "missing"
    assert found.loc[(BELOW, DAYI, 2014)]["status"] == "missing"


def test_a_single_area_shows_no_prior(found: pd.DataFrame) -> None:
    for name, area in ((SHRUNK, PIDU), (BELOW, PIDU), (SHRUNK, CHENGDU)):
        assert found.loc[(name, area, 2017)]["status"] == "too_few"


def test_the_province_has_its_own_rate(found: pd.DataFrame) -> None:
    row = found.loc[(SHRUNK, SICHUAN, 2014)]
    low, high = wilson_interval(48, 50)
    assert row[["value", "n", "low", "high"]].tolist() == pytest.approx(
        [96, 50, 100 * low, 100 * high]
    )


def test_without_variation_all_share_one_uncertain_rate(found: pd.DataFrame) -> None:
    low, high = jeffreys_interval(20, 20)
    for area in (PIDU, SHUANGLIU):
        row = found.loc[(SHRUNK, area, 2020)]
        assert row[["value", "low", "high"]].tolist() == pytest.approx([100, 100 * low, 100 * high])
        below = found.loc[(BELOW, area, 2020)]
        assert below["value"] == pytest.approx(100 * beta.cdf(0.98, 20.5, 0.5))


def test_the_probability_is_that_of_the_posterior(found: pd.DataFrame) -> None:
    fit = beta_binomial_rates([18, 20, 1, 9], [20, 20, 1, 9])
    expected = beta.cdf(0.98, fit.alpha + 18, fit.beta + 2)
    assert found.loc[(BELOW, PIDU, 2014)]["value"] == pytest.approx(100 * expected)


def test_the_funnel_needs_samples_and_another_area(found: pd.DataFrame) -> None:
    assert found.loc[(FUNNEL, XINJIN, 2014)]["status"] == "too_few"
    assert found.loc[(FUNNEL, PIDU, 2017)]["status"] == "too_few"
    assert found.loc[(FUNNEL, DAYI, 2014)]["status"] == "missing"
    assert (
        found.loc[(FUNNEL, PIDU, 2014)]["value"] < 0 < found.loc[(FUNNEL, PUJIANG, 2014)]["value"]
    )


def test_counties_that_all_pass_stand_on_target(found: pd.DataFrame) -> None:
    assert found.loc[(FUNNEL, PIDU, 2020)]["value"] == 0


def test_rates_are_weighted_by_the_output_of_counties_with_both(found: pd.DataFrame) -> None:
    # Weights 300, 100 and 100; one county has no sample, the output of another is withheld.
    for area, counties in ((CHENGDU, 20), (SICHUAN, 183)):
        row = found.loc[(WEIGHTED, area, 2014)]
        assert row["value"] == pytest.approx((0.9 * 300 + 100 + 100) / 5)
        assert row["n"] == 41
        assert row["low"] < row["value"] < row["high"]
        assert row["coverage"] == pytest.approx(3 / counties)


def test_without_weights_the_weighted_rate_says_why(found: pd.DataFrame) -> None:
    assert found.loc[(WEIGHTED, CHENGDU, 2016)]["status"] == "withheld"
    assert found.loc[(WEIGHTED, CHENGDU, 2017)]["status"] == "missing"
    assert found.loc[(WEIGHTED, CHENGDU, 2021)]["status"] == "too_few"


@pytest.fixture(scope="module")
def small(small_project: Project) -> pd.DataFrame:
    return compute(Snapshot.open(small_project), [*IDS, "pass_rate_pct"])


def test_shrinking_and_the_funnel_take_each_year_and_level_alone(small: pd.DataFrame) -> None:
    plain = small[small["measure"] == "pass_rate_pct"]
    plain = plain.assign(passed=(plain["value"] * plain["n"] / 100).round())
    values = small.set_index(["measure", "area", "period"])["value"]
    compared = 0
    for level in ("county", "prefecture"):
        rows = plain[(plain["level"] == level) & (plain["n"] > 0)]
        for year in rows["period"].unique():
            these = rows[rows["period"] == year]
            funnel = funnel_proportions(
                these["passed"], these["n"], overdispersion="additive", transformation="arcsine"
            )
            for area, n, z in zip(these["area"], these["n"], funnel.adjusted_z, strict=True):
                if n >= 5:
                    assert values[(FUNNEL, area, year)] == pytest.approx(z)
                    compared += 1
            window = rows[rows["period"].between(year - 2, year)]
            sums = window.groupby("area")[["passed", "n"]].sum()
            rates = 100 * beta_binomial_rates(sums["passed"], sums["n"]).rate
            shrunk = [values[(SHRUNK, area, year)] for area in sums.index]
            np.testing.assert_allclose(shrunk, rates)
    assert compared > 20


def test_a_shrunk_rate_lies_in_its_interval(small: pd.DataFrame) -> None:
    rows = small[small["measure"].isin([SHRUNK, WEIGHTED])].dropna(subset=["value", "low"])
    assert len(rows) > 20
    assert (rows["low"] <= rows["value"] + 1e-9).all()
    assert (rows["value"] <= rows["high"] + 1e-9).all()
