"""The custom document properties of a workbook, where forms and marked copies are stamped."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

_PART = "docProps/custom.xml"
# Custom properties of a real workbook take a few hundred bytes.
_MOST_BYTES = 65_536


def custom_properties(source: Path | IO[bytes]) -> dict[str, str]:
    """Return the custom properties of a workbook as text; none for any other file.

    Examples
    --------
    >>> custom_properties(Path("agriqa.toml"))
    {}
    """
    try:
        with zipfile.ZipFile(source) as archive, archive.open(_PART) as part:
            data = part.read(_MOST_BYTES + 1)
        # No program writes a document type here; one would only carry entities.
        if len(data) > _MOST_BYTES or b"<!DOCTYPE" in data:
            return {}
        root = ElementTree.fromstring(data)
    except (OSError, KeyError, EOFError, RuntimeError, NotImplementedError, ValueError):
        return {}
    except (zipfile.BadZipFile, zlib.error, ElementTree.ParseError):
        return {}
    return {
        str(entry.get("name")): "".join(entry.itertext()).strip()
        for entry in root
        if entry.get("name")
    }
