from __future__ import annotations

import pytest
from pydantic import ValidationError

from agriqa.datasets import Dataset, code_lists, dataset, datasets
from agriqa.datasets.declaration import Column
from agriqa.datasets.dictionary import dictionary_page
from agriqa.errors import UnknownNameError
from tests.conftest import ROOT

# DESIGN: the datasets the product must know.
EXPECTED = {
    "county", "base", "production", "pesticide_use", "fertiliser_use", "sample", "residue",
    "brand", "certification", "greening", "enforcement", "capacity", "benchmark", "target",
    "published_figure", "substance",
}  # fmt: skip
UNIT_ENDINGS = {"t": "_t", "ha": "_ha", "%": "_pct", "mg/kg": "_mg_kg", "mg/kg bw": "_mg_kg_bw",
                "10k_cny": "_10k_cny", "100m_cny": "_100m_cny"}  # fmt: skip


def test_every_dataset_is_declared() -> None:
    assert set(datasets()) == EXPECTED


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_number_ends_in_its_unit(name: str) -> None:
    for column in datasets()[name]:
        if column.unit in UNIT_ENDINGS:
            assert column.name.endswith(UNIT_ENDINGS[column.unit])


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_referenced_datasets_come_first_and_share_the_column(name: str) -> None:
    order = list(datasets())
    for column in datasets()[name]:
        if column.references is not None:
            assert order.index(column.references) < order.index(name)
            assert column.name in datasets()[column.references].key


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_no_header_means_two_columns(name: str) -> None:
    owner: dict[str, str] = {}
    for column in datasets()[name]:
        for text in {column.name, column.label.zh, column.label.en, *column.synonyms}:
            assert owner.setdefault(text, column.name) == column.name


def test_every_code_list_is_used() -> None:
    used = {column.codes for d in datasets().values() for column in d}
    assert set(code_lists()) <= used


@pytest.mark.parametrize("name", sorted(code_lists()))
def test_no_spelling_means_two_codes(name: str) -> None:
    entry = code_lists()[name]
    spelled = [
        text
        for code, c in entry.codes.items()
        for text in {code, c.label.zh, c.label.en, *c.synonyms}
    ]
    assert len(spelled) == len(set(spelled))


def test_an_unknown_dataset_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="pesticide_use"):
        dataset("pesticide")


def test_an_unknown_column_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="use_t"):
        dataset("pesticide_use")["use_tons"]


def test_a_number_without_unit_is_refused() -> None:
    with pytest.raises(ValidationError, match="states its unit"):
        Column.model_validate({"name": "use", "label": {"zh": "量", "en": "use"}, "type": "number"})


def test_an_unknown_key_in_a_declaration_is_refused() -> None:
    raw = dataset("greening").model_dump() | {"sorce": "x"}
    with pytest.raises(ValidationError, match="sorce"):
        Dataset.model_validate(raw)


def test_the_data_dictionary_page_is_current() -> None:
    page = (ROOT / "docs" / "data-dictionary.md").read_text("utf-8")
    assert page == dictionary_page(), "run: agriqa dictionary --out docs/data-dictionary.md"
