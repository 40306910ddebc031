"""Each county's own value read beside a goal of the province or the nation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from agriqa.assess.targets.settings import load_target_settings
from agriqa.assess.targets.words import COUNTY_READING
from agriqa.measures import measure, measure_table
from agriqa.stats.target_progress import target_state

if TYPE_CHECKING:
    import pandas as pd

    from agriqa.store import Snapshot

COLUMNS = [
    "target_id", "indicator", "measure", "area", "name", "value", "value_period", "n", "low",
    "high", "status", "comparator", "goal", "unit", "reaches", "told",
]  # fmt: skip


def county_progress(snapshot: Snapshot, *, period: int) -> pd.DataFrame:
    """Set each county's own value beside the goals that scale to counties.

    A goal of a prefecture is set beside its own counties only. The goal is the province's,
    the prefecture's or the nation's, and no duty of a county: the reading is for reference,
    which ``attrs["zh"]`` and ``attrs["en"]`` of the frame say.

    Parameters
    ----------
    snapshot : Snapshot
        The frozen data.
    period : int
        The year of the reading; the latest value up to it counts.

    Returns
    -------
    DataFrame
        A row for each target and county, columns ``COLUMNS``. ``reaches`` is true or false,
        missing without a value; ``told`` whether the whole interval of a sample's share
        agrees with it.
    """
    import pandas as pd

    settings = load_target_settings(snapshot.project.config)
    targets = snapshot.table("target").set_index("target_id")
    tidy = measure_table(snapshot)
    tidy = tidy[(tidy["level"] == "county") & (tidy["period"] <= period)]
    register = snapshot.register
    in_force = register.in_force(period)["current_code"].drop_duplicates().tolist()
    frames = []
    for target_id, treatment in settings.by_target.items():
        if treatment.county_measure is None or target_id not in targets.index:
            continue
        target = targets.loc[target_id]
        goal = float(target["value"]) if treatment.goal is None else treatment.goal
        own = str(target["area_code"]) if pd.notna(target["area_code"]) else ""
        whole = own in ("", snapshot.project.code)
        codes = [code for code in in_force if whole or code[:4] == own[:4]]
        rows = tidy[(tidy["measure"] == treatment.county_measure) & tidy["value"].notna()]
        rows = rows.sort_values("period").drop_duplicates("area", keep="last").set_index("area")
        found = rows.reindex(codes)
        verdict = target_state(
            found["value"].to_numpy(dtype=float),
            target=goal,
            comparator=target["comparator"],
            meaning_of_equal=treatment.meaning_of_equal,
            period=found["period"].to_numpy(dtype=float),
            now=period,
        )
        interval = target_state(
            found["value"].to_numpy(dtype=float),
            target=goal,
            comparator=target["comparator"],
            meaning_of_equal=treatment.meaning_of_equal,
            period=found["period"].to_numpy(dtype=float),
            now=period,
            low=found["low"].fillna(found["value"]).to_numpy(dtype=float),
            high=found["high"].fillna(found["value"]).to_numpy(dtype=float),
        )
        met = pd.array(verdict.state == "met", dtype="boolean")
        met[found["value"].isna().to_numpy()] = pd.NA
        frames.append(
            pd.DataFrame(
                {
                    "target_id": target_id,
                    "indicator": target["indicator"],
                    "measure": treatment.county_measure,
                    "area": codes,
                    "name": [register.name(code) for code in codes],
                    "value": found["value"].to_numpy(dtype=float),
                    "value_period": found["period"].to_numpy(dtype=float),
                    "n": found["n"].to_numpy(dtype=float),
                    "low": found["low"].to_numpy(dtype=float),
                    "high": found["high"].to_numpy(dtype=float),
                    "status": found["status"].fillna("missing").to_numpy(),
                    "comparator": target["comparator"],
                    "goal": goal,
                    "unit": measure(treatment.county_measure).unit,
                    "reaches": met,
                    "told": (interval.state == verdict.state) & ~np.isnan(found["value"]),
                }
            )
        )
    result = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=COLUMNS)
    result.attrs |= {"zh": COUNTY_READING.zh, "en": COUNTY_READING.en}
    return result
