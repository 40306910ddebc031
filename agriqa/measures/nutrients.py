"""What crops take up and compound fertiliser holds: the model of ``nutrients.toml``."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean
from typing import Annotated, Self

from pydantic import Field, model_validator

from agriqa.measures.settings import Positive, Settings, Text, check_codes, load_settings

FILE = "nutrients.toml"

# Molar mass of P2O5 over that of two atoms of phosphorus.
P2O5_PER_P = 2.2914
# The file states uptake per 100 kg of output.
_KG_T_PER_KG_100_KG = 10.0

Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Uptake(Settings):
    """What a crop takes up for 100 kg of output [kg].

    Phosphorus is stated once, as the source does: as P2O5 or as the element P.
    An amount the source does not state is left out.
    """

    source: Text
    N: Positive
    P2O5: Positive | None = None
    P: Positive | None = None
    K2O: Positive | None = None

    @model_validator(mode="after")
    def _phosphorus_once(self) -> Self:
        if (self.P2O5 is None) == (self.P is None):
            raise ValueError("state phosphorus once, as P2O5 or as P")
        return self

    def kg_t(self) -> dict[str, float]:
        """Return the uptake by nutrient [kg per t of output]."""
        phosphate = self.P2O5 if self.P is None else self.P * P2O5_PER_P
        amounts = {"N": self.N, "P2O5": phosphate, "K2O": self.K2O}
        return {
            name: amount * _KG_T_PER_KG_100_KG
            for name, amount in amounts.items()
            if amount is not None
        }


class Grade(Settings):
    """The parts of nitrogen, phosphate and potash in compound fertiliser."""

    N: Amount
    P2O5: Amount
    K2O: Amount

    @model_validator(mode="after")
    def _holds_something(self) -> Self:
        if self.N + self.P2O5 + self.K2O <= 0:
            raise ValueError("a compound fertiliser holds some nutrient")
        return self

    def shares(self) -> dict[str, float]:
        """Return the share of each nutrient in the pure weight; they add up to one."""
        parts = {"N": self.N, "P2O5": self.P2O5, "K2O": self.K2O}
        return {name: part / sum(parts.values()) for name, part in parts.items()}


class Nutrients(Settings):
    """The coefficients of a nutrient balance.

    Attributes
    ----------
    sources : dict of str to str
        The sources by the key that the crops name.
    crops : dict of str to Uptake
        Uptake by crop.
    groups : dict of str to tuple of str
        The crops whose simple mean stands for a crop group; a group that is
        left out has no known uptake.
    compound : Grade
        How the pure weight of compound fertiliser is divided, an assumption.
    """

    sources: dict[str, Text]
    crops: dict[str, Uptake]
    groups: dict[str, Annotated[tuple[str, ...], Field(min_length=1)]]
    compound: Grade

    @model_validator(mode="after")
    def _known_names(self) -> Self:
        check_codes("crop_group", self.groups)
        named = {crop for crops in self.groups.values() for crop in crops}
        if unknown := sorted(named - set(self.crops)):
            raise ValueError(f"groups: unknown crops {unknown}, allowed {list(self.crops)}")
        cited = {uptake.source for uptake in self.crops.values()}
        if cited != set(self.sources):
            raise ValueError(f"sources: cited {sorted(cited)}, declared {sorted(self.sources)}")
        return self

    def uptake_kg_t(self) -> dict[str, dict[str, float]]:
        """Return the uptake by crop group and nutrient [kg per t of output].

        A nutrient that one of a group's crops does not state is left out of
        the group.
        """
        found: dict[str, dict[str, float]] = {}
        for group, crops in self.groups.items():
            each = [self.crops[crop].kg_t() for crop in crops]
            stated = [name for name in each[0] if all(name in amounts for amounts in each)]
            found[group] = {name: fmean(amounts[name] for amounts in each) for name in stated}
        return found


def load_nutrients(folder: Path) -> Nutrients:
    """Read ``nutrients.toml`` of the configuration folder.

    Raises
    ------
    SettingsError
        If the file is missing, has an unknown key or a value out of bounds.
    """
    return load_settings(folder / FILE, Nutrients)
