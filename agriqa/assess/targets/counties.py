"""Each county's own value read beside a goal of the province or the nation."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from agriqa.assess.targets.settings import load_target_settings
from agriqa.assess.targets.words import COUNTY_READING, RULES, comparator_words
from agriqa.measures import compute, measure
from agriqa.stats.target_progress import target_state

if TYPE_CHECKING:
    import pandas as pd

    from agriqa.store import Snapshot

COLUMNS = [
    "target_id", "indicator", "measure", "area", "name", "value", "value_period", "n", "low",
    "high", "status", "comparator", "comparator_zh", "comparator_en", "goal", "unit", "reaches",
    "told", "reading_zh", "reading_en",
]  # fmt: skip


def county_progress(
    snapshot: Snapshot, *, period: int, tidy: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Set each county's own value beside the goals that scale to counties.

    A goal of a prefecture is set beside its own counties only. The goal is the province's,
    the prefecture's or the nation's, and no duty of a county: the reading is for reference,
    which ``reading_zh`` and ``reading_en`` say, and ``attrs["zh"]`` and ``attrs["en"]`` of the
    frame. By a goal that was not yet set nothing is read but the county's value.

    Parameters
    ----------
    snapshot : Snapshot
        The frozen data.
    period : int
        The year of the reading; the latest value up to it counts.
    tidy : DataFrame, optional
        The measure table of the snapshot, where it is at hand.

    Returns
    -------
    DataFrame
        A row for each target and county, columns ``COLUMNS``. ``reaches`` is true or false,
        missing without a value or a goal; ``told`` whether the whole interval of a sample's share
        agrees with it.
    """
    import pandas as pd

    settings = load_target_settings(snapshot.project.config)
    targets = snapshot.table("target").set_index("target_id")
    if tidy is None:
        asked = {one.county_measure for one in settings.treatment} - {None}
        tidy = compute(snapshot, sorted(map(str, asked)), levels=["county"])
    tidy = tidy[(tidy["level"] == "county") & (tidy["period"] <= period)]
    register = snapshot.register
    in_force = register.in_force(period)["current_code"].drop_duplicates().tolist()
    frames = []
    years_set = settings.year_set
    for target_id, treatment in settings.by_target.items():
        if treatment.county_measure is None or target_id not in targets.index:
            continue
        target: dict[Any, Any] = targets.loc[target_id].to_dict()
        goal = float(target["value"]) if treatment.goal is None else treatment.goal
        own = str(target["area_code"]) if pd.notna(target["area_code"]) else ""
        whole = own in ("", snapshot.project.code)
        codes = [code for code in in_force if whole or code[:4] == own[:4]]
        rows = tidy[(tidy["measure"] == treatment.county_measure) & tidy["value"].notna()]
        rows = rows.sort_values("period").drop_duplicates("area", keep="last").set_index("area")
        found = rows.reindex(codes)
        values, periods, low, high = (
            found[c].to_numpy(dtype=float) for c in ("value", "period", "low", "high")
        )
        judge = partial(
            target_state, values, target=goal, comparator=target["comparator"],
            meaning_of_equal=treatment.meaning_of_equal, period=periods, now=period,
        )  # fmt: skip
        verdict = judge()
        whole_range = judge(
            low=np.where(np.isnan(low), values, low), high=np.where(np.isnan(high), values, high)
        )
        met = pd.array(verdict.state == "met", dtype="boolean")
        set_in = years_set.get(target_id, period)
        readable = ~np.isnan(values) & (period >= set_in)
        met[~readable] = pd.NA
        reading = COUNTY_READING if period >= set_in else RULES["not_yet_set"]
        words = comparator_words(target["comparator"], treatment.meaning_of_equal)
        frames.append(
            pd.DataFrame(
                {
                    "target_id": target_id,
                    "indicator": target["indicator"],
                    "measure": treatment.county_measure,
                    "area": codes,
                    "name": [register.name(code) for code in codes],
                    "value": values,
                    "value_period": periods,
                    "n": found["n"].to_numpy(dtype=float),
                    "low": low,
                    "high": high,
                    "status": found["status"].fillna("missing").to_numpy(),
                    "comparator": target["comparator"],
                    "comparator_zh": words.zh,
                    "comparator_en": words.en,
                    "goal": goal,
                    "unit": measure(treatment.county_measure).unit,
                    "reaches": met,
                    "told": (whole_range.state == verdict.state) & readable,
                    "reading_zh": reading.zh.format(now=period, set_in=set_in),
                    "reading_en": reading.en.format(now=period, set_in=set_in),
                }
            )
        )
    result = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=COLUMNS)
    result.attrs |= {"zh": COUNTY_READING.zh, "en": COUNTY_READING.en}
    return result
