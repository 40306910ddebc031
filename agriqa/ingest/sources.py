"""Sources by declaration: how a foreign layout maps onto datasets."""

from __future__ import annotations

import datetime as dt
import re
import string
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from agriqa.datasets.declaration import Label
from agriqa.errors import AgriqaError, UnknownNameError, nearest

ReadAs = Literal["province_name", "province_code", "province_level", "county_in_text"]
Constant = bool | int | float | dt.date | str


class SourceError(AgriqaError):
    """A source's declaration is wrong; the message names file, key and what is allowed."""


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"不是正则表达式：{error} / no regular expression: {error}") from None
    if unicodedata.normalize("NFKC", pattern) != pattern:
        # It would silently fit nothing: cells are compared in one width.
        raise ValueError("请写半角字符，单元格按半角比较 / write half-width characters")
    return pattern


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Pattern = Annotated[str, AfterValidator(_compiles)]
# TOML knows lists, not tuples; a single text need not be a list.
Texts = Annotated[tuple[str, ...], Field(strict=False), BeforeValidator(_listed)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Match(_Strict):
    """Which sheets the source is for; everything given must fit.

    ``file`` are globs on the file's name, ``sheet`` and ``title`` regular
    expressions that occur in the sheet's name and in the lines above the
    header, ``headers`` texts that must stand in the header.
    """

    file: Texts = ()
    sheet: Pattern | None = None
    title: Pattern | None = None
    headers: Texts = ()

    def summary(self) -> Iterator[str]:
        """Yield in words what must fit.

        Examples
        --------
        >>> list(Match(file="moa-*", headers=["year", "county"]).summary())
        ['文件 file：moa-*', '表头 headers：year、county']
        """
        if self.file:
            yield f"文件 file：{'、'.join(self.file)}"
        if self.sheet is not None:
            yield f"工作表 sheet：{self.sheet}"
        if self.title is not None:
            yield f"标题 title：{self.title}"
        if self.headers:
            yield f"表头 headers：{'、'.join(self.headers)}"


class Header(_Strict):
    """Where the header stands.

    ``row`` is its first row, from 1; without it the header is looked for by
    the texts of ``match.headers``. Without ``rows`` it goes on for as long as
    the columns of these texts are empty below. ``names`` names the columns of a table that
    has no header, from the first on.
    """

    row: Annotated[int, Field(ge=1)] | None = None
    rows: Annotated[int, Field(ge=1, le=5)] | None = None
    names: Texts = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.names and (self.row is not None or self.rows is not None):
            raise ValueError(
                "names 用于没有表头的表，不能再写 row、rows"
                " / names is for a table without a header; leave out row and rows"
            )
        if len(set(self.names)) != len(self.names):
            raise ValueError("names 有重复 / names repeats itself")
        return self


class Condition(_Strict):
    """What a field must be for a record to be taken; others are skipped as filtered."""

    among: Texts = Field(default=(), alias="in")
    outside: Texts = Field(default=(), alias="except")
    matches: Pattern | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, raw: object) -> object:
        return {"in": raw} if isinstance(raw, str | list) else raw

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum((bool(self.among), bool(self.outside), self.matches is not None)) != 1:
            raise ValueError("in、except、matches 须恰有一个 / give one of in, except, matches")
        return self


class Wide(_Strict):
    """Columns that stand for values: each becomes a record of its own.

    ``columns`` is a regular expression for a column's whole header, its levels
    joined by ``/`` and without units. Its named groups become fields; columns
    that differ in the group ``part`` alone are one record, and the part names
    the field that holds the cell. Without ``part`` that field is ``value``.
    """

    columns: Pattern

    @model_validator(mode="after")
    def _grouped(self) -> Self:
        if not re.compile(self.columns).groupindex:
            raise ValueError("columns 须有命名组，如 (?P<item>…) / columns needs a named group")
        return self


class Split(_Strict):
    """Cells that hold several values: each item becomes a record of its own.

    ``items`` parts the items. With ``by`` each item of the column ``field``
    is parted again into the fields ``parts``; ``lists`` takes the n-th items
    of several columns together.
    """

    items: Pattern
    field: Texts = ()
    by: str | None = None
    parts: Texts = ()
    lists: dict[str, str] = {}

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.lists) == bool(self.field):
            raise ValueError("field 与 lists 须恰有一个 / give either field or lists")
        if self.field and (not self.by or len(self.parts) < 2):
            raise ValueError("field 须同时写 by 和至少两个 parts / field needs by and two parts")
        if self.lists and (self.by is not None or self.parts):
            raise ValueError("lists 不用 by、parts / lists takes neither by nor parts")
        return self

    @property
    def gives(self) -> tuple[str, ...]:
        """Names of the fields it makes."""
        return self.parts or tuple(self.lists)


