"""Residues of one substance, and the table of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agriqa.errors import UnknownNameError
from agriqa.stats.censored.kaplan_meier import kaplan_meier
from agriqa.stats.proportions import wilson_interval

if TYPE_CHECKING:
    import pandas as pd

    from agriqa.workbench import Workbench

# With fewer detections a quantile would be a guess; with a smaller share of them the mean
# would rest on what is assumed of the values that were not detected.
LEAST_DETECTED = 3
LEAST_SHARE = 0.2


def measurements(
    wb: Workbench, analyte: str | None = None, *, period: int | None = None
) -> pd.DataFrame:
    """Return measurements with their samples.

    Parameters
    ----------
    wb : Workbench
    analyte : str, optional
        One substance; all by default.
    period : int, optional
        One year; all by default.

    Returns
    -------
    DataFrame
        Residues with year, product_class, product, stage, scheme, county_code and
        prefecture of their sample; censored (bool); level_mg_kg, the value or, where
        it is not detected, the limit of detection.

    Raises
    ------
    UnknownNameError
        If no measurement is of that substance.
    """
    import pandas as pd

    rows = wb.table("residue")
    if analyte is not None:
        known = rows["analyte"].unique()
        if analyte not in known:
            raise UnknownNameError("检测项目", "analyte", analyte, known)
        rows = rows[rows["analyte"] == analyte]
    sample = wb.table("sample")
    sample = sample.assign(
        year=pd.to_datetime(sample["sampled_on"]).dt.year,
        prefecture=sample["county_code"].map(wb.counties.set_index("code")["prefecture"]),
    )
    kept = [
        "sample_id", "year", "product_class", "product", "stage", "scheme", "county_code",
        "prefecture",
    ]  # fmt: skip
    joined = rows.dropna(subset=["censored"]).merge(sample[kept], on="sample_id")
    if period is not None:
        joined = joined[joined["year"] == period]
    censored = joined["censored"].astype(bool)
    return joined.assign(
        censored=censored,
        level_mg_kg=joined["value_mg_kg"].where(~censored, joined["lod_mg_kg"]),
    ).reset_index(drop=True)


def substance_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what is known of each substance.

    Parameters
    ----------
    rows : DataFrame
        As `measurements` returns them.

    Returns
    -------
    DataFrame
        Indexed by analyte, most detected first: n, detected [measurements],
        detected_pct with low_pct and high_pct (95 % Wilson), above_limit of judged
        [measurements], lod_mg_kg (highest); by Kaplan-Meier p95_mg_kg, missing with fewer
        than `LEAST_DETECTED` detections or below the smallest of them, and mean_mg_kg
        with its standard error se_mg_kg, missing where the share detected is below
        `LEAST_SHARE`.

    References
    ----------
    Helsel (2012), Statistics for Censored Environmental Data, 2nd ed., table 6.11:
    with more than 80 % censored only shares and high quantiles are reported.
    """
    import pandas as pd

    lines = {}
    for analyte, own in rows.groupby("analyte"):
        n, detected = len(own), int((~own["censored"]).sum())
        low, high = wilson_interval(detected, n)
        judged = own["mrl_mg_kg"].notna()
        above = (own["value_mg_kg"].fillna(0) > own["mrl_mg_kg"]) & judged
        line = {
            "n": n,
            "detected": detected,
            "detected_pct": 100 * detected / n,
            "low_pct": 100 * float(low),
            "high_pct": 100 * float(high),
            "above_limit": int(above.sum()),
            "judged": int(judged.sum()),
            "lod_mg_kg": own["lod_mg_kg"].max(),
        }
        if detected >= LEAST_DETECTED:
            found = kaplan_meier(own["level_mg_kg"], own["censored"])
            line["p95_mg_kg"] = float(found.quantile(0.95))
            if detected >= LEAST_SHARE * n:
                line["mean_mg_kg"], line["se_mg_kg"] = found.mean, found.standard_error
        lines[analyte] = line
    columns = ["p95_mg_kg", "mean_mg_kg", "se_mg_kg"]
    table = pd.DataFrame.from_dict(lines, orient="index").rename_axis("analyte")
    table = table.reindex(columns=[*table.columns.difference(columns, sort=False), *columns])
    return table.sort_values("detected_pct", ascending=False)
