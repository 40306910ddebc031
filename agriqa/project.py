"""The project folder: where a jurisdiction's data, notebooks and reports live."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from agriqa.errors import AgriqaError

if TYPE_CHECKING:
    from agriqa.areas import Register

CONFIG = "agriqa.toml"
Language = Literal["zh", "en"]


class ProjectError(AgriqaError):
    """The project folder is missing or its agriqa.toml is wrong."""


@dataclass(frozen=True)
class Project:
    """An opened project folder.

    Nothing of agriqa looks outside `root`.

    Examples
    --------
    >>> Project.find("nowhere-at-all")
    Traceback (most recent call last):
    ...
    agriqa.project.ProjectError: ...
    """

    root: Path
    code: str
    name: dict[str, str]
    title: dict[str, str]
    language: Language
    store_url: str
    period: int

    @classmethod
    def find(cls, folder: str | Path | None = None) -> Project:
        """Open the project in `folder`, or in the current folder or one above it.

        ``AGRIQA_PROJECT`` names the folder when `folder` is None.

        Raises
        ------
        ProjectError
            If there is no ``agriqa.toml``, or a key in it is missing or unknown.
        """
        start = Path(folder or os.environ.get("AGRIQA_PROJECT") or Path.cwd()).resolve()
        candidates = [start] if folder else [start, *start.parents]
        for candidate in candidates:
            if (candidate / CONFIG).is_file():
                return cls._read(candidate)
        raise ProjectError(
            f"在 {start} 找不到 {CONFIG}：请在项目文件夹内运行，或用 --project 指定。"
            f" / No {CONFIG} in {start}: run inside a project folder or pass --project."
        )

    @classmethod
    def _read(cls, root: Path) -> Project:
        from pydantic import BaseModel, ConfigDict, ValidationError

        class Names(BaseModel):
            model_config = ConfigDict(extra="forbid")
            zh: str
            en: str

        class ProjectTable(BaseModel):
            model_config = ConfigDict(extra="forbid")
            code: str
            name: Names
            title: Names
            language: Language = "zh"

        class StoreTable(BaseModel):
            model_config = ConfigDict(extra="forbid")
            url: str = "sqlite:///data/store/agriqa.db"

        class EditionTable(BaseModel):
            model_config = ConfigDict(extra="forbid")
            period: int

        class Config(BaseModel):
            model_config = ConfigDict(extra="forbid")
            project: ProjectTable
            store: StoreTable = StoreTable()
            edition: EditionTable

        try:
            config = Config.model_validate(tomllib.loads((root / CONFIG).read_text("utf-8")))
        except (ValidationError, tomllib.TOMLDecodeError) as error:
            raise ProjectError(
                f"{root / CONFIG} 有误：{error} / {CONFIG} is not valid: see above."
            ) from error
        return cls(
            root=root,
            code=config.project.code,
            name=config.project.name.model_dump(),
            title=config.project.title.model_dump(),
            language=config.project.language,
            store_url=os.environ.get("AGRIQA_STORE_URL", config.store.url),
            period=config.edition.period,
        )

    @property
    def reference(self) -> Path:
        """Real public facts."""
        return self.root / "data" / "reference"

    @property
    def config(self) -> Path:
        """Settings that are data: demo, index, score cards, sources."""
        return self.root / "data" / "config"

    @property
    def demo(self) -> Path:
        """The simulated returns."""
        return self.root / "data" / "demo"

    @property
    def snapshots(self) -> Path:
        """Frozen states of the data."""
        return self.root / "data" / "snapshots"

    @property
    def notebooks(self) -> Path:
        """Report and exploring notebooks."""
        return self.root / "notebooks"

    @property
    def reports(self) -> Path:
        """Published editions."""
        return self.root / "reports"

    @cached_property
    def register(self) -> Register:
        """The county register of this jurisdiction."""
        from agriqa.areas import Register

        return Register.load(self.reference)

    @cached_property
    def neighbours(self) -> dict[str, tuple[str, ...]]:
        """Codes of the counties that border on each county."""
        from agriqa.areas import load_neighbours

        return load_neighbours(self.reference)
