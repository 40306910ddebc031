"""Words: every unit and every status has its word in both languages."""

from __future__ import annotations

import math
import re
from typing import get_args

import pytest

from agriqa.errors import UnknownNameError
from agriqa.figures.words import (
    NO_VALUE,
    STATUS,
    Language,
    number_text,
    signed_text,
    status_text,
    unit_text,
)
from agriqa.measures import registry
from agriqa.measures.measure import ABSENT, ORIGINS


def test_every_unit_of_the_registry_has_an_english_form() -> None:
    forms = [unit_text(unit, "en") for unit in {m.unit for m in registry().values()}]
    assert not [form for form in forms if re.search(r"[\u4e00-\u9fff]", form)]


def test_an_unknown_unit_is_refused_in_english() -> None:
    with pytest.raises(UnknownNameError, match="斤"):
        unit_text("斤", "en")


@pytest.mark.parametrize("language", get_args(Language))
def test_every_status_of_a_measure_has_its_own_word(language: Language) -> None:
    words = [status_text(status, language) for status in [*ORIGINS, *ABSENT]]
    assert len(set(words)) == len(STATUS) == len(words)


def test_the_statuses_without_a_value_are_those_of_the_measures() -> None:
    assert set(NO_VALUE) == set(ABSENT)


@pytest.mark.parametrize("value", [-1234.56, -0.04, 0.0, 0.04, 0.06, 99.95])
def test_a_signed_number_reads_as_the_number_and_has_a_sign_unless_it_reads_as_nothing(
    value: float,
) -> None:
    shown = signed_text(value, 1)
    assert shown.lstrip("+") == number_text(value, 1)
    assert (shown[0] in "+−") is (float(number_text(abs(value), 1).replace(",", "")) > 0)


def test_a_missing_number_is_refused() -> None:
    with pytest.raises(ValueError, match="missing"):
        signed_text(math.nan, 1)
