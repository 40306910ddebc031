from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agriqa.stats.survival import kaplan_meier
from agriqa.stats.validity import censored_durations, expiring_within, valid_on

DAY = dt.date(2024, 1, 1)
UNITS = st.lists(
    st.tuples(st.integers(-900, 300), st.one_of(st.none(), st.integers(1, 1200))),
    min_size=1,
    max_size=12,
)


def dated(
    units: list[tuple[int, int | None]],
) -> tuple[list[dt.date], list[dt.date | None]]:
    starts = [DAY + dt.timedelta(days=begin) for begin, _ in units]
    ends = [
        None if length is None else start + dt.timedelta(days=length)
        for start, (_, length) in zip(starts, units, strict=True)
    ]
    return starts, ends


@settings(deadline=None)
@given(UNITS, st.integers(1, 800), st.booleans())
def test_expiring_units_are_counted_day_by_day(
    units: list[tuple[int, int | None]], horizon: int, last_day_valid: bool
) -> None:
    starts, ends = dated(units)

    def valid(day: dt.date) -> set[int]:
        margin = dt.timedelta(days=0 if last_day_valid else 1)
        return {
            i
            for i, (start, end) in enumerate(zip(starts, ends, strict=True))
            if start <= day and (end is None or day <= end - margin)
        }

    found = expiring_within(
        starts, ends, date=DAY, horizons=[horizon], last_day_valid=last_day_valid
    )
    now, later = valid(DAY), valid(DAY + dt.timedelta(days=horizon))
    assert found.loc[horizon, "valid"] == len(now)
    assert found.loc[horizon, "expiring"] == len(now - later)
    flags = valid_on(starts, ends, DAY, last_day_valid=last_day_valid)
    assert set(np.flatnonzero(flags)) == now


def test_no_valid_unit_has_no_share() -> None:
    found = expiring_within(["2025-01-01"], [None], date=DAY, horizons=[90])
    assert found.loc[90, "valid"] == 0
    assert np.isnan(found.loc[90, "share"])


@settings(deadline=None)
@given(UNITS)
def test_durations_are_cut_at_both_ends_of_the_observation(
    units: list[tuple[int, int | None]],
) -> None:
    starts, ends = dated(units)
    since, until = DAY - dt.timedelta(days=400), DAY
    found = censored_durations(starts, ends, observed_from=since, observed_until=until)
    for i, (start, end) in enumerate(zip(starts, ends, strict=True)):
        last = min(end or until, until)
        first = max(start, since)
        assert (i in found.index) == (last > first)
        if last > first:
            row = found.loc[i]
            assert row["duration"] == (last - start).days
            assert row["entry"] == (first - start).days
            assert row["event"] == (end is not None and end <= until)


def test_late_entry_takes_away_the_gain_of_having_lasted() -> None:
    # One unit a year, all lasting 2 or 4 years by turns; seen only from 2010 on.
    starts = pd.to_datetime([f"{year}-01-01" for year in range(2000, 2020)])
    lengths = np.tile([2, 4], 10)
    ends = pd.to_datetime([f"{d.year + n}-01-01" for d, n in zip(starts, lengths, strict=True)])
    window = censored_durations(
        starts, ends, observed_from="2010-01-01", observed_until="2018-01-01"
    )
    curve = kaplan_meier(window["duration"], window["event"], entry=window["entry"])
    naive = kaplan_meier(window["duration"], window["event"])
    assert curve.at(800)[0] < naive.at(800)[0]


@pytest.mark.parametrize(
    ("start", "end", "options", "message"),
    [
        (["2020-01-01"], [], {}, "one length"),
        (["2020-01-01"], ["2020-01-01"], {}, "after its start"),
        (["2020-01-01"], [None], {"date": None}, "missing"),
        (["2020-01-01"], [None], {"horizons": [0]}, "1 or more"),
    ],
)
def test_bad_input_is_refused(
    start: list[str], end: list[str], options: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        expiring_within(start, end, **{"date": DAY, **options})  # type: ignore[arg-type]


def test_an_observation_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="after it begins"):
        censored_durations(
            ["2020-01-01"], [None], observed_from="2022-01-01", observed_until="2021-01-01"
        )
