"""Every target has a treatment, and a treatment is consistent."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from agriqa.assess.targets import load_target_settings
from agriqa.measures import registry
from agriqa.measures.settings import SettingsError
from agriqa.project import Project
from agriqa.stats.target_forecast import met_direction

ONE = 'counting_units = []\n[[treatment]]\ntargets = ["a"]\n'


@pytest.fixture(scope="module")
def targets(project: Project) -> pd.DataFrame:
    names = ("targets.csv", "programme_goals.csv")
    frames = [
        pd.read_csv(project.reference / name, dtype="str", keep_default_na=False) for name in names
    ]
    return pd.concat(frames).set_index("target_id")


def test_every_target_has_one_treatment(project: Project, targets: pd.DataFrame) -> None:
    treated = load_target_settings(project.config).by_target
    assert set(treated) == set(targets.index)
    assert len(targets.filter(like="target-", axis=0)) == 139


def test_no_measure_is_named_twice(project: Project, targets: pd.DataFrame) -> None:
    for target, one in load_target_settings(project.config).by_target.items():
        assert not (one.measure and targets.at[target, "measure"])


def test_a_target_has_a_source_or_a_reason(project: Project, targets: pd.DataFrame) -> None:
    for target, one in load_target_settings(project.config).by_target.items():
        source = bool(one.series or one.measure or one.count or targets.at[target, "measure"])
        assert source != (one.why is not None), target
        if source:
            assert one.goal is not None or targets.at[target, "value"], target


def test_every_series_is_published_of_the_targets_area(
    project: Project, targets: pd.DataFrame
) -> None:
    figures = pd.read_csv(project.reference / "published_figures.csv", dtype="str")
    known = set(zip(figures["indicator"], figures["area"], strict=True))
    for target, one in load_target_settings(project.config).by_target.items():
        asked = {(name, targets.at[target, "area"]) for name in one.series}
        # A reading by our measure stands in where the area has no figures of its own.
        assert asked <= known or targets.at[target, "measure"] or one.measure, target


def test_every_programme_that_is_counted_is_on_the_lists(project: Project) -> None:
    bases = pd.read_csv(project.reference / "bases.csv", dtype="str")
    for one in load_target_settings(project.config).treatment:
        if one.count is not None:
            assert set(one.count.programme) <= set(bases["programme"])


def test_a_county_measure_is_in_the_unit_and_sense_of_the_goal(
    project: Project, targets: pd.DataFrame
) -> None:
    for target, one in load_target_settings(project.config).by_target.items():
        if one.county_measure is None:
            continue
        declared, row = registry()[one.county_measure], targets.loc[target]
        assert declared.unit == row["unit_of_value"]
        assert declared.direction == met_direction(row["comparator"], one.meaning_of_equal)


def test_a_year_of_setting_is_borne_out_by_the_sources(
    project: Project, targets: pd.DataFrame
) -> None:
    settings = load_target_settings(project.config)
    assert settings.year_set["target-0070"] == settings.year_set["target-0080"] == 2023
    dated = targets["programme"] + targets["source_date"]
    for one in settings.set_in:
        # Some name it, and no source is older.
        rows = targets.loc[list(one.targets)]
        assert dated[rows.index].str.contains(str(one.year)).any()
        years = rows["source_date"].str.extract(r"(\d{4})")[0].dropna().astype(int)
        assert (years >= one.year).all()
    # One programme was set in one year, if it is known.
    known = targets.join(pd.Series(settings.year_set, name="year"))
    assert (known.groupby("programme")["year"].nunique(dropna=False) == 1).all()


def test_the_base_of_the_five_year_plan_is_that_of_2020(
    project: Project, targets: pd.DataFrame
) -> None:
    one = load_target_settings(project.config).by_target["target-0065"]
    figures = pd.read_csv(project.reference / "published_figures.csv", dtype="str")
    own = figures[figures["indicator"].isin(one.series) & (figures["area"] == "全国")]
    (year,) = one.base_years
    printed = own.loc[own["period"] == str(year), "value"]
    assert printed.tolist() == [targets.at["target-0065", "baseline"]]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ('measure = "pass_rat"', "pass_rat"),
        ('measure = "samples_n"\nwhy = "qualitative"', "reason for none"),
        ('why = "not_collected"', "needs a note"),
        ('series = ["x"]\nmode = "cumulative"', "since"),
        ('series = ["x"]\nchange = "points_from_base"', "base"),
        ('count = { programme = ["x"], status = ["nominated"] }', "nominated"),
        ('colour = "red"', "colour"),
        ('why = "qualitative"\n' + 2 * '[[set_in]]\ntargets = ["a"]\nyear = 2018\n', "set twice"),
        ('series = ["x"]\n[[treatment]]\ntargets = ["a"]\nwhy = "qualitative"', "treated twice"),
    ],
)
def test_what_contradicts_itself_is_refused(tmp_path: Path, text: str, match: str) -> None:
    (tmp_path / "targets.toml").write_text(ONE + text, "utf-8")
    with pytest.raises(SettingsError, match=match):
        load_target_settings(tmp_path)