class Value(_Strict):
    """Where a column of the dataset comes from; one of the first four is given.

    ``from`` is a field, or several of which the first that the sheet has is
    taken. ``replace`` maps regular expressions for the whole cell to texts;
    with ``closed`` a cell that none of them fits sets the record aside.
    ``unit`` is the unit as written where the sheet itself states none;
    ``to`` the units to convert to, the first that fits; ``unit_of`` the unit
    that another column was converted to. ``digits`` pads a code with zeros.
    """

    source: Texts = Field(default=(), alias="from")
    value: Constant | None = None
    template: str | None = None
    unit_of: str | None = None
    unit: str | None = None
    to: Texts = ()
    replace: dict[Pattern, str] = {}
    closed: bool = False
    read_as: ReadAs | None = None
    digits: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, raw: object) -> object:
        return {"from": raw} if isinstance(raw, str | list) else raw

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        given = (bool(self.source), self.value is not None, self.template is not None,
                 self.unit_of is not None)  # fmt: skip
        if sum(given) != 1:
            raise ValueError(
                "from、value、template、unit_of 须恰有一个"
                " / give one of from, value, template, unit_of"
            )
        shaping = (self.unit, self.replace, self.read_as, self.digits, self.to)
        if not self.source and any(shaping):
            raise ValueError(
                "unit、to、replace、read_as、digits 只用于 from"
                " / unit, to, replace, read_as and digits go with from"
            )
        if self.closed and not self.replace:
            raise ValueError("closed 只用于 replace / closed goes with replace")
        if self.template is not None and not list(fields_of(self.template)):
            raise ValueError("template 须含 {字段}，否则用 value / template names no {field}")
        return self


def fields_of(template: str) -> Iterator[str]:
    """Yield the fields a template names.

    Examples
    --------
    >>> list(fields_of("moa-{year}-{id}"))
    ['year', 'id']
    """
    for _, name, spec, conversion in string.Formatter().parse(template):
        if name is None:
            continue
        if not name or spec or conversion:
            raise ValueError("花括号里只写字段名 / braces hold the name of a field, nothing else")
        yield name


class TableMap(_Strict):
    """One dataset that the sheet's records fill."""

    dataset: str
    column: dict[str, Value]
    where: dict[str, Condition] = {}
    wide: Wide | None = None
    split: Split | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.wide is not None and self.split is not None:
            raise ValueError("wide 与 split 不能同用 / wide and split exclude each other")
        return self

    @property
    def names(self) -> Iterator[str]:
        """The fields it reads: of the sheet, of its context, or made by wide or split."""
        for value in self.column.values():
            yield from value.source
            if value.template is not None:
                yield from fields_of(value.template)
        yield from self.where
        if self.split is not None:
            yield from self.split.field
            yield from self.split.lists.values()


class Source(_Strict):
    """A declared source: one foreign layout.

    ``context`` finds further fields in the lines above the header, the sheet's
    and the file's name, by the first group of a regular expression. ``fill``
    are columns whose empty cells repeat the cell above; ``ignore`` are globs
    of headers that are not stored. ``missing``, ``withheld`` and ``censored``
    are spellings of the source's own, ``totals`` what its sum rows are called.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    label: Label
    publisher: str
    licence: Label
    note: Label | None = None
    match: Match
    header: Header = Header()
    context: dict[str, Pattern] = {}
    where: dict[str, Condition] = {}
    fill: Texts = ()
    ignore: Texts = ()
    missing: Texts = ()
    withheld: Texts = ()
    censored: Texts = ()
    totals: Texts = ()
    table: Annotated[tuple[TableMap, ...], Field(min_length=1, strict=False)]

    @model_validator(mode="after")
    def _recognisable(self) -> Self:
        if not self.match.headers and not self.header.names:
            raise ValueError(
                "match.headers 与 header.names 须有一个 / give match.headers or header.names"
            )
        if self.header.names and not (self.match.file or self.match.sheet or self.match.title):
            raise ValueError(
                "没有表头的表须由 match.file、sheet 或 title 认出"
                " / a table without a header needs match.file, sheet or title"
            )
        return self

    def ignores(self, header: str) -> bool:
        """Whether a header is among those not stored."""
        return any(fnmatchcase(header, glob) for glob in self.ignore)

    @property
    def datasets(self) -> tuple[str, ...]:
        """The datasets it fills."""
        return tuple(dict.fromkeys(table.dataset for table in self.table))


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
    from agriqa.ingest.sourcechecks import faults

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


def keys_of(model: type[BaseModel]) -> list[str]:
    """Return the keys of a part of a declaration, as they are written."""
    return [field.alias or name for name, field in model.model_fields.items()]
