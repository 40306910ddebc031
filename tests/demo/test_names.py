"""The county names written can be resolved, and those meant to be refused are."""

from __future__ import annotations

import pytest

from agriqa.areas import AmbiguousAreaError, UnknownAreaError
from agriqa.demo import DemoConfig
from agriqa.demo.structure import Structure
from agriqa.project import Project


def test_every_name_written_resolves_in_its_year_and_prefecture(
    project: Project, structure: Structure
) -> None:
    columns = ["unit_name", "unit_code", "current_code", "year", "prefecture"]
    units = structure.units[columns].drop_duplicates()
    for name, unit, current, year, prefecture in units.itertuples(index=False):
        for text in (name, prefecture + name, unit):
            match = project.register.resolve(text, year=year, prefecture=prefecture)
            assert match.code == current, (text, year, prefecture)


def test_todays_name_resolves_in_an_old_year(project: Project) -> None:
    assert project.register.resolve("郫都区", year=2014, prefecture="成都市").code == "510117"


def test_names_meant_to_be_refused_are_unknown(project: Project, config: DemoConfig) -> None:
    wrong = config.defects
    for text in (*wrong.foreign_counties, *wrong.foreign_codes, *wrong.misspelt.values()):
        with pytest.raises(UnknownAreaError):
            project.register.resolve(text, year=2018)


def test_a_shared_name_alone_is_ambiguous(project: Project) -> None:
    with pytest.raises(AmbiguousAreaError):
        project.register.resolve("市中区", year=2016)
