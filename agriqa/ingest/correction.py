"""One declared correction: a known error of a source, and what to read instead."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from agriqa.datasets import dataset
from agriqa.errors import AgriqaError, UnknownNameError

FILE = "corrections.toml"
Scalar = str | int | float | dt.date
Text = Annotated[str, Field(min_length=1)]


class CorrectionsError(AgriqaError):
    """The file of corrections is not valid; the message says where."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Spot(_Strict):
    """Where a record begins; without a sheet on any sheet, without a column in any."""

    row: int
    sheet: str | None = None
    col: int | None = None


class Correction(_Strict):
    """One known error.

    Attributes
    ----------
    dataset, column : str
        Declared names: what the table is, and which of its columns is wrong.
    file : str or None
        The file's name in the ledger, or a pattern (``data/in/2014*.xlsx``);
        one without a slash is held against the bare name.
    sha256 : str or None
        The file's content; one of the two is needed.
    at : Spot or None
        Where the record begins.
    key : dict
        Or its key, in part or whole; one of the two is needed.
    expect : str or number
        The value as written; when the source says something else, nothing is done.
    value : str, number or date
        What to read instead, in the source's unit; "" reads it as empty.
    drop : bool
        Leave the record out instead.
    reason, by, on
        Why, who decided it and when.
    """

    dataset: str
    file: Text | None = None
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None
    at: Spot | None = None
    key: dict[str, Scalar] = {}
    column: str
    expect: Scalar
    value: Scalar | None = None
    drop: bool = False
    reason: Text
    by: Text
    on: dt.date

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.file is None and self.sha256 is None:
            raise ValueError("file 与 sha256 至少给一个 (give file or sha256)")
        if (self.at is None) == (not self.key):
            raise ValueError("at 与 key 给且只给一个 (give either at or key)")
        if (self.value is None) != self.drop:
            raise ValueError("value 与 drop = true 给且只给一个 (give either value or drop = true)")
        return self

    def concerns(self, file: str, sha256: str) -> bool:
        """Whether a file is the one meant."""
        if self.sha256 not in (None, sha256):
            return False
        if self.file is None:
            return True
        name = file if "/" in self.file else file.rpartition("/")[2]
        return fnmatchcase(name, self.file)

    @property
    def place(self) -> str:
        """The record and the column, in words."""
        if self.at is not None:
            sheet = f"“{self.at.sheet}”" if self.at.sheet else ""
            col = f"（自第 {self.at.col} 列起）" if self.at.col else ""
            where = f"{sheet}第 {self.at.row} 行{col}"
        else:
            where = "、".join(f"{name}={value}" for name, value in self.key.items())
        return f"{where} {self.column}"


def read_corrections(path: Path) -> tuple[Correction, ...]:
    """Read a file of corrections; none when there is no file.

    Parameters
    ----------
    path : Path
        The TOML file, one ``[[correction]]`` each.

    Raises
    ------
    CorrectionsError
        If the file is not valid.
    UnknownNameError
        If it names an unknown key, dataset or column.
    """
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return ()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CorrectionsError(
            f"{path} 不是有效的 TOML：{error} / {path} is no valid TOML: {error}"
        ) from error
    _known("更正文件的键", "key of the corrections file", raw, ("correction",))
    entries = raw.get("correction", [])
    if not isinstance(entries, list):
        raise CorrectionsError(
            f"{path}：每条更正写成一个 [[correction]]。"
            f" / {path}: write each correction as a [[correction]]."
        )
    return tuple(_entry(path, number, one) for number, one in enumerate(entries, start=1))


def _entry(path: Path, number: int, raw: object) -> Correction:
    where = f"{path} [[correction]] {number}"
    if isinstance(raw, dict):
        _known(f"更正第 {number} 条的键", f"key of correction {number}", raw,
               Correction.model_fields)  # fmt: skip
    try:
        one = Correction.model_validate(raw)
    except ValidationError as error:
        wrong = "；".join(
            f"{'.'.join(map(str, each['loc'])) or '—'}：{each['msg']}" for each in error.errors()
        )
        raise CorrectionsError(f"{where}：{wrong} / not valid: see above.") from error
    declared = dataset(one.dataset)
    _ = declared[one.column]
    _known("主键列", "key column", one.key, declared.key)
    return one


def _known(zh: str, en: str, names: Iterable[str], known: Iterable[str]) -> None:
    known = tuple(known)
    for name in names:
        if name not in known:
            raise UnknownNameError(zh, en, name, known)
