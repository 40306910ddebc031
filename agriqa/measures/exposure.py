"""What people eat and weigh: the model of ``data/config/exposure.toml``."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import model_validator

from agriqa.measures.settings import Positive, Settings, Text, check_codes, load_settings

FILE = "exposure.toml"


class Exposure(Settings):
    """The consumer that a dietary exposure is computed for.

    Attributes
    ----------
    source : str
        Where the figures come from.
    body_weight_kg : float
        Body weight [kg].
    consumption_kg_day : dict of str to float
        Daily consumption [kg per person and day] by product class; a class
        that is left out has no known consumption.
    """

    source: Text
    body_weight_kg: Positive
    consumption_kg_day: dict[str, Positive]

    @model_validator(mode="after")
    def _known_classes(self) -> Self:
        check_codes("product_class", self.consumption_kg_day)
        return self


def load_exposure(folder: Path) -> Exposure:
    """Read ``exposure.toml`` of the configuration folder.

    Raises
    ------
    SettingsError
        If the file is missing, has an unknown key or a value out of bounds.
    """
    return load_settings(folder / FILE, Exposure)
