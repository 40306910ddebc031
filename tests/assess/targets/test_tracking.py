"""Each target is read from its best source, up to the year, and judged by it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agriqa.assess.targets import TargetResult, track_targets
from agriqa.errors import UnknownNameError
from agriqa.measures.settings import SettingsError
from agriqa.project import Project
from agriqa.stats.target_forecast import forecast_target
from agriqa.store import Snapshot

Track = Callable[[int], TargetResult]


@pytest.fixture(scope="module")
def tracked(snapshot: Snapshot) -> TargetResult:
    return track_targets(snapshot, period=2018)


@pytest.fixture(scope="module")
def rows(tracked: TargetResult) -> pd.DataFrame:
    return tracked.frame.set_index("target_id")


def test_the_latest_figure_of_a_whole_year_up_to_the_period_counts(rows: pd.DataFrame) -> None:
    # Neither the half-year's 99 nor the doubtful 77 nor the figure of 2019 is taken.
    assert rows.loc["rate", "value"] == 34
    assert rows.loc["rate", "value_period"] == 2018
    assert rows.loc["rate", "status"] == "published"


def test_a_forecast_is_made_of_the_points_known_in_the_year(rows: pd.DataFrame) -> None:
    by_hand = forecast_target(
        range(2014, 2019), [26.1, 28.0, 30.2, 31.9, 34], deadline=2020, target=40,
        comparator=">=", scale="logit",
    )  # fmt: skip
    assert rows.loc["rate", "forecast"] == pytest.approx(float(by_hand.value))
    assert rows.loc["rate", "probability"] == pytest.approx(float(by_hand.probability))
    assert rows.loc["rate", "state"] == "at_risk"
    assert rows.loc["rate-high", "probability"] < rows.loc["rate", "probability"] < 0.8
    assert rows.loc["rate", "pace"] == pytest.approx(3)


def test_a_goal_inside_the_rounding_of_a_figure_cannot_be_told(rows: pd.DataFrame) -> None:
    # 34 % is printed without decimals: 33.5 to 34.5.
    row = rows.loc["rate-rounded"]
    assert (row["state"], row["low"], row["high"]) == ("within_rounding", 33.5, 34.5)


def test_a_deadline_in_the_past_asks_for_its_own_year(track: Track) -> None:
    later = track(2021).frame.set_index("target_id")
    # The figure of 2019 is the last; it judges the deadline 2019 and says nothing of 2020.
    assert later.loc["rate-late", "state"] == "missed"
    assert later.loc["rate-high", "rule"] == "no_value_at_deadline"
    assert later.loc["rate", "state"] == "met"


def test_of_two_indicators_the_least_favourable_counts(rows: pd.DataFrame) -> None:
    assert rows.loc["lower-of-two", "value"] == 39.8
    assert rows.loc["lower-of-two", "state"] == "missed"


def test_a_year_that_one_of_two_indicators_lacks_is_left_out(track: Track) -> None:
    before = track(2017).frame.set_index("target_id")
    assert before.loc["lower-of-two", "rule"] == "no_value"


def test_without_figures_the_measure_of_the_area_counts(tracked: TargetResult) -> None:
    row = tracked.frame.set_index("target_id").loc["ours"]
    assert row["value"] == 97
    assert row["state"] == "met"
    assert row["range"] == "sampling"
    assert "95%区间" in tracked.explain("ours")
    assert row["n"] == 100


def test_our_measures_do_not_speak_for_another_jurisdiction(rows: pd.DataFrame) -> None:
    assert rows.loc["elsewhere-named", "rule"] == "no_value"


def test_a_goal_for_every_year_takes_the_worst_of_them(rows: pd.DataFrame) -> None:
    # 2015 grew by 2 %, more than any year after it.
    assert rows.loc["yearly-worst", "value"] == pytest.approx(100 * (1020.3 / 1000.1 - 1))
    assert rows.loc["yearly-worst", "state"] == "missed"


def test_the_worst_value_carries_its_own_year(tracked: TargetResult, rows: pd.DataFrame) -> None:
    assert rows.loc["yearly-worst", "value_period"] == 2015
    assert "2015年的值2.02%" in rows.loc["yearly-worst", "reason_zh"]
    assert "2.02% of 2015" in tracked.explain("yearly-worst", "en")


def test_a_goal_of_each_year_is_judged_by_the_latest(track: Track) -> None:
    states = [
        track(year).frame.set_index("target_id").loc["each-year", "state"]
        for year in (2017, 2018, 2019)
    ]
    assert states == ["met", "missed", "met"]


def test_the_measure_table_at_hand_gives_the_same(tracked: TargetResult, track: Track) -> None:
    pd.testing.assert_frame_equal(track(2018).frame, tracked.frame)


def test_a_goal_of_one_year_takes_that_year_only(track: Track, rows: pd.DataFrame) -> None:
    early = track(2017).frame.set_index("target_id")
    assert early.loc["this-year", "rule"] == "not_begun"
    assert rows.loc["this-year", "value"] == 19
    assert rows.loc["this-year", "state"] == "missed"


def test_a_sum_begins_with_its_year(rows: pd.DataFrame) -> None:
    assert rows.loc["summed", "value"] == 21 + 22 + 19
    assert rows.loc["summed", "state"] == "met"


def test_a_fall_is_counted_in_the_targets_unit(rows: pd.DataFrame) -> None:
    assert rows.loc["fall", "value"] == pytest.approx(202_000)
    # Two figures rounded to 0.1 (10,000 t) leave 201,000 to 203,000 t.
    assert rows.loc["fall", "state"] == "within_rounding"


def test_a_change_from_the_mean_of_base_years(rows: pd.DataFrame) -> None:
    assert rows.loc["from-base", "value"] == pytest.approx(100 * (990.2 / 1010.2 - 1))
    assert rows.loc["from-base", "state"] == "met"


def test_without_a_forecast_the_way_gone_is_set_against_the_time(rows: pd.DataFrame) -> None:
    row = rows.loc["target-0113"]
    assert (row["achievement"], row["elapsed"]) == (pytest.approx(0.6), 0.5)
    assert (row["state"], row["rule"]) == ("on_track", "pace")


def test_a_partial_list_tells_that_a_goal_is_met_never_that_it_is_not(rows: pd.DataFrame) -> None:
    # Named by 2018: two counties, one of them twice; one is only announced, one has no year.
    assert rows.loc["listed", "value"] == 2
    assert rows.loc["listed", "state"] == "met"
    assert rows.loc["listed-more", "state"] == "not_measurable"
    assert rows.loc["listed-more", "rule"] == "partial_list"


def test_counties_on_a_list_are_set_against_all_of_the_area(
    snapshot: Snapshot, rows: pd.DataFrame
) -> None:
    codes = set(snapshot.register.in_force(2018)["current_code"])
    of_chengdu = sum(code.startswith("5101") for code in codes)
    assert rows.loc["listed-share", "value"] == pytest.approx(100 * 2 / of_chengdu)
    assert rows.loc["listed-share", "n"] == of_chengdu


def test_a_goal_in_words_may_be_given_a_number(rows: pd.DataFrame) -> None:
    assert rows.loc["listed-one", "goal"] == 1
    assert rows.loc["listed-one", "state"] == "met"


def test_the_lowest_area_counts_only_where_all_have_a_value(rows: pd.DataFrame) -> None:
    # 181 of 183 counties sent no return.
    assert rows.loc["lowest", "rule"] == "no_value"


def test_what_has_no_source_says_why(tracked: TargetResult, rows: pd.DataFrame) -> None:
    assert rows.loc["words", "rule"] == "qualitative"
    assert "定性目标" in tracked.explain("words")
    assert rows.loc["untreated", "rule"] == "without_source"


def test_a_trace_holds_the_rows_behind_a_value(tracked: TargetResult) -> None:
    trace = tracked.traces["rate"]
    assert trace["value"].tolist() == [26.1, 28.0, 30.2, 31.9, 34.0]
    assert {"source_file", "row"} <= set(trace)
    assert "words" not in tracked.traces


def test_every_target_is_counted_and_explained(tracked: TargetResult) -> None:
    assert sum(tracked.counts.values()) == len(tracked.frame) == 27
    assert f"已达到{tracked.counts['met']}项" in tracked.summary("zh")
    assert f"{tracked.counts['met']} met" in tracked.summary("en")
    for target in tracked.frame["target_id"]:
        for language in ("zh", "en"):
            told = tracked.explain(target, language)  # type: ignore[arg-type]
            assert "nan" not in told
            assert "{" not in told
    with pytest.raises(UnknownNameError, match="rate-high"):
        tracked.explain("rate-hihg")
    with pytest.raises(ValueError, match="language"):
        tracked.summary("fr")  # type: ignore[arg-type]


def test_nothing_after_the_period_is_used(track: Track) -> None:
    for period in (2016, 2017, 2018):
        found = track(period)
        assert not (found.frame["value_period"] > period).any()
        for trace in found.traces.values():
            years = trace[[c for c in ("year", "period", "year_from") if c in trace]].iloc[:, 0]
            assert years.astype(int).max() <= period


def test_a_measure_named_twice_is_refused(snapshot: Snapshot, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    shutil.copytree(snapshot.project.root, folder)
    path = folder / "data" / "config" / "targets.toml"
    text = path.read_text("utf-8").replace(
        'targets = ["ours", "elsewhere-named"]', 'targets = ["ours"]\nmeasure = "samples_n"'
    )
    path.write_text(text, "utf-8")
    copied = Snapshot.open(Project.find(folder))
    with pytest.raises(SettingsError, match="ours names its measure itself"):
        track_targets(copied, period=2018)


def test_a_period_without_any_value_leaves_every_target_unmeasured(track: Track) -> None:
    found = track(2000)
    assert set(found.frame["state"]) == {"not_measurable"}
    assert np.isnan(found.frame["value"].astype(float)).all()
    assert replace(found, period=2001).summary().startswith("2001年")


def test_a_target_is_not_judged_before_it_was_set(track: Track) -> None:
    early, then = (track(year).frame.set_index("target_id") for year in (2017, 2018))
    row = early.loc["set-later"]
    assert (row["state"], row["rule"], row["set_in"]) == ("not_measurable", "not_yet_set", 2018)
    # The value is shown, and nothing is concluded from it.
    assert row["value"] == 31.9
    judged = ["achievement", "elapsed", "pace", "forecast", "probability"]
    assert np.isnan(row[judged].astype(float)).all()
    assert row["reason_zh"] == "2017年尚未提出（2018年提出）；2017年的值31.9%只供参考"
    assert row["reason_en"] == "not yet set in 2017 (set in 2018); 31.9% of 2017 is for orientation"
    assert (then.loc["set-later", "state"], then.loc["set-later", "rule"]) == ("met", "reached")
    assert np.isnan(then.loc["rate", "set_in"])


def test_what_is_not_yet_set_needs_no_other_reason(track: Track) -> None:
    early, then = (track(year).frame.set_index("target_id") for year in (2017, 2018))
    assert early.loc["set-later-worded", "reason_en"] == "not yet set in 2017 (set in 2018)"
    assert early.loc["set-later-worded", "rule"] == "not_yet_set"
    assert then.loc["set-later-worded", "rule"] == "definition"


def test_a_base_that_the_target_states_counts(rows: pd.DataFrame) -> None:
    # 110 in 2017 to 210 in 2021: 160 in 2018 is half the way in a quarter of the time.
    row = rows.loc["stated-base"]
    assert (row["base"], row["base_period"]) == (110, 2017)
    assert (row["achievement"], row["elapsed"]) == (pytest.approx(0.5), 0.25)
    assert (row["state"], row["rule"]) == ("on_track", "pace")
    assert rows.loc["base-unread", "base"] == 8
    # In words it is no number, and a change is counted from zero.
    assert rows.loc["from-base", "base"] == 0


def test_of_the_base_year_alone_no_pace_can_be_told(rows: pd.DataFrame) -> None:
    row = rows.loc["gained"]
    assert (row["value"], row["base"], row["base_period"]) == (0, 0, 2018)
    assert (row["state"], row["rule"]) == ("open", "base_only")
    assert "只有基期2018年的值" in row["reason_zh"]
    assert "没有" not in row["reason_zh"]


def test_a_reason_has_words_for_signs_units_and_few_decimals(rows: pd.DataFrame) -> None:
    told = rows[["reason_zh", "reason_en"]]
    for column in told:
        assert not told[column].str.contains(r"[<>=]|\.\d{3}").any()
    assert rows.loc["listed", "reason_zh"] == "2018年的值2个达到目标（不低于2个）"
    assert rows.loc["listed", "reason_en"] == (
        "the value 2 items of 2018 meets the target of at least 2 items"
    )
    assert "不高于1%" in rows.loc["yearly-worst", "reason_zh"]
    assert "at most 1%" in rows.loc["yearly-worst", "reason_en"]
    assert "-1.98%" in rows.loc["from-base", "reason_zh"]
    assert "201000吨至203000吨" in rows.loc["fall", "reason_zh"]
    assert "201000 t to 203000 t" in rows.loc["fall", "reason_en"]


def test_words_stand_beside_every_code(track: Track) -> None:
    for period in (2000, 2017, 2018, 2021):
        frame = track(period).frame
        for name in ("state", "rule"):
            for language in ("zh", "en"):
                words = frame[f"{name}_{language}"]
                assert (words.str.len() > 0).all()
                assert not words.str.contains("[{}_]").any()
    rows = track(2018).frame.set_index("target_id")
    shown = rows[["state_zh", "state_en", "comparator_zh", "comparator_en"]]
    assert shown.loc["listed"].tolist() == ["已达到", "met", "不低于", "at least"]
    assert shown.loc["from-base"].tolist()[2:] == ["不高于", "at most"]
    # A target in words compares no number.
    assert shown.loc["words"].tolist()[2:] == ["", ""]
    assert rows.loc["gained", "rule_zh"] == "只有基期的值"
    assert rows.loc["words", "rule_en"] == "a target in words, without a number"
