"""The declaration of a source: how a foreign layout maps onto datasets."""

from __future__ import annotations

import datetime as dt
import re
import string
import unicodedata
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from agriqa.datasets.declaration import Label

ReadAs = Literal["province_name", "province_code", "province_level", "county_in_text"]
Constant = bool | int | float | dt.date | str


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


def keys_of(model: type[BaseModel]) -> list[str]:
    """Return the keys of a part of a declaration, as they are written."""
    return [field.alias or name for name, field in model.model_fields.items()]
