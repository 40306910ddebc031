"""Counts of samples."""

from __future__ import annotations

import pandas as pd
import pytest

from agriqa.errors import NoDataError, UnknownNameError
from agriqa.explore import sampling
from agriqa.workbench import Workbench


def _rows(results: str, days: list[str]) -> pd.DataFrame:
    """Make samples from letters: p passed, f failed."""
    day = pd.to_datetime(pd.Series(days))
    return pd.DataFrame(
        {
            "failed": [letter == "f" for letter in results],
            "sampled_on": day,
            "county": "甲县",
            "prefecture": "乙市",
            "product_class": "tea",
            "month": day.dt.to_period("M"),
        }
    )


def test_schemes_are_kept_apart(wb: Workbench) -> None:
    whole = sum(len(sampling.samples(wb, name)) for name in ("routine", "supervision", "risk"))
    assert whole == len(wb.table("sample"))
    assert set(sampling.samples(wb)["scheme"]) == {"routine"}


def test_samples_are_in_the_order_they_were_taken(wb: Workbench) -> None:
    rows = sampling.samples(wb)
    assert rows["sampled_on"].is_monotonic_increasing
    assert rows["failed"].sum() == (rows["result"] == "fail").sum() > 0


def test_a_tally_agrees_with_the_measure(wb: Workbench) -> None:
    counts = sampling.tally(sampling.samples(wb), "year")
    measured = wb.measures("pass_rate_pct", level="province").set_index("period")
    for year, row in counts.iterrows():
        assert 100 * row["passed"] / row["n"] == pytest.approx(measured.loc[year.year, "value"])
        assert row["n"] == measured.loc[year.year, "n"]


def test_a_month_without_samples_counts_zero() -> None:
    counts = sampling.tally(_rows("pfp", ["2020-01-05", "2020-03-01", "2020-03-02"]), "month")
    assert counts["n"].tolist() == [1, 0, 2]
    assert counts["failed"].tolist() == [0, 0, 1]
    assert counts["passed"].tolist() == [1, 0, 1]


def test_the_passed_samples_between_failures_are_counted() -> None:
    rows = _rows("pfppffp", [f"2020-01-0{day}" for day in range(1, 8)])
    between = sampling.between_failures(rows)
    assert between["passed_between"].tolist() == [2, 0]
    assert between["sampled_on"].dt.day.tolist() == [5, 6]


def test_one_failure_leaves_nothing_between() -> None:
    assert sampling.between_failures(_rows("pfp", ["2020-01-01"] * 3)).empty


def test_strata_hold_output_and_samples(wb: Workbench) -> None:
    period = wb.project.period
    rows = sampling.samples(wb, period=period)
    strata = sampling.output_strata(wb, rows, period=period)
    keys = ["prefecture", "product_class"]
    grown = rows.set_index(keys).index.isin(strata.index)
    assert strata["n"].sum() == grown.sum() > 0
    assert set(strata.index.levels[1]) <= set(sampling.WEIGHED)
    tea = wb.table("production").query("year == @period and crop_group == 'tea'")
    assert strata.xs("tea", level="product_class")["output_t"].sum() == pytest.approx(
        tea["output_t"].sum()
    )


def test_the_weights_of_a_stratum_add_up_to_its_output(wb: Workbench) -> None:
    period = wb.project.period
    rows = sampling.samples(wb, period=period)
    strata = sampling.output_strata(wb, rows, period=period)
    units = sampling.with_output_weight(rows, strata)
    sums = units.groupby(["prefecture", "product_class"])["weight"].sum()
    sampled = strata[strata["n"] > 0]["output_t"]
    assert sums.to_dict() == pytest.approx(sampled.to_dict())
    assert (units["stratum"] == units["prefecture"] + " " + units["product_class"]).all()


def test_a_sample_counts_once_however_many_residues_it_has(wb: Workbench) -> None:
    counts = sampling.samples_with_residue(wb, period=wb.project.period)
    assert len(counts) == len(wb.counties)
    found = wb.sql(f"""
        select s.county_code, count(distinct s.sample_id) as n,
            count(distinct case when not r.censored then s.sample_id end) as detected
        from sample s join residue r using (sample_id)
        where s.scheme = 'routine' and year(s.sampled_on) = {wb.project.period}
            and s.product_class in ('vegetable', 'fruit', 'tea')
        group by s.county_code
    """)
    own = counts.droplevel("name")
    for row in found.itertuples():
        assert own.loc[row.county_code].tolist() == [row.n, row.detected]
    assert own["n"].sum() == found["n"].sum()


def test_an_unknown_scheme_and_an_empty_year_are_refused(wb: Workbench) -> None:
    with pytest.raises(UnknownNameError, match="spot"):
        sampling.samples(wb, "spot")
    with pytest.raises(NoDataError):
        sampling.samples(wb, period=1999)
    with pytest.raises(NoDataError):
        sampling.samples_with_residue(wb, period=wb.project.period, classes=())
