"""The catalogue of reference files: what each is, where from, and its warnings."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from agriqa.datasets.declaration import Label

WarningKind = Literal[
    "contradiction", "definition_change", "inferred", "incomplete", "doubtful", "unverified",
    "example",
]  # fmt: skip


class UsageWarning(BaseModel):
    """Something a user of the file must know; `ids` are the rows it is about."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: WarningKind
    text: Label
    ids: tuple[str, ...] = ()


class ReferenceFile(BaseModel):
    """One file of public facts."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    path: str
    dataset: str | None = None
    title: Label
    description: Label
    publisher: str
    published: str
    licence: Label
    warnings: tuple[UsageWarning, ...] = ()


class _Catalog(BaseModel):
    model_config = ConfigDict(extra="forbid")
    files: tuple[ReferenceFile, ...]


def catalog(folder: Path) -> tuple[ReferenceFile, ...]:
    """Read ``catalog.toml`` of a reference folder."""
    raw = tomllib.loads((folder / "catalog.toml").read_text("utf-8"))
    return _Catalog.model_validate(raw).files


def reference_files(folder: Path) -> list[Path]:
    """Return the reference files that are loaded into datasets."""
    return [folder / entry.path for entry in catalog(folder) if entry.dataset is not None]
