"""The stamp of a form: the declaration it was made from, kept in the file's properties."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from agriqa.datasets import Dataset, code_lists, datasets
from agriqa.ingest.properties import custom_properties

_PREFIX = "agriqa_"


@dataclass(frozen=True)
class FormStamp:
    """What a form says about itself.

    Attributes
    ----------
    dataset : str
        Name of the dataset.
    declaration : str
        `declaration_version` of the dataset when the form was made.
    agriqa : str
        Version of agriqa that made it.
    form : str
        Dataset, year and area code of the form, e.g. ``greening-2024-511000``.
    """

    dataset: str
    declaration: str
    agriqa: str
    form: str

    def properties(self) -> dict[str, str]:
        """Return the stamp as custom properties of a workbook."""
        return {_PREFIX + name: value for name, value in asdict(self).items()}


def declaration_version(declared: Dataset) -> str:
    """Return a short hash of all that a form takes from the declaration.

    Synonyms and English texts do not show on a form and do not count: a form
    stays current when the reader learns another spelling.

    Examples
    --------
    >>> from agriqa.datasets import dataset
    >>> len(declaration_version(dataset("capacity")))
    15
    """
    lists = {c.codes: code_lists()[c.codes] for c in declared if c.codes is not None}
    seen = {
        "dataset": [declared.name, declared.label.zh, *declared.key],
        "columns": [
            [c.name, c.label.zh, c.type, c.unit, c.codes, c.required, c.min, c.max, c.past,
             c.default, c.meaning.zh if c.meaning else None]
            for c in declared
        ],
        "codes": {
            name: [[code, entry.label.zh] for code, entry in codes.codes.items()]
            for name, codes in sorted(lists.items())
        },
    }  # fmt: skip
    text = json.dumps(seen, ensure_ascii=False, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    # In threes: four digits on the sheet could be taken for a year.
    return "-".join(digest[at : at + 3] for at in range(0, 12, 3))


def form_stamp(source: Path | IO[bytes]) -> FormStamp | None:
    """Return the stamp of a workbook, None when it is no form of agriqa.

    Parameters
    ----------
    source : Path or binary file
        Any file.

    Examples
    --------
    >>> form_stamp(Path("agriqa.toml")) is None
    True
    """
    found = custom_properties(source)
    names = FormStamp.__dataclass_fields__
    if any(not found.get(_PREFIX + name) for name in names):
        return None
    return FormStamp(**{name: found[_PREFIX + name] for name in names})


def is_current(stamp: FormStamp) -> bool:
    """Whether the form was made from the declaration in force now."""
    declared = datasets().get(stamp.dataset)
    return declared is not None and declaration_version(declared) == stamp.declaration
