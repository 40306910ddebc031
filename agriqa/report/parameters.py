"""What a report notebook may be given, and the check of it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator

from agriqa.errors import AgriqaError, UnknownNameError

if TYPE_CHECKING:
    from agriqa.areas import Match, Register


class ParameterValueError(AgriqaError):
    """A parameter of a report is missing or out of its range."""


class CountyParameters(BaseModel):
    """Parameters of the county report.

    Parameters
    ----------
    county : str
        Code or name; always text, so that a leading zero is kept.
    period : int
        The year the report is about.
    language : {"zh", "en"}
        Language of the report.
    project : str
        Project folder; empty means the current one.
    snapshot : str
        Snapshot id, or ``"latest"``.

    Examples
    --------
    >>> CountyParameters(county="510117", period=2021).language
    'zh'
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    county: str
    period: int
    language: Literal["zh", "en"] = "zh"
    project: str = ""
    snapshot: str = "latest"

    @field_validator("county")
    @classmethod
    def _named(cls, county: str) -> str:
        if not county.strip():
            raise ValueError(
                "没有指定县：请给出县的代码或名称。 / No county given: pass its code or name."
            )
        return county

    @classmethod
    def given(cls, **values: Any) -> CountyParameters:
        """Make the parameters; raises ParameterValueError for a missing or wrong value."""
        from pydantic import ValidationError

        try:
            return cls(**values)
        except ValidationError as error:
            raise ParameterValueError(_told(error.errors())) from None

    def check(self, register: Register, periods: Iterable[int]) -> Match:
        """Resolve the county and check the year against the data.

        Returns
        -------
        Match
            The county; `code` is today's.

        Raises
        ------
        UnknownAreaError, AmbiguousAreaError
            If the register does not know the county, or knows several.
        ParameterValueError
            If the data have no such year.
        """
        match = register.resolve(self.county)
        known = sorted(set(periods))
        if self.period not in known:
            span = f"{known[0]}–{known[-1]}" if known else "—"
            raise ParameterValueError(
                f"数据没有 {self.period} 年：可用的年份是 {span}。"
                f" / The data have no year {self.period}: available {span}."
            )
        return match


def ask_for_county(county: object, project: str = "") -> None:
    """Refuse an empty county, with one of the project's own as an example.

    Parameters
    ----------
    county : object
        What was given.
    project : str
        Project folder; empty means the current one.

    Raises
    ------
    ParameterValueError
        If the county is empty.
    """
    if not isinstance(county, str) or county.strip():
        return
    from agriqa.project import Project

    first = Project.find(project or None).register.counties.iloc[0]
    raise ParameterValueError(
        f'没有指定县：请给出县的代码或名称，例如 county = "{first["code"]}"（{first["name"]}）。'
        f' / No county given: pass its code or name, e.g. county = "{first["code"]}".'
    )


def _told(errors: list[Any]) -> str:
    """Word pydantic's errors; our own are bilingual already."""
    own = [e["ctx"]["error"] for e in errors if e["type"] == "value_error"]
    rest = [e for e in errors if e["type"] != "value_error"]
    if not rest:
        return "；".join(map(str, own))
    told = "；".join(f"{'.'.join(map(str, e['loc']))}={e['input']!r}: {e['msg']}" for e in rest)
    return f"报告参数有误：{told} / Wrong parameters of the report: see above."


def parameters_for(notebook: Path, values: dict[str, Any]) -> dict[str, Any]:
    """Check values for a notebook's parameters cell; return them all, typed.

    Parameters
    ----------
    notebook : Path
        A report notebook with a cell tagged ``parameters``.
    values : dict
        Values by name.

    Returns
    -------
    dict
        Every parameter of the report, defaults filled in.

    Raises
    ------
    UnknownNameError
        If the notebook or the model does not know a name: papermill alone
        would log it and report on the default county.
    ParameterValueError
        If a value is missing or of the wrong kind.
    """
    from papermill import inspect_notebook

    declared = set(inspect_notebook(str(notebook)))
    known = declared & set(CountyParameters.model_fields)
    for name in values:
        if name not in known:
            raise UnknownNameError("参数", "parameter", name, known)
    return CountyParameters.given(**values).model_dump(include=declared)
