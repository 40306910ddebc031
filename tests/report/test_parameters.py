"""Parameters: a misspelt one must never end in a report on the wrong county."""

from __future__ import annotations

from pathlib import Path

import pytest

from agriqa.areas import AmbiguousAreaError, UnknownAreaError
from agriqa.errors import UnknownNameError
from agriqa.project import Project
from agriqa.report.parameters import (
    CountyParameters,
    ParameterValueError,
    ask_for_county,
    parameters_for,
)

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "reports" / "county.ipynb"


def test_defaults_are_filled_in() -> None:
    assert parameters_for(NOTEBOOK, {"county": "510117", "period": 2021}) == {
        "county": "510117", "period": 2021, "language": "zh", "project": "", "snapshot": "latest",
    }  # fmt: skip


def test_a_code_with_a_leading_zero_stays_text() -> None:
    assert parameters_for(NOTEBOOK, {"county": "010101", "period": 2021})["county"] == "010101"


def test_a_county_given_as_a_number_is_refused() -> None:
    with pytest.raises(ParameterValueError, match="county=510117"):
        parameters_for(NOTEBOOK, {"county": 510117, "period": 2021})


def test_a_misspelt_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="county"):
        parameters_for(NOTEBOOK, {"conty": "510117", "period": 2021})


@pytest.mark.parametrize("county", ["", "  "])
def test_no_county_is_an_error_that_says_so(county: str) -> None:
    with pytest.raises(ParameterValueError, match="没有指定县"):
        parameters_for(NOTEBOOK, {"county": county, "period": 2021})


def test_an_empty_county_is_one_error_with_an_example(project: Project) -> None:
    with pytest.raises(ParameterValueError, match=r'例如 county = "510104"') as caught:
        ask_for_county("", str(project.root))
    assert " / No county given" in str(caught.value)
    ask_for_county("510117", "no-folder-is-looked-for")


def test_a_wrong_value_does_not_drag_another_traceback_along() -> None:
    with pytest.raises(ParameterValueError) as caught:
        CountyParameters.given(county="", period=2021)
    assert str(caught.value).startswith("没有指定县")
    assert caught.value.__suppress_context__


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ParameterValueError, match="language"):
        CountyParameters.given(county="510117", period=2021, language="fr")


def test_a_year_without_data_is_refused_with_the_years_there_are(project: Project) -> None:
    given = CountyParameters(county="510117", period=1999)
    with pytest.raises(ParameterValueError, match="2012–2021"):
        given.check(project.register, range(2012, 2022))


@pytest.mark.parametrize("county", ["510117", "郫都区", "郫县", "成都市郫都区", "Pidu"])
def test_a_county_is_found_by_code_and_names(project: Project, county: str) -> None:
    match = CountyParameters(county=county, period=2021).check(project.register, [2021])
    assert match.code == "510117"


def test_an_unknown_and_an_ambiguous_county_are_refused(project: Project) -> None:
    with pytest.raises(UnknownAreaError):
        CountyParameters(county="没有的县", period=2021).check(project.register, [2021])
    with pytest.raises(AmbiguousAreaError):
        CountyParameters(county="市中区", period=2021).check(project.register, [2021])
