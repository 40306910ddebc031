"""The sources a project declares, read from their files and checked."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from agriqa.datasets.declaration import Label
from agriqa.errors import AgriqaError, UnknownNameError, nearest
from agriqa.ingest.sourcechecks import faults
from agriqa.ingest.sourcemodel import (
    Condition,
    Header,
    Match,
    Source,
    Split,
    TableMap,
    Value,
    Wide,
    keys_of,
)


class SourceError(AgriqaError):
    """A source's declaration is wrong; the message names file, key and what is allowed."""


_MODELS: dict[str, type[BaseModel]] = {
    "match": Match, "header": Header, "wide": Wide, "split": Split, "table": TableMap,
    "label": Label, "licence": Label, "note": Label,
}  # fmt: skip


@dataclass(frozen=True)
class Sources:
    """The sources a project declares, by name.

    Examples
    --------
    >>> sources = Sources.load(Path("data/config"))
    >>> sources["rural-yearbook-by-province"].datasets
    ('published_figure',)
    """

    declared: Mapping[str, Source]

    @classmethod
    def load(cls, config: Path) -> Sources:
        """Read the declarations in the folder ``sources`` of a project's settings.

        Raises
        ------
        SourceError
            If one is wrong: file, key and what is allowed.
        """
        declared: dict[str, Source] = {}
        for path in sorted((config / "sources").glob("*.toml")):
            source = read_source(path)
            if source.name in declared:
                raise _error(path, "name", f"“{source.name}”已有", f"{source.name} stands twice")
            declared[source.name] = source
        return cls(declared)

    def __iter__(self) -> Iterator[Source]:
        return iter(self.declared.values())

    def __getitem__(self, name: str) -> Source:
        if name not in self.declared:
            raise UnknownNameError("来源", "source", name, self.declared)
        return self.declared[name]


def read_source(path: Path) -> Source:
    """Read and check one declaration.

    Raises
    ------
    SourceError
        If it is wrong.
    """
    try:
        source = Source.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _error(path, "", f"不是 TOML：{error}", "is not TOML, see above") from error
    except ValidationError as error:
        raise _invalid(path, error) from None
    for key, zh, en in faults(source):
        raise _error(path, key, zh, en)
    return source


def _error(path: Path, key: str, zh: str, en: str) -> SourceError:
    where = f"“{key}”" if key else ""
    return SourceError(f"来源声明 {path.name} {where}：{zh} / {path.name} {key}: {en}")


def _invalid(path: Path, error: ValidationError) -> SourceError:
    # A key that is lacking is often one that is misspelt: say that first.
    found: list[Any] = sorted(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    first = found[0]
    location = [str(part) for part in first["loc"] if not _inner(part)]
    key = ".".join(location)
    if first["type"] == "extra_forbidden":
        known = _allowed(location[:-1])
        near = "、".join(nearest(location[-1], known, limit=3)) or "无"
        listed = "、".join(known)
        return _error(
            path, key, f"没有这个键，相近的有：{near}；允许：{listed}",
            f"unknown key; nearest: {near}; allowed: {listed}",
        )  # fmt: skip
    if first["type"] == "missing":
        return _error(path, key, "必须写", "is required")
    text = str(first["msg"]).removeprefix("Value error, ")
    zh, _, en = text.partition(" / ")
    return _error(path, key, zh, en or zh)


def _inner(part: object) -> bool:
    # Steps that pydantic adds of its own: unions, functions, keys of a mapping.
    return isinstance(part, str) and (part.startswith(("function-", "lax-or")) or part == "[key]")


def _allowed(parents: list[str]) -> list[str]:
    """Return the keys of the table that stands under `parents`."""
    named = [part for part in parents if not part.isdigit()]
    model: type[BaseModel] = Source
    if len(named) >= 2 and named[-2] in ("column", "where"):
        model = Value if named[-2] == "column" else Condition
    elif named:
        model = _MODELS.get(named[-1], Source)
    return keys_of(model)
