"""Rates of three years, shrunk: windows, what is withheld, and banned substances."""

from __future__ import annotations

import pandas as pd
import pytest

from agriqa.measures.shrinkage import windows
from agriqa.stats.beta_binomial import beta_binomial_rates
from agriqa.stats.proportions import wilson_interval
from tests.measures.handmade import RESIDUES, SAMPLES, measured

BANNED, ONE_YEAR = "banned_detection_shrunk_pct", "banned_detection_rate_pct"
PIDU, SHUANGLIU, XINJIN, DAYI, SICHUAN = "510117", "510116", "510118", "510129", "510000"


def _tested(prefix: str, county: str, year: int, values: list[str]) -> tuple[str, str]:
    """Write samples of vegetables and what was measured of chlorpyrifos, banned in 2017."""
    ids = [f"{prefix}{place}" for place in range(len(values))]
    samples = [f"{one},{county},{year}-05-01,萝卜,蔬菜,生产基地,例行监测,合格\n" for one in ids]
    found = [f"{one},毒死蜱,{value},0.01,1\n" for one, value in zip(ids, values, strict=True)]
    return "".join(samples), "".join(found)


TESTED = [
    _tested("A", "郫县", 2016, ["0.05"] * 2),
    _tested("B", "郫县", 2017, ["0.05"] * 6 + ["未检出"] * 4),
    _tested("C", "郫县", 2019, ["未检出"] * 8),
    _tested("D", "双流县", 2017, ["保密"] * 3),
    _tested("E", "双流县", 2020, ["未检出"] * 5),
    _tested("F", "新津县", 2017, ["0.05"] + ["未检出"] * 19),
]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    files = {
        "sample": SAMPLES + "".join(samples for samples, _ in TESTED),
        "residue": RESIDUES + "".join(residues for _, residues in TESTED),
    }
    return measured(tmp_path_factory.mktemp("shrinkage"), files, [BANNED, ONE_YEAR])


def test_a_window_holds_each_row_once_for_each_of_its_periods() -> None:
    rows = pd.DataFrame({"period": [2014, 2016, 2017], "n": [1, 2, 4]})
    added = windows(rows).groupby("period")["n"].sum()
    assert added.to_dict() == {2014: 1, 2015: 1, 2016: 3, 2017: 6}


def test_samples_with_a_banned_substance_are_shrunk_towards_all_counties(
    found: pd.DataFrame,
) -> None:
    # Of 2016 nothing counts: the ban begins on its last day.
    fit = beta_binomial_rates([6, 1], [12, 20])
    assert not fit.pooled
    low, high = fit.credible_interval()
    for place, (area, n) in enumerate(((PIDU, 12), (XINJIN, 20))):
        row = found.loc[(BANNED, area, 2017)]
        expected = [100 * fit.rate[place], n, 100 * low[place], 100 * high[place]]
        assert row[["value", "n", "low", "high"]].tolist() == pytest.approx(expected)


def test_a_window_of_banned_substances_is_three_years(found: pd.DataFrame) -> None:
    assert found.loc[(BANNED, PIDU, 2019)]["n"] == 18
    assert found.loc[(BANNED, PIDU, 2020)]["n"] == 8


def test_the_province_keeps_its_own_rate_of_banned_substances(found: pd.DataFrame) -> None:
    low, high = wilson_interval(7, 32)
    row = found.loc[(BANNED, SICHUAN, 2017)]
    expected = [100 * 7 / 32, 32, 100 * low, 100 * high]
    assert row[["value", "n", "low", "high"]].tolist() == pytest.approx(expected)


def test_a_window_of_withheld_values_alone_is_withheld(found: pd.DataFrame) -> None:
    assert found.loc[(ONE_YEAR, SHUANGLIU, 2017)]["status"] == "withheld"
    assert found.loc[(BANNED, SHUANGLIU, 2017)]["status"] == "withheld"
    assert found.loc[(BANNED, SHUANGLIU, 2019)]["status"] == "withheld"


def test_withheld_values_are_left_out_of_a_window_that_has_others(found: pd.DataFrame) -> None:
    row = found.loc[(BANNED, SHUANGLIU, 2020)]
    assert (row["value"], row["n"], row["status"]) == (0, 5, "reported")


def test_a_county_without_samples_in_three_years_is_missing(found: pd.DataFrame) -> None:
    assert found.loc[(BANNED, DAYI, 2017)]["status"] == "missing"
