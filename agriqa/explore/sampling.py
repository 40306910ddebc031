"""Samples: the counts that rates, charts and plans are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from agriqa.datasets import code_lists
from agriqa.errors import NoDataError, UnknownNameError
from agriqa.explore.panels import production_panel

if TYPE_CHECKING:
    import pandas as pd

    from agriqa.workbench import Workbench

Span = Literal["year", "quarter", "month"]
_SPANS = ("year", "quarter", "month")
# Classes of samples that the production returns hold a crop group for.
WEIGHED = ("vegetable", "fruit", "tea")


def samples(wb: Workbench, scheme: str = "routine", *, period: int | None = None) -> pd.DataFrame:
    """Return one scheme's samples with place and time, in the order they were taken.

    Parameters
    ----------
    wb : Workbench
    scheme : str
        Code of the scheme; schemes are never added up.
    period : int, optional
        One year; all by default.

    Returns
    -------
    DataFrame
        The samples with failed (bool), county, prefecture, zone, and year, quarter
        and month as periods.

    Raises
    ------
    UnknownNameError
        If there is no such scheme.
    NoDataError
        If no sample is left.
    """
    import pandas as pd

    schemes = code_lists()["sample_scheme"].codes
    if scheme not in schemes:
        raise UnknownNameError("监测类别", "scheme", scheme, schemes)
    rows = wb.table("sample")
    rows = rows[rows["scheme"] == scheme]
    day = pd.to_datetime(rows["sampled_on"])
    places = wb.counties.set_index("code")
    rows = rows.assign(
        failed=rows["result"] == "fail",
        county=rows["county_code"].map(places["name"]),
        prefecture=rows["county_code"].map(places["prefecture"]),
        zone=rows["county_code"].map(places["economic_zone"]),
        **{span: day.dt.to_period(span[0].upper()) for span in _SPANS},
    )
    if period is not None:
        rows = rows[day.dt.year == period]
    if rows.empty:
        raise NoDataError("没有这样的样品。 / There is no such sample.")
    return rows.sort_values(["sampled_on", "sample_id"], ignore_index=True)


def tally(rows: pd.DataFrame, by: str | list[str]) -> pd.DataFrame:
    """Count samples and failures by one or several columns.

    Parameters
    ----------
    rows : DataFrame
        As `samples` returns them.
    by : str or list of str
        Columns.

    Returns
    -------
    DataFrame
        n, failed and passed [samples], indexed by the columns. By year, quarter or
        month every one from the first to the last is there, with 0 where none was
        taken.
    """
    import pandas as pd

    grouped = rows.groupby(by)["failed"]
    counts = pd.DataFrame({"n": grouped.size(), "failed": grouped.sum()})
    if by in _SPANS:
        whole = pd.period_range(counts.index[0], counts.index[-1], name=by)
        counts = counts.reindex(whole, fill_value=0)
    return counts.assign(passed=counts["n"] - counts["failed"])


def between_failures(rows: pd.DataFrame) -> pd.DataFrame:
    """Count the passed samples between failures that follow each other.

    Parameters
    ----------
    rows : DataFrame
        As `samples` returns them, in the order they were taken.

    Returns
    -------
    DataFrame
        One row per failure but the first: sampled_on, county, passed_between [samples].
    """
    place = np.flatnonzero(rows["failed"].to_numpy())
    later = rows.iloc[place[1:]][["sampled_on", "county"]].reset_index(drop=True)
    return later.assign(passed_between=np.diff(place) - 1)


def output_strata(wb: Workbench, rows: pd.DataFrame, *, period: int) -> pd.DataFrame:
    """Return the strata of a production-weighted rate: prefecture and class of product.

    Parameters
    ----------
    wb : Workbench
    rows : DataFrame
        As `samples` returns them; only vegetables, fruit and tea have an output.
    period : int
        Year of the output.

    Returns
    -------
    DataFrame
        Indexed by prefecture and product_class: n, failed, passed [samples] and
        output_t of the counties that reported it. Strata with output but without
        samples have n = 0; samples of a class that the prefecture does not grow, as
        markets have, belong to no stratum.
    """
    import pandas as pd

    output = {
        crop: production_panel(wb, "output_t", crops=[crop])[period].droplevel("name")
        for crop in WEIGHED
    }
    prefecture = wb.counties.set_index("code")["prefecture"]
    by_county = pd.DataFrame(output).rename_axis(columns="product_class")
    sums = by_county.groupby(prefecture.reindex(by_county.index)).sum()
    strata = pd.DataFrame({"output_t": sums.stack()})
    strata = strata[strata["output_t"] > 0].rename_axis(["prefecture", "product_class"])
    counts = tally(rows, ["prefecture", "product_class"])
    return strata.join(counts).fillna({"n": 0, "failed": 0, "passed": 0})


def with_output_weight(rows: pd.DataFrame, strata: pd.DataFrame) -> pd.DataFrame:
    """Give each sample the output that it stands for.

    Parameters
    ----------
    rows : DataFrame
        As `samples` returns them.
    strata : DataFrame
        As `output_strata` returns them.

    Returns
    -------
    DataFrame
        The samples of those strata with stratum (text) and weight [t per sample].
    """
    keys = ["prefecture", "product_class"]
    weight = (strata["output_t"] / strata["n"].where(strata["n"] > 0)).rename("weight")
    joined = rows.join(weight, on=keys).dropna(subset=["weight"])
    return joined.assign(stratum=joined["prefecture"] + " " + joined["product_class"])


def samples_with_residue(
    wb: Workbench, *, period: int, classes: tuple[str, ...] = WEIGHED
) -> pd.DataFrame:
    """Count by county the samples in which any residue was detected.

    Parameters
    ----------
    wb : Workbench
    period : int
        Year.
    classes : tuple of str
        Classes of product; different classes are tested for different substances.

    Returns
    -------
    DataFrame
        One row per county in force, indexed by code and name: n (routine samples
        with residue measurements), detected [samples].

    Raises
    ------
    NoDataError
        If there is no such sample.
    """
    rows = samples(wb, period=period)
    rows = rows[rows["product_class"].isin(classes)]
    measured = wb.table("residue").dropna(subset=["censored"])
    found = (~measured["censored"].astype(bool)).groupby(measured["sample_id"]).any()
    known = rows.join(found.rename("detected"), on="sample_id").dropna(subset=["detected"])
    if known.empty:
        raise NoDataError("没有这样的样品。 / There is no such sample.")
    counts = known.groupby("county_code")["detected"].agg(["size", "sum"])
    counts.columns = ["n", "detected"]
    every = wb.counties.set_index(["code", "name"]).rename_axis(["area", "name"]).index
    whole = counts.reindex(every.get_level_values("area"), fill_value=0).set_axis(every)
    return whole.astype(int)
