"""The catalogue of data/reference names every file and only rows that exist."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "data" / "reference"
CATALOG = tomllib.loads((FOLDER / "catalog.toml").read_text(encoding="utf-8"))
FILES: list[dict[str, Any]] = CATALOG["files"]
KINDS = {
    "contradiction",
    "definition_change",
    "inferred",
    "incomplete",
    "doubtful",
    "unverified",
    "example",
}
WARNINGS = [(entry["path"], warning) for entry in FILES for warning in entry.get("warnings", [])]


def test_every_file_has_one_entry() -> None:
    stored = {
        path.relative_to(FOLDER).as_posix()
        for path in FOLDER.rglob("*")
        if path.suffix in {".csv", ".geojson"}
    }
    assert sorted(entry["path"] for entry in FILES) == sorted(stored)


@pytest.mark.parametrize("entry", FILES, ids=lambda entry: entry["path"])
def test_an_entry_says_what_whence_and_under_which_terms(entry: dict[str, Any]) -> None:
    for field in ("title", "description", "licence"):
        assert set(entry[field]) == {"zh", "en"}
        assert all(entry[field].values())
    assert entry["publisher"]
    assert entry["published"]


@pytest.mark.parametrize(("path", "warning"), WARNINGS)
def test_a_warning_is_of_a_known_kind_and_names_real_rows(
    path: str, warning: dict[str, Any]
) -> None:
    assert set(warning) <= {"kind", "text", "ids"}
    assert warning["kind"] in KINDS
    assert warning["text"]["zh"]
    assert warning["text"]["en"]
    if "ids" in warning:
        keys = pd.read_csv(FOLDER / path, dtype="str", keep_default_na=False).iloc[:, 0]
        assert warning["ids"]
        assert set(warning["ids"]) <= set(keys)
        assert len(set(warning["ids"])) == len(warning["ids"])


# The contradictions that facts/README.md lists, by what must stand in the warning's text.
@pytest.mark.parametrize(
    ("path", "fragment"),
    [
        ("published_figures.csv", "3,200"),
        ("published_figures.csv", "5,467"),
        ("published_figures.csv", "98.4%"),
        ("published_figures.csv", "36%/25.8%"),
        ("bases.csv", "公示 86 个，认定 84 个"),
        ("bases.csv", "浦江县"),
        ("certifications.csv", "涪城麦冬"),
        ("brands.csv", "涪城麦冬"),
        ("certifications.csv", "不可相加"),
        ("boundaries/counties.geojson", "审图号"),
        ("boundaries/prefectures.geojson", "审图号"),
        ("counties.csv", "GB/T 2260"),
        ("scorecard_nasx.csv", "示例"),
    ],
)
def test_the_known_contradictions_are_declared(path: str, fragment: str) -> None:
    assert any(p == path and fragment in warning["text"]["zh"] for p, warning in WARNINGS)
