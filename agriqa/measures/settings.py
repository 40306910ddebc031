"""Settings of measures: small TOML files of public figures, read into typed models."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agriqa.datasets import code_lists
from agriqa.errors import AgriqaError

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Text = Annotated[str, Field(min_length=1)]


class SettingsError(AgriqaError):
    """A settings file is missing, has an unknown key or a value out of bounds."""


class Settings(BaseModel):
    """Base of the models: unknown keys are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=Settings)


def load_settings(path: Path, model: type[Model]) -> Model:
    """Read a TOML file into its model.

    Raises
    ------
    SettingsError
        If the file is missing, has an unknown key or a value out of bounds.
    """
    try:
        return model.model_validate(tomllib.loads(path.read_text("utf-8")))
    except FileNotFoundError as error:
        raise SettingsError(f"找不到参数文件 {path} / {path} is missing.") from error
    except (ValidationError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(
            f"{path} 有误：{error} / {path.name} is not valid: see above."
        ) from error


def check_codes(list_name: str, named: Iterable[str]) -> None:
    """Check that every name is a code of a declared list.

    Raises
    ------
    ValueError
        If one is not; the message lists the allowed codes.
    """
    known = code_lists()[list_name].codes
    unknown = sorted(set(named) - set(known))
    if unknown:
        raise ValueError(f"{list_name}: unknown {unknown}, allowed {list(known)}")
