from __future__ import annotations

from pathlib import Path

import pytest

from agriqa.areas import Register

REFERENCE = Path(__file__).resolve().parents[2] / "data" / "reference"


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of public facts."""
    return REFERENCE


@pytest.fixture(scope="session")
def register() -> Register:
    """The register of the repository's own jurisdiction."""
    return Register.load(REFERENCE)
