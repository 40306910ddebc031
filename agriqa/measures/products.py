"""Which crop groups a leading product belongs to: the reviewed ``data/config/products.csv``."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Self

from pydantic import ValidationError, model_validator

from agriqa.areas.names import normalise
from agriqa.measures.settings import Settings, SettingsError, Text, check_codes

FILE = "products.csv"
_COLUMNS = ["product", "crop_group", "note"]


class Product(Settings):
    """One line of the table.

    Attributes
    ----------
    product : str
        Leading product as the lists of bases write it.
    crop_groups : tuple of str
        Crop groups it stands for; none where it is no crop or not known.
    note : str
        Why.
    """

    product: Text
    crop_groups: tuple[str, ...]
    note: str

    @model_validator(mode="after")
    def _known_groups(self) -> Self:
        check_codes("crop_group", self.crop_groups)
        return self


def load_products(folder: Path) -> dict[str, tuple[str, ...]]:
    """Read ``products.csv`` of the configuration folder.

    Returns
    -------
    dict of str to tuple of str
        The crop groups by product, in the spelling of `normalise`.

    Raises
    ------
    SettingsError
        If the file is missing, its columns are not the three, a product stands
        twice, or a crop group is unknown.
    """
    path = folder / FILE
    found: dict[str, tuple[str, ...]] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            lines = csv.DictReader(stream, strict=True)
            if lines.fieldnames != _COLUMNS:
                raise _wrong(path, 1, f"{lines.fieldnames} ≠ {_COLUMNS}")
            for line in lines:
                if None in line or None in line.values():
                    raise _wrong(path, lines.line_num, f"columns: {_COLUMNS}")
                one = Product(
                    product=line["product"].strip(),
                    crop_groups=tuple(group for group in line["crop_group"].split(";") if group),
                    note=line["note"],
                )
                if normalise(one.product) in found:
                    raise _wrong(path, lines.line_num, f"{one.product} stands twice")
                found[normalise(one.product)] = one.crop_groups
    except FileNotFoundError as error:
        raise SettingsError(f"找不到参数文件 {path} / {path} is missing.") from error
    except (ValidationError, UnicodeDecodeError, csv.Error) as error:
        raise _wrong(path, lines.line_num, str(error)) from error
    return found


def _wrong(path: Path, line: int, said: str) -> SettingsError:
    return SettingsError(
        f"{path} 第 {line} 行有误：{said} / {path.name}, line {line}, is not valid: see above."
    )
